"""Our own example problems: the hidden tests accept the reference and reject every wrong program.

The wrong ones pass the public examples, all but for being too slow: that is what makes the examples worth solving.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Problem, Style, Test
from sstar_sandbox import Limits, Sandbox, Verdict, comparator_named, open_sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/reference.py"))
WRONG = sorted(EXAMPLES.glob("*/wrong_*.py"))


def statement_of(folder: Path) -> Path:
    (statement,) = folder.glob("problem.*")
    return statement


def text_of(source: Path) -> str:
    return source.read_text()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as sandbox:
        yield sandbox


async def verdicts(sandbox: Sandbox, source: str, problem: Problem, tests: Sequence[Test]) -> list[Verdict]:
    program = await sandbox.prepare(source, "python", problem.entry_point)
    checkable = [test for test in tests if "$check" not in test.input]
    same = comparator_named(problem.checker)
    checks = [same.check(test.expected.encode()) for test in checkable]
    inputs = [test.input.encode() for test in checkable]
    limits = Limits(wall_s=20, cpu_s=4)
    return [execution.verdict async for execution in sandbox.run(program, inputs, limits, checks=checks)]


def test_there_are_ten_of_both_styles_and_from_source_files_too() -> None:
    problems = [read_problem(statement_of(folder)) for folder in FOLDERS]
    assert len(problems) == 10
    assert sum(problem.style is Style.FUNCTION for problem in problems) >= 3
    assert {problem.language for problem in problems} >= {None, "python", "cpp"}
    assert all(problem.public_tests for problem in problems)
    assert not [remark for problem in problems for remark in problem.remarks if "left out" in remark.message]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_enough_hidden_tests_and_none_of_them_is_public(folder: Path) -> None:
    problem = read_problem(statement_of(folder))
    hidden = hidden_tests(folder)
    assert len(hidden) >= 12
    assert len({test.input for test in hidden}) == len(hidden)
    assert all("hidden" not in test.name for test in problem.public_tests)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
async def test_the_reference_is_right(sandbox: Sandbox, folder: Path) -> None:
    problem = read_problem(statement_of(folder))
    tests = (*problem.public_tests, *hidden_tests(folder))
    found = await verdicts(sandbox, text_of(folder / "reference.py"), problem, tests)
    assert set(found) == {Verdict.AC}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("source", WRONG, ids=lambda source: f"{source.parent.name}/{source.stem}")
async def test_a_wrong_program_passes_the_public_examples_and_fails_a_hidden_test(
    sandbox: Sandbox, source: Path
) -> None:
    problem = read_problem(statement_of(source.parent))
    assert set(await verdicts(sandbox, text_of(source), problem, problem.public_tests)) == {Verdict.AC}
    found = await verdicts(sandbox, text_of(source), problem, hidden_tests(source.parent))
    assert set(found) & {Verdict.WA, Verdict.RE, Verdict.TLE}
    assert Verdict.IE not in found
