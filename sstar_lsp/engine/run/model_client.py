"""One request to a model: within the budget, journaled before it is used, never paid twice.

A request is known by the digest of what was asked, so a resumed run finds the journaled reply.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from attrs import Factory, define, evolve, frozen

from sstar_lsp.engine.run.arriving import Arriving
from sstar_lsp.engine.run.budget import MESSAGE_TOKENS, BudgetExhausted, Ledger, Reservation, prompt_ceiling
from sstar_lsp.engine.run.events import CallCancelled, CallFailed, Completed, Event, Purpose, Role
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import RETRIABLE, ModelError, ModelProtocolError
from sstar_lsp.models.client.reasoning import Thinking
from sstar_lsp.models.protocol import KnowsRoom, Model, Models
from sstar_lsp.records import Message, Sampling, Token, Usage
from sstar_lsp.settings import SolveSettings

__all__ = ["BudgetExhausted", "Calls", "Stop", "request_digest", "sampling_of", "whole_characters"]

CHARS_PER_TOKEN = 3
"""Only for usage that a server did not count; digits and code take more tokens than prose."""
LAST_TOKENS = 16
"""Of an answer whose tokens were asked for with their alternatives, so many are journaled."""
SEED_STRIDE = 100_000
"""Seeds of one run: ``seed * stride + 100 * sample + round``; other runs share none."""
ATTEMPTS = 2
"""A stream that breaks is asked for once more; the client below has its own retries for refusals."""


Stop = Callable[[str], bool]
"""Told the text so far, at line ends and backticks only; true closes the stream (the program is complete)."""


def sampling_of(settings: SolveSettings, seed: int, max_tokens: int) -> Sampling:
    """How a run draws; ``seed`` tells its requests apart."""
    return Sampling(settings.temperature, settings.top_p, max_tokens, settings.seed * SEED_STRIDE + seed)


def request_digest(model: str, messages: Sequence[Message], sampling: Sampling) -> str:
    """Name of a request: 32 hex digits over everything that is sent."""
    asked = [
        model,
        [[message.role, message.content] for message in messages],
        # the last: stop texts, which journals of earlier versions have in their names
        [sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed, []],
    ]
    sent = json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.sha256(sent).hexdigest()[:32]


def whole_characters(text: str) -> str:
    """The text with halves of characters joined (servers cut them between pieces) or replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def thoughts_of(model: Model) -> int:
    """Tokens that a reasoning model may think, besides those of its answer."""
    several = getattr(model, "models", None)  # replicas of one model
    served = several if isinstance(several, tuple) else (model,)
    found = [getattr(one, "thinking", None) for one in served]
    return max((t.tokens for t in found if isinstance(t, Thinking) and t.reasons), default=0)


@frozen
class _Request:
    """What is asked, of whom, and as what it is journaled."""

    model: Model
    role: Role
    kind: Purpose
    purpose: str
    messages: tuple[Message, ...]
    sampling: Sampling
    stop: Stop | None
    digest: str
    candidate_id: str


