"""Servers that are already there: told by their answers, asked once and without a key, and never waited for long."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from attrs import Factory, define

from sstar_lsp.errors import UsageError
from sstar_lsp.models import found_servers as search
from sstar_lsp.models.found_servers import FoundServer, found_json, found_servers, keys_found
from sstar_lsp.models.providers import PROVIDERS


def model(name: str, owner: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1, **({"owned_by": owner} if owner else {}), **more}


def listing(*models: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"object": "list", "data": list(models), **more}).encode()


SHAPES: tuple[tuple[str, str, bytes], ...] = (
    ("Ollama", "uvicorn", listing(model("qwen2.5-coder:7b", "library"))),
    ("Ollama", "", listing(model("hf.co/bartowski/Qwen2.5-Coder-7B-GGUF:Q4_K_M", "bartowski"))),
    ("LM Studio", "", listing(model("text-embedding-nomic-embed-text-v1.5", "organization_owner"))),
    ("llama.cpp", "llama.cpp", listing(model("qwen.gguf", "somebody"))),
    ("llama.cpp", "", listing(model("qwen.gguf", "llamacpp", meta={"n_ctx": 4096}), models=[{}])),
    ("vLLM", "uvicorn", listing(model("Qwen/Qwen2.5-Coder-7B", "vllm", max_model_len=4096))),
    ("Jan", "", listing(model("Jan-v1-4B", "user"))),
    ("GPT4All", "", listing(model("Llama 3 8B Instruct", "humanity", permissions=[{"id": "placeholder"}]))),
    ("KoboldCpp", "KoboldCppServer 1", listing(model("koboldcpp/qwen", "koboldcpp", root="koboldcpp"))),
    ("SGLang", "uvicorn", listing(model("Qwen/Qwen3-8B", "sglang"))),
    ("OpenAI-compatible server", "", listing(model("qwen"))),
)  # fmt: skip
"""What real servers answer, as their sources and users' reports have it."""


@define
class Answering:
    """A port with an answer."""

    port: int = 0
    asked: list[str] = Factory(list)


@asynccontextmanager
async def answering(
    body: bytes, head: str = "HTTP/1.1 200 OK", *, hangs: bool = False
) -> AsyncIterator[Answering]:
    """A server that answers everything with the same bytes, and remembers what it was asked."""
    here = Answering()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            here.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(f"{head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
            if hangs:
                await reader.read()
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    here.port = listening.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        listening.close()


async def found_at(*ports: int) -> tuple[FoundServer, ...]:
    return await found_servers({"SSTAR_SERVER_PORTS": ",".join(map(str, ports))})


@pytest.mark.parametrize(("title", "header", "body"), SHAPES)
async def test_a_server_is_told_by_what_it_answers(title: str, header: str, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nserver: {header}" if header else "HTTP/1.1 200 OK"
    async with answering(body, head) as here:
        (server,) = await found_at(here.port)
    assert server.title == title
    assert server.base_url == f"http://127.0.0.1:{here.port}/v1"
    assert server.models == tuple(each["id"] for each in json.loads(body)["data"])
    assert server.name == {title: name for name, title in search.TITLES.items()}.get(
        title, f"127.0.0.1:{here.port}"
    )


async def test_it_is_asked_once_for_its_models_and_no_key_or_proxy_comes_near_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for provider in PROVIDERS:
        monkeypatch.setenv(provider.variable, f"sk-secret-of-{provider.name}")
    monkeypatch.setenv("SSTAR_API_KEY", "sk-secret")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with answering(SHAPES[0][2]) as here:
        assert await found_at(here.port)
    (asked,) = here.asked
    assert asked.startswith("GET /v1/models HTTP/1.1")
    assert "authorization" not in asked.lower()
    assert "sk-secret" not in asked


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (b"<html>A web page</html>", "HTTP/1.1 200 OK"),
        (b'{"error": "Unauthorized"}', "HTTP/1.1 401 Unauthorized"),
        (SHAPES[0][2], "HTTP/1.1 404 Not Found"),
        (SHAPES[0][2], "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/v1/models"),
        (gzip.compress(SHAPES[0][2], mtime=0), "HTTP/1.1 200 OK\r\ncontent-encoding: gzip"),
        (b'["a", "list"]', "HTTP/1.1 200 OK"),
        (b'{"data": {"users": 3}}', "HTTP/1.1 200 OK"),
        (b'{"data": [{"user": 3}]}', "HTTP/1.1 200 OK"),
        (b'{"object": "page", "data": []}', "HTTP/1.1 200 OK"),
        (b"[" * 99_999, "HTTP/1.1 200 OK"),
        (b'{"object": "list", "data": [' + b" " * search.MOST_BYTES + b"]}", "HTTP/1.1 200 OK"),
        (b"\xff\xfe", "HTTP/1.1 200 OK"),
        (b"", "SSH-2.0-OpenSSH_9.6"),
    ],
)
async def test_anything_else_on_such_a_port_is_passed_over(body: bytes, head: str) -> None:
    async with answering(body, head) as other, answering(SHAPES[0][2]) as ollama:
        assert [server.title for server in await found_at(other.port, ollama.port)] == ["Ollama"]


async def test_one_that_never_ends_its_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PATIENCE_S", 0.2)
    async with answering(b"", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", hangs=True) as here:
        assert await found_at(here.port) == ()


async def test_where_nobody_listens_there_is_none() -> None:
    async with answering(b"") as here:
        port = here.port
    assert await found_at(port) == ()


@pytest.mark.parametrize(
    ("body", "title"),
    [(b'{"object": "list", "data": null}', "Ollama"), (listing(), "OpenAI-compatible server")],
)
async def test_a_server_without_a_model_is_there_all_the_same(body: bytes, title: str) -> None:
    async with answering(body) as here:
        (server,) = await found_at(here.port)
    assert (server.title, server.models) == (title, ())


async def test_models_that_write_programs_come_first_and_names_that_cannot_be_shown_not_at_all() -> None:
    names = ("nomic-embed-text", "llama3.1", "qwen2.5-coder", "evil\x1b[2J", "", "x" * 999, "a,b")
    async with answering(listing(*(model(name, "vllm") for name in names))) as here:
        (server,) = await found_at(here.port)
    assert server.models == ("qwen2.5-coder", "llama3.1", "nomic-embed-text")


async def test_two_of_a_kind_are_named_with_their_ports() -> None:
    async with AsyncExitStack() as stack:
        two = [await stack.enter_async_context(answering(SHAPES[5][2])) for _ in range(2)]
        found = await found_at(*(here.port for here in two))
    assert [server.name for server in found] == [f"vllm:{here.port}" for here in two]


@pytest.mark.parametrize("ports", ["all", "0", "65536", "-1", "8000-9000"])
async def test_what_is_no_list_of_ports_is_told(ports: str) -> None:
    with pytest.raises(UsageError, match="SSTAR_SERVER_PORTS wants ports separated by commas"):
        await found_servers({"SSTAR_SERVER_PORTS": ports})


def test_keys_are_found_by_their_variables_and_are_in_nothing_that_is_shown() -> None:
    keys = keys_found({"GROQ_API_KEY": "sk-very-secret", "MISTRAL_API_KEY": "  ", "PATH": "/bin"})
    assert [provider.name for provider in keys] == ["groq"]
    assert "sk-very-secret" not in json.dumps(found_json((), keys))
