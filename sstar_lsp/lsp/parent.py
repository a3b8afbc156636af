"""The editor's process (``processId`` of ``initialize``): once it is gone the server ends, as LSP wants.

The end of the wire does not always tell: a child of the editor may hold the other end of the pipe.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from sstar_lsp.lsp.server import SStarServer

LOOK_S = 1.0
"""Between two looks at the editor's process."""


def is_alive(pid: int) -> bool:
    """Whether there is such a process; one that ended and was not waited for counts as gone."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:  # no Linux
        return True
    return status.rpartition(")")[2].split()[:1] != ["Z"]


async def parent_gone(server: SStarServer) -> None:
    """Returns once the process that the client named is gone.

    Never where it names none, or one that was not to be seen at ``initialize``: a client in another container or on
    another machine.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        if server.parent is not None and not is_alive(server.parent):
            return
