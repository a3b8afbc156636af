"""``table.md``: the figures of a summary as Markdown, to be read and pasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sstar_lsp.bench.figures.summary import TIER_COUNTS


def table(summary: Mapping[str, Any]) -> str:
    """The page."""
    methods: Mapping[str, Any] = summary["methods"]
    mixed = summary["mixed"]
    said = (
        f"{summary['problems']} problems, {summary['draws']} draws; {mixed['draws']} draws of {mixed['problems']} "
        "problems have right and wrong survivors (mixed). Intervals: 95 %, bootstrap over problems."
    )
    parts = [
        said,
        markdown_table(
            (
                "method",
                "pass@1",
                "efficiency",
                "efficiency, mixed draws",
                "wrong though a right one survived",
                "McNemar p",
            ),
            [
                (
                    name,
                    with_interval(m["pass@1"]),
                    with_interval(m["efficiency"]),
                    with_interval(m["efficiency_mixed"]),
                    f"{m['wrong_though_right_survived']:g} of {m['right_survived']}",
                    _p(m["mcnemar"]),
                )
                for name, m in methods.items()
            ],
        ),
    ]
    if summary["differences"]:
        parts.append(
            markdown_table(
                ("difference", "efficiency", "efficiency, mixed draws", "pass@1"),
                [
                    (
                        name,
                        with_interval(d["efficiency"]),
                        with_interval(d["efficiency_mixed"]),
                        with_interval(d["pass@1"]),
                    )
                    for name, d in summary["differences"].items()
                ],
            )
        )
    parts.append(
        markdown_table(
            (
                "method, a draw",
                "calls",
                "of them to select",
                "tokens in",
                "out",
                "cached",
                "to select",
                "executions",
                "s",
            ),
            [(name, *_costs(m["cost"], summary["draws"])) for name, m in methods.items()],
        )
    )
    acted = [
        (name, tier, *map(str, counts.values()))
        for name, m in methods.items()
        for tier, counts in m["tiers"].items()
    ]
    if acted:
        head = ("method", "programs of the model for", *TIER_COUNTS)
        parts.append(markdown_table(head, acted))
    believing = {name: m["calibration"] for name, m in methods.items() if m["calibration"]}
    if believing:
        parts.append(
            markdown_table(
                (
                    "belief of",
                    "choices",
                    "Brier",
                    "Brier of the base rate",
                    "area under risk-coverage",
                    "risk at 50 %",
                    "at 80 %",
                    "at 100 %",
                ),
                [
                    (
                        name,
                        str(c["choices"]),
                        f"{c['brier']:.3f}",
                        f"{c['base_brier']:.3f}",
                        f"{c['aurc']:.3f}",
                        *(f"{risk_at(c['risk_coverage'], share):.3f}" for share in (0.5, 0.8, 1.0)),
                    )
                    for name, c in believing.items()
                ],
            )
        )
    parts += [f"Skipped: `{s['method']}`: {s['reason']}." for s in summary.get("skipped", ())]
    parts += list(summary.get("notes", ()))
    return "\n\n".join(parts) + "\n"


def risk_at(curve: Sequence[Sequence[float]], share: float) -> float:
    """Risk where at least that share of the choices is given."""
    return next((risk for coverage, risk, _ in curve if coverage >= share - 1e-9), curve[-1][1])


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of these cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def with_interval(found: Sequence[float | None]) -> str:
    """A value with the bounds of its interval, as far as they are known."""
    value, low, high = found
    if value is None:
        return "-"
    if low is None or high is None:
        return f"{value:.3f}"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _p(paired: Mapping[str, Any] | None) -> str:
    if paired is None:
        return "-"
    return (
        "no difference"
        if paired["p"] is None
        else f"{paired['p']:.2g} (+{paired['better']:g} -{paired['worse']:g})"
    )


def _costs(cost: Mapping[str, Any], draws: int) -> list[str]:
    keys = (
        "calls",
        "selection_calls",
        "tokens_in",
        "tokens_out",
        "tokens_cached",
        "selection_tokens",
        "executions",
    )
    return [*(f"{cost[key] / max(1, draws):.1f}" for key in keys), f"{cost['wall_s'] / max(1, draws):.3f}"]
