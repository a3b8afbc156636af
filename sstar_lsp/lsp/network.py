"""The server on a socket: several editors, one process, nobody without the token.

Over TCP the first message's header carries ``Authorization: Bearer <token>`` beside ``Content-Length``; over
WebSocket the handshake does, and each message is one frame. A peer without the right token gets no byte over
TCP and an empty 401 over WebSocket. Whoever has the token is as trusted as the user who started the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import io
import ipaddress
import logging
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.features import create_server
from sstar_lsp.lsp.pauses import take_short_turns
from sstar_lsp.lsp.server import Deps
from sstar_lsp.lsp.stdio import MAX_MESSAGE_BYTES, Reader, converse

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

log = logging.getLogger("sstar.lsp")

TOKEN_VARIABLE = "SSTAR_LSP_TOKEN"  # noqa: S105 - the name of a variable
SHORTEST_TOKEN = 16
"""Characters."""
ADMISSION_S = 10.0
"""A peer has so long to show its token."""
LONGEST_HEADER = 8 << 10
"""Bytes, before a peer has shown its token."""


@frozen
class Address:
    """Where to listen, or whom to call."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """``127.0.0.1:7998``, ``[::1]:7998``, or a port alone (of the loopback).

        Raises:
            UsageError: not of that form.
        """
        host, _, port = text.rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise UsageError(f"{text!r} is no address. It looks like 127.0.0.1:7998, or 7998 alone.")
        return cls(host.strip("[]") or "127.0.0.1", int(port))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def token_of(environ: Mapping[str, str]) -> str:
    """The token of this server.

    Raises:
        UsageError: there is none, or it can be guessed.
    """
    token = environ.get(TOKEN_VARIABLE, "").strip()
    if len(token) < SHORTEST_TOKEN:
        raise UsageError(
            f"{TOKEN_VARIABLE} must hold a token of at least {SHORTEST_TOKEN} characters, the same on both sides. "
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return token


def tls_of(address: Address, certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    """TLS for a listener; none where only this machine can reach it.

    Raises:
        UsageError: other machines could reach it unencrypted, or the certificate cannot be used.
    """
    if certificate is None:
        if not address.is_loopback:
            raise UsageError(
                f"{address} can be reached from other machines, so it wants --tls-cert and --tls-key "
                "(or listen on 127.0.0.1 and use an SSH tunnel)."
            )
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"--tls-cert {certificate}: cannot be used: {error}") from error
    return context


def _is_admitted(authorization: str, token: str) -> bool:
    kind, _, shown = authorization.strip().partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())


# --- one session -----------------------------------------------------------------------------------


class _StreamWriter:
    """What the protocol writes to; the stream's own buffer never blocks the loop."""

    def __init__(self, stream: asyncio.StreamWriter) -> None:
        self._stream = stream

    def write(self, message: bytes) -> None:
        if not self._stream.is_closing():
            self._stream.write(message)

    def close(self) -> None:
        self._stream.close()


class _Prefixed:
    """A stream from which something was read already."""

    def __init__(self, read: bytes, stream: asyncio.StreamReader) -> None:
        self._read = io.BytesIO(read)
        self._stream = stream

    async def readline(self) -> bytes:
        return self._read.readline() or await self._stream.readline()

    async def readexactly(self, n: int) -> bytes:
        return await self._stream.readexactly(n)


async def _session(deps: Deps, reader: Reader, writer: Any, *, framed: bool) -> None:
    server = create_server(deps)
    server.protocol.set_writer(writer, include_headers=framed)
    try:
        await converse(reader, server.protocol)
    finally:
        await server.aclose()


# --- TCP -------------------------------------------------------------------------------------------


async def _admitted_header(reader: asyncio.StreamReader, token: str) -> bytes | None:
    """The first message's header without its token; None for a peer that has not shown it."""
    kept, admitted, length = b"", False, 0
    try:
        async with asyncio.timeout(ADMISSION_S):
            while (line := await reader.readline()).strip():
                length += len(line)
                if length > LONGEST_HEADER:
                    return None
                name, _, value = line.decode("latin-1").partition(":")
                if name.strip().lower() == "authorization":
                    admitted = _is_admitted(value, token)
                else:
                    kept += line
    except (TimeoutError, ValueError, OSError):
        return None
    return kept + b"\r\n" if admitted and kept else None


async def _serve_tcp(address: Address, token: str, tls: ssl.SSLContext | None, deps: Deps) -> int:
    sessions: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        sessions.add(task)
        try:
            header = await _admitted_header(reader, token)
            if header is not None:
                await _session(deps, _Prefixed(header, reader), _StreamWriter(writer), framed=True)
        except (ConnectionError, asyncio.CancelledError) as error:
            log.info("a session ended: %s", error)
        finally:
            sessions.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    server = await asyncio.start_server(connected, address.host, address.port, ssl=tls)
    async with server:
        _announce("tcp", address, server.sockets[0].getsockname()[1])
        code = await _stopped()
        server.close()
        for task in list(sessions):
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
    return code


