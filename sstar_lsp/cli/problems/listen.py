"""``sstar listen``: take problems from Competitive Companion."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sstar_lsp.cli.edge import given, tell
from sstar_lsp.errors import SStarError
from sstar_lsp.records import counted

if TYPE_CHECKING:
    from sstar_lsp.companion.folders import Made
    from sstar_lsp.companion.listener import Listener, PortTaken
    from sstar_lsp.companion.payload import CompanionProblem
    from sstar_lsp.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--port", type=int, help="Port to listen on (setting companion.port, 27124).")
@click.option("--layout", metavar="FORM", help="Form of the tests: pairs, cph, competitest, oj.")
@click.option("--template", metavar="PATH", help="Source file below FOLDER: {judge}/{contest}/{name}.{ext}")
@click.option("--lang", metavar="LANGUAGE", help="Language of the source file: python (default), cpp …")
@click.option("--once", is_flag=True, help="End after one problem, or one contest.")
def listen(
    folder: Path, port: int | None, layout: str | None, template: str | None, lang: str | None, once: bool
) -> None:
    """Make a folder of each problem that the browser extension Competitive Companion sends.

    Below FOLDER: a statement to fill in (the extension does not send it: sstar new --clipboard --into FILE),
    a source file and the examples as tests. Add the port to the "custom ports" of the extension. Listens on
    this machine only, to browser extensions only, and never starts a solve. Ctrl-C ends it.
    """
    from sstar_lsp.settings import load_settings

    companion = given(port=port, layout=layout, template=template)
    layer = {"companion": companion, "solve": given(language=lang)}
    settings = load_settings(folder, command_line=layer, tell=tell)
    try:
        asyncio.run(_listen(folder, settings.companion.port, settings, once=once))
    except KeyboardInterrupt:
        click.echo("sstar: the listener has ended", err=True)


async def _listen(folder: Path, port: int, settings: Settings, *, once: bool) -> None:
    from sstar_lsp.companion.folders import known_language, make_problem
    from sstar_lsp.companion.listener import listen_for_ever

    language = known_language(settings.solve.language)
    enough = asyncio.Event()
    missing: dict[str, int] = {}

    async def take(posted: CompanionProblem) -> None:
        try:
            made = await asyncio.to_thread(make_problem, posted, folder, language, settings.companion)
        except SStarError as error:
            click.echo(f"sstar: {error}", err=True)
        else:
            click.echo(_made_line(posted, made))
        left = missing.setdefault(posted.batch, posted.batch_size) - 1
        missing[posted.batch] = left
        if once and left <= 0:
            enough.set()

    def began(listener: Listener) -> None:
        click.echo(f"listening for Competitive Companion on port {listener.port}", err=True)

    def waits(error: PortTaken) -> None:
        click.echo(f"sstar: {error} This one takes over when it ends.", err=True)

    task = asyncio.create_task(listen_for_ever(port, take, began, waits))
    waiting = asyncio.create_task(enough.wait())
    try:
        done, _ = await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            task.result()
    finally:
        task.cancel()
        waiting.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)


def _made_line(posted: CompanionProblem, made: Made) -> str:
    tests = counted(made.tests, "test")
    if not made.is_new:
        return f"{made.statement}: is there already; nothing was changed"
    batch = f" ({posted.batch_size} problems of a contest)" if posted.batch_size > 1 else ""
    return f"{made.statement}: {tests}{batch}; its statement: sstar new --clipboard --into {made.statement}"
