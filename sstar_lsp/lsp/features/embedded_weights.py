"""``sstar/weights``: a solve's embedded models and whether they are here, before a download."""

from __future__ import annotations

import asyncio
from pathlib import Path

from attrs import frozen

from sstar_lsp.lsp.protocol_types import DocumentParams, Weights
from sstar_lsp.lsp.session.configuration import EditorSettings
from sstar_lsp.lsp.session.documents import path_of


@frozen
class EmbeddedWeights:
    """Looks for weights on this machine."""

    settings: EditorSettings

    async def weights(self, params: DocumentParams) -> Weights:
        """The models, each with its size and whether it is here; none if other servers write."""
        return await asyncio.to_thread(self._weights, path_of(params.uri))

    def _weights(self, path: Path | None) -> Weights:
        from sstar_lsp.models.download.registry import known
        from sstar_lsp.models.download.registry import path_of as weights_of
        from sstar_lsp.models.factory import embedded_names

        environ = self.settings.environ
        models = dict.fromkeys(
            known(name, environ=environ) for name in embedded_names(self.settings.of_run(path).model)
        )
        return {
            "models": [
                {"id": model.id, "bytes": model.size_bytes, "here": weights_of(model, environ) is not None}
                for model in models
            ]
        }
