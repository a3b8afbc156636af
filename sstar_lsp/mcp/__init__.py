"""The face for agents: an MCP server on stdio. See ``docs/mcp.md``.

The SDK is heavy and an extra (``pip install 'sstar-lsp[mcp]'``): only the command imports it, when it runs.
"""

from __future__ import annotations

import asyncio

import click

from sstar_lsp.errors import UsageError


@click.command("mcp")
def mcp_command() -> None:
    """Serve agents on standard input and output (MCP): tools sstar_solve and sstar_judge.

    An agent's client starts it. The model and the keys are those of the user's settings and environment.
    """
    try:
        from sstar_lsp.mcp.tools import create_mcp
    except ImportError as error:
        raise UsageError("sstar mcp needs the MCP SDK: pip install 'sstar-lsp[mcp]'") from error
    asyncio.run(create_mcp().run_stdio_async())
