"""``sstar/foundServers``: the models that a person can choose: embedded ones, servers on this machine,
providers' keys.

Looks only when it is asked, and uses nothing: the client writes what its person chose into the settings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

from sstar_lsp.lsp import protocol_types as p

OFFERED = ("1.5b", "0.5b")
"""Embedded models that are offered wherever they are; others only where their weights are here."""


async def found(environ: Mapping[str, str], _params: p.FoundServersParams) -> p.FoundServers:
    """What is there.
    Raises :class:`UsageError`: the variable that names other ports holds something else."""
    from sstar_lsp.models.found_servers import found_json, found_servers, keys_found

    embedded, servers = await asyncio.gather(asyncio.to_thread(_embedded, environ), found_servers(environ))
    return cast("p.FoundServers", {"embedded": embedded, **found_json(servers, keys_found(environ))})


def _embedded(environ: Mapping[str, str]) -> list[p.ChoosableModel]:
    from sstar_lsp.models.download.registry import list_models

    models: list[p.ChoosableModel] = [
        {"name": weights.aliases[0], "bytes": weights.size_bytes, "here": path is not None}
        for weights, path in list_models(environ)
    ]
    return [model for model in models if model["here"] or model["name"] in OFFERED]
