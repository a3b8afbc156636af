"""Worker that enforces limits by polling CPU time and memory every 20 ms, for systems whose kernel does
neither for us.

The same interface as ``worker.worker``. Inputs and outputs lie in unlinked files that both sides hold; one
message starts an execution and one ends it; in between its clock and memory are looked at every 20 ms. **Not
yet run on a real Mac**: the tests run it on Linux, with a sampler of their own inside bubblewrap.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from attrs import frozen

from sstar_sandbox.backends.macos import frames
from sstar_sandbox.backends.stage import stage
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.records import Mode
from sstar_sandbox.worker.job import Fences, Job, RawResult
from sstar_sandbox.worker.memfds import Executables, read_span
from sstar_sandbox.worker.worker import SLACK_BYTES, START_S, BoxBroken

SAMPLE_S = 0.02
"""How often a program is looked at."""
GRACE_S = 5.0
"""How long after a kill the box may take to say that the program has ended."""


@frozen
class Usage:
    """What the running program has used so far."""

    cpu_s: float
    memory_bytes: int
    """Highest that was seen by the system, or what it holds now."""


class Sampler(Protocol):
    """How a system is asked about processes."""

    def children(self, pid: int) -> list[int]:
        """Child processes of one process."""
        ...

    def usage(self, pid: int) -> Usage | None:
        """CPU time and memory of one process; None when it is gone."""
        ...


class FileExecutables(Executables):
    """Executables in unlinked files, where there are no memfds."""

    def get(self, digest: str, content: bytes) -> int:
        """A descriptor that stays open until :meth:`close`."""
        fd = self._fds.get(digest)
        if fd is None:
            fd = unlinked(content)
            self._fds[digest] = fd
        return fd


def unlinked(content: bytes = b"") -> int:
    """A file without a name, its offset at the beginning."""
    fd, path = tempfile.mkstemp(prefix="sstar-")
    Path(path).unlink()
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def own_folder(prefix: str) -> Path:
    """A new folder by its real path, which is what Seatbelt compares."""
    return Path(tempfile.mkdtemp(prefix=prefix)).resolve()


class PollingWorker:
    """A running box with one job at a time."""

    MOST_JOBS: ClassVar[int] = 1

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        control: socket.socket,
        streams: tuple[int, int, int],
        errors: int,
        sampler: Sampler,
        folder: Path,
    ) -> None:
        self._process = process
        self._control = control
        self._streams = streams
        self._errors = errors
        self._sampler = sampler
        self._folder = folder
        self._active: Job | None = None
        self._reading: asyncio.Task[bytes] | None = None
        self._killed = False
        self.broken: str | None = None
        """Why this box can no longer be used."""

    @classmethod
    async def start(
        cls,
        command: Callable[[Path], Sequence[str]],
        modules: tuple[str, ...],
        sampler: Sampler,
        *,
        no_processes: bool,
        identity: dict[str, Any],
        libraries: Mapping[str, str] | None = None,
    ) -> PollingWorker:
        """Start a box.

        Args:
            command: makes the command line from the folder in which a program to execute is laid;
                ``{stage}`` and ``{control}`` in it stand for descriptor numbers.
            modules: what runs inside, in the order to load them.
            sampler: how the system is asked about processes.
            no_processes: whether RLIMIT_NPROC keeps a candidate from making any.
            identity: keyword arguments of ``Popen`` that make it another user.
            libraries: name to the place of what programs may import besides the standard library.

        Raises:
            BoxBroken: it did not come up; the message has what it said.
        """
        folder = own_folder("sstar-box-")
        folder.chmod(0o755)
        host, box = socket.socketpair()
        host.setblocking(False)
        streams = (unlinked(), unlinked(), unlinked())
        errors = unlinked()
        options = {
            "streams": list(streams),
            "no_processes": no_processes,
            "executable": str(folder / "program"),
            "libraries": dict(libraries or {}),
        }
        staged = unlinked(stage(modules, options))
        words = [
            {"{stage}": str(staged), "{control}": str(box.fileno())}.get(word, word)
            for word in command(folder)
        ]
        worker = None
        try:
            process = subprocess.Popen(  # noqa: ASYNC220  (a fork and an exec: no slower than asyncio's own)
                words,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(staged, box.fileno(), *streams),
                start_new_session=True,
                cwd="/",
                env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
                **identity,
            )
            worker = cls(process, host, streams, errors, sampler, folder)
        except OSError as error:
            raise BoxBroken(f"{words[0]} could not be started: {error}") from error
        finally:
            box.close()
            os.close(staged)
            if worker is None:
                host.close()
                for fd in (*streams, errors):
                    os.close(fd)
                shutil.rmtree(folder, ignore_errors=True)
        try:
            async with asyncio.timeout(START_S):
                await worker._receive(frames.READY)
        except (BoxBroken, TimeoutError, asyncio.CancelledError) as error:
            said = worker._error_output()
            await worker.kill("did not start")
            if isinstance(error, asyncio.CancelledError):
                raise
            raise BoxBroken(f"the box did not come up: {said}") from error
        return worker

    @property
    def pid(self) -> int:
        """The outermost process of the box."""
        return self._process.pid

    def fence_in(self, group: object) -> bool:  # noqa: ARG002  (as of Linux)
        """There are no control groups where this box is used."""
        return False

    def _error_output(self) -> str:
        if self._errors < 0:
            return "it was killed"
        return os.pread(self._errors, 2000, 0).decode("utf-8", "replace").strip() or "it said nothing"

    async def run(self, job: Job) -> AsyncGenerator[list[RawResult], None]:
        """Executions in the order of the inputs, one at a time, each in a process of its own: a batch as
        well.
        Raises :class:`BoxBroken`: the box failed; results that were yielded before stand."""
        if self.broken is not None or self._active is not None:
            raise BoxBroken(self.broken or "the box is busy")
        self._active = job
        try:
            self._place_executable(job)
            await self._send(frames.JOB, _limits(job) + job.program)
            for index, text in enumerate(job.inputs):
                yield [await self._execute(job, index, text)]
        except (ConnectionError, BrokenPipeError) as error:
            self._break(f"it takes no jobs: {error}")
            raise BoxBroken(str(self.broken)) from error
        finally:
            if self._reading is not None:
                await self._stop()
            self._active = None

    def _place_executable(self, job: Job) -> None:
        """Write the executable to the one path that the box may execute, in place of the last one."""
        place = self._folder / "program"
        place.unlink(missing_ok=True)
        if job.executable is None:
            return
        fd = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o555)
        with os.fdopen(fd, "wb") as file:
            file.write(read_span(job.executable, 0, os.fstat(job.executable).st_size))
            os.fchmod(fd, 0o555)

    async def _execute(self, job: Job, index: int, text: bytes) -> RawResult:
        limits = job.limits
        for fd in self._streams:
            os.ftruncate(fd, 0)
            fcntl.fcntl(fd, fcntl.F_SETFL, 0)
        os.pwrite(self._streams[0], text, 0)
        for fd in self._streams:
            os.lseek(fd, 0, os.SEEK_SET)
        started = time.monotonic()
        self._reading = asyncio.ensure_future(self._receive(frames.RESULT))
        await self._send(frames.RUN)
        cause, seen, killed_at = job_protocol.ENDED, Usage(0.0, 0), 0.0
        while not self._reading.done():
            await asyncio.wait({self._reading}, timeout=SAMPLE_S)
            now = time.monotonic()
            if self._reading.done():
                break
            if killed_at:
                if now - killed_at > GRACE_S:
                    await self.kill("a program could not be ended")
                    raise BoxBroken(str(self.broken))
                continue
            seen = self._sample(seen)
            if seen.memory_bytes > limits.memory_bytes:
                killed_at = now
            elif now - started >= limits.wall_s:
                cause, killed_at = job_protocol.WALL, now
            elif seen.cpu_s >= limits.cpu_s:
                cause, killed_at = job_protocol.CPU, now
            if killed_at:
                await self._send(frames.KILL)
        reading, self._reading = self._reading, None
        status, wall, cpu, resident = frames.OUTCOME.unpack(reading.result())
        return self._result(
            job, index, cause, status, wall, max(cpu, seen.cpu_s), max(seen.memory_bytes, resident)
        )

    def _result(
        self, job: Job, index: int, cause: int, status: int, wall: float, cpu: float, peak: int
    ) -> RawResult:
        """What came out, read from the files that both sides hold."""
        _, stdout, stderr = self._streams
        out_size, err_size = os.fstat(stdout).st_size, os.fstat(stderr).st_size
        keep_err = min(err_size, job.limits.stderr_bytes)
        shown = read_span(stdout, 0, min(out_size, job.limits.output_bytes))
        output = (shown, out_size, read_span(stderr, err_size - keep_err, keep_err), err_size)
        number = job.first + index
        return RawResult(number, cause, status, 0, wall, cpu, peak, *output, Mode.ISOLATED, Fences("sampled"))

    def _sample(self, before: Usage) -> Usage:
        """CPU time and memory of all processes in the box; never less than ``before``."""
        cpu, memory = 0.0, 0
        for pid in self._sampler.children(self._process.pid):
            found = self._sampler.usage(pid)
            if found is not None:
                cpu, memory = cpu + found.cpu_s, memory + found.memory_bytes
        return Usage(max(cpu, before.cpu_s), max(memory, before.memory_bytes))

    async def _stop(self) -> None:
        """End the running program now; a box that does not obey is killed."""
        reading = self._reading
        assert reading is not None
        try:
            async with asyncio.timeout(1.0):
                await self._send(frames.KILL)
                await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()  # a box that broke just now has said so in ``broken``
        except (OSError, TimeoutError):
            await self.kill("did not cancel")
        finally:
            if not reading.done():
                reading.cancel()
                self._break("a cancel was cut short")
            self._reading = None

    async def _send(self, magic: bytes, payload: bytes = b"") -> None:
        await asyncio.get_running_loop().sock_sendall(self._control, frames.framed(magic, payload))

    async def _receive(self, wanted: bytes) -> bytes:
        """Payload of the next message, which must be of one kind. Raises BoxBroken for any other."""
        magic, size = frames.HEADER.unpack(await self._exactly(frames.HEADER.size))
        right = frames.OUTCOME.size if wanted == frames.RESULT else 0
        if magic != wanted or size != right:
            self._break("it spoke nonsense")
            raise BoxBroken(str(self.broken))
        return await self._exactly(size)

    async def _exactly(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        parts = []
        while size > 0:
            try:
                part = await loop.sock_recv(self._control, size)
            except OSError:
                part = b""
            if not part:
                self._break(f"it ended: {self._error_output()}")
                raise BoxBroken(str(self.broken))
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _break(self, why: str) -> None:
        if self.broken is None:
            self.broken = why

    async def kill(self, why: str) -> None:
        """End the box and everything in it, now."""
        self._break(why)
        if self._killed:
            return
        self._killed = True
        with contextlib.suppress(ProcessLookupError):
            # Stopped it makes no more children, and none is left without a parent to be found by.
            self._process.send_signal(signal.SIGSTOP)
            for pid in self._sampler.children(self._process.pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._process.send_signal(signal.SIGKILL)
        if self._reading is not None:
            self._reading.cancel()  # the loop must not wait for a descriptor that is closed
            await asyncio.wait({self._reading})
        self._control.close()
        errors, self._errors = self._errors, -1
        await asyncio.shield(asyncio.to_thread(self._process.wait))
        for fd in (*self._streams, errors):
            os.close(fd)
        shutil.rmtree(self._folder, ignore_errors=True)


def _limits(job: Job) -> bytes:
    limits = job.limits
    told = {
        "kind": job.kind,
        "cpu_s": limits.cpu_s,
        "address_bytes": limits.memory_bytes + SLACK_BYTES,
        "file_bytes": max(limits.output_bytes, limits.stderr_bytes, limits.file_bytes) + 1,
        "stack_bytes": limits.stack_bytes,
        "files": limits.open_files,
    }
    return json.dumps(told).encode() + b"\n"
