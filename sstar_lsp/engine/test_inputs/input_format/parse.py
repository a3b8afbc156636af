"""Reading an input by a format, and telling why it is none of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, pairwise

from attrs import frozen

from sstar_lsp.engine.test_inputs.example_shape import Row, is_integer, rows
from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    InputFormat,
    Known,
    Order,
    Structure,
)
from sstar_lsp.engine.test_inputs.input_format.terms import INDEX, value_of

MOST_WHOLE_DIGITS = 300
"""Before the point of a decimal number: a float ends at 10^308."""


class Misfit(Exception):
    """The text is not of the format; the message says why, for a person."""


@frozen
class ReadRow:
    """One line as the format reads it."""

    block: Block
    batch: int
    """Number of the block's occurrence: rows of one occurrence stand together."""
    values: Mapping[str, int]
    """Single integers known on this line, its own included."""
    tokens: tuple[tuple[Field, tuple[str, ...]], ...]


def is_decimal(token: str) -> bool:
    """Whether the token is a plain decimal number that a float holds."""
    whole, _, digits = token.removeprefix("-").partition(".")
    return len(whole) < MOST_WHOLE_DIGITS and (whole + digits).isascii() and (whole + digits).isdigit()


def split_row(fields: Sequence[Field], row: Row, values: dict[str, int]) -> list[tuple[Field, Row]]:
    """Tokens of each field; adds the line's own integers to ``values``.

    Raises:
        Misfit: too few or too many tokens, or a token of another kind.
    """
    found: list[tuple[Field, Row]] = []
    place = 0
    for each in fields:
        count = 1 if each.count is None else value_of(each.count, values)
        if count is None or count < 0 or place + count > len(row):
            raise Misfit(f"a line has {len(row)} values, too few for {each.name.rstrip('_')}")
        tokens = row[place : place + count]
        place += count
        if each.kind is FieldKind.INTEGER and not all(map(is_integer, tokens)):
            raise Misfit(f"{each.name.rstrip('_')} is no integer")
        if each.kind is FieldKind.DECIMAL and not all(map(is_decimal, tokens)):
            raise Misfit(f"{each.name.rstrip('_')} is no number")
        if each.count is None:
            if is_integer(tokens[0]) and len(tokens[0]) < 400:
                values[each.name] = int(tokens[0])
            values[f"|{each.name}|"] = len(tokens[0])
            if each.length_name:
                values[each.length_name] = len(tokens[0])
        found.append((each, tokens))
    if place != len(row):
        raise Misfit(f"a line has {len(row)} values instead of {place}")
    return found


def read_rows(blocks: tuple[Block, ...], text: str) -> list[ReadRow]:
    """The lines of a text by these blocks.

    Raises:
        Misfit: it is not of this format.
    """
    grid = rows(text)
    found: list[ReadRow] = []
    end = _read(blocks, grid, {}, 0, found, count(1))
    if end < len(grid):
        raise Misfit(f"it has {len(grid)} lines instead of {end}")
    return found


def _read(
    blocks: tuple[Block, ...],
    grid: Sequence[Row],
    values: dict[str, int],
    place: int,
    found: list[ReadRow],
    batches: Iterator[int],
) -> int:
    """Adds the lines from ``place`` on to ``found``; returns the line after the last."""
    for block in blocks:
        repeat = value_of(block.repeat, values)
        if repeat is None or not 0 <= repeat <= len(grid) + 1:
            raise Misfit(f"it has {len(grid)} lines, where a count says otherwise")
        batch = next(batches)
        for number in range(repeat):
            own = dict(values)
            if block.inner:
                place = _read(block.inner, grid, own, place, found, batches)
                continue
            if block.repeat != 1:
                own[INDEX] = number + block.first
            row: Row = grid[place] if place < len(grid) else ()
            if place >= len(grid) and place > len(grid):
                raise Misfit(f"it has {len(grid)} lines, too few")
            fields = block.fields_of(row)
            if fields is None:
                raise Misfit(f"a line begins with {row[0][:20] if row else 'nothing'}")
            found.append(ReadRow(block, batch, own, tuple(split_row(fields, row, own))))
            place += 1
            if block.repeat == 1:
                values.update(own)
    return place


def why_not(form: InputFormat, text: str) -> str | None:
    """Why the text is illegal by what the statement says; None where nothing speaks against it."""
    try:
        read = read_rows(form.blocks, text)
    except Misfit as misfit:
        return str(misfit)
    return next(_faults(form, read), None)


