"""Work side by side: results in order, one failure for all; long computing in short turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

_T = TypeVar("_T")

TURN_S = 0.001
"""Of computing, until others on the event loop have theirs."""


@asynccontextmanager
async def side_by_side() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group whose first error of ours stops the rest and is raised as it is, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


async def together(coroutines: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Run all, results in order; the first error of ours stops the rest and is raised as it is."""
    async with side_by_side() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
    return [task.result() for task in tasks]


async def computed_in_turns(items: Iterable[_T]) -> list[_T]:
    """The items of an iterator that computes each; what else waits on the event loop is not held up meanwhile."""
    found: list[_T] = []
    turn_ends = time.perf_counter() + TURN_S
    for item in items:
        found.append(item)
        if time.perf_counter() >= turn_ends:
            await asyncio.sleep(0)
            turn_ends = time.perf_counter() + TURN_S
    return found
