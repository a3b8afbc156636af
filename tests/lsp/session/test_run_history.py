"""Renamed, reloaded and closed documents, and runs of other windows: what becomes of a run, and who sees it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path

import pytest
from lsprotocol import types

from lsp.editor import PROFILES, STATEMENT, WORLD, Editor, editor, environment
from lsp.inside import inside
from lsp.session.test_runs import Hanging, hanging
from sstar_lsp.lsp.session.run_history import renamed_uri
from sstar_lsp.lsp.session.session import Deps
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import Fault, ScriptedServer, serve_scripted
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service

__all__ = ["hanging"]
PATIENCE_S = 60
"""A bound against hanging for ever; nothing is measured by it."""


def close(session: Editor, uri: str) -> None:
    """Close a document."""
    document = types.TextDocumentIdentifier(uri)
    session.client.text_document_did_close(types.DidCloseTextDocumentParams(document))


def rename(session: Editor, old: str, new: str) -> None:
    """On disk."""
    (session.folder / old).rename(session.folder / new)


async def offered(session: Editor, uri: str, prefix: str) -> str:
    """The first lens or action of a document that begins so, as soon as there is one."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            titles = [*(action.title for action in await session.actions(uri)), *(await session.lenses(uri))]
            if found := [title for title in titles if title.startswith(prefix)]:
                return found[0]
            await asyncio.sleep(0.05)


async def test_a_renamed_document_keeps_its_run(hanging: Hanging) -> None:
    answer = await hanging.solving()
    session = hanging.editor
    [old] = session.buffers
    rename(session, "pairs.md", "renamed.md")
    close(session, old)
    new = session.open("renamed.md", STATEMENT)
    assert await offered(session, new, "Cancel S*")
    session.client.workspace_did_rename_files(types.RenameFilesParams([types.FileRename(old, new)]))
    [cancel] = [title for title in await session.lenses(new) if title.endswith("cancel")]
    await session.run((await session.lenses(new))[cancel])
    told = await answer
    assert (told.status, told.uri) == ("cancelled", new)


async def test_a_document_that_is_reloaded_keeps_its_run(hanging: Hanging) -> None:
    answer = await hanging.solving()
    [uri] = hanging.editor.buffers
    close(hanging.editor, uri)
    hanging.editor.open("pairs.md", STATEMENT)
    closed = hanging.editor.open("other.md", STATEMENT.replace("sum zero", "sum one"))
    close(hanging.editor, closed)
    assert await offered(hanging.editor, uri, "Cancel S*")
    assert not answer.done()


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_renamed_document_keeps_its_result_in_this_session_and_the_next(
    is_told: bool, tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    async with editor(tmp_path / "work", env) as session:
        old = session.open("pairs.md", STATEMENT)
        assert (await session.solve(old)).status == "chosen"
        rename(session, "pairs.md", "renamed.md")
        if is_told:
            close(session, old)
            new = session.open("renamed.md", STATEMENT)
            edit = await session.insert(new)
            assert edit.document_changes is not None
            assert (session.folder / "renamed.py").exists()
            [run] = await session.ask("sstar/runs", {"uri": new})
            assert run["document"] == str(session.folder / "renamed.md")
    async with editor(tmp_path / "work", env) as session:
        new = session.open("renamed.md", STATEMENT)
        assert await offered(session, new, "Insert S* solution")


async def test_a_document_that_was_renamed_while_it_was_closed_keeps_its_result(vscode: Editor) -> None:
    old = vscode.open("pairs.md", STATEMENT)
    answer = await vscode.solve(old)
    close(vscode, old)
    (vscode.folder / "below").mkdir()
    rename(vscode, "pairs.md", "below/other.md")
    new = (vscode.folder / "below" / "other.md").as_uri()
    vscode.client.workspace_did_rename_files(types.RenameFilesParams([types.FileRename(old, new)]))
    changed = STATEMENT.replace("integers", "numbers")
    vscode.open("below/other.md", changed)
    assert await offered(vscode, new, "Insert solution of an earlier statement")
    assert (await vscode.ask("sstar/run", {"runId": answer.run_id})).uri == new


def test_a_renamed_folder_takes_what_is_below_it_along() -> None:
    folder = types.FileRename("file:///a/one", "file:///b/two%20x")
    assert renamed_uri("file:///a/one/p.md", folder) == "file:///b/two%20x/p.md"
    assert renamed_uri("file:///a/one-more/p.md", folder) is None
    assert renamed_uri("untitled:one", folder) is None


async def test_another_document_of_the_same_problem_gets_no_run_of_one_that_is_there(vscode: Editor) -> None:
    first = vscode.open("pairs.md", STATEMENT)
    await vscode.solve(first)
    second = vscode.open("copy.md", STATEMENT)
    assert not [a for a in await vscode.actions(second) if a.title.startswith("Insert")]
    assert await offered(vscode, first, "Insert S* solution")


async def test_an_ended_run_of_a_closed_document_leaves_nothing_but_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sstar_lsp.lsp.session.run_history.REOPENED_WITHIN_S", 0)
    models, path = Models.all_the_same(ScriptedModel(WORLD)), tmp_path / "pairs.md"
    path.write_text(STATEMENT)
    uri = path.as_uri()
    async with inside(Deps(lambda: Service(RunStore(tmp_path / "runs"), models=models))) as client:
        runs, history = client.server.runs, client.server.history
        client.open(uri, STATEMENT)
        answer = await client.ask("sstar/solve", {"uri": uri, "options": {"samples": 3, "rounds": 0}})
        [run] = runs.of(uri)
        assert run.state is not None
        state = weakref.ref(run.state)
        del run
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        async with asyncio.timeout(PATIENCE_S):
            while state() is not None:
                await asyncio.sleep(0.05)
                gc.collect()
        assert not runs.of(uri)
        client.open(uri, STATEMENT)
        await history.complete(uri)
        [run] = runs.of(uri)
        assert run.run_id == answer["result"]["run_id"]
        assert run.result is not None


async def test_a_second_window_sees_a_run_go_on_and_end(tmp_path: Path, home: Path) -> None:
    asked = asyncio.Event()

    def hang(_request: object) -> Fault:
        asked.set()
        return Fault.HANG_MIDWAY

    async with serve_scripted(WORLD, faults=hang) as model:
        env = environment(home, model.base_url, model.key)
        folder = tmp_path / "work"
        async with editor(folder, env) as first, editor(folder, env, PROFILES[2]) as second:
            uri = second.open("pairs.md", STATEMENT)  # before the run begins
            assert await offered(second, uri, "Solve with S*")
            first.open("pairs.md", STATEMENT)
            answer = first.solve(uri)
            async with asyncio.timeout(PATIENCE_S):
                await asked.wait()
            assert await offered(second, uri, "See the S* run in another window (0/3 samples")
            [lens] = await second.lenses(uri)
            assert lens.startswith("S* runs in another window: 0/3 samples")
            page = await second.run((await second.lenses(uri))[lens])
            assert page["uri"]
            assert not [a for a in await second.actions(uri) if a.title.startswith(("Solve", "Resume"))]
            await first.ask("sstar/cancel", {})
            assert (await answer).status == "cancelled"
            assert await offered(second, uri, "Resume S*")
