"""Reading files that may come with a repository of somebody else: regular files only, and never more than a
bound.

What a size says is not believed: ``/dev/zero`` has none and no end, and a file may grow. A pipe would wait
for a writer for ever, so files are opened without waiting.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path


def read_regular(path: Path, most_bytes: int) -> bytes:
    """All bytes of a regular file.

    Args:
        path: The file; links are followed.
        most_bytes: A file that holds more is refused.

    Raises:
        OSError: it cannot be read (as ``open`` raises it), is a pipe, a device, a socket or a folder, or
            holds more.
    """
    if "\0" in str(path):
        raise FileNotFoundError(errno.ENOENT, "no path holds a null character", str(path))
    if not stat.S_ISREG(path.stat().st_mode):  # before it is opened: that alone may act on a device
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # another one by now
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        raw = file.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise OSError(errno.EFBIG, f"it holds more than {most_bytes >> 10} KiB", str(path))
    return raw


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises ``OSError``: it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a whole file at once; a crash leaves the old one. ``mode``: its permissions from the start; None:
    those of the old one.
    Raises ``OSError``: it cannot be written; what is there stays."""
    if mode is None:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".sstar-")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.chmod(mode)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
