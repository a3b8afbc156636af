"""Inside a compile box that bubblewrap did not make: enter namespaces, harden, execute the shell."""

# Exec without a shell is what is meant:
# ruff: noqa: S606
from __future__ import annotations

import ctypes
import os
import signal
from typing import Any, NoReturn

from sstar_sandbox.inside.hardening import harden


def main(control: int, options: dict[str, Any]) -> NoReturn:
    """Never returns. ``options``: those of a box, ``command``, ``environment``, ``folder``."""
    os.close(control)
    confinement = harden.Confinement(options)
    confinement.enter_namespaces(options)
    if options["namespaces"] is None:
        _stay_behind(options["parent"])
    confinement.harden(options)
    os.chdir(options["folder"])
    os.execve(options["command"][0], options["command"], options["environment"])


def _stay_behind(owner: int) -> None:
    """Without a pid namespace a compiler's own children would outlive their owner: returns in a child, while
    this process stays and ends its whole group with the owner."""
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    if harden.LIBC.prctl(harden.PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != owner:
        os._exit(121)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        return
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
