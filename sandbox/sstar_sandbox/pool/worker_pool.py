"""Pool of boxes shared by many runs: jobs are queued in pieces; a piece whose box failed is tried again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import attrs

from sstar_sandbox.backends.protocol import Backend, BoxWorker
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.policy.seccomp import Profile
from sstar_sandbox.pool.scheduler import Scheduler
from sstar_sandbox.records import FileIO, Mode
from sstar_sandbox.worker import private_folders
from sstar_sandbox.worker.cgroups import find_hierarchy
from sstar_sandbox.worker.job import Job, RawResult
from sstar_sandbox.worker.worker import BoxBroken


class WorkerPool:
    """Boxes of one backend, started when first needed and replaced when broken."""

    def __init__(self, backend: Backend, size: int) -> None:
        self._backend = backend
        self.launcher: bytes | None = None
        """The compiled launcher for native programs; None: the zygote executes them."""
        self._size = size
        self._idle: dict[tuple[Profile, FileIO | None], list[BoxWorker]] = {}
        self._alive: set[BoxWorker] = set()
        self._scheduler = Scheduler(size, self._put_back)
        self._closed = False
        private_folders.sweep()
        self._hierarchy = find_hierarchy()
        if self._hierarchy is not None:
            self._hierarchy.sweep()

    @property
    def memory_fence(self) -> str:
        """What bounds the memory of a whole box."""
        return self._hierarchy.kind if self._hierarchy is not None else self._backend.memory_fence

    async def run(self, job: Job) -> AsyncGenerator[list[RawResult], None]:
        """Raw results in the order of the inputs, a few at a time; cause ``BROKEN`` where we failed twice."""
        done, failures = 0, 0
        if job.mode is Mode.BATCH and len(job.inputs) <= job_protocol.BATCH_COUNT:
            held, failures = await self._run_batch(job)
            for raws in held:
                done += len(raws)
                yield raws
            if done < len(job.inputs):
                job = attrs.evolve(job, mode=Mode.ISOLATED)  # what a batch left undone ended its process
        if done < len(job.inputs):
            async with contextlib.aclosing(self._run_pieces(job, done, failures)) as found:
                async for raws in found:
                    yield raws

    async def _run_batch(self, job: Job) -> tuple[list[list[RawResult]], int]:
        """Results of a batch, and how often a box failed. The box may begin its next batch meanwhile."""
        held: list[list[RawResult]] = []
        try:
            async with self._box(job) as box:
                async for raws in box.run(job):
                    held.append(raws)  # noqa: PERF401  (what came before a failure stands)
        except BoxBroken:
            return held, 0 if held else 1
        return held, 0

    async def _run_pieces(self, job: Job, done: int, failures: int) -> AsyncGenerator[list[RawResult], None]:
        """Run the inputs from number ``done`` on all workers; yields results in order."""
        size = self._piece_size(job)
        total = len(job.inputs)
        queue: asyncio.Queue[list[RawResult] | BaseException] = asyncio.Queue()
        tasks = [
            asyncio.ensure_future(self._run_piece(job, start, min(size, total - start), queue, failures))
            for start in range(done, total, size)
        ]
        for task in tasks:
            task.add_done_callback(lambda ended: queue.put_nowait(_failure(ended)))
        early: dict[int, RawResult] = {}
        due = done
        try:
            while due < total:
                found = await queue.get()
                if isinstance(found, BaseException):
                    raise found
                if found and found[0].number == due and not early:
                    due += len(found)
                    yield found
                    continue
                early.update((raw.number, raw) for raw in found)
                ready = []
                while due in early:
                    ready.append(early.pop(due))
                    due += 1
                if ready:
                    yield ready
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _piece_size(self, job: Job) -> int:
        """Inputs in one job: enough to be worth the message, few enough to keep every worker busy."""
        count = max(1, len(job.inputs))
        if job.mode is Mode.BATCH:
            return min(count, job_protocol.BATCH_COUNT)
        if not self._scheduler.free:
            return min(256, count)  # others wait too: splitting would only cost messages
        return max(4, min(256, -(-count // self._size)))

    async def _run_piece(
        self,
        job: Job,
        start: int,
        count: int,
        queue: asyncio.Queue[list[RawResult] | BaseException],
        failures: int,
    ) -> None:
        """Run one piece; inputs that a batch left undone run isolated, after a box's failure in a new box."""
        place, end, mode = start, start + count, job.mode
        while place < end:
            piece = attrs.evolve(job, inputs=job.inputs[place:end], mode=mode, first=place)
            held: list[list[RawResult]] = []
            give = queue.put_nowait if mode is Mode.ISOLATED else held.append
            try:
                async with self._box(piece) as box:
                    async for raws in box.run(piece):
                        give(raws)
                        place += len(raws)
                        failures = 0
            except BoxBroken as error:
                failures += 1
                if failures == 2:
                    queue.put_nowait([_broken(place, str(error))])
                    place += 1
                    failures = 0
            # A batch comes as one: its worker begins the next before anyone looks at this one.
            for raws in held:
                queue.put_nowait(raws)
            mode = Mode.ISOLATED  # what a batch left undone ended its process: the rest runs alone

    @contextlib.asynccontextmanager
    async def _box(self, job: Job) -> AsyncGenerator[BoxWorker, None]:
        """A box when it is this job's turn."""
        box = await self._scheduler.turn(job)
        if box is None:
            try:
                box = await self._worker(job)
            except BaseException:
                self._scheduler.give_back()
                raise
            self._scheduler.enter(box, job)
        try:
            yield box
        finally:
            if self._scheduler.leave(box, job):
                try:
                    if job.mounts is None:
                        self._put_back(box, job)
                    else:
                        await self._discard(box)
                finally:
                    self._scheduler.give_back()

    @contextlib.asynccontextmanager
    async def pair(self, job: Job, other: Job) -> AsyncGenerator[tuple[BoxWorker, BoxWorker], None]:
        """A box when it is this job's turn, and one of its own for the other job, with mounts, that it talks
        with: that one waits for no turn (two that each hold a box would wait for each other), for of two that
        talk one mostly waits."""
        async with self._box(job) as box:
            second = await self._worker(other)
            try:
                yield box, second
            finally:
                await self._discard(second)

    def _put_back(self, box: BoxWorker, job: Job) -> None:
        self._idle.setdefault(job.box_kind, []).append(box)

    async def _worker(self, job: Job) -> BoxWorker:
        profile = job.profile
        if job.files is not None:
            await self._discard_other_files(job.files)
        idle = self._idle.setdefault(job.box_kind, [])
        while idle and job.mounts is None:
            worker = idle.pop()
            if worker.broken is None:
                return worker
            await self._discard(worker)
        if self._closed:
            raise SandboxError("the sandbox is closed")
        launcher = None if profile is Profile.PYTHON else self.launcher
        if launcher is None and job.mounts is not None:
            raise SandboxError(
                "this kind of program needs the launcher, which needs a C compiler: apt install gcc"
            )
        try:
            worker = await self._backend.start(profile, job.files, job.mounts, launcher)
        except BoxBroken:
            if launcher is None or job.mounts is not None:
                raise
            self.launcher = None  # an old bubblewrap: the zygote does the same in the same box, slower
            worker = await self._backend.start(profile, job.files)
        self._alive.add(worker)
        if self._hierarchy is not None:
            group = self._hierarchy.make()
            if group is None or not worker.fence_in(group):
                self._hierarchy = None  # not here after all: address space and the peak are the fence
        return worker

    async def _discard_other_files(self, files: FileIO) -> None:
        """End the idle boxes of other problems' files: there is no end to names."""
        for kind in [kind for kind in self._idle if kind[1] not in {None, files}]:
            for box in self._idle.pop(kind):
                await self._discard(box)

    async def _discard(self, worker: BoxWorker) -> None:
        self._alive.discard(worker)
        await worker.kill(worker.broken or "discarded")

    async def close(self) -> None:
        """End every box."""
        self._closed = True
        for worker in list(self._alive):
            await self._discard(worker)
        self._idle.clear()


def _failure(task: asyncio.Task[None]) -> list[RawResult] | BaseException:
    """The exception of a task, as an item of the queue of results; an empty list where there is none."""
    return [] if task.cancelled() else task.exception() or []


def _broken(index: int, why: str) -> RawResult:
    return RawResult(index, job_protocol.BROKEN, 0, 0, 0.0, 0.0, 0, b"", 0, why.encode(), 0, Mode.ISOLATED)
