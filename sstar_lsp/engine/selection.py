"""Stage 2: cheap inputs first, clusters, and duels only while it is open who leads.

What a unanimous problem costs is executions. A contested one is put to the judge leader against challenger,
on the smallest input that separates them, until belief is settled, the judge's word could not change the
choice any more (:mod:`sstar_lsp.engine.choice.judge_pruning`), or the calls are spent: at most half of what
Algorithm 1 would have asked (:func:`~sstar_lsp.engine.choice.judge_pruning.calls_left`). Each step follows
from the state alone, so a run that was cut goes on with the very step it was cut in.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from sstar_lsp.engine.algorithm1 import select_as_paper
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.judge_pruning import calls_left, in_play, is_out_of_reach, is_unheard
from sstar_lsp.engine.choice.speed import measure_clusters, measure_speed
from sstar_lsp.engine.clustering.clusters import separating_clusters
from sstar_lsp.engine.clustering.differential_testing import compare, early, group, run_all, sharpen
from sstar_lsp.engine.helper_programs.checker import check_outputs
from sstar_lsp.engine.helper_programs.generators import (
    class_inputs,
    hack_inputs,
    pair_generated,
    range_inputs,
)
from sstar_lsp.engine.helper_programs.validators import ask_brute_force, reject_invalid
from sstar_lsp.engine.judging.duels import duel, is_whole
from sstar_lsp.engine.judging.model_ability import forms_of, is_good_judge, is_of, most_verdicts, uses
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import CaseInput, Cluster, Dueled, InputOrigin, Role
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.proposals import keep_legal, model_inputs, separating_inputs
from sstar_lsp.records import JudgeForm
from sstar_lsp.settings import Rule, Use

WRITTEN = frozenset({InputOrigin.MODEL, InputOrigin.GENERATOR})
"""Origins of inputs that cost a call."""
__all__ = ["calls_left", "group", "is_settled", "next_duel", "select"]


async def select(run: Run, *, every_wave: bool = False) -> None:
    """Stage 2: which behaviours there are, and who is right. ``every_wave``: see :func:`compare`."""
    if len(unique(run.state.survivors)) < 2:
        await group(run.record, ())
        return
    if run.state.settings.rule is Rule.PAPER:
        await select_as_paper(run)
        return
    clusters = await compare(run.runner, every_wave=every_wave)
    if (
        _had_without(run.state, WRITTEN) < run.state.policy.enough_inputs
        and run.state.settings.inputs
        and run.state.problem.interactor is None
    ):
        clusters = await _from_the_model(run.runner, run.calls)
    if _writes(run.state, run.state.settings.generator):
        await hack_inputs(run.runner, run.calls)
        await class_inputs(run.runner, run.calls)
        clusters = run.state.clusters
    if not run.state.valid_inputs:
        await run.record.warn("no valid test input could be made: the programs could not be compared.")
    if len(clusters) > 1:
        await sharpen(run.runner, clusters)
        await measure_clusters(run.runner)
        if run.state.problem.differences_prove:
            await _helped(run.runner, run.calls)
            await _separate_failures(run.runner, run.calls)
            await _duels(run.record, run.calls)
        elif run.state.problem.is_open_ended and _writes(run.state, run.state.settings.validator):
            await check_outputs(run.runner, run.calls)
        if why := _why_no_proof(run.state):
            await run.record.warn(
                f"{why}: outputs that differ may both be right, so no program was rejected for them; "
                "the choice rests on the programs and on how many agree."
            )
    await measure_speed(run.runner)


def _why_no_proof(state: RunState) -> str | None:
    """Why different outputs prove nothing; None if they do, or a checker judges every output."""
    if state.problem.differences_prove:
        return None
    if not state.problem.has_judge:
        return "the statement accepts several answers"
    if state.checker_tried is not None and state.checker_tried.judges_alone:
        return None
    return "the checker program needs the right output, which is known for the examples only"


def _had_without(state: RunState, origins: AbstractSet[InputOrigin]) -> int:
    """Early inputs of other origins: the same count however far an earlier session came."""
    return sum(item.origin not in origins for item in early(state))


async def _from_the_model(runner: ProgramRunner, calls: Calls) -> tuple[Cluster, ...]:
    """Tier (b), where examples gave too few inputs: a generator program if that is wanted, else a list."""
    if _writes(runner.state, runner.state.settings.generator):
        await range_inputs(runner, calls)
    if _had_without(runner.state, {InputOrigin.MODEL}) < runner.state.policy.enough_inputs:
        await run_all(runner, await model_inputs(runner.record, calls))
    return await group(runner.record, early(runner.state))


def _writes(state: RunState, use: Use) -> bool:
    """Whether the input-writer is asked for programs of a kind; nobody is where no inputs are wanted, or
    where they are an interactor's, of which the statement says little."""
    return (
        bool(state.settings.inputs)
        and state.problem.interactor is None
        and uses(state, use, Role.INPUT_WRITER)
    )


