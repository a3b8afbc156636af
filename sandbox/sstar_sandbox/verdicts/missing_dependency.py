"""Missing modules and headers, recognised in the messages of interpreters and compilers."""

from __future__ import annotations

import re

_MODULE = re.compile(rb"^ModuleNotFoundError: No module named '([\w.]{1,80})'", re.MULTILINE)
_HEADER = re.compile(r"fatal error: '?([\w./+-]{1,80}?)'?(?:: No such file or directory| file not found)")


def absent_module(stderr: bytes) -> str:
    """The Python module whose absence ended a program, by the name that can be installed; else empty."""
    found = _MODULE.findall(stderr[-2048:])
    return found[-1].decode().partition(".")[0] if found else ""


def absent_header(diagnostics: str | None) -> str:
    """The header that a compiler did not find, as it is included; else empty."""
    found = _HEADER.search(diagnostics or "")
    return found[1] if found else ""