# --- WebSocket -------------------------------------------------------------------------------------


class _Frames:
    """Reads frames as messages; the header is made up, so that one reader serves all."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._lines: list[bytes] = []
        self._body = b""

    async def readline(self) -> bytes:
        if not self._lines:
            from websockets.exceptions import ConnectionClosed

            try:
                frame = await self._connection.recv()
            except ConnectionClosed:
                return b""
            self._body = frame.encode() if isinstance(frame, str) else frame
            self._lines = [b"Content-Length: %d\r\n" % len(self._body), b"\r\n"]
        return self._lines.pop(0)

    async def readexactly(self, n: int) -> bytes:
        return self._body[:n]


class _FrameWriter:
    """Sends messages as frames, in their order."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._sender = asyncio.create_task(self._send())

    def write(self, message: bytes) -> None:
        self._queue.put_nowait(message)

    def close(self) -> None:
        self._sender.cancel()

    async def _send(self) -> None:
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await self._queue.get()
                await self._connection.send(message.decode())


async def _serve_ws(address: Address, token: str, tls: ssl.SSLContext | None, deps: Deps) -> int:
    try:
        from websockets.asyncio.server import serve
    except ImportError:
        raise UsageError("--ws wants the package websockets: pip install 'sstar-lsp[ws]'") from None

    def admit(connection: ServerConnection, request: Any) -> Any:
        # A browser always says where a page comes from, and no page has business here.
        if "Origin" in request.headers or not _is_admitted(request.headers.get("Authorization", ""), token):
            return connection.respond(401, "")
        return None

    async def connected(connection: ServerConnection) -> None:
        writer = _FrameWriter(connection)
        try:
            await _session(deps, _Frames(connection), writer, framed=False)
        finally:
            writer.close()

    listening = serve(
        connected,
        address.host,
        address.port,
        ssl=tls,
        process_request=admit,
        max_size=MAX_MESSAGE_BYTES,
        open_timeout=ADMISSION_S,
    )
    async with listening as server:
        _announce("ws", address, next(iter(server.sockets)).getsockname()[1])
        return await _stopped()


# --- both ------------------------------------------------------------------------------------------


def _announce(kind: str, address: Address, port: int) -> None:
    print(f"sstar lsp: listening on {kind}://{Address(address.host, port)}", file=sys.stderr, flush=True)  # noqa: T201


async def _stopped() -> int:
    """Wait for SIGTERM or SIGINT; the exit code."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    return await stopped


async def serve(kind: str, address: Address, tls: ssl.SSLContext | None, environ: Mapping[str, str]) -> int:
    """Listen until a signal; ``kind`` is ``tcp`` or ``ws``. All sessions share journal, sandbox and models.

    Raises:
        UsageError: no token, or no package for WebSocket.
        RunError: the journal cannot be opened.
    """
    from sstar_lsp.service import Service

    token = token_of(environ)
    take_short_turns()
    async with _shared(Service(environ=environ)) as deps:
        listen = _serve_ws if kind == "ws" else _serve_tcp
        try:
            return await listen(address, token, tls, deps)
        except OSError as error:
            raise UsageError(f"cannot listen on {address}: {error}") from error


@contextlib.asynccontextmanager
async def _shared(service: Any) -> AsyncIterator[Deps]:
    async with service:
        yield Deps(open_service=lambda: contextlib.nullcontext(service))


async def relay(address: Address, tls: ssl.SSLContext | None, environ: Mapping[str, str]) -> int:
    """Standard input and output to a server on a socket, with the token that editors cannot send.

    Raises:
        UsageError: no token, or nobody answers there.
    """
    from sstar_lsp.lsp.stdio import reader_of, take_wire, writer_of

    token = token_of(environ)
    wire_in, wire_out = take_wire()
    reader, writer = await reader_of(wire_in), await writer_of(wire_out)
    try:
        far_in, far_out = await asyncio.open_connection(address.host, address.port, ssl=tls)
    except OSError as error:
        raise UsageError(f"no server answers at {address}: {error}") from error
    far_out.write(f"Authorization: Bearer {token}\r\n".encode())

    async def there() -> None:
        while piece := await reader.read(1 << 16):
            far_out.write(piece)
            await far_out.drain()
        far_out.write_eof() if far_out.can_write_eof() else far_out.close()

    going = asyncio.create_task(there())
    seen = False
    while piece := await far_in.read(1 << 16):
        seen = True
        writer.write(piece)
    going.cancel()
    await writer.drained()
    if not seen:
        log.error("the server at %s closed the connection: is %s the same there?", address, TOKEN_VARIABLE)
    return 0 if seen else 1
