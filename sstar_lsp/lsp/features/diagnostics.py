"""Diagnostics: one for each distinguishing test and each doubt of the reader, one for a contest, one for a workspace
file that reaches too far.

Published, not pulled: every client takes those. A document's own are made again when its runs or its problem
change, a moment after the last of many changes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from sstar_lsp.errors import SStarError, UsageError
from sstar_lsp.lsp.features import contest_guard as contests
from sstar_lsp.lsp.features import problem_reading as readings
from sstar_lsp.lsp.features.results.review import SOURCE, shortened
from sstar_lsp.lsp.features.results.virtual_documents import test_uri
from sstar_lsp.lsp.session.documents import Text, open_text, uri_of
from sstar_lsp.lsp.session.problem_cache import first_line, is_stale

if TYPE_CHECKING:
    from sstar_lsp.engine.report.evidence import DecidingInput
    from sstar_lsp.lsp.session.runs import DocumentRun
    from sstar_lsp.lsp.session.session import Session

PAUSE_S = 0.15
"""A document is looked at so long after its last change."""


class Diagnostics:
    """What was published, and what is to be made again."""

    def __init__(self, server: Session) -> None:
        self._server = server
        self._published: dict[str, list[types.Diagnostic]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._compiled: dict[str, tuple[int | None, Sequence[types.Diagnostic]]] = {}
        """What a compiler said of an open program, and of which version."""

    def wish(self, uri: str) -> None:
        """Make an open document's diagnostics again soon."""
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()
        self._timers[uri] = asyncio.get_running_loop().call_later(PAUSE_S, self._begin, uri)

    def _begin(self, uri: str) -> None:
        self._timers.pop(uri, None)
        self._server.spawn(self._make(uri))

    async def _make(self, uri: str) -> None:
        server = self._server
        await server.recalled(uri)
        document = open_text(server.workspace, uri)
        if document is None:
            return
        found = [_of_contest(server, link, document) for link in await contests.unconfirmed(server, uri)]
        found += await readings.diagnostics(server, document)
        ended = server.runs.ended(uri)
        version, complaints = self._compiled.get(document.uri, (None, ()))
        if version == document.version:
            found += complaints
        else:
            self._compiled.pop(document.uri, None)
        is_idle = server.runs.running(uri) is None
        if is_idle and ended is not None and ended.result is not None and not await is_stale(server, ended):
            evidence = await ended.assess()
            assert evidence is not None
            found += [await self._of_test(ended, test, document) for test in evidence.deciding_inputs]
        if open_text(server.workspace, uri) is not None:  # still
            self.publish(document.uri, found)

    def compiled(self, uri: str, found: Sequence[types.Diagnostic]) -> None:
        """Show what a compiler said of an open program, until it changes."""
        document = open_text(self._server.workspace, uri)
        if document is not None:
            self._compiled[document.uri] = document.version, found
            self.wish(document.uri)

    def publish(self, uri: str, found: Sequence[types.Diagnostic]) -> None:
        """Tell the client, where it is news."""
        if list(found) != self._published.get(uri, []):
            self._published[uri] = list(found)
            self._server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri=uri, diagnostics=list(found))
            )

    def close(self, uri: str) -> None:
        """A document was closed: nothing is said about it any more."""
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()
        self.publish(uri, [])
        self._published.pop(uri, None)
        self._compiled.pop(uri, None)

    async def _of_test(self, known: DocumentRun, test: DecidingInput, document: Text) -> types.Diagnostic:
        server = self._server
        state, evidence = known.state, known.evidence
        assert state is not None
        assert evidence is not None
        told = []
        for output in test.outputs:
            chosen = " (chosen)" if output.cluster == evidence.cluster else ""
            told.append(f"cluster {output.cluster}{chosen}: {shortened(output.output)}")
        said = state.verdicts.get(test.id)
        word = ""
        if said is not None:
            word = " (you said what is right)" if said.expected is not None else " (you do not know)"
        elif test.id == evidence.next_question:
            word = " (your word would settle most)"
        message = f"S* test {test.id}: the programs differ on {shortened(test.input)}{word}"
        related: list[types.DiagnosticRelatedInformation] | None = None
        if server.client.related_information:
            page = await server.openable(test_uri(known.run_id or "", test.id))
            top = types.Range(types.Position(0, 0), types.Position(0, 0))
            related = [types.DiagnosticRelatedInformation(types.Location(page, top), line) for line in told]
        else:
            message += ": " + "; ".join(told)
        return types.Diagnostic(
            range=_line(server, document, first_line("\n".join(document.lines))),
            message=message,
            severity=types.DiagnosticSeverity.Information,
            source=SOURCE,
            code=test.id,
            related_information=related,
            data={"runId": known.run_id, "inputId": test.id} if server.client.diagnostic_data else None,
        )

    # --- workspace files --------------------------------------------------------------------------

    async def check_workspace_file(self, path: Path) -> None:
        """Say what a ``sstar.toml`` may not set, or what is wrong in it."""
        if path.name == "sstar.toml":
            self.publish(uri_of(path), await asyncio.to_thread(_faults_of, path))


def _line(server: Session, document: Text, line: int) -> types.Range:
    return types.Range(types.Position(line, 0), document.end_of(line, server.client.position_encoding))


def _of_contest(server: Session, link: contests.Link, _document: Text) -> types.Diagnostic:
    return types.Diagnostic(
        range=link.range(server.client.position_encoding),
        message=(
            f"S* does not solve problems of {link.contest} until you confirm that it is practice: "
            "contests forbid it while they run."
        ),
        severity=types.DiagnosticSeverity.Warning,
        source=SOURCE,
        code="contest",
    )


def _faults_of(path: Path) -> list[types.Diagnostic]:
    from sstar_lsp.regular_files import read_regular
    from sstar_lsp.settings import MAX_FILE_BYTES, check_workspace_file

    try:
        check_workspace_file(path)
    except UsageError as error:
        fault = str(error)
    except SStarError:
        return []
    else:
        return []
    try:
        lines = read_regular(path, MAX_FILE_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        lines = [""]
    named = re.search(r"'([\w.-]+)'", fault)
    at = _line_of(lines, named[1]) if named else 0
    return [
        types.Diagnostic(
            range=types.Range(types.Position(at, 0), types.Position(at, len(lines[at]))),
            message=fault.removeprefix(f"{path}: "),
            severity=types.DiagnosticSeverity.Error,
            source=SOURCE,
            code="settings",
        )
    ]


def _line_of(lines: list[str], key: str) -> int:
    """The line of a TOML file that names a dotted key or its last part."""
    last = key.rpartition(".")[2]
    for wanted in (rf"\s*\[?{re.escape(key)}\b", rf"\s*\[?{re.escape(last)}\b"):
        for number, line in enumerate(lines):
            if re.match(wanted, line):
                return number
    return 0
