"""The loop: Algorithm 1 of arXiv 2502.14382, short enough to read beside the paper.

Stage 1 samples N programs and debugs each for at most R rounds; stage 2 groups the survivors by what they
print, lets the groups duel on inputs that tell them apart, and chooses. Stopped anywhere, a run goes on from
its journal: every step first looks whether its result is known.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Iterable
from itertools import combinations
from typing import Any, TypeVar

from sstar_lsp.engine.calls import BudgetExhausted
from sstar_lsp.engine.choice import decide
from sstar_lsp.engine.clusters import cluster, separating
from sstar_lsp.engine.debug import sample_and_debug
from sstar_lsp.engine.duels import duel
from sstar_lsp.engine.events import (
    CaseInput,
    Cluster,
    Clustered,
    Event,
    InputOrigin,
    InputRejected,
    Journal,
    Resumed,
    RunStarted,
    Stopped,
)
from sstar_lsp.engine.executor import Executor
from sstar_lsp.engine.inputs import keep_legal, make_inputs, separating_inputs
from sstar_lsp.engine.prompts import digests
from sstar_lsp.engine.run import Run
from sstar_lsp.engine.state import RunState, apply
from sstar_lsp.engine.validity import rejected_by_consensus
from sstar_lsp.errors import ModelError, SStarError
from sstar_lsp.models.roles import Models
from sstar_lsp.records import Candidate, Problem
from sstar_lsp.settings import Budget, SolveSettings

_T = TypeVar("_T")


async def solve(
    problem: Problem,
    settings: SolveSettings,
    models: Models,
    executor: Executor,
    journal: Journal,
    state: RunState | None = None,
    *,
    run_id: str = "run",
    document: str | None = None,
) -> AsyncGenerator[Event, None]:
    """Sample, debug, select: yields the run's events, each already journaled.

    With ``state`` (the fold of an earlier journal) the run goes on from there; ``problem`` and ``settings``
    are then those of the state, but for the budget, which may have grown. Closing the generator cancels the run: streams closed, programs killed.

    Raises:
        ModelError: no sample could be had at all; the journal is kept and the run can be resumed.
        SandboxError: the sandbox failed.
    """
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    fresh = state is None
    more = settings.budget if settings.budget != Budget() else None
    started = RunStarted(
        run_id=run_id,
        problem=problem,
        settings=settings,
        models={
            "writer": models.writer.name,
            "debugger": models.debugger.name,
            "input-writer": models.input_writer.name,
            "judge": models.judge.name,
        },
        prompts=digests(),
        at=time.time(),
        document=document,
    )
    if state is None:
        await journal.record(started)
        state = apply(RunState(), started)
        yield started
    run = Run(models, executor, journal, state, events.put_nowait)
    task = asyncio.create_task(_session(run, events, None if fresh else Resumed(time.time(), more)))
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        run.close()


async def _session(run: Run, events: asyncio.Queue[Event | None], resumed: Resumed | None) -> None:
    """One process's share of a run, from start (or resume) to decision (or stop)."""
    begun = time.monotonic()
    try:
        if resumed is not None:
            await run.emit(resumed)
        if run.state.decided is None:
            await _search(run)
            await run.emit(decide(run.state, run.out_of_budget, time.monotonic() - begun))
    except (asyncio.CancelledError, SStarError):
        await run.emit(Stopped(time.time(), round(time.monotonic() - begun, 3)))
        raise
    finally:
        events.put_nowait(None)


async def _search(run: Run) -> None:
    """Both stages under the time budget; what a budget cuts off is decided on what is there."""
    seconds = run.settings.budget.seconds
    left = None if seconds is None else max(0.0, seconds - run.state.seconds_before)
    try:
        async with asyncio.timeout(left):
            await _sample_and_debug_all(run)
            await _select(run)
    except TimeoutError:
        run.out_of_budget = f"{seconds:g} seconds"
        await run.settle()
        await _group(run, run.state.valid_inputs)


