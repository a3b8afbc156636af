"""What every model must do, whatever is behind it: one suite, three implementations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.protocol import Delta, Model
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


async def _scripted(stack: AsyncExitStack) -> Model:
    model = ScriptedModel(RULES)
    stack.push_async_callback(model.aclose)
    return model


async def _over_http(stack: AsyncExitStack) -> Model:
    server = await stack.enter_async_context(serve_scripted(RULES))
    model = OpenAIModel(server.base_url, "scripted", server.key)
    stack.push_async_callback(model.aclose)
    return model


async def _embedded(stack: AsyncExitStack) -> Model:
    from sstar_lsp.models.embedded import embedded_model

    return await stack.enter_async_context(embedded_model("0.5b"))


KINDS = {
    "scripted": _scripted,
    "http": _over_http,
}


@pytest.fixture(params=[*KINDS, pytest.param("embedded", marks=[pytest.mark.live, pytest.mark.timeout(300)])])
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    async with AsyncExitStack() as stack:
        make = KINDS.get(request.param, _embedded)
        yield await make(stack)


async def answers(
    model: Model, sampling: Sampling, n: int = 1
) -> tuple[list[str], list[str | None], Usage | None]:
    texts, reasons, usages = [""] * n, [None] * n, []
    last: Delta | None = None
    async for delta in model.stream(ASKED, sampling, n):
        assert last is None or last.usage is None, "usage comes on the last delta"
        assert reasons[delta.index] is None or not delta.text, "no text after the end of an answer"
        texts[delta.index] += delta.text
        reasons[delta.index] = delta.finish_reason or reasons[delta.index]
        if delta.usage is not None:
            usages.append(delta.usage)
        last = delta
    assert len(usages) <= 1, "usage comes once"
    return texts, reasons, usages[0] if usages else None


async def test_an_answer_arrives_in_pieces_and_says_why_it_ended(model: Model) -> None:
    pieces = [delta async for delta in model.stream(ASKED, Sampling(max_tokens=24, seed=1))]
    assert len([piece for piece in pieces if piece.text]) > 1
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] in (["stop"], ["length"])


async def test_usage_counts_prompt_and_answer(model: Model) -> None:
    _, _, usage = await answers(model, Sampling(max_tokens=16, seed=1))
    assert usage is not None
    assert usage.prompt_tokens > 0
    assert 0 < usage.completion_tokens <= 16


async def test_max_tokens_cuts_the_answer_and_says_length(model: Model) -> None:
    _, reasons, usage = await answers(model, Sampling(max_tokens=5, seed=1))
    assert reasons == ["length"]
    assert usage is not None
    assert usage.completion_tokens == 5


async def test_n_answers_each_end_and_their_usage_is_the_sum(model: Model) -> None:
    texts, reasons, usage = await answers(model, Sampling(temperature=1.0, max_tokens=8, seed=1), n=3)
    assert all(texts)
    assert reasons == ["length"] * 3
    assert usage is not None
    assert usage.completion_tokens == 24


async def test_the_same_seed_says_the_same_and_another_seed_something_else(model: Model) -> None:
    await answers(model, Sampling(max_tokens=1))  # a cached prompt is computed in another order of sums
    sampling = Sampling(temperature=1.0, max_tokens=24, seed=3)
    first, _, _ = await answers(model, sampling)
    again, _, _ = await answers(model, sampling)
    others = [(await answers(model, Sampling(temperature=1.0, max_tokens=24, seed=s)))[0] for s in (4, 5, 6)]
    assert first == again
    assert any(other != first for other in others)


async def test_several_answers_are_several_answers(model: Model) -> None:
    texts, _, _ = await answers(model, Sampling(temperature=1.0, max_tokens=24, seed=3), n=4)
    assert len(set(texts)) > 1


async def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(model: Model) -> None:
    whole, _, _ = await answers(model, Sampling(temperature=0.0, max_tokens=40, seed=1))
    stop = whole[0][10:14]
    sampling = Sampling(temperature=0.0, max_tokens=40, seed=1, stop=(stop,))
    texts, reasons, _ = await answers(model, sampling)
    assert texts[0] == whole[0].split(stop)[0]
    assert reasons == ["stop"]


async def test_closing_the_iterator_early_leaves_a_model_that_still_answers(model: Model) -> None:
    async with aclosing(model.stream(ASKED, Sampling(max_tokens=200, seed=1), 4)) as deltas:
        async for delta in deltas:
            if delta.text:
                break
    texts, _, _ = await answers(model, Sampling(max_tokens=8, seed=1))
    assert texts[0]


async def test_cancelling_the_reader_raises_cancelled_and_nothing_else(model: Model) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async for delta in model.stream(ASKED, Sampling(max_tokens=400, seed=1), 4):
            if delta.text:
                begun.set()
                await asyncio.sleep(0)

    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    texts, _, _ = await answers(model, Sampling(max_tokens=8, seed=1))
    assert texts[0]


async def test_many_requests_at_once_do_not_mix_their_answers(model: Model) -> None:
    alone = [(await answers(model, Sampling(max_tokens=8, seed=seed)))[0] for seed in (1, 2)]
    both = await asyncio.gather(*(answers(model, Sampling(max_tokens=8, seed=seed)) for seed in (1, 2)))
    assert [texts for texts, _, _ in both] == alone
