"""Events and their fold: what is journaled is what is read, and nothing but events makes a state."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from engine.strategies import events, outcomes, started
from engine.world import PAIRS, QUICK, numbered, ran
from sstar_lsp.engine.run.events import (
    EVENT_TYPES,
    CallCancelled,
    CallFailed,
    CaseInput,
    Checked,
    Completed,
    Dueled,
    Event,
    InputOrigin,
    InputRejected,
    InputsProposed,
    Ran,
    Resumed,
    Role,
    RunStarted,
    Sampled,
    SamplingEnded,
    Stopped,
    Vote,
    VoteOutcome,
    from_wire,
    to_wire,
)
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.errors import RunError
from sstar_lsp.records import Usage, candidate_id
from sstar_lsp.settings import Price, Prices
from sstar_sandbox import Verdict

STARTED = RunStarted("r", PAIRS, QUICK, {}, {}, 0.0)


@given(events)
def test_every_event_comes_back_from_json_as_it_was(event: Event) -> None:
    kind, body = to_wire(event)
    assert from_wire(kind, json.loads(json.dumps(body))) == event


@given(st.lists(events, max_size=12))
def test_the_same_events_fold_to_the_same_state(happened: list[Event]) -> None:
    assert fold(happened) == fold([from_wire(*to_wire(event)) for event in happened])


@given(st.lists(events, max_size=8), st.lists(events, max_size=8))
def test_a_fold_goes_on_from_any_state_in_between(before: list[Event], after: list[Event]) -> None:
    state = fold(before)
    for event in after:
        state = apply(state, event)
    assert state == fold([*before, *after])


@given(started, st.lists(events, max_size=12))
def test_applying_an_event_leaves_the_state_before_it_alone(first: Event, happened: list[Event]) -> None:
    states = [fold([first])]
    for event in happened:
        states.append(apply(states[-1], event))
    assert states == [fold([first, *happened[:count]]) for count in range(len(happened) + 1)]


def test_the_wire_knows_every_kind_of_event() -> None:
    assert set(EVENT_TYPES.values()) == set(Event.__args__)


def test_an_event_of_a_newer_version_asks_for_an_upgrade() -> None:
    with pytest.raises(RunError, match=r"'Teleported'.*upgrade"):
        from_wire("Teleported", {})


@pytest.mark.parametrize("body", [{}, {"candidate": 3}, {"candidate": {"id": "c1"}}])
def test_a_damaged_event_is_named(body: dict[str, object]) -> None:
    with pytest.raises(RunError, match="damaged 'Sampled'"):
        from_wire("Sampled", body)


def test_a_field_that_a_newer_version_wrote_is_passed_over() -> None:
    kind, body = to_wire(Stopped(1.0, 2.0))
    assert from_wire(kind, {**body, "mood": "good"}) == Stopped(1.0, 2.0)


@pytest.mark.parametrize(
    ("reason", "winner", "outcome"),
    [
        ("not asked: out of budget", None, VoteOutcome.NOT_ASKED),
        ("unreadable answer: … and so on", None, VoteOutcome.UNREADABLE),
        ("no answer: the server is gone", None, VoteOutcome.FAILED),
        ("neither follows from the rules", None, VoteOutcome.NEITHER),
        ("ANSWER: 1", "A", VoteOutcome.NAMED),
    ],
)
def test_votes_of_an_older_journal_tell_their_outcome_by_their_words(
    reason: str, winner: str | None, outcome: VoteOutcome
) -> None:
    kind, body = to_wire(Dueled("A", "B", ("i1",), (Vote("A", winner, reason),), winner))
    del body["votes"][0]["outcome"]
    restored = from_wire(kind, body)
    assert isinstance(restored, Dueled)
    assert [vote.outcome for vote in restored.votes] == [outcome]


def test_a_field_with_a_default_may_be_missing_in_an_older_journal() -> None:
    kind, body = to_wire(STARTED)
    del body["document"]
    assert from_wire(kind, body) == STARTED


def test_failed_requests_count_as_calls_and_completions_add_up_their_tokens() -> None:
    paid = [
        Completed(name, Role.WRITER, "sample", "x", "stop", Usage(10, 2, 1), 0.1) for name in ("one", "two")
    ]
    state = fold([STARTED, *paid, CallFailed("three", Role.JUDGE, "judge", "no")])
    assert state.calls == 3
    assert state.usage == Usage(20, 4, 2)


def test_a_survivor_passes_every_example_and_survivors_stand_in_sampling_order() -> None:
    names = ("c10", "c2", "c2.1", "c1")
    sampled = [Sampled(numbered(name, name)) for name in names]
    verdicts = {"c10": Verdict.AC, "c2": Verdict.WA, "c2.1": Verdict.AC, "c1": Verdict.AC}
    checked = [Checked(name, (ran("1\n", verdicts[name]),)) for name in names]
    state = fold([STARTED, *sampled, *checked])
    assert [candidate.id for candidate in state.survivors] == ["c1", "c2.1", "c10"]
    assert [state.passed(name) for name in ("c1", "c2", "c9")] == [1, 0, -1]


def test_what_does_not_compile_passes_nothing_even_where_there_is_no_example() -> None:
    bare = RunStarted("r", PAIRS.__class__("t", "s"), QUICK, {}, {}, 0.0)
    state = fold([bare, Sampled(numbered("c1", "x")), Checked("c1", (), "SyntaxError")])
    assert state.passed("c1") == -1
    assert state.survivors == ()


def test_a_rejected_input_is_no_valid_input() -> None:
    inputs = tuple(CaseInput(f"i{n}", f"{n}\n", InputOrigin.MODEL) for n in (1, 2))
    state = fold([STARTED, InputsProposed(inputs), InputRejected("i1", "it is empty")])
    assert state.valid_inputs == inputs[1:]


@given(outcomes, outcomes)
def test_runs_on_further_inputs_are_added_to_those_known(first: object, second: object) -> None:
    state = fold([STARTED, Ran("c1", {"i1": first}), Ran("c1", {"i2": second})])
    assert state.outcomes == {"c1": {"i1": first, "i2": second}}


def test_sessions_add_up_their_time_and_a_resumed_run_is_not_stopped() -> None:
    state = fold([STARTED, Stopped(1.0, 2.5), Resumed(2.0), Stopped(3.0, 1.5)])
    assert (state.stopped, state.seconds_before) == (True, 4.0)
    assert not apply(state, Resumed(4.0)).stopped


def test_a_session_that_crashed_lasted_until_its_last_event_that_has_a_time() -> None:
    late = Completed("one", Role.WRITER, "sample", "x", "stop", Usage(), 0.1, at=12.5)
    state = fold([evolve(STARTED, at=10.0), late, Resumed(100.0), Stopped(103.0, 3.0)])
    assert state.seconds_before == pytest.approx(2.5 + 3.0)


def test_requests_of_all_ends_are_calls_and_cost_by_the_price_table() -> None:
    priced = evolve(STARTED, prices=Prices("EUR", {"m": Price(1.0, None, 10.0)}))
    usage = Usage(1_000, 100)
    state = fold(
        [
            priced,
            Completed("one", Role.WRITER, "sample", "x", "stop", usage, 0.1, model="m"),
            CallFailed("two", Role.JUDGE, "judge", "no", usage, "m"),
            CallCancelled("three", Role.WRITER, "sample", usage, "m", 0.0),
            Completed("four", Role.WRITER, "sample", "x", "stop", usage, 0.1, model="free"),
        ]
    )
    assert state.calls == 4
    assert state.usage == Usage(4_000, 400)
    assert state.money == pytest.approx(3 * 0.002)


def test_what_arrived_ahead_of_its_turn_is_no_survivor_once_sampling_ended() -> None:
    names = ("c1", "c2", "c9")
    sampled = [Sampled(numbered(name, name)) for name in names]
    checked = [Checked(name, (ran("1\n", Verdict.AC),)) for name in names]
    state = fold([STARTED, *sampled, *checked, SamplingEnded(("c1", "c2"), 4, "settled")])
    assert [candidate.id for candidate in state.survivors] == ["c1", "c2"]


def test_repairs_sort_behind_their_first_attempt_and_samples_by_number() -> None:
    candidates = sorted(map(numbered, ["c10", "c2.1", "c2", "c1.2"]), key=lambda candidate: candidate.order)
    assert [candidate.id for candidate in candidates] == ["c1.2", "c2", "c2.1", "c10"]
    assert [candidate_id(*candidate.order) for candidate in candidates] == ["c1.2", "c2", "c2.1", "c10"]


def test_a_state_of_no_run_has_neither_calls_nor_survivors_to_ask_for() -> None:
    with pytest.raises(AssertionError, match="no problem"):
        _ = RunState().problem
    assert RunState().calls == 0
