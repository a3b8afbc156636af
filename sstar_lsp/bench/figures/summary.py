"""All figures of a bench, from its rows alone: what ``summary.json`` holds and the table shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cattrs

from sstar_lsp.bench.config import Method
from sstar_lsp.bench.figures import statistics
from sstar_lsp.bench.records import Cost, Row

TIER_COUNTS = ("draws", "idle", "programs", "usable", "inputs", "refused", "split")
"""What is told of each tier; the last five are sums over draws of ``TierActed``'s fields."""
Statistic = Callable[[Sequence[statistics.Sums]], float | None]
SumsByProblem = Mapping[str, statistics.Sums]


def summarised(rows: Sequence[Row], baseline: str, seed: int) -> dict[str, Any]:
    """The figures of every method that has rows; see docs/bench.md for each key."""
    by_method: dict[str, list[Row]] = {}
    for row in rows:
        by_method.setdefault(row.method, []).append(row)
    ordered: dict[str, list[Row]] = {
        method.value: by_method[method.value] for method in Method if method.value in by_method
    }
    problems = list(dict.fromkeys(row.problem for row in rows))
    drawn = statistics.resamples(problems, seed)
    whole = {method: statistics.by_problem(found) for method, found in ordered.items()}
    mixed = {method: statistics.by_problem(found, mixed_only=True) for method, found in ordered.items()}
    some = next(iter(ordered.values()), [])

    def interval(value: Callable[[Sequence[str]], float | None]) -> list[float | None]:
        """Value, low, high of a figure of resampled problems."""
        found = statistics.interval(value, problems, drawn)
        return [None if each is None else round(each, 5) for each in found]

    def figure(statistic: Statistic, sums: SumsByProblem) -> list[float | None]:
        return interval(lambda sample: statistic(statistics.of(sums, sample)))

    def difference(statistic: Statistic, left: SumsByProblem, right: SumsByProblem) -> list[float | None]:
        """Between two methods on the same resampled problems."""

        def value(sample: Sequence[str]) -> float | None:
            first, second = statistic(statistics.of(left, sample)), statistic(statistics.of(right, sample))
            return None if first is None or second is None else first - second

        return interval(value)

    return {
        "problems": len(problems),
        "draws": len(some),
        "mixed": {
            "problems": len({r.problem for r in some if r.is_mixed}),
            "draws": sum(r.is_mixed for r in some),
        },
        "methods": {
            method: {
                "pass@1": figure(statistics.rate, whole[method]),
                "efficiency": figure(statistics.efficiency, whole[method]),
                "efficiency_mixed": figure(statistics.efficiency, mixed[method]),
                "pass@1_mixed": figure(statistics.rate, mixed[method]),
                "mcnemar": _paired(found, ordered.get(baseline), baseline),
                **_mistakes(found),
                "tiers": _tiers(found),
                "cost": _cost(found),
                "calibration": _calibration(found),
            }
            for method, found in ordered.items()
        },
        "differences": {
            f"{method} - {other}": {
                "efficiency": difference(statistics.efficiency, whole[method], whole[other]),
                "efficiency_mixed": difference(statistics.efficiency, mixed[method], mixed[other]),
                "pass@1": difference(statistics.rate, whole[method], whole[other]),
            }
            for method in (Method.SSTAR.value, Method.PAPER_SSTAR.value)
            for other in ordered
            if method in ordered and other not in {method, Method.ORACLE.value}
        },
    }


def _paired(rows: Sequence[Row], other: Sequence[Row] | None, baseline: str) -> dict[str, Any] | None:
    if other is None or rows is other:
        return None
    paired = statistics.mcnemar(rows, other)
    p = None if paired.p is None else float(f"{paired.p:.3g}")
    better, worse = round(paired.better, 3), round(paired.worse, 3)
    return {"against": baseline, "better": better, "worse": worse, "p": p, "kind": paired.kind}


def _mistakes(rows: Sequence[Row]) -> dict[str, Any]:
    """How often a wrong program was chosen though a right survivor stood there."""
    chance = [row for row in rows if row.survivors_right]
    return {
        "wrong_though_right_survived": round(math.fsum(1 - row.score for row in chance), 3),
        "right_survived": len(chance),
    }


def _tiers(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Totals of each step with programs of a model; ``idle``: draws in which it brought nothing."""
    found: dict[str, dict[str, int]] = {}
    for done in (tier for row in rows for tier in row.tiers):
        totals = found.setdefault(done.tier, dict.fromkeys(TIER_COUNTS, 0))
        for name in TIER_COUNTS[2:]:
            totals[name] += getattr(done, name)
        totals["draws"] += 1
        totals["idle"] += not (done.inputs or done.refused)
    return found


def _cost(rows: Sequence[Row]) -> dict[str, Any]:
    """Totals over all draws, and wall time."""
    total = Cost()
    for row in rows:
        total += row.cost
    return {**cattrs.unstructure(total), "wall_s": round(math.fsum(row.wall_s for row in rows), 2)}


def _calibration(rows: Sequence[Row]) -> dict[str, Any] | None:
    found = statistics.calibration(rows)
    if found is None:
        return None
    return {
        "choices": found.choices,
        "brier": round(found.brier, 5),
        "base_brier": round(found.base_brier, 5),
        "aurc": round(found.area, 5),
        "bins": [list(tenth) for tenth in found.bins],
        "risk_coverage": [[round(p.coverage, 5), round(p.risk, 5), round(p.belief, 5)] for p in found.curve],
    }
