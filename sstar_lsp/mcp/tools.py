"""The tools ``sstar_solve`` and ``sstar_judge``, over the same service as every other face.

An agent may start a search, but ``sstar_judge`` asks the person behind the client (MCP elicitation) and takes
no answer of the agent. The SDK owns the protocol: it moves file descriptors 0 and 1 away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import BaseModel, Field

from sstar_lsp import __version__
from sstar_lsp.engine.prompts.fences import escaped
from sstar_lsp.engine.report.evidence import evidence_of
from sstar_lsp.engine.report.result_json import answer_of
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import SStarError, UsageError, ours
from sstar_lsp.problems.reader import read_document
from sstar_lsp.service import RunHandle, Service
from sstar_lsp.settings import load_settings

INSTRUCTIONS = """\
S* solves programming problems: it writes many programs, runs them in a sandbox on the examples, finds inputs on which
they disagree, and chooses one with evidence. Give sstar_solve the whole statement with its examples, unchanged. Report
the status honestly: only "chosen" means that a program passes every example and was preferred to its rivals.
"""

OpenService = Callable[[], AbstractAsyncContextManager[Service]]


class Said(BaseModel):
    """What the person answers."""

    verdict: str = Field(
        description="The right output for this input; or 'illegal' if the problem does not allow it; or 'unknown'."
    )


async def sstar_solve(
    ctx: Context[Any],
    statement: Annotated[
        str, Field(description="The whole problem statement with its examples, as Markdown.")
    ],
    language: Annotated[
        str | None, Field(description="Of the program, such as python, cpp, java, rust, go. Default: python.")
    ] = None,
    samples: Annotated[int | None, Field(description="How many programs to write.", ge=1, le=64)] = None,
    seconds: Annotated[float | None, Field(description="Most wall time; the best so far then.", gt=0)] = None,
) -> dict[str, Any]:
    """Solve a programming problem with S* and return the chosen program with the evidence for it.

    Takes minutes. The answer has status, code, evidence (the inputs on which programs disagreed, and what
    each printed) and, where something is open, "question": the test that only a person can settle
    (sstar_judge).
    """
    options = {"samples": samples, "budget": {"seconds": seconds} if seconds is not None else None}
    try:
        service: Service = ctx.request_context.lifespan_context
        handle, remarks = await _started(service, statement, language, options)
        return {**await _followed(handle, ctx.report_progress), "remarks": remarks}
    except SStarError as error:
        raise ToolError(str(error)) from error


async def ask_person(ctx: Context[Any], run_id: str, input_id: str) -> Elicit[Said]:
    """What the person is asked before ``sstar_judge`` does anything."""
    try:
        _, state = await ctx.request_context.lifespan_context.open_run(run_id)
        return Elicit(_question(state, input_id), Said)
    except SStarError as error:
        raise ToolError(str(error)) from error


async def sstar_judge(
    ctx: Context[Any],
    run_id: Annotated[str, Field(description="As sstar_solve returned it.")],
    input_id: Annotated[str, Field(description='Id of the test, such as "question" of the answer.')],
    said: Annotated[ElicitationResult[Said], Resolve(ask_person)],
) -> dict[str, Any]:
    """Ask the person what the right output of a test is, and choose again with that verdict.

    The person is asked by your client: do not answer for them. Returns what sstar_solve returns.
    """
    if not isinstance(said, AcceptedElicitation):
        raise ToolError("the person gave no verdict; nothing was changed.")
    service: Service = ctx.request_context.lifespan_context
    try:
        judged = await service.judge(run_id, input_id, verdict_of(said.data.verdict))
    except SStarError as error:
        raise ToolError(str(error)) from error
    return answer(run_id, judged)


class _Server(MCPServer[Any]):
    """A server whose tools refuse arguments that they do not have; the SDK's own drops them."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        tool = next((tool for tool in await self.list_tools() if tool.name == name), None)
        known: dict[str, Any] = tool.input_schema["properties"] if tool is not None else arguments
        if unknown := sorted(set(arguments) - set(known)):
            raise ToolError(
                f"{name} has no argument {', '.join(map(repr, unknown))}. Known: {', '.join(known)}."
            )
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError as error:  # the outer edge of this face
            raise ToolError(str(ours(error.__cause__ or error, f"tool {name}"))) from None


def create_mcp(open_service: OpenService = Service) -> MCPServer[Any]:
    """A server that is connected to nothing yet."""

    @asynccontextmanager
    async def lifespan(_server: MCPServer[Any]) -> AsyncIterator[Service]:
        async with open_service() as service:
            yield service

    server = _Server(
        "sstar",
        title="S*",
        version=__version__,
        instructions=INSTRUCTIONS,
        lifespan=lifespan,
        log_level="WARNING",
    )

    server.tool(title="Solve with S*")(sstar_solve)
    server.tool(title="Ask the person about a test")(sstar_judge)
    return server


def verdict_of(said: str) -> str | dict[str, str]:
    """A person's words as a verdict: ``illegal``, ``unknown``, or else the right output."""
    word = said.strip().lower()
    if word in ("illegal", "unknown"):
        return word
    return {"expected": said if said.endswith("\n") else said + "\n"}


def answer(run_id: str, state: RunState) -> dict[str, Any]:
    """What the tools return: as ``sstar solve --json``, and the open question."""
    made: dict[str, Any] = answer_of(run_id, state)
    made["question"] = evidence_of(state).next_question if state.started else None
    return made


def _question(state: RunState, input_id: str) -> str:
    """A test as the person is asked about it."""
    tests = evidence_of(state).deciding_inputs
    test = next((each for each in tests if each.id == input_id), None)
    if test is None:
        known = ", ".join(each.id for each in tests) or "none"
        raise UsageError(f"the run has no test {input_id!r} to judge; there are: {known}")
    printed = "\n\n".join(f"Cluster {each.cluster} prints:\n{escaped(each.output)}" for each in test.outputs)
    return f"What is the right output for this input?\n\n{escaped(test.input)}\n\n{printed}"


async def _started(
    service: Service, statement: str, language: str | None, options: dict[str, Any]
) -> tuple[RunHandle, list[str]]:
    """The problem read and its run begun, and a remark on each cap of the user that was asked to be exceeded.

    Settings are those of the user, not of any folder; an agent's arguments only tighten caps.
    """
    asked = {key: value for key, value in {**options, "language": language}.items() if value is not None}
    problem = await asyncio.to_thread(read_document, statement, None)
    remarks: list[str] = []
    settings = await asyncio.to_thread(load_settings, None, agent={"solve": asked}, tell=remarks.append)
    return await service.solve(problem, settings), remarks


async def _followed(handle: RunHandle, report: Callable[..., Any]) -> dict[str, Any]:
    """The answer at the run's end; a cancelled call cancels the run."""
    try:
        said = ""
        async for state in handle.follow():
            text = handle.phase or _standing(state)
            if text != said:
                said = text
                written = len(state.candidates)
                total = state.settings.samples if state.started else None
                await report(written, total, text)
        return answer(handle.run_id, await handle.wait())
    finally:
        if not handle.is_done:
            await asyncio.shield(handle.cancel())


def _standing(state: RunState) -> str:
    """Where a run stands, in a few words."""
    if state.started is None:
        return "starting"
    return f"{len(state.candidates)} programs, {len(state.survivors)} pass the examples, {len(state.duels)} duels"
