"""``sstar check``: what was read of a problem, before anything is paid for and without a model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sstar_lsp.cli.edge import clean
from sstar_lsp.errors import SStarError, UsageError

if TYPE_CHECKING:
    from sstar_lsp.records import Problem


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option(
    "--json-lines",
    is_flag=True,
    help="Read paths from standard input, print one JSON object a line for each.",
)
def check(file: Path | None, as_json: bool, json_lines: bool) -> None:
    """Show what was read of the problem in FILE: kind, limits, comparator, each example with its lines, and
    the format of the input, from which test inputs are drawn.

    \b
    Examples:
      sstar check problem.md
      sstar check problem.md --json
      ls problems/*.md | sstar check --json-lines

    No model is asked and nothing is run. Exit code 0 if FILE is a problem, 3 where it is refused; with
    --json-lines 0, also where files are refused or cannot be read: their objects say why.
    """
    if json_lines:
        if file is not None:
            raise UsageError("--json-lines reads its paths from standard input: leave out FILE.")
        _check_each()
        return
    if file is None:
        raise UsageError("name a FILE, or give paths on standard input with --json-lines.")
    _check_one(file, as_json)


def _check_one(file: Path, as_json: bool) -> None:
    from sstar_lsp.problems.report import report_text

    try:
        problem = _read(file)
        if as_json:
            click.echo(json.dumps(_told(problem)))
        else:
            click.echo(clean(report_text(problem) + _format_text(problem)), nl=False)
    except SStarError as error:
        if not as_json:
            raise
        click.echo(json.dumps(_told(error)))
        sys.exit(error.exit_code)


def _told(reading: Problem | Exception) -> dict[str, Any]:
    from sstar_lsp.problems.report import report_json

    format_ = None if isinstance(reading, Exception) else _format(reading)
    return {**report_json(reading), "input_format": format_}


def _format(problem: Problem) -> dict[str, Any] | None:
    """The input's format as JSON; None if it is not known."""
    from sstar_lsp.engine.test_inputs.input_format import described, format_of

    form = format_of(problem)
    return described(form) if form is not None else None


def _format_text(problem: Problem) -> str:
    from sstar_lsp.records import Style

    if problem.style is not Style.STDIN:
        return ""
    found = _format(problem)
    if found is None:
        return "\ninput format\n  not known: test inputs are changed examples\n"
    lines = [*found["lines"], *(f"bound: {bound}" for bound in found["bounds"])]
    lines += [
        f"promise that is not understood, so that test inputs are changed examples: {each}"
        for each in found["unread"]
    ]
    return "\ninput format\n" + "".join(f"  {line}\n" for line in lines)


def _read(file: Path) -> Problem:
    """The problem in a file, judged as the settings say."""
    from sstar_lsp.problems.checker_files import with_settings_checker
    from sstar_lsp.problems.reader import read_problem
    from sstar_lsp.settings import load_settings

    problem = read_problem(file)
    file = file.resolve()
    return with_settings_checker(problem, load_settings(file.parent), str(file))


def _check_each() -> None:
    """Answers are flushed one by one, so that a program can ask and wait."""
    for line in sys.stdin.buffer:
        name = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        click.echo(json.dumps(_answer(name)))
        sys.stdout.flush()


def _answer(name: str) -> dict[str, Any]:
    try:
        if not name:
            raise UsageError("an empty line names no file.")
        return _told(_read(Path(name)))
    except (
        SStarError,
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # a name that no file can have, for one
        return _told(error)
