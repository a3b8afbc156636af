"""Which message goes where: the server's features, and ``create_server``, which makes a new one each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from lsprotocol import types

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp import protocol_types as msg
from sstar_lsp.lsp.features import code_actions as actions
from sstar_lsp.lsp.features import code_lenses as lenses
from sstar_lsp.lsp.features import commands, own_programs
from sstar_lsp.lsp.features import embedded_weights as needed
from sstar_lsp.lsp.features import inlay_hints as hints
from sstar_lsp.lsp.features import problem_reading as readings
from sstar_lsp.lsp.features.results import run_responses as answers
from sstar_lsp.lsp.features.results import test_runner as checks
from sstar_lsp.lsp.features.results import virtual_documents as pages
from sstar_lsp.lsp.session import configuration as config
from sstar_lsp.lsp.session import renames
from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities
from sstar_lsp.lsp.session.documents import path_of
from sstar_lsp.lsp.session.session import Deps, Session
from sstar_lsp.lsp.transport.json_rpc import refusal
from sstar_lsp.processes import is_alive

# --- lifecycle -------------------------------------------------------------------------------------


def _initialize(ls: Session, params: types.InitializeParams) -> None:
    encoding = ls.workspace.position_encoding or types.PositionEncodingKind.Utf16
    ls.client = ClientCapabilities.of(params.capabilities, str(getattr(encoding, "value", encoding)))
    pid = params.process_id
    ls.parent = pid if pid is not None and pid > 0 and is_alive(pid) else None
    options = params.initialization_options
    if isinstance(options, Mapping) and config.SECTION in options:
        options = options[config.SECTION]
    ls.take_settings(options)


async def _initialized(ls: Session, _params: types.InitializedParams) -> None:
    ls.is_ready = True
    ls.ask_for_settings()
    if ls.client.text_document_content:
        ls.spawn(_register_content(ls))
    ls.spawn(ls.file_watcher.begin())
    ls.spawn(_check_folders(ls, list(ls.workspace.folders.values())))
    try:
        await ls.service()
    except SStarError as error:
        ls.show_error(str(error))


async def _register_content(ls: Session) -> None:
    registration = types.Registration(
        id="sstar-documents",
        method=types.WORKSPACE_TEXT_DOCUMENT_CONTENT,
        register_options=types.TextDocumentContentRegistrationOptions(schemes=[pages.SCHEME]),
    )
    await ls.client_register_capability_async(types.RegistrationParams([registration]))


def _changed_configuration(ls: Session, params: types.DidChangeConfigurationParams) -> None:
    section = config.section_of(params.settings)
    if config.is_unset(section):
        ls.ask_for_settings()
    else:
        ls.take_settings(section)


# --- documents -------------------------------------------------------------------------------------


def _opened(ls: Session, params: types.DidOpenTextDocumentParams) -> None:
    uri = params.text_document.uri
    if uri.startswith(f"{pages.SCHEME}:"):
        return
    ls.look_up(uri)
    ls.diagnostics.wish(uri)
    ls.file_watcher.follow()


def _changed(ls: Session, params: types.DidChangeTextDocumentParams) -> None:
    ls.diagnostics.wish(params.text_document.uri)


async def _saved(ls: Session, params: types.DidSaveTextDocumentParams) -> None:
    path = path_of(params.text_document.uri)
    if path is not None:
        await ls.diagnostics.check_workspace_file(path)


def _closed(ls: Session, params: types.DidCloseTextDocumentParams) -> None:
    """The runs that were started from the buffer end with it, a moment later; their journals stay."""
    uri = params.text_document.uri
    ls.spawn(renames.let_go(ls, uri))
    ls.runs.forget(uri)
    ls.problems.forget(uri)
    ls.diagnostics.close(uri)
    ls.file_watcher.follow()


async def _renamed(ls: Session, params: types.RenameFilesParams) -> None:
    await renames.renamed(ls, list(params.files))


async def _folders(ls: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    ls.file_watcher.follow()
    await _check_folders(ls, params.event.added)


async def _check_folders(ls: Session, folders: Iterable[types.WorkspaceFolder]) -> None:
    """Say what their settings may not set."""
    for folder in folders:
        root = path_of(folder.uri)
        if root is not None:
            await ls.diagnostics.check_workspace_file(root / "sstar.toml")


async def _watched(ls: Session, params: types.DidChangeWatchedFilesParams) -> None:
    paths = [path for change in params.changes if (path := path_of(change.uri)) is not None]
    await ls.file_watcher.changed(paths)


# --- our own requests ------------------------------------------------------------------------------


async def _document(ls: Session, params: msg.DocumentParams) -> dict[str, Any]:
    try:
        return await ls.page(params.uri)
    except SStarError as error:
        raise refusal(error) from error


async def _content(ls: Session, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
    found = await _document(ls, msg.DocumentParams(params.uri))
    return types.TextDocumentContentResult(text=found["text"])


async def _edit(ls: Session, params: msg.EditParams) -> dict[str, Any]:
    try:
        known = await ls.runs.find(await ls.service(), params.run_id)
        made = actions.place(ls, known, params.candidate_id)
    except SStarError as error:
        raise refusal(error, params.run_id) from error
    return {"edit": made.edit, "uri": made.uri, "range": made.range}


async def _confirm_practice(ls: Session, params: msg.PracticeParams) -> dict[str, Any]:
    try:
        return await commands.confirm_practice(ls, params)
    except SStarError as error:
        raise refusal(error) from error


FEATURES: list[tuple[str, Callable[..., Any], Any]] = [
    (types.INITIALIZE, _initialize, None),
    (types.INITIALIZED, _initialized, None),
    (types.TEXT_DOCUMENT_DID_OPEN, _opened, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, _changed, None),
    (types.TEXT_DOCUMENT_DID_SAVE, _saved, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, _closed, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, _changed_configuration, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, _watched, None),
    (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, _folders, None),
    (
        types.WORKSPACE_DID_RENAME_FILES,
        _renamed,
        types.FileOperationRegistrationOptions(
            [types.FileOperationFilter(types.FileOperationPattern("**/*"), scheme="file")]
        ),
    ),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        actions.code_actions,
        types.CodeActionOptions(code_action_kinds=[actions.KIND], resolve_provider=True),
    ),
    (types.CODE_ACTION_RESOLVE, actions.resolve_action, None),
    (types.TEXT_DOCUMENT_CODE_LENS, lenses.code_lenses, types.CodeLensOptions(resolve_provider=False)),
    (types.TEXT_DOCUMENT_INLAY_HINT, hints.inlay_hints, types.InlayHintOptions(resolve_provider=False)),
    (types.TEXT_DOCUMENT_HOVER, hints.hover, None),
    (types.WORKSPACE_TEXT_DOCUMENT_CONTENT, _content, None),
    (msg.SOLVE, answers.solve, None),
    (msg.RESUME, answers.solve, None),
    (msg.RUN, answers.run, None),
    (msg.JUDGE, answers.judge, None),
    (msg.RUNS, answers.runs, None),
    (msg.CANCEL, commands.cancel, None),
    (msg.EDIT, _edit, None),
    (msg.DOCUMENT, _document, None),
    (msg.TESTS, checks.tests, None),
    (msg.CHECK, checks.check, None),
    (msg.WEIGHTS, needed.weights, None),
    (msg.PROBLEM, readings.problem, None),
    (msg.CONFIRM_PRACTICE, _confirm_practice, None),
    (msg.OWN_TESTS, own_programs.list_tests, None),
    (msg.TEST, own_programs.run_tests, None),
    (msg.STRESS, own_programs.stress, None),
    (msg.SAVE_TEST, own_programs.save_test, None),
]


def create_server(deps: Deps | None = None) -> Session:
    """A new server, connected to nothing yet."""
    server = Session(deps or Deps())
    for method, handler, options in FEATURES:
        server.feature(method, options)(partial(handler, server))
    for name in commands.COMMANDS:
        server.command(name)(_command(server, name))
    return server


def _command(server: Session, name: str) -> Callable[..., Any]:
    """A handler whose arguments pygls leaves as they are: it looks at annotations, of a partial too."""

    async def run(*arguments: Any) -> dict[str, Any]:
        return await commands.execute(server, name, *arguments)

    return run
