"""A model behind any OpenAI-compatible URL: vLLM, llama.cpp, our embedded server, a paid API.

It adapts each request to the server, waits its turn, retries what may work later, and never repeats a request
that was answered. HTTP itself is in ``openai_http``.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from attrs import evolve

from sstar_lsp.errors import (
    RETRIABLE,
    ContextTooLong,
    ModelError,
    ModelOverloaded,
    ModelProtocolError,
    ModelRateLimited,
    ModelStalled,
)
from sstar_lsp.models.client import request_adapter
from sstar_lsp.models.client.capability_cache import LEAST, Capabilities
from sstar_lsp.models.client.openai_errors import Refusal
from sstar_lsp.models.client.openai_http import Connection
from sstar_lsp.models.client.rate_limiter import RateLimiter, Slot
from sstar_lsp.models.client.reasoning import sampling_for, thinking_of
from sstar_lsp.models.client.stream_parser import AnswerReader, Expected
from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import JudgeExam, Message, Sampling

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger("sstar.models")

_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 8.0
_MOST_HALVINGS = 3
"""Of the room for an answer, where a prompt does not fit beside it."""
_MOST_ADAPTED = 16
"""Refusals that one request is adapted to."""
_OVERLOADED_FACTOR = 3
"""Times the usual retries where a server has no room: behind a gateway half of the requests may meet it."""
_OVERLOADED_BACKOFF_S = 2.0
_TEMPLATE_TOKENS = 16
"""What a chat template adds to a message, at most."""
_HIDDEN_THOUGHT_FACTOR = 5.0
"""A server that thinks without showing it is silent so much longer."""


class OpenAIModel:
    """A :class:`sstar_lsp.models.protocol.Model` over the chat-completions wire."""

    def __init__(
        self,
        base_url: str,
        name: str,
        api_key: str,
        *,
        idle_timeout_s: float = 180.0,
        max_retries: int = 2,
        patience_s: float = 120.0,
        reasoning_effort: str | None = None,
    ) -> None:
        """Nothing is sent yet. Raises :class:`UsageError` where ``base_url`` is no address.

        ``idle_timeout_s``: longest silence, before the first token or between two. ``max_retries``: of a
        request that may have cost something and has not yielded anything yet. ``patience_s``: longest wait,
        in all, for a server that refuses for now: too many requests, a model that loads.
        """
        self.thinking = thinking_of(name)
        if self.thinking.fixed_temperature:  # it may think in silence
            idle_timeout_s *= _HIDDEN_THOUGHT_FACTOR
        self.connection = Connection(base_url, api_key, idle_timeout_s=idle_timeout_s)
        self.name = name
        self.exam: JudgeExam | None = None
        self.base_url = self.connection.base_url
        """For messages; without user and password."""
        self.capabilities = LEAST
        """What is known of the server; refusals teach more."""
        self.keep: Callable[[Capabilities], None] = lambda _learned: None
        """Told what a refusal taught, to remember it."""
        self.limiter = RateLimiter()
        """Of that server, where others share it."""
        self._max_retries = max_retries
        self._patience_s = patience_s
        self._effort = reasoning_effort

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """Draw one answer; see :meth:`sstar_lsp.models.protocol.Model.stream`."""
        return self._answer(messages, sampling_for(self.thinking, sampling))

    async def aclose(self) -> None:
        """Close every connection."""
        await self.connection.aclose()

    async def _answer(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """One request, repeated while nothing came of it and a repetition may help."""
        attempt = 0
        waited_s = 0.0
        while True:
            begun = False
            async with self.limiter.slot() as slot:
                try:
                    async with aclosing(self._request(messages, sampling)) as deltas:
                        async for delta in deltas:
                            begun = True
                            slot.heard(len(delta.text) + len(delta.thought))
                            yield delta
                    return
                except RETRIABLE as error:
                    wait_s = self._wait_before_retry(error, attempt, waited_s)
                    self._tell_lane(error, slot, wait_s)
                    if begun or wait_s is None:
                        raise
            attempt += 1
            waited_s += wait_s
            await asyncio.sleep(wait_s)

    def _tell_lane(self, error: ModelError, slot: Slot, wait_s: float | None) -> None:
        if isinstance(error, ModelRateLimited):
            self.limiter.refused(slot, wait_s if error.retry_after_s is not None else None)
        elif isinstance(error, ModelOverloaded):
            self.limiter.refused(slot)

    def _wait_before_retry(self, error: ModelError, attempt: int, waited_s: float) -> float | None:
        """Seconds to wait, or None if a repetition is no use."""
        asked = error.retry_after_s
        backoff = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2.0 ** min(attempt, 8), self._patience_s / 10)
        backoff *= random.uniform(0.75, 1.0)  # noqa: S311  # not a secret
        if isinstance(error, ModelRateLimited) or asked is not None:  # it was refused and has cost nothing
            wait_s = backoff if asked is None else max(asked, min(backoff, 1.0))
            return wait_s if self._max_retries and waited_s + wait_s <= self._patience_s else None
        most = self._max_retries
        if isinstance(error, ModelStalled):  # silent for long already: one replacement
            most = min(most, 1)
        elif isinstance(error, ModelOverloaded):  # it refused, or gave up before its first token
            most, backoff = most * _OVERLOADED_FACTOR, min(backoff, _OVERLOADED_BACKOFF_S)
        return backoff if attempt < most else None

    async def _request(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        response, sampling = await self.open(messages, sampling)
        reader = AnswerReader(self.expected(messages, sampling))
        async with aclosing(self.connection.read(response, reader)) as deltas:
            async for delta in deltas:
                yield delta

    def expected(self, messages: Sequence[Message], sampling: Sampling) -> Expected:
        """What the reader of an answer goes by."""
        prompt_bytes = sum(len(m.content.encode("utf-8", "replace")) for m in messages)
        return Expected(
            server=self.base_url,
            model=self.name,
            max_tokens=sampling.max_tokens,
            most_prompt_tokens=2 * (prompt_bytes + _TEMPLATE_TOKENS * len(messages)) + 2048,
            idle_s=self.connection.idle_timeout_s,
            opens_in_prompt=self.thinking.opens_in_prompt,
        )

    def _fitted(self, messages: Sequence[Message], sampling: Sampling) -> Sampling:
        """Room for the answer as far as the context has it; refuses here what cannot fit for sure."""
        context = self.capabilities.context_tokens
        if context is None:
            return sampling
        chars = sum(len(message.content) for message in messages)
        least, likely = chars // 8, chars // 3 + _TEMPLATE_TOKENS * len(messages)
        if least + min(16, sampling.max_tokens) > context:
            raise ContextTooLong(
                f"the prompt has at least {least} tokens, and {self.name!r} at {self.base_url} reads "
                f"{context} in all: shorten the statement or use a model with a longer context"
            )
        room = context - likely
        return evolve(sampling, max_tokens=room) if 16 <= room < sampling.max_tokens else sampling

    async def open(self, messages: Sequence[Message], sampling: Sampling) -> tuple[httpx2.Response, Sampling]:
        """Send a request, in as many forms as it takes until the server accepts one; the sampling that it
        got.
        Raises a :class:`ModelError`."""
        halvings = 0
        tried: Capabilities | None = None
        """Before everything was left out."""
        for _ in range(_MOST_ADAPTED):
            known, asked = self.capabilities, self._fitted(messages, sampling)
            body = self.body(messages, asked)
            found = await self.connection.open(body)
            if not isinstance(found, Refusal):
                if tried is not None:  # not kept: it may have been a bad moment
                    self._tell(tried, known, "it does not say which of them it refuses")
                return found, asked
            if self.capabilities is not known and tried is None:  # another request has learned meanwhile
                continue
            can_adapt = found.status in (400, 422) or (found.status == 500 and "not support" in found.text)
            if can_adapt and (after := request_adapter.learned(known, found, body)) is not None:
                self.capabilities = after
                self.keep(after)
                self._tell(known, after, found.text)
                continue
            error = await self.connection.refused(found, self.name)
            if isinstance(error, ContextTooLong) and halvings < _MOST_HALVINGS and asked.max_tokens >= 32:
                halvings, sampling = halvings + 1, evolve(sampling, max_tokens=asked.max_tokens // 2)
            elif isinstance(error, ModelProtocolError) and found.status in (400, 422) and tried is None:
                tried, self.capabilities = known, request_adapter.least(known)
            else:
                self.capabilities = tried or self.capabilities
                raise error
        raise ModelProtocolError(
            f"the model server at {self.base_url} refused every form of the request ({found.text}): "
            "is it an OpenAI-compatible server?"
        )

    def _tell(self, before: Capabilities, after: Capabilities, why: str) -> None:
        log.warning("the model server at %s %s", self.base_url, request_adapter.told(before, after, why))

    def body(self, messages: Sequence[Message], sampling: Sampling) -> dict[str, Any]:
        """The request as it is sent, in the server's words."""
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            self.capabilities.limit_field.value: sampling.max_tokens,
        }
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        if sampling.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": sampling.top_logprobs}
        if self._effort:
            body["reasoning_effort"] = self._effort
        if self.thinking.fixed_temperature:
            del body["temperature"], body["top_p"]
        return request_adapter.fit(self.capabilities, body)
