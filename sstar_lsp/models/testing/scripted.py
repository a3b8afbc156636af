"""A model that says what a script tells it to: the public fake of the model protocol.

Replies are keyed by the request, not by the order of calls, so concurrent and resumed runs get the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing

from attrs import field, frozen

from sstar_lsp.errors import ModelError, ModelProtocolError
from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import Message, Sampling, Usage

Script = Callable[[Sequence[Message], Sampling], str]
"""What to answer."""

_TOKEN = re.compile(r"\s*\S{1,8}|\s+")


@frozen
class Call:
    """One request as it arrived."""

    messages: tuple[Message, ...]
    sampling: Sampling


@frozen
class Rule:
    """Says ``replies`` to a request whose messages contain every one of ``when``."""

    when: tuple[str, ...] = field(converter=tuple)
    """Pieces of text; none: every request."""
    replies: tuple[str, ...] = field(converter=tuple)
    """The request with seed ``s`` gets number ``s`` modulo their count."""


def by_rules(rules: Iterable[Rule]) -> Script:
    """A script of which the first rule that fits answers.
    Raises :class:`ModelProtocolError` at a request that no rule fits."""
    kept = tuple(rules)

    def script(messages: Sequence[Message], sampling: Sampling) -> str:
        text = "\n".join(message.content for message in messages)
        for rule in kept:
            if all(piece in text for piece in rule.when):
                return rule.replies[(sampling.seed or 0) % len(rule.replies)]
        raise ModelProtocolError(f"no scripted reply fits the request that ends with {text[-200:]!r}")

    return script


class ScriptedModel:
    """A :class:`sstar_lsp.models.protocol.Model` without a model.

    ``script``: a function or :class:`Rule` s.
    ``fault``: asked before each answer; what it returns is raised in place of the answer.
    ``before_piece``: awaited before each piece; a test that must hold an answer back awaits an event in it.
    """

    def __init__(
        self,
        script: Script | Sequence[Rule],
        *,
        name: str = "scripted",
        fault: Callable[[Call], ModelError | None] | None = None,
        before_piece: Callable[[Call], object] | None = None,
        piece_tokens: int = 4,
        room: int | None = None,
    ) -> None:
        """``piece_tokens``: how many (crude) tokens a delta carries. ``room``: see ``KnowsRoom``."""
        self.name = name
        self.room = room
        self.calls: list[Call] = []
        """Every request that arrived, in order."""
        self.cancelled = 0
        """How many answers were closed before their end."""
        self._script: Script = script if callable(script) else by_rules(script)
        self._fault = fault
        self._before_piece = before_piece
        self._piece_tokens = piece_tokens

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """Answer by the script; see :meth:`sstar_lsp.models.protocol.Model.stream`."""
        call = Call(tuple(messages), sampling)
        self.calls.append(call)
        if self._fault is not None and (error := self._fault(call)) is not None:
            raise error
        is_whole = False
        try:
            async with aclosing(self._answer(call, sampling)) as answers:
                async for delta in answers:
                    yield delta
            is_whole = True
        finally:
            self.cancelled += not is_whole

    async def _answer(self, call: Call, sampling: Sampling) -> AsyncGenerator[Delta, None]:
        text, reason = _cut(self._script(call.messages, sampling), sampling)
        tokens = _TOKEN.findall(text)
        prompt = sum(len(_TOKEN.findall(message.content)) for message in call.messages)
        pieces = [
            "".join(tokens[start : start + self._piece_tokens])
            for start in range(0, len(tokens), self._piece_tokens)
        ] or [""]
        for number, piece in enumerate(pieces, start=1):
            if self._before_piece is not None:
                awaited = self._before_piece(call)
                if asyncio.iscoroutine(awaited):
                    await awaited
            await asyncio.sleep(0)
            if number < len(pieces):
                yield Delta(piece)
            else:
                yield Delta(piece, finish_reason=reason, usage=Usage(prompt, len(tokens)))


def _cut(text: str, sampling: Sampling) -> tuple[str, str]:
    """Apply ``max_tokens`` as a server does; the reason of the end with it."""
    tokens = _TOKEN.findall(text)
    return (
        ("".join(tokens[: sampling.max_tokens]), "length")
        if len(tokens) > sampling.max_tokens
        else (text, "stop")
    )
