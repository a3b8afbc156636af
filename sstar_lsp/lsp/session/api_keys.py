"""Keys from the editor: asked for when a run needs one, kept in memory, sent to their own origin.

A room of its own so that the one place of the server that holds keys can be read whole. Nothing here logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException

from sstar_lsp.lsp.protocol_types import SECRET

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.session import Session
    from sstar_lsp.service import Service
    from sstar_lsp.settings import Settings

PATIENCE_S = 300.0
"""A person may be asked to type the key."""


async def provide(server: Session, service: Service, settings: Settings) -> list[str]:
    """Give the service the editor's keys for the addresses of these settings; returns their origins.

    Raises:
        UsageError: an address that is none.
    """
    from sstar_lsp.models.client.api_keys import origins_of

    origins = origins_of(settings.model)
    if server.client.gives_secrets:
        for origin in origins:
            if origin not in server.asked_keys:
                await _ask(server, service, origin)
    return origins


async def _ask(server: Session, service: Service, origin: str) -> None:
    body = {"name": "api-key", "origin": origin, "refused": origin in server.refused_keys}
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await server.protocol.send_request_async(SECRET, body)
    except (JsonRpcException, TimeoutError):
        return
    value = _value(answer)
    if value:
        service.keys.give(origin, value)
        server.asked_keys.add(origin)
        server.refused_keys.discard(origin)


def _value(answer: Any) -> str:
    """``value`` of an answer, however pygls hands it over."""
    value = answer.get("value") if isinstance(answer, dict) else getattr(answer, "value", None)
    return value.strip() if isinstance(value, str) else ""


def refused(server: Session, origins: Iterable[str]) -> None:
    """A model server did not take a key: the editor is asked again."""
    for origin in origins:
        server.asked_keys.discard(origin)
        server.refused_keys.add(origin)
