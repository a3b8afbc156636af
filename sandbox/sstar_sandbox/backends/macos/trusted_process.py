"""The trusted process inside a box of a system without pid namespaces, memfds and seccomp: macOS.

It has less to do than its sibling ``zygote``: a fork for each input, limits, and the end. Seatbelt is around
it already (``sandbox-exec``), the clock and the memory are watched by the host. **Not yet run on a real
Mac**; the same code is tested on Linux inside bubblewrap.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

from sstar_sandbox.backends.macos import frames
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.inside.python import candidate, library_finder

_exit = os._exit
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in a unit of ``ru_maxrss``."""


class Job:
    """A program and its limits."""

    def __init__(self, payload: bytes) -> None:
        told, _, program = payload.partition(b"\n")
        self.limits: dict[str, Any] = json.loads(told)
        self.kind: int = self.limits["kind"]
        self.program = job_protocol.unpack_program(program)


class Zygote:
    """The loop around the control socket."""

    def __init__(self, control: socket.socket, options: dict[str, Any]) -> None:
        self._control = control
        self._streams: list[int] = options["streams"]
        self._no_processes: bool = options["no_processes"]
        self._executable: str = options["executable"]
        self._wake, waker = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Jobs until the host goes away."""
        self._control.sendall(frames.framed(frames.READY))
        job: Job | None = None
        while True:
            magic, payload = self._receive()
            if not magic:
                return
            if magic == frames.JOB:
                job = Job(payload)
            elif magic == frames.RUN and job is not None:
                self._run(job)

    def _receive(self) -> tuple[bytes, bytes]:
        """The next message; no magic at the end."""
        head = self._exactly(frames.HEADER.size)
        if not head:
            return b"", b""
        magic, size = frames.HEADER.unpack(head)
        return magic, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size > 0:
            part = self._control.recv(min(size, 1 << 20))
            if not part:
                return b""
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _run(self, job: Job) -> None:
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            self._child(job)
        status, usage = self._wait(pid)
        wall = time.monotonic() - started
        outcome = frames.OUTCOME.pack(
            status, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * PEAK_UNIT
        )
        self._control.sendall(frames.framed(frames.RESULT, outcome))

    def _wait(self, pid: int) -> tuple[int, Any]:
        """Until the child has ended; at once when the host says so or is gone."""
        control = self._control.fileno()
        while True:
            found, status, usage = os.wait4(pid, os.WNOHANG)
            if found:
                return status, usage
            ready, _, _ = select.select([control, self._wake], [], [], 1.0)
            if self._wake in ready:
                os.read(self._wake, 512)
            if control in ready:
                magic, _ = self._receive()
                os.kill(pid, signal.SIGKILL)
                if not magic:
                    _exit(0)

    def _child(self, job: Job) -> NoReturn:
        """In the candidate's process: never returns."""
        status = 120
        try:
            self._become_candidate(job)
            if job.kind == job_protocol.NATIVE:
                words = [os.fsdecode(part) for part in job.program]
                os.execve(self._executable, words, job_protocol.ENVIRONMENT)  # noqa: S606  (without a shell is what is meant)
            elif job.kind == job_protocol.COMPILE:
                status = candidate.compile_source(job.program[1])
            else:
                status = candidate.run(job.program)
        finally:
            _exit(status)

    def _become_candidate(self, job: Job) -> None:
        """Descriptors 0 to 2 and no others, a session of its own, limits, signals as new."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.setsid()
        for number, stream in enumerate(self._streams):
            os.dup2(stream, number)
        os.closerange(3, 256)
        if job.kind == job_protocol.NATIVE:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for name, value in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_CPU, int(job.limits["cpu_s"]) + 2),
            (resource.RLIMIT_FSIZE, job.limits["file_bytes"]),
            (resource.RLIMIT_NOFILE, job.limits["files"]),
            (resource.RLIMIT_STACK, job.limits["stack_bytes"]),
        ):
            _limit(name, value)
        with contextlib.suppress(OSError, ValueError):  # macOS does not have it: there memory is sampled
            _limit(resource.RLIMIT_AS, job.limits["address_bytes"])
        if self._no_processes:
            _limit(resource.RLIMIT_NPROC, 0)


def _limit(name: int, value: int) -> None:
    """Both limits, never above what is allowed already."""
    _, hard = resource.getrlimit(name)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(name, (value, value))


def main(control_fd: int, options: dict[str, Any]) -> NoReturn:
    """Serve until the host goes away. ``options``: ``streams`` (three descriptors), ``no_processes``,
    ``executable``."""
    control = socket.socket(fileno=control_fd)
    os.environ.update(job_protocol.ENVIRONMENT)
    library_finder.offer(options["libraries"])
    zygote = Zygote(control, options)
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection would copy the pages that children share
    zygote.serve()
    _exit(0)
