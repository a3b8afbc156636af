"""A Markdown text as a flat row of lines, code blocks and tables.

A room of its own because examples are pasted in every shape, and only here does it matter what Markdown
makes of them: everything that is no code and no table stays the raw line, so a grid of ``# . #`` survives
being called a heading and ``1 2 3`` survives being called a list.
"""

from __future__ import annotations

import html
import re

from attrs import frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token


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
    info: str = ""
    """Info string of the fence (``python``, ``input`` …)."""


@frozen
class Table:
    """A table; each row a tuple of raw cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: int


Block = Line | Code | Table

_QUOTED = re.compile(r" {0,3}> \s*\S")
"""A quotation in earnest: ``>><<`` and a lone ``>`` may be data."""
_PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.IGNORECASE | re.DOTALL)
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br ?/?>|</?(?:p|div)>", re.IGNORECASE)
_TAG = re.compile(r"<[a-z/][^<>]{0,200}>", re.IGNORECASE)


def blocks_of(text: str, *, indented_code: bool = True) -> list[Block]:
    """The blocks in order, blank lines too. Without ``indented_code`` only fences are code."""
    lines = text.split("\n")
    tokens = _parser(indented_code).parse(text)
    covered = [False] * (len(lines) + 1)
    headings: dict[int, int] = {}
    quoted: set[int] = set()
    found: list[tuple[int, Block]] = []
    for position, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = token.map
        block: Block | None = None
        extra: list[Block] = []
        if token.type in {"fence", "code_block"}:
            block = Code(token.content, start, token.info.strip())
        elif token.type == "table_open":
            block = _table(tokens[position:], start)
        elif token.type == "html_block":
            extra = _html(token.content, start)
        elif token.type == "blockquote_open" and any(_QUOTED.match(raw) for raw in lines[start:end]):
            quoted.update(range(start, end))
        elif token.type == "heading_open":
            headings[start] = int(token.tag[1])
        if block is not None:
            extra = [block]
        if extra:
            found.extend((start, each) for each in extra)
            covered[start:end] = [True] * (end - start)
    for number, raw in enumerate(lines):
        if not covered[number]:
            found.append(
                (number, Line(_unquoted(raw) if number in quoted else raw, number, headings.get(number, 0)))
            )
    found.sort(key=lambda pair: pair[0])
    return [block for _, block in found]


def _parser(indented_code: bool) -> MarkdownIt:
    # Inline parsing is left out: it is never needed here, and it is slow on a line of 100 kB.
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    if not indented_code:
        parser.disable("code")
    return parser


def _unquoted(line: str) -> str:
    return re.sub(r"^(?: {0,3}>(?: |$))+", "", line)


def _table(tokens: list[Token], line: int) -> Table:
    rows: list[tuple[str, ...]] = []
    cells: list[str] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline":
            cells.append(_cell(token.content))
        elif token.type == "tr_close":
            rows.append(tuple(cells))
    return Table(rows[0] if rows else (), tuple(rows[1:]), line)


def _cell(raw: str) -> str:
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", raw))).replace("\u00a0", " ").strip()
    lines = [part.strip() for part in text.split("\n")]
    return "\n".join(
        part[1:-1] if len(part) > 1 and part[0] == part[-1] == "`" else part for part in lines
    ).strip("\n")


def _html(content: str, line: int) -> list[Block]:
    """Tables and ``<pre>`` of raw HTML; nothing for other HTML, whose lines then stay as they are."""
    rows = [
        tuple(_pre_text(cell).strip() for cell in _CELL.findall(row))
        for row in (_ROW.findall(content) if "<tr" in content.lower() else [])
    ]
    rows = [row for row in rows if row]
    if len(rows) > 1:
        return [Table(rows[0], tuple(rows[1:]), line)]
    return [Code(_pre_text(body).lstrip("\n"), line) for body in _PRE.findall(content)]


def _pre_text(body: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", body)))
