"""A real vLLM, started by ``sstar serve``: conformance, a whole solve, a cancel it feels, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

ROOT = Path(__file__).parents[2]
MODEL = os.environ["SSTAR_TEST_VLLM_MODEL"]
PROBLEM = ROOT / "examples" / "sum-of-pairs" / "problem.md"
NAME = "served"


@frozen
class Server:
    """The running one."""

    url: str
    process: subprocess.Popen[str]
    environ: dict[str, str]

    def sstar(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """A command against it."""
        command = [sys.executable, "-m", "sstar_lsp", *map(str, arguments)]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)

    def metric(self, name: str) -> float:
        """One of vLLM's own counters."""
        page = urllib.request.urlopen(self.url.removesuffix("/v1") + "/metrics").read().decode()
        values = re.findall(rf"(?m)^{re.escape(name)}(?:\{{[^}}]*\}})?[ \t]+(\S+)", page)
        assert values, name
        return sum(map(float, values))

    def running(self) -> float:
        """Requests that vLLM says it works on."""
        return self.metric("vllm:num_requests_running")


def processes(mark: str) -> list[str]:
    """Living processes with the mark in their environment, but for ours."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (entry / "environ").read_bytes() and int(entry.name) != os.getpid():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200])
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Started by ``sstar serve``; at the end that is killed with SIGKILL, and nothing may be left."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mark = f"SSTAR_TEST_MARK=vllm-{os.getpid()}"
    name, _, value = mark.partition("=")
    environ = {**os.environ, "SSTAR_STATE_DIR": str(tmp_path_factory.mktemp("state")), name: value}
    command = [sys.executable, "-m", "sstar_lsp", "serve", MODEL, "--port", str(port)]
    own = ["--served-model-name", NAME, "--max-num-seqs", "8"]
    began = time.monotonic()
    process = subprocess.Popen([*command, "--", *own], env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url == f"http://127.0.0.1:{port}/v1", "it did not start; its words are above"
    print(f"\nready after {time.monotonic() - began:.0f} s")
    yield Server(url, process, environ)
    assert len(processes(mark)) >= 3, "sstar, its guard, vLLM"
    process.send_signal(signal.SIGKILL)
    process.wait()
    began = time.monotonic()
    while left := processes(mark):
        assert time.monotonic() - began < 120, f"still there: {left}"
        time.sleep(0.1)
    print(f"nothing left {time.monotonic() - began:.1f} s after SIGKILL")


def test_it_does_all_that_a_run_needs(server: Server) -> None:
    done = server.sstar("doctor", "--model", server.url, "--json", "--tokens", "32")
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    print(json.dumps(report, indent=1))
    assert report["conforms"], report["checks"]
    assert done.returncode == 0
    found = report["capabilities"]
    assert found["streaming"]
    assert all(check["outcome"] == "passed" for check in report["checks"])
    assert found["context_tokens"] > 0


def test_an_example_is_solved_through_it(server: Server) -> None:
    hits = server.metric("vllm:prefix_cache_hits_total")
    done = server.sstar(
        "solve", PROBLEM, "--base-url", server.url, "--model", NAME, "-n", "4", "--rounds", "1", "--json"
    )
    answer = json.loads(done.stdout)
    print(answer["status"], answer["usage"], answer["wall_s"])
    assert answer["status"] in ("chosen", "undecided", "unverified"), done.stderr
    assert answer["usage"]["calls"] >= 2
    # not by usage: who closes a stream once its program is whole never hears it
    assert server.metric("vllm:prefix_cache_hits_total") > hits, "the samples share their prompt"


def test_a_cancelled_run_leaves_no_request_running(server: Server) -> None:
    command = ["solve", str(PROBLEM), "--base-url", server.url, "--model", NAME, "-n", "8", "--seed", "77"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sstar_lsp", *command],
        env=server.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while server.running() == 0:
        assert process.poll() is None, "it ended before anything ran"
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    while server.running() > 0:
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    print(f"no request running {time.monotonic() - began:.2f} s after SIGTERM")
    assert process.wait() == 130


def test_a_second_window_attaches(server: Server) -> None:
    port = server.url.rpartition(":")[2].removesuffix("/v1")
    done = server.sstar("serve", MODEL, "--port", port)
    assert (done.returncode, done.stdout.strip()) == (0, server.url)
    assert server.process.poll() is None
