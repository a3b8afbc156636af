"""The journal on disk: durable, shared by processes, and clear about what is wrong with it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sstar_lsp.errors import RunError
from sstar_lsp.private_files import state_folder
from sstar_lsp.runs.store import MIGRATIONS, RunStore

EVENTS = [("Warned", {"message": "é \ud83d \x00 ✓"}), ("Stopped", {"at": 1.5, "seconds": 0.25})]

OTHER = """
import asyncio, sys
from pathlib import Path
from sstar_lsp.errors import RunError
from sstar_lsp.runs.store import RunStore

async def main(folder, what, run):
    async with RunStore(Path(folder)) as store:
        if what == "hold":
            await store.hold(run)
            print("held", flush=True)
            sys.stdin.readline()
        elif what == "try":
            try:
                await store.hold(run)
            except RunError as error:
                print(error)
        elif what == "write":
            for number in range(100):
                await store.append(run, "Warned", {"message": f"other {number}"})
        elif what == "create":
            for _ in range(20):
                await store.create("from another process", None)

asyncio.run(main(*sys.argv[1:]))
"""


def other_process(folder: Path, what: str, run: str = "") -> subprocess.Popen[str]:
    """A process with a store of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", OTHER, folder, what, run],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said_by(process: subprocess.Popen[str]) -> str:
    """All it said, once it has ended well."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out


def first_line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def write_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)


# --- keeping --------------------------------------------------------------------------------------


async def test_events_come_back_in_their_order_from_another_connection(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        run = await store.create("A title", "/some/where.md")
        for kind, body in EVENTS:
            await store.append(run, kind, body)
        async with RunStore(tmp_path) as other:
            assert await other.load(run) == EVENTS
    async with RunStore(tmp_path) as later:
        assert await later.load(run) == EVENTS
        (summary,) = await later.list_runs()
    assert (summary.id, summary.title, summary.document) == (run, "A title", "/some/where.md")


async def test_an_event_survives_the_process_that_wrote_it(tmp_path: Path) -> None:
    script = """
import asyncio, os, sys
from pathlib import Path
from sstar_lsp.runs.store import RunStore

