"""Problems that accept several answers: another answer to an example is no failure, and is said."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine.world import Memory, PowerCut, World, finish, settings
from sstar_lsp.engine.report.evidence import evidence_of, evidence_page, is_verified
from sstar_lsp.engine.run.events import CheckerTried
from sstar_lsp.engine.run.state import fold
from sstar_lsp.errors import SandboxError
from sstar_lsp.records import CheckerProgram, Problem, Status, Style, Test
from sstar_sandbox import Sandbox, Verdict

LARGER = Problem(
    title="Larger",
    statement="# Larger\n\nGiven a digit n (0 to 8), print any digit larger than n.\n",
    public_tests=(Test("3\n", "5\n", name="example 1"), Test("8\n", "9\n", name="example 2")),
    several_answers=True,
)
NEXT = "print(int(input()) + 1)\n"
"""Right, with another answer than example 1 shows."""
AS_SHOWN = "n = int(input())\nprint(5 if n == 3 else n + 1)\n"
"""Right, with the answers of the examples."""
NINE = "n = int(input())\nprint(9)\n"
SILENT = "n = int(input())\n"
CRASHES = "n = int(input())\nprint(5 if n == 3 else 1 // 0)\n"


async def test_another_answer_than_the_shown_one_survives_and_is_said(sandbox: Sandbox) -> None:
    world = World(samples=(NEXT,))
    state = await finish(sandbox, world, LARGER, settings(rounds=2))
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert is_verified(state)
    assert world.count("repair") == 0
    evidence = evidence_of(state)
    assert "example 1: another answer than the shown one; the statement accepts several" in evidence.remarks
    assert not any(remark.startswith("example 2") for remark in evidence.remarks)
    assert (evidence.examples_passed, evidence.examples) == (2, 2)
    assert "otherwise than shown" in evidence.reason
    assert "example 1: another answer" in evidence_page(state)


@pytest.mark.parametrize("program", [SILENT, CRASHES])
async def test_a_program_that_says_nothing_or_crashes_has_failed(sandbox: Sandbox, program: str) -> None:
    world = World(samples=(program,))
    state = await finish(sandbox, world, LARGER, settings(rounds=1))
    assert state.decided is not None
    assert state.decided.status is Status.UNVERIFIED
    assert world.count("repair") > 0


async def test_a_repair_is_told_of_the_crash_and_not_of_the_other_answer(sandbox: Sandbox) -> None:
    both = "n = int(input())\nprint(4 if n == 3 else 1 // 0)\n"
    world = World(samples=(both,), repairs={both: (NEXT,)})
    state = await finish(sandbox, world, LARGER, settings(rounds=1, samples=1))
    told = next(text for kind, text in world.asked if kind == "repair")
    assert "ZeroDivisionError" in told
    assert "the expected output is:\n5" not in told
    assert "passes 1 of 2" in told
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN


async def test_of_programs_that_are_equal_otherwise_the_one_that_answers_as_shown_is_chosen(
    sandbox: Sandbox,
) -> None:
    state = await finish(sandbox, World(samples=(NEXT, AS_SHOWN)), LARGER, settings(samples=2, inputs=4))
    assert state.decided is not None
    assert state.candidates[state.decided.candidate_id or ""].code == AS_SHOWN


async def test_where_a_comparator_frees_the_order_a_difference_proves(sandbox: Sandbox) -> None:
    task = Problem(
        "Digits",
        "Return the distinct digits of n in any order.",
        Style.FUNCTION,
        "f",
        public_tests=(Test("[313]", "[1, 3]"),),
        checker="json:any-order",
        several_answers=True,
    )
    assert task.differences_prove
    right, wrong = "def f(n):\n    return list(set(map(int, str(n))))[::-1]\n", "def f(n):\n    return [1]\n"
    state = await finish(sandbox, World(samples=(right, wrong)), task, settings(samples=2, rounds=0))
    assert [state.passed(name) for name in sorted(state.candidates)] == [1, 0]
    assert [outcome.verdict for outcome in state.checks["c2"].outcomes] == [Verdict.WA]


def test_what_tells_right_from_wrong_is_one_question() -> None:
    assert LARGER.is_open_ended
    assert not LARGER.differences_prove
    assert evolve(LARGER, several_answers=False).differences_prove
    checked = evolve(LARGER, checker_program=CheckerProgram("", "python"))
    assert not checked.is_open_ended
    assert not checked.differences_prove


# --- checker programs -----------------------------------------------------------------------------

ALONE = """
import sys
n, said = int(open(sys.argv[1]).read()), open(sys.argv[2]).read().split()
if len(said) != 1 or not said[0].isdigit():
    print("one digit is wanted", file=sys.stderr)
    sys.exit(2)
