"""Executions on a Ray cluster: a local one of two workers, in real sandboxes."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator

import pytest

from sstar_lsp.bench.cluster import INPUTS_AT_ONCE, RayExecutor
from sstar_sandbox import Limits

pytest.importorskip("ray", reason="the extra [cluster] is not installed")
pytestmark = [
    pytest.mark.timeout(600),
    # Ray leaves handles of its own subprocesses to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DOUBLE = "import time; time.sleep(0.1); print(int(input()) * 2)"
"""Takes its time: when the first answers are there, both workers have more to do."""


@pytest.fixture
async def cluster() -> AsyncIterator[RayExecutor]:
    async with RayExecutor(boxes=1, workers=2) as opened:
        yield opened


async def test_programs_run_in_order_and_a_killed_worker_loses_nothing(
    cluster: RayExecutor,
) -> None:
    count = 4 * INPUTS_AT_ONCE
    program = await cluster.prepare(DOUBLE, "python")
    pids = await cluster.pids()
    assert len(set(pids)) == 2
    printed = []
    inputs = [str(n).encode() for n in range(count)]
    async for execution in cluster.run(program, inputs, Limits(cpu_s=10, wall_s=60)):
        if not printed:
            os.kill(pids[1], signal.SIGKILL)
        printed.append(int(execution.stdout))
    assert printed == [2 * n for n in range(count)]
    assert cluster.made_again >= 1, "the killed worker had not answered everything"
    broken = await cluster.prepare("def f(:", "python")
    assert broken.compile_error is not None
