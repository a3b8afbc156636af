"""Tester's power: what the engine's own inputs are worth, measured without a model (``sstar bench
--inputs-only``).

The engine makes its inputs for a problem and its recorded programs. Then each input is judged: is it legal by
the package's own validators, which wrong programs does it expose, and which right programs does it
contradict?
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from attrs import evolve, frozen

from sstar_lsp.bench.data.input_validators import NoValidator, Validators
from sstar_lsp.bench.data.pools import Pool
from sstar_lsp.bench.execution_cache import CachedExecutor
from sstar_lsp.bench.records import BenchProblem
from sstar_lsp.bench.selectors.draw_context import run_on
from sstar_lsp.bench.selectors.sstar import make_inputs
from sstar_lsp.engine.choice.posterior import outran
from sstar_lsp.engine.clustering.differential_testing import LATE
from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.run.events import CaseInput, Enumerated, Event, InputsProposed, Ran
from sstar_lsp.engine.run.execution.executions import GIVEN_UP, run_until_stalled, statement_limit_s
from sstar_lsp.engine.run.executor import Outcome, same_output
from sstar_lsp.records import Candidate, Problem
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import Sandbox

KEPT_TEXT = 2_000
"""Characters of an input in the row; longer ones are cut."""


@frozen
class MadeInput:
    """An input that the engine made, and what is known of it."""

    id: str
    tier: str
    """Origin, as :class:`~sstar_lsp.engine.run.events.InputOrigin` has it."""
    wave: int | None
    """Of the free inputs, from 1; None for inputs that are made for known groups (shrunk, large)."""
    legal: bool | None
    """By the package's validators; None if they cannot be asked."""
    against: str
    """What a validator says against it, else empty."""
    rejected: str
    """Why the engine lets it decide nothing, else empty."""
    text: str
    """At most :data:`KEPT_TEXT` characters."""


@frozen
class WrongProgram:
    """A wrong program that passes all examples."""

    id: str
    """As the engine names it."""
    language: str
    verdict: str
    """As recorded: ``WA``, ``TLE``, ``RTE``."""
    exposed_by: tuple[str, ...] = ()
    """Ids of the legal inputs on which it fails, is outrun, or prints something else than all right programs."""


@frozen
class RightProgram:
    """An accepted program that passes all examples."""

    id: str
    language: str
    contradicted_by: tuple[str, ...] = ()
    """Ids of kept inputs, legal or not, on which it fails, is outrun, or differs from another right program."""


@frozen
class PowerRow:
    """One problem: a line of ``power.jsonl``."""

    problem: str
    remark: str
    """Why legality is not known; empty if it is."""
    made: tuple[MadeInput, ...] = ()
    wrong: tuple[WrongProgram, ...] = ()
    right: tuple[RightProgram, ...] = ()
    enumerated: Enumerated | None = None
    """How many of all legal inputs were run, where the statement allows few."""


@frozen
class Power:
    """What a measurement goes by."""

    pool: Pool
    executor: CachedExecutor
    sandbox: Sandbox
    settings: SolveSettings
    every_wave: bool

    async def of_all(
        self, problems: Sequence[BenchProblem], at_once: int, progress: Callable[[int], None]
    ) -> list[PowerRow]:
        """A row for each problem, in their order; ``at_once`` of them side by side.
        Raises :class:`SandboxError`: the sandbox failed."""
        places = asyncio.Semaphore(at_once)

        async def one(problem: BenchProblem) -> PowerRow:
            async with places:
                row = await self.of(problem)
            progress(1)
            return row

        return await together(one(problem) for problem in problems)

    async def of(self, problem: BenchProblem) -> PowerRow:
        """What the engine's inputs for a problem are worth against its programs."""
        executor, programs = self.executor, self.pool[problem.id]
        settings = evolve(self.settings, samples=len(programs))
        remark, validators = "", None
        try:
            validators = await Validators.prepare(self.sandbox, problem)
        except NoValidator as error:
            remark = str(error)
        state, events = await make_inputs(problem, settings, executor, programs, every_wave=self.every_wave)
        waves = waves_of(events)
        inputs = tuple(state.inputs.values())
        against: Sequence[str | None] = [None] * len(inputs)
        if validators is not None:
            against = await together(validators.why_illegal(item.text) for item in inputs)
        made = tuple(
            MadeInput(
                id=item.id,
                tier=item.origin.value,
                wave=waves[item.id],
                legal=None if validators is None else reason is None,
                against=reason or "",
                rejected=state.rejected.get(item.id, ""),
                text=item.text[:KEPT_TEXT],
            )
            for item, reason in zip(inputs, against, strict=True)
        )
        recorded = {f"c{number}": program for number, program in enumerate(programs, 1)}
        survivors = {c.id: c for c in state.survivors}
        met = await together(outcomes_on(executor, problem.problem, c, inputs) for c in survivors.values())
        runs = dict(zip(survivors, met, strict=True))
        right = {name: runs[name] for name in survivors if recorded[name].right}
        legal = [item.id for item in made if item.legal]
        kept = [item.id for item in made if not item.rejected]
        row = PowerRow(problem.id, remark, made, enumerated=state.enumerated)
        for name, candidate in survivors.items():
            limit_s = statement_limit_s(problem.problem, candidate.language)
            if name not in right:
                exposed_by = exposing(problem.problem, runs[name], list(right.values()), legal, limit_s)
                wrong = WrongProgram(name, candidate.language, recorded[name].verdict, exposed_by)
                row = evolve(row, wrong=(*row.wrong, wrong))
            else:
                others = [other for key, other in right.items() if key != name]
                against_it = contradicting(problem.problem, right[name], others, kept, limit_s)
                row = evolve(row, right=(*row.right, RightProgram(name, candidate.language, against_it)))
        return row


