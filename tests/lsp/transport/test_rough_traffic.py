"""Rough traffic: bursts, duplicates, wrong types, hostile sizes; and any order of document events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pygls.exceptions import JsonRpcException

from lsp.editor import STATEMENT, environment
from lsp.raw import Raw, raw_server
from sstar_lsp.lsp.server import create_server

REQUESTS = (
    "textDocument/codeAction",
    "textDocument/codeLens",
    "textDocument/hover",
    "textDocument/inlayHint",
    "codeAction/resolve",
    "workspace/executeCommand",
    "workspace/textDocumentContent",
    *(
        f"sstar/{name}"
        for name in [
            "solve",
            "resume",
            "run",
            "judge",
            "cancel",
            "runs",
            "edit",
            "document",
            "tests",
            "check",
            "weights",
        ]
    ),
    "sstar/confirmPractice",
)
WRONG: tuple[Any, ...] = (
    None,
    [],
    [1],
    "text",
    7,
    True,
    {"textDocument": 5},
    {"uri": ["x"]},
    {"runId": {}},
    {"position": "here", "textDocument": {"uri": 1}},
)


@pytest.fixture
async def raw(home: Path) -> AsyncIterator[Raw]:
    """An initialised server."""
    async with raw_server(environment(home)) as started:
        await started.initialize()
        yield started


async def test_every_request_with_parameters_of_any_wrong_type_is_answered(raw: Raw) -> None:
    asked = [
        (f"{method}/{number}", method, params) for method in REQUESTS for number, params in enumerate(WRONG)
    ]
    for msg_id, method, params in asked:
        raw.send({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params})
    waiting = {msg_id for msg_id, _, _ in asked}
    while waiting:
        message = await raw.receive()
        if "method" not in message:
            waiting.discard(message["id"])
    assert (await raw.ask("after", "sstar/runs", {}))["result"] == []


async def test_notifications_of_wrong_types_are_dropped(raw: Raw) -> None:
    for method in (
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
        "$/cancelRequest",
    ):
        for params in WRONG:
            raw.notify(method, params)
    unopened = {"textDocument": {"uri": "file:///never.md", "version": 1}, "contentChanges": [{"text": "x"}]}
    raw.notify("textDocument/didChange", unopened)
    raw.notify("textDocument/didClose", {"textDocument": {"uri": "file:///never.md"}})
    raw.notify("window/workDoneProgress/cancel", {"token": "of nobody"})
    assert (await raw.ask("after", "sstar/runs", {}))["result"] == []


async def test_ten_thousand_changes_in_a_burst_end_in_the_last_one(raw: Raw) -> None:
    uri = "file:///burst.md"
    item = {"uri": uri, "languageId": "markdown", "version": 0, "text": STATEMENT}
    raw.notify("textDocument/didOpen", {"textDocument": item})
    for version in range(1, 10_001):
        changes = [{"text": f"{version}\n\n{STATEMENT}"}]
        raw.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes},
        )
        if version % 500 == 0:
            await asyncio.sleep(0)
    params = {"textDocument": {"uri": uri}, "range": _span(), "context": {"diagnostics": []}}
    found = (await raw.ask("after", "textDocument/codeAction", params))["result"]
    assert found[0]["command"] == "sstar.solve"


def _span() -> dict[str, Any]:
    nothing = {"line": 0, "character": 0}
    return {"start": nothing, "end": nothing}


async def test_two_requests_of_one_id_are_both_answered(raw: Raw) -> None:
    for _ in range(2):
        raw.send({"jsonrpc": "2.0", "id": "twice", "method": "sstar/runs", "params": {}})
    assert "method" not in await raw.answer("twice")
    assert "method" not in await raw.answer("twice")
    assert (await raw.ask("after", "sstar/runs", {}))["result"] == []


async def test_an_answer_to_nothing_is_ignored(raw: Raw) -> None:
    raw.send({"jsonrpc": "2.0", "id": "never asked", "result": None})
    raw.send({"jsonrpc": "2.0", "id": "never asked", "error": {"code": 1, "message": "no"}})
    assert (await raw.ask("after", "sstar/runs", {}))["result"] == []


async def test_a_20_mb_message_is_read_in_pieces_and_answered(raw: Raw) -> None:
    params = {"uri": "file:///" + "x" * (20 << 20)}
    assert (await raw.ask("big", "sstar/document", params))["error"]["code"] == -32602
    assert (await raw.ask("after", "sstar/runs", {}))["result"] == []


# --- any order of document events ------------------------------------------------------------------

NAMES = st.sampled_from(["a.md", "b.md", "c.py"])
TEXTS = st.sampled_from(
    [STATEMENT, "", "# Nothing here\n", '"""' + STATEMENT + '"""\n\nx = 1\n', "\x00\ufffe\r\n"]
)


class Documents(RuleBasedStateMachine):
    """Open, change, close and ask in any order: the server's buffers are those of the model, nothing raises."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.server = create_server()
        self.server.protocol.set_writer(self)
        self.buffers: dict[str, str] = {}
        self.ids = 0
        self.answered("initialize", {"processId": None, "rootUri": None, "capabilities": {}})

    def write(self, message: bytes) -> None:
        """The wire."""
        told = json.loads(message.partition(b"\r\n\r\n")[2])
        if "method" not in told and told.get("id") in self.waiting:
            self.waiting.pop(told["id"]).set_result(told)

    def close(self) -> None:
        """Nothing is held."""

    def notify(self, method: str, params: Any) -> None:
        """A notification of the client."""

        async def receive() -> None:
            self.server.protocol.receive({"jsonrpc": "2.0", "method": method, "params": params})
            await asyncio.sleep(0)

        self.loop.run_until_complete(receive())

    def answered(self, method: str, params: Any) -> Any:
        """A request's result; fails where it is an error of ours."""
        self.ids += 1
        number = self.ids

        async def ask() -> Any:
            self.waiting[number] = coming = self.loop.create_future()
            self.server.protocol.receive({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            async with asyncio.timeout(60):
                return await coming

        answer = self.loop.run_until_complete(ask())
        assert "error" not in answer, answer
        return answer["result"]

    @rule(name=NAMES, text=TEXTS)
    def open_document(self, name: str, text: str) -> None:
        """Open it, perhaps a second time."""
        uri = f"file:///nowhere/{name}"
        self.buffers[uri] = text
        item = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    @rule(name=NAMES, text=TEXTS, version=st.integers(-1, 3))
    def change_document(self, name: str, text: str, version: int) -> None:
        """Change it, open or not."""
        uri = f"file:///nowhere/{name}"
        if uri in self.buffers:
            self.buffers[uri] = text
            self.notify(
                "textDocument/didChange",
                {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]},
            )

    @rule(name=NAMES)
    def close_document(self, name: str) -> None:
        """Close it, open or not."""
        uri = f"file:///nowhere/{name}"
        self.buffers.pop(uri, None)
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    @precondition(lambda self: self.buffers)
    @rule(data=st.data())
    def ask_about_an_open_document(self, data: st.DataObject) -> None:
        """What any editor asks all the time."""
        uri = data.draw(st.sampled_from(sorted(self.buffers)))
        document = {"textDocument": {"uri": uri}}
        assert isinstance(self.answered("textDocument/codeLens", document), list)
        assert isinstance(self.answered("textDocument/inlayHint", {**document, "range": _span()}), list)
        asked = {**document, "range": _span(), "context": {"diagnostics": []}}
        assert isinstance(self.answered("textDocument/codeAction", asked), list)
        hover = {**document, "position": {"line": 99, "character": 99}}
        assert self.answered("textDocument/hover", hover) is None

    @invariant()
    def the_buffers_are_those_of_the_editor(self) -> None:
        """No text is lost, none is kept."""
        if self.ids:
            held = {uri: d.source for uri, d in self.server.editor.workspace.text_documents.items()}
            assert held == self.buffers

    @invariant()
    def no_message_leaves_anything_behind(self) -> None:
        """pygls 2.1 keeps what handled a notification for ever."""
        assert self.server.protocol._request_futures == {}

    def teardown(self) -> None:
        """End the server."""
        self.loop.run_until_complete(self.server.aclose())
        self.loop.close()


Documents.TestCase.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.usefixtures("own_home")
class TestDocuments(Documents.TestCase):  # type: ignore[misc, valid-type]
    """Run by pytest."""


def test_the_kinds_of_refusal_are_what_the_protocol_says() -> None:
    from sstar_lsp.errors import ContestError, ModelAuthError, UsageError
    from sstar_lsp.lsp.transport.json_rpc import refusal

    made: list[JsonRpcException] = [refusal(UsageError("a")), refusal(ModelAuthError("b"), "r")]
    assert [error.code for error in made] == [-32602, -32803]
    assert made[1].data == {"exitCode": 4, "kind": "ModelAuthError", "runId": "r"}
    assert refusal(ContestError("c", "x.com/1")).data == {
        "exitCode": 3,
        "kind": "ContestError",
        "contest": "x.com/1",
    }
