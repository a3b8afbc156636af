"""A run cut off anywhere goes on from its journal: the same choice, and nothing is paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from attrs import evolve

from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    DIVIDES,
    NO_SYNTAX,
    PAIRS,
    PRINTS_ZERO,
    RIGHT,
    RIGHT_TOO,
    Memory,
    PowerCut,
    World,
    finish,
    run_of,
    settings,
)
from sstar_lsp.engine.run.events import Completed, Decided, Event, RunStarted, from_wire, to_wire
from sstar_lsp.engine.run.model_client import request_digest
from sstar_lsp.engine.run.state import RunState, fold
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Problem
from sstar_lsp.settings import Rule, SolveSettings
from sstar_sandbox import Sandbox

SETTINGS = settings(samples=5, rounds=1, inputs=2)


def world() -> World:
    """Repairs, an answer without code, a split by the model's inputs and another by a pair's input, duels."""
    return World(
        samples=(RIGHT, DIVIDES, COUNTS_VALUES, "No code today.", ALWAYS_ONE),
        repairs={DIVIDES: (RIGHT_TOO,)},
        inputs=("2\n3 4\n", "1\n5\n"),
        pair=("4\n1 1 -1 -1\n",),
        judge={RIGHT: 2, RIGHT_TOO: 2, COUNTS_VALUES: 1},
    )


def what_matters(state: RunState) -> object:
    """All of a run that must not depend on where it was cut."""
    assert state.decided is not None
    return (
        state.decided.status,
        state.decided.candidate_id,
        state.decided.reason,
        state.decided.beliefs,
        state.clusters,
        state.sampling_ended,
        {item.text for item in state.valid_inputs},
        {(duel.left, duel.right, duel.winner) for duel in state.duels},
    )


def asked_by(model: ScriptedModel) -> list[str]:
    """Digests of the requests that arrived."""
    return [request_digest(model.name, call.messages, call.sampling) for call in model.calls]


def late_world() -> World:
    """Without examples: nothing to mutate, so that only the pair's input parts the last two programs."""
    return World(
        samples=(RIGHT, COUNTS_VALUES, ALWAYS_ONE),
        inputs=("2\n3 4\n",),
        pair=("4\n1 1 -1 -1\n",),
        judge={RIGHT: 2, COUNTS_VALUES: 1},
    )


def wavy_world() -> World:
    """Two waves: equal failures, a repair that survives and one that does not, a leader that is settled early."""
    return World(
        samples=(DIVIDES, COUNTS_VALUES, "# again\n" + DIVIDES, RIGHT, RIGHT_TOO, RIGHT, RIGHT, ALWAYS_ONE),
        repairs={DIVIDES: (RIGHT_TOO,)},
        inputs=("2\n3 4\n",),
        pair=("4\n1 1 -1 -1\n",),
        judge={RIGHT: 2, RIGHT_TOO: 2, COUNTS_VALUES: 1},
    )


def scarce_world() -> World:
    """Two waves of which one sample survives: repairs that survive, fail anew, and fail as before."""
    return World(
        samples=(DIVIDES, PRINTS_ZERO, COUNTS_VALUES, NO_SYNTAX, NO_SYNTAX, "No code today."),
        repairs={DIVIDES: (RIGHT_TOO,), PRINTS_ZERO: (NO_SYNTAX, RIGHT)},
        inputs=("2\n3 4\n",),
        pair=("4\n1 1 -1 -1\n",),
        judge={RIGHT: 2, RIGHT_TOO: 2, COUNTS_VALUES: 1},
    )


def overtaken_world() -> World:
    """A repair that would survive is under way when the second wave brings survivors enough: it is left out."""
    return World(
        samples=(DIVIDES, COUNTS_VALUES, PRINTS_ZERO, NO_SYNTAX, RIGHT, ALWAYS_ONE),
        repairs={DIVIDES: (RIGHT_TOO,)},
        inputs=("2\n3 4\n",),
        pair=("4\n1 1 -1 -1\n",),
        judge={RIGHT: 2, RIGHT_TOO: 2, COUNTS_VALUES: 1},
    )


LATE = settings(samples=3, rounds=0, inputs=1)
WAVES = settings(adaptive=True, samples=8, rounds=1, inputs=3, confidence=0.8)