def waves_of(events: Sequence[Event]) -> dict[str, int | None]:
    """The wave of each input, from 1: a new one begins after programs have run on the last one's."""
    waves: dict[str, int | None] = {}
    wave, has_run = 1, False
    for event in events:
        if isinstance(event, Ran):
            has_run = True
        elif isinstance(event, InputsProposed):
            is_free = any(item.origin not in LATE for item in event.inputs)
            wave, has_run = wave + (has_run and is_free), has_run and not is_free
            waves |= {item.id: None if item.origin in LATE else wave for item in event.inputs}
    return waves


async def outcomes_on(
    executor: CachedExecutor, problem: Problem, candidate: Candidate, inputs: Sequence[CaseInput]
) -> dict[str, Outcome]:
    """By input id, what a program did; nothing if it is given up. Each tier is tried for itself."""

    async def execute(texts: Sequence[str]) -> tuple[Outcome, ...]:
        outcomes = await run_on(executor, problem, candidate.code, candidate.language, texts)
        assert outcomes is not None, "a survivor compiles"
        return tuple(outcomes)

    found: dict[str, Outcome] = {}
    for origin in dict.fromkeys(item.origin for item in inputs):
        tier = [item for item in inputs if item.origin is origin]
        outcomes = await run_until_stalled(execute, [item.text for item in tier])
        found |= {i.id: o for i, o in zip(tier, outcomes, strict=True) if o is not GIVEN_UP}
    return found


Runs = Mapping[str, Outcome]
"""Input id to outcome of one program."""


def exposing(
    problem: Problem,
    wrong: Runs,
    right: Sequence[Runs],
    inputs: Sequence[str],
    limit_s: float | None = None,
) -> tuple[str, ...]:
    """The inputs on which all right programs end well and agree, and the wrong one fails, is outrun by all of
    them (:func:`~sstar_lsp.engine.choice.posterior.outran`) or prints something else.

    Where other outputs may be right as well, only a failure or its time exposes. ``limit_s``: the statement's.
    """
    found = []
    for name in inputs:
        reference = [runs[name] for runs in right if name in runs]
        if name not in wrong or not reference or len(reference) < len(right):
            continue
        if not all(o.ended_well and same_output(problem.checker, reference[0], o) for o in reference):
            continue
        own = wrong[name]
        differs = problem.differences_prove and not same_output(problem.checker, reference[0], own)
        if not own.ended_well or differs or outran(own, reference, limit_s):
            found.append(name)
    return tuple(found)


def contradicting(
    problem: Problem,
    own: Runs,
    others: Sequence[Runs],
    inputs: Sequence[str],
    limit_s: float | None = None,
) -> tuple[str, ...]:
    """The inputs on which a right program fails, or is outrun by or differs from other right ones that end well."""
    found = []
    for name in inputs:
        if name not in own:
            continue
        answers = [runs[name] for runs in others if name in runs and runs[name].ended_well]
        differs = problem.differences_prove and any(
            not same_output(problem.checker, own[name], answer) for answer in answers
        )
        if not own[name].ended_well or differs or outran(own[name], answers, limit_s):
            found.append(name)
    return tuple(found)
