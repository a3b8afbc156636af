"""From the chunks of a chat completion to deltas, whatever the server does.

A room of its own because it is pure: no HTTP here, only the order and shape of chunks. It knows that
usage comes after the last piece, that some servers stop without saying why, and that some never stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from attrs import evolve

from sstar_lsp.errors import ModelError, ModelProtocolError
from sstar_lsp.models.api import Delta
from sstar_lsp.records import Usage

_CHARS_PER_TOKEN = 256
"""More than any tokenizer's token: beyond it the server ignores ``max_tokens``."""
_USAGE_GRACE_S = 5.0
"""How long a finished answer waits for its usage."""


def most_chars(max_tokens: int) -> int:
    """Characters of one answer beyond which the server does not keep to ``max_tokens``."""
    return max_tokens * _CHARS_PER_TOKEN


async def read(
    chunks: AsyncIterator[Any], *, n: int, max_chars: int, server: str
) -> AsyncGenerator[Delta, None]:
    """The deltas of ``n`` answers; the request's usage is on the very last one.

    An answer that grows beyond ``max_chars`` is cut there and finished as ``length``.
    Raises :class:`ModelProtocolError` for chunks that are none and for a stream that ends early.
    """
    lengths = [0] * n
    finished: set[int] = set()
    last: Delta | None = None  # the piece that finishes the last answer waits for the usage
    usage: Usage | None = None
    while True:
        try:
            async with asyncio.timeout(_USAGE_GRACE_S if last is not None else None):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            break
        except (TimeoutError, ModelError):
            if last is None:
                raise
            break  # everything is here but the bill
        usage = _usage(chunk) or usage
        for piece in _pieces(chunk, server):
            if piece.index in finished or not 0 <= piece.index < n:
                continue
            lengths[piece.index] += len(piece.text)
            if lengths[piece.index] > max_chars:
                piece = evolve(piece, finish_reason="length")  # noqa: PLW2901
            if piece.finish_reason is not None:
                finished.add(piece.index)
                if len(finished) == n:
                    last = piece
                    continue
            if piece.text or piece.finish_reason is not None:
                yield piece
        if last is not None and (
            usage is not None or (last.finish_reason == "length" and max(lengths) > max_chars)
        ):
            break
    if last is not None:
        yield evolve(last, usage=usage)
        return
    if not any(lengths):
        raise ModelProtocolError(
            f"the model server at {server} ended the answer before its first token: try again"
        )
    raise ModelProtocolError(f"the model server at {server} broke off in the middle of an answer: try again")


def _pieces(chunk: Any, server: str) -> list[Delta]:
    choices = getattr(chunk, "choices", None)
    if choices is None and _usage(chunk) is not None:
        return []
    if not isinstance(choices, list):
        raise ModelProtocolError(f"the model server at {server} sent a piece of an answer without choices")
    pieces = []
    for choice in choices:
        # a server that does not stream says ``message``
        body = getattr(choice, "delta", None) or getattr(choice, "message", None)
        text = getattr(body, "content", None)
        reason = getattr(choice, "finish_reason", None)
        index = getattr(choice, "index", 0)
        pieces.append(
            Delta(
                text if isinstance(text, str) else "",
                index if isinstance(index, int) else 0,
                reason if isinstance(reason, str) and reason else None,
            )
        )
    return pieces


def _usage(chunk: Any) -> Usage | None:
    counted = getattr(chunk, "usage", None)
    prompt, completion = getattr(counted, "prompt_tokens", None), getattr(counted, "completion_tokens", None)
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return None
    cached = getattr(getattr(counted, "prompt_tokens_details", None), "cached_tokens", None)
    return Usage(max(0, prompt), max(0, completion), cached if isinstance(cached, int) else 0)
