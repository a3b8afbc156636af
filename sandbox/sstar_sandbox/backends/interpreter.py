"""Which Python runs candidates, and what must be visible in the box for it to start.

A room of its own because the obvious answer is wrong: ``python3`` on PATH may be a shell script (pyenv), and
an interpreter below a private home cannot be started by the unprivileged user that a box runs as.
"""

from __future__ import annotations

import os
import platform
import stat
import sys
from pathlib import Path

from attrs import frozen

from sstar_sandbox.errors import SandboxUnavailable

MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How a program of macOS begins: for one machine, for several."""
HOMEBREW = ("/opt/homebrew", "/usr/local")
"""Where Homebrew lives: on Apple silicon, on Intel."""


@frozen
class Interpreter:
    """A real interpreter binary."""

    executable: Path
    """Not a shim, not a symlink into a venv."""
    extra_roots: tuple[Path, ...]
    """Folders outside /usr that it needs, read only."""


def readable_by_all(path: Path) -> bool:
    """Whether any user may reach and read a file: every folder above it is searchable by others."""
    try:
        resolved = path.resolve(strict=True)
        if not resolved.stat().st_mode & stat.S_IROTH:
            return False
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in resolved.parents)
    except OSError:
        return False


def find_interpreter() -> Interpreter:
    """The system's Python when there is one, else the one we run on.

    Raises:
        SandboxUnavailable: none that the box's user could start.
    """
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


def find_mac_interpreter() -> Interpreter:
    """The Python we run on, or Homebrew's; never ``/usr/bin/python3``, which only asks for Xcode's.

    Raises:
        SandboxUnavailable: none is a real program.
    """
    own = Path(getattr(sys, "_base_executable", "") or sys.executable)
    for path in (own, *(Path(place, "bin/python3") for place in HOMEBREW)):
        try:
            real = in_framework(path.resolve(strict=True))
            with real.open("rb") as binary:
                if binary.read(4) not in MACH_O:
                    continue
        except OSError:
            continue
        return Interpreter(real, mac_roots(real))
    raise SandboxUnavailable(
        f"{own} is no program of {platform.system()}: install Python from python.org or Homebrew"
    )


def in_framework(real: Path) -> Path:
    """A framework's ``bin/python3`` only starts another program: that one, where it is."""
    inner = real.parent.parent / "Resources" / "Python.app" / "Contents" / "MacOS" / "Python"
    return inner if inner.exists() else real


def mac_roots(real: Path) -> tuple[Path, ...]:
    """Folders that an interpreter needs: its version's, and Homebrew's libraries where it is Homebrew's."""
    versions = [path for path in real.parents if path.parent.name == "Versions"]
    roots = [versions[0] if versions else real.parent.parent]
    for place in HOMEBREW:
        if str(real).startswith(f"{place}/Cellar/"):
            roots += [Path(place, "Cellar"), Path(place, "opt")]
    return tuple(roots)
