"""The messages between host and box: two fixed records over a ``SOCK_SEQPACKET`` socket.

Host to box: a :data:`JOB` with descriptors ``[job, stdin, stdout, stderr(, executable)(, two pipes)]``, then
nothing but :data:`ACK` and :data:`CANCEL`. The job memfd holds ``program bytes, input lengths as u64,
inputs``. Box to host: one :data:`RESULT` for each input, or one :data:`BATCHED` with many :data:`RECORD`,
then :data:`DONE`. The box is not believed: the host checks every length and index. The same records are in
``launcher.c``.
"""

from __future__ import annotations

import struct

JOB = struct.Struct("<4sIIIIIQQQQQQQIIQ")
"""magic, job, kind, mode, count, flags, wall_us, cpu_us, address_bytes, output_bytes, stderr_bytes,
file_bytes, stack_bytes, threads, files, program_bytes."""

RESULT = struct.Struct("<4sIIIiIQQQQQ")
"""magic, job, index, cause, wait status, syscall | INLINE, wall_us, cpu_us, peak_kib, stdout size, stderr
size; standard output and the tail of standard error follow when INLINE is set, else the host reads the memfds
and acks."""

RECORD = struct.Struct("<iIQQQQ")
"""Of one input in a batch: exit code, flags, wall_us, cpu_us, end of its stdout, end of its stderr."""

SMALL = struct.Struct("<4sI")
"""magic, job: of ACK, CANCEL, DONE; magic, Landlock ABI in force: of READY."""

BATCH_HEAD = struct.Struct("<4sIQQQ")
"""Of BATCHED: magic, job, peak_kib, wall_us and cpu_us that the inputs which are done took at least, by the
clocks of the trusted process; the records follow."""

JOB_MAGIC, RESULT_MAGIC = b"JOB1", b"RES1"
ACK, CANCEL, READY, DONE, BATCHED = b"ACK1", b"CAN1", b"RDY1", b"DON1", b"BAT1"

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/",
    "LANG": "C.UTF-8",
    "ONLINE_JUDGE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""What every program finds in its environment. Without HOME the home folder is looked up through the name
service, which is a forbidden call; numpy makes a thread for each core unless it is told not to."""

PYTHON, COMPILE, NATIVE = 0, 1, 2
"""Kinds of job: run marshalled code, compile Python source to it, exec a sealed memfd or a path."""

ISOLATED, BATCH = 0, 1

DATA_LIMIT = 1
"""Flag of a job: ``address_bytes`` bounds writable private memory; address space only by its page tables."""
STREAMS = 2
"""Flag of a job: the last two descriptors, pipes, are its program's standard input and output."""
RESERVED_BYTES = 16 << 30
"""Address space that such a program may have besides: a JVM, Go and Node reserve far more than they use."""

ENDED, WALL, CPU, FORBIDDEN, CANCELLED, BROKEN = 0, 1, 2, 3, 4, 5
"""Causes: it ended by itself; we ended it at a limit, at a forbidden call, at a cancel; the box failed."""

INLINE = 0x80000000
INLINE_BYTES = 48 * 1024
MESSAGE_BYTES = 160 * 1024
BATCH_COUNT = 2048
"""Most inputs in one batch job, so that the records fit one message."""


def pack_program(*parts: bytes) -> bytes:
    """Byte strings behind their lengths."""
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def unpack_program(blob: bytes) -> list[bytes]:
    """The parts that :func:`pack_program` joined."""
    parts = []
    offset = 0
    while offset < len(blob):
        size = int.from_bytes(blob[offset : offset + 8], "little")
        parts.append(blob[offset + 8 : offset + 8 + size])
        offset += 8 + size
    return parts
