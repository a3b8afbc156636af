"""Watches the editor's process (``processId`` of ``initialize``): the server ends once it is gone.

The end of the input does not always tell: a child of the editor may hold the other end of the pipe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sstar_lsp.processes import is_alive

LOOK_S = 1.0
"""Between two looks at the editor's process."""


async def parent_gone(parent: Callable[[], int | None]) -> None:
    """Returns once the process that the client named is gone.

    Never where it names none, or one that was not to be seen at ``initialize``: a client in another container
    or on another machine.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        if (pid := parent()) is not None and not is_alive(pid):
            return
