"""The language server: start, initialize, cancel, latency under 8 solves and on a long document, memory over 200, death with its editor.

``python benchmarks/lsp.py [--rounds N] [--solves N] [--requests N]``. A real ``sstar lsp`` on stdio, a scripted
model over HTTP, a real sandbox; prints a Markdown table. Run it on a quiet machine.
"""

# It looks again and again where the kernel does not tell:
# ruff: noqa: ASYNC110
from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # before what is imported from there, hence the E402

from attrs import frozen  # noqa: E402
from engine.world import COUNTS_VALUES, RIGHT, RIGHT_TOO, World  # noqa: E402
from lsp.editor import SPLITTING, STATEMENT, environment  # noqa: E402
from lsp.raw import Raw, raw_server  # noqa: E402
from lsp.transport.test_stdio import descendants  # noqa: E402

from sstar_lsp.models.testing.scripted import Call, ScriptedModel  # noqa: E402
from sstar_lsp.models.testing.scripted_server import Fault, ScriptedServer, serve_scripted  # noqa: E402

WORLD = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 2, RIGHT_TOO: 2})
CAPABILITIES = {
    "window": {"workDoneProgress": True},
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}
    },
}
OPTIONS = {"samples": 3, "rounds": 0, "inputs": 3}
SIDE_BY_SIDE = 8
PIECE_S = 0.02
"""Delay of each piece of a model's answer: 8 solves are then under way for a while."""


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which that part lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def row(what: str, values: Sequence[float], bound: str = "") -> None:
    """A line of the table, in milliseconds."""
    cells = (min(values), statistics.median(values), quantile(values, 0.99), max(values))
    print(
        f"| {what} | {' | '.join(f'{cell * 1000:.1f}' for cell in cells)} | {len(values)} | {bound} |",
        flush=True,
    )


class Session(Raw):
    """A server with answers by id, so that many requests may be under way."""

    def begin(self) -> None:
        """Read answers from now on."""
        self.waiting: dict[object, asyncio.Future[Any]] = {}
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            message = await self.receive()
            if "method" in message and "id" in message:
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            elif "method" not in message and message.get("id") in self.waiting:
                self.waiting.pop(message["id"]).set_result(message)

    def request(self, msg_id: str, method: str, params: Any) -> asyncio.Future[Any]:
        """Send, and wait later."""
        self.waiting[msg_id] = future = asyncio.get_running_loop().create_future()
        self.send({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params})
        return future

    def open(self, path: Path) -> None:
        """Open a problem."""
        path.write_text(STATEMENT)
        item = {"uri": path.as_uri(), "languageId": "markdown", "version": 1, "text": STATEMENT}
        self.notify("textDocument/didOpen", {"textDocument": item})


@asynccontextmanager
async def session(folder: Path, model: ScriptedServer | Address) -> AsyncIterator[Session]:
    """An initialised server."""
    async with raw_server(environment(folder / "home", model.base_url, model.key)) as raw:
        made = Session(raw.process)
        made.begin()
        params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": CAPABILITIES}
        await made.request("init", "initialize", params)
        made.notify("initialized", {})
        await made.request("warm", "sstar/runs", {})
        yield made
        made.reading.cancel()


