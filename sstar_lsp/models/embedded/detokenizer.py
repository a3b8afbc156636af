"""One answer while it grows: from tokens to text that may be shown.

A character may be several tokens, and a stop text may begin in one piece and end in another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

_LONGEST_CHARACTER = 8
"""Tokens after which an incomplete character is shown as it is."""
_INCOMPLETE = "�"


class Answer:
    """Text of one answer, piece by piece; nothing is shown that a stop text might take back."""

    def __init__(self, decode: Callable[[Sequence[int]], str], stop: Sequence[str] = ()) -> None:
        """``decode``: text of a run of tokens (of byte-level pairs: runs may be decoded apart)."""
        self._decode = decode
        self._stop = tuple(stop)
        self._pending: list[int] = []
        self._held = ""
        self.tokens: list[int] = []
        """Every token so far."""
        self.stopped = False
        """A stop text was reached; what came after it is dropped."""

    def push(self, tokens: Sequence[int]) -> str:
        """Take new tokens; returns the text that can be shown now."""
        self.tokens.extend(tokens)
        if self.stopped:
            return ""
        self._pending.extend(tokens)
        text = self._decode(self._pending)
        if text.endswith(_INCOMPLETE) and len(self._pending) < _LONGEST_CHARACTER:
            return ""
        self._pending.clear()
        return self._release(text)

    def end(self) -> str:
        """No more tokens come: what was held back."""
        if self.stopped:
            return ""
        shown = self._release(self._decode(self._pending) if self._pending else "")
        rest, self._held = ("" if self.stopped else self._held), ""
        return shown + rest

    def _release(self, text: str) -> str:
        text = self._held + text
        self._held = ""
        found = [at for at in (text.find(word) for word in self._stop) if at >= 0]
        if found:
            self.stopped = True
            return text[: min(found)]
        keep = max((_overlap(text, word) for word in self._stop), default=0)
        if keep:
            self._held = text[-keep:]
            return text[:-keep]
        return text


def _overlap(text: str, word: str) -> int:
    """Length of the longest end of ``text`` that is a beginning of ``word``."""
    for length in range(min(len(text), len(word) - 1), 0, -1):
        if text.endswith(word[:length]):
            return length
    return 0
