"""The border to the sandbox: what the engine needs of whatever runs programs.

``sstar_sandbox.Sandbox`` is the real one; the protocol keeps the engine free of processes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Protocol

from attrs import frozen

from sstar_lsp.errors import SandboxError
from sstar_lsp.records import Problem
from sstar_sandbox import CompilerOptions, Execution, FileIO, Limits, Mode, Offering, Program, Verdict
from sstar_sandbox import SandboxError as BrokenSandbox
from sstar_sandbox.verdicts.comparators import Comparator, comparator_named


@contextmanager
def sandbox_failures() -> Iterator[None]:
    """Within this context the sandbox's errors are raised as our ``SandboxError``."""
    try:
        yield
    except BrokenSandbox as error:
        raise SandboxError(str(error)) from error


class Executor(Protocol):
    """Runs programs on inputs; cancelling the reader kills what runs."""

    async def offering(self, language: str, compiler: CompilerOptions = ...) -> Offering:
        """What programs of a language find besides the standard library, and of which standard they are."""
        ...

    async def prepare(
        self,
        source: str,
        language: str,
        entry_point: str | None = None,
        compiler: CompilerOptions = ...,
    ) -> Program:
        """Compile (once) or load; a compile error is data in the program, not an exception."""
        ...

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits | None = None,
        mode: Mode = Mode.ISOLATED,
        *,
        files: FileIO | None = None,
    ) -> AsyncIterator[Execution]:
        """One execution for each input, in their order, unchecked; ``files``: by which the program reads and
        writes."""
        ...


JOURNALED_CHARS = 65_536
"""Of one output, in the journal; longer ones keep head and digest, which is enough to tell them apart."""
ERROR_CHARS = 2_000


@frozen
class Outcome:
    """An execution as the journal keeps it: text, bounded."""

    verdict: Verdict
    output: str
    """Standard output, undecodable bytes escaped; longer than 64 Ki characters: head and SHA-256."""
    error: str = ""
    """Tail of standard error."""
    detail: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_bytes: int = 0
    exit_code: int | None = None
    signal: int | None = None
    needs: str = ""
    """The module that is not here and whose absence ended it; else empty."""
    transcript: str = ""
    """The conversation with an interactor: ``> `` before its lines, ``< `` before the interactor's."""

    @property
    def ended_well(self) -> bool:
        """Ran to its end within its limits, whatever it printed."""
        return self.verdict in (Verdict.RAN, Verdict.AC, Verdict.WA)


def outcome_of(execution: Execution) -> Outcome:
    """Shrink an execution to what the journal keeps."""
    from hashlib import sha256

    output = execution.stdout.decode("utf-8", "backslashreplace")
    if len(output) > JOURNALED_CHARS:
        digest = sha256(execution.stdout).hexdigest()
        output = f"{output[:JOURNALED_CHARS]}\n[… {len(output)} characters, sha256 {digest}]"
    return Outcome(
        verdict=execution.verdict,
        output=output,
        error=execution.stderr.decode("utf-8", "backslashreplace")[-ERROR_CHARS:],
        detail=execution.detail,
        cpu_s=execution.cpu_s,
        wall_s=execution.wall_s,
        peak_memory_bytes=execution.peak_memory_bytes,
        exit_code=execution.exit_code,
        signal=execution.signal,
        needs=execution.needs,
        transcript=execution.transcript,
    )


def same_output(checker: str, left: Outcome, right: Outcome) -> bool:
    """Whether the outcomes of two programs agree under the problem's comparator; two failures agree when
    alike.

    Where a checker program judged both, its verdicts count: of two outputs that it accepts both are right, of
    two that it refuses neither, or the input is at fault.
    """
    if not (left.ended_well and right.ended_well):
        return left.ended_well == right.ended_well and left.verdict == right.verdict
    if {left.verdict, right.verdict} <= {Verdict.AC, Verdict.WA}:
        return left.verdict == right.verdict
    if left.output == right.output and checker != "yesno":  # there, other words are the same as nothing
        return True
    return _comparator(checker).alike(encoded(left.output), encoded(right.output))


def is_expected(checker: str, expected: str, outcome: Outcome) -> bool:
    """Whether an outcome is as good as an output that is known to be right."""
    return outcome.ended_well and _comparator(checker).same(encoded(expected), encoded(outcome.output))


_NOTHING = {"", "null"}


def is_accepted(problem: Problem, expected: str, outcome: Outcome) -> bool:
    """Whether a program's run on an example speaks for it.

    It printed what the example shows, or a checker program or the interactor accepts it, or the statement
    accepts several answers and it printed another one: nothing at all is no answer.
    """
    if outcome.verdict is Verdict.AC:
        return True
    is_other_answer = problem.is_open_ended and outcome.verdict is Verdict.WA
    return is_other_answer and (outcome.output.strip() not in _NOTHING or expected.strip() in _NOTHING)


def encoded(text: str) -> bytes:
    """The bytes that a program reads or is compared with; lone surrogates are kept."""
    return text.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=64)
def _comparator(name: str) -> Comparator:
    return comparator_named(name)
