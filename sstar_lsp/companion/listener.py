"""The listener that Competitive Companion posts to: on this machine only, one POST a problem, answered at once.

Any web page can send a request to a port of this machine. So the address that was asked for and the sender are compared exactly: ``Host`` is
one of our own, and ``Origin`` is a browser extension's, or absent (browsers send it with every cross-site POST). Nothing that is posted
starts a solve.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import h11

from sstar_lsp.companion.payload import CompanionProblem, companion_problem
from sstar_lsp.errors import ProblemError, SStarError, UsageError

log = logging.getLogger("sstar.companion")

ADDRESSES = ("127.0.0.1", "::1")
"""A browser resolves ``localhost`` to either."""
LONGEST_BODY = 4 << 20
"""Bytes."""
LONGEST_HEAD = 16 << 10
"""Bytes of request line and header fields."""
PATIENCE_S = 10.0
"""A request that is not whole by then is given up."""
MOST_CONNECTIONS = 64
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
        self._take = take
        self._queue: asyncio.Queue[CompanionProblem] = asyncio.Queue()
        self._connections = 0

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

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one request, one answer."""
        self._connections += 1
        try:
            if self._connections > MOST_CONNECTIONS:
                return
            connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    status, words = await self._status(connection, reader, writer)
            except TimeoutError:
                return
            except h11.RemoteProtocolError as error:
                status, words = error.error_status_hint, "no HTTP/1.1 that can be read"
            if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                body = f"{words}\n".encode()
                head = [
                    ("content-type", "text/plain"),
                    ("content-length", str(len(body))),
                    ("connection", "close"),
                ]
                response = h11.Response(status_code=status, headers=head)
                for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                    writer.write(connection.send(event) or b"")
                await writer.drain()
        except OSError:  # the browser is gone: it waits half a second only
            pass
        finally:
            self._connections -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _status(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[int, str]:
        """Status and words of the answer; a problem that is taken is in the queue already."""
        request: h11.Request | None = None
        body = bytearray()
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    answer = connection.send(h11.InformationalResponse(status_code=100, headers=[]))
                    writer.write(answer or b"")
                connection.receive_data(await reader.read(1 << 16))
            elif isinstance(event, h11.Request):
                request = event
                if refused := self._refused(event):
                    return refused
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > LONGEST_BODY:
                    return 413, f"more than {LONGEST_BODY >> 20} MiB"
            elif isinstance(event, h11.EndOfMessage):
                assert request is not None, "its head came first"
                try:
                    self._queue.put_nowait(companion_problem(bytes(body)))
                except ProblemError as error:
                    return 400, str(error)
                return 200, "taken"
            else:
                return 400, "no request"

    def _refused(self, request: h11.Request) -> tuple[int, str] | None:
        """Why a request is refused by its head alone; None where it is not."""
        fields = [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers]
        hosts = [value for name, value in fields if name == "host"]
        origins = [value for name, value in fields if name == "origin"]
        ours = {f"{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        if len(hosts) != 1 or hosts[0].lower() not in ours:
            return 421, "this is another host"
        if any(_EXTENSION.fullmatch(origin) is None for origin in origins):
            return 403, "only a browser extension may post here"
        if request.target != b"/":
            return 404, "there is nothing here"
        if request.method != b"POST":
            return 405, "only POST"
        lengths = [value for name, value in fields if name == "content-length"]
        if lengths and int(lengths[0]) > LONGEST_BODY:
            return 413, f"more than {LONGEST_BODY >> 20} MiB"
        return None


@contextlib.asynccontextmanager
async def listening(port: int, take: Take) -> AsyncIterator[Listener]:
    """Listen on this machine; what arrived is handed on before the context ends. ``port`` 0: any that is free.

    Raises:
        PortTaken: another process listens there.
    """
    listener = Listener(port, take)
    servers: list[asyncio.Server] = []
    try:
        for address in ADDRESSES:
            try:
                server = await asyncio.start_server(listener.answer, address, listener.port, limit=1 << 16)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(port) from error
                if servers:
                    log.info("no listener on %s: %s", address, error)  # a machine without IPv6
                    continue
                raise UsageError(f"cannot listen on {address}, port {port}: {error.strerror}.") from error
            servers.append(server)
            listener.port = servers[0].sockets[0].getsockname()[1]
        consuming = asyncio.create_task(listener.consume())
        try:
            yield listener
        finally:
            for server in servers:
                server.close()
            if not consuming.done():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(listener.drained(), PATIENCE_S)
            consuming.cancel()
            await asyncio.gather(consuming, return_exceptions=True)
    finally:
        for server in servers:
            server.close()


class PortTaken(UsageError):
    """Another process listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} is taken: another window or tool listens there. Wait for it, or choose another port "
            'with --port and in the extension ("custom ports").'
        )


async def listen_for_ever(
    port: int, take: Take, say: Callable[[str], None], began: Callable[[Listener], None] = lambda _: None
) -> None:
    """Listen until cancelled; while another window has the port, wait for it to let go."""
    is_told = False
    while True:
        try:
            async with listening(port, take) as listener:
                say(f"listening for Competitive Companion on port {listener.port}")
                began(listener)
                await asyncio.Event().wait()
        except PortTaken as error:
            if not is_told:
                say(f"{error} This one takes over when it ends.")
                is_told = True
            await asyncio.sleep(RETRY_S)
