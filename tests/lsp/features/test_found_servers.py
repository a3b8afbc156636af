"""What an editor can offer as models: looked for when it is asked, and chosen by settings alone."""

from __future__ import annotations

from pathlib import Path

from models.listing import listing_server, port_of

from lsp.editor import PROFILES, editor, environment

SMALL = "qwen2.5-coder-0.5b-instruct"


async def test_embedded_models_servers_and_keys_are_told_and_no_key(tmp_path: Path) -> None:
    with listing_server("llama3.1:8b", "qwen2.5-coder:7b") as base_url:
        found = {"SSTAR_SERVER_PORTS": port_of(base_url), "DEEPSEEK_API_KEY": "sk-very-secret"}
        async with editor(tmp_path / "work", environment(tmp_path, **found), PROFILES[0]) as session:
            answer = await session.ask("sstar/foundServers", {})
    assert {model.name for model in answer.embedded} >= {"1.5b", "0.5b"}
    [server] = answer.servers
    assert (server.name, server.title, server.baseUrl) == ("ollama", "Ollama", base_url)
    assert server.models == ["qwen2.5-coder:7b", "llama3.1:8b"]
    keys = {key.variable: key for key in answer.keys}
    assert keys["DEEPSEEK_API_KEY"].baseUrl == "https://api.deepseek.com/v1"
    assert "prices change" in keys["DEEPSEEK_API_KEY"].models[0].price
    assert "sk-very-secret" not in str(answer)


async def test_an_empty_address_of_the_editor_is_the_embedded_model_whatever_the_users_file_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "config" / "sstar").mkdir(parents=True)
    (tmp_path / "config" / "sstar" / "sstar.toml").write_text('[model]\nbase_url = "http://127.0.0.1:9/v1"\n')
    statement = tmp_path / "work" / "pairs.md"
    for sent, ids in (({"model": "0.5b"}, []), ({"base_url": "", "model": "0.5b"}, [SMALL])):
        async with editor(
            tmp_path / "work", environment(tmp_path), PROFILES[0], options={"model": sent}
        ) as session:
            answer = await session.ask("sstar/weights", {"uri": statement.as_uri()})
            assert [model.id for model in answer.models] == ids
