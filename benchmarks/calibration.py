"""Is belief as often right as it says, and which three numbers would make it so?

    python benchmarks/calibration.py fit results/*/runs.jsonl
    python benchmarks/calibration.py score results/*/runs.jsonl
    python benchmarks/calibration.py judge results/mbpp-judged/runs.jsonl

Each file is a finished bench with the method ``sstar``, and one pool. ``fit`` finds the line in log-odds of the leader's posterior (and,
for whole programs, of the share of samples that pass the examples) of greatest likelihood on half 0 of all pools, which weigh alike, as do
the problems of a pool; ``score`` takes the numbers of the engine. Both print, for each half, the Brier score of the posterior and of what
is told, and what a constant would have. ``judge`` counts, over the duels in which exactly one side was right, how often the judge's single
answers were right, how often both orders agreed, and how often they were right then.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import mul
from pathlib import Path

import cattrs
from attrs import evolve

from sstar_lsp.bench.data.datasets import half_of
from sstar_lsp.bench.records import Judgement, Row
from sstar_lsp.engine.choice.calibration import calibrated
from sstar_lsp.engine.run.policy import POLICY, Policy

STEPS, STEP = 3000, 0.5
FLOOR = 1e-3
"""A posterior is taken for so far from 0 and 1 at least."""


def rows_of(path: Path) -> list[Row]:
    """Choices of a bench among survivors."""
    rows = [cattrs.structure(json.loads(line), Row) for line in path.read_text("utf-8").splitlines()]
    return [row for row in rows if row.method == "sstar" and row.posterior and row.share is not None]


def weighed(pools: Iterable[Sequence[Row]]) -> list[tuple[float, Row]]:
    """All rows with their weights, which sum to 1: pools weigh alike, and the problems of a pool."""
    found: list[tuple[float, Row]] = []
    for pool in pools:
        counts = Counter(row.problem for row in pool)
        found += [(1 / counts[row.problem] / len(counts), row) for row in pool]
    total = sum(weight for weight, _ in found)
    return [(weight / total, row) for weight, row in found]


def fitted(pools: Iterable[Sequence[Row]]) -> Policy:
    """The numbers of greatest likelihood, by gradient descent."""
    facts = []
    for weight, row in weighed(pools):
        first = min(1 - FLOOR, max(FLOOR, row.posterior[0]))
        facts.append((weight, row.score, (1.0, math.log(first / (1 - first)), (row.share or 0.0) - 0.5)))
    line = [0.0, 1.0, 0.0]
    for _ in range(STEPS):
        slope = [0.0, 0.0, 0.0]
        for weight, score, row_facts in facts:
            error = weight * (_logistic(sum(map(mul, line, row_facts))) - score)
            slope = [part + error * fact for part, fact in zip(slope, row_facts, strict=True)]
        line = [number - STEP * part for number, part in zip(line, slope, strict=True)]
    shift, steepness, share = (round(number, 2) for number in line)
    return evolve(POLICY, calibration_shift=shift, calibration_slope=steepness, calibration_share=share)


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def told_of(row: Row, policy: Policy) -> float:
    """What a run with these numbers says of its choice."""
    posterior = {str(place): value for place, value in enumerate(row.posterior)}
    return calibrated(posterior, row.share or 0.0, policy)["0"]


def brier(pools: Iterable[Sequence[Row]], policy: Policy) -> tuple[str, ...]:
    """Brier score of the posterior, of what is told, and of a constant; what is told and right in the mean."""
    rows = weighed(pools)

    def mean(value: Callable[[Row], float]) -> float:
        return sum(weight * value(row) for weight, row in rows)

    rate = mean(lambda row: row.score)
    before = mean(lambda row: (row.posterior[0] - row.score) ** 2)
    after = mean(lambda row: (told_of(row, policy) - row.score) ** 2)
    says = mean(lambda row: told_of(row, policy))
    scores = (f"{value:.3f}" for value in (before, after, rate * (1 - rate)))
    return (*scores, f"{says:.2f}", f"{rate:.2f}")


def table(pools: dict[str, list[Row]], policy: Policy) -> str:
    """Both halves of every pool, and all pools together."""
    lines = [
        "| half | pool | problems | posterior | told | a constant | says | right |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for half in (0, 1):
        own = {name: [row for row in rows if half_of(row.problem) == half] for name, rows in pools.items()}
        own = {name: rows for name, rows in own.items() if rows}
        for name, chosen in [
            *((name, [rows]) for name, rows in own.items()),
            ("**all**", list(own.values())),
        ]:
            count = sum(len({row.problem for row in rows}) for rows in chosen)
            lines.append(f"| {half} | {name} | {count} | {' | '.join(brier(chosen, policy))} |")
    return "\n".join(lines)


def judged(path: Path) -> str:
    """What the judge of each method was worth."""
    duels: dict[str, list[Judgement]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        row = cattrs.structure(json.loads(line), Row)
        duels[row.method] += [duel for duel in row.duels if sorted(map(bool, duel.right)) == [False, True]]
    return "\n".join(f"{method}: {told(found)}" for method, found in duels.items() if found)


def told(duels: list[Judgement]) -> str:
    """Duels that have one right side, in a line."""
    single = [duel.right[vote] for duel in duels for vote in duel.votes if vote is not None]
    agreed = [duel.right[duel.winner] for duel in duels if duel.winner is not None]
    first = sum(vote == order for duel in duels for order, vote in enumerate(duel.votes))
    return (
        f"{len(duels)} duels; {sum(map(bool, single))} of {len(single)} answers right, {first} for the output shown first; "
        f"both orders agree in {len(agreed)}, right in {sum(map(bool, agreed))} of them"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("act", choices=["fit", "score", "judge"])
    parser.add_argument("runs", type=Path, nargs="+", help="runs.jsonl of benches with the method sstar")
    asked = parser.parse_args()
    if asked.act == "judge":
        print("\n".join(map(judged, asked.runs)))
        return
    pools: dict[str, list[Row]] = defaultdict(list)
    for path in asked.runs:
        pools[path.parent.name] += rows_of(path)
    halves = ([row for row in rows if half_of(row.problem) == 0] for rows in pools.values())
    policy = fitted([rows for rows in halves if rows]) if asked.act == "fit" else POLICY
    print(
        f"shift {policy.calibration_shift:g}, slope {policy.calibration_slope:g}, share {policy.calibration_share:g}\n"
    )
    print(table(pools, policy))


if __name__ == "__main__":
    main()
