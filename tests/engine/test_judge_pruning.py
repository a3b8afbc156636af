"""What a judge's word is worth, and that nobody is asked whose word could not change the choice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.test_human_feedback import run_with
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.judge_pruning import in_play, is_out_of_reach, is_unheard
from sstar_lsp.engine.judging.judge_reliability import is_small, reliability
from sstar_lsp.engine.run.events import Cluster, Dueled, Vote, VoteOutcome
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.selection import is_open

BIG, SMALL = "some-model", "qwen2.5-coder-1.5b-instruct"


def duel_of(left: Cluster, right: Cluster, winner: Cluster | None) -> Dueled:
    """A duel that one side wins in both orders, or neither does."""
    first, second = (winner or left).id, (winner or right).id
    votes = (Vote(left.id, first, ""), Vote(right.id, second, ""))
    fighters = (left.members[0], right.members[0])
    return Dueled(left.id, right.id, ("i1",), votes, winner.id if winner else None, fighters)


def of_sizes(sizes: list[int], judge: str) -> RunState:
    """A run with clusters of these sizes; programs of different ones differ on every input."""
    rows = {f"c{10 * n + k}": [str(n)] * 4 for n, size in enumerate(sizes) for k in range(size)}
    state = run_with(rows, ended=False)
    assert state.started is not None
    return evolve(state, started=evolve(state.started, models={"judge": judge}))


# --- trust ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("qwen2.5-coder-1.5b-instruct", True),
        ("Qwen/Qwen2.5-Coder-0.5B-Instruct", True),
        ("gemma-3-4b-it", True),
        ("llama-3.1-70b", False),
        ("mixtral-8x7b", False),
        ("deepseek-v3.1", False),
        ("gpt-4b1", False),
        ("", False),
    ],
)
def test_the_name_of_a_model_may_say_that_it_is_small(name: str, small: bool) -> None:
    assert is_small(name) == small


@pytest.mark.parametrize("judge", [BIG, SMALL])
def test_a_judge_is_worth_what_its_answers_survive(judge: str) -> None:
    left, right = Cluster("A", ("c1",)), Cluster("B", ("c3",))
    steady, wavering = [duel_of(left, right, left)] * 8, [duel_of(left, right, None)] * 8
    found = [reliability(duels, judge) for duels in (wavering, [], steady[:2], steady)]
    assert found == sorted(found)
    assert found[0] > 0.5
    assert found[-1] < 1


def test_a_small_judge_has_to_show_more_before_it_is_believed() -> None:
    steady = [duel_of(Cluster("A", ("c1",)), Cluster("B", ("c3",)), Cluster("A", ("c1",)))]
    for count in (0, 1, 4, 20):
        assert reliability(steady * count, SMALL) < reliability(steady * count, BIG)
    assert reliability(steady * 20, SMALL) > 0.9


# --- reach ----------------------------------------------------------------------------------------


def every_course(state: RunState, duels_left: int) -> Iterator[RunState]:
    """The states that the judge could bring about, whoever in play meets the leader next and whatever it says."""
    yield state
    if duels_left == 0:
        return
    leader, *others = Assessment(state).ranked[: in_play(state)]
    for other in others:
        met = [d for d in state.duels if {d.left, d.right} == {leader.id, other.id}]
        if any(duel.winner is not None for duel in met):
            continue
        for winner in (leader, other, None):
            duel = duel_of(leader, other, winner)
            yield from every_course(evolve(state, duels=(*state.duels, duel)), duels_left - 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(0, 3), st.sampled_from([BIG, SMALL]))
@pytest.mark.slow
def test_a_leader_out_of_reach_stays_the_leader_whatever_the_judge_would_say(
    sizes: list[int], duels_left: int, judge: str
) -> None:
    state = of_sizes(sorted(sizes, reverse=True), judge)
    leaders = {Assessment(after).ranked[0].id for after in every_course(state, duels_left)}
    if is_out_of_reach(Assessment(state), duels_left):
        assert leaders == {Assessment(state).ranked[0].id}
    else:
        believed = sorted(Assessment(state).beliefs.values(), reverse=True)
        assert len(leaders) > 1 or believed[0] == pytest.approx(believed[1])


def test_level_clusters_are_put_to_the_judge_and_a_wide_lead_is_not() -> None:
    assert is_open(Assessment(of_sizes([2, 2], SMALL)))
    assert not is_open(Assessment(of_sizes([6, 2], SMALL)))
    assert is_open(Assessment(of_sizes([5, 2], BIG))), (
        "a judge that may be good is asked where a small one is not"
    )
    assert not is_open(Assessment(of_sizes([5, 2], SMALL)))


def test_a_confidence_of_one_wants_every_duel() -> None:
    state = of_sizes([6, 2], SMALL)
    assert state.started is not None
    wanted = evolve(state.started.settings, confidence=1.0)
    assert is_open(Assessment(evolve(state, started=evolve(state.started, settings=wanted))))


def said(state: RunState, *outcomes: VoteOutcome) -> RunState:
    """The run after one duel for each outcome, which both orders had; no vote came of any."""
    left, right = state.clusters[:2]
    votes = [
        (Vote(left.id, None, "", outcome=outcome), Vote(right.id, None, "", outcome=outcome))
        for outcome in outcomes
    ]
    programs = (left.members[0], right.members[0])
    duels = tuple(
        Dueled(left.id, right.id, (f"i{n}",), pair, None, programs) for n, pair in enumerate(votes, 1)
    )
    return evolve(state, duels=duels)


def test_a_judge_that_could_not_be_read_is_not_asked_again() -> None:
    """One that could be read before is: that it talked too long once says little."""
    state = of_sizes([2, 2, 2], SMALL)
    assert is_open(Assessment(said(state, VoteOutcome.NEITHER)))
    assert not is_open(Assessment(said(state, VoteOutcome.UNREADABLE)))
    assert not is_unheard(said(state, VoteOutcome.NEITHER, VoteOutcome.UNREADABLE).duels)
    assert not is_unheard([Dueled("A", "B", ("i1",), (), "A")]), "a duel without votes was not put to a judge"
