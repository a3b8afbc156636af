"""The commands that lenses and actions name, and what the server does when a client executes one.

Each takes one object. A plugin may intercept any of them; a plain client needs nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from sstar_lsp.errors import ProblemError, RunError, SStarError
from sstar_lsp.lsp import protocol_types as msg
from sstar_lsp.lsp.transport.json_rpc import refusal

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.session import Session

SOLVE = "sstar.solve"
RESUME = "sstar.resume"
CANCEL = "sstar.cancel"
INSERT = "sstar.insert"
REVIEW = "sstar.review"
EVIDENCE = "sstar.evidence"
REPORT = "sstar.report"
JUDGE = "sstar.judge"
CONFIRM_PRACTICE = "sstar.confirmPractice"
PROBLEM = "sstar.problem"
CORRECT = "sstar.correct"
LISTEN_START = "sstar.listen.start"
LISTEN_STOP = "sstar.listen.stop"
NEW_PROBLEM = "sstar.newProblem"
TEST = "sstar.test"
STRESS = "sstar.stress"


async def _start(server: Session, params: msg.SolveParams | msg.ResumeParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.results.run_responses import start

    return await start(server, params)


async def cancel(server: Session, params: msg.CancelParams) -> dict[str, Any]:
    """``sstar/cancel`` and ``sstar.cancel``."""
    return {"cancelled": server.cancel(params)}


async def _insert(server: Session, params: msg.EditParams) -> dict[str, Any]:
    """Have the editor apply the edit."""
    from sstar_lsp.lsp.features.code_actions import place

    if not server.client.applies_edits:
        raise ProblemError("this editor does not apply edits of servers: insert by the code action.")
    known = await server.runs.find(await server.service(), params.run_id)
    made = place(server, known, params.candidate_id)
    answer = await server.workspace_apply_edit_async(
        types.ApplyWorkspaceEditParams(edit=made.edit, label="Insert S* solution")
    )
    if not answer.applied:
        server.show_error(
            f"the editor did not insert the program: {answer.failure_reason or 'no reason given'}"
        )
    return {"applied": answer.applied, "uri": made.uri}


async def _open_page(server: Session, params: msg.RunParams, *, test: bool) -> dict[str, Any]:
    from sstar_lsp.lsp.features.results.virtual_documents import evidence_uri, test_uri

    known = await server.runs.find(await server.service(), params.run_id)
    assert known.run_id is not None
    uri = evidence_uri(known.run_id)
    if test:
        evidence = known.evidence
        tests = [each.id for each in evidence.deciding_inputs] if evidence is not None else []
        chosen = params.input_id or (evidence.next_question if evidence is not None else None)
        chosen = chosen or next(iter(tests), None)
        if chosen is None:
            raise RunError(f"run {known.run_id} has no test to review: all programs that survived agree.")
        uri = test_uri(known.run_id, chosen)
    return await open_page(server, uri)


async def open_page(server: Session, uri: str) -> dict[str, Any]:
    """Have the editor open a page, or say where it is."""
    shown = await server.openable(uri)
    if server.client.shows_documents:
        await server.window_show_document_async(types.ShowDocumentParams(uri=shown, take_focus=True))
    else:
        server.show_info(f"S*: see {shown}")
    return {"uri": shown}


async def _report(server: Session, params: msg.ReportParams) -> dict[str, Any]:
    """Serve the report of a run on the loopback interface, and have the editor open it in a browser."""
    known = await server.runs.find(await server.service(), params.run_id)
    assert known.run_id is not None
    if known.state is None or known.state.started is None:
        raise RunError("the run has not begun yet: there is nothing to show.")
    uri = await server.reports.address_of(known.run_id)
    if params.show and server.client.shows_documents:
        await server.window_show_document_async(types.ShowDocumentParams(uri=uri, external=True))
    elif params.show:
        server.show_info(f"S*: the report is at {uri}")
    return {"uri": uri}


async def _judge(server: Session, params: msg.JudgeParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.results.run_responses import judge

    answer = await judge(server, params)
    chosen = (answer.get("evidence") or {}).get("chosen")
    server.show_info(
        f"S* {str(answer['status']).replace('_', ' ')}: {chosen or 'no program'} after your verdict."
    )
    return {key: answer[key] for key in ("status", "run_id", "question")}


async def confirm_practice(server: Session, params: msg.PracticeParams) -> dict[str, Any]:
    """``sstar/confirmPractice`` and ``sstar.confirmPractice``."""
    service = await server.service()
    known = await service.guard.remember(params.contest, practice=params.practice)
    server.changed()
    return {"contests": sorted(known)}


async def _problem(server: Session, params: msg.DocumentParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.problem_reading import show

    return await show(server, params)


async def _correct(server: Session, params: msg.CorrectParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.problem_reading import correct

    return await correct(server, params)


async def _listen(server: Session, params: msg.ListenParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.new_problems import start_listening

    return await start_listening(server, params)


async def _stop_listening(server: Session, params: msg.ListenParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.new_problems import stop_listening

    return await stop_listening(server, params)


async def _new_problem(server: Session, params: msg.NewProblemParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.new_problems import new_problem

    return await new_problem(server, params)


async def _test(server: Session, params: msg.OwnTestsParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.own_programs import own_tests_command

    return await own_tests_command(server, params)


async def _stress(server: Session, params: msg.StressParams) -> dict[str, Any]:
    from sstar_lsp.lsp.features.own_programs import stress_command

    return await stress_command(server, params)


Command = tuple[Callable[[object], Any], Callable[[Any, Any], Awaitable[dict[str, Any]]]]

COMMANDS: dict[str, Command] = {
    SOLVE: (msg.solve_params, _start),
    RESUME: (msg.resume_params, _start),
    CANCEL: (msg.cancel_params, cancel),
    INSERT: (msg.edit_params, _insert),
    REVIEW: (msg.run_params, partial(_open_page, test=True)),
    EVIDENCE: (msg.run_params, partial(_open_page, test=False)),
    REPORT: (msg.report_params, _report),
    JUDGE: (msg.judge_params, _judge),
    CONFIRM_PRACTICE: (msg.practice_params, confirm_practice),
    PROBLEM: (msg.problem_params, _problem),
    CORRECT: (msg.correct_params, _correct),
    LISTEN_START: (msg.listen_params, _listen),
    LISTEN_STOP: (msg.listen_params, _stop_listening),
    NEW_PROBLEM: (msg.new_problem_params, _new_problem),
    TEST: (msg.own_tests_params, _test),
    STRESS: (msg.stress_params, _stress),
}
"""Name to the reader of its argument, and what it does."""


async def execute(server: Session, name: str, *arguments: Any) -> dict[str, Any]:
    """``workspace/executeCommand``."""
    read, work = COMMANDS[name]
    try:
        params = read(arguments[0] if arguments else None)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"{name}: {error}") from error
    try:
        return await work(server, params)
    except SStarError as error:
        raise refusal(error) from error
