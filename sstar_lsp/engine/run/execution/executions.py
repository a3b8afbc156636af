"""A candidate's runs in its problem's form, judged by comparator, checker program or interactor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from hashlib import sha256
from typing import TypeVar, cast

from attrs import define, evolve, field

from sstar_lsp.engine.run.execution.call_forms import runnable
from sstar_lsp.engine.run.executor import Executor, Outcome, encoded
from sstar_lsp.errors import SandboxError
from sstar_lsp.records import CheckerProgram, Problem
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import LANGUAGES, CheckerFailed, CompilerOptions, FileIO, Sandbox, default_limits
from sstar_sandbox.compilation.compiler_options import PLAIN
from sstar_sandbox.judges import CheckerStyle, JudgingProgram, ProgramChecker, ProgramInteractor
from sstar_sandbox.records import Execution, Limits, Mode, Program, Verdict
from sstar_sandbox.verdicts.comparators import comparator_named
from sstar_sandbox.verdicts.verdict import checked

_Judge = TypeVar("_Judge", bound=JudgingProgram)

LIMIT_SLACK = 2.0
"""A laptop that also runs a model is not the judge's machine: CPU limits of statements are doubled here."""
GARBAGE = (b"", b"?\n")
"""Outputs that no problem asks for: a checker that accepts both has judged nothing."""


def limits_of(problem: Problem, language: str, time_multiplier: float = 1.0) -> Limits:
    """Limits of one execution: the problem's own, with slack and what the runtime takes to start, else the
    language's.

    ``time_multiplier``: how much slower than a judge's this machine is; see ``SolveSettings``.
    """
    limits = default_limits(language)
    cpu_s = statement_limit_s(problem, language, time_multiplier * LIMIT_SLACK)
    if cpu_s is not None:
        limits = evolve(limits, cpu_s=cpu_s, wall_s=cpu_s * 2 + 1)
    if problem.memory_limit_bytes is not None:
        memory = problem.memory_limit_bytes + LANGUAGES[language].startup_bytes
        limits = evolve(limits, memory_bytes=memory)
    return limits


def statement_limit_s(problem: Problem, language: str, time_multiplier: float = 1.0) -> float | None:
    """CPU seconds of one execution that the statement allows, a second at least, times ``time_multiplier``, and
    what the runtime takes to start; None where it tells no limit."""
    if problem.time_limit_s is None:
        return None
    return max(1.0, problem.time_limit_s) * time_multiplier + LANGUAGES[language].startup_s


def compiler_of(settings: SolveSettings, problem: Problem | None = None) -> CompilerOptions:
    """How C and C++ are compiled: by the standard that the problem names, else by the settings'."""
    named = problem.cpp_standard if problem is not None else None
    return CompilerOptions(named or settings.cpp_standard or "", settings.cpp_flags)


def files_of(problem: Problem) -> FileIO | None:
    """The files by which its programs read and write, where the problem wants that.
    Raises :class:`SandboxError`: the names are not plain ones."""
    try:
        return FileIO(*problem.file_io) if problem.file_io is not None else None
    except ValueError as error:
        raise SandboxError(f"the files of this problem cannot be had: {error}.") from None


