"""The server: what it keeps for a session. Which message goes where is in :mod:`sstar_lsp.lsp.server`.

Nothing here lives at module level. Heavy imports (the engine, the model client) happen on a thread once the
editor has said ``initialized``, so that ``initialize`` is quick.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from sstar_lsp import __version__
from sstar_lsp.errors import SStarError, UsageError
from sstar_lsp.lsp import protocol_types as msg
from sstar_lsp.lsp.features.diagnostics import Diagnostics
from sstar_lsp.lsp.gc_policy import GcPolicy
from sstar_lsp.lsp.session import active_runs as jobs
from sstar_lsp.lsp.session import configuration as config
from sstar_lsp.lsp.session import renames
from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities
from sstar_lsp.lsp.session.columns import in_columns
from sstar_lsp.lsp.session.documents import open_uris, path_of, same_document
from sstar_lsp.lsp.session.file_watcher import FileWatcher
from sstar_lsp.lsp.session.problem_cache import ProblemCache
from sstar_lsp.lsp.session.progress import Throttle
from sstar_lsp.lsp.session.runs import LOOK_S, DocumentRun, RunIndex
from sstar_lsp.lsp.transport.json_rpc import JsonRpc

if TYPE_CHECKING:
    from sstar_lsp.lsp.features.results.report_server import ReportServer
    from sstar_lsp.service import Service
    from sstar_lsp.settings import Settings

log = logging.getLogger("sstar.lsp")
_T = TypeVar("_T")

CONFIGURATION_PATIENCE_S = 2.0
"""A solve waits so long for the editor to answer what its settings are."""
REFRESH_S = 0.5
"""Between two requests to the client to ask for lenses and hints again."""


def _open_service() -> AbstractAsyncContextManager[Service]:
    from sstar_lsp import syntax

    with syntax.turn:  # some imports parse, and documents are read meanwhile
        from sstar_lsp.service import Service

    return Service()


@frozen
class Deps:
    """What a server is made of; tests put other things in."""

    open_service: Callable[[], AbstractAsyncContextManager[Service]] = _open_service
    """Called on a thread (it imports the engine); entered and left on the loop."""
    environ: Mapping[str, str] = field(factory=lambda: os.environ)
    gc_policy: GcPolicy = field(factory=GcPolicy)


class Session(LanguageServer):
    """One session with one editor."""

    protocol: JsonRpc

    def __init__(self, deps: Deps) -> None:
        super().__init__(
            "sstar",
            __version__,
            # Whole documents: statements are small, and pygls applies partial changes with Python's idea of
            # a line, which differs from LSP's at form feeds and U+2028.
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=JsonRpc,
            converter_factory=msg.converter,
        )
        self.deps = deps
        self.client = ClientCapabilities()
        self.parent: int | None = None
        """Process id of the editor, where it is on this machine."""
        self.editor_settings: Mapping[str, Any] = {}
        self.runs = RunIndex()
        self.problems = ProblemCache(self.changed)
        self.diagnostics = Diagnostics(self)
        self.file_watcher = FileWatcher(self)
        self._reports: ReportServer | None = None
        """From the first report on."""
        self.asked_keys: set[str] = set()
        """Origins whose key the editor has given."""
        self.refused_keys: set[str] = set()
        """Origins that did not take it."""
        self.listening: asyncio.Task[None] | None = None
        """Of the listener for Competitive Companion, where it was started."""
        self.chosen_models: dict[str, str] = {}
        """Model that the person chose for a base URL, for the session."""
        self.choosing = asyncio.Lock()
        """One question at a time."""
        self.is_ready = False
        """The client has said ``initialized``."""
        self._refreshing = Throttle(REFRESH_S, self._refresh)
        self._settings: tuple[Mapping[str, Any], Settings] | None = None
        """What the editor sent, and what :meth:`settings_of` made of it."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._opening: asyncio.Task[Service] | None = None
        self._service_context: AbstractAsyncContextManager[Service] | None = None
        self._configuring: asyncio.Task[None] | None = None

    # --- tasks and the service --------------------------------------------------------------------

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

    async def service(self) -> Service:
        """The service, opened on first need (it stays open until the session ends).

        Raises:
            RunError: the journal cannot be opened.
        """
        opening = self._opening
        if opening is None or (opening.done() and (opening.cancelled() or opening.exception() is not None)):
            opening = self._opening = self.spawn(self._open())
        return await asyncio.shield(opening)

    async def _open(self) -> Service:
        context = await asyncio.to_thread(self.deps.open_service)
        service = await context.__aenter__()
        self._service_context = context
        self.deps.gc_policy.loaded()
        return service

    async def aclose(self) -> None:
        """End everything: runs cancelled side by side, then what they shared."""
        self.file_watcher.stop()
        if self._reports is not None:
            await self._reports.aclose()
        jobs_left = [known.job for known in self.runs.all if known.job is not None and known.is_running]
        running = [job.handle.cancel() for job in jobs_left if job.handle is not None]
        await asyncio.gather(*running, return_exceptions=True)
        left = [task for task in self._tasks if task is not self._opening]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._service_context is not None:
            await self._service_context.__aexit__(None, None, None)

    # --- runs -------------------------------------------------------------------------------------

    async def add_job(self, params: msg.SolveParams | msg.ResumeParams) -> DocumentRun:
        """Begin a solve, or go on with a run.

        Raises:
            UsageError: the progress token is in use.
            RunError: there is no such run to go on with.
        """
        if isinstance(params, msg.SolveParams):
            uri = params.uri
        else:
            uri = (await self.runs.find(await self.service(), params.run_id)).uri
        known = DocumentRun(uri, job=jobs.ActiveRun(self, params, uri))
        self.runs.add(known)
        self.changed(uri)
        return known

    def cancel(self, params: msg.CancelParams) -> list[str]:
        """Cancel runs; the ids of those that were going on."""
        chosen = [
            known
            for known in self.runs.all
            if known.is_running
            and params.run_id in (None, known.run_id)
            and (params.uri is None or same_document(params.uri, known.uri))
        ]
        for known in chosen:
            assert known.job is not None
            known.job.cancel()
        return [known.run_id for known in chosen if known.run_id is not None]

    def look_up(self, uri: str) -> None:
        """Find what earlier sessions left for an open document, and what other windows do with it."""
        self.runs.recall(uri, self.spawn(self._look_up(uri)))

    async def _look_up(self, uri: str) -> None:
        is_news = await self.runs.look_up(await self.service(), uri)
        await renames.adopt(self, uri)
        if is_news:
            self.changed(uri)
        if self.runs.elsewhere(uri) is not None:
            asyncio.get_running_loop().call_later(LOOK_S, self._look_again, uri)

    def _look_again(self, uri: str) -> None:
        if self.runs.is_worth_a_look(uri):
            self.look_up(uri)

    async def recalled(self, uri: str) -> None:
        """Wait until the runs of an open document are known, those that other processes began too."""
        self._look_again(uri)
        await self.runs.recalled(uri)

    # --- the editor -------------------------------------------------------------------------------

    def changed(self, uri: str | None = None) -> None:
        """Something that is shown in a document (None: in any) has changed."""
        self._refreshing.wish()
        for each in [uri] if uri is not None else open_uris(self.workspace):
            self.diagnostics.wish(each)

    def progressed(self, _uri: str) -> None:
        """A run has come further: its lens says so."""
        self._refreshing.wish()

    def _refresh(self) -> None:
        if not self.is_ready:
            return
        if self.client.refreshes_lenses:
            self.spawn(self._asked(self.workspace_code_lens_refresh_async(None)))
        if self.client.refreshes_hints:
            self.spawn(self._asked(self.workspace_inlay_hint_refresh_async(None)))

    @staticmethod
    async def _asked(request: Coroutine[Any, Any, Any]) -> None:
        try:
            await request
        except JsonRpcException as error:
            log.info("the client did not refresh: %s", error)

    async def openable(self, uri: str) -> str:
        """The URI by which this client can open a page: ``sstar://`` itself, or a file with the same text.

        Raises:
            UsageError, RunError: there is no such page, or it cannot be written.
        """
        if self.client.opens_pages:
            return uri
        from sstar_lsp.lsp.features.results import virtual_documents as pages

        service = await self.service()
        found = await self.page(uri)
        return await asyncio.to_thread(pages.written, service.store.folder, uri, found["text"])

    async def page(self, uri: str) -> dict[str, Any]:
        """``uri``, ``languageId`` and ``text`` of an ``sstar://`` document.

        Raises:
            UsageError, RunError: there is no such page.
        """
        from sstar_lsp.lsp.features import problem_reading as readings
        from sstar_lsp.lsp.features.results import virtual_documents as pages

        if uri.startswith(readings.PAGE):
            return await readings.page(self, uri)
        return await pages.page(await self.service(), uri)

    @property
    def reports(self) -> ReportServer:
        """Serves reports; made with the first one."""
        if self._reports is None:
            from sstar_lsp.lsp.features.results.report_server import ReportServer

            self._reports = ReportServer(self)
        return self._reports

    @property
    def folder(self) -> Path | None:
        """The first workspace folder, for documents that are no files."""
        first = next(iter(self.workspace.folders.values()), None)
        return path_of(first.uri) if first is not None else None

    def show_error(self, text: str) -> None:
        """An error message box."""
        log.error("%s", text)
        self.window_show_message(types.ShowMessageParams(types.MessageType.Error, in_columns(text)))

    def show_info(self, text: str) -> None:
        """A message."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, in_columns(text)))

    def tell(self, text: str) -> None:
        """A warning in the client's log."""
        log.warning("%s", text)
        self.window_log_message(types.LogMessageParams(types.MessageType.Warning, text))

    def take_settings(self, sent: Any) -> None:
        """Use settings that the editor sent, if they are valid; else say what is wrong and keep the old."""
        if config.is_unset(sent):
            return
        try:
            self.editor_settings = config.checked(sent)
        except UsageError as error:
            self.show_error(str(error))

    def ask_for_settings(self) -> None:
        """Ask the client for the section ``sstar``, where it can be asked."""
        if self.client.configuration:
            self._configuring = self.spawn(self._ask_for_settings())

    async def _ask_for_settings(self) -> None:
        item = types.ConfigurationItem(section=config.SECTION)
        try:
            answer = await self.workspace_configuration_async(types.ConfigurationParams([item]))
        except JsonRpcException as error:
            log.info("the client did not tell its settings: %s", error)
            return
        self.take_settings(answer[0] if answer else None)

    async def configured(self) -> None:
        """Wait for settings that were asked for, but not for ever."""
        if self._configuring is not None:
            await asyncio.wait({self._configuring}, timeout=CONFIGURATION_PATIENCE_S)

    def settings_of(self, path: Path | None) -> Settings:
        """Settings for what is shown in a document (a run reads its own); kept until the editor's change.

        Raises:
            UsageError: a settings file or variable with an unknown key or a wrong value.
        """
        del path  # what is shown depends on nothing that a workspace may set
        sent = self.editor_settings
        if self._settings is None or self._settings[0] is not sent:
            self._settings = sent, config.settings_for(None, None, sent, None, {}, self.deps.environ)
        return self._settings[1]
