"""Files in memory (memfds), by which bytes go into a box and come out of it without a path."""

from __future__ import annotations

import os


def memfd(name: str, content: bytes = b"") -> int:
    """An unnamed file in memory; its offset is at the end of the content."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC)
    _write(fd, content)
    return fd


def readable_memfd(name: str, content: bytes) -> int:
    """The same with its offset at the beginning."""
    fd = memfd(name, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def sealed_memfd(name: str, content: bytes) -> int:
    """One that nobody can change any more; it can be executed."""
    import fcntl  # here, because other systems have no seals

    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    _write(fd, content)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def read_span(fd: int, offset: int, size: int) -> bytes:
    """Up to ``size`` bytes from an offset."""
    parts = []
    while size > 0:
        part = os.pread(fd, min(size, 1 << 24), offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return b"".join(parts)


class Executables:
    """Sealed memfds of the programs that ran last, so that a program is copied once and not for each job."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._fds: dict[str, int] = {}

    def get(self, digest: str, content: bytes) -> int:
        """A descriptor that stays open until so many other programs were asked for."""
        fd = self._fds.pop(digest, None)
        if fd is None:
            fd = sealed_memfd("program", content)
        self._fds[digest] = fd
        while len(self._fds) > self._most:
            os.close(self._fds.pop(next(iter(self._fds))))
        return fd

    def close(self) -> None:
        """Close all."""
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()


def _write(fd: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
