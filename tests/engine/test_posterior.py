"""Belief: more agreement, more belief; a duel moves the odds; some room is always left for "none of them"."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from engine.world import PAIRS, QUICK, RIGHT, numbered, ran
from sstar_lsp.engine.choice.decision import decide
from sstar_lsp.engine.choice.posterior import beliefs, best_clusters, wins
from sstar_lsp.engine.clustering.clusters import cluster_name
from sstar_lsp.engine.run.events import (
    CaseInput,
    Checked,
    Cluster,
    Clustered,
    Dueled,
    Event,
    InputOrigin,
    InputsProposed,
    NoProgram,
    Ran,
    RunStarted,
    Sampled,
)
from sstar_lsp.engine.run.state import RunState, fold
from sstar_lsp.records import Status
from sstar_lsp.settings import Rule
from sstar_sandbox import Verdict


def clusters_of(sizes: list[int]) -> list[Cluster]:
    """Clusters of these sizes, in this order."""
    return [
        Cluster(cluster_name(n), tuple(f"c{100 * n + k}" for k in range(size)))
        for n, size in enumerate(sizes)
    ]


def won(left: str, right: str, winner: str | None) -> Dueled:
    """A duel in short."""
    return Dueled(left, right, ("i1",), (), winner)


sizes = st.lists(st.integers(1, 30), min_size=1, max_size=6)


@st.composite
def fought(draw: st.DrawFn) -> tuple[list[Cluster], list[Dueled]]:
    """Clusters and some duels among them."""
    clusters = clusters_of(draw(st.lists(st.integers(1, 30), min_size=2, max_size=5)))
    ids = [cluster.id for cluster in clusters]
    pairs = [(a, b) for a in ids for b in ids if a < b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True))
    return clusters, [won(a, b, draw(st.sampled_from((a, b, None)))) for a, b in chosen]


@given(fought(), st.booleans())
def test_beliefs_are_probabilities_that_leave_room_for_none_of_them(
    case: tuple[list[Cluster], list[Dueled]], had_examples: bool
) -> None:
    found = beliefs(*case, had_examples=had_examples)
    assert set(found) == {cluster.id for cluster in case[0]}
    assert all(0 < belief < 1 for belief in found.values())
    assert sum(found.values()) < 1


@given(st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_a_duel_won_at_most_doubles_the_odds_against_a_cluster_that_did_not_fight(sizes: list[int]) -> None:
    clusters = clusters_of(sizes)
    before = beliefs(clusters, [], had_examples=True)
    after = beliefs(clusters, [won("A", "B", "A")], had_examples=True)
    assert 1 < (after["A"] / after["C"]) / (before["A"] / before["C"]) < 2
    assert after["B"] / after["C"] < before["B"] / before["C"]


@given(fought(), st.booleans(), st.data())
def test_one_more_member_raises_its_cluster_and_lowers_the_others(
    case: tuple[list[Cluster], list[Dueled]], had_examples: bool, data: st.DataObject
) -> None:
    clusters, duels = case
    place = data.draw(st.integers(0, len(clusters) - 1))
    grown = [
        evolve(cluster, members=(*cluster.members, "c9999")) if n == place else cluster
        for n, cluster in enumerate(clusters)
    ]
    before = beliefs(clusters, duels, had_examples=had_examples)
    after = beliefs(grown, duels, had_examples=had_examples)
    for n, cluster in enumerate(clusters):
        assert (after[cluster.id] > before[cluster.id]) == (n == place)


@given(sizes.filter(lambda found: len(found) > 1), st.booleans())
def test_a_win_raises_the_winner_and_lowers_the_loser(sizes: list[int], had_examples: bool) -> None:
    clusters = clusters_of(sizes)
    before = beliefs(clusters, [], had_examples=had_examples)
    after = beliefs(clusters, [won("A", "B", "B")], had_examples=had_examples)
    assert after["B"] > before["B"]
    assert after["A"] < before["A"]


@given(fought())
def test_a_duel_without_a_winner_changes_nothing(case: tuple[list[Cluster], list[Dueled]]) -> None:
    clusters, duels = case
    silent = [evolve(duel, winner=None) for duel in duels]
    assert beliefs(clusters, silent, had_examples=True) == beliefs(clusters, [], had_examples=True)


@given(fought())
def test_no_examples_lowers_every_belief(case: tuple[list[Cluster], list[Dueled]]) -> None:
    with_examples = beliefs(*case, had_examples=True)
    without = beliefs(*case, had_examples=False)
    assert all(without[cluster_id] < with_examples[cluster_id] for cluster_id in with_examples)


@given(fought())
def test_the_order_of_duels_does_not_matter(case: tuple[list[Cluster], list[Dueled]]) -> None:
    clusters, duels = case
    one, other = (
        beliefs(clusters, duels, had_examples=True),
        beliefs(clusters, duels[::-1], had_examples=True),
    )
    assert one == pytest.approx(other)


@given(fought())
def test_what_was_compared_on_nothing_is_believed_less(case: tuple[list[Cluster], list[Dueled]]) -> None:
    compared = beliefs(*case, had_examples=True)
    alone = beliefs(*case, had_examples=True, was_compared=False)
    assert all(alone[cluster_id] < compared[cluster_id] for cluster_id in compared)


def test_beliefs_that_differ_by_rounding_alone_are_level() -> None:
    clusters = clusters_of([2, 1, 1])
    belief = {"A": 0.40000000051, "B": 0.40000000049, "C": 0.1}
    assert [found.id for found in best_clusters(clusters, [], belief, Rule.BELIEF)] == ["A", "B"]


def test_a_duel_about_a_cluster_that_is_no_more_moves_nothing() -> None:
    clusters = clusters_of([2, 1])
    old = beliefs(clusters, [won("A", "C", "C")], had_examples=True)
    assert old == beliefs(clusters, [], had_examples=True)


@given(fought(), st.sampled_from(Rule))
def test_the_leading_clusters_are_never_beaten_under_their_rule(
    case: tuple[list[Cluster], list[Dueled]], rule: Rule
) -> None:
    clusters, duels = case
    belief = beliefs(clusters, duels, had_examples=True)
    leading = best_clusters(clusters, duels, belief, rule)
    assert leading
    if rule is Rule.BELIEF:
        assert belief[leading[0].id] >= max(belief.values()) - 1e-8
    else:
        score = wins(clusters, duels)
        assert score[leading[0].id] == max(score.values())


# --- the choice -----------------------------------------------------------------------------------

STARTED = RunStarted("r", PAIRS, QUICK, {}, {}, 0.0)
PASSES, FAILS = ran("1\n", Verdict.AC), ran("0\n", Verdict.WA)


def state_of(*events: Event, candidates: dict[str, bool] | None = None) -> RunState:
    """A run whose candidates passed their example or not, and what happened then."""
    met: list[Event] = [STARTED]
    for name, passes in (candidates or {}).items():
        met += [
            Sampled(numbered(name, f"{RIGHT}# {name}\n")),
            Checked(name, (PASSES if passes else FAILS,)),
        ]
    return fold([*met, *events])


def two_clusters(*events: Event) -> RunState:
    names = {"c1": True, "c2": True}
    item = CaseInput("i1", "1\n5\n", InputOrigin.MODEL)
    return state_of(
        InputsProposed((item,)),
        Ran("c1", {"i1": ran("0\n")}),
        Ran("c2", {"i1": ran("1\n")}),
        Clustered((Cluster("A", ("c1",)), Cluster("B", ("c2",)))),
        *events,
        candidates=names,
    )


def test_a_winner_is_chosen_and_level_clusters_are_undecided() -> None:
    assert decide(two_clusters(won("A", "B", "B")), None, 1.0).candidate_id == "c2"
    level = decide(two_clusters(won("A", "B", None)), None, 1.0)
    assert level.status is Status.UNDECIDED
    assert "please decide" in level.reason


def test_out_of_budget_names_the_cap_and_offers_the_leader() -> None:
    decided = decide(two_clusters(won("A", "B", "B")), "40 calls", 1.0)
    assert (decided.status, decided.candidate_id) == (Status.OUT_OF_BUDGET, "c2")
    assert "40 calls" in decided.reason


def test_the_program_that_passes_most_is_offered_and_among_equals_the_first() -> None:
    decided = decide(state_of(candidates={"c2": False, "c1": False, "c1.1": False}), None, 1.0)
    assert (decided.status, decided.candidate_id) == (Status.UNVERIFIED, "c1")
    assert decided.beliefs == {}


def test_replies_without_a_program_say_why_in_the_failure() -> None:
    decided = decide(state_of(NoProgram("c1", "only prose in the answer")), None, 1.0)
    assert (decided.status, decided.candidate_id) == (Status.FAILED, None)
    assert "only prose in the answer" in decided.reason


def test_out_of_budget_with_nothing_has_no_candidate() -> None:
    decided = decide(state_of(), "3 calls", 1.0)
    assert (decided.status, decided.candidate_id) == (Status.OUT_OF_BUDGET, None)


def test_the_reason_counts_programs_and_duels_truthfully() -> None:
    decided = decide(two_clusters(won("A", "B", "A")), None, 1.0)
    assert "1 of 2 programs" in decided.reason
    assert "won 1 of 1 duel." in decided.reason


def test_the_only_survivor_is_not_called_unanimous() -> None:
    decided = decide(
        state_of(Clustered((Cluster("A", ("c1",)),)), candidates={"c1": True, "c2": False}), None, 1.0
    )
    assert decided.status is Status.CHOSEN
    assert "only program" in decided.reason
    assert "unanimous" not in decided.reason
