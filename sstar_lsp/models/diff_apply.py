"""Repairs that are not whole programs: a diff, or search-and-replace blocks.

A patch is applied only if its old lines stand exactly once: a program that is half repaired would be judged
as the model's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_HUNK = re.compile(r"^@@(?: -\d+(?:,\d+)? \+\d+(?:,\d+)? @@.*| .*|@@.*)?$")
_BLOCK = re.compile(
    r"^<{5,9} ?(?:SEARCH|ORIGINAL|HEAD)?[^\n]*\n(?P<old>.*?)^={5,9}[ \t]*\n(?P<new>.*?)^>{5,9}[^\n]*$",
    re.MULTILINE | re.DOTALL,
)
_FILE_LINES = ("--- ", "+++ ", "diff ", "index ", "*** ", "\\ No newline")


def looks_like_diff(text: str) -> bool:
    """Whether most lines could be a unified diff's, some of them changes."""
    lines = [line for line in text.split("\n") if line.strip()]
    changes = [line for line in lines if line[:1] in "+-" and not line.startswith(("--- ", "+++ "))]
    marked = [line for line in lines if line[:1] in "+-@ " or line.startswith(_FILE_LINES)]
    starts = any(_HUNK.match(line) or line.startswith(("--- ", "+++ ")) for line in lines)
    return bool(changes) and (starts or len(marked) == len(lines)) and any(x[0] == "+" for x in changes)


def apply_diff(base: str, diff: str) -> str | None:
    """``base`` changed by a unified diff, whose line numbers are not believed; None if it does not fit."""
    hunks: list[list[str]] = [[]]
    for line in diff.strip("\n").split("\n"):
        if _HUNK.match(line):
            hunks.append([])
        elif not line.startswith(_FILE_LINES):
            hunks[-1].append(line)
    text: str | None = base
    for hunk in hunks:
        if text is None or not any(line[:1] in ("+", "-") for line in hunk):
            continue
        old = [line[1:] for line in hunk if line[:1] in (" ", "-", "")]
        new = [line[1:] for line in hunk if line[:1] in (" ", "+", "")]
        text = _replaced(text, old, new)
    return text if text != base else None


def apply_blocks(base: str, reply: str) -> str | None:
    """``base`` with a reply's SEARCH/REPLACE blocks applied; None if there is none, or one does not fit."""
    blocks = list(_BLOCK.finditer(reply))
    text: str | None = base
    for block in blocks:
        if text is not None:
            text = _replaced(text, _lines(block["old"]), _lines(block["new"]))
    return text if blocks and text != base else None


def _lines(text: str) -> list[str]:
    return text.rstrip("\n").split("\n") if text.strip() else []


def _replaced(text: str, old: Sequence[str], new: Sequence[str]) -> str | None:
    """The lines ``old`` replaced where they stand in ``text``, if they stand there once.

    Blanks at line ends do not count. Where nothing fits, one indentation that is missing everywhere may be
    added.
    """
    old = list(old)
    while old and not old[-1].strip():
        old.pop()
    if not old:
        return None
    lines = text.split("\n")
    for shift in ("", *_indents(lines)):
        wanted = [(shift + line if line.strip() else line).rstrip() for line in old]
        found = [
            at
            for at in range(len(lines) - len(wanted) + 1)
            if [line.rstrip() for line in lines[at : at + len(wanted)]] == wanted
        ]
        if len(found) == 1:
            put = [shift + line if line.strip() else line for line in new]
            return "\n".join([*lines[: found[0]], *put, *lines[found[0] + len(wanted) :]])
        if found:
            return None  # which of them?
    return None


def _indents(lines: Sequence[str]) -> list[str]:
    """Indentations that the program uses."""
    return sorted({line[: len(line) - len(line.lstrip())] for line in lines if line.strip()} - {""})