async def main():
    store = await RunStore(Path(sys.argv[1])).__aenter__()
    run = await store.create("t", None)
    await store.append(run, "Warned", {"message": "kept"})
    print(run, flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, tmp_path, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == -9
    async with RunStore(tmp_path) as store:
        assert await store.load(out.decode().strip()) == [("Warned", {"message": "kept"})]
        (summary,) = await store.list_runs()
    assert (summary.status, summary.is_alive) == ("running", False)


async def test_two_processes_write_to_one_file_and_lose_nothing(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        mine = await store.create("mine", None)
        theirs = await store.create("theirs", None)
        writers = [other_process(tmp_path, "write", theirs), other_process(tmp_path, "create")]
        for number in range(100):
            await store.append(mine, "Warned", {"message": f"own {number}"})
        for writer in writers:
            await asyncio.to_thread(said_by, writer)
        assert [body["message"] for _, body in await store.load(mine)] == [f"own {n}" for n in range(100)]
        assert [body["message"] for _, body in await store.load(theirs)] == [f"other {n}" for n in range(100)]
        assert len(await store.list_runs(limit=100)) == 22


async def test_stores_that_open_a_new_file_at_once_agree_on_its_schema(tmp_path: Path) -> None:
    creators = [other_process(tmp_path / "new", "create") for _ in range(4)]
    for creator in creators:
        await asyncio.to_thread(said_by, creator)
    async with RunStore(tmp_path / "new") as store:
        assert len(await store.list_runs(limit=100)) == 80


async def test_a_status_changes_with_its_event(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        run = await store.create("t", None)
        assert (await store.list_runs())[0].status == "running"
        await store.append(run, "Decided", {}, "chosen")
        await store.append(run, "Warned", {})
        assert (await store.list_runs())[0].status == "chosen"


async def test_an_event_of_no_run_is_refused(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        with pytest.raises(RunError, match="cannot be written"):
            await store.append("0000-nobody", "Warned", {})


# --- finding --------------------------------------------------------------------------------------


async def test_a_run_is_found_by_its_id_its_beginning_its_end_and_as_the_last(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        first, last = await store.create("one", None), await store.create("two", None)
        assert [run.title for run in await store.list_runs()] == ["two", "one"]
        assert [run.title for run in await store.list_runs(limit=1)] == ["two"]
        assert await store.find(first) == first
        assert await store.find(first[:-1]) == first
        assert await store.find(first[-6:]) == first
        assert await store.find("last") == last


async def test_what_fits_several_runs_or_none_is_an_error_that_tells_how_to_list_them(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        with pytest.raises(RunError, match="no run yet"):
            await store.find("last")
        run = await store.create("one", None)
        await store.create("two", None)
        with pytest.raises(RunError, match=r"2 runs have.*sstar runs"):
            await store.find(run[:4])
        with pytest.raises(RunError, match=r"no run has.*sstar runs"):
            await store.find("nobody")
        assert await store.load("nobody") == []


# --- holding --------------------------------------------------------------------------------------


async def test_a_run_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        run = await store.create("t", None)
        refused = await asyncio.to_thread(said_by, other_process(tmp_path, "try", run))
        assert "another process" in refused
        with pytest.raises(RunError, match="in this process"):
            await store.hold(run)
        await store.release(run)
        holder = other_process(tmp_path, "hold", run)
        assert await asyncio.to_thread(first_line_of, holder) == "held"
        with pytest.raises(RunError, match="another process"):
            await store.hold(run)
        assert (await store.list_runs())[0].is_alive
        holder.kill()
        await asyncio.to_thread(holder.communicate)
        assert not (await store.list_runs())[0].is_alive
        await store.hold(run)
        assert (await store.list_runs())[0].is_alive


async def test_leaving_the_store_lets_go_of_its_runs(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        run = await store.create("t", None)
    assert await asyncio.to_thread(said_by, other_process(tmp_path, "try", run)) == ""


# --- what can be wrong ----------------------------------------------------------------------------


async def opened(folder: Path) -> None:
    async with RunStore(folder) as store:
        await store.list_runs()


async def test_a_journal_of_a_newer_version_asks_for_an_upgrade_and_is_left_alone(tmp_path: Path) -> None:
    await opened(tmp_path)
    path = tmp_path / "runs.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(RunError, match=r"newer sstar-lsp.*upgrade"):
        await opened(tmp_path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    connection.close()


async def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    write_file(tmp_path / "runs.sqlite3", b"This is no database at all. " * 50)
    with pytest.raises(RunError, match=r"runs\.sqlite3 cannot be opened"):
        await opened(tmp_path)


async def test_a_folder_that_cannot_be_made_says_which_setting_helps(tmp_path: Path) -> None:
    write_file(tmp_path / "file", b"")
    with pytest.raises(RunError, match="SSTAR_STATE_DIR"):
        await opened(tmp_path / "file" / "state")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_cannot_be_written_says_which_setting_helps(tmp_path: Path) -> None:
    os.chmod(tmp_path, stat.S_IRUSR | stat.S_IXUSR)  # noqa: PTH101
    try:
        with pytest.raises(RunError, match="SSTAR_STATE_DIR"):
            await opened(tmp_path)
    finally:
        os.chmod(tmp_path, stat.S_IRWXU)  # noqa: PTH101


async def test_a_damaged_event_names_its_run(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        run = await store.create("t", None)
        await store.append(run, "Warned", {"message": "x"})
        connection = sqlite3.connect(tmp_path / "runs.sqlite3")
        connection.execute("UPDATE events SET body = '{\"message\": '")
        connection.commit()
        connection.close()
        with pytest.raises(RunError, match=f"{run} is damaged"):
            await store.load(run)


async def test_a_store_that_lost_its_table_says_so_as_an_error_of_ours(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        run = await store.create("t", None)
        connection = sqlite3.connect(tmp_path / "runs.sqlite3")
        connection.execute("DROP TABLE events")
        connection.commit()
        connection.close()
        with pytest.raises(RunError, match="cannot be read"):
            await store.load(run)


def permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_nobody_else_may_read_the_journal(tmp_path: Path) -> None:
    await opened(tmp_path / "state")
    assert permissions(tmp_path / "state") == 0o700
    assert permissions(tmp_path / "state" / "runs.sqlite3") == 0o600


def test_the_state_folder_is_the_set_one_or_the_platforms() -> None:
    assert state_folder({"SSTAR_STATE_DIR": "/some/where"}) == Path("/some/where")
    assert state_folder({}).name == "sstar"


async def test_bodies_are_kept_as_plain_ascii_json(tmp_path: Path) -> None:
    async with RunStore(tmp_path) as store:
        run = await store.create("t", None)
        await store.append(run, *EVENTS[0])
    connection = sqlite3.connect(tmp_path / "runs.sqlite3")
    ((body,),) = connection.execute("SELECT body FROM events").fetchall()
    connection.close()
    assert body.isascii()
    assert json.loads(body) == EVENTS[0][1]


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_all_that_a_run_leaves_is_its_users_alone_from_the_start(tmp_path: Path, mask: int) -> None:
    folder = tmp_path / "new" / "state"
    code = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from sstar_lsp.models.client.capability_cache import Capabilities, Known\n"
        "from sstar_lsp.models.embedded.paths import Places\n"
        "from sstar_lsp.runs.store import RunStore\n"
        "async def main(folder):\n"
        "    Places(folder / 'servers', 'm').make()\n"
        "    Known(folder / 'endpoints.json').put('http://x', 'm', Capabilities())\n"
        "    async with RunStore(folder) as store:\n"
        "        await store.create('one', None)\n"
        "        os._exit(0)\n"  # as a crash does: -wal and -shm stay
        "os.umask(int(sys.argv[2]))\n"
        "asyncio.run(main(Path(sys.argv[1])))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder), str(mask)], check=True, timeout=60)
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert names >= {"runs.sqlite3", "runs.sqlite3-wal", "runs.sqlite3-shm", "opening.lock", "endpoints.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    folders = [folder, folder.parent, *(path for path in folder.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def modes_in(folder: Path) -> set[int]:
    """Permissions of the files of a folder."""
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.*")}


async def test_files_of_an_earlier_version_are_closed_to_others(tmp_path: Path) -> None:
    for name in ("opening.lock", "runs.sqlite3"):
        (tmp_path / name).touch(0o644)
    async with RunStore(tmp_path) as store:
        await store.create("one", None)
        assert modes_in(tmp_path) == {0o600}


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (f"{os.getpid()} 7", f"process {os.getpid()} of user 7: end"),
        (f"{2**22 + 1} 7", f"process {2**22 + 1} of user 7 left behind"),
        ("", "does not say its number"),
    ],
)
async def test_a_lock_that_is_never_let_go_is_an_error_that_says_whose(
    tmp_path: Path, left: str, words: str
) -> None:
    with (tmp_path / "opening.lock").open("w") as other:
        other.write(left)
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RunError) as refused:
            async with RunStore(tmp_path, lock_patience_s=0):
                pass
    assert str(tmp_path / "opening.lock") in str(refused.value)
    assert words in str(refused.value)
    assert "SSTAR_STATE_DIR" in str(refused.value)


async def test_the_wall_times_of_a_writers_ended_runs_are_read_and_damaged_journals_passed_over(
    tmp_path: Path,
) -> None:
    began, ended = ("RunStarted", {"models": {"writer": "w"}}), ("Decided", {"seconds": 1.0})
    async with RunStore(tmp_path) as store:
        await store.add("resumed", "P", 1.0, "chosen", [began, ended, ("Decided", {"seconds": 3.0})])
        await store.add("failed", "P", 2.0, "failed", [began, ended])
        await store.add("another", "P", 3.0, "chosen", [("RunStarted", {"models": {"writer": "v"}}), ended])
        await store.add("damaged", "P", 4.0, "chosen", [began, ended])
        await store.add("whole", "P", 5.0, "undecided", [began, ("Decided", {"seconds": 2.5})])
        with sqlite3.connect(tmp_path / "runs.sqlite3") as db:
            db.execute("UPDATE events SET body = '{\"seco' WHERE run = 'damaged'")
        assert sorted(await store.seconds_of("w", ["chosen", "undecided"], 50)) == [2.5, 3.0]
        assert await store.seconds_of("w", ["chosen", "undecided"], 1) == [2.5]
