"""Finds the Python that runs candidates, and what must be visible in the box for it to start.

Not always ``python3`` on PATH: it may be a shell script (pyenv), and the unprivileged user of a box cannot
start an interpreter below a private home.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from attrs import frozen

from sstar_sandbox.errors import SandboxUnavailable
from sstar_sandbox.policy.privileges import readable_by_all


@frozen
class Interpreter:
    """A real interpreter binary."""

    executable: Path
    """Not a shim, not a symlink into a venv."""
    extra_roots: tuple[Path, ...]
    """Folders outside /usr that it needs, read only."""


def find_interpreter() -> Interpreter:
    """The system's Python when there is one, else the one we run on.
    Raises :class:`SandboxUnavailable`: none that the box's user could start."""
    own = Path(getattr(sys, "_base_executable", "") or sys.executable)
    for path in (Path("/usr/bin/python3"), Path("/usr/local/bin/python3"), own):
        try:
            real = path.resolve(strict=True)
            with real.open("rb") as binary:
                if binary.read(4) != b"\x7fELF":
                    continue
        except OSError:
            continue
        if os.geteuid() == 0 and not readable_by_all(real):
            continue
        outside = not str(real).startswith("/usr/")
        return Interpreter(real, (real.parent.parent,) if outside else ())
    raise SandboxUnavailable(
        f"no Python interpreter that an unprivileged user may start: /usr/bin/python3 is missing and {own} is private; "
        "install the system's python3 (Debian, Ubuntu: apt install python3)"
    )
