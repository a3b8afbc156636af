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
    head = "method | pass@1 | efficiency | efficiency, mixed draws | wrong though a right one survived | McNemar p"
    parts = [said, markdown_table(head, [(name, *_scores(m)) for name, m in methods.items()])]
    if differences := summary["differences"]:
        keys = ("efficiency", "efficiency_mixed", "pass@1")
        rows = [(name, *(with_interval(d[key]) for key in keys)) for name, d in differences.items()]
        parts.append(markdown_table("difference | efficiency | efficiency, mixed draws | pass@1", rows))
    head = (
        "method, a draw | calls | of them to select | tokens in | out | cached | to select | executions | s"
    )
    rows = [(name, *_costs(m["cost"], summary["draws"])) for name, m in methods.items()]
    parts.append(markdown_table(head, rows))
    acted = []
    for name, m in methods.items():
        acted += [(name, tier, *map(str, counts.values())) for tier, counts in m["tiers"].items()]
    if acted:
        parts.append(markdown_table(" | ".join(("method", "programs of the model for", *TIER_COUNTS)), acted))
    believing = {name: m["calibration"] for name, m in methods.items() if m["calibration"]}
    if believing:
        head = (
            "belief of | choices | Brier | Brier of the base rate | area under risk-coverage "
            "| risk at 50 % | at 80 % | at 100 %"
        )
        parts.append(markdown_table(head, [(name, *_beliefs(c)) for name, c in believing.items()]))
    parts += [f"Skipped: `{s['method']}`: {s['reason']}." for s in summary.get("skipped", ())]
    parts += list(summary.get("notes", ()))
    return "\n\n".join(parts) + "\n"


def _scores(method: Mapping[str, Any]) -> list[str]:
    shares = [with_interval(method[key]) for key in ("pass@1", "efficiency", "efficiency_mixed")]
    mistakes = f"{method['wrong_though_right_survived']:g} of {method['right_survived']}"
    return [*shares, mistakes, _p(method["mcnemar"])]


def _beliefs(calibration: Mapping[str, Any]) -> list[str]:
    risks = [risk_at(calibration["risk_coverage"], share) for share in (0.5, 0.8, 1.0)]
    figures = [calibration[key] for key in ("brier", "base_brier", "aurc")]
    return [str(calibration["choices"]), *(f"{figure:.3f}" for figure in (*figures, *risks))]


def risk_at(curve: Sequence[Sequence[float]], share: float) -> float:
    """Risk where at least that share of the choices is given."""
    return next((risk for coverage, risk, _ in curve if coverage >= share - 1e-9), curve[-1][1])


def markdown_table(head: str, rows: Sequence[Sequence[str]]) -> str:
    """A table of these cells; the head's are parted by ``" | "``."""
    lines = [head, " | ".join(["---"] * len(head.split(" | "))), *(" | ".join(cells) for cells in rows)]
    return "\n".join(f"| {line} |" for line in lines)


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
    if paired["p"] is None:
        return "no difference"
    return f"{paired['p']:.2g} (+{paired['better']:g} -{paired['worse']:g})"


def _costs(cost: Mapping[str, Any], draws: int) -> list[str]:
    keys = "calls selection_calls tokens_in tokens_out tokens_cached selection_tokens executions"
    shown = [f"{cost[key] / max(1, draws):.1f}" for key in keys.split()]
    return [*shown, f"{cost['wall_s'] / max(1, draws):.3f}"]
