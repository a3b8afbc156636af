"""Posterior probability that each cluster is right, and which cluster to choose.

Programs that agree rarely err alike: a cluster weighs as much as the programs that behave like it, those that
behave *almost* like it included, for where right programs differ the input is often at fault. A program that
is too slow for an input says nothing about the answer there, and still speaks for those who answer as it does
elsewhere. Crashes and time-outs where others answer weigh against it, as far as the input is legal
(:mod:`sstar_lsp.engine.test_inputs.legality`); duels move the odds by what this judge is worth
(:mod:`sstar_lsp.engine.judging.judge_reliability`); a person's word decides. "No cluster is right" weighs
more where nothing was compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from sstar_lsp.engine.judging.judge_reliability import verdict_odds
from sstar_lsp.engine.judging.model_ability import exam_of
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import CaseInput, Cluster, Dueled, HumanVerdict, InputOrigin, Role
from sstar_lsp.engine.run.execution.executions import statement_limit_s
from sstar_lsp.engine.run.executor import Outcome, is_expected, same_output
from sstar_lsp.engine.run.policy import POLICY, Policy
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.legality import odds_after_runs, odds_before_runs
from sstar_lsp.records import JudgeExam, Style
from sstar_lsp.settings import Rule
from sstar_sandbox import Verdict

PSEUDOCOUNT = 0.5
"""Added to a cluster's size where nothing was run."""
LEVEL = 1e-9
"""Beliefs that differ by less are equal: the rest is rounding."""
_LIMITS = frozenset({Verdict.TLE, Verdict.MLE})


def beliefs(
    clusters: Sequence[Cluster],
    duels: Sequence[Dueled],
    *,
    had_examples: bool,
    was_compared: bool = True,
    weights: Mapping[str, float] | None = None,
    judge: str = "",
    exam: JudgeExam | None = None,
    policy: Policy = POLICY,
) -> dict[str, float]:
    """Probability of each cluster to be right; what is missing to 1 is "none of them".

    ``was_compared``: whether different programs met one input at least. ``weights``: log-weight of each
    cluster before any duel, as :func:`log_weights` says; else that of its size. ``judge``: name of the model
    that judged, as far as it is known; ``exam``: how it did in its exam.
    """
    logits = {c.id: math.log(len(c.members) + PSEUDOCOUNT) for c in clusters} | dict(weights or {})
    for duel in duels:
        sides = _sides(clusters, duel)
        if None in sides or sides[0] == sides[1]:
            continue
        # Where neither side is right the verdict is a coin's, so it says little for the winner against a third cluster.
        odds = verdict_odds(duel, duels, judge, exam, policy)
        logits[str(sides[0])] += math.log(2 / (1 + math.exp(-odds)))
        logits[str(sides[1])] += math.log(2 / (1 + math.exp(odds)))
    masses = {cluster.id: math.exp(logits[cluster.id]) for cluster in clusters}
    none = policy.none_of_them if had_examples else policy.none_of_them_untested
    total = sum(masses.values()) + none * (1.0 if was_compared else policy.not_compared)
    return {cluster_id: mass / total for cluster_id, mass in masses.items()}


def _sides(clusters: Sequence[Cluster], duel: Dueled) -> tuple[str | None, str | None]:
    """The clusters of today that a duel was about; by its programs where they are known."""
    if len(duel.programs) == 2:
        left, right = (next((c.id for c in clusters if p in c.members), None) for p in duel.programs)
        return left, right
    known = {cluster.id for cluster in clusters}
    return (duel.left if duel.left in known else None, duel.right if duel.right in known else None)


# --- what speaks for a cluster before any duel ----------------------------------------------------


def compared_on(state: RunState) -> Iterator[CaseInput]:
    """Valid inputs that all different survivors ran on (a budget may have cut that short); none where there
    is but one."""
    survivors = unique(state.survivors)
    runs = [state.outcomes.get(candidate.id, {}) for candidate in survivors]
    if len(survivors) > 1:
        yield from (item for item in state.valid_inputs if all(item.id in run for run in runs))