@define
class Executions:
    """Runs programs of one problem; what judges them is made ready once."""

    executor: Executor
    problem: Problem
    compiler: CompilerOptions = PLAIN
    _checker: ProgramChecker | None = field(default=None, init=False)
    _interactor: ProgramInteractor | None = field(default=None, init=False)
    _verdicts: dict[tuple[str, str, bytes], bool | str] = field(factory=dict, init=False)
    """Of the checker program, by input, right output and output: most programs print the same."""

    async def prepare(self, code: str, language: str) -> Program:
        """A candidate made ready, called as the problem calls it.

        Raises:
            ProblemError: the problem's calls cannot be run.
            sstar_sandbox.SandboxError: no toolchain for the language, or the sandbox failed.
        """
        source, entry_point = runnable(self.problem, code, language)
        return await self.executor.prepare(source, language, entry_point, self.compiler)

    async def run(
        self,
        program: Program,
        inputs: Sequence[str],
        limits: Limits,
        mode: Mode = Mode.ISOLATED,
        expected: Sequence[str | None] | None = None,
        *,
        judges_alone: bool = False,
    ) -> AsyncGenerator[Execution, None]:
        """One execution for each input; AC or WA where the right output is known, else RAN.

        ``judges_alone``: the checker program is asked where no right output is known as well; where it then
        fails, the execution stays RAN.

        Raises:
            SandboxError: the checker program failed where the right output is known, or cannot be run here.
            sstar_sandbox.SandboxError: the sandbox failed.
        """
        wanted = [None] * len(inputs) if expected is None else list(expected)
        if self.problem.interactor is not None:
            for text, answer in zip(inputs, wanted, strict=True):
                yield await self._talk(program, text, answer, limits)
            return
        comparator = comparator_named(self.problem.checker)
        given = [encoded(text) for text in inputs]
        runs = self.executor.run(program, given, limits, mode, files=files_of(self.problem))
        number = 0
        async with aclosing(cast("AsyncGenerator[Execution, None]", runs)) as executions:
            async for execution in executions:
                right = wanted[number]
                if self.problem.checker_program is None:
                    yield await checked(
                        execution, None if right is None else comparator.check(encoded(right))
                    )
                elif execution.verdict is Verdict.RAN and (right is not None or judges_alone):
                    yield await self._judged(execution, inputs[number], right)
                else:
                    yield execution
                number += 1

    async def _talk(self, program: Program, text: str, answer: str | None, limits: Limits) -> Execution:
        """A conversation with the interactor. On an input that nobody confirmed it may fail: then it accepts
        no program."""
        interactor = await self.ready_interactor()
        execution = await interactor.run(program, encoded(text), encoded(answer or ""), limits)
        if execution.verdict is Verdict.IE and answer is None:
            return evolve(execution, verdict=Verdict.WA)
        if execution.verdict is Verdict.AC and self.problem.checker_program is not None:
            return await self._judged(execution, text, answer)
        return execution

    async def ready_interactor(self) -> ProgramInteractor:
        """The problem's interactor, compiled once.

        Raises:
            SandboxError: it cannot be run here.
            sstar_sandbox.SandboxError: it does not compile, or the sandbox failed.
        """
        if self._interactor is None:
            self._interactor = await self._ready(ProgramInteractor, self.problem.interactor)
        return self._interactor

    async def _ready(self, kind: type[_Judge], named: CheckerProgram | None) -> _Judge:
        assert named is not None, f"the problem has no {kind.KIND}"
        if not isinstance(self.executor, Sandbox):
            raise SandboxError(f"the {kind.KIND} of this problem needs the sandbox of this machine.")
        style = CheckerStyle(named.style)
        return await kind.prepare(self.executor, named.source, named.language, style, named.flags)

    async def _judged(self, execution: Execution, given: str, right: str | None) -> Execution:
        try:
            answer = await self.verdict(given, right or "", execution.stdout)
        except CheckerFailed as error:
            if right is None:
                return execution  # it may want a right output, or an input that is legal
            raise SandboxError(f"{error}: correct the checker program, or leave it out.") from error
        verdict = Verdict.AC if answer is True else Verdict.WA
        return evolve(execution, verdict=verdict, detail=answer if isinstance(answer, str) else "")

    async def verdict(self, given: str, right: str, output: bytes) -> bool | str:
        """What the checker program says of an output: True, or why it is wrong.

        Raises:
            CheckerFailed: it did not answer as its convention says.
            SandboxError: it cannot be run here.
        """
        place = given, right, sha256(output).digest()
        known = self._verdicts.get(place)
        if known is None:
            if self._checker is None:
                self._checker = await self._ready(ProgramChecker, self.problem.checker_program)
            known = self._verdicts[place] = await self._checker.judge(encoded(given), encoded(right), output)
        return known

    async def judges_alone(self) -> bool:
        """Whether the checker program needs no right output: tried on the examples, once for a run.

        It must accept the output that each example shows, with it as the right one; it judges alone where it
        does so without it too, and refuses garbage.

        Raises:
            SandboxError: it fails on an example, or refuses the output that the example shows.
            sstar_sandbox.SandboxError: it does not compile, or the sandbox failed.
        """
        tests = self.problem.public_tests
        for test in tests:
            name = test.name or "an example"
            try:
                answer = await self.verdict(test.input, test.expected, encoded(test.expected))
            except CheckerFailed as error:
                raise SandboxError(
                    f"on {name} {error}: correct the checker program, or leave it out."
                ) from error
            if answer is not True:
                raise SandboxError(
                    f"the checker program refuses the output that {name} shows ({answer}): correct one of them, or say "
                    "which convention the checker follows (checker_style: testlib or kattis)."
                )
        for test in tests:
            try:
                if await self.verdict(test.input, "", encoded(test.expected)) is not True:
                    return False
            except CheckerFailed:
                return False
            for garbage in GARBAGE:
                with suppress(CheckerFailed):  # it could not even read it
                    if await self.verdict(test.input, "", garbage) is True:
                        return False
        return bool(tests)


# --- programs that do not end ---------------------------------------------------------------------

STALLS = 3
"""Time-outs after which a program is given up."""
FIRST = 4
"""Inputs of the first batch; each further one doubles, so little is lost on a program that hangs at once."""
GIVEN_UP = Outcome(Verdict.TLE, "", detail=f"not run: it did not end in time on {STALLS} inputs before")

Execute = Callable[[Sequence[str]], Awaitable[tuple[Outcome, ...]]]


async def run_until_stalled(execute: Execute, texts: Sequence[str]) -> list[Outcome]:
    """One outcome for each text, in their order; after a few time-outs the rest are taken as time-outs, and
    say so.

    A program that hangs would take its whole time limit on each of dozens of inputs.
    """
    found: list[Outcome] = []
    size = FIRST
    while len(found) < len(texts):
        if sum(outcome.verdict is Verdict.TLE for outcome in found) >= STALLS:
            return found + [GIVEN_UP] * (len(texts) - len(found))
        found += await execute(texts[len(found) : len(found) + size])
        size *= 2
    return found
