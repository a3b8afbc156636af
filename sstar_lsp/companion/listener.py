"""The listener that Competitive Companion posts to: on this machine only, one POST a problem, answered at
once.

Any web page can send a request to a port of this machine. So the address that was asked for and the sender
are compared exactly: ``Host`` is one of our own, and ``Origin`` is a browser extension's, or absent (browsers
send it with every cross-site POST). Nothing that is posted starts a solve.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus

from sstar_lsp.companion.payload import CompanionProblem, companion_problem
from sstar_lsp.errors import ProblemError, SStarError, UsageError
from sstar_lsp.loopback import Answer, Head, LoopbackServer

log = logging.getLogger("sstar.companion")

ADDRESSES = ("127.0.0.1", "::1")
"""A browser resolves ``localhost`` to either."""
LONGEST_BODY = 4 << 20
"""Bytes."""
HAND_ON_S = 10.0
"""What arrived may take so long to be handed on once the listener is to end."""
RETRY_S = 5.0
"""Another process has the port: it is tried again so often."""
_EXTENSION = re.compile(
    r"chrome-extension://[a-p]{32}|moz-extension://[0-9a-f-]{36}|safari-web-extension://[0-9A-Fa-f-]{36}"
)

Take = Callable[[CompanionProblem], Awaitable[None]]
"""What is done with a problem; called in the order of arrival, one after the other."""


class Listener:
    """An open listener. Use :func:`listening`."""

    def __init__(self, port: int, take: Take) -> None:
        self.port = port
        self.http = LoopbackServer(self._respond, self._refused, longest_body=LONGEST_BODY)
        self._take = take
        self._queue: asyncio.Queue[CompanionProblem] = asyncio.Queue()

    async def consume(self) -> None:
        """Hand on what arrives, for ever; a problem that cannot be kept is logged, and costs no other."""
        while True:
            problem = await self._queue.get()
            try:
                await self._take(problem)
            except SStarError as error:
                log.error("%s", error)  # noqa: TRY400 - no fault of ours
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Wait until all that arrived was handed on."""
        await self._queue.join()

    async def _respond(self, _head: Head, body: bytes) -> Answer:
        try:
            self._queue.put_nowait(companion_problem(body))
        except ProblemError as error:
            return _words(HTTPStatus.BAD_REQUEST, str(error))
        return _words(HTTPStatus.OK, "taken")

    def _refused(self, head: Head) -> Answer | None:
        """Why a request is refused by its head alone; None if it is not."""
        ours = {f"{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        if head.fields.get("host", "").lower() not in ours:
            return _words(HTTPStatus.MISDIRECTED_REQUEST, "this is another host")
        origin = head.fields.get("origin")
        if origin is not None and _EXTENSION.fullmatch(origin) is None:
            return _words(HTTPStatus.FORBIDDEN, "only a browser extension may post here")
        if head.path != "/":
            return _words(HTTPStatus.NOT_FOUND, "there is nothing here")
        if head.method != "POST":
            return _words(HTTPStatus.METHOD_NOT_ALLOWED, "only POST")
        return None


def _words(status: HTTPStatus, words: str) -> Answer:
    return Answer(status, f"{words}\n".encode())


@contextlib.asynccontextmanager
async def listening(port: int, take: Take) -> AsyncIterator[Listener]:
    """Listen on this machine; what arrived is handed on before the context ends. ``port`` 0: any that is
    free.
    Raises :class:`PortTaken`: another process listens there."""
    listener = Listener(port, take)
    is_open = False
    with contextlib.ExitStack() as servers:
        for address in ADDRESSES:
            try:
                server = await asyncio.start_server(listener.http.answered, address, listener.port)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(port) from error
                if is_open:
                    log.info("no listener on %s: %s", address, error)  # a machine without IPv6
                    continue
                raise UsageError(f"cannot listen on {address}, port {port}: {error.strerror}.") from error
            servers.callback(server.close)
            is_open, listener.port = True, server.sockets[0].getsockname()[1]
        consuming = asyncio.create_task(listener.consume())
        try:
            yield listener
        finally:
            servers.close()
            if not consuming.done():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(listener.drained(), HAND_ON_S)
            consuming.cancel()
            await asyncio.gather(consuming, return_exceptions=True)


class PortTaken(UsageError):
    """Another process listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} is taken: another window or tool listens there. Wait for it, or choose another port "
            'with --port and in the extension ("custom ports").'
        )


async def listen_for_ever(
    port: int, take: Take, began: Callable[[Listener], None], waits: Callable[[PortTaken], None]
) -> None:
    """Listen until cancelled; while another window has the port, wait for it to let go.

    Args:
        port: Where to listen; 0: any that is free.
        take: Gets each problem.
        began: Called each time that the listener is open.
        waits: Called once, where another process has the port.
    """
    is_told = False
    while True:
        try:
            async with listening(port, take) as listener:
                began(listener)
                await asyncio.Event().wait()
        except PortTaken as error:
            if not is_told:
                waits(error)
                is_told = True
            await asyncio.sleep(RETRY_S)
