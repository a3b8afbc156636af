"""Which Python runs candidates on macOS, and the folders that it needs."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from sstar_sandbox.backends.interpreter import Interpreter
from sstar_sandbox.errors import SandboxUnavailable

MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How a program of macOS begins: for one machine, for several."""
HOMEBREW = ("/opt/homebrew", "/usr/local")
"""Where Homebrew lives: on Apple silicon, on Intel."""


def find_mac_interpreter() -> Interpreter:
    """The Python we run on, or Homebrew's; never ``/usr/bin/python3``, which only asks for Xcode's.
    Raises :class:`SandboxUnavailable`: none is a real program."""
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
