"""The typed model of what a program reads: blocks of lines, lines of fields, and what binds their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from attrs import frozen

from sstar_lsp.engine.test_inputs.example_shape import Row, with_ends
from sstar_lsp.engine.test_inputs.input_format.terms import Comparison, Term


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


class Order(StrEnum):
    """Order that the statement promises."""

    NONE = "none"
    RISING = "increasing, equal values allowed"
    STRICT = "strictly increasing"


@frozen
class LetterCount:
    """Some letters together come at least, or exactly, so often: "exactly one `S`", "at least one digit"."""

    letters: str
    number: int
    is_exact: bool


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
    first: int = 1
    """Index of a list's first value: 2 for ``p_2, …, p_n``."""
    low: int | None = None
    """Smallest value that the field's own sentence allows ("between 1 and 10"); for words, the shortest length."""
    high: int | None = None
    seen_low: int = 0
    """Smallest value, or for words the shortest length, of the examples."""
    seen_high: int = 0
    ceiling: str = ""
    """Variable that no value of the examples exceeds, where the statement has no upper bound: what is drawn keeps below it."""
    length: Term | None = None
    """Of a word, where a term gives it."""
    length_name: str = ""
    """Variable that the statement has for the word's length, where no token tells it: "a string of length n"."""
    length_known: Known = Known.EXAMPLES
    """Where the length is known from."""
    words: tuple[str, ...] = ()
    """Closed list of words."""
    alphabet: str = ""
    """Characters that a word is made of."""
    is_capitalized: bool = False
    """Whether a word begins with a capital letter, and has no other."""
    first_letters: Term | None = None
    """How many letters of the alphabet, from its first on, a word may have: "one of the first $K$ letters"."""
    letter_counts: tuple[LetterCount, ...] = ()
    """Letters that come so often in a word, or in all words of a picture together."""
    letters_known: Known = Known.EXAMPLES
    """Where words or alphabet are known from."""
    decimals: int = 0
    """Digits after the point."""
    odd: bool | None = None
    """Whether all its values are odd, or all even; None where both may be."""
    different: Term | None = None
    """How many different values a list has, or characters a word."""
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
    """Lines that look alike, or with ``variants`` are of several kinds; or, with ``inner``, blocks that come again and again (test cases)."""

    repeat: Term
    fields: tuple[Field, ...] = ()
    variants: tuple[tuple[Field, ...], ...] = ()
    """Instead of ``fields``: those of each kind of line, told by its first word."""
    inner: tuple[Block, ...] = ()
    distinct_rows: bool = False
    structure: Structure = Structure.NONE
    vertices: str = ""
    """Variable that counts the vertices, where the rows are edges."""

    @property
    def first(self) -> int:
        """Index of the first line: 2 where a column is ``p_2, …, p_n``."""
        return max((each.first for each in self.fields if each.count is None), default=1)

    def kinds(self) -> tuple[tuple[Field, ...], ...]:
        """The fields of each kind of line."""
        return self.variants or (self.fields,)

    def fields_of(self, row: Row) -> tuple[Field, ...] | None:
        """The fields of a line's kind; None where it is of none."""
        if not self.variants:
            return self.fields
        return next((fields for fields in self.variants if row and row[0] in fields[0].words), None)


@frozen
class Total:
    """The sum of one variable, or of the lengths of a word (``|s|``), over the whole input, and how large it may be."""

    name: str
    high: int


@frozen
class InputFormat:
    """What all inputs of a problem look like."""

    blocks: tuple[Block, ...]
    comparisons: tuple[Comparison, ...] = ()
    totals: tuple[Total, ...] = ()
    unread: tuple[str, ...] = ()
    """Text of the statement that promises something this model has no word for."""

    blank_ends: frozenset[int] = frozenset()
    """Lines that end with a blank in all examples."""

    @property
    def is_whole(self) -> bool:
        """Whether inputs may be drawn from it; else it may reject inputs, but what is drawn may be illegal."""
        return not self.unread

    def text_of(self, lines: Iterable[str]) -> str:
        """The input with these lines."""
        return with_ends(lines, self.blank_ends)

    def fields(self) -> Iterator[Field]:
        """All fields, in the order of the input."""
        yield from fields_of(self.blocks)


def lines_of_blocks(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """The blocks that hold lines, those of test cases among them."""
    for block in blocks:
        yield from lines_of_blocks(block.inner) if block.inner else (block,)


def variables_of(blocks: tuple[Block, ...]) -> set[str]:
    """Variables that the fields of some blocks give a value."""
    return {name for each in fields_of(blocks) for name in (each.name, each.length_name) if name}


def fields_of(blocks: tuple[Block, ...]) -> Iterator[Field]:
    """All fields of some blocks, in the order of the input."""
    for block in lines_of_blocks(blocks):
        for fields in block.kinds():
            yield from fields
