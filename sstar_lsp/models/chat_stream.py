"""From the chunks of a chat completion to deltas, whatever the server does.

A room of its own because it is pure: no HTTP here, only the order and shape of chunks. It knows that
usage comes after the last piece, that some servers stop without saying why, that some never stop, and
that some send nothing but signs of life.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from attrs import evolve, field, frozen

from sstar_lsp.errors import ContentFiltered, ModelError, ModelProtocolError, ModelStalled
from sstar_lsp.models.api import Delta
from sstar_lsp.models.thinking import Splitter
from sstar_lsp.records import Token, Usage

_CHARS_PER_TOKEN = 256
"""More than any tokenizer's token: beyond it the server ignores ``max_tokens``."""
_USAGE_GRACE_S = 5.0
"""How long a finished answer waits for its usage."""
_MOST_ALTERNATIVES = 20
_MOST_TOKENS = 1 << 40
"""A count beyond it is none."""


def most_chars(max_tokens: int) -> int:
    """Characters of one answer beyond which the server does not keep to ``max_tokens``."""
    return max_tokens * _CHARS_PER_TOKEN


@frozen
class Expected:
    """What the reader of one request's stream goes by."""

    server: str
    """For messages."""
    n: int
    max_tokens: int
    """Of one answer, thoughts included; one that has far more characters is cut and finished as ``length``."""
    most_prompt_tokens: int = 1 << 40
    """A server that counts more has miscounted, and is not believed."""
    idle_s: float = 600.0
    """Longest time without a token, however many empty chunks arrive meanwhile."""
    opens_in_prompt: bool = False
    """The thoughts' opening mark stood in the prompt: see :class:`sstar_lsp.models.thinking.Splitter`."""


async def read(chunks: AsyncIterator[Any], expected: Expected) -> AsyncGenerator[Delta, None]:
    """The deltas of ``n`` answers; the request's usage is on the very last one.

    Raises:
        ModelProtocolError: for chunks that are none and for a stream that ends early.
        ModelStalled: the stream lives, and says nothing.
        ContentFiltered: the server's filter withheld all of it.
    """
    answers = [_Answer(Splitter(opens_in_prompt=expected.opens_in_prompt)) for _ in range(expected.n)]
    last: Delta | None = None  # the piece that finishes the last answer waits for the usage
    usage: Usage | None = None
    cut = False
    clock = asyncio.get_running_loop().time
    silent_s = 0.0  # spent in waiting, not in what the reader does with the pieces
    while True:
        began = clock()
        try:
            async with asyncio.timeout(_USAGE_GRACE_S if last is not None else None):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            for index, answer in enumerate(answers):
                if answer.length and not answer.finished:  # all there, but for why it ended
                    if last is not None:
                        yield last
                    last = answer.take(_Piece("", "", index, "unknown"), most_chars(expected.max_tokens))
            break
        except ModelError:
            if last is None:
                raise
            break  # everything is here but the bill
        except TimeoutError:
            if last is None:
                raise
            break
        silent_s += clock() - began
        usage = _believed(_usage(chunk), expected) or usage
        for piece in _pieces(chunk, expected.server):
            if expected.n == 1:
                piece = evolve(piece, index=0)  # noqa: PLW2901  # whatever number the server gives it
            if not 0 <= piece.index < expected.n or answers[piece.index].finished:
                continue
            answer = answers[piece.index]
            if piece.text or piece.thought:
                silent_s = 0.0
            delta = answer.take(piece, most_chars(expected.max_tokens))
            cut = cut or answer.cut
            if delta.finish_reason is not None and all(one.finished for one in answers):
                last = delta
            elif delta.text or delta.thought or delta.finish_reason is not None:
                yield delta
        if last is not None and (usage is not None or cut):
            break
        if last is None and silent_s > expected.idle_s:
            raise ModelStalled(
                f"the model server at {expected.server} is alive and sent no token for "
                f"{expected.idle_s:g} s: try again, or ask for fewer samples at once"
            )
    if last is None:
        raise ModelProtocolError(
            f"the model server at {expected.server} ended the answer before its first token: try again"
        )
    if not all(answer.finished for answer in answers):
        yield evolve(last, usage=None)
        raise ModelProtocolError(
            f"the model server at {expected.server} sent fewer than the {expected.n} answers asked for: try again"
        )
    if all(answer.filtered and not answer.length for answer in answers):
        raise ContentFiltered(
            f"the content filter of the model server at {expected.server} withheld the answer: "
            "reword the statement, or use another server"
        )
    yield evolve(last, usage=_with_reasoning(usage, answers))


