"""Work-done progress of one run: begun once, ended once, its token gone afterwards.

pygls never forgets a token and raises when one is used twice; here a token lives exactly as long as its run.
Clients of our own get the counts too (``sstar/progress``), not more often than an eye can follow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.protocol_types import PROGRESS

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.lsp.session.active_runs import ActiveRun
    from sstar_lsp.lsp.session.session import Session

log = logging.getLogger("sstar.lsp")

Token = str | int
INTERVAL_S = 0.1
"""Between two reports of one run."""


def written(state: RunState) -> int:
    """Samples that have been answered."""
    return sum("." not in candidate for candidate in {*state.candidates, *state.no_program})


def progress_text(state: RunState, phase: str) -> str:
    """Where a run stands: ``5/8 samples, 2 survivors``."""
    if phase or state.started is None:
        return phase or "starting"
    text = f"{written(state)}/{state.settings.samples} samples, {_counted(len(state.survivors), 'survivor')}"
    if state.clusters:
        text += f", {_counted(len(state.clusters), 'cluster')}"
    if state.duels:
        text += f", {_counted(len(state.duels), 'duel')}"
    return text


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def counts(state: RunState) -> dict[str, Any]:
    """The numbers of ``sstar/progress``."""
    return {
        "samples": {
            "written": written(state),
            "total": state.settings.samples if state.started is not None else 0,
        },
        "survivors": len(state.survivors) if state.started is not None else 0,
        "clusters": len(state.clusters),
        "inputs": len(state.valid_inputs),
        "duels": len(state.duels),
        "calls": state.calls,
        "tokens": state.usage.prompt_tokens + state.usage.completion_tokens,
    }


class Throttle:
    """Runs an action at once, and then not again before the interval is over; the last wish is never lost."""

    def __init__(self, interval_s: float, action: Callable[[], None]) -> None:
        self._interval_s = interval_s
        self._action = action
        self._timer: asyncio.TimerHandle | None = None
        self._is_wished = False

    def wish(self) -> None:
        """Run it, now or soon."""
        if self._timer is None:
            self._act()
        else:
            self._is_wished = True

    def _act(self) -> None:
        self._is_wished = False
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._over)
        self._action()

    def _over(self) -> None:
        self._timer = None
        if self._is_wished:
            self._act()

    def stop(self) -> None:
        """Forget what was wished."""
        self._is_wished = False


class Bar:
    """One bar with a cancel button: its token is held from the start, and gone after the end."""

    def __init__(self, server: Session, title: str, cancel: Callable[[], None]) -> None:
        self.title = title
        self._wire = server.work_done_progress
        self._cancel = cancel
        self._token: Token | None = None
        self._shown: tuple[str, int | None] = ("", None)
        self._is_begun = self._is_ended = False
        self._end_text: str | None = None

    def take(self, token: Token) -> None:
        """Use a token that the client made; it may be cancelled from now on.

        Raises:
            UsageError: it is in use.
        """
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
        self._wire.begin(
            self._token,
            types.WorkDoneProgressBegin(
                title=self.title, message=text or None, percentage=percentage, cancellable=True
            ),
        )

    def report(self, text: str, percentage: int | None = None) -> None:
        """Show how far it is, in words and (0 … 100) where that is known."""
        self._shown = text, percentage
        if self._token is not None and self._is_begun and not self._is_ended and text:
            self._wire.report(
                self._token,
                types.WorkDoneProgressReport(message=text, percentage=percentage, cancellable=True),
            )

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


class Progress:
    """Tells the editor how a run stands. Without a token it tells only those who want ``sstar/progress``."""

    def __init__(self, server: Session, job: ActiveRun) -> None:
        self._server = server
        self._job = job
        self.bar = Bar(server, "S*", job.cancel)
        self._text = ""
        self._is_ended = False
        self._begun_at = asyncio.get_running_loop().time()
        self._telling = Throttle(INTERVAL_S, self._tell)

    def begin(self, title: str) -> None:
        """Show the bar, with a cancel button."""
        self.bar.title = f"S* {title}"
        self.bar.begin()
        self._telling.wish()

    def report(self, state: RunState, phase: str) -> None:
        """Show where the run stands."""
        if self._is_ended:
            return
        text = progress_text(state, phase)
        if text != self._text:
            self._text = text
            self._server.progressed(self._job.uri)
        self._telling.wish()

    def _tell(self) -> None:
        self.bar.report(self._text)
        self._notify("running")

    def _notify(self, status: str) -> None:
        handle = self._job.handle
        if handle is None or not self._server.client.wants_progress:
            return
        state = handle.state
        problem = self._job.problem
        seconds = asyncio.get_running_loop().time() - self._begun_at + state.seconds_before
        body = {
            "runId": handle.run_id,
            "uri": self._job.uri,
            "title": problem.title if problem is not None else "",
            "status": status,
            "phase": handle.phase,
            "text": progress_text(state, handle.phase),
            **counts(state),
            "seconds": round(state.decided.seconds if state.decided is not None else seconds, 3),
        }
        self._server.protocol.notify(PROGRESS, body)

    def end(self, text: str) -> None:
        """Take the bar away; later calls do nothing."""
        if self._is_ended:
            return
        self._is_ended = True
        self._telling.stop()
        self._notify(text.partition(":")[0])
        self.bar.end(text)
