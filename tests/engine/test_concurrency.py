"""Work side by side on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from sstar_lsp.engine import concurrency
from sstar_lsp.engine.concurrency import computed_in_turns


async def test_others_have_their_turn_while_many_items_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "TURN_S", 0.0)
    seen_by_other: list[int] = []
    made = 0

    def items() -> Iterator[int]:
        nonlocal made
        for number in range(1, 6):
            made = number
            yield number

    async def other() -> None:
        while True:
            seen_by_other.append(made)
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert await computed_in_turns(items()) == [1, 2, 3, 4, 5]
    task.cancel()
    assert seen_by_other == [1, 2, 3, 4, 5]
