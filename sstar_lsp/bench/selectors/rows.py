"""The methods of one draw: which can run at all, and running them.

A method that a measurement has no means for is skipped with its reason, never replaced by another one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from random import Random

from attrs import asdict, evolve, frozen

from sstar_lsp.bench.config import Method
from sstar_lsp.bench.data.pools import AbsentModel, Pool, PoolModel
from sstar_lsp.bench.records import Choice, Contender, Cost, PoolProgram, Row
from sstar_lsp.bench.selectors import baselines
from sstar_lsp.bench.selectors.draw_context import Stage, Workbench
from sstar_lsp.bench.selectors.live import is_right, live_stage
from sstar_lsp.bench.selectors.llm_baselines import code_judge, codet_vote, written_tests
from sstar_lsp.bench.selectors.sstar import belief_of, cost_of, judgements_of, run_engine
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.calibration import passing_share
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.models.protocol import Models
from sstar_lsp.records import candidate_id
from sstar_lsp.settings import Rule, SolveSettings

NEEDS_MODEL = {
    Method.CODE_JUDGE: "it asks a model which program is right",
    Method.PAPER_SSTAR: "its inputs and its duels are a model's",
}
_BY_OUTPUTS = {
    Method.MAJORITY: baselines.majority,
    Method.CODET: baselines.codet,
    Method.MBR: baselines.mbr,
    Method.ACES: baselines.aces,
    Method.B4: baselines.b4,
    Method.SRANK: baselines.srank,
}
_LOOKS_AT_OUTPUTS = {*_BY_OUTPUTS, Method.CODE_JUDGE}
_IS_S_STAR = {Method.SSTAR, Method.PAPER_SSTAR}


def why_skipped(method: Method, *, has_model: bool, pool: Pool | None) -> str | None:
    """Why a method cannot run in this measurement; None when it can. ``pool``: None if a model writes."""
    if not has_model and method in NEEDS_MODEL:
        return f"{NEEDS_MODEL[method]}: name one with --model"
    programs = [program for found in pool.values() for program in found] if pool is not None else []
    if method is Method.SELF_DEBUG and programs and not any(program.repairs for program in programs):
        return "the pool holds no recorded repairs of these samples"
    return None


@frozen
class Draw:
    """One draw of a problem, ready for every method."""

    bench: Workbench
    stage: Stage
    number: int
    """From 0."""
    seed: int
    """Of the whole bench."""
    settings: SolveSettings
    """Of the engine, as far as all methods share them."""
    programs: tuple[PoolProgram, ...] | None = None
    """What was drawn; None if a model writes."""
    models: Models | None = None
    without: tuple[Part, ...] = ()
    """Parts of the engine's choice that are left out."""

    @classmethod
    async def of(
        cls,
        bench: Workbench,
        number: int,
        seed: int,
        settings: SolveSettings,
        programs: tuple[PoolProgram, ...] | None,
        models: Models | None,
    ) -> Draw:
        """Take the programs from the pool, or have the model write them.
        Raises :class:`ModelError`: it wrote none."""
        if programs is not None:
            recorded = max((len(program.repairs) for program in programs), default=0)
            languages = {program.language for program in programs}
            settings = evolve(
                settings,
                language=languages.pop() if len(languages) == 1 else settings.language,
                samples=max(1, len(programs)),
                rounds=min(settings.rounds, recorded),
                seed=seed,
                adaptive=False,  # all of the draw is looked at: it is the same for every method
            )
            stage = await bench.drawn(programs, settings.rounds)
        else:
            assert models is not None, "somebody must write"
            settings = evolve(settings, seed=seed * 1000 + number)
            stage = await live_stage(bench, settings, models)
        return cls(bench, stage, number, seed, settings, programs, models)


async def rows_of(draw: Draw, methods: Sequence[Method]) -> list[Row]:
    """What each method makes of a draw."""
    return [await _row(draw, method) for method in methods]


async def _row(draw: Draw, method: Method) -> Row:
    begun = time.perf_counter()
    choice, cost = await (_engine if method in _IS_S_STAR else _baseline)(draw, method)
    stage = draw.stage
    return Row(
        problem=draw.bench.problem.id,
        draw=draw.number,
        method=method.value,
        random=stage.random,
        oracle=stage.oracle,
        survivors=len(stage.survivors),
        survivors_right=sum(bool(c.right) for c in stage.survivors),
        cost=cost,
        wall_s=round(time.perf_counter() - begun, 4),
        **asdict(choice, recurse=False),
    )


# --- baselines ------------------------------------------------------------------------------------


