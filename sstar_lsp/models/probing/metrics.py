"""Numbers from a server's ``/metrics`` page (Prometheus text format 0.0.4), vLLM's above all.

A room of its own because it is a parser of somebody else's format, four lines long.
"""

from __future__ import annotations

import re

_SAMPLE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)(?:\{[^}]*\})?[ \t]+(?P<value>\S+)", re.MULTILINE)


def value_of(page: str, name: str) -> float | None:
    """The sum of all samples of a metric, whatever their labels; None where there is none."""
    values = [found["value"] for found in _SAMPLE.finditer(page) if found["name"] == name]
    try:
        return sum(map(float, values)) if values else None
    except ValueError:
        return None
