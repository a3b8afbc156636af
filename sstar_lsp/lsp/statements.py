"""The problem in a document as it stands now, read once for each text; and whether a run is about that one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.documents import current_text, open_text
from sstar_lsp.records import Problem

if TYPE_CHECKING:
    from sstar_lsp.lsp.known import Known
    from sstar_lsp.lsp.server import SStarServer

KEPT = 64
"""Problems of so many documents are kept."""


class Statements:
    """Problems by document."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[int, Problem | SStarError]] = {}

    async def read(self, uri: str, text: str, path: Path | None) -> Problem | SStarError:
        """The problem in a text; why it is none where it is none."""
        key = hash(text)
        known = self._read.get(uri)
        if known is None or known[0] != key:
            known = key, await asyncio.to_thread(_problem, text, path)
            self._read.pop(uri, None)
            self._read[uri] = known
            while len(self._read) > KEPT:
                del self._read[next(iter(self._read))]
        return known[1]

    def forget(self, uri: str | None = None) -> None:
        """Tests beside a document (or anywhere) have changed: read again."""
        if uri is None:
            self._read.clear()
        else:
            self._read.pop(uri, None)


def _problem(text: str, path: Path | None) -> Problem | SStarError:
    from sstar_lsp.problems import read_document

    try:
        return read_document(text, path)
    except SStarError as error:
        return error


async def statement_of(server: SStarServer, uri: str) -> Problem | None:
    """The problem in a document; None where there is none."""
    try:
        document = current_text(server.workspace, uri)
    except SStarError:
        return None
    read = await server.statements.read(document.uri, document.text, document.path)
    return read if isinstance(read, Problem) else None


async def is_stale(server: SStarServer, known: Known) -> bool:
    """Whether the open document's problem has changed since the run began.

    A run of a selection, and a document that is not open, are never stale.
    """
    state = known.state
    is_part = known.job is not None and known.job.selection is not None
    if state is None or state.started is None or is_part or not known.uri:
        return False
    if open_text(server.workspace, known.uri) is None:
        return False
    now, then = await statement_of(server, known.uri), state.started.problem
    return now is None or now.statement != then.statement or _examples(now) != _examples(then)


def _examples(problem: Problem) -> list[tuple[str, str]]:
    """The tests but for where they stand."""
    return [(test.input, test.expected) for test in problem.public_tests]


def first_line(text: str) -> int:
    """The zero-based line that a problem's lenses, hints and diagnostics stand on: the first that says something."""
    for number, line in enumerate(text.split("\n")):
        if any(c.isalnum() for c in line) and not line.startswith("#!"):
            return number
    return 0
