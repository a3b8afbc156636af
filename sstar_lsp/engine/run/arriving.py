"""What arrives of answers that are under way: tokens so far, and the beginning of the first program.

For people only. The journal, and with it the run, knows whole answers alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import Factory, define

from sstar_lsp.engine.run.events import Role

MOST_CHARS = 4_000
"""Of the first answer; what comes later is not kept."""
_CODE = re.compile(r"^ *(?:`{3,}|~{3,})[^\n]*\n", re.MULTILINE)


@define
class Arriving:
    """Answers under way of one run."""

    changed: Callable[[], None] = lambda: None
    """Called for each piece."""
    _pieces: dict[str, int] = Factory(dict)
    """Request digest to pieces that came; a piece is a token, or a few."""
    _first: str | None = None
    """Digest of the first answer to a writer's request that began."""
    _text: str = ""

    def heard(self, digest: str, role: Role, text: str) -> None:
        """A piece of an answer came; ``text`` is empty if it is a thought."""
        self._pieces[digest] = self._pieces.get(digest, 0) + 1
        if text and role is Role.WRITER and self._first in (None, digest):
            self._first = digest
            self._text = (self._text + text)[:MOST_CHARS]
        self.changed()

    def ended(self, digest: str) -> None:
        """An answer is over: the journal counts it from now on."""
        self._pieces.pop(digest, None)
        self.changed()

    @property
    def tokens(self) -> int:
        """About how many have come of the answers under way."""
        return sum(self._pieces.values())

    def program(self, most_lines: int) -> tuple[str, ...]:
        """The first lines of the first program so far; of an answer without code marks its own."""
        begin = _CODE.search(self._text)
        code = self._text[begin.end() :] if begin is not None else self._text
        return tuple(code.partition("\n```")[0].splitlines()[:most_lines])
