"""The owner's side of the embedded server: finds it or starts it, and keeps it while it is needed.

The server is started at the first request, shared by every process of the user, and ends with its last owner.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from pathlib import Path

import attrs
from attrs import define

from sstar_lsp.errors import EmbeddedModelError, ModelOverloaded, ModelUnreachable
from sstar_lsp.models.client.api_keys import without_keys
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.download import registry as weights
from sstar_lsp.models.embedded.memory import require_room
from sstar_lsp.models.embedded.paths import CPU, Address, Order, Places, places
from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import JudgeExam, Message, Sampling

IDLE_S = 600.0
"""A server without requests for so long gives its memory back."""
START_S = 300.0
"""Loading longer than this is a failure."""
STALL_S = 600.0
"""Longest silence of an answer: sixteen long prompts may be before it on a slow machine."""
ROOM = 4
"""Answers at once that hardly slow each other down: docs/design/embedded-model.md, "What a step costs"."""
_RETRY_S = 0.05

Say = Callable[[str], None]
"""Told what the start is doing, in words for a person; the same words again while it takes long."""


@define
class Lease:
    """One owner's hold on the server; it lives while at least one is held."""

    address: Address
    model: str
    """Id of the model."""
    _watch: asyncio.Task[object]
    """Reads the connection to its end, which is the server's."""
    _writer: asyncio.StreamWriter

    @property
    def lost(self) -> bool:
        """The server has ended (it was idle, or it fell)."""
        return self._watch.done()

    async def gone(self) -> None:
        """Return once the server has ended."""
        await asyncio.wait({self._watch})

    async def aclose(self) -> None:
        """Let go. The server ends soon after if nobody else holds it."""
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)
        await _close(self._writer)


class EmbeddedModel:
    """The model of the embedded server; see :class:`sstar_lsp.models.protocol.Model`.

    The server is found or started by :meth:`start` or by the first :meth:`stream`, and again when it
    has meanwhile ended for want of work.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        say: Say = lambda _: None,
        folder: Path | None = None,
        idle_s: float = IDLE_S,
        device: str = CPU,
    ) -> None:
        """Nothing is started yet. Raises :class:`UsageError` for an unknown ``name``.

        ``name``: id or alias; None is the default model. ``say``: told what the start is doing.
        ``folder``: of lock, address and log; the user's state folder by default.
        ``device``: that it computes on.
        """
        name = name or weights.DEFAULT
        self.name = weights.known(name).id
        self.room = ROOM
        self.exam: JudgeExam | None = None
        self._ensure = partial(ensure_server, name, say, folder=folder, idle_s=idle_s, device=device)
        self._lease: Lease | None = None
        self._client: OpenAIModel | None = None
        self._old_clients: list[OpenAIModel] = []
        """Of servers that ended: other requests may be on them still."""
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> EmbeddedModel:
        """Start it. Raises :class:`EmbeddedModelError`."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of the server."""
        await self.aclose()

    async def start(self) -> Lease:
        """Have a server. Raises :class:`EmbeddedModelError` where there can be none."""
        async with self._starting:
            if self._lease is not None and not self._lease.lost:
                return self._lease
            await self._part()
            self._lease = await self._ensure()
            address = self._lease.address
            self._client = OpenAIModel(
                address.base_url, self.name, address.key, idle_timeout_s=STALL_S, max_retries=0
            )
            return self._lease

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """Draw one answer; see :meth:`sstar_lsp.models.protocol.Model.stream`."""
        begun = False
        for last_try in (False, True):
            lease = await self.start()
            assert self._client is not None
            try:
                async with contextlib.aclosing(self._client.stream(messages, sampling)) as answers:
                    async for delta in answers:
                        begun = True
                        yield delta
                return
            except (ModelUnreachable, ModelOverloaded):
                # it may have ended for want of work while we asked
                if begun or last_try:
                    raise
                if self._lease is lease:  # else another request has found that out, and there is a new one
                    await self._part()

    async def aclose(self) -> None:
        """Let go of the server."""
        await self._part()
        while self._old_clients:
            await self._old_clients.pop().aclose()

    async def _part(self) -> None:
        """From the server, which is gone or not wanted any more."""
        client, self._client = self._client, None
        lease, self._lease = self._lease, None
        if client is not None:
            self._old_clients.append(client)
        if lease is not None:
            await lease.aclose()


