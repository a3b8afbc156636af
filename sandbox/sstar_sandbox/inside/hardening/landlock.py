"""Landlock through three system calls: which files a process and all its descendants may still read.

Second fence where bubblewrap's root is the first; the only file fence of the ``landlock`` tier.
"""

# Pathlib is not loaded in the box:
# ruff: noqa: PTH112
from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Any

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
ALL_WRITES = 0x1FF2 | TRUNCATE | (1 << 13)
_KNOWN_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_TCP, _SCOPES = 3, 3
_ABSENT = {errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}
"""Errors of a kernel built or booted without Landlock, or behind a filter without it."""
_libc: Any = None if sys.platform == "win32" else ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """Version of the kernel's Landlock, 0 if there is none. Asked by the call: files may be hidden.
    Raises ``OSError``: the kernel says neither."""
    version = int(_libc.syscall(CREATE, None, 0, 1))
    if version < 0 and ctypes.get_errno() in _ABSENT:
        return 0
    return _checked(version, "version")


def restrict(rules: list[tuple[str, int]]) -> int:
    """Leave this process only the rights of the rules; no TCP, no signals or abstract sockets beyond itself.

    Returns the ABI in force, 0 when the kernel has no Landlock; raises OSError when it refuses, or when
    afterwards the root folder can still be read, which no rule allows.
    """
    version = abi()
    if version == 0:
        return 0
    handled = _KNOWN_RIGHTS[min(version, 5)]
    fields = (ctypes.c_uint64 * 3)(handled, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _checked(_libc.syscall(CREATE, ctypes.byref(fields), size, 0), "create ruleset")
    try:
        for path, rights in rules:
            _add(ruleset, path, rights & handled)
        _checked(_libc.syscall(RESTRICT, ruleset, 0), "restrict")
    finally:
        os.close(ruleset)
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError:
        return version
    raise OSError(errno.ENOTRECOVERABLE, "landlock: it is not in force")


def _add(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # a path that is not there grants nothing
    try:
        if not os.path.isdir(path):
            rights &= _OF_A_FILE
        packed = rights.to_bytes(8, "little") + fd.to_bytes(4, "little")
        _checked(_libc.syscall(ADD_RULE, ruleset, 1, packed, 0), "add rule")
    finally:
        os.close(fd)


def _checked(answer: int, what: str) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {what}: {os.strerror(number)}")
    return answer
