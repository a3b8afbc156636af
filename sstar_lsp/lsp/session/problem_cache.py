"""The problem in each document as its text is now, read once for each text."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sstar_lsp.errors import ProblemError, SStarError
from sstar_lsp.lsp.session.documents import Text, current_text
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.records import Problem

MOST_DOCUMENTS = 64
LONG = 1 << 16
"""Characters. No request that an editor sends by itself waits for the reading of a longer document."""

Reading = Problem | SStarError
"""The problem in a text; why it is none if it is none."""


class ProblemCache:
    """Problems by document."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._keys: dict[str, int] = {}
        """Hash of the newest text of each document; threads look at it."""
        self._readings: dict[str, asyncio.Future[Reading]] = {}
        self._long = ThreadPoolExecutor(1, "sstar-reader")

    async def read(self, document: Text) -> Reading:
        """The problem in a document, however long that takes."""
        return await asyncio.shield(self._reading(document))

    async def read_if_short(self, document: Text) -> Reading | None:
        """The problem in a document; None while a long one is still being read."""
        reading = self._reading(document)
        return None if len(document.text) > LONG and not reading.done() else await asyncio.shield(reading)

    async def at(self, uri: str) -> Reading | None:
        """The problem in a document, or why there is none; None while a long one is being read."""
        try:
            document = current_text(self._editor.workspace, uri)
        except SStarError as error:
            return error
        return await self.read_if_short(document)

    def _reading(self, document: Text) -> asyncio.Future[Reading]:
        """The reading of a text, which is begun once."""
        uri, key = document.uri, hash(document.text)
        if self._keys.get(uri) != key:
            self.forget(uri)
            self._keys[uri] = key
            self._readings[uri] = self._begin(uri, document.text, document.path)
            while len(self._readings) > MOST_DOCUMENTS:
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
            reading.add_done_callback(lambda _: self._editor.changed(uri))
        return reading

    def forget(self, uri: str | None = None) -> None:
        """Read a document (None: any) again: tests beside it have changed, or it was closed."""
        for each in [uri] if uri is not None else list(self._readings):
            self._keys.pop(each, None)
            self._readings.pop(each, None)


def _problem(text: str, path: Path | None) -> Reading:
    from sstar_lsp.problems.reader import read_document

    try:
        return read_document(text, path)
    except SStarError as error:
        return error
