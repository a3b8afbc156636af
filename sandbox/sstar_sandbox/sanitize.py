"""Make the output of a hostile program safe to show on a screen."""

from __future__ import annotations

import re

_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|.)", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def printable(output: bytes) -> str:
    """Text without terminal sequences, control characters (but newline and tab) and direction marks; bytes
    that are no UTF-8 are shown as ``\\xff``."""
    text = output.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", _SEQUENCES.sub("", text))
