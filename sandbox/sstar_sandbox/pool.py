"""Workers shared by many runs: pieces of work wait in line, failures of ours are tried again once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import attrs

from sstar_sandbox import folders
from sstar_sandbox.cgroups import find_hierarchy
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.files import FileIO
from sstar_sandbox.inside import wire
from sstar_sandbox.line import Line
from sstar_sandbox.records import Mode
from sstar_sandbox.seccomp import Profile
from sstar_sandbox.work import Raw, Work
from sstar_sandbox.worker import BoxBroken

if TYPE_CHECKING:
    from sstar_sandbox.kinds import AnyTier, Box


class Pool:
    """So many boxes of one tier, started when first needed and replaced when broken."""

    def __init__(self, tier: AnyTier, size: int) -> None:
        self._tier = tier
        self.launcher: bytes | None = None
        """The compiled launcher for native programs; None: the zygote executes them."""
        self._size = size
        self._idle: dict[tuple[Profile, FileIO | None], list[Box]] = {}
        self._alive: set[Box] = set()
        self._line = Line(size, self._put_back)
        self._closed = False
        folders.sweep()
        self._hierarchy = find_hierarchy()
        if self._hierarchy is not None:
            self._hierarchy.sweep()

    @property
    def memory_fence(self) -> str:
        """What bounds the memory of a whole box."""
        return self._hierarchy.kind if self._hierarchy is not None else "address space"

    async def run(self, work: Work) -> AsyncGenerator[list[Raw], None]:
        """Raw results in the order of the inputs, a few at a time; cause ``BROKEN`` where we failed twice."""
        done, failures = 0, 0
        if work.mode is Mode.BATCH and len(work.inputs) <= wire.BATCH_COUNT:
            held, failures = await self._as_one(work)
            for raws in held:
                done += len(raws)
                yield raws
            if done < len(work.inputs):
                work = attrs.evolve(work, mode=Mode.ISOLATED)  # what a batch left undone ended its process
        if done < len(work.inputs):
            async with contextlib.aclosing(self._in_pieces(work, done, failures)) as found:
                async for raws in found:
                    yield raws

    async def _as_one(self, work: Work) -> tuple[list[list[Raw]], int]:
        """A whole batch, and failures of ours. Its box begins the next one before anyone looks at the results."""
        held: list[list[Raw]] = []
        try:
            async with self._box(work) as box:
                async for raws in box.run(work):
                    held.append(raws)  # noqa: PERF401  (what came before a failure stands)
        except BoxBroken:
            return held, 0 if held else 1
        return held, 0

    async def _in_pieces(self, work: Work, done: int, failures: int) -> AsyncGenerator[list[Raw], None]:
        """The inputs from the first that is not done, on all workers at once; results wait for nobody."""
        size = self._piece(work)
        total = len(work.inputs)
        queue: asyncio.Queue[list[Raw] | BaseException] = asyncio.Queue()
        tasks = [
            asyncio.ensure_future(self._do(work, start, min(size, total - start), queue, failures))
            for start in range(done, total, size)
        ]
        for task in tasks:
            task.add_done_callback(lambda ended: queue.put_nowait(_failure(ended)))
        early: dict[int, Raw] = {}
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

    def _piece(self, work: Work) -> int:
        """Inputs in one job: enough to be worth the message, few enough to keep every worker busy."""
        count = max(1, len(work.inputs))
        if work.mode is Mode.BATCH:
            return min(count, wire.BATCH_COUNT)
        if not self._line.free:
            return min(256, count)  # others wait too: splitting would only cost messages
        return max(4, min(256, -(-count // self._size)))

    async def _do(
        self,
        work: Work,
        start: int,
        count: int,
        queue: asyncio.Queue[list[Raw] | BaseException],
        failures: int,
    ) -> None:
        """What a batch left undone is run isolated; what we failed at is tried once more on a fresh worker."""
        place, end, mode = start, start + count, work.mode
        while place < end:
            piece = attrs.evolve(work, inputs=work.inputs[place:end], mode=mode, first=place)
            held: list[list[Raw]] = []
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
    async def _box(self, work: Work) -> AsyncGenerator[Box, None]:
        """A box when it is this work's turn."""
        box = await self._line.turn(work)
        if box is None:
            try:
                box = await self._worker(work)
            except BaseException:
                self._line.give_back()
                raise
            self._line.enter(box, work)
        try:
            yield box
        finally:
            if self._line.leave(box, work):
                try:
                    if work.room is None:
                        self._put_back(box, work)
                    else:
                        await self._discard(box)
                finally:
                    self._line.give_back()

    @contextlib.asynccontextmanager
    async def pair(self, work: Work, furnished: Work) -> AsyncGenerator[tuple[Box, Box], None]:
        """A box when it is this work's turn, and one of its own for the furnished work that it talks with: that one waits
        for no turn (two that each hold a box would wait for each other), for of two that talk one mostly waits."""
        async with self._box(work) as box:
            other = await self._worker(furnished)
            try:
                yield box, other
            finally:
                await self._discard(other)

    def _put_back(self, box: Box, work: Work) -> None:
        self._idle.setdefault(work.kind_of_box, []).append(box)

    async def _worker(self, work: Work) -> Box:
        profile = work.profile
        if work.files is not None:
            await self._discard_other_files(work.files)
        idle = self._idle.setdefault(work.kind_of_box, [])
        while idle and work.room is None:
            worker = idle.pop()
            if worker.broken is None:
                return worker
            await self._discard(worker)
        if self._closed:
            raise SandboxError("the sandbox is closed")
        if profile is not Profile.PYTHON and self.launcher is not None:
            try:
                worker = await self._tier.start_launcher(self.launcher, profile, work.room, work.files)
            except BoxBroken:
                if work.room is not None:
                    raise
                self.launcher = None  # an old bubblewrap: the zygote does the same in the same box, slower
                worker = await self._tier.start(profile, work.files)
        elif work.room is not None:
            raise SandboxError(
                "this kind of program needs the launcher, which needs a C compiler: apt install gcc"
            )
        else:
            worker = await self._tier.start(profile, work.files)
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

    async def _discard(self, worker: Box) -> None:
        self._alive.discard(worker)
        await worker.kill(worker.broken or "discarded")

    async def close(self) -> None:
        """End every box."""
        self._closed = True
        for worker in list(self._alive):
            await self._discard(worker)
        self._idle.clear()


def _failure(task: asyncio.Task[None]) -> list[Raw] | BaseException:
    """What went wrong in a task, for who waits for its results; nothing when nothing did."""
    return [] if task.cancelled() else task.exception() or []


def _broken(index: int, why: str) -> Raw:
    return Raw(index, wire.BROKEN, 0, 0, 0.0, 0.0, 0, b"", 0, why.encode(), 0, Mode.ISOLATED)
