"""Where a program goes, for every kind of client and document."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.workspace import Workspace

from sstar_lsp.errors import ProblemError
from sstar_lsp.lsp.features.results.edits import placed
from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities
from sstar_lsp.lsp.session.documents import Text, selection_of, uri_of
from sstar_lsp.records import Candidate

CODE = "\nprint(1)\n\n\n"
PYTHON = Candidate("c1", CODE, "python")
CPP = Candidate("c1", "int main() {}\n", "cpp")
PLAIN = ClientCapabilities()
VERSIONED = ClientCapabilities(versioned_edits=True)
CREATES = ClientCapabilities(versioned_edits=True, creates_files=True)


@pytest.fixture
def workspace() -> Workspace:
    return Workspace(None)


def opened(workspace: Workspace, path: Path, text: str, version: int = 7) -> str:
    uri = uri_of(path)
    workspace.put_text_document(types.TextDocumentItem(uri, "python", version, text))
    return uri


def applied(text: str, edit: types.TextEdit) -> str:
    """For texts of one code unit a character."""
    lines = text.split("\n")

    def offset(at: types.Position) -> int:
        return sum(len(line) + 1 for line in lines[: at.line]) + at.character

    return text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]


def only_edit(edit: types.WorkspaceEdit) -> types.TextEdit:
    [(_, [found])] = (edit.changes or {}).items()
    return found


def into_source(workspace: Workspace, tmp_path: Path, text: str, name: str = "a.py") -> str:
    uri = opened(workspace, tmp_path / name, text)
    candidate = PYTHON if name.endswith(".py") else CPP
    return applied(text, only_edit(placed(workspace, PLAIN, uri, candidate).edit))


def test_a_plain_client_gets_changes_by_uri(workspace: Workspace, tmp_path: Path) -> None:
    edit = placed(workspace, PLAIN, uri_of(tmp_path / "a.md"), PYTHON).edit
    assert edit.document_changes is None
    assert edit.changes == {
        uri_of(tmp_path / "a.py"): [
            types.TextEdit(types.Range(types.Position(0, 0), types.Position(0, 0)), "print(1)\n")
        ]
    }


def test_a_client_that_cannot_create_files_gets_the_text_alone(workspace: Workspace, tmp_path: Path) -> None:
    edit = placed(workspace, VERSIONED, uri_of(tmp_path / "a.md"), CPP).edit
    [change] = edit.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.uri == uri_of(tmp_path / "a.cpp")
    assert change.text_document.version is None


def test_a_new_file_is_created_and_never_overwrites_one(workspace: Workspace, tmp_path: Path) -> None:
    edit = placed(workspace, CREATES, uri_of(tmp_path / "a.md"), PYTHON).edit
    create, _ = edit.document_changes or []
    assert isinstance(create, types.CreateFile)
    assert create.options is not None
    assert not create.options.overwrite
    assert not create.options.ignore_if_exists


def test_an_open_document_is_edited_under_the_editors_own_spelling_of_its_uri(
    workspace: Workspace, tmp_path: Path
) -> None:
    spelled = uri_of(tmp_path / "a b.py").replace("%20", " ").replace("a b", "%61%20b")
    workspace.put_text_document(types.TextDocumentItem(spelled, "python", 3, "old\n"))
    edit = placed(workspace, CREATES, uri_of(tmp_path / "a b.md"), PYTHON).edit
    [change] = edit.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (spelled, 3)


def test_a_program_in_another_language_goes_beside_the_source_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    uri = opened(workspace, tmp_path / "a.cpp", "// Print one.\nint main() {}\n")
    edit = placed(workspace, PLAIN, uri, PYTHON).edit
    assert list(edit.changes or {}) == [uri_of(tmp_path / "a.py")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""Print one."""\n', '"""Print one."""\n\nprint(1)\n'),
        ('"""Print one."""', '"""Print one."""\n\nprint(1)\n'),
        ('"""Print one."""\n\n\nold\n', '"""Print one."""\n\nprint(1)\n'),
        ('"""Print one."""\nold', '"""Print one."""\n\nprint(1)\n'),
        ("# Print one.\n# Once.\nold\n", "# Print one.\n# Once.\n\nprint(1)\n"),
    ],
)
def test_the_comment_stays_and_what_follows_is_replaced(
    workspace: Workspace, tmp_path: Path, text: str, expected: str
) -> None:
    assert into_source(workspace, tmp_path, text) == expected


def test_tests_at_the_end_stay(workspace: Workspace, tmp_path: Path) -> None:
    text = 'def f(x):\n    """Twice x."""\n\n\nassert f(1) == 2\nassert f(2) == 4\n'
    assert into_source(workspace, tmp_path, text).endswith("\n\nassert f(1) == 2\nassert f(2) == 4\n")


def test_a_c_comment_stays(workspace: Workspace, tmp_path: Path) -> None:
    text = "/* Print one. */\n#include <cstdio>\nint main() { return 1; }\n"
    assert into_source(workspace, tmp_path, text, "a.cpp") == "/* Print one. */\n\nint main() {}\n"


def test_an_unsaved_statement_has_no_place_for_a_program(workspace: Workspace) -> None:
    workspace.put_text_document(types.TextDocumentItem("untitled:Untitled-1", "markdown", 1, "# A\n"))
    with pytest.raises(ProblemError, match="save the document first"):
        placed(workspace, CREATES, "untitled:Untitled-1", PYTHON)


def test_a_binary_file_in_the_way_is_not_replaced(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ProblemError, match="cannot be edited as text"):
        placed(workspace, CREATES, uri_of(tmp_path / "a.md"), PYTHON)


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 7), ("utf-16", 5), ("utf-32", 4)])
def test_columns_count_in_the_clients_units(encoding: str, column: int) -> None:
    assert Text("u", None, "first\nabc🥚", 1).end(encoding) == types.Position(1, column)


def test_a_cursor_is_no_selection_and_a_half_line_is_a_whole_one() -> None:
    def span(*at: int) -> types.Range:
        return types.Range(types.Position(*at[:2]), types.Position(*at[2:]))

    assert selection_of(None) is None
    assert selection_of(span(3, 2, 3, 2)) is None
    assert selection_of(span(1, 4, 3, 0)) == (1, 3)
    assert selection_of(span(1, 4, 3, 1)) == (1, 4)
