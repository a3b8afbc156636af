"""Control groups that bound the memory of a whole box, on machines where they may be made.

Root on cgroup v1, or anyone below a v2 group whose children may have a memory limit. The peak of each
execution is still what the kernel says of its process; the group only bounds what a box can take from the
machine.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import time
from pathlib import Path

from attrs import frozen

V1 = Path("/sys/fs/cgroup/memory")
V2 = Path("/sys/fs/cgroup")
ROOM_BYTES = 96 * 1024 * 1024
"""What a box needs besides its candidate."""
_NAME = re.compile(r"sstar-(\d+)-\d+\Z")
_numbers = itertools.count()


@frozen
class Hierarchy:
    """Where groups can be made."""

    kind: str
    """``cgroup v1`` or ``cgroup v2``."""
    parent: Path
    limit_file: str

    def sweep(self) -> None:
        """Remove groups whose owner was killed."""
        with contextlib.suppress(OSError):
            for folder in self.parent.iterdir():
                named = _NAME.match(folder.name)
                if named and not Path(f"/proc/{named[1]}").exists():
                    with contextlib.suppress(OSError):
                        folder.rmdir()

    def make(self) -> Group | None:
        """A new group; None when it cannot be made after all."""
        folder = self.parent / f"sstar-{os.getpid()}-{next(_numbers)}"
        try:
            folder.mkdir()
        except OSError:
            return None
        return Group(folder, self.limit_file, self.kind)


@frozen
class Group:
    """One group, for one box."""

    folder: Path
    limit_file: str
    kind: str
    """As of its hierarchy."""

    def enclose(self, pid: int) -> bool:
        """Put a process and all below it in; whether it worked. None of them may be forking."""
        try:
            for one in family(pid):
                (self.folder / "cgroup.procs").write_text(str(one))
        except OSError:
            return False
        return True

    def limit(self, size: int) -> bool:
        """Bound the memory of all in it together; whether the kernel then says so."""
        try:
            (self.folder / self.limit_file).write_text(str(size))
            return int((self.folder / self.limit_file).read_text()) <= size
        except (OSError, ValueError):  # "max" where nothing bounds it
            return False

    def remove(self, seconds: float = 2.0) -> None:
        """Take it away when its last process is gone. Blocks; its processes were killed before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self.folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.005)


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def find_hierarchy() -> Hierarchy | None:
    """Where this process can make groups with a memory limit, tried with one; None if it cannot."""
    hierarchy = _writable_hierarchy()
    group = hierarchy.make() if hierarchy is not None else None
    if group is None:
        return None
    holds = group.limit(ROOM_BYTES)
    group.remove()
    return hierarchy if holds else None


def _writable_hierarchy() -> Hierarchy | None:
    if (V1 / "memory.limit_in_bytes").exists() and os.access(V1, os.W_OK):
        return Hierarchy("cgroup v1", V1, "memory.limit_in_bytes")
    try:
        own = next(
            line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")
        )
        parent = V2 / own.lstrip("/")
        controllers = (parent / "cgroup.subtree_control").read_text().split()
    except (OSError, StopIteration):
        return None
    if "memory" in controllers and os.access(parent, os.W_OK):
        return Hierarchy("cgroup v2", parent, "memory.max")
    return None
