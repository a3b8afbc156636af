"""Lines of an input that the statement shows as a picture, as AtCoder does in every language: ``N M``, below it
``A_1 A_2 … A_N``, below it ``u_1 v_1``, dots, and ``u_M v_M``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from attrs import frozen

from sstar_lsp.engine.test_inputs.input_format.row_forms import RowForm, form_of, usable
from sstar_lsp.engine.test_inputs.input_format.sentences import Lines, Place, sentences_of
from sstar_lsp.engine.test_inputs.input_format.terms import Term, count_between, key_of, normal, term_of

MOST_LINES = 40
"""Of a picture."""
_BLOCKS = re.compile(
    r"^```[^\n]*\n(?P<code>.*?)^```|(?P<quote>(?:^>[^\n]*\n)+)|(?:\bformat|形式)[^\n]*\n\n+(?P<plain>(?!```|>)(?:[^\n]+\n)+)",
    re.DOTALL | re.MULTILINE,
)
_TOKEN = re.compile(r"(?P<base>[A-Za-z]+)(?:_(?P<index>\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\d+|[A-Za-z]))?|…")
_SPACE = re.compile(r"\\hspace\s*\{[^{}]*\}|\\quad|\$")
_UPRIGHT = re.compile(r"\\(?:math|text)?(?:rm|tt|sf|text)?\{([A-Za-z]+)\}")
_CASE = re.compile(r"(?:test_?)?case|testcase", re.IGNORECASE)


_INDEX = re.compile(r"[0-9]{1,9}")


@frozen
class _Token:
    """``A_{i,j}``, or dots."""

    base: str
    index: tuple[str, ...] = ()

    @property
    def is_dots(self) -> bool:
        return not self.base


@frozen
class _Item:
    """A variable on a line, or from ``first`` to ``last`` of them."""

    base: str
    row: str = ""
    """Index that its line has."""
    first: str = ""
    last: str = ""


class _Unclear(Exception):
    """The text is no picture of an input, or one of a kind that is not known."""


def pictured_lines(section: str, limits: str) -> tuple[list[Lines], Term | None] | None:
    """Lines of the section's pictures, and what counts the test cases; None where it has none that is understood.

    ``limits``: the statement's section on bounds, whose sentences speak of the variables too.
    """
    blocks = [
        (match["code"] or match["plain"] or (match["quote"] or "").replace(">", " "))
        for match in _BLOCKS.finditer(section)
    ]
    told = [*sentences_of(_BLOCKS.sub("", section)), *limits.splitlines()]
    try:
        if forms := _forms(blocks[1:]):
            return _of_kinds(_collapsed(list(_lines_of(blocks[0])), told), forms), None
        pictures = [list(_lines_of(block)) for block in blocks]
        if not pictures or len(pictures) > 2:
            return None
        cases = next((row for row in pictures[0] if row and _CASE.fullmatch(row[0].base)), None)
        if (cases is None) != (len(pictures) == 1):
            return None
        if cases is None:
            return _collapsed(pictures[0], told), None
        head = list(takewhile(lambda row: row is not cases, pictures[0]))
        found = _collapsed(head, told)
        loop = term_of("".join(pictures[0][-1][-1].index[-1:]))
        for lines in (inner := _collapsed(pictures[1], told)):
            lines.in_loop = True
        return ([*found, *inner], loop) if isinstance(loop, str) else None
    except _Unclear:
        return None


def _forms(blocks: Sequence[str]) -> list[RowForm]:
    """The kinds of lines that further pictures show, one each: "1 x", "2 x y"; empty where they show something else."""
    forms = [form_of(re.sub(r"[{}]", "", block)) for block in blocks if len(block.split("\n")) <= MOST_LINES]
    found = [form for form in forms if form is not None]
    return list(usable(found)) if len(found) == len(blocks) else []


def _of_kinds(lines: list[Lines], forms: list[RowForm]) -> list[Lines]:
    """The lines of which one name stands for lines of several kinds ("query_1").
    Raises :class:`_Unclear`: there is no such name."""
    queries = [each for each in lines if each.repeat != 1 and len(each.places) == 1]
    if len(queries) != 1:
        raise _Unclear
    queries[0].forms, queries[0].places = forms, []
    return lines


def _lines_of(block: str) -> Iterator[list[_Token]]:
    """Tokens of each line.
    Raises :class:`_Unclear`: a line has something else."""
    text = re.sub(
        r"\\[vd]dots|[⋮︙]|^\s*:\s*$", "…", _UPRIGHT.sub(r"\1", _SPACE.sub(" ", block)), flags=re.MULTILINE
    )
    lines = [line for line in normal(text).splitlines() if line.strip()]
    if not 0 < len(lines) <= MOST_LINES:
        raise _Unclear
    for line in lines:
        if _TOKEN.sub("", line).strip():
            raise _Unclear
        yield [_token(match) for match in _TOKEN.finditer(line)]


def _token(match: re.Match[str]) -> _Token:
    index = (match["index"] or "").strip("{} ")
    return _Token(match["base"] or "", tuple(part.strip() for part in index.split(",") if part.strip()))


def _collapsed(rows: Sequence[Sequence[_Token]], told: Sequence[str]) -> list[Lines]:
    """Lines, each told once that comes again with another index."""
    found: list[Lines] = []
    place = 0
    while place < len(rows):
        if _is_dots(rows[place]):
            raise _Unclear
        items = _items(rows[place])
        dots = next((n for n in range(place + 1, min(place + 4, len(rows))) if _is_dots(rows[n])), None)
        same = [_items(row) for row in rows[place + 1 : dots]] if dots is not None else []
        if dots is not None and all(_same(items, other) for other in same) and dots + 1 < len(rows):
            last = _items(rows[dots + 1])
            if _same(items, last) and (row := items[0].row) and all(item.row == row for item in items):
                found.append(_lines(items, _count(row, last[0].row), told, is_row=True))
                place = dots + 2
                continue
        found.append(_lines(items, 1, told, is_row=False))
        place += 1
    return found


def _is_dots(row: Sequence[_Token]) -> bool:
    return all(token.is_dots for token in row)


def _same(items: Sequence[_Item], others: Sequence[_Item]) -> bool:
    """Whether two lines hold the same but for an index."""
    return [(i.base, bool(i.last)) for i in items] == [(o.base, bool(o.last)) for o in others]


def _items(tokens: Sequence[_Token]) -> list[_Item]:
    """What a line holds: ``A_1 A_2 … A_N`` is one list.
    Raises :class:`_Unclear`: dots between other things."""
    found: list[_Item] = []
    place = 0
    while place < len(tokens):
        first = tokens[place]
        end = place
        while end + 1 < len(tokens) and (tokens[end + 1].is_dots or tokens[end + 1].base == first.base):
            end += 1
        run = tokens[place : end + 1]
        if any(token.is_dots for token in run):
            first, last = (_in_two(token) if first.index == ("11",) else token for token in (first, run[-1]))
            if first.is_dots or last.is_dots or not first.index or len(first.index) != len(last.index):
                if not _is_dots(tokens):
                    raise _Unclear
                return []
            row = first.index[0] if len(first.index) > 1 else ""
            found.append(_Item(first.base, row, first.index[-1], last.index[-1]))
            place = end + 1
            continue
        found.append(_Item(first.base, first.index[0] if first.index else ""))
        place += 1
    return found


def _in_two(token: _Token) -> _Token:
    """``c_{1W}`` as ``c_{1,W}``."""
    index = token.index[0] if token.index else ""
    return _Token(token.base, (index[0], index[1:])) if len(index) == 2 else token


def _lines(items: Sequence[_Item], repeat: Term, told: Sequence[str], *, is_row: bool) -> Lines:
    places = []
    for item in items:
        name = item.base
        if item.last:
            count = _count(item.first, item.last, is_row=is_row)
            places.append(Place(f"{name}_", count, first=int(item.first)))
        else:
            first = int(item.row) if is_row and _INDEX.fullmatch(item.row) else 1
            places.append(
                Place(
                    f"{name}_" if is_row else key_of(f"{name}_{item.row}") if item.row else name, first=first
                )
            )
    names = [re.escape(item.base) for item in items]
    spoken = [s for s in told if any(re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", s) for name in names)]
    return Lines(repeat, " ".join(spoken), places)


def _count(first: str, last: str, *, is_row: bool = False) -> Term:
    """How many there are from one index to another.
    Raises :class:`_Unclear`: that is no term."""
    end = term_of(re.sub(r"_\{?\w+\}?", "_i", last) if is_row else last)
    if end is None or not _INDEX.fullmatch(first):
        raise _Unclear
    return count_between(int(first), end)
