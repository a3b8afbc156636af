"""The trusted process inside a box: takes jobs, makes one fresh process for each input, reports.

It runs nothing of a candidate's: sources, code and inputs are bytes to it. A child is born by a raw ``clone``
into a pid namespace of its own, so that its death is the death of all it started.
"""

from __future__ import annotations

import errno
import gc
import itertools
import mmap
import os
import resource
import select
import signal
import socket
import struct
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NoReturn

from sstar_sandbox.inside import candidate, confine, hugetext, offered, places, pools, wire

_exit = os._exit
TOGETHER_S = 0.01
"""Results of short executions travel together; a longer one does not keep them waiting."""


class Job:
    """One job as it came over the wire."""

    def __init__(self, message: bytes, fds: Sequence[int]) -> None:
        (
            _,
            self.id,
            self.kind,
            self.mode,
            self.count,
            self.flags,
            wall_us,
            cpu_us,
            self.address_bytes,
            self.output_bytes,
            self.stderr_bytes,
            self.file_bytes,
            self.stack_bytes,
            self.threads,
            self.files,
            program_bytes,
        ) = wire.JOB.unpack_from(message)
        self.wall_s = wall_us / 1e6
        self.cpu_s = cpu_us / 1e6
        self.fds = fds
        self.streams = tuple(fds[-2:]) if self.flags & wire.STREAMS else ()
        fds = fds[: len(fds) - len(self.streams)]
        self.job_fd, self.stdin, self.stdout, self.stderr = fds[:4]
        self.executable = fds[4] if len(fds) > 4 else -1
        self.program = wire.unpack_program(os.pread(self.job_fd, program_bytes, 0))
        table = os.pread(self.job_fd, 8 * self.count, program_bytes)
        self.sizes: tuple[int, ...] = struct.unpack(f"<{self.count}Q", table)
        self.places = tuple(itertools.accumulate(self.sizes, initial=program_bytes + 8 * self.count))
        self.limits: list[tuple[int, int]] = confine.child_limits(self)
        self.stack = confine.stack_limits(self)

    def close(self) -> None:
        for fd in self.fds:
            os.close(fd)


def whole(fd: int, offset: int, size: int) -> bytes:
    """So many bytes of a memfd."""
    found = os.pread(fd, size, offset)
    while len(found) < size and (more := os.pread(fd, size - len(found), offset + len(found))):
        found += more
    return found


def tail(fd: int, size: int, keep: int) -> bytes:
    """The last bytes of a memfd."""
    return os.pread(fd, min(size, keep), max(0, size - keep))


class Cancelled(Exception):
    """The host no longer wants this job."""


