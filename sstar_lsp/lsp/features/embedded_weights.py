"""``sstar/weights``: a solve's embedded models and whether they are here, before a download."""

from __future__ import annotations

import asyncio

from sstar_lsp.lsp.protocol_types import DocumentParams, Weights
from sstar_lsp.lsp.session.configuration import EditorSettings
from sstar_lsp.lsp.session.documents import path_of


async def weights(settings: EditorSettings, params: DocumentParams) -> Weights:
    """The models, each with its size and whether it is here; none if other servers write."""
    return await asyncio.to_thread(_weights, settings, params.uri)


def _weights(settings: EditorSettings, uri: str) -> Weights:
    from sstar_lsp.models.download.registry import known
    from sstar_lsp.models.download.registry import path_of as weights_of
    from sstar_lsp.models.factory import embedded_names

    environ, names = settings.environ, embedded_names(settings.of_run(path_of(uri)).model)
    models = dict.fromkeys(known(name, environ=environ) for name in names)
    return {
        "models": [
            {"id": model.id, "bytes": model.size_bytes, "here": weights_of(model, environ) is not None}
            for model in models
        ]
    }
