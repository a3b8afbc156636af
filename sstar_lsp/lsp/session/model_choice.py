"""Which of a server's models a run uses where the settings name none: the person is asked once a session, by
``window/showMessageRequest``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from attrs import evolve

from sstar_lsp.lsp.session.editor import Editor, in_columns

if TYPE_CHECKING:
    from sstar_lsp.service import Service
    from sstar_lsp.settings import Settings

SHOWN = 5
"""Models that are offered: more buttons do not fit in a message."""
ANSWER_TIMEOUT_S = 300.0
"""A client that never answers leaves the run to its error."""


class ModelChoice:
    """The models that a person chose in this session, by base URL."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._chosen: dict[str, str] = {}
        self._asking = asyncio.Lock()
        """One question at a time."""

    def forget(self) -> None:
        """A server has no such model: ask again."""
        self._chosen.clear()

    async def with_model(self, service: Service, settings: Settings) -> Settings:
        """The settings with the model that the person chose; unchanged where one is named or nobody chooses.
        Raises :class:`UsageError`: an address that is none."""
        from sstar_lsp.models.factory import lacks_model, models_to_choose_from

        if not lacks_model(settings.model):
            return settings
        base_url = str(settings.model.base_url)
        async with self._asking:
            if base_url not in self._chosen:
                environ = await service.keys.environ_for(settings.model)
                names = await models_to_choose_from(settings.model, environ)
                chosen = await self._ask(names) if names else None
                if chosen is None:
                    return settings
                self._chosen[base_url] = chosen
        return evolve(settings, model=evolve(settings.model, model=self._chosen[base_url]))

    async def _ask(self, names: tuple[str, ...]) -> str | None:
        more = len(names) - SHOWN
        text = "The model server has several models and the settings name none. Which one is to be used in this session?"
        if more > 0:
            text += f" These are the best {SHOWN}; set model.model to use one of the other {more}."
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                chosen = await self._editor.choose(in_columns(text), list(names[:SHOWN]))
        except TimeoutError:
            return None
        return chosen if chosen in names else None
