"""What a person says about a statement in front matter: lines ``key: value`` between two lines ``---`` at its
top.

Only a block with one of our keys counts: other tools have front matter too, and a lone ``---`` is a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from sstar_lsp.records import Remark, Severity

KEYS: Mapping[str, str] = {
    "checker": "comparator (tokens, float:1e-6 …) or checker program (check.cpp)",
    "checker_style": "convention of the checker program: testlib or kattis",
    "checker_flags": "further arguments of the checker program",
    "interactor": "program that talks with the solutions of an interactive problem (interactor.py)",
    "time_limit": "CPU time of one test: 2 s, 500 ms",
    "memory_limit": "memory: 256 MB",
    "input_file": "file that the program reads instead of standard input",
    "output_file": "file that it writes instead of standard output",
    "cpp_standard": "C++ standard of the judge: c++17, c++20",
    "kind": "stdin or function",
    "function": "name of the function that is asked for",
}
"""Key to what it says."""
LONGEST = 60
"""Lines of a block."""
_PAIR = re.compile(r"([A-Za-z][\w -]{0,40}?)\s*:(?:\s+(.*?))?\s*\Z")


@frozen
class FrontMatter:
    """What stands in the block."""

    values: Mapping[str, str]
    """Key of :data:`KEYS` to text, quotes and comments taken off."""
    end: int
    """Number of lines that the block takes; the statement begins behind it."""
    remarks: tuple[Remark, ...] = ()
    """Unknown keys, keys without a value, keys said twice."""


def front_matter(text: str) -> FrontMatter | None:
    """The front matter at the top of a document; None if there is none of ours."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return None
    end = next((n for n, line in enumerate(lines[1:LONGEST], 1) if line.rstrip() in {"---", "..."}), None)
    if end is None:
        return None
    values: dict[str, str] = {}
    remarks: list[Remark] = []

    def remark(words: str, line: int) -> None:
        remarks.append(Remark(Severity.WARNING, f"front matter: {words}", line))

    for number, line in enumerate(lines[1:end], 1):
        if not line.strip() or line.lstrip().startswith("#") or line[0] in " \t-":
            continue  # nothing, a comment, or more of the value above
        pair = _PAIR.match(line)
        if pair is None:
            return None
        key, value = re.sub(r"[ -]", "_", pair[1].lower()), _plain(pair[2] or "")
        if key not in KEYS:
            remark(f"'{pair[1]}' is not known here; known: {', '.join(KEYS)}", number)
        elif not value:
            remark(f"'{key}' has no value", number)
        else:
            if key in values:
                remark(f"'{key}' is said twice; the last counts", number)
            values[key] = value
    return FrontMatter(values, end + 1, tuple(remarks)) if values else None


def _plain(value: str) -> str:
    """A value without its quotes, or without the comment behind it."""
    if len(value) > 1 and value[0] in "'\"" and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return re.split(r"\s#", value, maxsplit=1)[0].strip()
