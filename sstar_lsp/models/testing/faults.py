"""Faults of real model servers, which ``scripted_server`` plays in place of its script's answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

from starlette.types import Receive, Scope, Send

from sstar_lsp.models.server.openai_app import error_answer, unless_gone


class Fault(StrEnum):
    """What can go wrong with a model server."""

    # refusals
    UNAUTHORIZED = "unauthorized"
    """401, whatever the key."""
    RATE_LIMITED = "rate_limited"
    """429 with ``Retry-After: 0``."""
    RATE_LIMITED_FOR_LONG = "rate_limited_for_long"
    """429 with ``Retry-After: 3600``."""
    QUOTA = "quota"
    """429 with ``insufficient_quota``."""
    CONTEXT = "context"
    """400: the prompt is too long."""
    CONTENT_FILTER = "content_filter"
    """400 with ``content_filter``."""
    MODEL_MISSING = "model_missing"
    """404 on the wire's own terms."""
    SERVER_ERROR = "server_error"
    """500 with a JSON error."""
    LOADING = "loading"
    """503 while the model is loaded, with ``Retry-After: 0``."""
    NO_MAX_TOKENS = "no_max_tokens"
    """400 unless the limit is called ``max_completion_tokens``."""
    REDIRECT = "redirect"
    """307 to another host."""

    # answers that are none
    HTML_PAGE = "html_page"
    """502 with a proxy's HTML page."""
    HTML_PAGE_OK = "html_page_ok"
    """200 with an HTML page."""
    JSON_OK = "json_ok"
    """200 with JSON that is no chat completion."""
    GARBLED = "garbled"
    """200 that claims to be gzip and is not."""
    EMPTY_BODY = "empty_body"
    """200 with an event stream of no event."""
    DONE_ONLY = "done_only"
    """200 and at once ``[DONE]``."""
    RESET = "reset"
    """Closes the connection before it answers."""
    HANG = "hang"
    """Takes the request and never answers."""

    # streams that break
    HANG_MIDWAY = "hang_midway"
    """Sends one piece and never the next."""
    ONLY_SIGNS_OF_LIFE = "only_signs_of_life"
    """Pieces without text, for ever."""
    BROKEN_CHUNK = "broken_chunk"
    """Half a JSON object as a chunk."""
    BAD_UTF8 = "bad_utf8"
    """Bytes that are no text."""
    DISCONNECT = "disconnect"
    """Closes the connection after one piece."""
    ERROR_MIDWAY = "error_midway"
    """``{"error": …}`` after one piece."""
    FILTERED_AFTERWARDS = "filtered_afterwards"
    """Ends with ``content_filter`` and nothing said."""
    ENDLESS = "endless"
    """Text for ever, whatever ``max_tokens`` says."""
    ENDLESS_LINE = "endless_line"
    """One line for ever."""

    # answers that are whole, and told badly
    SLOW = "slow"
    """One character after the other."""
    NO_USAGE = "no_usage"
    """A good answer without ``usage``."""
    WRONG_USAGE = "wrong_usage"
    """A good answer that is said to have cost billions of tokens."""
    NEGATIVE_USAGE = "negative_usage"
    """A good answer that is said to have cost less than nothing."""
    NO_FINISH = "no_finish"
    """A good answer, then ``[DONE]``, and no word on why it ended."""
    NO_DONE = "no_done"
    """A good answer whose stream ends without usage and ``[DONE]``."""
    WRONG_INDEX = "wrong_index"
    """The one answer is said to be the eighth."""
    TWO_ENDS = "two_ends"
    """Two last pieces, and text behind the first of them."""
    PADDED = "padded"
    """Comments and pieces without choices between those with text."""

    # good answers that are no use
    PROSE = "prose"
    NO_CODE = "no_code"
    TWO_FENCES = "two_fences"
    LONG_LINE = "long_line"
    """One line of 100 kB."""


FAULTY_REPLIES: Mapping[Fault, str] = {
    Fault.PROSE: "To solve this problem one reads both numbers and prints their sum. Good luck!",
    Fault.NO_CODE: "",
    Fault.TWO_FENCES: (
        "First the idea:\n\n```python\nprint('draft')\n```\n\nThe whole program:\n\n"
        "```python\na, b = map(int, input().split())\nprint(a + b)\n```\n"
    ),
    Fault.LONG_LINE: "```python\nx = '" + "y" * 100_000 + "'\nprint(len(x))\n```\n",
}
"""What is said instead of the script's answer."""

TOLD_BADLY = frozenset(
    {
        *(Fault.SLOW, Fault.WRONG_USAGE, Fault.NEGATIVE_USAGE, Fault.NO_FINISH, Fault.NO_DONE),
        *(Fault.WRONG_INDEX, Fault.TWO_ENDS, Fault.PADDED),
    }
)
"""Faults around the script's own answer."""

_REFUSALS: Mapping[Fault, tuple[int, str, str, Mapping[str, str]]] = {
    Fault.UNAUTHORIZED: (401, "invalid_api_key", "Incorrect API key provided.", {}),
    Fault.RATE_LIMITED: (429, "rate_limit_exceeded", "Rate limit reached.", {"retry-after": "0"}),
    Fault.RATE_LIMITED_FOR_LONG: (429, "rate_limit_exceeded", "Rate limit reached.", {"retry-after": "3600"}),
    Fault.QUOTA: (429, "insufficient_quota", "You exceeded your current quota.", {}),
    Fault.CONTEXT: (
        400,
        "context_length_exceeded",
        "This model's maximum context length is 4096 tokens.",
        {},
    ),
    Fault.CONTENT_FILTER: (400, "content_filter", "The prompt triggered the content policy.", {}),
    Fault.MODEL_MISSING: (404, "model_not_found", "The model `x` does not exist.", {}),
    Fault.SERVER_ERROR: (500, "server_error", "The engine fell over.", {}),
    Fault.LOADING: (503, "unavailable", "Loading model", {"retry-after": "0"}),
    Fault.NO_MAX_TOKENS: (
        400,
        "unsupported_parameter",
        "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
        {},
    ),
}

