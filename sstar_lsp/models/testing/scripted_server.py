"""A scripted model behind a real socket, with a menu of faults.

In a test: ``async with serve_scripted(script) as server``, then ``OpenAIModel(server.base_url, "scripted",
server.key)``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

import uvicorn
from attrs import evolve, field, frozen
from starlette.types import ASGIApp, Receive, Scope, Send

from sstar_lsp.models.probing.probe import QUESTION
from sstar_lsp.models.protocol import Delta
from sstar_lsp.models.server.chat_request import ChatRequest, parse
from sstar_lsp.models.server.openai_app import Plain, Wire, whole_body
from sstar_lsp.models.testing.faults import FAULTY_REPLIES, TOLD_BADLY, Fault, play
from sstar_lsp.models.testing.scripted import Rule, Script, ScriptedModel

Faults = Sequence[Fault | None] | Callable[[Mapping[str, object]], Fault | None]
"""The faults of the first requests, one each, then none; or a function of the request's JSON."""


@frozen
class ScriptedServer:
    """A running server."""

    base_url: str
    key: str = field(repr=False)
    model: ScriptedModel
    """What answers; its ``calls`` and ``cancelled`` tell what arrived."""
    requests: list[Mapping[str, object]] = field(factory=list, repr=False)
    """The JSON body of every chat request, faulty ones too."""
    probes: list[Mapping[str, object]] = field(factory=list, repr=False)
    """Requests of clients that probe the server; answered without fault or script."""
    kept_waiting: asyncio.Event = field(factory=asyncio.Event, repr=False)
    """Set when a fault keeps a client waiting."""
    disconnects: asyncio.Event = field(factory=asyncio.Event, repr=False)
    """Set when a client closed its connection while it was kept waiting by a fault."""


@contextlib.asynccontextmanager
async def serve_scripted(
    script: Script | Sequence[Rule] | ScriptedModel,
    *,
    faults: Faults = (),
    name: str = "scripted",
    key: str | None = None,
    more_names: Sequence[str] = (),
    more: Mapping[str, Plain] | None = None,
    wants_key: bool = True,
) -> AsyncIterator[ScriptedServer]:
    """Serve ``script`` on a free loopback port for as long as the context lasts.

    ``more_names``: it has them as well. ``more``: further paths, as :class:`Wire` has them. Without
    ``wants_key`` it answers everybody, as servers on a person's machine do.
    """
    model = script if isinstance(script, ScriptedModel) else ScriptedModel(script, name=name)
    key = key or secrets.token_urlsafe(16)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    served = ScriptedServer(f"http://127.0.0.1:{port}/v1", key, model)
    app = Wire(_ScriptedEngine(model, more_names=more_names), key, more=more or {}).app()
    faulty: ASGIApp = _Faulty(app, served, faults)
    server = _uvicorn(faulty if wants_key else _Open(faulty, key))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield served
    finally:
        server.should_exit = True
        server.force_exit = True  # a hanging fault would be waited for
        with contextlib.suppress(asyncio.CancelledError):
            await running
        for left in list(server.server_state.tasks):
            left.cancel()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
        listening.close()


class _ScriptedEngine:
    def __init__(
        self, model: ScriptedModel, more_names: Sequence[str] = (), *, is_limited: bool = True
    ) -> None:
        self.names = (model.name, *more_names)
        self._model = model
        self._is_limited = is_limited

    def generate(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        sampling = request.sampling
        if not self._is_limited:
            sampling = evolve(sampling, max_tokens=1 << 20)
        return self._model.stream(request.messages, sampling)


@frozen
class _Open:
    """ASGI middleware: every request has the key."""

    app: ASGIApp
    key: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            others = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
            scope = {**scope, "headers": [*others, (b"authorization", f"Bearer {self.key}".encode())]}
        await self.app(scope, receive, send)


class _Faulty:
    """ASGI middleware: plays a fault in place of (or around) the answer."""

    def __init__(self, app: ASGIApp, served: ScriptedServer, faults: Faults) -> None:
        self._app = app
        self._served = served
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/v1/chat/completions":
            await self._app(scope, receive, send)
            return
        body = await whole_body(receive) or b""
        asked = _object(body)
        if _is_probe(asked):
            self._served.probes.append(asked)
            body = json.dumps({**asked, "messages": [{"role": "user", "content": QUESTION}]}).encode()
            await self._saying("ready")(scope, _given(body, receive), send)
            return
        fault = self._next(asked)
        self._served.requests.append(asked)
        again = _given(body, receive)
        if fault is None or (fault is Fault.NO_MAX_TOKENS and "max_completion_tokens" in asked):
            await self._app(scope, again, send)
        elif fault in FAULTY_REPLIES:
            await self._saying(FAULTY_REPLIES[fault])(scope, again, send)
        elif fault is Fault.NO_USAGE:
            body = json.dumps({**asked, "stream_options": None}).encode()
            await self._app(scope, _given(body, receive), send)
        else:
            text = await self._text(asked) if fault in TOLD_BADLY else ""
            await play(fault, text, scope, again, send, self._hang)

    def _saying(self, text: str) -> ASGIApp:
        """An app that answers every request with one text, whatever limit it has."""
        model = ScriptedModel(lambda _messages, _sampling: text, name=self._served.model.name)
        return Wire(_ScriptedEngine(model, is_limited=False), self._served.key).app()

    def _next(self, asked: Mapping[str, object]) -> Fault | None:
        if callable(self._faults):
            return self._faults(asked)
        number = len(self._served.requests)
        return self._faults[number] if number < len(self._faults) else None

    async def _text(self, asked: Mapping[str, object]) -> str:
        """The script's answer to a request, whole."""
        request = parse(json.dumps(asked).encode(), (str(asked.get("model")),))
        deltas = self._served.model.stream(request.messages, request.sampling)
        return "".join([delta.text async for delta in deltas])

    async def _hang(self, receive: Receive) -> None:
        self._served.kept_waiting.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        self._served.disconnects.set()


def _is_probe(asked: Mapping[str, object]) -> bool:
    """A client that looks what we can do: no part of the script, and no fault befalls it."""
    messages = asked.get("messages")
    return isinstance(messages, list) and [m.get("content") for m in messages if isinstance(m, dict)] == [
        QUESTION
    ]


def _given(body: bytes, receive: Receive) -> Receive:
    """A request whose body was read already."""
    given = False

    async def again() -> dict[str, object]:
        nonlocal given
        if given:
            return dict(await receive())
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _object(body: bytes) -> Mapping[str, object]:
    """The request's JSON; empty if it is none (what to answer then is the wire's business)."""
    try:
        asked = json.loads(body)
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _uvicorn(app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=0
    )
    server = uvicorn.Server(config)
    # signals belong to whoever embeds the server
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server


__all__ = ["FAULTY_REPLIES", "Fault", "Faults", "ScriptedServer", "serve_scripted"]
