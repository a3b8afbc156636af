"""The fold: what a run is after some events.

``state = apply(state, event)`` and nothing else changes a state, so a resumed run, a replayed journal and
a live one cannot differ.
"""

from __future__ import annotations

from functools import reduce

from attrs import evolve, field, frozen

from sstar_lsp.engine.run import events as e
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.executor import Outcome, is_accepted
from sstar_lsp.engine.run.policy import POLICY, Policy
from sstar_lsp.records import Candidate, Problem, Status, Test, TestOrigin, Usage
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import Verdict, language_named


@frozen
class RunState:
    """Everything known about a run."""

    started: e.RunStarted | None = None
    completions: dict[str, e.Completed] = field(factory=dict)
    """By request digest."""
    failures: tuple[e.CallFailed, ...] = ()
    cancelled: tuple[e.CallCancelled, ...] = ()
    candidates: dict[str, Candidate] = field(factory=dict)
    """By id, in the order of their arrival."""
    no_program: dict[str, e.NoProgram] = field(factory=dict)
    """Candidate id to why its reply held no program."""
    checks: dict[str, e.Checked] = field(factory=dict)
    inputs: dict[str, e.CaseInput] = field(factory=dict)
    rejected: dict[str, str] = field(factory=dict)
    """Input id to reason."""
    outcomes: dict[str, dict[str, Outcome]] = field(factory=dict)
    """Candidate id to input id to outcome."""
    confirmed: dict[str, frozenset[str]] = field(factory=dict)
    """Candidate id to the inputs that it met in processes of their own."""
    enumerated: e.Enumerated | None = None
    """Where the problem allows few inputs: how many of them were run."""
    clusters: tuple[e.Cluster, ...] = ()
    duels: tuple[e.Dueled, ...] = ()
    tiers: tuple[e.TierActed, ...] = ()
    """What the steps did that programs of the input-writer take part in, in their order."""
    outputs_checked: e.OutputsChecked | None = None
    """What a checker that the input-writer wrote said, where one was asked for and believed."""
    brute_forced: e.BruteForced | None = None
    """The brute-force program of this run, where one was asked for."""
    verdicts: dict[str, e.HumanVerdict] = field(factory=dict)
    """Input id to what a person said about it last."""
    warnings: tuple[str, ...] = ()
    decided: e.Decided | None = None
    stopped: bool = False
    refused: str = ""
    """Why the run never began; empty where it began, or where its process ended before it could say why."""
    usage: Usage = Usage()
    seconds_before: float = 0.0
    """Wall time of earlier sessions of this run."""
    session_began: float | None = None
    """Unix time in seconds; None between sessions."""
    last_seen: float = 0.0
    """Unix time in seconds of the newest event that has one: where a session ended that crashed."""
    sampling_ended: e.SamplingEnded | None = None
    checker_tried: e.CheckerTried | None = None

    @property
    def run_id(self) -> str:
        """The id of a run that has begun."""
        assert self.started is not None, "the state of no run has no id"
        return self.started.run_id

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
    def language(self) -> str:
        """Canonical id of the programs' language."""
        return language_named(self.settings.language or self.problem.language or "python")

    @property
    def policy(self) -> Policy:
        """The tuned numbers that the run goes by."""
        return self.started.policy if self.started is not None else POLICY

    @property
    def without(self) -> tuple[Part, ...]:
        """Parts of the choice that do not count; only a measurement leaves any out."""
        return self.started.without if self.started is not None else ()

    def goes_by(self, part: Part) -> bool:
        """Whether this part of the choice counts."""
        return part not in self.without

    @property
    def calls(self) -> int:
        """Requests made to models."""
        return len(self.completions) + len(self.failures) + len(self.cancelled)

    @property
    def money(self) -> float:
        """What all requests cost by the price table; models without a price cost nothing."""
        if self.started is None or not self.started.prices.models:
            return 0.0
        prices = self.started.prices.models
        made: list[e.Completed | e.CallFailed | e.CallCancelled]
        made = [*self.completions.values(), *self.failures, *self.cancelled]
        return sum(prices[call.model].of(call.usage) for call in made if call.model in prices)

    def answered(self, *, repairs: bool = False) -> int:
        """How many samples, or how many repairs, were answered, with a program or without."""
        rounds = {own_id: candidate.round for own_id, candidate in self.candidates.items()}
        rounds |= {own_id: reply.round for own_id, reply in self.no_program.items()}
        return sum((round_ > 0) == repairs for round_ in rounds.values())

    def passed(self, candidate_id: str) -> int:
        """How many public tests the candidate passes; -1 when it does not compile or was not run."""
        check = self.checks.get(candidate_id)
        if check is None or check.compile_error is not None:
            return -1
        return sum(
            is_accepted(self.problem, test.expected, outcome)
            for test, outcome in zip(self.problem.public_tests, check.outcomes, strict=False)
        )

    def other_answers(self, candidate_id: str) -> tuple[str, ...]:
        """Examples with another accepted answer than the shown one, if the problem accepts several."""
        check = self.checks.get(candidate_id)
        return tuple(
            test.name or f"example {number}"
            for number, (test, outcome) in enumerate(
                zip(self.problem.public_tests, check.outcomes if check is not None else (), strict=False), 1
            )
            if outcome.verdict is not Verdict.AC and is_accepted(self.problem, test.expected, outcome)
        )

    def survives(self, candidate_id: str) -> bool:
        """Whether the candidate passes every public test (where there is none: whether it compiles)."""
        return self.passed(candidate_id) == len(self.problem.public_tests)

    @property
    def survivors(self) -> tuple[Candidate, ...]:
        """Candidates that pass every public test, in sampling order."""
        ended = self.sampling_ended
        taken = self.candidates if ended is None else [i for i in ended.considered if i in self.candidates]
        alive = (self.candidates[i] for i in taken if self.survives(i))
        return tuple(sorted(alive, key=lambda candidate: candidate.order))

    @property
    def valid_inputs(self) -> tuple[e.CaseInput, ...]:
        """Test inputs that may decide something, in the order of their numbers."""
        kept = (item for item in self.inputs.values() if item.id not in self.rejected)
        return tuple(item for item in kept if item.origin is not e.InputOrigin.LARGE)

    @property
    def user_tests(self) -> tuple[Test, ...]:
        """Inputs whose right output a person has said, as public tests."""
        said = ((name, verdict.expected) for name, verdict in self.verdicts.items() if name in self.inputs)
        return tuple(
            Test(self.inputs[name].text, expected, TestOrigin.USER, f"verdict on {name}")
            for name, expected in said
            if expected is not None
        )


