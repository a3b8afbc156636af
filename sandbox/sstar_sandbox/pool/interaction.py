"""A program and an interactor that read what the other writes: two boxes, and the host carries every byte
between them.

So the host knows who said what and in which order, bounds it, and sees who ended first. Neither box knows of
the other, and both keep their own limits. Where both wait, the wall limit ends them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import attrs
from attrs import Factory, define, frozen

from sstar_sandbox.errors import SandboxError
from sstar_sandbox.records import Execution, Verdict
from sstar_sandbox.verdicts.verdict import IDLE_SHARE, decide, execution
from sstar_sandbox.worker.job import Job, RawResult
from sstar_sandbox.worker.worker import BoxBroken

if TYPE_CHECKING:
    from sstar_sandbox.backends.protocol import Backend, BoxWorker
    from sstar_sandbox.pool.worker_pool import WorkerPool

TRANSCRIPT_BYTES = 8 * 1024
"""Of a transcript's beginning, and again of its end; what is between is left out and counted."""
GRACE_S = 0.1
"""How long a side may go on after the other ended badly: what it says by itself counts."""
CHUNK_BYTES = 64 * 1024
BOTH_WAITED = "idle: both sides waited"
"""Detail of a program ended at its wall limit while the interactor waited: it mostly did not flush."""


@define
class Transcript:
    """What both sides wrote, in the order in which it was carried."""

    _head: list[tuple[str, bytes]] = Factory(list)
    _tail: deque[tuple[str, bytes]] = Factory(deque)
    _head_bytes: int = 0
    _tail_bytes: int = 0
    _left_out: int = 0

    def add(self, mark: str, chunk: bytes) -> None:
        """Some bytes of one side; ``mark`` is put before each of its lines."""
        taken = chunk[: TRANSCRIPT_BYTES - self._head_bytes]
        if taken:
            self._head.append((mark, taken))
            self._head_bytes += len(taken)
        if rest := chunk[len(taken) :]:
            self._tail.append((mark, rest))
            self._tail_bytes += len(rest)
        while self._tail_bytes > TRANSCRIPT_BYTES:
            mark, oldest = self._tail.popleft()
            cut = min(len(oldest), self._tail_bytes - TRANSCRIPT_BYTES)
            if cut < len(oldest):
                self._tail.appendleft((mark, oldest[cut:]))
            self._tail_bytes -= cut
            self._left_out += cut

    def text(self) -> str:
        """Lines with their marks; bytes that are no UTF-8 escaped."""
        parts = _lines(self._head)
        if self._left_out:
            parts.append(f"[… {self._left_out} bytes]")
        return "\n".join([*parts, *_lines(self._tail)])


def _lines(chunks: list[tuple[str, bytes]] | deque[tuple[str, bytes]]) -> list[str]:
    turns: list[tuple[str, bytearray]] = []
    for mark, chunk in chunks:
        if turns and turns[-1][0] == mark:
            turns[-1][1].extend(chunk)
        else:
            turns.append((mark, bytearray(chunk)))
    return [
        f"{mark} {line}".rstrip()
        for mark, said in turns
        for line in said.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n")
    ]


@define
class _Relay:
    """Carries what one side writes to the other. Four descriptors: two for the boxes, which stay open here to
    the end, so that the end of a side is what its box says and nothing else."""

    mark: str
    limit: int
    transcript: Transcript
    written: int = 0
    told_end: bool = False
    """The listener was told that the speaker has ended, before it ended itself."""
    _lingers: bool = False
    _speaks: bool = True
    _listens: bool = True
    _changed: asyncio.Event = Factory(asyncio.Event)
    speaker_end: int = -1
    _source: int = -1
    listener_end: int = -1
    _target: int = -1

    def open(self) -> None:
        """Make both pipes."""
        self._source, self.speaker_end = os.pipe()
        self.listener_end, self._target = os.pipe()
        os.set_blocking(self._source, False)
        os.set_blocking(self._target, False)

    def close(self) -> None:
        """Close what is open."""
        for fd in (self._source, self.speaker_end, self.listener_end, self._target):
            if fd >= 0:
                os.close(fd)
        self._source = self.speaker_end = self.listener_end = self._target = -1

    def speaker_ended(self, *, lingers: bool = False) -> None:
        """Nothing more comes; with ``lingers`` the listener has a moment to end before it is told."""
        self._speaks, self._lingers = False, lingers
        self._changed.set()

    def listener_ended(self) -> None:
        """What still comes is only counted."""
        self._listens = False
        self._changed.set()

    async def carry(self, flooded: Callable[[], object]) -> None:
        """Until the speaker ended and the listener knows. ``flooded``: called once it wrote too much."""
        while chunk := await self._take():
            is_first = self.written <= self.limit
            self.written += len(chunk)
            self.transcript.add(self.mark, chunk)
            if self.written > self.limit and is_first:
                flooded()
            await self._give(chunk)
            await asyncio.sleep(0)  # who writes without a pause keeps nobody else from the loop
        if self._lingers and self._listens:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    await self._change()
        self.told_end = self._listens
        os.close(self._target)
        self._target = -1

    async def _take(self) -> bytes:
        while True:
            speaks = self._speaks
            try:
                return os.read(self._source, CHUNK_BYTES)
            except BlockingIOError:
                if not speaks:
                    return b""
            await self._change(reading=True)

    async def _give(self, chunk: bytes) -> None:
        while chunk and self._listens:
            try:
                chunk = chunk[os.write(self._target, chunk) :]
            except BlockingIOError:
                await self._change(writing=True)

    async def _change(self, *, reading: bool = False, writing: bool = False) -> None:
        """Wait until a side ends, or until its pipe is ready."""
        loop = asyncio.get_running_loop()
        self._changed.clear()
        if reading:
            loop.add_reader(self._source, self._changed.set)
        if writing:
            loop.add_writer(self._target, self._changed.set)
        try:
            await self._changed.wait()
        finally:
            if reading:
                loop.remove_reader(self._source)
            if writing:
                loop.remove_writer(self._target)


