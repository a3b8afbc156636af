"""Inputs and outputs in a terminal: a title, then the text; long ones are cut, with a note."""

from __future__ import annotations

import sys

import click

SHOWN_LINES = 40
"""Lines of a text that are shown."""


def show_block(title: str, text: str) -> None:
    """Print a title and a text; on a terminal control characters become escapes."""
    from sstar_lsp.cli.render import clean

    lines = text.removesuffix("\n").split("\n")
    shown = "\n".join([f"--- {title}", *lines[:SHOWN_LINES]])
    click.echo(clean(shown) if sys.stdout.isatty() else shown)
    if len(lines) > SHOWN_LINES:
        click.echo(f"[… {len(lines) - SHOWN_LINES} more lines]")
