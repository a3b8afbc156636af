"""What a caller of the sandbox can rely on."""

# ruff: noqa: ASYNC110, ASYNC240  (waits for a state of ours; looks at /proc)
from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attrs import evolve

from sstar_sandbox import (
    Execution,
    Limits,
    Mode,
    Program,
    Sandbox,
    SandboxError,
    UnknownName,
    Verdict,
    comparator_named,
    default_limits,
    open_sandbox,
)
from sstar_sandbox.worker.worker import Worker

pytestmark = pytest.mark.asyncio(loop_scope="session")
QUICK = Limits(wall_s=0.5, cpu_s=0.25)


async def first(run: AsyncIterator[Execution]) -> Execution:
    found = [execution async for execution in run]
    return found.pop(0)


async def verdicts(
    sandbox: Sandbox, program: Program, inputs: list[bytes], **options: object
) -> list[Verdict]:
    return [execution.verdict async for execution in sandbox.run(program, inputs, **options)]  # type: ignore[arg-type]


async def test_executions_come_in_the_order_of_the_inputs(each_tier: Sandbox) -> None:
    program = await each_tier.prepare("print(input())", "python")
    for mode in Mode:
        inputs = [b"%d" % i for i in range(37)]
        found = [execution async for execution in each_tier.run(program, inputs, mode=mode)]
        assert [execution.stdout for execution in found] == [text + b"\n" for text in inputs]
        assert {execution.mode for execution in found} == {mode}
        assert {execution.tier for execution in found} == {each_tier.tier}


