"""The worker that polls, as macOS needs it, run on Linux: inside bubblewrap, with a sampler of its own.

Honest programs only: on Linux nothing here but bubblewrap stands between a program and the machine.
"""

# ruff: noqa: ASYNC110, ASYNC240  (waits for a state of ours; looks at /proc)
from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
import pytest_asyncio

from sstar_sandbox import Limits, Mode, Verdict
from sstar_sandbox.backends.interpreter import find_interpreter
from sstar_sandbox.backends.linux.bwrap import bwrap_candidates, bwrap_command
from sstar_sandbox.backends.macos import frames
from sstar_sandbox.backends.macos.backend import MODULES
from sstar_sandbox.backends.macos.polling_worker import FileExecutables, PollingWorker, Usage
from sstar_sandbox.backends.stage import python_command
from sstar_sandbox.conformance.catalogue import CASES
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.policy.mounts import Mount
from sstar_sandbox.policy.privileges import dropped_privileges
from sstar_sandbox.records import MIB
from sstar_sandbox.verdicts.verdict import execution
from sstar_sandbox.worker.job import Job
from sstar_sandbox.worker.worker import BoxBroken

LIMITS = Limits(wall_s=20.0, cpu_s=10.0, memory_bytes=256 * MIB, output_bytes=MIB)
TICKS = os.sysconf("SC_CLK_TCK")


class ProcSampler:
    """What ``libproc`` is on a Mac. The box's own process is bubblewrap, whose child is the zygote."""

    def __init__(self) -> None:
        self.box = 0

    def children(self, pid: int) -> list[int]:
        below = self._children(pid)
        return [child for one in below for child in self._children(one)] if pid == self.box else below

    @staticmethod
    def _children(pid: int) -> list[int]:
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def usage(self, pid: int) -> Usage | None:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return None
        peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
        return Usage((int(fields[11]) + int(fields[12])) / TICKS, peak * 1024)


async def start(modules: tuple[str, ...] = MODULES) -> PollingWorker:
    found = bwrap_candidates()
    if not found:
        pytest.skip("bubblewrap is not installed")
    interpreter = find_interpreter()
    sampler = ProcSampler()

    def command(folder: Path) -> list[str]:
        python = python_command(interpreter.executable)
        mounts = [Mount(root, str(root)) for root in (*interpreter.extra_roots, folder)]
        return bwrap_command(found[0][1], python, mounts=mounts, extra=["--as-pid-1"])

    worker = await PollingWorker.start(
        command, modules, sampler, no_processes=False, identity=dropped_privileges()
    )
    sampler.box = worker.pid
    return worker


@pytest_asyncio.fixture
async def worker() -> AsyncIterator[PollingWorker]:
    opened = await start()
    yield opened
    await opened.kill("the test is over")


async def work(
    worker: PollingWorker, source: str, inputs: list[bytes], limits: Limits = LIMITS, entry: bytes = b""
) -> Job:
    """A job that runs a source, compiled in the same box."""
    job = Job(job_protocol.COMPILE, job_protocol.pack_program(b"", source.encode()), [b""], LIMITS)
    raws = [raw async for found in worker.run(job) for raw in found]
    assert raws[0].status == 0, raws[0].stderr
    return Job(
        job_protocol.PYTHON,
        job_protocol.pack_program(entry, source.encode(), raws[0].stdout),
        inputs,
        limits,
        Mode.BATCH,
    )


async def run(worker: PollingWorker, job: Job) -> list[tuple[Verdict, str, bytes]]:
    found = []
    async for raws in worker.run(job):
        for raw in raws:
            one = await execution(raw, job.limits, "seatbelt", "sampled")
            assert (one.tier, one.memory_source, one.mode) == ("seatbelt", "sampled", Mode.ISOLATED)
            found.append((one.verdict, one.detail, one.stdout))
    return found


async def test_every_honest_python_program_runs_in_it(worker: PollingWorker) -> None:
    for case in CASES:
        if case.group == "legitimate" and case.language == "python":
            job = await work(worker, case.source, [b"3\n4\n"], case.limits)
            assert await run(worker, job) == [(Verdict.RAN, "", b"7\n")], case.name


async def test_inputs_follow_one_another_and_leave_nothing_to_the_next(worker: PollingWorker) -> None:
    source = "import builtins, os\nbuiltins.n = getattr(builtins, 'n', 0) + 1\nos.ftruncate(0, 0)\nprint(builtins.n, input())"
    source = source.replace("os.ftruncate(0, 0)\n", "")
    inputs = [b"%d" % number for number in range(5)]
    job = await work(worker, source, inputs)
    assert [stdout for *_, stdout in await run(worker, job)] == [b"1 %d\n" % number for number in range(5)]


