"""Worked examples for the writer, matched by the pattern of the problem.

An option. Each file is a task, its input and output, and a program. (The table in the reference code of S* is
never read.)
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from attrs import frozen

PATTERNS: dict[str, str] = {
    "graph": r"graph|edges?\b|roads?\b|tree\b|vertices|nodes?\b|connected|shortest path",
    "grid": r"grid|maze|rows? and columns?|cells?\b|adjacent|board",
    "knapsack": r"knapsack|capacity|subset|at most .{0,20}(weight|cost|coins)|number of ways|coins?\b",
    "intervals": r"intervals?|meetings?|schedul|overlap|start and end|segments?\b|bookings?",
    "prefix": r"subarray|consecutive|contiguous|range sum|queries|segment of the (array|list)",
    "search": r"minimum possible maximum|maximum possible minimum|smallest .{0,30}such that|at least k|within .{0,20}(days|hours|minutes)",
    "brackets": r"bracket|parenthes|nested|balanced|stack\b|expression",
    "counting": r"most (common|frequent)|anagram|occurs?|frequenc|distinct|duplicates?|how many times|votes?\b",
}
"""Name of the file to the words that suggest it."""


@frozen
class Exemplar:
    """One worked example."""

    task: str
    """A statement in short."""
    example_input: str
    example_output: str
    program: str
    """Python, whole."""


@cache
def exemplar(pattern: str) -> Exemplar:
    """The worked example of a pattern."""
    text = files(__name__).joinpath(f"{pattern}.txt").read_text("utf-8")
    task, given, wanted, program = (part.strip() + "\n" for part in text.split("\n---\n"))
    return Exemplar(task.strip(), given, wanted, program)


def matching(statement: str, count: int) -> list[Exemplar]:
    """The worked examples whose words occur most often in a statement, best first; none if no word does."""
    lowered = statement.lower()
    hits = {name: len(re.findall(words, lowered)) for name, words in PATTERNS.items()}
    best = sorted((name for name in hits if hits[name]), key=lambda name: -hits[name])
    return [exemplar(name) for name in best[:count]]
