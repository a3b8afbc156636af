"""The report in a real Chromium: no request leaves it, whatever a program or a model wrote."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from attrs import evolve
from engine.world import PAIRS, RIGHT, World, finish

from sstar_lsp.report.page import report_page
from sstar_sandbox import Sandbox

CHROMIUM = shutil.which("chromium")
PATIENCE_S = 90

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


async def asked_for(page: str, folder: Path, asked: list[str]) -> list[str]:
    """What a page makes Chromium ask a server on the loopback interface for."""
    file = folder / "page.html"
    file.write_text(page, "utf-8")
    asked.clear()
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={folder / 'profile'}",
        ),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom"),
        file.as_uri(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(PATIENCE_S):
        shown, _ = await process.communicate()
    assert b"</html>" in shown
    return list(asked)


async def test_no_request_leaves_the_page(sandbox: Sandbox, tmp_path: Path) -> None:
    asked: list[str] = []

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode())
        writer.close()

    async with await asyncio.start_server(met, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        evil = f'<img src="http://127.0.0.1:{port}/leak"><script src="http://127.0.0.1:{port}/leak"></script>'
        assert await asked_for(f"<html>{evil}</html>", tmp_path, asked), "the test sees requests"
        problem = evolve(PAIRS, title=evil, statement=PAIRS.statement + evil)
        state = await finish(sandbox, World(samples=(f"{RIGHT}# {evil}\n", f"no {evil}")), problem)
        assert await asked_for(report_page(state), tmp_path, asked) == []
        # and if something were not escaped, the page's policy forbids it
        assert await asked_for(report_page(state).replace("</h1>", f"</h1>{evil}"), tmp_path, asked) == []
