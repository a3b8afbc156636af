"""One run in flight: its state, its journal, its models and its executor.

What the stages share and nothing more; the stages themselves are functions over a :class:`Run` in modules of
their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from secrets import token_hex

from attrs import evolve

from sstar_lsp.engine.run.dedup import fingerprint, twin_of
from sstar_lsp.engine.run.events import (
    CaseInput,
    CheckerTried,
    Event,
    InputOrigin,
    InputsProposed,
    Journal,
    Ran,
    Warned,
)
from sstar_lsp.engine.run.executions import Executions
from sstar_lsp.engine.run.executor import Executor, Outcome, outcome_of, same_output
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.state import RunState, apply
from sstar_lsp.engine.run.timeouts import patiently
from sstar_lsp.errors import SandboxError
from sstar_lsp.models.roles import Models
from sstar_lsp.problems.source.call_examples import render_call
from sstar_lsp.records import Candidate, Problem, Style
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import (
    LANGUAGES,
    CompilerOptions,
    Limits,
    Mode,
    Offering,
    Program,
    Verdict,
    default_limits,
    language_named,
)
from sstar_sandbox import SandboxError as BrokenSandbox

LIMIT_SLACK = 2.0
"""A laptop that also runs a model is not the judge's machine: CPU limits of statements are doubled here."""


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


def limits_of(problem: Problem, language: str, time_multiplier: float = 1.0) -> Limits:
    """Limits of one execution: the problem's own, with slack and what the runtime takes to start, else the language's.

    ``time_multiplier``: how much slower than a judge's this machine is; see ``SolveSettings``.
    """
    limits, runtime = default_limits(language), LANGUAGES[language]
    if problem.time_limit_s is not None:
        cpu_s = max(1.0, problem.time_limit_s) * LIMIT_SLACK * time_multiplier + runtime.startup_s
        limits = evolve(limits, cpu_s=cpu_s, wall_s=cpu_s * 2 + 1)
    if problem.memory_limit_bytes is not None:
        limits = evolve(limits, memory_bytes=problem.memory_limit_bytes + runtime.startup_bytes)
    return limits


def compiler_of(settings: SolveSettings, problem: Problem | None = None) -> CompilerOptions:
    """How C and C++ are compiled: by the standard that the problem names, else by the settings'."""
    named = problem.cpp_standard if problem is not None else None
    return CompilerOptions(named or settings.cpp_standard or "", settings.cpp_flags)


