"""The methods of one draw: which can run at all, and running them.

A method that a measurement has no means for is skipped with its reason, never replaced by another one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from random import Random

from attrs import evolve, frozen

from sstar_lsp.bench import baselines
from sstar_lsp.bench.baselines import Choice
from sstar_lsp.bench.config import Method
from sstar_lsp.bench.pools import AbsentModel, Pool, PoolModel
from sstar_lsp.bench.records import Cost, PoolProgram, Row
from sstar_lsp.bench.sstar import belief_of, cost_of, run_engine
from sstar_lsp.bench.stage import Stage, Workbench
from sstar_lsp.models.roles import Models
from sstar_lsp.settings import Rule, SolveSettings

NEEDS_MODEL = {
    Method.CODE_JUDGE: "it asks a model which program is right",
    Method.PAPER_SSTAR: "its inputs and its duels are a model's",
}
_LOOKS_AT_OUTPUTS = {Method.MAJORITY, Method.CODET, Method.MBR}


def why_skipped(method: Method, *, has_model: bool, pool: Pool) -> str | None:
    """Why a method cannot run in this measurement; None when it can."""
    if not has_model and method in NEEDS_MODEL:
        return f"{NEEDS_MODEL[method]}: name one with --model"
    repairs = any(program.repairs for programs in pool.values() for program in programs)
    if method is Method.SELF_DEBUG and pool and not repairs:
        return "the pool holds no recorded repairs of these samples"
    return None


@frozen
class Draw:
    """One draw of a problem, ready for every method."""

    bench: Workbench
    programs: tuple[PoolProgram, ...]
    stage: Stage
    number: int
    seed: int
    rounds: int


async def rows_of(draw: Draw, methods: Sequence[Method]) -> list[Row]:
    """What each method makes of a draw."""
    return [await _row(draw, method) for method in methods]


async def _row(draw: Draw, method: Method) -> Row:
    begun = time.perf_counter()
    if method in {Method.SSTAR, Method.PAPER_SSTAR}:
        choice, cost = await _engine(draw, method)
    else:
        choice, cost = await _baseline(draw, method)
    stage = draw.stage
    return Row(
        problem=draw.bench.problem.id,
        draw=draw.number,
        method=method.value,
        picked=choice.picked,
        score=choice.score,
        random=stage.random,
        oracle=stage.oracle,
        survivors=len(stage.survivors),
        survivors_right=sum(bool(c.right) for c in stage.survivors),
        belief=choice.belief,
        status=choice.status,
        clusters=choice.clusters,
        inputs=choice.inputs,
        cost=cost,
        wall_s=round(time.perf_counter() - begun, 4),
    )


async def _baseline(draw: Draw, method: Method) -> tuple[Choice, Cost]:
    stage = draw.stage
    public = len(draw.bench.problem.problem.public_tests)
    asked = len({c.code for c in stage.contenders}) * public
    random = Random(f"{draw.seed} {draw.bench.problem.id} {draw.number} {method}")  # noqa: S311 - dice, no secret
    if method in _LOOKS_AT_OUTPUTS:
        behaviours = await draw.bench.behaviours(stage.survivors)
        pick = {
            Method.MAJORITY: baselines.majority,
            Method.CODET: baselines.codet,
            Method.MBR: baselines.mbr,
        }[method]
        asked += len({c.code for c in stage.survivors}) * len(draw.bench.inputs)
        return pick(stage, behaviours), Cost(executions=asked)
    match method:
        case Method.ZERO_SHOT:
            return baselines.zero_shot(stage), Cost()
        case Method.FIRST_PASSING:
            return baselines.first_passing(stage), Cost(executions=asked)
        case Method.RANDOM_PASSING:
            return baselines.random_passing(stage, random), Cost(executions=asked)
        case Method.SELF_DEBUG:
            own = {c.code for c in stage.contenders if c.id.partition(".")[0] == "c1"}
            return baselines.self_debug(stage), Cost(executions=len(own) * public)
        case _:
            assert method is Method.ORACLE, f"{method} is no baseline"
            return baselines.oracle(stage), Cost()


def engine_settings(method: Method, draw: Draw, *, has_model: bool) -> SolveSettings:
    """The engine's settings for S* as we do it, and as the paper writes it."""
    settings = SolveSettings(
        language=draw.programs[0].language,
        samples=len(draw.programs),
        rounds=draw.rounds,
        seed=draw.seed,
        adaptive=False,  # the draw is the same for all methods: all of it is looked at
        pair_inputs=has_model,
    )
    if method is Method.PAPER_SSTAR:
        return evolve(
            settings,
            rule=Rule.PAPER,
            judge_sees_programs=True,
            clusters_in_play=len(draw.programs),
        )
    return settings


async def _engine(draw: Draw, method: Method) -> tuple[Choice, Cost]:
    writer, absent = PoolModel(draw.programs), AbsentModel()
    models = Models(writer=writer, debugger=writer, input_writer=absent, judge=absent)
    executor = draw.bench.executor.counting()
    settings = engine_settings(method, draw, has_model=False)
    state = await run_engine(draw.bench.problem, settings, models, executor)
    decided = state.decided
    assert decided is not None, "a run that ended is decided"
    right: Mapping[str, bool | None] = {c.id: c.right for c in draw.stage.contenders}
    picked = decided.candidate_id
    choice = Choice(
        picked,
        float(bool(right.get(picked))) if picked else 0.0,
        clusters=len(state.clusters),
        belief=belief_of(state),
        status=decided.status.value,
        inputs=len(state.valid_inputs),
    )
    return choice, cost_of(state, executor.asked, samples_are_free=True)
