"""``sstar lsp``: the language server on standard input and output."""

from __future__ import annotations

import click


@click.command()
@click.option("--stdio", is_flag=True, help="Standard input and output: the only way; editors may pass it.")
@click.option("--clientProcessId", "client_process_id", type=int, hidden=True)
def lsp(stdio: bool, client_process_id: int | None) -> None:
    """Speak the Language Server Protocol; editors start this.

    On another machine: let the editor start "ssh HOST sstar lsp".
    """
    del stdio, client_process_id
    from sstar_lsp.lsp.server import serve_stdio

    serve_stdio()
