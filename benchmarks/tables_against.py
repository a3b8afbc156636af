"""The language server and the engine's own cost against those of another checkout, alternating in one run; prints a Markdown table.

``git worktree add /tmp/base REVISION && (cd /tmp/base && scripts/bootstrap.sh dev) && python benchmarks/tables_against.py /tmp/base``.
Each side runs its own ``benchmarks/lsp.py`` and ``orchestration.py`` in its own ``.venv``; a number is the median of its rounds,
and the ratio the median over rounds that ran next to one another, so that a busy machine slows both sides.
"""

# It prints:
from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parents[1]
PARTS: dict[str, tuple[tuple[str, ...], int]] = {
    "start": (("lsp.py", "--only", "start", "--rounds", "5"), 3),
    "cancel": (("lsp.py", "--only", "cancel", "--rounds", "3"), 3),
    "load": (("lsp.py", "--only", "load", "--requests", "100"), 3),
    "memory": (("lsp.py", "--only", "memory", "--solves", "50"), 3),
    "path": (("orchestration.py", "path"), 4),
    "crowd": (("orchestration.py", "crowd", "--runs", "40"), 2),
}
"""What is run, and which column of its table holds the number."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
MEMORY = re.compile(r"([\d.]+) MB (after \d+ solves)")


def measured(checkout: Path, command: tuple[str, ...], column: int) -> dict[str, float]:
    """Row of the table that a benchmark prints to the number in a column, from 1."""
    script = checkout / "benchmarks" / command[0]
    done = subprocess.run(
        [checkout / ".venv/bin/python", script, *command[1:]],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        cwd=checkout,
    )
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    numbers = {row[0]: NUMBER.match(row[column - 1]) for row in rows if len(row) >= column}
    found = {name: float(number[0]) for name, number in numbers.items() if number and name}
    found |= {f"MB {when}": float(used) for used, when in MEMORY.findall(done.stdout)}
    if not found:
        sys.exit(f"{script} printed no table:\n{done.stdout}")
    return found


def compare(base: Path, rounds: int, parts: list[str]) -> None:
    """Rounds on both sides in turn; rows that only one side has are left out."""
    print("| part | | there | here | ratio: median (least to most) |\n|---|---|---|---|---|")
    for part in parts:
        pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for number in range(rounds):
            sides = (base, HERE) if number % 2 else (HERE, base)
            by_side = {side: measured(side, *PARTS[part]) for side in sides}
            for row, there in by_side[base].items():
                if row in by_side[HERE]:
                    pairs[row].append((there, by_side[HERE][row]))
        for row, values in pairs.items():
            there, here = (statistics.median(side) for side in zip(*values, strict=True))
            ratios = sorted(mine / other for other, mine in values if other)
            shown = (
                f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})" if ratios else "–"
            )
            print(f"| {part} | {row} | {there:g} | {here:g} | {shown} |", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path, help="a checkout that has its .venv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part alone; may be repeated")
    options = parser.parse_args()
    compare(options.base.resolve(), options.rounds, options.only or list(PARTS))


if __name__ == "__main__":
    main()
