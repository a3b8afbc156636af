"""A person's own program on the tests of its problem: which there are, and how each of them goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from attrs import frozen

from sstar_lsp.engine.run.execution.executions import Executions
from sstar_lsp.engine.run.executor import Executor, Outcome, is_accepted, outcome_of
from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.problems.checker_files import interactor_file, with_checker
from sstar_lsp.records import Problem, Test
from sstar_lsp.stress.opening import Texts, made_ready, problem_of
from sstar_sandbox import CompilerOptions, Limits


@frozen
class OwnTests:
    """The tests of a program's problem."""

    problem: Problem
    owner: Path
    """The file whose tests they are: the statement, else the program."""
    tests: tuple[tuple[int, Test], ...]
    """With their numbers, from 1."""


@frozen
class Tested:
    """How the program did on one test."""

    number: int
    """From 1."""
    test: Test
    outcome: Outcome
    is_passed: bool
    limits: Limits

    @property
    def verdict(self) -> str:
        """``AC`` where it passed, else the sandbox's word."""
        return "AC" if self.is_passed else self.outcome.verdict.value


def own_tests(
    file: Path,
    named: Path | None = None,
    checker: str | None = None,
    only: Sequence[int] = (),
    texts: Texts | None = None,
    *,
    interactor: str | None = None,
) -> OwnTests:
    """The tests of a program; reads files.

    Args:
        file: The program.
        named: Its statement; None: looked for.
        checker: Comparator or checker program that judges, where a person names one.
        only: Numbers of the tests that are wanted; empty: all.
        texts: What stands in an editor.
        interactor: File of an interactor that judges, where a person names one.

    Raises:
        ProblemError: there is no problem or no test.
        UsageError: there is no test of that number.
    """
    judge = interactor_file(interactor, Path.cwd(), is_confined=False) if interactor is not None else None
    problem, owner = problem_of(file, named, texts, interactor=judge)
    if checker is not None:
        problem = with_checker(problem, checker, Path.cwd(), is_confined=False)
    tests = tuple(enumerate(problem.public_tests, 1))
    if not tests:
        raise ProblemError(
            f"{owner.name} has no examples, and no tests lie beside it: there is nothing to run."
        )
    for number in only:
        if not 1 <= number <= len(tests):
            raise UsageError(f"there is no test {number}: {owner.name} has {len(tests)}.")
    return OwnTests(
        problem, owner, tuple((number, test) for number, test in tests if not only or number in only)
    )


async def run_tests(
    executor: Executor,
    file: Path,
    wanted: OwnTests,
    text: str | None = None,
    tell: Callable[[Tested], None] | None = None,
) -> list[Tested]:
    """Run the program on these tests, each in a process of its own, within the problem's limits.

    Args:
        executor: The sandbox.
        file: The program.
        wanted: What to run.
        text: The program as it stands in an editor; None: as it is on disk.
        tell: Told of each test as it ends.

    Raises:
        CompileFailed: it does not compile.
        ProblemError: it cannot be read.
        SandboxError: the checker program failed.
        sstar_sandbox.SandboxError: the sandbox failed.
    """
    problem = wanted.problem
    executions = Executions(executor, problem, CompilerOptions(problem.cpp_standard or ""))
    side = await made_ready(executions, file, text)
    inputs = [test.input for _, test in wanted.tests]
    expected = [test.expected for _, test in wanted.tests]
    ended: list[Tested] = []
    async with aclosing(executions.run(side.program, inputs, side.limits, expected=expected)) as running:
        async for execution in running:
            number, test = wanted.tests[len(ended)]
            outcome = outcome_of(execution)
            is_passed = is_accepted(problem, test.expected, outcome)
            ended.append(Tested(number, test, outcome, is_passed, side.limits))
            if tell is not None:
                tell(ended[-1])
    return ended
