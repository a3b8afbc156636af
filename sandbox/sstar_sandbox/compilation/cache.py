"""Compiled programs kept by the hash of all that decides them.

An entry begins with the hash of its own bytes: what was cut short or changed is as good as absent. Entries
are only ever executed inside a box.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import platformdirs

from sstar_sandbox.policy.privileges import readable_by_all

LIMIT_BYTES = 1024 * 1024 * 1024
"""Oldest entries go when all together are larger."""


def default_cache_dir() -> Path:
    """The user's cache folder; for root, whose folder the box's user may not enter, a system one."""
    folder = platformdirs.user_cache_path("sstar")
    if os.geteuid() == 0 and not readable_by_all(folder.parent if folder.parent.exists() else Path("/root")):
        return Path("/var/cache/sstar")
    return folder


class Cache:
    """Bytes by digest in one folder. A folder that cannot be used makes every look-up a miss."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "sandbox"

    def path(self, name: str) -> Path:
        """Where the entry of a name is or would be."""
        return self._folder / name

    def get(self, digest: str) -> bytes | None:
        """The bytes of an entry, None when there is none or it is damaged."""
        try:
            content = self.path(digest).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            return None
        with contextlib.suppress(OSError):
            os.utime(self.path(digest))
        return content[32:]

    def put(self, digest: str, content: bytes) -> None:
        """Keep an entry; nothing happens where the folder cannot be written."""
        self.put_file(digest, hashlib.sha256(content).digest() + content)
        self._prune()

    def put_file(self, name: str, content: bytes) -> None:
        """Keep a file as it is, all of it or nothing."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fd, temporary = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), 0o644)
            Path(temporary).replace(self.path(name))
        except OSError:
            return

    def _prune(self) -> None:
        try:
            entries = sorted(
                ((file.stat().st_atime_ns, file.stat().st_size, file) for file in self._folder.iterdir()),
                key=lambda entry: entry[:2],
                reverse=True,
            )
        except OSError:
            return
        total = 0
        for _, size, file in entries:
            total += size
            if total > LIMIT_BYTES:
                with contextlib.suppress(OSError):
                    file.unlink()
