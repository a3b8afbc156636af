"""The choice: which program is handed back, with which status, and why in one sentence."""

from __future__ import annotations

from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.calibration import told_beliefs
from sstar_lsp.engine.choice.judge_pruning import calls_left, is_out_of_reach, is_unheard
from sstar_lsp.engine.choice.posterior import best_clusters
from sstar_lsp.engine.choice.speed import representative
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import Cluster, Decided
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Candidate, Status
from sstar_lsp.settings import Rule


def decide(state: RunState, out_of_budget: str | None, seconds: float) -> Decided:
    """The end of a run whose search is over (or cut off: ``out_of_budget`` names the cap).

    ``seconds`` is the wall time of this session; earlier sessions of the run are added.
    """
    total = round(state.seconds_before + seconds, 3)
    if not state.survivors:
        return _without_survivors(state, out_of_budget, total)
    assessment = Assessment(state)
    belief, out = assessment.beliefs, assessment.contradicted
    if state.clusters and len(out) == len(state.clusters):
        return _all_contradicted(state, belief, total)
    left = [cluster for cluster in state.clusters if cluster.id not in out]
    leading = best_clusters(left, state.duels, belief, state.settings.rule)
    told = told_beliefs(state, belief, assessment.beliefs_before_duels)
    chosen = representative(state, leading[0])
    if out_of_budget is not None:
        reason = f"the budget of {out_of_budget} was reached; this is the leader so far. {_why(assessment, leading[0])}"
        return Decided(Status.OUT_OF_BUDGET, chosen, reason, told, total)
    if len(leading) > 1:
        names = " and ".join(cluster.id for cluster in leading)
        reason = f"clusters {names} are level and the duels did not settle it: please decide."
        return Decided(Status.UNDECIDED, chosen, reason, told, total)
    return Decided(Status.CHOSEN, chosen, _why(assessment, leading[0]), told, total)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _why(assessment: Assessment, cluster: Cluster) -> str:
    state = assessment.state
    survivors = len(state.survivors)
    passed = "compile" if not state.problem.public_tests else "pass the examples"
    if any(state.other_answers(member) for member in cluster.members):
        passed = "answer the examples, some otherwise than shown,"
    if told := len(state.user_tests):
        agreeing = (
            "the only behaviour" if len(assessment.contradicted) + 1 == len(state.clusters) else "a behaviour"
        )
        return f"it is {agreeing} that agrees with {_count(told, 'answer')} of yours."
    if len(state.clusters) == 1:
        valid = len(assessment.compared)
        if survivors == 1:
            return f"it is the only program found whose runs {passed}."
        compared = f"agree on {_count(valid, 'further input')}" if valid else "are one and the same text"
        if not valid and len(unique(state.survivors)) > 1:
            compared = "could not be compared on anything else"
        return f"unanimous: all {survivors} programs that {passed} {compared}."
    won = sum(duel.winner == cluster.id for duel in state.duels)
    fought = sum(cluster.id in (duel.left, duel.right) for duel in state.duels)
    behave = f"{len(cluster.members)} of {survivors} programs that {passed} behave like it"
    if is_unheard(state.duels):
        return f"{behave}; the judge was asked, and what it said could not be read."
    if state.duels or state.settings.rule is Rule.PAPER:
        return f"{behave}, and it won {won} of {_count(fought, 'duel')}."
    if state.problem.differences_prove and is_out_of_reach(assessment, calls_left(state) // 2):
        return f"{behave}, and no judge was asked: its word could not have changed the choice."
    return f"{behave}."


def _all_contradicted(state: RunState, belief: dict[str, float], seconds: float) -> Decided:
    """A person or the checker program says what is right, and no program prints it."""
    chosen = representative(state, state.clusters[0])
    said = ", ".join(v.input_id for v in state.verdicts.values() if v.expected is not None)
    judge = "checker program" if state.problem.interactor is None else "interactor"
    reason = (
        f"no program that passes the examples prints what you said is right for {said}."
        if said
        else f"the {judge} refuses an output of each program that passes the examples."
    )
    return Decided(Status.UNVERIFIED, chosen, reason, belief, seconds)


def _without_survivors(state: RunState, out_of_budget: str | None, seconds: float) -> Decided:
    best: Candidate | None = max(
        state.candidates.values(),
        key=lambda c: (state.passed(c.id), *(-part for part in c.order)),
        default=None,
    )
    if best is None:
        replies = sorted({each.message for each in state.no_program.values()})
        said = f": {'; '.join(replies)}" if replies else ""
        status, chosen = Status.FAILED, None
        reason = f"the model answered no {state.settings.language} program{said}."
    else:
        passed, tests = state.passed(best.id), len(state.problem.public_tests)
        status, chosen = Status.UNVERIFIED, best.id
        reason = f"no program passes all examples; this one passes {passed} of {tests}."
        if passed < 0:
            reason = "no program compiles."
    if out_of_budget is not None:
        status, reason = Status.OUT_OF_BUDGET, f"the budget of {out_of_budget} was reached; {reason}"
    return Decided(status, chosen, reason, {}, seconds)
