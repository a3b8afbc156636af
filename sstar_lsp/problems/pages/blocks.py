"""A statement as a flat row of lines, code blocks and tables: the blocks themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import frozen

from sstar_lsp.problems.text import code_block


@frozen
class Line:
    """One line that is neither code nor table."""

    text: str
    line: int
    """Zero-based line of the text."""
    heading: int = 0
    """1 … 6 for a heading, else 0."""


@frozen
class Code:
    """A fenced or indented code block, or a ``<pre>``."""

    text: str
    line: int
    """Zero-based line of its first line of text (of the fence's opening for a fence)."""
    info: str = ""
    """Info string of the fence (``python``, ``input`` …)."""
    end: int = 0
    """The line after its last one."""
    is_fenced: bool = True
    """False for an indented block, which may be an indented sample or an indented sentence."""
    raw: tuple[str, ...] = ()
    """Its lines with their indentation, where it is not fenced."""


@frozen
class Table:
    """A table; each row a tuple of raw cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: int
    row_lines: tuple[int, ...] = ()
    """Zero-based first line of each row; empty if rows follow each other line by line."""


Block = Line | Code | Table


def rendered(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown: what a page says, without the page."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Code):
            parts.append(code_block(block.text.rstrip("\n"), block.info))
        elif isinstance(block, Table):
            rows = [block.header, *block.rows]
            if any("\n" in cell for row in rows for cell in row):
                parts += ["\n\n".join(f"{name}\n\n```\n{cell.rstrip()}\n```" if name else cell for name, cell in zip(block.header, row, strict=False)) for row in block.rows]  # fmt: skip
            else:
                shown = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
                parts.append("\n".join([shown[0], "|" + "---|" * len(block.header), *shown[1:]]))
        else:
            parts.append(f"{'#' * block.heading} {block.text}" if block.heading else block.text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).strip("\n") + "\n"
