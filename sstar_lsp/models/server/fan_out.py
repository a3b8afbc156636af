"""Several answers as several requests, read as one.

A room of its own because structured concurrency inside an async generator is easy to get wrong:
closing the generator must end every request at once, and one lost answer must not cost the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from attrs import evolve

from sstar_lsp.errors import ModelError
from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import Sampling, Usage

AnswerOne = Callable[[Sampling], AsyncGenerator[Delta, None]]


async def fan_out(answer: AnswerOne, sampling: Sampling, n: int) -> AsyncGenerator[Delta, None]:
    """Interleave ``n`` answers drawn with the seeds ``seed``, ``seed + 1`` … (none where it is None).

    The usage of all of them is on the last delta. Where some fail the others are read to their end,
    for they are paid for; then the first failure is raised.
    """
    arrived: asyncio.Queue[Delta | ModelError | BaseException | None] = asyncio.Queue()

    async def pump(index: int) -> None:
        seed = None if sampling.seed is None else sampling.seed + index
        try:
            async with aclosing(answer(evolve(sampling, seed=seed))) as deltas:
                async for delta in deltas:
                    arrived.put_nowait(evolve(delta, index=index))
            arrived.put_nowait(None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # handed on whole: raised again below
            arrived.put_nowait(error)

    pumps = [asyncio.create_task(pump(index)) for index in range(n)]
    usage: Usage | None = None
    failure: ModelError | None = None
    running = n
    try:
        while running:
            match await arrived.get():
                case None:
                    running -= 1
                case Delta() as delta:
                    if delta.usage is not None:
                        usage = delta.usage if usage is None else usage + delta.usage
                    if delta.text or delta.finish_reason is not None:
                        yield evolve(delta, usage=None)
                case ModelError() as error:
                    running -= 1
                    failure = failure or error
                case error:
                    assert error is not None
                    raise error
        if usage is not None:
            yield Delta("", n - 1, usage=usage)
        if failure is not None:
            raise failure
    finally:
        for task in pumps:
            task.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
