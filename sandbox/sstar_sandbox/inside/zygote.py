"""The trusted process inside a box: takes jobs, makes one fresh process for each input, reports.

It runs nothing of a candidate's: sources, code and inputs are bytes to it. A child is born by a raw ``clone``
into a pid namespace of its own, so that its death is the death of all it started.
"""

from __future__ import annotations

import errno
import gc
import mmap
import os
import resource
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NoReturn

from sstar_sandbox.inside import huge_pages, io_files, job_protocol, pools
from sstar_sandbox.inside.hardening import harden
from sstar_sandbox.inside.job import Job
from sstar_sandbox.inside.python import candidate, library_finder

_exit = os._exit
TOGETHER_S = 0.01
"""Results of short executions travel together; a longer one does not keep them waiting."""


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
        confinement: harden.Confinement,
        own: io_files.IoFiles,
    ) -> None:
        self._places = own
        self._control = control
        self._confinement = confinement
        self._poll = select.poll()
        self._poll.register(control.fileno(), select.POLLIN)
        self._listener = confinement.listener
        self._pending = bytearray()
        self._started = mmap.mmap(-1, 1)
        """Shared with a child until its program begins: 1 once its limits are in force; else the box failed."""
        self._queue: deque[tuple[bytes, Sequence[int]]] = deque()
        self._batch_poll = select.poll()
        """Without the host, whose messages may wait a moment: a short batch is not woken for its next job."""
        if self._listener >= 0:
            self._poll.register(self._listener, select.POLLIN)
            self._batch_poll.register(self._listener, select.POLLIN)

    def serve(self) -> NoReturn:
        """Jobs until the host goes away."""
        self._control.send(job_protocol.SMALL.pack(job_protocol.READY, self._confinement.landlock))
        while True:
            while not self._queue:
                self._receive()
            job = Job(*self._queue.popleft())
            job.limits.append((resource.RLIMIT_NPROC, self._confinement.most_threads(job.threads)))
            if self._places.stdin >= 0:
                job.stdin = self._places.stdin
            try:
                if job.mode == job_protocol.BATCH:
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
            self._control.send(job_protocol.SMALL.pack(job_protocol.DONE, job.id))

    def _receive(self) -> tuple[bytes, int]:
        """Take one message of the host: a job is queued, a cancel removes one; the others are told."""
        message, fds, _, _ = socket.recv_fds(self._control, 512, 8)
        if not message:
            _exit(0)
        if message[:4] == job_protocol.JOB_MAGIC:
            self._queue.append((message, fds))
            return b"", 0
        magic, number = job_protocol.SMALL.unpack_from(message)
        if magic == job_protocol.CANCEL:
            for waiting in self._queue:
                if job_protocol.JOB.unpack_from(waiting[0])[1] == number:
                    self._queue.remove(waiting)
                    for fd in waiting[1]:
                        os.close(fd)
                    self._control.send(job_protocol.SMALL.pack(job_protocol.DONE, number))
                    break
        return magic, number

    def _cancelled(self, job: Job) -> bool:
        """Whether the host has said by now that it no longer wants the job."""
        while self._control.fileno() in [fd for fd, _ in self._poll.poll(0)]:
            if self._receive() == (job_protocol.CANCEL, job.id):
                return True
        return False

    def _flush(self) -> None:
        """Send the results that wait to travel together."""
        if self._pending:
            self._control.send(self._pending)
            self._pending.clear()

    def _isolated(self, job: Job, index: int) -> None:
        for place in (job.stdin, self._places.input):
            io_files.fill(place, job.job_fd, job.places[index], job.places[index + 1])
        for place in (job.stdout, job.stderr, self._places.output):
            io_files.empty(place)
        self._started[0] = 0
        started = time.monotonic()
        pid = self._confinement.clone()
        if pid == 0:
            self._child(job)
        cause, status, usage, call = self._wait(job, pid, started)
        wall = time.monotonic() - started
        if not self._started[0]:
            cause = job_protocol.BROKEN
        if self._places.output >= 0 and (written := os.fstat(self._places.output).st_size):
            io_files.fill(job.stdout, self._places.output, 0, min(written, job.output_bytes + 1))
        out_size = os.lseek(job.stdout, 0, os.SEEK_END)
        err_size = os.lseek(job.stderr, 0, os.SEEK_END)
        out_keep = min(out_size, job.output_bytes)
        err_keep = min(err_size, job.stderr_bytes)
        inline = out_keep + err_keep <= job_protocol.INLINE_BYTES
        measured = (int(wall * 1e6), int((usage.ru_utime + usage.ru_stime) * 1e6), usage.ru_maxrss)
        flagged = call | (job_protocol.INLINE if inline else 0)
        head = (job_protocol.RESULT_MAGIC, job.id, index, cause, status, flagged)
        message = job_protocol.RESULT.pack(*head, *measured, out_size, err_size)
        if inline:
            self._pending += (
                message + os.pread(job.stdout, out_keep, 0) + tail(job.stderr, err_size, err_keep)
            )
            if len(self._pending) > job_protocol.INLINE_BYTES:
                self._flush()
            return
        self._flush()
        self._control.send(message)
        while True:
            match self._receive():
                case (job_protocol.CANCEL, job.id):
                    raise Cancelled
                case (job_protocol.ACK, job.id):
                    return

    def _child(self, job: Job) -> NoReturn:
        """In the candidate's process: never returns."""
        status = 120
        try:
            self._confinement.become_candidate(job)
            self._started[0] = 1
            if job.kind == job_protocol.NATIVE:
                self._execute(job)
            self._started.close()  # out of the candidate's reach
            status = (
                candidate.compile_source(job.program[1])
                if job.kind == job_protocol.COMPILE
                else candidate.run(job.program)
            )
        finally:
            _exit(status)

    def _execute(self, job: Job) -> NoReturn:
        """Become another program; a failure that is not about its limits is the box's."""
        try:
            harden.execute(job)
        except OSError as error:
            if error.errno not in (errno.ENOMEM, errno.E2BIG):
                self._started[0] = 0
        _exit(126)

    def _wait(self, job: Job, pid: int, started: float) -> tuple[int, int, Any, int]:
        """Until the child has ended or a limit is reached: (cause, wait status, usage, forbidden call)."""
        pidfd = os.pidfd_open(pid)
        cause, call = job_protocol.ENDED, 0
        cancelled = False
        clock = harden.cpu_clock(pid)
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
                    call = harden.forbidden_call(self._listener)
                    cause = job_protocol.FORBIDDEN
                    break
                if self._control.fileno() in fds and self._receive() == (job_protocol.CANCEL, job.id):
                    cancelled = True
                    break
                now = time.monotonic()
                if now >= deadline:
                    cause = job_protocol.WALL
                    break
                try:
                    left = job.cpu_s - time.clock_gettime(clock)
                except OSError:
                    left = 0.001  # it is just ending
                else:
                    if left <= 0:
                        cause = job_protocol.CPU
                        break
                pause = max(0.001, min(deadline - now, left / harden.CORES))
        finally:
            self._poll.unregister(pidfd)
            if cause != job_protocol.ENDED or cancelled:
                os.kill(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            os.close(pidfd)
        if cancelled:
            raise Cancelled
        return cause, status, usage, call

    def _batch(self, job: Job) -> None:
        """All inputs in one process. Only those count that were done while all together had taken no more
        than one may: whatever the process says of each, none of them took longer."""
        area = mmap.mmap(-1, 8 + job.count * job_protocol.RECORD.size)
        pid = self._confinement.clone()
        if pid == 0:
            self._batch_child(job, area)
        pidfd = os.pidfd_open(pid)
        poll = self._batch_poll
        poll.register(pidfd, select.POLLIN)
        cancelled = False
        finished, started = 0, time.monotonic()
        cpu = wall = cpu_least = wall_least = 0.0
        clock = harden.cpu_clock(pid)
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
                    harden.forbidden_call(self._listener)
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
        records = area[8 : 8 + min(job.count, finished) * job_protocol.RECORD.size]
        area.close()
        least = (int(wall_least * 1e6), int(cpu_least * 1e6))
        head = job_protocol.BATCH_HEAD.pack(job_protocol.BATCHED, job.id, usage.ru_maxrss, *least)
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
                times = (int(wall * 1e6), int(max(cpu - cpu_then, own - own_then) * 1e6))
                ends = (os.lseek(1, 0, os.SEEK_END), os.lseek(2, 0, os.SEEK_END))
                job_protocol.RECORD.pack_into(
                    area, 8 + index * job_protocol.RECORD.size, code, 0, *times, *ends
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
    confinement = harden.Confinement(options)
    os.environ.update(job_protocol.ENVIRONMENT)
    library_finder.offer(options["libraries"])
    _warm_up()
    huge_pages.use_huge_pages()
    confinement.enter_namespaces(options)
    own = io_files.IoFiles(options)
    confinement.harden(options)
    gc.collect()
    _full_pools = pools.begin_new_ones()  # kept as long as this process
    harden.LIBC.malloc_trim(0)  # each page that is not there need not be copied for a child
    gc.freeze()
    gc.disable()  # a collection would copy the pages that children share
    Zygote(control, confinement, own).serve()
