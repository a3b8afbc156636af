"""Pieces of text on their way from TeX to Markdown."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Text of an argument that is no Markdown: signs without their backslash."""
    return re.sub(r"\\([#$%&_{}])", r"\1", text.replace("~", " "))


def bare(title: str) -> str:
    """A title without the marks of Markdown."""
    return re.sub(r"[*`]", "", title).strip()[:200]


def example_text(raw: str) -> str:
    """Example text of a macro or environment: the line ends next to the braces are no data."""
    text = raw.removeprefix("%").removeprefix("\n")
    text = re.sub(r"\\([#$%&_{}])", r"\1", re.sub(r"\\\\[ \t]*$", "", text, flags=re.MULTILINE))
    return text if not text or text.endswith("\n") else text + "\n"


def tidy(text: str) -> str:
    """No indentation of the source, no more than one blank line; the indentation of nested lists."""
    text = "\n".join(line.strip(" \t") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).replace("\0", "  ")
