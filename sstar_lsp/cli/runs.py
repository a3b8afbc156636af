"""``sstar runs`` and ``sstar report``: find runs, hand one on, delete old ones, and a run as one page."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sstar_lsp.cli.edge import clean, write_exactly, write_file
from sstar_lsp.errors import RunError, UsageError

if TYPE_CHECKING:
    from sstar_lsp.runs.store import RunSummary
    from sstar_lsp.service import Service

_T = TypeVar("_T")
DAY_S = 86_400
_Out = click.Path(path_type=Path, dir_okay=False)


def _with_service(work: Callable[[Service], Coroutine[Any, Any, _T]]) -> _T:
    async def opened() -> _T:
        from sstar_lsp.service import Service

        async with Service() as service:
            return await work(service)

    return asyncio.run(opened())


@click.group(invoke_without_command=True)
@click.option("-n", "--limit", type=click.IntRange(1), default=20, help="Newest so many.")
@click.option(
    "--search", metavar="WORDS", help="Only those with all these words in id, title, document or statement."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_context
def runs(context: click.Context, limit: int, search: str | None, as_json: bool) -> None:
    """List runs, newest first: id, status, when, problem.

    \b
    Examples:
      sstar runs --search "shortest path"
      sstar runs export last -o run.jsonl
      sstar runs prune --older-than 90
    """
    if context.invoked_subcommand is not None:
        if search is not None or as_json:
            raise UsageError(
                f"--search and --json belong to sstar runs alone, not to {context.invoked_subcommand}."
            )
        return
    import cattrs

    found = _with_service(
        lambda service: service.list_runs(limit) if search is None else service.search_runs(search, limit)
    )
    if as_json:
        click.echo(json.dumps(cattrs.unstructure(found)))
        return
    if not found:
        click.echo(
            "No run yet. Start one with: sstar solve FILE" if search is None else "No run has these words."
        )
    for run in found:
        click.echo(_line(run))


def _line(run: RunSummary) -> str:
    status = "interrupted" if run.status == "running" and not run.is_alive else run.status
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
    why = f": {' '.join(run.reason.split())}" if run.reason else ""
    return f"{run.id}  {status:<13} {when}  {clean(run.title + why)}"


def _written(path: Path | None, text: str, what: str) -> None:
    """A text into a file, or to standard output, byte for byte."""
    text = text.encode("utf-8", "backslashreplace").decode()
    if path is None:
        write_exactly(text)
        return
    write_file(path, text)
    click.echo(f"{what} written to {path}", err=True)


@runs.command("export")
@click.argument("run", default="last")
@click.option("-o", "--out", type=_Out, help="The file; without, standard output.")
def export_run(run: str, out: Path | None) -> None:
    """Write RUN (that has ended) as one file, which sstar runs import takes in elsewhere.

    It holds the problem, every program and every reply of the model; no key, and not where the problem lies.
    """

    async def work(service: Service) -> tuple[str, str]:
        from sstar_lsp.report.run_file import to_file

        run_id = await service.store.find(run)
        created = next(each.created for each in await service.store.list_runs(-1) if each.id == run_id)
        return run_id, to_file(run_id, created, await service.store.load(run_id))

    run_id, text = _with_service(work)
    _written(out, text, f"run {run_id}")


@runs.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def import_run(file: Path) -> None:
    """Take in a run that sstar runs export wrote: look at it with sstar show and sstar report.

    Nothing in it is run, and no document gets anything from it.
    """
    from sstar_lsp.regular_files import read_regular
    from sstar_lsp.report.run_file import MAX_BYTES, from_file

    try:
        read = from_file(read_regular(file, MAX_BYTES))
    except OSError as error:
        raise RunError(f"{file} cannot be read: {error.strerror}.") from error
    except RunError as error:
        raise RunError(f"{file}: {error}") from error
    _with_service(
        lambda service: service.store.add(read.id, read.title, read.created, read.status, read.events)
    )
    click.echo(f"{read.id} is here now: sstar show {read.id}")


@runs.command()
@click.option(
    "--older-than", "days", type=click.FloatRange(0), default=90.0, metavar="DAYS", help="Only those."
)
@click.option(
    "--keep", type=click.IntRange(0), default=20, metavar="N", help="The newest N stay in any case."
)
@click.option("--dry-run", is_flag=True, help="List what would be deleted, and delete nothing.")
def prune(days: float, keep: int, dry_run: bool) -> None:
    """Delete old runs for good. Those that go on stay, and so do the newest."""
    before = time.time() - days * DAY_S

    async def work(service: Service) -> list[RunSummary]:
        listed = await service.store.list_runs(-1)
        old = [run for run in listed[keep:] if run.created < before and not run.is_alive]
        if dry_run:
            return old
        removed = set(await service.store.remove([run.id for run in old]))
        return [run for run in old if run.id in removed]

    gone = _with_service(work)
    for run in gone:
        click.echo(_line(run))
    click.echo(f"{len(gone)} {'would be ' if dry_run else ''}deleted", err=True)


@click.command()
@click.argument("run", default="last")
@click.option("--html", "as_html", is_flag=True, help="One self-contained HTML page; without, Markdown.")
@click.option("-o", "--out", type=_Out, help="The file; without, standard output.")
def report(run: str, as_html: bool, out: Path | None) -> None:
    """Write the report of RUN (an id, its beginning, or "last"), to keep or to send to somebody.

    \b
    Example:
      sstar report last --html -o report.html

    Problem, programs, behaviours, deciding inputs with the judge's words, belief over time, cost. The HTML
    page loads nothing from elsewhere and runs no script; what programs and models wrote is shown as text.
    """

    async def work(service: Service) -> tuple[str, str]:
        from sstar_lsp.engine.report.evidence import evidence_page
        from sstar_lsp.report.page import report_page

        run_id, state = await service.open_run(run)
        if state.started is None:
            raise RunError(f"run {run_id} has not begun: there is nothing to show.")
        return run_id, report_page(state) if as_html else evidence_page(state)

    run_id, text = _with_service(work)
    if out is None and sys.stdout.isatty():
        text = clean(text)
    _written(out, text, f"report of run {run_id}")
