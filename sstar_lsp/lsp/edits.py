"""The chosen program as one edit: one undo takes it back, and a newer document is never overwritten.

Computed against the text as it is now, not as it was when the run began; where the document is open its
version goes along, so that an editor refuses an edit that has become too old on the way.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen
from lsprotocol import types
from pygls.workspace import Workspace

from sstar_lsp.errors import ProblemError
from sstar_lsp.lsp.client import Client
from sstar_lsp.lsp.documents import Text, current_text, existing_text, path_of, uri_of
from sstar_lsp.records import Candidate


@frozen
class Insertion:
    """A program and the problem's document."""

    uri: str
    """Of the problem."""
    candidate: Candidate
    selection: tuple[int, int] | None = None
    """Lines of the document that hold the problem; None for all."""


def insertion(workspace: Workspace, client: Client, wanted: Insertion) -> types.WorkspaceEdit:
    """The edit that puts the program where it belongs.

    A source file in the program's language keeps its leading comment and its trailing tests, and gets the
    program between them. Any other document gets ``<stem>.<ext>`` beside it: created, or replaced whole.

    Raises:
        ProblemError: there is no place for it (an unsaved statement, a binary file in the way).
    """
    from sstar_lsp.problems import language_of

    path = path_of(wanted.uri)
    if path is None:
        raise ProblemError("save the document first: the program goes into a file beside it.")
    if language_of(path) == wanted.candidate.language:
        return _into_source(client, current_text(workspace, wanted.uri), path, wanted)
    target = target_of(path, wanted.candidate.language)
    return _beside(client, target, existing_text(workspace, target), wanted.candidate.code)


def target_of(path: Path, language: str) -> Path:
    """The file beside a statement that takes a program."""
    from sstar_sandbox import LANGUAGES

    return path.with_suffix(LANGUAGES[language].extensions[0])


def _into_source(client: Client, document: Text, path: Path, wanted: Insertion) -> types.WorkspaceEdit:
    from sstar_lsp.problems import solution_range

    lines = document.lines
    found = solution_range(document.text, path, wanted.selection)
    assert found is not None, "language_of said that this is a source file"
    first, last = min(found[0], len(lines)), min(found[1], len(lines))
    code = wanted.candidate.code.strip("\n") + "\n"
    if first > 0:
        code = ("\n" if first < len(lines) else "\n\n") + code  # a blank line below the comment
    rest = lines[last:]
    if any(line.strip() for line in rest) and rest[0].strip():
        code += "\n"
    end = document.end(client.position_encoding)
    start = types.Position(first, 0) if first < len(lines) else end
    stop = types.Position(last, 0) if last < len(lines) else end
    return _edit(client, document, types.TextEdit(types.Range(start, stop), _with_newlines(code, document)))


def _beside(client: Client, target: Path, existing: Text | None, code: str) -> types.WorkspaceEdit:
    code = code.strip("\n") + "\n"
    nothing = types.Position(0, 0)
    if existing is not None:
        whole = types.Range(nothing, existing.end(client.position_encoding))
        return _edit(client, existing, types.TextEdit(whole, _with_newlines(code, existing)))
    uri = uri_of(target)
    text = Text(uri, target, "", None)
    edit = _edit(client, text, types.TextEdit(types.Range(nothing, nothing), code))
    if client.creates_files and edit.document_changes is not None:
        # without overwrite: a file that appears meanwhile makes the edit fail instead of being lost
        create = types.CreateFile(uri=uri, options=types.CreateFileOptions(overwrite=False))
        edit.document_changes = [create, *edit.document_changes]
    return edit


def _with_newlines(code: str, document: Text) -> str:
    return code.replace("\n", document.newline)


def _edit(client: Client, document: Text, edit: types.TextEdit) -> types.WorkspaceEdit:
    if not client.versioned_edits:
        return types.WorkspaceEdit(changes={document.uri: [edit]})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(text_document=identifier, edits=[edit])]
    )
