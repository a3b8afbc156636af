"""The journal on disk: one sqlite file in the user's state folder, one versioned schema.

It keeps kinds and JSON bodies and understands neither: what an event means is the engine's affair. All
access is on one thread of its own, so that the event loop never waits for a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Concatenate, ParamSpec, TypeVar

from attrs import frozen

from sstar_lsp.errors import RunError
from sstar_lsp.private_files import locked, make_private_folder, open_private, state_folder

_T = TypeVar("_T")

Events = Sequence[tuple[str, dict[str, Any]]]
"""Kinds and bodies of a run's events, in their order."""
LOCK_PATIENCE_S = 10.0
"""How long another process may take to open the journal."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        document TEXT,
        created REAL NOT NULL,
        status TEXT NOT NULL
    ) STRICT;
    CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (run, number)
    ) STRICT;
    """,
)
"""One script a version; a file of version k runs those after the k-th."""


_P = ParamSpec("_P")


def _on_thread(
    work: Callable[Concatenate[RunStore, _P], _T],
) -> Callable[Concatenate[RunStore, _P], Coroutine[Any, Any, _T]]:
    """The method as a coroutine that runs it on the store's own thread."""

    @functools.wraps(work)
    async def call(self: RunStore, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await self._call(functools.partial(work, self, *args, **kwargs))

    return call


@frozen
class RunSummary:
    """A line of ``sstar runs``."""

    id: str
    title: str
    document: str | None
    """Path or URI."""
    created: float
    """Unix time in seconds."""
    status: str
    """``running`` while no end is journaled, which after a crash is for ever: see ``is_alive``."""
    is_alive: bool
    """Some process holds the run now."""
    reason: str | None = None
    """Why it was refused before it began; None otherwise, and where nobody asked for it (:meth:`Service.list_runs`)."""


class RunStore:
    """All runs of this user. Use as an async context manager."""

    def __init__(self, folder: Path | None = None, lock_patience_s: float = LOCK_PATIENCE_S) -> None:
        self.folder = folder or state_folder()
        self._lock_patience_s = lock_patience_s
        self._thread = ThreadPoolExecutor(1, "sstar-journal")
        self._connection: sqlite3.Connection | None = None
        self._locks: dict[str, IO[str]] = {}

    async def __aenter__(self) -> RunStore:
        await self._call(self._open)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._call(self._close)
        self._thread.shutdown()

    async def _call(self, work: Callable[..., _T], *arguments: Any) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        except sqlite3.Error as error:
            raise RunError(f"the journal in {self.folder} cannot be read: {error}.") from error

    def _open(self) -> None:
        path = self.folder / "runs.sqlite3"
        try:
            make_private_folder(self.folder)
            # One process at a time: sqlite does not wait for another that changes the journal mode as well.
            with locked(self.folder / "opening.lock", self._lock_patience_s):
                # sqlite gives -wal and -shm the mode of the file. One that is there is not opened here:
                # closing it
                # would drop the locks that this process has on it.
                if not path.exists():
                    os.close(open_private(path))
                for suffix in ("", "-wal", "-shm"):  # of earlier versions
                    with contextlib.suppress(FileNotFoundError):
                        path.with_name(path.name + suffix).chmod(0o600)
                connection = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
                connection.execute("PRAGMA journal_mode = WAL")
                self._migrate(connection, path)
            # Survives a crash of the process, which is what we promise.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        except TimeoutError as error:
            raise RunError(f"the journal {path} cannot be opened: {error}.") from error
        except (OSError, sqlite3.Error) as error:
            raise RunError(
                f"the journal {path} cannot be opened: {error}. Set SSTAR_STATE_DIR to a folder that you can write."
            ) from error
        self._connection = connection

    @staticmethod
    def _migrate(connection: sqlite3.Connection, path: Path) -> None:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise RunError(
                f"the journal {path} was written by a newer sstar-lsp (schema {version}): upgrade."
            )
        for number in range(version, len(MIGRATIONS)):
            script = f"BEGIN IMMEDIATE;{MIGRATIONS[number]}PRAGMA user_version = {number + 1};COMMIT;"
            connection.executescript(script)

    def _close(self) -> None:
        for handle in self._locks.values():
            handle.close()
        self._locks.clear()
        if self._connection is not None:
            self._connection.close()

    @property
    def _db(self) -> sqlite3.Connection:
        assert self._connection is not None, "use the store as an async context manager"
        return self._connection

    # --- writing ----------------------------------------------------------------------------------

    @_on_thread
    def create(self, title: str, document: str | None) -> str:
        """A new run, held by this process; returns its id."""
        run_id = time.strftime("%m%d") + "-" + secrets.token_hex(3)
        self._hold(run_id)
        self._db.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, 'running')", (run_id, title, document, time.time())
        )
        return run_id

    def _hold(self, run_id: str) -> None:
        """Take the run for this process. Raises :class:`RunError`: another living process holds it."""
        if run_id in self._locks:
            raise RunError(f"run {run_id} is already going on in this process.")
        folder = self.folder / "held"
        make_private_folder(folder)
        handle = os.fdopen(open_private(folder / run_id), "r+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            raise RunError(
                f"run {run_id} is going on in another process: wait for it or cancel it there."
            ) from None
        self._locks[run_id] = handle

    def _release(self, run_id: str) -> None:
        """Let go of a run that this process held."""
        handle = self._locks.pop(run_id, None)
        if handle is not None:
            (self.folder / "held" / run_id).unlink(missing_ok=True)
            handle.close()

    hold, release = _on_thread(_hold), _on_thread(_release)

    @_on_thread
    def append(self, run_id: str, kind: str, body: dict[str, Any], status: str | None = None) -> None:
        """Add an event; returns once it is in the file. ``status`` renames the run's state with it."""
        row = (run_id, kind, json.dumps(body, ensure_ascii=True), run_id)
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute(
                    "INSERT INTO events SELECT ?, coalesce(max(number), 0) + 1, ?, ? FROM events WHERE run = ?",
                    row,
                )
                if status is not None:
                    self._db.execute("UPDATE runs SET status = ? WHERE id = ?", (status, run_id))
        except sqlite3.Error as error:
            raise RunError(f"the journal of run {run_id} cannot be written: {error}.") from error

    @_on_thread
    def add(self, run_id: str, title: str, created: float, status: str, events: Events) -> None:
        """Take in a whole run that ended elsewhere; it belongs to no document here.
        Raises :class:`RunError`: a run of that id is here already."""
        rows = [
            (run_id, number, kind, json.dumps(body, ensure_ascii=True))
            for number, (kind, body) in enumerate(events, 1)
        ]
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute(
                    "INSERT INTO runs VALUES (?, ?, NULL, ?, ?)", (run_id, title, created, status)
                )
                self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
        except sqlite3.IntegrityError as error:
            raise RunError(f"run {run_id} is here already: nothing was changed.") from error
        except sqlite3.Error as error:
            raise RunError(f"run {run_id} cannot be written: {error}.") from error

    @_on_thread
    def remove(self, run_ids: Sequence[str]) -> list[str]:
        """Delete runs and give their space back; those that a process holds stay.

        Returns:
            The ids of the runs that were deleted.
        """
        removed = []
        for run_id in run_ids:
            try:
                self._hold(run_id)  # no other process goes on with it meanwhile
            except RunError:
                continue
            try:
                self._db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
                shutil.rmtree(self.folder / "pages" / run_id, ignore_errors=True)
                removed.append(run_id)
            finally:
                self._release(run_id)
        if removed:
            with contextlib.suppress(sqlite3.OperationalError):  # another process reads: later, then
                self._db.execute("VACUUM")
        return removed

    @_on_thread
    def move(self, run_id: str, document: str) -> None:
        """The run's document is another one now: it was renamed."""
        self._db.execute("UPDATE runs SET document = ? WHERE id = ?", (document, run_id))

    # --- reading ----------------------------------------------------------------------------------

    @_on_thread
    def find(self, prefix: str) -> str:
        """The id of the one run whose id begins (or ends) so; ``last`` is the newest.
        Raises :class:`RunError`: none, or several."""
        if prefix == "last":
            row = self._db.execute("SELECT id FROM runs ORDER BY created DESC LIMIT 1").fetchone()
            if row is None:
                raise RunError("there is no run yet. Start one with: sstar solve FILE")
            return str(row[0])
        ids = [str(row[0]) for row in self._db.execute("SELECT id FROM runs")]
        found = [i for i in ids if i == prefix] or [
            i for i in ids if i.startswith(prefix) or i.endswith(prefix)
        ]
        if len(found) != 1:
            what = "no run has" if not found else f"{len(found)} runs have"
            raise RunError(f"{what} the id '{prefix}'. List them with: sstar runs")
        return found[0]

    @_on_thread
    def document_of(self, run_id: str) -> str | None:
        """Path or URI of the run's document, by its newest name."""
        row = self._db.execute("SELECT document FROM runs WHERE id = ?", (run_id,)).fetchone()
        return row[0] if row is not None else None

    @_on_thread
    def load(self, run_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Kinds and bodies of a run's events, in their order."""
        rows = self._db.execute(
            "SELECT kind, body FROM events WHERE run = ? ORDER BY number", (run_id,)
        ).fetchall()
        try:
            return [(kind, json.loads(body)) for kind, body in rows]
        except json.JSONDecodeError as error:
            raise RunError(f"the journal of run {run_id} is damaged: {error}.") from error

    @_on_thread
    def first_bodies(self, run_ids: Sequence[str], kind: str) -> dict[str, dict[str, Any]]:
        """The body of the first event of a kind of each run that has one."""
        query = "SELECT body FROM events WHERE run = ? AND kind = ? ORDER BY number LIMIT 1"
        found: dict[str, dict[str, Any]] = {}
        for run_id in run_ids:
            row = self._db.execute(query, (run_id, kind)).fetchone()
            if row is not None:
                with contextlib.suppress(json.JSONDecodeError):  # a damaged journal is told when it is opened
                    found[run_id] = json.loads(row[0])
        return found

    @_on_thread
    def seconds_of(self, writer: str, statuses: Sequence[str], newest: int) -> list[float]:
        """Wall times of those of the newest runs whose programs this model wrote and that ended in such a way.

        Read by SQLite: whole bodies are long, and there are many.
        """
        field = "CASE WHEN json_valid({0}.body) THEN json_extract({0}.body, '$.{1}') END"
        query = f"""
            SELECT {field.format("ended", "seconds")}, max(ended.number)
            FROM (SELECT id, status FROM runs ORDER BY created DESC LIMIT ?) AS newest
            JOIN events AS began ON began.run = newest.id AND began.number = 1
            JOIN events AS ended ON ended.run = newest.id AND ended.kind = 'Decided'
            WHERE newest.status IN ({", ".join("?" * len(statuses))})
                AND {field.format("began", "models.writer")} = ?
            GROUP BY newest.id
        """  # noqa: S608  # nothing of a caller's is put in but question marks
        rows = self._db.execute(query, (newest, *statuses, writer)).fetchall()
        return [seconds for seconds, _ in rows if isinstance(seconds, float | int)]

    @_on_thread
    def list_runs(self, limit: int = 50) -> list[RunSummary]:
        """The newest runs, newest first."""
        rows = self._db.execute(
            "SELECT id, title, document, created, status FROM runs ORDER BY created DESC LIMIT ?", (limit,)
        ).fetchall()
        return [
            RunSummary(run_id, title, document, created, status, self._is_held(run_id))
            for run_id, title, document, created, status in rows
        ]

    def _is_held(self, run_id: str) -> bool:
        if run_id in self._locks:
            return True
        try:
            with (self.folder / "held" / run_id).open("r+") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return False
        except FileNotFoundError:
            return False
        except OSError:
            return True
