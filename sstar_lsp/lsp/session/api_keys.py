"""API keys from the editor: asked for when a run needs one, kept in memory, sent to their own origin.

The only module of the server that holds keys; nothing here logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException

from sstar_lsp.lsp.protocol_types import SECRET, SecretParams
from sstar_lsp.lsp.session.editor import Editor

if TYPE_CHECKING:
    from sstar_lsp.service import Service
    from sstar_lsp.settings import Settings

ANSWER_TIMEOUT_S = 300.0
"""A person may be asked to type the key."""


class ApiKeys:
    """Which origins' keys the editor has given in this session."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._given: set[str] = set()
        self._refused: set[str] = set()
        """Origins that did not take the key."""

    async def provide(self, service: Service, settings: Settings) -> list[str]:
        """Give the service the editor's keys for the addresses of these settings; returns their origins.
        Raises :class:`UsageError`: an address that is none."""
        from sstar_lsp.models.client.api_keys import origins_of

        origins = origins_of(settings.model)
        if self._editor.client.gives_secrets:
            for origin in origins:
                if origin not in self._given:
                    await self._ask(service, origin)
        return origins

    async def _ask(self, service: Service, origin: str) -> None:
        body: SecretParams = {"name": "api-key", "origin": origin, "refused": origin in self._refused}
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                answer = await self._editor.protocol.send_request_async(SECRET, body)
        except (JsonRpcException, TimeoutError):
            return
        if value := _value(answer):
            service.keys.give(origin, value)
            self._given.add(origin)
            self._refused.discard(origin)

    def refused(self, origins: Iterable[str]) -> None:
        """A model server did not take a key: the editor is asked again."""
        self._given.difference_update(origins)
        self._refused.update(origins)


def _value(answer: Any) -> str:
    """``value`` of an answer, however pygls hands it over."""
    value = answer.get("value") if isinstance(answer, dict) else getattr(answer, "value", None)
    return value.strip() if isinstance(value, str) else ""
