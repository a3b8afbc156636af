"""Line chart of how the belief in each cluster went, as SVG text with no style and no script in it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from sstar_lsp.engine.choice.belief_history import After, Moment

COLOURS = ("#3a9e5f", "#d0743a", "#5b84d6", "#a463bf", "#8a8a8a")
"""Of the clusters, by letter; readable on dark and on light."""
_AXIS = "#8a8a8a"
_WIDTH, _HEIGHT = 640, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 78, 12, 34
_LINE_HEIGHT = 14
_LABELS = 8
"""Names of moments that have room below the chart."""


def belief_chart(moments: Sequence[Moment]) -> str | None:
    """Belief (0 … 1) of the likeliest clusters over the moments of a run.

    Returns:
        None if there is nothing to see: fewer than two moments, or no cluster.
    """
    last = moments[-1].beliefs if moments else {}
    likeliest = sorted(last, key=lambda cluster: -last[cluster])[: len(COLOURS)]
    if len(moments) < 2 or not likeliest:
        return None
    clusters = sorted(likeliest)
    ends = _spread([_y(last[cluster]) for cluster in clusters])
    parts = [_grid(belief) for belief in (0.0, 0.5, 1.0)]
    every = -(-len(moments) // _LABELS)
    for number, moment in enumerate(moments):
        if number % every == 0 or moment.after is After.VERDICT:
            parts.append(_label(_x(number, len(moments)), _HEIGHT - _BOTTOM + 18, _name(moment), "middle"))
    for cluster, colour, end in zip(clusters, COLOURS, ends, strict=False):
        points = [
            (_x(number, len(moments)), _y(moment.beliefs.get(cluster, 0.0)))
            for number, moment in enumerate(moments)
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(_label(_WIDTH - _RIGHT + 10, end + 4, f"{cluster} {last[cluster]:.0%}", "start", colour))
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="Belief in each cluster over time">{"".join(parts)}</svg>'
    )


def _x(number: int, count: int) -> float:
    return _LEFT + number / (count - 1) * (_WIDTH - _LEFT - _RIGHT)


def _y(belief: float) -> float:
    return _TOP + (1 - belief) * (_HEIGHT - _TOP - _BOTTOM)


def _grid(belief: float) -> str:
    opacity = 1 if belief == 0 else 0.3
    line = (
        f'<path d="M{_LEFT} {_y(belief):.1f}H{_WIDTH - _RIGHT}" stroke="{_AXIS}" stroke-opacity="{opacity}"/>'
    )
    return line + _label(_LEFT - 8, _y(belief) + 4, f"{belief:.0%}", "end")


def _label(x: float, y: float, text: str, anchor: str, colour: str = _AXIS) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-family="sans-serif" font-size="12" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _name(moment: Moment) -> str:
    who = {After.START: "programs", After.DUEL: "judge", After.VERDICT: "you"}[moment.after]
    return f"{who} {moment.input_id}" if moment.input_id else who


def _spread(heights: Sequence[float]) -> list[float]:
    """Heights moved apart, in the same order, so that what is written there can be read."""
    placed = list(heights)
    order = sorted(range(len(heights)), key=heights.__getitem__)
    for above, below in pairwise(order):
        placed[below] = max(placed[below], placed[above] + _LINE_HEIGHT)
    return placed
