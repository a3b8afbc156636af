"""Stage 2: groups by joint output, and duels in which only an answer that survives the swap counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    RIGHT,
    RIGHT_TOO,
    Memory,
    World,
    finish,
    ran,
    settings,
    shown_programs,
)
from sstar_lsp.engine.clustering.clusters import cluster, cluster_name, separating
from sstar_lsp.engine.judging.duels import printed
from sstar_lsp.engine.run.events import CaseInput, Clustered, Completed, Dueled, InputOrigin, Role
from sstar_lsp.engine.run.executor import Outcome, outcome_of, same_output
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.settings import Rule
from sstar_sandbox import Execution, Mode, Sandbox, Verdict

SPLITTING = "4\n1 1 -1 -1\n"


def inputs_of(count: int) -> list[CaseInput]:
    return [CaseInput(f"i{n}", f"{n}\n", InputOrigin.MODEL) for n in range(1, count + 1)]


def table(**rows: list[str | Verdict]) -> dict[str, dict[str, Outcome]]:
    """Candidate to what it printed on i1, i2 …; a verdict where it printed nothing."""
    return {
        name: {
            f"i{n}": ran("", cell) if isinstance(cell, Verdict) else ran(cell)
            for n, cell in enumerate(cells, 1)
        }
        for name, cells in rows.items()
    }


def members(*arguments: object) -> list[tuple[str, ...]]:
    return [found.members for found in cluster(*arguments)]


# --- clusters -------------------------------------------------------------------------------------


def test_programs_stand_together_only_when_they_agree_on_every_input() -> None:
    outcomes = table(c1=["1", "2"], c2=["1", "3"], c3=["1", "2"])
    assert members("tokens", outcomes, inputs_of(2)) == [("c1", "c3"), ("c2",)]
    assert members("tokens", outcomes, inputs_of(1)) == [("c1", "c2", "c3")]


def test_a_crash_is_an_outcome_and_not_an_absence() -> None:
    outcomes = table(c1=["1", Verdict.RE], c2=["1", "2"], c3=["1", Verdict.RE], c4=["1", Verdict.TLE])
    assert members("tokens", outcomes, inputs_of(2)) == [("c1", "c3"), ("c2",), ("c4",)]


def test_a_crash_after_the_same_words_is_still_another_outcome() -> None:
    left, right = ran("1\n"), ran("1\n", Verdict.RE, "boom")
    assert not same_output("tokens", left, right)
    assert same_output("tokens", right, ran("", Verdict.RE, "another boom"))


def test_the_problems_comparator_says_what_is_the_same() -> None:
    outcomes = table(c1=["0.5 YES"], c2=["0.50000001  YES\n"], c3=["0.6 YES"])
    assert members("float:1e-6", outcomes, inputs_of(1)) == [("c1", "c2"), ("c3",)]
    assert members("exact", outcomes, inputs_of(1)) == [("c1",), ("c2",), ("c3",)]


def test_clusters_are_named_by_size_and_then_by_their_first_sample() -> None:
    outcomes = table(c1=["3"], c2=["2"], c3=["2"], c10=["1"])
    found = cluster("tokens", outcomes, inputs_of(1))
    assert [(c.id, c.members) for c in found] == [("A", ("c2", "c3")), ("B", ("c1",)), ("C", ("c10",))]


@given(
    st.dictionaries(
        st.integers(1, 20).map("c{}".format),
        st.lists(st.sampled_from("12"), min_size=2, max_size=2),
        min_size=1,
    )
)
def test_each_survivor_stands_in_one_cluster_whatever_their_order(rows: dict[str, list[str]]) -> None:
    found = cluster("tokens", table(**rows), inputs_of(2))
    assert sorted(name for c in found for name in c.members) == sorted(rows)
    turned = cluster("tokens", table(**dict(reversed(rows.items()))), inputs_of(2))
    assert {frozenset(c.members) for c in turned} == {frozenset(c.members) for c in found}
    assert len(found) == len({tuple(cells) for cells in rows.values()})


def test_every_cluster_has_a_name_of_its_own() -> None:
    assert len({cluster_name(n) for n in range(200)}) == 200


def test_outputs_too_long_for_the_journal_are_still_told_apart() -> None:
    def execution(stdout: bytes) -> Execution:
        return Execution(
            Verdict.RAN, "", 0.1, 0.1, 0, "none", 0, None, stdout, False, b"e" * 9_999, "t", Mode.ISOLATED
        )

    one, other = (outcome_of(execution(b"x" * 1_000_000 + end)) for end in (b"1", b"2"))
    assert len(one.output) < 70_000
    assert len(one.error) <= 2_000
    assert not same_output("tokens", one, other)
    assert outcome_of(execution(b"\xff")).output == "\\xff"


def test_inputs_that_both_survived_come_first_and_then_the_smallest() -> None:
    items = [
        CaseInput(f"i{n}", text, InputOrigin.MODEL)
        for n, text in enumerate(("1\n", "long long\n", "12\n", "3\n"), 1)
    ]
    rows = table(c1=[Verdict.RE, "1", "1", "same"], c2=["1", "2", "2", "same"])
    assert [item.id for item in separating("tokens", rows["c1"], rows["c2"], items)] == ["i3", "i2", "i1"]


# --- the judge's answer ---------------------------------------------------------------------------


async def test_an_output_that_the_judge_works_out_is_not_taken_for_its_vote(sandbox: Sandbox) -> None:
    class Reckoning(World):
        def __call__(self, messages, sampling):
            said = super().__call__(messages, sampling)
            return said.replace("I worked it out.", "The right answer: 2\nSo now I know.")

    journal = Memory()
    world = Reckoning(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge={RIGHT: 1})
    await finish(sandbox, world, settings=settings(samples=2), journal=journal)
    assert [duel.winner for duel in journal.of(Dueled)] == ["A"]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (ran("4\n"), "4"),
        (ran(""), "(nothing)"),
        (ran("4\n", Verdict.TLE), "did not end in time"),
        (ran("", Verdict.RE, "Traceback …\nKeyError: 3\n"), "crashed: KeyError: 3"),
        (Outcome(Verdict.RE, "", "", "SIGSEGV"), "crashed: SIGSEGV"),
        (ran("x" * 10_000), "characters left out"),
    ],
)
def test_an_outcome_is_shown_as_what_was_printed_or_how_it_ended(outcome: Outcome, words: str) -> None:
    assert words in printed(outcome)


# --- duels ----------------------------------------------------------------------------------------

Judge = Callable[[str, str], int]


async def dueled(sandbox: Sandbox, judge: Judge, journal: Memory | None = None) -> Dueled:
    """The duel of a right and a wrong program under this judge."""
    journal = Memory() if journal is None else journal
    world = World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge=judge)
    await finish(sandbox, world, settings=settings(samples=2), journal=journal)
    (found,) = journal.of(Dueled)
    return found


async def test_the_judge_is_asked_in_both_orders_and_an_agreement_wins(sandbox: Sandbox) -> None:
    journal = Memory()
    duel = await dueled(sandbox, lambda first, _second: 1 if first == RIGHT else 2, journal)
    assert duel.winner == "A"
    assert [(vote.first, vote.winner) for vote in duel.votes] == [("A", "A"), ("B", "A")]
    assert len([c for c in journal.of(Completed) if c.role is Role.JUDGE]) == 2


@pytest.mark.parametrize("always", [1, 2])
async def test_a_judge_that_prefers_a_place_has_no_vote(sandbox: Sandbox, always: int) -> None:
    duel = await dueled(sandbox, lambda _first, _second: always)
    assert duel.winner is None
    assert {vote.winner for vote in duel.votes} == {"A", "B"}


async def test_a_judge_that_abstains_in_one_order_has_no_vote(sandbox: Sandbox) -> None:
    duel = await dueled(sandbox, lambda first, _second: 1 if first == RIGHT else 0)
    assert duel.winner is None


class Rambling(World):
    """Its judge never comes to an end."""

    def _judged(self, first: str, second: str) -> str:
        return "both have their merits"


async def test_an_answer_that_cannot_be_read_is_no_vote_and_is_quoted(sandbox: Sandbox) -> None:
    journal = Memory()
    world = Rambling(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,))
    await finish(sandbox, world, settings=settings(samples=2), journal=journal)
    (duel,) = journal.of(Dueled)
    assert duel.winner is None
    assert all("unreadable" in vote.reason and "merits" in vote.reason for vote in duel.votes)


@pytest.mark.parametrize(("confidence", "duels"), [(0.92, 1), (1, 2)])
async def test_a_judge_that_cannot_be_read_is_asked_once_and_it_is_said(
    sandbox: Sandbox, confidence: float, duels: int
) -> None:
    """Of three behaviours; unless every duel is wanted."""
    journal = Memory()
    world = Rambling(samples=(RIGHT, RIGHT_TOO, COUNTS_VALUES, ALWAYS_ONE), inputs=(SPLITTING,))
    search = settings(samples=4, confidence=confidence, pair_inputs=False)
    state = await finish(sandbox, world, settings=search, journal=journal)
    assert len(journal.of(Dueled)) == duels
    assert state.decided is not None
    assert "could not be read" in state.decided.reason


async def test_the_judge_sees_what_was_really_printed_and_both_programs(sandbox: Sandbox) -> None:
    model = ScriptedModel(World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge={RIGHT: 1}))
    journal = Memory()
    state = await finish(sandbox, model, settings=settings(samples=2), journal=journal)
    (duel,) = journal.of(Dueled)
    prompts = [call.messages[-1].content for call in model.calls if "ANSWER" in call.messages[-1].content]
    assert [shown_programs(prompt) for prompt in sorted(prompts, key=lambda p: p.index(RIGHT.strip()))] == [
        (RIGHT, COUNTS_VALUES),
        (COUNTS_VALUES, RIGHT),
    ]
    for prompt in prompts:
        for input_id in duel.input_ids:
            assert state.inputs[input_id].text.strip() in prompt
            assert f"printed:\n\n```\n{state.outcomes['c1'][input_id].output.strip()}\n```" in prompt
            assert f"printed:\n\n```\n{state.outcomes['c2'][input_id].output.strip()}\n```" in prompt


async def test_a_judge_of_outputs_sees_the_smallest_input_and_two_outputs_and_no_program(
    sandbox: Sandbox,
) -> None:
    model = ScriptedModel(World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge={RIGHT: 1}))
    journal = Memory()
    wanted = settings(samples=2, judge_sees_programs=False)
    state = await finish(sandbox, model, settings=wanted, journal=journal)
    (duel,) = journal.of(Dueled)
    prompts = [call.messages[-1].content for call in model.calls if "ANSWER" in call.messages[-1].content]
    (shown,) = duel.input_ids
    assert duel.winner == next(cluster.id for cluster in state.clusters if "c1" in cluster.members)
    assert len(prompts) == 2
    for prompt in prompts:
        assert RIGHT.strip() not in prompt
        assert COUNTS_VALUES.strip() not in prompt
        assert state.inputs[shown].text.strip() in prompt
        for candidate in ("c1", "c2"):
            assert f"```\n{state.outcomes[candidate][shown].output.strip()}\n```" in prompt


async def test_only_the_largest_clusters_duel(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES, ALWAYS_ONE, RIGHT_TOO), inputs=(SPLITTING, "1\n5\n"))
    journal = Memory()
    state = await finish(sandbox, world, settings=settings(samples=4, clusters_in_play=2), journal=journal)
    assert len(state.clusters) == 3
    assert [(duel.left, duel.right) for duel in journal.of(Dueled)] == [("A", "B")]


async def test_without_pair_inputs_the_known_ones_decide(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge={RIGHT: 1})
    journal = Memory()
    await finish(sandbox, world, settings=settings(samples=2, pair_inputs=False), journal=journal)
    assert world.count("pair") == 0
    assert len(journal.of(Clustered)) == 1
    assert journal.of(Dueled)[0].winner == "A"


async def test_a_pairs_input_writer_is_shown_both_programs(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,))
    await finish(sandbox, world, settings=settings(samples=2, rule=Rule.PAPER))
    (asked,) = [text for kind, text in world.asked if kind == "pair"]
    assert shown_programs(asked) == (RIGHT, COUNTS_VALUES)
