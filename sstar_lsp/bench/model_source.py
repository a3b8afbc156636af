"""The models of a measurement: none, the embedded one, any server, or a recording of what they said."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from attrs import frozen

from sstar_lsp.errors import UsageError
from sstar_lsp.models.download.registry import REGISTRY
from sstar_lsp.models.factory import connect
from sstar_lsp.models.protocol import Model, Models
from sstar_lsp.models.response_cache import RecordedModel, Recording
from sstar_lsp.settings import ModelSettings

NONE = "none"
EMBEDDED = "embedded"


@frozen
class ModelChoice:
    """What the command line says about the model."""

    name: str = NONE
    """``none``, ``embedded``, the name of an embedded model, or of the model at ``base_url``."""
    base_url: str | None = None
    record: Path | None = None
    """File of recorded replies: replayed where they fit, added to where they do not."""
    replay_only: bool = False
    """Ask nobody: a reply that is not in ``record`` is an error."""

    def __attrs_post_init__(self) -> None:
        """Refuse combinations that mean nothing."""
        if self.replay_only and self.record is None:
            raise UsageError("--replay-only needs --record FILE: the replies to replay.")
        if self.name == NONE and (self.base_url is not None or self.record is not None):
            raise UsageError(
                "--base-url and --record need a model: --model embedded, or the name of a model at --base-url."
            )

    @property
    def is_none(self) -> bool:
        """Whether there is no model at all."""
        return self.name == NONE


async def models_of(choice: ModelChoice, stack: AsyncExitStack, say: Callable[[str], None]) -> Models | None:
    """The models, wrapped in the recording where there is one; closed with ``stack``. None: ``--model none``.
    Raises :class:`UsageError` or :class:`ModelError` or :class:`EmbeddedModelError`: as
    :func:`sstar_lsp.models.factory.connect`."""
    if choice.is_none:
        return None
    recording = Recording.of(choice.record) if choice.record is not None else None
    if choice.replay_only:
        assert recording is not None, "checked when the choice was made"
        return Models.all_the_same(RecordedModel(recording, None, _replayed_name(choice, recording)))
    named = None if choice.name == EMBEDDED else choice.name
    connected = await connect(ModelSettings(base_url=choice.base_url, model=named), stack, os.environ, say)
    if recording is None:
        return connected
    wrapped: dict[int, RecordedModel] = {}

    def recorded(model: Model) -> RecordedModel:
        return wrapped.setdefault(id(model), RecordedModel(recording, model))

    return Models(
        writer=recorded(connected.writer),
        debugger=recorded(connected.debugger),
        input_writer=recorded(connected.input_writer),
        judge=recorded(connected.judge),
    )


def _replayed_name(choice: ModelChoice, recording: Recording) -> str:
    known = recording.models
    name = next((weights.id for weights in REGISTRY if choice.name in weights.aliases), choice.name)
    if name in known:
        return name
    if len(known) == 1:
        return known[0]
    listed = ", ".join(known) or "none"
    raise UsageError(f"{recording.path}: holds replies of these models: {listed}. Name one with --model.")
