"""One answer while it grows: from tokens to text that may be shown, where a character may be several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_LONGEST_CHARACTER = 8
"""Tokens after which an incomplete character is shown as it is."""
_INCOMPLETE = "�"


class Answer:
    """Text of one answer, piece by piece, in whole characters."""

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        """``decode``: text of a run of tokens (of byte-level pairs: runs may be decoded apart)."""
        self._decode = decode
        self._pending: list[int] = []
        self.tokens: list[int] = []
        """Every token so far."""

    def push(self, tokens: Sequence[int]) -> str:
        """Take new tokens; returns the text that can be shown now."""
        self.tokens.extend(tokens)
        self._pending.extend(tokens)
        text = self._decode(self._pending)
        if text.endswith(_INCOMPLETE) and len(self._pending) < _LONGEST_CHARACTER:
            return ""
        self._pending.clear()
        return text

    def end(self) -> str:
        """No more tokens come: what was held back."""
        return self._decode(self._pending) if self._pending else ""
