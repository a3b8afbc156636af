"""What a box says of a batch, read as what it is: numbers that the candidate itself could have written.

What does not add up ends the list, and the host runs the rest isolated.
"""

from __future__ import annotations

from sstar_sandbox.inside import wire
from sstar_sandbox.memfds import read_span
from sstar_sandbox.records import Mode
from sstar_sandbox.work import Raw, Work


def batch_results(message: bytes, work: Work, outputs: tuple[int, int]) -> list[Raw]:
    """Executions in the order of the inputs, as many as can be believed; ``outputs``: memfds of both streams.

    Raises:
        ValueError: the message is not one of this job.
    """
    limits = work.limits
    start = wire.SMALL.size + 8
    peak = int.from_bytes(message[wire.SMALL.size : start], "little") * 1024
    count, rest = divmod(len(message) - start, wire.RECORD.size)
    if rest or count > len(work.inputs):
        raise ValueError("batch of a wrong size")
    out_from = err_from = 0
    kept = limits.output_bytes * len(work.inputs)
    said, complained = read_span(outputs[0], 0, kept), read_span(outputs[1], 0, kept)
    found: list[Raw] = []
    for index in range(count):
        record = wire.RECORD.unpack_from(message, start + index * wire.RECORD.size)
        code, _, wall_us, cpu_us, out_end, err_end = record
        if out_end < out_from or err_end < err_from or not 0 <= code <= 255:
            break  # the candidate wrote over its own records
        out_size, err_size = out_end - out_from, err_end - err_from
        if out_size > limits.output_bytes or err_size > limits.output_bytes:
            break
        keep_err = min(err_size, limits.stderr_bytes)
        stdout = said[out_from:out_end]
        if len(stdout) != out_size:
            break
        found.append(
            Raw(
                work.first + index,
                wire.ENDED,
                code << 8,
                0,
                wall_us / 1e6,
                cpu_us / 1e6,
                peak,
                stdout,
                out_size,
                complained[err_end - keep_err : err_end],
                err_size,
                Mode.BATCH,
            )
        )
        out_from, err_from = out_end, err_end
    return found
