"""How a server process begins and ends, and that nothing survives it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engine.world import World
from lsprotocol import types
from pygls.workspace import Workspace

from lsp.editor import STATEMENT, environment
from lsp.raw import PATIENCE_S, Raw, raw_server
from sstar_lsp.lsp.server import create_server
from sstar_lsp.lsp.session.session import Session
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import Fault, ScriptedServer, serve_scripted
from sstar_lsp.processes import is_alive

LOOPS = World(samples=("while True:\n    pass\n",))


@pytest.fixture
async def raw(home: Path) -> AsyncIterator[Raw]:
    """A server that no client has initialised."""
    async with raw_server(environment(home)) as started:
        yield started


async def test_shutdown_and_exit_end_with_0(raw: Raw) -> None:
    await raw.initialize()
    assert (await raw.ask(1, "shutdown"))["result"] is None
    raw.notify("exit")
    assert await raw.ended() == 0


async def test_exit_without_shutdown_ends_with_1(raw: Raw) -> None:
    await raw.initialize()
    raw.notify("exit")
    assert await raw.ended() == 1


async def test_requests_before_initialize_and_after_shutdown_are_errors(raw: Raw) -> None:
    assert (await raw.ask(1, "sstar/runs", {}))["error"]["code"] == -32002
    await raw.initialize()
    assert (await raw.ask(2, "initialize", {"capabilities": {}}))["error"]["code"] == -32600
    await raw.ask(3, "shutdown")
    assert (await raw.ask(4, "sstar/runs", {}))["error"]["code"] == -32600


async def test_the_end_of_input_ends_an_idle_server_with_0(raw: Raw) -> None:
    await raw.initialize()
    assert raw.process.stdin is not None
    raw.process.stdin.close()
    assert await raw.ended() == 0


def descendants(pid: int) -> list[int]:
    """Processes below one, by the parent links of /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    todo = [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


async def gone(pids: list[int]) -> None:
    """Return once all have ended; told by the kernel, not by looking again and again."""
    loop = asyncio.get_running_loop()
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended = asyncio.Event()
        loop.add_reader(handle, ended.set)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await ended.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)


async def a_program_runs(raw: Raw, folder: Path) -> list[int]:
    """Solve with a program that never ends; the processes below the server once it runs in the sandbox."""
    await raw.initialize()
    path = folder / "pairs.md"
    path.write_text(STATEMENT)
    options = {"samples": 1, "rounds": 0}
    params = {"uri": path.as_uri(), "options": options}
    raw.send({"jsonrpc": "2.0", "id": "solve", "method": "sstar/solve", "params": params})
    async with asyncio.timeout(PATIENCE_S):
        while not any(_is_busy(pid) for pid in descendants(raw.process.pid)):
            await raw.ask("look", "sstar/runs", {})  # a round trip, so that this waits for the server
    return descendants(raw.process.pid)


def _is_busy(pid: int) -> bool:
    """Whether a process has used a tenth of a second of CPU: only the endless program does."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return fields[0] == "R" and int(fields[11]) >= os.sysconf("SC_CLK_TCK") // 10


@pytest.fixture
async def looping(home: Path) -> AsyncIterator[Raw]:
    """A server whose model writes programs that never end."""
    async with (
        serve_scripted(ScriptedModel(LOOPS)) as model,
        raw_server(environment(home, model.base_url, model.key)) as started,
    ):
        yield started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_in_the_middle_of_a_run_ends_everything(
    looping: Raw, tmp_path: Path, number: signal.Signals
) -> None:
    below = await a_program_runs(looping, tmp_path)
    looping.process.send_signal(number)
    assert await looping.ended() == 128 + number
    await gone(below)


async def test_the_end_of_input_in_the_middle_of_a_run_ends_everything(looping: Raw, tmp_path: Path) -> None:
    below = await a_program_runs(looping, tmp_path)
    assert looping.process.stdin is not None
    looping.process.stdin.close()
    assert await looping.ended() == 0
    await gone(below)


async def test_a_server_that_is_killed_leaves_no_process_behind(looping: Raw, tmp_path: Path) -> None:
    below = await a_program_runs(looping, tmp_path)
    looping.process.kill()
    await gone(below)


async def test_cancelling_kills_the_program_that_runs(looping: Raw, tmp_path: Path) -> None:
    below = await a_program_runs(looping, tmp_path)
    busy = [pid for pid in below if _is_busy(pid)]
    looping.notify("$/cancelRequest", {"id": "solve"})
    assert (await looping.answer("solve"))["error"]["code"] == -32800
    await gone(busy)


async def test_a_stream_that_is_open_when_the_editor_goes_is_closed(home: Path, tmp_path: Path) -> None:
    asked = asyncio.Event()

    def hang(_request: object) -> Fault:
        asked.set()
        return Fault.HANG

    async with serve_scripted(ScriptedModel(LOOPS), faults=hang) as model:
        await _is_cut_off(model, asked, home, tmp_path)


async def _is_cut_off(model: ScriptedServer, asked: asyncio.Event, home: Path, tmp_path: Path) -> None:
    async with raw_server(environment(home, model.base_url, model.key)) as raw:
        await raw.initialize()
        path = tmp_path / "pairs.md"
        path.write_text(STATEMENT)
        raw.send({"jsonrpc": "2.0", "id": 1, "method": "sstar/solve", "params": {"uri": path.as_uri()}})
        async with asyncio.timeout(PATIENCE_S):
            await asked.wait()
        assert raw.process.stdin is not None
        raw.process.stdin.close()
        assert await raw.ended() == 0
        async with asyncio.timeout(PATIENCE_S):
            await model.disconnects.wait()


CHATTY = """
import contextlib, os, subprocess, sys
from sstar_lsp.lsp.server import Deps, serve_stdio

