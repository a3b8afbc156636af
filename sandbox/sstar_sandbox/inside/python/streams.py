"""The standard streams of a Python program, as its interpreter would have made them."""

from __future__ import annotations

import io
import sys


def new_stdin() -> io.TextIOWrapper:
    """A text stream over descriptor 0, as CPython makes it in a UTF-8 locale (``create_stdio``)."""
    raw = io.FileIO(0, "r", closefd=False)
    raw.name = "<stdin>"
    stream = io.TextIOWrapper(io.BufferedReader(raw), "utf-8", "surrogateescape", newline="\n")
    stream.mode = "r"  # type: ignore[misc]  # the interpreter sets it like this
    return stream


def new_output(fd: int) -> io.TextIOWrapper:
    """The same over descriptor 1 or 2."""
    raw = io.FileIO(fd, "w", closefd=False)
    raw.name = "<stdout>" if fd == 1 else "<stderr>"
    errors = "surrogateescape" if fd == 1 else "backslashreplace"
    stream = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", errors, newline="\n", line_buffering=fd == 2)
    stream.mode = "w"  # type: ignore[misc]  # the interpreter sets it like this
    return stream


class Streams:
    """The standard streams, made before a candidate's process, which does not pay for them."""

    def __init__(self) -> None:
        self.stdout, self.stderr = new_output(1), new_output(2)
        self._used = False
        self._put(new_stdin())

    def open(self) -> tuple[io.TextIOWrapper, io.TextIOWrapper]:
        """Standard input anew for each input after the first, the others while they are as they were."""
        if self._used:
            if self.stdout.closed or sys.stdout is not self.stdout:
                self.stdout = new_output(1)
            if self.stderr.closed or sys.stderr is not self.stderr:
                self.stderr = new_output(2)
            self._put(new_stdin())
        self._used = True
        return self.stdout, self.stderr

    def _put(self, stdin: io.TextIOWrapper) -> None:
        sys.stdin, sys.stdout, sys.stderr = stdin, self.stdout, self.stderr
        for name, stream in (("__stdin__", stdin), ("__stdout__", self.stdout), ("__stderr__", self.stderr)):
            setattr(sys, name, stream)
