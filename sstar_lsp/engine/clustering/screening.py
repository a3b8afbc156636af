"""Runs many more legal inputs than are kept, and keeps those that split programs which have agreed so far.

A program that errs on one input of two hundred is rarely found by a hundred inputs, and inputs that split
nothing need not be kept. So where the input format is known and inputs drawn from it are legal, survivors
that agree meet further inputs in batches, and only what tells them apart is proposed: drawn ones, or where
the problem allows few, all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from sstar_lsp.engine.clustering.clusters import grouped_by
from sstar_lsp.engine.concurrency import computed_in_turns, together
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import CaseInput, Cluster
from sstar_lsp.engine.run.execution.executions import GIVEN_UP
from sstar_lsp.engine.run.executor import Outcome, same_output
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.free_inputs import texts_by_format
from sstar_lsp.engine.test_inputs.input_format import InputFormat, format_of
from sstar_lsp.engine.test_inputs.input_format.drawing.enumeration import TooMany, are_all, every_text, spread
from sstar_lsp.engine.test_inputs.legality import legality_of, odds_before_runs, rejected_by_runs
from sstar_lsp.records import Candidate, Problem

LONGEST = 1_200
"""Characters of an input: small ones are run in no time, and a person can read what they show."""


ENUMERATED_BATCH = 400
"""Of all legal inputs, run together: each batch is a few jobs of the sandbox for each program."""


async def splitting_texts(
    runner: ProgramRunner, clusters: Sequence[Cluster], known: set[str], numbers: Sequence[int]
) -> list[str]:
    """New legal inputs on which programs of one cluster differ; none if the format of the input is not
    known whole.

    ``known``: inputs of the waves, without the space around them; ``numbers``: values to try.
    """
    state = runner.state
    policy = state.policy
    form, groups = _format(state), _groups(state, clusters)
    if form is None or not groups:
        return []
    known = known | {test.input.strip() for test in state.problem.public_tests}
    most = policy.screening_batch * policy.screening_batches
    made = texts_by_format(form, most, state.settings.seed + 1, known, numbers)
    affordable = _affordable(state, groups, policy.screening_s, most)
    texts = islice((text for text in made if len(text) <= LONGEST), affordable)
    kept, _ = await _screen(runner, groups, texts, policy.screening_batch, policy.quiet_batches)
    return kept


async def splitting_of_all(
    runner: ProgramRunner, clusters: Sequence[Cluster], met: Collection[CaseInput]
) -> tuple[list[str], int, int] | None:
    """As :func:`splitting_texts`, out of all legal inputs: which split, how many there are, and how many of
    them all programs that agree have run on; None where they are too many or not known, or no programs agree.

    ``met``: inputs that the programs ran on already. What time does not allow is left out evenly.
    """
    state = runner.state
    form, groups = _format(state), _groups(state, clusters)
    if form is None or not groups:
        return None
    legality, policy = legality_of(state.problem, state.without), state.policy
    try:
        every = await computed_in_turns(every_text(form, policy.enumerated_inputs))
    except TooMany:
        return None
    if not are_all(every, state.problem.public_tests):
        return None
    legal = await computed_in_turns(text for text in every if legality.why_illegal(text) is None)
    runs = [state.outcomes.get(program.id, {}) for group in groups for program in group]
    known = {item.text for item in met if all(run.get(item.id, GIVEN_UP) != GIVEN_UP for run in runs)}
    fresh = spread([text for text in legal if text not in known])
    affordable = _affordable(state, groups, policy.enumerated_s, policy.enumerated_inputs, met)
    kept, ran = await _screen(runner, groups, iter(fresh[:affordable]), ENUMERATED_BATCH)
    return kept, len(legal), len(legal) - len(fresh) + ran


def _format(state: RunState) -> InputFormat | None:
    """The format that further inputs are made by; None where it is not known whole or they are not wanted."""
    form = format_of(state.problem) if state.goes_by(Part.INPUT_FORMAT) else None
    if form is None or not form.is_whole or not state.settings.inputs:
        return None
    return form if state.problem.interactor is None else None  # hundreds of conversations take too long


async def _screen(
    runner: ProgramRunner,
    groups: list[list[Candidate]],
    texts: Iterator[str],
    size: int,
    quiet_batches: int | None = None,
) -> tuple[list[str], int]:
    """Texts that split groups of programs which agree, and how many were run; batches of ``size`` until no
    group is left, or until so many in a row split nothing."""
    state = runner.state
    problem, policy = state.problem, state.policy
    odds = odds_before_runs(problem, state.without, policy)
    kept: list[str] = []
    ran = quiet = 0
    while groups and quiet != quiet_batches:
        if not (batch := await computed_in_turns(islice(texts, size))):
            break
        found = await _outcomes(runner, [program for group in groups for program in group], batch)
        before = len(kept)
        for place, text in enumerate(batch):
            outcomes = {name: {text: runs[place]} for name, runs in found.items()}
            met = [runs[place] for runs in found.values()]
            ran += GIVEN_UP not in met
            if rejected_by_runs(odds, met, problem.style, state.without, policy):
                continue
            parts = [part for group in groups for part in _parts(problem, group, text, outcomes)]
            if len(parts) > len(groups):
                kept.append(text)
                groups = [part for part in parts if len(part) > 1]
        quiet = quiet + 1 if len(kept) == before else 0
    return kept, ran


def _groups(state: RunState, clusters: Sequence[Cluster]) -> list[list[Candidate]]:
    """Different programs that stand together, where there are several."""
    groups = [unique(state.candidates[name] for name in cluster.members) for cluster in clusters]
    return [group for group in groups if len(group) > 1]


def _affordable(
    state: RunState,
    groups: Sequence[Sequence[Candidate]],
    seconds: float,
    most: int,
    met: Collection[CaseInput] | None = None,
) -> int:
    """Number of inputs, ``most`` at most, that all groups' programs run on in CPU ``seconds``, as measured on
    ``met`` (None: on all that they ran on)."""
    runs = [state.outcomes.get(program.id, {}) for group in groups for program in group]
    ids = None if met is None else {item.id for item in met}
    taken = [[o.cpu_s for name, o in run.items() if ids is None or name in ids] for run in runs]
    needed = sum(sum(each) / max(1, len(each)) for each in taken)
    return int(seconds / max(needed, seconds / most))


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
    runs = {program.id: outcomes[program.id][text] for program in group}
    return grouped_by(group, lambda one, other: same_output(problem.checker, runs[one.id], runs[other.id]))
