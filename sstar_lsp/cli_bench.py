"""``sstar bench``: options of a measurement, its progress, its table."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sstar_lsp.bench.bench import Options

NOT_RUN = 15
"""Exit code when a method that was asked for could not run."""


@click.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Problems with hidden tests, one JSON object a line.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the results; an interrupted bench there goes on.",
)
@click.option(
    "--pool",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Recorded samples with verdicts to draw from; without it: the programs in --data.",
)
@click.option("--methods", metavar="A,B,C", help="What to measure; default: all that can run.")
@click.option(
    "-n", "--samples", type=click.IntRange(1), default=16, show_default=True, help="Programs of a draw."
)
@click.option("--draws", type=click.IntRange(1), default=20, show_default=True, help="Draws of each problem.")
@click.option("--limit", type=click.IntRange(1), metavar="K", help="Only the first K problems.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed: same draws, same table.")
@click.option(
    "--model",
    default="none",
    show_default=True,
    metavar="NAME",
    help="none: methods that need one are skipped.",
)
@click.option(
    "--baseline", metavar="METHOD", help="What the others are tested against (default random-passing)."
)
@click.option(
    "--rounds",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="Debug rounds, where repairs are recorded or a model writes them.",
)
@click.option(
    "--inputs",
    type=click.IntRange(0),
    default=12,
    show_default=True,
    help="Inputs of majority, mbr and codet.",
)
@click.option(
    "--pool-model",
    "pool_models",
    multiple=True,
    metavar="NAME",
    help="Draw from models of --pool whose name begins so; again for several.",
)
@click.option(
    "--label",
    metavar="FIELD",
    help="Field of --pool that says what is right (default passed_plus, else passed).",
)
@click.option(
    "--lang", "language", default="python", show_default=True, help="Language of the drawn programs."
)
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(min=0.1),
    metavar="S",
    help="Cap on the problems' own time limits, CPU seconds.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Sandbox boxes side by side."
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where executions are kept (default: in --out); share it between benches.",
)
def bench(methods: str | None, baseline: str | None, **options: Any) -> None:
    """Measure ways to choose among sampled programs, on problems whose right answers are known.

    \b
    Example:
      sstar bench --data humaneval.jsonl --pool recorded_samples.jsonl --methods random-passing,majority,sstar,oracle --out results

    Writes runs.jsonl, summary.json, table.md and two pictures into --out and prints the table. Every option and
    every file format: docs/bench.md. Exit code 15: a method that was asked for could not run.
    """
    from sstar_lsp.bench.bench import Options
    from sstar_lsp.bench.config import Method, methods_named

    wanted = methods_named(methods) if methods else tuple(Method)
    against = methods_named(baseline)[0] if baseline else None
    asked = Options(methods=wanted, baseline=against, **options)
    code = asyncio.run(_run(asked, are_named=methods is not None))
    if code:
        sys.exit(code)


async def _run(options: Options, *, are_named: bool) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sstar_lsp.bench.bench import run_bench

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console) as bar:

        def begin(total: int, done: int) -> Callable[[int], None]:
            task = bar.add_task("draws", total=total, completed=done)
            return lambda more: bar.advance(task, more)

        result = await run_bench(options, begin)
    click.echo(result.table, nl=False)
    for method, reason in result.skipped:
        click.echo(f"sstar: {method.value} was skipped: {reason}", err=True)
    return NOT_RUN if result.skipped and are_named else 0
