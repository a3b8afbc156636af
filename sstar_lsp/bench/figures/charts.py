"""The two pictures of a bench, as SVG written by hand: accuracy against tokens, and risk against coverage."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from attrs import frozen

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 44, 56
COLOURS = (
    *("#0b6e4f", "#c1440e", "#3b5ba5", "#8a5a00", "#7a3b8f", "#00798c"),
    *("#9c2a4a", "#4f6d1f", "#555555", "#b07d2b", "#111111"),
)
"""In the order of the methods; dark enough on white for small marks."""


@frozen
class Axis:
    """One direction of a picture."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    """Where, and what is written there."""


def accuracy_tokens(summary: Mapping[str, Any]) -> str:
    """Pass@1 with its interval against the tokens of a draw (executions, where no model was asked)."""
    methods: Mapping[str, Any] = summary["methods"]
    draws = max(1, summary["draws"])
    tokens = {name: (m["cost"]["tokens_in"] + m["cost"]["tokens_out"]) / draws for name, m in methods.items()}
    label = "tokens of a draw (prompt and completion)"
    if not any(tokens.values()):
        tokens = {name: m["cost"]["executions"] / draws for name, m in methods.items()}
        label = "executions of a draw (no model was asked)"
    across = _scale(label, max([1.0, *tokens.values()]))
    edges = [edge for m in methods.values() for edge in m["pass@1"] if edge is not None]
    low, high = min(edges, default=0.0), max(edges, default=1.0)
    low, high = max(0.0, math.floor(low * 20 - 0.5) / 20), min(1.0, math.ceil(high * 20 + 0.5) / 20)
    up = _axis("pass@1", low, high, ".2f")
    marks = []
    for colour, (name, found) in zip(COLOURS * 2, methods.items(), strict=False):
        value, least, most = found["pass@1"]
        if value is None:
            continue
        x, y = _x(across, tokens[name]), _y(up, value)
        if least is not None and most is not None:
            marks.append(_line([(x, _y(up, least)), (x, _y(up, most))], colour, 1, 0.5))
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"><title>{escape(name)}: {value:.3f}</title></circle>'
        )
    names = _legend(list(methods))
    return _picture("Accuracy against cost", across, up, [*marks, *names])


def risk_coverage(summary: Mapping[str, Any]) -> str:
    """The share of wrong choices among the most believed ones, for each method that states a belief."""
    believing = {name: m["calibration"] for name, m in summary["methods"].items() if m["calibration"]}
    top = max([0.05, *(point[1] for c in believing.values() for point in c["risk_coverage"])])
    across = _axis("coverage: share of the choices that are given, most believed first", 0, 1, ".1f")
    up = _axis("risk: share of them that are wrong", 0, top, ".2f")
    marks = []
    for colour, calibration in zip(COLOURS * 2, believing.values(), strict=False):
        points = [(_x(across, coverage), _y(up, risk)) for coverage, risk, _ in calibration["risk_coverage"]]
        marks.append(_line(points, colour, 2, 1))
        marks += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in points]
    return _picture("Risk against coverage", across, up, [*marks, *_legend(list(believing))])


def _scale(label: str, most: float) -> Axis:
    """From 0 to a round number above ``most``."""
    step = 10 ** math.floor(math.log10(most))
    high = next(step * n for n in (1, 2, 5, 10) if step * n >= most)
    return _axis(label, 0, high, "g")


def _axis(label: str, low: float, high: float, form: str) -> Axis:
    """With six ticks, written in a number format."""
    at = [low + (high - low) * n / 5 for n in range(6)]
    return Axis(label, low, high, tuple((value, f"{value:{form}}") for value in at))


def _x(axis: Axis, value: float) -> float:
    return LEFT + (value - axis.low) / (axis.high - axis.low or 1) * (WIDTH - LEFT - RIGHT - 150)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - (value - axis.low) / (axis.high - axis.low or 1) * (HEIGHT - TOP - BOTTOM)


def _line(points: Sequence[tuple[float, float]], colour: str, width: int, opacity: float) -> str:
    told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle", extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(words)}</text>'


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    for number, (colour, name) in enumerate(zip(COLOURS * 2, names, strict=False)):
        y = TOP + 10 + 20 * number
        parts.append(f'<circle cx="{WIDTH - RIGHT - 130}" cy="{y}" r="4.5" fill="{colour}"/>')
        parts.append(_text(WIDTH - RIGHT - 120, y + 4, name, "start"))
    return parts


def _picture(title: str, across: Axis, up: Axis, marks: Sequence[str]) -> str:
    right, bottom = _x(across, across.high), HEIGHT - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 24, title, "start", ' font-size="15" font-weight="bold"'),
    ]
    for value, words in across.ticks:
        parts.append(_text(_x(across, value), bottom + 18, words))
    for value, words in up.ticks:
        y = _y(up, value)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(_text(LEFT - 8, y + 4, words, "end"))
    parts.append(_line([(LEFT, TOP), (LEFT, bottom), (right, bottom)], "#333333", 1, 1))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 14, across.label))
    middle = (TOP + bottom) / 2
    parts.append(_text(18, middle, up.label, "middle", f' transform="rotate(-90 18 {middle:.1f})"'))
    return "\n".join([*parts, *marks, "</svg>"]) + "\n"
