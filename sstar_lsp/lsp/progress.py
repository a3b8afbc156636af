"""Work-done progress of one run: begun once, ended once, its token gone afterwards.

pygls never forgets a token and raises when one is used twice; here a token lives exactly as long as its run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.progress import Progress as PyglsProgress

from sstar_lsp.errors import UsageError

if TYPE_CHECKING:
    from sstar_lsp.engine.state import RunState

log = logging.getLogger("sstar.lsp")

Token = str | int


def progress_text(state: RunState, phase: str) -> str:
    """Where a run stands: ``5/8 samples, 2 survivors``."""
    if phase or state.started is None:
        return phase or "starting"
    written = sum("." not in candidate for candidate in {*state.candidates, *state.no_program})
    text = f"{written}/{state.settings.samples} samples, {_counted(len(state.survivors), 'survivor')}"
    if state.clusters:
        text += f", {_counted(len(state.clusters), 'cluster')}"
    if state.duels:
        text += f", {_counted(len(state.duels), 'duel')}"
    return text


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Progress:
    """Tells the editor how a run stands. Without a token it tells nobody."""

    def __init__(self, wire: PyglsProgress, cancel: Callable[[], None]) -> None:
        self._wire = wire
        self._cancel = cancel
        self._token: Token | None = None
        self._title = "S*"
        self._text = ""
        self._is_begun = False
        self._is_ended = False
        self._end_text = ""

    def take(self, token: Token) -> None:
        """Use a token that the client made; it may be cancelled from now on.

        Raises:
            UsageError: another run uses it.
        """
        if token in self._wire.tokens:
            raise UsageError(f"workDoneToken {token!r} is in use by another run: make a new one for each.")
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
        self._begin()
        if self._is_ended:
            self._is_ended = False
            self.end(self._end_text)

    def _hold(self, token: Token) -> None:
        stop: Future[None] = Future()
        self._wire.tokens[token] = stop
        self._token = token

        def stopped(future: Future[None]) -> None:
            if future.cancelled():
                self._cancel()

        stop.add_done_callback(stopped)

    def begin(self, title: str) -> None:
        """Show the bar, with a cancel button."""
        self._title = f"S* {title}"
        self._begin()

    def _begin(self) -> None:
        if self._token is None or self._is_begun:
            return
        self._is_begun = True
        self._wire.begin(
            self._token,
            types.WorkDoneProgressBegin(title=self._title, message=self._text or None, cancellable=True),
        )

    def report(self, text: str) -> None:
        """Show where the run stands."""
        if text == self._text or self._is_ended:
            return
        self._text = text
        if self._token is not None and self._is_begun:
            self._wire.report(self._token, types.WorkDoneProgressReport(message=text, cancellable=True))

    def end(self, text: str) -> None:
        """Take the bar away; later calls do nothing."""
        if self._is_ended:
            return
        self._is_ended = True
        self._end_text = text
        if self._token is not None:
            if self._is_begun:
                self._wire.end(self._token, types.WorkDoneProgressEnd(message=text))
            self._wire.tokens.pop(self._token, None)
