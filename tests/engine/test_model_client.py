"""Requests to the model: capped, journaled before they are used, never paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from engine.world import RIGHT, Memory, World, fenced, finish, run_of, settings
from sstar_lsp.engine.run.events import CallCancelled, CallFailed, Completed, Purpose, Role
from sstar_lsp.engine.run.model_client import BudgetExhausted, whole_characters
from sstar_lsp.engine.run.run import Run
from sstar_lsp.errors import (
    ModelAuthError,
    ModelError,
    ModelOverloaded,
    ModelProtocolError,
    ModelStalled,
    ModelUnreachable,
)
from sstar_lsp.models.client.reasoning import Thinking
from sstar_lsp.models.protocol import Delta
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.records import Message, Sampling, Status, Usage
from sstar_lsp.settings import Budget, Price, Prices
from sstar_sandbox import Sandbox


class Pieces:
    """A model that streams these pieces; an error among them is raised in its turn, attempt by attempt."""

    name = "pieces"

    def __init__(self, *attempts: Sequence[Delta | ModelError]) -> None:
        self.attempts = list(attempts)
        self.asked = 0
        self.closed = 0

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        attempt = self.attempts[min(self.asked, len(self.attempts) - 1)]
        self.asked += 1
        done = False
        try:
            for piece in attempt:
                await asyncio.sleep(0)
                if isinstance(piece, ModelError):
                    raise piece
                yield piece
            done = True
        finally:
            self.closed += not done


def run_with(
    model: object,
    journal: Memory | None = None,
    budget: Budget | None = None,
    prices: Prices | None = None,
) -> Run:
    """A run that only talks."""
    search = settings(budget=budget or Budget())
    return run_of(None, model, settings=search, journal=journal, prices=prices or Prices())


def ask(run: Run, text: str = "Hello?", seed: int = 1, max_tokens: int = 64, stop: object = None):
    sampling = Sampling(max_tokens=max_tokens, seed=seed)
    return run.calls.ask(Role.WRITER, Purpose.SAMPLE, f"ask {seed}", (Message("user", text),), sampling, stop)


# --- paid once ------------------------------------------------------------------------------------


async def test_a_reply_is_in_the_journal_before_it_is_handed_out() -> None:
    journal = Memory()
    run = run_with(ScriptedModel(lambda _m, _s: "Hi."), journal)
    reply = await ask(run)
    assert reply.text == "Hi."
    assert journal.events[-1] == reply
    assert run.state.completions[reply.request] == reply


async def test_the_same_request_is_paid_once() -> None:
    model = ScriptedModel(lambda _m, _s: "Hi.")
    run = run_with(model)
    assert await ask(run) == await ask(run)
    assert len(model.calls) == 1
    await ask(run, seed=2)
    assert len(model.calls) == 2


async def test_the_same_request_made_twice_at_once_is_paid_once() -> None:
    model = ScriptedModel(lambda _m, _s: "Hi.")
    run = run_with(model)
    replies = await asyncio.gather(*(ask(run) for _ in range(5)))
    assert len(set(replies)) == 1
    assert len(model.calls) == 1
    assert run.state.calls == 1


async def test_a_request_that_failed_may_be_made_again() -> None:
    down = [True]
    model = ScriptedModel(lambda _m, _s: "Hi.", fault=lambda _c: ModelOverloaded("no") if down else None)
    run = run_with(model)
    with pytest.raises(ModelOverloaded):
        await ask(run)
    down.clear()
    assert (await ask(run)).text == "Hi."
    assert run.state.calls == 2


async def test_a_request_that_is_cancelled_is_journaled_counts_and_can_be_made_again() -> None:
    held = [True]
    waiting = asyncio.Event()

    async def hold(_call: object) -> None:
        if held:
            waiting.set()
            await asyncio.Event().wait()

    model = ScriptedModel(lambda _m, _s: "Hi.", before_piece=hold)
    journal = Memory()
    run = run_with(model, journal, budget=Budget(calls=2))
    task = asyncio.create_task(ask(run))
    await waiting.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    held.clear()
    assert journal.of(CallCancelled)[0].usage.prompt_tokens > 0
    assert (await ask(run)).text == "Hi."
    assert run.state.calls == 2
    with pytest.raises(BudgetExhausted, match="2 calls"):
        await ask(run, seed=2)


# --- budgets --------------------------------------------------------------------------------------


@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cap=st.integers(1, 12),
    wanted=st.integers(1, 20),
    failing=st.sets(st.integers(0, 19)),
    breaking=st.sets(st.integers(0, 19)),
)
def test_a_cap_on_calls_holds_for_any_number_at_once_failed_and_repeated_ones_counted(
    cap: int, wanted: int, failing: set[int], breaking: set[int]
) -> None:
    sent: list[int] = []

    class Fickle(Pieces):
        async def stream(self, messages, sampling):
            sent.append(sampling.seed)
            await asyncio.sleep(0)
            if sampling.seed in failing:
                raise ModelOverloaded("no")
            yield Delta("Hi")
            if sampling.seed in breaking:
                raise ModelStalled("silence")
            yield Delta(".", finish_reason="stop", usage=Usage(3, 2))

    async def all_at_once() -> Run:
        run = run_with(Fickle(), budget=Budget(calls=cap))
        await asyncio.gather(*(ask(run, seed=seed) for seed in range(wanted)), return_exceptions=True)
        return run

    run = asyncio.run(all_at_once())
    assert len(sent) <= cap
    assert run.state.calls == len(sent)


@examples(max_examples=40, deadline=None)
@given(cap=st.integers(1, 400), wanted=st.integers(1, 12), length=st.integers(1, 200))
def test_a_cap_on_tokens_holds_for_any_number_at_once(cap: int, wanted: int, length: int) -> None:
    model = ScriptedModel(lambda _m, _s: "word " * length)

    async def all_at_once() -> Run:
        run = run_with(model, budget=Budget(tokens=cap))
        await asyncio.gather(
            *(ask(run, seed=seed, text="What now, my friend?") for seed in range(wanted)),
            return_exceptions=True,
        )
        return run

    usage = asyncio.run(all_at_once()).state.usage
    assert usage.prompt_tokens + usage.completion_tokens <= cap


@examples(max_examples=40, deadline=None)
@given(
    cap=st.floats(0.0001, 0.02),
    wanted=st.integers(1, 12),
    length=st.integers(1, 200),
    cached=st.none() | st.floats(0, 9),
    breaking=st.sets(st.integers(0, 11)),
)
def test_a_cap_on_money_holds_for_any_number_at_once(
    cap: float, wanted: int, length: int, cached: float | None, breaking: set[int]
) -> None:
    def fault(call: Call) -> ModelError | None:
        return ModelOverloaded("no") if call.sampling.seed in breaking else None

    model = ScriptedModel(lambda _m, _s: "word " * length, fault=fault)
    prices = Prices("USD", {model.name: Price(5.0, cached, 15.0)})

    async def all_at_once() -> Run:
        run = run_with(model, budget=Budget(money=cap), prices=prices)
        await asyncio.gather(
            *(ask(run, seed=seed, text="What now, my friend?") for seed in range(wanted)),
            return_exceptions=True,
        )
        return run

    assert asyncio.run(all_at_once()).state.money <= cap


async def test_a_request_that_does_not_fit_beside_those_under_way_waits_for_what_they_leave() -> None:
    model = ScriptedModel(lambda _m, _s: "Hi.")
    run = run_with(model, budget=Budget(tokens=400))
    replies = await asyncio.gather(*(ask(run, seed=seed, max_tokens=300) for seed in range(5)))
    assert [reply.text for reply in replies] == ["Hi."] * 5
    assert {call.sampling.max_tokens for call in model.calls} == {300}


async def test_room_for_a_reasoning_models_thoughts_is_set_aside_too() -> None:
    model = ScriptedModel(lambda _m, _s: "Hi.")
    model.thinking = Thinking(reasons=True, tokens=1_000)  # type: ignore[attr-defined]
    with pytest.raises(BudgetExhausted, match="900 tokens"):
        await ask(run_with(model, budget=Budget(tokens=900)))
    assert (await ask(run_with(model, budget=Budget(tokens=1_200)))).text == "Hi."
    replicas = ScriptedModel(lambda _m, _s: "Hi.")
    replicas.models = (model, model)  # type: ignore[attr-defined]
    with pytest.raises(BudgetExhausted, match="900 tokens"):
        await ask(run_with(replicas, budget=Budget(tokens=900)))


async def test_a_reached_cap_in_money_is_said_with_its_currency() -> None:
    prices = Prices("EUR", {"scripted": Price(1.0, None, 1.0)})
    run = run_with(ScriptedModel(lambda _m, _s: "Hi."), budget=Budget(money=0.00001), prices=prices)
    with pytest.raises(BudgetExhausted, match="1e-05 EUR"):
        await ask(run)


async def test_a_small_rest_of_the_token_budget_shortens_the_answer_before_it_refuses() -> None:
    model = ScriptedModel(lambda _m, _s: "word " * 200)
    run = run_with(model, budget=Budget(tokens=90))
    reply = await ask(run, max_tokens=200)
    assert reply.finish_reason == "length"
    assert model.calls[0].sampling.max_tokens < 90
    with pytest.raises(BudgetExhausted, match="90 tokens"):
        await ask(run, seed=2)
    assert len(model.calls) == 1


async def test_what_is_known_already_costs_nothing_of_an_exhausted_budget() -> None:
    run = run_with(ScriptedModel(lambda _m, _s: "Hi."), budget=Budget(calls=1))
    reply = await ask(run)
    assert await ask(run) == reply
    with pytest.raises(BudgetExhausted, match="1 calls"):
        await ask(run, seed=2)


async def test_a_whole_run_stays_within_both_caps(sandbox: Sandbox) -> None:
    for budget in (Budget(calls=5), Budget(tokens=1500)):
        model = ScriptedModel(World(samples=(RIGHT, "input()\nprint(1)\n")))
        state = await finish(sandbox, model, settings=settings(samples=6, budget=budget))
        assert state.decided is not None
        assert state.decided.status is Status.OUT_OF_BUDGET
        if budget.calls is not None:
            assert len(model.calls) == budget.calls
        if budget.tokens is not None:
            assert state.usage.prompt_tokens + state.usage.completion_tokens <= budget.tokens


# --- usage ----------------------------------------------------------------------------------------


async def test_usage_that_the_server_counted_is_taken_as_it_is() -> None:
    model = Pieces([Delta("Hi."), Delta("", finish_reason="stop", usage=Usage(7, 3, 2))])
    reply = await ask(run_with(model))
    assert (reply.usage, reply.usage_is_estimated) == (Usage(7, 3, 2), False)


async def test_usage_that_nobody_counted_is_estimated_and_flagged() -> None:
    model = Pieces([Delta("Hi "), Delta("there "), Delta("you.", finish_reason="stop")])
    reply = await ask(run_with(model), text="x" * 400)
    assert reply.usage_is_estimated
    assert reply.usage.completion_tokens >= 3
    assert reply.usage.prompt_tokens >= 100


async def test_a_stream_is_closed_once_the_answer_is_complete_and_its_usage_flagged() -> None:
    model = ScriptedModel(lambda _m, _s: fenced(RIGHT) + "\nLet me explain. " * 50)
    reply = await ask(run_with(model), max_tokens=2_000, stop=lambda text: "\n```\n" in text)
    assert reply.finish_reason == "complete"
    assert model.cancelled == 1
    assert reply.text.count("explain") < 5
    assert reply.usage_is_estimated


# --- broken streams -------------------------------------------------------------------------------

WHOLE = (Delta("Hi."), Delta("", finish_reason="stop"))


async def test_a_stream_that_breaks_is_asked_for_once_more_and_both_count() -> None:
    model = Pieces([Delta("H"), ModelUnreachable("gone")], WHOLE)
    journal = Memory()
    run = run_with(model, journal)
    assert (await ask(run)).text == "Hi."
    assert model.asked == run.state.calls == 2
    assert "once more" in journal.of(CallFailed)[0].message


async def test_a_stream_that_breaks_twice_is_lost_and_journaled() -> None:
    model = Pieces([Delta("H"), ModelStalled("silence")])
    journal = Memory()
    run = run_with(model, journal)
    with pytest.raises(ModelStalled):
        await ask(run)
    assert model.asked == len(journal.of(CallFailed)) == 2
    assert journal.of(Completed) == []


async def test_a_refusal_is_not_asked_for_again_here() -> None:
    for error in (ModelAuthError("no key"), ModelOverloaded("too busy")):
        model = Pieces([error])
        with pytest.raises(type(error)):
            await ask(run_with(model))
        assert model.asked == 1


async def test_a_stream_that_breaks_with_the_last_call_of_the_budget_is_lost() -> None:
    model = Pieces([Delta("H"), ModelUnreachable("gone")], WHOLE)
    run = run_with(model, budget=Budget(calls=1))
    with pytest.raises(ModelUnreachable):
        await ask(run)
    assert model.asked == 1


async def test_an_answer_without_a_word_is_an_error_and_not_an_empty_program() -> None:
    with pytest.raises(ModelProtocolError, match="without a word"):
        await ask(run_with(Pieces([])))


# --- characters -----------------------------------------------------------------------------------


async def test_a_character_cut_between_two_pieces_is_whole_again() -> None:
    model = Pieces([Delta("\ud83d"), Delta("\ude00 \ud83d", finish_reason="stop")])
    assert (await ask(run_with(model))).text == "\U0001f600 \ufffd"


@given(st.text())
def test_text_of_whole_characters_stays_as_it_is(text: str) -> None:
    assert whole_characters(text) == text


async def test_a_statement_with_half_a_character_can_be_asked_about() -> None:
    reply = await ask(
        run_with(ScriptedModel(lambda _m, _s: "Hi."), budget=Budget(tokens=500)), text="\ud83d?"
    )
    assert reply.text == "Hi."
