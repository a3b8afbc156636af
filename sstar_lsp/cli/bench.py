"""``sstar bench``: options of a measurement, its progress, its table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sstar_lsp.cli.edge import run_to_exit

if TYPE_CHECKING:
    from sstar_lsp.bench.config import Options

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
    help="Recorded samples with verdicts to draw from; without it: the programs in --data, or those that --model writes.",
)
@click.option("--methods", metavar="A,B,C", help="What to measure; default: all that can run.")
@click.option("-n", "--samples", type=click.IntRange(1), default=16, help="Programs of a draw.")
@click.option("--draws", type=click.IntRange(1), default=20, help="Draws of each problem.")
@click.option("--limit", type=click.IntRange(1), metavar="K", help="Only the first K problems.")
@click.option(
    "--half",
    type=click.IntRange(0, 1),
    help="Only this half of the problems, by a hash of their ids: choose on one, report on the other.",
)
@click.option(
    "--inputs-only",
    is_flag=True,
    help="Measure S*'s own inputs without a model, and no choice: legal ones, wrong programs that they expose.",
)
@click.option(
    "--without",
    metavar="PART,PART",
    help="Leave parts of S*'s choice out: what is each worth? Unknown ones are an error that lists the known.",
)
@click.option(
    "--until-quiet",
    is_flag=True,
    help="With --inputs-only: end the waves as a run does, when two brought no split.",
)
@click.option("--seed", default=0, help="Same seed: same draws, same table.")
@click.option(
    "--model",
    default="none",
    metavar="NAME",
    help="none: methods that need one are skipped; embedded, 1.5b, 0.5b, or a name at --base-url. Without --pool it writes the samples too.",
)
@click.option("--base-url", metavar="URL", help="OpenAI-compatible server. Its key comes from SSTAR_API_KEY.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Replies of the model: replayed where they are there, added where not.",
)
@click.option("--replay-only", is_flag=True, help="Ask no model: a reply that --record lacks is an error.")
@click.option("--temperature", type=click.FloatRange(0), default=0.7, help="Of a live model's samples.")
@click.option("--max-tokens", type=click.IntRange(16), default=1024, help="Of one live sample.")
@click.option(
    "--mixed-only",
    is_flag=True,
    help="Only draws with right and wrong survivors: only there a choice matters.",
)
@click.option(
    "--baseline", metavar="METHOD", help="What the others are tested against (default random-passing)."
)
@click.option(
    "--rounds",
    type=click.IntRange(0),
    default=2,
    help="Debug rounds, where repairs are recorded or a model writes them.",
)
@click.option(
    "--set",
    "changed",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of S* ([solve] in sstar.toml), such as generator=on; again for several. Measure with and without.",
)
@click.option(
    "--inputs",
    type=click.IntRange(0),
    default=48,
    help="Inputs of majority, mbr and codet, as many as S* makes; with --inputs-only those of S*, of each kind.",
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
    "--lang",
    "language",
    metavar="NAME",
    help="Language of the drawn programs (default python); any: recorded programs of all languages in one draw, "
    "which is the default of --inputs-only.",
)
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(min=0.1),
    metavar="S",
    help="CPU seconds of one execution at most (default: 1 for functions, the problem's own for programs).",
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, help="Sandbox boxes side by side.")
@click.option(
    "--at-once",
    type=click.IntRange(1),
    default=4,
    help="Problems side by side; more keep a model server busy. The table is the same.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    help="Where programs run: here, or on the nodes of a Ray cluster (extra [cluster]).",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where executions are kept (default: in --out); share it between benches.",
)
def bench(
    methods: str | None,
    baseline: str | None,
    model: str,
    base_url: str | None,
    record: Path | None,
    replay_only: bool,
    language: str | None,
    without: str | None,
    **options: Any,
) -> None:
    """Measure ways to choose among sampled programs, on problems whose right answers are known.

    \b
    Example:
      sstar bench --data humaneval.jsonl --pool recorded_samples.jsonl --methods random-passing,majority,sstar,oracle --out results

    Writes runs.jsonl, summary.json and table.md into --out and prints the table; with --inputs-only
    power.jsonl, summary.json and table.md. Every option and every file format: docs/bench.md. Exit code 15: a method that was asked for could not run.
    """
    from sstar_lsp.bench.config import Method, Options, words_of
    from sstar_lsp.bench.data.pools import ANY
    from sstar_lsp.bench.model_source import ModelChoice
    from sstar_lsp.engine.run.ablation import Part

    asked = Options(
        methods=words_of("--methods", methods, Method) if methods else tuple(Method),
        baseline=words_of("--baseline", baseline, Method)[0] if baseline else None,
        model=ModelChoice(model, base_url, record, replay_only),
        language=language or (ANY if options["inputs_only"] else "python"),
        without=words_of("--without", without, Part) if without is not None else (),
        **options,
    )
    run_to_exit(
        _run(asked, are_named=methods is not None),
        f"sstar: cancelled; what was measured is in {asked.out}: the same command goes on",
    )


async def _run(options: Options, *, are_named: bool) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sstar_lsp.bench.bench import Faces, run_bench

    writes = options.pool is None and not options.model.is_none
    drawn = f"draws, samples written by {options.model.name}" if writes else "draws"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("reading", total=None)

        def begin(total: int) -> Callable[[int], None]:
            bar.update(task, description=drawn, total=total)
            return lambda more: bar.advance(task, more)

        def say(words: str) -> None:
            bar.update(task, description=words or drawn)

        result = await run_bench(options, Faces(begin, say))
    click.echo(result.table, nl=False)
    for method, reason in result.skipped:
        click.echo(f"sstar: {method.value} was skipped: {reason}", err=True)
    return NOT_RUN if result.skipped and are_named else 0
