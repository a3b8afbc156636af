"""S* itself on one draw: the real engine, with recorded programs for the writer and shared executions."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from sstar_lsp.bench.data.pools import AbsentModel, PoolModel
from sstar_lsp.bench.execution_cache import CachedExecutor
from sstar_lsp.bench.records import BenchProblem, Cost, Judgement, PoolProgram
from sstar_lsp.engine.report.evidence import chosen_cluster
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.events import Dueled, Event, Role, RunStarted, Sampled
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.engine.scheduler import explore
from sstar_lsp.engine.selection import select
from sstar_lsp.engine.solve import exams_of, names_of, solve
from sstar_lsp.models.protocol import Models
from sstar_lsp.records import Candidate, candidate_id
from sstar_lsp.settings import SolveSettings

_SELECTS = (Role.INPUT_WRITER, Role.JUDGE)


class _Forgetful:
    """A journal that keeps nothing: the bench keeps rows."""

    async def record(self, event: Event) -> None:
        """Forget it."""


async def run_engine(
    problem: BenchProblem,
    settings: SolveSettings,
    models: Models,
    executor: CachedExecutor,
    drawn: Sequence[PoolProgram] = (),
    *,
    without: tuple[Part, ...] = (),
) -> RunState:
    """The state at the end of a run. ``drawn``: programs of several languages that the run begins with.
    ``without``: parts of the choice that it leaves out.

    A run asks for one language, so programs of several are samples that it finds in its journal.

    Raises:
        ModelError: no sample could be had.
        SandboxError: the sandbox failed.
    """
    begun = _begun(problem, settings, drawn, models, without) if drawn else None
    state = begun or RunState()
    events = solve(problem.problem, settings, models, executor, _Forgetful(), begun, without=without)
    async with contextlib.aclosing(events):
        async for event in events:
            state = apply(state, event)
    return state


async def make_inputs(
    problem: BenchProblem,
    settings: SolveSettings,
    executor: CachedExecutor,
    drawn: Sequence[PoolProgram],
    *,
    every_wave: bool,
) -> tuple[RunState, list[Event]]:
    """The run's two stages with these programs and no model: the state at their end, and the events in order.

    ``every_wave``: free inputs are made to the last wave, and not until two waves have brought no new split.

    Raises:
        SandboxError: the sandbox failed.
    """
    events: list[Event] = []
    writer, absent = PoolModel(drawn), AbsentModel()
    models = Models(writer=writer, debugger=writer, input_writer=absent, judge=absent)
    run = Run(models, executor, _Forgetful(), _begun(problem, settings, drawn, models), events.append)
    try:
        await run.runner.try_checker()
        await explore(run)
        await select(run, every_wave=every_wave)
    finally:
        run.close()
    return run.state, events


def _begun(
    problem: BenchProblem,
    settings: SolveSettings,
    drawn: Sequence[PoolProgram],
    models: Models,
    without: tuple[Part, ...] = (),
) -> RunState:
    """The state of a run that was cut off when its first attempts had been written."""
    names, exams = names_of(models), exams_of(models)
    begin = RunStarted("run", problem.problem, settings, names, {}, at=0.0, exams=exams, without=without)
    samples = [
        Sampled(Candidate(candidate_id(number), program.code, program.language, sample=number))
        for number, program in enumerate(drawn, 1)
    ]
    return fold([begin, *samples])


def belief_of(state: RunState) -> float | None:
    """What the run believes of its choice; None when nothing survived."""
    home = chosen_cluster(state)
    return state.decided.beliefs.get(home.id) if state.decided is not None and home is not None else None


def judgements_of(state: RunState, right: Mapping[str, bool | None]) -> tuple[Judgement, ...]:
    """The run's duels beside the truth. ``right``: candidate id to whether it is right; None: unknown."""
    return tuple(
        Judgement(
            right=tuple(right.get(program) for program in duel.programs),
            votes=tuple(_side(duel, vote.winner) for vote in duel.votes),
            winner=_side(duel, duel.winner),
        )
        for duel in state.duels
    )


def _side(duel: Dueled, cluster: str | None) -> int | None:
    return (duel.left, duel.right).index(cluster) if cluster is not None else None


def cost_of(state: RunState, executions: int, *, samples_are_free: bool, counts_failures: bool) -> Cost:
    """What the run paid; drawn samples are free, and where there is no model its refusals are no failures."""
    paid = [reply for reply in state.completions.values() if reply.role in _SELECTS or not samples_are_free]
    calls = sum((Cost.of(reply.usage, selects=reply.role in _SELECTS) for reply in paid), Cost())
    failed = len(state.failures) if counts_failures else 0
    return calls + Cost(executions=executions, failed_calls=failed)
