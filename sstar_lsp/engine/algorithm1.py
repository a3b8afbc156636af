"""Stage 2 as Algorithm 1 of arXiv 2502.14382 writes it: ``rule = "paper"``.

Kept beside our own (:mod:`sstar_lsp.engine.selection`) so that both can be measured on the same samples:
inputs from the model, an input for each pair of clusters, a duel for each pair.
"""

from __future__ import annotations

from itertools import combinations

from sstar_lsp.engine.clustering.clusters import separating_clusters
from sstar_lsp.engine.clustering.differential_testing import group, run_all
from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.judging.duels import duel, is_whole
from sstar_lsp.engine.run.events import Cluster, Dueled, InputOrigin
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.test_inputs.proposals import keep_legal, make_inputs, separating_inputs
from sstar_lsp.records import JudgeForm


async def select_as_paper(run: Run) -> None:
    """Inputs, clusters, and a duel for each pair of clusters in play."""
    await run_all(run.runner, await make_inputs(run.record, run.calls))
    # a resumed run knows pair inputs already: it must still ask for the pairs that it asked for before
    first = tuple(item for item in run.state.valid_inputs if item.origin is not InputOrigin.PAIR)
    clusters = await group(run.record, first)
    pairs = list(combinations(clusters[: run.state.settings.clusters_in_play], 2))
    if pairs and run.state.settings.pair_inputs:
        first_of = {cluster.id: run.state.candidates[cluster.members[0]] for cluster in clusters}
        asked = await together(
            separating_inputs(run.record, run.calls, f"{a.id}/{b.id}", first_of[a.id], first_of[b.id])
            for a, b in pairs
        )
        texts = [text for found in asked for text in found]
        await run_all(run.runner, await keep_legal(run.record, texts, InputOrigin.PAIR))
        clusters = await group(run.record, run.state.valid_inputs)
        pairs = list(combinations(clusters[: run.state.settings.clusters_in_play], 2))
    if not run.state.problem.differences_prove:
        return
    fought = {(known.left, known.right) for known in run.state.duels}
    duels = await together(_duel(run.record, run.calls, a, b) for a, b in pairs if (a.id, b.id) not in fought)
    for result in duels:
        if result is not None and is_whole(result):
            await run.record.emit(result)


async def _duel(record: Record, calls: Calls, left: Cluster, right: Cluster) -> Dueled | None:
    inputs = separating_clusters(record.state, left, right)
    form = JudgeForm.PROGRAMS if record.state.settings.judge_sees_programs else JudgeForm.OUTPUTS
    return await duel(record, calls, left, right, inputs, form) if inputs else None