@pytest.mark.parametrize(
    ("source", "changes", "verdict", "detail"),
    [
        ("import time\ntime.sleep(60)", {"wall_s": 0.3}, Verdict.TLE, "idle"),
        ("while True: pass", {"cpu_s": 0.2}, Verdict.TLE, "cpu"),
        ("import time\nx = bytearray(b'x') * (128 << 20)\ntime.sleep(60)", {"memory_bytes": 64 * MIB}, Verdict.MLE, ""),
        ("x = bytearray(b'x') * (128 << 20)", {"memory_bytes": 64 * MIB}, Verdict.MLE, ""),
        ("while True: print('x' * 1000)", {"output_bytes": 10_000}, Verdict.OLE, ""),
        ("1 / 0", {}, Verdict.RE, "exit code 1"),
        ("import ctypes\nctypes.string_at(0)", {}, Verdict.RE, "SIGSEGV"),
    ],
)  # fmt: skip
async def test_limits_are_kept_by_looking(
    worker: PollingWorker, source: str, changes: dict[str, float], verdict: Verdict, detail: str
) -> None:
    job = await work(worker, source, [b"", b""], attrs.evolve(LIMITS, **changes))
    assert [found[:2] for found in await run(worker, job)] == [(verdict, detail)] * 2
    after = await work(worker, "print(input())", [b"still here"])
    assert await run(worker, after) == [(Verdict.RAN, "", b"still here\n")]


async def test_an_executable_is_laid_where_the_box_may_execute_it_and_taken_away(
    worker: PollingWorker,
) -> None:
    executables = FileExecutables()
    try:
        fd = executables.get("x", Path("/bin/cat").read_bytes())
        assert executables.get("x", b"") == fd
        job = Job(
            job_protocol.NATIVE, job_protocol.pack_program(b"main"), [b"one", b"two"], LIMITS, executable=fd
        )
        assert [found[2] for found in await run(worker, job)] == [b"one", b"two"]
        missing = Job(job_protocol.NATIVE, job_protocol.pack_program(b"main"), [b""], LIMITS)
        assert [found[0] for found in await run(worker, missing)] == [Verdict.RE]
    finally:
        executables.close()


async def test_the_result_of_a_function_comes_out_as_json(worker: PollingWorker) -> None:
    job = await work(worker, "def f(a, b): return (a, b)", [b"[1, 2]"], entry=b"f")
    assert await run(worker, job) == [(Verdict.RAN, "", b'{"$tuple": [1, 2]}')]


async def test_closing_early_ends_the_program_and_the_box_serves_on(worker: PollingWorker) -> None:
    job = await work(worker, "import time\nif input() == 'sleep': time.sleep(100)", [b"go", b"sleep"])
    running = worker.run(job)
    await anext(running)
    task = asyncio.ensure_future(anext(running))
    while worker._reading is None or not worker._sampler.children(worker.pid):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with contextlib.suppress(StopAsyncIteration):
        await running.aclose()
    assert worker.broken is None
    assert await run(worker, await work(worker, "print(1)", [b""])) == [(Verdict.RAN, "", b"1\n")]


async def test_a_box_that_dies_or_speaks_nonsense_is_broken_and_nothing_is_left(
    worker: PollingWorker,
) -> None:
    job = await work(worker, "import time\ntime.sleep(100)", [b""])

    async def kill_it() -> None:
        while not worker._sampler.children(worker.pid):
            await asyncio.sleep(0)
        os.kill(worker.pid, signal.SIGKILL)

    killer = asyncio.ensure_future(kill_it())
    with pytest.raises(BoxBroken, match="it ended"):
        await run(worker, job)
    await killer
    with pytest.raises(BoxBroken, match="it ended"):
        await run(worker, job)
    folder = worker._folder
    await worker.kill("over")
    assert not folder.exists()


async def test_nonsense_from_a_box_is_not_believed(worker: PollingWorker) -> None:
    with pytest.raises(BoxBroken, match="nonsense"):
        await _hears(worker, frames.framed(frames.RESULT, b"x" * 9999))
    assert worker.broken


async def _hears(worker: PollingWorker, message: bytes) -> None:
    import socket

    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    worker._control.close()
    worker._control = ours
    theirs.send(message)
    try:
        await worker._receive(frames.RESULT)
    finally:
        theirs.close()


async def test_when_its_owner_goes_away_the_program_and_the_box_end(worker: PollingWorker) -> None:
    job = await work(worker, "import time\ntime.sleep(100)", [b""])
    task = asyncio.ensure_future(run(worker, job))
    while not (children := worker._sampler.children(worker.pid)):
        await asyncio.sleep(0)
    pidfd = os.pidfd_open(children[0])
    worker._control.shutdown(2)  # what the end of the owner's process does
    with pytest.raises(BoxBroken):
        await task
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, ended.set)
    await asyncio.wait_for(ended.wait(), 30)
    asyncio.get_running_loop().remove_reader(pidfd)
    os.close(pidfd)


async def test_a_box_that_does_not_come_up_says_why() -> None:
    with pytest.raises(BoxBroken, match=r"did not come up(.|\n)*candidate"):
        await start(tuple(name for name in MODULES if name != "inside.python.candidate"))
