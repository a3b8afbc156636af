"""The OpenAI wire, server side: a small ASGI app around any engine.

A bearer key is required, web pages are shut out (no CORS, Host checked), errors have OpenAI's shape, and a
client that goes away stops its generation.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from attrs import field, frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sstar_lsp.errors import ContextTooLong, ModelError, ModelOverloaded
from sstar_lsp.models.protocol import Delta
from sstar_lsp.models.server.chat_request import ChatRequest, RequestError, parse
from sstar_lsp.records import Usage

Plain = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
"""A plain ASGI endpoint."""

MAX_BODY_BYTES = 8 * 1024 * 1024
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Engine(Protocol):
    """What answers behind the wire."""

    @property
    def names(self) -> Sequence[str]:
        """The names that a request may call the model by; the first is the one it is listed under."""
        ...

    def generate(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """The answer's pieces. Closing the iterator stops the generation and frees its slot."""
        ...


@frozen
class Wire:
    """What one app serves."""

    engine: Engine
    key: str
    on_request: Callable[[int], None] = lambda _change: None
    """Called with 1 as each request for an answer begins and with -1 as it ends."""
    context_tokens: Callable[[], int | None] = lambda: None
    """How long the model's context is, once that is known; listed as vLLM lists it."""
    more: Mapping[str, Plain] = field(factory=dict)
    """Further GET paths behind the same guard."""

    def app(self) -> ASGIApp:
        """The ASGI app: ``/health``, ``/v1/models``, ``/v1/chat/completions``."""
        routes = [
            Route("/health", self._health, methods=["GET"]),
            Route("/v1/models", self._models, methods=["GET"]),
            Route("/v1/chat/completions", _Endpoint(self._chat), methods=["POST"]),
        ]
        routes += [Route(path, _Endpoint(answer), methods=["GET"]) for path, answer in self.more.items()]
        errors = {404: _http_error, 405: _http_error}
        return _Guard(Starlette(routes=routes, exception_handlers=errors), self.key)

    async def _health(self, _: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def _models(self, _: Request) -> JSONResponse:
        context = self.context_tokens()
        length = {} if context is None else {"max_model_len": context}
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": "sstar", **length}
            for name in self.engine.names
        ]
        return JSONResponse({"object": "list", "data": listed})

    async def _chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await whole_body(receive)
        if body is None:
            return
        try:
            request = parse(body, tuple(self.engine.names))
        except RequestError as error:
            refusal = error_answer(error.status, str(error), error.code, error.param)
            await refusal(scope, receive, send)
            return
        self.on_request(1)
        try:
            answer = (
                self._stream(request, send) if request.stream else self._whole(request, scope, receive, send)
            )
            await unless_gone(answer, receive)
        finally:
            self.on_request(-1)

    async def _stream(self, request: ChatRequest, send: Send) -> None:
        """Server-sent events. The status goes out with the first piece, so an early failure has its own."""
        id_, created = _id(), int(time.time())
        begun = False

        async def say(event: Mapping[str, Any] | str) -> None:
            nonlocal begun
            if not begun:
                begun = True
                headers = [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                ]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
            text = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
            await send(
                {"type": "http.response.body", "body": f"data: {text}\n\n".encode(), "more_body": True}
            )

        def chunk(choices: list[dict[str, Any]], usage: Usage | None = None) -> dict[str, Any]:
            event = {"id": id_, "object": "chat.completion.chunk", "created": created, "model": request.model}
            event["choices"] = choices
            if request.include_usage:
                event["usage"] = None if usage is None else _usage(usage)
            return event

        usage: Usage | None = None
        try:
            async with aclosing(self.engine.generate(request)) as deltas:
                async for delta in deltas:
                    usage = delta.usage or usage
                    said = {"content": delta.text} if begun else {"role": "assistant", "content": delta.text}
                    choice = {"index": 0, "delta": said, "finish_reason": delta.finish_reason}
                    await say(chunk([choice]))
            if request.include_usage and usage is not None:
                await say(chunk([], usage))
            await say("[DONE]")
        except ModelError as error:
            status, code = _status_of(error)
            if not begun:
                await error_answer(status, str(error), code)({"type": "http"}, _no_receive, send)
                return
            await say({"error": _error(status, str(error), code)})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _whole(self, request: ChatRequest, scope: Scope, receive: Receive, send: Send) -> None:
        text, reason, usage = "", "stop", Usage()
        try:
            async with aclosing(self.engine.generate(request)) as deltas:
                async for delta in deltas:
                    text += delta.text
                    reason = delta.finish_reason or reason
                    usage = delta.usage or usage
        except ModelError as error:
            status, code = _status_of(error)
            await error_answer(status, str(error), code)(scope, receive, send)
            return
        message = {"role": "assistant", "content": text}
        choices = [{"index": 0, "message": message, "finish_reason": reason}]
        answer = {
            "id": _id(),
            "object": "chat.completion",
            "created": int(time.time()),
            "model": request.model,
        }
        await JSONResponse({**answer, "choices": choices, "usage": _usage(usage)})(scope, receive, send)


def error_answer(status: int, message: str, code: str, param: str | None = None) -> JSONResponse:
    """An error in OpenAI's shape."""
    return JSONResponse({"error": _error(status, message, code, param)}, status_code=status)


class _Endpoint:
    """A plain ASGI callable as a route (Starlette wraps functions, but not instances)."""

    def __init__(self, answer: Plain) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope, receive, send)


class _Guard:
    """Lets nobody in without the key, and no web page in at all."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._bearer = f"Bearer {key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        refusal: JSONResponse | None = None
        if (
            re.sub(r":\d*$", "", host) not in _LOOPBACK_HOSTS
        ):  # a page that rebinds its own name to our address
            refusal = error_answer(
                421, f"this server does not answer for the host {host!r}", "misdirected_request"
            )
        elif b"origin" in headers:
            refusal = error_answer(403, "this server does not answer web pages", "cross_origin")
        elif scope["path"] != "/health" and not hmac.compare_digest(
            headers.get(b"authorization", b""), self._bearer
        ):
            refusal = error_answer(401, "the API key is missing or wrong", "invalid_api_key")
        await (refusal or self._app)(scope, receive, send)


async def unless_gone(answer: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Run ``answer``; the moment the client closes its connection, cancel it."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    answering = asyncio.create_task(answer)
    watching = asyncio.create_task(gone())
    try:
        await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            answering.result()
    finally:
        for task in (answering, watching):
            task.cancel()
        await asyncio.gather(answering, watching, return_exceptions=True)


async def whole_body(receive: Receive) -> bytes | None:
    """The whole request body, cut beyond the limit; None if the client is gone."""
    body = bytearray()
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > MAX_BODY_BYTES:
            return bytes(body)


async def _no_receive() -> Message:
    return {"type": "http.disconnect"}


async def _http_error(request: Request, exc: Exception) -> JSONResponse:
    status = getattr(exc, "status_code", 404)
    return error_answer(status, f"no {request.method} {request.url.path} here", "not_found")


def _status_of(error: ModelError) -> tuple[int, str]:
    if isinstance(error, ContextTooLong):
        return 400, "context_length_exceeded"
    if isinstance(error, ModelOverloaded):
        return 503, "overloaded"
    return 500, "engine_error"


def _error(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    kind = {401: "authentication_error", 429: "rate_limit_error"}.get(status)
    return {
        "message": message,
        "type": kind or ("invalid_request_error" if status < 500 else "server_error"),
        "param": param,
        "code": code,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"