async def ensure_server(
    name: str | None = None,
    say: Say = lambda _: None,
    *,
    folder: Path | None = None,
    idle_s: float = IDLE_S,
    device: str = CPU,
) -> Lease:
    """Attach to the user's server of that model, or start one (pulling the weights first).
    Raises :class:`EmbeddedModelError` where the runtime is not installed or has no such device, the weights
    are not to be had, or the server does not come up; :class:`UsageError` for an unknown ``name``."""
    require_runtime()
    if device != CPU:
        await asyncio.to_thread(require_device, device)
    name = name or weights.DEFAULT
    model = weights.known(name)
    where = places(model.id, folder, device)
    where.make()
    deadline = time.monotonic() + START_S
    while True:
        address = where.read()
        if address is not None and (lease := await _attach(address, where, model.id, say)) is not None:
            return lease
        if time.monotonic() > deadline:
            raise EmbeddedModelError(_no_start(where, f"it is not ready after {START_S:g} s"))
        from sstar_lsp.models.download import pull  # it imports the HTTP library

        path = await pull.pull_for_use(name, say)
        await asyncio.to_thread(require_room, model, path)
        say(f"starting the server of {model.id}")
        order = Order((model.id, *model.aliases), path, where.folder, idle_s, device)
        if not await _spawn(order):
            await asyncio.sleep(_RETRY_S)  # somebody else is starting it (or it is just ending)


_RUNTIME = ("openvino_genai", "uvicorn", "starlette")


def missing_runtime() -> list[str]:
    """Modules of the extra ``[local]`` that are not installed."""
    return [name for name in _RUNTIME if importlib.util.find_spec(name) is None]


def require_runtime() -> None:
    """Raise :class:`EmbeddedModelError` where the extra ``[local]`` is not installed."""
    if missing := missing_runtime():
        raise EmbeddedModelError(
            f"the embedded model's runtime is not installed (no {', '.join(missing)})",
            "pip install 'sstar-lsp[local]', or point --base-url and --model at a model server",
        )


def devices() -> tuple[str, ...]:
    """This machine's devices as OpenVINO (must be installed) names them: ``CPU``, ``GPU``, ``NPU`` …"""
    import openvino

    return tuple(openvino.Core().available_devices)


def require_device(device: str) -> None:
    """Raise :class:`EmbeddedModelError` where the runtime finds no such device."""
    if device not in (found := devices()):
        raise EmbeddedModelError(
            f"there is no device {device!r} for the embedded model: OpenVINO finds {', '.join(found)} here. "
            "Name one of these (--device, model.device), or install that device's driver"
        )


async def _spawn(order: Order) -> bool:
    """Start a server; False if another process holds the lock. Returns once it has an address."""
    reading, writing = os.pipe()
    said = json.dumps(attrs.asdict(order), default=str)
    command = [sys.executable, "-m", "sstar_lsp.models.embedded", said, str(writing)]
    where = order.places
    try:
        with where.log.open("ab") as log:
            # it forks and ends at once: what is left is nobody's child
            starter = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(writing,),
                env=without_keys(os.environ),
            )
    finally:
        os.close(writing)
    try:
        report = await asyncio.to_thread(_read_all, reading)
    finally:
        await starter.wait()
    if not report:
        raise EmbeddedModelError(_no_start(where, "it ended before it had an address"))
    return report != b"taken"


def _read_all(descriptor: int) -> bytes:
    with open(descriptor, "rb") as pipe:
        return pipe.read()


async def _attach(address: Address, where: Places, model: str, say: Say) -> Lease | None:
    """Take a lease and wait until the model is loaded; None if nobody is there (any more)."""
    request = f"GET /lease HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {address.key}\r\n\r\n"
    async with contextlib.AsyncExitStack() as unless_ready:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
            unless_ready.push_async_callback(_close, writer)
            writer.write(request.encode())
            while line := await asyncio.wait_for(reader.readline(), START_S):
                if line.startswith(b"HTTP/1.1") and b" 200 " not in line:
                    return None  # another server on a port that was ours
                match json.loads(line) if line.startswith(b"{") else None:  # headers and lengths go by too
                    case {"state": "loading"}:
                        say(f"loading {model}")
                    case {"state": "failed", "why": why}:
                        raise EmbeddedModelError(_no_start(where, str(why)))
                    case {"state": "ready"}:
                        unless_ready.pop_all()
                        return Lease(address, model, asyncio.create_task(reader.read()), writer)
        except TimeoutError:
            raise EmbeddedModelError(_no_start(where, f"it said nothing for {START_S:g} s")) from None
        except (OSError, ValueError):
            return None
    return None


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _no_start(where: Places, why: str) -> str:
    tail = where.log_tail()
    log = f"\nThe end of {where.log}:\n{tail}" if tail else f" (its log, {where.log}, is empty)"
    return (
        f"the embedded model's server did not start: {why}. "
        f"Point --base-url and --model at another server, or see its log.{log}"
    )
