"""Checker programs: hostile like any other, so they run in boxes of their own.

Two conventions: testlib (``checker input output answer``; exit 0 right, 1 and 2 wrong) and Kattis output
validators (``validator input answer feedback_dir < output``; exit 42 right, 43 wrong). The right answer is in
the checker's box and never in the candidate's. A checker that does anything else has failed: that is ``IE``,
not a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, Generic, Protocol, Self, TypeVar, runtime_checkable

import attrs
from attrs import frozen

from sstar_sandbox.errors import CheckerFailed
from sstar_sandbox.languages import default_limits
from sstar_sandbox.policy.mounts import Mounts
from sstar_sandbox.records import Check, Execution, Limits, Program, Verdict

_CLAIM = re.compile(rb"[^\n]{1,400}")


class CheckerStyle(StrEnum):
    """How a checker is called and answers."""

    TESTLIB = "testlib"
    KATTIS = "kattis"


@runtime_checkable
class CheckerSandbox(Protocol):
    """What a checker program needs of a sandbox; :class:`sstar_sandbox.Sandbox` is one."""

    async def prepare(self, source: str, language: str, entry_point: str | None = None) -> Program:
        """See ``Sandbox.prepare``."""
        ...

    async def run_with_files(
        self, program: Program, arguments: Sequence[str], mounts: Mounts, stdin: bytes, limits: Limits
    ) -> Execution:
        """See ``Sandbox.run_with_files``."""
        ...


_S = TypeVar("_S", bound=CheckerSandbox)


@frozen
class JudgingProgram(Generic[_S]):
    """A checker or an interactor made ready."""

    KIND: ClassVar[str]
    """What it is, for a person."""
    sandbox: _S
    program: Program
    style: CheckerStyle
    flags: tuple[str, ...] = ()
    """Further arguments (Kattis: those of ``problem.yaml``)."""

    @classmethod
    async def prepare(
        cls, sandbox: _S, source: str, language: str, style: CheckerStyle, flags: tuple[str, ...] = ()
    ) -> Self:
        """Compile it. A ``testlib.h`` that it needs must be in its source.
        Raises :class:`CheckerFailed`: it does not compile."""
        program = await sandbox.prepare(source, language)
        if program.compile_error is not None:
            raise CheckerFailed(f"the {cls.KIND} does not compile: {program.compile_error}")
        return cls(sandbox, program, style, flags)


class ProgramChecker(JudgingProgram[CheckerSandbox]):
    """A checker made ready."""

    KIND = "checker"

    def check(self, text: bytes, answer: bytes) -> Check:
        """A check of the output for one input, for ``Sandbox.run``."""

        async def is_right(stdout: bytes) -> bool | str:
            return await self.judge(text, answer, stdout)

        return is_right

    async def judge(self, text: bytes, answer: bytes, output: bytes) -> bool | str:
        """Whether an output is right for an input: True, or what the checker says against it.

        Raises:
            CheckerFailed: it did not answer as its convention says.
            SandboxError: the box failed twice.
        """
        files = [("/judge/input", text), ("/judge/answer", answer)]
        if self.style is CheckerStyle.TESTLIB:
            mounts = Mounts((*files, ("/judge/output", output)))
            arguments, stdin = ["/judge/input", "/judge/output", "/judge/answer"], b""
            right, wrong = {0}, {1, 2}
        else:
            mounts = Mounts(tuple(files), folders=("/feedback",))
            arguments, stdin = ["/judge/input", "/judge/answer", "/feedback/"], output
            right, wrong = {42}, {43}
        limits = attrs.evolve(default_limits(self.program.language), file_bytes=1 << 20)
        ended = await self.sandbox.run_with_files(
            self.program, [*arguments, *self.flags], mounts, stdin, limits
        )
        if ended.exit_code in right:
            return True
        claim = _CLAIM.search(ended.stderr) or _CLAIM.search(ended.stdout)
        reason = claim.group().decode("utf-8", "backslashreplace") if claim else "the checker says no"
        if ended.exit_code in wrong and ended.verdict is Verdict.RE:
            return reason
        raise CheckerFailed(f"the checker ended with {ended.verdict} {ended.detail}: {reason}")