@contextlib.asynccontextmanager
async def loud():
    print("print", flush=True)
    sys.__stdout__.write("write"); sys.__stdout__.flush()
    os.write(1, b"fd 1")
    subprocess.run(["echo", "a child"], check=True)
    assert sys.stdin.read() == "" and os.read(0, 1) == b""
    from sstar_lsp.service import Service
    async with Service() as service:
        yield service

serve_stdio(Deps(open_service=loud))
"""


async def test_stray_prints_go_to_standard_error_and_never_onto_the_wire(home: Path) -> None:
    command = [sys.executable, "-c", CHATTY]
    async with raw_server(environment(home), command, stderr=subprocess.PIPE) as raw:
        await raw.initialize()
        answer = await raw.ask(1, "sstar/runs", {})  # receive() fails on anything that is not LSP
        assert answer["result"] == []
        await raw.ask(2, "shutdown")
        raw.notify("exit")
        assert await raw.ended() == 0
        assert raw.process.stderr is not None
        said = (await raw.process.stderr.read()).decode()
    for word in ("print", "write", "fd 1", "a child"):
        assert word in said


STUCK = """
import asyncio, contextlib
from sstar_lsp.lsp.server import Deps, serve_stdio

@contextlib.asynccontextmanager
async def never():
    await asyncio.Event().wait()
    yield

serve_stdio(Deps(open_service=never))
"""


async def test_shutdown_is_answered_while_commands_and_notifications_are_under_way(home: Path) -> None:
    async with raw_server(environment(home), [sys.executable, "-c", STUCK]) as raw:
        await raw.initialize()
        for number in range(3):
            params = {"command": "sstar.evidence", "arguments": [{"runId": "1"}]}
            command = {"jsonrpc": "2.0", "id": number, "method": "workspace/executeCommand", "params": params}
            raw.send(command)
        assert (await raw.ask("end", "shutdown"))["result"] is None
        raw.notify("exit")
        assert await raw.ended() == 0


async def test_a_recorded_session_can_be_replayed_from_a_file(home: Path, tmp_path: Path) -> None:
    recorded = tmp_path / "session"
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
    recorded.write_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    with recorded.open("rb") as session:
        async with raw_server(environment(home), stdin=session) as raw:
            assert "capabilities" in (await raw.answer(1))["result"]
            assert await raw.ended() == 0


def test_the_start_does_not_import_what_only_a_run_needs() -> None:
    code = "import sys, sstar_lsp.lsp.server; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "httpx2",
        "rich",
        "markdown_it",
        "sstar_lsp.engine",
        "sstar_lsp.service",
        "sstar_sandbox",
        "sqlite3",
    }
    assert heavy.isdisjoint(loaded)


async def test_the_server_ends_when_the_editors_process_is_gone_though_the_wire_is_held(home: Path) -> None:
    sleeping = await asyncio.create_subprocess_exec("sleep", "1000")
    async with raw_server(environment(home)) as raw:
        await raw.ask(1, "initialize", {"processId": sleeping.pid, "rootUri": None, "capabilities": {}})
        sleeping.kill()
        await sleeping.wait()
        assert await raw.ended() == 0


async def test_a_process_that_cannot_be_seen_is_not_waited_for(home: Path) -> None:
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()  # an editor in another container, for one
    server = create_server()
    for number in (None, 0, -1, 1 << 40, ended.pid):
        _initialize(server, number)
        assert server.parent is None
    _initialize(server, os.getpid())
    assert server.parent == os.getpid()


def _initialize(server: Session, process_id: int | None) -> None:
    server.protocol._workspace = Workspace(None)
    params = types.InitializeParams(types.ClientCapabilities(), process_id=process_id)
    server.protocol.fm.features[types.INITIALIZE](params)


def test_a_process_that_was_not_waited_for_is_gone() -> None:
    process = subprocess.Popen(["sleep", "1000"])
    assert is_alive(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(process.pid)
    process.wait()
