"""The embedded model's server process: the OpenAI wire on loopback, alive as long as somebody owns it.

Each owner (an editor window, a terminal) keeps one connection open, ``GET /lease``, which the kernel closes
when the owner dies. The server and its worker end a moment after the last owner. Without a request for some
minutes they end too, to give the memory back; owners start them again when needed.

Started by ``lifecycle.py``: ``python -m sstar_lsp.models.embedded`` with an order and a pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator

import uvicorn
from attrs import define, field
from starlette.types import Receive, Scope, Send

from sstar_lsp.errors import ModelError
from sstar_lsp.models.embedded.engine import WorkerEngine
from sstar_lsp.models.embedded.paths import Address, Order
from sstar_lsp.models.server.openai_app import Wire, unless_gone

FIRST_LEASE_S = 15.0
"""A server that nobody takes a lease of for so long has lost whoever started it."""
GRACE_S = 1.0
"""Between the last owner and the end: a restarted editor finds the model loaded."""
_TICK_S = 0.2
_LOADING_S = 1.0
"""Between two words about loading."""
_LOG_LIMIT_BYTES = 4 << 20


@define
class _Leases:
    """Who owns the server, and whether it still has a reason to live."""

    idle_s: float
    engine: WorkerEngine
    owners: int = 0
    working: int = 0
    since: float = field(factory=time.monotonic)
    """When the last owner left, or the start."""
    used: float = field(factory=time.monotonic)
    """When a request last began or ended."""
    had_owner: bool = False
    loaded: bool = False

    def load_ended(self) -> None:
        """Idleness counts from here."""
        self.loaded = True
        self.used = time.monotonic()

    def request(self, change: int) -> None:
        """A request begins (1) or ends (-1)."""
        self.working += change
        self.used = time.monotonic()

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """One owner's time."""
        self.owners += 1
        self.had_owner = True
        self.used = time.monotonic()
        try:
            yield
        finally:
            self.owners -= 1
            self.since = time.monotonic()

    def reason_to_end(self) -> str | None:
        """Why the server should end now, or None."""
        now = time.monotonic()
        if self.engine.gone.is_set():
            return "the worker ended"
        if not self.owners and now - self.since > (GRACE_S if self.had_owner else FIRST_LEASE_S):
            return "no owner is left"
        if self.loaded and not self.working and now - self.used > self.idle_s:
            return f"no request for {self.idle_s:g} s"
        return None


async def serve(order: Order, port_socket: socket.socket, key: str) -> str:
    """Serve until there is a reason to end; returns it."""
    engine = WorkerEngine(order.names, order.weights, order.device)
    leases = _Leases(order.idle_s, engine)
    started = time.monotonic()
    loading = asyncio.create_task(engine.start())
    loading.add_done_callback(lambda _: leases.load_ended())

    async def lease(_: Scope, receive: Receive, send: Send) -> None:
        async def say(**fields: object) -> None:
            line = json.dumps(fields).encode() + b"\n"
            await send({"type": "http.response.body", "body": line, "more_body": True})

        async def hold() -> None:
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"no-store")]}
            )
            while not loading.done():
                await say(state="loading", elapsed_s=round(time.monotonic() - started))
                await asyncio.wait({loading}, timeout=_LOADING_S)
            if loading.exception() is None:
                ready = loading.result()
                await say(state="ready", load_s=round(ready.load_s, 1), context_tokens=ready.context_tokens)
            else:
                await say(state="failed", why=str(loading.exception()))
            await asyncio.Event().wait()  # until the owner hangs up or we end

        with leases.owned():
            await unless_gone(hold(), receive)

    app = Wire(
        engine,
        key,
        on_request=leases.request,
        context_tokens=lambda: engine.context_tokens,
        more={"/lease": lease},
    ).app()
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_keep_alive=60)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # ours below
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    serving = asyncio.create_task(server.serve(sockets=[port_socket]))
    try:
        while not ended.is_set() and not serving.done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await ended.wait()
            if (reason := leases.reason_to_end()) is not None:
                if engine.gone.is_set():
                    await asyncio.sleep(_TICK_S)  # owners and readers are told before the connection ends
                return reason
        return "told to"
    finally:
        engine.kill()
        server.should_exit = server.force_exit = True
        with contextlib.suppress(ModelError, asyncio.CancelledError):
            await loading


def main(order: Order, report: int) -> None:
    """Take the lock, publish the address, serve, clean up. Never returns.

    ``report``: a pipe that whoever starts us reads: ``taken`` where another process holds the lock, else
    ``serving`` once there is an address.
    """
    places = order.places
    places.make()
    lock = os.open(places.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.write(report, b"taken")
        os._exit(0)
    if places.log.exists() and places.log.stat().st_size > _LOG_LIMIT_BYTES:
        os.truncate(places.log, 0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = Address(os.getpid(), listening.getsockname()[1], secrets.token_urlsafe(32))
        places.write(address)
        with contextlib.suppress(BrokenPipeError):  # who started us is gone: the leases will tell
            os.write(report, b"serving")
        os.close(report)
        try:
            reason = asyncio.run(serve(order, listening, address.key))
            print(f"embedded server {address.pid} ends: {reason}", flush=True)  # noqa: T201  # its log
        finally:
            places.withdraw(address.pid)
    os._exit(0)
