"""What a state says of its clusters: beliefs, the order of the clusters, the open question, the history.

Choice, pruning, evidence and faces take an :class:`Assessment`; none of them weighs a cluster again.
"""

from __future__ import annotations

from functools import cached_property

from attrs import evolve, frozen

from sstar_lsp.engine.choice.belief_history import Moment, moments_of
from sstar_lsp.engine.choice.open_question import information, most_telling
from sstar_lsp.engine.choice.posterior import (
    behaviours,
    beliefs_of,
    compared_on,
    contradicted,
    log_weights,
    shared_inputs,
)
from sstar_lsp.engine.run.events import CaseInput, Cluster, Dueled
from sstar_lsp.engine.run.state import RunState


@frozen
class Assessment:
    """A state of a run, weighed. Each part is computed when it is asked for first, and once."""

    state: RunState

    @cached_property
    def shared(self) -> tuple[CaseInput, ...]:
        """Valid inputs that every cluster met."""
        return shared_inputs(self.state)

    @cached_property
    def answers(self) -> dict[str, tuple[int, ...]]:
        """Cluster id to the number of its answer on each shared input: equal numbers are equal answers."""
        return behaviours(self.state, self.shared)

    @cached_property
    def weights(self) -> dict[str, float]:
        """Cluster id to its log-weight before any duel, in nats."""
        return log_weights(self.state, self.shared, self.answers)

    @cached_property
    def beliefs(self) -> dict[str, float]:
        """Cluster id to the probability of being right, 0 … 1; what is missing to 1 is "none of them"."""
        return beliefs_of(self.state, self.weights)

    @cached_property
    def beliefs_before_duels(self) -> dict[str, float]:
        """The same from the programs and their runs alone."""
        return beliefs_of(evolve(self.state, duels=()), self.weights)

    @cached_property
    def contradicted(self) -> frozenset[str]:
        """Ids of the clusters that a person or the checker program contradicts."""
        return frozenset(contradicted(self.state))

    @cached_property
    def compared(self) -> tuple[CaseInput, ...]:
        """Valid inputs on which all different survivors were compared."""
        return tuple(compared_on(self.state))

    @cached_property
    def ranked(self) -> tuple[Cluster, ...]:
        """Clusters by belief, the leader first, then the runner-up."""
        return tuple(sorted(self.state.clusters, key=lambda group: (-self.beliefs[group.id], group.id)))

    @cached_property
    def open_question(self) -> str | None:
        """Id of the input whose right output would tell most; None where there is nothing to ask."""
        if len(self.state.clusters) < 2 or self.state.problem.interactor is not None:
            return None
        return most_telling(self.state, information(self.shared, self.answers, self.beliefs))

    @cached_property
    def history(self) -> tuple[Moment, ...]:
        """How the beliefs went, oldest first."""
        return moments_of(self.state, self.weights)

    def beliefs_after(self, duels: tuple[Dueled, ...]) -> dict[str, float]:
        """The beliefs if these duels were fought as well."""
        return beliefs_of(evolve(self.state, duels=(*self.state.duels, *duels)), self.weights)
