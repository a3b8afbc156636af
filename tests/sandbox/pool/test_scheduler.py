"""Whose turn it is to use a box."""

from __future__ import annotations

import asyncio

from attrs import define, evolve

from sstar_sandbox import Limits, Mode
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.pool.scheduler import Scheduler
from sstar_sandbox.worker.job import Job

BATCH = Job(job_protocol.PYTHON, b"", [b"1"], Limits(), Mode.BATCH)
ISOLATED = evolve(BATCH, mode=Mode.ISOLATED)


@define(eq=False)
class Box:
    """As much of a box as the line looks at."""

    MOST_JOBS: int = 2
    broken: str | None = None


def another(work: Job) -> Job:
    return evolve(work)


class Queue:
    """A line of one box, what was put back, and who has had a turn."""

    def __init__(self) -> None:
        self.put_back: list[Box] = []
        self.line = Scheduler(1, lambda box, _: self.put_back.append(box))  # type: ignore[arg-type]
        self.box = Box()

    async def begin(self, work: Job) -> None:
        """Take the box into use."""
        assert await self.line.turn(work) is None
        self.line.enter(self.box, work)  # type: ignore[arg-type]

    def wait(self, work: Job) -> asyncio.Task[object]:
        return asyncio.ensure_future(self.line.turn(work))


async def settled() -> None:
    """Until everything that can go on has."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_batch_stands_behind_a_batch_and_a_third_waits_until_the_first_has_left() -> None:
    queue, (first, second, third) = Queue(), [another(BATCH) for _ in range(3)]
    await queue.begin(first)
    behind, later = queue.wait(second), queue.wait(third)
    await settled()
    assert behind.result() is queue.box
    assert not later.done()
    assert queue.line.leave(queue.box, first) is False  # type: ignore[arg-type]
    await settled()
    assert later.result() is queue.box


async def test_nothing_stands_behind_work_whose_inputs_run_alone_or_under_other_limits() -> None:
    for running in (ISOLATED, evolve(BATCH, limits=Limits(wall_s=1.0))):
        queue = Queue()
        await queue.begin(running)
        waiting = queue.wait(another(BATCH))
        await settled()
        assert not waiting.done()
        assert queue.line.leave(queue.box, running) is True  # type: ignore[arg-type]
        queue.line.give_back()
        await settled()
        assert waiting.result() is None


async def test_a_batch_does_not_overtake_one_that_waits_for_a_box_of_its_own() -> None:
    queue, first = Queue(), another(BATCH)
    await queue.begin(first)
    patient, hasty = queue.wait(another(ISOLATED)), queue.wait(another(BATCH))
    await settled()
    assert not patient.done()
    assert not hasty.done()


async def test_a_box_that_takes_one_job_or_is_broken_gets_no_second() -> None:
    for box in (Box(MOST_JOBS=1), Box(broken="it died")):
        queue = Queue()
        queue.box = box
        await queue.begin(another(BATCH))
        waiting = queue.wait(another(BATCH))
        await settled()
        assert not waiting.done()


async def test_who_stops_waiting_lets_the_next_one_through() -> None:
    queue, first = Queue(), another(BATCH)
    await queue.begin(first)
    patient, hasty = queue.wait(another(ISOLATED)), queue.wait(another(BATCH))
    await settled()
    patient.cancel()
    await settled()
    assert hasty.result() is queue.box


async def test_a_turn_that_comes_at_the_moment_of_a_cancel_is_given_back() -> None:
    queue, first, second = Queue(), another(BATCH), another(BATCH)
    await queue.begin(first)
    waiting = queue.wait(another(ISOLATED))
    await settled()
    queue.line.leave(queue.box, first)  # type: ignore[arg-type]
    queue.line.give_back()  # its turn now, and it has not heard of it
    waiting.cancel()
    await settled()
    assert waiting.cancelled()
    assert queue.line.free == 1

    await queue.begin(first)
    assert await queue.line.turn(second) is queue.box
    waiting = queue.wait(another(BATCH))
    await settled()
    queue.line.leave(queue.box, first)  # type: ignore[arg-type]
    waiting.cancel()
    assert queue.line.leave(queue.box, second) is False  # type: ignore[arg-type]
    await settled()
    assert waiting.cancelled()
    assert queue.put_back == [queue.box]
    assert queue.line.free == 1
