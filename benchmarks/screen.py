"""Which problems does a small model solve sometimes? Only there a way to choose matters on live samples.

    python benchmarks/screen.py run --data $DATA/stdio_easy.jsonl $DATA/stdio_reserve.jsonl \\
        --record benchmarks/results/stdin-replies.jsonl --out benchmarks/results/stdin-screened.jsonl
    python benchmarks/screen.py pick --data $DATA/stdio_easy.jsonl $DATA/stdio_reserve.jsonl \\
        --screened benchmarks/results/stdin-screened.jsonl --out picked.jsonl
    python benchmarks/screen.py join replies-1.jsonl replies-2.jsonl --out replies.jsonl

``run`` samples each problem as ``sstar bench -n 8 --draws 1`` does (same prompts, same seeds, same ``--record``), so that the
bench pays none of these samples again. It is resumable: what OUT holds already is not screened again. Problems whose
reference is short come first. ``pick`` writes the problems that some samples solve and some do not.
``join`` puts recordings together, each reply once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sstar_lsp.bench.data.datasets import load_problems
from sstar_lsp.bench.execution_cache import CachedExecutor, ExecutionStore
from sstar_lsp.bench.model_source import ModelChoice, models_of
from sstar_lsp.bench.records import BenchProblem
from sstar_lsp.bench.selectors.draw_context import Workbench
from sstar_lsp.bench.selectors.live import live_stage
from sstar_lsp.errors import ModelError, ModelStalled
from sstar_lsp.models.protocol import Models
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import open_sandbox


def read(path: Path) -> list[dict[str, Any]]:
    """Rows of a file of JSON lines; none where there is no file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def effort(row: dict[str, Any]) -> float:
    """About how many seconds eight samples take: long programs are slow to write, and seldom right.

    A problem whose essential figure is missing from the text comes last.
    """
    shortest = min((len(s["code"]) for s in row.get("reference_solutions") or []), default=2000)
    seconds = 0.09 * row.get("ref_code_chars", shortest) + 0.004 * len(row["statement"])
    return float(seconds + 1000 * bool(row.get("essential_image")))


def ordered(files: Iterable[Path]) -> list[BenchProblem]:
    """The problems of all files, those of least effort first."""
    efforts = {row["id"]: effort(row) for path in files for row in read(path)}
    problems = [problem for path in files for problem in load_problems(path)]
    return sorted(problems, key=lambda problem: efforts[problem.id])


async def screened(
    problem: BenchProblem, settings: SolveSettings, models: Models, executor: CachedExecutor
) -> dict[str, Any]:
    """A row: how many of the samples pass the hidden tests."""
    begun = time.monotonic()
    stage = await live_stage(Workbench.of(problem, executor, 0, settings.seed), settings, models)
    first = stage.first_attempts
    cost = stage.cost
    if cost.calls < settings.samples:
        raise ModelStalled(f"only {cost.calls} of {settings.samples} samples came.")
    return {
        "id": problem.id,
        "right": sum(bool(c.right) for c in first),
        "survivors": sum(c.survives for c in first),
        "samples": settings.samples,
        "tokens": [cost.tokens_in, cost.tokens_out],
        "seconds": round(time.monotonic() - begun, 1),
    }


async def run(asked: argparse.Namespace) -> None:
    """Screen what OUT does not hold yet, until all is done or the time is up."""
    done = {row["id"] for row in read(asked.out)}
    waiting = [problem for problem in ordered(asked.data) if problem.id not in done]
    settings = SolveSettings(samples=asked.samples, rounds=0, max_tokens=asked.max_tokens, temperature=0.7)
    ends = time.monotonic() + asked.minutes * 60
    store = ExecutionStore(asked.cache)
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(open_sandbox(workers=2))
        models = await models_of(ModelChoice(asked.model, record=asked.record), stack, print)
        assert models is not None, "screening is asking a model"
        executor = CachedExecutor(sandbox, store)

        async def worker() -> None:
            while waiting and time.monotonic() < ends:
                problem = waiting.pop(0)
                try:
                    row = await screened(problem, settings, models, executor)
                except (
                    ModelError
                ) as error:  # a busy machine: what was recorded is kept, the rest is asked again
                    print(time.strftime("%H:%M:%S"), problem.id, error, flush=True)
                    waiting.insert(0, problem)
                    continue
                with asked.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                print(time.strftime("%H:%M:%S"), row, flush=True)

        async with asyncio.TaskGroup() as group:
            for _ in range(asked.at_once):
                group.create_task(worker())
    store.close()
    print(told(read(asked.out)))


def told(rows: list[dict[str, Any]]) -> str:
    """The result in a line."""
    some = sum(0 < row["right"] < row["samples"] for row in rows)
    never, always = (sum(row["right"] == share * row["samples"] for row in rows) for share in (0, 1))
    return f"{len(rows)} screened: {some} solved by some samples, {always} by all, {never} by none"


def pick(asked: argparse.Namespace) -> None:
    """Write the problems that some samples solve and some do not."""
    found = read(asked.screened)
    wanted = [row["id"] for row in found if 0 < row["right"] < row["samples"]]
    rows = {row["id"]: row for path in asked.data for row in read(path)}
    picked = wanted[asked.skip :] if asked.limit is None else wanted[asked.skip :][: asked.limit]
    asked.out.write_text("".join(json.dumps(rows[name]) + "\n" for name in picked), "utf-8")
    print(f"{told(found)}; {len(picked)} written")


def join(asked: argparse.Namespace) -> None:
    """Write all replies of several recordings, each once."""
    replies = {}
    for path in asked.recordings:
        for line in path.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):  # a line that is being written
                replies.setdefault(json.loads(line)["key"], line)
    asked.out.write_text("".join(f"{line}\n" for line in replies.values()), "utf-8")
    print(f"{len(replies)} replies")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run", help="screen what OUT does not hold yet")
    running.set_defaults(act=lambda asked: asyncio.run(run(asked)))
    running.add_argument("--data", type=Path, nargs="+", required=True)
    running.add_argument("--record", type=Path, required=True, help="file of the model's replies")
    running.add_argument("--out", type=Path, required=True)
    running.add_argument("--cache", type=Path, default=None, help="file of executions")
    running.add_argument("--model", default="1.5b")
    running.add_argument("--samples", type=int, default=8)
    running.add_argument("--max-tokens", type=int, default=512)
    running.add_argument("--at-once", type=int, default=3, help="problems side by side")
    running.add_argument("--minutes", type=float, default=600, help="begin no problem after so long")
    picking = commands.add_parser("pick", help="write the problems that are solved sometimes")
    picking.set_defaults(act=pick)
    picking.add_argument("--data", type=Path, nargs="+", required=True)
    picking.add_argument("--screened", type=Path, required=True)
    picking.add_argument("--out", type=Path, required=True)
    picking.add_argument("--skip", type=int, default=0)
    picking.add_argument("--limit", type=int, default=None)
    joining = commands.add_parser("join", help="put recordings together")
    joining.set_defaults(act=join)
    joining.add_argument("recordings", type=Path, nargs="+")
    joining.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.act(asked)


if __name__ == "__main__":
    main()
