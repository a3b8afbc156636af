"""A statement as blocks: HTML by :mod:`sstar_lsp.problems.pages.html_blocks`, all else as Markdown by
:mod:`sstar_lsp.problems.pages.markdown_blocks`."""

from __future__ import annotations

import re

from sstar_lsp.problems.pages.blocks import Block
from sstar_lsp.problems.pages.html_blocks import html_blocks
from sstar_lsp.problems.pages.markdown_blocks import markdown_blocks

_OPENS_HTML = re.compile(
    r"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype|\?xml|html|head|body|div|h[1-6]|p|section|span|table|center|pre|article|main|font|b|strong|br|ul)\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(r"^ {0,3}(?:```|~~~|#{1,6} \S)", re.MULTILINE)


def is_html(text: str, suffix: str = "") -> bool:
    """Whether a text is an HTML page or a piece of one, by the suffix of its file or by how it begins."""
    if suffix.lower() in {".html", ".htm", ".xhtml"}:
        return True
    return _OPENS_HTML.match(text) is not None and not _MARKDOWN.search(text)


def blocks_of(text: str, *, indented_code: bool = True, suffix: str = "") -> list[Block]:
    """The blocks in order, blank lines too. Without ``indented_code`` only fences are code."""
    if is_html(text, suffix):
        return html_blocks(text)
    return markdown_blocks(text, indented_code)
