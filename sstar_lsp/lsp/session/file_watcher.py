"""File watcher for changes outside the editor: tests, corrections and ``sstar.toml``.

The client watches where it can be asked to. Else the folders of open documents are watched here, each by
itself and not what lies below it. What the server itself had written is left out.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sstar_lsp import ast_lock
from sstar_lsp.lsp.session.documents import open_uris, path_of
from sstar_lsp.lsp.session.editor import Editor

log = logging.getLogger("sstar.lsp")

DEBOUNCE_MS = 200
STEP_MS = 50
SUFFIXES = (".in", ".out", ".ans")
SETTINGS_FILE = "sstar.toml"
BELOW = ("tests", "test", "samples", "sample", "data/sample")
"""Folders beside a problem in which its tests may be."""
FOLDER, CORRECTIONS_FILE = ".sstar", "corrections.json"
"""As in :mod:`sstar_lsp.problems.corrections`, which is not imported for it before ``initialize``."""
PATTERNS = ("**/*.{in,out,ans}", f"**/{SETTINGS_FILE}", f"**/{FOLDER}/*/{CORRECTIONS_FILE}")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.replace("\r\n", "\n").strip("\n").encode("utf-8", "replace")).digest()


class FileWatcher:
    """Watches files beside open documents."""

    def __init__(self, editor: Editor) -> None:
        self.on_change: list[Callable[[Sequence[Path]], Awaitable[None]]] = []
        """Called with files that have changed."""
        self._editor = editor
        self._written: dict[Path, bytes] = {}
        self._folders: frozenset[Path] = frozenset()
        self._stop: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def ignore_write(self, path: Path, text: str) -> None:
        """The editor gets an edit after which a file holds this text: no change from outside."""
        self._written[path] = _digest(text)

    async def begin(self) -> None:
        """Ask the client to watch, or watch here."""
        if not self._editor.client.watches_files:
            self.follow()
            return
        options = types.DidChangeWatchedFilesRegistrationOptions(
            watchers=[types.FileSystemWatcher(glob_pattern=pattern) for pattern in PATTERNS]
        )
        try:
            await self._editor.register("sstar-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        except JsonRpcException as error:
            log.info("the client does not watch files: %s", error)

    # --- watching here ----------------------------------------------------------------------------

    def follow(self) -> None:
        """Watch the folders of what is open now, where the client cannot."""
        if self._editor.client.watches_files or not self._editor.is_ready:
            return
        folders = frozenset(self._wanted())
        if folders == self._folders:
            return
        self._folders = folders
        self.stop()
        if folders:
            self._stop = asyncio.Event()
            self._task = self._editor.spawn(self._watch(folders, self._stop))

    def _wanted(self) -> Iterable[Path]:
        workspace = self._editor.workspace
        roots = [path_of(folder.uri) for folder in workspace.folders.values()]
        yield from (root for root in roots if root is not None and root.is_dir())
        for uri in open_uris(workspace):
            path = path_of(uri)
            if path is None:
                continue
            kept = path.parent / FOLDER / path.stem
            folders = (path.parent, path.parent / path.stem, kept, *(path.parent / name for name in BELOW))
            yield from (folder for folder in folders if folder.is_dir())

    async def _watch(
        self, folders: frozenset[Path], stop: asyncio.Event, *, polling: bool | None = None
    ) -> None:
        watchfiles = await asyncio.to_thread(_watchfiles)
        changes = watchfiles.awatch(
            *folders,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            stop_event=stop,
            recursive=False,
            force_polling=polling,
            watch_filter=lambda _change, path: _is_watched(Path(path)),
        )
        try:
            async for batch in changes:
                await self.changed([Path(path) for _, path in batch])
        except OSError as error:
            if polling:
                raise
            log.info("watching by looking again and again: %s", error)  # the user's inotify limit, for one
            await self._watch(folders, stop, polling=True)

    def stop(self) -> None:
        """End the watching thread; it looks for this often."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    # --- changes -----------------------------------------------------------------------------------

    async def changed(self, paths: Iterable[Path]) -> None:
        """Files have changed (or come, or gone)."""
        watched = [path for path in paths if _is_watched(path)]
        news = [path for path in watched if not await asyncio.to_thread(self._is_our_own, path)]
        for listener in self.on_change if news else ():
            await listener(news)

    def _is_our_own(self, path: Path) -> bool:
        wanted = self._written.get(path)
        if wanted is None:
            return False
        try:
            return _digest(path.read_text("utf-8")) == wanted
        except (OSError, UnicodeDecodeError):
            return False


def _watchfiles() -> ModuleType:
    with ast_lock.LOCK:  # anyio parses itself when it is imported
        return import_module("watchfiles")


def _is_watched(path: Path) -> bool:
    is_correction = path.name == CORRECTIONS_FILE and path.parent.parent.name == FOLDER
    return path.suffix in SUFFIXES or path.name == SETTINGS_FILE or is_correction