async def test_without_a_check_a_clean_run_is_ran_and_with_one_it_is_right_or_wrong(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("print(int(input()) * 2)", "py")
    check = comparator_named("tokens").check
    inputs = [b"2", b"2", b"2", b"x"]
    checks = [None, check(b"4"), check(b"5"), check(b"4")]
    assert await verdicts(sandbox, program, inputs, checks=checks) == ["RAN", "AC", "WA", "RE"]
    with pytest.raises(ValueError, match="4 inputs but 1 checks"):
        await verdicts(sandbox, program, inputs, checks=checks[:1])


async def test_a_check_may_be_a_coroutine_and_give_a_reason(sandbox: Sandbox) -> None:
    async def reason(stdout: bytes) -> str:
        return f"{stdout!r} is no answer"

    program = await sandbox.prepare("print(1)", "python")
    found = [execution async for execution in sandbox.run(program, [b""], checks=[reason])]
    assert (found[0].verdict, found[0].detail) == (Verdict.WA, "b'1\\n' is no answer")


@pytest.mark.parametrize("language", ["python", "cpp"])
async def test_a_source_that_does_not_compile_is_data(sandbox: Sandbox, language: str) -> None:
    program = await sandbox.prepare("int main( {", language)
    assert program.compile_error
    found = [execution async for execution in sandbox.run(program, [b"", b""])]
    assert [execution.verdict for execution in found] == [Verdict.CE, Verdict.CE]
    assert found[0].stderr.decode() == program.compile_error


async def test_a_source_with_lone_surrogates_or_nothing_in_it_is_data_too(sandbox: Sandbox) -> None:
    broken = await sandbox.prepare("x = '\ud800'", "python")
    assert broken.compile_error
    empty = await sandbox.prepare("", "python")
    assert await verdicts(sandbox, empty, [b""]) == [Verdict.RAN]


async def test_no_inputs_give_no_executions(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("print(1)", "python")
    for mode in Mode:
        assert await verdicts(sandbox, program, [], mode=mode) == []


async def test_large_inputs_and_outputs_pass_whole_and_larger_are_cut(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("import sys\nsys.stdout.write(sys.stdin.read())", "python")
    text = os.urandom(1 << 20).hex().encode()
    for mode in Mode:
        found = [execution async for execution in sandbox.run(program, [text, b"x", text], mode=mode)]
        assert [execution.stdout for execution in found] == [text, b"x", text]
    limits = evolve(default_limits("python"), output_bytes=1000)
    for mode in Mode:
        cut = await first(sandbox.run(program, [text], limits, mode))
        assert (cut.verdict, cut.stdout, cut.stdout_truncated) == (Verdict.OLE, text[:1000], True)


async def test_of_standard_error_the_end_is_kept(sandbox: Sandbox) -> None:
    program = await sandbox.prepare(
        "import sys\nfor i in range(20000): print(i, file=sys.stderr)\n1 / 0", "python"
    )
    for mode in Mode:
        found = await first(sandbox.run(program, [b""], mode=mode))
        assert len(found.stderr) == default_limits("python").stderr_bytes
        assert found.stderr.endswith(b"ZeroDivisionError: division by zero\n")


async def test_a_traceback_shows_the_line_and_nothing_of_ours(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("def f():\n    return {}['no such key']\nf()", "python")
    for mode in Mode:
        found = await first(sandbox.run(program, [b""], mode=mode))
        text = found.stderr.decode()
        assert "return {}['no such key']" in text
        assert "candidate" not in text
        assert text.count("File ") == 2
        assert (found.verdict, found.exit_code, found.detail) == (Verdict.RE, 1, "exit code 1")


@pytest.mark.parametrize(
    ("source", "verdict", "detail"),
    [
        ("import time\ntime.sleep(9)", Verdict.TLE, "idle"),
        ("while True: pass", Verdict.TLE, "cpu"),
        ("import socket\nsocket.socket()", Verdict.RE, "forbidden call: socket"),
        ("import sys\nsys.exit(5)", Verdict.RE, "exit code 5"),
        ("import ctypes\nctypes.string_at(0)", Verdict.RE, "SIGSEGV"),
    ],
)
async def test_the_detail_says_what_happened(
    sandbox: Sandbox, source: str, verdict: Verdict, detail: str
) -> None:
    program = await sandbox.prepare(source, "python")
    # A loaded machine must not change the detail.
    limits = evolve(QUICK, wall_s=0.5 if detail == "idle" else 30.0)
    for mode in Mode:
        found = await first(sandbox.run(program, [b""], limits, mode))
        assert (found.verdict, found.detail) == (verdict, detail)


async def test_an_uncaught_cpp_exception_is_sigabrt_and_too_much_memory_is_mle(sandbox: Sandbox) -> None:
    thrower = await sandbox.prepare(
        '#include <stdexcept>\nint main(){throw std::runtime_error("no");}', "cpp"
    )
    found = await first(sandbox.run(thrower, [b""]))
    assert (found.verdict, found.detail, found.signal) == (Verdict.RE, "SIGABRT", signal.SIGABRT)
    eater = await sandbox.prepare(
        "#include <vector>\nint main(){std::vector<long> v; for(;;) v.push_back(1);}", "cpp"
    )
    limits = evolve(default_limits("cpp"), memory_bytes=64 << 20)
    assert await verdicts(sandbox, eater, [b""], limits=limits) == [Verdict.MLE]


async def test_peak_memory_is_the_programs_own(sandbox: Sandbox) -> None:
    small = await sandbox.prepare('#include <cstdio>\nint main(){puts("1");}', "cpp")
    ballast = bytearray(200 << 20)
    found = await first(sandbox.run(small, [b""]))
    assert 0 < found.peak_memory_bytes < 32 << 20 < len(ballast)


async def test_closing_the_iterator_ends_what_runs_and_the_box_serves_on(each_tier: Sandbox) -> None:
    sleeper = await each_tier.prepare(
        "import time\nif input() == 'sleep': time.sleep(100)\nprint(1)", "python"
    )
    for mode in Mode:
        run = each_tier.run(sleeper, [b"go", b"sleep", b"sleep"], mode=mode)
        if mode is Mode.ISOLATED:
            assert (await anext(run)).verdict is Verdict.RAN
        else:
            task = asyncio.ensure_future(anext(run))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await run.aclose()
        assert await verdicts(each_tier, sleeper, [b"go"] * 5, mode=mode) == [Verdict.RAN] * 5


async def test_many_runs_at_once_share_the_workers(sandbox: Sandbox) -> None:
    programs = [await sandbox.prepare(f"print(int(input()) + {i})", "python") for i in range(12)]

    async def one(i: int) -> list[bytes]:
        inputs = [b"1", b"2", b"3"]
        return [
            e.stdout async for e in sandbox.run(programs[i], inputs, mode=[Mode.BATCH, Mode.ISOLATED][i % 2])
        ]

    found = await asyncio.gather(*(one(i) for i in range(12)))
    assert found == [[b"%d\n" % (i + k) for k in (1, 2, 3)] for i in range(12)]


async def test_a_batch_goes_on_alone_after_an_input_that_ends_the_process(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("import os\nn = int(input())\nif n == 2: os._exit(3)\nprint(n)", "python")
    found = [e async for e in sandbox.run(program, [b"1", b"2", b"3"], mode=Mode.BATCH)]
    assert [e.verdict for e in found] == [Verdict.RAN, Verdict.RE, Verdict.RAN]
    assert [e.mode for e in found] == [Mode.BATCH, Mode.ISOLATED, Mode.ISOLATED]


async def test_the_same_program_gives_the_same_output_each_time_whichever_worker_runs_it(
    each_tier: Sandbox,
) -> None:
    source = "import random\nprint({'a', 'b', 'c', 'd'}, hash('x'), random.random())"
    program = await each_tier.prepare(source, "python")
    found = set()
    for mode in Mode:
        found |= {e.stdout async for e in each_tier.run(program, [b""] * 12, mode=mode)}
    assert len(found) == 1


async def test_a_box_that_dies_is_replaced_and_the_candidate_is_not_blamed(cache_dir: Path) -> None:
    async with open_sandbox(workers=1, cache_dir=cache_dir) as own:
        program = await own.prepare("import time\ntime.sleep(0.5)\nprint(1)", "python")
        assert own._pool is not None

        async def kill_once() -> None:
            while not (boxes := [box for box in own._pool._alive if box._active]):  # type: ignore[union-attr]
                await asyncio.sleep(0)
            os.kill(boxes[0].pid, signal.SIGKILL)

        killer = asyncio.ensure_future(kill_once())
        assert await verdicts(own, program, [b"", b""]) == [Verdict.RAN, Verdict.RAN]
        await killer


async def test_a_box_that_dies_twice_is_our_failure(cache_dir: Path) -> None:
    async with open_sandbox(workers=1, cache_dir=cache_dir) as own:
        program = await own.prepare("import time\ntime.sleep(60)\nprint(1)", "python")
        assert own._pool is not None
        pool = own._pool

        async def kill_twice() -> None:
            killed: set[int] = set()
            while len(killed) < 2:
                for box in list(pool._alive):
                    if box._active and box.pid not in killed:
                        killed.add(box.pid)
                        os.kill(box.pid, signal.SIGKILL)
                await asyncio.sleep(0)

        killer = asyncio.ensure_future(kill_twice())
        assert await verdicts(own, program, [b""]) == [Verdict.IE]
        await killer
        quick = await own.prepare("print(1)", "python")
        assert await verdicts(own, quick, [b""]) == [Verdict.RAN]


async def two_batches(own: Sandbox, program: Program) -> list[asyncio.Task[list[Verdict]]]:
    """One runs and the other waits behind it in the only box."""

    async def batch() -> list[Verdict]:
        return [e.verdict async for e in own.run(program, [b"", b"", b""], mode=Mode.BATCH)]

    assert own._pool is not None
    tasks = [asyncio.ensure_future(batch()) for _ in range(2)]
    while not any(len(box._active) == 2 for box in own._pool._alive if isinstance(box, Worker)):
        await asyncio.sleep(0)
    return tasks


SLOW = "import time\ntime.sleep(0.2)\nprint(1)"


async def test_a_batch_that_waits_behind_another_is_cancelled_alone(cache_dir: Path) -> None:
    async with open_sandbox(workers=1, cache_dir=cache_dir) as own:
        program = await own.prepare(SLOW, "python")
        first, second = await two_batches(own, program)
        assert own._pool is not None
        (box,) = own._pool._alive
        second.cancel()
        assert await first == [Verdict.RAN] * 3
        await asyncio.wait({second})
        assert second.cancelled()
        first, second = await two_batches(own, program)
        first.cancel()
        assert await second == [Verdict.RAN] * 3
        assert {box} == own._pool._alive
        assert box.broken is None


async def test_a_box_that_dies_with_two_batches_in_it_loses_neither(cache_dir: Path) -> None:
    async with open_sandbox(workers=1, cache_dir=cache_dir) as own:
        program = await own.prepare(SLOW, "python")
        batches = await two_batches(own, program)
        assert own._pool is not None
        (box,) = own._pool._alive
        os.kill(box.pid, signal.SIGKILL)
        assert await asyncio.gather(*batches) == [[Verdict.RAN] * 3] * 2


async def test_after_closing_nothing_is_left(cache_dir: Path) -> None:
    def children() -> set[str]:
        done = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
        )
        return set(done.stdout.split())

    fds = len(list(Path("/proc/self/fd").iterdir()))
    async with open_sandbox(workers=2, cache_dir=cache_dir) as own:
        boxes_before = own._pool._alive if own._pool else set()
        program = await own.prepare("print(1)", "python")
        await verdicts(own, program, [b""] * 8)
        boxes = {str(box.pid) for box in boxes_before}
    assert boxes
    assert not boxes & children()
    assert len(list(Path("/proc/self/fd").iterdir())) == fds


async def test_a_closed_sandbox_says_so() -> None:
    with pytest.raises(SandboxError, match="not open"):
        await open_sandbox().prepare("print(1)", "python")


async def test_unknown_names_list_the_known_ones(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownName, match="python, cpp, c, java"):
        await sandbox.prepare("x", "cobol")
    with pytest.raises(UnknownName, match="bwrap, bundled-bwrap, userns, landlock"):
        await open_sandbox(tier="none").__aenter__()


async def test_function_style_is_for_python_and_says_so(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="function style is for Python only"):
        await sandbox.prepare("int f();", "cpp", "f")


async def test_limits_are_the_languages_own_by_default() -> None:
    assert default_limits("java").memory_bytes > default_limits("c++").memory_bytes
