"""Each format of problems on rows of its own schema: what is public, what is hidden, and that grading tells right from wrong."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from bench.world import DOUBLE, FUNCTION_ROW, LARGEST, LAST, SQUARE, STDIN_ROW, ZERO, write_jsonl
from sstar_lsp.bench.data.datasets import load_problems
from sstar_lsp.bench.execution_cache import CachedExecutor, ExecutionStore
from sstar_lsp.bench.records import BenchProblem
from sstar_lsp.bench.selectors.draw_context import Workbench
from sstar_lsp.bench.selectors.live import is_right
from sstar_lsp.errors import UsageError
from sstar_lsp.records import Style
from sstar_sandbox import Sandbox

HUMANEVAL: dict[str, Any] = {
    "task_id": "HumanEval/900",
    "prompt": 'from typing import List\n\n\ndef largest(xs: List[int]) -> int:\n    """The largest of xs.\n    >>> largest([1, 3])\n    3\n    """\n',
    "entry_point": "largest",
    "canonical_solution": "    return max(xs)\n",
    "test": "\n\nMETADATA = {}\n\n\ndef check(candidate):\n    assert candidate([2, 1]) == 2\n",
}
MBPP: dict[str, Any] = {
    "task_id": 901,
    "text": "Write a function to find the largest of a list.",
    "code": "def largest(xs):\n  return max(xs)",
    "test_list": ["assert largest([1, 3]) == 3", "assert largest([2, 1]) == 2"],
    "test_setup_code": "",
    "challenge_test_list": ["assert largest([9, 8, 7]) == 9"],
}
MBPP_SANITISED: dict[str, Any] = {
    "source_file": "x", "task_id": 902, "prompt": "Write a function for the area.",
    "code": "import math\ndef area(r):\n  return math.pi * r * r",
    "test_imports": ["import math"],
    "test_list": ["assert math.isclose(area(1), 3.14159, rel_tol=0.001)"],
}  # fmt: skip


def packed(cases: list[dict[str, str]]) -> str:
    """Private tests as LiveCodeBench packs them."""
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(cases)))).decode()


LCB_STDIN: dict[str, Any] = {
    "question_title": "Double", "question_content": "Print twice n.", "platform": "atcoder",
    "question_id": "abc999_a", "contest_id": "abc999", "contest_date": "2024-01-01T00:00:00",
    "starter_code": "", "difficulty": "easy", "metadata": "{}",
    "public_test_cases": json.dumps([{"input": "2", "output": "4", "testtype": "stdin"}]),
    "private_test_cases": packed([{"input": "3", "output": "6", "testtype": "stdin"}]),
}  # fmt: skip
LCB_FUNCTIONAL: dict[str, Any] = {
    **LCB_STDIN, "question_id": "3900", "platform": "leetcode", "question_title": "largest",
    "starter_code": "class Solution:\n    def largest(self, xs: List[int]) -> int:\n        ",
    "metadata": json.dumps({"func_name": "largest"}),
    "public_test_cases": json.dumps([{"input": "[1, 3]", "output": "3", "testtype": "functional"}]),
    "private_test_cases": json.dumps([{"input": "[2, 1]", "output": "2", "testtype": "functional"}]),
}  # fmt: skip
CODECONTESTS: dict[str, Any] = {
    "name": "1_A. Double", "description": "Given n, print twice n.",
    "public_tests": {"input": ["2\n"], "output": ["4\n"]},
    "private_tests": {"input": ["3\n"], "output": ["6\n"]},
    "generated_tests": {"input": ["0\n"], "output": ["0\n"]},
    "solutions": {"language": [3, 2], "solution": [DOUBLE, "int main(){}"]},
    "incorrect_solutions": {"language": [3], "solution": [SQUARE]},
    "time_limit": {"seconds": 2, "nanos": 500000000}, "source": 2, "difficulty": 7,
}  # fmt: skip


def one(folder: Path, row: dict[str, Any]) -> BenchProblem:
    """The problem of a file with this row."""
    (problem,) = load_problems(write_jsonl(folder / "data.jsonl", [row]))
    return problem


async def passes(problem: BenchProblem, code: str, sandbox: Sandbox) -> tuple[bool, bool]:
    """Whether a program passes the public tests, and the hidden ones."""
    bench = Workbench.of(problem, CachedExecutor(sandbox, ExecutionStore()), 0, 0)
    public = await bench.public_tests_passed(code, "python") == len(problem.problem.public_tests)
    return public, await is_right(bench, code, "python")


@pytest.mark.parametrize("row", [HUMANEVAL, MBPP, FUNCTION_ROW], ids=["humaneval", "mbpp", "ours"])
async def test_function_sets_have_a_public_example_and_hidden_tests_that_tell_right_from_wrong(
    tmp_path: Path, sandbox: Sandbox, row: dict[str, Any]
) -> None:
    problem = one(tmp_path, row)
    assert problem.problem.style is Style.FUNCTION
    assert problem.problem.entry_point == "largest"
    assert [(t.input, t.expected) for t in problem.problem.public_tests] == [("[[1, 3]]", "3")]
    assert await passes(problem, LARGEST, sandbox) == (True, True)
    assert await passes(problem, LAST, sandbox) == (True, False)


async def test_mbpp_asserts_may_use_what_the_set_imports(tmp_path: Path, sandbox: Sandbox) -> None:
    problem = one(tmp_path, MBPP_SANITISED)
    assert problem.id == "MBPP/902"
    assert "assert math.isclose(area(1)" in problem.problem.statement
    assert await passes(problem, "def area(r):\n    return 3.14159 * r * r\n", sandbox) == (True, True)
    assert await passes(problem, "def area(r):\n    return 3 * r * r\n", sandbox) == (False, False)


@pytest.mark.parametrize(
    "row", [LCB_STDIN, CODECONTESTS, STDIN_ROW], ids=["livecodebench", "codecontests", "ours"]
)
async def test_stdin_sets_have_public_and_hidden_tests_that_tell_right_from_wrong(
    tmp_path: Path, sandbox: Sandbox, row: dict[str, Any]
) -> None:
    problem = one(tmp_path, row)
    assert problem.problem.style is Style.STDIN
    assert "Input:" in problem.problem.statement  # the example that it does not show itself
    assert await passes(problem, DOUBLE, sandbox) == (True, True)
    assert await passes(problem, SQUARE, sandbox) == (True, False)
    assert await passes(problem, ZERO, sandbox) == (False, False)


async def test_livecodebench_functions_are_methods_with_an_argument_a_line(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    problem = one(tmp_path, LCB_FUNCTIONAL)
    assert problem.problem.entry_point == "Solution.largest"
    right = "class Solution:\n    def largest(self, xs):\n        return max(xs)\n"
    assert await passes(problem, right, sandbox) == (True, True)
    assert await passes(problem, right.replace("max(xs)", "xs[-1]"), sandbox) == (True, False)


def test_a_pickle_that_is_more_than_a_text_is_refused_and_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "was run",))

    evil = base64.b64encode(zlib.compress(pickle.dumps(Evil()))).decode()
    with pytest.raises(UsageError, match="something other than one text"):
        one(tmp_path, {**LCB_STDIN, "private_test_cases": evil})
    assert not (tmp_path / "was run").exists()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**LCB_STDIN, "private_test_cases": "?"}, "neither JSON nor packed"),
        ({**LCB_FUNCTIONAL, "metadata": "{}"}, "func_name"),
        ({**MBPP, "test_list": ["assert other(1) == 1"]}, "call no function"),
        ({**CODECONTESTS, "public_tests": {"input": ["1"], "output": []}}, "1 inputs but 0 outputs"),
        ({**STDIN_ROW, "hidden_tests": [{"input": "1"}]}, "no field 'output'"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        one(tmp_path, row)


def test_codecontests_solutions_are_a_pool_with_languages(tmp_path: Path) -> None:
    problem = one(tmp_path, CODECONTESTS)
    assert [(p.language, p.right) for p in problem.programs] == [
        ("python3", True),
        ("cpp", True),
        ("python3", False),
    ]
    assert problem.problem.time_limit_s == 2.5
    assert len(problem.hidden) == 2


def test_parquet_and_gzip_are_read_as_the_lines_they_hold(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    plain = one(tmp_path, CODECONTESTS)
    parquet.write_table(arrow.Table.from_pylist([CODECONTESTS]), tmp_path / "data.parquet")
    assert load_problems(tmp_path / "data.parquet") == [plain]
    (tmp_path / "data.jsonl.gz").write_bytes(gzip.compress((tmp_path / "data.jsonl").read_bytes()))
    assert load_problems(tmp_path / "data.jsonl.gz") == [plain]
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    with pytest.raises(UsageError, match="Parquet"):
        load_problems(tmp_path / "bad.parquet")


async def test_looser_sameness_is_kept(tmp_path: Path, sandbox: Sandbox) -> None:
    cases = [
        {"kind": "case", "input": "largest([1])", "output": "[2, 1]", "compare": "set"},
        {"kind": "case", "input": "largest([2])", "output": "7", "compare": "not_none"},
        {"kind": "case", "input": "largest([3])", "output": "0.3333333"},
    ]
    problem = one(tmp_path, {**FUNCTION_ROW, "hidden_tests": cases, "atol": 1e-4})
    right = "def largest(xs):\n    return {1: [1, 2, 2], 2: 'x', 3: 0.33335}.get(xs[0], 3)\n"
    assert (await passes(problem, right, sandbox))[1]
    assert not (await passes(problem, right.replace("'x'", "None"), sandbox))[1]
    assert not (await passes(problem, right.replace("0.33335", "0.34"), sandbox))[1]
    assert not (await passes(problem, right.replace("[1, 2, 2]", "[1]"), sandbox))[1]


def test_two_problems_of_one_id_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two problems have the id"):
        load_problems(write_jsonl(tmp_path / "data.jsonl", [STDIN_ROW, STDIN_ROW]))
