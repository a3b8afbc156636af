"""Models of every size: which suits this machine, what does not fit, and GGUF files that nobody pinned."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from sstar_lsp.cli.setup import model as cli
from sstar_lsp.errors import EmbeddedModelError, UsageError
from sstar_lsp.models.download.pull import pull, pull_for_use
from sstar_lsp.models.download.registry import DEFAULT, REGISTRY, known, path_of, remove
from sstar_lsp.models.download.weights import CACHE_DIR_VARIABLE
from sstar_lsp.models.embedded import memory, suitability
from sstar_lsp.models.embedded.gguf import readable
from sstar_lsp.models.embedded.suitability import Speed, best

GB = 10**9


def gguf(architecture: str = "qwen2", kind: int = 12, weights: int = 256) -> bytes:
    """A GGUF file with one tensor."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    head += text("general.architecture") + struct.pack("<I", 8) + text(architecture)
    head += text("token_embd.weight") + struct.pack("<IQIQ", 1, weights, kind, 0)
    return head + b"\0" * (-len(head) % 32) + b"\0" * weights


# --- memory and speed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory_gb", "fits"),
    [(2, None), (4, "0.5b"), (8, "1.5b"), (17, "7b"), (30, "14b"), (64, "32b"), (500, "32b")],
)
def test_the_best_model_is_the_largest_that_leaves_a_quarter_of_the_memory(
    memory_gb: int, fits: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suitability, "memory_here", lambda: memory_gb * GB)
    chosen = best(None)
    assert (chosen.aliases[0] if chosen is not None else None) == fits
    assert chosen is None or chosen.is_commercial


def test_a_slow_machine_gets_a_smaller_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suitability, "memory_here", lambda: 500 * GB)
    small = known("0.5b")
    fast, slow = Speed(small.size_bytes, 900.0), Speed(small.size_bytes, 20.0)
    assert (best(fast), best(slow)) == (known("32b"), known("1.5b"))
    assert slow.of(known("7b")) < 3


def test_a_licence_without_commercial_use_is_taken_only_where_it_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suitability, "memory_here", lambda: 10 * GB)
    assert best(None) == known(DEFAULT)
    assert best(None, may_be_non_commercial=True) == known("3b")


def test_the_memory_formula_knows_the_forms_of_weights(tmp_path: Path) -> None:
    for kind, size in ((12, 144), (14, 272), (0, 1024)):
        path = tmp_path / f"{kind}.gguf"
        path.write_bytes(gguf(kind=kind))
        base = memory.CACHE_BYTES + memory.RUNTIME_BYTES
        assert memory.needed_bytes(known(str(path)), path) == base + 2 * size


LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.models.download.registry import known
from sstar_lsp.models.embedded.memory import require_room
path = Path(sys.argv[1])
try:
    require_room(known(str(path)), path)
except EmbeddedModelError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
def test_a_model_that_does_not_fit_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "large.gguf"
    path.write_bytes(gguf(weights=256 * (8 << 20))[: 1 << 10])  # a table of 1.2 GB of weights
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("EmbeddedModelError large-")
    assert "needs 4.2 GB of memory and this machine has 3.2 GB" in said
    assert "take a smaller model (0.5b)" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gguf(architecture="mamba"), "its architecture is mamba; the runtime reads llama, qwen2, qwen3"),
        (gguf(kind=23), "ggml type 23"),
        (b"no model", "not a whole GGUF"),
        (gguf()[:20], "not a whole GGUF"),
    ],
)
def test_a_file_that_the_runtime_does_not_read_is_refused_with_what_does(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(EmbeddedModelError, match=words) as raised:
        memory.require_room(known(str(path)), path)
    assert words.startswith("not a whole") or "llama.cpp, Ollama or vLLM" in str(raised.value)


async def test_a_run_does_not_fetch_what_a_licence_must_be_accepted_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    with pytest.raises(EmbeddedModelError, match=r"may not be used commercially.*sstar model pull 3b"):
        await pull_for_use("3b", lambda _words: None)
    assert path_of("3b") is None


# --- files that nobody pinned -----------------------------------------------------------------------


def test_a_file_of_this_machine_is_used_where_it_is_and_its_hash_is_told_once(tmp_path: Path) -> None:
    environ = {CACHE_DIR_VARIABLE: str(tmp_path / "cache")}
    path = tmp_path / "My Model.gguf"
    path.write_bytes(gguf())
    said: list[str] = []
    for _ in range(2):
        assert pull(str(path), environ=environ, say=said.append) == path
    assert said == [f"the sha256 of {path} is {hashlib.sha256(gguf()).hexdigest()}; it is remembered"]
    path.write_bytes(gguf(architecture="llama"))
    pull(str(path), environ=environ, say=said.append)
    assert "is another file than before" in said[1]
    assert known(str(path)).id.startswith("my-model-")


def test_removing_a_file_of_this_machine_removes_only_what_was_made_from_it(tmp_path: Path) -> None:
    path, notes = tmp_path / "own.gguf", tmp_path / "own.notes.txt"
    path.write_bytes(gguf(kind=14, weights=512))
    notes.write_text("mine")
    made = readable(path)
    assert made != path
    size = made.stat().st_size
    assert remove(str(path)) == size
    assert (path.exists(), notes.exists(), made.exists()) == (True, True, False)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedModelError, match=r"none\.gguf cannot be read"):
        pull(str(tmp_path / "none.gguf"), environ={CACHE_DIR_VARIABLE: str(tmp_path)})


