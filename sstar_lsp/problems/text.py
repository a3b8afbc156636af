"""Plain characters for those of pages, PDFs and word processors (lines keep their numbers), and code blocks."""

from __future__ import annotations

import re

_INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
"""Zero-width and direction marks: a reader cannot see them, so no example may depend on them."""
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_OTHER_LINE_ENDS = re.compile("[\u2028\u2029\u0085\x0b\x0c]")
_MINUS = re.compile("\u2212|[\u2010\u2011\u2013](?=\\d)")
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2032": "'"})


def plain_text(text: str) -> str:
    """The text with ``\\n`` line ends and without characters that nobody sees."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _OTHER_LINE_ENDS.sub(" ", _INVISIBLE.sub("", text))


def code_block(text: str, info: str = "") -> str:
    """The text as it stands in a Markdown block that it cannot end; ``info`` is its language."""
    fence = "`" * max((len(run) + 1 for run in re.findall("`{3,}", text)), default=3)
    newline = "" if text.endswith("\n") else "\n"
    return f"{fence}{info}\n{text}{newline}{fence}"


def sample_text(text: str) -> str:
    """The text of an example as a program reads it: ASCII minus, quotes and spaces for typographic ones."""
    return _MINUS.sub("-", _SPACES.sub(" ", text)).translate(_QUOTES)
