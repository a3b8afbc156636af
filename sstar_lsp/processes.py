"""Other processes: whether one is alive, what memory it holds, and what memory this machine has."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether there is such a process; one that ended and was not waited for counts as gone."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:  # no Linux
        return True
    return status.rpartition(")")[2].split()[:1] != ["Z"]


def resident_bytes(pid: int) -> int:
    """Memory that a process and its children hold (Linux; 0 elsewhere, and for one that ended)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(resident_bytes, children))


def memory_here() -> int:
    """Bytes that this process and its children may hold: the machine's memory, less where a cgroup or rlimit
    says so; 0 if the system does not tell."""
    try:
        limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *_cgroup_limits()]
    except (OSError, ValueError, AttributeError):
        return 0
    if sys.platform != "win32":
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            limits.append(soft)
    return min(limits)


def _cgroup_limits() -> list[int]:
    """Limits of our cgroup and those around it (versions 2 and 1)."""
    found: list[int] = []
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return found
    for line in lines:
        _, controllers, path = line.split(":", 2)
        root, name = {
            "": (Path("/sys/fs/cgroup"), "memory.max"),
            "memory": (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        }.get(controllers, (None, ""))
        if root is None:
            continue
        here = root / path.lstrip("/")
        for each in (here, *here.parents):
            try:
                found.append(int((each / name).read_text()))
            except (OSError, ValueError):  # "max", or not our cgroup's view
                continue
    return [limit for limit in found if limit > 0]
