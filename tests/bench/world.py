"""A small world to measure in: three problems, programs with verdicts, and files of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from sstar_lsp.bench.records import Row
from sstar_lsp.cli.main import main

DOUBLE = "n = int(input())\nprint(2 * n)\n"
DOUBLE_TOO = "print(int(input()) + 0 + int('0'), end='') if False else print(int(input()) * 2)\n"
SQUARE = "n = int(input())\nprint(n * n)\n"
"""Passes the example (2), wrong elsewhere."""
FOUR = "input()\nprint(4)\n"
"""Passes the example (2), wrong elsewhere."""
ZERO = "input()\nprint(0)\n"
"""Fails the example."""
NO_SYNTAX = "def broken(:\n"

STDIN_ROW: dict[str, Any] = {
    "id": "toy/double",
    "io": "stdin",
    "title": "Double",
    "statement": "Given an integer n with 0 <= n <= 100, print twice n.",
    "public_tests": [{"input": "2\n", "output": "4\n"}],
    "hidden_tests": [{"input": "3\n", "output": "6\n"}, {"input": "0\n", "output": "0\n"}],
    "checker": "tokens",
    "time_limit_s": 1,
    "reference_solutions": [
        {"language": "python3", "code": DOUBLE, "verdict": "accepted"},
        {"language": "cpp", "code": "int main(){}", "verdict": "accepted"},
    ],
    "wrong_solutions": [
        {"language": "python3", "code": SQUARE, "verdict": "wrong_answer", "passes_public": True},
        {"language": "python3", "code": ZERO, "verdict": "wrong_answer", "passes_public": False},
    ],
}
FUNCTION_ROW: dict[str, Any] = {
    "id": "toy/largest",
    "io": "function",
    "title": "largest",
    "entry_point": "largest",
    "statement": 'def largest(xs):\n    """The largest of xs.\n    >>> largest([1, 3])\n    3\n    """\n',
    "starter_code": "def largest(xs):\n",
    "public_tests": [{"input": "largest([1, 3])", "output": "3", "assert": "assert largest([1, 3]) == 3"}],
    "hidden_tests": [
        {
            "kind": "check",
            "input": "def check(candidate):\n    assert candidate([2, 1]) == 2\ncheck(largest)\n",
            "output": "",
        },
        {"kind": "case", "input": "largest([5, 4])", "output": "5"},
    ],
    "checker": "custom",
    "time_limit_s": 5,
}
LARGEST = "def largest(xs):\n    return max(xs)\n"
LAST = "def largest(xs):\n    return xs[-1]\n"
"""Passes the example, wrong elsewhere."""
FIRST = "def largest(xs):\n    return xs[0]\n"
"""Fails the example."""


def sample(
    problem: str, code: str, right: bool, public: bool = True, times: int = 1, **more: Any
) -> dict[str, Any]:
    """A recorded sample."""
    row = {
        "problem_id": problem,
        "model": "toy-model (T=0.8)",
        "kind": "sample",
        "multiplicity_of_100": times,
        "code": code,
        "passed_public": public,
        "passed": right,
        "passed_plus": right,
    }
    return {**row, **more}


POOL = (
    sample("toy/double", DOUBLE, True, times=4),
    sample("toy/double", SQUARE, False, times=3),
    sample("toy/double", FOUR, False, times=2),
    sample("toy/double", ZERO, False, public=False, times=3),
    sample("toy/double", NO_SYNTAX, False, public=False),
    sample("toy/largest", LARGEST, True, times=3),
    sample("toy/largest", LAST, False, times=6),
    sample("toy/largest", FIRST, False, public=False, times=3),
)


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A file of these rows."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def data_file(folder: Path, *rows: Mapping[str, Any]) -> Path:
    """Problems: both of ours unless others are given."""
    return write_jsonl(folder / "data.jsonl", rows or (STDIN_ROW, FUNCTION_ROW))


def pool_file(folder: Path, *rows: Mapping[str, Any]) -> Path:
    """Samples: ours unless others are given."""
    return write_jsonl(folder / "pool.jsonl", rows or POOL)


def bench(*arguments: object) -> Result:
    """Run ``sstar bench``."""
    return CliRunner().invoke(main, ["bench", *map(str, arguments)], catch_exceptions=False)


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """The rows of a results folder."""
    return [json.loads(line) for line in (folder / "runs.jsonl").read_text("utf-8").splitlines()]


def row(problem: str = "p", draw: int = 0, method: str = "m", score: float = 1.0, **more: Any) -> Row:
    """A row in short; by default all survivors are right and so is the pick."""
    values: dict[str, Any] = {
        "picked": "c1",
        "random": 0.5,
        "oracle": 1.0,
        "survivors": 2,
        "survivors_right": 1,
    }
    return Row(problem=problem, draw=draw, method=method, score=score, **{**values, **more})
