"""The server: what it keeps for a session, and which message goes where.

``create_server`` makes a new one each time; nothing here lives at module level. Heavy imports (the engine, the
model client) happen on a thread once the editor has said ``initialized``, so that ``initialize`` is quick.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from sstar_lsp import __version__
from sstar_lsp.errors import SStarError, UsageError
from sstar_lsp.lsp import actions, jobs, pages
from sstar_lsp.lsp import configuration as config
from sstar_lsp.lsp import messages as msg
from sstar_lsp.lsp.client import Client
from sstar_lsp.lsp.documents import path_of
from sstar_lsp.lsp.protocol import Protocol, refusal
from sstar_lsp.records import Problem

if TYPE_CHECKING:
    from sstar_lsp.service import Service

log = logging.getLogger("sstar.lsp")
_T = TypeVar("_T")

CONFIGURATION_PATIENCE_S = 2.0
"""A solve waits so long for the editor to answer what its settings are."""


def _open_service() -> AbstractAsyncContextManager[Service]:
    from sstar_lsp.service import Service

    return Service()


@frozen
class Deps:
    """What a server is made of; tests put other things in."""

    open_service: Callable[[], AbstractAsyncContextManager[Service]] = _open_service
    """Called on a thread (it imports the engine); entered and left on the loop."""
    environ: Mapping[str, str] = field(factory=lambda: os.environ)


class SStarServer(LanguageServer):
    """One session with one editor."""

    protocol: Protocol

    def __init__(self, deps: Deps) -> None:
        super().__init__(
            "sstar",
            __version__,
            # Whole documents: statements are small, and pygls applies partial changes with Python's idea of
            # a line, which differs from LSP's at form feeds and U+2028.
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=Protocol,
            converter_factory=msg.converter,
        )
        self.deps = deps
        self.client = Client()
        self.editor_settings: Mapping[str, Any] = {}
        self.jobs: list[jobs.Job] = []
        """Newest first; of each document all that run, and the last that ended."""
        self.last_statement: tuple[tuple[str, int], Problem | None] | None = None
        """The statement that was read last, and of which text."""
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
        return service

    async def aclose(self) -> None:
        """End everything: runs cancelled side by side, then what they shared."""
        running = [job.handle.cancel() for job in self.jobs if job.is_running and job.handle is not None]
        await asyncio.gather(*running, return_exceptions=True)
        left = [task for task in self._tasks if task is not self._opening]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._service_context is not None:
            await self._service_context.__aexit__(None, None, None)

    # --- jobs -------------------------------------------------------------------------------------

    def add_job(self, params: msg.SolveParams) -> jobs.Job:
        """Begin a solve; an older one of the same document that has ended is forgotten (its journal stays)."""
        job = jobs.Job(self, params)
        self.jobs = [job, *(old for old in self.jobs if old.is_running or self.solved(old.params.uri) is old)]
        return job

    def solved(self, uri: str) -> jobs.Job | None:
        """The newest ended job of a document that has a program."""
        return next((job for job in self.jobs_of(uri) if not job.is_running and job.result), None)

    def jobs_of(self, uri: str) -> list[jobs.Job]:
        """Jobs of a document, newest first."""
        return [job for job in self.jobs if job.params.uri == uri]

    def cancel(self, params: msg.CancelParams) -> list[str]:
        """Cancel runs; the ids of those that were going on."""
        chosen = [
            job
            for job in self.jobs
            if job.is_running and params.run_id in (None, job.run_id) and params.uri in (None, job.params.uri)
        ]
        for job in chosen:
            job.cancel()
        return [job.run_id for job in chosen if job.run_id is not None]

    # --- the editor -------------------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """The first workspace folder, for documents that are no files."""
        first = next(iter(self.workspace.folders.values()), None)
        return path_of(first.uri) if first is not None else None

    def show_error(self, text: str) -> None:
        """An error message box."""
        log.error("%s", text)
        self.window_show_message(types.ShowMessageParams(types.MessageType.Error, text))

    def show_info(self, text: str) -> None:
        """A message."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))

    def take_settings(self, sent: Any) -> None:
        """Use settings that the editor sent, if they are valid; else say what is wrong and keep the old."""
        if sent is None or sent == {}:
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


async def _initialized(ls: SStarServer, _params: types.InitializedParams) -> None:
    ls.ask_for_settings()
    if ls.client.text_document_content:
        ls.spawn(_register_content(ls))
    try:
        await ls.service()
    except SStarError as error:
        ls.show_error(str(error))


