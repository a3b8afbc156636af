"""What all methods of one draw share: the programs, their results on the examples, and their outputs.

Public tests and plain inputs are executed here, once a problem; methods without a model then only compare
numbers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from attrs import define, field, frozen

from sstar_lsp.bench.data.pools import PoolModel
from sstar_lsp.bench.execution_cache import CachedExecutor
from sstar_lsp.bench.records import BenchProblem, Contender, Cost, PoolProgram
from sstar_lsp.bench.selectors.plain_inputs import plain_inputs
from sstar_lsp.engine.run.execution.executions import Executions, limits_of
from sstar_lsp.engine.run.executor import Outcome, is_accepted, outcome_of, same_output, sandbox_failures
from sstar_lsp.errors import SandboxError
from sstar_lsp.records import Problem, candidate_id
from sstar_sandbox import Verdict


@frozen
class Stage:
    """The contenders of one draw."""

    contenders: tuple[Contender, ...]
    """In sampling order; a sample's repairs follow it."""
    costs: Mapping[str, Cost] = field(factory=dict)
    """By candidate id, what a live model's reply cost; drawn programs are free."""

    @property
    def cost(self) -> Cost:
        """Of all attempts."""
        return sum(self.costs.values(), Cost())

    def attempts_of(self, sample: int) -> tuple[Contender, ...]:
        """A sample with its repairs."""
        return tuple(c for c in self.contenders if c.sample == sample)

    @property
    def survivors(self) -> tuple[Contender, ...]:
        """Those that pass every public test."""
        return tuple(c for c in self.contenders if c.survives)

    @property
    def pickable(self) -> tuple[Contender, ...]:
        """The survivors; where there is none, those that pass the most public tests."""
        if self.survivors:
            return self.survivors
        most = max((c.passed for c in self.contenders), default=-1)
        return tuple(c for c in self.contenders if c.passed == most)

    @property
    def first_attempts(self) -> tuple[Contender, ...]:
        """The samples as they were written, before any repair."""
        return tuple(c for c in self.contenders if c.round == 0)

    @property
    def random(self) -> float:
        """Expected score of a uniform pick among :attr:`pickable`."""
        return mean_score(self.pickable)

    @property
    def oracle(self) -> float:
        """1 when any contender is right."""
        return float(any(c.right for c in self.contenders))


def mean_score(contenders: Sequence[Contender]) -> float:
    """Share of the right ones; 0 of none."""
    return sum(bool(c.right) for c in contenders) / len(contenders) if contenders else 0.0


@frozen
class Behaviour:
    """What one program printed on the plain inputs."""

    classes: tuple[int, ...]
    """For each input the number of its output: two programs have the same number where they agree."""
    ended_well: tuple[bool, ...]


@define
class Workbench:
    """One problem with everything that its draws share."""

    problem: BenchProblem
    executor: CachedExecutor
    inputs: list[str] = field(factory=list)
    _passed: dict[str, int] = field(factory=dict)
    _behaviours: dict[str, Behaviour] = field(factory=dict)
    _representatives: list[list[Outcome]] = field(factory=list)
    _measuring: asyncio.Lock = field(factory=asyncio.Lock)

    @classmethod
    def of(cls, problem: BenchProblem, executor: CachedExecutor, inputs: int, seed: int) -> Workbench:
        """``inputs``: how many plain inputs to make."""
        return cls(problem, executor, plain_inputs(problem.problem, inputs, seed))

    async def drawn(self, programs: Sequence[PoolProgram], rounds: int) -> Stage:
        """The stage of a draw, with recorded repairs where there are any."""
        model = PoolModel(programs)
        chains = await asyncio.gather(
            *(self._chain(model, sample, rounds) for sample in range(1, len(programs) + 1))
        )
        return Stage(tuple(contender for chain in chains for contender in chain))

    async def _chain(self, model: PoolModel, sample: int, rounds: int) -> list[Contender]:
        """One sample through its recorded rounds until it passes the public tests, as in the engine."""
        chain: list[Contender] = []
        recorded = len(model.program(sample, 0).repairs)
        for round_ in range(min(rounds, recorded) + 1):
            program = model.program(sample, round_)
            name = candidate_id(sample, round_)
            source = program.code, program.language
            passed = await self.public_tests_passed(*source)
            survives = passed == len(self.problem.problem.public_tests)
            chain.append(Contender(name, *source, passed, survives, program.right, sample, round_))
            if survives:
                break
        return chain

    async def public_tests_passed(self, code: str, language: str) -> int:
        """How many public tests a program passes; -1 when it does not compile."""
        known = self._passed.get(code)
        if known is not None:
            return known
        problem, tests = self.problem.problem, self.problem.problem.public_tests
        given, wanted = [t.input for t in tests], [t.expected for t in tests]
        outcomes = await run_on(self.executor, problem, code, language, given, wanted)
        passed = -1
        if outcomes is not None:
            passed = sum(is_accepted(problem, t.expected, o) for t, o in zip(tests, outcomes, strict=True))
        self._passed[code] = passed
        return passed

    async def behaviours(self, survivors: Sequence[Contender]) -> Mapping[str, Behaviour]:
        """By code, what each survivor prints on the plain inputs."""
        async with self._measuring:  # numbers are given in one order, whatever runs first
            fresh = {c.code: c for c in survivors if c.code not in self._behaviours}
            problem = self.problem.problem
            runs = await asyncio.gather(
                *(run_on(self.executor, problem, c.code, c.language, self.inputs) for c in fresh.values())
            )
            for code, outcomes in zip(fresh, runs, strict=True):
                self._behaviours[code] = self._numbered(outcomes or ())
        return self._behaviours

    def _numbered(self, outcomes: Sequence[Outcome]) -> Behaviour:
        if not self._representatives:
            self._representatives = [[] for _ in self.inputs]
        checker, classes = self.problem.problem.checker, []
        for outcome, known in zip(outcomes, self._representatives, strict=True):
            same = (n for n, other in enumerate(known) if same_output(checker, other, outcome))
            classes.append(number := next(same, len(known)))
            if number == len(known):
                known.append(outcome)
        return Behaviour(tuple(classes), tuple(o.ended_well for o in outcomes))


async def run_on(
    executor: CachedExecutor,
    problem: Problem,
    code: str,
    language: str,
    inputs: Sequence[str],
    expected: Sequence[str] | None = None,
) -> list[Outcome] | None:
    """Outcomes of a program on inputs, with verdicts where ``expected`` is known; None: it does not compile.
    Raises :class:`SandboxError`: the sandbox failed."""
    executions = Executions(executor, problem)
    with sandbox_failures():
        program = await executions.prepare(code, language)
        if program.compile_error is not None:
            return None
        limits = limits_of(problem, language)
        runs = executions.run(program, inputs, limits, expected=expected)
        outcomes = [outcome_of(execution) async for execution in runs]
    if broken := next((o for o in outcomes if o.verdict is Verdict.IE), None):
        raise SandboxError(f"the sandbox failed while it ran a program of the pool: {broken.detail}.")
    return outcomes
