"""The examples of a statement, in the shapes that people really paste.

The walk over the blocks decides what is an example and what is the specification ("## Input: the first line holds n"),
and where each sample ends. Where the end of an output is not marked, the reading is the one that the page supports, and
the example says that it is not sure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve, field, frozen, mutable

from sstar_lsp.problems.blocks import Block, Code, Line, Table
from sstar_lsp.problems.labels import Kind, Label, fence_side, is_copy_button, label_of, side_of_cell
from sstar_lsp.problems.prose import is_formula, is_prose, kinds_of
from sstar_lsp.problems.text import sample_text
from sstar_lsp.problems.titles import numbered_title
from sstar_lsp.records import Remark, Severity

__all__ = ["Examples", "Pair", "examples_of", "is_prose", "tidy"]

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
_RULE = re.compile(r"^ {0,3}(?:-[ ]?){3,}$|^ {0,3}(?:\*[ ]?){3,}$|^ {0,3}(?:_[ ]?){3,}$|^ {0,3}={5,}$")
_ANNOTATED = re.compile(r"(?P<head>\s*STDIN\s{2,})FUNCTION\b", re.IGNORECASE)
_INNER_LABEL = re.compile(
    r"\s+[*_]{0,3}(?=(?:output|explanation|输出|解释|出力|説明|출력|설명)\s?[*_]{0,3}\s?[:：])", re.IGNORECASE
)
_FORMAT_WORDS = re.compile(
    r"\b(?:lines?|contains?|consists?|integers?|input|test\s?cases?|given|строк\w*|содерж\w*|linha|línea|contém|contiene|zeile|ligne|wiersz\w*|rad(?:en)?)\b|行|包含|与え|주어|줄",
    re.IGNORECASE,
)
_BETWEEN = 15
"""So many lines may stand between the heading of a section of examples and its first label."""


@frozen
class Pair:
    """One example as it stands in the text."""

    input: str
    output: str
    line: int
    """Zero-based line where its input begins."""
    output_line: int = 0
    """Zero-based line where its output begins."""
    end: int = 0
    """The line after its last one."""
    is_sure: bool = True
    """Whether the end of the output is marked, or what follows cannot be output."""
    is_labelled: bool = True
    """Under a heading for samples; False for a bare ``Input: … Output: …`` in the text."""


@frozen
class Examples:
    """All examples of a statement."""

    pairs: tuple[Pair, ...]
    remarks: tuple[Remark, ...]
    order: tuple[tuple[str, str], ...] = ()
    """Formats, numbered titles and examples from top to bottom, for :func:`~sstar_lsp.problems.refusals.two_problems`."""


@frozen
class _Half:
    text: str
    line: int
    end: int
    number: str = ""
    is_sure: bool = True
    is_labelled: bool = True
    is_explicit: bool = False


def examples_of(blocks: Sequence[Block]) -> Examples:
    """Find the examples; halves without their other half become remarks."""
    walk = _Walk(list(blocks))
    walk.run()
    pairs = walk.pairs
    if any(
        pair.is_labelled for pair in pairs
    ):  # a block "Input: … Output: …" of the story is then no example
        pairs = [pair for pair in pairs if pair.is_labelled]
    return Examples(tuple(pairs), tuple(walk.remarks), tuple(walk.order))


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
    waiting: list[_Half] = field(factory=list)
    """Inputs that wait for their outputs; several only where they are numbered."""
    order: list[tuple[str, str]] = field(factory=list)
    columns: list[Kind | None] = field(factory=list)
    """What the columns of the last table hold."""
    unfilled: Label | None = None
    """An input's label with an output's label right below it: their contents follow together."""

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
            case Kind.SECTION if label.is_framed and self.opens_examples(position):
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
            case Kind.OUTPUT if label.explicit and not self.is_specification(position, label):
                half, after = self.content(position, label)
                if half is not None:
                    self.remark("an output without an input was left out", block.line)
                return after
            case Kind.INPUT if label.rest is None:
                following = self.next_solid(position + 1)
                if (
                    following is not None
                    and isinstance(below := self.blocks[following], Line)
                    and is_prose(below.text)
                ):
                    self.order.append(("format", ""))
            case _:
                pass
        return position + 1

    def opens_examples(self, position: int) -> bool:
        """A heading such as ``Tests`` of a menu opens nothing: what follows must be code, a table or a label."""
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

    def is_example_input(self, position: int, label: Label) -> bool:
        if label.rest is not None:
            return self.in_examples or label.explicit or self.output_follows_inline(position, label)
        if label.explicit:
            return not self.is_specification(position, label)
        if self.in_examples:
            return not self.tells_format(position)
        # A bare "Input" outside of an example section: only when a sample, "Output" and a sample follow at once.
        return self.is_bare_example(position)

    def tells_format(self, position: int) -> bool:
        """Whether a sentence about the format stands below the label: the next problem of the document begins."""
        following = self.next_solid(position + 1)
        below = self.blocks[following] if following is not None else None
        return (
            isinstance(below, Line) and is_prose(below.text) and _FORMAT_WORDS.search(below.text) is not None
        )

    def is_bare_example(self, position: int) -> bool:
        """Whether a block of data (code, or lines of numbers) follows, then a bare "Output", and data again."""
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
        """Where the first solid block after the data that begin here stands; None where no data begin here."""
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
        if label.rest is not None or self.in_examples or not isinstance(block, Line):
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

    def input(self, position: int, block: Line, label: Label) -> int:
        is_numbered = bool(label.number)
        if not (is_numbered and self.waiting and all(half.number for half in self.waiting)):
            self.drop_waiting()
        half, after = self.content(position, label)
        self.unfilled = label if half is None else None
        if half is None and not (after < len(self.blocks) and self.kind_at(after) is Kind.OUTPUT):
            self.unfilled = None
            self.remark("an input with nothing below it was left out", block.line)
        if half is not None:
            is_labelled = self.in_examples or (label.explicit and "=" not in (label.rest or ""))
            self.waiting.append(
                evolve(
                    half,
                    line=block.line,
                    number=label.number,
                    is_labelled=is_labelled,
                    is_explicit=label.explicit and label.rest is None,
                )
            )
        return after

    def output(self, position: int, label: Label) -> int:
        if self.unfilled is not None and not self.waiting and self.is_parted_by_tab(position):
            self.unfilled = None
            return self.side_by_side(position, label)
        half, after = self.content(position, label)
        if self.unfilled is not None and not self.waiting:
            first, self.unfilled = self.unfilled, None
            second = self.next_solid(after)
            if half is not None and second is not None and isinstance(block := self.blocks[second], Code):
                self.waiting.append(evolve(half, number=first.number))
                half, after = _of_code(block), second + 1
            else:
                self.remark("an input with nothing below it was left out", self.blocks[position].line)
                return after
        if half is not None:
            self.pair(half, label.number)
        elif not any(waiting.number for waiting in self.waiting):
            self.drop_waiting()
        return after

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

    # --- what stands below a label -----------------------------------------------------------------

    def content(self, position: int, label: Label) -> tuple[_Half | None, int]:
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
                    return _of_code(block), at + 1
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
        if label.kind is Kind.INPUT and at < len(self.blocks) and self.kind_at(at) is Kind.OUTPUT:
            return _of_lines(lines), at
        kept, is_sure = self.sample_part(lines)
        return evolve(_of_lines(kept), is_sure=is_sure), at

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

    def inline(self, lines: list[Line], at: int) -> tuple[_Half, int]:
        """A value that begins beside its label and may go on over the next lines."""
        while at < len(self.blocks):
            block = self.blocks[at]
            text = "\n".join(line.text for line in lines)
            open_brackets = _depth(text) > 0 or text.rstrip().endswith("=")
            if isinstance(block, Code) and open_brackets and not block.is_fenced:
                lines += [Line(raw, block.line + n) for n, raw in enumerate(block.raw)]
                at += 1
                continue
            if not isinstance(block, Line) or label_of(block.text) is not None or _RULE.match(block.text):
                break
            if not open_brackets and (not block.text.strip() or block.heading or is_prose(block.text)):
                break
            lines.append(block)
            at += 1
        return _of_lines(lines), at

    def sample_part(self, lines: list[Line]) -> tuple[list[Line], bool]:
        """The lines of a sample without the explanation below it, and whether the border is sure.

        A sample ends where a sentence or a drawn formula begins; a paragraph of data between the two belongs to
        the sample only if its tokens are of the sample's kinds.
        """
        start = next(n for n, line in enumerate(lines) if line.text.strip())
        lines = lines[start:]
        first = _paragraph_end(lines, 0)
        head = lines[0].text
        end = first
        if not is_prose(head):
            has_words = "lower" in kinds_of([head]) | kinds_of(
                line for pair in self.pairs for line in pair.output.split("\n")
            )
            for n in range(1, 1 if has_words else first):
                if is_prose(lines[n].text) and (
                    len(lines[n].text.split()) > 4 or lines[n].text.rstrip().endswith((".", ":", "!", "?"))
                ):
                    return lines[:n], kinds_of(line.text for line in lines[:n]) <= {"number"}
        known = kinds_of(line.text for line in lines[:first]) | kinds_of(
            line for pair in self.pairs for line in pair.output.split("\n")
        )
        has_model = bool(self.pairs) and not any("\n\n" in pair.output.strip("\n") for pair in self.pairs)
        at = first
        while at < len(lines):
            gap = at
            while at < len(lines) and not lines[at].text.strip():
                at += 1
            if at >= len(lines):
                break
            after = _paragraph_end(lines, at)
            texts = [line.text for line in lines[at:after]]
            is_explanation = any(is_prose(text) or is_formula(text) for text in texts)
            if is_explanation or at - gap > 1 or not kinds_of(texts) <= known:
                # Paragraphs of data above the explanation: the samples before it say whether outputs have several.
                is_sure = is_explanation and end == first
                return lines[: first if has_model else end], is_sure
            end = at = after
        return lines[:end], True

    @staticmethod
    def looks_like_data(block: Line) -> bool:
        """A grid row ``# . #`` and ``10`` over ``---`` are headings to Markdown only."""
        return re.search(r"[^\W\d_]{3}", block.text) is None

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
        pairs = self.numbered_rows(head.text, lines) or (
            self.cut_columns(lines, label.column) if label.column else self.cut_cells(lines)
        )
        if pairs:
            self.pairs += [evolve(pairs[0], line=head.line), *pairs[1:]]
        elif any(line.text.strip() for line in lines):
            self.remark(
                "an example in two columns could not be split into input and output, and was left out",
                head.line,
            )
        return at

    def numbered_rows(self, head: str, lines: list[Line]) -> list[Pair]:
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
            pairs.append(self.cut_at_tab(row, cut, is_last=end == len(lines)))
        return pairs

    def cut_at_tab(self, row: list[Line], cut: int, *, is_last: bool = True) -> Pair:
        left, right = row[cut].text.split("\t", 1)
        first = [*row[:cut], evolve(row[cut], text=left)]
        second = [evolve(row[cut], text=right), *row[cut + 1 :]]
        is_sure = True
        if any(line.text.strip() for line in second) and is_last:
            second, is_sure = self.sample_part(second)
        elif not any(line.text.strip() for line in second):
            second = second[:1]
        given, shown = _of_lines(first), _of_lines(second)
        return Pair(given.text, shown.text, given.line, shown.line, shown.end, is_sure)

    def cut_cells(self, lines: list[Line]) -> list[Pair]:
        """Rows of two cells kept apart by a tab. Between two tabs stand an output and the next input."""
        solid = [line for line in lines if line.text.strip()]
        if len(solid) > 1 and all(
            re.fullmatch(r"[^\t]*[^\t\s][^\t]*\t[^\t]*[^\t\s][^\t]*", line.text) for line in solid
        ):
            return [self.cut_at_tab([line], 0) for line in solid]
        tabs = [n for n, line in enumerate(lines) if "\t" in line.text]
        if not tabs:
            return self.cut_paragraphs(lines)
        if len(tabs) > 1:
            apart = [
                n for n in tabs if not lines[n].text.split("\t")[0].strip()
            ]  # a cell's text may hold tabs of its own
            tabs = apart or tabs
        rows: list[list[Line]] = []
        begin = 0
        for this, following in zip(tabs, [*tabs[1:], None], strict=True):
            if following is None:
                end = len(lines)
            else:
                gaps = _gaps(lines, this + 1, following)
                if len(gaps) != 1:
                    return []  # which paragraph ends the output cannot be told
                end = gaps[0]
            rows.append(lines[begin:end])
            begin = end
        return [
            self.cut_at_tab(
                row,
                next(
                    n
                    for n, line in enumerate(row)
                    if "\t" in line.text
                    and (len(tabs) == 1 or not line.text.split("\t")[0].strip() or len(rows) == 1)
                ),
                is_last=k == len(rows) - 1,
            )
            for k, row in enumerate(rows)
        ]

    def cut_paragraphs(self, lines: list[Line]) -> list[Pair]:
        """Two cells whose tab was lost, as editors do at line ends: the widest gap stands between them."""
        start = next((n for n, line in enumerate(lines) if line.text.strip()), None)
        if start is None:
            return []
        end = next(
            (
                n
                for n in range(start, len(lines))
                if is_prose(lines[n].text) and not lines[n - 1].text.strip()
            ),
            len(lines),
        )
        gaps = _gaps(lines, start, end)
        if len(gaps) != 1:
            return []
        second, is_sure = self.sample_part(lines[gaps[0] :])
        given, shown = _of_lines(lines[start : gaps[0]]), _of_lines(second)
        return [Pair(given.text, shown.text, given.line, shown.line, shown.end, is_sure)]

    def cut_columns(self, lines: list[Line], column: int) -> list[Pair]:
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
        given, shown = _of_lines(_packed(left)), _of_lines(_packed(right))
        return [Pair(given.text, shown.text, given.line, shown.line, max(given.end, shown.end))]

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
        self.pairs.append(Pair(tidy(given), tidy(shown), line, line, end))

    # --- code ----------------------------------------------------------------------------------------

    def code(self, block: Code) -> None:
        side = fence_side(block.info)
        if side is not None and side[0] is Kind.INPUT:
            if not (side[1] and self.waiting and all(half.number for half in self.waiting)):
                self.drop_waiting()
            self.waiting.append(evolve(_of_code(block), number=side[1]))
        elif side is not None:
            if not self.waiting:
                self.remark("an output without an input was left out", block.line)
            else:
                self.pair(_of_code(block), side[1])
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
                first = _of_code(self.loose[0])
                second = _of_code(block)
                self.pairs.append(Pair(first.text, second.text, first.line, second.line, second.end))
                self.loose = []

    def holds_labels(self, block: Code) -> bool:
        """A code block that holds whole examples (LeetCode's ``<pre>``: ``Input: …`` / ``Output: …``)."""
        if block.info.split(" ")[0].lower() in _LANGUAGES:
            return False
        labels = [label for line in block.text.split("\n")[:2000] if (label := label_of(line))]
        kinds = [label.kind for label in labels if label.is_framed or label.rest is not None]
        return Kind.BOTH in kinds or (Kind.INPUT in kinds and Kind.OUTPUT in kinds)

    # --- halves --------------------------------------------------------------------------------------

    def pair(self, output: _Half, number: str) -> None:
        """Join an output with the input of its number, or with the one that waits."""
        index = next((n for n, half in enumerate(self.waiting) if number and half.number == number), None)
        if index is None:
            index = len(self.waiting) - 1 if not (number and len(self.waiting) > 1) else 0
        half = self.waiting.pop(index)
        self.pairs.append(
            Pair(half.text, output.text, half.line, output.line, output.end, output.is_sure, half.is_labelled)
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

    def next_solid(self, position: int) -> int | None:
        for at in range(position, len(self.blocks)):
            block = self.blocks[at]
            if not isinstance(block, Line) or (block.text.strip() and not is_copy_button(block.text)):
                return at
        return None


def _paragraph_end(lines: list[Line], start: int) -> int:
    return next((n for n in range(start, len(lines)) if not lines[n].text.strip()), len(lines))


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


def _depth(text: str) -> int:
    return sum(text.count(char) for char in "([{") - sum(text.count(char) for char in ")]}")


def _of_lines(lines: list[Line]) -> _Half:
    """A half whose borders the text itself marks: blank edges are no part of it."""
    solid = [line for line in lines if line.text.strip()]
    first, last = (solid[0].line, solid[-1].line) if solid else (lines[0].line, lines[-1].line)
    return _Half(_without_annotations(tidy("\n".join(line.text for line in lines))), first, last + 1)


def _of_code(block: Code) -> _Half:
    """A half that a block marks: kept as it stands, blank lines and spaces too."""
    text = sample_text(block.text)
    text = text if text.endswith("\n") or not text else text + "\n"
    if not text.strip():
        text = ""
    if not block.is_fenced:
        text = tidy(text)
    start = block.line + (1 if block.text.count("\n") < block.end - block.line - 1 else 0)
    return _Half(_without_annotations(text), start, start + max(1, text.count("\n")))


def _without_annotations(text: str) -> str:
    """HackerRank's annotated sample: only the column below ``STDIN`` is input."""
    lines = text.split("\n")
    match = _ANNOTATED.match(lines[0])
    if match is None:
        return text
    column = len(match["head"])
    return tidy("\n".join(line[:column].rstrip() for line in lines[1:] if line.strip(" -\t")))


def tidy(text: str) -> str:
    """Example text without blank edges and spaces at line ends, with one newline at its end."""
    lines = [line.rstrip() for line in sample_text(text).replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines) + "\n" if lines else ""
