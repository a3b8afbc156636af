"""From settings to models: the embedded one, or any OpenAI-compatible server.

A room of its own so that faces and engine never ask which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from sstar_lsp.errors import UsageError
from sstar_lsp.models.keys import key_for
from sstar_lsp.models.openai_model import OpenAIModel
from sstar_lsp.models.roles import Models
from sstar_lsp.settings import ModelSettings


async def connect(
    settings: ModelSettings, stack: AsyncExitStack, environ: Mapping[str, str], say: Callable[[str], None]
) -> Models:
    """Models for these settings; connections, and the lease on an embedded server, end with ``stack``.

    Raises:
        UsageError: an address that is none, or a server with several models and none named.
        ModelError: a remote server that cannot be asked for its models.
        EmbeddedModelError: no runtime, or no weights.
    """
    if settings.base_url is None:
        from sstar_lsp.models.embedded import embedded_model

        model = await stack.enter_async_context(embedded_model(settings.model, say=say))
        return Models.all_the_same(model)
    key = key_for(settings.base_url, environ)
    remote = OpenAIModel(settings.base_url, settings.model or "", key, idle_timeout_s=settings.idle_timeout_s)
    stack.push_async_callback(remote.aclose)
    if settings.model is None:
        remote.name = await _only_model(remote)
    return Models.all_the_same(remote)


async def _only_model(server: OpenAIModel) -> str:
    names = await server.models()
    if len(names) != 1:
        listed = ", ".join(sorted(names)) or "none"
        raise UsageError(
            f"{server.base_url} has these models: {listed}. Name one with --model (or SSTAR_MODEL)."
        )
    return names[0]
