"""Run the survivors on inputs until inputs no longer tell them apart.

Exploration runs in batches, which is many times faster than a process for each run; what a person is shown is run
again in processes of its own, and that counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from sstar_lsp.engine.clustering.clusters import cluster, keep_names, separating
from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.run.dedup import distinct, fingerprint
from sstar_lsp.engine.run.events import CaseInput, Cluster, Clustered, InputOrigin, InputRejected
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.constants import named_numbers
from sstar_lsp.engine.test_inputs.free_inputs import Text, cheap_waves
from sstar_lsp.engine.test_inputs.legality import odds_before_runs, rejected_by_runs
from sstar_lsp.engine.test_inputs.minimize import shrink
from sstar_lsp.engine.test_inputs.proposals import keep_legal
from sstar_lsp.engine.test_inputs.screening import splitting_texts
from sstar_lsp.records import Candidate

QUIET = 2
"""Waves without a new split after which a tier is over."""
CONFIRMATIONS = 3
"""Times that a batch may be found wrong before its word is taken."""
LATE = frozenset(
    {InputOrigin.PAIR, InputOrigin.CLASS, InputOrigin.HACK, InputOrigin.SHRUNK, InputOrigin.LARGE}
)
"""Inputs that are made for clusters or programs which must be known before."""


def outcomes_of(state: RunState) -> dict[str, dict[str, object]]:
    """Outcomes of each survivor; programs that are one and the same share theirs."""
    first: dict[str, str] = {}
    for candidate in state.survivors:
        first.setdefault(fingerprint(candidate.code, candidate.language), candidate.id)
    return {c.id: {**state.outcomes.get(first[fingerprint(c.code, c.language)], {})} for c in state.survivors}


def grouped(state: RunState, inputs: Sequence[CaseInput]) -> tuple[Cluster, ...]:
    """Survivors grouped by joint output on those of these inputs that all of them met."""
    outcomes = outcomes_of(state)
    usable = [item for item in inputs if all(item.id in known for known in outcomes.values())]
    return cluster(state.problem.checker, outcomes, usable)  # type: ignore[arg-type]


async def group(run: Run, inputs: Sequence[CaseInput]) -> tuple[Cluster, ...]:
    """As :func:`grouped`, journaled where it changes; once somebody has judged, the letters stay."""
    clusters = grouped(run.state, inputs)
    if run.state.duels or run.state.verdicts:
        clusters = keep_names(run.state.clusters, clusters)
    if clusters != run.state.clusters:
        await run.emit(Clustered(clusters))
    return clusters


def why_rejected(state: RunState, runs: Sequence[Mapping[str, Outcome]], item: CaseInput) -> str | None:
    """Why an input is probably illegal by what different survivors did on it (``runs``: input id to outcome); else None."""
    before = odds_before_runs(state.problem, state.without)
    met = [outcomes[item.id] for outcomes in runs if item.id in outcomes]
    return rejected_by_runs(before, met, state.problem.style, state.without)


async def run_all(run: Run, inputs: Sequence[CaseInput]) -> None:
    """Make the outcomes of all distinct survivors on these inputs known; reject those that are illegal by what happened."""
    programs = distinct(run.state.survivors)
    await together(run.run_on(candidate, inputs) for candidate in programs)
    runs = [run.state.outcomes[c.id] for c in programs if c.id in run.state.outcomes]
    for item in inputs:
        reason = why_rejected(run.state, runs, item)
        if reason is not None and item.id not in run.state.rejected and item.id not in run.state.verdicts:
            await run.emit(InputRejected(item.id, reason))


async def keep_wave(run: Run, wave: Sequence[Text]) -> list[CaseInput]:
    """Number the inputs of a wave and reject those that look illegal."""
    kept: list[CaseInput] = []
    for origin in dict.fromkeys(origin for origin, _ in wave):
        kept += await keep_legal(run, [text for said, text in wave if said is origin], origin)
    return kept


async def compare(run: Run, *, every_wave: bool = False) -> tuple[Cluster, ...]:
    """Tier (a): wave after wave, until two of them have brought no new split; ``every_wave``: to the last one.

    Then what :mod:`~sstar_lsp.engine.test_inputs.screening` finds.
    """
    quiet = 0
    before: list[tuple[str, ...]] = []
    state, settings = run.state, run.settings
    numbers = named_numbers(state.survivors)
    waves = cheap_waves(run.problem, settings.inputs, settings.seed, numbers, without=state.without)
    for wave in waves:
        await run_all(run, await keep_wave(run, wave))
        now = sorted(found.members for found in grouped(run.state, early(run.state)))
        quiet = quiet + 1 if now == before else 0
        before = now
        if quiet == QUIET and not every_wave:
            break
    if not run.state.duels and not run.state.verdicts:  # what came after them must stay as it is
        known = {text.strip() for wave in waves for _, text in wave}
        texts = await splitting_texts(run, grouped(run.state, early(run.state)), known, numbers)
        await run_all(run, await keep_legal(run, texts, InputOrigin.KIND))
    return await group(run, early(run.state))


def early(state: RunState) -> tuple[CaseInput, ...]:
    """Valid inputs that were made before any clusters were known: the same whenever a run is cut and resumed."""
    return tuple(item for item in state.valid_inputs if item.origin not in LATE)


def pairs_in_play(run: Run, clusters: Sequence[Cluster]) -> list[tuple[Cluster, Cluster]]:
    """Pairs of the clusters that matter, largest first."""
    return list(combinations(clusters[: run.settings.clusters_in_play], 2))


async def sharpen(run: Run, clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """Make what a judge and a person will see small and certain: shrunk inputs, runs in processes of their own."""
    for left, right in pairs_in_play(run, clusters):
        apart = _apart(run, left, right)
        if apart:
            await shrink(run, left.members[0], right.members[0], apart[0])
    await run_all(run, [item for item in run.state.valid_inputs if item.origin is InputOrigin.SHRUNK])
    found = await group(run, run.state.valid_inputs)
    for _ in range(CONFIRMATIONS):
        if not await _confirm(run, found):
            break
        found = await group(run, run.state.valid_inputs)
    return found


async def _confirm(run: Run, clusters: Sequence[Cluster]) -> bool:
    """Run again, alone, what will be shown; whether something came out otherwise."""
    shown: dict[str, dict[str, CaseInput]] = {}
    for left, right in pairs_in_play(run, clusters):
        for item in _apart(run, left, right)[:1]:
            for group_ in clusters[: run.settings.clusters_in_play]:
                shown.setdefault(_runner(run, group_.members[0]).id, {})[item.id] = item
    changed = False
    for candidate_id, items in shown.items():
        candidate = run.state.candidates[candidate_id]
        if await run.confirm(candidate, list(items.values())):
            changed = True  # its batch cannot be trusted: all of it is run again
            await run.confirm(candidate, run.state.valid_inputs)
    return changed


def _runner(run: Run, candidate_id: str) -> Candidate:
    """The survivor whose runs stand for this candidate's."""
    own = run.state.candidates[candidate_id]
    mark = fingerprint(own.code, own.language)
    return next(c for c in run.state.survivors if fingerprint(c.code, c.language) == mark)


def _apart(run: Run, left: Cluster, right: Cluster) -> list[CaseInput]:
    """Inputs on which two clusters differ, the best one to show first."""
    outcomes = run.state.outcomes
    first, second = (_runner(run, side.members[0]).id for side in (left, right))
    return separating(run.problem.checker, outcomes[first], outcomes[second], run.state.valid_inputs)
