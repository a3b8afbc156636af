"""What all commands share: given options, lines of progress, exit codes, the log of our faults."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from sstar_lsp.errors import STATUS_EXIT_CODES, InternalError, SStarError, UsageError
from sstar_lsp.private_files import make_private_folder, open_private, state_folder

SHOWN_LINES = 40
"""Lines of an input or output that are shown."""
LOG_BYTES = 1 << 20
"""A log that has grown beyond it is begun anew."""


def log_path() -> Path:
    """``sstar.log`` in the state folder."""
    return state_folder() / "sstar.log"


class FaultLog(logging.Handler):
    """Faults go to the log, whole; other warnings to standard error, where nobody else takes them there."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep or tell one record; a log that cannot be written costs the log and nothing else."""
        if record.exc_info is None:
            if not logging.getLogger().handlers:
                click.echo(f"sstar: {record.getMessage()}", err=True)
            return
        try:
            make_private_folder(log_path().parent)
            with os.fdopen(open_private(log_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND), "a") as file:
                if file.tell() > LOG_BYTES:
                    file.truncate(0)
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {self.format(record)}\n")
        except OSError:
            self.handleError(record)


def keep_faults() -> None:
    """Log faults from here on; once for a process."""
    log = logging.getLogger("sstar")
    if not any(isinstance(handler, FaultLog) for handler in log.handlers):
        log.addHandler(FaultLog(logging.WARNING))


def run_to_exit(work: Coroutine[Any, Any, int], cancelled: str = "sstar: cancelled") -> None:
    """Run a command's work and end with its exit code; with 130 and a line on standard error at Ctrl-C."""
    try:
        code = asyncio.run(work)
    except KeyboardInterrupt:
        if cancelled:
            click.echo(cancelled, err=True)
        code = STATUS_EXIT_CODES["cancelled"]
    if code:
        sys.exit(code)


def given(**values: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in values.items() if value is not None}


def tell(line: str) -> None:
    """A line on standard error, where progress goes."""
    click.echo(line, err=True)


def clean(text: str) -> str:
    """Text of a hostile program, safe for a terminal: control characters other than newline escaped."""
    from sstar_lsp.engine.prompts.fences import escaped

    return escaped(text.expandtabs())


def write_exactly(text: str) -> None:
    """Text to standard output, byte for byte."""
    click.echo(text.encode("utf-8", "surrogatepass"), nl=False)


def show_block(title: str, text: str) -> None:
    """Print a title and a text; on a terminal control characters become escapes."""
    lines = text.removesuffix("\n").split("\n")
    shown = "\n".join([f"--- {title}", *lines[:SHOWN_LINES]])
    click.echo(clean(shown) if sys.stdout.isatty() else shown)
    if len(lines) > SHOWN_LINES:
        click.echo(f"[… {len(lines) - SHOWN_LINES} more lines]")


def write_file(path: Path, text: str, remedy: str = "") -> None:
    """Write a file that a person named, byte for byte.
    Raises :class:`UsageError`: it cannot be written; ``remedy``: what to do then."""
    try:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise UsageError(f"-o {path}: cannot be written: {error.strerror}.{remedy}") from error


def tell_failure(error: SStarError) -> None:
    """One line on standard error."""
    where = f" ({log_path()})" if isinstance(error, InternalError) else ""
    click.echo(f"sstar: {error}{where}", err=True)
