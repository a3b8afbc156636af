"""Whether a person's own program is right, by a run that began with it: where a rival differs."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from sstar_lsp.engine.clustering.clusters import separating
from sstar_lsp.engine.judging.duels import printed
from sstar_lsp.engine.report.evidence import shown_input
from sstar_lsp.engine.run.executor import is_accepted
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import PromptKind


@frozen
class OwnProgram:
    """What a run that began with a person's own program says of it."""

    candidate: str
    """Its id."""
    verdict: Annotated[str, "agrees", "differs", "fails", "unknown"]
    """``agrees`` with the most believed program on every input; ``differs`` from it; ``fails`` an example;
    ``unknown``: no rival is there to compare it with."""
    compared: int
    """Further inputs that both met."""
    input: str | None = None
    """As a program reads it: the smallest on which it differs, or the example that it fails."""
    shown: str = ""
    """The same as a person reads it."""
    input_id: str | None = None
    """Of a made input."""
    output: str = ""
    """What it printed there, clipped; ``(crashed: …)`` and the like where there was none."""
    rival: str | None = None
    """Id of the most believed program, where it is another one."""
    rival_output: str = ""
    """What that one printed, an opinion; of an example: the right output."""
    belief: float | None = None
    """In the rival's behaviour, 0 … 1."""


def own_program(state: RunState) -> OwnProgram | None:
    """What a run says of a person's own program; None if it began with none, or has not ended."""
    own = next((c.id for c in state.candidates.values() if c.prompt is PromptKind.OWN), None)
    if own is None or state.decided is None:
        return None
    check = state.checks.get(own)
    for test, outcome in zip(
        state.problem.public_tests, check.outcomes if check is not None else (), strict=False
    ):
        if not is_accepted(state.problem, test.expected, outcome):
            shown = shown_input(state, test.input)
            return OwnProgram(own, "fails", 0, test.input, shown, None, printed(outcome), None, test.expected)
    if check is None or check.compile_error is not None:
        return OwnProgram(own, "fails", 0, output=check.compile_error or "" if check is not None else "")
    beliefs = state.decided.beliefs
    believed = max(state.clusters, key=lambda cluster: beliefs.get(cluster.id, 0.0), default=None)
    others = [c for c in state.candidates.values() if c.id != own and state.survives(c.id)]
    if believed is None or not others:
        return OwnProgram(own, "unknown", 0)
    belief = round(beliefs.get(believed.id, 0.0), 4)
    rival = next((member for member in believed.members if member != own), believed.members[0])
    mine, theirs = state.outcomes.get(own, {}), state.outcomes.get(rival, {})
    compared = sum(i.id in mine and i.id in theirs for i in state.valid_inputs)
    if own in believed.members:
        verdict = "agrees" if compared else "unknown"
        return OwnProgram(own, verdict, compared, rival=rival if rival != own else None, belief=belief)
    apart = separating(state.problem.checker, mine, theirs, state.valid_inputs)
    if not apart:
        return OwnProgram(own, "unknown", compared, rival=rival, belief=belief)
    first = apart[0]
    return OwnProgram(
        own,
        "differs",
        compared,
        input=first.text,
        shown=shown_input(state, first.text),
        input_id=first.id,
        output=printed(mine[first.id]),
        rival=rival,
        rival_output=printed(theirs[first.id]),
        belief=belief,
    )
