"""Which model does which work in a run."""

from __future__ import annotations

from attrs import frozen

from sstar_lsp.models.protocol import Model


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

    async def aclose(self) -> None:
        """Close each distinct model once."""
        closed: list[Model] = []
        for model in (*self.writers, self.debugger, self.input_writer, self.judge):
            if not any(model is other for other in closed):
                closed.append(model)
                await model.aclose()
