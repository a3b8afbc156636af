"""Inlay hints and hovers: what a person sees of a run while reading the problem or the inserted program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.features.problem_reading import example_words
from sstar_lsp.lsp.features.results.inserted_code import InsertedCode, inserted_code_in
from sstar_lsp.lsp.features.results.review import shortened
from sstar_lsp.lsp.session.documents import Text, current_text
from sstar_lsp.lsp.session.problem_cache import first_line, is_stale

if TYPE_CHECKING:
    from sstar_lsp.engine.report.evidence import Evidence
    from sstar_lsp.lsp.session.session import Session

SHOWN_TESTS = 5
"""In a hover; the evidence page has them all."""


def summary(evidence: Evidence) -> str:
    """``S* chosen: 3/3 examples, belief 92%``."""
    from sstar_lsp.engine.report.evidence import belief_words

    belief = f", {words}" if (words := belief_words(evidence)) else ""
    status = evidence.status.value.replace("_", " ")
    return f"S* {status}: {evidence.examples_passed}/{evidence.examples} examples{belief}"


async def inlay_hints(server: Session, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Hints at the end of the problem's first line and of the first line of each inserted program."""
    uri = params.text_document.uri
    await server.recalled(uri)
    try:
        document = current_text(server.workspace, uri)
    except SStarError:
        return []
    labels: dict[int, str] = {}
    ended = server.runs.ended(uri)
    evidence = await ended.assess() if ended is not None else None
    if ended is not None and evidence is not None and not await is_stale(server, ended):
        what = summary(evidence) if ended.result is not None else f"S* stopped: {ended.standing}"
        labels[first_line("\n".join(document.lines))] = what
    for solution in inserted_code_in(server, document):
        labels.setdefault(solution.first, f"S* {solution.candidate.id}")
    first, last = params.range.start.line, params.range.end.line
    return [
        types.InlayHint(
            position=document.end_of(line, server.client.position_encoding),
            label=label,
            padding_left=True,
            kind=types.InlayHintKind.Type,
        )
        for line, label in sorted(labels.items())
        if first <= line <= last
    ]


async def hover(server: Session, params: types.HoverParams) -> types.Hover | None:
    """The evidence of the program under the cursor, or the example there as it was read."""
    uri = params.text_document.uri
    await server.recalled(uri)
    try:
        document = current_text(server.workspace, uri)
    except SStarError:
        return None
    line = params.position.line
    for solution in inserted_code_in(server, document):
        if solution.first <= line <= solution.last:
            await solution.known.assess()
            markdown = server.client.markdown
            kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
            value = _markdown(solution) if markdown else _plain(solution)
            span = types.Range(
                types.Position(solution.first, 0),
                document.end_of(solution.last, server.client.position_encoding),
            )
            return types.Hover(contents=types.MarkupContent(kind=kind, value=value), range=span)
    return await _example_hover(server, document, line)


async def _example_hover(server: Session, document: Text, line: int) -> types.Hover | None:
    """The example on a line, as it was read."""
    found = await example_words(server, document, line)
    if found is None:
        return None
    (first, end), lines = found
    markdown = server.client.markdown
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    value = "\n\n".join(map(_span, lines)) if markdown else "\n".join(lines)
    last = min(end, len(document.lines)) - 1
    span = types.Range(types.Position(first, 0), document.end_of(last, server.client.position_encoding))
    return types.Hover(contents=types.MarkupContent(kind=kind, value=value), range=span)


def _plain(solution: InsertedCode) -> str:
    """The evidence in a few lines."""
    evidence = solution.known.evidence
    assert evidence is not None
    chosen = evidence.chosen == solution.candidate.id
    lines = [
        f"{solution.candidate.id}: {summary(evidence) if chosen else 'not the program that S* chose'}",
        evidence.reason,
        f"{evidence.survivors} of {evidence.candidates} programs pass all examples; clusters: {len(evidence.clusters)}",
    ]
    for test in evidence.deciding_inputs[:SHOWN_TESTS]:
        outputs = ", ".join(f"{output.cluster} prints {shortened(output.output)}" for output in test.outputs)
        lines.append(f"{test.id} {shortened(test.input)}: {outputs}")
    return "\n".join(lines)


def _markdown(solution: InsertedCode) -> str:
    """The same as Markdown, in which nothing that a program printed can be a link."""
    return "\n\n".join(_span(line) for line in _plain(solution).split("\n"))


def _span(line: str) -> str:
    """A line as a code span: its text cannot end it, and nothing in it is markup."""
    ticks = "`"
    while ticks in line:
        ticks += "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"
