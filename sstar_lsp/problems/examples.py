"""The examples of a statement, in the shapes that people really paste.

A room of its own because this is the one place that decides what is an example and what is the
specification ("## Input: the first line holds n"). The walk over the blocks keeps a little state: are we in
an example section, and is there an input that waits for its output?
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import field, frozen, mutable

from sstar_lsp.problems.blocks import Block, Code, Line, Table
from sstar_lsp.problems.labels import Kind, Label, fence_side, label_of
from sstar_lsp.records import Remark, Severity

_LANGUAGES = {
    "python",
    "py",
    "python3",
    "cpp",
    "c++",
    "c",
    "java",
    "rust",
    "go",
    "js",
    "javascript",
    "ts",
    "typescript",
}
_PROSE = re.compile(r"[A-Za-z][a-z']+(?:[ ,]+[A-Za-z($][^ ]*){3,}")
_RULE = re.compile(r"^ {0,3}(?:-[ ]?){3,}$|^ {0,3}(?:\*[ ]?){3,}$|^ {0,3}(?:_[ ]?){3,}$")


@frozen
class Pair:
    """One example as it stands in the text."""

    input: str
    output: str
    line: int
    """Zero-based line where its input begins."""


@frozen
class Examples:
    """All examples of a statement."""

    pairs: tuple[Pair, ...]
    remarks: tuple[Remark, ...]


def examples_of(blocks: Sequence[Block]) -> Examples:
    """Find the examples; halves without their other half become remarks."""
    walk = _Walk(list(blocks))
    walk.run()
    return Examples(tuple(walk.pairs), tuple(walk.remarks))


def is_prose(text: str) -> bool:
    """Whether a line reads like a sentence, not like data."""
    head = text.strip()[:400]
    return _PROSE.match(head) is not None and (head[0].isupper() or head.endswith((".", ":", "!", "?")))


@mutable
class _Walk:
    blocks: list[Block]
    pairs: list[Pair] = field(factory=list)
    remarks: list[Remark] = field(factory=list)
    in_examples: bool = False
    section_level: int = 0
    """Heading level of the example section; 0 for a plain line."""
    loose: list[Code] = field(factory=list)
    """Unlabelled code blocks of the section: two of them are a pair."""
    waiting: tuple[str, int] | None = None
    """An input that waits for its output, and its line."""

    def run(self) -> None:
        position = 0
        while position < len(self.blocks):
            position = self.step(position)
        self.drop_waiting()

    def step(self, position: int) -> int:
        block = self.blocks[position]
        if isinstance(block, Table):
            self.table(block)
            return position + 1
        if isinstance(block, Code):
            self.code(block)
            return position + 1
        label = label_of(block.text)
        if label is None:
            if block.heading and (block.heading <= self.section_level or not self.section_level):
                self.leave()
            return position + 1
        return self.labelled(position, block, label)

    def labelled(self, position: int, block: Line, label: Label) -> int:
        match label.kind:
            case Kind.SECTION:
                self.drop_waiting()
                self.in_examples, self.section_level, self.loose = True, block.heading, []
            case Kind.REMARK:
                self.drop_waiting()
            case Kind.END:
                self.leave()
            case Kind.BOTH:
                return self.side_by_side(position + 1, block.line)
            case Kind.INPUT if self.is_example_input(position, label):
                self.drop_waiting()
                content, after = self.content(position, label)
                self.waiting = (content or "", block.line)
                return after
            case Kind.OUTPUT if self.waiting is not None:
                content, after = self.content(position, label)
                if content is None:
                    self.drop_waiting()
                else:
                    self.pair(content)
                return after
            case Kind.OUTPUT if label.explicit and not self.is_specification(position, label):
                _, after = self.content(position, label)
                self.remark("an output without an input was left out", block.line)
                return after
            case _:
                pass
        return position + 1

    def is_example_input(self, position: int, label: Label) -> bool:
        if label.rest is not None:
            return self.in_examples or label.explicit or self.output_follows_inline(position, label)
        if label.explicit:
            return not self.is_specification(position, label)
        if self.in_examples:
            return True
        # A bare "Input" outside of an example section: only when code, "Output" and code follow at once.
        after = self.next_solid(position + 1)
        if after is None or not isinstance(self.blocks[after], Code):
            return False
        output = self.next_solid(after + 1)
        if output is None:
            return False
        line = self.blocks[output]
        if not isinstance(line, Line):
            return False
        found = label_of(line.text)
        last = self.next_solid(output + 1)
        return (
            found is not None
            and found.kind is Kind.OUTPUT
            and found.rest is None
            and last is not None
            and isinstance(self.blocks[last], Code)
        )

    def is_specification(self, position: int, label: Label) -> bool:
        """``Input 1`` over a sentence tells of the format; ``Sample Input 1`` never does."""
        block = self.blocks[position]
        if not isinstance(block, Line) or re.search(
            r"sample|example|expected|copy|test", block.text, re.IGNORECASE
        ):
            return False
        after = self.next_solid(position + 1)
        following = self.blocks[after] if after is not None else None
        return (
            label.rest is None
            and not self.in_examples
            and isinstance(following, Line)
            and is_prose(following.text)
        )

    def output_follows_inline(self, position: int, label: Label) -> bool:
        """``Input: 3`` with ``Output: 6`` within a few lines, and neither a sentence."""
        if label.rest is None or is_prose(label.rest):
            return False
        for block in self.blocks[position + 1 : position + 12]:
            if isinstance(block, Line) and (found := label_of(block.text)) is not None:
                return found.kind is Kind.OUTPUT and not (found.rest and is_prose(found.rest))
        return False

    def content(self, position: int, label: Label) -> tuple[str | None, int]:
        """The example text that belongs to a label, and where to go on. None when nothing stands there."""
        lines: list[str] = [] if label.rest is None else [label.rest]
        at = position + 1
        blank = False
        while at < len(self.blocks):
            block = self.blocks[at]
            if isinstance(block, Code):
                if (
                    all(not line.strip() or is_prose(line) for line in lines)
                    and fence_side(block.info) is None
                ):
                    return tidy(block.text), at + 1
                break
            if isinstance(block, Table) or label_of(block.text) is not None or _RULE.match(block.text):
                break
            if not block.text.strip() or block.text.strip().lower() in {"copy", "copied!"}:
                if lines and label.rest is not None:
                    break
                blank = bool(lines)
            else:
                if (blank and is_prose(block.text)) or (block.heading and not self.looks_like_data(block)):
                    break
                if blank:
                    lines.append("")
                    blank = False
                lines.append(block.text)
            at += 1
        return (tidy("\n".join(lines)) if lines else None), at

    @staticmethod
    def looks_like_data(block: Line) -> bool:
        """A grid row ``# . #`` and ``10`` over ``---`` are headings to Markdown only."""
        return re.search(r"[A-Za-z]{3}", block.text) is None

    def side_by_side(self, position: int, line: int) -> int:
        """Kattis' two columns copied from a browser: a line that begins with a tab starts the second."""
        self.drop_waiting()
        lines: list[str] = []
        at = position
        while at < len(self.blocks):
            block = self.blocks[at]
            if not isinstance(block, Line) or label_of(block.text) is not None or block.heading:
                break
            if is_prose(block.text):
                break
            lines.append(block.text)
            at += 1
        split = next((i for i, text in enumerate(lines) if text.startswith("\t")), None)
        solid = [text for text in lines if text.strip()]
        if split is not None:
            left, right = "\n".join(lines[:split]), "\n".join([lines[split][1:], *lines[split + 1 :]])
            self.pairs.append(Pair(tidy(left), tidy(right), line))
        elif len(solid) == 2:
            self.pairs.append(Pair(tidy(solid[0]), tidy(solid[1]), line))
        elif len(solid) == 1 and solid[0].count("\t") == 1:
            left, right = solid[0].split("\t")
            self.pairs.append(Pair(tidy(left), tidy(right), line))
        else:
            self.remark("an example in two columns could not be split into input and output", line)
        return at

    def table(self, table: Table) -> None:
        kinds = [label.kind if (label := label_of(cell)) else None for cell in table.header]
        if Kind.INPUT not in kinds or Kind.OUTPUT not in kinds:
            return
        self.drop_waiting()
        left, right = kinds.index(Kind.INPUT), kinds.index(Kind.OUTPUT)
        for offset, row in enumerate(table.rows):
            if len(row) > max(left, right) and (row[left].strip() or row[right].strip()):
                self.pairs.append(Pair(tidy(row[left]), tidy(row[right]), table.line + 2 + offset))

    def code(self, block: Code) -> None:
        side = fence_side(block.info)
        if side is Kind.INPUT:
            self.drop_waiting()
            self.waiting = (tidy(block.text), block.line)
        elif side is Kind.OUTPUT:
            if self.waiting is None:
                self.remark("an output without an input was left out", block.line)
            else:
                self.pair(tidy(block.text))
        elif self.holds_labels(block):
            self.drop_waiting()
            inner = _Walk([Line(text, block.line + 1 + n) for n, text in enumerate(block.text.split("\n"))])
            inner.in_examples = True
            inner.run()
            self.pairs.extend(inner.pairs)
            self.remarks.extend(inner.remarks)
        elif (
            self.in_examples
            and block.info.split(" ")[0].lower() not in _LANGUAGES
            and ">>>" not in block.text
        ):
            self.loose.append(block)
            if len(self.loose) == 2 and self.waiting is None:
                self.pairs.append(Pair(tidy(self.loose[0].text), tidy(block.text), self.loose[0].line))
                self.loose = []

    def holds_labels(self, block: Code) -> bool:
        """A code block that holds whole examples (LeetCode's ``<pre>``: ``Input: …`` / ``Output: …``)."""
        if block.info.split(" ")[0].lower() in _LANGUAGES:
            return False
        kinds = [label.kind for line in block.text.split("\n") if (label := label_of(line))]
        return Kind.INPUT in kinds and Kind.OUTPUT in kinds

    def pair(self, output: str) -> None:
        assert self.waiting is not None
        text, line = self.waiting
        self.pairs.append(Pair(text, output, line))
        self.waiting = None
        self.loose = []

    def leave(self) -> None:
        self.drop_waiting()
        self.in_examples, self.section_level, self.loose = False, 0, []

    def drop_waiting(self) -> None:
        if self.waiting is not None:
            self.remark("an input without an output was left out", self.waiting[1])
        self.waiting = None

    def remark(self, message: str, line: int) -> None:
        self.remarks.append(Remark(Severity.WARNING, f"{message} (line {line + 1})", line))

    def next_solid(self, position: int) -> int | None:
        for at in range(position, len(self.blocks)):
            block = self.blocks[at]
            if not isinstance(block, Line) or (block.text.strip() and block.text.strip().lower() != "copy"):
                return at
        return None


def tidy(text: str) -> str:
    """Example text as a program reads it: no blank edges, one newline at the end."""
    lines = [line.rstrip() for line in text.replace("\u00a0", " ").replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines) + "\n" if lines else ""
