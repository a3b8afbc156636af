"""Throughput of this sandbox against that of another checkout, alternating in one run; prints a Markdown table.

``git worktree add /tmp/base REVISION && python benchmarks/sandbox_against.py /tmp/base [--rounds N]``. That checkout needs a copy of this
file, in the names of its time (``Sandbox`` instead of ``open_sandbox`` at da89d1c). Ratios are of rounds
that ran next to one another, so that a busy machine slows both sides.
"""

# It prints:
from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from sandbox import BODY, CANDIDATES, CPP, INPUTS, WORKERS, matrix
from sstar_sandbox import Mode, comparator_named, open_sandbox

KINDS = ("python batch", "python isolated", "cpp isolated")
REPEATS = {"python batch": 8, "python isolated": 1, "cpp isolated": 1}
"""Times the whole matrix for one round."""


async def serve() -> None:
    """Answer each kind on standard input with executions per second."""
    inputs, expected = matrix()
    texts = [text.encode() for text in inputs]
    check = comparator_named("tokens").check
    checks = [check(right.encode()) for right in expected]
    source = "import sys\ndef solve(s):\n" + BODY + "print(solve(sys.stdin.read()))  # {}\n"
    async with open_sandbox(workers=WORKERS) as sandbox:
        python = [await sandbox.prepare(source.format(i), "python") for i in range(CANDIDATES)]
        cpp = [await sandbox.prepare(CPP, "cpp")] * CANDIDATES

        async def one(kind: str, index: int) -> None:
            program = cpp[index] if kind.startswith("cpp") else python[index]
            mode = Mode.BATCH if kind.endswith("batch") else Mode.ISOLATED
            async for found in sandbox.run(program, texts, None, mode, checks):
                assert found.verdict == "AC", found

        for line in sys.stdin:
            kind = line.strip()
            started = time.perf_counter()
            for _ in range(REPEATS[kind]):
                await asyncio.gather(*(one(kind, index) for index in range(CANDIDATES)))
            seconds = time.perf_counter() - started
            print(json.dumps(REPEATS[kind] * CANDIDATES * INPUTS / seconds), flush=True)


class Side:
    """One checkout, served by its own copy of this file."""

    def __init__(self, checkout: Path) -> None:
        path = os.pathsep.join(str(place) for place in (checkout, checkout / "sandbox"))
        self._process = subprocess.Popen(
            [sys.executable, checkout / "benchmarks" / Path(__file__).name, "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def per_second(self, kind: str) -> float:
        """Of one round."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(kind + "\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def compare(base: Path, rounds: int) -> None:
    """Rounds of each kind on both sides in turn, the first one not counted."""
    there, here = Side(base), Side(Path(__file__).parents[1])
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for number in range(rounds + 1):
        for kind in KINDS:
            sides = (there, here) if number % 2 else (here, there)
            speeds = {side: side.per_second(kind) for side in sides}
            if number:
                found[kind].append((speeds[there], speeds[here]))
    there.close()
    here.close()
    print(
        "| kind | there, executions/s: min / median / max | here | ratio: median (quartiles) |\n|---|---|---|---|"
    )
    for kind, pairs in found.items():
        columns = [sorted(pair[side] for pair in pairs) for side in (0, 1)]
        shown = [
            f"{column[0]:.0f} / {statistics.median(column):.0f} / {column[-1]:.0f}" for column in columns
        ]
        low, middle, high = statistics.quantiles([mine / other for other, mine in pairs], n=4)
        print(f"| {kind} | {shown[0]} | {shown[1]} | {middle:.2f} ({low:.2f} to {high:.2f}) |")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--serve", action="store_true", help="internal: be one side")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
    elif options.base is None:
        parser.error("which checkout to compare with?")
    else:
        compare(options.base, options.rounds)


if __name__ == "__main__":
    main()
