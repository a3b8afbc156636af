"""The wire without a client library: frames in, frames out, and nothing made good on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from attrs import define

from lsp.editor import SERVER

PATIENCE_S = 60
"""A bound against hanging for ever; nothing is measured by it."""


@define
class Raw:
    """A server process and its pipes."""

    process: asyncio.subprocess.Process

    def send_bytes(self, raw: bytes) -> None:
        """Anything."""
        assert self.process.stdin is not None
        self.process.stdin.write(raw)

    def send(self, message: Any) -> None:
        """A framed message."""
        body = json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def receive(self) -> Any:
        """The next message; fails where the server writes anything but LSP."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            length = 0
            while line := (await self.process.stdout.readline()).strip():
                name, _, value = line.partition(b":")
                assert name in (b"Content-Length", b"Content-Type"), line
                length = int(value) if name == b"Content-Length" else length
            return json.loads(await self.process.stdout.readexactly(length))

    async def ask(self, msg_id: int | str, method: str, params: Any = None) -> Any:
        """A request's answer; what else is sent meanwhile is skipped."""
        self.send({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params})
        return await self.answer(msg_id)

    async def answer(self, msg_id: int | str | None) -> Any:
        """The answer of that id."""
        while True:
            message = await self.receive()
            if "method" not in message and message.get("id") == msg_id:
                return message

    def notify(self, method: str, params: Any = None) -> None:
        """A notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def initialize(self) -> Any:
        """A client that can do nothing."""
        answer = await self.ask(
            "init", "initialize", {"processId": None, "rootUri": None, "capabilities": {}}
        )
        self.notify("initialized", {})
        return answer

    async def ended(self) -> int:
        """The exit code."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def raw_server(
    env: Mapping[str, str], command: Sequence[str] = tuple(SERVER), **more: Any
) -> AsyncIterator[Raw]:
    """A started server; killed at the end where the test did not end it."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        env=dict(env),
        limit=64 << 20,
        **{"stdin": asyncio.subprocess.PIPE, **more},
    )
    try:
        yield Raw(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
