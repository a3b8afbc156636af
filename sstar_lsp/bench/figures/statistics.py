"""From rows to figures: shares, intervals, paired tests, calibration. Pure arithmetic; resampling takes a
seed.

Draws of one problem are not independent, so intervals resample problems (cluster bootstrap, percentile), and
the paired test sums differences within a problem first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random

from attrs import frozen

from sstar_lsp.bench.records import Row

RESAMPLES = 2000


Interval = tuple[float | None, float | None, float | None]
"""An estimate and the bounds of its 95 % interval; None if there is nothing to divide by."""


@frozen
class Sums:
    """One problem's rows of one method, summed."""

    draws: int
    score: float
    random: float
    oracle: float


def by_problem(rows: Sequence[Row], *, mixed_only: bool = False) -> dict[str, Sums]:
    """Sums of one method's rows for each problem; ``mixed_only``: draws with right and wrong survivors."""
    kept: dict[str, list[Row]] = {}
    for row in rows:
        if not mixed_only or row.is_mixed:
            kept.setdefault(row.problem, []).append(row)
    return {
        problem: Sums(
            len(found), *map(math.fsum, zip(*((r.score, r.random, r.oracle) for r in found), strict=True))
        )
        for problem, found in kept.items()
    }


def rate(sums: Sequence[Sums]) -> float | None:
    """Pass@1: the mean over problems of the mean over a problem's draws."""
    return math.fsum(s.score / s.draws for s in sums) / len(sums) if sums else None


def efficiency(sums: Sequence[Sums]) -> float | None:
    """(pick - random among public-passing) / (oracle - same); each problem weighs the same.

    0: no better than dice; 1: as good as can be; None if dice are as good as can be.
    """
    gain = math.fsum((s.score - s.random) / s.draws for s in sums)
    room = math.fsum((s.oracle - s.random) / s.draws for s in sums)
    return gain / room if room > 1e-12 else None


def resamples(problems: Sequence[str], seed: int, count: int = RESAMPLES) -> list[list[str]]:
    """Bootstrap samples of the problems, the same for every method."""
    random = Random(f"bootstrap {seed}")  # noqa: S311 - resampling, no secret
    return [random.choices(problems, k=len(problems)) for _ in range(count)]


def interval(
    statistic: Callable[[Sequence[str]], float | None],
    problems: Sequence[str],
    drawn: Sequence[Sequence[str]],
) -> Interval:
    """A statistic of problems with its percentile interval over bootstrap samples."""
    found = sorted(value for sample in drawn if (value := statistic(sample)) is not None)
    if not found:
        return statistic(problems) if problems else None, None, None
    return statistic(problems), quantile(found, 0.025), quantile(found, 0.975)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between neighbours."""
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


@frozen
class Paired:
    """McNemar's test of a method against the baseline."""

    better: float
    """Draws (summed scores) in which only the method was right."""
    worse: float
    """Draws in which only the baseline was right."""
    p: float | None
    """Two-sided; None if they never differ."""
    kind: str
    """``exact`` (one draw a problem, 0 or 1) or ``clustered``."""


def mcnemar(method: Sequence[Row], baseline: Sequence[Row]) -> Paired:
    """Are they equally often right on the same draws?

    One draw a problem: the exact binomial test. Several: Durkalski et al., Statistics in Medicine 22 (2003),
    whose chi-square sums each problem's mean difference: with one draw it is McNemar's own.
    """
    other = {(row.problem, row.draw): row.score for row in baseline}
    differences: dict[str, list[float]] = {}
    for row in method:
        if (row.problem, row.draw) in other:
            differences.setdefault(row.problem, []).append(row.score - other[row.problem, row.draw])
    every = [d for found in differences.values() for d in found]
    better = math.fsum(d for d in every if d > 0)
    worse = math.fsum(-d for d in every if d < 0)
    is_exact = all(len(found) == 1 for found in differences.values()) and all(d in (-1, 0, 1) for d in every)
    if is_exact:
        return Paired(better, worse, _binomial(round(better), round(worse)), "exact")
    means = [math.fsum(found) / len(found) for found in differences.values()]
    square = math.fsum(mean * mean for mean in means)
    if square < 1e-12:
        return Paired(better, worse, None, "clustered")
    statistic = math.fsum(means) ** 2 / square
    return Paired(better, worse, math.erfc(math.sqrt(statistic / 2)), "clustered")


def _binomial(better: int, worse: int) -> float | None:
    """Two-sided exact test that both are as likely."""
    total = better + worse
    if not total:
        return None
    tail = sum(math.comb(total, k) for k in range(min(better, worse) + 1))
    return min(1.0, 2.0 * float(tail) / 2.0**total)


@frozen
class Point:
    """One point of a risk-coverage curve."""

    coverage: float
    """Share of the choices that are given: the most believed ones."""
    risk: float
    """Share of them that are wrong."""
    belief: float
    """The least belief among them."""


@frozen
class Calibration:
    """How good a method's own beliefs are."""

    choices: int
    brier: float
    """Mean of (belief - right)²; 0 is perfect, a constant guess of the base rate gives ``base_brier``."""
    base_brier: float
    bins: tuple[tuple[float, float, int], ...]
    """Mean belief, share right, number of choices, for each tenth of belief that holds any."""
    curve: tuple[Point, ...]
    area: float
    """Mean risk over all coverages (AURC): smaller is better."""


def calibration(rows: Sequence[Row]) -> Calibration | None:
    """Of the rows that state a belief; None when none does."""
    said = [(row.belief, row.score) for row in rows if row.belief is not None]
    if not said:
        return None
    brier = math.fsum((belief - right) ** 2 for belief, right in said) / len(said)
    base = math.fsum(right for _, right in said) / len(said)
    tenths: dict[int, list[tuple[float, float]]] = {}
    for belief, right in said:
        tenths.setdefault(min(9, int(belief * 10)), []).append((belief, right))
    bins = []
    for _, found in sorted(tenths.items()):
        belief, right = (math.fsum(each) / len(found) for each in zip(*found, strict=True))
        bins.append((round(belief, 4), round(right, 4), len(found)))
    curve = risk_coverage(said)
    area = math.fsum(
        (curve[n].coverage - (curve[n - 1].coverage if n else 0.0)) * curve[n].risk for n in range(len(curve))
    )
    return Calibration(len(said), brier, base * (1 - base), tuple(bins), curve, area)


def risk_coverage(said: Sequence[tuple[float, float]]) -> tuple[Point, ...]:
    """The curve of (belief, right): equal beliefs are given together."""
    groups: dict[float, list[float]] = {}
    for belief, right in said:
        groups.setdefault(belief, []).append(right)
    points: list[Point] = []
    given = wrong = 0.0
    for belief in sorted(groups, reverse=True):
        given += len(groups[belief])
        wrong += math.fsum(1 - right for right in groups[belief])
        points.append(Point(given / len(said), wrong / given, belief))
    return tuple(points)


def of(sums: Mapping[str, Sums], sample: Sequence[str]) -> list[Sums]:
    """The sums of a sample of problems; those without any are left out."""
    return [sums[problem] for problem in sample if problem in sums]
