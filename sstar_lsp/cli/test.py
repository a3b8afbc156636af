"""``sstar test``: a person's own program on all tests of its problem."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sstar_lsp.cli.blocks import show_block
from sstar_lsp.errors import ProblemError, SandboxError, UsageError

if TYPE_CHECKING:
    from sstar_lsp.engine.run.executor import Outcome
    from sstar_lsp.records import Problem, Test
    from sstar_sandbox import Limits, Sandbox

FAILED = 17
"""Exit code of ``sstar test`` when the program fails a test."""
MIB = 1 << 20


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--problem",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The statement. Without: looked for beside FILE, or in the comment at its top.",
)
@click.option(
    "--checker", metavar="NAME", help="Comparator or file of a checker program that judges outputs."
)
@click.option(
    "--only", type=click.IntRange(1), multiple=True, metavar="N", help="Only test N; may be given again."
)
@click.option("--watch", is_flag=True, help="Run again whenever FILE is saved, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def test(
    file: Path, problem: Path | None, checker: str | None, only: tuple[int, ...], watch: bool, as_json: bool
) -> None:
    """Run the program FILE on all tests of its problem: verdict, time and memory of each, outputs where it fails.

    \b
    Examples:
      sstar test mine.cpp
      sstar test mine.py --only 2 --watch

    Tests are the examples of the statement and the files that cph, competitest, oj and others keep beside it
    (docs/problems.md). Programs run in the sandbox, within the limits that the statement gives. No model is asked.

    \b
    Exit codes: 0 all passed, 17 one failed, 2 wrong usage, 3 not a problem or a compile error, 5 no sandbox,
    130 cancelled.
    """
    if watch and as_json:
        raise UsageError("--watch shows text for a person: leave out --json.")
    try:
        code = asyncio.run(_test(file, problem, checker, only, watch, as_json))
    except KeyboardInterrupt:
        code = 130
    if code:
        sys.exit(code)


async def _test(
    file: Path, named: Path | None, checker: str | None, only: Sequence[int], watch: bool, as_json: bool
) -> int:
    from sstar_sandbox import Sandbox
    from sstar_sandbox import SandboxError as BrokenSandbox

    try:
        async with Sandbox(2) as sandbox:
            if not watch:
                return await _once(sandbox, file, named, checker, only, as_json)
            from watchfiles import awatch

            await _told(sandbox, file, named, checker, only)
            async for changes in awatch(file.parent, recursive=False):
                if any(Path(path).name == file.name for _, path in changes):
                    click.echo(f"\n{file.name} was saved")
                    await _told(sandbox, file, named, checker, only)
            return 0
    except BrokenSandbox as error:
        raise SandboxError(str(error)) from error


async def _told(
    sandbox: Sandbox, file: Path, named: Path | None, checker: str | None, only: Sequence[int]
) -> None:
    """One round of watching: what is wrong with the file today may be mended with the next save."""
    try:
        await _once(sandbox, file, named, checker, only, as_json=False)
    except ProblemError as error:
        click.echo(f"sstar: {error}", err=True)


async def _once(
    sandbox: Sandbox, file: Path, named: Path | None, checker: str | None, only: Sequence[int], as_json: bool
) -> int:
    from sstar_lsp.engine.run.executions import Executions
    from sstar_lsp.engine.run.executor import is_accepted, outcome_of
    from sstar_lsp.problems.checker_files import with_checker
    from sstar_lsp.stress.opening import made_ready, problem_of
    from sstar_sandbox import CompilerOptions

    problem, owner = problem_of(file, named)
    if checker is not None:
        problem = with_checker(problem, checker, Path.cwd(), is_confined=False)
    tests = _chosen(problem, owner, only)
    executions = Executions(sandbox, problem, CompilerOptions(problem.cpp_standard or ""))
    side = await made_ready(executions, file)
    inputs, expected = [test.input for _, test in tests], [test.expected for _, test in tests]
    outcomes = [
        outcome_of(each)
        async for each in executions.run(side.program, inputs, side.limits, expected=expected)
    ]
    passed = [
        is_accepted(problem, test.expected, outcome)
        for (_, test), outcome in zip(tests, outcomes, strict=True)
    ]
    if as_json:
        rows = [
            {
                "number": number,
                "name": test.name,
                "passed": is_passed,
                "verdict": outcome.verdict.value,
                "input": test.input,
                "expected": test.expected,
                "output": outcome.output,
                "error": outcome.error,
                "cpu_s": round(outcome.cpu_s, 3),
                "memory_bytes": outcome.peak_memory_bytes,
            }
            for (number, test), outcome, is_passed in zip(tests, outcomes, passed, strict=True)
        ]
        click.echo(json.dumps({"passed": sum(passed), "tests": rows}, ensure_ascii=False))
    else:
        for (number, test), outcome, is_passed in zip(tests, outcomes, passed, strict=True):
            _show(number, test, outcome, side.limits, is_passed)
        click.echo(f"{sum(passed)} of {len(passed)} passed")
    return 0 if all(passed) else FAILED


def _chosen(problem: Problem, owner: Path, only: Sequence[int]) -> list[tuple[int, Test]]:
    """The tests to run, numbered from 1."""
    tests = list(enumerate(problem.public_tests, 1))
    if not tests:
        raise ProblemError(
            f"{owner.name} has no examples, and no tests lie beside it: there is nothing to run."
        )
    unknown = [number for number in only if number > len(tests)]
    if unknown:
        raise UsageError(f"--only {unknown[0]}: there are {len(tests)} tests.")
    return [(number, test) for number, test in tests if not only or number in only]


def _show(number: int, test: Test, outcome: Outcome, limits: Limits, is_passed: bool) -> None:
    """One line; where it failed input, right output, and what the program printed."""
    memory = f"{outcome.peak_memory_bytes / MIB:.0f} of {limits.memory_bytes // MIB} MiB"
    times = f"{outcome.cpu_s:.2f} of {limits.cpu_s:g} s"
    verdict = "AC" if is_passed else outcome.verdict.value
    click.echo(f"{number}  {verdict:<4} {times}, {memory}  {test.name}")
    if is_passed:
        return
    show_block("input", test.input)
    show_block("right output", test.expected)
    show_block("its output", outcome.output)
    if outcome.error or outcome.detail:
        show_block("error", outcome.error or outcome.detail)
