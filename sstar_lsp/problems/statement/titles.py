"""The title of a problem: a heading, a short first line, the function's name, else the file's name."""

from __future__ import annotations

import re

from sstar_lsp.problems.statement.example_headings import label_of
from sstar_lsp.problems.statement.prose import is_prose

_MAX_TITLE_CHARS = 80
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<title>.*?)[ \t#]*$")
_SPECIFICATION = re.compile(
    r"(?:problem )?(?:statement|description|task|problem|input|output)", re.IGNORECASE
)
_LIMIT = re.compile(r"\W*(?:(?:time|memory)[ -]?limit|ограничение по времени)", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\W{0,4}(?:(?i:problem|task|задача|問題|题目|题|문제|problema|aufgabe|zadanie)\s*)?(?:[A-Z]\d?|#\d{1,3})\s?[.):]\s+\S.{0,80}(?<![.,;:])$"
)
"""``B. Product``, ``Problem B: Product``."""


def title_of(statement: str, entry_point: str | None, stem: str) -> str:
    """The best title there is; never empty."""
    lines = statement.split("\n")
    for line in lines[:60]:
        match = _HEADING.match(line[:500])
        if match and (title := _clean(match["title"])) and not _is_section(title):
            return title
    if entry_point is not None:
        return entry_point.rpartition(".")[2]
    first = next((line.strip() for line in lines if line.strip()), "")
    following = lines[next((n for n, line in enumerate(lines) if line.strip()), 0) + 1 :]
    stands_alone = not following or not following[0].strip() or bool(_LIMIT.match(following[0].strip()))
    title = _clean(first[:500])
    if (
        title
        and stands_alone
        and len(title) <= _MAX_TITLE_CHARS
        and not title.endswith((".", ",", "?", "!", ":", ";"))
        and not _is_section(title)
    ):
        return title
    return stem or "untitled"


def _is_section(title: str) -> bool:
    return (
        _SPECIFICATION.fullmatch(title) is not None
        or label_of(title) is not None
        or _LIMIT.match(title) is not None
        or title.startswith(("http://", "https://"))
    )


def _clean(title: str) -> str:
    """Without links and emphasis."""
    text = re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", title)
    return re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text.strip().lstrip("#")).strip()[:200]


def numbered_title(text: str, below: str, heading: int) -> str | None:
    """The text of a title that numbers a problem, as contests do; ``below`` is the line below it."""
    title = text.strip(" #*\t")
    stands_apart = heading or not below.strip() or _LIMIT.match(below)
    return title[:60] if stands_apart and _NUMBERED.match(title) and not is_prose(title) else None
