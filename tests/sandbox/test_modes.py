"""Batch and isolated say the same of every program that keeps no state between its inputs."""

# ruff: noqa: ASYNC240  (reads small files of ours)
from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.reader import read_problem
from sstar_sandbox import Execution, Limits, Mode, Program, Sandbox, Verdict, comparator_named, default_limits
from sstar_sandbox.conformance.catalogue import CASES
from sstar_sandbox.records import MIB

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXAMPLES = Path(__file__).parents[2] / "examples"
SOURCES = sorted((*EXAMPLES.glob("*/reference.py"), *EXAMPLES.glob("*/wrong_*.py")))
ROOMY = Limits(wall_s=30.0, cpu_s=10.0, output_bytes=MIB)

AWKWARD = {
    "fails on some inputs": "n = int(input())\nprint(10 // n)",
    "exits with its input": "import sys\nsys.exit(int(input() or 0) % 3)",
    "exits with a text": "import sys\nsys.exit('no' if input() == '0' else None)",
    "ends the process at once": "import os\nif input() == '0': os._exit(7)\nprint(1)",
    "crashes on some inputs": "import ctypes\nif input() == '0': ctypes.string_at(0)\nprint(1)",
    "raises on the way out": "import atexit\natexit.register(lambda: 1 / int(X))\nX = input()\nprint(X)",
    "says much on both streams": "import sys\nfor i in range(2000):\n    print(i)\n    print(i, file=sys.stderr)",
    "writes too much on some inputs": "n = input()\nprint('x' * (2 << 20 if n == '0' else 5))",
    "writes bytes that are no text": "import os\nos.write(1, bytes(range(256)))",
    "writes without a newline": "import sys\nsys.stdout.write(input())",
    "leaves a thread": "import threading\nthreading.Thread(target=lambda: print(input())).start()",
    "leaves a sleeping daemon": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint(1)",
    "replaces the streams": "import io, sys\nsys.stdout = io.StringIO()\nprint('lost')\nsys.stdout = sys.__stdout__\nprint(input())",
    "closes standard output": "import sys\nprint(input())\nsys.stdout.close()",
    "closes descriptor 1": "import os\nprint(input(), flush=True)\nos.close(1)",
    "reads past the end": "import sys\nprint(sys.stdin.read(), sys.stdin.read(), end='')",
    "reads nothing": "print(5)",
    "uses random and hashes": "import random\nprint(random.random(), hash('x'), {'b', 'a', 'c'})",
    "needs a deep stack": "import sys\nsys.setrecursionlimit(10**6)\nf = lambda n: 0 if n == 0 else 1 + f(n - 1)\nprint(f(5000))",
    "recurses for ever": "def f(): return f()\nf()",
    "asks for too much memory": "x = bytearray(1 << 40)",
    "waits for ever on some inputs": "import time\nif input() == '0': time.sleep(100)\nprint(1)",
    "makes a forbidden call": "import socket\nif input() == '0': socket.socket()\nprint(1)",
    "is interrupted by itself": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nprint(input())",
    "changes the signal handlers": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.alarm(100)\nprint(input())",
    "imports what does not exist": "import nothing_of_this_name",
    "is empty": "",
}
INPUTS = [b"1\n", b"0\n", b"2\n", b"", b"x\n", b"3", "ü\n".encode(), b"\xff\n"]


async def seen(
    sandbox: Sandbox,
    program: Program,
    inputs: list[bytes],
    limits: Limits,
    mode: Mode,
    comparator: str | None = None,
) -> list[tuple[object, ...]]:
    """All of an execution but what may differ: times, memory, the mode itself."""
    same = comparator_named(comparator) if comparator else None
    checks = [same.check(b"1") for _ in inputs] if same else None

    def essence(one: Execution) -> tuple[object, ...]:
        quiet = one.verdict in {Verdict.TLE, Verdict.MLE, Verdict.OLE}  # stopped at some moment
        return (
            one.verdict,
            one.detail,
            one.exit_code,
            one.signal,
            b"" if quiet else one.stdout,
            one.stdout_truncated,
        )

    return [essence(one) async for one in sandbox.run(program, inputs, limits, mode, checks)]


@pytest.mark.parametrize("name", AWKWARD)
async def test_an_awkward_program_is_judged_alike(sandbox: Sandbox, name: str) -> None:
    program = await sandbox.prepare(AWKWARD[name], "python")
    limits = evolve(ROOMY, wall_s=2.0) if "waits" in name else ROOMY
    both = [await seen(sandbox, program, INPUTS, limits, mode, "tokens") for mode in Mode]
    assert both[0] == both[1]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.stem}")