def apply(state: RunState, event: e.Event) -> RunState:
    """The state after one more event."""
    if isinstance(event, e.Completed | e.CallFailed | e.CallCancelled):
        state = evolve(state, usage=state.usage + event.usage, last_seen=max(state.last_seen, event.at))
    match event:
        case e.RunStarted():
            return evolve(state, started=event, session_began=event.at, last_seen=event.at)
        case e.Resumed():
            return _resumed(state, event)
        case e.Completed():
            return evolve(state, completions=state.completions | {event.request: event})
        case e.CallFailed():
            return evolve(state, failures=(*state.failures, event))
        case e.CallCancelled():
            return evolve(state, cancelled=(*state.cancelled, event))
        case e.SamplingEnded():
            return evolve(state, sampling_ended=event)
        case e.Sampled():
            return evolve(state, candidates=state.candidates | {event.candidate.id: event.candidate})
        case e.NoProgram():
            return evolve(state, no_program=state.no_program | {event.candidate_id: event})
        case e.Checked():
            return evolve(state, checks=state.checks | {event.candidate_id: event})
        case e.InputsProposed():
            return evolve(state, inputs=state.inputs | {item.id: item for item in event.inputs})
        case e.InputRejected():
            return evolve(state, rejected=state.rejected | {event.input_id: event.reason})
        case e.Ran():
            outcomes = state.outcomes.get(event.candidate_id, {}) | event.outcomes
            state = evolve(state, outcomes=state.outcomes | {event.candidate_id: outcomes})
            if not event.isolated:
                return state
            met = state.confirmed.get(event.candidate_id, frozenset()) | frozenset(event.outcomes)
            return evolve(state, confirmed=state.confirmed | {event.candidate_id: met})
        case e.Enumerated():
            return evolve(state, enumerated=event)
        case e.Clustered():
            return evolve(state, clusters=event.clusters)
        case e.Dueled():
            return evolve(state, duels=(*state.duels, event))
        case e.CheckerTried():
            return evolve(state, checker_tried=event)
        case e.TierActed():
            return evolve(state, tiers=(*state.tiers, event))
        case e.OutputsChecked():
            return evolve(state, outputs_checked=event)
        case e.BruteForced():
            return evolve(state, brute_forced=event)
        case e.HumanVerdict():
            return _judged(state, event)
        case e.Warned():
            return evolve(state, warnings=(*state.warnings, event.message))
        case e.Decided():
            return evolve(state, decided=event, seconds_before=event.seconds, session_began=None)
        case e.Stopped():
            seconds = event.seconds if state.session_began is not None else 0.0
            return evolve(
                state, stopped=True, seconds_before=state.seconds_before + seconds, session_began=None
            )
        case e.Refused():
            return evolve(state, refused=event.reason)


def _judged(state: RunState, event: e.HumanVerdict) -> RunState:
    """A person's word replaces what was said before, and what the machine thought of the input."""
    rejected = dict(state.rejected)
    before = state.verdicts.get(event.input_id)
    if event.illegal:
        rejected[event.input_id] = "a person said that the problem does not allow it"
    elif event.expected is not None or (before is not None and before.illegal):
        rejected.pop(event.input_id, None)
    return evolve(state, verdicts=state.verdicts | {event.input_id: event}, rejected=rejected)


def _resumed(state: RunState, event: e.Resumed) -> RunState:
    """A run that ended without budget is undecided again; a crashed session lasted until its last event."""
    if state.decided is not None and state.decided.status is Status.OUT_OF_BUDGET:
        state = evolve(state, decided=None)
    if state.session_began is not None:
        crashed = max(0.0, state.last_seen - state.session_began)
        state = evolve(state, seconds_before=state.seconds_before + crashed)
    started = state.started
    if started is not None and event.budget is not None:
        started = evolve(started, settings=evolve(started.settings, budget=event.budget))
    if started is not None and event.prices is not None:
        started = evolve(started, prices=event.prices)
    return evolve(state, started=started, stopped=False, session_began=event.at, last_seen=event.at)


def fold(events: list[e.Event]) -> RunState:
    """The state after all of them."""
    return reduce(apply, events, RunState())
