"""Interactors: programs that talk with a candidate and judge it; hostile like any other, each run in a box of
its own.

Two conventions, with standard input and output crossed with the candidate's: testlib (``interactor input
output answer``; exit 0 right, 1, 2, 4 and 8 wrong; any program that ends with 0 or 1 keeps it) and Kattis
(``interactor input answer feedback_dir``; exit 42 right, 43 wrong). Ended in any other way it has failed, and
that is ``IE``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from sstar_sandbox.file_io import FileIO
from sstar_sandbox.languages import default_limits
from sstar_sandbox.policy.mounts import Mounts
from sstar_sandbox.pool.interaction import Conversation
from sstar_sandbox.records import Execution, Limits, Program, Verdict
from sstar_sandbox.verdicts.checkers import CheckerSandbox, CheckerStyle, JudgingProgram

FOLDER = "/files/"
"""Working folder of an interactor, where it may write: the feedback folder of Kattis' convention."""
ANSWER = "/judge/answer"
EXTRA_S = 5.0
"""Wall time of an interactor beyond the program's: it is the program that is ended where both wait."""
_LAST_LINE = re.compile(r"([^\n]{1,400})\n*\Z")


@runtime_checkable
class InteractorSandbox(CheckerSandbox, Protocol):
    """What an interactor needs of a sandbox; :class:`sstar_sandbox.Sandbox` is one."""

    async def converse(
        self,
        program: Program,
        interactor: Program,
        arguments: Sequence[str],
        mounts: Mounts,
        files: FileIO,
        text: bytes,
        limits: Limits,
        interactor_limits: Limits,
        accepting: int = 0,
    ) -> Conversation:
        """See ``Sandbox.converse``."""
        ...


class ProgramInteractor(JudgingProgram[InteractorSandbox]):
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
