"""The ten examples in each language with one model: how many of its programs compile, pass the examples and are right.

    python benchmarks/languages.py run --model 1.5b --out benchmarks/results/languages.jsonl \
        --record benchmarks/results/languages-replies.jsonl
    python benchmarks/languages.py table benchmarks/results/languages.jsonl

``run`` takes example after example, each in all languages that are here and that it can be solved in. It is resumable: what OUT
holds is not run again, and replies that were recorded are not asked again. A line of OUT is one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from attrs import evolve

from examples import EXAMPLES, graded, read, statement_of
from sstar_lsp.bench.model_source import ModelChoice, models_of
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.languages import languages_for
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.service import Service
from sstar_lsp.settings import Settings, SolveSettings
from sstar_sandbox import LANGUAGES


def first_attempts(state: RunState) -> dict[str, int]:
    """How many first attempts there are, compile and pass the examples, and how many samples end with such a program."""
    names = [f"c{number}" for number in range(1, state.settings.samples + 1)]
    checks = [state.checks[name] for name in names if name in state.checks]
    compiled = [check for check in checks if check.compile_error is None]
    survivors = {c.id.partition(".")[0] for c in state.candidates.values() if state.survives(c.id)}
    return {
        "programs": len(checks),
        "compiled": len(compiled),
        "passed": sum(state.survives(name) for name in names),
        "after_repair": len(survivors),
    }


async def run(asked: argparse.Namespace) -> None:
    """All wanted runs that ``out`` does not hold yet."""
    done = {(row["example"], row["language"]) for row in read(asked.out)}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    choice = ModelChoice(asked.model, None, asked.record, asked.replay_only)
    settings = Settings(solve=SolveSettings(samples=asked.n, rounds=asked.rounds))
    folders = sorted(folder for folder in EXAMPLES.iterdir() if (folder / "hidden").is_dir())
    async with AsyncExitStack() as stack:
        models = await models_of(choice, stack, lambda _words: None)
        service = await stack.enter_async_context(Service(models=models))
        for folder in (folder for folder in folders if not asked.only or folder.name in asked.only):
            problem, tests = read_problem(statement_of(folder)), hidden_tests(folder / "hidden")
            for language in languages_for(problem):
                if (folder.name, language) in done or (asked.languages and language not in asked.languages):
                    continue
                solve = evolve(settings.solve, language=language)
                handle = await service.solve(problem, evolve(settings, solve=solve), folder.name)
                state = await handle.wait()
                row = await graded(service, handle.run_id, state, folder.name, 0, tests)
                row |= {"language": language, **first_attempts(state)}
                with asked.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                print(folder.name, language, row["status"], row["solved"], row["seconds"], flush=True)


def table(path: Path) -> str:
    """The results by language as Markdown."""
    lines = [
        "| language | problems | programs | compile | pass the examples | right | samples that pass after repairs | solved |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = read(path)
    for language in LANGUAGES:
        own = [row for row in rows if row["language"] == language]
        if own:
            names = ("programs", "compiled", "passed", "first_attempts_right", "after_repair", "solved")
            sums: dict[str, Any] = {name: sum(row[name] for row in own) for name in names}
            cells = (LANGUAGES[language].title, len(own), *sums.values())
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("run", help="run what is missing in OUT")
    running.add_argument("--out", type=Path, required=True)
    running.add_argument("--record", type=Path, required=True, help="file of recorded replies")
    running.add_argument("--replay-only", action="store_true")
    running.add_argument("--model", default="embedded", help="an embedded model")
    running.add_argument("-n", type=int, default=4, help="samples of a run")
    running.add_argument("--rounds", type=int, default=1, help="repairs of a sample")
    running.add_argument("--only", nargs="*", default=[], help="names of examples")
    running.add_argument("--languages", nargs="*", default=[], choices=LANGUAGES)
    printing = commands.add_parser("table", help="print the Markdown table of a results file")
    printing.add_argument("results", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "run":
        asyncio.run(run(arguments))
    else:
        print(table(arguments.results))


if __name__ == "__main__":
    main()
