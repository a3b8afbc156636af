"""The fold: what a run is after some events.

``state = apply(state, event)`` and nothing else changes a state, so a resumed run, a replayed journal and
a live one cannot differ.
"""

from __future__ import annotations

from functools import reduce
from typing import TypeVar

from attrs import evolve, field, frozen

from sstar_lsp.engine import events as e
from sstar_lsp.engine.executor import Outcome
from sstar_lsp.records import Candidate, Problem, Status, Usage
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import Verdict

_K = TypeVar("_K")
_V = TypeVar("_V")


def _with(mapping: dict[_K, _V], key: _K, value: _V) -> dict[_K, _V]:
    return {**mapping, key: value}


@frozen
class RunState:
    """Everything known about a run."""

    started: e.RunStarted | None = None
    completions: dict[str, e.Completed] = field(factory=dict)
    """By request digest."""
    failures: tuple[e.CallFailed, ...] = ()
    candidates: dict[str, Candidate] = field(factory=dict)
    """By id, in the order of their arrival."""
    no_program: dict[str, str] = field(factory=dict)
    """Candidate id to why its reply held no program."""
    checks: dict[str, e.Checked] = field(factory=dict)
    inputs: dict[str, e.CaseInput] = field(factory=dict)
    rejected: dict[str, str] = field(factory=dict)
    """Input id to reason."""
    outcomes: dict[str, dict[str, Outcome]] = field(factory=dict)
    """Candidate id to input id to outcome."""
    clusters: tuple[e.Cluster, ...] = ()
    duels: tuple[e.Dueled, ...] = ()
    warnings: tuple[str, ...] = ()
    decided: e.Decided | None = None
    stopped: bool = False
    usage: Usage = Usage()
    seconds_before: float = 0.0
    """Wall time of earlier sessions of this run."""

    @property
    def problem(self) -> Problem:
        """The problem; there is one from the first event on."""
        assert self.started is not None, "the state of no run has no problem"
        return self.started.problem

    @property
    def settings(self) -> SolveSettings:
        """The settings the run was started with."""
        assert self.started is not None, "the state of no run has no settings"
        return self.started.settings

    @property
    def calls(self) -> int:
        """Requests made to models."""
        return len(self.completions) + len(self.failures)

    def passed(self, candidate_id: str) -> int:
        """How many public tests the candidate passes; -1 when it does not compile or was not run."""
        check = self.checks.get(candidate_id)
        if check is None or check.compile_error is not None:
            return -1
        return sum(outcome.verdict is Verdict.AC for outcome in check.outcomes)

    def survives(self, candidate_id: str) -> bool:
        """Whether the candidate passes every public test (where there is none: whether it compiles)."""
        return self.passed(candidate_id) == len(self.problem.public_tests)

    @property
    def survivors(self) -> tuple[Candidate, ...]:
        """Candidates that pass every public test, in sampling order."""
        alive = (c for c in self.candidates.values() if self.survives(c.id))
        return tuple(sorted(alive, key=lambda candidate: sampling_order(candidate.id)))

    @property
    def valid_inputs(self) -> tuple[e.CaseInput, ...]:
        """Test inputs that may decide something, in the order of their numbers."""
        return tuple(i for i in self.inputs.values() if i.id not in self.rejected)

    def cluster(self, cluster_id: str) -> e.Cluster:
        """The cluster of that id."""
        return next(cluster for cluster in self.clusters if cluster.id == cluster_id)


def sampling_order(candidate_id: str) -> tuple[int, int]:
    """``c12.1`` as (12, 1): sorts candidates as they were asked for."""
    sample, _, round_ = candidate_id[1:].partition(".")
    return int(sample), int(round_ or 0)


def apply(state: RunState, event: e.Event) -> RunState:
    """The state after one more event."""
    match event:
        case e.RunStarted():
            return evolve(state, started=event)
        case e.Resumed():
            return _resumed(state, event)
        case e.Completed():
            return evolve(
                state,
                completions=_with(state.completions, event.request, event),
                usage=state.usage + event.usage,
            )
        case e.CallFailed():
            return evolve(state, failures=(*state.failures, event))
        case e.Sampled():
            return evolve(state, candidates=_with(state.candidates, event.candidate.id, event.candidate))
        case e.NoProgram():
            return evolve(state, no_program=_with(state.no_program, event.candidate_id, event.message))
        case e.Checked():
            return evolve(state, checks=_with(state.checks, event.candidate_id, event))
        case e.InputsProposed():
            return evolve(state, inputs={**state.inputs, **{item.id: item for item in event.inputs}})
        case e.InputRejected():
            return evolve(state, rejected=_with(state.rejected, event.input_id, event.reason))
        case e.Ran():
            known = state.outcomes.get(event.candidate_id, {})
            merged = {**known, **event.outcomes}
            return evolve(state, outcomes=_with(state.outcomes, event.candidate_id, merged))
        case e.Clustered():
            return evolve(state, clusters=event.clusters)
        case e.Dueled():
            return evolve(state, duels=(*state.duels, event))
        case e.Warned():
            return evolve(state, warnings=(*state.warnings, event.message))
        case e.Decided():
            return evolve(state, decided=event)
        case e.Stopped():
            return evolve(state, stopped=True, seconds_before=state.seconds_before + event.seconds)


def _resumed(state: RunState, event: e.Resumed) -> RunState:
    """A run that ended for want of budget is undecided again once it goes on."""
    decided = state.decided
    if decided is not None and decided.status is Status.OUT_OF_BUDGET:
        state = evolve(state, decided=None, seconds_before=decided.seconds)
    started = state.started
    if started is not None and event.budget is not None:
        started = evolve(started, settings=evolve(started.settings, budget=event.budget))
    return evolve(state, started=started, stopped=False)


def fold(events: list[e.Event]) -> RunState:
    """The state after all of them."""
    return reduce(apply, events, RunState())
