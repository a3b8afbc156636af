"""Programs that the input-writer writes: asked for, found in its replies, run.

They are whole programs on standard input, in Python or C++, whatever the problem's style. Their outputs are
never taken for right ones (:mod:`sstar_lsp.engine.helper_programs.generators` and ``validators`` check them).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec

from attrs import evolve, frozen
from markdown_it import MarkdownIt

from sstar_lsp.engine.run.events import Purpose, Tier, TierActed
from sstar_lsp.engine.run.execution.executions import Executions, compiler_of, limits_of
from sstar_lsp.engine.run.executor import Outcome, outcome_of, sandbox_failures
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.test_inputs.proposals import ask_writer
from sstar_lsp.models.client.reasoning import without_thoughts
from sstar_lsp.models.extract import extract_code
from sstar_lsp.records import Message, Style
from sstar_sandbox import Mode

PROGRAM_TOKENS = 1_024
"""Of a reply with one program."""
SEVERAL_TOKENS = 3_072
"""Of a reply with several."""
LABEL_CHARS = 120
_TAGS = {"": "python", "python": "python", "python3": "python", "py": "python", "cpp": "cpp", "c++": "cpp"}
_LABEL = re.compile(r"^\W*(?:CLASS|WAY)\W*:\s*", re.IGNORECASE)


@frozen
class Written:
    """A program in a reply."""

    code: str
    language: str
    """``python`` or ``cpp``."""
    label: str = ""
    """The last line of text before it: what it is for, in the model's words."""


def programs_in(reply: str) -> list[Written]:
    """The code blocks of a reply that are Python or C++, in their order, each with its label."""
    text, _ = without_thoughts(reply)
    found: list[Written] = []
    label = ""
    for token in MarkdownIt().parse(text):
        if token.type == "inline":
            label = _LABEL.sub("", token.content.rpartition("\n")[2]).strip(" *`#")
        elif token.type in ("fence", "code_block"):
            language = _TAGS.get(token.info.strip().lower())
            if language is not None and token.content.strip():
                found.append(Written(token.content, language, label[:LABEL_CHARS]))
            label = ""
    return found


async def reply_of(
    record: Record,
    calls: Calls,
    purpose: str,
    messages: Sequence[Message],
    seed: int,
    tokens: int = PROGRAM_TOKENS,
) -> str | None:
    """What the input-writer says, as :func:`ask_writer`; ``seed`` from 3."""
    missing = f"no {purpose} from the model"
    return await ask_writer(record, calls, Purpose.HELPER, purpose, messages, seed, tokens, missing)


def program_in(reply: str | None) -> Written | None:
    """The one program that a reply was to hold; None if there is none."""
    if reply is None:
        return None
    programs = programs_in(reply)
    if programs and all(program.language == "cpp" for program in programs):
        return programs[0]
    code = extract_code(reply, "python").code
    return Written(code, "python") if code and code.strip() else None


async def program_of(
    runner: ProgramRunner, calls: Calls, purpose: str, prompt: str, seed: int
) -> Written | None:
    """The program that the input-writer answers; None where there is none. ``seed``: as :func:`reply_of`."""
    return program_in(await reply_of(runner.record, calls, purpose, (Message("user", prompt),), seed))


def word_of(outcome: Outcome, right: str, wrong: str) -> bool | None:
    """A program's word, its last line: whether it is ``right`` or ``wrong``; None if it is neither."""
    last = outcome.output.strip().rpartition("\n")[2].strip().upper()
    return {right: True, wrong: False}.get(last) if outcome.ended_well else None


async def run_helper(
    runner: ProgramRunner, program: Written, inputs: Sequence[str]
) -> tuple[Outcome, ...] | None:
    """One outcome for each input, each in a process of its own; None if it does not compile or cannot be
    run here.
    Raises :class:`SandboxError`: the sandbox failed."""
    plain = evolve(
        runner.state.problem,
        style=Style.STDIN,
        starter_code="",
        entry_point=None,
        call_form=None,
        checker_program=None,
        file_io=None,
    )
    settings = runner.state.settings
    executions = Executions(runner.executor, plain, compiler_of(settings))
    limits = limits_of(evolve(plain, time_limit_s=None), program.language, settings.time_multiplier)
    with sandbox_failures():
        prepared = await executions.prepare(program.code, program.language)
        if prepared.compile_error is not None:
            return None
        runs = executions.run(prepared, list(inputs), limits, Mode.ISOLATED)
        return tuple([outcome_of(execution) async for execution in runs])


_P = ParamSpec("_P")
_Act = Callable[Concatenate[ProgramRunner, _P], Awaitable[TierActed | None]]


def once(tier: Tier) -> Callable[[_Act[_P]], Callable[Concatenate[ProgramRunner, _P], Awaitable[None]]]:
    """Make a step of selection be taken once in a run: what it says that it did is journaled."""

    def decorated(act: _Act[_P]) -> Callable[Concatenate[ProgramRunner, _P], Awaitable[None]]:
        @wraps(act)
        async def step(runner: ProgramRunner, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
            if any(done.tier == tier for done in runner.state.tiers):
                return  # an earlier session of this run took it
            if (acted := await act(runner, *args, **kwargs)) is not None:
                await runner.record.emit(acted)

        return step

    return decorated
