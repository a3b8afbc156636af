"""The planted bugs of the stress benchmark are what it says of them: right programs are right on the examples, wrong ones pass them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sstar_lsp.problems.reader import read_problem
from sstar_sandbox import Sandbox, Verdict, comparator_named, default_limits, language_named

PLANTED = Path(__file__).parents[2] / "benchmarks" / "planted"
PROBLEMS = sorted(folder.name for folder in PLANTED.iterdir())


def programs(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.iterdir()) if file.stem not in {"problem", "valid"}]


def test_there_are_three_wrong_programs_for_each_of_ten_problems() -> None:
    assert [len(programs(PLANTED / name)) for name in PROBLEMS] == [4] * 10


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_validator_takes_the_examples_and_no_empty_input(name: str) -> None:
    for text in (*(test.input for test in read_problem(PLANTED / name / "problem.md").public_tests), ""):
        done = subprocess.run(
            [sys.executable, PLANTED / name / "valid.py"],
            input=text.encode(),
            capture_output=True,
            check=False,
        )
        assert (done.returncode == 0) is bool(text)


@pytest.mark.parametrize("name", PROBLEMS)
async def test_every_program_passes_the_examples(sandbox: Sandbox, name: str) -> None:
    tests = read_problem(PLANTED / name / "problem.md").public_tests
    checks = [comparator_named("tokens").check(test.expected.encode()) for test in tests]
    for file in programs(PLANTED / name):
        language = language_named(file.suffix[1:])
        program = await sandbox.prepare(file.read_text(), language)
        inputs = [test.input.encode() for test in tests]
        runs = sandbox.run(program, inputs, default_limits(language), checks=checks)
        assert {run.verdict async for run in runs} == {Verdict.AC}, file.name
