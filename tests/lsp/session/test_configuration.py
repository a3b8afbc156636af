"""Settings that come from the editor, and virtual documents: what each client is asked and told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import PROFILES, STATEMENT, Editor, editor, environment
from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.session.configuration import checked, section_of
from sstar_lsp.models.testing.scripted_server import ScriptedServer


async def test_options_are_used_from_initialization_and_changed_live(
    tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    options = {"solve": {"samples": 2, "rounds": 0, "inputs": 3}}
    async with editor(tmp_path / "work", env, "ale-3.3.0", options=options) as session:
        uri = session.open("pairs.md", STATEMENT)
        assert (await session.solve(uri, options={})).evidence.samples == 2
        session.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams({"sstar": {"solve": {"samples": 1, "rounds": 0}}})
        )
        assert (await session.solve(uri, options={})).evidence.samples == 1
        assert (await session.solve(uri, options={"samples": 3})).evidence.samples == 3


@pytest.mark.parametrize("profile", PROFILES[:3])
async def test_an_editor_that_can_be_asked_is_asked(
    profile: str, tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    settings = {"solve": {"samples": 1, "rounds": 0, "language": None}}
    async with editor(tmp_path / "work", env, profile, configuration=settings) as session:
        uri = session.open("pairs.md", STATEMENT)
        assert (await session.solve(uri, options={})).evidence.samples == 1


async def test_a_wrong_key_is_shown_by_name_and_the_session_goes_on(tmp_path: Path, home: Path) -> None:
    async with editor(tmp_path / "work", environment(home), options={"solve": {"smaples": 2}}) as session:
        await session.ask("sstar/runs", {})
        [message] = session.client.messages
        assert message.type == types.MessageType.Error
        told = " ".join(message.message.split())
        assert told.startswith("editor: there is no setting 'solve.smaples'. Known here: ")


async def test_an_api_key_is_refused_and_its_value_is_said_nowhere(
    tmp_path: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = {"model": {"base_url": "http://127.0.0.1:1/v1", "api_key": "sk-not-to-be-seen"}}
    async with editor(tmp_path / "work", environment(home), options=options) as session:
        await session.ask("sstar/runs", {})
        [message] = session.client.messages
        assert "'model.api_key' is refused" in message.message
        assert "SSTAR_API_KEY" in message.message
        assert "not-to-be-seen" not in message.message
    assert "not-to-be-seen" not in capfd.readouterr().err
    assert not files_with(home, b"not-to-be-seen")


async def test_a_workspace_file_that_sets_an_endpoint_is_refused(vscode: Editor) -> None:
    vscode.write("sstar.toml", '[model]\nbase_url = "http://elsewhere.example/v1"\n')
    uri = vscode.open("pairs.md", STATEMENT)
    with pytest.raises(JsonRpcException, match="may not set 'model'"):
        await vscode.solve(uri)


@pytest.mark.parametrize("source", ["folder", "editor"])
async def test_no_folder_and_no_editor_lifts_a_cap_of_the_person_who_can_in_the_request(
    source: str, tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = {**environment(home, server.base_url, server.key), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    own = tmp_path / "config" / "sstar" / "sstar.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[solve]\nsamples = 1\nrounds = 0\ninputs = 3\n")
    options = {"solve": {"samples": 5}} if source == "editor" else None
    async with editor(tmp_path / "work", env, "ale-3.3.0", options=options) as session:
        if source == "folder":
            session.write("sstar.toml", "[solve]\nsamples = 5\n")
        uri = session.open("pairs.md", STATEMENT)
        assert (await session.solve(uri, options={})).evidence.samples == 1
        assert (await session.solve(uri, options={"samples": 2})).evidence.samples == 2
        lines = [logged.message for logged in session.client.log_messages]
    assert any("'solve.samples' asks for 5, above your own 1" in line for line in lines)
    assert any("options: 'solve.samples' is lifted from 1" in line for line in lines)


def files_with(folder: Path, text: bytes) -> list[Path]:
    """Files below a folder that hold the text."""
    return [file for file in folder.rglob("*") if file.is_file() and text in file.read_bytes()]


@pytest.mark.parametrize("values", [{"apiKey": "x"}, {"model": {"key": "x"}}, {"model": {"secret": "x"}}])
def test_every_spelling_of_a_key_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="is refused"):
        checked(values)


def test_the_section_is_taken_and_nulls_are_not_set() -> None:
    assert section_of({"sstar": {"solve": {}}, "other": 1}) == {"solve": {}}
    assert section_of({"solve": {}}) == {"solve": {}}
    assert checked({"solve": {"language": None, "max_tokens": 64}}) == {"solve": {"max_tokens": 64}}


async def test_a_document_that_does_not_exist_is_an_error(vscode: Editor) -> None:
    for uri, words in [
        ("sstar://run/nothing/evidence.md", "no run has the id 'nothing'"),
        ("sstar://run/x/other.md", "there is no document"),
        ("file:///etc/passwd", "there is no document"),
    ]:
        with pytest.raises(JsonRpcException, match=words):
            await vscode.ask("sstar/document", {"uri": uri})


@pytest.mark.parametrize("name", ["a%00b.md", "%00"])
async def test_a_null_character_in_a_uri_is_an_error_and_the_session_goes_on(
    vscode: Editor, name: str
) -> None:
    with pytest.raises(JsonRpcException, match="no path holds %00"):
        await vscode.solve(f"file:///work/{name}")
    assert await vscode.ask("sstar/runs", {}) is not None


async def test_a_pipe_as_a_document_is_an_error_and_never_waited_for(vscode: Editor) -> None:
    path = vscode.folder / "pipe.md"
    os.mkfifo(path)
    with pytest.raises(JsonRpcException, match="no regular file"):
        await vscode.solve(path.as_uri())


async def test_an_action_without_data_is_resolved_to_itself(vscode: Editor) -> None:
    action = types.CodeAction(title="somebody else's")
    assert await vscode.client.code_action_resolve_async(action) == action


async def test_an_action_of_a_run_that_is_not_at_hand_is_an_error(vscode: Editor) -> None:
    action = types.CodeAction(title="Insert", data={"runId": "gone", "candidateId": "c1"})
    with pytest.raises(JsonRpcException, match="ask for code actions again"):
        await vscode.client.code_action_resolve_async(action)


@pytest.mark.parametrize(
    ("model", "user_file", "wanted"),
    [
        ({}, "", ["qwen2.5-coder-1.5b-instruct"]),
        ({"model": "0.5b"}, "", ["qwen2.5-coder-0.5b-instruct"]),
        (
            {"model": "0.5b", "judge": {"model": "1.5b"}},
            "",
            ["qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"],
        ),
        ({"base_url": "http://127.0.0.1:1/v1"}, "", []),
        ({}, '[model]\nbase_url = "http://127.0.0.1:1/v1"\n', []),
        (
            {"writer": {"base_url": "http://127.0.0.1:1/v1", "model": "big"}},
            "",
            ["qwen2.5-coder-1.5b-instruct"],
        ),
    ],
)
async def test_a_client_can_ask_which_weights_a_solve_would_fetch(
    tmp_path: Path, home: Path, model: dict[str, object], user_file: str, wanted: list[str]
) -> None:
    config = home / "config" / "sstar"
    config.mkdir(parents=True)
    (config / "sstar.toml").write_text(user_file)
    here = tmp_path / "cache" / "models" / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    here.parent.mkdir(parents=True)
    with here.open("wb") as file:
        file.truncate(491400064)  # a file of holes: that it is the right one was checked when it was fetched
    env = environment(home, SSTAR_CACHE_DIR=str(tmp_path / "cache"))
    async with editor(tmp_path / "work", env, options={"model": model}) as session:
        found = (await session.ask("sstar/weights", {"uri": session.write("pairs.md", STATEMENT)})).models
    assert [each.id for each in found] == wanted
    assert [each.here for each in found] == ["0.5b" in name for name in wanted]
    assert all(each.bytes > 400e6 for each in found)


@pytest.mark.parametrize("is_here", [True, False])
async def test_a_model_in_a_file_of_this_machine_is_there_or_not(
    tmp_path: Path, home: Path, is_here: bool
) -> None:
    file = tmp_path / "own.gguf"
    if is_here:
        file.write_bytes(b"GGUF")
    async with editor(
        tmp_path / "work", environment(home), options={"model": {"model": str(file)}}
    ) as session:
        [found] = (await session.ask("sstar/weights", {"uri": session.write("pairs.md", STATEMENT)})).models
    assert found.id.startswith("own-")
    assert found.here is is_here
