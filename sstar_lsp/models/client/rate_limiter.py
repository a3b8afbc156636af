"""Limits the requests to each server for all runs of this process, and shares the turns between runs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar

from attrs import define, field

from sstar_lsp.models.client.adaptive_concurrency import MOST, START, Aimd

RUN: ContextVar[str] = ContextVar("sstar_run", default="")
"""Which run the current task works for; what is not set counts as one run."""

CHARS_PER_TOKEN = 4
"""Only ratios of throughput matter here."""


@define
class Slot:
    """One request's turn."""

    began: float
    chars: int = 0
    first_s: float | None = None
    """From the request to its first token."""
    _clock: Callable[[], float] = field(default=time.monotonic)

    def heard(self, chars: int) -> None:
        """A piece of the answer arrived."""
        if self.first_s is None:
            self.first_s = self._clock() - self.began
        self.chars += chars


class RateLimiter:
    """Requests to one server, at most ``limit`` at once, fairly between runs."""

    def __init__(
        self, *, start: int = START, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self.aimd = Aimd(clock, start, most)
        """How many requests at once, as found so far."""
        self._in_flight: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._paused_until = float("-inf")
        self._waking: asyncio.TimerHandle | None = None

    @property
    def in_flight(self) -> int:
        """Requests under way."""
        return self._in_flight.total()

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return sum(len(queue) for queue in self._waiting.values())

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Wait for a turn and have it. Time spent waiting is not the server's."""
        run = RUN.get()
        await self._turn(run)
        slot = Slot(self._clock(), clock=self._clock)
        was_full = self.waiting > 0
        try:
            yield slot
        finally:
            self._in_flight[run] -= 1
            if slot.chars:
                full = was_full or self.waiting > 0
                self.aimd.ended(slot.chars / CHARS_PER_TOKEN, slot.first_s, was_full=full)
            self._wake()

    def refused(self, slot: Slot, retry_after_s: float | None = None) -> None:
        """The server refused this request for want of room; nobody is sent before ``retry_after_s``."""
        self.aimd.refused(slot.began)
        if retry_after_s:
            self._paused_until = max(self._paused_until, self._clock() + retry_after_s)

    async def _turn(self, run: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run, deque()).append(turn)
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was our turn already
                self._in_flight[run] -= 1
            else:
                with contextlib.suppress(KeyError, ValueError):
                    self._waiting[run].remove(turn)
                    if not self._waiting[run]:
                        del self._waiting[run]
            self._wake()
            raise

    def _wake(self) -> None:
        """Give the free turns to those who wait: first to the run that has the fewest in flight."""
        pause_s = self._paused_until - self._clock()
        if pause_s > 0:
            if self._waiting and (self._waking is None or self._waking.cancelled()):
                self._waking = asyncio.get_running_loop().call_later(pause_s, self._awake)
            return
        while self._waiting and self.in_flight < self.aimd.limit:
            run = min(self._waiting, key=lambda one: self._in_flight[one])  # ties: who waits longest
            turn = self._waiting[run].popleft()
            if self._waiting[run]:
                self._waiting[run] = self._waiting.pop(run)  # behind the others
            else:
                del self._waiting[run]
            if not turn.done():
                self._in_flight[run] += 1
                turn.set_result(None)
        self._in_flight += Counter()  # drops the runs that have none

    def _awake(self) -> None:
        self._waking = None
        self._wake()


class RateLimiters:
    """One limiter for each server, whoever asks."""

    def __init__(self) -> None:
        self._by_origin: dict[str, RateLimiter] = {}

    def to(self, origin: str, *, most: int | None = None) -> RateLimiter:
        """The limiter of a server; ``most`` counts when it is new."""
        if origin not in self._by_origin:
            self._by_origin[origin] = RateLimiter(most=MOST if most is None else most)
        return self._by_origin[origin]
