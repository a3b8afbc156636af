"""Run the survivors on inputs until inputs no longer tell them apart.

Exploration runs in batches, which is many times faster than a process for each run; what a person is shown is
run again in processes of its own, and that counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from sstar_lsp.engine.clustering.clusters import cluster, keep_names, separating
from sstar_lsp.engine.clustering.constants import named_numbers
from sstar_lsp.engine.clustering.screening import splitting_of_all, splitting_texts
from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.run.dedup import fingerprint, unique
from sstar_lsp.engine.run.events import CaseInput, Cluster, Clustered, Enumerated, InputOrigin, InputRejected
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.free_inputs import Text, cheap_waves
from sstar_lsp.engine.test_inputs.legality import odds_before_runs, rejected_by_runs
from sstar_lsp.engine.test_inputs.minimize import shrink
from sstar_lsp.engine.test_inputs.proposals import keep_legal
from sstar_lsp.records import Candidate

LATE = frozenset(
    {InputOrigin.PAIR, InputOrigin.CLASS, InputOrigin.HACK, InputOrigin.SHRUNK, InputOrigin.LARGE}
)
"""Inputs that are made for clusters or programs which must be known before."""


def outcomes_of(state: RunState) -> dict[str, dict[str, Outcome]]:
    """Outcomes of each survivor; programs that are one and the same share theirs."""
    first: dict[str, str] = {}
    for candidate in state.survivors:
        first.setdefault(fingerprint(candidate.code, candidate.language), candidate.id)
    return {c.id: {**state.outcomes.get(first[fingerprint(c.code, c.language)], {})} for c in state.survivors}


def grouped(state: RunState, inputs: Sequence[CaseInput]) -> tuple[Cluster, ...]:
    """Survivors grouped by joint output on those of these inputs that all of them met."""
    outcomes = outcomes_of(state)
    usable = [item for item in inputs if all(item.id in known for known in outcomes.values())]
    return cluster(state.problem.checker, outcomes, usable)


async def group(record: Record, inputs: Sequence[CaseInput]) -> tuple[Cluster, ...]:
    """As :func:`grouped`, journaled where it changes; once somebody has judged, the letters stay."""
    clusters = grouped(record.state, inputs)
    if record.state.duels or record.state.verdicts:
        clusters = keep_names(record.state.clusters, clusters)
    if clusters != record.state.clusters:
        await record.emit(Clustered(clusters))
    return clusters


def why_rejected(state: RunState, runs: Sequence[Mapping[str, Outcome]], item: CaseInput) -> str | None:
    """Why an input is probably illegal by the survivors' runs (input id to outcome); else None."""
    before = odds_before_runs(state.problem, state.without, state.policy)
    met = [outcomes[item.id] for outcomes in runs if item.id in outcomes]
    return rejected_by_runs(before, met, state.problem.style, state.without, state.policy)


async def run_all(runner: ProgramRunner, inputs: Sequence[CaseInput]) -> None:
    """Run all distinct survivors on these inputs; reject inputs that look illegal by what happened."""
    programs = unique(runner.state.survivors)
    await together(runner.run_on(candidate, inputs) for candidate in programs)
    runs = [runner.state.outcomes[c.id] for c in programs if c.id in runner.state.outcomes]
    for item in inputs:
        reason = why_rejected(runner.state, runs, item)
        is_judged = item.id in runner.state.rejected or item.id in runner.state.verdicts
        if reason is not None and not is_judged:
            await runner.record.emit(InputRejected(item.id, reason))


async def keep_wave(record: Record, wave: Sequence[Text]) -> list[CaseInput]:
    """Number the inputs of a wave and reject those that look illegal."""
    kept: list[CaseInput] = []
    for origin in dict.fromkeys(origin for origin, _ in wave):
        kept += await keep_legal(record, [text for said, text in wave if said is origin], origin)
    return kept


