"""How a person wants C and C++ compiled: the standard, and flags of an allow-list.

Settings can come from a cloned repository, so no flag is let through that names a file, loads a plugin,
replaces a part of the compiler or makes it write anything but its product.
"""

from __future__ import annotations

import re

from attrs import field, frozen

_STANDARD = re.compile(r"(?:(gnu|c)\+\+)?(11|14|17|20|23|26|2a|2b|2c)", re.IGNORECASE)
_ALLOWED = re.compile(
    r"-O[0-3sgz]?|-Ofast|-g[0-3]?|-pthread|-pedantic|-[DU][A-Za-z_]\w*(?:=[\w.+-]*)?|-f[a-z][a-z0-9+-]*(?:=[\w.-]+)?"
    r"|-m[a-z][\w.+-]*(?:=[\w.,+-]+)?|-W[a-z][a-z0-9+-]*(?:=[\w-]+)?"
)
_REFUSED = re.compile(
    r"-f(?:plugin|dump|profile|auto-profile|branch-prob|test-coverage|coverage|use-ld|module|opt-info|save-opt|stack-usage"
    r"|callgraph|compare-debug|diagnostics|pch|offload|sanitize-(?:ignore|black)|crash|xray|thinlto|embed|time-trace)"
    r"|-mllvm|-mlinker|-Weverything"
)
ALLOWED = "-O…, -D…, -U…, -f…, -m…, -W…, -g, -pthread, -pedantic, and the standard as cpp_standard"


def standard_named(text: str) -> str:
    """``gnu++20`` from ``20``, ``C++20``, ``c++20`` or ``gnu++20``: judges compile with GNU's extensions.
    Raises ``ValueError``: no C++ standard."""
    found = _STANDARD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"unknown C++ standard {text!r}; known: c++11, c++14, c++17, c++20, c++23, c++26")
    return "gnu++" + {"2a": "20", "2b": "23", "2c": "26"}.get(found[2].lower(), found[2])


def flags_in(text: str) -> tuple[str, ...]:
    """Flags separated by blanks.
    Raises ``ValueError``: one that is not allowed; the message lists what is."""
    flags = tuple(text.split())
    for flag in flags:
        if not _ALLOWED.fullmatch(flag) or _REFUSED.match(flag):
            raise ValueError(f"the compiler flag {flag!r} is not allowed; allowed: {ALLOWED}")
    return flags


def _flags(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return flags_in(value if isinstance(value, str) else " ".join(value))


def _standard(value: str) -> str:
    return standard_named(value) if value else ""


@frozen
class CompilerOptions:
    """What is said to the compiler of C and C++ besides our own flags (``-O2 -DONLINE_JUDGE``).

    Raises:
        ValueError: an unknown standard, or a flag that is not allowed.
    """

    standard: str = field(default="", converter=_standard)
    """``gnu++20``; empty: the newest that the compiler knows well. C++ only."""
    flags: tuple[str, ...] = field(default=(), converter=_flags)
    """After our own, so that a ``-O`` among them counts."""


PLAIN = CompilerOptions()
"""The newest standard and no flags but ours."""
