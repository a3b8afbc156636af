"""Which embedded model suits this machine, by memory and by the tokens a second to expect.

The speed is measured once with a model that is here and scaled by the size of the weights.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import time
from pathlib import Path

from attrs import frozen

from sstar_lsp.models.download.registry import REGISTRY, path_of
from sstar_lsp.models.download.weights import Weights, folder
from sstar_lsp.models.embedded.lifecycle import EmbeddedModel
from sstar_lsp.models.embedded.memory import needed_bytes
from sstar_lsp.processes import memory_here
from sstar_lsp.records import Message, Sampling
from sstar_lsp.regular_files import replace_file

LEFT_FREE = 0.25
"""Share of the memory that a model which suits leaves to the editor, the sandbox and the rest."""
SLOWEST_TOKENS_S = 6.0
"""Of eight answers at once: a first solve of eight samples takes some ten minutes then."""
STREAMS, NEW_TOKENS = 8, 24
"""Of the measurement."""


@frozen
class Speed:
    """Tokens a second of eight answers at once by one model on this machine."""

    size_bytes: int
    tokens_s: float

    def of(self, weights: Weights) -> float:
        """What to expect of another model."""
        return self.tokens_s * self.size_bytes / weights.size_bytes


def _speed_file() -> Path:
    return folder() / "speed.json"


def _machine() -> str:
    return f"{platform.node()} {platform.machine()} {os.cpu_count()}"


def known_speed() -> Speed | None:
    """What was measured on this machine; None if nothing was."""
    try:
        read = json.loads(_speed_file().read_text(encoding="utf-8"))
        if read["machine"] != _machine():
            return None
        return Speed(int(read["size_bytes"]), float(read["tokens_s"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


async def measure_speed(weights: Weights) -> Speed:
    """Draw eight short answers behind one prompt with a model that is here, and remember how fast that was.
    Raises :class:`EmbeddedModelError`: its server does not start."""
    prompt = [Message("user", "Write a Python program that prints the sum of two numbers.")]
    async with EmbeddedModel(weights.id) as model:

        async def draw(seed: int) -> None:
            async for _ in model.stream(prompt, Sampling(0.8, 0.95, NEW_TOKENS, seed)):
                pass

        await draw(0)  # the prompt's own time
        started = time.monotonic()
        await asyncio.gather(*(draw(seed) for seed in range(1, STREAMS + 1)))
        rate = STREAMS * NEW_TOKENS / (time.monotonic() - started)
    speed = Speed(weights.size_bytes, rate)
    content = {"machine": _machine(), "size_bytes": weights.size_bytes, "tokens_s": round(rate, 2)}
    replace_file(_speed_file(), json.dumps(content).encode())
    return speed


def best(speed: Speed | None, *, may_be_non_commercial: bool = False) -> Weights | None:
    """The largest pinned model that leaves a quarter of the memory free and is not known to be too slow."""
    room = memory_here() * (1 - LEFT_FREE)
    fitting = [
        weights
        for weights in REGISTRY
        if needed_bytes(weights) <= room
        and (speed is None or speed.of(weights) >= SLOWEST_TOKENS_S)
        and (weights.is_commercial or may_be_non_commercial)
    ]
    return max(fitting, key=lambda weights: weights.size_bytes, default=None)


def smallest_here() -> Weights | None:
    """The smallest pinned model that is pulled."""
    pulled = [weights for weights in REGISTRY if path_of(weights) is not None]
    return min(pulled, key=lambda weights: weights.size_bytes, default=None)
