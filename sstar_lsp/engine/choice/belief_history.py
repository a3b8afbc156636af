"""How the belief in each cluster went: before any duel, after each duel, after each word of a person.

It is shown and decides nothing: the clusters are those of today, and the duels and
verdicts are laid on them one by one, in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import evolve, frozen

from sstar_lsp.engine.choice.calibration import told_beliefs
from sstar_lsp.engine.choice.posterior import beliefs_of
from sstar_lsp.engine.run.state import RunState


class After(StrEnum):
    """What a moment comes after."""

    START = "start"
    """The programs were compared; nobody was asked yet."""
    DUEL = "duel"
    VERDICT = "verdict"
    """A person said something about an input."""


@frozen
class Moment:
    """What was believed after something happened."""

    after: After
    input_id: str | None
    """The input that the duel or the verdict was about."""
    beliefs: dict[str, float]
    """Cluster id to the probability of being right, 0 … 1."""


def moments_of(state: RunState, weights: Mapping[str, float]) -> tuple[Moment, ...]:
    """The moments of a run, oldest first; none where nothing was compared. ``weights``: before any duel."""
    if not state.clusters:
        return ()
    seen = evolve(state, duels=(), verdicts={})
    before_duels = beliefs_of(seen, weights)

    def moment(after: After, input_id: str | None) -> Moment:
        return Moment(after, input_id, told_beliefs(seen, beliefs_of(seen, weights), before_duels))

    found = [moment(After.START, None)]
    for number, duel in enumerate(state.duels, 1):
        seen = evolve(seen, duels=state.duels[:number])
        found.append(moment(After.DUEL, next(iter(duel.input_ids), None)))
    for input_id, said in state.verdicts.items():
        seen = evolve(seen, verdicts={**seen.verdicts, input_id: said})
        found.append(moment(After.VERDICT, input_id))
    return tuple(found)