@pytest.mark.parametrize(
    ("make_world", "problem", "search", "groups", "fought"),
    [
        (world, PAIRS, SETTINGS, 3, 2),
        (world, PAIRS, evolve(SETTINGS, rule=Rule.PAPER), 3, 3),
        (late_world, evolve(PAIRS, public_tests=()), LATE, 2, 1),
        (late_world, evolve(PAIRS, public_tests=()), evolve(LATE, rule=Rule.PAPER), 3, 3),
        (wavy_world, PAIRS, WAVES, 2, 1),
        (scarce_world, PAIRS, evolve(WAVES, samples=6, rounds=2), 2, 1),
        (overtaken_world, PAIRS, evolve(WAVES, samples=6), 2, 1),
    ],
    ids=[
        "with examples",
        "as the paper",
        "without examples",
        "split by a pair's input alone",
        "in waves",
        "few survive",
        "enough in the second wave",
    ],
)
async def test_a_crash_after_any_event_changes_neither_the_choice_nor_pays_anything_twice(
    sandbox: Sandbox,
    make_world: Callable[[], World],
    problem: Problem,
    search: SolveSettings,
    groups: int,
    fought: int,
) -> None:
    whole = Memory()
    model = ScriptedModel(make_world())
    expected = await finish(sandbox, model, problem, search, journal=whole)
    needed = set(asked_by(model))
    assert (len(expected.clusters), len(expected.duels)) == (groups, fought)
    for cut in range(1, len(whole.events)):
        journal = Memory(most=cut)
        try:
            early = await finish(sandbox, make_world(), problem, search, journal=journal)
        except PowerCut:
            assert len(journal.events) == cut
        else:  # fewer events, because fewer requests were under way ahead of their turn
            assert search.adaptive
            assert what_matters(early) == what_matters(expected)
            break
        kept = [from_wire(*to_wire(event)) for event in journal.events]
        paid = {event.request for event in kept if isinstance(event, Completed)}
        model = ScriptedModel(make_world())
        state = await finish(sandbox, model, problem, search, journal=Memory(kept), state=fold(kept))
        where = f"cut after event {cut}: {kept[-1]}"
        assert what_matters(state) == what_matters(expected), where
        asked = asked_by(model)
        assert len(asked) == len(set(asked)), where
        assert not set(asked) & paid, where
        assert search.adaptive or set(asked) <= needed, where  # ahead of their turn, others may be asked


@pytest.mark.parametrize("make_world", [wavy_world, scarce_world, overtaken_world])
@pytest.mark.parametrize("room", [1, 2, 5])
async def test_how_much_a_model_does_at_once_changes_nothing_but_the_time(
    sandbox: Sandbox, make_world: Callable[[], World], room: int
) -> None:
    search = evolve(WAVES, rounds=2)
    states = [
        await finish(sandbox, ScriptedModel(make_world(), room=space), settings=search)
        for space in (None, room)
    ]
    assert what_matters(states[1]) == what_matters(states[0])


async def test_the_whole_run_is_what_its_journal_folds_to_after_a_round_trip(sandbox: Sandbox) -> None:
    journal = Memory()
    state = await finish(sandbox, world(), settings=SETTINGS, journal=journal)
    assert fold([from_wire(*to_wire(event)) for event in journal.events]) == state


async def test_the_same_model_and_seed_make_the_same_requests(sandbox: Sandbox) -> None:
    models = [ScriptedModel(world()), ScriptedModel(world())]
    for model in models:
        await finish(sandbox, model, settings=SETTINGS)
    assert sorted(asked_by(models[0])) == sorted(asked_by(models[1]))


async def test_another_seed_makes_other_requests_everywhere(sandbox: Sandbox) -> None:
    models = [ScriptedModel(world()), ScriptedModel(world())]
    await finish(sandbox, models[0], settings=SETTINGS)
    await finish(sandbox, models[1], settings=settings(samples=5, rounds=1, inputs=2, seed=1))
    assert not set(asked_by(models[0])) & set(asked_by(models[1]))


async def test_a_decided_run_is_not_searched_again(sandbox: Sandbox) -> None:
    journal = Memory()
    state = await finish(sandbox, world(), settings=SETTINGS, journal=journal)
    model = ScriptedModel(world())
    again = await finish(sandbox, model, settings=SETTINGS, journal=journal, state=state)
    assert model.calls == []
    assert again.decided == state.decided
    assert len(journal.of(Decided)) == len(journal.of(RunStarted)) == 1


async def test_an_event_whose_writer_is_cancelled_is_in_the_state_as_it_is_in_the_journal() -> None:
    """The disk is written by a thread that no cancel reaches: what is kept must not be forgotten."""
    written, go = asyncio.Event(), asyncio.Event()

    class Slow(Memory):
        async def record(self, event: Event) -> None:
            self.events.append(event)
            written.set()
            await go.wait()

    journal = Slow()
    run = run_of(None, ScriptedModel(world()), journal=journal)
    writer = asyncio.create_task(run.record.warn("kept"))
    await written.wait()
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    go.set()
    await run.record.settle()
    assert writer.cancelled()
    assert run.state == fold(journal.events)
    assert run.state.warnings == ("kept",)