_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_BODIES: Mapping[Fault, tuple[int, Mapping[str, str], bytes]] = {
    Fault.HTML_PAGE: (502, {"content-type": "text/html"}, _PAGE),
    Fault.HTML_PAGE_OK: (200, {"content-type": "text/html"}, _PAGE),
    Fault.JSON_OK: (200, {"content-type": "application/json"}, b'["nothing", "to", "see"]'),
    Fault.GARBLED: (
        200,
        {"content-type": "text/event-stream", "content-encoding": "gzip"},
        b"no gzip at all",
    ),
    Fault.EMPTY_BODY: (200, {"content-type": "text/event-stream"}, b""),
    Fault.DONE_ONLY: (200, {"content-type": "text/event-stream"}, b"data: [DONE]\n\n"),
    Fault.REDIRECT: (307, {"location": "http://elsewhere.invalid/v1/chat/completions"}, b""),
}

Hang = Callable[[Receive], Awaitable[None]]
"""Keeps the client waiting until it goes away."""


async def play(fault: Fault, text: str, scope: Scope, receive: Receive, send: Send, hang: Hang) -> None:
    """Answer with ``fault``. ``text``: the script's answer, for faults around a good one."""
    if fault in _REFUSALS:
        status, code, message, headers = _REFUSALS[fault]
        answer = error_answer(status, message, code)
        answer.headers.update(headers)
        await answer(scope, receive, send)
    elif fault in _BODIES:
        status, headers, body = _BODIES[fault]
        await _start(send, status, headers)
        await send({"type": "http.response.body", "body": body})
    elif fault is Fault.HANG:
        await hang(receive)
    elif fault is not Fault.RESET:  # which returns without a word: uvicorn closes the connection
        await _start(send, 200, {"content-type": "text/event-stream"})
        if fault in TOLD_BADLY:
            await _tell_badly(fault, text, send)
        else:
            await _break(fault, receive, send, hang)


async def _break(fault: Fault, receive: Receive, send: Send, hang: Hang) -> None:
    # DISCONNECT: returning without the end of the body makes uvicorn close the connection
    if fault in (Fault.ENDLESS, Fault.ENDLESS_LINE, Fault.ONLY_SIGNS_OF_LIFE):
        piece = {
            Fault.ENDLESS: _event("and so on and on " * 200),
            Fault.ENDLESS_LINE: b"x" * (1 << 18),
            Fault.ONLY_SIGNS_OF_LIFE: _event(""),
        }[fault]
        await unless_gone(_for_ever(piece, send), receive)
        return
    if fault is Fault.FILTERED_AFTERWARDS:
        await _say(send, _event("", finish="content_filter"), b"data: [DONE]\n\n", last=True)
        return
    await _say(send, _event("```python\n"))
    if fault is Fault.HANG_MIDWAY:
        await hang(receive)
    elif fault is Fault.BROKEN_CHUNK:
        await _say(send, b'data: {"choices": [{"ind\n\n', b"data: [DONE]\n\n", last=True)
    elif fault is Fault.BAD_UTF8:
        await _say(send, b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n', last=True)
    elif fault is Fault.ERROR_MIDWAY:
        error = {"error": {"message": "the engine died", "type": "server_error", "code": 500}}
        await _say(send, f"data: {json.dumps(error)}\n\n".encode(), last=True)


async def _tell_badly(fault: Fault, text: str, send: Send) -> None:
    pieces = list(text) if fault is Fault.SLOW else [text[at : at + 16] for at in range(0, len(text), 16)]
    for piece in pieces:
        if fault is Fault.PADDED:
            await _say(send, b": still here\n\n", b'data: {"choices": []}\n\n', _event(""))
        if fault is Fault.SLOW:
            await asyncio.sleep(0)
        await _say(send, _event(piece, index=7 if fault is Fault.WRONG_INDEX else 0))
    if fault is not Fault.NO_FINISH:
        await _say(send, _event("", finish="stop", index=7 if fault is Fault.WRONG_INDEX else 0))
    if fault is Fault.TWO_ENDS:
        await _say(send, _event("```python\nprint('behind the end')\n```\n"), _event("", finish="length"))
    counted = {Fault.WRONG_USAGE: 5_000_000_000, Fault.NEGATIVE_USAGE: -5}.get(fault)
    if counted is not None:
        usage = {"prompt_tokens": counted, "completion_tokens": counted, "total_tokens": 2 * counted}
        await _say(send, f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n".encode())
    await _say(send, b"" if fault is Fault.NO_DONE else b"data: [DONE]\n\n", last=True)


async def _for_ever(piece: bytes, send: Send) -> None:
    while True:
        await _say(send, piece)
        await asyncio.sleep(0.001)


def _event(text: str, *, finish: str | None = None, index: int = 0) -> bytes:
    choice = {"index": index, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
    said = {"id": "x", "object": "chat.completion.chunk", "created": 0, "choices": [choice]}
    return f"data: {json.dumps(said)}\n\n".encode()


async def _say(send: Send, *pieces: bytes, last: bool = False) -> None:
    await send({"type": "http.response.body", "body": b"".join(pieces), "more_body": not last})


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
