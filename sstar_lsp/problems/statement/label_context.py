"""What stands around a label: whether a section of examples, a specification or a sample follows it."""

from __future__ import annotations

import re

from attrs import frozen

from sstar_lsp.problems.pages.blocks import Block, Code, Line, Table
from sstar_lsp.problems.statement.example_headings import Kind, Label, is_copy_button, label_of
from sstar_lsp.problems.statement.prose import is_prose, kinds_of

_FORMAT_WORDS = re.compile(
    r"\b(?:lines?|contains?|consists?|integers?|input|test\s?cases?|given|строк\w*|содерж\w*|linha|línea|contém|contiene|zeile|ligne|wiersz\w*|rad(?:en)?)\b|行|包含|与え|주어|줄",
    re.IGNORECASE,
)
_BETWEEN = 15
"""So many lines may stand between the heading of a section of examples and its first label."""


@frozen
class Context:
    """The blocks of a document, looked at from one of them."""

    blocks: list[Block]

    def opens_examples(self, position: int) -> bool:
        """A heading such as ``Tests`` counts only if code, a table or a label follows."""
        following = 0
        for block in self.blocks[position + 1 :]:
            if isinstance(block, Code | Table):
                return True
            if not block.text.strip():
                continue
            label = label_of(block.text)
            if label is not None and label.is_framed:
                return label.kind in {Kind.INPUT, Kind.OUTPUT, Kind.BOTH, Kind.SECTION}
            following += 1
            if following > _BETWEEN:
                break
        return False

    def tells_format(self, position: int) -> bool:
        """Whether a sentence about the format follows the label: then the next problem begins."""
        following = self.next_solid(position + 1)
        below = self.blocks[following] if following is not None else None
        return (
            isinstance(below, Line) and is_prose(below.text) and _FORMAT_WORDS.search(below.text) is not None
        )

    def is_bare_example(self, position: int) -> bool:
        """Whether data (code, or lines of numbers), a bare "Output", and data again follow."""
        after = self.data_end(position + 1)
        if after is None:
            return False
        line = self.blocks[after] if after < len(self.blocks) else None
        label = label_of(line.text) if isinstance(line, Line) else None
        return (
            label is not None
            and label.kind is Kind.OUTPUT
            and label.rest is None
            and self.data_end(after + 1) is not None
        )

    def data_end(self, position: int) -> int | None:
        """Index of the first solid block after the data that begin here; None if none begin here."""
        first = self.next_solid(position)
        if first is None:
            return None
        if isinstance(self.blocks[first], Code):
            return self.next_solid(first + 1) or len(self.blocks)
        at = first
        while at < len(self.blocks):
            block = self.blocks[at]
            if not isinstance(block, Line) or not block.text.strip():
                break
            if label_of(block.text) is not None:
                break
            if not kinds_of([block.text]) <= {"number"}:
                return None
            at += 1
        return (self.next_solid(at) or len(self.blocks)) if at > first else None

    def is_specification(self, position: int, label: Label) -> bool:
        """``Input 1`` over a sentence tells of the format; ``Sample Input 1`` never does."""
        block = self.blocks[position]
        if label.rest is not None or not isinstance(block, Line):
            return False
        if not re.fullmatch(r"\W*\w+\W{0,3}\w{0,3}\W*", block.text):  # more than one word and a number
            return False
        after = self.next_solid(position + 1)
        following = self.blocks[after] if after is not None else None
        return isinstance(following, Line) and is_prose(following.text)

    def output_follows_inline(self, position: int, label: Label) -> bool:
        """``Input: 3`` with ``Output: 6`` within a few lines, and neither a sentence."""
        if label.rest is None or is_prose(label.rest):
            return False
        for block in self.blocks[position + 1 : position + 12]:
            if isinstance(block, Line) and (found := label_of(block.text)) is not None:
                return found.kind is Kind.OUTPUT and not (found.rest and is_prose(found.rest))
        return False

    def is_parted_by_tab(self, position: int) -> bool:
        """Whether the lines below two labels are cells: text, a line that begins with a tab, text."""
        for block in self.blocks[position + 1 :]:
            if not isinstance(block, Line) or label_of(block.text) is not None:
                return False
            if "\t" in block.text and not block.text.split("\t")[0].strip():
                return True
        return False

    def kind_at(self, position: int) -> Kind | None:
        block = self.blocks[position]
        label = label_of(block.text) if isinstance(block, Line) else None
        return label.kind if label is not None else None

    def next_solid(self, position: int) -> int | None:
        for at in range(position, len(self.blocks)):
            block = self.blocks[at]
            if not isinstance(block, Line) or (block.text.strip() and not is_copy_button(block.text)):
                return at
        return None
