"""``sstar/foundServers``: the models that a person can choose: embedded ones, servers on this machine,
providers' keys.

Looks only when it is asked, and uses nothing: the client writes what its person chose into the settings.
"""

from __future__ import annotations

import asyncio
from typing import cast

from attrs import frozen

from sstar_lsp.lsp import protocol_types as p
from sstar_lsp.lsp.session.configuration import EditorSettings

OFFERED = ("1.5b", "0.5b")
"""Embedded models that are offered wherever they are; others only where their weights are here."""


@frozen
class FoundServers:
    """Looks for what can write programs."""

    settings: EditorSettings

    async def found(self, _params: p.FoundServersParams) -> p.FoundServers:
        """What is there.
        Raises :class:`UsageError`: the variable that names other ports holds something else."""
        from sstar_lsp.models.found_servers import found_json, found_servers, keys_found

        environ = self.settings.environ
        embedded, servers = await asyncio.gather(asyncio.to_thread(self._embedded), found_servers(environ))
        return cast("p.FoundServers", {"embedded": embedded, **found_json(servers, keys_found(environ))})

    def _embedded(self) -> list[p.ChoosableModel]:
        from sstar_lsp.models.download.registry import list_models

        models: list[p.ChoosableModel] = [
            {"name": weights.aliases[0], "bytes": weights.size_bytes, "here": path is not None}
            for weights, path in list_models(self.settings.environ)
        ]
        return [model for model in models if model["here"] or model["name"] in OFFERED]
