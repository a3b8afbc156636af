"""Whether a made input is legal: asked of a validator program, else of what the statement says."""

from __future__ import annotations

from typing import Protocol

from attrs import field, frozen

from sstar_lsp.engine.run.executor import Outcome, encoded, outcome_of
from sstar_lsp.engine.test_inputs.legality import Legality, legality_of, refusal
from sstar_lsp.records import Problem
from sstar_sandbox import CheckerSandbox, Limits, Program, Verdict
from sstar_sandbox.policy.mounts import Mounts

LEGAL_EXITS = (0, 42)
"""Exit codes by which validators take an input: testlib's and most scripts', and Kattis's."""


class Judge(Protocol):
    """Says which inputs are legal."""

    @property
    def name(self) -> str:
        """Who it is, for a person."""

    @property
    def is_certain(self) -> bool:
        """Whether an input that it takes is legal for certain: a crash on it is the program's fault."""

    async def why_illegal(self, text: str) -> str | None:
        """Reason; None if the input is taken."""


@frozen
class Validator:
    """A person's validator program: reads the input from standard input, exit code 0 or 42 takes it."""

    sandbox: CheckerSandbox
    program: Program
    limits: Limits
    name: str = "the validator"
    is_certain: bool = True

    async def why_illegal(self, text: str) -> str | None:
        """Its last words, or how it ended; None if it takes the input."""
        ended = await self.sandbox.run_with_files(self.program, (), Mounts(), encoded(text), self.limits)
        outcome = outcome_of(ended)
        is_over = outcome.verdict in (Verdict.RAN, Verdict.RE) and outcome.signal is None
        if is_over and outcome.exit_code in LEGAL_EXITS:
            return None
        words = (outcome.error or outcome.output).strip().splitlines()
        return words[-1][:200] if words else f"it ended with {outcome.verdict}, {outcome.exit_code}"


@frozen
class Statement:
    """The input format that statement and examples tell; what they leave open is taken."""

    problem: Problem
    legality: Legality = field(init=False)

    @legality.default
    def _made(self) -> Legality:
        return legality_of(self.problem)

    @property
    def name(self) -> str:
        """By what it is judged."""
        is_whole = self.legality.format is not None and self.legality.format.is_whole
        return "the statement's input format" if is_whole else "what statement and examples show"

    @property
    def is_certain(self) -> bool:
        """Never: what a statement promises is not all that a program can rely on."""
        return False

    async def why_illegal(self, text: str) -> str | None:
        """Reason; None if nothing speaks against the input."""
        return self.legality.why_illegal(text)


@frozen
class Trusting:
    """Takes everything: a person's generator makes legal inputs."""

    name: str = "the generator"
    is_certain: bool = True

    async def why_illegal(self, text: str) -> str | None:  # noqa: ARG002
        """None, whatever the input."""
        return None


def is_refused(outcomes: tuple[Outcome, ...]) -> bool:
    """Whether a program refused the input: it ran out of words, or checks what it was promised."""
    return any(refusal(outcome) is not None for outcome in outcomes)
