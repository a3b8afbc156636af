"""Is this input legal? An input that is probably illegal decides nothing.

Two cheap voices, both needed: the shape that all examples share (:mod:`sstar_lsp.engine.shape`), and the
survivors themselves: where most of them crash, the input is at fault rather than they.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from sstar_lsp.engine.executor import Outcome
from sstar_lsp.engine.kinds import Allowed, Kind, allowed_by, misfit_call, parameters_of
from sstar_lsp.engine.shape import Shape, misfit, shape_of
from sstar_lsp.records import Problem, Style
from sstar_sandbox import Verdict

LONGEST_INPUT = 20_000
"""Characters; a longer one is nothing that a person or a judge can read."""


def why_illegal(shape: Shape | None, text: str) -> str | None:
    """Reason from the text alone, before anything runs; None when it looks legal."""
    if len(text) > LONGEST_INPUT:
        return f"it has {len(text)} characters"
    return misfit(shape, text) if shape is not None else None


@frozen
class Legality:
    """What the inputs of a problem have in common; made once, asked for each input."""

    shape: Shape | None
    parameters: list[tuple[Kind, ...]]
    allowed: Allowed

    def why_illegal(self, text: str) -> str | None:
        """Reason from the text alone, before anything runs; None when it looks legal."""
        reason = why_illegal(self.shape, text)
        return (
            misfit_call(self.parameters, self.allowed, text) if reason is None and self.parameters else reason
        )


def legality_of(problem: Problem) -> Legality:
    """The rules that a problem's examples, signature and statement give."""
    parameters = parameters_of(problem) if problem.style is Style.FUNCTION else []
    return Legality(shape_of(problem), parameters, allowed_by(problem, parameters))


def rejected_by_consensus(outcomes: Iterable[Mapping[str, Outcome]], input_id: str) -> str | None:
    """Reason from the runs: more than half of the distinct survivors crash on it."""
    crashed = [run[input_id].verdict is Verdict.RE for run in outcomes if input_id in run]
    if crashed and sum(crashed) * 2 > len(crashed):
        return f"{sum(crashed)} of {len(crashed)} programs that pass the examples crash on it"
    return None
