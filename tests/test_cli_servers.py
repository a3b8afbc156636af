"""``sstar model servers`` and ``use``: what was found is shown, and a choice is written where it is said to be."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.serving import sstar
from models.listing import listing_server, port_of

from sstar_lsp.settings import user_file

NAMES = ("llama3.1:8b", "qwen2.5-coder:7b")


@pytest.fixture
def ollama(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An Ollama with two models on the only port that is looked at; its base URL."""

    with listing_server(*NAMES) as base_url:
        monkeypatch.setenv("SSTAR_SERVER_PORTS", port_of(base_url))
        yield base_url


def written() -> dict[str, object]:
    return tomllib.loads(user_file().read_text())


def test_what_is_there_is_listed_and_nothing_is_changed(ollama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-very-secret")
    result = sstar("model", "servers")
    assert f"Ollama at {ollama}: qwen2.5-coder:7b, llama3.1:8b" in result.stdout
    assert "GROQ_API_KEY is set; openai/gpt-oss-120b: $0.15 in, $0.6 out" in result.stdout
    assert "prices change" in result.stdout
    assert "sstar model use ollama" in result.stdout
    assert "sk-very-secret" not in result.output
    assert not user_file().exists()


def test_the_same_as_json(ollama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-very-secret")
    found = json.loads(sstar("model", "servers", "--json").stdout)
    assert found["servers"] == [
        {
            "name": "ollama",
            "title": "Ollama",
            "baseUrl": ollama,
            "models": ["qwen2.5-coder:7b", "llama3.1:8b"],
        }
    ]
    assert [key["variable"] for key in found["keys"]] == ["GROQ_API_KEY"]


@pytest.mark.usefixtures("own_home")
def test_where_nothing_is_there_it_says_what_can_be_done() -> None:
    assert "sstar model use URL" in sstar("model", "servers").stdout


def test_a_found_server_is_used_with_its_best_model_and_the_file_is_named(ollama: str) -> None:
    result = sstar("model", "use", "ollama")
    assert result.exit_code == 0, result.output
    assert written() == {"model": {"base_url": ollama, "model": "qwen2.5-coder:7b"}}
    assert str(user_file()) in result.stdout
    assert 'model.model = "qwen2.5-coder:7b"' in result.stdout
    assert "there are also llama3.1:8b" in result.stdout


def test_comments_and_other_keys_stay(ollama: str) -> None:
    user_file().parent.mkdir(parents=True)
    before = '# mine\n[solve]\nsamples = 3 # three\n\n[model]\nmodel = "7b" # was good\npatience_s = 9\n\n[model.judge]\nmodel = "x"\n'
    user_file().write_text(before)
    result = sstar("model", "use", "ollama", "llama3.1:8b")
    assert "model.judge keep their own models" in result.stdout
    text = user_file().read_text()
    assert written()["model"] == {
        "model": "llama3.1:8b",
        "patience_s": 9,
        "base_url": ollama,
        "judge": {"model": "x"},
    }
    assert all(comment in text for comment in ("# mine", "# three", "# was good"))
    assert sstar("model", "use", "embedded", "7b").exit_code == 0
    assert tomllib.loads(before)["model"] == written()["model"]


@pytest.mark.usefixtures("own_home")
def test_a_link_to_a_file_of_dotfiles_stays_one(tmp_path: Path) -> None:
    user_file().parent.mkdir(parents=True)
    (tmp_path / "dotfile.toml").write_text("")
    user_file().symlink_to(tmp_path / "dotfile.toml")
    assert sstar("model", "use", "embedded", "7b").exit_code == 0
    assert user_file().is_symlink()
    assert (tmp_path / "dotfile.toml").read_text() == '[model]\nmodel = "7b"\n'


def test_a_provider_is_used_with_its_preset_and_says_what_it_costs_and_where_its_key_belongs(
    ollama: str,
) -> None:
    result = sstar("model", "use", "deepseek")
    assert written() == {"model": {"base_url": "https://api.deepseek.com/v1", "model": "deepseek-flash"}}
    assert "per million tokens (October 2026; prices change)" in result.stdout
    assert "DEEPSEEK_API_KEY" in result.stdout
    assert "price is not known" in sstar("model", "use", "deepseek", "deepseek-next").stdout


def test_an_address_is_used_as_it_is_and_one_on_this_machine_is_asked_first(ollama: str) -> None:
    assert sstar("model", "use", "http://gpu1:8000/v1", "some").exit_code == 0
    assert written() == {"model": {"base_url": "http://gpu1:8000/v1", "model": "some"}}
    assert sstar("model", "use", ollama).exit_code == 0
    assert written() == {"model": {"base_url": ollama, "model": "qwen2.5-coder:7b"}}
    assert "No list of models came from" in sstar("model", "use", "http://127.0.0.1:9/v1").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("olama",), "Known: ollama, openai, openrouter"),
        (("vllm",), "vLLM does not answer on this machine: start it"),
        (("ollama", "gpt-9"), "It has: qwen2.5-coder:7b, llama3.1:8b"),
        (("embedded", "9b"), "no embedded model is called '9b'"),
        (("ftp://x/v1",), "http://127.0.0.1:8000/v1"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is_and_nothing_is_written(
    ollama: str, arguments: tuple[str, ...], said: str
) -> None:
    result = sstar("model", "use", *arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert not user_file().exists()


@pytest.mark.parametrize("text", ["[model\n", "[modle]\nx = 1\n", 'model = "7b"\n'])
def test_a_file_that_is_wrong_already_is_told_and_stays_as_it_is(ollama: str, text: str) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text(text)
    result = sstar("model", "use", "ollama")
    assert result.exit_code == 2
    assert str(user_file()) in result.stderr
    assert user_file().read_text() == text


def test_a_variable_that_wins_over_the_file_is_told(ollama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSTAR_BASE_URL", "http://elsewhere:1/v1")
    assert "SSTAR_BASE_URL of the environment win" in sstar("model", "use", "ollama").stdout
