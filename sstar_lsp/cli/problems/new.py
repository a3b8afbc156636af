"""``sstar new``: a problem from the clipboard, a page or a PDF, shown before it is kept; or an example."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sstar_lsp.cli.edge import clean
from sstar_lsp.errors import ProblemError, UsageError

if TYPE_CHECKING:
    from sstar_lsp.companion.clipboard import Flavour


@click.command()
@click.option("--clipboard", "from_clipboard", is_flag=True, help="The page that you copied in a browser.")
@click.option("--page", type=click.Path(path_type=Path), help="A saved page (.html), a text, or a PDF.")
@click.option("--example", "is_example", is_flag=True, help="A small problem to begin with.")
@click.option("--into", type=click.Path(path_type=Path), help="Statement of `sstar listen` to fill in.")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=".", help="Where it goes."
)
@click.option("--yes", is_flag=True, help="Keep it without asking.")
def new(
    from_clipboard: bool, page: Path | None, is_example: bool, into: Path | None, folder: Path, yes: bool
) -> None:
    """Make a problem of a page: show what was read of it, and keep the statement.

    \b
    Examples:
      sstar new --clipboard                     copy the page first: Ctrl-A, Ctrl-C
      sstar new --page saved.html --folder cf
      sstar new --clipboard --into cf/A.md      a statement that `sstar listen` made
      sstar new --example                       no page at hand

    Examples in the statement that were read wrongly can be corrected in the editor afterwards.
    """
    from sstar_lsp.companion.clipboard import clipboard
    from sstar_lsp.companion.new import EXAMPLE, keep_page, read_page
    from sstar_lsp.problems.report import report_text

    if from_clipboard + (page is not None) + is_example != 1:
        raise UsageError("name one source: --clipboard, --page FILE or --example.")
    source = EXAMPLE if is_example else page
    found = read_page(clipboard() if source is None else (_flavour(source),))
    if is_example:
        kept = keep_page(found, folder, into)
        click.echo(kept)
        click.echo(f"Now: sstar solve {shlex.quote(str(kept))}", err=True)
        return
    click.echo(clean(report_text(found.problem)), err=True)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is there to ask whether it was read rightly: look at it, and say --yes.")
        if not click.confirm("Keep it?", default=True, err=True):
            return
    click.echo(keep_page(found, folder, into))


def _flavour(path: Path) -> Flavour:
    """A file as a page; a PDF by the words of pdftotext."""
    from sstar_lsp.companion.clipboard import Flavour

    try:
        if path.suffix.lower() != ".pdf":
            return Flavour(path.read_text("utf-8"), path.suffix.lower() or ".txt")
        if not shutil.which("pdftotext"):
            raise UsageError(
                f"{path}: pdftotext is not here: install poppler-utils, or copy the text: --clipboard."
            )
        command = ["pdftotext", "-layout", "-nopgbrk", "--", str(path.resolve()), "-"]
        done = subprocess.run(command, capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
        return Flavour(done.stdout.decode("utf-8", "replace"), ".txt")
    except UnicodeDecodeError as error:
        raise ProblemError(f"{path} is not UTF-8 text; a PDF wants the ending .pdf.") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise ProblemError(f"{path} cannot be read: {error}.") from error
