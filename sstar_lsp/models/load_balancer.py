"""Several servers of one model: all requests of a problem go to the same one, whose prompt cache they share.

The beginning of the prompt chooses it (rendezvous hashing, Thaler and Ravishankar 1998: when one server goes,
only its own problems move).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from sstar_lsp.errors import ModelOverloaded, ModelStalled, ModelUnreachable
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import Message, Sampling

DOWN_S = 30.0
"""A server that could not be reached is not asked for so long, while another can be."""
HEAD_CHARS = 2000
"""Of the first message: the statement is there."""


class Replicas:
    """A :class:`sstar_lsp.models.protocol.Model` over several servers of the same model."""

    def __init__(self, models: Sequence[OpenAIModel]) -> None:
        assert models, "at least one"
        self.models = tuple(models)
        self.name = models[0].name
        self.exam = models[0].exam
        self._down_until: dict[str, float] = {}

    def order(self, messages: Sequence[Message]) -> list[OpenAIModel]:
        """The servers, the one for this prompt first; those that were just seen down last.

        A server with requests waiting gives way to one that has nothing to do: a cold prompt is computed
        sooner than a full queue is.
        """
        head = "".join(message.content for message in messages[:1])[:HEAD_CHARS]
        now = time.monotonic()

        def rank(model: OpenAIModel) -> tuple[bool, str]:
            weight = hashlib.sha256(f"{model.base_url}\n{head}".encode("utf-8", "replace")).hexdigest()
            return self._down_until.get(model.base_url, 0.0) > now, weight

        ranked = sorted(self.models, key=rank)
        if ranked[0].limiter.waiting:
            idle = [m for m in ranked[1:] if not m.limiter.in_flight and not rank(m)[0]]
            ranked = [*idle[:1], *(m for m in ranked if m not in idle[:1])]
        return ranked

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """Draw one answer from the problem's server; from the next one where it cannot be had."""
        order = self.order(messages)
        for number, model in enumerate(order, 1):
            begun = False
            try:
                async with aclosing(model.stream(messages, sampling)) as answers:
                    async for delta in answers:
                        begun = True
                        yield delta
                return
            except (ModelUnreachable, ModelOverloaded, ModelStalled) as error:
                if not isinstance(error, ModelOverloaded):
                    self._down_until[model.base_url] = time.monotonic() + DOWN_S
                if begun or number == len(order):
                    raise
