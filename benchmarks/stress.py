"""How often ``sstar stress`` finds an input on which a wrong program differs from a right one, without a model, and how soon.

    python benchmarks/stress.py planted --out benchmarks/results/stress-planted.jsonl
    python benchmarks/stress.py packages PACKAGES.jsonl --out packages-stress.jsonl
    python benchmarks/stress.py table benchmarks/results/stress-planted.jsonl

``planted``: thirty wrong programs in ``benchmarks/planted``, three for each of ten kinds of problems, each passing the
examples; the command line as a person runs it. ``valid.py`` of a problem, which the search does not see, says whether the found
input is legal. ``packages``: wrong submissions against the first accepted one, in a file with programs and validators
(docs/bench.md); again the validators only judge what was found. Both are resumable: what OUT holds is not run again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

from examples import read
from sstar_lsp.bench.data.datasets import load_problems
from sstar_lsp.bench.data.input_validators import NoValidator, Validators
from sstar_lsp.bench.data.pools import ANY, own_pool, runnable
from sstar_lsp.bench.records import BenchProblem, PoolProgram
from sstar_lsp.engine.run.execution.executions import Executions, limits_of
from sstar_lsp.stress.legality import statement
from sstar_lsp.stress.search import Search, Side
from sstar_lsp.stress.sources import made_waves
from sstar_sandbox import Sandbox, open_sandbox

PLANTED = Path(__file__).parent / "planted"
Row = dict[str, Any]


def planted(seconds: float, seed: int, done: set[tuple[str, str]]) -> Iterator[Row]:
    """A row for each planted bug."""
    for folder in sorted(PLANTED.iterdir()):
        for wrong in sorted(folder.iterdir()):
            if wrong.stem in {"problem", "right", "valid"} or (folder.name, wrong.name) in done:
                continue
            command = [
                sys.executable,
                "-m",
                "sstar_lsp",
                "stress",
                folder / "right.py",
                wrong,
                "--no-save",
                "--json",
            ]
            begun = time.monotonic()
            told = subprocess.run(
                [*command, "--seconds", str(seconds), "--seed", str(seed)],
                stdout=subprocess.PIPE,
                check=False,
            )
            took = time.monotonic() - begun
            assert told.returncode in {0, 16}, told.returncode
            answer = json.loads(told.stdout)
            text = answer.get("input")
            valid = text is not None and subprocess.run(
                [sys.executable, folder / "valid.py"],
                input=text.encode(),
                stderr=subprocess.DEVNULL,
                check=False,
            )
            yield {
                "problem": folder.name,
                "wrong": wrong.name,
                "found": answer["differ"],
                "by_example": bool(answer.get("example")),
                "seconds": round(took, 2),
                "tried": answer["tried"],
                "legal": valid.returncode == 0 if valid else None,
                "input": text if text is None or len(text) < 500 else f"{text[:500]} … {len(text)} characters",
                "size": None if text is None else len(text),
            }  # fmt: skip


async def packages(
    path: Path, seconds: float, seed: int, done: set[tuple[str, str]]
) -> AsyncGenerator[Row, None]:
    """A row for each wrong program of each problem that has a right one."""
    problems = load_problems(path)
    pool, _ = runnable(own_pool(problems), ANY)
    async with open_sandbox(2) as sandbox:
        for problem in problems:
            programs = pool.get(problem.id, ())
            executions = Executions(sandbox, problem.problem)
            right = next(
                filter(None, [await ready(executions, each, "right") for each in programs if each.right]),
                None,
            )
            if right is None:
                print(problem.id, "no right program can be run here", file=sys.stderr)
                continue
            validators = await validators_of(sandbox, problem)
            for number, program in enumerate(programs):
                if not program.right and (problem.id, str(number)) not in done:
                    row = await compared(problem, executions, right, program, seconds, seed)
                    text = row.pop("text", None)
                    legal = (
                        None
                        if text is None or validators is None
                        else await validators.why_illegal(text) is None
                    )
                    yield {"problem": problem.id, "wrong": str(number), **row, "legal": legal}


async def ready(executions: Executions, program: PoolProgram, name: str) -> Side | None:
    """A recorded program, compiled; None where it does not compile here."""
    made = await executions.prepare(program.code, program.language)
    return None if made.compile_error else Side(name, made, limits_of(executions.problem, program.language))


async def validators_of(sandbox: Sandbox, problem: BenchProblem) -> Validators | None:
    """The package's own validators; None where there are none that run."""
    try:
        return await Validators.prepare(sandbox, problem)
    except NoValidator:
        return None


async def compared(
    problem: BenchProblem,
    executions: Executions,
    right: Side,
    program: PoolProgram,
    seconds: float,
    seed: int,
) -> Row:
    """One search, as the command line makes it."""
    wrong = await ready(executions, program, "wrong")
    if wrong is None:
        return {"verdict": program.verdict, "found": None}
    begun = time.monotonic()
    judge, deadline = statement(problem.problem), begun + seconds
    search = Search(problem.problem, executions, right, wrong, judge, deadline, lambda _tried: None)
    found = await search.on_examples() or await search.run(made_waves(problem.problem, seed))
    return {
        "verdict": program.verdict,
        "found": found is not None,
        "by_example": found is not None and bool(found.example),
        "seconds": round(time.monotonic() - begun, 2),
        "tried": search.tried,
        "size": None if found is None else len(found.input),
        "found_size": None if found is None else found.found_size,
        "text": None if found is None else found.input,
    }


async def run(asked: argparse.Namespace) -> None:
    """All rows that OUT does not hold."""
    done = {(row["problem"], row["wrong"]) for row in read(asked.out)}
    asked.out.parent.mkdir(parents=True, exist_ok=True)

    def keep(row: Row) -> None:
        with asked.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(row["problem"], row["wrong"], row["found"], row.get("seconds"), row["legal"], flush=True)

    if asked.command == "planted":
        for row in planted(asked.seconds, asked.seed, done):
            keep(row)
    else:
        async for row in packages(asked.data, asked.seconds, asked.seed, done):
            keep(row)


def table(path: Path) -> str:
    """Counts of a results file as Markdown, for each recorded verdict and for all."""
    rows = [row for row in read(path) if row["found"] is not None]
    lines = [
        "| programs | number | an example tells | found | not legal | median s, found | median s, all | median size |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for verdict in (*sorted({row["verdict"] for row in rows if "verdict" in row}), "all"):
        own = [row for row in rows if verdict in {"all", row.get("verdict")}]
        tested = [row for row in own if not row["by_example"]]
        found = [row for row in tested if row["found"]]
        cells = (
            verdict,
            len(own),
            len(own) - len(tested),
            f"{len(found)} of {len(tested)}",
            sum(row["legal"] is False for row in found),
            f"{statistics.median(row['seconds'] for row in found):.1f}" if found else "",
            f"{statistics.median(row['seconds'] for row in tested):.1f}" if tested else "",
            f"{statistics.median(row['size'] for row in found):.0f}" if found else "",
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("planted", help="the planted bugs of this repository")
    others = commands.add_parser("packages", help="wrong submissions of a file of problems")
    others.add_argument("data", type=Path)
    for command in (running, others):
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--seconds", type=float, default=20.0, help="of one search")
        command.add_argument("--seed", type=int, default=0)
    printing = commands.add_parser("table", help="print the Markdown table of a results file")
    printing.add_argument("results", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "table":
        print(table(arguments.results))
    else:
        asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
