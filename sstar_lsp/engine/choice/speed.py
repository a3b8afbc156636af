"""Measures programs on the largest inputs: among those that behave alike the fastest is chosen.

A program that is slow there may be too slow for an online judge.

Where whole programs behave differently, a behaviour whose programs do not get through an input that the
statement allows, while another's do, is the weaker for it
(:func:`sstar_lsp.engine.choice.posterior.log_weights`). The measured times are journaled before they are
used, so the choice is the same when a run is resumed or replayed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.posterior import is_slow_on
from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import CaseInput, Cluster, InputOrigin
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.large_inputs import large_inputs
from sstar_lsp.records import Candidate, Style


def most_believed(assessment: Assessment) -> Cluster | None:
    """The cluster that is believed most; of those that are level the last."""
    believed = assessment.beliefs
    clusters = assessment.state.clusters
    return max(clusters, key=lambda group: (believed[group.id], group.id), default=None)


async def measure_clusters(runner: ProgramRunner) -> None:
    """Run programs of each cluster on large inputs, where the statement says how large they may be.

    Of all clusters, not of the largest alone: one that nobody measured would pass for fast beside those that were.
    """
    if runner.state.problem.style is not Style.STDIN:
        return  # what a function may be called with is not known: a grown argument proves nothing
    state = runner.state
    if state.duels or any(item.origin is InputOrigin.PAIR for item in state.inputs.values()):
        return  # an earlier session measured them, and what came after may have split the clusters since
    items = await _large(runner.record)
    clusters = runner.state.clusters if items else ()
    await together(_until_one_ends(runner, _racers(runner.state, group), items) for group in clusters)


async def _until_one_ends(
    runner: ProgramRunner, racers: Sequence[Candidate], items: Sequence[CaseInput]
) -> None:
    """One program after the other: the first that gets through speaks for its cluster."""
    for candidate in racers:
        await _race(runner, candidate, items)
        if not is_slow_on(runner.state, candidate.id, items):
            return


async def _race(runner: ProgramRunner, candidate: Candidate, items: Sequence[CaseInput]) -> None:
    """Run a program on one large input after the other, until it hits a limit or has taken its ``Policy.large_s``."""
    taken = 0.0
    for item in items:
        await runner.confirm(candidate, [item])
        taken += runner.state.outcomes[candidate.id][item.id].cpu_s
        if taken > runner.state.policy.large_s or is_slow_on(runner.state, candidate.id, [item]):
            return


async def measure_speed(runner: ProgramRunner) -> None:
    """Run the programs of the leading cluster on large inputs, each in a process of its own."""
    leader = most_believed(Assessment(runner.state))
    if leader is None:
        return
    racers = _racers(runner.state, leader)
    if len(racers) < 2:
        return
    items = await _large(runner.record)
    await together(_race(runner, candidate, items) for candidate in racers)


def _racers(state: RunState, group: Cluster) -> Sequence[Candidate]:
    """Different programs of a cluster that are measured."""
    return unique(state.candidates[name] for name in group.members)[: state.policy.racers]


async def _large(record: Record) -> list[CaseInput]:
    """The large inputs, made once."""
    known = [item for item in record.state.inputs.values() if item.origin is InputOrigin.LARGE]
    if known:
        return known
    # on a thread: a second that other runs and an editor's requests would wait for
    made = await asyncio.to_thread(
        large_inputs,
        record.state.problem,
        record.state.settings.seed,
        record.state.without,
        may_break_promises=True,
    )
    return await record.propose(made, InputOrigin.LARGE)


def representative(state: RunState, group: Cluster) -> str:
    """The member to hand back: none that fails on a large input where another does not, none that is clearly
    slow, then the one that answers the most examples as they are shown, the first of them."""
    measured = {
        name: [o for i, o in state.outcomes.get(name, {}).items() if _is_large(state, i)]
        for name in group.members
    }
    timed = {name: runs for name, runs in measured.items() if runs}
    if timed and state.goes_by(Part.FAST_MEMBER):
        fails = {name: sum(not run.ended_well for run in runs) for name, runs in timed.items()}
        seconds = {name: sum(run.cpu_s for run in runs) for name, runs in timed.items()}
        fewest = min(fails.values())
        fastest = min(seconds[name] for name in timed if fails[name] == fewest)
        slow = {
            name
            for name in timed
            if fails[name] > fewest
            or (
                seconds[name] > state.policy.clearly_slower * fastest
                and seconds[name] - fastest > state.policy.noticed_s
            )
        }
    else:
        slow = set()
    return min(
        group.members,
        key=lambda name: (
            name in slow,
            len(state.other_answers(name)) if state.goes_by(Part.OTHER_ANSWERS) else 0,
        ),
    )


def _is_large(state: RunState, input_id: str) -> bool:
    return input_id in state.inputs and state.inputs[input_id].origin is InputOrigin.LARGE
