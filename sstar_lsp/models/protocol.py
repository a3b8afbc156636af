"""The border to language models: what the engine may ask of any of them.

Real servers, the scripted fake and replayed replies speak this protocol and pass one suite in
``tests/models``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, runtime_checkable

from attrs import frozen

from sstar_lsp.records import JudgeExam, Message, Sampling, Token, Usage


@frozen
class Delta:
    """A piece of one answer."""

    text: str = ""
    finish_reason: str | None = None
    """On the last piece: ``stop``, ``length`` …; ``thinking``: its tokens ran out inside the thoughts."""
    usage: Usage | None = None
    """Of the whole request, once, on the last delta; None if the server does not count."""
    thought: str = ""
    """A piece of a reasoning model's thoughts; never part of the answer."""
    tokens: tuple[Token, ...] = ()
    """The piece's tokens, if :attr:`~sstar_lsp.records.Sampling.top_logprobs` asked and the server tells."""


class Model(Protocol):
    """A chat model behind any wire. Who opens its connections closes them."""

    name: str
    """As evidence and journal call it."""

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """Draw one answer, piece by piece.

        Closing the iterator (or cancelling the task that reads it) closes the connection, and the
        server stops. Raises a :class:`sstar_lsp.errors.ModelError`; what was already yielded stays valid.
        """
        ...


@runtime_checkable
class KnowsRoom(Protocol):
    """A model that says how much it does at once without loss."""

    room: int | None
    """So many answers at once are nearly as fast as one; more slow each other down. None: unknown."""


@runtime_checkable
class Examined(Protocol):
    """A model whose answers to the judge's exam are known."""

    exam: JudgeExam | None
    """None: it was not examined."""


@frozen
class Models:
    """The four roles of S*; several may be one and the same model."""

    writer: Model
    """Writes the samples."""
    debugger: Model
    """Repairs candidates that fail a public test."""
    input_writer: Model
    """Writes test inputs, generators and validators."""
    judge: Model
    """Says which of two outputs is right."""
    other_writers: tuple[Model, ...] = ()
    """Further models that write samples, in turn with ``writer``."""

    def of_role(self, role: str) -> tuple[Model, ...]:
        """The models of a role (``writer``, ``input-writer`` …); several take turns."""
        return self.writers if role == "writer" else (getattr(self, role.replace("-", "_")),)

    @property
    def writers(self) -> tuple[Model, ...]:
        """All that write samples."""
        return self.writer, *self.other_writers

    @classmethod
    def all_the_same(cls, model: Model) -> Models:
        """One model in every role."""
        return cls(writer=model, debugger=model, input_writer=model, judge=model)