if not n < int(said[0]) < 10:
    print(f"{said[0]} is not larger than {n}", file=sys.stderr)
    sys.exit(1)
"""
"""testlib's convention, without a look at the right output."""
WANTS_ANSWER = ALONE + "int(open(sys.argv[3]).read())\n"
"""Fails where there is no right output."""
FAILS = "import sys\nsys.exit(3)\n"
EQUAL = "n = int(input())\nprint(5 if n == 3 else 9 if n == 8 else n)\n"
"""Answers the examples; wrong for all else."""


def with_checker(source: str) -> Problem:
    """The problem with a checker program."""
    return evolve(LARGER, checker_program=CheckerProgram(source, "python", name="check.py"))


async def test_a_checker_program_decides_on_the_examples(sandbox: Sandbox) -> None:
    less = "n = int(input())\nprint(n - 1)\n"
    world = World(samples=(NEXT, less), repairs={less: (NINE,)})
    state = await finish(sandbox, world, with_checker(ALONE), settings(samples=2, rounds=1))
    assert state.checker_tried is not None
    assert state.checker_tried.judges_alone
    assert [outcome.verdict for outcome in state.checks["c1"].outcomes] == [Verdict.AC, Verdict.AC]
    assert [outcome.verdict for outcome in state.checks["c2"].outcomes] == [Verdict.WA, Verdict.WA]
    told = next(text for kind, text in world.asked if kind == "repair")
    assert "the checker says: 2 is not larger than 3" in told


async def test_outputs_that_a_checker_accepts_are_no_difference_and_one_that_it_refuses_rejects(
    sandbox: Sandbox,
) -> None:
    world = World(samples=(EQUAL, EQUAL + "\n# again\n", NEXT, NINE), inputs=("4\n", "0\n", "6\n"))
    state = await finish(sandbox, world, with_checker(ALONE), settings(samples=4, rounds=0, inputs=6))
    assert [group.members for group in state.clusters] == [("c1", "c2"), ("c3", "c4")]
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert state.decided.candidate_id in {"c3", "c4"}
    assert state.duels == ()
    assert is_verified(state)


async def test_a_checker_that_wants_the_right_output_counts_on_examples_only(sandbox: Sandbox) -> None:
    world = World(samples=(NEXT, NINE), inputs=("4\n", "0\n"))
    state = await finish(sandbox, world, with_checker(WANTS_ANSWER), settings(samples=2, inputs=4))
    assert state.checker_tried is not None
    assert not state.checker_tried.judges_alone
    assert len(state.survivors) == 2
    assert state.duels == ()
    assert any("known for the examples only" in warning for warning in state.warnings)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (FAILS, "on example 1 the checker ended with RE exit code 3"),
        ("def (:", "does not compile"),
        (ALONE.replace("n < int", "n > int"), "refuses the output that example 1 shows"),
    ],
)
async def test_a_broken_checker_ends_the_run_before_a_model_is_asked(
    sandbox: Sandbox, source: str, message: str
) -> None:
    world = World(samples=(NEXT,))
    with pytest.raises(SandboxError, match=message):
        await finish(sandbox, world, with_checker(source))
    assert world.asked == []


async def test_a_checker_that_fails_later_is_our_failure_and_not_the_candidates(sandbox: Sandbox) -> None:
    moody = ALONE.replace("if len", "if said == ['4']: sys.exit(7)\nif len")
    with pytest.raises(SandboxError, match=r"exit code 7.*correct the checker program"):
        await finish(sandbox, World(samples=(NEXT,)), with_checker(moody))


async def test_a_resumed_run_does_not_try_the_checker_again(sandbox: Sandbox) -> None:
    journal = Memory(most=4)
    with pytest.raises(PowerCut):
        await finish(sandbox, World(samples=(NEXT,)), with_checker(ALONE), journal=journal)
    assert len(journal.of(CheckerTried)) == 1
    journal.most = None
    state = await finish(
        sandbox, World(samples=(NEXT,)), with_checker(ALONE), journal=journal, state=fold(journal.events)
    )
    assert len(journal.of(CheckerTried)) == 1
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
