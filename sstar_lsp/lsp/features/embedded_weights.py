"""``sstar/weights``: which embedded models a solve of a document would use, and whether their weights are here.

A room of its own because it comes before a run: a client can ask its person before a gigabyte is fetched.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.transport.json_rpc import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from sstar_lsp.lsp import protocol_types as msg
    from sstar_lsp.lsp.session.session import Session


async def weights(server: Session, params: msg.DocumentParams) -> dict[str, Any]:
    """The models, each with its size and whether it is here; none where other servers write."""
    from sstar_lsp.lsp.session.documents import path_of

    try:
        return await asyncio.to_thread(_weights, server, path_of(params.uri))
    except SStarError as error:
        raise refusal(error) from error


def _weights(server: Session, path: Path | None) -> dict[str, Any]:
    from sstar_lsp.lsp.session.configuration import settings_for
    from sstar_lsp.models.download.registry import known, path_of
    from sstar_lsp.models.factory import embedded_names

    environ = server.deps.environ
    settings = settings_for(path, server.folder, server.editor_settings, None, {}, environ)
    found = [known(name) for name in embedded_names(settings.model)]
    return {
        "models": [
            {"id": one.id, "bytes": one.size_bytes, "here": path_of(one.id, environ) is not None}
            for one in dict.fromkeys(found)
        ]
    }
