"""Standard inputs made from the shape of the examples: other sizes, small values, boundary values.

Where :mod:`sstar_lsp.engine.test_inputs.mutation` changes an example a little, this module writes the whole input anew, so that
counts are small or one, values collide, and the limits of the statement are met. What it makes keeps the shape
that all examples share, and the bounds that the statement gives a variable where its place is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from random import Random

from sstar_lsp.engine.test_inputs.example_shape import (
    Bounds,
    Relation,
    Row,
    Shape,
    is_integer,
    misfit,
    named_bounds,
    rows,
    shape_of,
)
from sstar_lsp.records import Problem

SMALL = 12
"""Values below are tried most: programs err on small cases as on large ones, and people can check them."""
MOST_LINES = 12
"""Counts that are made, where the examples have no larger ones."""
_NAMES = re.compile(r"\$([A-Za-z]\w?)(?:_\w|_\{[^}]*\})?\$|\b([A-Z])\b")
_LINE_WORDS = ("first", "second", "third")
_SENTENCE = re.compile(r"(?<=[.:;])\s|\n\s*\n|\n-\s")


def places(problem: Problem) -> dict[tuple[int, int], str]:
    """Line and token to the variable that stands there, as far as sentences such as "the first line contains $N$ and
    $K$" say so."""
    found: dict[tuple[int, int], str] = {}
    text = re.sub(r"\([^()]*\)", " ", problem.statement)  # the bounds in brackets name variables again
    for number, word in enumerate(_LINE_WORDS):
        for sentence in _SENTENCE.split(text):
            is_it = re.search(rf"\b{word}\b[^.]{{0,20}}\bline\b", sentence, re.IGNORECASE)
            is_only = number == 0 and re.search(r"\b(one|a single|only) line\b", sentence, re.IGNORECASE)
            if is_it or (is_only and not found):
                names = list(dict.fromkeys(a or b for a, b in _NAMES.findall(sentence)))
                found.update({(number, token): name for token, name in enumerate(names)})
                break
    return found


def made_texts(problem: Problem, seed: int) -> Iterator[str]:
    """Inputs without end (some twice); none where there is no example."""
    shape = shape_of(problem)
    grids = [rows(test.input) for test in problem.public_tests if test.input.strip()]
    if shape is None or not grids:
        return
    maker = _Maker(shape, grids, problem, Random(f"grids {seed}"))  # noqa: S311 - no secret
    misses = 0
    while misses < 400:
        text = maker.text()
        if misfit(shape, text) is None:
            misses = 0
            yield text
        else:
            misses += 1


def largest_text(problem: Problem, seed: int, characters: int) -> str | None:
    """An input as large as the statement allows, and about so many characters at most; None where there is none."""
    shape = shape_of(problem)
    grids = [rows(test.input) for test in problem.public_tests if test.input.strip()]
    if shape is None or not grids:
        return None
    maker = _Maker(shape, grids, problem, Random(f"large {seed}"), characters)  # noqa: S311 - no secret
    for _ in range(8):
        text = maker.text()
        if misfit(shape, text) is None and len(text) < 2 * characters:
            return text
    return None


