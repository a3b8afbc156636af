"""Whether a made input is legal: asked of a validator program, else of what the statement says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from sstar_lsp.engine.run.executor import Outcome, encoded, outcome_of
from sstar_lsp.engine.test_inputs.legality import legality_of, refusal
from sstar_lsp.records import Problem
from sstar_sandbox import Limits, Program, Sandbox, Verdict
from sstar_sandbox.policy.mounts import Mounts

LEGAL_EXITS = (0, 42)
"""Exit codes by which validators take an input: testlib's and most scripts', and Kattis's."""


@frozen
class Judge:
    """Says which inputs are legal."""

    name: str
    """Who it is, for a person."""
    is_certain: bool
    """Whether an input that it takes is legal for certain: a crash on it is the program's fault."""
    why_illegal: Callable[[str], Awaitable[str | None]]
    """Reason; None if the input is taken."""


def validator(sandbox: Sandbox, program: Program, limits: Limits) -> Judge:
    """A person's validator program: reads the input from standard input, exit code 0 or 42 takes it. Its
    reason is its last words, or how it ended."""

    async def why_illegal(text: str) -> str | None:
        ended = await sandbox.run_with_files(program, (), Mounts(), encoded(text), limits)
        outcome = outcome_of(ended)
        is_over = outcome.verdict in (Verdict.RAN, Verdict.RE) and outcome.signal is None
        if is_over and outcome.exit_code in LEGAL_EXITS:
            return None
        words = (outcome.error or outcome.output).strip().splitlines()
        return words[-1][:200] if words else f"it ended with {outcome.verdict}, {outcome.exit_code}"

    return Judge("the validator", True, why_illegal)


def statement(problem: Problem) -> Judge:
    """The input format that statement and examples tell; what they leave open is taken. Never certain: what a
    statement promises is not all that a program can rely on."""
    legality = legality_of(problem)
    is_whole = legality.format is not None and legality.format.is_whole

    async def why_illegal(text: str) -> str | None:
        return legality.why_illegal(text)

    name = "the statement's input format" if is_whole else "what statement and examples show"
    return Judge(name, False, why_illegal)


async def _taken(_text: str) -> None:
    """Any input."""


GENERATOR = Judge("the generator", True, _taken)
"""Takes everything: a person's generator makes legal inputs."""


def is_refused(outcomes: tuple[Outcome, ...]) -> bool:
    """Whether a program refused the input: it ran out of words, or checks what it was promised."""
    return any(refusal(outcome) is not None for outcome in outcomes)
