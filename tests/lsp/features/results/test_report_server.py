"""The report in a browser: served to who was given its address, and its links open things in the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from attrs import define
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import STATEMENT, Editor
from sstar_lsp.loopback import LONGEST_HEAD

TIMEOUT_S = 30


@define
class Page:
    """A report that is served, and the run that it is of."""

    editor: Editor
    run_id: str
    uri: str
    document: str

    @property
    def host(self) -> str:
        return urlsplit(self.uri).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.uri).path

    async def raw(self, message: bytes) -> bytes:
        """What comes back for some bytes."""
        name, _, port = self.host.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        try:
            writer.write(message)
            async with asyncio.timeout(TIMEOUT_S):
                return await reader.read()
        finally:
            writer.close()

    async def ask(
        self, method: str = "GET", path: str | None = None, fields: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and whole answer of a request; ``Host`` is right where no other is named."""
        sent = {"Host": self.host, **(fields or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        target = self.path if path is None else path
        answer = (await self.raw(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode())).decode()
        return int(answer.split(" ")[1]), answer

    async def click(self, link: str, **fields: str) -> int:
        """Follow a link of the page as a browser does."""
        origin = {"Origin": f"http://{self.host}"}
        return (await self.ask("POST", f"{self.path}open/{link}", {**origin, **fields}))[0]


async def report(editor: Editor, argument: Any) -> Any:
    """The answer of the command."""
    return await editor.run(types.Command("", "sstar.report", arguments=[argument]))


@pytest.fixture
async def page(vscode: Editor) -> Page:
    """The report of a run that has ended."""
    document = vscode.open("pairs.md", STATEMENT)
    run_id = (await vscode.solve(document)).run_id
    answer = await report(vscode, {"runId": run_id})
    return Page(vscode, run_id, answer["uri"], document)


def shown(page: Page) -> list[str]:
    """What the editor was asked to show, in that order."""
    return [each.uri for each in page.editor.client.shown_documents]


async def test_the_editor_is_asked_to_open_the_page_outside_and_it_is_whole(page: Page) -> None:
    [asked] = page.editor.client.shown_documents
    assert (asked.uri, asked.external) == (page.uri, True)
    status, answer = await page.ask()
    head, _, body = answer.partition("\r\n\r\n")
    assert status == 200
    assert body.startswith("<!doctype html>")
    assert "Pairs that cancel" in body
    assert "default-src 'none'" in head
    assert "no-store" in head
    assert len(page.path) > 30


async def test_its_links_open_document_test_and_program_in_the_editor(page: Page) -> None:
    statuses = [await page.click(link) for link in ("document", "test/i1", "program/c1")]
    assert statuses == [204, 204, 204]
    while len(shown(page)) < 4:
        await page.editor.ask("sstar/runs", {"limit": 1})  # the editor is asked to show behind the answers
    assert set(shown(page)[1:]) == {
        page.document,
        f"sstar://run/{page.run_id}/test/i1.md",
        f"sstar://run/{page.run_id}/candidate/c1.py",
    }


async def test_nothing_else_can_be_opened_and_no_other_page_can_follow_a_link(page: Page) -> None:
    for link in (
        "",
        "document/x",
        "test/i99",
        "test/../../x",
        "program/c1/x",
        "program/",
        "file:///etc/passwd",
    ):
        assert await page.click(link) == 404, link
    for origin in ("null", "http://evil.example", f"https://{page.host}", "http://127.0.0.1:1", ""):
        assert await page.click("document", Origin=origin) == 403, origin
    assert (await page.ask("POST", f"{page.path}open/document"))[0] == 403
    for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", f"evil.example:{page.host}", ""):
        status, answer = await page.ask(fields={"Host": host})
        assert (status, "Pairs" in answer) == (421, False), host
        assert await page.click("document", Host=host) == 421, host
    assert len(shown(page)) == 1


async def test_without_the_token_there_is_nothing_and_what_is_no_request_is_not_answered(page: Page) -> None:
    token = page.path.strip("/")
    for path in (
        "/",
        "/favicon.ico",
        f"/{token[:-1]}/",
        f"/{token}x/",
        f"/{token}",
        "//",
        "*",
        "/../" + token,
    ):
        status, answer = await page.ask(path=path)
        assert (status == 404, "Pairs" in answer) == (path != f"/{token}", path == f"/{token}"), path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert (await page.ask(method))[0] == 404

    for message in (
        b"\r\n\r\n",
        b"GET / SPDY/3\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * LONGEST_HEAD + b"\r\n\r\n",
    ):
        assert await page.raw(message) == b"", message
    assert (await page.ask())[0] == 200


async def test_an_address_is_made_once_and_told_without_opening_it(page: Page) -> None:
    again = await report(page.editor, {"runId": page.run_id, "show": False})
    assert again["uri"] == page.uri
    assert len(shown(page)) == 1
    with pytest.raises(JsonRpcException, match="no run has the id"):
        await report(page.editor, "zzz")
