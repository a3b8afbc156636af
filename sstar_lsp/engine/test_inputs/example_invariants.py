"""Invariants of the examples' inputs, which a changed example should keep.

Where the format of a statement cannot be read, the examples are all that is known: of what kind the tokens of a
line are, whether one of them tells its length, whether words have one pattern or one length, whether times and
the like rise from line to line. They guide how examples are changed and reject no other input. The idea is
Daikon's (Ernst and others, 2001); limits by another number, order and difference were tried as well and earned
nothing (docs/benchmarks.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

from sstar_lsp.engine.test_inputs.example_shape import Relation, Row, Shape, is_integer

Grid = Sequence[Sequence[str]]
"""Lines of tokens."""

_HEAD = 3
"""First lines that are told apart where no lines are counted."""
_FEW = 3
"""Fewer words show no common length."""
_IN_ORDER = 3
"""Fewer neighbours show no order."""
_FORMED = re.compile(r"(?=.*[A-Za-z0-9]).*[^A-Za-z0-9]")
"""A word of letters or digits and signs."""


def keeps_invariants(shape: Shape, examples: Sequence[Sequence[Row]]) -> Callable[[Grid], bool]:
    """Says of an input whether it keeps what all examples have in common. ``examples``: their lines of tokens."""
    start = shape.body_start if shape.body_start is not None else _HEAD
    patterns = {
        _pattern(token) for example in examples for row in example for token in row if _FORMED.match(token)
    }

    def kinds(grid: Grid) -> set[tuple[object, ...]]:
        """The kinds of the tokens of each line, the first lines by their numbers; a list of one kind has it once."""
        found: set[tuple[object, ...]] = set()
        for number, row in enumerate(grid):
            line = ["a"] if _is_board(row) else [_kind(t, is_formed=len(patterns) == 1) for t in row]
            found.add((min(number, start), *(line if len(set(line)) > 1 else line[:1])))
        return found

    counted = [example[start:] for example in examples]
    seen = {kind for example in examples for kind in kinds(example)}
    lengths = _lengths([row for rows in counted for row in rows])
    is_even = sum(map(len, counted)) >= _FEW and all(map(_has_even_words, counted))
    words = [token for example in examples for row in example for token in row if not is_integer(token)]
    sizes = set(map(len, words))
    is_of_one_size = len(words) >= _FEW and len(sizes) == 1
    neighbours = [pair for example in examples for pair in _formed_neighbours(example)]
    rises = len(neighbours) >= _IN_ORDER and all(map(_rises, neighbours))
    return lambda grid: (
        kinds(grid) <= seen
        and all(_tells_length(row, *rule) for row in grid[start:] for rule in lengths)
        and (not is_even or _has_even_words(grid[start:]))
        and (not is_of_one_size or {len(t) for row in grid for t in row if not is_integer(t)} <= sizes)
        and (not rises or all(map(_rises, _formed_neighbours(grid))))
    )


def keeps_minima(shape: Shape, examples: Sequence[Sequence[Row]]) -> Callable[[Grid], bool]:
    """Says of an input whether each integer but a count is at least the smallest that the examples have in its
    place, where that is not negative. ``examples``: their lines of tokens."""
    counts = {(count.line, count.token) for count in shape.counts}

    @cache
    def lowest(line: int, token: int) -> int | None:
        is_list = is_list_line(shape, examples, line)
        places = (
            range(max(map(len, (row for example in examples for row in example)))) if is_list else (token,)
        )
        seen = [int(t) for place in places for t in column(shape, examples, line, place) if is_integer(t)]
        return min(seen, default=None)

    def is_above(line: int, token: int, value: str) -> bool:
        if (line, token) in counts or not is_integer(value):
            return True
        least = lowest(line, token)
        return least is None or least < 0 or int(value) >= least

    return lambda grid: all(
        is_above(line, token, value) for line, row in enumerate(grid) for token, value in enumerate(row)
    )


def is_list_line(shape: Shape, examples: Sequence[Sequence[Row]], line: int) -> bool:
    """Whether the tokens of a line all stand for the same thing: their number is counted, or differs."""
    if any(count.relation is Relation.ROW and count.line + 1 == line for count in shape.counts):
        return True
    start = shape.body_start
    if start is not None and line >= start:
        return len({len(row) for example in examples for row in example[start:]}) > 1
    return len({len(example[line]) for example in examples if line < len(example)}) > 1


def column(shape: Shape, examples: Sequence[Sequence[Row]], line: int, token: int) -> list[str]:
    """What all examples have at this place: on this line, or on all lines of the counted ones."""
    start = shape.body_start
    lines = slice(start, None) if start is not None and line >= start else slice(line, line + 1)
    return [row[token] for example in examples for row in example[lines] if token < len(row)]


def _is_board(row: Sequence[str]) -> bool:
    """Whether a line is a row of a board: words of one character each."""
    return len(row) > 1 and all(len(token) == 1 and not is_integer(token) for token in row)


def _pattern(word: str) -> str:
    return re.sub(r"\d", "0", re.sub(r"[A-Z]", "A", re.sub(r"[a-z]", "a", word)))


def _kind(token: str, *, is_formed: bool) -> str:
    """``0`` for an integer, ``a`` for a word, signs as they are, and the pattern of words that all have one."""
    if is_integer(token):
        return "0"
    if not any(map(str.isalnum, token)):
        return token
    return _pattern(token) if is_formed and _FORMED.match(token) else "a"


def _lengths(rows: Sequence[Row]) -> list[tuple[int, int, int]]:
    """How a token tells the length of its line: its place, tokens for each that it counts, and tokens besides."""
    rules = [(place, each, more) for place in (0, 1) for each in (1, 2, 3) for more in (0, 1, 2)]
    differ = len(set(map(len, rows))) > 1
    return [rule for rule in rules if differ and all(_tells_length(row, *rule) for row in rows)]


def _tells_length(row: Sequence[str], place: int, each: int, more: int) -> bool:
    return place < len(row) and is_integer(row[place]) and len(row) == each * int(row[place]) + more


def _has_even_words(rows: Grid) -> bool:
    """Whether these lines are words of one length: a grid."""
    return (
        all(len(row) == 1 and not is_integer(row[0]) for row in rows)
        and len({len(row[0]) for row in rows}) <= 1
    )


def _formed_neighbours(grid: Grid) -> list[tuple[str, str]]:
    """Words of one pattern, such as times, that stand alone on lines below one another."""
    alone = [row[0] if len(row) == 1 and _FORMED.match(row[0]) else "" for row in grid]
    return [(a, b) for a, b in pairwise(alone) if a and b and _pattern(a) == _pattern(b)]


def _rises(pair: tuple[str, str]) -> bool:
    return pair[0] < pair[1]
