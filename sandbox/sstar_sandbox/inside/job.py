"""One job as the host sent it, with the resource limits of its processes."""

from __future__ import annotations

import itertools
import os
import resource
import struct
from collections.abc import Sequence

from sstar_sandbox.inside import job_protocol


class Job:
    """A program, its inputs in a memfd, and what each execution may use. See :data:`job_protocol.JOB`."""

    def __init__(self, message: bytes, fds: Sequence[int]) -> None:
        head = job_protocol.JOB.unpack_from(message)
        _, self.id, self.kind, self.mode, self.count, self.flags, wall_us, cpu_us, self.address_bytes = head[
            :9
        ]
        self.output_bytes, self.stderr_bytes, self.file_bytes, self.stack_bytes = head[9:13]
        self.threads, self.files, program_bytes = head[13:]
        self.wall_s = wall_us / 1e6
        self.cpu_s = cpu_us / 1e6
        self.fds = fds
        self.streams = tuple(fds[-2:]) if self.flags & job_protocol.STREAMS else ()
        fds = fds[: len(fds) - len(self.streams)]
        self.job_fd, self.stdin, self.stdout, self.stderr = fds[:4]
        self.executable = fds[4] if len(fds) > 4 else -1
        self.program = job_protocol.unpack_program(os.pread(self.job_fd, program_bytes, 0))
        table = os.pread(self.job_fd, 8 * self.count, program_bytes)
        self.sizes: tuple[int, ...] = struct.unpack(f"<{self.count}Q", table)
        self.places = tuple(itertools.accumulate(self.sizes, initial=program_bytes + 8 * self.count))
        self.limits = self._limits()
        self.stack = self._stack_limits()

    def close(self) -> None:
        for fd in self.fds:
            os.close(fd)

    def _limits(self) -> list[tuple[int, int]]:
        """Of a candidate's process, but for those of its stack and of threads."""
        limits = [
            (resource.RLIMIT_CPU, int(self.cpu_s) + 2),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_NOFILE, self.files),
        ]
        if self.flags & job_protocol.DATA_LIMIT:
            limits.append((resource.RLIMIT_DATA, self.address_bytes))
            return [*limits, (resource.RLIMIT_AS, self.address_bytes + job_protocol.RESERVED_BYTES)]
        return [*limits, (resource.RLIMIT_AS, self.address_bytes)]

    def _stack_limits(self) -> tuple[int, int]:
        """Soft and hard limit of the stack. Programs raise theirs, as judges allow: the limit of address
        space bounds it, and where that is not in force the hard limit stays the soft one."""
        _, hard = resource.getrlimit(resource.RLIMIT_STACK)
        soft = self.stack_bytes if hard == resource.RLIM_INFINITY else min(self.stack_bytes, hard)
        return soft, soft if self.flags & job_protocol.DATA_LIMIT else hard
