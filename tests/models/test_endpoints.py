"""From settings to servers: probed once, one for each role, replicas that problems stick to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from attrs import evolve
from models.servers import Asked, Behaviour, Reply, good, refusal, serving

from sstar_lsp.errors import ContextTooLong
from sstar_lsp.models.client.capability_cache import LEAST, Capabilities, Known, LimitField
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.client.rate_limiter import RateLimiters
from sstar_lsp.models.factory import connect
from sstar_lsp.models.load_balancer import Replicas
from sstar_lsp.models.probing.probe import probe
from sstar_lsp.models.protocol import Model, Models
from sstar_lsp.models.server.openai_app import Wire
from sstar_lsp.models.testing.scripted import Rule
from sstar_lsp.models.testing.scripted_server import ScriptedServer, serve_scripted
from sstar_lsp.records import Message, Sampling
from sstar_lsp.settings import ModelSettings, RoleSettings

RULES = (Rule((), ("one two three four five six", "seven eight nine ten")),)
ASKED = (Message("user", "count"),)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def served(stack: AsyncExitStack, name: str = "scripted") -> ScriptedServer:
    return await stack.enter_async_context(serve_scripted(RULES, name=name, key="k" * 16))


async def connected(stack: AsyncExitStack, folder: Path, settings: ModelSettings, **environ: str) -> Models:
    own = {"SSTAR_STATE_DIR": str(folder), "SSTAR_API_KEY": "k" * 16, **environ}
    return await connect(settings, stack, own, lambda _words: None, RateLimiters())


async def say(model: Model, asked: tuple[Message, ...] = ASKED, seed: int = 0) -> str:
    return "".join([delta.text async for delta in model.stream(asked, Sampling(seed=seed))])


# --- probing --------------------------------------------------------------------------------------


async def test_an_endpoint_is_probed_once_and_then_remembered(stack: AsyncExitStack, tmp_path: Path) -> None:
    server = await served(stack)
    for _ in range(2):
        models = await connected(stack, tmp_path, ModelSettings(base_url=server.base_url, model="scripted"))
        assert await say(models.writer) == RULES[0].replies[0]
    assert len(server.probes) == 2, "as the judge asks, and as the writer does"
    assert models.writer.capabilities.streaming  # type: ignore[attr-defined]


async def test_what_is_remembered_holds_neither_key_nor_password(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    server = await served(stack)
    await connected(stack, tmp_path, ModelSettings(base_url=server.base_url, model="scripted"))
    known = Known(tmp_path / "endpoints.json")
    known.put("https://me:password@host/v1?token=password", "m", LEAST)
    kept = known.path.read_text()
    assert "password" not in kept
    assert "kkkk" not in kept


async def test_what_a_refusal_taught_is_kept_with_the_endpoint(stack: AsyncExitStack, tmp_path: Path) -> None:
    refused: list[object] = []

    def answer(asked: Asked) -> Reply:
        if asked.body.get("temperature", 1) <= 0:
            refused.append(asked.body["temperature"])
            return refusal(422, "Input validation error: `temperature` must be strictly positive")
        return good(asked)

    server = await stack.enter_async_context(serving(Behaviour("no zero", answer)))
    place = ModelSettings(base_url=f"http://127.0.0.1:{server.port}/v1", model="m")
    for _ in range(2):
        models = await connected(stack, tmp_path, place)
        async for _delta in models.judge.stream(ASKED, Sampling(temperature=0.0)):
            pass
    assert refused == [0.0], "once, by the probe of the first session"
    assert models.judge.capabilities.bounds == {"temperature": (0.01, None)}  # type: ignore[attr-defined]


async def test_a_server_that_cannot_be_probed_is_assumed_to_do_the_least(tmp_path: Path) -> None:
    async with serve_scripted(RULES) as server:
        model = OpenAIModel(server.base_url, "scripted", "wrong key")
        await probe(model)
        assert model.capabilities == LEAST
        await model.aclose()


async def test_the_quick_probe_sees_what_a_run_needs() -> None:
    async with serve_scripted(RULES) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        await probe(model)
        await model.aclose()
    found = model.capabilities
    assert (found.streaming, found.reasoning, found.refused_fields) == (
        True,
        False,
        (),
    )


def test_what_was_found_is_forgotten_after_a_week_and_when_it_cannot_be_read(tmp_path: Path) -> None:
    now = [1_000_000.0]
    known = Known(tmp_path / "endpoints.json", lambda: now[0])
    found = Capabilities(limit_field=LimitField.MAX_COMPLETION_TOKENS, refused_fields=("seed",))
    known.put("http://a/v1", "m", found)
    assert known.get("http://a/v1", "m") == found
    assert known.get("http://a/v1", "other") is None
    now[0] += 8 * 24 * 3600
    assert known.get("http://a/v1", "m") is None
    known.path.write_text("{broken")
    assert known.get("http://a/v1", "m") is None
    known.put("http://a/v1", "m", found)
    assert known.get("http://a/v1", "m") == found


async def test_a_prompt_that_cannot_fit_is_refused_before_it_is_sent() -> None:
    async with serve_scripted(RULES) as server:
        model = OpenAIModel(server.base_url, "scripted", server.key)
        model.capabilities = Capabilities(context_tokens=100)
        with pytest.raises(ContextTooLong, match="reads 100 in all"):
            await say(model, (Message("user", "x" * 2000),))
        assert server.requests == []
        await say(model, (Message("user", "x" * 90),))
        assert server.requests[0]["max_tokens"] == 100 - 30 - 16, "and an answer gets what is left"
        await model.aclose()


# --- roles ----------------------------------------------------------------------------------------


async def test_without_role_settings_all_roles_are_one_model(stack: AsyncExitStack, tmp_path: Path) -> None:
    server = await served(stack)
    models = await connected(stack, tmp_path, ModelSettings(base_url=server.base_url))
    assert models.writer is models.debugger is models.input_writer is models.judge


async def test_a_role_has_its_own_server_and_its_own_key(stack: AsyncExitStack, tmp_path: Path) -> None:
    writer = await served(stack, "small")
    judge = await stack.enter_async_context(serve_scripted(RULES, name="large", key="j" * 16))
    settings = ModelSettings(base_url=writer.base_url, judge=RoleSettings(base_url=judge.base_url))
    models = await connected(stack, tmp_path, settings, SSTAR_API_KEY_JUDGE="j" * 16)
    assert (models.writer.name, models.judge.name) == ("small", "large")
    await say(models.judge)
    assert (len(writer.requests), len(judge.requests)) == (0, 1)


async def test_the_common_key_is_not_sent_to_a_roles_server(stack: AsyncExitStack, tmp_path: Path) -> None:
    from sstar_lsp.errors import ModelAuthError

    server = await served(stack)
    other = await stack.enter_async_context(serve_scripted(RULES, key="k" * 16))  # it would even be right
    settings = ModelSettings(base_url=server.base_url, debugger=RoleSettings(other.base_url, "scripted"))
    models = await connected(stack, tmp_path, settings)
    with pytest.raises(ModelAuthError):
        await say(models.debugger)


# --- replicas -------------------------------------------------------------------------------------


async def test_all_requests_of_a_problem_go_to_one_replica_and_problems_to_both(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    servers = [await served(stack), await served(stack)]
    addresses = f"{servers[0].base_url}, {servers[1].base_url}"
    models = await connected(stack, tmp_path, ModelSettings(base_url=addresses, model="scripted"))
    for problem in range(16):
        for seed in range(3):
            await say(
                models.writer, (Message("user", f"problem {problem}"), Message("user", str(seed))), seed
            )
    by_server = [{_first(request) for request in server.requests} for server in servers]
    assert by_server[0].isdisjoint(by_server[1])
    assert all(by_server)
    assert len(by_server[0] | by_server[1]) == 16


def _first(request: Mapping[str, object]) -> str:
    messages = request["messages"]
    assert isinstance(messages, list)
    return str(messages[0]["content"])


async def test_where_one_replica_is_gone_its_problems_go_to_the_other(stack: AsyncExitStack) -> None:
    alive = await served(stack)
    gone = await served(stack)
    dead = OpenAIModel("http://127.0.0.1:9/v1", "scripted", gone.key, max_retries=0)
    model = Replicas([dead, OpenAIModel(alive.base_url, "scripted", alive.key)])
    for each in model.models:
        stack.push_async_callback(each.aclose)
    for problem in range(8):
        assert await say(model, (Message("user", f"problem {problem}"),))
    assert model.order(ASKED)[0] is not dead, "and it is not asked first for a while"


async def test_a_replica_with_a_queue_gives_way_to_one_that_is_idle(stack: AsyncExitStack) -> None:
    servers = [await served(stack), await served(stack)]
    model = Replicas([OpenAIModel(s.base_url, "scripted", s.key) for s in servers])
    for each in model.models:
        stack.push_async_callback(each.aclose)
    preferred = model.order(ASKED)[0]
    preferred.limiter = _Queued()  # type: ignore[assignment]  # the two numbers that the balancer reads
    assert model.order(ASKED)[0] is not preferred


class _Queued:
    waiting = 3
    in_flight = 16


# --- what is known -------------------------------------------------------------------------------


def test_capabilities_are_a_record_that_can_be_changed_only_by_a_copy() -> None:
    assert evolve(LEAST, streaming=True).streaming is True
    assert LEAST.streaming is None


async def test_a_server_of_ours_says_how_long_its_context_is() -> None:
    import httpx2

    engine = SimpleNamespace(names=("m",))
    for context, listed in ((4096, {"max_model_len": 4096}), (None, {})):
        app = Wire(engine, "k", context_tokens=lambda context=context: context).app()  # type: ignore[arg-type]
        transport = httpx2.ASGITransport(app)  # type: ignore[arg-type]  # the same shape under another name
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            said = (await client.get("/v1/models", headers={"authorization": "Bearer k"})).json()
        assert {k: v for k, v in said["data"][0].items() if k == "max_model_len"} == listed