class Zygote:
    """The loop around the control socket."""

    def __init__(
        self,
        control: socket.socket,
        confinement: confine.Confinement,
        own: places.Places,
        full_pools: list[object],
    ) -> None:
        self._full_pools = full_pools
        self._places = own
        self._control = control
        self._confinement = confinement
        self._poll = select.poll()
        self._poll.register(control.fileno(), select.POLLIN)
        self._listener = confinement.listener
        self._pending = bytearray()
        self._started = mmap.mmap(-1, 1)
        """Shared with a child until its program begins: 1 once nothing is left to be taken from it. Else the box failed."""
        self._line: deque[tuple[bytes, Sequence[int]]] = deque()
        self._batch_poll = select.poll()
        """Without the host: what it says may wait for a moment, and a short batch is not woken for its next job."""
        if self._listener >= 0:
            self._poll.register(self._listener, select.POLLIN)
            self._batch_poll.register(self._listener, select.POLLIN)

    def serve(self) -> NoReturn:
        """Jobs until the host goes away."""
        self._control.send(wire.SMALL.pack(wire.READY, self._confinement.landlock))
        while True:
            while not self._line:
                self._hear()
            job = Job(*self._line.popleft())
            job.limits.append((resource.RLIMIT_NPROC, self._confinement.most_threads(job.threads)))
            if self._places.stdin >= 0:
                job.stdin = self._places.stdin
            try:
                if job.mode == wire.BATCH:
                    self._batch(job)
                else:
                    for index in range(job.count):
                        self._isolated(job, index)
            except Cancelled:
                pass
            finally:
                job.close()
                self._places.empty()
            self._flush()
            self._control.send(wire.SMALL.pack(wire.DONE, job.id))

    def _hear(self) -> tuple[bytes, int]:
        """Take one message of the host: a job stands in line, a cancel takes one out of it; the others are told."""
        message, fds, _, _ = socket.recv_fds(self._control, 512, 8)
        if not message:
            _exit(0)
        if message[:4] == wire.JOB_MAGIC:
            self._line.append((message, fds))
            return b"", 0
        magic, number = wire.SMALL.unpack_from(message)
        if magic == wire.CANCEL:
            for waiting in self._line:
                if wire.JOB.unpack_from(waiting[0])[1] == number:
                    self._line.remove(waiting)
                    for fd in waiting[1]:
                        os.close(fd)
                    self._control.send(wire.SMALL.pack(wire.DONE, number))
                    break
        return magic, number

    def _cancelled(self, job: Job) -> bool:
        """Whether the host has said by now that it no longer wants the job."""
        while self._control.fileno() in [fd for fd, _ in self._poll.poll(0)]:
            if self._hear() == (wire.CANCEL, job.id):
                return True
        return False

    def _flush(self) -> None:
        """Send the results that wait to travel together."""
        if self._pending:
            self._control.send(self._pending)
            self._pending.clear()

    def _isolated(self, job: Job, index: int) -> None:
        for place in (job.stdin, self._places.input):
            places.fill(place, job.job_fd, job.places[index], job.places[index + 1])
        for place in (job.stdout, job.stderr, self._places.output):
            places.empty(place)
        self._started[0] = 0
        started = time.monotonic()
        pid = self._confinement.clone()
        if pid == 0:
            self._child(job)
        cause, status, usage, call = self._wait(job, pid, started)
        wall = time.monotonic() - started
        if not self._started[0]:
            cause = wire.BROKEN
        if self._places.output >= 0 and (written := os.fstat(self._places.output).st_size):
            places.fill(job.stdout, self._places.output, 0, min(written, job.output_bytes + 1))
        out_size = os.lseek(job.stdout, 0, os.SEEK_END)
        err_size = os.lseek(job.stderr, 0, os.SEEK_END)
        out_keep = min(out_size, job.output_bytes)
        err_keep = min(err_size, job.stderr_bytes)
        inline = out_keep + err_keep <= wire.INLINE_BYTES
        message = wire.RESULT.pack(
            wire.RESULT_MAGIC,
            job.id,
            index,
            cause,
            status,
            call | (wire.INLINE if inline else 0),
            int(wall * 1e6),
            int((usage.ru_utime + usage.ru_stime) * 1e6),
            usage.ru_maxrss,
            out_size,
            err_size,
        )
        if inline:
            self._pending += (
                message + os.pread(job.stdout, out_keep, 0) + tail(job.stderr, err_size, err_keep)
            )
            if len(self._pending) > wire.INLINE_BYTES:
                self._flush()
            return
        self._flush()
        self._control.send(message)
        while True:
            match self._hear():
                case (wire.CANCEL, job.id):
                    raise Cancelled
                case (wire.ACK, job.id):
                    return

    def _child(self, job: Job) -> NoReturn:
        """In the candidate's process: never returns."""
        status = 120
        try:
            self._confinement.become_candidate(job)
            self._started[0] = 1
            if job.kind == wire.NATIVE:
                self._execute(job)
            self._started.close()  # out of the candidate's reach
            status = (
                candidate.compile_source(job.program[1])
                if job.kind == wire.COMPILE
                else candidate.run(job.program)
            )
        finally:
            _exit(status)

    def _execute(self, job: Job) -> NoReturn:
        """Become another program; a failure that is not about its limits is the box's."""
        try:
            confine.execute(job)
        except OSError as error:
            if error.errno not in (errno.ENOMEM, errno.E2BIG):
                self._started[0] = 0
        _exit(126)

    def _wait(self, job: Job, pid: int, started: float) -> tuple[int, int, Any, int]:
        """Until the child has ended or a limit is reached: (cause, wait status, usage, forbidden call)."""
        pidfd = os.pidfd_open(pid)
        cause, call = wire.ENDED, 0
        cancelled = False
        clock = confine.cpu_clock(pid)
        deadline = started + job.wall_s
        self._poll.register(pidfd, select.POLLIN)
        try:
            pause = min(job.wall_s, job.cpu_s, TOGETHER_S)
            while True:
                ready = self._poll.poll(max(1, int(pause * 1000 + 0.999)))
                fds = [fd for fd, _ in ready]
                if not fds:
                    self._flush()
                if pidfd in fds:
                    break
                if self._listener in fds:
                    call = confine.forbidden_call(self._listener)
                    cause = wire.FORBIDDEN
                    break
                if self._control.fileno() in fds and self._hear() == (wire.CANCEL, job.id):
                    cancelled = True
                    break
                now = time.monotonic()
                if now >= deadline:
                    cause = wire.WALL
                    break
                try:
                    left = job.cpu_s - time.clock_gettime(clock)
                except OSError:
                    left = 0.001  # it is just ending
                else:
                    if left <= 0:
                        cause = wire.CPU
                        break
                pause = max(0.001, min(deadline - now, left / confine.CORES))
        finally:
            self._poll.unregister(pidfd)
            if cause != wire.ENDED or cancelled:
                os.kill(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            os.close(pidfd)
        if cancelled:
            raise Cancelled
        return cause, status, usage, call

    def _batch(self, job: Job) -> None:
        """All inputs in one process. Only those count that were done while all together had taken no more than one may:
        whatever the process says of each, none of them took longer."""
        area = mmap.mmap(-1, 8 + job.count * wire.RECORD.size)
        pid = self._confinement.clone()
        if pid == 0:
            self._batch_child(job, area)
        pidfd = os.pidfd_open(pid)
        poll = self._batch_poll
        poll.register(pidfd, select.POLLIN)
        cancelled = False
        finished, started = 0, time.monotonic()
        cpu = wall = cpu_least = wall_least = 0.0
        clock = confine.cpu_clock(pid)
        try:
            while not (ready := poll.poll(10)):
                if self._cancelled(job):
                    cancelled = True
                    break
                cpu_before, wall_before = cpu, wall
                try:
                    cpu, wall = time.clock_gettime(clock), time.monotonic() - started
                except OSError:
                    continue  # it is just ending
                if cpu > job.cpu_s or wall > job.wall_s:
                    break
                done = int.from_bytes(area[:8], "little")
                if done != finished:
                    finished, cpu_least, wall_least = done, cpu_before, wall_before
            else:
                if ready[0][0] == self._listener:
                    confine.forbidden_call(self._listener)
        finally:
            poll.unregister(pidfd)
            os.close(pidfd)
            os.kill(pid, signal.SIGKILL)  # where it has ended this reaches nobody: it is not buried yet
            _, _, usage = os.wait4(pid, 0)
        if cancelled:
            area.close()
            raise Cancelled
        cpu, wall = usage.ru_utime + usage.ru_stime, time.monotonic() - started
        if (
            cpu <= job.cpu_s
            and wall <= job.wall_s
            and (done := int.from_bytes(area[:8], "little")) != finished
        ):
            finished, cpu_least, wall_least = done, cpu, wall
        records = area[8 : 8 + min(job.count, finished) * wire.RECORD.size]
        area.close()
        least = (int(wall_least * 1e6), int(cpu_least * 1e6))
        head = wire.BATCH_HEAD.pack(wire.BATCHED, job.id, usage.ru_maxrss, *least)
        self._control.send(head + records)

    def _batch_child(self, job: Job, area: mmap.mmap) -> NoReturn:
        """In the candidate's process: one input after another, then the end. Never returns."""
        try:
            inputs = memoryview(whole(job.job_fd, job.places[0], job.places[-1] - job.places[0]))
            self._confinement.become_candidate(job)
            loaded = candidate.load(job.program)
            place = 0
            cpu, own = time.process_time(), time.thread_time()
            for index, size in enumerate(job.sizes):
                os.pwrite(0, inputs[place : place + size], 0)
                os.ftruncate(0, size)
                os.lseek(0, 0, os.SEEK_SET)
                place += size
                started = time.perf_counter()
                code = candidate.run_loaded(loaded)
                wall = time.perf_counter() - started
                # With a limit on CPU time in force the process clock moves by ticks; the thread's own is exact.
                cpu_then, own_then = cpu, own
                cpu, own = time.process_time(), time.thread_time()
                wire.RECORD.pack_into(
                    area,
                    8 + index * wire.RECORD.size,
                    code,
                    0,
                    int(wall * 1e6),
                    int(max(cpu - cpu_then, own - own_then) * 1e6),
                    os.lseek(1, 0, os.SEEK_END),
                    os.lseek(2, 0, os.SEEK_END),
                )
                area[:8] = (index + 1).to_bytes(8, "little")
                if not candidate.alone():
                    break
        finally:
            _exit(0)


def _warm_up() -> None:
    """What children would each do for the first time is done once, here."""
    stdin, output = os.memfd_create("stdin"), os.memfd_create("output")
    candidate.warm_up(stdin, output)
    os.close(stdin)
    os.close(output)


def main(control_fd: int, options: dict[str, Any]) -> NoReturn:
    """Harden this process, then serve."""
    control = socket.socket(fileno=control_fd)
    confinement = confine.Confinement(options)
    os.environ.update(wire.ENVIRONMENT)
    offered.offer(options["libraries"])
    _warm_up()
    hugetext.use_huge_pages()
    confinement.enter_walls(options)
    own = places.Places(options)
    confinement.harden(options)
    gc.collect()
    full_pools = pools.begin_new_ones()
    confine.LIBC.malloc_trim(0)  # each page that is not there need not be copied for a child
    gc.freeze()
    gc.disable()  # a collection would copy the pages that children share
    Zygote(control, confinement, own, full_pools).serve()
