"""Examples in two columns of plain text, kept apart by tabs, by blank lines, or by the column of the second
label.

What cannot be cut without a guess is not cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from sstar_lsp.problems.pages.blocks import Line
from sstar_lsp.problems.statement.example_headings import Kind, side_of_cell
from sstar_lsp.problems.statement.prose import is_prose
from sstar_lsp.problems.statement.samples import Pair, of_lines, sample_part


def cut_table(head: Line, lines: list[Line], column: int, earlier: Sequence[str]) -> list[Pair]:
    """The examples of a table whose head is ``head``; empty if it cannot be cut.

    ``column``: where the second label begins, 0 if a tab or bar parts them; ``earlier``: the outputs of
    the examples above.
    """
    pairs = _numbered_rows(head.text, lines, earlier) or (
        _cut_columns(lines, column) if column else _cut_cells(lines, earlier)
    )
    return [evolve(pairs[0], line=head.line), *pairs[1:]] if pairs else []


def _numbered_rows(head: str, lines: list[Line], earlier: Sequence[str]) -> list[Pair]:
    """Rows that begin with their number: ``1 <tab> input <tab> output``, each cell of any number of lines."""
    cells = [cell for cell in head.split("\t") if cell.strip()]
    if len(cells) < 3 or side_of_cell(cells[1]) is not Kind.INPUT:
        return []
    starts: list[int] = []
    for n, line in enumerate(lines):
        if re.match(rf"\s*{len(starts) + 1}\t", line.text):
            starts.append(n)
    pairs = []
    for begin, end in pairwise([*starts, len(lines)]):
        row = [evolve(lines[begin], text=lines[begin].text.split("\t", 1)[1]), *lines[begin + 1 : end]]
        cut = next((n for n, line in enumerate(row) if "\t" in line.text), None)
        if cut is None:
            return []
        pairs.append(_cut_at_tab(row, cut, earlier, is_last=end == len(lines)))
    return pairs


def _cut_at_tab(row: list[Line], cut: int, earlier: Sequence[str], *, is_last: bool = True) -> Pair:
    left, right = row[cut].text.split("\t", 1)
    first = [*row[:cut], evolve(row[cut], text=left)]
    second = [evolve(row[cut], text=right), *row[cut + 1 :]]
    is_sure = True
    if any(line.text.strip() for line in second) and is_last:
        second, is_sure = sample_part(second, earlier)
    elif not any(line.text.strip() for line in second):
        second = second[:1]
    given, shown = of_lines(first), of_lines(second)
    return Pair(given.text, shown.text, given.line, shown.end, is_sure)


def _cut_cells(lines: list[Line], earlier: Sequence[str]) -> list[Pair]:
    """Rows of two cells kept apart by a tab. Between two tabs stand an output and the next input."""
    solid = [line for line in lines if line.text.strip()]
    if len(solid) > 1 and all(
        re.fullmatch(r"[^\t]*[^\t\s][^\t]*\t[^\t]*[^\t\s][^\t]*", line.text) for line in solid
    ):
        return [_cut_at_tab([line], 0, earlier) for line in solid]
    tabs = [n for n, line in enumerate(lines) if "\t" in line.text]
    if not tabs:
        return _cut_paragraphs(lines, earlier)
    if len(tabs) > 1:
        apart = [n for n in tabs if not lines[n].text.split("\t")[0].strip()]
        tabs = apart or tabs  # a cell's text may hold tabs of its own
    rows: list[tuple[list[Line], int]] = []
    begin = 0
    for this, following in pairwise([*tabs, None]):
        assert this is not None
        if following is None:
            end = len(lines)
        else:
            gaps = _gaps(lines, this + 1, following)
            if len(gaps) != 1:
                return []  # which paragraph ends the output cannot be told
            end = gaps[0]
        rows.append((lines[begin:end], this - begin))
        begin = end
    return [_cut_at_tab(row, at, earlier, is_last=row is rows[-1][0]) for row, at in rows]


def _cut_paragraphs(lines: list[Line], earlier: Sequence[str]) -> list[Pair]:
    """Two cells whose tab was lost, as editors do at line ends: the widest gap stands between them."""
    start = next((n for n, line in enumerate(lines) if line.text.strip()), None)
    if start is None:
        return []
    end = next(
        (n for n in range(start, len(lines)) if is_prose(lines[n].text) and not lines[n - 1].text.strip()),
        len(lines),
    )
    gaps = _gaps(lines, start, end)
    if len(gaps) != 1:
        return []
    second, is_sure = sample_part(lines[gaps[0] :], earlier)
    given, shown = of_lines(lines[start : gaps[0]]), of_lines(second)
    return [Pair(given.text, shown.text, given.line, shown.end, is_sure)]


def _cut_columns(lines: list[Line], column: int) -> list[Pair]:
    data: list[Line] = []
    for line in lines:
        if not line.text.strip():
            if any(part.text.strip() for part in data):
                data.append(line)
            continue
        if is_prose(line.text) and "  " not in line.text.strip():
            break
        data.append(line)
    solid = [line for line in data if line.text.strip()]
    if not solid or any(
        line.text[column - 1 : column].strip() and line.text[column:].strip() for line in solid
    ):
        return []
    left = [evolve(line, text=line.text[:column].strip()) for line in solid]
    right = [evolve(line, text=line.text[column:].rstrip()) for line in solid]
    if not any(line.text for line in right):
        return []
    given, shown = of_lines(_packed(left)), of_lines(_packed(right))
    return [Pair(given.text, shown.text, given.line, max(given.end, shown.end))]


def _gaps(lines: list[Line], start: int, end: int) -> list[int]:
    """Where paragraphs begin between two tabs, after the first one; the longest gaps only."""
    found: dict[int, int] = {}
    blank = 0
    seen = False
    for n in range(start, end):
        if lines[n].text.strip():
            if seen and blank:
                found[n] = blank
            seen, blank = True, 0
        else:
            blank += 1
    longest = max(found.values(), default=0)
    return [n for n, size in found.items() if size == longest]


def _packed(lines: list[Line]) -> list[Line]:
    last = max((n for n, line in enumerate(lines) if line.text.strip()), default=-1)
    return lines[: last + 1]
