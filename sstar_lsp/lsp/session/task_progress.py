"""Work-done progress of a request that is no run: a bar with a cancel button, which ends the work behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from sstar_lsp.lsp.session.progress import INTERVAL_S, Bar, Throttle

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.session import Session

CANCELLED: dict[str, Any] = {"status": "cancelled"}
"""The answer of a request whose button was pressed."""
Tell = Callable[[str, int | None], None]
"""Takes what is shown, and how many per cent are done where that is known."""


async def with_progress(
    server: Session,
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
    is_pressed = False
    shown: tuple[str, int | None] = ("", None)

    def pressed() -> None:
        nonlocal is_pressed
        is_pressed = True
        task.cancel()

    def tell(text: str, percentage: int | None) -> None:
        nonlocal shown
        shown = text, percentage
        telling.wish()

    bar = Bar(server, title, pressed)
    telling = Throttle(INTERVAL_S, lambda: bar.report(*shown))
    task = asyncio.get_running_loop().create_task(work(tell))
    try:
        if token is not None:
            bar.take(token)
            bar.begin()
        elif server.client.work_done_progress:
            server.spawn(bar.create())
        return await task
    except asyncio.CancelledError:
        if is_pressed:
            return dict(CANCELLED)
        raise
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        telling.stop()
        bar.end("cancelled" if is_pressed else None)
