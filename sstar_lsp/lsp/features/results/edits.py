"""Workspace edits that insert a program: one undo takes it back, and a newer document is never overwritten.

Computed against the text as it is now, not as it was when the run began; where the document is open its
version goes along, so that an editor refuses an edit of an older version.
"""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen
from lsprotocol import types
from pygls.workspace import Workspace

from sstar_lsp.errors import ProblemError
from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities
from sstar_lsp.lsp.session.documents import Text, current_text, existing_text, path_of, uri_of
from sstar_lsp.records import Candidate


@frozen
class Placed:
    """An edit, and where its text stands once it is applied."""

    edit: types.WorkspaceEdit
    uri: str
    range: types.Range
    """Its lines."""


def placed(
    workspace: Workspace,
    client: ClientCapabilities,
    uri: str,
    candidate: Candidate,
    selection: tuple[int, int] | None = None,
) -> Placed:
    """The edit that puts a program where it belongs.

    A source file in the program's language keeps its leading comment and its trailing tests, and gets the
    program between them. Any other document gets ``<stem>.<ext>`` beside it: created, or replaced whole.

    Args:
        workspace: The documents as they are now.
        client: What it can do.
        uri: Of the problem's document.
        candidate: The program.
        selection: Lines of the document that hold the problem; None for all.

    Raises:
        ProblemError: there is no place for it (an unsaved statement, a binary file in the way).
    """
    from sstar_lsp.problems.source.comments import language_of

    path = path_of(uri)
    if path is None:
        raise ProblemError("save the document first: the program goes into a file beside it.")
    if language_of(path) == candidate.language:
        return _into_source(client, current_text(workspace, uri), path, candidate.code, selection)
    target = target_of(path, candidate.language)
    return beside(client, target, existing_text(workspace, target), candidate.code)


def target_of(path: Path, language: str) -> Path:
    """The file beside a statement that takes a program."""
    from sstar_sandbox import LANGUAGES

    return path.with_suffix(LANGUAGES[language].extensions[0])


def _into_source(
    client: ClientCapabilities, document: Text, path: Path, code: str, selection: tuple[int, int] | None
) -> Placed:
    from sstar_lsp.problems.source.document import solution_range

    lines = document.lines
    solution = solution_range(document.text, path, selection)
    assert solution is not None, "language_of said that this is a source file"
    first, last = (min(line, len(lines)) for line in solution)
    code = code.strip("\n") + "\n"
    height = code.count("\n")
    if first > 0:
        code = ("\n" if first < len(lines) else "\n\n") + code  # a blank line below the comment
    top = first + (1 if first > 0 else 0)
    rest = lines[last:]
    if any(line.strip() for line in rest) and rest[0].strip():
        code += "\n"
    end = document.end(client.position_encoding)
    start = types.Position(first, 0) if first < len(lines) else end
    stop = types.Position(last, 0) if last < len(lines) else end
    edit = types.TextEdit(types.Range(start, stop), _with_newlines(code, document))
    return Placed(_edit(client, document, edit), document.uri, _lines(top, top + height))


def beside(client: ClientCapabilities, target: Path, existing: Text | None, code: str) -> Placed:
    """The edit that makes a file hold a text, whether it is there or not."""
    code = code.strip("\n") + "\n"
    lines = _lines(0, code.count("\n"))
    nothing = types.Position(0, 0)
    if existing is not None:
        whole = types.Range(nothing, existing.end(client.position_encoding))
        edit = _edit(client, existing, types.TextEdit(whole, _with_newlines(code, existing)))
        return Placed(edit, existing.uri, lines)
    uri = uri_of(target)
    text = Text(uri, target, "", None)
    edit = _edit(client, text, types.TextEdit(types.Range(nothing, nothing), code))
    if client.creates_files and edit.document_changes is not None:
        # without overwrite: a file that appears meanwhile makes the edit fail instead of being lost
        create = types.CreateFile(uri=uri, options=types.CreateFileOptions(overwrite=False))
        edit.document_changes = [create, *edit.document_changes]
    return Placed(edit, uri, lines)


def _lines(first: int, end: int) -> types.Range:
    return types.Range(types.Position(first, 0), types.Position(end, 0))


def together(edits: list[types.WorkspaceEdit]) -> types.WorkspaceEdit:
    """Several edits as one: one undo takes all of them back."""
    if all(edit.document_changes is None for edit in edits):
        return types.WorkspaceEdit(
            changes={uri: e for edit in edits for uri, e in (edit.changes or {}).items()}
        )
    return types.WorkspaceEdit(document_changes=[c for edit in edits for c in edit.document_changes or []])


def _with_newlines(code: str, document: Text) -> str:
    return re.sub(r"\r?\n", document.newline, code) if document.newline != "\n" else code


def _edit(client: ClientCapabilities, document: Text, edit: types.TextEdit) -> types.WorkspaceEdit:
    if not client.versioned_edits:
        return types.WorkspaceEdit(changes={document.uri: [edit]})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(text_document=identifier, edits=[edit])]
    )