def behaviours(state: RunState, inputs: Sequence[CaseInput]) -> dict[str, tuple[int, ...]]:
    """Cluster id to the number of its answer on each input: equal numbers are equal answers."""
    first = {group.id: state.outcomes.get(group.members[0], {}) for group in state.clusters}
    found: dict[str, list[int]] = {group.id: [] for group in state.clusters}
    for item in inputs:
        kinds: list[Outcome] = []
        for group_id, outcomes in first.items():
            own = outcomes[item.id]
            number = next(
                (n for n, other in enumerate(kinds) if same_output(state.problem.checker, other, own)), None
            )
            if number is None:
                number = len(kinds)
                kinds.append(own)
            found[group_id].append(number)
    return {group_id: tuple(numbers) for group_id, numbers in found.items()}


def shared_inputs(state: RunState) -> tuple[CaseInput, ...]:
    """Valid inputs that every cluster met; none where there is no cluster."""
    if not state.clusters:
        return ()
    runs = [state.outcomes.get(group.members[0], {}) for group in state.clusters]
    return tuple(item for item in state.valid_inputs if all(item.id in outcomes for outcomes in runs))


def log_weights(
    state: RunState, shared: Sequence[CaseInput], answers: Mapping[str, Sequence[int]]
) -> dict[str, float]:
    """Log-weight of each cluster of a run, from programs and their runs alone; a lone program weighs about 0.

    ``shared``: as :func:`shared_inputs`; ``answers``: the :func:`behaviours` on them.
    """
    policy = state.policy
    found: dict[str, float] = {}
    votes = _brute_force_votes(state, shared, answers)
    legal = legality(state, shared)
    refused = _refused_by_a_written_checker(state)
    in_time = {
        group.id: [state.outcomes[group.members[0]][item.id].verdict not in _LIMITS for item in shared]
        for group in state.clusters
    }
    for group in state.clusters:
        own = answers[group.id]
        others = [other for other in state.clusters if other.id != group.id]
        mass = len(group.members) + sum(
            len(other.members) * _likeness(own, answers[other.id], in_time[other.id], policy.neighbour)
            for other in others
            if state.goes_by(Part.NEAR_AGREEMENT)
        )
        outcomes = state.outcomes.get(group.members[0], {})
        failed = sum(p for item, p in zip(shared, legal, strict=True) if not outcomes[item.id].ended_well)
        failed *= state.goes_by(Part.FAILURES) / max(1, len(shared))
        found[group.id] = (
            math.log(mass)
            - policy.failing * (failed + _too_slow(state, group))
            - policy.other_answers * _answers_otherwise(state, group)
            - policy.checker_vote * refused.get(group.id, 0.0)
            + votes.get(group.id, 0.0)
        )
    return found


def legality(state: RunState, inputs: Sequence[CaseInput]) -> list[float]:
    """Probability that each input is legal, by its format and by what survivors did on it; 1 where a person
    said what is right."""
    before = odds_before_runs(state.problem, state.without, state.policy)
    runs = [state.outcomes.get(candidate.id, {}) for candidate in unique(state.survivors)]
    found = []
    for item in inputs:
        met = [outcomes[item.id] for outcomes in runs if item.id in outcomes]
        odds = odds_after_runs(before, met, state.problem.style, state.without, state.policy)
        said = state.verdicts.get(item.id)
        found.append(1.0 if said is not None and said.expected is not None else odds / (1 + odds))
    return found


def is_slow_on(state: RunState, candidate_id: str, inputs: Sequence[CaseInput]) -> bool:
    """Whether a candidate was run on one of these inputs and hit a limit of time or memory, or took longer than the
    statement allows."""
    outcomes = state.outcomes.get(candidate_id, {})
    limit_s = _limit_s(state, candidate_id)
    return any(
        run.verdict in _LIMITS or (limit_s is not None and run.cpu_s > limit_s)
        for item in inputs
        if (run := outcomes.get(item.id))
    )


def _limit_s(state: RunState, candidate_id: str) -> float | None:
    """CPU seconds that the statement allows a candidate here; None if it tells none, or by this policy only what is
    stopped is too slow."""
    if not state.policy.outran:
        return None
    language = state.candidates[candidate_id].language
    return statement_limit_s(state.problem, language, state.settings.time_multiplier)


