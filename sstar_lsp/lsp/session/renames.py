"""A renamed document keeps its runs and results, and a document that is closed and opened again keeps its run.

Clients tell of a rename by ``workspace/didRenameFiles``, or not at all: they close one document and open another. So a
run also belongs to the document that holds its problem once its own is neither open nor on disk.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.session.documents import open_text, open_uris, path_of, same_document, uri_of
from sstar_lsp.lsp.session.problem_cache import reading_of
from sstar_lsp.lsp.session.runs import RECALLED_RUNS, DocumentRun, uri_of_run
from sstar_lsp.records import Problem

if TYPE_CHECKING:
    from lsprotocol import types

    from sstar_lsp.lsp.session.session import Session

MOMENT_S = 1.0
"""A closed document may be opened again, or by its new name, for so long before its run ends."""


def is_gone(server: Session, uri: str) -> bool:
    """Whether a document is neither open here nor a file."""
    path = path_of(uri)
    return open_text(server.workspace, uri) is None and (path is None or not os.path.exists(path))  # noqa: PTH110 - Path.exists raises for long names


async def let_go(server: Session, uri: str) -> None:
    """End the runs that were started from a buffer that was closed, unless it was reloaded or renamed."""
    await asyncio.sleep(MOMENT_S)
    if open_text(server.workspace, uri) is not None:
        return
    for each in open_uris(server.workspace):
        await adopt(server, each)
    for known in server.runs.of(uri):
        if known.job is not None and known.job.ends_with_document:
            known.job.cancel()


async def adopt(server: Session, uri: str) -> None:
    """Give an open document the runs of one that is gone and held the same problem."""
    problem = await reading_of(server, uri)
    if not isinstance(problem, Problem):
        return

    def is_its(known: DocumentRun) -> bool:
        solved = known.problem
        return solved is not None and solved.statement == problem.statement and is_gone(server, known.uri)

    for known in filter(is_its, list(server.runs.all)):
        await _move(server, known, uri)
    if server.runs.of(uri):
        return
    service = await server.service()
    for run in await service.list_runs(RECALLED_RUNS):
        path = path_of(uri_of_run(run.document))
        is_alike = path is not None and run.title in (problem.title, path.stem)
        if not is_alike or run.is_alive or not is_gone(server, uri_of_run(run.document)):
            continue
        _, state = await service.open_run(run.id)
        known = DocumentRun(uri_of_run(run.document), journaled=state)
        if state.started is not None and is_its(known):
            server.runs.add(known)
            await _move(server, known, uri)
            return


async def renamed(server: Session, files: list[types.FileRename]) -> None:
    """``workspace/didRenameFiles``: files, or folders with all that is below them."""
    service = await server.service()
    listed = await service.list_runs(RECALLED_RUNS)
    for file in files:
        for known in server.runs.all:
            if (uri := _new_uri(known.uri, file)) is not None:
                await _move(server, known, uri)
        for run in listed:
            uri = _new_uri(uri_of_run(run.document), file)
            if uri is not None and server.runs.get(run.id) is None:
                await service.store.move(run.id, _document(uri))


def _new_uri(uri: str, file: types.FileRename) -> str | None:
    """What a document is called after a rename; None where it was not concerned."""
    if same_document(uri, file.old_uri):
        return file.new_uri
    path, old, new = path_of(uri), path_of(file.old_uri), path_of(file.new_uri)
    if path is None or old is None or new is None or not path.is_relative_to(old):
        return None
    return uri_of(new / path.relative_to(old))


def _document(uri: str) -> str:
    """What the journal calls a document: a path, else a URI."""
    return str(path_of(uri) or uri)


async def _move(server: Session, known: DocumentRun, uri: str) -> None:
    old, known.uri = known.uri, uri
    if known.job is not None:
        known.job.uri = uri
    if known.run_id is not None:
        try:
            await (await server.service()).store.move(known.run_id, _document(uri))
        except SStarError as error:  # the session knows it all the same
            server.tell(str(error))
    server.changed(old)
    server.changed(uri)
