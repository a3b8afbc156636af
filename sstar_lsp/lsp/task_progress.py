"""Work-done progress of a request that is no run: a bar with a cancel button, which ends the work behind it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.progress import INTERVAL_S, Throttle

if TYPE_CHECKING:
    from sstar_lsp.lsp.server import SStarServer

log = logging.getLogger("sstar.lsp")

CANCELLED: dict[str, Any] = {"status": "cancelled"}
"""The answer of a request whose button was pressed."""
Tell = Callable[[str, int | None], None]
"""Takes what is shown, and how many per cent are done where that is known."""


async def with_progress(
    server: SStarServer,
    token: str | int | None,
    title: str,
    work: Callable[[Tell], Coroutine[Any, Any, dict[str, Any]]],
) -> dict[str, Any]:
    """Do some work with a bar; cancelling the request, or the button, cancels it.

    Args:
        server: Whose client shows the bar.
        token: The client's own; None: one is made where it advertises that.
        title: Of the bar.
        work: Gets what tells the bar how far it is.

    Returns:
        The answer of the work; :data:`CANCELLED` where the button was pressed.

    Raises:
        UsageError: the token is in use.
    """
    wire = server.work_done_progress
    bar: list[str | int] = []
    shown: list[tuple[str, int | None]] = [("", None)]
    is_pressed = False

    def report() -> None:
        text, percentage = shown[0]
        if bar and text:
            wire.report(
                bar[0], types.WorkDoneProgressReport(message=text, percentage=percentage, cancellable=True)
            )

    telling = Throttle(INTERVAL_S, report)

    def tell(text: str, percentage: int | None) -> None:
        shown[0] = text, percentage
        telling.wish()

    task = asyncio.get_running_loop().create_task(work(tell))

    def hold(chosen: str | int) -> None:
        stop: Future[None] = Future()
        wire.tokens[chosen] = stop

        def stopped(future: Future[None]) -> None:
            nonlocal is_pressed
            if future.cancelled():
                is_pressed = True
                task.cancel()

        stop.add_done_callback(stopped)
        bar.append(chosen)
        wire.begin(chosen, types.WorkDoneProgressBegin(title=title, cancellable=True))

    async def create() -> None:
        made = str(uuid4())
        try:
            await wire.create_async(made)
        except JsonRpcException as error:
            log.info("no progress is shown: %s", error)
            return
        wire.tokens.pop(made, None)  # pygls' own future; ours follows
        if not task.done():
            hold(made)
            report()

    try:
        if token is not None:
            if token in wire.tokens:
                raise UsageError(f"workDoneToken {token!r} is in use: make a new one for each request.")
            hold(token)
        elif server.client.work_done_progress:
            server.spawn(create())
        return await task
    except asyncio.CancelledError:
        if is_pressed:
            return dict(CANCELLED)
        raise
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        telling.stop()
        if bar:
            wire.end(bar[0], types.WorkDoneProgressEnd(message="cancelled" if is_pressed else None))
            wire.tokens.pop(bar[0], None)
