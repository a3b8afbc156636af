"""Each lens and each action does what its title says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engine.world import COUNTS_VALUES
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import QUICK, STATEMENT, WORLD, Editor


async def test_the_runner_up_is_inserted_where_it_is_chosen(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    answer = await every_editor.solve(uri)
    [action] = [a for a in await every_editor.actions(uri) if a.title.startswith("Insert S* runner-up")]
    assert f"runner-up {answer.candidates[1].id} (cluster {answer.candidates[1].cluster}, " in action.title
    await every_editor.accept(action)
    assert (every_editor.folder / "pairs.py").read_text() == COUNTS_VALUES


async def test_review_and_evidence_open_their_page_or_say_where_it_is(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    answer = await every_editor.solve(uri)
    review = (await every_editor.lenses(uri))["Review 1 test"]
    evidence = types.Command("Evidence", "sstar.evidence", arguments=[{"runId": answer.run_id}])
    for command, heading in ((review, "# S* test"), (evidence, "# S* evidence")):
        page = (await every_editor.run(command))["uri"]
        if every_editor.has("workspace.textDocumentContent"):
            text = (await every_editor.ask("sstar/document", {"uri": page})).text
        else:
            text = Path(page.removeprefix("file://")).read_text("utf-8")  # noqa: ASYNC240 - a small page
        assert text.startswith(heading)
        if every_editor.has("window.showDocument.support"):
            assert every_editor.client.shown_documents[-1].uri == page
        else:
            assert every_editor.client.shown_documents == []
            assert page in every_editor.client.messages[-1].message


@pytest.mark.parametrize(
    ("title", "language", "named"),
    [("Python", "python", "Python"), ("C++", "cpp", "C++"), ("C", "c", "C17")],
)
async def test_a_language_of_the_menu_is_the_runs_and_the_models(
    vscode: Editor, title: str, language: str, named: str
) -> None:
    WORLD.asked.clear()
    uri = vscode.open("pairs.md", STATEMENT)
    [action] = [a for a in await vscode.actions(uri) if a.title == f"Solve with S* in {title}"]
    assert action.command is not None
    [argument] = action.command.arguments or []
    answer = await vscode.solve(uri, **{**argument, "options": QUICK})
    assert answer.language == language
    assert named in next(prompt for kind, prompt in WORLD.asked if kind == "write")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("maybe", "maybe"),
        (None, "verdict"),
        ({}, "verdict"),
        ({"expected": 5}, "expected"),
        ({"cluster": "Z"}, "Z"),
        ({"cluster": 1}, "cluster"),
        ({"expected": "1", "cluster": "A"}, "verdict"),
        (["illegal"], "verdict"),
    ],
)
async def test_what_is_no_verdict_is_refused_in_words_and_changes_nothing(
    vscode: Editor, verdict: Any, words: str
) -> None:
    answer = await vscode.solve(vscode.open("pairs.md", STATEMENT))
    [test] = answer.evidence.deciding_inputs
    params = {"runId": answer.run_id, "inputId": test.id, "verdict": verdict}
    with pytest.raises(JsonRpcException, match=words) as raised:
        await vscode.ask("sstar/judge", params)
    assert raised.value.code == -32602
    after = await vscode.ask("sstar/run", {"runId": answer.run_id})
    assert len(after.verdicts) == 0
    assert after.evidence.chosen == answer.evidence.chosen


async def test_a_verdict_is_kept_as_a_test_of_the_persons(vscode: Editor) -> None:
    answer = await vscode.solve(vscode.open("pairs.md", STATEMENT))
    [test] = answer.evidence.deciding_inputs
    right = next(o for o in test.outputs if o.cluster == answer.evidence.cluster)
    params = {"runId": answer.run_id, "inputId": test.id, "verdict": {"cluster": right.cluster}}
    after = await vscode.ask("sstar/judge", params)
    assert vars_of(after) == vars_of(answer), "the shape is that of sstar/solve"
    listed = (await vscode.ask("sstar/tests", {"runId": answer.run_id})).tests
    assert [(t.kind, t.expected) for t in listed if t.id == test.id] == [("user", right.output + "\n")]


def vars_of(answer: Any) -> tuple[str, ...]:
    """Keys of an object from the wire."""
    return tuple(answer._fields)


async def test_what_is_said_of_a_document_goes_when_it_is_closed(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    await vscode.solve(uri)
    await vscode.diagnostics(uri, 1)
    vscode.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    assert await vscode.diagnostics(uri, 0) == []


async def test_each_folder_has_settings_of_its_own(vscode: Editor) -> None:
    answers = []
    for name, samples in (("one", 1), ("two", 2)):
        (vscode.folder / name).mkdir()
        vscode.write(f"{name}/sstar.toml", f"[solve]\nsamples = {samples}\nrounds = 0\ninputs = 0\n")
        uri = vscode.open(f"{name}/pairs.md", STATEMENT)
        answers.append(await vscode.solve(uri, options={}))
    assert [answer.evidence.candidates for answer in answers] == [1, 2]


async def test_a_folder_that_is_added_later_is_looked_at_too(vscode: Editor) -> None:
    folder = vscode.folder / "late"
    folder.mkdir()
    toml = vscode.write("late/sstar.toml", '[model]\nbase_url = "http://evil.example/v1"\n')
    added = types.WorkspaceFolder(folder.as_uri(), "late")
    vscode.client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent(added=[added], removed=[]))
    )
    [fault] = await vscode.diagnostics(toml, 1)
    assert "model.base_url" in fault.message or "'model'" in fault.message
