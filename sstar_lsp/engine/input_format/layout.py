"""The lines that a statement tells of, made to fit all examples: a search, because prose can be read in several ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from sstar_lsp.engine.input_format.clauses import Lines, Told
from sstar_lsp.engine.input_format.commands import commands_of
from sstar_lsp.engine.input_format.model import Block, Field, FieldKind, Known
from sstar_lsp.engine.input_format.parse import Misfit, is_decimal, read_rows, split_row
from sstar_lsp.engine.input_format.places import Place
from sstar_lsp.engine.input_format.terms import Comparison, Term, value_of
from sstar_lsp.engine.shape import Row, is_integer, rows

LARGEST_SEARCH = 400
"""Readings of one line that are tried in all."""
_PLURAL = re.compile(
    r"integers|numbers|values|elements|words|heltal|tal|entiers|nombres|strings|zahlen|enteros|inteiros",
    re.IGNORECASE,
)
_WIDEST_LINE = 12
"""Values on a line that are told apart without names."""


@frozen
class _At:
    """Where in an example we are, and the single integers read so far."""

    place: int
    values: Mapping[str, int]


@frozen
class Fitted:
    """Blocks that fit all examples."""

    blocks: tuple[Block, ...]
    texts: Mapping[str, str]
    """For each field the sentences that speak of its line."""


class _Search:
    def __init__(self, told: Told, examples: Sequence[str], comparisons: Sequence[Comparison]) -> None:
        self.told = told
        self.examples = examples
        self.grids = [rows(example) for example in examples]
        self.left = LARGEST_SEARCH
        self.comparisons = comparisons
        self.reason = ""
        """Of the reading that came farthest."""
        self.farthest = -1

    def blocks(self) -> Iterator[tuple[Block, ...]]:
        start = tuple(_At(0, {}) for _ in self.grids)
        for chosen in self._from(0, start):
            outer = [
                block
                for block, each in zip(chosen, self.told.lines, strict=True)
                if block and not each.in_loop
            ]
            inner = tuple(
                block for block, each in zip(chosen, self.told.lines, strict=True) if block and each.in_loop
            )
            if inner:
                if self.told.loop is None and self.told.ends_with is None:
                    self.reason = "nothing counts the test cases"
                    continue
                outer.append(
                    Block(
                        self.told.loop or 0,
                        inner=inner,
                        ends_with=None if self.told.loop else self.told.ends_with,
                    )
                )
            elif self.told.ends_with is not None and outer:
                outer = [Block(0, inner=tuple(outer), ends_with=self.told.ends_with)]
            try:
                for example in self.examples:
                    read_rows(tuple(outer), example)
            except Misfit as misfit:
                if self.farthest < len(self.told.lines):
                    self.farthest, self.reason = len(self.told.lines), f"an example does not fit: {misfit}"
                continue
            yield tuple(outer)

    def _from(self, number: int, at: tuple[_At, ...]) -> Iterator[list[Block | None]]:
        if number == len(self.told.lines):
            yield []
            return
        each = self.told.lines[number]
        for block in self._readings(each, at, number):
            if self.left <= 0:
                return
            self.left -= 1
            after = self._behind(block, at)
            if after is None:
                continue
            for rest in self._from(number + 1, after):
                yield [block, *rest]
        if number > self.farthest:
            self.farthest, self.reason = number, f"no example has such lines: {each.text[:100]}"
        if number > 0 and not (each.places and each.places[0].count is not None):
            for rest in self._from(number + 1, at):  # the clause told of no further line
                yield [None, *rest]

    def _behind(self, block: Block, at: tuple[_At, ...]) -> tuple[_At, ...] | None:
        found = []
        for one, grid in zip(at, self.grids, strict=True):
            repeat = value_of(block.repeat, one.values)
            if repeat is None or repeat < 0 or one.place + repeat > len(grid) + 1:
                return None
            values = dict(one.values)
            for row in grid[one.place : one.place + repeat]:
                own = dict(one.values)
                try:
                    split_row(block, row, own)
                except Misfit:
                    return None
                if block.repeat == 1:
                    values |= own
            if one.place + repeat > len(grid):
                try:
                    split_row(block, (), dict(one.values))
                except Misfit:
                    return None
            found.append(_At(one.place + repeat, values))
        return tuple(found)

    def _readings(self, lines: Lines, at: tuple[_At, ...], number: int) -> Iterator[Block]:
        for repeat in self._repeats(lines, at):
            all_rows: list[tuple[Mapping[str, int], Row]] = []
            for one, grid in zip(at, self.grids, strict=True):
                count = value_of(repeat, one.values)
                if count is None or count < 0 or one.place + count > len(grid) + 1:
                    all_rows = []
                    break
                found = grid[one.place : one.place + count]
                all_rows += [(one.values, row) for row in found + [()] * (count - len(found))]
            if not all_rows:
                continue
            if (table := commands_of(lines.text, [row for _, row in all_rows], number)) is not None:
                yield Block(repeat, variants=table)
            readings = [fields for fields in _candidates(lines, all_rows, number) if fields]
            readings = list(
                {tuple((f.name, str(f.count)) for f in fields): fields for fields in readings}.values()
            )
            fitting = [
                fields for fields in readings if all(_fits(fields, row, values) for values, row in all_rows)
            ]
            fitting.sort(key=lambda fields: self._contradictions(fields, all_rows))
            for fields in fitting:
                yield Block(repeat, tuple(fields))
        if not isinstance(lines.repeat, int) and len(lines.places) <= 1:
            name = lines.places[0].name if lines.places else f"?{number}.list"
            one_line = Block(1, (Field(name, FieldKind.WORD, Known.EXAMPLES, count=lines.repeat),))
            widths = [value_of(lines.repeat, one.values) for one in at]
            if any(width != 1 for width in widths):
                yield one_line

    def _repeats(self, lines: Lines, at: tuple[_At, ...]) -> Iterator[Term]:
        yield lines.repeat
        is_last = self.told.lines[-1] is lines
        if lines.repeat != 1 or not is_last or lines.in_loop:
            return
        for name in at[
            0
        ].values:  # "Then the edges follow": a variable that counts what is left in all examples
            if not name.startswith("|") and all(
                one.values.get(name) == len(grid) - one.place
                for one, grid in zip(at, self.grids, strict=True)
            ):
                yield name

    def _contradictions(self, fields: Sequence[Field], all_rows: list[tuple[Mapping[str, int], Row]]) -> int:
        """How many inequalities of the statement this reading contradicts."""
        count = 0
        own = {each.name for each in fields}
        wanted = [c for c in self.comparisons if c.names & own]
        for values, row in all_rows[:20]:
            known = dict(values)
            for each, tokens in split_row(Block(1, tuple(fields)), row, known):
                for comparison in wanted:
                    if each.name not in comparison.names:
                        continue
                    if not all(is_integer(token) or is_decimal(token) for token in tokens) or (
                        each.count is None and not comparison.holds(known)
                    ):
                        count += 1
                    elif each.count is not None:
                        count += sum(
                            is_integer(token) and not comparison.holds({**known, each.name: int(token)})
                            for token in tokens
                        )
        return count


def fit(told: Told, examples: Sequence[str], comparisons: Sequence[Comparison]) -> Fitted | str:
    """The first reading that fits all examples, or why there is none."""
    search = _Search(told, examples, comparisons)
    blocks = next(search.blocks(), None)
    if blocks is None:
        return search.reason or "no line that the statement tells of is understood"
    texts: dict[str, str] = {}
    for number, each in enumerate(told.lines):
        for block in _flat(blocks):
            for part in block.every_field():
                if any(part.name == place.name for place in each.places) or part.name.startswith(
                    f"?{number}."
                ):
                    texts.setdefault(part.name, each.text)
    return Fitted(blocks, texts)


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _flat(block.inner)


def _fits(fields: Sequence[Field], row: Row, values: Mapping[str, int]) -> bool:
    try:
        split_row(Block(1, tuple(fields)), row, dict(values))
    except Misfit:
        return False
    return True


def _field(place: Place, known: Known = Known.STATEMENT) -> Field:
    is_named = not place.name.startswith("?")
    return Field(place.name, FieldKind.WORD, known if is_named else Known.EXAMPLES, count=place.count)


def _candidates(
    lines: Lines, all_rows: list[tuple[Mapping[str, int], Row]], number: int
) -> Iterator[list[Field]]:
    """Fields that such lines may have, the likeliest first."""
    places = [
        place
        if not place.name.startswith("?")
        else Place(f"?{number}.{i}", place.count, place.is_word_length, place.is_numeral)
        for i, place in enumerate(lines.places)
    ]
    if places:
        yield from _as_told(places)
    without = [place for place in places if place.name not in ("i", "j", "k")]
    if len(without) < len(places):
        yield from _as_told(without)
    values = [place for place in without if not place.is_numeral]
    if len(values) < len(without):
        yield from _as_told(values)
    if places:
        yield [*map(_field, places), Field(f"?{number}.end", FieldKind.WORD, Known.EXAMPLES)]
    places = without
    widths = {len(row) for _, row in all_rows}
    width = min(widths)
    scalars = [place for place in places if place.count is None or place.is_word_length]
    listed = next((place for place in places if place.name.endswith("_") or place.count is not None), None)
    if all(row and is_integer(row[0]) and int(row[0]) == len(row) - 1 for _, row in all_rows) and (
        len(widths) > 1 or len(places) == 2
    ):
        own = scalars[0].name if scalars else f"?{number}.count"
        name = places[1].name if len(places) > 1 else f"?{number}.list"
        yield [_field(Place(own)), _field(Place(name, own))]
    if listed is not None or _PLURAL.search(lines.text) or len(widths) > 1:
        name = listed.name if listed is not None else f"?{number}.list"
        counters = [c for c in all_rows[0][0] if not c.startswith("|")]
        before = scalars[: scalars.index(listed)] if listed in scalars else []
        for counter in counters:
            if all(v.get(counter) == len(row) for v, row in all_rows):
                yield [_field(Place(name, counter), Known.EXAMPLES)]
            if before and all(v.get(counter) == len(row) - len(before) for v, row in all_rows):
                yield [*map(_field, before), _field(Place(name, counter), Known.EXAMPLES)]
    if len(widths) == 1 and 0 < width <= _WIDEST_LINE:
        named = [_field(Place(place.name)) for place in scalars[:width]]
        yield named + [
            Field(f"?{number}.{at}", FieldKind.WORD, Known.EXAMPLES) for at in range(len(named), width)
        ]
        if width == 1 and places:
            yield [_field(Place(places[0].name))]


def _as_told(places: Sequence[Place]) -> Iterator[list[Field]]:
    """As many tokens as the clause says; or one word where it counts characters."""
    if any(place.is_word_length for place in places):
        yield [
            evolve(_field(Place(place.name)), length=place.count) if place.is_word_length else _field(place)
            for place in places
        ]
    yield [_field(place) for place in places]
    if any(place.count is not None for place in places):
        yield [_field(Place(place.name)) for place in places]
