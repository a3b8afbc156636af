"""New problems in an editor: from Competitive Companion, and from a page that the editor has on its clipboard.

The listener belongs to the session and ends with it. A page is kept only after a person has seen what was read of it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sstar_lsp.errors import UsageError
from sstar_lsp.lsp import protocol_types as msg
from sstar_lsp.lsp.session.documents import path_of

if TYPE_CHECKING:
    from sstar_lsp.companion.listener import Listener, PortTaken
    from sstar_lsp.companion.new import ReadPage
    from sstar_lsp.companion.payload import CompanionProblem
    from sstar_lsp.lsp.session.session import Session

KEEP, LEAVE = "Keep it", "Leave it"


async def start_listening(server: Session, params: msg.ListenParams) -> dict[str, Any]:
    """``sstar.listen.start``: returns once it listens (``port``), or waits for another window (``port`` null).

    Raises:
        UsageError: no folder for the problems, or a setting that cannot be used.
    """
    from sstar_lsp.companion.folders import known_language, make_problem
    from sstar_lsp.companion.listener import listen_for_ever
    from sstar_lsp.lsp.session import configuration as config

    root = _folder(server, params.folder)
    if server.listening is not None and not server.listening.done():
        return {"folder": str(root), "listening": True}
    settings = await asyncio.to_thread(
        config.settings_for, None, None, server.editor_settings, None, {}, server.deps.environ
    )
    companion = settings.companion if params.port is None else evolve(settings.companion, port=params.port)
    language = known_language(settings.solve.language)
    told: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    def began(listener: Listener) -> None:
        server.show_info(f"S*: listening for Competitive Companion on port {listener.port}")
        if not told.done():
            told.set_result(listener.port)

    def waits(error: PortTaken) -> None:
        server.show_info(f"S*: {error} This one takes over when it ends.")
        told.set_result(None)

    async def take(posted: CompanionProblem) -> None:
        made = await asyncio.to_thread(make_problem, posted, root, language, companion)
        server.show_info(
            f"S*: {posted.name}: {made.tests} tests. Copy its page, and fill in {made.statement.name}."
            if made.is_new
            else f"S*: {posted.name} is there already; nothing was changed."
        )
        if posted.batch_size == 1 and server.client.shows_documents:
            await server.window_show_document_async(
                types.ShowDocumentParams(uri=made.statement.resolve().as_uri())
            )

    server.listening = task = server.spawn(listen_for_ever(companion.port, take, began, waits))
    waited: set[asyncio.Future[Any]] = {told, task}
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    return {"folder": str(root), "listening": True, "port": told.result()}


async def stop_listening(server: Session, params: msg.ListenParams) -> dict[str, Any]:
    """``sstar.listen.stop``."""
    del params
    task, server.listening = server.listening, None
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return {"listening": False}


async def new_problem(server: Session, params: msg.NewProblemParams) -> dict[str, Any]:
    """``sstar.newProblem``: what was read of a page, and the document in which it was kept (null: it was not).

    Raises:
        ProblemError: the page is no problem, or the statement cannot be written.
        UsageError: no folder for it, or a document that waits for no statement.
    """
    from sstar_lsp.companion.clipboard import Flavour
    from sstar_lsp.companion.new import keep_page, read_page
    from sstar_lsp.problems.report import report_json, report_of

    flavours = [Flavour(params.html, ".html")] if params.html else []
    flavours += [Flavour(params.text, ".md")] if params.text.strip() else []
    if not flavours:
        raise UsageError(
            "the clipboard holds no text: copy the problem's page (Ctrl-A, Ctrl-C) and try again."
        )
    into = path_of(params.into) if params.into is not None else None
    root = into.parent if into is not None else _folder(server, params.folder)
    page = await asyncio.to_thread(read_page, flavours)
    answer: dict[str, Any] = {"problem": report_json(report_of(page.problem)), "uri": None}
    if params.ask and not await _is_right(server, page):
        return answer
    kept = await asyncio.to_thread(keep_page, page, root, into)
    uri = kept.resolve().as_uri()
    if server.client.shows_documents:
        await server.window_show_document_async(types.ShowDocumentParams(uri=uri, take_focus=True))
    return {**answer, "uri": uri}


async def _is_right(server: Session, page: ReadPage) -> bool:
    from sstar_lsp.problems.report import report_of, short_text

    question = types.ShowMessageRequestParams(
        types.MessageType.Info,
        f"{page.problem.title}: {short_text(report_of(page.problem)).strip()}",
        [types.MessageActionItem(KEEP), types.MessageActionItem(LEAVE)],
    )
    try:
        answer = await server.window_show_message_request_async(question)
    except JsonRpcException:
        return False
    return answer is not None and answer.title == KEEP


def _folder(server: Session, named: str | None) -> Path:
    """The folder that the editor names (a URI or a path), else the first of the workspace."""
    folder = server.folder
    if named is not None:
        folder = path_of(named) if "://" in named else Path(named)
    if folder is None:
        raise UsageError("open a folder first: new problems go there.")
    return folder
