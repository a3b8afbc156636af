"""Prunes duels: a judge is asked only what could still change the choice.

The leader meets its challengers one by one, and a duel that holds in both orders is not fought again. So the
worst that can happen to it is known: the challenger in question wins, and as many others as there are calls
left for win as well. A challenger that cannot come first even then is not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.judging.duels import is_unreadable
from sstar_lsp.engine.judging.model_ability import forms_of, is_good_judge, is_of, most_verdicts
from sstar_lsp.engine.run.events import Cluster, Dueled, Purpose, Vote
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import JudgeForm


def in_play(state: RunState) -> int:
    """So many of the best clusters may be put to the judge; more where it is good, and right programs may be rare."""
    wanted = max(2, state.settings.clusters_in_play)
    return max(wanted, state.policy.tournament) if is_good_judge(state) else wanted


def calls_left(state: RunState) -> int:
    """Judgements that may still be asked: half of the calls of Algorithm 1 for these clusters, two at least.

    For k clusters in play it asks once for inputs, once for each pair, and twice for each duel. A good judge
    may meet the leader with each challenger on several inputs.
    """
    count = min(len(state.clusters), in_play(state))
    paper = 1 + 3 * count * (count - 1) // 2
    lists = sum(reply.kind is Purpose.INPUTS for reply in state.completions.values())
    several = 2 * most_verdicts(state) * (count - 1) if is_good_judge(state) else 2
    # a duel that was cut counts once it is whole
    return max(2, several, paper // 2 - lists) - 2 * len(state.duels)


def is_unheard(duels: Sequence[Dueled]) -> bool:
    """Whether the judge was asked and could never be read: a small model that talks on until its tokens run out.

    In 7 recorded runs of the 1.5B that began with such a duel, the second one was no better in any.
    """
    return bool(duels) and all(is_unreadable(duel) for duel in duels)


def is_out_of_reach(assessment: Assessment, duels_left: int) -> bool:
    """Whether the leader would still lead if it lost every duel that may still be fought."""
    state = assessment.state
    if len(state.clusters) < 2:
        return True
    leader, *challengers = assessment.ranked[: in_play(state)]
    forms = forms_of(state)
    if duels_left <= 0 or not forms:
        return True
    enough = most_verdicts(state)
    open_ones = [other for other in challengers if _verdicts(state.duels, leader, other, forms) < enough]
    if not open_ones:
        return True
    for challenger in open_ones:
        others = islice((other for other in open_ones if other is not challenger), duels_left - 1)
        lost = tuple(_lost(leader, winner, forms[-1]) for winner in (challenger, *others))
        believed = assessment.beliefs_after(lost)
        if believed[challenger.id] >= believed[leader.id]:
            return False
    return True


def _verdicts(duels: Sequence[Dueled], leader: Cluster, other: Cluster, forms: Sequence[JudgeForm]) -> int:
    """Duels of these two in the last of the forms that hold in both orders."""
    fighters = {leader.members[0], other.members[0]}
    return sum(
        d.winner is not None and set(d.programs) == fighters and is_of(d, forms[-1], forms) for d in duels
    )


def _lost(leader: Cluster, winner: Cluster, form: JudgeForm) -> Dueled:
    """A duel that the leader loses in both orders."""
    votes = (Vote(leader.id, winner.id, ""), Vote(winner.id, winner.id, ""))
    programs = (leader.members[0], winner.members[0])
    return Dueled(leader.id, winner.id, (), votes, winner.id, programs, form)
