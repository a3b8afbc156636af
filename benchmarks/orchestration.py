"""What the engine itself costs: wall time against the critical path, and two hundred runs in one process.

    python benchmarks/orchestration.py path     # a model of fixed delays: wall time by critical path
    python benchmarks/orchestration.py crowd    # 200 runs side by side: memory, and what they leave behind

No model is needed. ``path`` replaces the sandbox too, so that nothing but the engine takes time; ``crowd`` runs
real programs in the real sandbox and keeps a real journal.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from attrs import define, evolve

from sstar_lsp.engine.run.state import RunState, apply
from sstar_lsp.engine.solve import solve
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.records import Message, Problem, Sampling, Test
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service
from sstar_lsp.settings import Settings, SolveSettings
from sstar_sandbox import (
    CompilerOptions,
    Execution,
    FileIO,
    Limits,
    Mode,
    Offering,
    Program,
    Verdict,
    open_sandbox,
)

PROBLEM = Problem(
    title="Twice",
    statement="# Twice\n\nGiven n and n integers, print the sum of all of them, twice.\n\n1 ≤ n ≤ 9.\n",
    public_tests=(Test("3\n1 -1 2\n", "4\n"), Test("2\n5 5\n", "20\n")),
)
RIGHT = "n = int(input())\nprint(2 * sum(map(int, input().split())))\n"
ABSOLUTE = "n = int(input())\nprint(abs(2 * sum(map(int, input().split()))))\n"
BROKEN = "n = int(input())\nprint(sum(map(int, input().split())))\n"


def sample_of(seed: int | None) -> tuple[int, int]:
    """Sample and round of a request of stage 1, as the engine numbers its seeds."""
    return divmod((seed or 0) % 100_000, 100)


def is_stage_one(messages: Sequence[Message]) -> bool:
    """Whether a program is asked for (written or repaired)."""
    return "Answer with one code block" in messages[0].content


# --- wall time against the critical path ----------------------------------------------------------


@define
class Scenario:
    """What the scripted model says, and how long it takes for it."""

    name: str
    programs: Sequence[str]
    """By sample, first attempts; a broken one is repaired by its first repair."""
    delays: Sequence[float]
    """Seconds, by sample; a repair takes as long as its sample."""
    other_s: float
    """Seconds of every other request."""
    settings: SolveSettings
    needed: Sequence[int]
    """Samples whose results the decision needs."""

    def program(self, messages: Sequence[Message], sampling: Sampling) -> str:
        """The reply to a request."""
        if not is_stage_one(messages):
            return "```\n2\n-3 -4\n```\nANSWER: 1\n"
        sample, round_ = sample_of(sampling.seed)
        code = RIGHT if round_ else self.programs[sample - 1]
        return f"```python\n{code}```\n"

    def delay(self, call: Call) -> float:
        """Seconds of a request."""
        return (
            self.delays[sample_of(call.sampling.seed)[0] - 1] if is_stage_one(call.messages) else self.other_s
        )

    def stage_one(self) -> float:
        """Seconds of the longest needed chain: a sample, and its repair where it is broken."""
        return max(self.delays[s - 1] * (2 if self.programs[s - 1] == BROKEN else 1) for s in self.needed)


SCENARIOS = (
    Scenario(
        "unanimous, in waves",
        [RIGHT] * 8,
        [0.9, 0.6, 0.8, 2.5, 9, 9, 9, 9],
        0.5,
        SolveSettings(language="python", samples=8, rounds=2),
        [1, 2, 3],
    ),
    Scenario(
        "unanimous, all at once",
        [RIGHT] * 8,
        [0.9, 0.6, 0.8, 1.0, 0.7, 1.2, 0.9, 1.1],
        0.5,
        SolveSettings(language="python", samples=8, rounds=2, adaptive=False),
        range(1, 9),
    ),
    Scenario(
        "repairs beside samples",
        [BROKEN, RIGHT, RIGHT, BROKEN, RIGHT, RIGHT, BROKEN, RIGHT],
        [0.6, 1.0, 1.4, 0.5, 1.5, 0.4, 0.9, 1.3],
        0.5,
        SolveSettings(language="python", samples=8, rounds=2, adaptive=False),
        range(1, 9),
    ),
    Scenario(
        "two behaviours, a duel",
        [RIGHT, ABSOLUTE, RIGHT, ABSOLUTE, RIGHT, ABSOLUTE, RIGHT, RIGHT],
        [0.9, 0.6, 0.8, 1.0, 0.7, 1.2, 0.9, 1.1],
        0.5,
        SolveSettings(language="python", samples=8, rounds=2, adaptive=False),
        range(1, 9),
    ),
)


class InstantExecutor:
    """Knows the three programs; takes no time."""

    async def offering(self, language: str, compiler: CompilerOptions) -> Offering:
        """The standard library."""
        del language, compiler
        return Offering()

    async def prepare(
        self, source: str, language: str, entry_point: str | None, compiler: CompilerOptions
    ) -> Program:
        """The program as it is."""
        del compiler
        return Program(language, source, entry_point, digest=source, compile_error=None)

    async def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits | None = None,
        mode: Mode = Mode.ISOLATED,
        *,
        files: FileIO | None = None,
    ) -> AsyncIterator[Execution]:
        """What the program would print."""
        del limits, mode, files
        for given in inputs:
            total = sum(map(int, given.split()[1:]))
            said = {RIGHT: 2 * total, ABSOLUTE: abs(2 * total), BROKEN: total}[program.digest]
            output = f"{said}\n".encode()
            yield Execution(
                *(Verdict.RAN, "", 0.0, 0.0, 0, "none", 0, None, output, False, b"", "none", Mode.ISOLATED)
            )


class Forgetful:
    """A journal that keeps nothing."""

    async def record(self, event: object) -> None:
        """Nothing to keep."""


def longest_chain(intervals: Sequence[tuple[float, float]]) -> int:
    """How many of these follow one another, at most."""
    count, free = 0, 0.0
    for begun, ended in sorted(intervals, key=lambda interval: interval[1]):
        if begun >= free:
            count, free = count + 1, ended
    return count


async def timed(scenario: Scenario) -> tuple[float, float, int, str]:
    """Wall time and critical path in seconds, requests, and how the run ended."""
    others: list[tuple[float, float]] = []
    waited: set[int] = set()

    async def wait(call: Call) -> None:
        if id(call) in waited:  # the delay is the request's, not that of each piece
            return
        waited.add(id(call))
        begun = time.monotonic()
        await asyncio.sleep(scenario.delay(call))
        if not is_stage_one(call.messages):
            others.append((begun, time.monotonic()))

    model = ScriptedModel(scenario.program, before_piece=wait, piece_tokens=10_000)
    models = Models.all_the_same(model)
    state = RunState()
    begun = time.monotonic()
    async for event in solve(PROBLEM, scenario.settings, models, InstantExecutor(), Forgetful()):  # type: ignore[arg-type]
        state = apply(state, event)
    wall = time.monotonic() - begun
    path = scenario.stage_one() + scenario.other_s * longest_chain(others)
    assert state.decided is not None
    return wall, path, len(model.calls), state.decided.status.value


async def path() -> bool:
    """Print the table; whether every ratio holds."""
    print("| scenario | requests | critical path s | wall s | ratio | ended |")
    print("|---|---|---|---|---|---|")
    worst = 0.0
    for scenario in SCENARIOS:
        wall, ideal, calls, ended = await timed(scenario)
        worst = max(worst, wall / ideal)
        print(
            f"| {scenario.name} | {calls} | {ideal:.2f} | {wall:.3f} | {wall / ideal:.3f} | {ended} |",
            flush=True,
        )
    print(f"\nworst ratio {worst:.3f} (aimed at: 1.05)")
    return worst <= 1.05


# --- many runs in one process ---------------------------------------------------------------------


def memory_mb(pid: int | str = "self", field: str = "VmRSS") -> float:
    """Resident memory of a process; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:")), 0.0)