def _faults(form: InputFormat, read: list[ReadRow]) -> Iterator[str]:
    sums: dict[str, int] = {}
    columns: dict[tuple[int, str], list[str]] = {}
    batches: dict[int, list[ReadRow]] = {}
    for row in read:
        batches.setdefault(row.batch, []).append(row)
        own = {name for each, _ in row.tokens for name in (each.name, each.length_name)}
        lists = {each.name for each, _ in row.tokens if each.count is not None}
        for comparison in form.comparisons:
            bare = {name.strip("|") for name in comparison.names}
            if not bare & own:
                continue
            in_lists = bare & lists
            if not in_lists:
                if not comparison.holds(row.values):
                    yield f"{comparison.source.strip()} does not hold"
            elif len(in_lists) == 1:
                (name,) = in_lists
                tokens = next(tokens for each, tokens in row.tokens if each.name == name)
                first = next(each.first for each, _ in row.tokens if each.name == name)
                for place, token in enumerate(tokens, first):
                    value = {f"|{name}|": len(token), INDEX: place}
                    if is_integer(token):
                        value[name] = int(token)
                    if not comparison.holds({**row.values, **value}):
                        yield f"{comparison.source.strip()} does not hold for {token[:20]}"
        for total in form.totals:
            if total.name.strip("|") in own and total.name in row.values:
                sums[total.name] = sums.get(total.name, 0) + row.values[total.name]
                if sums[total.name] > total.high:
                    yield f"the sum of all {'lengths' if '|' in total.name else total.name.rstrip('_')} is above {total.high}"
        for each, tokens in row.tokens:
            columns.setdefault((row.batch, each.name), []).extend(tokens)
            yield from _field_faults(each, tokens, row.values)
            if each.count is not None:
                yield from _series_faults(each, tokens)
    for batch in batches.values():
        block = batch[0].block
        for each in block.fields:
            column = columns[batch[0].batch, each.name]
            text = "".join(column) if each.letter_counts else ""
            for told in each.letter_counts:
                found = sum(map(text.count, told.letters))
                if found < told.number or (told.is_exact and found > told.number):
                    yield f"{each.name.rstrip('_')} has {found} of {told.letters} instead of {told.number}"
            if each.count is None:
                yield from _series_faults(each, column)
        if block.distinct_rows or block.structure is Structure.SIMPLE:
            keys = [tuple(sorted(token for _, tokens in row.tokens[:2] for token in tokens)) for row in batch]
            plain = [tuple(token for _, tokens in row.tokens for token in tokens) for row in batch]
            is_graph = block.structure is not Structure.NONE
            if len(set(keys if is_graph else plain)) < len(batch):
                yield "a line comes twice"
        if block.structure in (Structure.TREE, Structure.CONNECTED):
            yield from _graph_faults(block, batch)


def _series_faults(each: Field, series: Sequence[str]) -> Iterator[str]:
    """What is wrong with the values of a list, or of a column, together."""
    name = each.name.rstrip("_")
    if each.distinct and len(set(series)) < len(series):
        yield f"{name} has a value twice"
    if each.order is not Order.NONE and each.kind is FieldKind.INTEGER:
        numbers = [int(token) for token in series]
        if any(a > b or (a == b and each.order is Order.STRICT) for a, b in pairwise(numbers)):
            yield f"{name} is not {each.order.value}"
    if each.permutation and sorted(series) != sorted(str(i + 1) for i in range(len(series))):
        yield f"{name} is no permutation"


def _field_faults(each: Field, tokens: Row, values: Mapping[str, int]) -> Iterator[str]:
    name = each.name.rstrip("_")
    if each.different is not None:
        parts = tokens if each.count is not None else tokens[0]
        wanted = value_of(each.different, values)
        if wanted is not None and len(set(parts)) != wanted:
            yield f"{name} has {len(set(parts))} different values instead of {wanted}"
    if each.kind is not FieldKind.WORD:
        for token in tokens if each.kind is FieldKind.INTEGER else ():
            if (each.low is not None and int(token) < each.low) or (
                each.high is not None and int(token) > each.high
            ):
                yield f"{token[:20]} is outside of the limits of {name}"
            if each.odd is not None and int(token) % 2 != each.odd:
                yield f"{token[:20]} is {'even' if each.odd else 'odd'}"
        return
    length = (
        None
        if each.length is None or Known.STATEMENT not in (each.letters_known, each.length_known)
        else value_of(each.length, values)
    )
    letters = None if each.first_letters is None else value_of(each.first_letters, values)
    for token in tokens:
        if letters is not None and not set(token) <= set(each.alphabet[: max(letters, 0)]):
            yield f"{token[:20]} has others than the first {letters} letters"
        if each.is_capitalized and token != token.capitalize():
            yield f"{token[:20]} does not begin with its only capital letter"
        if each.letters_known is Known.STATEMENT:
            if each.words and token not in each.words:
                yield f"{token[:20]} is none of the words that the statement lists"
            if each.alphabet and not set(token) <= set(each.alphabet):
                yield f"{token[:20]} has characters that the statement does not allow"
        if length is not None and len(token) != length:
            yield f"{token[:20]} has {len(token)} characters instead of {length}"
        if (each.low is not None and len(token) < each.low) or (
            each.high is not None and len(token) > each.high
        ):
            yield f"{token[:20]} has {len(token)} characters"


def _graph_faults(block: Block, batch: list[ReadRow]) -> Iterator[str]:
    vertices = batch[0].values.get(block.vertices, 0)
    leader: dict[int, int] = {}

    def find(vertex: int) -> int:
        while leader.get(vertex, vertex) != vertex:
            leader[vertex] = leader.get(leader[vertex], leader[vertex])
            vertex = leader[vertex]
        return vertex

    joined = 0
    for row in batch:
        ends = [int(tokens[0]) for _, tokens in row.tokens[:2] if tokens and is_integer(tokens[0])]
        if len(ends) == 2:
            one, other = map(find, ends)
            if one != other:
                leader[one] = other
                joined += 1
            elif block.structure is Structure.TREE:
                yield "the tree has a circle"
    if joined != vertices - 1:
        yield "the graph is not connected"
