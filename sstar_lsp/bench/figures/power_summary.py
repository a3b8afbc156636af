"""Figures of tester's power, and their Markdown table.

Shares are sums over problems; their 95 % intervals resample problems (percentile bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from attrs import evolve

from sstar_lsp.bench.figures.statistics import interval, resamples
from sstar_lsp.bench.figures.tables import markdown_table, with_interval
from sstar_lsp.bench.tester_power import MadeInput, PowerRow, WrongProgram
from sstar_lsp.engine.run.events import InputOrigin

Takes = Callable[[MadeInput], bool]
Count = Callable[[PowerRow], tuple[int, int]]
"""Of one problem: how many, of how many."""


def power_summary(rows: Sequence[PowerRow], seed: int) -> dict[str, Any]:
    """All figures, of the problems where legality is known; what was left out beside them."""
    known = {row.problem: row for row in rows if not row.remark}
    drawn = resamples(list(known), seed) if known else []

    def share_of(count: Count) -> dict[str, Any]:
        counts = {name: count(row) for name, row in known.items()}

        def of(sample: Sequence[str]) -> float | None:
            total = sum(counts[name][1] for name in sample)
            return sum(counts[name][0] for name in sample) / total if total else None

        return {
            "count": sum(n for n, _ in counts.values()),
            "of": sum(n for _, n in counts.values()),
            "share": list(interval(of, list(known), drawn)),
        }

    def group(name: str, takes: Takes, only: Callable[[PowerRow], bool] = lambda _: True) -> dict[str, Any]:
        def share(count: Count) -> dict[str, Any]:
            return share_of(lambda row: count(row if only(row) else evolve(row, made=())))

        return {
            "inputs": name,
            "legal": share(lambda row: _legal(row, takes)),
            "legal_of_kept": share(lambda row: _legal(row, lambda i: takes(i) and not i.rejected)),
            "exposed": share(lambda row: _exposed(row, takes)),
            "exposed_by_kept": share(lambda row: _exposed(row, lambda i: takes(i) and not i.rejected)),
            "right_kept": share(lambda row: _right_kept(row, takes)),
            "right_kept_by_legal": share(lambda row: _right_kept(row, lambda i: takes(i) and bool(i.legal))),
        }

    made = [item for row in known.values() for item in row.made]
    waves = sorted({item.wave for item in made if item.wave is not None})
    wrong = [program for row in known.values() for program in row.wrong]
    return {
        "problems": len(rows),
        "legality_known": len(known),
        "left_out": [{"problem": row.problem, "reason": row.remark} for row in rows if row.remark],
        "enumerated": [
            {"problem": row.problem, "inputs": done.inputs, "ran": done.ran, "split": done.split}
            for row in rows
            if (done := row.enumerated) is not None
        ],
        "without_inputs": [row.problem for row in rows if not row.made],
        "groups": [
            group("all", lambda _: True),
            group("where the whole format is known", lambda _: True, _has_whole_format),
            *(group(tier, _of_tier(tier)) for tier in dict.fromkeys(item.tier for item in made)),
            *(group(f"to the end of wave {wave}", _until(wave)) for wave in waves),
        ],
        "wrong": {
            label: share_of(partial(_exposed, takes=lambda _: True, is_one=is_one))
            for label, is_one in _kinds(wrong)
        },
    }


def _has_whole_format(row: PowerRow) -> bool:
    return any(item.tier == InputOrigin.KIND for item in row.made)


def _of_tier(tier: str) -> Takes:
    return lambda item: item.tier == tier


def _until(wave: int) -> Takes:
    return lambda item: item.wave is not None and item.wave <= wave


def _kinds(wrong: Sequence[WrongProgram]) -> list[tuple[str, Callable[[WrongProgram], bool]]]:
    """By verdict and by language."""

    def has(field: str, value: str) -> Callable[[WrongProgram], bool]:
        return lambda program: getattr(program, field) == value

    return [
        (value or "no verdict", has(field, value))
        for field in ("verdict", "language")
        for value in sorted({getattr(program, field) for program in wrong})
    ]


def _legal(row: PowerRow, takes: Takes) -> tuple[int, int]:
    taken = [item for item in row.made if takes(item)]
    return sum(bool(item.legal) for item in taken), len(taken)


def _exposed(
    row: PowerRow, takes: Takes, is_one: Callable[[WrongProgram], bool] = lambda _: True
) -> tuple[int, int]:
    taken = {item.id for item in row.made if takes(item)}
    wrong = [program for program in row.wrong if is_one(program)]
    return sum(not taken.isdisjoint(program.exposed_by) for program in wrong), len(wrong)


def _right_kept(row: PowerRow, takes: Takes) -> tuple[int, int]:
    taken = {item.id for item in row.made if takes(item)}
    return sum(taken.isdisjoint(program.contradicted_by) for program in row.right), len(row.right)


# --- the page -------------------------------------------------------------------------------------


def power_table(summary: dict[str, Any]) -> str:
    """The figures as Markdown."""
    groups = summary["groups"]
    known = summary["legality_known"]
    head = (
        "made inputs | number | legal | kept by the engine | legal of the kept "
        "| wrong programs exposed | by kept ones | right programs kept | as far as inputs are legal"
    )
    wrong = [(label, _of(found)) for label, found in summary["wrong"].items()]
    parts = [
        f"{summary['problems']} problems; the figures are of the {known} whose validators can be asked (95 % by bootstrap).",
        markdown_table(head, [(g["inputs"], *_shares(g)) for g in groups]),
        markdown_table("wrong programs | exposed by a legal made input", wrong),
    ]
    parts += [f"Left out: `{each['problem']}`: {each['reason']}." for each in summary["left_out"]]
    if summary["without_inputs"]:
        named = ", ".join(f"`{name}`" for name in summary["without_inputs"])
        parts.append(f"No input was made for {named}: fewer than two different programs pass the examples.")
    for each in summary["enumerated"]:
        ran = "all" if each["ran"] == each["inputs"] else f"{each['ran']:,}"
        parts.append(
            f"The statement of `{each['problem']}` allows {each['inputs']:,} inputs: {ran} were run, "
            f"clusters {each['split']:+d} by them."
        )
    parts += list(summary.get("notes", ()))
    return "\n\n".join(parts) + "\n"


def _shares(group: dict[str, Any]) -> list[str]:
    counted = [group["legal"], group["legal_of_kept"]]
    cells = [cell for found in counted for cell in (str(found["of"]), with_interval(found["share"]))]
    others = ("exposed", "exposed_by_kept", "right_kept", "right_kept_by_legal")
    return [*cells, *(_of(group[key]) for key in others)]


def _of(found: dict[str, Any]) -> str:
    return f"{found['count']} of {found['of']}: {with_interval(found['share'])}"
