"""The function style: arguments in, result out, all as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sstar_sandbox import Execution, Mode, Sandbox, Verdict, comparator_named, to_json

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASES = [
    ("def f(a, b): return a + b", "f", "[1, 2]", "3"),
    ("def helper(x): return x * 2\ndef f(x): return helper(x)", "f", "[4]", "8"),
    ("import sys\nsys.setrecursionlimit(10**6)\ndef f(x): return x", "f", "[null]", "null"),
    ("class Solution:\n    def twoSum(self, nums: List[int], target: int) -> List[int]:\n        return [0, 1]", "Solution.twoSum", "[[2, 7], 9]", "[0, 1]"),
    ("class Solution:\n    def f(self, x): return x", "f", "[1]", "1"),
    ("def f(x): return x", "Solution.f", "[1]", "1"),
    ("def f(x): print('debug'); return (x, {1, 2})", "f", '[{"$tuple": [1]}]', '{"$tuple": [{"$tuple": [1]}, {"$set": [1, 2]}]}'),
    ("def f(n):\n    for i in range(n): yield i", "f", "[3]", "[0, 1, 2]"),
    ("def f(x): return x != x", "f", '[{"$float": "nan"}]', "true"),
    ("def f(): return float('inf')", "f", "[]", '{"$float": "inf"}'),
    ("def f(d): return d[1]", "f", '[{"$dict": [[1, "x"]]}]', '"x"'),
    ("def f(x): x.append(1)", "f", "[[]]", "null"),
    ("def f(s): return s", "f", '["\\u00e9\\ud83d\\ude00"]', '"é😀"'),
    ("def f(x): return x\nif __name__ == '__main__':\n    input()", "f", "[1]", "1"),
    ("def f(x): return heappop(x) + Counter('aab')['a'] + math.floor(2.5)", "f", "[[1, 2]]", "5"),
    ("from __future__ import annotations\ndef f(x: Undefined) -> int: return x", "f", "[1]", "1"),
    ("f = lambda x: x", "f", "[1]", "1"),
]  # fmt: skip


async def first(run: AsyncIterator[Execution]) -> Execution:
    found = [execution async for execution in run]
    return found.pop(0)


@pytest.mark.parametrize(("source", "entry", "arguments", "result"), CASES)
async def test_the_result_comes_out(
    sandbox: Sandbox, source: str, entry: str, arguments: str, result: str
) -> None:
    program = await sandbox.prepare(source, "python", entry)
    check = comparator_named("json").check(result.encode())
    for mode in Mode:
        run = sandbox.run(program, [arguments.encode()] * 2, mode=mode, checks=[check] * 2)
        found = [execution async for execution in run]
        assert [execution.verdict for execution in found] == [Verdict.AC] * 2, found[0]


async def test_the_output_is_exactly_the_result_and_prints_go_to_stderr(sandbox: Sandbox) -> None:
    source = "import os\ndef f(x):\n    print('noise')\n    os.write(1, b'more noise')\n    return [x]"
    program = await sandbox.prepare(source, "python", "f")
    for mode in Mode:
        found = await first(sandbox.run(program, [b"[1]"], mode=mode))
        assert found.stdout == b"[1]"
        assert b"noise" in found.stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def g(): pass", "the program defines no f"),
        ("def f(): pass", "takes 0 positional arguments but 1 was given"),
        ("def f(x): return f", "a result of type function has no JSON form"),
        ("def f(x): raise SystemExit(0)", "ended itself instead of returning"),
        ("def f(x): return 1 / 0", "ZeroDivisionError"),
    ],
)
async def test_what_goes_wrong_is_a_runtime_error_that_says_so(
    sandbox: Sandbox, source: str, message: str
) -> None:
    program = await sandbox.prepare(source, "python", "f")
    for mode in Mode:
        found = await first(sandbox.run(program, [b"[1]"], mode=mode))
        assert found.verdict is Verdict.RE
        assert message in found.stderr.decode()
        assert found.stdout == b""


@pytest.mark.parametrize(
    ("check", "right"),
    [
        ("def check(candidate):\n    assert candidate(1, 2) == 3", True),
        ("def check(candidate):\n    assert candidate(1, 2) == 4", False),
        ("assert f(1, 2) == 3\nassert f(0, 0) == 0", True),
        ("assert f(1, 2) == 4", False),
    ],
)
async def test_asserts_are_run_beside_the_program(sandbox: Sandbox, check: str, right: bool) -> None:
    program = await sandbox.prepare("def f(a, b): return a + b", "python", "f")
    text = to_json({"$check": check}).replace('{"$dict": [["$check", ', '{"$check": ').removesuffix("]]}")
    text = text if text.endswith("}") else text + "}"
    right_check = comparator_named("json").check(b"true")
    found = await first(sandbox.run(program, [text.encode()], checks=[right_check]))
    assert found.verdict is (Verdict.AC if right else Verdict.RE), found
    if not right:
        assert b"AssertionError" in found.stderr


async def test_a_result_that_says_it_equals_everything_is_compared_on_the_host(sandbox: Sandbox) -> None:
    source = (
        "class S(str):\n    def __eq__(self, o): return True\n    __hash__ = None\ndef f(): return S('wrong')"
    )
    program = await sandbox.prepare(source, "python", "f")
    check = comparator_named("json").check(b'"right"')
    found = await first(sandbox.run(program, [b"[]"], checks=[check]))
    assert found.verdict is Verdict.WA
