"""Wrappers around the bytes of a response: a bound on them, and an ear for them.

A room of its own because they subclass ``httpx2``, which is only imported once a request is made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx2


class Bounded(httpx2.AsyncByteStream):
    """The same bytes, and an error after too many."""

    def __init__(self, inner: httpx2.AsyncByteStream, most_bytes: int) -> None:
        self._inner = inner
        self._most_bytes = most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises ``httpx2.RemoteProtocolError`` beyond the bound."""
        seen = 0
        async for piece in self._inner:
            seen += len(piece)
            if seen > self._most_bytes:
                raise httpx2.RemoteProtocolError(f"the answer is longer than {self._most_bytes} bytes")
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