async def _sample_and_debug_all(run: Run) -> None:
    """Stage 1: N samples side by side, each through its own rounds."""
    lost: list[ModelError] = []

    async def one(sample: int) -> None:
        try:
            await sample_and_debug(run, sample)
        except ModelError as error:
            lost.append(error)
        except BudgetExhausted as error:
            run.out_of_budget = str(error)

    await _together(one(sample) for sample in range(1, run.settings.samples + 1))
    if lost and not run.state.candidates:
        raise lost[0]
    if lost:
        await run.warn(
            f"{len(lost)} of {run.settings.samples} samples were cut short by the model server: {lost[0]}"
        )


async def _together(coroutines: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Run all, results in order; the first error of ours stops the rest and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
    except BaseExceptionGroup as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
    return [task.result() for task in tasks]


def _distinct(run: Run) -> list[Candidate]:
    """One survivor for each different program text, in sampling order."""
    by_code: dict[str, Candidate] = {}
    for candidate in run.state.survivors:
        by_code.setdefault(candidate.code, candidate)
    return list(by_code.values())


async def _run_all(run: Run, inputs: list[CaseInput]) -> None:
    """Make the outcomes of all distinct survivors on these inputs known."""
    await _together(run.run_on(candidate, inputs) for candidate in _distinct(run))
    runs = [
        run.state.outcomes[candidate.id] for candidate in _distinct(run) if candidate.id in run.state.outcomes
    ]
    for item in inputs:
        reason = rejected_by_consensus(runs, item.id)
        if reason is not None and item.id not in run.state.rejected:
            await run.emit(InputRejected(item.id, reason))


async def _group(run: Run, inputs: tuple[CaseInput, ...]) -> tuple[Cluster, ...]:
    """Cluster all survivors by joint output; programs with the same text share their outcomes."""
    first = {candidate.code: candidate.id for candidate in reversed(run.state.survivors)}
    outcomes = {c.id: run.state.outcomes.get(first[c.code], {}) for c in run.state.survivors}
    usable = [item for item in inputs if all(item.id in known for known in outcomes.values())]
    clusters = cluster(run.problem.checker, outcomes, usable)
    if clusters != run.state.clusters:
        await run.emit(Clustered(clusters))
    return clusters


async def _select(run: Run) -> None:
    """Stage 2: inputs, clusters, a duel for each pair of clusters in play."""
    if len(_distinct(run)) < 2:
        await _group(run, ())
        return
    await _run_all(run, await make_inputs(run))
    if not run.state.valid_inputs:
        await run.warn("no valid test input could be made: the programs could not be compared.")
    # a resumed run knows pair inputs already: it must still ask for the pairs that it asked for before
    first = tuple(item for item in run.state.valid_inputs if item.origin is not InputOrigin.PAIR)
    clusters = await _group(run, first)
    if run.problem.several_answers and len(clusters) > 1:
        await run.warn(
            "the statement accepts several answers: outputs that differ may both be right, so no program was "
            "rejected for them; the choice rests on the number of programs that agree."
        )
        return
    pairs = list(combinations(clusters[: run.settings.clusters_in_play], 2))
    if pairs and run.settings.pair_inputs:
        candidates = run.state.candidates
        asked = await _together(
            separating_inputs(run, f"{a.id}/{b.id}", candidates[a.members[0]], candidates[b.members[0]])
            for a, b in pairs
        )
        texts = [text for found in asked for text in found]
        await _run_all(run, await keep_legal(run, texts, InputOrigin.PAIR))
        clusters = await _group(run, run.state.valid_inputs)
        pairs = list(combinations(clusters[: run.settings.clusters_in_play], 2))
    fought = {(known.left, known.right) for known in run.state.duels}
    duels = await _together(_duel(run, a, b) for a, b in pairs if (a.id, b.id) not in fought)
    for result in duels:
        if result is not None:
            await run.emit(result)


async def _duel(run: Run, left: Cluster, right: Cluster) -> Any:
    outcomes = run.state.outcomes
    inputs = separating(
        run.problem.checker, outcomes[left.members[0]], outcomes[right.members[0]], run.state.valid_inputs
    )
    return await duel(run, left, right, inputs) if inputs else None
