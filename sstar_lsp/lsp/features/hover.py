"""Hovers: the evidence of an inserted program, and how an example of a problem was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from lsprotocol import types

from sstar_lsp.lsp.features.problem_reading import ProblemReading
from sstar_lsp.lsp.features.results.inserted_code import InsertedCode, inserted_code_in
from sstar_lsp.lsp.features.results.quick_fixes import shortened
from sstar_lsp.lsp.session.documents import Text
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.run_history import RunHistory
from sstar_lsp.lsp.session.runs import RunIndex

if TYPE_CHECKING:
    from sstar_lsp.engine.report.evidence import Evidence

SHOWN_TESTS = 5
"""In a hover; the evidence page has them all."""


def status_line(evidence: Evidence) -> str:
    """``S* chosen: 3/3 examples, belief 92%``."""
    from sstar_lsp.engine.report.evidence import belief_words

    belief = f", {words}" if (words := belief_words(evidence)) else ""
    status = evidence.status.value.replace("_", " ")
    return f"S* {status}: {evidence.examples_passed}/{evidence.examples} examples{belief}"


@frozen
class Hovers:
    """Makes the hovers of documents."""

    editor: Editor
    runs: RunIndex
    history: RunHistory
    reading: ProblemReading

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """The evidence of the program under the cursor, else the example there as it was read."""
        uri, line = params.text_document.uri, params.position.line
        document = await self.history.document(uri)
        if document is None:
            return None
        for inserted in inserted_code_in(self.runs, document):
            if inserted.first <= line <= inserted.last:
                await inserted.run.assess()
                return self._hover(document, (inserted.first, inserted.last), _evidence_lines(inserted))
        example = await self.reading.example_at(document, line)
        if example is None:
            return None
        (first, end), lines = example
        return self._hover(document, (first, min(end, len(document.lines)) - 1), lines)

    def _hover(self, document: Text, span: tuple[int, int], lines: list[str]) -> types.Hover:
        """A hover over lines (zero-based, inclusive); nothing that a program printed is markup."""
        client = self.editor.client
        kind = types.MarkupKind.Markdown if client.markdown else types.MarkupKind.PlainText
        value = "\n\n".join(map(code_span, lines)) if client.markdown else "\n".join(lines)
        first, last = span
        whole = types.Range(types.Position(first, 0), document.end_of(last, client.position_encoding))
        return types.Hover(contents=types.MarkupContent(kind=kind, value=value), range=whole)


def _evidence_lines(inserted: InsertedCode) -> list[str]:
    """The evidence in a few lines."""
    evidence = inserted.run.evidence
    chosen = evidence.chosen == inserted.candidate.id
    lines = [
        f"{inserted.candidate.id}: {status_line(evidence) if chosen else 'not the program that S* chose'}",
        *evidence.reason.split("\n"),
        f"{evidence.survivors} of {evidence.candidates} programs pass all examples; clusters: {len(evidence.clusters)}",
    ]
    for test in evidence.deciding_inputs[:SHOWN_TESTS]:
        outputs = ", ".join(f"{output.cluster} prints {shortened(output.output)}" for output in test.outputs)
        lines.append(f"{test.id} {shortened(test.input)}: {outputs}")
    return lines


def code_span(line: str) -> str:
    """A line as a code span of Markdown: its text cannot end it, and nothing in it is markup."""
    ticks = "`"
    while ticks in line:
        ticks += "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"