@pytest.mark.parametrize(
    "name", ["hf:file.gguf", "hf:owner/file.gguf", "hf:a/b/../c.gguf", "hf:a b/c/d.gguf"]
)
def test_a_name_that_names_no_file_of_the_hub_is_an_error(name: str) -> None:
    with pytest.raises(UsageError, match=r"hf:owner/repository/file\.gguf"):
        known(name)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """A hub on the loopback interface: path to content; it tells size and hash as the real one does, beside a redirect."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            content = files.get(self.path.removeprefix("/blob"))
            if content is None:
                self.send_error(404)
                return
            is_blob = self.path.startswith("/blob")
            self.send_response(200 if is_blob else 302)
            self.send_header("x-linked-size", str(len(content)))
            self.send_header("x-linked-etag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("location", f"/blob{self.path}")
            self.send_header("content-length", str(len(content) if is_blob else 0))
            self.end_headers()
            if is_blob and self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    yield files
    server.shutdown()
    server.server_close()
    serving.join()


NAME, PLACE = "hf:Owner/Some-GGUF/deep/Model.Q4.gguf", "/Owner/Some-GGUF/resolve/main/deep/Model.Q4.gguf"


def test_a_file_of_the_hub_is_fetched_checked_and_remembered(
    hub: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    hub[PLACE] = gguf()
    said: list[str] = []
    path = pull(NAME, say=said.append)
    assert path.read_bytes() == gguf()
    assert path_of(NAME) == path == pull(NAME)
    assert hashlib.sha256(gguf()).hexdigest() in said[0]
    assert remove(NAME) == len(gguf())
    hub[PLACE] = gguf(architecture="llama")
    with pytest.raises(EmbeddedModelError, match=r"another file on the hub today.*rm --forget"):
        pull(NAME)
    assert CliRunner().invoke(cli.model, ["rm", "--forget", NAME]).exit_code == 0
    assert pull(NAME).read_bytes() == hub[PLACE]


def test_a_file_that_the_hub_does_not_have_is_said(hub: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(EmbeddedModelError, match="404"):
        pull(NAME, environ={CACHE_DIR_VARIABLE: str(tmp_path)})


def test_the_list_marks_what_suits_and_what_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    for module in (cli, suitability):
        monkeypatch.setattr(module, "memory_here", lambda: 17 * GB)
    said = CliRunner().invoke(cli.model, ["list"]).output
    rows = {line.split()[0]: line for line in said.splitlines() if line[:1].isdigit()}
    assert list(rows) == ["0.5b", "1.5b", "3b", "7b", "14b", "32b"]
    assert "suits this machine" in rows["7b"]
    assert "non-commercial" in rows["3b"]
    assert "does not fit" in rows["14b"]
    assert "sstar model pull best" in said
    assert len(REGISTRY) == len(json.loads(CliRunner().invoke(cli.model, ["list", "--json"]).output))
