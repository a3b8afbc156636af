"""Repairs are made only while hardly anything survives, and a person's own program is repaired in any case."""

from __future__ import annotations

import asyncio

import pytest
from attrs import evolve

from engine.test_scheduler import ADAPTIVE, ended
from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    DIVIDES,
    PRINTS_ZERO,
    RIGHT,
    RIGHT_TOO,
    Memory,
    World,
    finish,
    settings,
)
from sstar_lsp.engine.run.events import CallCancelled, Event, NoProgram, Ran
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_sandbox import Sandbox


async def test_failures_are_not_debugged_where_enough_survive(sandbox: Sandbox) -> None:
    """Two of the first four survive and differ: more samples are asked for, repairs are not."""
    world = World(samples=(RIGHT, PRINTS_ZERO, COUNTS_VALUES, DIVIDES), repairs={DIVIDES: (RIGHT_TOO,)})
    state = await finish(sandbox, world, settings=ADAPTIVE)
    assert (world.count("write"), world.count("repair")) == (8, 0)
    assert ended(state).considered == ("c1", "c3", "c5", "c7")


async def test_a_persons_own_program_is_debugged_whatever_else_survives(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, RIGHT, COUNTS_VALUES, ALWAYS_ONE), repairs={DIVIDES: (RIGHT_TOO,)})
    search = settings(adaptive=True, samples=4, rounds=1, inputs=12, confidence=1)
    state = await finish(sandbox, world, settings=search, own_code=DIVIDES)
    assert "c1.1" in state.candidates


async def test_what_enough_is_grows_with_the_samples(sandbox: Sandbox) -> None:
    """Two survivors are too few of twelve samples."""
    samples = (RIGHT, PRINTS_ZERO, COUNTS_VALUES, DIVIDES, *["No code."] * 4)
    world = World(samples=samples, repairs={DIVIDES: (RIGHT_TOO,)})
    search = settings(adaptive=True, samples=12, wave=4, rounds=1, inputs=12, confidence=1)
    state = await finish(sandbox, world, settings=search)
    assert {"c2.1", "c4.1"} <= set(state.candidates)
    assert "c4.1" in ended(state).considered


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_repair_is_dropped_once_the_wave_beside_it_brings_enough(
    sandbox: Sandbox, wanted: bool
) -> None:
    """The repair of the first wave hangs: it is waited for only where the second wave brings too few."""
    asked, let_go = asyncio.Event(), asyncio.Event()

    class Watching(Memory):
        async def record(self, event: Event) -> None:
            await super().record(event)
            if wanted and {e.candidate_id for e in self.of(NoProgram)} >= {"c6", "c7", "c8"}:
                let_go.set()

    async def hold_repairs(call: Call) -> None:
        sample, round_ = divmod(call.sampling.seed or 0, 100)
        if round_:
            asked.set()
            await let_go.wait()
        elif sample > 4:
            await asked.wait()

    second = ("None.",) * 4 if wanted else (COUNTS_VALUES, *["None."] * 3)
    world = World(samples=(DIVIDES, RIGHT, "No.", "No.", *second), repairs={DIVIDES: (RIGHT_TOO,)})
    model = ScriptedModel(world, before_piece=hold_repairs)
    journal = Watching()
    search = evolve(ADAPTIVE, confidence=1)
    state = await finish(sandbox, model, settings=search, journal=journal)
    assert ended(state).considered == (("c2", "c1.1") if wanted else ("c2", "c5"))
    cancelled = {call.purpose for call in journal.of(CallCancelled)}
    assert ("repair c1.1" in cancelled) is not wanted


@pytest.mark.parametrize("room", [None, 4])
async def test_a_repair_waits_for_room_where_a_model_has_little(sandbox: Sandbox, room: int | None) -> None:
    """Beside the four samples of the second wave a fifth answer is begun only where there is room for it."""
    repairing, sampled = asyncio.Event(), asyncio.Event()
    second_wave: set[int] = set()

    async def watch(call: Call) -> None:
        sample, round_ = divmod(call.sampling.seed or 0, 100)
        if round_:
            repairing.set()
        elif sample > 4:
            second_wave.add(sample)
            if len(second_wave) == 4:
                sampled.set()
            await (repairing if room is None else sampled).wait()
            assert repairing.is_set() is (room is None)

    world = World(samples=(DIVIDES, RIGHT, "No.", "No.", *["None."] * 4), repairs={DIVIDES: (RIGHT_TOO,)})
    model = ScriptedModel(world, before_piece=watch, piece_tokens=1000, room=room)
    state = await finish(sandbox, model, settings=evolve(ADAPTIVE, confidence=1))
    assert ended(state).considered == ("c2", "c1.1")
    assert repairing.is_set()


async def test_the_next_wave_has_its_room_before_a_repair_that_it_is_launched_with(sandbox: Sandbox) -> None:
    """The last of the first wave fails when the survivor is known: until then the second wave was not needed."""
    survived, begun = asyncio.Event(), []

    class Watching(Memory):
        async def record(self, event: Event) -> None:
            await super().record(event)
            if isinstance(event, Ran):
                survived.set()

    async def watch(call: Call) -> None:
        sample, round_ = divmod(call.sampling.seed or 0, 100)
        if sample == 2 and not round_:
            await survived.wait()
        begun.append((sample, round_))

    world = World(
        samples=(DIVIDES, PRINTS_ZERO, RIGHT, PRINTS_ZERO, *["None."] * 4), repairs={DIVIDES: (RIGHT,)}
    )
    model = ScriptedModel(world, before_piece=watch, piece_tokens=1000, room=4)
    await finish(sandbox, model, settings=ADAPTIVE, journal=Watching())
    assert [sample for sample, _ in begun[4:8]] == [5, 6, 7, 8]
    assert begun[8] == (1, 1)


async def test_a_repair_that_waits_for_room_is_not_asked_for_once_enough_survive(sandbox: Sandbox) -> None:
    world = World(
        samples=(DIVIDES, RIGHT, "No.", "No.", *[COUNTS_VALUES] * 4), repairs={DIVIDES: (RIGHT_TOO,)}
    )
    state = await finish(sandbox, ScriptedModel(world, room=1), settings=evolve(ADAPTIVE, confidence=1))
    assert world.count("repair") == 0
    assert ended(state).considered == ("c2", "c5", "c6", "c7", "c8")
