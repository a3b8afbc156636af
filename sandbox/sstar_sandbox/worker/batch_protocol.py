"""Results of a batch, read as numbers that the candidate itself could have written.

What does not add up ends the list, and the host runs the rest isolated. Nothing counts by which a program
could gain: that no input took too long is known from the clocks of the trusted process (see ``_batch`` in
``inside/zygote.py``), and memory is known of all inputs together only.
"""

from __future__ import annotations

from sstar_sandbox.inside import job_protocol
from sstar_sandbox.records import Mode
from sstar_sandbox.worker.job import SAID_SHARE, Fences, Job, RawResult
from sstar_sandbox.worker.memfds import read_span

CLAIMED_SHARE = 0.8
UNCLAIMED_US = 50_000
UNCLAIMED_WALL_US = 1_000_000
"""Of the time that a batch took by our clock its inputs must claim this share, but for so many microseconds:
what the process itself takes, and how long it waits for a core on a busy machine."""


def batch_results(message: bytes, job: Job, outputs: tuple[int, int], fences: Fences) -> list[RawResult]:
    """Executions in the order of the inputs, as many as can be believed; ``outputs``: memfds of both streams.
    Raises ``ValueError``: the message is not one of this job."""
    limits = job.limits
    start = job_protocol.BATCH_HEAD.size
    _, _, peak_kib, wall_least, cpu_least = job_protocol.BATCH_HEAD.unpack_from(message)
    count, rest = divmod(len(message) - start, job_protocol.RECORD.size)
    if rest or count > len(job.inputs):
        raise ValueError("batch of a wrong size")
    peak = peak_kib * 1024
    records = list(job_protocol.RECORD.iter_unpack(message[start:]))
    wall_claimed, cpu_claimed = sum(record[2] for record in records), sum(record[3] for record in records)
    if (
        peak > limits.memory_bytes
        or cpu_claimed + UNCLAIMED_US < CLAIMED_SHARE * cpu_least
        or wall_claimed + UNCLAIMED_WALL_US < CLAIMED_SHARE * wall_least
    ):
        return []  # which input took the memory, or how long each took, is not known
    out_from = err_from = 0
    kept = limits.output_bytes * len(job.inputs)
    said, complained = read_span(outputs[0], 0, kept), read_span(outputs[1], 0, kept)
    found: list[RawResult] = []
    for index, (code, _, wall_us, cpu_us, out_end, err_end) in enumerate(records):
        if out_end < out_from or err_end < err_from or not 0 <= code <= 255:
            break  # the candidate wrote over its own records
        if code and peak >= SAID_SHARE * limits.memory_bytes:
            break  # it may have failed for want of memory, which another input took
        out_size, err_size = out_end - out_from, err_end - err_from
        if out_size > limits.output_bytes or err_size > limits.output_bytes:
            break
        keep_err = min(err_size, limits.stderr_bytes)
        stdout = said[out_from:out_end]
        if len(stdout) != out_size:
            break
        number, wall, cpu = job.first + index, wall_us / 1e6, cpu_us / 1e6
        output = (stdout, out_size, complained[err_end - keep_err : err_end], err_size)
        found.append(
            RawResult(number, job_protocol.ENDED, code << 8, 0, wall, cpu, peak, *output, Mode.BATCH, fences)
        )
        out_from, err_from = out_end, err_end
    return found
