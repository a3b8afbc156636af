"""Runs the programs of one run: compiled once, executed in the sandbox, their outcomes journaled.

If the sandbox fails on one program alone, only that program is lost; if it fails on a plain program too, the
run ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from secrets import token_hex

from sstar_lsp.engine.run.dedup import duplicate_of, fingerprint
from sstar_lsp.engine.run.events import CaseInput, CheckerTried, Ran
from sstar_lsp.engine.run.execution.executions import Executions, compiler_of, limits_of, run_until_stalled
from sstar_lsp.engine.run.executor import Executor, Outcome, outcome_of, same_output, sandbox_failures
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import SandboxError
from sstar_lsp.records import Candidate
from sstar_sandbox import Limits, Mode, Offering, Program, Verdict
from sstar_sandbox import SandboxError as BrokenSandbox

_PLAIN_PROGRAMS = {
    "python": "# {}\n",
    "cpp": "// {}\nint main() {{}}\n",
    "c": "// {}\nint main(void) {{ return 0; }}\n",
    "java": "// {}\nclass Main {{ public static void main(String[] a) {{}} }}\n",
    "rust": "// {}\nfn main() {{}}\n",
    "go": "// {}\npackage main\n\nfunc main() {{}}\n",
    "javascript": "// {}\n",
}
"""Whether the sandbox works is tried with one of these; each has a place for a word of its own."""


class ProgramRunner:
    """Compiles and runs candidates; what they did goes into the record."""

    def __init__(self, record: Record, executor: Executor) -> None:
        self.record = record
        self.executor = executor
        self._programs: dict[str, asyncio.Task[Program]] = {}
        self._executions: Executions | None = None
        self._locks: dict[str, asyncio.Lock] = {}
        self._offering: Offering | None = None

    @property
    def state(self) -> RunState:
        """The state of the run as it is now."""
        return self.record.state

    @property
    def limits(self) -> Limits:
        """Limits of one execution in this run."""
        return limits_of(self.state.problem, self.state.language, self.state.settings.time_multiplier)

    async def offering(self) -> Offering:
        """What the run's programs find besides the standard library.
        Raises :class:`SandboxError`: the sandbox failed."""
        if self._offering is None:
            with sandbox_failures():
                self._offering = await self.executor.offering(
                    self.state.language, compiler_of(self.state.settings, self.state.problem)
                )
        return self._offering

    @property
    def executions(self) -> Executions:
        """What runs and judges the programs of this run."""
        if self._executions is None:
            self._executions = Executions(
                self.executor, self.state.problem, compiler_of(self.state.settings, self.state.problem)
            )
        return self._executions

    async def try_checker(self) -> None:
        """Find out, once, whether the problem's checker program needs right outputs. An interactor judges
        alone.
        Raises :class:`SandboxError`: it does not compile, fails, or refuses what an example shows."""
        if not self.state.problem.has_judge or self.state.checker_tried is not None:
            return
        with sandbox_failures():
            if self.state.problem.interactor is not None:
                await self.executions.ready_interactor()
            alone = self.state.problem.interactor is not None or await self.executions.judges_alone()
            await self.record.emit(CheckerTried(alone))

    async def program(self, candidate: Candidate) -> Program:
        """The candidate, compiled once for all that have the same code.

        A sandbox that fails on this program alone costs this program: that is its compile error.

        Raises:
            SandboxError: no toolchain for its language here, or the sandbox failed.
        """
        task = self._programs.get(candidate.code)
        if task is None:
            task = asyncio.create_task(self.executions.prepare(candidate.code, candidate.language))
            self._programs[candidate.code] = task
        try:
            return await asyncio.shield(task)
        except BrokenSandbox as error:
            if not await self._sandbox_works(candidate.language):
                raise SandboxError(str(error)) from error
            message = f"the sandbox failed while it compiled this program: {error}"
            return Program(candidate.language, candidate.code, None, "", message)

    async def _sandbox_works(self, language: str) -> bool:
        """Whether the sandbox compiles and runs a plain program of a language just now."""
        source = _PLAIN_PROGRAMS[language].format(token_hex(8))  # one that no cache knows
        try:
            program = await self.executor.prepare(source, language)
            return [one.verdict async for one in self.executor.run(program, [b""])] == [Verdict.RAN]
        except BrokenSandbox:
            return False

    def lock_of(self, candidate: Candidate) -> asyncio.Lock:
        """Held while a program meets inputs, so that its duplicates find what it did."""
        return self._locks.setdefault(fingerprint(candidate.code, candidate.language), asyncio.Lock())

    async def execute(
        self,
        candidate: Candidate,
        inputs: Sequence[str],
        expected: Sequence[str] | None = None,
        mode: Mode = Mode.ISOLATED,
    ) -> tuple[Outcome, ...]:
        """Run the candidate on inputs, one outcome for each; with ``expected``, verdicts are AC or WA.

        A sandbox that fails on this program alone costs this program: the outcome is IE.

        Raises:
            SandboxError: the sandbox failed; never shown as the candidate's fault.
        """
        if not inputs:
            return ()
        tried = self.state.checker_tried
        judges_alone = tried is not None and tried.judges_alone
        outcomes: list[Outcome] = []
        with sandbox_failures():
            program = await self.program(candidate)
            runs = self.executions.run(
                program, inputs, self.limits, mode, expected, judges_alone=judges_alone
            )
            async with aclosing(runs):
                async for execution in runs:
                    if execution.verdict is Verdict.IE and not await self._sandbox_works(candidate.language):
                        raise SandboxError(
                            f"the sandbox failed while it ran {candidate.id}: {execution.detail}."
                        )
                    outcomes.append(outcome_of(execution))
        return tuple(outcomes)

    async def execute_in_batches(self, candidate: Candidate, texts: Sequence[str]) -> Sequence[Outcome]:
        """As :meth:`execute`, many inputs in one process; a program that does not end is given up."""
        return await run_until_stalled(lambda some: self.execute(candidate, some, mode=Mode.BATCH), texts)

    async def run_on(self, candidate: Candidate, inputs: Sequence[CaseInput]) -> None:
        """Make the candidate's outcomes on these inputs known, running only what no duplicate of it ran."""
        async with self.lock_of(candidate):
            known = self.state.outcomes.get(candidate.id, {})
            missing = [item for item in inputs if item.id not in known]
            runs = self.state.outcomes
            duplicate = duplicate_of(candidate, (c for c in self.state.candidates.values() if c.id in runs))
            ran = runs[duplicate.id] if duplicate else {}
            found = {item.id: ran[item.id] for item in missing if item.id in ran}
            unknown = [item for item in missing if item.id not in found]
            outcomes = await self.execute_in_batches(candidate, [item.text for item in unknown])
            found |= {item.id: outcome for item, outcome in zip(unknown, outcomes, strict=True)}
            if found:
                is_alone = self.state.problem.interactor is not None  # conversations have their own processes
                await self.record.emit(Ran(candidate.id, found, isolated=is_alone))

    async def confirm(self, candidate: Candidate, inputs: Sequence[CaseInput]) -> bool:
        """Run the candidate on these inputs in processes of their own, once; whether a batch had said
        otherwise.

        What a process of its own says counts.
        """
        met = self.state.confirmed.get(candidate.id, frozenset())
        missing = [item for item in inputs if item.id not in met]
        if not missing:
            return False
        before = self.state.outcomes.get(candidate.id, {})
        outcomes = await self.execute(candidate, [item.text for item in missing])
        found = {item.id: outcome for item, outcome in zip(missing, outcomes, strict=True)}
        await self.record.emit(Ran(candidate.id, found, isolated=True))
        return any(
            input_id in before and not same_output(self.state.problem.checker, before[input_id], outcome)
            for input_id, outcome in found.items()
        )

    def close(self) -> None:
        """Drop compilations still under way."""
        for task in self._programs.values():
            task.cancel()
