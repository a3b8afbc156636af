"""The loop: Algorithm 1 of arXiv 2502.14382, short enough to read beside the paper.

Stage 1 samples N programs and debugs each for at most R rounds; stage 2 groups the survivors by what they
print, lets the groups duel on inputs that tell them apart, and chooses. Stopped anywhere, a run goes on from
its journal: every step first looks whether its result is known.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from sstar_lsp.engine.choice.decision import decide
from sstar_lsp.engine.prompts import digests
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.arriving import Arriving
from sstar_lsp.engine.run.events import Event, Journal, Resumed, Role, RunStarted, Stopped
from sstar_lsp.engine.run.execution.call_forms import runnable
from sstar_lsp.engine.run.executor import Executor
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.run.state import RunState, apply
from sstar_lsp.engine.scheduler import explore
from sstar_lsp.engine.selection import group, select
from sstar_lsp.errors import SStarError, UsageError
from sstar_lsp.models.protocol import Examined, Models
from sstar_lsp.records import JudgeExam, Problem
from sstar_lsp.settings import Budget, Prices, SolveSettings
from sstar_sandbox import language_named


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
    prices: Prices | None = None,
    own_code: str | None = None,
    without: tuple[Part, ...] = (),
    arriving: Arriving | None = None,
) -> AsyncGenerator[Event, None]:
    """Sample, debug, select: yields the run's events, each already journaled.

    With ``state`` (the fold of an earlier journal) the run goes on from there; ``problem`` and ``settings``
    are then those of the state, but for the budget, which may have grown. Closing the generator cancels the
    run: streams closed, programs killed. ``own_code`` is a person's own program: it takes the place of the
    first sample. ``prices`` is what a cap in money goes by; None: the run's own. ``without``: parts of the
    choice that are left out, to measure what they are worth. ``arriving`` is told each piece of an answer.

    Raises:
        UsageError: a cap in money, and a model without a price.
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
        models=names_of(models),
        prompts=digests(),
        at=time.time(),
        document=document,
        prices=prices or Prices(),
        own_code=own_code,
        without=without,
        exams=exams_of(models),
    )
    table = prices or (state.started.prices if state is not None and state.started else Prices())
    _refuse_unpriced(settings, models, table)
    language = language_named(settings.language or problem.language or "python")
    runnable(problem, "", language)  # what cannot be called is refused before it is paid for
    if state is None:
        await journal.record(started)
        state = apply(RunState(), started)
        yield started
    run = Run(models, executor, journal, state, events.put_nowait, arriving)
    task = asyncio.create_task(_session(run, events, None if fresh else Resumed(time.time(), more, prices)))
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        run.close()


def names_of(models: Models) -> dict[str, str]:
    """Role to model name, as :class:`RunStarted` has it."""
    return {role.value: ", ".join(model.name for model in models.of_role(role)) for role in Role}


def exams_of(models: Models) -> dict[str, JudgeExam]:
    """Role to the exam of its model, where one was made."""
    first = {role.value: models.of_role(role)[0] for role in Role}
    return {
        role: model.exam
        for role, model in first.items()
        if isinstance(model, Examined) and model.exam is not None
    }


def _refuse_unpriced(settings: SolveSettings, models: Models, prices: Prices) -> None:
    """A cap in money means nothing if a price is not known."""
    if settings.budget.money is None:
        return
    names = {model.name for model in (*models.writers, models.debugger, models.input_writer, models.judge)}
    if unpriced := sorted(names - set(prices.models)):
        raise UsageError(
            f"the budget has a cap in money and there is no price for {', '.join(unpriced)}: add "
            f'[prices.models."{unpriced[0]}"] with prompt and completion to your own settings file.'
        )


async def _session(run: Run, events: asyncio.Queue[Event | None], resumed: Resumed | None) -> None:
    """One process's share of a run, from start (or resume) to decision (or stop)."""
    begun = time.monotonic()
    try:
        if resumed is not None:
            await run.record.emit(resumed)
        if run.state.decided is None:
            cap = await _search(run)
            await run.record.emit(decide(run.state, cap, time.monotonic() - begun))
    except (asyncio.CancelledError, SStarError):
        await run.record.emit(Stopped(time.time(), round(time.monotonic() - begun, 3)))
        raise
    finally:
        events.put_nowait(None)


async def _search(run: Run) -> str | None:
    """Both stages under the time budget; the cap that was reached, if one was."""
    seconds = run.state.settings.budget.seconds
    left = None if seconds is None else max(0.0, seconds - run.state.seconds_before)
    try:
        async with asyncio.timeout(left):
            await run.runner.try_checker()
            await explore(run)
            await select(run)
    except TimeoutError:
        await run.record.settle()
        await group(run.record, run.state.valid_inputs)
        return f"{seconds:g} seconds"
    return run.calls.exhausted
