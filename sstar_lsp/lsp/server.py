"""The language server: makes a session and its features, and says which message goes where.

Each feature is given the parts of the session that it needs; none knows the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp import command_names as names
from sstar_lsp.lsp import protocol_types as p
from sstar_lsp.lsp.features.code_actions import CodeActions
from sstar_lsp.lsp.features.code_lenses import CodeLenses
from sstar_lsp.lsp.features.contest_guard import ContestGuard
from sstar_lsp.lsp.features.diagnostics import Diagnostics
from sstar_lsp.lsp.features.embedded_weights import weights
from sstar_lsp.lsp.features.found_servers import found
from sstar_lsp.lsp.features.hover import Hovers
from sstar_lsp.lsp.features.inlay_hints import InlayHints
from sstar_lsp.lsp.features.new_problems import NewProblems
from sstar_lsp.lsp.features.own_programs import OwnPrograms
from sstar_lsp.lsp.features.problem_reading import ProblemReading, page_uri
from sstar_lsp.lsp.features.results.quick_fixes import KIND
from sstar_lsp.lsp.features.results.report_server import ReportServer
from sstar_lsp.lsp.features.results.review import Review
from sstar_lsp.lsp.features.results.run_responses import RunResponses
from sstar_lsp.lsp.features.results.test_runner import TestRunner
from sstar_lsp.lsp.features.results.virtual_documents import SCHEME, VirtualDocuments
from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities
from sstar_lsp.lsp.session.configuration import SECTION, is_unset, section_of
from sstar_lsp.lsp.session.documents import path_of
from sstar_lsp.lsp.session.session import Deps, Session
from sstar_lsp.lsp.transport.json_rpc import refusal
from sstar_lsp.lsp.transport.stdio import serve_process
from sstar_lsp.processes import is_alive

Handler = Callable[[Any], Any]
NAMES_ITS_RUN = {p.EDIT, p.TESTS, p.CHECK}
"""Requests whose errors hold the run id that was asked about."""


class Lifecycle:
    """What happens when the editor begins, changes its settings, and opens, saves and closes documents."""

    def __init__(self, session: Session, diagnostics: Diagnostics) -> None:
        self._session = session
        self._editor = session.editor
        self._diagnostics = diagnostics
        self._editor.on_change.append(diagnostics.schedule)
        session.watcher.on_change.append(self.files_changed)

    def initialize(self, params: types.InitializeParams) -> None:
        """``initialize``."""
        editor = self._editor
        encoding = editor.workspace.position_encoding or types.PositionEncodingKind.Utf16
        editor.client = ClientCapabilities.of(params.capabilities, str(getattr(encoding, "value", encoding)))
        pid = params.process_id
        editor.parent = pid if pid is not None and pid > 0 and is_alive(pid) else None
        options = params.initialization_options
        if isinstance(options, Mapping) and SECTION in options:
            options = options[SECTION]
        self._session.settings.receive(options)

    async def initialized(self, _params: types.InitializedParams) -> None:
        """``initialized``: from now on the server may ask the client, and the engine is imported."""
        editor = self._editor
        editor.is_ready = True
        self._session.settings.request()
        if editor.client.text_document_content:
            content = types.TextDocumentContentRegistrationOptions(schemes=[SCHEME])
            registering = editor.register("sstar-documents", types.WORKSPACE_TEXT_DOCUMENT_CONTENT, content)
            editor.spawn(registering)
        editor.spawn(self._session.watcher.begin())
        editor.spawn(self._check_folders(list(editor.workspace.folders.values())))
        try:
            await self._session.service()
        except SStarError as error:
            editor.show_error(str(error))

    def configuration_changed(self, params: types.DidChangeConfigurationParams) -> None:
        """``workspace/didChangeConfiguration``."""
        section = section_of(params.settings)
        if is_unset(section):
            self._session.settings.request()
        else:
            self._session.settings.receive(section)

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        """``textDocument/didOpen``."""
        uri = params.text_document.uri
        if uri.startswith(f"{SCHEME}:"):
            return
        self._session.history.look_up(uri)
        self._diagnostics.schedule(uri)
        self._session.watcher.follow()

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """``textDocument/didChange``."""
        self._diagnostics.schedule(params.text_document.uri)

    async def saved(self, params: types.DidSaveTextDocumentParams) -> None:
        """``textDocument/didSave``."""
        if (path := path_of(params.text_document.uri)) is not None:
            await self._diagnostics.check_workspace_file(path)

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        """``textDocument/didClose``: runs that were started from the buffer end a moment later."""
        uri = params.text_document.uri
        self._session.history.document_closed(uri)
        self._session.problems.forget(uri)
        self._diagnostics.close(uri)
        self._session.watcher.follow()

    async def folders_changed(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        """``workspace/didChangeWorkspaceFolders``."""
        self._session.watcher.follow()
        await self._check_folders(params.event.added)

    async def _check_folders(self, folders: Iterable[types.WorkspaceFolder]) -> None:
        """Say what their settings may not set."""
        for folder in folders:
            if (root := path_of(folder.uri)) is not None:
                await self._diagnostics.check_workspace_file(root / "sstar.toml")

    async def watched_files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        """``workspace/didChangeWatchedFiles``."""
        paths = [path for change in params.changes if (path := path_of(change.uri)) is not None]
        await self._session.watcher.changed(paths)

    async def files_changed(self, paths: Sequence[Path]) -> None:
        """Files beside problems have changed: problems are read again."""
        self._session.problems.forget()
        for path in paths:
            await self._diagnostics.check_workspace_file(path)
        self._editor.changed()


def create_server(deps: Deps | None = None) -> Session:
    """A new session with all features, connected to nothing yet."""
    session = Session(deps or Deps())
    editor, service, settings, runs = session.editor, session.service, session.settings, session.runs
    history, problems = session.history, session.problems
    contests = ContestGuard(editor, service, settings)
    reading = ProblemReading(editor, problems, settings)
    documents = VirtualDocuments(editor, service, runs, reading.page)
    diagnostics = Diagnostics(editor, runs, history, contests, reading, documents)
    review = Review(editor, session.watcher)
    actions = CodeActions(editor, runs, history, problems, contests, reading, review)
    lenses = CodeLenses(runs, history, problems, contests, reading)
    hints, hovers = InlayHints(editor, runs, history), Hovers(editor, runs, history, reading)
    responses, tests = RunResponses(editor, service, runs), TestRunner(runs, service)
    reports = ReportServer(editor, runs, documents)
    session.on_close.append(reports.aclose)
    own_programs = OwnPrograms(editor, service, diagnostics.show_compiled)
    new_problems = NewProblems(editor, settings)
    lifecycle = Lifecycle(session, diagnostics)

    async def open_problem(params: p.DocumentParams) -> dict[str, Any]:
        return await documents.open(page_uri(params.uri))

    any_file = types.FileOperationFilter(types.FileOperationPattern("**/*"), scheme="file")
    options: dict[str, Any] = {
        types.WORKSPACE_DID_RENAME_FILES: types.FileOperationRegistrationOptions([any_file]),
        types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions([KIND], resolve_provider=True),
        types.TEXT_DOCUMENT_CODE_LENS: types.CodeLensOptions(resolve_provider=False),
        types.TEXT_DOCUMENT_INLAY_HINT: types.InlayHintOptions(resolve_provider=False),
    }
    standard: dict[str, Handler] = {
        types.INITIALIZE: lifecycle.initialize,
        types.INITIALIZED: lifecycle.initialized,
        types.TEXT_DOCUMENT_DID_OPEN: lifecycle.opened,
        types.TEXT_DOCUMENT_DID_CHANGE: lifecycle.changed,
        types.TEXT_DOCUMENT_DID_SAVE: lifecycle.saved,
        types.TEXT_DOCUMENT_DID_CLOSE: lifecycle.closed,
        types.WORKSPACE_DID_CHANGE_CONFIGURATION: lifecycle.configuration_changed,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES: lifecycle.watched_files_changed,
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: lifecycle.folders_changed,
        types.WORKSPACE_DID_RENAME_FILES: history.documents_renamed,
        types.TEXT_DOCUMENT_CODE_ACTION: actions.code_actions,
        types.CODE_ACTION_RESOLVE: actions.resolve,
        types.TEXT_DOCUMENT_CODE_LENS: lenses.code_lenses,
        types.TEXT_DOCUMENT_INLAY_HINT: hints.inlay_hints,
        types.TEXT_DOCUMENT_HOVER: hovers.hover,
        types.WORKSPACE_TEXT_DOCUMENT_CONTENT: documents.content,
    }
    own: dict[str, Handler] = {
        p.SOLVE: responses.solve,
        p.RESUME: responses.solve,
        p.RUN: responses.run,
        p.JUDGE: responses.judge,
        p.RUNS: responses.list_runs,
        p.CANCEL: runs.cancel,
        p.EDIT: actions.edit,
        p.DOCUMENT: documents.document,
        p.TESTS: tests.tests,
        p.CHECK: tests.check,
        p.WEIGHTS: partial(weights, settings),
        p.FOUND_SERVERS: partial(found, settings.environ),
        p.PROBLEM: reading.problem,
        p.CONFIRM_PRACTICE: contests.confirm,
        p.OWN_TESTS: own_programs.list_tests,
        p.TEST: own_programs.run_tests,
        p.STRESS: own_programs.stress,
        p.SAVE_TEST: own_programs.save_test,
    }
    commands: dict[str, Handler] = {
        names.SOLVE: responses.start,
        names.RESUME: responses.start,
        names.CANCEL: runs.cancel,
        names.INSERT: actions.insert,
        names.REVIEW: documents.open_test,
        names.EVIDENCE: documents.open_evidence,
        names.REPORT: reports.report,
        names.JUDGE: responses.judge_and_show,
        names.CONFIRM_PRACTICE: contests.confirm,
        names.PROBLEM: open_problem,
        names.CORRECT: reading.correct,
        names.LISTEN_START: new_problems.start_listening,
        names.LISTEN_STOP: new_problems.stop_listening,
        names.NEW_PROBLEM: new_problems.new_problem,
        names.TEST: own_programs.run_tests_and_show,
        names.STRESS: own_programs.stress_and_show,
    }
    for method, handler in standard.items():  # pygls sets attributes of a handler: no method has any
        editor.feature(method, options.get(method))(partial(handler))
    for method, handler in own.items():
        editor.feature(method)(_with_refusals(method, handler))
    for name, handler in commands.items():
        editor.command(name)(_execute(name, handler))
    return session


def _with_refusals(method: str, handler: Handler) -> Handler:
    """The handler of a request of ours, whose errors are answers."""

    async def answered(params: Any) -> Any:
        try:
            return await handler(params)
        except SStarError as error:
            raise refusal(error, params.run_id if method in NAMES_ITS_RUN else None) from error

    return answered


def _execute(name: str, run: Handler) -> Callable[..., Any]:
    """The handler of a command, whose arguments pygls leaves as they are: it looks at annotations."""

    async def execute(*arguments: Any) -> Any:
        try:
            params = p.read_params(name, arguments[0] if arguments else None)
        except ValueError as error:
            raise JsonRpcInvalidParams(f"{name}: {error}") from error
        try:
            return await run(params)
        except SStarError as error:
            raise refusal(error) from error

    return execute


def serve_stdio(deps: Deps | None = None) -> NoReturn:
    """Speak LSP on standard input and output until the editor ends it; never returns."""
    # Here and not on threads, where two that begin in different modules of it would wait for each other.
    import sstar_sandbox  # noqa: F401

    serve_process(lambda: create_server(deps))
