"""Work-done progress: of a run, and of other requests that take long.

pygls never forgets a token and raises when one is used twice; here a token lives exactly as long as its bar.
Clients that want it get the counts of a run too (``sstar/progress``), at most ten times a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.protocol_types import PROGRESS, Counts, RunProgress
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.throttle import Throttle
from sstar_lsp.records import counted

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState

log = logging.getLogger("sstar.lsp")
_T = TypeVar("_T")

Token = str | int
CANCELLED: dict[str, Any] = {"status": "cancelled"}
"""The response of a request whose button was pressed."""
Report = Callable[[str, int | None], None]
"""Takes what is shown, and how many per cent are done where that is known."""
INTERVAL_S = 0.1
"""Between two reports of one run."""


def progress_text(state: RunState, phase: str) -> str:
    """Where a run stands: ``5/8 samples, 2 survivors``."""
    if phase or state.started is None:
        return phase or "starting"
    text = f"{state.answered()}/{state.settings.samples} samples, {counted(len(state.survivors), 'survivor')}"
    if state.clusters:
        text += f", {counted(len(state.clusters), 'cluster')}"
    if state.duels:
        text += f", {counted(len(state.duels), 'duel')}"
    return text


def counts(state: RunState) -> Counts:
    """The numbers of ``sstar/progress``."""
    has_begun = state.started is not None
    return {
        "samples": {"written": state.answered(), "total": state.settings.samples if has_begun else 0},
        "survivors": len(state.survivors) if has_begun else 0,
        "clusters": len(state.clusters),
        "inputs": len(state.valid_inputs),
        "duels": len(state.duels),
        "calls": state.calls,
        "tokens": state.usage.prompt_tokens + state.usage.completion_tokens,
    }


class Bar:
    """One bar with a cancel button: its token is held from the start, and gone after the end."""

    def __init__(self, editor: Editor, title: str, cancel: Callable[[], None]) -> None:
        self.title = title
        self._wire = editor.work_done_progress
        self._cancel = cancel
        self._token: Token | None = None
        self._shown: tuple[str, int | None] = ("", None)
        self._is_begun = self._is_ended = False
        self._end_text: str | None = None

    def take(self, token: Token) -> None:
        """Use a token that the client made; it may be cancelled from now on.
        Raises :class:`UsageError`: it is in use."""
        if token in self._wire.tokens:
            raise UsageError(f"workDoneToken {token!r} is in use: make a new one for each request.")
        self._hold(token)

    async def create(self) -> None:
        """Have the client create a token; only for clients that advertise it. It may answer late or never."""
        token = str(uuid4())
        try:
            await self._wire.create_async(token)
        except (JsonRpcException, asyncio.CancelledError) as error:
            log.info("no progress is shown: %s", error)
            return
        self._wire.tokens.pop(token, None)  # pygls' own future; ours follows
        self._hold(token)
        self.begin()
        if self._is_ended:
            self._take_away()

    def _hold(self, token: Token) -> None:
        stop: Future[None] = Future()
        self._wire.tokens[token] = stop
        self._token = token

        def stopped(future: Future[None]) -> None:
            if future.cancelled():
                self._cancel()

        stop.add_done_callback(stopped)

    def begin(self) -> None:
        """Show it, once there is a token."""
        if self._token is None or self._is_begun:
            return
        self._is_begun = True
        text, percentage = self._shown
        shown = types.WorkDoneProgressBegin(
            self.title, message=text or None, percentage=percentage, cancellable=True
        )
        self._wire.begin(self._token, shown)

    def report(self, text: str, percentage: int | None = None) -> None:
        """Show how far it is, in words and (0 … 100) where that is known."""
        self._shown = text, percentage
        if self._token is not None and self._is_begun and not self._is_ended and text:
            shown = types.WorkDoneProgressReport(message=text, percentage=percentage, cancellable=True)
            self._wire.report(self._token, shown)

    def end(self, text: str | None) -> None:
        """Take it away; later calls do nothing."""
        if self._is_ended:
            return
        self._is_ended = True
        self._end_text = text
        if self._token is not None:
            self._take_away()

    def _take_away(self) -> None:
        assert self._token is not None
        if self._is_begun:
            self._wire.end(self._token, types.WorkDoneProgressEnd(message=self._end_text))
        self._wire.tokens.pop(self._token, None)


class RunBar:
    """Progress of a run: its bar, and ``sstar/progress`` to clients that want it."""

    def __init__(
        self, editor: Editor, cancel: Callable[[], None], counts_now: Callable[[str], RunProgress | None]
    ) -> None:
        """``counts_now`` makes ``sstar/progress`` for a status; None before the run is journaled."""
        self.bar = Bar(editor, "S*", cancel)
        self._editor = editor
        self._counts_now = counts_now
        self._text = self._details = ""
        self._is_ended = False
        self._throttle = Throttle(INTERVAL_S, self._show)

    def begin(self, title: str) -> None:
        """Show the bar, with a cancel button."""
        self.bar.title = f"S* {title}"
        self.bar.begin()
        self._throttle.trigger()

    def report(self, text: str, details: str = "") -> None:
        """Show where the run stands; ``details`` come and go without news for the document."""
        if self._is_ended:
            return
        self._details = details
        if text != self._text:
            self._text = text
            self._editor.refresh_lenses()
        self._throttle.trigger()

    def _show(self) -> None:
        self.bar.report(" · ".join(filter(None, (self._text, self._details))))
        self._notify("running")

    def _notify(self, status: str) -> None:
        if self._editor.client.wants_progress and (body := self._counts_now(status)) is not None:
            self._editor.protocol.notify(PROGRESS, body)

    def end(self, status: str, failure: str = "") -> None:
        """Take the bar away; later calls do nothing."""
        if self._is_ended:
            return
        self._is_ended = True
        self._throttle.stop()
        self._notify(status)
        self.bar.end(f"{status}: {failure}" if failure else status)


async def with_progress(
    editor: Editor, token: Token | None, title: str, work: Callable[[Report], Coroutine[Any, Any, _T]]
) -> _T:
    """Do some work with a bar; cancelling the request, or the button, cancels it.

    Args:
        editor: Whose client shows the bar.
        token: The client's own; None: one is made where it advertises that.
        title: Of the bar.
        work: Gets what tells the bar how far it is.

    Returns:
        The response of the work; :data:`CANCELLED` where the button was pressed.

    Raises:
        UsageError: the token is in use.
    """
    is_pressed = False
    shown: tuple[str, int | None] = ("", None)

    def press() -> None:
        nonlocal is_pressed
        is_pressed = True
        task.cancel()

    def report(text: str, percentage: int | None) -> None:
        nonlocal shown
        shown = text, percentage
        throttle.trigger()

    bar = Bar(editor, title, press)
    throttle = Throttle(INTERVAL_S, lambda: bar.report(*shown))
    task = asyncio.get_running_loop().create_task(work(report))
    try:
        if token is not None:
            bar.take(token)
            bar.begin()
        elif editor.client.work_done_progress:
            editor.spawn(bar.create())
        return await task
    except asyncio.CancelledError:
        if is_pressed:
            return cast("_T", dict(CANCELLED))
        raise
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        throttle.stop()
        bar.end("cancelled" if is_pressed else None)
