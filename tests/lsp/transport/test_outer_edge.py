"""Whatever goes wrong ends with a message and the end of the bar; and no key comes out of a whole hostile session."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.serving import STATEMENT
from models.servers import KEY, MODEL, Asked, Behaviour, Reply, events, good, piece, refusal, serving, stream

from lsp.editor import environment
from lsp.raw import Raw, raw_server

BROKEN = """
from sstar_lsp.lsp.server import Deps, serve_stdio
from sstar_lsp.models.protocol import Models
from sstar_lsp.service import Service

class Broken:
    name = "broken"
    def stream(self, messages, sampling):
        raise RuntimeError("nobody foresaw this")

serve_stdio(Deps(open_service=lambda: Service(models=Models.all_the_same(Broken()))))
"""
URI = "file:///tmp/problem.md"


async def session(raw: Raw, method: str, params: Any) -> list[Any]:
    """Everything that an editor sees of one request for a solve, to the end of the bar and a message."""
    window = {"window": {"workDoneProgress": True}}
    await raw.ask("i", "initialize", {"processId": None, "rootUri": None, "capabilities": window})
    raw.notify("initialized", {})
    document = {"uri": URI, "languageId": "markdown", "version": 1, "text": STATEMENT}
    raw.notify("textDocument/didOpen", {"textDocument": document})
    raw.send({"jsonrpc": "2.0", "id": "s", "method": method, "params": params})
    seen: list[Any] = []
    while not (ended(seen) and answered(seen) and (messages(seen) or method == "sstar/solve")):
        seen.append(await raw.receive())
        if "method" in seen[-1] and "id" in seen[-1]:
            raw.send({"jsonrpc": "2.0", "id": seen[-1]["id"], "result": None})
    return seen


def ended(seen: list[Any]) -> bool:
    return any(m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end" for m in seen)


def answered(seen: list[Any]) -> list[Any]:
    return [m for m in seen if m.get("id") == "s" and "method" not in m]


def messages(seen: list[Any]) -> list[str]:
    """What was shown, lines joined."""
    return [" ".join(m["params"]["message"].split()) for m in seen if m.get("method") == "window/showMessage"]


async def test_a_fault_that_nobody_foresaw_ends_the_bar_and_is_shown(tmp_path: Path) -> None:
    async with raw_server(environment(tmp_path), [sys.executable, "-c", BROKEN]) as raw:
        seen = await session(raw, "workspace/executeCommand", {"command": "sstar.solve", "arguments": [URI]})
    assert "RuntimeError: nobody foresaw this" in messages(seen)[0]


async def test_it_is_answered_in_one_line_without_a_traceback(tmp_path: Path) -> None:
    async with raw_server(environment(tmp_path), [sys.executable, "-c", BROKEN]) as raw:
        seen = await session(raw, "sstar/solve", {"uri": URI, "workDoneToken": "t"})
    error = answered(seen)[0]["error"]
    assert error["code"] == -32603
    assert "RuntimeError: nobody foresaw this" in error["message"]
    assert "Traceback" not in json.dumps(seen)


def hostile(asked: Asked) -> Reply:
    """Says the key in answers, errors and odd lines, in turn."""
    if asked.is_probe:
        return good(asked)
    if asked.is_probe:
        return good(asked)
    said = asked.text.replace("```python\n", f"```python\n# {KEY}\n")
    match asked.rng.randrange(4):
        case 0:
            return refusal(500, f"headers were {{'authorization': 'Bearer {KEY}'}}")
        case 1:
            return stream([piece({"content": "Here"}), {"error": {"message": f"invalid {KEY}", "code": 500}}])
        case 2:
            odd = f"data: debug: {KEY}\n\nerror: {KEY}\n\n".encode()
            return Reply([odd]) if asked.turn == 1 else stream(events(said, asked.rng))
        case _:
            return stream(events(said, asked.rng))


NAMES = Reply([json.dumps({"data": [{"id": KEY, "owned_by": KEY}, {"id": f"x {KEY}"}]}).encode()])


async def test_no_key_comes_out_of_a_whole_session_with_a_server_that_repeats_it(tmp_path: Path) -> None:
    shown = b""
    for number, behaviour in enumerate(
        [Behaviour("hostile", hostile), Behaviour("names", good, lambda: NAMES)]
    ):
        async with serving(behaviour) as server:
            url = f"http://127.0.0.1:{server.port}/v1"
            model = {"SSTAR_MODEL": MODEL} if number == 0 else {}
            env = environment(tmp_path, url, KEY, SSTAR_SAMPLES="4", **model)
            with (tmp_path / f"standard-error-{number}").open("wb") as log:
                async with raw_server(env, stderr=log) as raw:
                    seen = await session(raw, "sstar/solve", {"uri": URI, "workDoneToken": "t"})
            shown += json.dumps(seen).encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]  # noqa: ASYNC240  # a small folder
    assert {"runs.sqlite3", "endpoints.json"} <= {path.name for path in files}
    leaks = [path for path in files if KEY.encode() in path.read_bytes()]
    assert leaks == []
    assert KEY.encode() not in shown
    assert b"[key]" in shown


def test_the_command_line_ends_with_one_line_and_logs_the_rest(tmp_path: Path) -> None:
    code = (
        "import sys; from sstar_lsp import settings; from sstar_lsp.cli import main as cli\n"
        "def broken(*a, **k): raise RuntimeError('nobody foresaw this')\n"
        "settings.load_settings = broken; sys.argv = ['sstar', 'solve', sys.argv[1]]; cli.main()"
    )
    (tmp_path / "problem.md").write_text(STATEMENT)
    command = [sys.executable, "-c", code, str(tmp_path / "problem.md")]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    log = tmp_path / "state" / "sstar.log"
    assert str(log) in done.stderr
    assert "Traceback" in log.read_text()