async def _register_content(ls: SStarServer) -> None:
    registration = types.Registration(
        id="sstar-documents",
        method=types.WORKSPACE_TEXT_DOCUMENT_CONTENT,
        register_options=types.TextDocumentContentRegistrationOptions(schemes=[pages.SCHEME]),
    )
    await ls.client_register_capability_async(types.RegistrationParams([registration]))


def _initialize(ls: SStarServer, params: types.InitializeParams) -> None:
    encoding = ls.workspace.position_encoding or types.PositionEncodingKind.Utf16
    ls.client = Client.of(params.capabilities, str(getattr(encoding, "value", encoding)))
    ls.take_settings(params.initialization_options)


def _changed_configuration(ls: SStarServer, params: types.DidChangeConfigurationParams) -> None:
    section = config.section_of(params.settings)
    if section is None or section == {}:
        ls.ask_for_settings()
    else:
        ls.take_settings(section)


async def _solve(ls: SStarServer, params: msg.SolveParams) -> dict[str, Any]:
    return await jobs.solve(ls, params)


async def _solve_command(ls: SStarServer, *arguments: Any) -> dict[str, Any]:
    try:
        params = msg.solve_params(arguments[0] if arguments else None)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"sstar.solve: {error}") from error
    return await jobs.start(ls, params)


def _cancel(ls: SStarServer, params: msg.CancelParams) -> dict[str, Any]:
    return {"cancelled": ls.cancel(params)}


def _cancel_command(ls: SStarServer, *arguments: Any) -> dict[str, Any]:
    try:
        return _cancel(ls, msg.cancel_params(arguments[0] if arguments else None))
    except ValueError as error:
        raise JsonRpcInvalidParams(f"sstar.cancel: {error}") from error


async def _document(ls: SStarServer, params: msg.DocumentParams) -> dict[str, Any]:
    try:
        return await pages.page(await ls.service(), params.uri)
    except SStarError as error:
        raise refusal(error) from error


async def _content(
    ls: SStarServer, params: types.TextDocumentContentParams
) -> types.TextDocumentContentResult:
    found = await _document(ls, msg.DocumentParams(params.uri))
    return types.TextDocumentContentResult(text=found["text"])


async def _runs(ls: SStarServer, params: msg.RunsParams) -> list[dict[str, Any]]:
    try:
        found = await (await ls.service()).list_runs(params.limit)
    except SStarError as error:
        raise refusal(error) from error
    return [
        {
            "id": run.id,
            "title": run.title,
            "status": "interrupted" if run.status == "running" and not run.is_alive else run.status,
            "document": run.document,
            "created": run.created,
            "evidenceUri": jobs.evidence_uri(run.id),
        }
        for run in found
    ]


def _noted(_ls: SStarServer, _params: Any) -> None:
    """Document events: pygls keeps the buffers; a closed document's runs go on."""


def create_server(deps: Deps | None = None) -> SStarServer:
    """A new server, connected to nothing yet."""
    server = SStarServer(deps or Deps())
    handlers: list[tuple[str, Callable[..., Any], Any]] = [
        (types.INITIALIZE, _initialize, None),
        (types.INITIALIZED, _initialized, None),
        (types.TEXT_DOCUMENT_DID_OPEN, _noted, None),
        (types.TEXT_DOCUMENT_DID_CLOSE, _noted, None),
        (types.WORKSPACE_DID_CHANGE_CONFIGURATION, _changed_configuration, None),
        (
            types.TEXT_DOCUMENT_CODE_ACTION,
            actions.code_actions,
            types.CodeActionOptions(code_action_kinds=[actions.KIND], resolve_provider=True),
        ),
        (types.CODE_ACTION_RESOLVE, actions.resolve_action, None),
        (types.WORKSPACE_TEXT_DOCUMENT_CONTENT, _content, None),
        (msg.SOLVE, _solve, None),
        (msg.DOCUMENT, _document, None),
        (msg.RUNS, _runs, None),
        (msg.CANCEL, _cancel, None),
    ]
    for method, handler, options in handlers:
        server.feature(method, options)(partial(handler, server))
    server.command(actions.SOLVE_COMMAND)(partial(_solve_command, server))
    server.command(actions.CANCEL_COMMAND)(partial(_cancel_command, server))
    return server
