"""``sstar serve`` with a stand-in for ``vllm``: real processes, a real port, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sstar_lsp.models.vllm import guard

STAND_IN = f"""#!{sys.executable}
import http.server, json, os, signal, subprocess, sys, time
# a worker of the group, and one that left the group as engine cores may
mark = os.environ["STAND_IN_MARK"]
loop = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
for new_session in (False, True):
    subprocess.Popen([sys.executable, "-c", loop, mark], start_new_session=new_session)
print("Loading safetensors checkpoint shards:  50% Completed", flush=True)
print("key:", bool(os.environ.get("VLLM_API_KEY")), "argv:", sys.argv[1:], flush=True)
print("secret:", os.environ.get("SSTAR_API_KEY"), flush=True)
if "--fail" in sys.argv:
    print("ValueError: No available memory for the cache blocks.", flush=True)
    sys.exit(1)
if "--hang" in sys.argv:
    time.sleep(600)
class Models(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({{"object": "list", "data": [{{"id": sys.argv[2], "object": "model"}}]}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Models).serve_forever()
"""

MODEL = "tiny-0.1B"


class House:
    """A place to serve from: a state folder, a port, a stand-in for vllm and a mark on its processes."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
        self.vllm = folder / "vllm"
        self.vllm.write_text(STAND_IN)
        self.vllm.chmod(0o755)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SSTAR_")},
            "SSTAR_STATE_DIR": str(self.state),
            "SSTAR_VLLM": str(self.vllm),
            "STAND_IN_MARK": self.mark,
        }

    def start(self, *extra: str, **environ: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "sstar_lsp", "serve", MODEL, "--port", str(self.port)]
        return subprocess.Popen(
            [*command, *extra],
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def log(self) -> str:
        return (self.state / "serve" / f"{MODEL}.log").read_text()

    def processes(self) -> list[int]:
        """Living processes of the stand-in: those whose environment has our mark."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                marked = f"STAND_IN_MARK={self.mark}".encode() in (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
                if marked and b"sstar_lsp\0serve" not in command:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def wait_until_empty(self) -> None:
        """The test's own time limit ends it."""
        while self.processes():
            time.sleep(0.05)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes by /proc")


@needs_proc
def test_a_server_is_started_and_sigterm_leaves_no_process_of_it(house: House) -> None:
    process = house.start(SSTAR_API_KEY="sk-secret-of-ours")
    assert first_line(process) == f"http://127.0.0.1:{house.port}/v1"
    assert "key: True" in house.log()
    assert "sk-secret-of-ours" not in house.log()
    assert "--max-model-len" in house.log()
    assert len(house.processes()) == 4  # the guard, the server, two workers
    process.terminate()
    _, said = process.communicate()
    assert process.returncode == 143
    assert "loading weights 50%" in said or "ready after" in said
    assert house.processes() == []


@needs_proc
def test_sigkill_of_sstar_leaves_no_process_of_the_server(house: House) -> None:
    process = house.start()
    first_line(process)
    process.kill()
    process.wait()
    house.wait_until_empty()


@needs_proc
def test_sigterm_while_the_server_is_still_loading_leaves_nothing(house: House) -> None:
    process = house.start("--", "--hang")
    assert process.stderr is not None
    while "loading weights" not in process.stderr.readline():
        pass
    process.terminate()
    process.communicate()
    assert process.returncode == 143
    assert house.processes() == []


@needs_proc
def test_a_second_window_attaches_and_its_end_is_not_the_servers(house: House) -> None:
    first = house.start()
    url = first_line(first)
    second = house.start()
    out, said = second.communicate()
    assert (second.returncode, out.strip()) == (0, url)
    assert f"pid {first.pid}" in said
    assert house.processes()
    first.terminate()
    first.communicate()


@needs_proc
def test_a_server_that_is_not_ours_is_used_and_left_alone(house: House) -> None:
    stranger = subprocess.Popen(
        [str(house.vllm), "serve", "theirs", "--port", str(house.port)],
        env=house.environ,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        while socket.socket().connect_ex(("127.0.0.1", house.port)):
            time.sleep(0.05)
        ours = house.start()
        out, said = ours.communicate()
        assert (ours.returncode, out.strip()) == (0, f"http://127.0.0.1:{house.port}/v1")
        assert "not ours" in said
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@needs_proc
def test_a_start_that_fails_says_why_with_the_end_of_the_log_and_leaves_nothing(house: House) -> None:
    process = house.start("--", "--fail")
    _, said = process.communicate()
    assert process.returncode == 2
    assert "smaller model" in said
    assert "No available memory" in said
    assert house.processes() == []


def test_a_port_that_something_else_holds_is_refused_before_anything_is_loaded(house: House) -> None:
    with socket.create_server(("127.0.0.1", house.port)) as silent:
        silent.settimeout(None)
        process = house.start()
        _, said = process.communicate()
    assert process.returncode == 2
    assert "--port" in said


def test_another_host_wants_a_key(house: House) -> None:
    _, said = house.start("--host", "0.0.0.0").communicate()
    assert "SSTAR_API_KEY" in said


def test_no_vllm_is_said_with_what_to_install(house: House) -> None:
    _, said = house.start(SSTAR_VLLM="/no/such/vllm").communicate()
    assert "pip install 'sstar-lsp[vllm]'" in said


def test_a_dry_run_prints_the_command_and_why(house: House) -> None:
    process = house.start("--dry-run")
    out, _ = process.communicate()
    assert f"vllm serve {MODEL} --host 127.0.0.1 --port {house.port}" in out
    assert "\n# " in out
    assert not house.state.exists()


def test_the_guard_hands_on_the_commands_exit_code() -> None:
    command = [sys.executable, guard.__file__, "1", sys.executable, "-c", "import sys; sys.exit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as guarded:  # its owner lives on
        assert guarded.wait() == 7


def test_the_published_address_holds_no_key(house: House) -> None:
    process = house.start(SSTAR_API_KEY="sk-secret-of-ours")
    first_line(process)
    published = json.loads((house.state / "serve" / f"{MODEL}.json").read_text())
    assert set(published) == {"base_url", "model", "pid"}
    process.terminate()
    process.communicate()
    assert not (house.state / "serve" / f"{MODEL}.json").exists()