class _Answer:
    """One of the ``n`` answers while it grows."""

    def __init__(self, splitter: Splitter) -> None:
        self._splitter = splitter
        self.finished = False
        self.filtered = False
        self.cut = False
        self.thoughts = 0
        """Characters."""
        self.length = 0
        """Characters, thoughts included."""

    def take(self, piece: _Piece, max_chars: int) -> Delta:
        part = self._splitter.feed(piece.text)
        text, thought = part.text, piece.thought + part.thought
        reason = piece.finish_reason
        self.length += len(piece.text) + len(piece.thought)
        if self.length > max_chars:
            self.cut, reason = True, "length"
        if reason is not None:
            self.finished = True
            self.filtered = reason == "content_filter"
            left, reason = self._splitter.end(reason)
            text, thought = text + left.text, thought + left.thought
            self.thoughts += len(thought)
            if reason == "length" and self.thoughts and self.thoughts >= self.length:
                reason = "thinking"  # a field of its own, and nothing but it
        else:
            self.thoughts += len(thought)
        return Delta(text, piece.index, reason, thought=thought, tokens=piece.tokens)


@frozen
class _Piece:
    text: str
    thought: str
    index: int
    finish_reason: str | None = field(default=None)
    tokens: tuple[Token, ...] = ()


def _pieces(chunk: Any, server: str) -> list[_Piece]:
    choices = getattr(chunk, "choices", None)
    if choices is None and _usage(chunk) is not None:
        return []
    if not isinstance(choices, list):
        raise ModelProtocolError(f"the model server at {server} sent a piece of an answer without choices")
    pieces = []
    for choice in choices:
        # a server that does not stream says ``message``
        body = getattr(choice, "delta", None) or getattr(choice, "message", None)
        reason = getattr(choice, "finish_reason", None)
        index = getattr(choice, "index", 0)
        # "reasoning": vLLM since 0.12, OpenRouter; "reasoning_content": DeepSeek, llama.cpp, earlier vLLM
        thought = _text(body, "reasoning") or _text(body, "reasoning_content")
        pieces.append(
            _Piece(
                _text(body, "content"),
                thought,
                index if isinstance(index, int) else 0,
                reason if isinstance(reason, str) and reason else None,
                _tokens(choice),
            )
        )
    return pieces


def _tokens(choice: Any) -> tuple[Token, ...]:
    """Tokens with their alternatives; what is malformed is left out, for nobody must rely on it."""
    listed = getattr(getattr(choice, "logprobs", None), "content", None)
    found = []
    for said in listed if isinstance(listed, list) else ():
        tops = getattr(said, "top_logprobs", None)
        pairs = [
            (_text(top, "token"), getattr(top, "logprob", None))
            for top in (tops if isinstance(tops, list) else ())
        ]
        kept = tuple((text, float(p)) for text, p in pairs if isinstance(p, int | float) and p <= 0)
        found.append(Token(_text(said, "token"), kept[:_MOST_ALTERNATIVES]))
    return tuple(found)


def _text(body: Any, name: str) -> str:
    value = getattr(body, name, None)
    return value if isinstance(value, str) else ""


def _usage(chunk: Any) -> Usage | None:
    counted = getattr(chunk, "usage", None)
    prompt = _count(counted, "prompt_tokens")
    completion = _count(counted, "completion_tokens")
    if prompt is None or completion is None:
        return None
    cached = _count(getattr(counted, "prompt_tokens_details", None), "cached_tokens") or 0
    thought = _count(getattr(counted, "completion_tokens_details", None), "reasoning_tokens") or 0
    return Usage(prompt, completion, min(cached, prompt), min(thought, completion))


def _believed(usage: Usage | None, expected: Expected) -> Usage | None:
    """A count that can be; a budget must not be spent by a server that miscounts."""
    if usage is None or usage.prompt_tokens > expected.most_prompt_tokens:
        return None
    return usage if usage.completion_tokens <= 2 * expected.n * expected.max_tokens + 64 else None


def _count(counted: Any, name: str) -> int | None:
    """A number of tokens; None for what cannot be one."""
    value = getattr(counted, name, None)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS
    return value if is_count else None


def _with_reasoning(usage: Usage | None, answers: list[_Answer]) -> Usage | None:
    """Thoughts that the server did not count, by their share of the characters."""
    thoughts, length = sum(one.thoughts for one in answers), sum(one.length for one in answers)
    if usage is None or usage.reasoning_tokens or not thoughts:
        return usage
    return evolve(usage, reasoning_tokens=usage.completion_tokens * thoughts // max(1, length))
