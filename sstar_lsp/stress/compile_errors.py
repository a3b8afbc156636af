"""The lines that a compiler complains about, read from what it says."""

from __future__ import annotations

import re

from attrs import frozen

LONGEST = 2_000
"""Characters of one message."""
_FILE = r"(?:\S*/)?(?:main|Main|solution)\.\w+"
_PLAIN = re.compile(
    rf"^{_FILE}:(?P<line>\d+)(?::(?P<column>\d+))?: (?:(?:fatal )?(?P<kind>error|warning): )?(?P<text>.+)$"
)
"""gcc, javac, go: ``main.cpp:3:11: error: …``, ``./main.go:3:2: …``."""
_RUST = re.compile(rf"^\s*--> {_FILE}:(?P<line>\d+):(?P<column>\d+)$")
_RUST_TEXT = re.compile(r"^(?P<kind>error|warning)(?:\[\w+\])?: (?P<text>.+)$")
_PYTHON = re.compile(rf'^\s*File "{_FILE}", line (?P<line>\d+)$')
_NODE = re.compile(rf"^{_FILE}:(?P<line>\d+)$")
_LAST = re.compile(r"^(?P<text>\w*(?:Error|Warning|Exception)\b.*)$")
"""Python and Node: what is wrong stands below the place."""


@frozen
class Complaint:
    """One message of a compiler."""

    line: int
    """From 0."""
    column: int | None
    """From 0, in bytes or characters as the compiler counts; None if it names none."""
    text: str
    is_error: bool


def complaints(output: str) -> list[Complaint]:
    """The messages that name a line of the program, in order, errors and warnings."""
    found: list[Complaint] = []
    heading: re.Match[str] | None = None
    place: re.Match[str] | None = None
    for line in output.split("\n"):
        if match := _PLAIN.match(line):
            if not (match["text"].startswith("note: ")):
                found.append(_complaint(match, match["text"], match["kind"] != "warning"))
        elif match := _RUST_TEXT.match(line):
            heading = match
        elif (match := _RUST.match(line)) and heading is not None:
            found.append(_complaint(match, heading["text"], heading["kind"] == "error"))
            heading = None
        elif match := _PYTHON.match(line) or _NODE.match(line):
            place = match
        elif (match := _LAST.match(line)) and place is not None:
            found.append(_complaint(place, match["text"], True))
            place = None
    return list(dict.fromkeys(found))


def _complaint(place: re.Match[str], text: str, is_error: bool) -> Complaint:
    line, column = int(place["line"]), place.groupdict().get("column")
    column_index = max(0, int(column) - 1) if column else None
    return Complaint(max(0, line - 1), column_index, text.strip()[:LONGEST], is_error)
