"""A model behind any OpenAI-compatible URL: vLLM, llama.cpp, our embedded server, a paid API.

A room of its own because it decides what to ask and when to ask again: it fits each request to what the
server can do, waits its turn in the server's lane, retries what may work later, and never repeats what
already answered. The wire itself is ``openai_http``.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from attrs import evolve

from sstar_lsp.errors import (
    ContextTooLong,
    ModelError,
    ModelOverloaded,
    ModelRateLimited,
    ModelStalled,
    ModelUnreachable,
)
from sstar_lsp.models import chat_stream, openai_errors
from sstar_lsp.models.api import Delta
from sstar_lsp.models.capabilities import LEAST, Capabilities, LimitField
from sstar_lsp.models.fan_out import fan_out
from sstar_lsp.models.keys import OPENAI_HOST
from sstar_lsp.models.lanes import Lane, Slot
from sstar_lsp.models.openai_http import Connection
from sstar_lsp.models.tape import Tape
from sstar_lsp.models.thinking import Thinking, sampling_for, thinking_of
from sstar_lsp.records import JudgeExam, Message, Sampling

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletionChunk

_DROPPABLE = ("stream_options", "seed", "top_p", "temperature", "stop", "reasoning_effort", "stream")
"""Fields that a server may not know and that an answer is worth having without."""
_UNKNOWN_FIELD = re.compile(
    r"unsupported|not support|unknown|unrecogni[sz]ed|unexpected|extra|not permitted|not allowed",
    re.IGNORECASE,
)
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 8.0
_MOST_REFUSALS = 8
"""A 429 costs nothing but time: asked again more often than what may have cost tokens."""
_TEMPLATE_TOKENS = 16
"""What a chat template adds to a message, at most."""
_HIDDEN_THOUGHT_FACTOR = 5.0
"""A server that thinks without showing it is silent so much longer."""


class OpenAIModel:
    """A :class:`sstar_lsp.models.api.Model` over the chat-completions wire.

    ``n`` answers are ``n`` requests with seeds ``seed + i`` unless ``shares_prompt_in_n``: then they
    are one request, which is billed one prompt (the default for api.openai.com only).
    """

    def __init__(
        self,
        base_url: str,
        name: str,
        api_key: str,
        *,
        idle_timeout_s: float = 180.0,
        connect_timeout_s: float = 5.0,
        max_retries: int = 2,
        max_retry_wait_s: float = 30.0,
        shares_prompt_in_n: bool | None = None,
        capabilities: Capabilities = LEAST,
        thinking: Thinking | None = None,
        reasoning_effort: str | None = None,
        lane: Lane | None = None,
        tape: Tape | None = None,
    ) -> None:
        """Nothing is sent yet. Raises :class:`UsageError` where ``base_url`` is no address.

        ``idle_timeout_s``: longest silence, before the first token or between two.
        ``max_retries``: of a request that has not yielded anything yet.
        ``max_retry_wait_s``: a server that asks to wait longer is not waited for.
        ``lane``: the way to that server, where others share it.
        """
        self.thinking = thinking or thinking_of(name, reasons=capabilities.reasoning, tokens=None)
        if self.thinking.fixed_temperature:  # it may think in silence
            idle_timeout_s *= _HIDDEN_THOUGHT_FACTOR
        self.connection = Connection(
            base_url, api_key, idle_timeout_s=idle_timeout_s, connect_timeout_s=connect_timeout_s, tape=tape
        )
        self.name = name
        self.exam: JudgeExam | None = None
        self.base_url = self.connection.base_url
        """For messages; without user and password."""
        self.capabilities = capabilities
        """What is known of the server; refusals teach more."""
        self.lane = lane or Lane()
        self.retries = 0
        """How often a request was repeated, since the model was made."""
        self._max_retries = max_retries
        self._max_retry_wait_s = max_retry_wait_s
        self._effort = reasoning_effort
        if shares_prompt_in_n is None:
            is_openai = self.connection.origin == f"https://{OPENAI_HOST}:443"
            shares_prompt_in_n = capabilities.shares_prompt_in_n or is_openai
        self._shares_prompt_in_n = shares_prompt_in_n

    def __repr__(self) -> str:
        return f"OpenAIModel({self.base_url!r}, {self.name!r})"

    def stream(self, messages: Sequence[Message], sampling: Sampling, n: int = 1) -> AsyncIterator[Delta]:
        """Draw ``n`` answers; see :meth:`sstar_lsp.models.api.Model.stream`."""
        sampling = sampling_for(self.thinking, sampling)
        if n == 1 or self._shares_prompt_in_n:
            return self._answers(messages, sampling, n)
        return fan_out(lambda one: self._answers(messages, one, 1), sampling, n)

    async def models(self) -> tuple[str, ...]:
        """Names of the models that the server has. Raises a :class:`ModelError`."""
        return await self.connection.models()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.connection.aclose()

    async def _answers(
        self, messages: Sequence[Message], sampling: Sampling, n: int
    ) -> AsyncGenerator[Delta, None]:
        """One request, repeated while nothing came of it and a repetition may help."""
        refusals = attempt = 0
        waited_s = 0.0
        while True:
            begun = False
            async with self.lane.slot() as slot:
                try:
                    async with aclosing(self._request(messages, sampling, n)) as deltas:
                        async for delta in deltas:
                            begun = True
                            slot.heard(len(delta.text) + len(delta.thought))
                            yield delta
                    return
                except (ModelRateLimited, ModelOverloaded, ModelUnreachable, ModelStalled) as error:
                    self._tell_lane(error, slot)
                    is_refusal = isinstance(error, ModelRateLimited)
                    wait_s = self._wait_before_retry(error, refusals if is_refusal else attempt, waited_s)
                    if begun or wait_s is None:
                        raise
            refusals, attempt = (refusals + 1, attempt) if is_refusal else (refusals, attempt + 1)
            self.retries += 1
            waited_s += wait_s
            await asyncio.sleep(wait_s)

    def _tell_lane(self, error: ModelError, slot: Slot) -> None:
        if isinstance(error, ModelRateLimited):
            asked = error.retry_after_s
            self.lane.refused(slot, asked if asked is not None and asked <= self._max_retry_wait_s else None)
        elif isinstance(error, ModelOverloaded):
            self.lane.refused(slot)

    def _wait_before_retry(self, error: ModelError, attempt: int, waited_s: float) -> float | None:
        """Seconds to wait, or None where a repetition is no use."""
        is_refusal = isinstance(error, ModelRateLimited) and self._max_retries > 0
        most = _MOST_REFUSALS if is_refusal else self._max_retries
        if isinstance(error, ModelStalled):
            most = min(most, 1)  # it was silent for long already: one replacement
        if attempt >= most or waited_s > 2 * self._max_retry_wait_s:
            return None
        backoff = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2.0**attempt)
        backoff = min(self._max_retry_wait_s, backoff * random.uniform(0.75, 1.0))  # noqa: S311  # not a secret
        asked = error.retry_after_s if isinstance(error, ModelRateLimited) else None
        if asked is None:
            return backoff
        if asked > self._max_retry_wait_s:
            return None
        return max(asked, min(backoff, 1.0))

    async def _request(
        self, messages: Sequence[Message], sampling: Sampling, n: int
    ) -> AsyncGenerator[Delta, None]:
        prompt_bytes = sum(len(m.content.encode("utf-8", "replace")) for m in messages)
        sampling = self._fitted(messages, sampling)
        stream = await self.open(messages, sampling, n)
        expected = chat_stream.Expected(
            server=self.base_url,
            n=n,
            max_tokens=sampling.max_tokens,
            most_prompt_tokens=2 * (prompt_bytes + _TEMPLATE_TOKENS * len(messages)) + 2048,
            idle_s=self.connection.idle_timeout_s,
            opens_in_prompt=self.thinking.opens_in_prompt,
        )
        try:
            async with aclosing(chat_stream.read(self.connection.chunks(stream), expected)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            await stream.close()

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

    async def open(
        self, messages: Sequence[Message], sampling: Sampling, n: int
    ) -> AsyncStream[ChatCompletionChunk]:
        """Send the request, leaving out what the server turns out not to know."""
        from openai import BadRequestError, UnprocessableEntityError

        while True:
            body = self.body(messages, sampling, n)
            try:
                return await self.connection.open(body)
            except ModelError as error:
                cause = error.__cause__
                if not isinstance(cause, BadRequestError | UnprocessableEntityError) or not self._adapt(
                    cause, body
                ):
                    raise

    def body(self, messages: Sequence[Message], sampling: Sampling, n: int = 1) -> dict[str, Any]:
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
        if n > 1:
            body["n"] = n
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if sampling.top_logprobs and "logprobs" not in self.capabilities.refused_fields:
            body |= {"logprobs": True, "top_logprobs": sampling.top_logprobs}
        if self._effort:
            body["reasoning_effort"] = self._effort
        if self.thinking.fixed_temperature:
            del body["temperature"], body["top_p"]
        refused = self.capabilities.refused_fields
        if "stream" in refused:
            body.pop("stream_options")
        return {key: value for key, value in body.items() if key not in refused}

    def _adapt(self, cause: Any, body: dict[str, Any]) -> bool:
        """Learn from a 400 which field the server does not know; False where it names none."""
        refusal = openai_errors.read_refusal(cause.status_code, cause.body, cause.response.text, {})
        said = f"{refusal.param} {refusal.text}"
        known = self.capabilities
        other = LimitField.MAX_COMPLETION_TOKENS
        if other.value in said and LimitField.MAX_TOKENS.value in body:
            self.capabilities = evolve(known, limit_field=other)
            return True
        if "logprobs" in said and "logprobs" in body:  # some models refuse it that know it
            return self._refuse("logprobs")
        if not _UNKNOWN_FIELD.search(f"{refusal.code} {said}"):
            return False
        if other.value in said and other.value in body:
            self.capabilities = evolve(known, limit_field=LimitField.MAX_TOKENS)
            return other.value not in known.refused_fields and self._refuse(other.value)
        named = next((name for name in _DROPPABLE if name in body and name in said), None)
        return named is not None and self._refuse(named)

    def _refuse(self, name: str) -> bool:
        """Leave a field out from now on."""
        refused = (*self.capabilities.refused_fields, name)
        self.capabilities = evolve(self.capabilities, refused_fields=refused)  # type: ignore[arg-type]  # converter
        return True