async def test_the_programs_of_our_examples_are_judged_alike(sandbox: Sandbox, source: Path) -> None:
    (statement,) = source.parent.glob("problem.*")
    problem = read_problem(statement)
    tests = [test for test in (*problem.public_tests, *hidden_tests(source.parent)) if len(test.input) < 4096]
    inputs = [test.input.encode() for test in tests if "$check" not in test.input]
    program = await sandbox.prepare(source.read_text("utf-8"), "python", problem.entry_point)
    both = [await seen(sandbox, program, inputs, ROOMY, mode) for mode in Mode]
    assert both[0] == both[1]
    assert len(inputs) >= 10


@pytest.mark.parametrize("language", ["python", "cpp"])
async def test_every_honest_program_of_the_suite_is_judged_alike(sandbox: Sandbox, language: str) -> None:
    inputs = [b"3\n4\n", b"10\n-4\n", b"", b"x\ny\n"]
    for case in CASES:
        if case.group == "legitimate" and case.language == language:
            program = await sandbox.prepare(case.source, language)
            both = [await seen(sandbox, program, inputs, case.limits, mode) for mode in Mode]
            assert both[0] == both[1], case.name


async def test_function_style_is_judged_alike(sandbox: Sandbox) -> None:
    source = "def f(x):\n    if x == 0: raise ValueError('zero')\n    print('noise')\n    return {x, -x}, (x, None), float('inf')"
    program = await sandbox.prepare(source, "python", "f")
    inputs = [b"[1]", b"[0]", b"[2]", b"[]", b"not json", b'[{"$set": [1]}]']
    both = [await seen(sandbox, program, inputs, default_limits("python"), mode) for mode in Mode]
    assert both[0] == both[1]


async def test_one_input_over_the_memory_limit_costs_only_itself_in_a_batch(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("n = int(input())\nx = b'x' * (n << 20)\nprint(len(x) >> 20)", "python")
    limits = evolve(ROOMY, memory_bytes=64 * MIB)
    found = [one async for one in sandbox.run(program, [b"1", b"200", b"2"], limits, Mode.BATCH)]
    assert [one.verdict for one in found] == [Verdict.RAN, Verdict.MLE, Verdict.RAN]
    assert [one.stdout for one in found[::2]] == [b"1\n", b"2\n"]


async def test_a_failure_after_another_input_took_much_memory_is_judged_by_its_own(sandbox: Sandbox) -> None:
    source = "n = int(input())\nx = b'x' * (n << 20)\nif n == 0: raise MemoryError('not really')\nprint(n)"
    program = await sandbox.prepare(source, "python")
    limits = evolve(ROOMY, memory_bytes=128 * MIB)
    both = [await seen(sandbox, program, [b"60", b"0", b"1"], limits, mode) for mode in Mode]
    assert both[0] == both[1]
    assert [one[0] for one in both[0]] == [Verdict.RAN, Verdict.RE, Verdict.RAN]


async def test_inputs_that_together_take_longer_than_one_may_are_all_judged(sandbox: Sandbox) -> None:
    source = "import time\nend = time.thread_time() + float(input())\nwhile time.thread_time() < end: pass\nprint(1)"
    program = await sandbox.prepare(source, "python")
    limits = evolve(ROOMY, cpu_s=0.5)
    found = [
        one async for one in sandbox.run(program, [b"0.2", b"0.2", b"0.2", b"2", b"0"], limits, Mode.BATCH)
    ]
    verdicts = [Verdict.RAN, Verdict.RAN, Verdict.RAN, Verdict.TLE, Verdict.RAN]
    assert [one.verdict for one in found] == verdicts
    assert [one.mode for one in found][:2] == [Mode.BATCH] * 2
    assert [one.mode for one in found][2:] == [Mode.ISOLATED] * 3


async def test_times_that_a_program_forges_in_a_batch_are_measured_again(sandbox: Sandbox) -> None:
    source = (
        "import time\nused = time.process_time\n"
        "if used() < 0.3:\n    while used() < 0.3: pass\n"
        "for name in ('thread_time', 'perf_counter', 'process_time'):\n"
        "    setattr(time, name, lambda still=getattr(time, name)(): still)\n"
        "    if name != 'perf_counter': setattr(time, name, lambda: 1e-9)\n"
        "print(1)"
    )
    program = await sandbox.prepare(source, "python")
    found = [one async for one in sandbox.run(program, [b"", b""], ROOMY, Mode.BATCH)]
    assert [one.verdict for one in found] == [Verdict.RAN] * 2
    assert found[0].cpu_s > 0.25
    assert {one.mode for one in found} == {Mode.ISOLATED}
