"""How many requests at once, and whose turn it is."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.models.client.adaptive_concurrency import Aimd
from sstar_lsp.models.client.rate_limiter import RUN, RateLimiter, RateLimiters, Slot


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def serve_waves(aimd: Aimd, clock: Clock, seats: int, waves: int) -> None:
    """A server that works on ``seats`` requests at once, 1 s each; the rest of a wave waits for its first token."""
    for _ in range(waves):
        limit = aimd.limit
        for number in range(limit):
            clock.now += 1.0 / min(seats, limit)
            aimd.ended(100, 0.1 + max(0.0, number - seats), was_full=True)


def test_the_limit_grows_while_throughput_grows() -> None:
    clock = Clock()
    aimd = Aimd(clock, start=2)
    serve_waves(aimd, clock, seats=12, waves=30)
    assert 8 <= aimd.limit <= 16


def test_the_limit_does_not_run_away_beyond_what_the_server_works_on() -> None:
    clock = Clock()
    aimd = Aimd(clock, start=4)
    serve_waves(aimd, clock, seats=4, waves=100)
    assert aimd.limit <= 4 + 100 // 8 + 1


def test_without_others_waiting_nothing_is_learned() -> None:
    clock = Clock()
    aimd = Aimd(clock, start=4)
    for _ in range(50):
        clock.now += 1
        aimd.ended(100, 0.1, was_full=False)
    assert aimd.limit == 4


def test_a_refusal_halves_the_limit_once_for_a_whole_wave() -> None:
    clock = Clock()
    aimd = Aimd(clock, start=16)
    clock.now = 1.0
    for _ in range(14):
        aimd.refused(began=0.5)
    assert aimd.limit == 8
    clock.now = 2.0
    aimd.refused(began=1.5)
    assert aimd.limit == 4


def test_throughput_that_falls_while_first_tokens_come_late_shrinks_it() -> None:
    clock = Clock()
    aimd = Aimd(clock, start=8)
    for first_token_s, pace_s in ((0.1, 0.1), (5.0, 1.0)):
        for _ in range(aimd.limit):
            clock.now += pace_s
            aimd.ended(100, first_token_s, was_full=True)
    assert aimd.limit < 8


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100), st.floats(0.001, 10)), max_size=200))
def test_whatever_happens_one_request_can_always_be_made(what: list[tuple[bool, float, float]]) -> None:
    clock = Clock()
    aimd = Aimd(clock, start=3, most=20)
    for is_refusal, tokens, pace_s in what:
        clock.now += pace_s
        if is_refusal:
            aimd.refused(clock.now)
        else:
            aimd.ended(tokens, pace_s, was_full=True)
        assert 1 <= aimd.limit <= 20


async def test_no_more_are_under_way_than_the_limit() -> None:
    limiter = RateLimiter(start=2)
    most = 0

    async def work() -> None:
        nonlocal most
        async with limiter.slot():
            most = max(most, limiter.in_flight)
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 2
    assert (limiter.in_flight, limiter.waiting) == (0, 0)


async def test_a_run_that_asks_for_much_first_does_not_keep_another_waiting() -> None:
    limiter = RateLimiter(start=1)
    order: list[str] = []

    async def work(run: str) -> None:
        RUN.set(run)
        async with limiter.slot():
            order.append(run)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(work("large"))
        for _ in range(2):
            group.create_task(work("small"))
    assert order.index("small") <= 2
    assert "small" in order[3:6]


async def test_of_many_seats_each_run_gets_as_many() -> None:
    limiter = RateLimiter(start=4)
    held = {"large": 0, "small": 0}
    release = asyncio.Event()

    async def work(run: str) -> None:
        RUN.set(run)
        async with limiter.slot():
            held[run] += 1
            await release.wait()

    first = asyncio.create_task(_hold(limiter, release))  # all four seats
    await asyncio.sleep(0)
    tasks = [asyncio.create_task(work(run)) for run in ["large"] * 6 + ["small"] * 6]
    for _ in range(5):
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
    assert held == {"large": 2, "small": 2}
    release.set()
    await asyncio.gather(*tasks)


async def _hold(limiter: RateLimiter, release: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(limiter.slot())
        await release.wait()


async def test_a_waiter_that_is_cancelled_leaves_its_place() -> None:
    limiter = RateLimiter(start=1)
    async with limiter.slot():
        waiting = asyncio.create_task(_once(limiter))
        await asyncio.sleep(0)
        assert limiter.waiting == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert limiter.waiting == 0
    await _once(limiter)
    assert limiter.in_flight == 0


async def test_a_waiter_that_is_cancelled_just_when_its_turn_comes_gives_it_on() -> None:
    limiter = RateLimiter(start=1)
    async with limiter.slot():
        first, second = asyncio.create_task(_once(limiter)), asyncio.create_task(_once(limiter))
        await asyncio.sleep(0)
    first.cancel()  # its turn was just set
    await asyncio.gather(first, return_exceptions=True)
    await second
    assert (limiter.in_flight, limiter.waiting) == (0, 0)


async def _once(limiter: RateLimiter) -> None:
    async with limiter.slot():
        await asyncio.sleep(0)


async def test_a_server_that_asks_to_wait_is_asked_by_nobody_meanwhile() -> None:
    clock = Clock()
    limiter = RateLimiter(start=4, clock=clock)
    limiter.refused(Slot(0.0), retry_after_s=0.01)
    waiting = asyncio.create_task(_once(limiter))
    await asyncio.sleep(0)
    assert limiter.waiting == 1
    clock.now = 1.0  # the timer of the loop then finds that the pause is over
    await waiting
    assert limiter.waiting == 0


def test_runs_of_one_process_share_the_lane_to_a_server() -> None:
    limiters = RateLimiters()
    assert limiters.to("http://a:1") is limiters.to("http://a:1")
    assert limiters.to("http://a:1") is not limiters.to("http://b:1")
    assert limiters.to("http://c:1", most=3).aimd.limit == 3


@pytest.mark.parametrize("start", [0, -3])
def test_a_limit_is_never_less_than_one(start: int) -> None:
    assert Aimd(Clock(), start=start).limit == 1
