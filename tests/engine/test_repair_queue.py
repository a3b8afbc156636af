"""Repairs wait for room, those first that are looked at first."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from sstar_lsp.engine.repair.repair_queue import Turn, Turns


class Attempts:
    """Repairs that have room until they are told to end."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.begun: list[Turn] = []
        self.tasks: dict[Turn, asyncio.Task[None]] = {}
        self._ends: dict[Turn, asyncio.Event] = {}

    async def ask(self, *asked: Turn) -> None:
        for turn in asked:
            self._ends[turn] = asyncio.Event()
            self.tasks[turn] = asyncio.create_task(self._repair(turn))
        await settled()

    async def end(self, turn: Turn) -> None:
        self._ends[turn].set()
        await settled()

    async def cancel(self, turn: Turn) -> None:
        self.tasks[turn].cancel()
        with suppress(asyncio.CancelledError):
            await self.tasks[turn]
        await settled()

    async def _repair(self, turn: Turn) -> None:
        async with self.turns.once_there_is_room(turn):
            self.begun.append(turn)
            await self._ends[turn].wait()


async def settled() -> None:
    """Every task has done what it can."""
    for _ in range(5):
        await asyncio.sleep(0)


FIRST, SECOND, THIRD = (1, 1, 1), (1, 1, 2), (2, 2, 1)


@pytest.mark.parametrize("room", [None, 3])
async def test_with_room_for_all_nobody_waits(room: int | None) -> None:
    attempts = Attempts(Turns(room))
    await attempts.ask(THIRD, FIRST, SECOND)
    assert len(attempts.begun) == 3


async def test_who_is_looked_at_first_goes_first() -> None:
    turns = Turns(1)
    attempts = Attempts(turns)
    turns.take()
    await attempts.ask(THIRD, SECOND, FIRST)
    assert not attempts.begun
    turns.give_back()
    for turn in (FIRST, SECOND, THIRD):
        await settled()
        assert attempts.begun[-1] == turn
        await attempts.end(turn)


async def test_a_first_attempt_waits_for_nobody_and_takes_room() -> None:
    turns = Turns(2)
    attempts = Attempts(turns)
    for _ in range(3):
        turns.take()
    await attempts.ask(FIRST)
    turns.give_back()
    await settled()
    assert not attempts.begun
    turns.give_back()
    await settled()
    assert attempts.begun == [FIRST]


async def test_who_is_cancelled_leaves_the_room_to_the_others() -> None:
    attempts = Attempts(Turns(1))
    await attempts.ask(FIRST, SECOND, THIRD)
    await attempts.cancel(SECOND)
    assert attempts.begun == [FIRST]
    await attempts.cancel(FIRST)
    assert attempts.begun == [FIRST, THIRD]


async def test_who_is_cancelled_at_its_turn_gives_it_back() -> None:
    turns = Turns(1)
    attempts = Attempts(turns)
    turns.take()
    await attempts.ask(FIRST, SECOND)
    turns.give_back()
    attempts.tasks[FIRST].cancel()  # it has the turn and has not begun
    await settled()
    assert attempts.begun == [SECOND]
