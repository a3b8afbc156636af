"""``sstar lsp``: the language server on standard input and output, or on a socket for several editors."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from sstar_lsp.errors import UsageError


@click.command()
@click.option("--stdio", is_flag=True, help="Standard input and output: the default; editors may pass it.")
@click.option("--clientProcessId", "client_process_id", type=int, hidden=True)
@click.option("--tcp", metavar="HOST:PORT", help="Listen on TCP for several editors; wants SSTAR_LSP_TOKEN.")
@click.option("--ws", metavar="HOST:PORT", help="The same over WebSocket.")
@click.option("--tls-cert", metavar="FILE", help="Certificate (PEM); required where others can connect.")
@click.option("--tls-key", metavar="FILE", help="Its key, where it is not in the same file.")
@click.option("--connect", metavar="HOST:PORT", help="Pass standard input and output on to such a server.")
@click.option("--tls", is_flag=True, help="With --connect: the server speaks TLS.")
@click.option("--tls-ca", metavar="FILE", help="With --tls: trust this certificate (PEM).")
def lsp(
    stdio: bool,
    client_process_id: int | None,
    tcp: str | None,
    ws: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    connect: str | None,
    tls: bool,
    tls_ca: str | None,
) -> None:
    """Speak the Language Server Protocol; editors start this.

    On a socket nobody gets an answer without the token in SSTAR_LSP_TOKEN (both sides). A host other than
    this machine wants a certificate.
    """
    del client_process_id
    ways = [name for name, value in {"--tcp": tcp, "--ws": ws, "--connect": connect}.items() if value]
    if len(ways) + stdio > 1:
        raise UsageError(f"choose one way: {', '.join([*ways, *(['--stdio'] if stdio else [])])}.")
    if not ways:
        from sstar_lsp.lsp import serve_stdio

        serve_stdio()
    import ssl

    from sstar_lsp.lsp import network

    if connect:
        context = ssl.create_default_context(cafile=tls_ca) if tls or tls_ca else None
        sys.exit(asyncio.run(network.relay(network.Address.parse(connect), context, os.environ)))
    address = network.Address.parse(tcp or ws or "")
    listening = network.tls_of(address, tls_cert, tls_key)
    sys.exit(asyncio.run(network.serve("ws" if ws else "tcp", address, listening, os.environ)))
