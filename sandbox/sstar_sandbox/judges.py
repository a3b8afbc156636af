"""Programs that judge others: checkers, which read an output, and interactors, which talk with a program.

They are hostile like any other, so each runs in a box of its own. The right answer is in their box and never
in the candidate's. Two conventions:

* testlib: ``checker input output answer``, exit 0 right, 1 and 2 wrong; ``interactor input output answer``,
  exit 0 right, 1, 2, 4 and 8 wrong (any program that ends with 0 or 1 keeps it);
* Kattis: ``validator input answer feedback_dir``, exit 42 right, 43 wrong; an output validator reads the
  output on standard input.

Standard input and output of an interactor are crossed with the candidate's. One that ends in any other way
has failed: that is ``IE``, not a verdict.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import partial
from typing import ClassVar, Self

import attrs
from attrs import frozen

from sstar_sandbox.errors import CheckerFailed
from sstar_sandbox.languages import default_limits
from sstar_sandbox.policy.mounts import Mounts
from sstar_sandbox.records import Check, Execution, FileIO, Limits, Program, Verdict
from sstar_sandbox.sandbox import Sandbox

FOLDER = "/files/"
"""Working folder of an interactor, where it may write: the feedback folder of Kattis' convention."""
ANSWER = "/judge/answer"
EXTRA_S = 5.0
"""Wall time of an interactor beyond the program's: it is the program that is ended where both wait."""
_CLAIM = re.compile(rb"[^\n]{1,400}")
_LAST_LINE = re.compile(r"([^\n]{1,400})\n*\Z")


class CheckerStyle(StrEnum):
    """How a checker or an interactor is called and answers."""

    TESTLIB = "testlib"
    KATTIS = "kattis"


@frozen
class JudgingProgram:
    """A checker or an interactor made ready."""

    KIND: ClassVar[str]
    """What it is, for a person."""
    sandbox: Sandbox
    program: Program
    style: CheckerStyle
    flags: tuple[str, ...] = ()
    """Further arguments (Kattis: those of ``problem.yaml``)."""

    @classmethod
    async def prepare(
        cls, sandbox: Sandbox, source: str, language: str, style: CheckerStyle, flags: tuple[str, ...] = ()
    ) -> Self:
        """Compile it. A ``testlib.h`` that it needs must be in its source.
        Raises :class:`CheckerFailed`: it does not compile."""
        program = await sandbox.prepare(source, language)
        if program.compile_error is not None:
            raise CheckerFailed(f"the {cls.KIND} does not compile: {program.compile_error}")
        return cls(sandbox, program, style, flags)


class ProgramChecker(JudgingProgram):
    """A checker made ready."""

    KIND = "checker"

    def check(self, text: bytes, answer: bytes) -> Check:
        """A check of the output for one input, for ``Sandbox.run``."""
        return partial(self.judge, text, answer)

    async def judge(self, text: bytes, answer: bytes, output: bytes) -> bool | str:
        """Whether an output is right for an input: True, or what the checker says against it.

        Raises:
            CheckerFailed: it did not answer as its convention says.
            SandboxError: the box failed twice.
        """
        files = [("/judge/input", text), (ANSWER, answer)]
        if self.style is CheckerStyle.TESTLIB:
            mounts = Mounts((*files, ("/judge/output", output)))
            arguments, stdin = ["/judge/input", "/judge/output", ANSWER], b""
            right, wrong = {0}, {1, 2}
        else:
            mounts = Mounts(tuple(files), folders=("/feedback",))
            arguments, stdin = ["/judge/input", ANSWER, "/feedback/"], output
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


class ProgramInteractor(JudgingProgram):
    """An interactor made ready."""

    KIND = "interactor"

    async def run(self, program: Program, text: bytes, answer: bytes, limits: Limits) -> Execution:
        """A candidate against the interactor, on one input of the interactor.

        Returns:
            The candidate's execution with the transcript. AC or WA is the interactor's word, with its message
            as the detail; what ended the candidate before it (TLE, RE …) goes before that. Standard output is
            what a testlib interactor wrote into its output file. IE: the interactor failed.

        Raises:
            SandboxError: a box failed twice, or the tier has no boxes for interactors.
        """
        if self.style is CheckerStyle.TESTLIB:
            files, arguments = FileIO("input", "output"), [f"{FOLDER}input", f"{FOLDER}output", ANSWER]
            right, wrong = 0, {1, 2, 4, 8}
        else:
            files, arguments = FileIO("input", "judgemessage.txt"), [f"{FOLDER}input", ANSWER, FOLDER]
            right, wrong = 42, {43}
        own = attrs.evolve(
            default_limits(self.program.language),
            wall_s=limits.wall_s + EXTRA_S,
            output_bytes=limits.output_bytes,
            file_bytes=1 << 20,
        )
        mounts = Mounts(((ANSWER, answer),), folders=(FOLDER.rstrip("/"),))
        said = await self.sandbox.converse(
            program, self.program, [*arguments, *self.flags], mounts, files, text, limits, own, right
        )
        did, judge = said.program, said.interactor
        feedback = judge.stdout if self.style is CheckerStyle.KATTIS else b""
        message = _last_line(feedback) or _last_line(judge.stderr)
        code = judge.exit_code if judge.verdict in {Verdict.RAN, Verdict.RE} else None
        did = attrs.evolve(did, stdout=judge.stdout if self.style is CheckerStyle.TESTLIB else b"")
        if code in wrong and (did.verdict is Verdict.RAN or said.is_interactors_word):
            return attrs.evolve(did, verdict=Verdict.WA, detail=message or "the interactor says no")
        if did.verdict is not Verdict.RAN:
            return did
        if code == right:
            return attrs.evolve(did, verdict=Verdict.AC, detail="")
        how = f"{judge.verdict} {judge.detail}".strip() if code != 0 else "exit code 0"
        return attrs.evolve(
            did, verdict=Verdict.IE, detail=f"the interactor failed ({how}): {message}".rstrip(": ")
        )


def _last_line(said: bytes) -> str:
    """Where a traceback or a note ends is what it says."""
    found = _LAST_LINE.search(said.decode("utf-8", "backslashreplace").rstrip())
    return found[1] if found is not None else ""
