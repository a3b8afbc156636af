"""Traffic that is wrong in some way: it is answered, and the session goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lsp.editor import environment
from lsp.raw import Raw, raw_server


@pytest.fixture
async def raw(home: Path) -> AsyncIterator[Raw]:
    """An initialised server."""
    async with raw_server(environment(home)) as started:
        await started.initialize()
        yield started


async def test_parameters_that_cannot_be_read_are_answered_with_what_is_wrong(raw: Raw) -> None:
    for method, params, words in [
        ("sstar/solve", None, "wants an object"),
        ("sstar/solve", {}, "textDocument"),
        ("sstar/solve", {"uri": 7}, "'uri' wants a text, got 7"),
        (
            "sstar/solve",
            {"uri": "file:///a.md", "langauge": "python"},
            "no key 'langauge'; known: textDocument",
        ),
        ("sstar/solve", {"uri": "file:///a.md", "range": {"start": 1}}, "'range' wants start and end"),
        ("sstar/solve", {"uri": "file:///a.md", "options": [1]}, "'options' wants an object"),
        ("sstar/document", {"uri": None}, "textDocument"),
        ("sstar/runs", {"limit": 0}, "'limit' wants at least 1, got 0"),
        ("sstar/runs", {"limit": True}, "'limit' wants a whole number, got True"),
        ("sstar/run", {"runId": ""}, "'runId' wants a text that is not empty"),
        ("sstar/check", {"runId": "r", "tests": "abc"}, "'tests' wants a list"),
        ("sstar/judge", {"runId": "r", "inputId": "i"}, "sstar/judge wants 'verdict'"),
        ("sstar/judge", {"runId": "r", "inputId": "i", "verdict": {"expected": 1}}, "got {'expected': 1}"),
        ("sstar/cancel", {"runId": 1}, "'runId' wants a text, got 1"),
        ("textDocument/codeAction", {"textDocument": 5}, ""),
        ("textDocument/codeAction", {}, ""),
        ("workspace/executeCommand", {"command": "sstar.solve", "arguments": [{}]}, "textDocument"),
        ("workspace/executeCommand", {"command": "sstar.solve"}, "wants an object"),
        ("workspace/executeCommand", {"command": "sstar.no"}, "is not defined"),
    ]:
        error = (await raw.ask(f"{method} {params}", method, params))["error"]
        assert error["code"] == -32602, (method, params, error)
        assert words in error["message"]


async def test_an_unknown_method_is_an_error_and_an_unknown_notification_is_ignored(raw: Raw) -> None:
    raw.notify("sstar/unheardOf", {"a": 1})
    raw.notify("$/unheardOf")
    assert (await raw.ask(1, "sstar/unheardOf", {}))["error"]["code"] == -32601


async def test_what_is_no_json_or_no_message_is_answered_and_the_session_goes_on(raw: Raw) -> None:
    for body, code in [
        (b"{", -32700),
        (b"\xff\xfe\x00", -32700),
        (b"[]", -32600),
        (b"1", -32600),
        (b"{}", -32600),
    ]:
        raw.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert (await raw.answer(None))["error"]["code"] == code
    assert (await raw.ask(1, "sstar/runs", {}))["result"] == []


async def test_headers_in_any_case_and_order_are_understood(raw: Raw) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "sstar/runs", "params": {}}'
    raw.send_bytes(
        b"Content-Type: application/vscode-jsonrpc\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )
    assert (await raw.answer(1))["result"] == []


@pytest.mark.parametrize(
    "header", [b"Content-Length: x\r\n\r\n", b"Content-Length: 999999999999\r\n\r\n", b"\r\n"]
)
async def test_a_header_that_makes_no_sense_ends_the_session_and_not_in_a_hang(
    raw: Raw, header: bytes
) -> None:
    raw.send_bytes(header)
    assert await raw.ended() == 0


async def test_a_message_that_is_cut_short_ends_the_session(raw: Raw) -> None:
    raw.send_bytes(b"Content-Length: 100\r\n\r\n{")
    assert raw.process.stdin is not None
    raw.process.stdin.close()
    assert await raw.ended() == 0


@pytest.mark.parametrize("error", [-7, 7])
async def test_a_length_that_is_wrong_is_answered_as_no_json_and_ends_in_no_hang(
    raw: Raw, error: int
) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "sstar/runs", "params": {}}'
    for _ in range(3):  # too long, and the first one eats of the second
        raw.send_bytes(b"Content-Length: %d\r\n\r\n" % (len(body) + error) + body)
    assert (await raw.answer(None))["error"]["code"] == -32700
    assert raw.process.stdin is not None
    raw.process.stdin.close()
    assert await raw.ended() == 0


async def test_a_message_of_20_mb_comes_through(raw: Raw) -> None:
    text = "x" * (20 << 20)
    item = {"uri": "file:///big.md", "languageId": "markdown", "version": 1, "text": text}
    raw.notify("textDocument/didOpen", {"textDocument": item})
    assert (await raw.ask(1, "sstar/runs", {}))["result"] == []


async def test_line_ends_that_only_python_knows_do_not_move_edits(raw: Raw) -> None:
    text = (
        '"""\nPrint\x0cthe\u2028sum of two numbers.\n\nInput:\n\n    1 2\n\nOutput:\n\n    3\n"""\nold = 1\n'
    )
    item = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": text}
    raw.notify("textDocument/didOpen", {"textDocument": item})
    params = {
        "textDocument": {"uri": "file:///a.py"},
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
        "context": {"diagnostics": []},
    }
    action = (await raw.ask(1, "textDocument/codeAction", params))["result"][0]
    assert action["command"] == "sstar.solve", "a client without action literals gets a bare command"