def descendants() -> list[int]:
    """Processes below this one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
                )
            except OSError:
                continue
    found, frontier = [], [os.getpid()]
    while frontier:
        frontier = [pid for pid, parent in parents.items() if parent in frontier]
        found += frontier
    return found


def open_files() -> int:
    """Descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # a Path would hold one more


async def crowd(runs: int) -> bool:
    """Runs side by side; whether memory held and nothing was left."""

    async def wait(_call: Call) -> None:
        await asyncio.sleep(0.02)

    behind: dict[str, tuple[int, int]] = {}
    tasks, files, processes = len(asyncio.all_tasks()), open_files(), len(descendants())
    settings = Settings(solve=SolveSettings(language="python", samples=8, rounds=1, seed=0))
    scenario = evolve(SCENARIOS[3], programs=[RIGHT, ABSOLUTE, BROKEN, RIGHT, ABSOLUTE, RIGHT, RIGHT, BROKEN])
    boxes_mb = 0.0
    with tempfile.TemporaryDirectory() as folder:
        model = ScriptedModel(scenario.program, before_piece=wait)
        async with open_sandbox(workers=2) as sandbox:
            door = Service(RunStore(Path(folder)), models=Models.all_the_same(model), executor=sandbox)
            async with door:
                begun = time.monotonic()
                handles = [await door.solve(PROBLEM, settings) for _ in range(runs)]
                waiting = asyncio.gather(*(handle.wait() for handle in handles))
                while not waiting.done():
                    boxes_mb = max(boxes_mb, sum(memory_mb(pid) for pid in descendants()))
                    await asyncio.wait({waiting}, timeout=1)
                states = await waiting
                wall = time.monotonic() - begun
                kept = len(door.runs)
        del handles, waiting
    await asyncio.sleep(0)
    gc.collect()
    behind["tasks"] = tasks, len(asyncio.all_tasks())
    behind["open files"] = files, open_files()
    behind["processes"] = processes, len(descendants())
    statuses = sorted({state.decided.status.value for state in states if state.decided})
    peak = memory_mb(field="VmHWM")
    print("| what | value |\n|---|---|")
    print(f"| runs side by side | {runs}, ended {', '.join(statuses)} |")
    print(f"| wall | {wall:.1f} s, {len(model.calls)} requests |")
    print(f"| peak memory of the process | {peak:.0f} MB (aimed at: 500) |")
    print(f"| peak memory of the sandbox's processes, together | {boxes_mb:.0f} MB |")
    print(f"| handles of ended runs that the service keeps | {kept} |")
    for name, (before, after) in behind.items():
        print(f"| {name} before, after | {before}, {after} |")
    left = any(after > before for before, after in behind.values())
    return peak < 500 and not left


def main() -> None:
    """Run what was asked for; exit code 1 where an aim is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("path", "crowd"))
    parser.add_argument("--runs", type=int, default=200, help="of crowd (default 200)")
    arguments = parser.parse_args()
    holds = asyncio.run(path() if arguments.what == "path" else crowd(arguments.runs))
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
