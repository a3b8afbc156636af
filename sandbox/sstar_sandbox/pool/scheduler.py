"""Scheduler of jobs on boxes: first come, first served; a batch may be queued behind a running batch.

A box whose next job is queued begins it while the host still reads the results of the last one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from attrs import define

from sstar_sandbox.backends.protocol import BoxWorker
from sstar_sandbox.records import Mode
from sstar_sandbox.worker.job import Job


@define(eq=False)
class _Waiting:
    """A queued job."""

    job: Job
    turn: asyncio.Future[BoxWorker | None]


class Scheduler:
    """A queue for a fixed number of boxes."""

    def __init__(self, boxes: int, put_back: Callable[[BoxWorker, Job], None]) -> None:
        self._put_back = put_back
        self.free = boxes
        """Boxes that may still be taken into use."""
        self._waiting: deque[_Waiting] = deque()
        self._boxes: dict[BoxWorker, list[Job]] = {}
        """Boxes in use, and what is in them in the order in which it runs."""

    async def turn(self, job: Job) -> BoxWorker | None:
        """Wait for a box. Returns the one whose queue was joined; None: start one and :meth:`enter`."""
        waiting = _Waiting(job, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._move_up()
        try:
            return await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.cancelled():
                self._move_up()
            elif (box := waiting.turn.result()) is None:
                self.give_back()
            elif self.leave(box, job):
                self._put_back(box, job)
                self.give_back()
            raise

    def enter(self, box: BoxWorker, job: Job) -> None:
        """The box that the caller started for a job, which is sent there before anything else happens."""
        self._boxes[box] = [job]
        self._move_up()

    def leave(self, box: BoxWorker, job: Job) -> bool:
        """A job is done. Returns whether its box is empty now, and to be put back with :meth:`give_back`."""
        jobs = [other for other in self._boxes[box] if other is not job]
        if jobs:
            self._boxes[box] = jobs
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
                    box = self._place_behind(first.job)
                    if box is None:
                        return
                    self._boxes[box].append(first.job)
                first.turn.set_result(box)
            self._waiting.popleft()

    def _place_behind(self, job: Job) -> BoxWorker | None:
        """A box where a batch of the same kind, under the same limits, has nobody behind it yet."""
        if job.mode is not Mode.BATCH or job.mounts is not None:
            return None
        for box, jobs in self._boxes.items():
            last = jobs[-1]
            if (
                len(jobs) < box.MOST_JOBS
                and box.broken is None
                and last.mode is Mode.BATCH
                and last.profile is job.profile
                and last.limits == job.limits
            ):
                return box
        return None
