"""What a terminal shows of a run that has ended: the program and its evidence.

Programs, inputs and outputs are written as they are: never cropped, wrapped or with tabs expanded. Only a
terminal gets colours, and escapes in place of control and invisible characters. Where standard output is
redirected it gets the program alone, byte for byte, and the evidence goes to standard error.
"""

from __future__ import annotations

import re
import sys

import click
from pygments import format as formatted
from pygments.formatters import TerminalFormatter
from pygments.lexers import get_lexer_by_name
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sstar_lsp.cli.edge import clean, write_exactly
from sstar_lsp.engine.cost_bound import Ceiling
from sstar_lsp.engine.prompts.fences import escaped
from sstar_lsp.engine.report.evidence import (
    DecidingInput,
    Evidence,
    FailedExample,
    belief_words,
    best_candidate,
    evidence_of,
)
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Candidate, Status, counted

COLOURS = {
    Status.CHOSEN: "green",
    Status.UNDECIDED: "yellow",
    Status.UNVERIFIED: "yellow",
    Status.OUT_OF_BUDGET: "yellow",
    Status.CANCELLED: "red",
    Status.FAILED: "red",
}


def show_run(state: RunState, *, with_program: bool = True) -> bool:
    """The program and the evidence that a person judges in ten seconds.

    Returns:
        True if standard output is redirected and holds the program alone: what else is told goes to standard
            error.
    """
    is_aside = with_program and not sys.stdout.isatty()
    candidate = best_candidate(state)
    if with_program and candidate is not None:
        if is_aside:
            write_exactly(candidate.code)
        else:
            _write_on_terminal(candidate, evidence_of(state).run_id)
    show_evidence(state, Console(stderr=is_aside))
    return is_aside


def _write_on_terminal(candidate: Candidate, run_id: str) -> None:
    safe = escaped(candidate.code)
    has_colours = Console().color_system is not None
    shown = highlighted(safe, candidate.language) if has_colours else safe
    click.echo(shown, nl=not safe.endswith("\n"), color=True)
    if safe != candidate.code:
        click.echo(
            "(control and invisible characters are shown as \\x1b and the like; "
            f"exact: sstar show {run_id} > FILE)"
        )
    click.echo()


def highlighted(code: str, language: str) -> str:
    """Code in colours: without the ANSI sequences it is the same text."""
    tokens = list(get_lexer_by_name(language, stripnl=False, ensurenl=False).get_tokens(code))
    if "".join(text for _, text in tokens) != code:
        return code
    return str(formatted(tokens, TerminalFormatter(bg="dark")))


def show_evidence(state: RunState, console: Console) -> None:
    """Why this program: what a person judges in ten seconds."""
    evidence = evidence_of(state)
    console.print(_summary(evidence), soft_wrap=True)
    for failed in evidence.failed_examples:
        _show_failed(failed, console)
    for deciding in evidence.deciding_inputs:
        _show_deciding(deciding, evidence, console)
    if (question := evidence.next_question) is not None:
        words = f"to say what is right there: sstar judge {evidence.run_id} {question} --expected TEXT"
        console.print(words, style="dim", markup=False, highlight=False, soft_wrap=True)


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
    if words := belief_words(evidence):
        facts.append(words)
    lines.append(Text(" · ".join(facts)))
    lines += [Text(f"rests on: {clean(sentence)}") for sentence in evidence.rests_on]
    lines += [Text(f"not known: {clean(sentence)}") for sentence in evidence.not_known]
    cost = (
        f"run {evidence.run_id} · {evidence.calls} model calls · {evidence.usage.prompt_tokens} + "
        f"{evidence.usage.completion_tokens} tokens · {evidence.seconds:.0f} s · {evidence.models.get('writer', '')}"
    )
    lines.append(Text(cost, style="dim"))
    lines += [Text(f"note: {clean(remark)}", style="dim") for remark in evidence.remarks]
    return Group(*lines)


def _show_failed(failed: FailedExample, console: Console) -> None:
    texts = {"input": failed.input, "expected": failed.expected, "printed": failed.output}
    if failed.is_conversation:
        texts = {"input of the interactor": failed.input, "said (> program, < interactor)": failed.output}
    _show_texts(f"failed: {clean(failed.name)} ({failed.verdict})", texts, "", console)
    if any(_CUT.search(text) for text in texts.values()):
        console.print("(cut; the whole example is in the problem's file)", markup=False, soft_wrap=True)


def _show_deciding(deciding: DecidingInput, evidence: Evidence, console: Console) -> None:
    sizes = {cluster.id: cluster for cluster in evidence.clusters}
    texts = {"input": deciding.input}
    for output in deciding.outputs:
        cluster = sizes[output.cluster]
        mark = " (chosen)" if output.cluster == evidence.cluster else ""
        programs = counted(cluster.size, "program")
        texts[f"{output.cluster}{mark}: {programs}, {cluster.belief:.0%}"] = output.output
    caption = clean("; ".join(filter(None, (deciding.settled, deciding.difference))))
    title = f"deciding input {deciding.id} ({deciding.kind})"
    _show_texts(title, texts, caption, console, deciding.differing_line)
    if any(_CUT.search(output.output) for output in deciding.outputs):
        console.print(
            f"(outputs are cut; the whole: sstar show {evidence.run_id} > PROGRAM, "
            f"sstar show {evidence.run_id} --input {deciding.id} > FILE, and run the program on it)",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


_CUT = re.compile(r"\[… \d+ characters")
"""The mark of :func:`sstar_lsp.engine.repair.feedback.clip`."""


def _show_texts(
    title: str, texts: dict[str, str], caption: str, console: Console, marked: int | None = None
) -> None:
    """Texts side by side in a table; below each other and as they are where the table would have to fold one.

    ``marked``: the line, from 1, of all texts but the first that stands out in colours.
    """
    table = _table(title, texts, marked)
    room = console.options.update(max_width=_ANY_WIDTH)
    if "\t" not in "".join(texts.values()) and console.measure(table, options=room).maximum <= console.width:
        console.print(table)
    else:
        console.print(Text(title, style="italic"), soft_wrap=True)
        for heading, text in texts.items():
            console.print(Text(f"{heading}:", style="bold"), soft_wrap=True)
            console.file.write(escaped(text) + "\n")  # rich would expand tabs
    if caption:
        console.print(Text(caption, style="dim"), soft_wrap=True)


_ANY_WIDTH = 1_000_000


def _table(title: str, texts: dict[str, str], marked: int | None) -> Table:
    table = Table(title=title, title_justify="left", show_lines=True)
    for heading in texts:
        table.add_column(heading, no_wrap=True)
    first, *others = (Text(escaped(text)) for text in texts.values())
    table.add_row(first, *(_with_mark(text, marked) for text in others))
    return table


def _with_mark(text: Text, line: int | None) -> Text:
    """The text with one of its lines, from 1, in another colour."""
    lines = text.split("\n", allow_blank=True)
    if line is not None and line <= len(lines):
        lines[line - 1].stylize("bold yellow")
    return Text("\n").join(lines)


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
