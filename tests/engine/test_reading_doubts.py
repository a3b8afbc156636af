"""Programs that agree with each other and not with an example put the reading in doubt, and decide nothing."""

from __future__ import annotations

from engine.world import World, finish, settings
from sstar_lsp.engine.report.evidence import evidence_of
from sstar_lsp.records import Problem, Status, Test
from sstar_sandbox import Sandbox

MISREAD = Problem(
    title="Double",
    statement="# Double\n\nPrint twice the number.\n",
    public_tests=(
        Test("3\n", "6\nbecause three is\n", name="example 1", lines=(4, 9)),
        Test("4\n", "8\n", name="example 2"),
    ),
)
AGREEING = ("print(2 * int(input()))\n", "n = int(input())\nprint(n + n)\n", "print(int(input()) << 1)\n")


async def test_an_example_that_programs_agree_against_is_doubted_by_its_lines(sandbox: Sandbox) -> None:
    state = await finish(sandbox, World(samples=AGREEING), MISREAD, settings(samples=3, rounds=0))
    assert state.decided is not None
    assert state.decided.status is Status.UNVERIFIED
    doubts = [remark for remark in evidence_of(state).remarks if "read right" in remark]
    assert len(doubts) == 1
    assert doubts[0].startswith("example 1 (lines 5–9): 3 of 3 programs print the same other output")


async def test_programs_that_fail_in_different_ways_put_nothing_in_doubt(sandbox: Sandbox) -> None:
    world = World(samples=("print(int(input()))\n", "print(1)\n", "print(int(input()) + 1)\n"))
    state = await finish(sandbox, world, MISREAD, settings(samples=3, rounds=0))
    assert not any("read right" in remark for remark in evidence_of(state).remarks)
