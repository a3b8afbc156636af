"""One request to a model: budgeted, journaled before it is used, never paid twice.

A room of its own because these three promises hold for every role, and a resumed run rests on them: a
request is known by the digest of what was asked, so asking again after a crash finds the journaled reply.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from sstar_lsp.engine.events import CallFailed, Completed, Event, Role
from sstar_lsp.engine.state import RunState
from sstar_lsp.errors import ModelError, ModelProtocolError
from sstar_lsp.models.api import Model
from sstar_lsp.models.roles import Models
from sstar_lsp.records import Message, Sampling, Usage
from sstar_lsp.settings import Budget

CHARS_PER_TOKEN = 4
"""Only for usage that a server did not count."""
CAUTIOUS_BYTES_PER_TOKEN = 2
"""Budgets are reserved with it: digits and code take more tokens than prose."""
TEMPLATE_TOKENS = 8
"""What a chat template adds to a message."""
ATTEMPTS = 2
"""A stream that breaks is asked for once more; the client below has its own retries for refusals."""


class BudgetExhausted(Exception):
    """A cap of :class:`sstar_lsp.settings.Budget` leaves no room for the next request."""


Stop = Callable[[str], bool]
"""Told the text so far, at line ends and backticks only; true closes the stream (the program is complete)."""


def request_digest(model: str, messages: Sequence[Message], sampling: Sampling) -> str:
    """Name of a request: 32 hex digits over everything that is sent."""
    asked = [
        model,
        [[message.role, message.content] for message in messages],
        [sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed, list(sampling.stop)],
    ]
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[
        :32
    ]


def whole_characters(text: str) -> str:
    """The text with halves of characters joined (servers cut them between pieces) or replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Calls:
    """The way to the models of one run."""

    def __init__(
        self,
        models: Models,
        state: Callable[[], RunState],
        emit: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._models = models
        self._state = state
        self._emit = emit
        self._reserved_calls = 0
        self._reserved_tokens = 0
        self._asking: dict[str, asyncio.Lock] = {}

    @property
    def _budget(self) -> Budget:
        return self._state().settings.budget  # a resumed run may have been given more

    def _model(self, role: Role) -> Model:
        return {
            Role.WRITER: self._models.writer,
            Role.DEBUGGER: self._models.debugger,
            Role.INPUT_WRITER: self._models.input_writer,
            Role.JUDGE: self._models.judge,
        }[role]

    def _reserve(self, prompt_tokens: int, max_tokens: int) -> int:
        """Room for one request, in tokens; shrinks the answer before it refuses."""
        state = self._state()
        calls, tokens = self._budget.calls, self._budget.tokens
        if calls is not None and state.calls + self._reserved_calls >= calls:
            raise BudgetExhausted(f"{calls} calls")
        if tokens is not None:
            spent = state.usage.prompt_tokens + state.usage.completion_tokens + self._reserved_tokens
            max_tokens = min(max_tokens, tokens - spent - prompt_tokens)
            if max_tokens < 16:
                raise BudgetExhausted(f"{tokens} tokens")
        self._reserved_calls += 1
        self._reserved_tokens += prompt_tokens + max_tokens
        return max_tokens

    def _reserve_another(self) -> bool:
        """Room to make a request under way a second time, if there is any; until the first is journaled."""
        cap = self._budget.calls
        if cap is not None and self._state().calls + self._reserved_calls >= cap:
            return False
        self._reserved_calls += 1
        return True

    async def ask(
        self,
        role: Role,
        purpose: str,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: Stop | None = None,
    ) -> Completed:
        """The reply to one request, from the journal where it is there already.

        Raises:
            BudgetExhausted: there is no room left for it.
            ModelError: the server failed; journaled as :class:`CallFailed` first.
        """
        model = self._model(role)
        digest = request_digest(model.name, messages, sampling)
        async with self._asking.setdefault(
            digest, asyncio.Lock()
        ):  # who asks the same meanwhile waits for it
            known = self._state().completions.get(digest)
            if known is not None:
                return known
            return await self._pay(role, purpose, messages, sampling, stop, digest)

    async def _pay(
        self,
        role: Role,
        purpose: str,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: Stop | None,
        digest: str,
    ) -> Completed:
        model = self._model(role)
        reserved = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
        reserved = reserved // CAUTIOUS_BYTES_PER_TOKEN + TEMPLATE_TOKENS * len(messages)
        prompt_tokens = sum(len(message.content) for message in messages) // CHARS_PER_TOKEN
        prompt_tokens += TEMPLATE_TOKENS * len(messages)
        max_tokens = self._reserve(reserved, sampling.max_tokens)
        try:
            reply = await self._read(
                model, role, purpose, messages, sampling, max_tokens, stop, digest, prompt_tokens
            )
        except ModelError as error:
            await self._emit(CallFailed(digest, role, purpose, str(error)))
            raise
        finally:
            self._reserved_calls -= 1
            self._reserved_tokens -= reserved + max_tokens
        return reply

    async def _read(
        self,
        model: Model,
        role: Role,
        purpose: str,
        messages: Sequence[Message],
        sampling: Sampling,
        max_tokens: int,
        stop: Stop | None,
        digest: str,
        prompt_tokens: int,
    ) -> Completed:
        from attrs import evolve

        for attempt in range(ATTEMPTS):
            begun = time.monotonic()
            pieces: list[str] = []
            usage: Usage | None = None
            finish = ""
            try:
                stream = model.stream(messages, evolve(sampling, max_tokens=max_tokens))
                async with aclosing(stream) as deltas:  # type: ignore[type-var]  # every model is a generator
                    async for delta in deltas:
                        usage = delta.usage or usage
                        finish = delta.finish_reason or finish
                        if delta.text:
                            pieces.append(delta.text)
                            may_end = "\n" in delta.text or "`" in delta.text
                            if stop is not None and may_end and not finish and stop("".join(pieces)):
                                finish = "complete"
                                break
            except ModelError as error:
                # it answered before it broke: worth a second try; refusals were retried below us
                if attempt + 1 < ATTEMPTS and error.retriable and pieces and self._reserve_another():
                    try:
                        await self._emit(CallFailed(digest, role, purpose, f"{error} (asked once more)"))
                    finally:
                        self._reserved_calls -= 1
                    continue
                raise
            break
        if not finish and not pieces:
            raise ModelProtocolError(f"{model.name} ended its answer without a word ({purpose}).")
        completed = Completed(
            request=digest,
            role=role,
            purpose=purpose,
            text=whole_characters("".join(pieces)),
            finish_reason=finish or "unknown",
            usage=usage or Usage(prompt_tokens, max(len(pieces), len("".join(pieces)) // CHARS_PER_TOKEN)),
            seconds=round(time.monotonic() - begun, 3),
            usage_is_estimated=usage is None,
        )
        await self._emit(completed)
        return completed
