"""How many requests at once: additive increase, multiplicative decrease.

Chiu and Jain, "Analysis of the increase and decrease algorithms for congestion avoidance" (1989), and TCP.
Grows while throughput grows; shrinks when the server refuses, or when first tokens come later for no gain.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

START = 16
"""S*'s usual wave fits; a smaller server says 429 or shows by its latency that it is too many."""
MOST = 256

GROWTH = 1.05
"""Throughput must be so much better than before for the limit to go on growing."""
SLOWER = 4.0
"""First tokens so many times later than the earliest seen are a queue, not work."""
REFUSED = 0.5
LATE = 0.75
PATIENCE = 8
"""Windows without gain after which one more is tried again: loads change."""


@define
class Aimd:
    """The limit of one server. Times in seconds of any clock."""

    clock: Callable[[], float]
    start: int = START
    most: int = MOST
    limit: int = field(init=False)
    """Requests in flight at once."""
    _window_began: float = field(init=False, default=-1.0)
    _window_ended: int = field(init=False, default=0)
    _window_tokens: float = field(init=False, default=0.0)
    _window_first: list[float] = field(init=False, factory=list)
    _rate: float = field(init=False, default=0.0)
    """Tokens/s at the last limit that was worth it."""
    _earliest: float = field(init=False, default=float("inf"))
    """Shortest time to a first token."""
    _idle_windows: int = field(init=False, default=0)
    _cut_at: float = field(init=False, default=float("-inf"))

    def __attrs_post_init__(self) -> None:
        self.limit = max(1, min(self.start, self.most))

    def ended(self, tokens: float, first_token_s: float | None, *, was_full: bool) -> None:
        """A request ended well. ``was_full``: others were waiting, so the limit was what bounded us."""
        now = self.clock()
        if first_token_s is not None:
            self._earliest = min(self._earliest, first_token_s)
        if not was_full:
            self._reset(now)
            return
        if self._window_began < 0:
            self._reset(now)
        self._window_ended += 1
        self._window_tokens += tokens
        if first_token_s is not None:
            self._window_first.append(first_token_s)
        if self._window_ended >= self.limit and now > self._window_began:
            self._judge(now)

    def refused(self, began: float) -> None:
        """A request that began at ``began`` was refused (429, 503).

        One wave of refusals is one sign: what began before the last cut says nothing new.
        """
        if began <= self._cut_at:
            return
        self._cut(REFUSED)

    def _judge(self, now: float) -> None:
        rate = self._window_tokens / (now - self._window_began)
        first = sorted(self._window_first)
        median = first[len(first) // 2] if first else 0.0
        self._reset(now)
        if rate > self._rate * GROWTH:
            self._rate, self._idle_windows = rate, 0
            self.limit = min(self.most, self.limit + 1)
        elif median > SLOWER * self._earliest and rate * GROWTH < self._rate:
            self._cut(LATE)
        else:
            self._idle_windows += 1
            if self._idle_windows >= PATIENCE:
                self._idle_windows, self._rate = 0, rate
                self.limit = min(self.most, self.limit + 1)

    def _cut(self, factor: float) -> None:
        self.limit = max(1, int(self.limit * factor))
        self._cut_at = self.clock()
        self._rate, self._idle_windows = 0.0, 0
        self._reset(self._cut_at)

    def _reset(self, now: float) -> None:
        self._window_began, self._window_ended, self._window_tokens = now, 0, 0.0
        self._window_first.clear()
