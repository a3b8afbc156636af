"""Inputs as large as the statement allows: they say who is fast, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection

from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.test_inputs.input_format import format_of, largest_of
from sstar_lsp.engine.test_inputs.structures import repaired_text, structures_of
from sstar_lsp.engine.test_inputs.value_types import example_calls
from sstar_lsp.records import Problem, Style

LARGEST = 500_000
"""Characters of an input made to measure: fifty thousand numbers of nine digits, which no quadratic program gets through."""
GROWTH = 40
"""Times that the longest list or text of an example call is repeated."""


def large_inputs(
    problem: Problem, seed: int, without: Collection[Part] = (), *, may_break_promises: bool = False
) -> list[str]:
    """Inputs as large as statement and measure allow, each in another way; none where nothing can grow.

    ``may_break_promises``: a format that is known in part will do, although what is drawn from it may break a promise
    that it does not hold. Who is too slow for such an input mostly is so for legal ones.
    """
    if problem.interactor is not None:
        return []  # a large input is the interactor's, and the time that it takes is its own
    if problem.style is Style.STDIN:
        form = format_of(problem) if Part.INPUT_FORMAT not in without else None
        if form is None or not (form.is_whole or may_break_promises):
            return []
        return largest_of(form, seed, LARGEST)
    found = []
    for call in example_calls(problem)[:1]:
        grown = [
            value * GROWTH if isinstance(value, list | str) and 0 < len(value) * GROWTH < LARGEST else value
            for value in call
        ]
        text = repaired_text(structures_of(problem), json.dumps(grown, ensure_ascii=False))
        if grown != call and text is not None:
            found.append(text)
    return found