@define
class _Reply:
    """What has arrived of an answer."""

    pieces: list[str] = Factory(list)
    thoughts: int = 0
    """Pieces of thoughts; they are paid for and not kept."""
    usage: Usage | None = None
    finish: str = ""
    tokens: list[Token] = Factory(list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def cost(self, request: _Request) -> Usage:
        """As the server counted, else about: what was asked, and what arrived."""
        if self.usage is not None:
            return self.usage
        prompt = sum(len(message.content) for message in request.messages) // CHARS_PER_TOKEN
        prompt += MESSAGE_TOKENS * len(request.messages)
        said = max(len(self.pieces), len(self.text) // CHARS_PER_TOKEN)
        return Usage(prompt, said + self.thoughts, reasoning_tokens=self.thoughts)


class Calls:
    """The way to the models of one run."""

    def __init__(
        self,
        models: Models,
        state: Callable[[], RunState],
        emit: Callable[[Event], Awaitable[None]],
        arriving: Arriving | None = None,
    ) -> None:
        """``arriving`` is told each piece of an answer, for people who wait."""
        self._models = models
        self._state = state
        self._emit = emit
        self._ledger = Ledger(state)
        self._asking: dict[str, asyncio.Lock] = {}
        self._arriving = arriving or Arriving()
        self.exhausted: str | None = None
        """The cap that left no room for a request, where there was one."""

    def _model(self, role: Role, turn: int) -> Model:
        several = self._models.of_role(role)
        return several[turn % len(several)]

    def room(self, role: Role) -> int | None:
        """Answers at once of that role's model that do not slow each other down; None: unknown."""
        model = self._model(role, 0)
        return model.room if isinstance(model, KnowsRoom) else None

    async def ask(
        self,
        role: Role,
        kind: Purpose,
        purpose: str,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: Stop | None = None,
        turn: int = 0,
        candidate_id: str = "",
    ) -> Completed:
        """The reply to one request, from the journal where it is there already.

        Args:
            purpose: the same as ``kind`` for a person, and what it is about.
            turn: where a role has several models they take turns; which one's it is, from 0.
            candidate_id: the candidate that the reply is to hold, where it is to hold one.

        Raises:
            BudgetExhausted: there is no room left for it.
            ModelError: the server failed; journaled as :class:`CallFailed` first.
        """
        model = self._model(role, turn)
        digest = request_digest(model.name, messages, sampling)
        request = _Request(model, role, kind, purpose, tuple(messages), sampling, stop, digest, candidate_id)
        async with self._asking.setdefault(digest, asyncio.Lock()):  # who asks the same meanwhile waits
            known = self._state().completions.get(digest)
            return known if known is not None else await self._pay(request)

    async def _pay(self, request: _Request) -> Completed:
        name = request.model.name
        try:
            tokens, thoughts = request.sampling.max_tokens, thoughts_of(request.model)
            room = await self._ledger.reserve(name, prompt_ceiling(request.messages), tokens, thoughts)
        except BudgetExhausted as error:
            self.exhausted = str(error)
            raise
        again: Reservation | None = None
        try:
            for attempt in range(ATTEMPTS):
                reply = _Reply()
                try:
                    return await self._read(request, reply, room.max_tokens)
                except ModelError as error:
                    # it answered before it broke: worth a second try; refusals were retried below us
                    if attempt + 1 < ATTEMPTS and isinstance(error, RETRIABLE) and reply.pieces:
                        again = self._ledger.reserve_another(name, room)
                    asked_again = again is not None and attempt + 1 < ATTEMPTS
                    await self._lost(
                        request, reply, f"{error} (asked once more)" if asked_again else str(error)
                    )
                    if not asked_again:
                        raise
            raise AssertionError("the last attempt returns or raises")
        finally:
            self._ledger.release(room)
            if again is not None:
                self._ledger.release(again)

    async def _lost(self, request: _Request, reply: _Reply, message: str) -> None:
        usage = reply.cost(request) if reply.pieces or reply.thoughts else Usage()
        await self._emit(
            CallFailed(
                request.digest, request.role, request.purpose, message, usage, request.model.name, time.time()
            )
        )

    async def _read(self, request: _Request, reply: _Reply, max_tokens: int) -> Completed:
        """One stream to its end, journaled; closed early it is journaled as cancelled."""
        begun = time.monotonic()
        try:
            await self._stream(request, reply, max_tokens)
        except asyncio.CancelledError:
            cost, name = reply.cost(request), request.model.name
            await self._emit(
                CallCancelled(request.digest, request.role, request.purpose, cost, name, time.time())
            )
            raise
        finally:
            self._arriving.ended(request.digest)
        if not reply.finish and not reply.pieces:
            name = request.model.name
            raise ModelProtocolError(f"{name} ended its answer without a word ({request.purpose}).")
        completed = Completed(
            request=request.digest,
            role=request.role,
            purpose=request.purpose,
            text=whole_characters(reply.text),
            finish_reason=reply.finish or "unknown",
            usage=reply.cost(request),
            seconds=round(time.monotonic() - begun, 3),
            usage_is_estimated=reply.usage is None,
            model=request.model.name,
            at=time.time(),
            last_tokens=tuple(reply.tokens[-LAST_TOKENS:]),
            kind=request.kind,
            candidate_id=request.candidate_id,
        )
        await self._emit(completed)
        return completed

    async def _stream(self, request: _Request, reply: _Reply, max_tokens: int) -> None:
        stream = request.model.stream(request.messages, evolve(request.sampling, max_tokens=max_tokens))
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                reply.usage = delta.usage or reply.usage
                reply.finish = delta.finish_reason or reply.finish
                reply.thoughts += bool(delta.thought)
                if delta.text or delta.thought:
                    self._arriving.heard(request.digest, request.role, delta.text)
                if delta.text:
                    reply.pieces.append(delta.text)
                    reply.tokens += delta.tokens
                    may_end = "\n" in delta.text or "`" in delta.text
                    if request.stop is not None and may_end and not reply.finish and request.stop(reply.text):
                        reply.finish = "complete"
                        return
