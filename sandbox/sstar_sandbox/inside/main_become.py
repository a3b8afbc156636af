"""Inside a box that bubblewrap did not make: enter namespaces, execute the launcher, which hardens itself."""

# Exec without a shell is what is meant:
# ruff: noqa: S606
from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

from sstar_sandbox.inside.hardening import harden


def main(control: int, options: dict[str, Any]) -> NoReturn:
    """Never returns. The last two arguments: descriptors of the launcher and its orders."""
    launcher, orders = int(sys.argv[3]), int(sys.argv[4])
    harden.Confinement(options).enter_namespaces(options)
    os.set_inheritable(launcher, False)
    os.execve(launcher, ["launcher", str(orders), str(control)], {})
