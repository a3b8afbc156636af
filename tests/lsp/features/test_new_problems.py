"""New problems in an editor: kept only after a person said so; the listener begins and ends on demand."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from companion.test_listener import POSTED
from companion.test_new import HTML, TEXT
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import Editor


async def run(editor: Editor, name: str, argument: Any = None) -> dict[str, Any]:
    """The answer to a command."""
    answer: dict[str, Any] = await editor.run(types.Command(name, name, arguments=[argument]))
    return answer


async def test_a_page_is_kept_and_its_examples_told(vscode: Editor) -> None:
    answer = await run(vscode, "sstar.newProblem", {"text": TEXT, "html": HTML, "ask": False})
    kept = Path(answer["uri"].removeprefix("file://"))
    assert kept == vscode.folder / "Add.md"
    assert "print their sum" in kept.read_text()  # noqa: ASYNC240 - a small file
    assert len(answer["problem"]["examples"]) == 1
    assert vscode.client.shown_documents[-1].uri == answer["uri"]


@pytest.mark.parametrize(("said", "is_kept"), [("Keep it", True), ("Leave it", False), (None, False)])
async def test_a_person_is_asked_before_it_is_kept(vscode: Editor, said: str | None, is_kept: bool) -> None:
    vscode.heard.choices[:] = [said] if said else []
    answer = await run(vscode, "sstar.newProblem", TEXT)
    assert (answer["uri"] is not None) is is_kept
    assert "1 example" in vscode.heard.questions[-1].message


async def test_an_empty_clipboard_is_told(vscode: Editor) -> None:
    with pytest.raises(JsonRpcException, match="clipboard holds no text"):
        await run(vscode, "sstar.newProblem", {"text": " "})
    with pytest.raises(JsonRpcException, match="page"):
        await run(vscode, "sstar.newProblem", {"page": "x"})


async def test_the_listener_makes_problems_until_it_is_stopped(vscode: Editor) -> None:
    answer = await run(vscode, "sstar.listen.start", {"port": 0})
    port = answer["port"]
    body = json.dumps(POSTED).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    assert b" 200 " in await reader.readline()
    writer.close()
    assert await run(vscode, "sstar.listen.stop") == {"listening": False}
    assert (vscode.folder / "Judge/Round-7/A.-Sum.md").is_file()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)
