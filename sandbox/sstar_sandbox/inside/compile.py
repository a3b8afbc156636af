"""Inside a compile box that bubblewrap did not make: build the walls, harden, become the shell."""

# Exec without a shell is what is meant:
# ruff: noqa: S606
from __future__ import annotations

import os
from typing import Any, NoReturn

from sstar_sandbox.inside import confine


def main(control: int, options: dict[str, Any]) -> NoReturn:
    """Never returns. ``options``: those of a box, ``command``, ``environment``, ``folder``."""
    os.close(control)
    confinement = confine.Confinement(options)
    confinement.enter_walls(options)
    confinement.harden(options)
    os.chdir(options["folder"])
    os.execve(options["command"][0], options["command"], options["environment"])
