"""The unprivileged user that boxes run as, and which paths that user can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

BOX_UID = 65534
"""User and group inside a box and, when we are root, outside too."""


def dropped_privileges() -> dict[str, Any]:
    """Keyword arguments of ``Popen`` that make root's child an ordinary user; none for ordinary users."""
    if os.geteuid() != 0:
        return {}
    return {"user": BOX_UID, "group": BOX_UID, "extra_groups": []}


def readable_by_all(path: Path) -> bool:
    """Whether any user may reach and read a file: every folder above it is searchable by others."""
    try:
        resolved = path.resolve(strict=True)
        if not resolved.stat().st_mode & stat.S_IROTH:
            return False
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in resolved.parents)
    except OSError:
        return False
