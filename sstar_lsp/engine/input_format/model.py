"""The typed model of what a program reads: blocks of lines, lines of fields, and what binds their values."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen

from sstar_lsp.engine.input_format.terms import Comparison, Term


class Known(StrEnum):
    """Where something is known from. A guess never makes an input illegal."""

    STATEMENT = "statement"
    EXAMPLES = "examples"
    GUESS = "guess"


class FieldKind(StrEnum):
    """What one token is."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    WORD = "word"


OrderKey = tuple[float, str]
"""By what tokens are in order: numbers by their value, words with an inner form by their text."""


class Order(StrEnum):
    """Order that the statement promises."""

    NONE = "none"
    RISING = "increasing, equal values allowed"
    STRICT = "strictly increasing"
    FALLING = "decreasing, equal values allowed"
    STRICT_FALLING = "strictly decreasing"

    def holds(self, one: OrderKey, following: OrderKey) -> bool:
        """Whether two neighbours are in this order."""
        match self:
            case Order.NONE:
                return True
            case Order.RISING:
                return one <= following
            case Order.STRICT:
                return one < following
            case Order.FALLING:
                return one >= following
            case Order.STRICT_FALLING:
                return one > following

    @property
    def is_strict(self) -> bool:
        """Whether equal values are excluded."""
        return self in (Order.STRICT, Order.STRICT_FALLING)

    @property
    def is_falling(self) -> bool:
        """Whether the largest value comes first."""
        return self in (Order.FALLING, Order.STRICT_FALLING)


@frozen
class Piece:
    """A part of a word with an inner form: a text of its own, or a number with leading zeros."""

    text: str = ""
    digits: int = 0
    """Of a number."""
    low: int = 0
    high: int = 0


@frozen
class Field:
    """One token of a line, or several with one meaning."""

    name: str
    """Variable of the statement (``n``, ``a_`` for all ``a_i``); ``?3`` where it names none."""
    kind: FieldKind
    known: Known
    source: str = ""
    """Text of the statement that tells of it."""
    count: Term | None = None
    """Number of tokens; None for one."""
    low: int | None = None
    """Smallest value that the field's own sentence allows ("between 1 and 10"); for words, the shortest length."""
    high: int | None = None
    seen_low: int = 0
    """Smallest value, or for words the shortest length, of the examples."""
    seen_high: int = 0
    length: Term | None = None
    """Of a word, where a term gives it."""
    words: tuple[str, ...] = ()
    """Closed list of words."""
    alphabet: str = ""
    """Characters that a word is made of."""
    pieces: tuple[Piece, ...] = ()
    """Inner form of a word: ``12:30``."""
    letters_known: Known = Known.EXAMPLES
    """Where words or alphabet are known from."""
    decimals: int = 0
    """Digits after the point."""
    order: Order = Order.NONE
    distinct: bool = False
    permutation: bool = False


class Structure(StrEnum):
    """What the rows of a block are together."""

    NONE = "none"
    TREE = "tree"
    CONNECTED = "connected graph"
    SIMPLE = "simple graph"


@frozen
class Block:
    """Lines that look alike; or, with ``inner``, blocks that come again and again (test cases)."""

    repeat: Term
    """How often; of no meaning where ``ends_with`` says it."""
    fields: tuple[Field, ...] = ()
    inner: tuple[Block, ...] = ()
    variants: tuple[tuple[Field, ...], ...] = ()
    """Kinds of lines that are told apart by their first word; then ``fields`` is empty."""
    ends_with: tuple[str, ...] | None = None
    """The line that ends the repetition; empty where the input's end does."""
    distinct_rows: bool = False
    structure: Structure = Structure.NONE
    vertices: str = ""
    """Variable that counts the vertices, where the rows are edges."""

    def every_field(self) -> Iterator[Field]:
        """Fields of the block's own lines, of all their kinds."""
        yield from self.fields
        for variant in self.variants:
            yield from variant


@frozen
class Total:
    """The sum of one variable over all test cases, and how large it may be."""

    name: str
    high: int


@frozen
class InputFormat:
    """What all inputs of a problem look like."""

    blocks: tuple[Block, ...]
    comparisons: tuple[Comparison, ...] = ()
    totals: tuple[Total, ...] = ()
    unread: tuple[str, ...] = ()
    """What the statement promises and this model has no word for, sentence by sentence: then the format may reject inputs,
    but what is drawn from it may be illegal."""

    @property
    def is_whole(self) -> bool:
        """Whether all is understood, so that inputs may be drawn."""
        return not self.unread

    def fields(self) -> Iterator[Field]:
        """All fields, in the order of the input."""
        yield from fields_of(self.blocks)


def fields_of(blocks: tuple[Block, ...]) -> Iterator[Field]:
    """All fields of some blocks, in the order of the input."""
    for block in blocks:
        yield from block.every_field()
        yield from fields_of(block.inner)
