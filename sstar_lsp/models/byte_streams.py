"""Wrappers around the bytes of a response: a bound on them, and an ear for them.

A room of its own because they subclass ``httpx2``, which is only imported once a request is made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

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


class Heard(httpx2.AsyncByteStream):
    """The same bytes; when they end or are no longer wanted, ``told`` gets them and whether they are whole."""

    def __init__(self, inner: httpx2.AsyncByteStream, told: Callable[[list[bytes], bool], None]) -> None:
        self._inner = inner
        self._told = told
        self._pieces: list[bytes] = []
        self._whole = self._done = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """As the inner one."""
        async for piece in self._inner:
            self._pieces.append(piece)
            yield piece
        self._whole = True

    async def aclose(self) -> None:
        """Tell, once."""
        await self._inner.aclose()
        if not self._done:
            self._done = True
            self._told(self._pieces, self._whole)


class Replayed(httpx2.AsyncByteStream):
    """Recorded bytes in their recorded pieces."""

    def __init__(self, pieces: list[bytes], missing: Exception | None) -> None:
        """``missing``: raised at the end of a recording that was cut short."""
        self._pieces = pieces
        self._missing = missing

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces."""
        for piece in self._pieces:
            yield piece
        if self._missing is not None:
            raise self._missing


class Answers(httpx2.AsyncBaseTransport):
    """A transport that touches no network: ``answer`` says what comes back for a request."""

    def __init__(self, answer: Callable[[httpx2.Request], httpx2.Response]) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """What was recorded."""
        await request.aread()
        return self._answer(request)
