"""Traps that cost others hours: one test each, for those that no other file covers."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lsp.editor import QUICK, SERVER, STATEMENT, environment
from lsp.raw import raw_server
from sstar_lsp.lsp.features.hover import code_span
from sstar_lsp.lsp.server import create_server
from sstar_lsp.lsp.session.documents import position_of
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.file_watcher import FileWatcher
from sstar_lsp.lsp.throttle import Throttle
from sstar_lsp.models.testing.scripted_server import ScriptedServer


async def test_a_client_that_never_answers_the_creation_of_progress_still_gets_its_answer(
    tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    path = tmp_path / "pairs.md"
    path.write_text(STATEMENT)
    async with raw_server(environment(home, server.base_url, server.key)) as raw:
        capabilities = {"window": {"workDoneProgress": True}}
        await raw.ask(1, "initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        raw.notify("initialized", {})
        answer = await raw.ask(2, "sstar/solve", {"uri": path.as_uri(), "options": QUICK})
        assert answer["result"]["status"] == "chosen"


async def test_names_that_are_no_python_names_arrive_as_they_were_sent(home: Path) -> None:
    async with raw_server(environment(home)) as raw:
        await raw.initialize()
        for key in ("class", "a-b", "_1"):
            error = (await raw.ask(key, "sstar/runs", {key: 1}))["error"]
            assert f"no key {key!r}" in error["message"]


def test_what_editors_add_to_the_command_line_is_accepted(home: Path) -> None:
    ended = subprocess.run(
        [*SERVER, "--clientProcessId=1"],
        input=b"",
        capture_output=True,
        env=environment(home),
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


async def test_a_cancel_is_answered_while_threads_are_busy(home: Path, tmp_path: Path) -> None:
    """No handler runs on pygls' own pool, where the wire would wait for it."""
    from pygls.feature_manager import is_thread_function

    server = create_server()
    features = server.protocol.fm.features
    assert features
    assert not [name for name, handler in features.items() if is_thread_function(handler)]


class _Listener:
    """Counts what it is told of files."""

    def __init__(self) -> None:
        self.batches = 0

    async def files_changed(self, _paths: Sequence[Path]) -> None:
        """Changes."""
        self.batches += 1


def watcher() -> tuple[FileWatcher, _Listener]:
    """A watcher that is connected to no editor, and who listens to it."""
    listener, watching = _Listener(), FileWatcher(Editor())
    watching.on_change.append(listener.files_changed)
    return watching, listener


async def test_what_we_had_written_ourselves_is_no_news(tmp_path: Path) -> None:
    watching, listener = watcher()
    ours, other = tmp_path / "pairs-sstar-1.in", tmp_path / "x.py"
    watching.ignore_write(ours, "1 2\n")
    ours.write_bytes(b"1 2\r\n")  # as an editor on another system saves it
    await watching.changed([ours, other])
    assert listener.batches == 0
    ours.write_text("3 4\n")
    await watching.changed([ours])
    assert listener.batches == 1


async def test_the_last_wish_of_many_is_not_lost() -> None:
    done: list[int] = []
    second = asyncio.Event()

    def act() -> None:
        done.append(1)
        if len(done) == 2:
            second.set()

    throttle = Throttle(0.001, act)
    for _ in range(100):
        throttle.trigger()
    assert len(done) == 1
    async with asyncio.timeout(60):
        await second.wait()
    assert len(done) == 2


@pytest.mark.parametrize(
    ("encoding", "column"), [("utf-8", 6), ("utf-16", 4), ("utf-32", 3)], ids=["utf-8", "utf-16", "utf-32"]
)
def test_positions_count_in_the_clients_units_behind_any_line_end(encoding: str, column: int) -> None:
    text = "one\r\ntwo\ra🥚b."
    assert position_of(text, text.index("."), encoding).line == 2
    assert position_of(text, text.index("."), encoding).character == column


@pytest.mark.parametrize("text", ["`", "``", "a ``` b", "[x](command:evil)", "`[x](command:evil)`"])
def test_what_a_program_printed_is_never_markup_in_a_hover(text: str) -> None:
    from markdown_it import MarkdownIt

    [_, inline, _] = MarkdownIt().parse(code_span(text))
    assert [child.type for child in inline.children or []] == ["code_inline"]
    assert (inline.children or [])[0].content.strip() == text


async def test_a_user_without_inotify_instances_is_served_by_looking_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``OSError`` 24 from watchfiles: https://github.com/samuelcolvin/watchfiles/issues/320."""
    import watchfiles

    asked: list[bool | None] = []
    watching, listener = watcher()
    changed = tmp_path / "pairs-1.in"
    changed.write_text("1\n")

    stop = asyncio.Event()

    async def awatch(*folders: Path, force_polling: bool | None, **options: Any) -> Any:
        assert folders == (tmp_path,)
        assert options["recursive"] is False, "a home folder may lie below"
        assert options["stop_event"] is stop, "its thread ends by nothing else"
        assert options["debounce"] < 1600, "the library's own is felt"
        asked.append(force_polling)
        if not force_polling:
            raise OSError(24, "inotify instance limit reached")
        yield {(watchfiles.Change.added, str(changed))}

    monkeypatch.setattr(watchfiles, "awatch", awatch)
    await watching._watch(frozenset([tmp_path]), stop)
    assert asked == [None, True]
    assert listener.batches == 1


def test_every_trap_of_the_table_has_its_test() -> None:
    root = Path(__file__).parents[2]
    table = (root / "docs" / "design" / "language-server.md").read_text("utf-8").partition("## Traps")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 30
    defined = set(
        re.findall(
            r"^ *(?:async )?def (\w+)",
            "\n".join(file.read_text("utf-8") for file in (root / "tests").rglob("*.py")),
            re.MULTILINE,
        )
    )
    for row in rows:
        named = re.findall(r"`(\w+)`", row.split(" | ")[-1])
        assert named, row
        assert set(named) <= defined, row
