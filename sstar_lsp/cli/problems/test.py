"""``sstar test``: a person's own program on all tests of its problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sstar_lsp.cli.edge import run_to_exit, show_block
from sstar_lsp.errors import ProblemError, UsageError

if TYPE_CHECKING:
    from sstar_lsp.stress.own_tests import OwnTests, Tested
    from sstar_sandbox import Sandbox

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
    "--interactor",
    metavar="NAME",
    help="File of the program that talks with FILE, for an interactive problem.",
)
@click.option(
    "--only", type=click.IntRange(1), multiple=True, metavar="N", help="Only test N; may be given again."
)
@click.option("--watch", is_flag=True, help="Run again whenever FILE is saved, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def test(
    file: Path,
    problem: Path | None,
    checker: str | None,
    interactor: str | None,
    only: tuple[int, ...],
    watch: bool,
    as_json: bool,
) -> None:
    """Run the program FILE on all tests of its problem: verdict, time and memory of each, outputs where it
    fails.

    \b
    Examples:
      sstar test mine.cpp
      sstar test mine.py --only 2 --watch

    Tests are the examples of the statement and the files that cph, competitest, oj and others keep beside it
    (docs/problems.md). Programs run in the sandbox, within the limits that the statement gives; where an
    interactor judges, what both sides said is shown. No model is asked.

    \b
    Exit codes: 0 all passed, 17 one failed, 2 wrong usage, 3 not a problem or a compile error, 5 no sandbox,
    130 cancelled.
    """
    if watch and as_json:
        raise UsageError("--watch shows text for a person: leave out --json.")
    from sstar_lsp.stress.own_tests import own_tests

    tests = partial(own_tests, file, problem, checker, only, interactor=interactor)
    run_to_exit(_test(file, tests, watch, as_json), cancelled="")


async def _test(file: Path, read: Callable[[], OwnTests], watch: bool, as_json: bool) -> int:
    from sstar_lsp.engine.run.executor import sandbox_failures
    from sstar_sandbox import open_sandbox

    with sandbox_failures():
        async with open_sandbox(2) as sandbox:
            if not watch:
                return await _once(sandbox, file, read, as_json)
            from watchfiles import awatch

            await _told(sandbox, file, read)
            async for changes in awatch(file.parent, recursive=False):
                if any(Path(path).name == file.name for _, path in changes):
                    click.echo(f"\n{file.name} was saved")
                    await _told(sandbox, file, read)
            return 0


async def _told(sandbox: Sandbox, file: Path, read: Callable[[], OwnTests]) -> None:
    """One round of watching: what is wrong with the file today may be mended with the next save."""
    try:
        await _once(sandbox, file, read, as_json=False)
    except ProblemError as error:
        click.echo(f"sstar: {error}", err=True)


async def _once(sandbox: Sandbox, file: Path, read: Callable[[], OwnTests], as_json: bool) -> int:
    from sstar_lsp.stress.own_tests import run_tests

    tests = read()
    tested = await run_tests(sandbox, file, tests)
    passed = sum(each.is_passed for each in tested)
    if as_json:
        rows = [
            {
                "number": each.number,
                "name": each.test.name,
                "passed": each.is_passed,
                "verdict": each.outcome.verdict.value,
                "input": each.test.input,
                "expected": each.test.expected,
                "output": each.outcome.output,
                "error": each.outcome.error,
                "detail": each.outcome.detail,
                "transcript": each.outcome.transcript,
                "cpu_s": round(each.outcome.cpu_s, 3),
                "memory_bytes": each.outcome.peak_memory_bytes,
            }
            for each in tested
        ]
        click.echo(json.dumps({"passed": passed, "tests": rows}, ensure_ascii=False))
    else:
        for each in tested:
            _show(each, is_interactive=tests.problem.interactor is not None)
        click.echo(f"{passed} of {len(tested)} passed")
    return 0 if passed == len(tested) else FAILED


def _show(tested: Tested, *, is_interactive: bool) -> None:
    """One line; if it failed also input, right output and the program's output, or the conversation."""
    from sstar_sandbox import Verdict

    test, outcome, limits = tested.test, tested.outcome, tested.limits
    memory = f"{outcome.peak_memory_bytes / MIB:.0f} of {limits.memory_bytes // MIB} MiB"
    times = f"{outcome.cpu_s:.2f} of {limits.cpu_s:g} s"
    click.echo(f"{tested.number}  {tested.verdict:<4} {times}, {memory}  {test.name}")
    if tested.is_passed:
        return
    show_block("input", test.input)
    if is_interactive:
        show_block("what was said (> the program, < the interactor)", outcome.transcript)
    else:
        show_block("right output", test.expected)
        show_block("its output", outcome.output)
    ended = outcome.detail if outcome.verdict is Verdict.WA else outcome.error or outcome.detail
    if ended:
        show_block("error", ended)
