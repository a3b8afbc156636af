"""Which requests may start now, so that a prompt shared by several is computed once.

The runtime finds a prompt in its cache only once it has been computed, so requests with the same new prompt
wait for the first token of the first of them. With the 1.5B model, 8 x 32 tokens behind 630 took 58 s without
this (``docs/design/embedded-model.md``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

LEAST_GAIN = 64
"""Tokens that waiting must save; a shorter shared beginning is computed twice."""
REMEMBERED = 64
"""How many computed token sequences are kept for comparison."""
BLOCK = 32
"""Tokens a block of the runtime's cache on CPU; only whole blocks are shared."""


class Prefill(Generic[K]):
    """The queue before the runtime. Not thread-safe; one loop owns it."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[K, tuple[int, ...]] = OrderedDict()
        self._computing: dict[K, tuple[int, ...]] = {}
        self._computed: OrderedDict[tuple[int, ...], None] = OrderedDict()
        self._cached: dict[K, int] = {}

    def add(self, key: K, prompt: Sequence[int]) -> None:
        """A new request; ``prompt`` is its tokens."""
        self._waiting[key] = tuple(prompt)

    def start(self) -> list[K]:
        """Take the requests that nothing is gained from holding, oldest first."""
        started = []
        for key, prompt in list(self._waiting.items()):
            known = max((shared(prompt, other) for other in self._computed), default=0)
            if any(shared(prompt, other) >= known + LEAST_GAIN for other in self._computing.values()):
                continue
            del self._waiting[key]
            self._computing[key] = prompt
            # the last token is always computed: its output is the first answer
            self._cached[key] = min(known, len(prompt) - 1) // BLOCK * BLOCK
            started.append(key)
        return started

    def cached_tokens(self, key: K) -> int:
        """How many tokens of a started request's prompt were computed before, by whole blocks."""
        return self._cached.get(key, 0)

    def first_token(self, key: K) -> None:
        """The request's prompt is computed: its followers may start."""
        prompt = self._computing.pop(key, None)
        if prompt is not None:
            self._remember(prompt)

    def end(self, key: K, sequence: Sequence[int] | None = None) -> None:
        """The request has ended. ``sequence``: prompt and answer, if they are in the cache now."""
        self._waiting.pop(key, None)
        self._computing.pop(key, None)
        self._cached.pop(key, None)
        if sequence:
            self._remember(tuple(sequence))

    def _remember(self, sequence: tuple[int, ...]) -> None:
        self._computed[sequence] = None
        self._computed.move_to_end(sequence)
        while len(self._computed) > REMEMBERED:
            self._computed.popitem(last=False)


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of the common beginning."""
    least = min(len(one), len(other))
    if one[:least] == other[:least]:
        return least
    low, high = 0, least  # the first ``low`` agree, the first ``high`` do not
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
