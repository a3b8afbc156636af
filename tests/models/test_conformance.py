"""What every model must do, whatever is behind it: one suite, three implementations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.protocol import Model
from sstar_lsp.models.testing.scripted import Rule, ScriptedModel
from sstar_lsp.models.testing.scripted_server import serve_scripted
from sstar_lsp.records import Message, Sampling, Usage

RULES = (
    Rule(
        (),
        tuple(
            f"Answer {i}:\n```python\nprint({i})\n```\nand many more words, to be cut short."
            for i in range(8)
        ),
    ),
)
ASKED = (
    Message("system", "You write Python."),
    Message("user", "Write a program that prints the numbers from one to ten, and explain it."),
)


async def _scripted(_stack: AsyncExitStack) -> Model:
    return ScriptedModel(RULES)


async def _over_http(stack: AsyncExitStack) -> Model:
    server = await stack.enter_async_context(serve_scripted(RULES))
    model = OpenAIModel(server.base_url, "scripted", server.key)
    stack.push_async_callback(model.aclose)
    return model


async def _embedded(stack: AsyncExitStack) -> Model:
    from sstar_lsp.models.embedded import EmbeddedModel

    return await stack.enter_async_context(EmbeddedModel("0.5b"))


KINDS = {
    "scripted": _scripted,
    "http": _over_http,
}


@pytest.fixture(params=[*KINDS, pytest.param("embedded", marks=[pytest.mark.live, pytest.mark.timeout(300)])])
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    async with AsyncExitStack() as stack:
        make = KINDS.get(request.param, _embedded)
        yield await make(stack)


async def answer(model: Model, sampling: Sampling) -> tuple[str, str | None, Usage | None]:
    text, reason, usage = "", None, None
    async for delta in model.stream(ASKED, sampling):
        assert usage is None, "usage comes once, on the last delta"
        assert reason is None or not delta.text, "no text after the end of an answer"
        text += delta.text
        reason, usage = delta.finish_reason or reason, delta.usage
    return text, reason, usage


async def test_an_answer_arrives_in_pieces_and_says_why_it_ended(model: Model) -> None:
    pieces = [delta async for delta in model.stream(ASKED, Sampling(max_tokens=24, seed=1))]
    assert len([piece for piece in pieces if piece.text]) > 1
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] in (["stop"], ["length"])


async def test_usage_counts_prompt_and_answer(model: Model) -> None:
    _, _, usage = await answer(model, Sampling(max_tokens=16, seed=1))
    assert usage is not None
    assert usage.prompt_tokens > 0
    assert 0 < usage.completion_tokens <= 16


async def test_max_tokens_cuts_the_answer_and_says_length(model: Model) -> None:
    _, reason, usage = await answer(model, Sampling(max_tokens=5, seed=1))
    assert reason == "length"
    assert usage is not None
    assert usage.completion_tokens == 5


async def test_the_same_seed_says_the_same_and_another_seed_something_else(model: Model) -> None:
    await answer(model, Sampling(max_tokens=1))  # a cached prompt is computed in another order of sums
    sampling = Sampling(temperature=1.0, max_tokens=24, seed=3)
    first, _, _ = await answer(model, sampling)
    again, _, _ = await answer(model, sampling)
    others = [(await answer(model, Sampling(temperature=1.0, max_tokens=24, seed=s)))[0] for s in (4, 5, 6)]
    assert first == again
    assert any(other != first for other in others)


async def test_closing_the_iterator_early_leaves_a_model_that_still_answers(model: Model) -> None:
    async with aclosing(model.stream(ASKED, Sampling(max_tokens=200, seed=1))) as deltas:
        async for delta in deltas:
            if delta.text:
                break
    text, _, _ = await answer(model, Sampling(max_tokens=8, seed=1))
    assert text


async def test_cancelling_the_reader_raises_cancelled_and_nothing_else(model: Model) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async for delta in model.stream(ASKED, Sampling(max_tokens=400, seed=1)):
            if delta.text:
                begun.set()
                await asyncio.sleep(0)

    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    text, _, _ = await answer(model, Sampling(max_tokens=8, seed=1))
    assert text


async def test_many_requests_at_once_do_not_mix_their_answers(model: Model) -> None:
    alone = [(await answer(model, Sampling(max_tokens=8, seed=seed)))[0] for seed in (1, 2)]
    both = await asyncio.gather(*(answer(model, Sampling(max_tokens=8, seed=seed)) for seed in (1, 2)))
    assert [text for text, _, _ in both] == alone
