"""A small HTTP/1.1 server for this machine alone: one request a connection, bounded in size and time, parsed
by h11.

Any web page can send a request to a port of this machine, so who uses it compares ``Host`` and ``Origin``
exactly.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import h11
from attrs import frozen

log = logging.getLogger("sstar.loopback")

LONGEST_HEAD = 16 << 10
"""Bytes of request line and header fields."""
PATIENCE_S = 10.0
"""A request that is not whole by then is given up."""


@frozen
class Head:
    """Request line and header fields."""

    method: str
    path: str
    fields: dict[str, str]
    """By name in lower case."""


@frozen
class Answer:
    """What is answered; the connection is closed after it."""

    status: HTTPStatus
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    fields: tuple[tuple[str, str], ...] = ()
    """Further header fields."""


Refuse = Callable[[Head], Answer | None]
"""Looks at a head before any of the body is read; an answer ends the exchange."""
Respond = Callable[[Head, bytes], Awaitable[Answer]]
"""Answers a whole request."""


class LoopbackServer:
    """Answers connections; ``answered`` is the callback of :func:`asyncio.start_server`."""

    def __init__(
        self,
        respond: Respond,
        refuse: Refuse = lambda _head: None,
        *,
        longest_body: int = 0,
        most_peers: int = 64,
    ) -> None:
        """``longest_body`` in bytes; more connections than ``most_peers`` at a time are closed unanswered."""
        self._respond = respond
        self._refuse = refuse
        self._longest_body = longest_body
        self._most_peers = most_peers
        self._peers: set[asyncio.Task[None]] = set()

    async def answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one request, one answer."""
        task = asyncio.current_task()
        assert task is not None
        self._peers.add(task)
        task.add_done_callback(self._peers.discard)
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        try:
            if len(self._peers) <= self._most_peers:
                _send(connection, writer, await self._answer(connection, reader, writer))
                await writer.drain()
        except (OSError, TimeoutError, h11.RemoteProtocolError) as error:  # gone, silent, or no HTTP/1.1
            log.info("a request was not answered: %s", error)
        except Exception:  # outermost edge of a connection: it must not end the server
            log.exception("a request could not be answered")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def aclose(self) -> None:
        """Drop who is connected."""
        for peer in list(self._peers):
            peer.cancel()
        await asyncio.gather(*self._peers, return_exceptions=True)

    async def _answer(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Answer:
        head: Head | None = None
        body = bytearray()
        async with asyncio.timeout(PATIENCE_S):
            while not isinstance(event := await _next_event(connection, reader, writer), h11.EndOfMessage):
                if isinstance(event, h11.Request):
                    head = _head(event)
                    if (refused := self._refuse(head)) is not None:
                        return refused
                    if int(head.fields.get("content-length", 0)) > self._longest_body:
                        return self._too_long()
                elif isinstance(event, h11.Data):
                    body += event.data
                    if len(body) > self._longest_body:
                        return self._too_long()
                else:
                    raise ConnectionError("the connection ended before its request")
        assert head is not None, "it comes before the end of its message"
        return await self._respond(head, bytes(body))

    def _too_long(self) -> Answer:
        words = f"a body of more than {self._longest_body} bytes\n"
        return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words.encode())


async def _next_event(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
    while (event := connection.next_event()) is h11.NEED_DATA:
        if connection.they_are_waiting_for_100_continue:
            writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        connection.receive_data(await reader.read(1 << 16))
    return event


def _head(request: h11.Request) -> Head:
    """Raises ``h11.RemoteProtocolError`` for a repeated field: two readers may take different ones."""
    fields: dict[str, str] = {}
    for name, value in request.headers:
        key = name.decode("ascii")
        if key in fields:
            raise h11.RemoteProtocolError(f"{key} stands twice")
        fields[key] = value.decode("latin-1")
    return Head(request.method.decode("ascii"), request.target.decode("latin-1"), fields)


def _send(connection: h11.Connection, writer: asyncio.StreamWriter, answer: Answer) -> None:
    head = [
        ("content-type", answer.kind),
        ("content-length", str(len(answer.body))),
        ("connection", "close"),
        *answer.fields,
    ]
    if answer.status is HTTPStatus.NO_CONTENT:
        head = [field for field in head if not field[0].startswith("content-")]
    response = h11.Response(status_code=answer.status, headers=head, reason=answer.status.phrase.encode())
    for event in (response, h11.Data(data=answer.body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
