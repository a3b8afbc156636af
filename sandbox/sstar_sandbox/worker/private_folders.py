"""Temporary folders of the machine, for boxes that have no file system of their own; they go with their
owner.

Each is locked as long as its owner lives: one that nobody holds was left behind by an owner that was killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from attrs import frozen

from sstar_sandbox.policy.privileges import BOX_UID, dropped_privileges

PREFIX = "sstar-box-"
YOUNGEST_S = 60.0
"""A younger folder may have been made and not yet be locked."""


@frozen
class PrivateFolder:
    """One folder that the user of a box may write in, and nobody else."""

    path: Path
    lock: int
    """Descriptor that holds the lock; ours."""

    @classmethod
    def make(cls) -> PrivateFolder:
        """A new, empty one."""
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        _lock(lock)
        give_to_box(path)
        return cls(path, lock)

    def remove(self) -> None:
        """Take it away with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def _lock(fd: int) -> None:
    """Raises BlockingIOError where somebody holds it."""
    import fcntl  # here, because Windows has none

    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def give_to_box(path: Path) -> None:
    """Make the user that boxes run as the owner of a path."""
    if dropped_privileges():
        os.chown(path, BOX_UID, BOX_UID)


def sweep() -> None:
    """Remove the folders whose owners are gone."""
    owners = {os.geteuid(), BOX_UID} if dropped_privileges() else {os.geteuid()}
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                found = os.fstat(lock)
                if found.st_uid in owners and time.time() - found.st_mtime >= YOUNGEST_S:
                    _lock(lock)
                    shutil.rmtree(path)
            finally:
                os.close(lock)
