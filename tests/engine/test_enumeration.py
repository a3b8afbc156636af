"""All legal inputs of a problem that allows few: which there are, their order, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import evolve

from engine.test_input_format import CASES, CHAIN, WORDS, stdin
from engine.test_resume import what_matters
from engine.world import Memory, PowerCut, World, finish, settings
from sstar_lsp.engine.report.evidence import evidence_of
from sstar_lsp.engine.run.events import Enumerated, InputOrigin, from_wire, to_wire
from sstar_lsp.engine.run.execution.executions import GIVEN_UP
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.engine.run.policy import POLICY, POLICY_OF_OLD_JOURNALS
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.state import RunState, fold
from sstar_lsp.engine.test_inputs.input_format import format_of
from sstar_lsp.engine.test_inputs.input_format.drawing.enumeration import TooMany, are_all, every_text, spread
from sstar_lsp.records import Candidate, Problem
from sstar_sandbox import Sandbox

TWELVE = stdin("One line with $a$ and $b$ ($1 <= a <= 3$, $-1 <= b <= 2$).", "2 0\n")
ROWS = stdin(
    "The first line has $n$ ($1 <= n <= 2$).\n"
    "The second line has $n$ integers $a_1, a_2, \\dots, a_n$ ($0 <= a_i <= 1$).",
    "2\n0 1\n",
    "1\n1\n",
)
DATES = stdin(
    "The first line has an integer $d$ between 1 and 3, and one of `JAN`, `FEB` or `MAR`.",
    "1 JAN\n",
    "2 MAR\n",
)
SQUARE = stdin("One line with an integer $n$ ($1 <= n <= 900$).", "1\n")
ONE = "input()\nprint(1)\n"
ONE_TOO = "n = input()\nprint(len(n) - len(n) + 1)\n"
ONE_BUT_ONCE = "n = int(input())\nprint(0 if n * n == 555025 else 1)\n"
"""Wrong for 745 alone, a number that its text does not name."""


def every(problem: Problem, most: int = 1000) -> list[str]:
    form = format_of(problem)
    assert form is not None
    return list(every_text(form, most))


# --- which there are ------------------------------------------------------------------------------


def test_all_values_within_the_bounds_of_the_statement_are_there_once() -> None:
    texts = every(TWELVE)
    assert sorted(texts) == sorted(f"{a} {b}\n" for a in range(1, 4) for b in range(-1, 3))
    assert are_all(texts, TWELVE.public_tests)


def test_counts_say_how_many_tokens_follow() -> None:
    assert sorted(every(ROWS)) == ["1\n0\n", "1\n1\n", "2\n0 0\n", "2\n0 1\n", "2\n1 0\n", "2\n1 1\n"]


def test_closed_lists_of_words_are_taken_whole() -> None:
    assert sorted(every(DATES)) == sorted(f"{d} {m}\n" for d in (1, 2, 3) for m in ("JAN", "FEB", "MAR"))


@pytest.mark.parametrize("problem", [CHAIN, CASES, WORDS], ids=["large bounds", "test cases", "long words"])
def test_what_has_too_many_is_given_up(problem: Problem) -> None:
    with pytest.raises(TooMany):
        every(problem)


def test_a_number_without_bounds_is_given_up_and_examples_are_no_bound() -> None:
    with pytest.raises(TooMany):
        every(stdin("One line with an integer $n$ ($1 <= n$).", "1\n"))


def test_one_input_more_than_wanted_is_too_many() -> None:
    assert len(every(TWELVE, 12)) == 12
    with pytest.raises(TooMany):
        every(TWELVE, 11)


def test_a_format_that_lacks_an_example_is_narrower_than_the_problem() -> None:
    assert not are_all(["1 2\n"], TWELVE.public_tests)
    assert are_all(["2  0"], TWELVE.public_tests), "space decides nothing"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 12, 100, 1000, 2604])
def test_each_beginning_of_the_order_is_spread_over_all(count: int) -> None:
    order = spread(range(count))
    assert sorted(order) == list(range(count))
    for taken in range(1, count, max(1, count // 20)):
        places = sorted(order[:taken])
        widest = max(b - a for a, b in zip([-1, *places], [*places, count], strict=True))
        assert widest <= 2 * count / taken + 1


# --- in a run -------------------------------------------------------------------------------------

SEARCH = settings(samples=3, rounds=0, inputs=2)


def world(*samples: str) -> World:
    return World(samples=samples, judge={ONE: 2, ONE_TOO: 2, ONE_BUT_ONCE: 1})


def enumerated(state: RunState) -> Sequence[str]:
    return [item.text for item in state.inputs.values() if item.origin is InputOrigin.ENUMERATED]


async def test_programs_that_differ_on_one_input_of_all_are_told_apart_and_only_that_input_is_kept(
    sandbox: Sandbox,
) -> None:
    journal = Memory()
    state = await finish(sandbox, world(ONE, ONE_TOO, ONE_BUT_ONCE), SQUARE, SEARCH, journal=journal)
    assert enumerated(state) == ["745\n"]
    assert [group.members for group in state.clusters] == [("c1", "c2"), ("c3",)]
    assert journal.of(Enumerated) == [Enumerated(("c1", "c2", "c3"), inputs=900, ran=900, split=1)]
    assert evidence_of(state).rests_on[1] == (
        "all 900 inputs that the statement allows were run: "
        "programs of one behaviour differ on none of them that counts as legal"
    )


async def test_nothing_is_claimed_of_a_program_that_came_later(sandbox: Sandbox) -> None:
    state = await finish(sandbox, world(ONE, ONE_TOO, ONE_BUT_ONCE), SQUARE, SEARCH)
    assert state.enumerated is not None
    earlier = evolve(state, enumerated=evolve(state.enumerated, programs=("c1", "c2")))
    assert not any("that the statement allows were run" in said for said in evidence_of(earlier).rests_on)


async def test_a_run_that_was_cut_enumerates_once_and_to_the_same_end(sandbox: Sandbox) -> None:
    samples = (ONE, ONE_TOO, ONE_BUT_ONCE)
    whole = Memory()
    expected = await finish(sandbox, world(*samples), SQUARE, SEARCH, journal=whole)
    for cut in range(1, len(whole.events)):
        journal = Memory(most=cut)
        with pytest.raises(PowerCut):
            await finish(sandbox, world(*samples), SQUARE, SEARCH, journal=journal)
        kept = Memory([from_wire(*to_wire(event)) for event in journal.events])
        state = await finish(sandbox, world(*samples), SQUARE, SEARCH, journal=kept, state=fold(kept.events))
        assert what_matters(state) == what_matters(expected), f"cut after event {cut}"
        assert kept.of(Enumerated) == whole.of(Enumerated), f"cut after event {cut}"


async def test_without_a_second_program_that_agrees_nothing_is_enumerated(sandbox: Sandbox) -> None:
    state = await finish(sandbox, world(ONE, ONE, ONE), SQUARE, SEARCH)
    assert state.enumerated is None


async def test_a_run_of_an_older_version_goes_on_without_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = evolve(POLICY, enumerated_inputs=POLICY_OF_OLD_JOURNALS.enumerated_inputs)
    monkeypatch.setattr(RunState, "policy", property(lambda _: old))
    state = await finish(sandbox, world(ONE, ONE_TOO, ONE_BUT_ONCE), SQUARE, SEARCH)
    assert state.enumerated is None
    assert enumerated(state) == []


async def test_inputs_that_a_program_was_not_waited_for_on_do_not_count_as_run(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ProgramRunner.execute_in_batches

    async def stalls(runner: ProgramRunner, candidate: Candidate, texts: Sequence[str]) -> Sequence[Outcome]:
        outcomes = await real(runner, candidate, texts)
        return outcomes if len(texts) < 100 else [*outcomes[:100], *[GIVEN_UP] * (len(texts) - 100)]

    monkeypatch.setattr(ProgramRunner, "execute_in_batches", stalls)
    state = await finish(sandbox, world(ONE, ONE_TOO, ONE_BUT_ONCE), SQUARE, SEARCH)
    assert state.enumerated is not None
    assert state.enumerated.inputs == 900
    assert 200 < state.enumerated.ran < 400
    assert evidence_of(state).rests_on[1].startswith(f"{state.enumerated.ran} of 900 inputs")
