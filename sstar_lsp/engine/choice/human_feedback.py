"""What a person says about a test input.

A verdict is kept as the right output of its input, never as a letter, so it means the same after the clusters
were made again. It is absorbed without a model: the clusters are grouped again and the choice is made again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from attrs import evolve

from sstar_lsp.engine.choice.decision import decide
from sstar_lsp.engine.clustering.clusters import keep_names
from sstar_lsp.engine.clustering.differential_testing import grouped
from sstar_lsp.engine.run.events import Clustered, Event, HumanVerdict
from sstar_lsp.engine.run.state import RunState, apply
from sstar_lsp.errors import UsageError
from sstar_lsp.problems.source.literals import NoLiteral, encode, literal
from sstar_lsp.records import Problem, Status, Style

Said = str | Mapping[str, str]
"""``{"expected": text}``, ``{"cluster": id}``, ``"illegal"`` or ``"unknown"``."""
KNOWN_VERDICTS = '{"expected": text}, {"cluster": id}, "illegal", "unknown"'


def read_verdict(state: RunState, input_id: str, said: Said, at: float) -> HumanVerdict:
    """A person's words as an event.

    Raises:
        UsageError: no such input, no such cluster, or no such verdict; lists those that there are.
    """
    if input_id not in state.inputs:
        known = ", ".join(state.inputs) or "none"
        raise UsageError(f"this run has no test input '{input_id}'. Known inputs: {known}.")
    if said == "illegal":
        return HumanVerdict(input_id, None, at, illegal=True)
    if said == "unknown":
        return HumanVerdict(input_id, None, at, unknown=True)
    if isinstance(said, Mapping) and len(said) == 1:
        ((key, value),) = said.items()
        if key == "expected" and isinstance(value, str):
            return HumanVerdict(input_id, _expected(state.problem, value), at)
        if key == "cluster" and isinstance(value, str):
            return HumanVerdict(input_id, _output_of(state, input_id, value), at, cluster=value)
    raise UsageError(f"{said!r} is no verdict. Known verdicts: {KNOWN_VERDICTS}.")


def _expected(problem: Problem, text: str) -> str:
    """The right output as tests keep it; function style takes Python and JSON literals."""
    if problem.style is not Style.FUNCTION:
        return text
    try:
        json.loads(text)
    except ValueError:
        try:
            return encode(literal(text))
        except (NoLiteral, TypeError) as error:
            raise UsageError(
                f"'{text}' is no value: write the result as in Python or JSON, for example [1, 2] or \"text\"."
            ) from error
    return text


def _output_of(state: RunState, input_id: str, cluster_id: str) -> str:
    """What the programs of a cluster printed for an input."""
    group = next((group for group in state.clusters if group.id == cluster_id), None)
    if group is None:
        known = ", ".join(group.id for group in state.clusters) or "none"
        raise UsageError(f"this run has no cluster '{cluster_id}'. Known clusters: {known}.")
    outcome = state.outcomes.get(group.members[0], {}).get(input_id)
    if outcome is None or not outcome.ended_well:
        how = "was not run" if outcome is None else f"ended with {outcome.verdict.value}"
        raise UsageError(
            f"cluster {cluster_id} printed nothing for {input_id} (it {how}), so it cannot be right there: "
            "say the expected output instead."
        )
    return outcome.output


def judged(state: RunState, input_id: str, said: Said, at: float) -> list[Event]:
    """What a person's verdict makes of a run: the verdict, the clusters where they change, the choice made again.

    A run that has not decided yet only keeps the verdict. No model is asked and nothing is run.

    Raises:
        UsageError: as :func:`read_verdict`.
    """
    verdict = read_verdict(state, input_id, said, at)
    events: list[Event] = [verdict]
    decided = state.decided
    state = apply(state, verdict)
    if decided is None or not state.survivors:
        return events
    clusters = keep_names(state.clusters, grouped(state, state.valid_inputs))
    if clusters != state.clusters:
        events.append(Clustered(clusters))
        state = apply(state, events[-1])
    again = decide(state, None, decided.seconds - state.seconds_before)
    if decided.status is Status.OUT_OF_BUDGET and len(clusters) > 1 and not state.user_tests:
        reason = f"the budget was reached; this is the leader so far. {again.reason}"
        again = evolve(again, status=Status.OUT_OF_BUDGET, reason=reason)
    events.append(again)
    return events
