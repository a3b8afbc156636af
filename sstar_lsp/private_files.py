"""Files and folders that only their user can read, from the moment they exist.

State of this program holds statements, programs and answers of models. Missing folders are made with mode
0700 (all of them, not the last one alone) and files with 0600; a folder that is there already keeps its mode,
as it may be shared.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import platformdirs

from sstar_lsp.processes import is_alive

STATE_DIR_VARIABLE = "SSTAR_STATE_DIR"
_LOOK_EVERY_S = 0.05


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where journals and all other state lives: ``SSTAR_STATE_DIR``, else the platform's state folder."""
    given = environ.get(STATE_DIR_VARIABLE)
    return Path(given) if given else platformdirs.user_state_path("sstar", appauthor=False)


def make_private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their user alone.
    Raises ``OSError``: it cannot be made, or is no folder."""
    missing = [folder]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def open_private(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> int:
    """A descriptor of a file that only its user can read, be it new or made by an earlier version.
    Raises ``OSError``: it cannot be opened."""
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(PermissionError):  # of another user, who let us in
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    return descriptor


@contextlib.contextmanager
def locked(path: Path, patience_s: float, variable: str = STATE_DIR_VARIABLE) -> Iterator[None]:
    """Hold the lock of a file, which names its holder meanwhile.

    Args:
        path: The file; made where it is missing.
        patience_s: Seconds to wait for a holder.
        variable: Of the environment, that says where its folder is.

    Raises:
        TimeoutError: it is held all that time; the message says by whom and what to do.
        OSError: it cannot be opened.
    """
    descriptor = open_private(path)
    try:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TimeoutError(_held_by(path, descriptor, patience_s, variable)) from None
                time.sleep(_LOOK_EVERY_S)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {os.getuid()}".encode(), 0)
        try:
            yield
        finally:
            os.truncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _held_by(path: Path, descriptor: int, patience_s: float, variable: str) -> str:
    pid, _, user = os.pread(descriptor, 64, 0).decode("ascii", "replace").partition(" ")
    if not (pid.isdigit() and user.isdigit()):
        holder = "a process that does not say its number"
    elif is_alive(int(pid)):
        holder = f"process {pid} of user {user}"
    else:
        holder = f"what process {pid} of user {user} left behind when it ended"
    return (
        f"{path} has been locked for {patience_s:g} seconds by {holder}: end that process (fuser {path} finds it), "
        f"or set {variable} to a folder of your own"
    )
