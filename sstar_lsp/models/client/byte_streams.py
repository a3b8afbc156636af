"""A bound on the bytes of a response.

A room of its own because it subclasses ``httpx2``, which is only imported once a request is made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2


class Bounded(httpx2.AsyncByteStream):
    """The same bytes, and an error after too many, in all or in one line."""

    def __init__(self, inner: httpx2.AsyncByteStream, most_bytes: int, longest_line: int) -> None:
        self._inner = inner
        self._most_bytes = most_bytes
        self._longest_line = longest_line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises ``httpx2.RemoteProtocolError`` beyond a bound."""
        seen = line = 0
        async for piece in self._inner:
            seen += len(piece)
            newline = piece.rfind(b"\n")
            line = line + len(piece) if newline < 0 else len(piece) - newline - 1
            if seen > self._most_bytes or line > self._longest_line:
                raise httpx2.RemoteProtocolError(f"the answer has no end in sight after {seen} bytes")
            yield piece

    async def aclose(self) -> None:
        """Close the connection's part."""
        await self._inner.aclose()