@frozen
class Conversation:
    """How both sides ended."""

    program: Execution
    """Without a check; its transcript is that of both."""
    interactor: Execution
    """Its standard output is the file that it was given to write."""
    is_interactors_word: bool
    """The interactor ended without having been told of the program's end: its refusal does not come of it."""


async def converse(
    pool: WorkerPool, asks: Job, answers: Job, backend: Backend, accepting: int = 0
) -> Conversation:
    """Run the program ``asks`` and the interactor ``answers`` until both have ended.

    ``accepting``: the exit code by which the interactor says that all is well. After any other the program is
    ended.

    Raises:
        SandboxError: a box failed twice.
    """
    for is_last in (False, True):
        try:
            return await _converse(pool, asks, answers, backend, accepting)
        except BoxBroken as error:
            if is_last:
                raise SandboxError(
                    f"the boxes of a program and its interactor failed twice: {error}"
                ) from error
    raise AssertionError("unreachable")


async def _converse(
    pool: WorkerPool, asks: Job, answers: Job, backend: Backend, accepting: int
) -> Conversation:
    transcript = Transcript()
    forth = _Relay(">", asks.limits.output_bytes, transcript)
    back = _Relay("<", answers.limits.output_bytes, transcript)
    try:
        forth.open()
        back.open()
        asks = attrs.evolve(asks, streams=(back.listener_end, forth.speaker_end))
        answers = attrs.evolve(answers, streams=(forth.listener_end, back.speaker_end))
        async with pool.pair(asks, answers) as (box, other):
            program = asyncio.create_task(_only(box, asks))
            interactor = asyncio.create_task(_only(other, answers))
            carrying = [
                asyncio.create_task(forth.carry(program.cancel)),
                asyncio.create_task(back.carry(interactor.cancel)),
            ]
            try:
                await _both(program, interactor, forth, back, asks, accepting)
                await asyncio.gather(*carrying)
            finally:
                for task in (program, interactor, *carrying):
                    task.cancel()
                await asyncio.gather(program, interactor, *carrying, return_exceptions=True)
    finally:
        forth.close()
        back.close()
    source = backend.memory_source
    ended = partial(_execution, tier=backend.name, memory_source=source)
    said = await ended(interactor, answers, back)
    did = attrs.evolve(await ended(program, asks, forth), transcript=transcript.text())
    was_idle = did.verdict is Verdict.TLE and did.detail == "idle"
    if was_idle and forth.told_end and said.cpu_s < IDLE_SHARE * asks.limits.wall_s:
        did = attrs.evolve(did, detail=BOTH_WAITED)
    return Conversation(did, said, not forth.told_end)


async def _both(
    program: asyncio.Task[RawResult],
    interactor: asyncio.Task[RawResult],
    forth: _Relay,
    back: _Relay,
    asks: Job,
    accepting: int,
) -> None:
    """Wait for both sides, and tell each of the other's end. A box that broke is raised."""
    await asyncio.wait({program, interactor}, return_when=asyncio.FIRST_COMPLETED)
    if program.done():
        has_failed = program.cancelled() or decide(program.result(), asks.limits)[0] is not Verdict.RAN
        forth.speaker_ended(lingers=has_failed)
        back.listener_ended()
        await asyncio.wait({interactor})
        back.speaker_ended()
        forth.listener_ended()
        return
    back.speaker_ended()
    forth.listener_ended()
    if interactor.cancelled() or interactor.result().status != accepting << 8:
        await asyncio.wait({program}, timeout=GRACE_S)
        program.cancel()
    await asyncio.wait({program})
    forth.speaker_ended()
    back.listener_ended()


async def _only(box: BoxWorker, job: Job) -> RawResult:
    """The one execution of a job."""
    async with contextlib.aclosing(box.run(job)) as running:
        raws = [raw async for found in running for raw in found]
    return raws[0]


async def _execution(
    task: asyncio.Task[RawResult], job: Job, relay: _Relay, tier: str, memory_source: str
) -> Execution:
    if task.cancelled():  # it wrote too much, or what it does no longer matters
        is_flood = relay.written > job.limits.output_bytes
        raw = RawResult(0, 0, 0, 0, 0.0, 0.0, 0, b"", relay.written if is_flood else 0, b"", 0, job.mode)
    else:
        raw = task.result()
    return await execution(raw, job.limits, tier, memory_source)
