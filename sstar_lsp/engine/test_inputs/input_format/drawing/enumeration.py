"""All legal inputs of a format, where the statement bounds everything in it and they are few.

Programs that agree on all of them are equal, which no number of drawn inputs can say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import TypeVar

from sstar_lsp.engine.test_inputs.example_shape import rows
from sstar_lsp.engine.test_inputs.input_format.model import Block, Field, FieldKind, InputFormat, Known
from sstar_lsp.engine.test_inputs.input_format.terms import Term, value_of
from sstar_lsp.records import Test

STEPS_FOR_ONE = 4
"""Values of fields that are tried for each input wanted: many may leave no value for the next field."""
LONGEST = 64
"""Lines of a block, tokens of a list, characters of a word: longer ones have too many values."""
_GOLDEN = (math.sqrt(5) - 1) / 2
_Lines = tuple[str, ...]
_Values = Mapping[str, int]
_T = TypeVar("_T")


class TooMany(Exception):
    """There are more inputs than wanted, or the statement does not bound them."""


def every_text(form: InputFormat, most: int) -> Iterator[str]:
    """All inputs by the format's counts, bounds and closed lists, the largest values first; what else is
    promised (order, a tree) is left to :func:`~sstar_lsp.engine.test_inputs.input_format.why_not`.

    Raises:
        TooMany: the format is not whole, or has more than ``most``; found out on the way, mostly at once.
    """
    if not form.is_whole:
        raise TooMany
    for number, lines in enumerate(_Enumeration(form, most).texts()):
        if number == most:
            raise TooMany
        yield form.text_of(lines)


def are_all(texts: Iterable[str], examples: Iterable[Test]) -> bool:
    """Whether each example is among the texts; else the format is narrower than the problem."""
    found = {tuple(rows(text)) for text in texts}
    return all(tuple(rows(test.input)) in found for test in examples)


def spread(items: Sequence[_T]) -> list[_T]:
    """The items in an order whose every beginning is spread over all: multiples of the golden section.

    No gap between them is twice the mean (three-distance theorem), so twice as many as items meet each.
    """
    places = dict.fromkeys(int(number * _GOLDEN % 1 * len(items)) for number in range(2 * len(items)))
    return [items[place] for place in places]


class _Enumeration:
    """The lines of each input, and how many values were tried for them."""

    def __init__(self, form: InputFormat, most: int) -> None:
        self._form = form
        self._most = most
        self._steps = most * STEPS_FOR_ONE

    def texts(self) -> Iterator[_Lines]:
        return self._blocks(self._form.blocks, {})

    def _blocks(self, blocks: tuple[Block, ...], values: _Values) -> Iterator[_Lines]:
        if not blocks:
            yield ()
            return
        block = blocks[0]
        for lines, known in self._times(block, _size(block.repeat, values), values):
            for more in self._blocks(blocks[1:], known):
                yield lines + more

    def _times(self, block: Block, repeat: int, values: _Values) -> Iterator[tuple[_Lines, _Values]]:
        """The block's lines so often, with the values that are known behind them."""
        if repeat == 0:
            yield (), values
            return
        if block.variants:
            raise TooMany
        inner = ((lines, values) for lines in self._blocks(block.inner, values))
        for lines, own in inner if block.inner else self._row(block.fields, "", values):
            for more, _ in self._times(block, repeat - 1, values):
                yield lines + more, own if block.repeat == 1 else values

    def _row(self, fields: tuple[Field, ...], line: str, values: _Values) -> Iterator[tuple[_Lines, _Values]]:
        if not fields:
            yield (line.lstrip(),), values
            return
        each = fields[0]
        for tokens in self._tokens(each, values):
            self._steps -= 1
            if self._steps < 0:
                raise TooMany
            own = dict(values)
            if each.count is None:
                own[f"|{each.name}|"] = len(tokens[0])
                if each.length_name:
                    own[each.length_name] = len(tokens[0])
                if each.kind is FieldKind.INTEGER:
                    own[each.name] = int(tokens[0])
            yield from self._row(fields[1:], " ".join((line, *tokens)), own)

    def _tokens(self, each: Field, values: _Values) -> Iterator[tuple[str, ...]]:
        """All values of a field.
        Raises :class:`TooMany`: there are too many, or nothing bounds them."""
        count = 1 if each.count is None else _size(each.count, values)
        if each.permutation:
            return permutations([str(count - place) for place in range(count)])
        allowed: Iterable[str]
        if each.kind is FieldKind.INTEGER:
            low, high = self._limits(each, each.name, values)
            number, allowed = max(0, high - low + 1), map(str, range(high, low - 1, -1))
        elif each.kind is FieldKind.DECIMAL or each.letters_known is not Known.STATEMENT:
            raise TooMany
        elif each.words:
            number, allowed = len(each.words), each.words
        else:
            sizes = self._sizes(each, values)
            number = sum(len(each.alphabet) ** size for size in sizes)
            allowed = ("".join(word) for size in sizes for word in product(each.alphabet, repeat=size))
        if number**count > self._most:
            raise TooMany
        return product(allowed, repeat=count)

    def _sizes(self, each: Field, values: _Values) -> range:
        """Lengths that a word may have."""
        if each.length is not None and each.length_known is Known.STATEMENT:
            size = _size(each.length, values)
            return range(size, size + 1)
        low, high = self._limits(each, each.length_name or f"|{each.name}|", values, 1)
        if high > LONGEST:
            raise TooMany
        return range(high, max(low, 1) - 1, -1)

    def _limits(self, each: Field, name: str, values: _Values, least: int | None = None) -> tuple[int, int]:
        """Smallest and largest value by the statement; what examples happen to have is no bound.
        Raises :class:`TooMany`: there is none."""
        lows = [low for low in (each.low, least) if low is not None]
        highs = [each.high] if each.high is not None else []
        for comparison in self._form.comparisons:
            strict = comparison.sign == "<"
            if comparison.sign == "!=":
                continue
            if comparison.right == name and (value := value_of(comparison.left, values)) is not None:
                lows.append(value + strict)
            if comparison.left == name and (value := value_of(comparison.right, values)) is not None:
                highs.append(value - strict)
        if not lows or not highs:
            raise TooMany
        return max(lows), min(highs)


def _size(term: Term, values: _Values) -> int:
    """How many lines, tokens or characters.
    Raises :class:`TooMany`: they are too many, or it is not known."""
    size = value_of(term, values)
    if size is None or size > LONGEST:
        raise TooMany
    return max(0, size)
