"""Throttle: runs an action at once, then at most once an interval; the last request for it is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Throttle:
    """At most one call of an action in each interval."""

    def __init__(self, interval_s: float, action: Callable[[], None]) -> None:
        self._interval_s = interval_s
        self._action = action
        self._timer: asyncio.TimerHandle | None = None
        self._is_pending = False

    def trigger(self) -> None:
        """Call the action, now or when the interval is over."""
        if self._timer is None:
            self._call()
        else:
            self._is_pending = True

    def _call(self) -> None:
        self._is_pending = False
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._interval_over)
        self._action()

    def _interval_over(self) -> None:
        self._timer = None
        if self._is_pending:
            self._call()

    def stop(self) -> None:
        """Drop a call that is pending."""
        self._is_pending = False
