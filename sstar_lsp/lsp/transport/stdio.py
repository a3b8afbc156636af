"""LSP on standard input and output: framing, the process around the server, and how it ends.

File descriptors 0 and 1 are taken for LSP and replaced, so that nothing else in the process (a stray
``print``, a library, a child) can write into the protocol or read from it. Every way out (``exit``, the
editor or its end of the wire gone, SIGTERM, SIGINT) ends all runs, waits for that at most three seconds, and
ends the process at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import stat
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn, Protocol

from sstar_lsp.lsp.gc_policy import shorten_switch_interval
from sstar_lsp.lsp.transport.json_rpc import JsonRpc
from sstar_lsp.processes import is_alive

log = logging.getLogger("sstar.lsp")

GRACE_S = 3.0
"""Streams, programs and journal get this long to close."""
MAX_MESSAGE_BYTES = 256 << 20
LOOK_S = 1.0
"""Between two looks at the editor's process."""
_LENGTH = re.compile(rb"content-length:\s*(\d{1,12})\s*", re.IGNORECASE)


class Server(Protocol):
    """What is served."""

    @property
    def protocol(self) -> JsonRpc:
        """Takes the client's messages."""
        ...

    @property
    def parent(self) -> int | None:
        """Process id of the editor, where it is on this machine."""
        ...

    async def aclose(self) -> None:
        """End everything that goes on."""
        ...


class _FileWriter:
    """Writes to a regular file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, message: bytes) -> None:
        self._file.write(message)
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    async def drain(self) -> None:
        """Nothing is held back."""


def _can_be_awaited(file: BinaryIO) -> bool:
    """Pipes, sockets and terminals; regular files and ``/dev/null`` cannot be waited for."""
    mode = os.fstat(file.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or file.isatty()


async def reader_of(file: BinaryIO) -> asyncio.StreamReader:
    """A reader of anything that a process can have as standard input; a regular file is read whole."""
    reader = asyncio.StreamReader()
    if not _can_be_awaited(file):
        reader.feed_data(await asyncio.to_thread(file.read))
        reader.feed_eof()
        return reader
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
    return reader


async def writer_of(file: BinaryIO) -> asyncio.StreamWriter | _FileWriter:
    """A writer to anything that a process can have as standard output; it never blocks the loop, however slow
    the editor reads."""
    if not _can_be_awaited(file):
        return _FileWriter(file)
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    transport, protocol = await loop.connect_write_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
    transport.set_write_buffer_limits(high=0)  # so that draining waits until nothing is unsent
    return asyncio.StreamWriter(transport, protocol, reader, loop)


async def _read_body(reader: asyncio.StreamReader) -> bytes | None:
    """The next message's body; None if the wire ends (or is no LSP, which is logged)."""
    length: int | None = None
    while True:
        line = await reader.readline()
        if not line:
            return None
        if match := _LENGTH.fullmatch(line.strip()):
            length = int(match[1])
        elif not line.strip():
            if length is None or length > MAX_MESSAGE_BYTES:
                log.error(
                    "the client sent a header without a usable Content-Length; the connection is closed"
                )
                return None
            return await reader.readexactly(length)


async def converse(reader: asyncio.StreamReader, protocol: JsonRpc) -> int:
    """Read messages and hand them on until ``exit`` or the end of the wire; the exit code."""
    while protocol.exit_code is None:
        try:
            body = await _read_body(reader)
        except asyncio.IncompleteReadError:
            return 0
        except ValueError as error:  # a header line without end
            log.error("the client does not speak LSP: %s", error)  # noqa: TRY400 - no fault of ours
            return 1
        if body is None:
            return 0
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            protocol.unparsable(str(error))
            continue
        try:
            protocol.receive(data)
        except Exception:  # outermost edge: one bad message must not end the session
            log.exception("a message could not be handled")
        # Let a handler begin before the next message is read: what follows a request (a cancel of its token,
        # a change of its document) must find it begun.
        await asyncio.sleep(0)
    return protocol.exit_code


async def _editor_gone(server: Server) -> None:
    """Returns once the editor's process (``processId`` of ``initialize``) is gone: the end of the input does not
    always tell, for a child of the editor may hold the other end of the pipe.

    Never where the client named none, or one that was not to be seen at ``initialize``: a client in another
    container or on another machine.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        if server.parent is not None and not is_alive(server.parent):
            return


async def serve(server: Server, wire_in: BinaryIO, wire_out: BinaryIO) -> int:
    """Serve one client on these files; returns the exit code once everything has ended."""
    loop = asyncio.get_running_loop()
    reader, writer = await reader_of(wire_in), await writer_of(wire_out)
    server.protocol.set_writer(writer)
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    talk = asyncio.create_task(converse(reader, server.protocol))
    orphaned = asyncio.create_task(_editor_gone(server))
    ends: set[asyncio.Future[Any]] = {talk, stopped, orphaned}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    try:
        async with asyncio.timeout(GRACE_S):
            await server.aclose()
            with contextlib.suppress(ConnectionError):  # the editor is gone
                await writer.drain()
    except TimeoutError:
        log.warning("not everything ended within %g s; leaving anyway", GRACE_S)
    except Exception:  # outermost edge: the process ends whatever happens
        log.exception("something failed while everything was being ended")
    if stopped.done():
        return stopped.result()
    return talk.result() if talk.done() else 0


def take_wire() -> tuple[BinaryIO, BinaryIO]:
    """Take fds 0 and 1 for the protocol; from here on 0 reads nothing and 1 is standard error."""
    wire_in, wire_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(wire_in, "rb", 0), os.fdopen(wire_out, "wb", 0)


def serve_process(create: Callable[[], Server]) -> NoReturn:
    """Speak LSP on standard input and output until the editor ends it; never returns.

    Exit codes: 0 after ``shutdown`` and ``exit``, or when the editor is gone; 1 for ``exit`` without
    ``shutdown``; 143 and 130 for SIGTERM and SIGINT.
    """
    wire_in, wire_out = take_wire()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("pygls", "openai", "httpx2", "httpcore2", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    shorten_switch_interval()
    code = 1
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        code = loop.run_until_complete(serve(create(), wire_in, wire_out))
    except Exception:  # outermost edge
        log.exception("the server failed")
    finally:
        with contextlib.suppress(OSError, ValueError):
            logging.shutdown()
            sys.stderr.flush()
        # Not sys.exit: a thread that is still busy (reading a file, importing) would be waited for.
        os._exit(code)
