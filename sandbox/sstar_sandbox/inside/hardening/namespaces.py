"""Namespaces and a minimal read-only root without bubblewrap, by plain system calls.

For machines with user namespaces and no bubblewrap. Runs first, before any data of a candidate is there.
"""

# Pathlib is not loaded in the box:
# ruff: noqa: PTH102, PTH103, PTH110, PTH112, PTH120, PTH106, PTH211
from __future__ import annotations

import ctypes
import os
import signal
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
MOUNT_SETATTR = 442
AT_EMPTY_PATH_RECURSIVE = 0x1000 | 0x8000
PR_SET_PDEATHSIG, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 47, 2
CAP_SYS_ADMIN = 1 << 21
BASE = "/tmp"  # noqa: S108  (covered by a tmpfs of our own at once)


def build(options: dict[str, Any]) -> None:
    """Leave the machine's namespaces and see only the given paths; returns as pid 1 of a new world.

    ``options``: ``uid`` inside, ``binds`` (path of the machine and in the box, read only), ``links`` (path,
    target), ``devices``, ``files`` (paths of new, writable ones), ``tmp_bytes`` (size of a writable /tmp, 0
    for none), ``keep_sys_admin``.
    """
    uid, gid = os.getuid(), os.getgid()
    _checked(LIBC.unshare(NEWUSER | NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | NEWCGROUP), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{options['uid']} {uid} 1")
    _write("/proc/self/gid_map", f"{options['uid']} {gid} 1")
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    # Held before anything is covered: what is shown may lie where the new root is built.
    binds = [
        (os.open(source, os.O_PATH), path) for source, path in options["binds"] if os.path.exists(source)
    ]
    _mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
    root = BASE + "/root"
    os.mkdir(root, 0o755)
    _mount(root, root, None, MS_BIND)
    for held, path in binds:
        _bind(f"/proc/self/fd/{held}", root + path)
        os.close(held)
    for path, target in options["links"]:
        os.symlink(target, root + path)
    for path in options["devices"]:
        _bind(path, root + path, MS_RDONLY | MS_NOSUID)
    _make_files(options["files"], root)
    if options["tmp_bytes"]:
        os.mkdir(root + BASE, 0o1777)
        _mount("tmpfs", root + BASE, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={options['tmp_bytes']}")
    os.mkdir(root + "/old", 0o700)
    os.chdir(root)
    _checked(LIBC.syscall(PIVOT_ROOT, b".", b"old"), "pivot_root")
    os.chdir("/")
    _checked(LIBC.umount2(b"/old", MNT_DETACH), "umount")
    os.rmdir("/old")
    _mount("none", "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    die_with_parent()
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
    die_with_parent()
    os.setsid()
    _drop_capabilities(CAP_SYS_ADMIN if options["keep_sys_admin"] else 0)


def _make_files(paths: list[str], root: str) -> None:
    """New files, on a file system of their own that only what is bound to their places is seen of."""
    shelf = BASE + "/files"
    os.mkdir(shelf, 0o755)
    _mount("tmpfs", shelf, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755")
    for number, path in enumerate(paths):
        own = f"{shelf}/{number}"
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        for new in (own, root + path):
            os.close(os.open(new, os.O_CREAT | os.O_WRONLY, 0o600))
        _mount(own, root + path, None, MS_BIND)


def die_with_parent() -> None:
    """SIGKILL when the process that started this one ends."""
    _checked(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def _drop_capabilities(keep: int) -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(keep, keep, keep, 0, 0, 0)
    _checked(LIBC.capset(header, sets), "capset")
    if keep:
        # A launcher that is executed keeps it; its children give it up.
        _checked(LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, keep.bit_length() - 1, 0, 0), "prctl")


def _bind(path: str, target: str, flags: int = MS_RDONLY | MS_NOSUID | MS_NODEV) -> None:
    """One path of the machine at its place in the new root, with all below it read only."""
    if not os.path.exists(path):
        return
    parent = os.path.dirname(target)
    os.makedirs(parent, exist_ok=True)
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o444))
    _mount(path, target, None, MS_BIND | MS_REC)
    attributes = (ctypes.c_uint64 * 4)(flags, 0, 0, 0)
    at = os.open(target, os.O_PATH)
    try:
        answer = LIBC.syscall(MOUNT_SETATTR, at, b"", AT_EMPTY_PATH_RECURSIVE, ctypes.byref(attributes), 32)
        _checked(answer, f"read-only {path}")
    finally:
        os.close(at)


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind, data)]
    _checked(LIBC.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]), f"mount {target}")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _checked(answer: int, what: str) -> None:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
