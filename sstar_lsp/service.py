"""The entry point of terminal, editor and agent: solve, follow, cancel, resume, judge.

It owns what runs share (the journal, the sandbox, the model server), starts each on first need, and gives
every run a :class:`RunHandle`. Faces hold handles and no logic.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from weakref import WeakValueDictionary

from attrs import evolve, frozen

from sstar_lsp.cost_estimate import bounded, ceiling_text, names_of, price_table
from sstar_lsp.engine.choice.human_feedback import Said, judged
from sstar_lsp.engine.cost_bound import Ceiling
from sstar_lsp.engine.report.evidence import best_candidate
from sstar_lsp.engine.report.result_json import answer_of
from sstar_lsp.engine.report.translation import translation_of, translation_settings
from sstar_lsp.engine.run.arriving import Arriving
from sstar_lsp.engine.run.budget import money_text, spent_text
from sstar_lsp.engine.run.events import Event, Journal, Refused, RunStarted, from_wire, to_wire
from sstar_lsp.engine.run.execution.executions import Executions, compiler_of, limits_of
from sstar_lsp.engine.run.executor import Executor, is_accepted, outcome_of, sandbox_failures
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.engine.solve import names_of as started_with
from sstar_lsp.engine.solve import solve
from sstar_lsp.errors import RunError, SandboxError, SStarError, ours
from sstar_lsp.models.client.api_keys import Keys
from sstar_lsp.models.client.rate_limiter import RUN, RateLimiters
from sstar_lsp.models.factory import connect
from sstar_lsp.models.protocol import Models
from sstar_lsp.problems.checker_files import with_settings_checker
from sstar_lsp.problems.contest import Guard
from sstar_lsp.problems.languages import language_for
from sstar_lsp.records import Problem, Status, Test, counted
from sstar_lsp.runs.store import RunStore, RunSummary
from sstar_lsp.settings import Budget, ModelSettings, Settings
from sstar_sandbox import Execution, Mode, Sandbox, Verdict, languages_here, open_sandbox
from sstar_sandbox import SandboxError as BrokenSandbox

__all__ = ["RunHandle", "Say", "Service", "answer_of"]

Say = Callable[[str], None]
"""Told in a few words what is being prepared (``loading the model …``)."""

PIECES_S = 0.2
"""Between two looks at what arrives."""
LEAST_PAST_RUNS = 3
"""Fewer say nothing about how long a run takes."""
PAST_RUNS = 50


class RunHandle:
    """A run in this process: follow it, cancel it, wait for it."""

    def __init__(self, run_id: str, state: RunState) -> None:
        self.run_id = run_id
        self.state = state
        self.phase = ""
        """What is being prepared, for a person; empty once the run is under way."""
        self._phase_began = 0.0
        self.error: SStarError | None = None
        """What made it fail."""
        self.arriving = Arriving(self._piece_came)
        self.ceiling: Ceiling | None = None
        """The most that it can cost; None until its models are known, and of a run that goes on."""
        self.ceiling_text = ""
        """The same for a person; empty if it is free, or a price is not known."""
        self.usual_seconds: float | None = None
        """Median of earlier runs with the same writer; None if there are too few."""
        self._shown_at = 0.0
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, work: AsyncGenerator[Event, None]) -> asyncio.Task[None]:
        """Begin to consume the run's events."""
        self._task = asyncio.create_task(self._consume(work), name=f"run {self.run_id}")
        self._task.add_done_callback(lambda _: self.touch())
        return self._task

    async def _consume(self, work: AsyncGenerator[Event, None]) -> None:
        RUN.set(self.run_id)  # the limiters of model servers are fair between runs
        try:
            async with contextlib.aclosing(work):
                async for _event in work:
                    pass  # the journal has folded it in already, see _StoreJournal
        except Exception as error:  # noqa: BLE001  # the edge of a run: nothing beyond it ends in a traceback
            self.error = ours(error, f"run {self.run_id}")

    def touch(self) -> None:
        """Wake those who follow."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _piece_came(self) -> None:
        now = time.monotonic()
        if now - self._shown_at >= PIECES_S:
            self._shown_at = now
            self.touch()

    def enter(self, phase: str) -> None:
        """Something is prepared, or still is; empty: the run is under way."""
        if phase != self.phase:
            self.phase, self._phase_began = phase, time.monotonic()
        self.touch()

    @property
    def phase_seconds(self) -> int:
        """Whole seconds that the present phase has taken; 0 once the run is under way."""
        return int(time.monotonic() - self._phase_began) if self.phase else 0

    @property
    def details(self) -> tuple[str, ...]:
        """What a person who waits wants to know besides the counts: tokens that arrive, money, time."""
        arrived, spent, bound = self.arriving.tokens, spent_text(self.state), self.ceiling
        most = money_text(bound.money, bound.currency) if bound is not None and bound.money else ""
        if bound is not None and most and not self.state.calls:
            spent, most = "", f"{bound.tokens:,} tokens, {most}"
        found = (
            f"for {self.phase_seconds} s" if self.phase_seconds else "",
            f"{counted(arrived, 'token')} arriving" if arrived else "",
            f"{spent} of at most {most}" if spent and most else spent or (most and f"at most {most}"),
            f"usually {self.usual_seconds:.0f} s" if self.usual_seconds is not None else "",
        )
        return tuple(filter(None, found))

    @property
    def is_done(self) -> bool:
        """Ended, cancelled or failed."""
        return self._task is not None and self._task.done()

    async def follow(self) -> AsyncIterator[RunState]:
        """The state after each change; several changes may come as one. Ends with the run."""
        while not self.is_done:
            changed = self._changed
            yield self.state
            await changed.wait()
        yield self.state

    async def wait(self) -> RunState:
        """The state at the run's end.

        Raises:
            SStarError: what made the run fail; the journal is kept.
            asyncio.CancelledError: never for a cancelled run; only when the waiter itself is cancelled.
        """
        assert self._task is not None, "start first"
        await asyncio.wait({self._task})
        if self.error is not None:
            raise self.error
        return self.state

    async def cancel(self) -> None:
        """Close streams, kill programs, journal the stop; returns when all of that is done."""
        if self._task is not None:
            if not self._task.cancelling():  # a second cancel would interrupt the clean-up of the first
                self._task.cancel()
            await asyncio.wait({self._task})

    @property
    def status(self) -> Status:
        """How the run stands; a run without a decision counts as cancelled once it is done."""
        if self.state.decided is not None:
            return self.state.decided.status
        return Status.FAILED if self.error is not None else Status.CANCELLED


def _never_begun(run_id: str, state: RunState) -> RunError:
    why = f"was refused before it began: {state.refused}" if state.refused else "stopped before it began:"
    return RunError(f"run {run_id} {why} Start it anew with sstar solve.")


async def _refuse_absent(executor: Executor, language: str) -> None:
    """A language that nothing compiles here is refused before a model is asked."""
    if isinstance(executor, Sandbox):
        try:
            await asyncio.to_thread(executor.toolchain, language)
        except BrokenSandbox as error:
            known = ", ".join(languages_here())
            raise SandboxError(f"{error}, or solve in a language that is here: {known}.") from error


@frozen
class _StoreJournal:
    """The engine's journal over the store; followers see an event once it is kept."""

    store: RunStore
    handle: RunHandle

    async def record(self, event: Event) -> None:
        kind, body = to_wire(event)
        status = {
            "Decided": body.get("status"),
            "Stopped": "stopped",
            "Resumed": "running",
            "Refused": "refused",
        }.get(kind)
        await self.store.append(self.handle.run_id, kind, body, status)
        self.handle.state = apply(self.handle.state, event)
        self.handle.touch()


