"""The whole loop inside an editor: solve, insert the program, read the evidence. Real process, sandbox and HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from engine.world import PRINTS_ZERO, RIGHT, World
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import QUICK, STATEMENT, Editor, edit_operations, editor, environment
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_sandbox import LANGUAGES, languages_here

IN_LANGUAGES = [f"Solve with S* in {LANGUAGES[language].title}" for language in languages_here()]
SOLVES = ["Solve with S*", *IN_LANGUAGES]


async def test_a_statement_is_solved_inserted_beside_it_and_its_evidence_read(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    answer = await every_editor.solve(uri)
    assert answer.status == "chosen"
    assert answer.verified is True
    assert answer.code == RIGHT.strip("\n") or answer.code == RIGHT
    assert answer.title == "Pairs that cancel"
    assert answer.evidenceUri == f"sstar://run/{answer.run_id}/evidence.md"

    [insert] = [a for a in await every_editor.actions(uri) if a.title.startswith("Insert S* solution")]
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
    assert "# S* evidence: Pairs that cancel" in page.text
    registered = {r.method: r.register_options for r in every_editor.registered}
    if every_editor.has("workspace.textDocumentContent"):
        assert registered["workspace/textDocumentContent"]["schemes"] == ["sstar"]
        content = await every_editor.client.workspace_text_document_content_async(
            types.TextDocumentContentParams(answer.evidenceUri)
        )
        assert content.text == page.text
    else:
        assert "workspace/textDocumentContent" not in registered
    watched = "workspace/didChangeWatchedFiles" in registered
    assert watched == every_editor.has("workspace.didChangeWatchedFiles.dynamicRegistration")
    [deciding] = answer.evidence.deciding_inputs
    assert deciding.input in page.text
    listed = await every_editor.ask("sstar/runs", {})
    assert [(run["id"], run["status"]) for run in listed] == [(answer.run_id, "chosen")]


async def test_the_buffer_is_solved_and_not_the_file(vscode: Editor) -> None:
    vscode.write("pairs.md", "")
    uri = vscode.open("pairs.md", STATEMENT, on_disk=False)
    answer = await vscode.solve(uri)
    assert answer.status == "chosen"
    assert (vscode.folder / "pairs.md").read_text() == ""


async def test_a_file_that_is_not_open_is_solved_from_disk(vscode: Editor) -> None:
    uri = vscode.write("a folder with pairs.md", STATEMENT)
    answer = await vscode.ask("sstar/solve", {"uri": uri, "options": QUICK})
    assert answer.status == "chosen"


async def test_a_range_is_solved_alone(vscode: Editor) -> None:
    other = "# Another\n\nPrint the sum of the two numbers.\n\nInput:\n\n```\n1 2\n```\n\nOutput:\n\n```\n3\n```\n\n"
    uri = vscode.open("two.md", other + STATEMENT)
    first = other.count("\n")
    last = (other + STATEMENT).count("\n")
    chosen = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}
    answer = await vscode.solve(uri, range=chosen)
    assert answer.title == "Pairs that cancel"
    assert answer.evidence.examples == 1


OLD = "print('an attempt')\n# no newline at the end, but an emoji: 🥚"


async def test_a_program_that_is_open_is_replaced_by_one_edit_of_its_version(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    await every_editor.solve(uri)
    target = every_editor.open("pairs.py", OLD, "python")
    every_editor.change(target, f"# changed since\n{OLD}")
    edit = await every_editor.insert(uri)
    assert every_editor.buffers[target].text == RIGHT
    assert (every_editor.folder / "pairs.py").read_text() == OLD, "saving is the person's"
    if every_editor.has("workspace.workspaceEdit"):
        assert edit.document_changes[0].text_document.version == 2


async def test_a_program_that_is_on_disk_is_replaced_by_one_edit(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    await vscode.solve(uri)
    vscode.write("pairs.py", OLD)
    await vscode.insert(uri)
    assert (vscode.folder / "pairs.py").read_text() == RIGHT


SOURCE = '"""' + STATEMENT + '"""\n\nimport sys\n\nprint("my own attempt")\n'


async def test_in_a_source_file_the_program_replaces_what_follows_the_comment(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.py", SOURCE, "python")
    answer = await every_editor.solve(uri)
    assert answer.language == "python"
    await every_editor.insert(uri)
    assert every_editor.buffers[uri].text == '"""' + STATEMENT + '"""\n\n' + RIGHT
    assert (every_editor.folder / "pairs.py").read_text() == SOURCE


async def test_what_was_typed_during_the_run_moves_the_edit_and_is_not_lost(vscode: Editor) -> None:
    uri = vscode.open("pairs.py", SOURCE, "python")
    await vscode.solve(uri)
    vscode.change(uri, "#!/usr/bin/env python3\n" + SOURCE + "# one more line\n")
    await vscode.insert(uri)
    assert vscode.buffers[uri].text == '#!/usr/bin/env python3\n"""' + STATEMENT + '"""\n\n' + RIGHT


async def test_an_action_for_a_statement_that_has_changed_says_so(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    await vscode.solve(uri)
    vscode.change(uri, STATEMENT.replace("sum zero", "sum one"))
    titles = [action.title for action in await vscode.actions(uri)]
    runner_up = titles.pop(1)
    assert runner_up.startswith("Insert S* runner-up c2 (cluster B, belief ")
    assert runner_up.endswith(" — for an earlier statement")
    assert titles == [
        "Insert S* solution (1/1 examples, 1 deciding input) — for an earlier statement",
        "Solve again with S*",
        *IN_LANGUAGES,
    ]


async def test_an_edit_of_an_older_version_is_refused_by_the_editor(vscode: Editor) -> None:
    uri = vscode.open("pairs.py", SOURCE, "python")
    await vscode.solve(uri)
    [insert] = [a for a in await vscode.actions(uri) if a.title.startswith("Insert S* solution")]
    resolved = await vscode.client.code_action_resolve_async(insert)
    vscode.change(uri, SOURCE + "# typed between resolve and apply\n")
    assert resolved.edit is not None
    with pytest.raises(AssertionError, match="another version"):
        vscode.apply(resolved.edit)


async def test_crlf_documents_stay_crlf(vscode: Editor) -> None:
    uri = vscode.open("pairs.py", SOURCE.replace("\n", "\r\n"), "python")
    await vscode.solve(uri)
    await vscode.insert(uri)
    text = vscode.buffers[uri].text
    assert "\n" not in text.replace("\r\n", "")
    assert text.endswith(RIGHT.replace("\n", "\r\n"))


async def test_actions_are_offered_as_quick_fixes_and_to_nobody_else(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    assert [a.title for a in await vscode.actions(uri, only=["quickfix"])] == SOLVES
    assert [a.title for a in await vscode.actions(uri, only=[""])] == SOLVES
    assert await vscode.actions(uri, only=["source.organizeImports"]) == []
    assert await vscode.actions(uri, only=["quickfix.other"]) == []


async def test_a_document_that_is_no_problem_gets_no_action(vscode: Editor) -> None:
    uri = vscode.open("plain.py", "import os\nprint(os.name)\n", "python")
    assert await vscode.actions(uri) == []


async def test_a_selection_can_be_solved_from_the_menu(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    span = types.Range(types.Position(0, 0), types.Position(8, 0))
    action = (await vscode.actions(uri, span=span))[0]
    assert action.title == "Solve the selection with S*"
    assert action.command is not None
    assert action.command.arguments[0]["range"]["end"] == {"line": 8, "character": 0}


async def test_the_command_starts_a_run_and_its_end_is_told(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    told = every_editor.client.protocol.wait_for_notification_async(types.WINDOW_SHOW_MESSAGE)
    action = (await every_editor.actions(uri))[0]
    assert action.title == "Solve with S*"
    assert action.command is not None
    [argument] = action.command.arguments
    started = await every_editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(action.command.command, [{**argument, "options": QUICK}])
    )
    assert started["status"] == "running"
    message = await told
    assert message.type == types.MessageType.Info
    assert message.message.replace("\n", " ") == (
        "S* chosen for Pairs that cancel: 1/1 examples, 1 deciding input. Insert it by code action."
    )
    await every_editor.insert(uri)
    assert (every_editor.folder / "pairs.py").read_text() == RIGHT


async def test_two_documents_are_solved_side_by_side(vscode: Editor) -> None:
    uris = [vscode.open(f"{name}.md", STATEMENT) for name in ("one", "two")]
    answers = await asyncio.gather(*(vscode.solve(uri) for uri in uris))
    assert [answer.status for answer in answers] == ["chosen", "chosen"]
    assert len({answer.run_id for answer in answers}) == 2
    for uri in uris:
        await vscode.insert(uri)
    assert (vscode.folder / "one.py").read_text() == (vscode.folder / "two.py").read_text() == RIGHT


async def test_a_run_of_a_file_goes_on_when_the_file_is_opened_and_closed(vscode: Editor) -> None:
    uri = vscode.write("pairs.md", STATEMENT)
    solving = vscode.solve(uri)
    vscode.open("pairs.md", STATEMENT)
    vscode.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    assert (await solving).status == "chosen"


@pytest.mark.parametrize(
    ("params", "words", "code", "kind"),
    [
        ({}, "is empty", -32803, "ProblemError"),
        ({"language": "klingon"}, "klingon", -32602, "UsageError"),
        ({"options": {"smaples": 3}}, "options: there is no setting 'solve.smaples'", -32602, "UsageError"),
        ({"options": {"samples": 0}}, "samples must be at least 1", -32602, "UsageError"),
    ],
)
async def test_what_cannot_be_solved_is_an_error_with_our_words(
    vscode: Editor, params: dict[str, object], words: str, code: int, kind: str
) -> None:
    uri = vscode.open("pairs.md", STATEMENT if params else "  \n")
    with pytest.raises(JsonRpcException, match=words) as raised:
        await vscode.solve(uri, **params)
    assert raised.value.code == code
    assert raised.value.data == {"kind": kind, "exitCode": 3 if kind == "ProblemError" else 2}


@pytest.mark.model(lambda: ScriptedModel(World(samples=("I would rather not.",))))
async def test_a_model_that_writes_no_program_ends_as_failed(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    answer = await vscode.solve(uri)
    assert (answer.status, answer.code, answer.verified) == ("failed", None, False)
    assert [action.title for action in await vscode.actions(uri)] == SOLVES


@pytest.mark.model(lambda: ScriptedModel(World(samples=(PRINTS_ZERO,))))
async def test_a_program_that_fails_the_example_is_offered_as_unverified_and_not_preferred(
    vscode: Editor,
) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    assert (await vscode.solve(uri)).status == "unverified"
    insert = (await vscode.actions(uri))[0]
    assert insert.title == "Insert S* solution (0/1 examples, unverified)"
    assert insert.is_preferred is None


async def test_a_model_server_that_is_not_there_is_an_error_and_the_run_is_kept(
    tmp_path: Path, home: Path
) -> None:
    env = environment(home, "http://127.0.0.1:9/v1", "k", SSTAR_MODEL="m")
    async with editor(tmp_path / "work", env) as session:
        uri = session.open("pairs.md", STATEMENT)
        with pytest.raises(JsonRpcException) as raised:
            await session.solve(uri)
        [run] = await session.ask("sstar/runs", {})
        assert raised.value.data == {"kind": "ModelUnreachable", "exitCode": 4, "runId": run["id"]}