async def _baseline(draw: Draw, method: Method) -> tuple[Choice, Cost]:
    stage = draw.stage
    if method is Method.ZERO_SHOT:
        return baselines.zero_shot(stage), stage.costs.get(candidate_id(1), Cost())
    if method is Method.SELF_DEBUG:
        ids = (candidate_id(1, round_) for round_ in range(draw.settings.rounds + 1))
        asked = sum((stage.costs.get(own_id, Cost()) for own_id in ids), Cost())
        runs = _public_runs(draw, stage.attempts_of(1))
        return baselines.self_debug(stage), asked + Cost(executions=runs)
    cost = stage.cost + Cost(executions=_public_runs(draw, stage.contenders))
    if method in _LOOKS_AT_OUTPUTS:
        choice, more = await _by_outputs(draw, method)
        return choice, cost + more
    if method is Method.FIRST_PASSING:
        return baselines.first_passing(stage), cost
    if method is Method.RANDOM_PASSING:
        dice = Random(f"{draw.seed} {draw.bench.problem.id} {draw.number}")  # noqa: S311 - dice, no secret
        return baselines.random_passing(stage, dice), cost
    assert method is Method.ORACLE, f"{method} is no baseline"
    return baselines.oracle(stage), cost


def _public_runs(draw: Draw, contenders: Sequence[Contender]) -> int:
    """Executions on the public tests: each distinct program on each."""
    return len({c.code for c in contenders}) * len(draw.bench.problem.problem.public_tests)


async def _by_outputs(draw: Draw, method: Method) -> tuple[Choice, Cost]:
    bench, stage, models = draw.bench, draw.stage, draw.models
    distinct = len({c.code for c in stage.survivors})
    if method is Method.CODET and (models is not None or bench.problem.generated_tests):
        tests, cost = bench.problem.generated_tests, Cost()
        if not tests and models is not None and stage.survivors:
            tests, cost = await written_tests(bench.problem, models.input_writer, draw.settings.seed)
        return await codet_vote(bench, stage, tests), cost + Cost(executions=distinct * len(tests))
    behaviours = await bench.behaviours(stage.survivors)
    cost = Cost(executions=distinct * len(bench.inputs))
    if method in _BY_OUTPUTS:
        return _BY_OUTPUTS[method](stage, behaviours), cost
    assert models is not None, "a judge needs a model"
    choice, more = await code_judge(bench, stage, behaviours, models.judge, draw.settings.seed)
    return choice, cost + more


# --- S* -------------------------------------------------------------------------------------------


def engine_settings(method: Method, draw: Draw) -> SolveSettings:
    """The engine's settings for S* as we do it, and as the paper writes it."""
    if method is Method.PAPER_SSTAR:
        return evolve(
            draw.settings,
            adaptive=False,
            rule=Rule.PAPER,
            judge_sees_programs=True,
            pair_inputs=True,
            clusters_in_play=draw.settings.samples,
        )
    return draw.settings if draw.models is not None else evolve(draw.settings, pair_inputs=False)


def engine_models(draw: Draw) -> Models:
    """Who writes, repairs, makes inputs and judges."""
    if draw.programs is None:
        assert draw.models is not None, "somebody must write"
        return draw.models
    writer, absent = PoolModel(draw.programs), AbsentModel()
    if draw.models is None:
        return Models(writer=writer, debugger=writer, input_writer=absent, judge=absent)
    return evolve(draw.models, writer=writer, debugger=writer)


def _sorted(probabilities: Mapping[str, float]) -> tuple[float, ...]:
    """The highest first."""
    return tuple(round(each, 6) for each in sorted(probabilities.values(), reverse=True))


async def _engine(draw: Draw, method: Method) -> tuple[Choice, Cost]:
    executor = draw.bench.executor.counting()
    several = draw.programs if len({program.language for program in draw.programs or ()}) > 1 else None
    settings, models = engine_settings(method, draw), engine_models(draw)
    problem = draw.bench.problem
    state = await run_engine(problem, settings, models, executor, several or (), without=draw.without)
    decided = state.decided
    assert decided is not None, "a run that ended is decided"
    right: Mapping[str, bool | None] = {c.id: c.right for c in draw.stage.contenders}
    picked = decided.candidate_id
    verdict = right.get(picked) if picked else False
    if verdict is None and picked:  # a repair that the common stage did not make
        candidate = state.candidates[picked]
        verdict = state.survives(picked) and await is_right(draw.bench, candidate.code, candidate.language)
    choice = Choice(
        picked,
        float(bool(verdict)),
        clusters=len(state.clusters),
        belief=belief_of(state),
        beliefs=_sorted(decided.beliefs),
        posterior=_sorted(Assessment(state).beliefs),
        share=passing_share(state),
        status=decided.status.value,
        inputs=len(state.valid_inputs),
        duels=judgements_of(state, right),
        tiers=state.tiers,
    )
    is_free = draw.programs is not None
    has_model = draw.models is not None
    return choice, cost_of(state, executor.asked, samples_are_free=is_free, counts_failures=has_model)
