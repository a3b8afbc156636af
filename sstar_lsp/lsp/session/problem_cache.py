"""The problem in a document as it stands now, read once for each text; and whether a run is about that one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from sstar_lsp.errors import ProblemError, SStarError
from sstar_lsp.lsp.session.documents import current_text, open_text
from sstar_lsp.records import Problem

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.runs import DocumentRun
    from sstar_lsp.lsp.session.session import Session

KEPT = 64
"""Problems of so many documents are kept."""
LONG = 1 << 16
"""Characters. No request that an editor sends by itself waits for the reading of a longer document."""

Reading = Problem | SStarError
"""The problem in a text; why it is none where it is none."""


class ProblemCache:
    """Problems by document."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """``tell`` is called with the URI of a long document once it has been read."""
        self._tell = tell
        self._keys: dict[str, int] = {}
        """What tells the newest text of a document from others; threads look at it."""
        self._readings: dict[str, asyncio.Future[Reading]] = {}
        self._long = ThreadPoolExecutor(1, "sstar-reader")

    async def read(self, uri: str, text: str, path: Path | None) -> Reading:
        """The problem in a text, however long that takes."""
        return await asyncio.shield(self._reading(uri, text, path))

    async def at_hand(self, uri: str, text: str, path: Path | None) -> Reading | None:
        """The same; None while a long document is still being read."""
        reading = self._reading(uri, text, path)
        return None if len(text) > LONG and not reading.done() else await asyncio.shield(reading)

    def _reading(self, uri: str, text: str, path: Path | None) -> asyncio.Future[Reading]:
        """The reading of a text, which is begun once."""
        key = hash(text)
        if self._keys.get(uri) != key:
            self.forget(uri)
            self._keys[uri] = key
            self._readings[uri] = self._begin(uri, text, path)
            while len(self._readings) > KEPT:
                self.forget(next(iter(self._readings)))
        return self._readings[uri]

    def _begin(self, uri: str, text: str, path: Path | None) -> asyncio.Future[Reading]:
        is_long = len(text) > LONG

        def work() -> Reading:
            if is_long and self._keys.get(uri) != hash(text):
                return ProblemError("the document has changed: it is read again.")
            return _problem(text, path)

        reading = asyncio.get_running_loop().run_in_executor(self._long if is_long else None, work)
        if is_long:
            reading.add_done_callback(lambda _: self._tell(uri))
        return reading

    def forget(self, uri: str | None = None) -> None:
        """Tests beside a document (or anywhere) have changed: read again."""
        for each in [uri] if uri is not None else list(self._readings):
            self._keys.pop(each, None)
            self._readings.pop(each, None)


def _problem(text: str, path: Path | None) -> Reading:
    from sstar_lsp.problems.reader import read_document

    try:
        return read_document(text, path)
    except SStarError as error:
        return error


async def reading_of(server: Session, uri: str) -> Reading | None:
    """The problem in a document, or why there is none; None while a long document is still being read."""
    try:
        document = current_text(server.workspace, uri)
    except SStarError as error:
        return error
    return await server.problems.at_hand(document.uri, document.text, document.path)


async def is_stale(server: Session, known: DocumentRun) -> bool:
    """Whether the open document's problem has changed since the run began.

    A run of a selection, and a document that is not open or not read yet, are never stale.
    """
    state = known.state
    is_part = known.job is not None and known.job.selection is not None
    if state is None or state.started is None or is_part or not known.uri:
        return False
    if open_text(server.workspace, known.uri) is None:
        return False
    now, then = await reading_of(server, known.uri), state.started.problem
    if not isinstance(now, Problem):
        return now is not None
    return now.statement != then.statement or _examples(now) != _examples(then)


def _examples(problem: Problem) -> list[tuple[str, str]]:
    """The tests but for where they stand."""
    return [(test.input, test.expected) for test in problem.public_tests]


def first_line(text: str) -> int:
    """The zero-based line that a problem's lenses, hints and diagnostics stand on: the first that says something."""
    for number, line in enumerate(text.split("\n")):
        if any(c.isalnum() for c in line) and not line.startswith("#!"):
            return number
    return 0
