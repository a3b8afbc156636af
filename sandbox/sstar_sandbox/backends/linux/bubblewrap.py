"""Which bubblewrap builds the boxes: its version, and what is known to be wrong with it."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

from attrs import frozen

FIRST_MENDED = (0, 12, 0)
"""The first version without CVE-2026-87766."""
SECONDS = 5.0


@frozen
class Bubblewrap:
    """A bubblewrap on this machine."""

    path: Path
    version: tuple[int, ...]
    """Empty where it does not tell."""
    is_setuid: bool

    @property
    def title(self) -> str:
        """Version, path, and whether it is setuid."""
        version = ".".join(map(str, self.version)) or "of unknown version"
        return f"bubblewrap {version} at {self.path}{', setuid root' if self.is_setuid else ''}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is known to be wrong, each with what to do."""
        found = []
        if self.version < FIRST_MENDED:
            first = ".".join(map(str, FIRST_MENDED))
            found.append(f"older than {first} (CVE-2026-87766): install bubblewrap {first} or newer")
        if self.is_setuid:
            found.append(f"setuid root (CVE-2026-41163): chmod u-s {self.path}, with user namespaces allowed")
        return tuple(found)


def bubblewrap_at(path: Path) -> Bubblewrap:
    """The bubblewrap at a path; blocks for as long as it takes to ask it for its version."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, timeout=SECONDS, check=False).stdout
        is_setuid = bool(path.stat().st_mode & stat.S_ISUID)
    except (OSError, subprocess.TimeoutExpired):
        return Bubblewrap(path, (), False)
    number = re.search(rb"(\d+)\.(\d+)\.(\d+)", said)
    return Bubblewrap(path, tuple(map(int, number.groups())) if number else (), is_setuid)
