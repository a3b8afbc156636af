"""New problems in an editor: from Competitive Companion, and from a page on the clipboard.

The listener belongs to the session and ends with it. A page is kept only after a person has seen what was
read of it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.protocol_types import ListenParams, NewProblemParams
from sstar_lsp.lsp.session.configuration import EditorSettings
from sstar_lsp.lsp.session.documents import path_of
from sstar_lsp.lsp.session.editor import Editor

if TYPE_CHECKING:
    from sstar_lsp.companion.listener import Listener, PortTaken
    from sstar_lsp.companion.payload import CompanionProblem

KEEP, LEAVE = "Keep it", "Leave it"


class NewProblems:
    """Writes new problems into a folder of the editor."""

    def __init__(self, editor: Editor, settings: EditorSettings) -> None:
        self._editor = editor
        self._settings = settings
        self._listening: asyncio.Task[None] | None = None
        """Of the listener for Competitive Companion, where it was started."""

    async def start_listening(self, params: ListenParams) -> dict[str, Any]:
        """``sstar.listen.start``: returns once it listens, or waits for another window (``port`` null).
        Raises :class:`UsageError`: no folder for the problems, or a setting that cannot be used."""
        from sstar_lsp.companion.folders import known_language, make_problem
        from sstar_lsp.companion.listener import listen_for_ever

        editor, root = self._editor, self._folder(params.folder)
        if self._listening is not None and not self._listening.done():
            return {"folder": str(root), "listening": True}
        settings = await asyncio.to_thread(lambda: self._settings.of_run(None, in_workspace=False))
        companion = settings.companion
        if params.port is not None:
            companion = evolve(companion, port=params.port)
        language = known_language(settings.solve.language)
        port: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

        def began(listener: Listener) -> None:
            editor.show_info(f"S*: listening for Competitive Companion on port {listener.port}")
            if not port.done():
                port.set_result(listener.port)

        def waits(error: PortTaken) -> None:
            editor.show_info(f"S*: {error} This one takes over when it ends.")
            port.set_result(None)

        async def receive(posted: CompanionProblem) -> None:
            made = await asyncio.to_thread(make_problem, posted, root, language, companion)
            editor.show_info(
                f"S*: {posted.name}: {made.tests} tests. Copy its page, and fill in {made.statement.name}."
                if made.is_new
                else f"S*: {posted.name} is there already; nothing was changed."
            )
            if posted.batch_size == 1 and editor.client.shows_documents:
                await editor.open(made.statement.resolve().as_uri())

        self._listening = task = editor.spawn(listen_for_ever(companion.port, receive, began, waits))
        waited: set[asyncio.Future[Any]] = {port, task}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return {"folder": str(root), "listening": True, "port": port.result()}

    async def stop_listening(self, _params: ListenParams) -> dict[str, Any]:
        """``sstar.listen.stop``."""
        task, self._listening = self._listening, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return {"listening": False}

    async def new_problem(self, params: NewProblemParams) -> dict[str, Any]:
        """``sstar.newProblem``: what was read of a page, and the document that keeps it (null: none).

        Raises:
            ProblemError: the page is no problem, or the statement cannot be written.
            UsageError: no folder for it, or a document that waits for no statement.
        """
        from sstar_lsp.companion.clipboard import Flavour
        from sstar_lsp.companion.new import keep_page, read_page
        from sstar_lsp.problems.report import report_json, short_text

        flavours = [Flavour(params.html, ".html")] if params.html else []
        flavours += [Flavour(params.text, ".md")] if params.text.strip() else []
        if not flavours:
            raise UsageError(
                "the clipboard holds no text: copy the problem's page (Ctrl-A, Ctrl-C) and try again."
            )
        into = path_of(params.into) if params.into is not None else None
        root = into.parent if into is not None else self._folder(params.folder)
        page = await asyncio.to_thread(read_page, flavours)
        response: dict[str, Any] = {"problem": report_json(page.problem), "uri": None}
        question = f"{page.problem.title}: {short_text(page.problem).strip()}"
        if params.ask and await self._editor.choose(question, [KEEP, LEAVE]) != KEEP:
            return response
        statement = await asyncio.to_thread(keep_page, page, root, into)
        uri = statement.resolve().as_uri()
        if self._editor.client.shows_documents:
            await self._editor.open(uri, takes_focus=True)
        return {**response, "uri": uri}

    def _folder(self, named: str | None) -> Path:
        """The folder that the editor names (a URI or a path), else the first of the workspace."""
        folder = self._editor.folder
        if named is not None:
            folder = path_of(named) if "://" in named else Path(named)
        if folder is None:
            raise UsageError("open a folder first: new problems go there.")
        return folder
