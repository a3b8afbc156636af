"""The connected editor: its capabilities, messages to it, and tasks that run while it is connected."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from sstar_lsp import __version__
from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities
from sstar_lsp.lsp.session.documents import open_uris, path_of
from sstar_lsp.lsp.throttle import Throttle
from sstar_lsp.lsp.transport.json_rpc import JsonRpc, converter

log = logging.getLogger("sstar.lsp")
_T = TypeVar("_T")

REFRESH_S = 0.5
"""Between two requests to the client to ask for lenses and hints again."""
COLUMNS = 79
"""A line that fills the last column makes Vim ask for a key."""


class Editor(LanguageServer):
    """One connected editor."""

    protocol: JsonRpc

    def __init__(self) -> None:
        super().__init__(
            "sstar",
            __version__,
            # Whole documents: statements are small, and pygls applies partial changes with Python's idea of
            # a line, which differs from LSP's at form feeds and U+2028.
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=JsonRpc,
            converter_factory=converter,
        )
        self.client = ClientCapabilities()
        self.parent: int | None = None
        """Process id of the editor, where it is on this machine."""
        self.is_ready = False
        """The client has said ``initialized``."""
        self.on_change: list[Callable[[str], None]] = []
        """Called with the URI of each open document in which something else is to be shown."""
        self._refreshing = Throttle(REFRESH_S, self._refresh)
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- tasks ------------------------------------------------------------------------------------

    def spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Run something that outlives the request it came from; a fault of ours in it is logged whole."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, SStarError | JsonRpcException):
            log.error("a task failed", exc_info=error)

    async def cancel_tasks(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- messages ---------------------------------------------------------------------------------

    def show_error(self, text: str) -> None:
        """Show an error message box."""
        log.error("%s", text)
        self.window_show_message(types.ShowMessageParams(types.MessageType.Error, in_columns(text)))

    def show_info(self, text: str) -> None:
        """Show a message box."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, in_columns(text)))

    def log_info(self, text: str) -> None:
        """Write a line to the client's log."""
        log.info("%s", text)
        self.window_log_message(types.LogMessageParams(types.MessageType.Info, text))

    def log_warning(self, text: str) -> None:
        """Write a warning to the client's log."""
        log.warning("%s", text)
        self.window_log_message(types.LogMessageParams(types.MessageType.Warning, text))

    async def choose(self, question: str, choices: list[str]) -> str | None:
        """Ask a person to choose; None if the question was closed or the client refuses it."""
        actions = [types.MessageActionItem(choice) for choice in choices]
        asked = types.ShowMessageRequestParams(types.MessageType.Info, question, actions)
        try:
            answer = await self.window_show_message_request_async(asked)
        except JsonRpcException:
            return None
        return answer.title if answer is not None else None

    async def open(self, uri: str, *, is_external: bool = False, takes_focus: bool | None = None) -> None:
        """Have the client open a URI, in a browser or in itself."""
        external = is_external or None
        await self.window_show_document_async(types.ShowDocumentParams(uri, external, takes_focus))

    async def register(self, id_: str, method: str, options: Any) -> None:
        """Register a capability while the session goes on."""
        registration = types.Registration(id_, method, options)
        await self.client_register_capability_async(types.RegistrationParams([registration]))

    # --- documents --------------------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """The first workspace folder, for documents that are no files."""
        first = next(iter(self.workspace.folders.values()), None)
        return path_of(first.uri) if first is not None else None

    def changed(self, uri: str | None = None) -> None:
        """Something that is shown in a document (None: in any) has changed."""
        self.refresh_lenses()
        for each in [uri] if uri is not None else open_uris(self.workspace):
            for listener in self.on_change:
                listener(each)

    def refresh_lenses(self) -> None:
        """Have the client ask for lenses and hints again soon."""
        self._refreshing.trigger()

    def _refresh(self) -> None:
        if not self.is_ready:
            return
        if self.client.refreshes_lenses:
            self.spawn(_unless_refused(self.workspace_code_lens_refresh_async(None)))
        if self.client.refreshes_hints:
            self.spawn(_unless_refused(self.workspace_inlay_hint_refresh_async(None)))


async def _unless_refused(request: Coroutine[Any, Any, Any]) -> None:
    try:
        await request
    except JsonRpcException as error:
        log.info("the client did not refresh: %s", error)


def in_columns(text: str, columns: int = COLUMNS) -> str:
    """The text with line breaks at spaces; what has no space stays whole where it is an address or a path.

    Wide characters, as of Chinese, take two columns.
    """
    return "\n".join(line for part in text.split("\n") for line in _lines(part, columns))


def _lines(text: str, columns: int) -> list[str]:
    from rich.cells import cell_len

    lines = [""]
    for word in (piece for each in text.split(" ") for piece in _pieces(each, columns)):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= columns:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines if lines[0] else lines[1:] or lines


def _pieces(word: str, columns: int) -> list[str]:
    from rich.cells import chop_cells

    return [word] if "/" in word else chop_cells(word, columns) or [word]
