"""The server on a socket: the token, several editors, TLS, and who gets nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from lsp.editor import QUICK, SERVER, STATEMENT, environment
from lsp.raw import PATIENCE_S, Raw, raw_server
from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.network import TOKEN_VARIABLE, Address, tls_of, token_of
from sstar_lsp.models.testing.scripted_server import ScriptedServer

TOKEN = "a token of some length"
SSTAR = SERVER[0]
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}


@asynccontextmanager
async def listening(*arguments: str, env: dict[str, str]) -> AsyncIterator[tuple[int, Raw]]:
    """A server on a free port; its port and its process."""
    command = [SSTAR, "lsp", *arguments]
    async with raw_server({**env, TOKEN_VARIABLE: TOKEN}, command, stderr=subprocess.PIPE) as raw:
        assert raw.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            said = b""
            while not (found := re.search(rb"listening on \w+://127\.0\.0\.1:(\d+)", said)):
                line = await raw.process.stderr.readline()
                assert line, said
                said += line
        drain = asyncio.create_task(raw.process.stderr.read())
        try:
            yield int(found[1]), raw
        finally:
            drain.cancel()


def framed(message: Any, *headers: str) -> bytes:
    """A message with its header."""
    body = json.dumps(message).encode()
    lines = [*headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def read(reader: asyncio.StreamReader) -> Any:
    """The next message."""
    async with asyncio.timeout(PATIENCE_S):
        header = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"Content-Length: (\d+)", header)
        assert found
        return json.loads(await reader.readexactly(int(found[1])))


STRANGERS = (
    framed(INITIALIZE),
    framed(INITIALIZE, "Authorization: Bearer something else altogether"),
    framed(INITIALIZE, f"Authorization: Basic {TOKEN}"),
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\r\n",
    b"x" * 100_000,
)


async def test_a_peer_without_the_token_gets_not_one_byte(home: Path) -> None:
    async with listening("--tcp", "127.0.0.1:0", env=environment(home)) as (port, _):
        for first in STRANGERS:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(first)
            async with asyncio.timeout(PATIENCE_S):
                with contextlib.suppress(ConnectionResetError):  # closed with our bytes unread
                    assert await reader.read() == b"", first
            writer.close()


async def test_two_editors_share_a_server_and_a_signal_ends_both(
    home: Path, tmp_path: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    path = tmp_path / "pairs.md"
    path.write_text(STATEMENT)
    async with listening("--tcp", "127.0.0.1:0", env=env) as (port, raw):
        peers = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for reader, writer in peers:
            writer.write(framed(INITIALIZE, f"authorization: bearer {TOKEN}"))
            assert (await read(reader))["id"] == 1
            writer.write(framed({"jsonrpc": "2.0", "method": "initialized", "params": {}}))
        (reader, writer), (other, other_writer) = peers
        params = {"uri": path.as_uri(), "options": QUICK}
        writer.write(framed({"jsonrpc": "2.0", "id": 2, "method": "sstar/solve", "params": params}))
        while (answer := await read(reader)).get("id") != 2:
            pass
        assert answer["result"]["status"] == "chosen"
        other_writer.write(framed({"jsonrpc": "2.0", "id": 2, "method": "sstar/runs", "params": {}}))
        while (listed := await read(other)).get("id") != 2:
            pass
        assert listed["result"][0]["id"] == answer["result"]["run_id"]
        raw.process.send_signal(signal.SIGTERM)
        assert await raw.ended() == 143
        for _, each in peers:
            each.close()


async def test_an_editor_reaches_it_through_the_relay_without_knowing_the_token(home: Path) -> None:
    env = environment(home)
    async with listening("--tcp", "127.0.0.1:0", env=env) as (port, _):
        command = [SSTAR, "lsp", "--connect", f"127.0.0.1:{port}"]
        async with raw_server({**env, TOKEN_VARIABLE: TOKEN}, command) as editor:
            await editor.initialize()
            assert (await editor.ask(1, "sstar/runs", {}))["result"] == []
            await editor.ask(2, "shutdown")
            editor.notify("exit")
            assert await editor.ended() == 0
        wrong = {**env, TOKEN_VARIABLE: "another token of that length"}
        async with raw_server(wrong, command, stderr=subprocess.DEVNULL) as stranger:
            stranger.send(INITIALIZE)
            assert await stranger.ended() == 1


async def test_websocket_takes_frames_from_those_with_the_token_and_from_no_web_page(home: Path) -> None:
    async with listening("--ws", "127.0.0.1:0", env=environment(home)) as (port, _):
        url = f"ws://127.0.0.1:{port}"
        good = {"Authorization": f"Bearer {TOKEN}"}
        for headers in ({}, {"Authorization": "Bearer no"}, {**good, "Origin": "https://evil.example"}):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, additional_headers=headers)
            assert refused.value.response.status_code == 401
            assert refused.value.response.body == b""
        async with connect(url, additional_headers=good) as peer:
            await peer.send(json.dumps(INITIALIZE))
            assert "capabilities" in json.loads(await peer.recv())["result"]
            await peer.send(b"{".decode())
            assert json.loads(await peer.recv())["error"]["code"] == -32700


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*made, *subject, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the certificate is made with openssl")
async def test_tls_is_spoken_with_a_certificate(home: Path, tmp_path: Path) -> None:
    certificate, key = certified(tmp_path)
    env = environment(home)
    arguments = ("--tcp", "127.0.0.1:0", "--tls-cert", str(certificate), "--tls-key", str(key))
    async with listening(*arguments, env=env) as (port, _):
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context())
        command = [SSTAR, "lsp", "--connect", f"127.0.0.1:{port}", "--tls-ca", str(certificate)]
        async with raw_server({**env, TOKEN_VARIABLE: TOKEN}, command) as editor:
            assert "capabilities" in (await editor.initialize())["result"]


def test_other_machines_are_not_served_without_a_certificate() -> None:
    assert tls_of(Address.parse("127.0.0.1:1"), None, None) is None
    assert tls_of(Address.parse("[::1]:1"), None, None) is None
    assert tls_of(Address.parse("7998"), None, None) is None
    for text in ("0.0.0.0:1", "[::]:1", "example.org:1"):
        with pytest.raises(UsageError, match="--tls-cert"):
            tls_of(Address.parse(text), None, None)
    with pytest.raises(UsageError, match="cannot be used"):
        tls_of(Address.parse("0.0.0.0:1"), "/no/such/file", None)


@pytest.mark.parametrize("text", ["", "host", "host:", "host:x", "1:2:99999"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        Address.parse(text)


def test_a_token_that_is_missing_or_short_is_refused() -> None:
    for environ in ({}, {TOKEN_VARIABLE: "short"}):
        with pytest.raises(UsageError, match="token of at least 16"):
            token_of(environ)


def test_two_ways_at_once_are_refused(home: Path) -> None:
    command = [SSTAR, "lsp", "--tcp", "1", "--ws", "2"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment(home), check=False)
    assert (ended.returncode, sys.stdout is None) == (2, False)
    assert "choose one way: --tcp, --ws" in ended.stderr
