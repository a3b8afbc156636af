"""The server side of the wire: its manners towards strangers, and its errors. Plain sockets, no client library."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest

from sstar_lsp.models.testing.scripted import Rule
from sstar_lsp.models.testing.scripted_server import ScriptedServer, serve_scripted

ASKED: Mapping[str, Any] = {"model": "scripted", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serve_scripted([Rule((), ("one two three", "four five six"))]) as running:
        yield running


@pytest.fixture
async def http(server: ScriptedServer) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": f"Bearer {server.key}"}
    async with httpx2.AsyncClient(base_url=server.base_url, headers=headers, trust_env=False) as client:
        yield client


async def test_health_needs_no_key(server: ScriptedServer) -> None:
    async with httpx2.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.get(server.base_url.removesuffix("/v1") + "/health")
    assert answer.json() == {"status": "ok"}


@pytest.mark.parametrize("key", ["x", "wrong", "EMPTY"])
@pytest.mark.parametrize("path", ["/models", "/chat/completions", "/nothing"])
async def test_nothing_else_is_answered_without_the_key(server: ScriptedServer, key: str, path: str) -> None:
    async with httpx2.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {key}"}) as stranger:
        answer = await stranger.post(server.base_url + path, json=ASKED)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
    assert not server.model.calls


async def test_a_web_page_is_shut_out_even_with_the_key(http: httpx2.AsyncClient) -> None:
    answer = await http.post("chat/completions", json=ASKED, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_name_that_was_rebound_to_loopback_is_shut_out(http: httpx2.AsyncClient) -> None:
    answer = await http.get("models", headers={"host": "evil.example"})
    assert answer.status_code == 421


async def test_the_model_is_listed(http: httpx2.AsyncClient) -> None:
    assert [model["id"] for model in (await http.get("models")).json()["data"]] == ["scripted"]


async def test_an_answer_in_one_piece_has_its_end_and_the_usage(http: httpx2.AsyncClient) -> None:
    answer = (await http.post("chat/completions", json={**ASKED, "n": 1, "seed": 1})).json()
    (choice,) = answer["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("four five six", "stop")
    assert answer["usage"]["completion_tokens"] == 3


async def test_a_stream_ends_with_usage_and_done(http: httpx2.AsyncClient) -> None:
    asked = {**ASKED, "stream": True, "stream_options": {"include_usage": True}, "seed": 0}
    answer = await http.post("chat/completions", json=asked)
    events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
    assert events[-1] == "[DONE]"
    last = json.loads(events[-2])
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 3)
    pieces = [json.loads(event)["choices"][0] for event in events[:-2]]
    assert "".join(piece["delta"]["content"] for piece in pieces) == "one two three"
    assert pieces[0]["delta"]["role"] == "assistant"
    assert pieces[-1]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": "gpt-17"}, 404, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": 3}]}, 400, "messages"),
        ({"temperature": 9}, 400, "temperature"),
        ({"temperature": "hot"}, 400, "temperature"),
        ({"top_p": -1}, 400, "top_p"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"n": 2}, 400, "n"),
        ({"n": True}, 400, "n"),
        ({"seed": 1.5}, 400, "seed"),
        ({"stop": ["END"]}, 400, "stop"),
        ({"response_format": {"type": "json_schema"}}, 400, "response_format"),
    ],
)
async def test_a_wrong_field_is_named_in_openais_shape(
    http: httpx2.AsyncClient, change: Mapping[str, Any], status: int, param: str
) -> None:
    answer = await http.post("chat/completions", json={**ASKED, **change})
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe"])
async def test_a_body_that_is_no_json_object_is_a_400(http: httpx2.AsyncClient, body: bytes) -> None:
    assert (await http.post("chat/completions", content=body)).status_code == 400


async def test_an_unknown_path_is_a_404_in_openais_shape(http: httpx2.AsyncClient) -> None:
    answer = await http.get("nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_an_engine_that_fails_before_its_first_piece_has_a_status_of_its_own(
    http: httpx2.AsyncClient,
) -> None:
    async with serve_scripted([Rule(("never",), ("x",))]) as server:
        headers = {"authorization": f"Bearer {server.key}"}
        answer = await http.post(
            f"{server.base_url}/chat/completions", json={**ASKED, "stream": True}, headers=headers
        )
    assert answer.status_code == 500
    assert "no scripted reply" in answer.json()["error"]["message"]


async def test_text_parts_and_the_developer_role_are_understood(
    server: ScriptedServer, http: httpx2.AsyncClient
) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    messages = [{"role": "developer", "content": "c"}, {"role": "user", "content": parts}]
    assert (await http.post("chat/completions", json={**ASKED, "messages": messages})).status_code == 200
    assert [(m.role, m.content) for m in server.model.calls[0].messages] == [("system", "c"), ("user", "ab")]
