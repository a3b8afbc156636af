"""Markdown and plain text as blocks.

What is no code, no table and no HTML stays the raw line, so a grid of ``# . #`` is no heading and ``1 2 3``
no list. Escapes and entities of the prose become the characters that Markdown shows.
"""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sstar_lsp.problems.pages.blocks import Block, Code, Line, Table
from sstar_lsp.problems.pages.html_blocks import html_blocks

_QUOTED = re.compile(r" {0,3}> \s*\S")
"""A quotation in earnest: ``>><<`` and a lone ``>`` may be data."""
_BREAK = re.compile(r"<br ?/?>|</?(?:p|div)(?: [^<>]{0,200})?>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|center|code|del|div|em|font|h[1-6]|i|img|ins|kbd|li|mark|ol|p|q|s|samp|small|span|strong|tt|u|ul|var)"
    r"(?:[ \t][^<>\n]{0,300})?/?>",
    re.IGNORECASE,
)
_RAISED = re.compile(r"<(sup|sub)>([^<>]{0,60})</\1>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!<>|~-])")
_IS_MARKDOWN = re.compile(r"^ {0,3}(?:#{1,6} \S|```)|\*\*\S|^\|[ :-]*-{2,}|\]\(https?:", re.MULTILINE)
_HTML_START = re.compile(r" {0,3}<(pre|table|div|section|center|ul|ol|dl|p|h[1-6]|article)\b", re.IGNORECASE)


def markdown_blocks(text: str, indented_code: bool = True) -> list[Block]:
    """The blocks in order, blank lines too. Without ``indented_code`` only fences are code."""
    lines = text.split("\n")
    is_markdown = _IS_MARKDOWN.search(text) is not None
    blocks: list[Block] = []
    covered = [False] * (len(lines) + 1)
    for start, end in _html_regions(lines):
        blocks.extend(html_blocks("\n".join(lines[start:end]), start))
        covered[start:end] = [True] * (end - start)
    source = "\n".join("" if covered[n] else raw for n, raw in enumerate(lines))
    tokens = _parser(indented_code).parse(source)
    headings: dict[int, int] = {}
    quoted: set[int] = set()
    for position, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = token.map
        if token.type in {"fence", "code_block"}:
            is_fenced = token.type == "fence"
            content = _sample_markup(token.content)
            raw_lines = () if is_fenced else tuple(lines[start:end])
            blocks.append(Code(content, start, token.info.strip(), end, is_fenced, raw_lines))
        elif token.type == "table_open":
            blocks.append(_table(tokens[position:], start))
        elif token.type == "blockquote_open" and any(_QUOTED.match(raw) for raw in lines[start:end]):
            quoted.update(range(start, end))
            continue
        else:
            if token.type == "heading_open":
                headings[start] = int(token.tag[1])
            continue
        covered[start:end] = [True] * (end - start)
    for number, raw in enumerate(lines):
        if not covered[number]:
            shown = re.sub(r"^(?: {0,3}>(?: |$))+", "", raw) if number in quoted else raw
            blocks.extend(Line(part, number, headings.get(number, 0)) for part in _shown(shown, is_markdown))
    blocks.sort(key=lambda block: block.line)
    return blocks


def _parser(indented_code: bool) -> MarkdownIt:
    # Inline parsing is left out: it is never needed here, and it is slow on a line of 100 kB.
    parser = MarkdownIt("commonmark").enable("table").disable("html_block")
    parser.core.ruler.enableOnly(["normalize", "block"])
    if not indented_code:
        parser.disable("code")
    return parser


def _html_regions(lines: list[str]) -> list[tuple[int, int]]:
    """Line ranges of block HTML outside of fences, each from its first tag to where that is closed."""
    regions: list[tuple[int, int]] = []
    fence = ""
    at = 0
    while at < len(lines):
        line = lines[at]
        if mark := re.match(r" {0,3}(`{3,}|~{3,})", line):
            if not fence:
                fence = mark[1]
            elif line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif not fence and (start := _HTML_START.match(line)):
            end = _region_end(lines, at, start[1].lower())
            if end is not None:
                regions.append((at, end))
                at = end
                continue
        at += 1
    return regions


def _region_end(lines: list[str], start: int, tag: str) -> int | None:
    """The line after the one that closes ``tag``; None if it is never closed or has Markdown inside."""
    mark = re.compile(rf"<(/?){tag}\b", re.IGNORECASE)
    depth = 0
    for number in range(start, min(len(lines), start + 4000)):
        if (
            number > start
            and re.match(r" {0,3}(?:```|~~~|#{1,6} )", lines[number])
            and tag not in {"pre", "table"}
        ):
            return None
        for match in mark.finditer(lines[number]):
            depth += -1 if match[1] else 1
        if depth <= 0:
            return number + 1
    return None


def _shown(line: str, is_markdown: bool) -> list[str]:
    """A line as a reader sees it: without inline tags, with entities and (in Markdown) escapes as their
    characters.

    A ``<br>`` inside ends a line.
    """
    if "<" in line and is_markdown:
        line = _RAISED.sub(lambda m: ("^" if m[1].lower() == "sup" else "_") + m[2], line)
        parts = [_INLINE_TAG.sub("", part) for part in _BREAK.split(line)]
        parts = [part for n, part in enumerate(parts) if part.strip() or (n == 0 and len(parts) == 1)] or [""]
    else:
        parts = [line]
    return [_unescaped(part, is_markdown) for part in parts]


def _unescaped(text: str, is_markdown: bool) -> str:
    if is_markdown and "\\" in text and "$" not in text:
        text = "".join(
            piece if n % 2 else _ESCAPE.sub(r"\1", piece)
            for n, piece in enumerate(re.split(r"(`+[^`]*`+)", text))
        )
    return _entities(text)


def _entities(text: str) -> str:
    return (
        _ENTITY.sub(lambda match: html.unescape(match[0]), text).replace("\u00a0", " ")
        if "&" in text
        else text
    )


def _sample_markup(code: str) -> str:
    """Markup that exporters leave inside fences: entities, and a ``<div>`` for each line of a sample."""
    if "test-example-line" in code:
        code = re.sub(r"</div>(?=\s*<div|\s*$)", "\n", code)
        code = re.sub(r"<div[^<>]*>|\n(?=\n)", "", code)
    if "<br" in code:
        code = re.sub(r"<br ?/?>\n?", "\n", code)
    return _entities(code)


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
    return Table(
        rows[0] if rows else (), tuple(rows[1:]), line, tuple(line + 2 + n for n in range(len(rows) - 1))
    )


def _cell(raw: str) -> str:
    text = re.sub(r"</?pre[^<>]{0,200}>", "", _INLINE_TAG.sub("", _BREAK.sub("\n", raw)), flags=re.IGNORECASE)
    lines = [part.rstrip() for part in _entities(text).strip(" ").split("\n")]
    if len(lines) > 1 and all(part.startswith(" ") for part in lines[1:] if part):
        lines = [part.strip() for part in lines]  # "3 <br> 4"
    return "\n".join(
        part[1:-1] if len(part) > 1 and part[0] == part[-1] == "`" else part for part in lines
    ).strip("\n")
