"""The shape of a problem's inputs, read off its examples and its constraints.

Two others need it: mutations must keep the shape, and an input of another shape
is probably illegal. A relation counts only when every example has it; where examples are few that is
too strict rather than too lax: a legal input may be lost, an illegal one rarely decides.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from enum import StrEnum

from attrs import frozen

from sstar_lsp.records import Problem, Style

Row = tuple[str, ...]
MOST_DIGITS = 4_000
"""Of an integer; a longer one is a word to us. ``int`` refuses more than 4,300 digits."""

_TEN_TO = r"10\s*(?:\^|\*\*)\s*\{?\d+\}?"
_SIZE = (  # the longest spelling first: 10^5 is not ten
    rf"(-?\d[\d,_ ]*(?:\.\d+)?\s*(?:\\cdot|\\times|·|×|\*)\s*{_TEN_TO}|-?{_TEN_TO}"
    r"|-?\d+(?:\.\d+)?[eE]\d+|-?\d[\d,_ ]*(?:\.\d+)?)"
)
_LE = r"(?:≤|<=|\\leq?|\\leqslant|&lt;=|⩽|<)"
_BOUNDS = re.compile(rf"{_SIZE}\s*\$?\s*{_LE}\s*[^\n≤<]{{1,60}}?{_LE}\s*\$?\s*{_SIZE}")
_POWER = re.compile(r"^(-?)(?:([\d.]+)\s*(?:\\cdot|\\times|·|×|\*)\s*)?10\s*(?:\^|\*\*)\s*\{?(\d+)\}?$")
_HEAD = 3
"""Relations are looked for on the first lines only: later ones repeat."""
_MANY_CASES = re.compile(r"\btest ?cases\b|\bcase #|\bqueries\b|\bdata ?sets\b", re.IGNORECASE)


class Relation(StrEnum):
    """What the value of a count token counts."""

    ROW = "tokens of the next line"
    LINES = "lines that follow"
    WIDTH = "characters of the next line"


@frozen
class Count:
    """A token whose value counts something in every example."""

    line: int
    token: int
    relation: Relation


@frozen
class Bounds:
    """Smallest and largest integer that the constraints allow anywhere."""

    low: int
    high: int


@frozen
class Shape:
    """What all examples have in common."""

    counts: tuple[Count, ...]
    line_count: int | None
    """Fixed number of lines, where nothing counts them."""
    widths: dict[int, int]
    """Line to its fixed number of tokens."""
    body_width: int | None
    """Tokens of each counted line, where they all have as many."""
    integer_lines: frozenset[int]
    """Lines that hold integers only."""
    body_is_integer: bool
    bounds: Bounds | None
    characters: frozenset[str] = frozenset()
    """Kinds of characters in the words of the examples: ``a`` lower case, ``A`` upper case, ``0`` digits, others themselves."""
    case_lines: int | None = None
    """Lines of one case, where the first line counts cases of equal length."""

    blank_ends: frozenset[int] = frozenset()
    """Lines that end with a blank."""

    @property
    def body_start(self) -> int | None:
        """First of the lines that a count token counts."""
        return next((count.line + 1 for count in self.counts if count.relation is Relation.LINES), None)


def rows(text: str) -> list[Row]:
    """Tokens line by line, blank lines at the end dropped."""
    return [tuple(line.split()) for line in text.rstrip().splitlines()]


def blank_ends_of(examples: Sequence[str]) -> frozenset[int]:
    """Lines that end with a blank in all examples."""
    lines = [example.splitlines() for example in examples]
    return frozenset(
        line for line in range(min(map(len, lines))) if all(each[line].endswith(" ") for each in lines)
    )


def text_of(shape: Shape, grid: Sequence[Sequence[str]]) -> str:
    """The input with these lines of tokens."""
    return with_ends(map(" ".join, grid), shape.blank_ends)


def with_ends(lines: Iterable[str], blank_ends: Container[int]) -> str:
    """The text with these lines, some of which end with a blank."""
    return "".join(line + " \n"[number not in blank_ends :] for number, line in enumerate(lines))


def is_integer(token: str) -> bool:
    """Whether the token is a plain decimal integer, of a length that Python converts."""
    digits = token.removeprefix("-")
    return len(digits) <= MOST_DIGITS and digits.isascii() and digits.isdigit()


def _number(text: str) -> int | None:
    text = text.strip()
    if match := _POWER.match(text):
        sign, factor, exponent = match.groups()
        if int(exponent) > 30:
            return None
        return int(float(factor or 1) * 10 ** int(exponent)) * (-1 if sign else 1)
    compact = re.sub(r"[,_ ]", "", text)
    try:
        return int(compact) if is_integer(compact) else int(float(compact))
    except (ValueError, OverflowError):
        return None


def bounds_of(statement: str) -> Bounds | None:
    """Smallest lower and largest upper bound among constraints such as ``1 ≤ n ≤ 10^5``."""
    lows: list[int] = []
    highs: list[int] = []
    for low_text, high_text in _BOUNDS.findall(statement.replace("\u2212", "-")):
        low, high = _number(low_text), _number(high_text)
        if low is not None and high is not None and low <= high:
            lows.append(low)
            highs.append(high)
    return Bounds(min(lows), max(highs)) if lows else None


def _holds(count: Count, grid: list[Row]) -> bool:
    if count.line + 1 > len(grid) or count.token >= len(grid[count.line]):
        return False
    token = grid[count.line][count.token]
    if not is_integer(token):
        return False
    below = grid[count.line + 1 :]
    match count.relation:
        case Relation.ROW:
            return (len(below[0]) if below else 0) == int(token)
        case Relation.LINES:
            return len(below) == int(token)
        case Relation.WIDTH:
            return bool(below) and len(below[0]) == 1 and len(below[0][0]) == int(token)


def _kinds(tokens: Iterable[str]) -> frozenset[str]:
    """Kinds of characters in those tokens that are no integers."""
    words = "".join(token for token in tokens if not is_integer(token))
    return frozenset("a" if c.islower() else "A" if c.isupper() else "0" if c.isdigit() else c for c in words)


def _common(values: list[int]) -> int | None:
    return values[0] if values and all(value == values[0] for value in values) else None


def _is_no_accident(count: Count, grids: list[list[Row]]) -> bool:
    """A relation seen in one example only is believed on the first line, where counts stand."""
    values = {grid[count.line][count.token] for grid in grids}
    return len(values) > 1 or count.line == 0


def _case_lines(grids: list[list[Row]]) -> int | None:
    """Lines of a case where ``T`` on the first line is followed by T times as many lines in all examples."""
    lengths: set[int] = set()
    for grid in grids:
        cases = int(grid[0][0]) if is_integer(grid[0][0]) else 0
        if cases < 1 or (len(grid) - 1) % cases:
            return None
        lengths.add((len(grid) - 1) // cases)
    return lengths.pop() if len(lengths) == 1 and sum(int(grid[0][0]) for grid in grids) > 2 else None


def shape_of(problem: Problem) -> Shape | None:
    """The shape of a stdin-style problem; None without examples or for function style."""
    grids = [rows(test.input) for test in problem.public_tests if test.input.strip()]
    if problem.style is not Style.STDIN or not grids:
        return None
    head = min(_HEAD, *(len(grid) for grid in grids))
    many_cases = bool(_MANY_CASES.search(problem.statement)) and all(len(grid[0]) == 1 for grid in grids)
    case_lines = _case_lines(grids) if many_cases else None
    if many_cases:
        head = 1  # what a case looks like inside, one example does not tell
    counts: list[Count] = []
    for line in range(head):
        for token in range(min(len(grid[line]) for grid in grids)):
            for relation in (Relation.LINES,) if many_cases else Relation:
                count = Count(line, token, relation)
                if all(_holds(count, grid) for grid in grids) and _is_no_accident(count, grids):
                    counts.append(count)
                    break
    body = next((c.line + 1 for c in counts if c.relation is Relation.LINES), None)
    line_count = None if body is not None or many_cases else _common([len(grid) for grid in grids])
    fixed = min(body, head) if body is not None else 1 if many_cases else min(len(grid) for grid in grids)
    counted = {c.line + 1 for c in counts if c.relation is Relation.ROW}
    widths = {
        line: width
        for line in range(fixed)
        if line not in counted and (width := _common([len(grid[line]) for grid in grids])) is not None
    }
    body_rows = [row for grid in grids for row in grid[body:]] if body is not None else []
    bounds = bounds_of(problem.statement)
    numbers = [int(token) for grid in grids for row in grid for token in row if is_integer(token)]
    if bounds and not all(bounds.low <= number <= bounds.high for number in numbers):
        bounds = None  # the constraints speak of something else, or we misread them
    return Shape(
        counts=tuple(counts),
        line_count=line_count,
        widths=widths,
        body_width=_common([len(row) for row in body_rows]),
        integer_lines=frozenset(
            line for line in range(fixed) if all(is_integer(t) for grid in grids for t in grid[line])
        ),
        body_is_integer=bool(body_rows) and all(is_integer(token) for row in body_rows for token in row),
        bounds=bounds,
        characters=_kinds(token for grid in grids for row in grid for token in row),
        case_lines=case_lines,
        blank_ends=blank_ends_of([test.input for test in problem.public_tests if test.input.strip()]),
    )


def misfit(shape: Shape, text: str) -> str | None:
    """Why the text is not of this shape, for a person; None when it is."""
    grid = rows(text)
    if not grid:
        return "it is empty"
    if shape.line_count is not None and len(grid) != shape.line_count:
        return f"it has {len(grid)} lines where every example has {shape.line_count}"
    if shape.case_lines is not None:
        cases = int(grid[0][0]) if is_integer(grid[0][0]) else 0
        if cases < 1 or cases * shape.case_lines != len(grid) - 1:
            return f"the first line does not count the cases of {shape.case_lines} lines"
    for count in shape.counts:
        if not _holds(count, grid):
            return (
                f"number {count.token + 1} of line {count.line + 1} does not count the {count.relation.value}"
            )
    for line, width in shape.widths.items():
        if line >= len(grid) or len(grid[line]) != width:
            return f"line {line + 1} does not have {width} values as in every example"
    body = shape.body_start
    if body is not None and shape.body_width is not None:
        for number, row in enumerate(grid[body:], body + 1):
            if len(row) != shape.body_width:
                return f"line {number} does not have {shape.body_width} values as in every example"
    for number, row in enumerate(grid):
        in_body = body is not None and number >= body
        if (shape.body_is_integer if in_body else number in shape.integer_lines) and not all(
            map(is_integer, row)
        ):
            return f"line {number + 1} holds something that is no integer"
    strange = _kinds(token for row in grid for token in row) - shape.characters
    if strange:
        kinds = {"a": "lower-case letters", "A": "upper-case letters", "0": "digits"}
        return f"its words have {kinds.get(min(strange), repr(min(strange)))}, which no example has"
    if shape.bounds:
        for token in (token for row in grid for token in row if is_integer(token)):
            if not shape.bounds.low <= int(token) <= shape.bounds.high:
                return f"{token} is outside of the limits {shape.bounds.low} … {shape.bounds.high}"
    return None
