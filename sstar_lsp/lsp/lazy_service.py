"""The solving service of a session, opened on first need: opening it imports the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from sstar_lsp.lsp.gc_policy import GcPolicy

if TYPE_CHECKING:
    from sstar_lsp.service import Service

Open = Callable[[], "AbstractAsyncContextManager[Service]"]
"""Called on a thread; the context is entered and left on the loop."""


def open_service() -> AbstractAsyncContextManager[Service]:
    """The real service."""
    from sstar_lsp import ast_lock

    with ast_lock.LOCK:  # some imports parse, and documents are read meanwhile
        from sstar_lsp.service import Service

    return Service()


class LazyService:
    """The service, opened once; call it to get it."""

    def __init__(self, open_context: Open, gc_policy: GcPolicy) -> None:
        self._open_context = open_context
        self._gc_policy = gc_policy
        self._opening: asyncio.Task[Service] | None = None
        self._context: AbstractAsyncContextManager[Service] | None = None

    async def __call__(self) -> Service:
        """The service; it stays open until the session ends.
        Raises :class:`RunError`: the journal cannot be opened; the next call tries again."""
        opening = self._opening
        if opening is None or (opening.done() and (opening.cancelled() or opening.exception() is not None)):
            opening = self._opening = asyncio.get_running_loop().create_task(self._open())
        return await asyncio.shield(opening)

    async def _open(self) -> Service:
        context = await asyncio.to_thread(self._open_context)
        service = await context.__aenter__()
        self._context = context
        self._gc_policy.imports_done()
        return service

    async def aclose(self) -> None:
        """Wait until it is open, and close it."""
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._context is not None:
            await self._context.__aexit__(None, None, None)
