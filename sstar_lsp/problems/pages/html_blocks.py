"""HTML pages as blocks: what a browser shows, with the source line of each part.

Parsed by lxml (libxml2), which mends broken pages as browsers do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import field, mutable

from sstar_lsp.problems.pages.blocks import Block, Code, Line, Table
from sstar_lsp.problems.pages.judge_pages import judge_page

if TYPE_CHECKING:
    from lxml import etree

_SKIPPED = {
    "script", "style", "noscript", "template", "head", "button", "svg", "select", "textarea", "iframe", "object",
}  # fmt: skip
_PARAGRAPHS = {
    "p", "ul", "ol", "dl", "blockquote", "table", "pre", "figure", "hr", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_BLOCKS = _PARAGRAPHS | {
    "address", "article", "aside", "body", "center", "dd", "details", "div", "dt", "fieldset", "footer", "form", "header",
    "html", "legend", "li", "main", "nav", "section", "summary", "tbody", "thead", "tr", "caption", "td", "th",
}  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_COPY_CLASSES = re.compile(
    r"copier|copy-?(?:btn|button)|btn-copy|clipboard|copy_button|copybtn|material-icons|\bicon\b",
    re.IGNORECASE,
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MAX_DEPTH = 200


def html_blocks(text: str, first_line: int = 0) -> list[Block]:
    """The blocks of a page, or of a piece of one that begins at line ``first_line`` of its document."""
    root = _parsed(text)
    if root is None:
        return []
    page = judge_page(root)
    walk = _Walk(first_line)
    for top in page.roots(root):
        walk.element(top, 0)
        walk.end_line()
    return walk.blocks


def page_title(text: str) -> str | None:
    """What a judge's page gives as the problem's title; None if no adapter knows."""
    root = _parsed(text)
    return None if root is None else judge_page(root).title(root)


def page_text(text: str) -> str:
    """All that the page shows, navigation and side bars too: limits often stand there."""
    root = _parsed(text)
    if root is None:
        return ""
    walk = _Walk(0)
    walk.element(root, 0)
    walk.end_line()
    shown: list[str] = []
    for block in walk.blocks:
        if isinstance(block, Table):
            shown += [
                "\t".join(cell.replace("\n", " ") for cell in row) for row in (block.header, *block.rows)
            ]
        else:
            shown.append(block.text)
    return "\n".join(shown)


def _parsed(text: str) -> etree._Element | None:
    from lxml import etree, html  # 8 MB that most statements do without

    # Bytes, because libxml2 refuses text that declares an encoding; comments and processing instructions are
    # no text.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    data = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", " ", text).encode()
    try:
        return html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _classes(element: etree._Element) -> str:
    return str(element.get("class") or "")


def is_hidden(element: etree._Element) -> bool:
    """Whether a browser shows nothing of the element, or only a button beside a sample."""
    if not isinstance(element.tag, str) or element.tag in _SKIPPED or element.get("hidden") is not None:
        return True
    return bool(_HIDDEN.search(element.get("style") or "") or _COPY_CLASSES.search(_classes(element)))


@mutable
class _Walk:
    line: int
    """Zero-based line of the source that was reached."""
    blocks: list[Block] = field(factory=list)
    parts: list[str] = field(factory=list)
    """The line that is being put together."""
    begun: int = 0
    heading: int = 0
    offset: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.offset = self.line

    def element(self, element: etree._Element, depth: int) -> None:
        if element.sourceline is not None:
            self.line = max(self.line, self.offset + element.sourceline - 1)
        if is_hidden(element) or depth > _MAX_DEPTH:
            return
        tag = str(element.tag)
        if tag == "br":
            self.end_line()
        elif tag == "img":
            self.text("")
        elif tag == "pre" or _is_preformatted(element):
            self.paragraph_break()
            self.preformatted(element)
        elif tag == "table" and (table := self.table(element)) is not None:
            self.paragraph_break()
            self.blocks.append(table)
            self.paragraph_break()
        elif (formula := _formula(element)) is not None:
            self.text(formula)
        else:
            self.contents(element, tag, depth)

    def contents(self, element: etree._Element, tag: str, depth: int) -> None:
        heading = int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0
        if tag in _PARAGRAPHS:
            self.paragraph_break()
        elif tag in _BLOCKS:
            self.end_line()
        before = self.heading
        self.heading = heading or before
        if tag in {"sup", "sub"} and self.parts and "".join(element.itertext()).strip():
            self.parts.append("^" if tag == "sup" else "_")
        self.text(element.text)
        for child in element:
            self.element(child, depth + 1)
            self.text(child.tail)
        if tag in {"td", "th"}:
            self.parts.append("\t")
        if tag in _PARAGRAPHS:
            self.paragraph_break()
        elif tag in _BLOCKS:
            self.end_line()
        self.heading = before

    def text(self, text: str | None) -> None:
        if not text:
            return
        lead = len(text) - len(text.lstrip())
        if text.strip() and not "".join(self.parts).strip():
            self.begun = self.line + text[:lead].count("\n")
        self.parts.append(_SPACE.sub(" ", text))
        self.line += text.count("\n")

    def end_line(self) -> None:
        text = re.sub(" +", " ", "".join(self.parts)).replace("\u00a0", " ").strip()
        if text:
            self.blocks.append(Line(text, self.begun, self.heading))
        self.parts = []

    def paragraph_break(self) -> None:
        self.end_line()
        if self.blocks and not (isinstance(self.blocks[-1], Line) and not self.blocks[-1].text):
            self.blocks.append(Line("", self.line))

    def preformatted(self, element: etree._Element) -> None:
        text = preformatted_text(element)
        start = self.line
        self.line += "".join(element.itertext()).count("\n")
        if text.strip() or element.tag == "pre":
            self.blocks.append(Code(text, start, "", self.line + 1))
        self.paragraph_break()

    def table(self, element: etree._Element) -> Table | None:
        """A table of data; None for one that only lays out a page: its cells are read in order."""
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table"), None) is element]
        cells = [[cell for cell in row if cell.tag in {"td", "th"} and not is_hidden(cell)] for row in rows]
        shape = [row for row in cells if row]
        if not shape or max(map(len, shape)) < 2:
            return None
        goes_on = len(shape) == 1 and self.ends_in_examples(len(shape[0]))
        if len(shape) < 2 and not goes_on:
            return None
        if any(True for _ in element.iterdescendants("table", "h1", "h2", "h3", "h4")):
            return None
        texts = [tuple(preformatted_text(cell, is_cell=True) for cell in row) for row in shape]
        lines = tuple(self.offset + (row[0].sourceline or 1) - 1 for row in shape)
        if goes_on:
            return Table((), tuple(texts), self.line, lines)
        return Table(tuple(text.strip() for text in texts[0]), tuple(texts[1:]), self.line, lines[1:])

    def ends_in_examples(self, columns: int) -> bool:
        """Whether the last block is a table of examples, of which this one shows a further row."""
        last = next(
            (block for block in reversed(self.blocks) if not isinstance(block, Line) or block.text), None
        )
        return isinstance(last, Table) and len(last.header or last.rows[0]) == columns


def _is_preformatted(element: etree._Element) -> bool:
    return "white-space" in (element.get("style") or "") and bool(
        re.search(r"white-space\s*:\s*pre(?![a-z-]*line)", element.get("style") or "")
    )


def _formula(element: etree._Element) -> str | None:
    """The source of a formula that KaTeX or MathJax drew."""
    classes = _classes(element)
    if "katex" in classes.split() or "katex-display" in classes or element.tag == "math":
        for annotation in element.iter("annotation"):
            return f"${(annotation.text or '').strip()}$"
    return None


def preformatted_text(element: etree._Element, *, is_cell: bool = False) -> str:
    """The text of a ``<pre>``, or of a cell, with its line ends.

    Tags that end a line on the screen (``<br>``, ``<div>``, ``<p>``, ``<li>``) end one here.
    """
    inside_pre = element.tag == "pre" or _is_preformatted(element)
    has_pre = is_cell and element.find(".//pre") is not None
    parts = list(_pieces(element, inside_pre, has_pre))
    text = "".join(parts).replace("\u00a0", " ")
    if inside_pre or has_pre:
        return re.sub("\n?\ue000+", "\n", text.lstrip("\ue000")).removeprefix("\n")
    text = re.sub("[\n ]*\ue000[\n ]*", "\n", text)
    return "\n".join(re.sub(" +", " ", line).strip() for line in text.split("\n")).strip("\n")


def _pieces(element: etree._Element, keeps_space: bool, only_pre: bool) -> Iterator[str]:
    """Text pieces; U+E000 stands where a block ends a line, which is one line end only."""

    def shown(text: str | None) -> str:
        if not text:
            return ""
        if only_pre and not keeps_space and not text.strip():
            return ""
        return text if keeps_space else _SPACE.sub(" ", text)

    yield shown(element.text)
    for child in element:
        if not is_hidden(child):
            tag = str(child.tag)
            if tag == "br":
                yield "\n" if keeps_space else "\ue000"
            elif (formula := _formula(child)) is not None:
                yield formula
            else:
                is_block = tag in {"div", "p", "li", "tr", "pre", "ul", "ol"}
                pieces = list(_pieces(child, keeps_space or tag == "pre", only_pre))
                if tag == "pre" and pieces:
                    pieces[0] = pieces[0].removeprefix("\n")
                if is_block and any(pieces):
                    yield "\ue000"
                yield from (["^"] if tag == "sup" and any(piece.strip() for piece in pieces) else [])
                yield from pieces
                if is_block:
                    yield "\ue000"
                elif tag in {"td", "th"}:
                    yield "\t"
        yield shown(child.tail)
