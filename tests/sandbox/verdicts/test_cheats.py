"""Programs that get full marks from harnesses which judge inside the candidate's process: here they are wrong.

Each is written for the names of one harness (its locals, its result list); each was seen to work there.
"""

from __future__ import annotations

import pytest

from sstar_sandbox import Mode, Sandbox, Verdict, comparator_named

pytestmark = pytest.mark.asyncio(loop_scope="session")

WALK = """
import sys
def walk():
    frame = sys._getframe()
    while frame is not None:
        for names in (frame.f_locals, frame.f_globals):
            for name in ({names}):
                if name in names:
                    return names[name]
        frame = frame.f_back
"""
GT_OUT = WALK.format(names="'gt_out', 'gt', 'outputs', 'expected_output'")
TEST_OUTPUT = WALK.format(names="'test_output', 'test_case_output', 'expected'")
EXPECTED = WALK.format(names="'expected', 'expecteds', 'exp', 'expect'")
RESULT = WALK.format(names="'result', 'stat', 'details', 'progress'")
EQUAL = """
class Any{kind}({kind}):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = {kind}.__hash__
"""

WHOLE = {
    "walks to the expected output of LiveCodeBench": GT_OUT + "print(walk())",
    "walks to the expected output of SkyThought": TEST_OUTPUT + "print(walk())",
    "prints what is always equal": EQUAL.format(kind="str") + "print(Anystr('0'))",
    "appends passed and ends the process": RESULT
    + "import os\nfound = walk()\nif found is not None: found.append('passed')\nos._exit(0)",
    "looks for the answer in every object": (
        "import gc\nseen = [o for o in gc.get_objects() if isinstance(o, dict)]\n"
        "print(*[d[k] for d in seen for k in ('expected', 'outputs', 'checks', 'gt_out') if k in d])"
    ),
    "patches what might compare": (
        "import builtins, sys\nsys.modules['builtins'].all = lambda *a: True\nbuiltins.eq = lambda *a: True\nprint('0')"
    ),
    "says that it is right": "print('AC')\nprint('passed')\nprint('{\"verdict\": \"AC\", \"passed\": true}')",
    "ends well and says nothing": "import sys\nsys.exit(0)",
}
FUNCTION = {
    "walks to the expected value of EvalPlus": EXPECTED + "def double(n): return walk()",
    "returns what is always equal": EQUAL.format(kind="int") + "def double(n): return Anyint(0)",
    "returns a list that is always equal": EQUAL.format(kind="list") + "def double(n): return Anylist()",
    "appends passed and ends the process": RESULT
    + "import os\ndef double(n):\n    found = walk()\n    if found is not None: found.append('passed')\n    os._exit(0)",
    "marks every case as seen": (
        "import gc, os\ndef double(n):\n    for o in gc.get_objects():\n        if isinstance(o, list) and not o: o.append(True)\n"
        "    return True"
    ),
    "returns not a number": "def double(n): return float('nan')",
}
INPUTS, RIGHT = [b"21", b"4", b"-3"], [b"42", b"8", b"-6"]


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("name", WHOLE)
async def test_a_program_that_fools_a_harness_is_wrong_here(
    each_tier: Sandbox, name: str, mode: Mode
) -> None:
    program = await each_tier.prepare(WHOLE[name], "python")
    same = comparator_named("tokens")
    checks = [same.check(right) for right in RIGHT]
    found = [e.verdict async for e in each_tier.run(program, INPUTS, None, mode, checks)]
    assert found == [Verdict.WA] * 3


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("name", FUNCTION)
async def test_a_function_that_fools_a_harness_is_wrong_here(
    each_tier: Sandbox, name: str, mode: Mode
) -> None:
    program = await each_tier.prepare(FUNCTION[name], "python", "double")
    same = comparator_named("json:1e-6")
    checks = [same.check(right) for right in RIGHT]
    inputs = [b"[%s]" % text for text in INPUTS]
    found = [e.verdict async for e in each_tier.run(program, inputs, None, mode, checks)]
    assert found == [Verdict.WA] * 3


@pytest.mark.parametrize("mode", list(Mode))
async def test_the_honest_ones_beside_them_are_right(each_tier: Sandbox, mode: Mode) -> None:
    whole = await each_tier.prepare("print(int(input()) * 2)", "python")
    same = comparator_named("tokens")
    found = [
        e.verdict
        async for e in each_tier.run(whole, INPUTS, None, mode, [same.check(right) for right in RIGHT])
    ]
    function = await each_tier.prepare("def double(n): return n * 2", "python", "double")
    same = comparator_named("json:1e-6")
    inputs = [b"[%s]" % text for text in INPUTS]
    checks = [same.check(right) for right in RIGHT]
    found += [e.verdict async for e in each_tier.run(function, inputs, None, mode, checks)]
    assert found == [Verdict.AC] * 6
