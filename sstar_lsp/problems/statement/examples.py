"""The examples of a statement, in the shapes that people paste.

The walk over the blocks tells examples from specification ("## Input: the first line holds n") and finds
where each sample ends. If the end of an output is not marked, the example says that it is not sure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve, field, frozen, mutable

from sstar_lsp.problems.pages.blocks import Block, Code, Line, Table
from sstar_lsp.problems.statement.columns import cut_table
from sstar_lsp.problems.statement.example_headings import (
    Kind,
    Label,
    fence_side,
    is_copy_button,
    label_of,
    side_of_cell,
)
from sstar_lsp.problems.statement.label_context import Context
from sstar_lsp.problems.statement.prose import is_prose
from sstar_lsp.problems.statement.samples import Half, Pair, of_code, of_lines, sample_part, tidy
from sstar_lsp.problems.statement.titles import numbered_title
from sstar_lsp.records import Remark, Severity

__all__ = ["Examples", "Pair", "examples_of", "is_prose", "tidy"]

_LANGUAGES = {"python", "py", "python3", "cpp", "c++", "c", "java", "rust", "go", "js", "javascript", "ts", "typescript"}  # fmt: skip
"""Info strings of fences that hold programs."""
_MODELS = 8
"""So many earlier outputs are looked at."""
_RULE = re.compile(r"^ {0,3}(?:-[ ]?){3,}$|^ {0,3}(?:\*[ ]?){3,}$|^ {0,3}(?:_[ ]?){3,}$|^ {0,3}={5,}$")
_INNER_LABEL = re.compile(
    r"\s+[*_]{0,3}(?=(?:output|explanation|输出|解释|出力|説明|출력|설명)\s?[*_]{0,3}\s?[:：])", re.IGNORECASE
)


@frozen
class Examples:
    """All examples of a statement."""

    pairs: tuple[Pair, ...]
    remarks: tuple[Remark, ...]
    order: tuple[tuple[str, str], ...] = ()
    """Formats, numbered titles and examples from top to bottom, for ``refusals.two_problems``."""


def examples_of(blocks: Sequence[Block]) -> Examples:
    """Find the examples; halves without their other half become remarks."""
    walk = _Walk(list(blocks))
    walk.run()
    pairs = walk.pairs
    # where some are labelled, a block under "Input: …" of the story is no example
    labelled = [pair for pair in pairs if pair.is_labelled]
    return Examples(tuple(labelled or pairs), tuple(walk.remarks), tuple(walk.order))


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
    waiting: list[Half] = field(factory=list)
    """Inputs that wait for their outputs; several only where they are numbered."""
    order: list[tuple[str, str]] = field(factory=list)
    columns: list[Kind | None] = field(factory=list)
    """What the columns of the last table hold."""
    context: Context = field(init=False)
    unfilled: Label | None = None
    """An input's label with an output's label right below it: their contents follow together."""

    def __attrs_post_init__(self) -> None:
        self.context = Context(self.blocks)

    def run(self) -> None:
        position = 0
        while position < len(self.blocks):
            position = self.step(position)
        self.drop_waiting()

    def step(self, position: int) -> int:
        known = len(self.pairs)
        after = self.read(position)
        self.order.extend(("example", pair.input) for pair in self.pairs[known:])
        return after

    def read(self, position: int) -> int:
        block = self.blocks[position]
        if isinstance(block, Table):
            self.table(block)
            return position + 1
        if isinstance(block, Code):
            self.code(block)
            return position + 1
        label = label_of(block.text)
        below = self.blocks[position + 1] if position + 1 < len(self.blocks) else None
        if title := numbered_title(
            block.text[:200], below.text if isinstance(below, Line) else "", block.heading
        ):
            self.order.append(("title", title))
        if label is None:
            if block.heading and (block.heading <= self.section_level or not self.section_level):
                self.leave()
            return position + 1
        return self.labelled(position, block, label)

    def labelled(self, position: int, block: Line, label: Label) -> int:
        if (
            label.rest is not None
            and label.kind is not Kind.REMARK
            and (cut := _INNER_LABEL.search(block.text, len(block.text) - len(label.rest)))
        ):
            self.blocks[position : position + 1] = [
                Line(block.text[: cut.start()], block.line, block.heading),
                Line(block.text[cut.end() :], block.line),
            ]
            return self.read(position)
        match label.kind:
            case Kind.SECTION if label.is_framed and self.context.opens_examples(position):
                self.drop_unnumbered()
                self.in_examples, self.section_level, self.loose = True, block.heading, []
            case Kind.REMARK:
                self.drop_unnumbered()
            case Kind.END:
                self.leave()
            case Kind.BOTH:
                return self.side_by_side(position, label)
            case Kind.INPUT if self.is_example_input(position, label):
                return self.input(position, block, label)
            case Kind.OUTPUT if self.waiting or self.unfilled:
                return self.output(position, label)
            case Kind.OUTPUT if label.explicit and (
                self.in_examples or not self.context.is_specification(position, label)
            ):
                half, after = self.content(position, label)
                if half is not None:
                    self.remark("an output without an input was left out", block.line)
                return after
            case Kind.INPUT if label.rest is None:
                following = self.context.next_solid(position + 1)
                if (
                    following is not None
                    and isinstance(below := self.blocks[following], Line)
                    and is_prose(below.text)
                ):
                    self.order.append(("format", ""))
            case _:
                pass
        return position + 1

    def is_example_input(self, position: int, label: Label) -> bool:
        if label.rest is not None:
            return self.in_examples or label.explicit or self.context.output_follows_inline(position, label)
        if label.explicit:
            return self.in_examples or not self.context.is_specification(position, label)
        if self.in_examples:
            return not self.context.tells_format(position)
        # A bare "Input" outside an example section: only if a sample, "Output" and a sample follow at once.
        return self.context.is_bare_example(position)

    def input(self, position: int, block: Line, label: Label) -> int:
        is_numbered = bool(label.number)
        if not (is_numbered and self.waiting and all(half.number for half in self.waiting)):
            self.drop_waiting()
        half, after = self.content(position, label)
        self.unfilled = label if half is None else None
        if half is None and not (after < len(self.blocks) and self.context.kind_at(after) is Kind.OUTPUT):
            self.unfilled = None
            self.remark("an input with nothing below it was left out", block.line)
        if half is not None:
            is_labelled = self.in_examples or (label.explicit and "=" not in (label.rest or ""))
            is_explicit = label.explicit and label.rest is None
            self.waiting.append(
                evolve(
                    half,
                    line=block.line,
                    number=label.number,
                    is_labelled=is_labelled,
                    is_explicit=is_explicit,
                )
            )
        return after

    def output(self, position: int, label: Label) -> int:
        if self.unfilled is not None and not self.waiting and self.context.is_parted_by_tab(position):
            self.unfilled = None
            return self.side_by_side(position, label)
        half, after = self.content(position, label)
        if self.unfilled is not None and not self.waiting:
            first, self.unfilled = self.unfilled, None
            second = self.context.next_solid(after)
            if half is not None and second is not None and isinstance(block := self.blocks[second], Code):
                self.waiting.append(evolve(half, number=first.number))
                half, after = of_code(block), second + 1
            else:
                self.remark("an input with nothing below it was left out", self.blocks[position].line)
                return after
        if half is not None:
            self.pair(half, label.number)
        elif not any(waiting.number for waiting in self.waiting):
            self.drop_waiting()
        return after

    # --- what stands below a label -----------------------------------------------------------------

    def content(self, position: int, label: Label) -> tuple[Half | None, int]:
        """The example text that belongs to a label, and where to go on. None when nothing stands there."""
        at = position + 1
        lines: list[Line] = []
        if label.rest is not None:
            lines.append(Line(label.rest, self.blocks[position].line))
            return self.inline(lines, at)
        while at < len(self.blocks):
            block = self.blocks[at]
            if isinstance(block, Code):
                only_prose = all(not line.text.strip() or is_prose(line.text) for line in lines)
                side = fence_side(block.info)
                if only_prose and (side is None or side[0] is label.kind) and not self.holds_labels(block):
                    return of_code(block), at + 1
                if block.is_fenced or not lines:
                    break
                lines += [Line(text, block.line + n) for n, text in enumerate(block.raw)]
            elif isinstance(block, Table):
                break
            elif is_copy_button(block.text) and not any(line.text.strip() for line in lines):
                pass
            elif self.ends_content(block, lines):
                break
            else:
                lines.append(block)
            at += 1
        if not any(line.text.strip() for line in lines):
            return None, at
        if label.kind is Kind.INPUT and at < len(self.blocks) and self.context.kind_at(at) is Kind.OUTPUT:
            return of_lines(lines), at
        kept, is_sure = sample_part(lines, self.earlier())
        return evolve(of_lines(kept), is_sure=is_sure), at

    def ends_content(self, block: Line, lines: list[Line]) -> bool:
        """Whether this line no longer belongs to the sample whose lines were collected."""
        if (
            _RULE.match(block.text)
            and any(line.text.strip() for line in lines)
            and not lines[-1].text.strip()
        ):
            return True
        if block.heading and not self.looks_like_data(block):
            return True
        label = label_of(block.text)
        if label is None:
            return False
        if label.kind in {Kind.INPUT, Kind.OUTPUT, Kind.BOTH}:
            return label.rest is None or label.is_framed
        # The bare word "test" may be data; as a heading it stands apart.
        return label.is_framed or (any(line.text.strip() for line in lines) and not lines[-1].text.strip())

    def inline(self, lines: list[Line], at: int) -> tuple[Half, int]:
        """A value that begins beside its label and may go on over the next lines."""
        depth, ends_open = _depth(lines[0].text), lines[0].text.rstrip().endswith("=")
        while at < len(self.blocks):
            block = self.blocks[at]
            is_open = depth > 0 or ends_open
            if isinstance(block, Code) and is_open and not block.is_fenced:
                following = [Line(raw, block.line + n) for n, raw in enumerate(block.raw)]
            elif (
                not isinstance(block, Line)
                or label_of(block.text) is not None
                or _RULE.match(block.text)
                or (not is_open and (not block.text.strip() or block.heading or is_prose(block.text)))
            ):
                break
            else:
                following = [block]
            lines += following
            depth += sum(_depth(line.text) for line in following)
            ends_open = ends_open and not any(line.text.strip() for line in following)
            at += 1
        return of_lines(lines), at

    @staticmethod
    def looks_like_data(block: Line) -> bool:
        """A grid row ``# . #`` and ``10`` over ``---`` are headings to Markdown only."""
        return re.search(r"[^\W\d_]{3}", block.text) is None

    def earlier(self) -> list[str]:
        """Outputs of the examples above, which show what outputs look like."""
        return [pair.output for pair in self.pairs[-_MODELS:]]

    # --- two columns ---------------------------------------------------------------------------------

    def side_by_side(self, position: int, label: Label) -> int:
        """A table of two columns as text: cells kept apart by tabs, or by the column of the second label."""
        self.drop_unnumbered()
        head = self.blocks[position]
        assert isinstance(head, Line)
        lines: list[Line] = []
        at = position + 1
        while at < len(self.blocks):
            block = self.blocks[at]
            if isinstance(block, Code) and not block.is_fenced:
                lines += [Line(text, block.line + n) for n, text in enumerate(block.raw)]
            elif not isinstance(block, Line) or self.ends_content(block, lines):
                break
            else:
                lines.append(block)
            at += 1
        pairs = cut_table(head, lines, label.column, self.earlier())
        if pairs:
            self.pairs += pairs
        elif any(line.text.strip() for line in lines):
            self.remark(
                "an example in two columns could not be split into input and output, and was left out",
                head.line,
            )
        return at

    def table(self, table: Table) -> None:
        # A table without a head goes on with the rows of the one above it.
        kinds = [side_of_cell(cell) for cell in table.header] if table.header else self.columns
        self.columns = kinds
        if (
            len(table.header) == 2
            and kinds == [Kind.INPUT, None]
            and table.rows
            and side_of_cell(table.rows[0][0]) is Kind.OUTPUT
        ):
            rows = [table.header, *table.rows]
            for upper, lower in zip(rows[::2], rows[1::2], strict=False):
                self.row(upper[1], lower[1], table.line, table.line + len(rows))
            return
        if kinds.count(Kind.INPUT) != 1 or kinds.count(Kind.OUTPUT) != 1:
            return
        self.drop_waiting()
        left, right = kinds.index(Kind.INPUT), kinds.index(Kind.OUTPUT)
        for n, row in enumerate(table.rows):
            if len(row) > max(left, right) and (row[left].strip() or row[right].strip()):
                if side_of_cell(row[left]) is Kind.INPUT and side_of_cell(row[right]) is Kind.OUTPUT:
                    continue  # the head again, above the next example
                line = table.row_lines[n] if n < len(table.row_lines) else table.line + 2 + n
                ends = table.row_lines[n + 1] if n + 1 < len(table.row_lines) else line + 1
                self.row(row[left], row[right], line, ends)

    def row(self, given: str, shown: str, line: int, end: int) -> None:
        self.pairs.append(Pair(tidy(given), tidy(shown), line, end))

    # --- code ----------------------------------------------------------------------------------------

    def code(self, block: Code) -> None:
        side = fence_side(block.info)
        if side is not None and side[0] is Kind.INPUT:
            if not (side[1] and self.waiting and all(half.number for half in self.waiting)):
                self.drop_waiting()
            self.waiting.append(evolve(of_code(block), number=side[1]))
        elif side is not None:
            if not self.waiting:
                self.remark("an output without an input was left out", block.line)
            else:
                self.pair(of_code(block), side[1])
        elif self.holds_labels(block):
            self.drop_waiting()
            offset = 1 if block.info or block.text.count("\n") < block.end - block.line - 1 else 0
            inner = _Walk(
                [Line(text, block.line + offset + n) for n, text in enumerate(block.text.split("\n"))]
            )
            inner.in_examples = True
            inner.run()
            self.pairs.extend(evolve(pair, is_labelled=self.in_examples) for pair in inner.pairs)
            self.remarks.extend(inner.remarks)
        elif (
            self.in_examples
            and block.info.split(" ")[0].lower() not in _LANGUAGES
            and ">>>" not in block.text
        ):
            self.loose.append(block)
            if len(self.loose) == 2 and not self.waiting:
                first = of_code(self.loose[0])
                second = of_code(block)
                self.pairs.append(Pair(first.text, second.text, first.line, second.end))
                self.loose = []

    def holds_labels(self, block: Code) -> bool:
        """A code block that holds whole examples (LeetCode's ``<pre>``: ``Input: …`` / ``Output: …``)."""
        if block.info.split(" ")[0].lower() in _LANGUAGES:
            return False
        labels = [label for line in block.text.split("\n")[:2000] if (label := label_of(line))]
        kinds = [label.kind for label in labels if label.is_framed or label.rest is not None]
        return Kind.BOTH in kinds or (Kind.INPUT in kinds and Kind.OUTPUT in kinds)

    # --- halves --------------------------------------------------------------------------------------

    def pair(self, output: Half, number: str) -> None:
        """Join an output with the input of its number, or with the one that waits."""
        index = next((n for n, half in enumerate(self.waiting) if number and half.number == number), None)
        if index is None:
            index = len(self.waiting) - 1 if not (number and len(self.waiting) > 1) else 0
        half = self.waiting.pop(index)
        self.pairs.append(
            Pair(half.text, output.text, half.line, output.end, output.is_sure, half.is_labelled)
        )
        if not output.is_sure:
            self.remark(
                f"the output of example {len(self.pairs)} may end elsewhere than above this line", output.end
            )
        self.loose = []

    def leave(self) -> None:
        # A page may give the format of the output between its sample input and its sample output.
        if not all(half.number or half.is_explicit for half in self.waiting):
            self.drop_waiting()
        self.unfilled = None
        self.in_examples, self.section_level, self.loose = False, 0, []

    def drop_unnumbered(self) -> None:
        if any(not half.number for half in self.waiting):
            self.drop_waiting()
        self.unfilled = None

    def drop_waiting(self) -> None:
        for half in self.waiting:
            self.remark("an input without an output was left out", half.line)
        self.waiting = []
        self.unfilled = None

    def remark(self, message: str, line: int) -> None:
        self.remarks.append(Remark(Severity.WARNING, f"{message} (line {line + 1})", line))


def _depth(text: str) -> int:
    return sum(text.count(char) for char in "([{") - sum(text.count(char) for char in ")]}")
