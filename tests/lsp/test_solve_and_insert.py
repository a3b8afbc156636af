"""The whole loop inside an editor: solve, insert the program, read the evidence. Real process, sandbox and HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from engine.world import RIGHT
from lsp.editor import SPLITTING, STATEMENT, Editor, edit_operations


async def test_a_statement_is_solved_inserted_beside_it_and_its_evidence_read(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    answer = await every_editor.solve(uri)
    assert answer.status == "chosen"
    assert answer.verified is True
    assert answer.code == RIGHT.strip("\n") or answer.code == RIGHT
    assert answer.title == "Pairs that cancel"
    assert answer.evidenceUri == f"sstar://run/{answer.run_id}/evidence.md"

    [insert] = [a for a in await every_editor.actions(uri) if a.title.startswith("Insert")]
    assert insert.title == "Insert S* solution (1/1 examples, 1 deciding input)"
    if every_editor.has("textDocument.codeAction.dataSupport"):
        assert insert.data["runId"] == answer.run_id
        assert insert.data["candidateId"] == answer.evidence.chosen
    edit = await every_editor.accept(insert)
    if "create" in edit_operations(every_editor.profile):
        assert isinstance(edit.document_changes[0], types.CreateFile)
    assert (every_editor.folder / "pairs.py").read_text() == RIGHT

    page = await every_editor.ask("sstar/document", {"uri": answer.evidenceUri})
    assert page.languageId == "markdown"
    assert "Pairs that cancel" in page.text
    assert SPLITTING.strip() in page.text
    listed = await every_editor.ask("sstar/runs", {})
    assert [(run.id, run.status) for run in listed] == [(answer.run_id, "chosen")]
