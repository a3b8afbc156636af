"""Diagnostics: distinguishing tests, doubts of the reader, contests, compile errors, workspace files.

Published, not pulled: every client takes those. A document's own are made again when its runs or its problem
change, a moment after the last of many changes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field
from lsprotocol import types

from sstar_lsp.errors import SStarError, UsageError
from sstar_lsp.lsp.features.contest_guard import ContestGuard
from sstar_lsp.lsp.features.problem_reading import ProblemReading
from sstar_lsp.lsp.features.results.quick_fixes import SOURCE, shortened
from sstar_lsp.lsp.features.results.virtual_documents import VirtualDocuments, input_uri
from sstar_lsp.lsp.session.documents import Text, open_text, uri_of
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.run_history import RunHistory
from sstar_lsp.lsp.session.runs import DocumentRun, RunIndex

if TYPE_CHECKING:
    from sstar_lsp.engine.report.evidence import DecidingInput, Evidence
    from sstar_lsp.engine.run.state import RunState

SETTLE_S = 0.15
"""A document is looked at so long after its last change."""


@define(eq=False)
class Diagnostics:
    """What was published, and what is to be made again."""

    _editor: Editor
    _runs: RunIndex
    _history: RunHistory
    _contests: ContestGuard
    _reading: ProblemReading
    _documents: VirtualDocuments
    _published: dict[str, list[types.Diagnostic]] = field(factory=dict, init=False)
    _timers: dict[str, asyncio.TimerHandle] = field(factory=dict, init=False)
    _compiled: dict[str, tuple[int | None, Sequence[types.Diagnostic]]] = field(factory=dict, init=False)
    """What a compiler said of an open program, and of which version."""

    def schedule(self, uri: str) -> None:
        """Make an open document's diagnostics again soon."""
        self._cancel_timer(uri)
        self._timers[uri] = asyncio.get_running_loop().call_later(SETTLE_S, self._begin, uri)

    def _cancel_timer(self, uri: str) -> None:
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()

    def _begin(self, uri: str) -> None:
        self._timers.pop(uri, None)
        self._editor.spawn(self._make(uri))

    async def _make(self, uri: str) -> None:
        await self._history.complete(uri)
        document = open_text(self._editor.workspace, uri)
        if document is None:
            return
        encoding = self._editor.client.position_encoding
        diagnostics = [link.diagnostic(encoding) for link in await self._contests.unconfirmed(uri)]
        diagnostics += await self._reading.diagnostics(document)
        ended = self._runs.ended(uri)
        version, complaints = self._compiled.get(document.uri, (None, ()))
        if version == document.version:
            diagnostics += complaints
        else:
            self._compiled.pop(document.uri, None)
        is_idle = self._runs.running(uri) is None
        if is_idle and ended and ended.result is not None and not await self._runs.is_stale(ended):
            evidence, state = await ended.assess(), ended.begun
            for test in evidence.deciding_inputs:
                diagnostics.append(await self._of_test(ended, state, evidence, test, document))
        if open_text(self._editor.workspace, uri) is not None:  # still
            self._publish(document.uri, diagnostics)

    def show_compiled(self, uri: str, output: str) -> None:
        """Show what a compiler said of an open program at its lines, until it changes; no output clears them."""
        document = open_text(self._editor.workspace, uri)
        if document is not None:
            encoding = self._editor.client.position_encoding
            self._compiled[document.uri] = document.version, _complaints(document, output, encoding)
            self.schedule(document.uri)

    def _publish(self, uri: str, diagnostics: Sequence[types.Diagnostic]) -> None:
        """Tell the client, where it is news."""
        if list(diagnostics) != self._published.get(uri, []):
            self._published[uri] = list(diagnostics)
            params = types.PublishDiagnosticsParams(uri=uri, diagnostics=list(diagnostics))
            self._editor.text_document_publish_diagnostics(params)

    def close(self, uri: str) -> None:
        """A document was closed: nothing is said about it any more."""
        self._cancel_timer(uri)
        self._publish(uri, [])
        self._published.pop(uri, None)
        self._compiled.pop(uri, None)

    async def _of_test(
        self, run: DocumentRun, state: RunState, evidence: Evidence, test: DecidingInput, document: Text
    ) -> types.Diagnostic:
        client = self._editor.client
        outputs = []
        for output in test.outputs:
            chosen = " (chosen)" if output.cluster == evidence.cluster else ""
            outputs.append(f"cluster {output.cluster}{chosen}: {shortened(output.output)}")
        verdict = state.verdicts.get(test.id)
        note = ""
        if verdict is not None:
            note = " (you said what is right)" if verdict.expected is not None else " (you do not know)"
        elif test.id == evidence.next_question:
            note = " (your word would settle most)"
        message = f"S* test {test.id}: the programs differ on {shortened(test.input)}{note}"
        related: list[types.DiagnosticRelatedInformation] | None = None
        if client.related_information:
            page = await self._documents.openable(input_uri(run.run_id or "", test.id))
            top = types.Range(types.Position(0, 0), types.Position(0, 0))
            place = types.Location(page, top)
            related = [types.DiagnosticRelatedInformation(place, line) for line in outputs]
        else:
            message += ": " + "; ".join(outputs)
        where = document.line_range(document.first_line, client.position_encoding)
        data = {"runId": run.run_id, "inputId": test.id} if client.diagnostic_data else None
        return types.Diagnostic(
            where,
            message,
            types.DiagnosticSeverity.Information,
            test.id,
            source=SOURCE,
            related_information=related,
            data=data,
        )

    async def check_workspace_file(self, path: Path) -> None:
        """Say what a ``sstar.toml`` may not set, or what is wrong in it."""
        if path.name == "sstar.toml":
            self._publish(uri_of(path), await asyncio.to_thread(_faults_of, path))


def _complaints(document: Text, output: str, encoding: str) -> list[types.Diagnostic]:
    """A compiler's output as diagnostics of the document that it compiled."""
    from sstar_lsp.stress.compile_errors import complaints

    severities, lines = types.DiagnosticSeverity, document.lines
    diagnostics = []
    for each in complaints(output):
        end = document.end_of(min(each.line, len(lines) - 1), encoding)
        begin = types.Position(end.line, min(each.column or 0, max(0, end.character - 1)))
        severity = severities.Error if each.is_error else severities.Warning
        diagnostics.append(
            types.Diagnostic(types.Range(begin, end), each.text, severity, "compiler", source=SOURCE)
        )
    return diagnostics


def _faults_of(path: Path) -> list[types.Diagnostic]:
    from sstar_lsp.regular_files import read_regular
    from sstar_lsp.settings import MAX_FILE_BYTES, check_workspace_file

    try:
        check_workspace_file(path)
    except UsageError as error:
        fault, key = str(error), error.key
    except SStarError:
        return []
    else:
        return []
    try:
        lines = read_regular(path, MAX_FILE_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        lines = [""]
    at = _line_of(lines, key) if key else 0
    where = types.Range(types.Position(at, 0), types.Position(at, len(lines[at])))
    message, severity = fault.removeprefix(f"{path}: "), types.DiagnosticSeverity.Error
    return [types.Diagnostic(where, message, severity, "settings", source=SOURCE)]


def _line_of(lines: list[str], key: str) -> int:
    """The line of a TOML file that names a dotted key or its last part."""
    last = key.rpartition(".")[2]
    for wanted in (rf"\s*\[?{re.escape(key)}\b", rf"\s*\[?{re.escape(last)}\b"):
        for number, line in enumerate(lines):
            if re.match(wanted, line):
                return number
    return 0