async def compare(runner: ProgramRunner, *, every_wave: bool = False) -> tuple[Cluster, ...]:
    """Tier (a): wave after wave, until two of them have brought no new split; ``every_wave``: to the last
    one.

    Then what :mod:`~sstar_lsp.engine.clustering.screening` finds.
    """
    quiet = 0
    before: list[tuple[str, ...]] = []
    state, settings = runner.state, runner.state.settings
    numbers = named_numbers(state.survivors)
    waves = cheap_waves(state.problem, settings.inputs, settings.seed, numbers, without=state.without)
    for wave in waves:
        await run_all(runner, await keep_wave(runner.record, wave))
        now = sorted(found.members for found in grouped(runner.state, early(runner.state)))
        quiet = quiet + 1 if now == before else 0
        before = now
        if quiet == state.policy.quiet_waves and not every_wave:
            break
    # What came after a word of a judge or a person must stay as it is.
    if not runner.state.duels and not runner.state.verdicts and not await _enumerate(runner):
        known = {text.strip() for wave in waves for _, text in wave}
        texts = await splitting_texts(runner, grouped(runner.state, early(runner.state)), known, numbers)
        await run_all(runner, await keep_legal(runner.record, texts, InputOrigin.KIND))
    return await group(runner.record, early(runner.state))


async def _enumerate(runner: ProgramRunner) -> bool:
    """Run all legal inputs where they are few, once for the same survivors; whether they are.

    It begins from the inputs that were made before, so a run that was cut meanwhile does the same again.
    """
    programs = tuple(candidate.id for candidate in unique(runner.state.survivors))
    done = runner.state.enumerated
    if done is not None and done.programs == programs:
        return True
    later = LATE | {InputOrigin.ENUMERATED}
    met = [item for item in runner.state.inputs.values() if item.origin not in later]
    drawn = [item for item in early(runner.state) if item.origin is not InputOrigin.ENUMERATED]
    before = grouped(runner.state, drawn)
    found = await splitting_of_all(runner, before, met)
    if found is None:
        return False
    texts, inputs, ran = found
    await run_all(runner, await keep_legal(runner.record, texts, InputOrigin.ENUMERATED))
    split = len(grouped(runner.state, early(runner.state))) - len(before)
    await runner.record.emit(Enumerated(programs, inputs, ran, split))
    return True


def early(state: RunState) -> tuple[CaseInput, ...]:
    """Valid inputs made before any clusters were known: the same in a resumed run."""
    return tuple(item for item in state.valid_inputs if item.origin not in LATE)


def pairs_in_play(state: RunState, clusters: Sequence[Cluster]) -> list[tuple[Cluster, Cluster]]:
    """Pairs of the clusters that matter, largest first."""
    return list(combinations(clusters[: state.settings.clusters_in_play], 2))


async def sharpen(runner: ProgramRunner, clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """Make what a judge and a person see small and certain: shrunk inputs, isolated runs."""
    for left, right in pairs_in_play(runner.state, clusters):
        apart = _apart(runner.state, left, right)
        if apart:
            await shrink(runner, left.members[0], right.members[0], apart[0])
    await run_all(runner, [item for item in runner.state.valid_inputs if item.origin is InputOrigin.SHRUNK])
    found = await group(runner.record, runner.state.valid_inputs)
    for _ in range(runner.state.policy.confirmations):
        if not await _confirm(runner, found):
            break
        found = await group(runner.record, runner.state.valid_inputs)
    return found


async def _confirm(runner: ProgramRunner, clusters: Sequence[Cluster]) -> bool:
    """Run again, alone, what will be shown; whether something came out otherwise."""
    shown: dict[str, dict[str, CaseInput]] = {}
    for left, right in pairs_in_play(runner.state, clusters):
        for item in _apart(runner.state, left, right)[:1]:
            for group_ in clusters[: runner.state.settings.clusters_in_play]:
                shown.setdefault(_first_twin(runner.state, group_.members[0]).id, {})[item.id] = item
    changed = False
    for candidate_id, items in shown.items():
        candidate = runner.state.candidates[candidate_id]
        if await runner.confirm(candidate, list(items.values())):
            changed = True  # its batch cannot be trusted: all of it is run again
            await runner.confirm(candidate, runner.state.valid_inputs)
    return changed


def _first_twin(state: RunState, candidate_id: str) -> Candidate:
    """The survivor whose runs stand for this candidate's."""
    own = state.candidates[candidate_id]
    mark = fingerprint(own.code, own.language)
    return next(c for c in state.survivors if fingerprint(c.code, c.language) == mark)


def _apart(state: RunState, left: Cluster, right: Cluster) -> list[CaseInput]:
    """Inputs on which two clusters differ, the best one to show first."""
    outcomes = state.outcomes
    first, second = (_first_twin(state, side.members[0]).id for side in (left, right))
    return separating(state.problem.checker, outcomes[first], outcomes[second], state.valid_inputs)
