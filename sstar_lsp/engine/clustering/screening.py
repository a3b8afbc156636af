"""Runs many more legal inputs than are kept, and keeps those that split programs which have agreed so far.

A program that errs on one input of two hundred is rarely found by a hundred inputs, and inputs that split
nothing need not be kept. So where the input format is known and inputs drawn from it are legal, survivors
that agree meet further inputs in batches, and only what tells them apart is proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from sstar_lsp.engine.concurrency import computed_in_turns, together
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import Cluster
from sstar_lsp.engine.run.executor import Outcome, same_output
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.free_inputs import texts_by_format
from sstar_lsp.engine.test_inputs.input_format import format_of
from sstar_lsp.engine.test_inputs.legality import odds_before_runs, rejected_by_runs
from sstar_lsp.records import Candidate, Problem

LONGEST = 1_200
"""Characters of an input: small ones are run in no time, and a person can read what they show."""


async def splitting_texts(
    runner: ProgramRunner, clusters: Sequence[Cluster], known: set[str], numbers: Sequence[int]
) -> list[str]:
    """New legal inputs on which programs of one cluster differ; none if the format of the input is not
    known whole.

    ``known``: inputs of the waves, without the space around them; ``numbers``: values to try.
    """
    state = runner.state
    problem, policy = state.problem, state.policy
    form = format_of(problem) if state.goes_by(Part.INPUT_FORMAT) else None
    groups = _groups(state, clusters)
    if form is None or not form.is_whole or not groups or not state.settings.inputs:
        return []
    if problem.interactor is not None:
        return []  # a conversation takes too long to have hundreds of them
    odds = odds_before_runs(problem, state.without, policy)
    known = known | {test.input.strip() for test in problem.public_tests}
    most = policy.screening_batch * policy.screening_batches
    made = texts_by_format(form, most, state.settings.seed + 1, known, numbers)
    texts = islice((text for text in made if len(text) <= LONGEST), _affordable(state, groups))
    kept: list[str] = []
    quiet = 0
    while groups and quiet < policy.quiet_batches:
        if not (batch := await computed_in_turns(islice(texts, policy.screening_batch))):
            break
        found = await _outcomes(runner, [program for group in groups for program in group], batch)
        before = len(kept)
        for place, text in enumerate(batch):
            outcomes = {name: {text: runs[place]} for name, runs in found.items()}
            met = [runs[place] for runs in found.values()]
            if rejected_by_runs(odds, met, problem.style, state.without, policy):
                continue
            parts = [part for group in groups for part in _parts(problem, group, text, outcomes)]
            if len(parts) > len(groups):
                kept.append(text)
                groups = [part for part in parts if len(part) > 1]
        quiet = quiet + 1 if len(kept) == before else 0
    return kept


def _groups(state: RunState, clusters: Sequence[Cluster]) -> list[list[Candidate]]:
    """Different programs that stand together, where there are several."""
    groups = [unique(state.candidates[name] for name in cluster.members) for cluster in clusters]
    return [group for group in groups if len(group) > 1]


def _affordable(state: RunState, groups: Sequence[Sequence[Candidate]]) -> int:
    """Number of inputs that all groups' programs run on in ``Policy.screening_s``, as measured."""
    runs = [state.outcomes.get(program.id, {}).values() for group in groups for program in group]
    needed = sum(sum(outcome.cpu_s for outcome in met) / max(1, len(met)) for met in runs)
    policy = state.policy
    most = policy.screening_batch * policy.screening_batches
    return int(policy.screening_s / max(needed, policy.screening_s / most))


async def _outcomes(
    runner: ProgramRunner, programs: Sequence[Candidate], texts: Sequence[str]
) -> Mapping[str, Sequence[Outcome]]:
    """By candidate, what it did on each text; programs that do not end are given up."""

    async def one(program: Candidate) -> tuple[str, Sequence[Outcome]]:
        return program.id, await runner.execute_in_batches(program, texts)

    return dict(await together(one(program) for program in programs))


def _parts(
    problem: Problem, group: Sequence[Candidate], text: str, outcomes: Mapping[str, Mapping[str, Outcome]]
) -> list[list[Candidate]]:
    """The programs of a group by what they did on a text."""
    parts: list[list[Candidate]] = []
    for program in group:
        own = outcomes[program.id][text]
        for part in parts:
            if same_output(problem.checker, outcomes[part[0].id][text], own):
                part.append(program)
                break
        else:
            parts.append([program])
    return parts
