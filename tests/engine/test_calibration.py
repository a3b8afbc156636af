"""Calibration: what a run says of its choice is nearer to what was measured, and nothing changes places."""

from __future__ import annotations

from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.test_judge_pruning import SMALL, duel_of, of_sizes
from engine.test_selection import after, run_with
from engine.world import DOUBLE
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.calibration import calibrated, passing_share, told_beliefs
from sstar_lsp.engine.choice.decision import decide
from sstar_lsp.engine.run.events import Sampled
from sstar_lsp.engine.run.policy import POLICY, POLICY_OF_OLD_JOURNALS
from sstar_lsp.engine.run.state import apply
from sstar_lsp.records import Candidate

parts = st.lists(st.floats(0.01, 30), min_size=1, max_size=6)


def posterior_of(masses: list[float]) -> dict[str, float]:
    """Probabilities of clusters that weigh so much, with room for "none of them"."""
    total = sum(masses) + 0.5
    return {f"c{number}": mass / total for number, mass in enumerate(masses)}


@given(parts, st.floats(0, 1))
def test_probabilities_stay_probabilities_in_the_same_order(masses: list[float], share: float) -> None:
    before = posterior_of(masses)
    told = calibrated(before, share)
    assert all(0 < value < 1 for value in told.values())
    assert sum(told.values()) < 1 + 1e-9
    names = sorted(before, key=lambda name: before[name])
    assert all(told[a] <= told[b] + 1e-9 for a, b in pairwise(names))


@given(st.floats(0.01, 30), st.integers(2, 5), st.floats(0, 1))
def test_level_leaders_stay_level_and_as_they_are(mass: float, count: int, share: float) -> None:
    before = posterior_of([mass] * count)
    assert calibrated(before, share) == pytest.approx(before)


@given(parts, st.floats(0, 1), st.floats(0, 1))
def test_the_more_samples_pass_the_more_probable_is_the_leader(
    masses: list[float], share: float, more: float
) -> None:
    assume(share <= more)
    before = posterior_of(masses)
    leader = max(before, key=lambda name: before[name])
    assert calibrated(before, share)[leader] <= calibrated(before, more)[leader] + 1e-12


def test_a_leader_that_is_ahead_but_unsure_is_more_probable_than_its_share_of_the_programs() -> None:
    told = calibrated({"A": 0.5, "B": 0.3}, 1.0)
    assert told["A"] > 0.6
    assert told["B"] < 0.3


@given(parts)
def test_a_run_of_before_says_what_it_said(masses: list[float]) -> None:
    before = posterior_of(masses)
    assert calibrated(before, 0.2, POLICY_OF_OLD_JOURNALS) == pytest.approx(before)


def test_a_run_tells_the_corrected_probability_and_chooses_by_the_posterior() -> None:
    state = run_with({"c1": ["1"], "c2": ["1"], "c3": ["2"]})
    posterior = Assessment(state).beliefs
    told = decide(state, None, 0.0).beliefs
    assert told == calibrated(posterior, 1.0, POLICY) != posterior


def test_samples_that_fail_the_examples_lower_it_for_whole_programs_alone() -> None:
    state = run_with({"c1": ["1"], "c2": ["1"], "c3": ["2"]})
    failing = apply(state, Sampled(Candidate("c9", "no", "python", sample=9)))
    assert passing_share(failing) == 3 / 4
    leader, posterior = "A", Assessment(state).beliefs
    assert (
        told_beliefs(failing, posterior, posterior)[leader]
        < told_beliefs(state, posterior, posterior)[leader]
    )
    function = evolve(failing, started=evolve(failing.started, problem=DOUBLE))
    assert told_beliefs(function, posterior, posterior) == calibrated(posterior, 0.5)


def test_where_a_person_said_what_is_right_nothing_is_corrected() -> None:
    state = after(run_with({"c1": ["1"], "c2": ["2"]}), "i1", {"expected": "1"})
    posterior = Assessment(state).beliefs
    assert told_beliefs(state, posterior, posterior) == posterior


@pytest.mark.parametrize("sizes", [[4, 4], [4, 3]])
def test_where_clusters_were_nearly_level_a_verdict_is_worth_what_the_judge_is(sizes: list[int]) -> None:
    state = of_sizes(sizes, SMALL)
    best, other = state.clusters
    won = evolve(state, duels=(duel_of(best, other, other),))
    posterior = Assessment(won).beliefs
    told = decide(won, None, 0.0).beliefs
    assert told == pytest.approx(posterior)
    assert told[other.id] < 0.7

    assert won.started is not None
    bold = evolve(won, started=evolve(won.started, policy=evolve(POLICY, calibrates_votes_alone=False)))
    assert decide(bold, None, 0.0).beliefs[other.id] > told[other.id]


def test_a_verdict_for_a_leader_that_was_ahead_makes_it_more_probable() -> None:
    state = of_sizes([5, 2], SMALL)
    best, other = state.clusters
    won = evolve(state, duels=(duel_of(best, other, best),))
    assert decide(won, None, 0.0).beliefs[best.id] > decide(state, None, 0.0).beliefs[best.id]