async def start(folder: Path, rounds: int) -> None:
    """From the start of the process to ready; then how long initialize itself takes."""
    ready: list[float] = []
    initialize: list[float] = []
    for number in range(rounds):
        began = time.perf_counter()
        async with raw_server(environment(folder / "home")) as raw:
            await raw.ask(f"early {number}", "sstar/runs", {})  # refused, and so the server reads
            ready.append(time.perf_counter() - began)
            began = time.perf_counter()
            await raw.ask("init", "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
            initialize.append(time.perf_counter() - began)
    row("start of the process to its first answer", ready)
    row("`initialize` answered", initialize, "300")


async def cancels(folder: Path, rounds: int) -> None:
    """Each way to cancel, while the model keeps a run waiting; then the deaths."""
    asked = asyncio.Event()

    def hang(_request: object) -> Fault:
        asked.set()
        return Fault.HANG_MIDWAY

    async with serve_scripted(WORLD, faults=hang) as model:
        ways: dict[str, Callable[[Session, Path], None]] = {
            "`$/cancelRequest`": lambda s, _: s.notify("$/cancelRequest", {"id": "solve"}),
            "progress bar": lambda s, _: s.notify("window/workDoneProgress/cancel", {"token": "bar"}),
            "document closed": lambda s, path: s.notify(
                "textDocument/didClose", {"textDocument": {"uri": path.as_uri()}}
            ),
        }
        for name, cancel in ways.items():
            took: list[float] = []
            async with session(folder, model) as editor:
                for number in range(rounds):
                    asked.clear()
                    path = folder / f"cancel{number}.md"
                    editor.open(path)
                    params = {"uri": path.as_uri(), "options": OPTIONS, "workDoneToken": "bar"}
                    answer = editor.request("solve", "sstar/solve", params)
                    await asked.wait()
                    began = time.perf_counter()
                    cancel(editor, path)
                    await answer
                    took.append(time.perf_counter() - began)
            row(f"cancel answered: {name}", took, "1100" if name == "document closed" else "100")
        for name, end in {
            "end of input": lambda s: s.process.stdin.close(),
            "SIGTERM": lambda s: s.process.send_signal(signal.SIGTERM),
            "SIGKILL": lambda s: s.process.kill(),
        }.items():
            took = []
            for number in range(rounds):
                asked.clear()
                async with session(folder, model) as editor:
                    path = folder / f"end{number}.md"
                    editor.open(path)
                    editor.request("solve", "sstar/solve", {"uri": path.as_uri(), "options": OPTIONS})
                    await asked.wait()
                    below = [editor.process.pid, *descendants(editor.process.pid)]
                    began = time.perf_counter()
                    end(editor)
                    while any(is_alive(pid) for pid in below):
                        await asyncio.sleep(0.002)
                    took.append(time.perf_counter() - began)
            row(f"everything dead after {name}", took, "1000")


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def serve_model() -> None:
    """The model of the load, until standard input ends: a process of its own, as models are."""

    async def slowly(_call: Call) -> None:
        await asyncio.sleep(PIECE_S)

    async with serve_scripted(ScriptedModel(WORLD, before_piece=slowly)) as model:
        print(model.base_url, model.key, flush=True)
        await asyncio.to_thread(sys.stdin.read)


@frozen
class Address:
    """Where a model in another process is."""

    base_url: str
    key: str


@asynccontextmanager
async def model_process() -> AsyncIterator[Address]:
    """:func:`serve_model` in a process, so that its work is not counted as the editor's waiting."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        "--serve-model",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Address(*(await process.stdout.readline()).decode().split())
    finally:
        process.stdin.close()
        await process.wait()


async def under_load(folder: Path, requests: int) -> None:
    """Hover and code actions while 8 solves run, one request at a time, as a person makes them."""
    async with model_process() as model, session(folder, model) as editor:
        gc.disable()  # of this process: its own pauses are not the server's
        solves = 0
        stop = asyncio.Event()

        async def keep_solving(number: int) -> None:
            path = folder / f"load{number}.md"
            editor.open(path)
            nonlocal solves
            turn = 0
            while not stop.is_set():
                turn += 1
                params = {"uri": path.as_uri(), "options": {**OPTIONS, "seed": turn}}
                answer = await editor.request(f"solve {number}.{turn}", "sstar/solve", params)
                assert answer["result"]["status"] == "chosen", answer
                solves += 1

        asked_about = folder / "asked.md"
        editor.open(asked_about)
        params = {"uri": asked_about.as_uri(), "options": OPTIONS}
        await editor.request("first", "sstar/solve", params)
        target = folder / "asked.py"
        item = {"uri": target.as_uri(), "languageId": "python", "version": 1, "text": RIGHT}
        editor.notify("textDocument/didOpen", {"textDocument": item})
        solving = [asyncio.create_task(keep_solving(number)) for number in range(SIDE_BY_SIDE)]
        loaded, used = time.perf_counter(), cpu_of(editor.process.pid)
        at = {"line": 0, "character": 0}
        for name, method, body in (
            ("hover", "textDocument/hover", {"textDocument": {"uri": target.as_uri()}, "position": at}),
            (
                "code action",
                "textDocument/codeAction",
                {
                    "textDocument": {"uri": asked_about.as_uri()},
                    "range": {"start": at, "end": at},
                    "context": {"diagnostics": []},
                },
            ),
        ):
            took: list[float] = []
            for number in range(requests):
                began = time.perf_counter()
                answer = await editor.request(f"{name} {number}", method, body)
                took.append(time.perf_counter() - began)
                assert answer["result"], answer
                await asyncio.sleep(0.01)
            row(f"{name} while {SIDE_BY_SIDE} solves run", took, "50 (p99)")
        took_s, used = time.perf_counter() - loaded, cpu_of(editor.process.pid) - used
        print(
            f"\n{solves} solves ended in these {took_s:.0f} s; the server used {used / took_s:.0%} of a core."
        )
        stop.set()
        await asyncio.gather(*solving)
        gc.enable()


def cpu_of(pid: int) -> float:
    """Processor seconds of a process, without those of its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    """Resident memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def memory(folder: Path, solves: int) -> None:
    """Resident memory of the server after each solve, each of a document of its own that is closed again."""
    async with serve_scripted(WORLD) as model, session(folder, model) as editor:
        used: list[float] = []
        for number in range(solves):
            path = folder / f"memory{number}.md"
            editor.open(path)
            params = {"uri": path.as_uri(), "options": OPTIONS}
            answer = await editor.request(f"solve {number}", "sstar/solve", params)
            assert answer["result"]["status"] == "chosen", answer
            editor.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
            used.append(memory_of(editor.process.pid))
        after = [solves // 10, *(solves * part // 4 for part in (1, 2, 3)), solves]
        points = {number: used[number - 1] for number in after}
        growth = points[solves] / points[solves // 10] - 1
        told = ", ".join(f"{points[number]:.1f} MB after {number} solves" for number in after)
        print(f"\nMemory: {told} ({growth:+.1%}; at most ±10 %).")


async def long_document(folder: Path, rounds: int) -> None:
    """Code actions on a statement of 2 MB: the first ones while it is being read."""
    text = STATEMENT + "\n## Story\n\n" + "A sentence of a story that is long and says nothing.\n" * 40_000
    uri = (folder / "long.md").as_uri()
    took: list[float] = []
    async with raw_server(environment(folder / "home")) as raw:
        await raw.initialize()
        await raw.ask("warm", "sstar/runs", {})
        item = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
        raw.notify("textDocument/didOpen", {"textDocument": item})
        top = {"line": 0, "character": 0}
        params = {
            "textDocument": {"uri": uri},
            "range": {"start": top, "end": top},
            "context": {"diagnostics": []},
        }
        for number in range(rounds):
            began = time.perf_counter()
            answer = await raw.ask(number, "textDocument/codeAction", params)
            took.append(time.perf_counter() - began)
            assert answer["result"], answer
    row("code actions on a statement of 2 MB", took, "1000")


async def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="starts, cancels and deaths of each kind")
    parser.add_argument("--requests", type=int, default=300, help="hovers and code actions under load")
    parser.add_argument("--solves", type=int, default=200, help="solves for the memory")
    parser.add_argument(
        "--only", choices=("start", "cancel", "load", "long", "memory"), help="one part alone"
    )
    parser.add_argument("--serve-model", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve_model:
        await serve_model()
        return
    parts = {
        "start": lambda folder: start(folder, asked.rounds),
        "cancel": lambda folder: cancels(folder, asked.rounds),
        "load": lambda folder: under_load(folder, asked.requests),
        "long": lambda folder: long_document(folder, asked.rounds),
        "memory": lambda folder: memory(folder, asked.solves),
    }
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| | min ms | median ms | p99 ms | max ms | times | at most |\n|---|---|---|---|---|---|---|")
    for name, part in parts.items():
        if asked.only in (None, name):
            with tempfile.TemporaryDirectory() as made:
                folder = Path(made)
                (folder / "home").mkdir()
                await part(folder)


if __name__ == "__main__":
    asyncio.run(main())
