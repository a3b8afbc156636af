"""Draws of a live model: the engine's own first stage, then the hidden tests say which program is right."""

from __future__ import annotations

from attrs import evolve

from sstar_lsp.bench.records import Contender, Cost
from sstar_lsp.bench.selectors.draw_context import Stage, Workbench, run_on
from sstar_lsp.bench.selectors.sstar import run_engine
from sstar_lsp.models.protocol import Models
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import Verdict


async def live_stage(bench: Workbench, settings: SolveSettings, models: Models) -> Stage:
    """All samples of a draw through all their rounds; what the other methods choose from.
    Raises :class:`ModelError`: no sample could be had."""
    alone = evolve(settings, adaptive=False, inputs=0, pair_inputs=False)
    state = await run_engine(bench.problem, alone, models, bench.executor.counting())
    contenders = []
    for candidate in sorted(state.candidates.values(), key=lambda candidate: candidate.order):
        name, code, language = candidate.id, candidate.code, candidate.language
        survives = state.survives(name)
        contenders.append(
            Contender(
                name,
                code,
                language,
                state.passed(name),
                survives,
                survives and await is_right(bench, code, language),
                candidate.sample,
                candidate.round,
            )
        )
    return Stage(tuple(contenders), {r.candidate_id: Cost.of(r.usage) for r in state.completions.values()})


async def is_right(bench: Workbench, code: str, language: str) -> bool:
    """Whether a program that passes the public tests passes every hidden test, too.
    Raises :class:`SandboxError`: the sandbox failed."""
    problem = bench.problem
    graded = evolve(problem.problem, checker=problem.checker)
    tests = problem.hidden
    executor = bench.executor.uncapped()
    outcomes = await run_on(
        executor, graded, code, language, [t.input for t in tests], [t.expected for t in tests]
    )
    return outcomes is not None and all(outcome.verdict is Verdict.AC for outcome in outcomes)
