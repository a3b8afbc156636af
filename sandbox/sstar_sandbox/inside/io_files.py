"""Files of a box that stand for descriptors: standard input by name, and files that a problem names."""

from __future__ import annotations

import os
from typing import Any

from sstar_sandbox.inside.hardening import harden

CHUNK = 1 << 20


def empty(fd: int) -> None:
    """A file as new: no bytes, at its beginning, no status flags left by the last process. Nothing for -1."""
    if fd < 0:
        return
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    harden.clear_flags(fd)


def fill(to: int, source: int, offset: int, end: int) -> None:
    """Put a span of a file into an emptied one, whose offset is then at its beginning. Nothing for -1."""
    if to < 0:
        return
    empty(to)
    while offset < end:
        chunk = os.pread(source, min(CHUNK, end - offset), offset)
        if not chunk:
            break
        os.write(to, chunk)
        offset += len(chunk)
    os.lseek(to, 0, os.SEEK_SET)


class IoFiles:
    """Opened before the box loses the right to; the working folder is then theirs."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.stdin = own_file(options["stdin"], 0o444)
        """What ``/dev/stdin`` is; -1 where that leads to descriptor 0 by itself."""
        self.input = own_file(options["input"], 0o444)
        """The input under the name that the problem gives it, or -1."""
        self.output = own_file(options["output"], 0o600)
        """Where the program writes what counts as its output, or -1."""
        if options["output"]:
            os.chdir(os.path.dirname(options["output"]))  # noqa: PTH120  (pathlib is not loaded in the box)

    def empty(self) -> None:
        """Hold no bytes between jobs."""
        for fd in (self.stdin, self.input, self.output):
            empty(fd)


def own_file(path: str, mode: int) -> int:
    """Open a file that only this process may write as it likes; -1 for no path."""
    if not path:
        return -1
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    os.fchmod(fd, mode)
    return fd