class Service:
    """Everything a face may ask for. Use as an async context manager; leaving it ends all runs."""

    def __init__(
        self,
        store: RunStore | None = None,
        *,
        models: Models | None = None,
        executor: Executor | None = None,
    ) -> None:
        """``models`` and ``executor`` replace the configured ones (tests, benchmarks)."""
        self.store = store or RunStore()
        self.keys = Keys(os.environ)
        self.guard = Guard(self.store.folder / "practice.json")
        self._given_models = models
        self._executor = executor
        self._models: dict[tuple[ModelSettings, int], Models] = {}
        self._limiters = RateLimiters()
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._judging = asyncio.Lock()
        self.runs: dict[str, RunHandle] = {}
        """Those under way in this process, by id; of ended ones all is in the journal."""
        self._handles = WeakValueDictionary[str, RunHandle]()
        """Those that somebody holds, ended ones too."""

    async def __aenter__(self) -> Service:
        await self._stack.enter_async_context(self.store)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for handle in list(self.runs.values()):
            await handle.cancel()
        await self._stack.aclose()

    # --- what runs share --------------------------------------------------------------------------

    async def _sandbox(self, settings: Settings) -> Executor:
        async with self._opening:
            if self._executor is None:
                with sandbox_failures():
                    self._executor = await self._stack.enter_async_context(
                        open_sandbox(settings.sandbox.workers, libraries=settings.sandbox.libraries)
                    )
            return self._executor

    async def sandbox(self) -> Sandbox:
        """The sandbox that runs share, for programs of persons.
        Raises :class:`SandboxError`: there is none."""
        executor = await self._sandbox(Settings())
        if not isinstance(executor, Sandbox):
            raise SandboxError(
                "programs of persons run in a sandbox, and this service was given something else."
            )
        return executor

    async def _connected(self, settings: Settings, say: Say) -> Models:
        if self._given_models is not None:
            return self._given_models
        async with self._opening:
            place = settings.model, self.keys.version
            models = self._models.get(place)
            if models is None:
                environ = await self.keys.environ_for(settings.model)
                models = self._models[place] = await connect(
                    settings.model, self._stack, environ, say, self._limiters
                )
            return models

    # --- runs -------------------------------------------------------------------------------------

    async def solve(
        self,
        problem: Problem,
        settings: Settings,
        document: str | None = None,
        *,
        own_code: str | None = None,
    ) -> RunHandle:
        """Start a run; returns at once with its handle, whose id is journaled already.

        ``own_code`` is a person's own program: it takes the place of the first sample.

        Raises:
            ContestError: it belongs to a contest that nobody confirmed as practice.
            UsageError: the language is unknown or cannot be used for this problem.
            RunError: the journal cannot be written.
        """
        await self.guard.refuse(problem, settings.contest)
        problem = await asyncio.to_thread(with_settings_checker, problem, settings, document)
        settings = evolve(
            settings, solve=evolve(settings.solve, language=language_for(problem, settings.solve.language))
        )
        run_id = await self.store.create(problem.title, document)
        handle = RunHandle(run_id, RunState())
        return self._begin(handle, self._events(handle, problem, settings, None, document, own_code))

    async def translate(self, run: str, language: str, settings: Settings) -> RunHandle:
        """Start a run whose program is that of another run in another language, and prints the same on all
        its inputs.

        Raises:
            RunError: there is no such run, or it has no program.
            UsageError: the language is unknown or the program's own, or the problem's function cannot be
                called in it.
        """
        run_id, state = await self.open_run(run)
        language = language_for(evolve(state.problem, language=None), language)
        problem = translation_of(run_id, state, language)
        return await self.solve(
            problem, evolve(settings, solve=translation_settings(settings.solve, language))
        )

    async def resume(self, run: str, settings: Settings) -> RunHandle:
        """Go on with a stopped or crashed run; nothing already paid is asked again.
        Raises :class:`RunError`: there is no such run, it is decided already, or it is going on elsewhere."""
        run_id, state = await self.open_run(run)
        if state.started is None:
            raise _never_begun(run_id, state)
        needs_budget = state.decided is not None and state.decided.status is Status.OUT_OF_BUDGET
        if needs_budget and settings.solve.budget == Budget():
            raise RunError(
                f"run {run_id} used up its budget: name a larger one, "
                f"as in sstar resume {run_id} --budget seconds=600 (earlier sessions count)."
            )
        if state.decided is not None and not needs_budget:
            raise RunError(
                f"run {run_id} is decided ({state.decided.status.value}): see it with sstar show {run_id}"
            )
        await self.guard.refuse(state.problem, settings.contest)
        await self.store.hold(run_id)
        budget = settings.solve.budget if settings.solve.budget != Budget() else state.settings.budget
        settings = evolve(settings, solve=evolve(state.settings, budget=budget))
        handle = RunHandle(run_id, state)
        work = self._events(handle, state.problem, settings, state, state.started.document)
        return self._begin(handle, work)

    def _begin(self, handle: RunHandle, work: AsyncGenerator[Event, None]) -> RunHandle:
        run_id = handle.run_id
        self.runs[run_id] = self._handles[run_id] = handle

        def ended(_: asyncio.Task[None]) -> None:
            if self.runs.get(run_id) is handle:  # else it goes on already
                del self.runs[run_id]

        handle.start(work).add_done_callback(ended)
        return handle

    async def _events(
        self,
        handle: RunHandle,
        problem: Problem,
        settings: Settings,
        state: RunState | None,
        document: str | None,
        own_code: str | None = None,
    ) -> AsyncGenerator[Event, None]:
        journal: Journal = _StoreJournal(self.store, handle)
        try:
            executor = await self._sandbox(settings)
            await _refuse_absent(executor, language_for(problem, settings.solve.language))
            models = await self._connected(settings, handle.enter)
            if state is None:
                names = names_of(models)
                handle.ceiling = bounded(problem, settings.solve, settings, names)
                handle.ceiling_text = ceiling_text(handle.ceiling, settings, names)
            handle.usual_seconds = await self._usual_seconds(models)
            handle.enter("")
            events = solve(
                problem,
                settings.solve,
                models,
                executor,
                journal,
                state,
                run_id=handle.run_id,
                document=document,
                own_code=own_code,
                prices=price_table(settings, names_of(models)),
                arriving=handle.arriving,
            )
            async with contextlib.aclosing(events):
                async for event in events:
                    yield event
        except SStarError as error:
            if handle.state.started is None:
                with contextlib.suppress(RunError):  # where the journal itself fails, its error is the reason
                    await journal.record(Refused(time.time(), str(error)))
            raise
        finally:
            await self.store.release(handle.run_id)

    async def _usual_seconds(self, models: Models) -> float | None:
        """Median wall time of the newest ended runs with these writers; None if there are too few."""
        ended = (Status.CHOSEN, Status.UNDECIDED, Status.UNVERIFIED)
        seconds = await self.store.seconds_of(started_with(models)["writer"], ended, PAST_RUNS)
        return statistics.median(seconds) if len(seconds) >= LEAST_PAST_RUNS else None

    async def judge(self, run: str, input_id: str, verdict: Said) -> RunState:
        """Absorb a person's verdict on a test input: ``{"expected": text}``, ``{"cluster": id}``,
        ``"illegal"`` or ``"unknown"``. The choice is made again, without a model and without running
        anything; returns the new state.

        Raises:
            RunError: there is no such run, or it is still going on (here or in another process).
            UsageError: no such input, cluster or verdict; lists those that there are.
        """
        run_id = await self.store.find(run)
        if run_id in self.runs:
            raise RunError(
                f"run {run_id} is still searching: wait for its end, or cancel it, and judge then."
            )
        async with self._judging:
            await self.store.hold(run_id)
            try:
                _, state = await self.open_run(run_id)
                if state.started is None:
                    raise _never_begun(run_id, state)
                handle = self._handles.get(run_id) or RunHandle(run_id, state)
                handle.state = state  # another process may have judged it since
                journal = _StoreJournal(self.store, handle)
                for event in judged(state, input_id, verdict, time.time()):
                    await journal.record(event)
            finally:
                await self.store.release(run_id)
            return handle.state

    async def grade(self, state: RunState, tests: Sequence[Test]) -> list[str]:
        """Verdicts of the handed-back program on tests that the search never saw, in their order; ``IE``
        where the sandbox failed, which says nothing about the program and costs it that test alone.
        Raises :class:`SandboxError`: there is no sandbox, or it broke before the program ran."""
        executions = await self.run_again(state, [(test.input, test.expected) for test in tests])
        return [execution.verdict.value for execution in executions]

    async def run_again(self, state: RunState, tests: Sequence[tuple[str, str | None]]) -> list[Execution]:
        """The handed-back program on inputs with their right outputs, in their order; where nobody has said
        what is right (None) a clean run is ``RAN``, and so is one with another answer where several are
        accepted.
        Raises :class:`SandboxError`: there is no sandbox, or it broke before the program ran."""
        candidate = best_candidate(state)
        assert candidate is not None, "nothing to run"
        executor = await self._sandbox(Settings())
        executions = Executions(executor, state.problem, compiler_of(state.settings, state.problem))
        limits = limits_of(state.problem, candidate.language, state.settings.time_multiplier)
        inputs, expected = [given for given, _ in tests], [right for _, right in tests]
        with sandbox_failures():
            program = await executions.prepare(candidate.code, candidate.language)
            runs = [e async for e in executions.run(program, inputs, limits, Mode.ISOLATED, expected)]
        others = [
            right is not None and e.verdict is Verdict.WA and is_accepted(state.problem, right, outcome_of(e))
            for right, e in zip(expected, runs, strict=True)
        ]
        return [
            evolve(e, verdict=Verdict.RAN, detail="another answer; the statement accepts several")
            if other
            else e
            for other, e in zip(others, runs, strict=True)
        ]

    async def open_run(self, run: str) -> tuple[str, RunState]:
        """A run's id (from a prefix, or ``last``) and its state as journaled.
        Raises :class:`RunError`: none or several, or a damaged journal."""
        run_id = await self.store.find(run)
        if run_id in self.runs:
            return run_id, self.runs[run_id].state
        return run_id, fold([from_wire(kind, body) for kind, body in await self.store.load(run_id)])

    async def list_runs(self, limit: int = 50) -> list[RunSummary]:
        """The newest runs first."""
        return await self._with_reasons(await self.store.list_runs(limit))

    async def search_runs(self, words: str, limit: int = 50) -> list[RunSummary]:
        """The newest runs that have every word, in any case, in id, title, document or statement."""
        wanted = words.casefold().split()
        listed = await self.store.list_runs(-1)
        bodies = await self.store.first_bodies([run.id for run in listed], RunStarted.__name__)

        def text_of(run: RunSummary) -> str:
            problem = bodies.get(run.id, {}).get("problem") or {}
            return f"{run.id} {run.title} {run.document or ''} {problem.get('statement', '')}".casefold()

        found = [run for run in listed if all(word in text_of(run) for word in wanted)][:limit]
        return await self._with_reasons(found)

    async def _with_reasons(self, runs: list[RunSummary]) -> list[RunSummary]:
        """The same runs; of those that were refused, why."""
        refused = [run.id for run in runs if run.status == "refused"]
        bodies = await self.store.first_bodies(refused, Refused.__name__) if refused else {}
        return [evolve(run, reason=bodies.get(run.id, {}).get("reason")) for run in runs]