async def _helped(runner: ProgramRunner, calls: Calls) -> None:
    """Programs that the model writes to help, where they are wanted and it is still open who leads."""
    if _writes(runner.state, runner.state.settings.validator) and not is_settled(Assessment(runner.state)):
        await reject_invalid(runner, calls)
    is_open_still = len(runner.state.clusters) > 1 and not is_settled(Assessment(runner.state))
    if _writes(runner.state, runner.state.settings.brute_force) and is_open_still:
        await ask_brute_force(runner, calls)


# --- duels ------------------------------------------------------------------------------------------


def is_settled(assessment: Assessment) -> bool:
    """Whether the leader is believed so much more than all others that nothing more is asked."""
    believed = assessment.beliefs
    state = assessment.state
    enough = state.settings.confidence
    if is_good_judge(state):
        enough = max(enough, state.policy.settled_for_a_good_judge)
    total = sum(believed.values())
    return len(believed) < 2 or (total > 0 and max(believed.values()) / total >= enough)


def is_open(assessment: Assessment) -> bool:
    """Whether the judge is asked on: belief is not settled, its word could still change the choice and can be
    read.

    A ``confidence`` of 1 wants every duel fought.
    """
    state = assessment.state
    if is_settled(assessment):
        return False
    if state.settings.confidence >= 1:
        return True
    return not is_unheard(state.duels) and not is_out_of_reach(assessment, calls_left(state) // 2)


def next_duel(assessment: Assessment) -> tuple[Cluster, Cluster, list[CaseInput], JudgeForm] | None:
    """The leader against the strongest challenger in play that it has not met on some input; None: all is
    asked.

    A pair is judged in each of the judge's forms, the cheapest first; a verdict that holds in neither order
    is asked for again on another input in the last form, after the leader has met the other challengers.
    """
    state = assessment.state
    forms = forms_of(state)
    leader, *challengers = assessment.ranked[: in_play(state)]

    def fought(challenger: Cluster) -> list[Dueled]:
        names = {leader.members[0], challenger.members[0]}
        return [duel for duel in state.duels if duel.input_ids and set(duel.programs) == names]

    def undecided(challenger: Cluster) -> int:
        return sum(duel.winner is None for duel in fought(challenger))

    for challenger in sorted(challengers, key=undecided):
        inputs = separating_clusters(state, leader, challenger)
        for form in forms:
            own = [duel for duel in fought(challenger) if is_of(duel, form, forms)]
            is_last = form is forms[-1]
            if sum(duel.winner is not None for duel in own) >= (most_verdicts(state) if is_last else 1):
                continue  # it has answers that hold in both orders
            met = {duel.input_ids[0] for duel in own}
            fresh = [item for item in inputs if item.id not in met and item.origin is not InputOrigin.LARGE]
            if fresh and (not own or is_last):
                return leader, challenger, fresh, form
    return None


async def _duels(record: Record, calls: Calls) -> None:
    """Duels while belief is open; one that holds in neither order is fought again on another input."""
    while calls_left(record.state) >= 2 and calls.exhausted is None:
        assessment = Assessment(record.state)
        pairing = next_duel(assessment) if is_open(assessment) else None
        if pairing is None:
            return
        result: Dueled = await duel(record, calls, *pairing)
        if is_whole(result):
            await record.emit(result)


async def _separate_failures(runner: ProgramRunner, calls: Calls) -> None:
    """Tier (c): if leader and challenger differ only in a failure, ask for an input that both answer."""
    assessment = Assessment(runner.state)
    if not runner.state.settings.pair_inputs or not is_open(assessment):
        return
    leader, challenger = assessment.ranked[:2]
    outcomes = [runner.state.outcomes.get(group.members[0], {}) for group in (leader, challenger)]
    inputs = separating_clusters(runner.state, leader, challenger)
    if inputs and all(found[inputs[0].id].ended_well for found in outcomes):
        return
    if _writes(runner.state, runner.state.settings.generator):
        await pair_generated(runner, calls, leader, challenger)
        return
    if calls_left(runner.state) < 3:
        return
    candidates = [runner.state.candidates[group.members[0]] for group in (leader, challenger)]
    texts = await separating_inputs(runner.record, calls, f"{leader.id}/{challenger.id}", *candidates)
    await run_all(runner, await keep_legal(runner.record, texts, InputOrigin.PAIR))
    await group(runner.record, runner.state.valid_inputs)
