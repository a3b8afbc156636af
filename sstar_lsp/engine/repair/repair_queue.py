"""Repairs take turns where answers slow each other down.

A repair is a bet: the wave that is written beside it may make it needless. Where a server has no room to spare, the
first attempts that everything waits for pay for that bet. So there a repair is asked for once there is room for it,
and those go first whose results are looked at first. What is chosen does not depend on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import Factory, define

Turn = tuple[int, int, int]
"""Place in :func:`~sstar_lsp.engine.sampling.attempts.order`: smaller ones go first."""


@define
class Turns:
    """Attempts of one run under way, and the repairs that wait for room."""

    room: int | None
    """Attempts at once that do not slow each other down; None: as many as there are."""
    _under_way: int = 0
    _waiting: dict[Turn, asyncio.Future[None]] = Factory(dict)

    def take(self) -> None:
        """Room for an attempt that waits for nobody, before it begins: no repair shall slip in ahead of it."""
        self._under_way += 1

    def give_back(self) -> None:
        """That attempt is over."""
        self._under_way -= 1
        self._wake()

    @asynccontextmanager
    async def once_there_is_room(self, turn: Turn) -> AsyncIterator[None]:
        """An attempt that waits for room and for those before it. Each ``turn`` is there once."""
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = granted
        self._wake()
        try:
            await granted
            yield
        finally:
            self._waiting.pop(turn, None)  # cancelled while it waited
            if granted.done() and not granted.cancelled():
                self.give_back()

    def _wake(self) -> None:
        while self._waiting and (self.room is None or self._under_way < self.room):
            granted = self._waiting.pop(min(self._waiting))
            if not granted.done():
                self._under_way += 1
                granted.set_result(None)
