"""Journaled runs of open documents: looked up at their opening, kept through renames and reloads.

Clients tell of a rename by ``workspace/didRenameFiles``, or close one document and open another. So a run
also belongs to the document with its problem once its own is neither open nor on disk.
"""

from __future__ import annotations

import asyncio
import os

from attrs import define, field
from lsprotocol import types

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.lazy_service import LazyService
from sstar_lsp.lsp.session import documents
from sstar_lsp.lsp.session.documents import Text, current_text, open_text, path_of, same_document, uri_of
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.problem_cache import ProblemCache
from sstar_lsp.lsp.session.runs import ENDED_IN_MEMORY, DocumentRun, RunIndex, uri_of_run
from sstar_lsp.records import Problem

REOPENED_WITHIN_S = 1.0
"""A closed document may be opened again, or by its new name, for so long before its run ends."""
NEWEST = 200
"""So many of the newest runs are looked through for those of a document."""
LOOK_UP_S = 2.0
"""Between two looks at what other processes do with a document."""


@define(eq=False)
class RunHistory:
    """Which journaled runs belong to the open documents."""

    _editor: Editor
    _service: LazyService
    _problems: ProblemCache
    _runs: RunIndex
    _lookups: dict[str, tuple[float, asyncio.Task[None]]] = field(factory=dict, init=False)
    """When an open document's runs were last looked up, and the task that does."""

    # --- runs of earlier sessions and of other processes --------------------------------------------

    def look_up(self, uri: str) -> None:
        """Find what earlier sessions left for an open document, and what other windows do with it."""
        self._lookups[uri] = asyncio.get_running_loop().time(), self._editor.spawn(self._look_up(uri))

    async def complete(self, uri: str) -> None:
        """Wait until the runs of an open document are known, those that other processes began too."""
        self._look_up_again(uri)
        if (lookup := self._lookups.get(uri)) is not None:
            await asyncio.shield(lookup[1])

    async def document(self, uri: str) -> Text | None:
        """The text of a document once its runs are known; None if it cannot be read."""
        await self.complete(uri)
        try:
            return current_text(self._editor.workspace, uri)
        except SStarError:
            return None

    def _look_up_again(self, uri: str) -> None:
        begun, task = self._lookups.get(uri, (0.0, None))
        if task is not None and task.done() and asyncio.get_running_loop().time() - begun >= LOOK_UP_S:
            self.look_up(uri)

    async def _look_up(self, uri: str) -> None:
        is_news = await self._take_newest(uri)
        await self._adopt(uri)
        if is_news:
            self._editor.changed(uri)
        if self._runs.elsewhere(uri) is not None:
            asyncio.get_running_loop().call_later(LOOK_UP_S, self._look_up_again, uri)

    async def _take_newest(self, uri: str) -> bool:
        """Take the newest journaled run of a document and of the one beside it; whether there is news."""
        service = await self._service()
        try:
            listed = await service.list_runs(NEWEST)
        except SStarError:
            return False
        stem, seen, is_news = _stem(uri), set[str](), False
        for entry in listed:
            document = uri_of_run(entry.document)
            if not document or _stem(document) != stem or document in seen:
                continue
            run = self._runs.get(entry.id)
            if run is None or run.is_elsewhere:
                try:
                    _, state = await service.open_run(entry.id)
                except SStarError:
                    continue
                if state.started is None:
                    continue
                before = (run.is_elsewhere, run.progress_text) if run is not None else None
                if run is None:
                    run = DocumentRun(document)
                    self._runs.all.insert(0, run)
                run.journaled, run.is_elsewhere = state, entry.is_alive and entry.status == "running"
                is_news = is_news or (run.is_elsewhere, run.progress_text) != before
            seen.add(document)
        for old in [run for run in self._runs.all if run.active is None][ENDED_IN_MEMORY:]:
            self._runs.all.remove(old)
        return is_news

    # --- closed and renamed documents --------------------------------------------------------------

    def document_closed(self, uri: str) -> None:
        """Forget what was looked up; end the runs of the buffer unless it comes back, and forget ended ones."""
        self._lookups.pop(uri, None)
        runs = self._runs
        runs.all = [run for run in runs.all if run.active is not None or not same_document(run.uri, uri)]
        self._editor.spawn(self._end_runs(uri))

    async def _end_runs(self, uri: str) -> None:
        await asyncio.sleep(REOPENED_WITHIN_S)
        if open_text(self._editor.workspace, uri) is not None:
            return
        for each in documents.open_uris(self._editor.workspace):
            await self._adopt(each)
        for run in self._runs.of(uri):
            if not run.is_running:  # the journal has it, should the document be opened again
                self._runs.all.remove(run)
            elif run.active is not None and run.active.ends_with_document:
                run.active.cancel()

    def _is_gone(self, uri: str) -> bool:
        """Whether a document is neither open here nor a file."""
        path = path_of(uri)
        is_open = open_text(self._editor.workspace, uri) is not None
        return not is_open and (path is None or not os.path.exists(path))  # noqa: PTH110 - Path.exists raises for long names

    async def _adopt(self, uri: str) -> None:
        """Give an open document the runs of one that is gone and held the same problem."""
        problem = await self._problems.at(uri)
        if not isinstance(problem, Problem):
            return

        def is_adoptable(run: DocumentRun) -> bool:
            solved = run.problem
            return solved is not None and solved.statement == problem.statement and self._is_gone(run.uri)

        for run in filter(is_adoptable, list(self._runs.all)):
            await self._move(run, uri)
        if self._runs.of(uri):
            return
        service = await self._service()
        for entry in await service.list_runs(NEWEST):
            path = path_of(uri_of_run(entry.document))
            is_alike = path is not None and entry.title in (problem.title, path.stem)
            if not is_alike or entry.is_alive or not self._is_gone(uri_of_run(entry.document)):
                continue
            _, state = await service.open_run(entry.id)
            run = DocumentRun(uri_of_run(entry.document), journaled=state)
            if is_adoptable(run):
                self._runs.add(run)
                await self._move(run, uri)
                return

    async def documents_renamed(self, params: types.RenameFilesParams) -> None:
        """``workspace/didRenameFiles``: files, or folders with all that is below them."""
        service = await self._service()
        listed = await service.list_runs(NEWEST)
        for file in params.files:
            for run in self._runs.all:
                if (uri := renamed_uri(run.uri, file)) is not None:
                    await self._move(run, uri)
            for entry in listed:
                uri = renamed_uri(uri_of_run(entry.document), file)
                if uri is not None and self._runs.get(entry.id) is None:
                    await service.store.move(entry.id, _journaled_document(uri))

    async def _move(self, run: DocumentRun, uri: str) -> None:
        old, run.uri = run.uri, uri
        if run.active is not None:
            run.active.uri = uri
        if run.run_id is not None:
            try:
                await (await self._service()).store.move(run.run_id, _journaled_document(uri))
            except SStarError as error:  # the session knows it all the same
                self._editor.log_warning(str(error))
        self._editor.changed(old)
        self._editor.changed(uri)


def renamed_uri(uri: str, file: types.FileRename) -> str | None:
    """What a document is called after a rename; None if it was not concerned."""
    if same_document(uri, file.old_uri):
        return file.new_uri
    path, old, new = path_of(uri), path_of(file.old_uri), path_of(file.new_uri)
    if path is None or old is None or new is None or not path.is_relative_to(old):
        return None
    return uri_of(new / path.relative_to(old))


def _journaled_document(uri: str) -> str:
    """What the journal calls a document: a path, else a URI."""
    return str(path_of(uri) or uri)


def _stem(uri: str) -> object:
    """What a document and the program beside it have in common: the path without its ending."""
    path = path_of(uri)
    return path.with_suffix("") if path is not None else uri
