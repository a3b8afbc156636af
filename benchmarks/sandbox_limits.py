"""Whether verdicts at 99 % and 101 % of each limit are right; prints a Markdown table.

``python benchmarks/sandbox_limits.py [--tries N] [--tier NAME]``. Wall time is only right on a quiet machine; CPU time,
memory and output must be right on any.
"""

# It prints, and programs are easier to read on one line each:
# ruff: noqa: ISC004
from __future__ import annotations

import argparse
import asyncio
import os

from sstar_sandbox import Limits, Mode, Verdict, open_sandbox
from sstar_sandbox.records import MIB

LIMITS = Limits(wall_s=20.0, cpu_s=1.0, memory_bytes=256 * MIB, output_bytes=MIB)
WALL = Limits(wall_s=2.0, cpu_s=2.0, memory_bytes=256 * MIB, output_bytes=MIB)
PROGRAMS = {
    "cpu": (
        "import time\nlimit = float(input())\nwhile time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) < limit: pass\nprint(1)",
        LIMITS, 1.0, Verdict.TLE,
    ),
    "wall": ("import time\ntime.sleep(float(input()) - 0.003)\nprint(1)", WALL, 2.0, Verdict.TLE),
    "memory": (
        "import mmap, resource\nlimit = int(float(input()) * 256 * 1024)\nheld = []\n"
        "while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < limit - 256:\n    held.append(b'x' * (128 << 10))\nprint(1)",
        LIMITS, 1.0, Verdict.MLE,
    ),
    "output": ("import sys\nsys.stdout.write('x' * int(float(input()) * (1 << 20)))", LIMITS, 1.0, Verdict.OLE),
}  # fmt: skip
"""Limit to a program that uses the share of it which it reads, and what it gets above it."""
SHARES = {0.99: False, 1.01: True}


async def measure(tries: int, tier: str | None) -> None:
    """Try each, one execution at a time."""
    async with open_sandbox(workers=1, tier=tier) as sandbox:
        print(f"Tier {sandbox.tier}, load {os.getloadavg()[0]:.1f}\n")
        print("| limit | mode | right at 99 % | right at 101 % |\n|---|---|---|---|")
        for name, (source, limits, scale, above) in PROGRAMS.items():
            program = await sandbox.prepare(source, "python")
            for mode in Mode:
                right = []
                for share, is_above in SHARES.items():
                    wanted = above if is_above else Verdict.RAN
                    got = []
                    for _ in range(tries):
                        run = sandbox.run(program, [f"{share * scale}\n".encode()], limits, mode)
                        got += [found.verdict async for found in run]
                    right.append(f"{sum(verdict is wanted for verdict in got)} of {tries}")
                print(f"| {name} | {mode} | {right[0]} | {right[1]} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--tier")
    options = parser.parse_args()
    asyncio.run(measure(options.tries, options.tier))
