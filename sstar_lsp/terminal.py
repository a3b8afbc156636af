"""What a terminal shows of a run: live progress, the evidence table, the program.

Progress goes to standard error, results to standard output, so that a pipe gets the result alone.
"""

from __future__ import annotations

import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from sstar_lsp.engine.ceiling import Ceiling
from sstar_lsp.engine.evidence import (
    DecidingInput,
    Evidence,
    FailedExample,
    best_candidate,
    evidence_of,
)
from sstar_lsp.engine.fences import escaped
from sstar_lsp.engine.state import RunState
from sstar_lsp.records import Status
from sstar_lsp.service import RunHandle

COLOURS = {
    Status.CHOSEN: "green",
    Status.UNDECIDED: "yellow",
    Status.UNVERIFIED: "yellow",
    Status.OUT_OF_BUDGET: "yellow",
    Status.CANCELLED: "red",
    Status.FAILED: "red",
}


def clean(text: str) -> str:
    """Text of a hostile program, safe for a terminal: control characters other than newline escaped."""
    return escaped(text.expandtabs())


def progress_line(state: RunState, phase: str, seconds: float) -> str:
    """One line of where a run stands."""
    if state.started is None or phase:
        return f"{phase or 'starting'} · {seconds:.0f} s"
    first = sum("." not in c for c in {*state.candidates, *state.no_program})
    repairs = sum("." in c for c in {*state.candidates, *state.no_program})
    parts = [f"samples {first}/{state.settings.samples}"]
    if repairs:
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


class _Ticking:
    """Renders the newest state with the time as it passes."""

    def __init__(self, handle: RunHandle, begun: float) -> None:
        self._handle = handle
        self._begun = begun

    def __rich__(self) -> RenderableType:
        line = progress_line(self._handle.state, self._handle.phase, time.monotonic() - self._begun)
        return Text(f"S* {self._handle.run_id} · {line}", overflow="ellipsis", no_wrap=True)


async def watch(handle: RunHandle, console: Console) -> None:
    """Show progress until the run ends: a live line on a terminal, else a line for each change."""
    begun = time.monotonic()
    if console.is_terminal:
        with Live(_Ticking(handle, begun), console=console, refresh_per_second=4, transient=True):
            async for _state in handle.follow():
                pass
        return
    last = ""
    async for state in handle.follow():
        # a count of seconds in the phase would be a line a second
        line = progress_line(state, handle.phase.partition(" (")[0], 0).rpartition(" · ")[0]
        if line != last:
            last = line
            console.print(
                f"S* {handle.run_id} · {line} · {time.monotonic() - begun:.0f} s",
                highlight=False,
                markup=False,
            )


def show_run(state: RunState, console: Console, *, with_program: bool = True) -> None:
    """The program and the evidence that a person judges in ten seconds."""
    evidence = evidence_of(state)
    candidate = best_candidate(state)
    if with_program and candidate is not None:
        console.print(Syntax(clean(candidate.code.rstrip()), candidate.language, background_color="default"))
        console.print()
    console.print(_summary(evidence))
    for failed in evidence.failed_examples:
        console.print(_failed_table(failed))
    for deciding in evidence.deciding_inputs:
        console.print(_deciding_table(deciding, evidence))


def _summary(evidence: Evidence) -> RenderableType:
    colour = COLOURS[evidence.status]
    lines: list[RenderableType] = [
        Text.from_markup(
            f"[bold {colour}]{evidence.status.value}[/] {escape(clean(evidence.title))}: {escape(clean(evidence.reason))}"
        )
    ]
    facts = [f"examples passed {evidence.examples_passed}/{evidence.examples}"]
    facts.append(
        f"{evidence.survivors} survivors of {evidence.candidates} programs ({evidence.samples} samples)"
    )
    if evidence.unanimous:
        facts.append("unanimous")
    if evidence.inputs_valid or evidence.inputs_rejected:
        facts.append(f"{evidence.inputs_valid} further inputs ({evidence.inputs_rejected} rejected)")
    if evidence.belief is not None:
        facts.append(f"belief {evidence.belief:.0%}")
    lines.append(Text(" · ".join(facts)))
    cost = (
        f"run {evidence.run_id} · {evidence.calls} model calls · {evidence.usage.prompt_tokens} + "
        f"{evidence.usage.completion_tokens} tokens · {evidence.seconds:.0f} s · {evidence.models.get('writer', '')}"
    )
    lines.append(Text(cost, style="dim"))
    lines += [Text(f"note: {clean(remark)}", style="dim") for remark in evidence.remarks]
    return Group(*lines)


def _failed_table(failed: FailedExample) -> RenderableType:
    table = Table(title=f"failed: {clean(failed.name)} ({failed.verdict})", title_justify="left")
    for heading in ("input", "expected", "printed"):
        table.add_column(heading, overflow="fold")
    table.add_row(*(Text(clean(text)) for text in (failed.input, failed.expected, failed.output)))
    return table


def _deciding_table(deciding: DecidingInput, evidence: Evidence) -> RenderableType:
    sizes = {cluster.id: cluster for cluster in evidence.clusters}
    table = Table(
        title=f"deciding input {deciding.id} ({deciding.origin})", title_justify="left", show_lines=True
    )
    table.add_column("input", overflow="fold")
    for output in deciding.outputs:
        cluster = sizes[output.cluster]
        mark = " (chosen)" if output.cluster == evidence.cluster else ""
        table.add_column(
            f"{output.cluster}{mark}: {cluster.size} program{'' if cluster.size == 1 else 's'}, {cluster.belief:.0%}",
            overflow="fold",
        )
    table.add_row(Text(clean(deciding.input)), *(Text(clean(output.output)) for output in deciding.outputs))
    judged = [
        f"{left} or {right}: judge says {j.winner or 'nothing that holds in both orders'}"
        for j in deciding.judged
        for left, right in [j.between]
    ]
    table.caption = "; ".join(judged) or "not judged"
    table.caption_justify = "left"
    return table


def show_ceiling(ceiling: Ceiling, console: Console) -> None:
    """The most that a run can cost, by kind of request."""
    table = Table(title="at most", title_justify="left")
    for heading in ("requests", "calls", "prompt tokens", "completion tokens"):
        table.add_column(heading, justify="left" if heading == "requests" else "right")
    for part in ceiling.parts:
        table.add_row(part.what, str(part.calls), str(part.prompt_tokens), str(part.completion_tokens))
    console.print(table)
    caps = dict.fromkeys(ceiling.capped, " (cap)")
    money = "unknown" if ceiling.money is None else f"{ceiling.money:.4g} {ceiling.currency}"
    seconds = "no cap" if ceiling.seconds is None else f"{ceiling.seconds:g}"
    lines = [
        f"calls    {ceiling.calls}{caps.get('calls', '')}",
        f"tokens   {ceiling.tokens}{caps.get('tokens', '')}",
        f"money    {money}{caps.get('money', '')}",
        f"seconds  {seconds}{caps.get('seconds', '')}",
    ]
    if ceiling.unpriced:
        lines.append(
            f"no price for: {', '.join(ceiling.unpriced)}. Set prices.models in your own settings file."
        )
    lines.append("Nothing was asked. A run stops as early as it can; most cost far less.")
    for line in lines:
        console.print(line, markup=False, highlight=False)
