"""How fast this machine runs programs against a reference: by how much to multiply time limits."""

from __future__ import annotations

import math

from sstar_sandbox.errors import SandboxError
from sstar_sandbox.records import Verdict
from sstar_sandbox.sandbox import Sandbox

REFERENCE_S = 0.004
"""One round of :data:`PROGRAM` here with Debian 12's Python 3.11 on one idle core of an Intel Xeon."""
SAME = 1.25
"""Up to here a machine counts as fast as the reference: a judge's limits have that much slack."""
PROGRAM = """
import time
def round_():
    n = 60_000
    sieve = bytearray([1]) * n
    for i in range(2, 245):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(range(i * i, n, i)))
    total = 0
    for i in range(2, n):
        if sieve[i]:
            total = (total * 31 + i * i) % 1_000_003
    seen = {}
    for i in range(n):
        key = i * 7919 % 1009
        seen[key] = seen.get(key, 0) + (i & 7)
    return total + len(seen)
best, begun = 1e9, time.process_time()
while time.process_time() - begun < 0.4:
    start = time.process_time()
    round_()
    best = min(best, time.process_time() - start)
print(best)
"""
"""Loops, a sieve and a dictionary for 0.4 s of CPU time; prints the seconds of its fastest round."""


async def measured_round(sandbox: Sandbox) -> float:
    """Seconds of CPU time of the fastest round, as the sandbox's own Python runs it.
    Raises :class:`SandboxError`: it did not run."""
    program = await sandbox.prepare(PROGRAM, "python")
    (execution,) = [one async for one in sandbox.run(program, [b""])]
    try:
        seconds = float(execution.stdout)
    except ValueError:
        seconds = 0.0
    if execution.verdict is not Verdict.RAN or seconds <= 0:
        raise SandboxError(f"the speed of this machine could not be measured: {execution.verdict.value}")
    return seconds


def proposed_multiplier(seconds: float) -> float:
    """The multiplier for a machine whose fastest round took so long: 1, or the next half above the ratio."""
    ratio = seconds / REFERENCE_S
    return 1.0 if ratio <= SAME else math.ceil(ratio * 2) / 2
