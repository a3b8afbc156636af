"""Secrets, trust and the contest guard: who is asked, what is refused, and that no key is written anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import PROFILES, QUICK, STATEMENT, Editor, editor, environment
from sstar_lsp.models.testing.scripted_server import ScriptedServer

CONTEST = f"https://codeforces.com/contest/1234/problem/A\n\n{STATEMENT}"


def files_with(folder: Path, text: bytes) -> list[Path]:
    """Files below a folder that hold the text."""
    return [file for file in folder.rglob("*") if file.is_file() and text in file.read_bytes()]


async def test_the_editor_is_asked_for_the_key_and_it_is_written_nowhere(
    tmp_path: Path, home: Path, server: ScriptedServer, capfd: pytest.CaptureFixture[str]
) -> None:
    env = environment(home, server.base_url, "")
    async with editor(tmp_path / "work", env, extras={"secret": True}, keys=[server.key]) as session:
        uri = session.open("pairs.md", STATEMENT)
        assert (await session.solve(uri)).status == "chosen"
        assert (await session.solve(uri)).status == "chosen"
        [asked] = session.heard.asked_keys
        assert (asked.name, asked.refused) == ("api-key", False)
        assert server.base_url.startswith(asked.origin)
    said = capfd.readouterr()
    assert server.key not in said.err + said.out
    assert files_with(tmp_path, server.key.encode()) == []


async def test_a_key_that_is_refused_is_asked_for_again_and_another_one_works(
    tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, "")
    keys = ["not the right key", server.key]
    async with editor(tmp_path / "work", env, extras={"secret": True}, keys=keys) as session:
        uri = session.open("pairs.md", STATEMENT)
        with pytest.raises(JsonRpcException) as raised:
            await session.solve(uri)
        assert raised.value.data is not None
        assert raised.value.data["kind"] == "ModelAuthError"
        assert "not the right key" not in str(raised.value)
        assert (await session.solve(uri)).status == "chosen"
        assert [asked.refused for asked in session.heard.asked_keys] == [False, True]


async def test_an_editor_that_cannot_tell_keys_is_not_asked_and_the_environment_counts(
    vscode: Editor,
) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    assert (await vscode.solve(uri)).status == "chosen"
    assert vscode.heard.asked_keys == []


async def test_a_client_without_a_key_leaves_it_to_the_environment(
    tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    async with editor(tmp_path / "work", env, extras={"secret": True}, keys=[None]) as session:
        assert (await session.solve(session.open("pairs.md", STATEMENT))).status == "chosen"


async def test_a_problem_of_a_contest_is_refused_until_a_person_confirms_practice(
    every_editor: Editor, tmp_path: Path, home: Path
) -> None:
    uri = every_editor.open("contest.md", CONTEST)
    [told] = await every_editor.diagnostics(uri, 1)
    assert (told.severity, told.code) == (types.DiagnosticSeverity.Warning, "contest")
    assert (told.range.start.line, told.range.start.character) == (0, len("https://"))
    with pytest.raises(JsonRpcException, match="contests forbid") as raised:
        await every_editor.solve(uri)
    assert raised.value.data is not None
    assert raised.value.data["kind"] == "ContestError"
    assert raised.value.data["contest"] == "codeforces.com/contest/1234"
    lenses = await every_editor.lenses(uri)
    assert list(lenses) == [
        "S*: codeforces.com/contest/1234 may be running: this is practice",
        "Read: 1 example · tokens",
    ]
    [action] = [a for a in await every_editor.actions(uri) if "practice" in a.title]
    assert not [a for a in await every_editor.actions(uri) if a.title.startswith("Solve")]
    assert action.command is not None
    confirmed = await every_editor.run(action.command)
    assert confirmed == {"contests": ["codeforces.com/contest/1234"]}
    assert await every_editor.diagnostics(uri, 0) == []
    assert (await every_editor.solve(uri)).status == "chosen"


async def test_a_part_of_a_document_does_not_get_around_the_guard(vscode: Editor) -> None:
    uri = vscode.open("contest.md", CONTEST)
    rest = {"start": {"line": 2, "character": 0}, "end": {"line": 40, "character": 0}}
    with pytest.raises(JsonRpcException, match=r"codeforces\.com/contest/1234"):
        await vscode.solve(uri, range=rest)
    await vscode.ask("sstar/confirmPractice", {"contest": "codeforces.com/contest/1234"})
    assert (await vscode.solve(uri, range=rest)).status == "chosen"
    taken = {"contest": "codeforces.com/contest/1234", "practice": False}
    assert (await vscode.ask("sstar/confirmPractice", taken)).contests == []
    with pytest.raises(JsonRpcException):
        await vscode.solve(uri, range=rest)
    with pytest.raises(JsonRpcException, match="is no contest"):
        await vscode.ask("sstar/confirmPractice", {"contest": "everything"})


async def test_a_workspace_can_neither_turn_the_guard_off_nor_reach_for_the_model(vscode: Editor) -> None:
    uri = vscode.open("contest.md", CONTEST)
    toml = vscode.write("sstar.toml", "[solve]\nsamples = 2\n\n[contest]\nguard = false\n")
    with pytest.raises(JsonRpcException, match="may not set 'contest'"):
        await vscode.solve(uri)
    vscode.client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(toml, types.FileChangeType.Created)])
    )
    [fault] = await vscode.diagnostics(toml, 1)
    assert fault.severity is types.DiagnosticSeverity.Error
    assert "may not set 'contest'" in fault.message
    assert fault.range.start.line == 3
    vscode.write("sstar.toml", "[solve]\nsamples = 2\n")
    vscode.client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(toml, types.FileChangeType.Changed)])
    )
    assert await vscode.diagnostics(toml, 0) == []


async def test_files_beside_a_problem_are_noticed_where_the_client_cannot_watch(
    tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    async with editor(tmp_path / "work", env, PROFILES[1]) as session:
        uri = session.open("pairs.md", STATEMENT)
        answer = await session.solve(uri)
        assert await session.diagnostics(uri, 1)
        (session.folder / "pairs-1.in").write_text("2\n1 -1\n")
        (session.folder / "pairs-1.out").write_text("1\n")
        assert await session.diagnostics(uri, 0) == [], "the problem has other examples now"
        assert (await session.ask("sstar/run", {"runId": answer.run_id})).stale is True
        again = await session.solve(uri, options=QUICK)
        assert again.evidence.examples == 2


async def test_a_client_that_can_watch_is_asked_to(vscode: Editor) -> None:
    await vscode.ask("sstar/runs", {})
    registered = {r.method: r.register_options for r in vscode.registered}
    watched = registered["workspace/didChangeWatchedFiles"]["watchers"]
    patterns = ["**/*.{in,out,ans}", "**/sstar.toml", "**/.sstar/*/corrections.json"]
    assert [each["globPattern"] for each in watched] == patterns
