"""Inlay hints: how a run ended, at the problem's first line, and which program of S* an inserted one is."""

from __future__ import annotations

from attrs import frozen
from lsprotocol import types

from sstar_lsp.lsp.features.hover import status_line
from sstar_lsp.lsp.features.results.inserted_code import inserted_code_in
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.run_history import RunHistory
from sstar_lsp.lsp.session.runs import RunIndex


@frozen
class InlayHints:
    """Makes the hints of documents."""

    editor: Editor
    runs: RunIndex
    history: RunHistory

    async def inlay_hints(self, params: types.InlayHintParams) -> list[types.InlayHint]:
        """Hints at the end of the problem's first line and of the first line of each inserted program."""
        uri = params.text_document.uri
        document = await self.history.document(uri)
        if document is None:
            return []
        labels: dict[int, str] = {}
        ended = self.runs.ended(uri)
        if ended is not None and not await self.runs.is_stale(ended):
            evidence = await ended.assess()
            has_program = ended.result is not None
            label = status_line(evidence) if has_program else f"S* stopped: {ended.progress_text}"
            labels[document.first_line] = label
        for inserted in inserted_code_in(self.runs, document):
            labels.setdefault(inserted.first, f"S* {inserted.candidate.id}")
        first, last = params.range.start.line, params.range.end.line
        encoding, kind = self.editor.client.position_encoding, types.InlayHintKind.Type
        return [
            types.InlayHint(document.end_of(line, encoding), label, kind, padding_left=True)
            for line, label in sorted(labels.items())
            if first <= line <= last
        ]
