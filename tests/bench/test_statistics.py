"""Figures from rows: each against a value that was worked out by hand or by another formula."""

from __future__ import annotations

import math
from itertools import product

import pytest

from bench.world import row
from sstar_lsp.bench.figures.statistics import (
    Paired,
    by_problem,
    calibration,
    efficiency,
    interval,
    mcnemar,
    of,
    quantile,
    rate,
    resamples,
    risk_coverage,
)
from sstar_lsp.bench.figures.summary import summarised


def test_pass_at_1_weighs_problems_alike_however_many_draws_they_have() -> None:
    rows = [row("a", 0, score=1), row("a", 1, score=1), row("a", 2, score=1), row("b", 0, score=0)]
    assert rate(list(by_problem(rows).values())) == 0.5


def test_efficiency_is_0_for_dice_1_for_the_oracle_and_nothing_where_dice_cannot_lose() -> None:
    dice = [row("a", score=0.5), row("b", score=0.25, random=0.25)]
    assert efficiency(list(by_problem(dice).values())) == 0
    assert efficiency(list(by_problem([row("a", score=1), row("b", score=1, random=0.25)]).values())) == 1
    assert efficiency(list(by_problem([row("a", score=0)]).values())) == -1
    assert efficiency(list(by_problem([row("a", score=1, random=1.0)]).values())) is None


def test_mixed_draws_are_those_with_right_and_wrong_survivors() -> None:
    rows = [
        row("a", survivors=2, survivors_right=2),
        row("b", survivors=2, survivors_right=0),
        row("c", survivors=3, survivors_right=1),
        row("d", survivors=0, survivors_right=0),
    ]
    assert list(by_problem(rows, mixed_only=True)) == ["c"]


def test_the_interval_of_a_share_is_that_of_the_normal_approximation_where_that_is_good() -> None:
    rows = [row(f"p{n}", score=n % 2) for n in range(400)]
    sums = by_problem(rows)
    problems = list(sums)
    found = interval(lambda sample: rate(of(sums, sample)), problems, resamples(problems, seed=1))
    value, low, high = found
    assert value == 0.5
    assert low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.006)
    assert high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.006)


def test_the_same_seed_draws_the_same_bootstrap_samples() -> None:
    assert resamples(["a", "b", "c"], 1, 5) == resamples(["a", "b", "c"], 1, 5)
    assert resamples(["a", "b", "c"], 1, 5) != resamples(["a", "b", "c"], 2, 5)


def test_quantiles_are_linear_between_neighbours() -> None:
    assert quantile([0.0, 1.0, 2.0, 3.0], 0.5) == 1.5
    assert quantile([0.0, 1.0, 2.0, 3.0], 1.0) == 3.0


def test_mcnemar_with_one_draw_is_the_exact_binomial_test() -> None:
    method = [row(f"p{n}", score=1 if n < 9 else 0) for n in range(12)]
    baseline = [row(f"p{n}", score=1 if n in (9, 0, 1) else 0) for n in range(12)]
    found = mcnemar(method, baseline)
    assert (found.better, found.worse, found.kind) == (7, 1, "exact")
    coins = [sum(side) for side in product((0, 1), repeat=8)]
    assert found.p == pytest.approx(sum(abs(heads - 4) >= 3 for heads in coins) / len(coins))


def test_mcnemar_finds_nothing_where_nothing_differs() -> None:
    rows = [row("a"), row("b", score=0)]
    assert mcnemar(rows, rows) == Paired(0, 0, None, "exact")
    twice = [row("a"), row("a", 1)]
    assert mcnemar(twice, twice).p is None


def test_mcnemar_over_several_draws_counts_problems_and_not_draws() -> None:
    def copies(draws: int) -> tuple[float, str]:
        method = [row(f"p{n}", d, score=float(n < 6)) for n in range(10) for d in range(draws)]
        baseline = [row(f"p{n}", d, score=float(n == 9)) for n in range(10) for d in range(draws)]
        found = mcnemar(method, baseline)
        assert found.p is not None
        return found.p, found.kind

    few, kind = copies(2)
    assert kind == "clustered"
    assert few == copies(40)[0]  # more draws of the same are no more evidence
    assert few == pytest.approx(math.erfc(math.sqrt((6 - 1) ** 2 / (6 + 1) / 2)))  # McNemar's chi-square


def test_brier_is_the_mean_square_and_its_base_that_of_a_constant_guess() -> None:
    rows = [row(score=1, belief=0.8), row("q", score=0, belief=0.4), row("r", score=1, belief=None)]
    found = calibration(rows)
    assert found is not None
    assert found.choices == 2
    assert found.brier == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert found.base_brier == 0.25
    assert found.bins == ((0.4, 0.0, 1), (0.8, 1.0, 1))


def test_no_beliefs_no_calibration() -> None:
    assert calibration([row(belief=None)]) is None


def test_the_risk_coverage_curve_gives_equal_beliefs_together() -> None:
    points = risk_coverage([(0.9, 1), (0.5, 0), (0.5, 1), (0.1, 0)])
    assert [(p.coverage, p.risk, p.belief) for p in points] == [
        (0.25, 0, 0.9),
        (0.75, 1 / 3, 0.5),
        (1, 0.5, 0.1),
    ]


def test_a_summary_pairs_methods_on_the_same_problems_and_counts_mistakes() -> None:
    rows = []
    for n in range(8):
        rows.append(row(f"p{n}", method="majority", score=float(n < 4)))
        rows.append(row(f"p{n}", method="sstar", score=float(n < 6), belief=0.5))
    found = summarised(rows, "majority", seed=0)
    assert list(found["methods"]) == ["majority", "sstar"]
    assert found["methods"]["sstar"]["pass@1"][0] == 0.75
    assert found["methods"]["sstar"]["wrong_though_right_survived"] == 2
    assert found["methods"]["sstar"]["right_survived"] == 8
    assert found["methods"]["sstar"]["mcnemar"] == {
        "against": "majority", "better": 2, "worse": 0, "p": 0.5, "kind": "exact",
    }  # fmt: skip
    value, low, high = found["differences"]["sstar - majority"]["efficiency"]
    assert value == 0.5  # 0.5 of the room over dice against 0
    assert low <= value <= high


def test_a_summary_is_the_same_for_the_same_rows_and_seed() -> None:
    rows = [row(f"p{n}", method="sstar", score=n % 2, belief=n / 10) for n in range(9)]
    assert summarised(rows, "sstar", 3) == summarised(rows, "sstar", 3)
