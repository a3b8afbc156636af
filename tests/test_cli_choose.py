"""A server with many models and none named: a question on the terminal, an error elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from engine.serving import STATEMENT, served_in_thread
from engine.world import COUNTS_VALUES, RIGHT, RIGHT_TOO, World
from models.listing import listing_server, port_of

from sstar_lsp.cli.choose import tell_download
from sstar_lsp.models.testing.scripted_server import ScriptedServer
from sstar_lsp.settings import load_settings

WORLD = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO))
NAMES = ("acme/coder-large", *(f"acme/plain-{number}" for number in range(200)))
PATIENCE_S = 120.0


def solve(folder: Path, server: ScriptedServer, typed: list[str]) -> tuple[int, str]:
    """Exit code and screen of ``sstar solve`` in a terminal whose person types these lines, one a question."""
    (folder / "problem.md").write_text(STATEMENT)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSTAR_", "OPENAI_"))}
    own = {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "SSTAR_STATE_DIR": str(folder / "state"),
    }
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sstar_lsp", "solve", "problem.md", "-n", "2", "--rounds", "0", "--json"]
    with subprocess.Popen(
        [*command, "--base-url", server.base_url],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=folder,
        env={**kept, **own, "SSTAR_API_KEY": server.key},
    ) as process:
        os.close(theirs)
        screen = ""
        try:
            while block := os.read(ours, 65536):
                screen += block.decode()
                if typed and screen.endswith("[1]: "):
                    os.write(ours, typed.pop(0).encode() + b"\n")
        except OSError:
            pass  # the program has ended
        finally:
            os.close(ours)
        return process.wait(PATIENCE_S), screen


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ([""], "acme/coder-large"),
        (["2"], "acme/plain-0"),
        (["nothing like it", "plain-19", "plain-199"], "acme/plain-199"),
        (["plain-19", "3"], "acme/plain-191"),
        (["acme/plain-1"], "acme/plain-1"),
    ],
)
def test_the_person_chooses_by_number_by_name_or_by_a_part_of_it(
    tmp_path: Path, typed: list[str], chosen: str
) -> None:
    with served_in_thread(WORLD, more_names=NAMES) as server:
        code, screen = solve(tmp_path, server, [*typed])
    assert {request["model"] for request in server.requests} == {chosen}, screen
    assert code in (0, 10, 11), screen
    assert "has 202 models" in screen
    assert "and 193 more" in screen
    assert re.search(r"1  acme/coder-large", screen)


def test_where_nobody_can_be_asked_the_error_lists_the_best_few(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.serving import sstar

    (tmp_path / "problem.md").write_text(STATEMENT)
    with served_in_thread(WORLD, more_names=NAMES) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        result = sstar("solve", tmp_path / "problem.md", "--base-url", server.base_url)
    assert result.exit_code == 2
    assert "has these models: acme/coder-large, " in result.output
    assert "Name one with --model" in result.output
    assert server.requests == []


def test_before_a_model_is_fetched_its_size_is_told_and_what_could_write_instead(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSTAR_CACHE_DIR", str(own_home / "cache"))
    monkeypatch.setenv("GROQ_API_KEY", "sk-very-secret")
    told: list[str] = []
    with listing_server("qwen2.5-coder:7b") as base_url:
        monkeypatch.setenv("SSTAR_SERVER_PORTS", port_of(base_url))
        tell_download(load_settings(None), told.append)
    assert told == [
        "qwen2.5-coder-1.5b-instruct is not here yet and is fetched, once: 1.1 GB",
        f"found and not used: Ollama at {base_url} has qwen2.5-coder:7b",
        "found and not used: GROQ_API_KEY is set (Groq); it was sent nowhere",
        "to use it: sstar model use ollama (or groq)",
    ]


def test_nothing_is_told_where_nothing_is_fetched(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-very-secret")
    monkeypatch.setenv("SSTAR_CACHE_DIR", str(own_home / "cache"))
    told: list[str] = []
    tell_download(load_settings(None, command_line={"model": {"base_url": "http://x/v1"}}), told.append)
    assert told == []


def test_a_model_whose_licence_must_be_accepted_first_is_not_told_to_be_fetched(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSTAR_CACHE_DIR", str(own_home / "cache"))
    monkeypatch.setenv("GROQ_API_KEY", "sk-very-secret")
    told: list[str] = []
    tell_download(load_settings(None, command_line={"model": {"model": "3b"}}), told.append)
    assert [line for line in told if "is fetched" in line] == []
    assert told[-1] == "to use it: sstar model use groq"
