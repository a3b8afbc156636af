"""What a terminal shows of a running run: a live view that fits 80 × 24, or a calm log."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from sstar_lsp.cli.edge import clean
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import counted
from sstar_lsp.service import RunHandle
from sstar_sandbox import Verdict

PROGRAM_LINES = 10
"""Of the first program, while it is written."""
NEWS_LINES = 6
"""Of what happened last."""
OTHER_LINES = 6
"""Heads, counts and gaps of the live view."""


def progress_line(state: RunState, phase: str, seconds: float) -> str:
    """One line of where a run stands."""
    if state.started is None or phase:
        return f"{phase or 'starting'} · {seconds:.0f} s"
    parts = [f"samples {state.answered()}/{state.settings.samples}"]
    if repairs := state.answered(repairs=True):
        parts.append(f"repairs {repairs}")
    parts.append(f"survivors {len(state.survivors)}")
    if state.inputs:
        parts.append(f"inputs {len(state.valid_inputs)} (+{len(state.rejected)} rejected)")
    if state.clusters:
        parts.append(f"clusters {len(state.clusters)}")
    if state.duels:
        parts.append(f"duels {len(state.duels)}")
    parts.append(f"tokens {state.usage.prompt_tokens}+{state.usage.completion_tokens}")
    parts.append(f"{seconds:.0f} s")
    return " · ".join(parts)


def news(before: RunState, after: RunState) -> Iterator[str]:
    """What happened between two states that a person wants to know, a line each."""
    for failure in after.failures[len(before.failures) :]:
        yield f"a request failed ({failure.purpose}): {failure.message.splitlines()[0] if failure.message else ''}"
    for candidate_id in after.no_program.keys() - before.no_program.keys():
        yield f"{candidate_id}: the answer holds no program"
    for candidate_id in [each for each in after.checks if each not in before.checks]:
        yield f"{candidate_id} {_checked(after, candidate_id)}"
    if after.clusters != before.clusters and after.clusters:
        groups = ", ".join(f"{cluster.id} ({len(cluster.members)})" for cluster in after.clusters)
        yield f"the survivors behave in {counted(len(after.clusters), 'way')} on {counted(len(after.valid_inputs), 'input')}: {groups}"
    for duel in after.duels[len(before.duels) :]:
        said = f"{duel.winner} is right" if duel.winner else "nothing that holds in both orders"
        yield f"{duel.left} or {duel.right} on {', '.join(duel.input_ids[:1])}: the judge says {said}"


def _checked(state: RunState, candidate_id: str) -> str:
    check, examples = state.checks[candidate_id], len(state.problem.public_tests)
    if check.compile_error is not None:
        return "does not compile"
    if not examples:
        return "compiles"
    passed = state.passed(candidate_id)
    if passed == examples:
        return f"passes all {examples} examples" if examples > 1 else "passes the example"
    wrong = [outcome.verdict for outcome in check.outcomes if outcome.verdict is not Verdict.AC]
    return (
        f"passes {passed} of {examples} examples ({wrong[0].value})"
        if wrong
        else f"passes {passed} of {examples}"
    )


class LiveView:
    """The newest state, the first program as it is written, and what happened last."""

    def __init__(self, handle: RunHandle, begun: float) -> None:
        self._handle = handle
        self._begun = begun
        self.news: list[str] = []

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        handle, state = self._handle, self._handle.state
        title = f" · {state.problem.title}" if state.started is not None else ""
        yield self._line(f"S* {handle.run_id}{title}", "bold")
        yield self._line(progress_line(state, handle.phase, time.monotonic() - self._begun))
        if handle.details:
            yield self._line(" · ".join(handle.details), "cyan")
        left = console.height - OTHER_LINES
        recent = self.news[-min(NEWS_LINES, max(left, 1)) :]
        program = handle.arriving.program(min(PROGRAM_LINES, left - len(recent)))
        if program and not state.clusters:
            yield self._line("the first program:", "dim")
            yield from (self._line(f"  {line}", "dim") for line in program)
        yield from (self._line(line) for line in recent)

    @staticmethod
    def _line(text: str, style: str = "") -> Text:
        """One line of the terminal, whatever the text holds."""
        return Text(clean(text).replace("\n", " "), style=style, overflow="ellipsis", no_wrap=True)


async def watch(handle: RunHandle, console: Console) -> None:
    """Show progress until the run ends: a live view on a terminal, else a line for each main event."""
    begun = time.monotonic()
    view = LiveView(handle, begun)
    if console.is_terminal:
        with Live(view, console=console, refresh_per_second=4, transient=True) as live:
            await _follow(handle, view, live.console, begun)
    else:
        await _follow(handle, view, console, begun)


async def _follow(handle: RunHandle, view: LiveView, console: Console, begun: float) -> None:
    """Collect the news of a run; the ceiling of a paid one, and without a terminal all news, are printed."""

    def say(text: str) -> None:
        line = f"S* {handle.run_id} · {clean(text)} · {time.monotonic() - begun:.0f} s"
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    before, phase = handle.state, ""
    is_ceiling_told = is_arrival_told = False
    async for state in handle.follow():
        lines = list(news(before, state)) if state.started is not None else []
        if handle.phase not in ("", phase):
            lines.insert(0, handle.phase)
        if not is_arrival_told and handle.arriving.tokens:
            is_arrival_told = True
            lines.append("the first answers arrive")
        if handle.ceiling_text and not is_ceiling_told:
            is_ceiling_told = True
            say(handle.ceiling_text)
        view.news += lines
        if not console.is_terminal:
            for line in lines:
                say(line)
        before, phase = state, handle.phase
    if not console.is_terminal and before.started is not None:
        say(progress_line(before, "", 0).rpartition(" · ")[0])
