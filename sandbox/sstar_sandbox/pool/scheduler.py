"""Who may use a box next: first come, first served, and a batch may stand behind a batch that runs.

A box that finds its next job waiting begins it at once, while the host still looks at the results of the last one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define

from sstar_sandbox.records import Mode
from sstar_sandbox.worker.job import Work

if TYPE_CHECKING:
    from sstar_sandbox.backends.kinds import Box


@define(eq=False)
class _Waiting:
    """Work that waits for its turn."""

    work: Work
    turn: asyncio.Future[Box | None]


class Line:
    """So many boxes may be in use at once; who comes when all are waits."""

    def __init__(self, boxes: int, put_back: Callable[[Box, Work], None]) -> None:
        self._put_back = put_back
        self.free = boxes
        """Boxes that may still be taken into use."""
        self._waiting: deque[_Waiting] = deque()
        self._boxes: dict[Box, list[Work]] = {}
        """Boxes in use, and what is in them in the order in which it runs."""

    async def turn(self, work: Work) -> Box | None:
        """Wait. None: take a box of its own and :meth:`enter` it; else the one that it has a place in already."""
        waiting = _Waiting(work, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._move_up()
        try:
            return await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.cancelled():
                self._move_up()
            elif (box := waiting.turn.result()) is None:
                self.give_back()
            elif self.leave(box, work):
                self._put_back(box, work)
                self.give_back()
            raise

    def enter(self, box: Box, work: Work) -> None:
        """The box that work took when it was told to take one. It is sent there before anything else happens."""
        self._boxes[box] = [work]
        self._move_up()

    def leave(self, box: Box, work: Work) -> bool:
        """Work is done; whether its box is empty now, and to be put back with :meth:`give_back`."""
        works = [other for other in self._boxes[box] if other is not work]
        if works:
            self._boxes[box] = works
            self._move_up()
            return False
        del self._boxes[box]
        return True

    def give_back(self) -> None:
        """One box more may be taken into use."""
        self.free += 1
        self._move_up()

    def _move_up(self) -> None:
        while self._waiting:
            first = self._waiting[0]
            if not first.turn.cancelled():
                box = None
                if self.free:
                    self.free -= 1
                else:
                    box = self._place_behind(first.work)
                    if box is None:
                        return
                    self._boxes[box].append(first.work)
                first.turn.set_result(box)
            self._waiting.popleft()

    def _place_behind(self, work: Work) -> Box | None:
        """A box where a batch of the same kind, under the same limits, has nobody behind it yet."""
        if work.mode is not Mode.BATCH or work.room is not None:
            return None
        for box, works in self._boxes.items():
            last = works[-1]
            if (
                len(works) < box.MOST_JOBS
                and box.broken is None
                and last.mode is Mode.BATCH
                and last.profile is work.profile
                and last.limits == work.limits
            ):
                return box
        return None
