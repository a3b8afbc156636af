"""Which of a server's models a run uses, where the settings name none: the person is asked, once a session.

By ``window/showMessageRequest``, which every client can show: the models that write programs best are its actions.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from attrs import evolve
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sstar_lsp.lsp.session.columns import in_columns

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.session import Session
    from sstar_lsp.service import Service
    from sstar_lsp.settings import Settings

SHOWN = 5
"""Models that are offered: more buttons do not fit in a message."""
PATIENCE_S = 300.0
"""A person may be asked to choose; a client that never answers leaves the run to its error."""


async def with_model(server: Session, service: Service, settings: Settings) -> Settings:
    """The settings with the model that the person chose; unchanged where one is named or nobody chooses.

    Raises:
        UsageError: an address that is none.
    """
    from sstar_lsp.models.factory import lacks_model, models_to_choose_from

    if not lacks_model(settings.model):
        return settings
    where = str(settings.model.base_url)
    async with server.choosing:
        if where not in server.chosen_models:
            environ = await service.keys.environ_for(settings.model)
            names = await models_to_choose_from(settings.model, environ)
            chosen = await _ask(server, names) if names else None
            if chosen is None:
                return settings
            server.chosen_models[where] = chosen
    return evolve(settings, model=evolve(settings.model, model=server.chosen_models[where]))


async def _ask(server: Session, names: tuple[str, ...]) -> str | None:
    more = len(names) - SHOWN
    text = "The model server has several models and the settings name none. Which one is to be used in this session?"
    if more > 0:
        text += f" These are the best {SHOWN}; set model.model to use one of the other {more}."
    actions = [types.MessageActionItem(name) for name in names[:SHOWN]]
    asked = types.ShowMessageRequestParams(types.MessageType.Info, in_columns(text), actions)
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await server.window_show_message_request_async(asked)
    except (JsonRpcException, TimeoutError):
        return None
    return answer.title if answer is not None and answer.title in names else None
