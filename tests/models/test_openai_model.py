"""The client against a real server that misbehaves in every way real servers do."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
from contextlib import aclosing

import pytest
from models.servers import Asked, Behaviour, Reply, good, refusal, serving

from sstar_lsp import errors
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.client.rate_limiter import RateLimiter
from sstar_lsp.models.testing.scripted import Rule, ScriptedModel
from sstar_lsp.models.testing.scripted_server import FAULTY_REPLIES, Fault, serve_scripted
from sstar_lsp.records import Message, Sampling, Usage
from sstar_lsp.settings import ModelSettings

RULES = (Rule((), ("one two three four five six", "seven eight nine ten")),)
ASKED = (Message("user", "count"),)
DEFAULT = Sampling()


async def ask(model: OpenAIModel, sampling: Sampling = DEFAULT) -> tuple[str, Usage | None]:
    text, usage = "", None
    async for delta in model.stream(ASKED, sampling):
        text += delta.text
        usage = delta.usage or usage
    return text, usage


@pytest.mark.parametrize(
    ("fault", "expected", "words"),
    [
        (Fault.UNAUTHORIZED, errors.ModelAuthError, "SSTAR_API_KEY"),
        (Fault.RATE_LIMITED, errors.ModelRateLimited, "try again later"),
        (Fault.RATE_LIMITED_FOR_LONG, errors.ModelRateLimited, "3600 s"),
        (Fault.QUOTA, errors.ModelQuotaError, "quota"),
        (Fault.CONTEXT, errors.ContextTooLong, "shorten the statement"),
        (Fault.MODEL_MISSING, errors.ModelMissing, "has no model"),
        (Fault.SERVER_ERROR, errors.ModelOverloaded, "The engine fell over"),
        (Fault.HTML_PAGE, errors.ModelOverloaded, "502 Bad Gateway"),
        (Fault.HTML_PAGE_OK, errors.ModelProtocolError, "text/html"),
        (Fault.HANG, errors.ModelStalled, "sent nothing for 0.3 s"),
        (Fault.HANG_MIDWAY, errors.ModelStalled, "sent nothing for 0.3 s"),
        (Fault.BROKEN_CHUNK, errors.ModelOverloaded, "a damaged piece"),
        (Fault.DISCONNECT, errors.ModelUnreachable, "closed the connection"),
    ],
)
async def test_each_fault_of_a_server_is_its_own_error_that_says_where_and_what_next(
    fault: Fault, expected: type[errors.ModelError], words: str
) -> None:
    async with serve_scripted(RULES, faults=lambda _: fault) as server:
        idle_s = 0.3 if fault in (Fault.HANG, Fault.HANG_MIDWAY) else 30.0
        model = OpenAIModel(server.base_url, "scripted", server.key, idle_timeout_s=idle_s, patience_s=0.01)
        with pytest.raises(expected) as raised:
            await ask(model)
        assert type(raised.value) is expected
        assert words in str(raised.value)
        assert "127.0.0.1" in str(raised.value)
        assert "<" not in str(raised.value)
        await model.aclose()


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.SERVER_ERROR, Fault.HTML_PAGE])
async def test_what_may_work_later_is_tried_again_and_counted(fault: Fault) -> None:
    async with serve_scripted(RULES, faults=[fault, fault]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key, patience_s=0.01)
        text, _ = await ask(model, Sampling(seed=0))
        assert text == "one two three four five six"
        assert len(server.requests) == 3
        await model.aclose()


async def test_a_server_that_asks_to_wait_too_long_is_not_waited_for() -> None:
    async with serve_scripted(RULES, faults=[Fault.RATE_LIMITED_FOR_LONG]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        with pytest.raises(errors.ModelRateLimited) as raised:
            await ask(model)
        assert raised.value.retry_after_s == 3600
        assert len(server.requests) == 1
        await model.aclose()


@pytest.mark.parametrize(
    ("status", "words"), [(503, "Loading model"), (429, "Too many requests."), (529, "Busy")]
)
@pytest.mark.parametrize(("patience_s", "sent"), [(120.0, 2), (119.0, 1)])
async def test_two_minutes_that_a_server_names_are_waited_for_and_the_patience_can_be_set(
    monkeypatch: pytest.MonkeyPatch, status: int, words: str, patience_s: float, sent: int
) -> None:
    def busy_at_first(asked: Asked) -> Reply:
        return good(asked) if asked.turn > 1 else refusal(status, words, **{"retry-after": "120"})

    waited: list[float] = []
    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds
        await real_sleep(0)

    clock = [0.0]
    monkeypatch.setattr("sstar_lsp.models.client.openai_model.asyncio.sleep", sleep)
    assert ModelSettings().patience_s == 120.0
    async with serving(Behaviour("busy", busy_at_first)) as server:
        model = OpenAIModel(f"http://127.0.0.1:{server.port}/v1", "m", "EMPTY", patience_s=patience_s)
        model.limiter = RateLimiter(clock=lambda: clock[0])
        if sent == 2:
            assert (await ask(model, Sampling(seed=1)))[0]
        else:
            with pytest.raises((errors.ModelOverloaded, errors.ModelRateLimited), match=words.rstrip(".")):
                await ask(model, Sampling(seed=1))
        await model.aclose()
    assert len(server.asked) == sent
    assert waited == [120.0] * (sent - 1)


async def test_a_server_of_which_half_of_the_requests_find_no_room_answers_them_all() -> None:
    async with serve_scripted(RULES, faults=[Fault.SERVER_ERROR] * 6) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key, patience_s=0.01)
        assert (await ask(model, Sampling(seed=0)))[0] == "one two three four five six"
        assert len(server.requests) == 7
        await model.aclose()


async def test_an_answer_that_broke_off_is_not_asked_for_again() -> None:
    async with serve_scripted(RULES, faults=[Fault.DISCONNECT]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        with pytest.raises(errors.ModelUnreachable):
            await ask(model)
        assert len(server.requests) == 1
        await model.aclose()


async def test_nobody_at_the_address_is_said_with_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    model = OpenAIModel(f"http://127.0.0.1:{port}/v1", "m", "EMPTY", max_retries=0)
    with pytest.raises(errors.ModelUnreachable, match=f"nobody answers at http://127.0.0.1:{port}/v1"):
        await ask(model)
    await model.aclose()


async def test_a_missing_model_is_told_with_the_models_that_are_there() -> None:
    async with serve_scripted(RULES) as server:
        model = OpenAIModel(server.base_url, "gpt-17", server.key)
        with pytest.raises(errors.ModelMissing, match=r"no model 'gpt-17'\. It has: scripted"):
            await ask(model)
        await model.aclose()


async def test_a_base_url_without_v1_is_told_that_most_end_with_v1() -> None:
    async with serve_scripted(RULES) as server:
        model = OpenAIModel(server.base_url.removesuffix("/v1"), "scripted", server.key)
        with pytest.raises(errors.ModelMissing, match="most end with /v1"):
            await ask(model)
        await model.aclose()


async def test_a_server_that_only_knows_max_completion_tokens_is_answered_in_its_words_from_then_on() -> None:
    async with serve_scripted(RULES, faults=lambda _: Fault.NO_MAX_TOKENS) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        assert (await ask(model, Sampling(seed=0, max_tokens=3)))[0] == "one two three"
        assert (await ask(model, Sampling(seed=0, max_tokens=2)))[0] == "one two"
        assert ["max_tokens" in request for request in server.requests] == [True, False, False]
        await model.aclose()


async def test_no_usage_from_the_server_is_none_not_a_guess() -> None:
    async with serve_scripted(RULES, faults=[Fault.NO_USAGE]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        assert await ask(model, Sampling(seed=1)) == ("seven eight nine ten", None)
        await model.aclose()


async def test_a_line_of_100_kb_arrives_whole() -> None:
    async with serve_scripted(RULES, faults=[Fault.LONG_LINE]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        assert (await ask(model))[0] == FAULTY_REPLIES[Fault.LONG_LINE]
        await model.aclose()


async def test_an_answer_without_end_is_cut() -> None:
    async with serve_scripted(lambda _m, _s: "x" * 300_000, faults=[Fault.LONG_LINE]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        reasons = [delta.finish_reason async for delta in model.stream(ASKED, Sampling(max_tokens=16))]
        assert reasons[-1] == "length"
        await model.aclose()


async def test_every_knob_is_sent() -> None:
    async with serve_scripted(RULES) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        await ask(model, Sampling(0.3, 0.8, 7, 5))
        assert server.requests[0] == {
            "model": "scripted",
            "messages": [{"role": "user", "content": "count"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0.3,
            "top_p": 0.8,
            "max_tokens": 7,
            "seed": 5,
        }
        await model.aclose()


async def test_cancelling_the_reader_closes_the_socket_of_a_hanging_request() -> None:
    async with serve_scripted(RULES, faults=[Fault.HANG]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        reading = asyncio.create_task(ask(model))
        await server.kept_waiting.wait()
        reading.cancel()
        await server.disconnects.wait()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await model.aclose()


async def test_closing_the_iterator_stops_the_generation_on_the_server() -> None:
    stopped = asyncio.Event()

    async def forever(_: object) -> None:
        try:
            if scripted.calls and begun.is_set():
                await asyncio.Event().wait()
            begun.set()
        except asyncio.CancelledError:
            stopped.set()
            raise

    begun = asyncio.Event()
    scripted = ScriptedModel(RULES, before_piece=forever, piece_tokens=1)
    async with serve_scripted(scripted) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        async with aclosing(model.stream(ASKED, Sampling())) as deltas:
            async for _ in deltas:
                break
        await stopped.wait()
        await model.aclose()
        assert scripted.cancelled == 1


async def test_a_proxy_in_the_environment_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serve_scripted(RULES) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        assert (await ask(model, Sampling(seed=1)))[0] == "seven eight nine ten"
        await model.aclose()


async def test_the_key_is_in_no_repr_error_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve_scripted(RULES, faults=[Fault.UNAUTHORIZED]) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        with pytest.raises(errors.ModelAuthError) as raised:
            await ask(model)
        await ask(model)
        assert server.key not in repr(model) + repr(server) + str(raised.value) + caplog.text
        await model.aclose()


async def test_the_environments_openai_organisation_is_sent_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    received: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(record, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    model = OpenAIModel(f"http://127.0.0.1:{port}/v1", "m", "EMPTY", max_retries=0)
    with pytest.raises(errors.ModelUnreachable):
        await ask(model)
    await model.aclose()
    server.close()
    assert received
    assert b"secret" not in received[0]


async def test_a_server_that_answers_in_one_piece_is_understood() -> None:
    answer = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
    }
    body = json.dumps(answer).encode()

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    model = OpenAIModel(f"http://127.0.0.1:{port}/v1", "m", "EMPTY")
    assert await ask(model) == ("hi", Usage(3, 1))
    await model.aclose()
    server.close()


def test_importing_the_client_does_not_import_the_http_library() -> None:
    code = "import sys, sstar_lsp.models.client.openai_model, sstar_lsp.models.embedded; sys.exit('httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "kind", "words"),
    [
        (
            "HTTPS_PROXY",
            "http://127.0.0.1:9",
            errors.ModelUnreachable,
            "through the proxy http://127.0.0.1:9",
        ),
        ("HTTPS_PROXY", '"http://127.0.0.1:9"', errors.UsageError, "HTTPS_PROXY="),
        ("SSL_CERT_FILE", "/nonexistent/ca.pem", errors.UsageError, "SSL_CERT_FILE=/nonexistent/ca.pem"),
    ],
)
async def test_a_network_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, kind: type[errors.SStarError], words: str
) -> None:
    for other in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "no_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    model = OpenAIModel("https://models.invalid/v1", "m", "EMPTY", max_retries=0)
    with pytest.raises(kind, match=words):
        await ask(model)
    await model.aclose()


async def test_https_on_a_plain_port_is_told() -> None:
    async with serve_scripted(RULES) as server:
        address = server.base_url.replace("http:", "https:")
        model = OpenAIModel(address, "scripted", server.key, max_retries=0)
        with pytest.raises(errors.ModelUnreachable, match="speaks no https"):
            await ask(model)
        await model.aclose()
