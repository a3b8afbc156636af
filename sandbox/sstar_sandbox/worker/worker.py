"""Worker: a running box from the host's side, from its start to its end.

The box is not believed: every number that comes out of it is checked here, and a box that says nonsense or
nothing is killed and reported as broken, which is never the candidate's fault.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
import subprocess
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import ClassVar

import attrs
from attrs import define

from sstar_sandbox.errors import SandboxError
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.policy.privileges import dropped_privileges
from sstar_sandbox.records import Mode
from sstar_sandbox.worker.batch_protocol import batch_results
from sstar_sandbox.worker.cgroups import ROOM_BYTES, Group
from sstar_sandbox.worker.job import Fences, Job, RawResult
from sstar_sandbox.worker.memfds import memfd, read_span, readable_memfd
from sstar_sandbox.worker.private_folders import PrivateFolder

GRACE_S = 10.0
"""How long past its wall limit an execution may be silent before the box counts as stuck."""
START_S = 20.0
SLACK_BYTES = 1024 * 1024 * 1024
"""Address space above the memory limit: stacks of threads are reserved, not used."""


class BoxBroken(SandboxError):
    """The box died, went silent or spoke nonsense."""


class _NotStartedError(Exception):
    """A program did not get as far as its first instruction: its box could not confine it."""


@define
class _Active:
    """A job in the box."""

    id: int
    results: asyncio.Queue[list[RawResult] | None]
    outputs: tuple[int, int]
    job: Job
    silence_s: float
    """Longer than this without a word, with those before it: the box is stuck."""
    expected: int = 0


class Worker:
    """A running box: one job at a time, and a next one behind a batch, so that the box need not wait."""

    MOST_JOBS: ClassVar[int] = 2
    """One that runs and one that waits for it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        control: socket.socket,
        errors: int,
        folder: PrivateFolder | None = None,
    ) -> None:
        self._folder = folder
        self._process = process
        self._control = control
        self._errors = errors
        self._loop = asyncio.get_running_loop()
        self._active: dict[int, _Active] = {}
        self._last_id = 0
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._group: Group | None = None
        self._fence = 0
        self.fences = Fences("address space")
        """What is in force around its executions."""
        self.broken: str | None = None
        """Why this box can no longer be used."""
        self._loop.add_reader(control.fileno(), self._readable)

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        files: Mapping[str, bytes],
        *,
        folder: PrivateFolder | None = None,
    ) -> Worker:
        """Start a box.

        Args:
            command: where ``{control}`` and the names of files stand for descriptor numbers.
            files: what the box finds on descriptors of its own.
            folder: of the machine, made for this box and removed with it.

        Raises:
            BoxBroken: it did not come up; the message has what it said.
        """
        host, box = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        host.setblocking(False)
        errors = memfd("errors")
        fds = {name: readable_memfd(name.strip("{}"), content) for name, content in files.items()}
        fds["{control}"] = box.detach()
        try:
            process = subprocess.Popen(  # noqa: ASYNC220  (a fork and an exec: no slower than asyncio's own)
                [_filled(word, fds) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=tuple(fds.values()),
                cwd="/",
                env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
                **dropped_privileges(),
            )
        except OSError as error:
            host.close()
            os.close(errors)
            if folder is not None:
                folder.remove()
            raise BoxBroken(f"{command[0]} could not be started: {error}") from error
        finally:
            for fd in fds.values():
                os.close(fd)
        worker = cls(process, host, errors, folder)
        try:
            async with asyncio.timeout(START_S):
                await worker._ready
        except BoxBroken:
            await worker.kill("did not start")
            raise
        except TimeoutError:
            said = worker._error_output()
            await worker.kill("did not start")
            raise BoxBroken(f"the box was silent for {START_S:.0f} s: {said}") from None
        except asyncio.CancelledError:
            await worker.kill("not wanted")
            raise
        return worker

    @property
    def pid(self) -> int:
        """The outermost process of the box."""
        return self._process.pid

    def fence_in(self, group: Group) -> bool:
        """Bound the memory of the box; whether that worked. Before its first job: it forks nothing then."""
        self._group = group
        if not group.enclose(self._process.pid):
            return False
        self.fences = attrs.evolve(self.fences, memory=group.kind)
        return True

    def _error_output(self) -> str:
        try:
            return os.pread(self._errors, 2000, 0).decode("utf-8", "replace").strip() or "it said nothing"
        except OSError:
            return "it said nothing"

    async def run(self, job: Job) -> AsyncGenerator[list[RawResult], None]:
        """Executions in the order of the inputs, a few at a time. Closing early cancels the job and leaves
        the box usable.
        Raises :class:`BoxBroken`: the box failed; results that were yielded before stand."""
        if self.broken is not None or len(self._active) == self.MOST_JOBS:
            raise BoxBroken(self.broken or "the box is busy")
        self._last_id += 1
        outputs = (memfd("stdout"), memfd("stderr"))
        silence = job.limits.wall_s * (len(job.inputs) if job.mode is Mode.BATCH else 1) + GRACE_S
        silence += sum(before.silence_s for before in self._active.values())
        active = _Active(self._last_id, asyncio.Queue(), outputs, job, silence)
        self._active[active.id] = active
        done = False
        try:
            self._send_job(job, active)
            while True:
                raws = await self._next(active)
                if raws is None:
                    done = True
                    break
                yield raws
            if self.broken is not None:
                raise BoxBroken(self.broken)
        finally:
            try:
                if not done and self.broken is None:
                    await self._cancel(active)
                    done = True
            finally:
                if not done:
                    self._break("a cancel was cut short")
                del self._active[active.id]
                for fd in outputs:
                    os.close(fd)

    async def _next(self, active: _Active) -> list[RawResult] | None:
        """The box's next message about a job; None at its end. A box silent for too long is killed."""
        if not active.results.empty():
            return active.results.get_nowait()
        try:
            async with asyncio.timeout(active.silence_s):
                return await active.results.get()
        except TimeoutError:
            await self.kill(f"silent for {active.silence_s:.0f} s")
            raise BoxBroken(str(self.broken)) from None

    def _send_job(self, job: Job, active: _Active) -> None:
        limits = job.limits
        fence = limits.memory_bytes + limits.output_bytes + limits.stderr_bytes + ROOM_BYTES
        if self._group is not None and fence != self._fence:
            if not self._group.limit(fence):
                self.fences = attrs.evolve(self.fences, memory="address space")
            self._fence = fence
        lengths = b"".join(len(text).to_bytes(8, "little") for text in job.inputs)
        output = max(limits.output_bytes, limits.stderr_bytes, limits.file_bytes) + 1
        batch = job.mode is Mode.BATCH
        mode, flags = (
            job_protocol.BATCH if batch else job_protocol.ISOLATED,
            0 if job.address_limit else job_protocol.DATA_LIMIT,
        )
        flags |= job_protocol.STREAMS if job.streams else 0
        head = (job_protocol.JOB_MAGIC, active.id, job.kind, mode, len(job.inputs), flags)
        times = (int(limits.wall_s * 1e6), int(limits.cpu_s * 1e6))
        file_bytes = min(output * len(job.inputs), max(output, 1 << 28)) if batch else output
        sizes = (limits.memory_bytes + SLACK_BYTES, limits.output_bytes, limits.stderr_bytes, file_bytes)
        counts = (limits.stack_bytes, limits.processes, limits.open_files, len(job.program))
        message = job_protocol.JOB.pack(*head, *times, *sizes, *counts)
        fds = [memfd("job", b"".join((job.program, lengths, *job.inputs))), memfd("stdin"), *active.outputs]
        own = [fds[0], fds[1]]
        if job.executable is not None:
            fds.append(job.executable)
        fds += job.streams or ()
        try:
            socket.send_fds(self._control, [message], fds)
        except OSError as error:
            self._break(f"it takes no jobs: {error}")
        finally:
            for fd in own:
                os.close(fd)

    async def _cancel(self, active: _Active) -> None:
        """End the running job now; a box that does not obey is killed."""
        with contextlib.suppress(OSError):
            self._control.send(job_protocol.SMALL.pack(job_protocol.CANCEL, active.id))
        try:
            async with asyncio.timeout(1.0):
                while await active.results.get() is not None:
                    pass
        except TimeoutError:
            await self.kill("did not cancel")

    def _readable(self) -> None:
        while True:
            try:
                message = self._control.recv(job_protocol.MESSAGE_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._break(str(error))
                return
            if not message:
                self._break(f"it ended: {self._error_output()}")
                return
            try:
                self._handle(message)
            except _NotStartedError:
                self._break("it could not confine or start a program")
                return
            except (ValueError, IndexError, OverflowError, OSError, struct.error) as error:
                self._break(f"it spoke nonsense: {error}")
                return

    def _handle(self, message: bytes) -> None:
        magic = message[:4]
        if magic == job_protocol.READY:
            if not self._ready.done():
                missing = () if job_protocol.SMALL.unpack_from(message)[1] else ("Landlock",)
                self.fences = attrs.evolve(self.fences, missing=missing)
                self._ready.set_result(None)
            return
        if magic not in {job_protocol.DONE, job_protocol.RESULT_MAGIC, job_protocol.BATCHED}:
            raise ValueError(f"unknown message {magic!r}")
        active = self._active.get(job_protocol.SMALL.unpack_from(message)[1])
        if active is None:
            return  # the tail of a job that was given up
        if magic == job_protocol.DONE:
            active.results.put_nowait(None)
        elif magic == job_protocol.RESULT_MAGIC:
            self._take_results(message, active)
        else:
            active.results.put_nowait(batch_results(message, active.job, active.outputs, self.fences))
            active.results.put_nowait(None)

    def _take_results(self, message: bytes, active: _Active) -> None:
        """Read a message of one or more results."""
        found: list[RawResult] = []
        limits, count, at = active.job.limits, len(active.job.inputs), 0
        while at < len(message):
            head = job_protocol.RESULT.unpack_from(message, at)
            magic, id_, index, cause, status, call, wall_us, cpu_us, peak_kib, out_size, err_size = head
            at += job_protocol.RESULT.size
            due = (job_protocol.RESULT_MAGIC, active.id, active.expected)
            if (magic, id_, index) != due or index >= count:
                raise ValueError("result out of order")
            if cause == job_protocol.BROKEN:
                if found:
                    active.results.put_nowait(found)
                raise _NotStartedError
            active.expected += 1
            keep_out = min(out_size, limits.output_bytes)
            keep_err = min(err_size, limits.stderr_bytes)
            if call & job_protocol.INLINE:
                stdout = message[at : at + keep_out]
                stderr = message[at + keep_out : at + keep_out + keep_err]
                at += keep_out + keep_err
                if at > len(message):
                    raise ValueError("result of a wrong size")
            else:
                stdout = read_span(active.outputs[0], 0, keep_out)
                stderr = read_span(active.outputs[1], err_size - keep_err, keep_err)
                self._control.send(job_protocol.SMALL.pack(job_protocol.ACK, active.id))
            number, wall, cpu, peak = active.job.first + index, wall_us / 1e6, cpu_us / 1e6, peak_kib * 1024
            call, output = call & ~job_protocol.INLINE, (stdout, out_size, stderr, err_size)
            mode, fences = Mode.ISOLATED, self.fences
            found.append(RawResult(number, cause, status, call, wall, cpu, peak, *output, mode, fences))
        active.results.put_nowait(found)
        if active.expected == count:
            # The next job may be sent at once: it waits in the socket until the box is done with this one.
            active.results.put_nowait(None)

    def _break(self, why: str) -> None:
        if self.broken is None:
            self.broken = why
            self._loop.remove_reader(self._control.fileno())
        if not self._ready.done():
            self._ready.set_exception(BoxBroken(why))
        for active in self._active.values():
            active.results.put_nowait(None)

    def _clean_up(self) -> None:
        """Wait for the end, then take the group and the folder away."""
        self._process.wait()
        if self._folder is not None:
            self._folder.remove()
        if self._group is not None:
            self._group.remove()

    async def kill(self, why: str) -> None:
        """End the box and everything in it, now."""
        self._break(why)
        if self._ready.done() and not self._ready.cancelled():
            self._ready.exception()
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self._control.close()
        await asyncio.shield(asyncio.to_thread(self._clean_up))
        if self._errors >= 0:
            os.close(self._errors)
            self._errors = -1


def _filled(word: str, fds: Mapping[str, int]) -> str:
    for name, fd in fds.items():
        word = word.replace(name, str(fd)) if word.startswith(("{", "/proc/self/fd/{")) else word
    return word