class _Maker:
    """Whole inputs of one shape."""

    def __init__(
        self,
        shape: Shape,
        grids: list[list[Row]],
        problem: Problem,
        random: Random,
        characters: int | None = None,
    ) -> None:
        """``characters``: make inputs as large as allowed, up to about so many; None: small ones."""
        self._characters = characters
        self._shape = shape
        self._grids = grids
        self._random = random
        self._bounds: Mapping[str, Bounds] = named_bounds(problem.statement)
        self._places = places(problem)
        self._quoted = set(re.findall(r"[`'\"]+(\w+)[`'\"]+", problem.statement))
        indexed = [bounds for name, bounds in self._bounds.items() if "_" in name]
        self._body_bounds = indexed[0] if len(indexed) == 1 else None
        """Of the one indexed variable (``a_i``), where all lines below the head hold one variable."""
        seen = [int(token) for grid in grids for row in grid for token in row if is_integer(token)]
        self._seen_bounds = Bounds(min([*seen, 1]), max([2 * each for each in seen] + [SMALL]))
        """Where the statement gives none: what the examples have, and a little more."""
        start = shape.body_start
        bodies = [grid[start:] for grid in grids] if start is not None else []
        self._is_square = bool(bodies) and all(
            len(row) == 1 and len(row[0]) == len(body) for body in bodies for row in body
        )

    def text(self) -> str:
        """One input; it may miss the shape."""
        template = self._random.choice(self._grids)
        high = 10**9 if self._characters else self._random.choice((2, 4, SMALL, SMALL, 100, 10**9))
        shape = self._shape
        head_end = shape.body_start if shape.body_start is not None else len(template)
        made: list[list[str]] = []
        for line, row in enumerate(template[:head_end]):
            made.append(self._line(made, line, row, high))
        if shape.body_start is not None and len(template) > head_end:
            count = next(c for c in shape.counts if c.relation is Relation.LINES)
            body = template[head_end:]
            size = int(made[count.line][count.token])
            made += [self._row(self._random.choice(body), None, high) for _ in range(size)]
            if self._is_square:
                made[head_end:] = [[self._resized(row[0], size)] for row in made[head_end:]]
        return "\n".join(" ".join(row) for row in made) + "\n"

    def _line(self, made: list[list[str]], line: int, row: Row, high: int) -> list[str]:
        counted = next(
            (c for c in self._shape.counts if c.line == line - 1 and c.relation is not Relation.LINES), None
        )
        if counted is not None:
            size = int(made[counted.line][counted.token])
            if counted.relation is Relation.ROW:
                row = tuple(self._random.choice(row or ("1",)) for _ in range(size))
            else:
                letters = row[0] if row else "a"
                return ["".join(self._random.choice(letters) for _ in range(size))]
        values = self._row(row, line, high)
        for count in self._shape.counts:
            if count.line == line:
                values[count.token] = str(self._size(count.line, count.token))
        return values

    def _size(self, line: int, token: int) -> int:
        seen = [int(grid[line][token]) for grid in self._grids]
        bounds = self._bounds.get(self._places.get((line, token), ""))
        low = max(1, bounds.low) if bounds else min(1, *seen) if min(seen) < 1 else 1
        if self._characters:
            limit = bounds or self._shape.bounds
            return min(limit.high if limit else 2000, self._characters // 8)
        most = max(MOST_LINES, *seen)
        if bounds:
            most = min(most, bounds.high)
        return self._random.choice((low, low + 1, *seen, self._random.randint(low, max(low, most))))

    def _row(self, row: Row, line: int | None, high: int) -> list[str]:
        return [self._token(token, line, place, high) for place, token in enumerate(row)]

    def _token(self, token: str, line: int | None, place: int, high: int) -> str:
        if not is_integer(token):
            return self._word(token)
        if len(token) > 1 and token.startswith("0"):
            return "".join(self._random.choice(token) for _ in token)  # digits that are letters
        name = self._places.get((line, place), "") if line is not None else ""
        below = self._body_bounds if line != 0 else None
        bounds = self._bounds.get(name) or below or self._shape.bounds or self._seen_bounds
        low, most = (
            bounds.low,
            max(bounds.low, min(bounds.high, bounds.low + high if bounds.low >= 0 else high)),
        )
        if low < 0:
            low = max(low, -high)
        if high == 10**9 and self._random.random() < 0.3:
            return str(self._random.choice((bounds.low, bounds.high)))
        if self._random.random() < 0.15:
            return token if bounds.low <= int(token) <= bounds.high else str(low)
        return str(self._random.randint(low, most))

    def _resized(self, word: str, size: int) -> str:
        """The word's letters in another number."""
        return "".join(self._random.choice(word) for _ in range(size))

    def _word(self, word: str) -> str:
        """Another word of the examples, or one of its letters; numbers within change (``3:45``, ``d6``)."""
        words = [token for grid in self._grids for row in grid for token in row if not is_integer(token)]
        way = self._random.random()
        if way < 0.4 or word in self._quoted:
            return self._random.choice(words)
        if re.search(r"\d", word):
            return re.sub(r"\d+", lambda found: str(self._random.randint(0, max(9, int(found[0])))), word)
        if len(set(words)) <= 6 and len(words) > len(
            set(words)
        ):  # a closed vocabulary: YES and NO, colours …
            return self._random.choice(words)
        letters = word if way < 0.7 else "".join(words)
        few = "".join(self._random.choice(letters) for _ in range(2))
        size = self._random.choice((1, 2, 3, len(word), len(word), len(word) + 1))
        return "".join(self._random.choice(few if way < 0.85 else letters) for _ in range(size))
