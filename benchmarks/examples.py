"""S* on the ten examples with the embedded model: solved with zero-shot and with S*, and how often survivors split.

    python benchmarks/examples.py run --out benchmarks/results/examples.jsonl
    python benchmarks/examples.py run --out benchmarks/results/demo.jsonl --only split-bill --seeds 10
    python benchmarks/examples.py table benchmarks/results/examples.jsonl
    python benchmarks/examples.py table benchmarks/results/demo.jsonl
    python benchmarks/examples.py run --out benchmarks/results/time.jsonl --variants adaptive static
    python benchmarks/examples.py times benchmarks/results/time.jsonl

``times`` compares the time to decision of variants: ``adaptive`` is the default, ``static`` takes all samples at once, repairs
each failure and ends no duel early. The variants of an example run one after the other, every second example the other way round.

``run`` is resumable: what OUT holds already is not run again. Every line is one run: its journal stays in the
state folder (``sstar show RUN``). Zero-shot is the first attempt of the same samples: for one run the share of
the N first attempts that pass all hidden tests (the expected value of taking one), and whether the first of them does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import Any

from attrs import evolve

from sstar_lsp.engine.report.evidence import best_candidate, evidence_of
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Test
from sstar_lsp.service import Service
from sstar_lsp.settings import load_settings

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
VARIANTS: dict[str, dict[str, Any]] = {
    "as set": {},
    "adaptive": {"adaptive": True},
    "static": {"adaptive": False, "confidence": 1.0},
}


def statement_of(folder: Path) -> Path:
    """The problem document of an example."""
    return next(
        folder / name for name in ("problem.md", "problem.py", "problem.cpp") if (folder / name).is_file()
    )


async def passes(service: Service, state: RunState, candidate_id: str, tests: tuple[Test, ...]) -> bool:
    """Whether that candidate passes every hidden test."""
    assert state.decided is not None, "only ended runs are graded"
    picked = evolve(state, decided=evolve(state.decided, candidate_id=candidate_id))
    return all(verdict == "AC" for verdict in await service.grade(picked, tests))


async def one_run(
    service: Service, folder: Path, seed: int, model: str | None, search: dict[str, Any]
) -> dict[str, Any]:
    """Solve one example once, and grade what came of it."""
    path = statement_of(folder)
    problem, tests = read_problem(path), hidden_tests(folder / "hidden")
    layer = {"solve": {"seed": seed, **search}, "model": {"model": model} if model else {}}
    handle = await service.solve(problem, load_settings(None, command_line=layer, environ={}), str(path.name))
    state = await handle.wait()
    return await graded(service, handle.run_id, state, folder.name, seed, tests)


async def graded(
    service: Service, run_id: str, state: RunState, example: str, seed: int, tests: tuple[Test, ...]
) -> dict[str, Any]:
    """A row of results: how an ended run ended, and what the hidden tests say of its programs."""
    evidence = evidence_of(state)
    first = [f"c{number}" for number in range(1, state.settings.samples + 1)]
    right_first = [c for c in first if c in state.candidates and await passes(service, state, c, tests)]
    right_clusters = [c.id for c in state.clusters if await passes(service, state, c.members[0], tests)]
    chosen = best_candidate(state)
    return {
        "example": example,
        "seed": seed,
        "run": run_id,
        "status": evidence.status.value,
        "solved": chosen is not None and await passes(service, state, chosen.id, tests),
        "zero_shot": first[0] in right_first,
        "first_attempts_right": len(right_first),
        "samples": state.settings.samples,
        "survivors": evidence.survivors,
        "clusters": [[c.id, c.size, round(c.belief, 3)] for c in evidence.clusters],
        "right_clusters": right_clusters,
        "chosen_cluster": evidence.cluster,
        "deciding": [[d.input, [[o.cluster, o.output] for o in d.outputs]] for d in evidence.deciding_inputs],
        "inputs": [evidence.inputs_valid, evidence.inputs_rejected],
        "calls": evidence.calls,
        "tokens": [evidence.usage.prompt_tokens, evidence.usage.completion_tokens],
        "seconds": evidence.seconds,
        "model": evidence.models.get("writer", ""),
    }


async def run(asked: argparse.Namespace) -> None:
    """All wanted runs that ``out`` does not hold yet."""
    out: Path = asked.out
    places = asyncio.Semaphore(asked.side_by_side)
    out.parent.mkdir(parents=True, exist_ok=True)
    done = {(row["example"], row["seed"], row.get("variant", "as set")) for row in read(out)}
    folders = sorted(folder for folder in EXAMPLES.iterdir() if (folder / "hidden").is_dir())
    folders = [folder for folder in folders if not asked.only or folder.name in asked.only]
    wanted = [
        (folder, seed, variant)
        for seed in range(asked.seeds)
        for number, folder in enumerate(folders)
        for variant in (asked.variants if number % 2 == 0 else reversed(asked.variants))
    ]
    limits = {"max_tokens": asked.max_tokens} if asked.max_tokens else {}

    async def one(service: Service, folder: Path, seed: int, variant: str) -> None:
        async with places:
            row = await one_run(service, folder, seed, asked.model, {**VARIANTS[variant], **limits})
        row |= {"side_by_side": asked.side_by_side, "variant": variant}
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        ended = "solved" if row["solved"] else "-"
        clusters = f"{len(row['clusters'])} clusters"
        print(
            time.strftime("%H:%M:%S"),
            *(row["example"], seed, variant, row["status"], ended, clusters, row["seconds"]),
            flush=True,
        )

    async with Service() as service, asyncio.TaskGroup() as group:
        for folder, seed, variant in wanted:
            if (folder.name, seed, variant) not in done:
                group.create_task(one(service, folder, seed, variant))


def read(path: Path) -> list[dict[str, Any]]:
    """Rows of a results file; none where there is no file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def table(path: Path) -> str:
    """The results as Markdown."""
    rows = read(path)
    lines = [
        "| example | seed | status | first attempts right | zero-shot | S* | survivors | clusters (right) | calls | tokens in + out | s |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        sizes = " / ".join(f"{name} {size}" for name, size, _ in row["clusters"]) or "none"
        right = ", ".join(row["right_clusters"]) or "none"
        lines.append(
            f"| {row['example']} | {row['seed']} | {row['status']} | {row['first_attempts_right']} of {row['samples']} "
            f"| {'yes' if row['zero_shot'] else 'no'} | {'yes' if row['solved'] else 'no'} | {row['survivors']} "
            f"| {sizes} ({right}) | {row['calls']} | {row['tokens'][0]} + {row['tokens'][1]} | {row['seconds']:.0f} |"
        )
    count = len(rows)
    expected = sum(row["first_attempts_right"] / row["samples"] for row in rows)
    lines += [
        "",
        f"{count} runs: zero-shot solved {sum(r['zero_shot'] for r in rows)} (expected over all samples {expected:.1f}), "
        f"S* solved {sum(r['solved'] for r in rows)}, "
        f"a right cluster existed in {sum(bool(r['right_clusters']) for r in rows)}; "
        f"two or more clusters in {sum(len(r['clusters']) > 1 for r in rows)}; "
        f"median {sorted(r['seconds'] for r in rows)[count // 2]:.0f} s."
        if rows
        else "no runs yet",
    ]
    return "\n".join(lines)


def times(path: Path) -> str:
    """Time to decision of each variant on the examples that all of them have ended."""
    rows = read(path)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["variant"], {})[f"{row['example']} {row['seed']}"] = row
    common = sorted(set.intersection(*(set(by_run) for by_run in found.values()))) if found else []
    lines = [
        "| variant | runs | seconds, median | 90 % | longest | solved | calls | tokens in + out |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for variant, by_run in found.items():
        runs = [by_run[name] for name in common]
        seconds = sorted(row["seconds"] for row in runs)
        late = seconds[min(len(seconds) - 1, -(-9 * len(seconds) // 10) - 1)] if seconds else 0
        lines.append(
            f"| {variant} | {len(runs)} | {statistics.median(seconds) if seconds else 0:.0f} | {late:.0f} "
            f"| {max(seconds, default=0):.0f} | {sum(row['solved'] for row in runs)} | {sum(row['calls'] for row in runs)} "
            f"| {sum(row['tokens'][0] for row in runs)} + {sum(row['tokens'][1] for row in runs)} |"
        )
    if len(found) == 2 and common:
        first, second = found.values()
        ratios = sorted(first[name]["seconds"] / second[name]["seconds"] for name in common)
        lines += [
            "",
            f"{' over '.join(found)}, run by run: median {statistics.median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}.",
        ]
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("run", help="run what is missing in OUT")
    running.add_argument("--out", type=Path, required=True)
    running.add_argument("--only", nargs="*", default=[], help="names of examples")
    running.add_argument("--seeds", type=int, default=1)
    running.add_argument("--model", default=None)
    running.add_argument(
        "--side-by-side", type=int, default=1, help="runs that share the model server (times grow)"
    )
    running.add_argument("--variants", nargs="+", choices=VARIANTS, default=["as set"])
    running.add_argument("--max-tokens", type=int, default=None, help="of one program")
    comparing = commands.add_parser("times", help="compare the time to decision of variants")
    comparing.add_argument("results", type=Path)
    printing = commands.add_parser("table", help="print the Markdown table of a results file")
    printing.add_argument("results", type=Path)
    arguments = parser.parse_args()
    match arguments.command:
        case "run":
            asyncio.run(run(arguments))
        case "times":
            print(times(arguments.results))
        case _:
            print(table(arguments.results))


if __name__ == "__main__":
    main()