def _too_slow(state: RunState, group: Cluster) -> float:
    """Probability that a large input is legal on which every measured program of a cluster hits a limit or is
    outrun, while one of another cluster ends; 0 where there is none. A crash does not count.
    """
    is_measured = state.problem.style is Style.STDIN and state.goes_by(Part.LARGE_INPUT)
    if not is_measured or len(state.clusters) < 2:
        return 0.0
    large = [
        item
        for item in state.inputs.values()
        if item.origin is InputOrigin.LARGE and item.id not in state.rejected
    ]
    own = _runs_on(state, group, large)
    through = [
        runs
        for other in state.clusters
        if other.id != group.id
        for runs in _runs_on(state, other, large).values()
        if all(outcome.ended_well for outcome in runs.values())
    ]

    def is_too_slow(name: str) -> bool:
        limit_s = _limit_s(state, name)
        return any(
            outcome.verdict in _LIMITS
            or outran(outcome, [runs[i] for runs in through if i in runs], limit_s, state.policy)
            for i, outcome in own[name].items()
        )

    return max(legality(state, large)) if own and through and all(map(is_too_slow, own)) else 0.0


def _runs_on(state: RunState, group: Cluster, inputs: Sequence[CaseInput]) -> dict[str, dict[str, Outcome]]:
    """Candidate to input to outcome, for the programs of a cluster that met one of these inputs."""
    met = {name: state.outcomes.get(name, {}) for name in group.members}
    runs = {name: {i.id: found[i.id] for i in inputs if i.id in found} for name, found in met.items()}
    return {name: found for name, found in runs.items() if found}


def outran(own: Outcome, others: Sequence[Outcome], limit_s: float | None, policy: Policy = POLICY) -> bool:
    """Whether all of the others ended clearly sooner than a run that took longer than the statement allows.

    ``limit_s``: in CPU seconds; None if it tells no limit. A run has more time than that before it is stopped, for
    here is not the judge's machine.
    """
    if limit_s is None or not others:
        return False
    return own.cpu_s > max(limit_s, policy.outran * max(other.cpu_s for other in others))


def _likeness(own: Sequence[int], other: Sequence[int], in_time: Sequence[bool], neighbour: float) -> float:
    """What a program of another behaviour counts for this one, 0 to 1.

    The other one speaks where it keeps its limits of time and memory (``in_time``), with the weight of that
    share of the inputs: exp(-neighbour d), d being the share of these inputs on which the two differ.
    """
    differs = [a != b for a, b, ends in zip(own, other, in_time, strict=True) if ends]
    if not differs:
        return 0.0
    return len(differs) / len(own) * math.exp(-neighbour * sum(differs) / len(differs))


def _brute_force_votes(
    state: RunState, shared: Sequence[CaseInput], answers: Mapping[str, Sequence[int]]
) -> dict[str, float]:
    """Nats for each cluster from the brute-force program, by its own error where all programs say the same."""
    brute = state.brute_forced
    if brute is None or not brute.passes:
        return {}
    counts = {group.id: 0 for group in state.clusters}
    open_inputs = agreed = differed = 0
    for place, item in enumerate(shared):
        own = brute.outcomes.get(item.id)
        if own is None or not own.ended_well:
            continue
        numbers = {group.id: answers[group.id][place] for group in state.clusters}
        says = {
            group.id: same_output(state.problem.checker, state.outcomes[group.members[0]][item.id], own)
            for group in state.clusters
        }
        if len(set(numbers.values())) > 1:
            open_inputs += 1
            counts = {name: count + says[name] for name, count in counts.items()}
        else:
            agreed, differed = (
                agreed + says[state.clusters[0].id],
                differed + (not says[state.clusters[0].id]),
            )
    if not open_inputs:
        return {}
    worth = vote_of(agreed, differed, state.policy)
    return {name: worth * count / open_inputs for name, count in counts.items()}


def vote_of(agreed: int, differed: int, policy: Policy = POLICY) -> float:
    """Nats that a voter's word is worth whose runs agreed or differed so often where all programs say the same."""
    error = (differed + 1) / (agreed + differed + 3)
    return min(policy.brute_force_vote, max(0.0, math.log((1 - error) / error)))