class Run:
    """Shared state of the stages of one run."""

    def __init__(
        self,
        models: Models,
        executor: Executor,
        journal: Journal,
        state: RunState,
        publish: Callable[[Event], None],
    ) -> None:
        self.state = state
        self.executor = executor
        self._journal = journal
        self._publish = publish
        self._order = asyncio.Lock()
        self._keeping: set[asyncio.Task[None]] = set()
        self._programs: dict[str, asyncio.Task[Program]] = {}
        self._executions: Executions | None = None
        self._twins: dict[str, asyncio.Lock] = {}
        self._offering: Offering | None = None
        self.calls = Calls(models, lambda: self.state, self.emit)
        self.out_of_budget: str | None = None
        """Which cap was reached."""

    @property
    def problem(self) -> Problem:
        """The problem being solved."""
        return self.state.problem

    @property
    def settings(self) -> SolveSettings:
        """The settings of this run."""
        return self.state.settings

    @property
    def language(self) -> str:
        """Canonical id of the programs' language."""
        return language_named(self.settings.language or self.problem.language or "python")

    async def emit(self, event: Event) -> None:
        """Journal the event, then fold it in, then show it; in one order for all three.

        A caller that is cancelled meanwhile tears them not apart: what reaches the journal is folded in.
        """
        keeping = asyncio.create_task(self._keep(event))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._kept)
        await asyncio.shield(keeping)

    def _kept(self, keeping: asyncio.Task[None]) -> None:
        self._keeping.discard(keeping)
        if not keeping.cancelled():
            keeping.exception()  # who was cancelled meanwhile does not hear it; the next event fails as well

    async def _keep(self, event: Event) -> None:
        async with self._order:
            await self._journal.record(event)
            self.state = apply(self.state, event)
            self._publish(event)

    async def settle(self) -> None:
        """Wait until the events of cancelled work are folded in."""
        while self._keeping:
            await asyncio.wait(set(self._keeping))

    async def warn(self, message: str) -> None:
        """Tell the person something once."""
        if message not in self.state.warnings:
            await self.emit(Warned(message))

    # --- running programs -------------------------------------------------------------------------

    @property
    def limits(self) -> Limits:
        """Limits of one execution in this run."""
        return limits_of(self.problem, self.language, self.settings.time_multiplier)

    async def offering(self) -> Offering:
        """What the run's programs find besides the standard library.

        Raises:
            SandboxError: the sandbox failed.
        """
        if self._offering is None:
            try:
                self._offering = await self.executor.offering(
                    self.language, compiler_of(self.settings, self.problem)
                )
            except BrokenSandbox as error:
                raise SandboxError(str(error)) from error
        return self._offering

    @property
    def executions(self) -> Executions:
        """What runs and judges the programs of this run."""
        if self._executions is None:
            self._executions = Executions(
                self.executor, self.problem, compiler_of(self.settings, self.problem)
            )
        return self._executions

    async def try_checker(self) -> None:
        """Find out, once, whether the problem's checker program needs right outputs. An interactor judges alone.

        Raises:
            SandboxError: it does not compile, fails, or refuses what an example shows.
        """
        if not self.problem.has_judge or self.state.checker_tried is not None:
            return
        try:
            if self.problem.interactor is not None:
                await self.executions.ready_interactor()
            alone = self.problem.interactor is not None or await self.executions.judges_alone()
            await self.emit(CheckerTried(alone))
        except BrokenSandbox as error:
            raise SandboxError(str(error)) from error

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

    def one_of(self, candidate: Candidate) -> asyncio.Lock:
        """Held while a program meets inputs, so that its twins find what it did."""
        return self._twins.setdefault(fingerprint(candidate.code, candidate.language), asyncio.Lock())

    async def execute(
        self,
        candidate: Candidate,
        inputs: Sequence[str],
        expected: Sequence[str] | None = None,
        mode: Mode = Mode.ISOLATED,
        *,
        is_answer: bool = True,
    ) -> tuple[Outcome, ...]:
        """Run the candidate on inputs, one outcome for each; with ``expected``, verdicts are AC or WA.

        A sandbox that fails on this program alone costs this program: the outcome is IE.

        ``is_answer``: whether it answers the problem, so that a checker program may judge what it prints.

        Raises:
            SandboxError: the sandbox failed; never shown as the candidate's fault.
        """
        if not inputs:
            return ()
        try:
            return await self._outcomes(candidate, inputs, expected, mode, is_answer)
        except BrokenSandbox as error:
            raise SandboxError(str(error)) from error

    async def _outcomes(
        self,
        candidate: Candidate,
        inputs: Sequence[str],
        expected: Sequence[str] | None,
        mode: Mode,
        is_answer: bool,
    ) -> tuple[Outcome, ...]:
        program = await self.program(candidate)
        tried = self.state.checker_tried
        judges_alone = is_answer and tried is not None and tried.judges_alone
        outcomes: list[Outcome] = []
        runs = self.executions.run(program, inputs, self.limits, mode, expected, judges_alone=judges_alone)
        async with aclosing(runs):
            async for execution in runs:
                if execution.verdict is Verdict.IE and not await self._sandbox_works(candidate.language):
                    raise SandboxError(f"the sandbox failed while it ran {candidate.id}: {execution.detail}.")
                outcomes.append(outcome_of(execution))
        return tuple(outcomes)

    async def run_on(self, candidate: Candidate, inputs: Sequence[CaseInput]) -> None:
        """Make the candidate's outcomes on these inputs known, running only what no twin of it ran."""
        async with self.one_of(candidate):
            known = self.state.outcomes.get(candidate.id, {})
            missing = [item for item in inputs if item.id not in known]
            runs = self.state.outcomes
            twin = twin_of(candidate, (c for c in self.state.candidates.values() if c.id in runs))
            found = {i.id: runs[twin.id][i.id] for i in missing if i.id in runs[twin.id]} if twin else {}
            unknown = [item for item in missing if item.id not in found]
            outcomes = await patiently(
                lambda texts: self.execute(candidate, texts, mode=Mode.BATCH), [item.text for item in unknown]
            )
            found |= {item.id: outcome for item, outcome in zip(unknown, outcomes, strict=True)}
            if found:  # each conversation has processes of its own
                await self.emit(Ran(candidate.id, found, isolated=self.problem.interactor is not None))

    async def confirm(self, candidate: Candidate, inputs: Sequence[CaseInput]) -> bool:
        """Run the candidate on these inputs in processes of their own, once; whether a batch had said otherwise.

        What a process of its own says counts.
        """
        met = self.state.confirmed.get(candidate.id, frozenset())
        missing = [item for item in inputs if item.id not in met]
        if not missing:
            return False
        before = self.state.outcomes.get(candidate.id, {})
        outcomes = await self.execute(candidate, [item.text for item in missing])
        found = {item.id: outcome for item, outcome in zip(missing, outcomes, strict=True)}
        await self.emit(Ran(candidate.id, found, isolated=True))
        return any(
            input_id in before and not same_output(self.problem.checker, before[input_id], outcome)
            for input_id, outcome in found.items()
        )

    # --- inputs -----------------------------------------------------------------------------------

    async def propose(
        self, texts: Sequence[str], origin: InputOrigin, parent: str | None = None
    ) -> list[CaseInput]:
        """Give new inputs their numbers; returns those of ``texts``, new or known, without repeats.

        A large input is one of its own even where an earlier one has its text: it says who is fast.
        """
        numbered = len(self.state.inputs)
        is_large = origin is InputOrigin.LARGE
        by_text = {
            item.text: item
            for item in self.state.inputs.values()
            if (item.origin is InputOrigin.LARGE) == is_large
        }
        fresh: list[CaseInput] = []
        found: dict[str, CaseInput] = {}
        for text in texts:
            item = by_text.get(text)
            if item is None:
                item = CaseInput(f"i{numbered + len(fresh) + 1}", text, origin, parent)
                by_text[text] = item
                fresh.append(item)
            found[item.id] = item
        if fresh:
            await self.emit(InputsProposed(tuple(fresh)))
        return list(found.values())

    def shown(self, text: str) -> str:
        """An input as a person or a model reads it: stdin as it is, arguments as a call."""
        return render_call(self.problem, text) if self.problem.style is Style.FUNCTION else text

    def close(self) -> None:
        """Drop compilations still under way."""
        for task in self._programs.values():
            task.cancel()
