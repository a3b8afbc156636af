"""A server in the test's own process, spoken to in raw messages: for property tests, which need many."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from attrs import define, field

from sstar_lsp.lsp.server import create_server
from sstar_lsp.lsp.session.session import Deps, Session

PATIENCE_S = 60
"""A bound against hanging for ever; nothing is measured by it."""


@define
class Inside:
    """The client's side."""

    server: Session
    told: list[dict[str, Any]] = field(factory=list)
    """What the server asked and told besides answers."""
    _waiting: dict[int, asyncio.Future[dict[str, Any]]] = field(factory=dict)
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1))

    def write(self, message: bytes) -> None:
        """The wire."""
        data = json.loads(message.partition(b"\r\n\r\n")[2])
        if "method" in data:
            self.told.append(data)
        else:
            self._waiting.pop(data["id"]).set_result(data)

    def close(self) -> None:
        """Nothing is held."""

    def notify(self, method: str, params: Any) -> None:
        """A notification of the client."""
        self.server.protocol.receive({"jsonrpc": "2.0", "method": method, "params": params})

    async def ask(self, method: str, params: Any) -> dict[str, Any]:
        """A request's whole answer."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.server.protocol.receive({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE_S):
            return await answer

    def open(self, uri: str, text: str) -> None:
        """Open a document."""
        item = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    @property
    def boxes(self) -> list[str]:
        """Messages that a person was shown."""
        return [each["params"]["message"] for each in self.told if each["method"] == "window/showMessage"]


@asynccontextmanager
async def inside(deps: Deps | None = None, **initialize: Any) -> AsyncIterator[Inside]:
    """A client with its initialised server; ``initialize`` replaces parameters."""
    client = Inside(create_server(deps))
    client.server.protocol.set_writer(client)
    params = {"processId": None, "rootUri": None, "capabilities": {}, **initialize}
    try:
        answer = await client.ask("initialize", params)
        assert "error" not in answer, answer
        yield client
    finally:
        await client.server.aclose()
