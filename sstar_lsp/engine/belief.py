"""How probable is it that a cluster is right? And which one to choose.

The prior grows with the cluster's share of the survivors (programs that agree rarely err alike), with room
left for "none of them"; each duel moves the odds by what a judge is worth. Both numbers are cautious
guesses until they are calibrated on recorded pools.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sstar_lsp.engine.events import Cluster, Dueled, HumanVerdict
from sstar_lsp.engine.executor import Outcome, same_output
from sstar_lsp.engine.state import RunState
from sstar_lsp.settings import Rule
from sstar_sandbox import Verdict

PSEUDOCOUNT = 0.5
"""Added to each cluster's size."""
NONE_OF_THEM = 1.0
"""Weight of "no cluster is right" when there were examples to pass."""
NONE_OF_THEM_UNTESTED = 4.0
"""The same when there was no example: passing nothing proves nothing."""
JUDGE_RELIABILITY = 0.65
"""Probability that a verdict on which both orders agree is right."""


def beliefs(clusters: Sequence[Cluster], duels: Sequence[Dueled], *, had_examples: bool) -> dict[str, float]:
    """Probability of each cluster to be right; what is missing to 1 is "none of them"."""
    odds = math.log(JUDGE_RELIABILITY / (1 - JUDGE_RELIABILITY))
    known = {cluster.id for cluster in clusters}
    logits = {cluster.id: math.log(len(cluster.members) + PSEUDOCOUNT) for cluster in clusters}
    for duel in duels:
        if duel.winner is None or not {duel.left, duel.right} <= known:
            continue
        loser = duel.right if duel.winner == duel.left else duel.left
        logits[duel.winner] += odds / 2
        logits[loser] -= odds / 2
    weights = {cluster_id: math.exp(logit) for cluster_id, logit in logits.items()}
    total = sum(weights.values()) + (NONE_OF_THEM if had_examples else NONE_OF_THEM_UNTESTED)
    return {cluster_id: weight / total for cluster_id, weight in weights.items()}


def contradicted(state: RunState) -> set[str]:
    """Clusters that print something else than a person said is right.

    Where the problem accepts several answers, another output than the one named may be right as well.
    """
    if state.problem.several_answers:
        return set()
    said = [verdict for verdict in state.verdicts.values() if verdict.expected is not None]
    return {group.id for group in state.clusters if any(not _prints(state, group, v) for v in said)}


def _prints(state: RunState, group: Cluster, said: HumanVerdict) -> bool:
    """Whether a cluster prints what a person said is right, as far as it was run."""
    outcome = state.outcomes.get(group.members[0], {}).get(said.input_id)
    right = Outcome(Verdict.RAN, said.expected or "")
    return outcome is None or same_output(state.problem.checker, right, outcome)


def beliefs_of(state: RunState) -> dict[str, float]:
    """Belief in each cluster of a run; one that a person contradicted has none."""
    out = contradicted(state)
    left = [group for group in state.clusters if group.id not in out]
    found = beliefs(left, state.duels, had_examples=bool(state.problem.public_tests))
    return {group.id: found.get(group.id, 0.0) for group in state.clusters}


def wins(clusters: Sequence[Cluster], duels: Sequence[Dueled]) -> dict[str, int]:
    """Duels won by each cluster: the score of Algorithm 1."""
    return {cluster.id: sum(duel.winner == cluster.id for duel in duels) for cluster in clusters}


def best_clusters(
    clusters: Sequence[Cluster], duels: Sequence[Dueled], belief: dict[str, float], rule: Rule
) -> list[Cluster]:
    """The leading cluster, or all that are level with it: more than one means *undecided*."""
    won = wins(clusters, duels)

    def score(cluster: Cluster) -> tuple[float, ...]:
        by_belief = round(belief[cluster.id], 9)
        return (by_belief,) if rule is Rule.BELIEF else (won[cluster.id], len(cluster.members))

    top = max(map(score, clusters))
    return [cluster for cluster in clusters if score(cluster) == top]
