"""Latency tuning: a short thread switch interval, garbage collection only while no run goes on.

During eight solves CPython delayed answers by a tenth of a second (``benchmarks/lsp.py``): a computing thread
keeps the interpreter for 5 ms after each write of the loop, and a full collection walks 250,000 imported
objects.
"""

from __future__ import annotations

import asyncio
import gc
import sys

SWITCH_INTERVAL_S = 0.0005
"""The longest turn of a thread while another one wants the interpreter."""
IDLE_S = 2.0
"""Garbage is looked for so long after the last run has ended."""


def shorten_switch_interval() -> None:
    """For all threads of the process."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


class GcPolicy:
    """When garbage is collected, for all sessions of a process.

    Objects that exist at the end of a stage (imports, a first run begun) are frozen until no run goes on.
    """

    def __init__(self, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._timer: asyncio.TimerHandle | None = None
        self._runs = 0
        self._has_imported = self._has_sampled = False

    def imports_done(self) -> None:
        """The engine has been imported."""
        if not self._has_imported:
            self._has_imported = True
            gc.freeze()

    def run_started(self) -> None:
        """A run was asked for."""
        self._runs += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def run_sampled(self) -> None:
        """A run has its first candidate: the sandbox and the model's client have been imported too."""
        if not self._has_sampled:
            self._has_sampled = True
            gc.freeze()

    def run_ended(self) -> None:
        """A run has ended; after the last one what they left behind is looked for in a while."""
        self._runs -= 1
        if self._runs == 0:
            self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._collect)

    def _collect(self) -> None:
        self._timer = None
        gc.unfreeze()  # what became garbage since it was frozen is found here
        gc.collect()
        gc.freeze()
