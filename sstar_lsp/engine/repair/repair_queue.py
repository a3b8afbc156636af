"""Queue of repairs for servers whose answers slow each other down.

The wave written at the same time may make a repair needless, and without spare capacity a repair would delay
that wave. So repairs wait for capacity, in the order in which results are looked at. The choice does not
depend on it.
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
    """Attempts of one run under way, and the repairs that wait for a slot."""

    room: int | None
    """Attempts at once that do not slow each other down; None: as many as there are."""
    _under_way: int = 0
    _waiting: dict[Turn, asyncio.Future[None]] = Factory(dict)

    def take(self) -> None:
        """Reserve a slot for a first attempt before it begins, so that no queued repair takes it."""
        self._under_way += 1

    def give_back(self) -> None:
        """Free the slot of an attempt that is over."""
        self._under_way -= 1
        self._wake()

    @asynccontextmanager
    async def once_there_is_room(self, turn: Turn) -> AsyncIterator[None]:
        """Wait for a slot and the repairs before this one; hold it. Each ``turn`` is queued once."""
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
