"""Stage 2: inputs, outputs, clusters, and a duel for each pair of clusters in play."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from sstar_lsp.engine.clusters import cluster, separating
from sstar_lsp.engine.duels import duel
from sstar_lsp.engine.events import CaseInput, Cluster, Clustered, InputOrigin, InputRejected
from sstar_lsp.engine.inputs import keep_legal, make_inputs, separating_inputs
from sstar_lsp.engine.run import Run
from sstar_lsp.engine.together import together
from sstar_lsp.engine.validity import rejected_by_consensus
from sstar_lsp.records import Candidate


def _distinct(run: Run) -> list[Candidate]:
    """One survivor for each different program text, in sampling order."""
    by_code: dict[str, Candidate] = {}
    for candidate in run.state.survivors:
        by_code.setdefault(candidate.code, candidate)
    return list(by_code.values())


async def _run_all(run: Run, inputs: list[CaseInput]) -> None:
    """Make the outcomes of all distinct survivors on these inputs known."""
    await together(run.run_on(candidate, inputs) for candidate in _distinct(run))
    runs = [
        run.state.outcomes[candidate.id] for candidate in _distinct(run) if candidate.id in run.state.outcomes
    ]
    for item in inputs:
        reason = rejected_by_consensus(runs, item.id)
        if reason is not None and item.id not in run.state.rejected:
            await run.emit(InputRejected(item.id, reason))


async def group(run: Run, inputs: tuple[CaseInput, ...]) -> tuple[Cluster, ...]:
    """Cluster all survivors by joint output; programs with the same text share their outcomes."""
    first = {candidate.code: candidate.id for candidate in reversed(run.state.survivors)}
    outcomes = {c.id: run.state.outcomes.get(first[c.code], {}) for c in run.state.survivors}
    usable = [item for item in inputs if all(item.id in known for known in outcomes.values())]
    clusters = cluster(run.problem.checker, outcomes, usable)
    if clusters != run.state.clusters:
        await run.emit(Clustered(clusters))
    return clusters


async def select(run: Run) -> None:
    """Stage 2: inputs, clusters, a duel for each pair of clusters in play."""
    if len(_distinct(run)) < 2:
        await group(run, ())
        return
    await _run_all(run, await make_inputs(run))
    if not run.state.valid_inputs:
        await run.warn("no valid test input could be made: the programs could not be compared.")
    # a resumed run knows pair inputs already: it must still ask for the pairs that it asked for before
    first = tuple(item for item in run.state.valid_inputs if item.origin is not InputOrigin.PAIR)
    clusters = await group(run, first)
    if run.problem.several_answers and len(clusters) > 1:
        await run.warn(
            "the statement accepts several answers: outputs that differ may both be right, so no program was "
            "rejected for them; the choice rests on the number of programs that agree."
        )
        return
    pairs = list(combinations(clusters[: run.settings.clusters_in_play], 2))
    if pairs and run.settings.pair_inputs:
        candidates = run.state.candidates
        asked = await together(
            separating_inputs(run, f"{a.id}/{b.id}", candidates[a.members[0]], candidates[b.members[0]])
            for a, b in pairs
        )
        texts = [text for found in asked for text in found]
        await _run_all(run, await keep_legal(run, texts, InputOrigin.PAIR))
        clusters = await group(run, run.state.valid_inputs)
        pairs = list(combinations(clusters[: run.settings.clusters_in_play], 2))
    fought = {(known.left, known.right) for known in run.state.duels}
    duels = await together(_duel(run, a, b) for a, b in pairs if (a.id, b.id) not in fought)
    for result in duels:
        if result is not None:
            await run.emit(result)


async def _duel(run: Run, left: Cluster, right: Cluster) -> Any:
    outcomes = run.state.outcomes
    inputs = separating(
        run.problem.checker, outcomes[left.members[0]], outcomes[right.members[0]], run.state.valid_inputs
    )
    return await duel(run, left, right, inputs) if inputs else None
