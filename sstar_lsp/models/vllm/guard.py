"""Runs one command, and leaves nothing of it behind when its owner is gone, however the owner went.

``python guard.py GRACE_S COMMAND …``, with the owner's end of a pipe as standard input. When that pipe
closes, the command's process group is told to end, and killed after the grace time; so are workers that
outlive the command. Imports nothing of ours: it starts fast and works in any interpreter.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_TICK_S = 0.2
_WORKERS_S = 1.0
"""For workers whose command has ended."""
_LAST_S = 10.0
"""After SIGKILL only the kernel can be late."""
_PROCESSES = Path("/proc")


def main(grace_s: float, command: list[str]) -> int:
    """Start the command in our own group, wait for its end or the owner's; its exit code."""
    with contextlib.suppress(OSError):
        os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # what ends the group must not end us first
    prctl = _prctl()
    prctl(_PR_SET_CHILD_SUBREAPER, 1)  # workers that lose their parent become ours

    def before() -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=before)  # noqa: PLW1509  # one thread
    try:
        while child.poll() is None and not _owner_is_gone(_TICK_S):
            pass
    finally:
        _end(child, grace_s)
    return child.returncode


def _owner_is_gone(wait_s: float) -> bool:
    readable, _, _ = select.select([0], [], [], wait_s)
    return bool(readable) and not os.read(0, 4096)


def _end(child: subprocess.Popen[bytes], grace_s: float) -> None:
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, _LAST_S)):
        deadline = time.monotonic() + patience_s
        _send(number)
        alone = False
        while (child.poll() is None or _ours()) and time.monotonic() < deadline:
            if number == signal.SIGKILL:
                _send(number)  # what was just being forked
            elif child.returncode is not None and not alone:
                alone, deadline = True, min(deadline, time.monotonic() + _WORKERS_S)
            time.sleep(_TICK_S / 4)
        if child.poll() is not None and not _ours():
            return


def _send(number: signal.Signals) -> None:
    if not _PROCESSES.is_dir():
        os.killpg(os.getpgrp(), number)  # ends us too, with the last of them
    for pid in _ours():
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _ours() -> list[int]:
    """Every living process below us, whatever group it moved to; none if there is no /proc."""
    parents: dict[int, int] = {}
    for entry in _PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, parent = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                parents[int(entry.name)] = int(parent)
    found = {os.getpid()}
    grew = True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grew = bool(more)
    return sorted(found - {os.getpid()})


def _prctl() -> Callable[..., object]:
    try:
        call: Callable[..., object] = ctypes.CDLL(None, use_errno=True).prctl
    except (AttributeError, OSError):  # not Linux
        return lambda *_: 0
    return call


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]) & 0xFF)
