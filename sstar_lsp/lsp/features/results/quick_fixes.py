"""What all code actions and diagnostics of S* share: the kind ``quickfix``, which menus show everywhere, the
source, and how outputs stand in titles."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities

KIND = types.CodeActionKind.QuickFix
SOURCE = "S*"
"""``source`` of our diagnostics."""
SHOWN_CHARS = 40
"""Of an output in a title."""

Action = types.CodeAction | types.Command


def command_action(client: ClientCapabilities, title: str, name: str, argument: dict[str, Any]) -> Action:
    """An action that runs a command of the server."""
    run = types.Command(title=title, command=name, arguments=[argument])
    return types.CodeAction(title=title, kind=KIND, command=run) if client.action_literals else run


def shortened(text: str) -> str:
    """An output in a title: one line, quoted, cut where it is long."""
    from sstar_lsp.engine.prompts.fences import one_line

    line = one_line(text)
    return f'"{line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…"}"'