def _refused_by_a_written_checker(state: RunState) -> dict[str, float]:
    """For each cluster the share of the telling inputs on which a checker that a model wrote refuses its output.

    An input tells something where the checker takes one cluster's output and refuses another's.
    """
    verdicts = state.outputs_checked.verdicts if state.outputs_checked is not None else {}
    said = {
        group.id: next((verdicts[member] for member in group.members if member in verdicts), {})
        for group in state.clusters
    }
    telling = [
        item
        for item in {item for words in said.values() for item in words} - set(state.rejected)
        if len({words[item] for words in said.values() if item in words}) == 2
    ]
    return {
        name: sum(words.get(item) is False for item in telling) / max(1, len(telling))
        for name, words in said.items()
    }


def _answers_otherwise(state: RunState, group: Cluster) -> float:
    """Share of the examples that the best program of a cluster answers otherwise than shown."""
    if not state.goes_by(Part.OTHER_ANSWERS):
        return 0.0
    fewest = min(len(state.other_answers(member)) for member in group.members)
    return fewest / max(1, len(state.problem.public_tests))


def contradicted(state: RunState) -> set[str]:
    """Clusters that print something else than a person said is right, or what the checker program refuses.

    Where the problem accepts several answers, another output than the one named may be right as well. An
    input on which the checker program accepts no cluster's output may be none.
    """
    refused = {group.id for group in state.clusters if _is_refused(state, group)}
    if not state.problem.differences_prove:
        return refused
    said = [verdict for verdict in state.verdicts.values() if verdict.expected is not None]
    return {group.id for group in state.clusters if any(not _prints(state, group, v) for v in said)}


def _is_refused(state: RunState, group: Cluster) -> bool:
    """Whether the checker program or the interactor refuses a cluster where it accepts another one. One that
    crashed or hung while it talked was refused too."""
    if not state.problem.has_judge:
        return False
    refusals = {Verdict.WA} if state.problem.interactor is None else set(Verdict) - {Verdict.AC, Verdict.IE}
    own = state.outcomes.get(group.members[0], {})
    others = [state.outcomes.get(other.members[0], {}) for other in state.clusters]
    return any(
        item.id in own
        and own[item.id].verdict in refusals
        and any(item.id in other and other[item.id].verdict is Verdict.AC for other in others)
        for item in state.valid_inputs
    )


def _prints(state: RunState, group: Cluster, said: HumanVerdict) -> bool:
    """Whether a cluster prints what a person said is right, as far as it was run."""
    outcome = state.outcomes.get(group.members[0], {}).get(said.input_id)
    return outcome is None or is_expected(state.problem.checker, said.expected or "", outcome)


def beliefs_of(state: RunState, weights: Mapping[str, float]) -> dict[str, float]:
    """Belief in each cluster of a run; one that a person contradicted has none. ``weights``: its
    :func:`log_weights`."""
    out = contradicted(state)
    left = [group for group in state.clusters if group.id not in out]
    found = beliefs(
        left,
        [duel for duel in state.duels if not set(duel.input_ids[:1]) & set(state.rejected)],
        had_examples=bool(state.problem.public_tests),
        was_compared=next(compared_on(state), None) is not None,
        weights={group.id: weights[group.id] for group in left},
        judge=state.started.models.get("judge", "") if state.started is not None else "",
        exam=exam_of(state, Role.JUDGE),
        policy=state.policy,
    )
    return {group.id: found.get(group.id, 0.0) for group in state.clusters}


def wins(clusters: Sequence[Cluster], duels: Sequence[Dueled]) -> dict[str, int]:
    """Duels won by each cluster: the score of Algorithm 1."""
    return {cluster.id: sum(duel.winner == cluster.id for duel in duels) for cluster in clusters}


def best_clusters(
    clusters: Sequence[Cluster], duels: Sequence[Dueled], belief: dict[str, float], rule: Rule
) -> list[Cluster]:
    """The leading cluster, or all that are level with it: more than one means *undecided*."""
    if rule is Rule.BELIEF:
        highest = max(belief[cluster.id] for cluster in clusters)
        return [cluster for cluster in clusters if highest - belief[cluster.id] < LEVEL]
    won = wins(clusters, duels)
    most = max((won[cluster.id], len(cluster.members)) for cluster in clusters)
    return [cluster for cluster in clusters if (won[cluster.id], len(cluster.members)) == most]
