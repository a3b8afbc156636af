"""The most that a run can cost is said before it is asked anything, and no run exceeds it."""

from __future__ import annotations

import pytest

from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    DIVIDES,
    DOUBLE,
    PAIRS,
    PRINTS_ZERO,
    RIGHT,
    World,
    finish,
    settings,
)
from sstar_lsp.engine.cost_bound import ceiling
from sstar_lsp.engine.run.events import Role
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Problem
from sstar_lsp.settings import Budget, Price, Prices, SolveSettings
from sstar_sandbox import Sandbox

NAMES = dict.fromkeys(Role, ("scripted",))
PRICES = Prices("EUR", {"scripted": Price(1.0, None, 4.0)})
SEARCHES = (
    settings(samples=8, rounds=2, inputs=12),
    settings(samples=8, rounds=2, inputs=12, adaptive=True, judge_sees_programs=False),
    settings(samples=5, rounds=0, inputs=0, pair_inputs=False),
)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("problem", [PAIRS, DOUBLE])
async def test_no_run_costs_more_than_its_ceiling(
    sandbox: Sandbox, problem: Problem, search: SolveSettings
) -> None:
    samples = (RIGHT, COUNTS_VALUES, ALWAYS_ONE, PRINTS_ZERO, DIVIDES)
    world = World(samples=samples, inputs=("4\n1 1 -1 -1\n",), pair=("2\n0 0\n",))
    if problem is DOUBLE:
        world = World(samples=tuple(f"def double(x):\n    return {n} * x\n" for n in (2, 3, 4)))
    most = ceiling(problem, search, NAMES, PRICES)
    state = await finish(sandbox, ScriptedModel(world), problem, search)
    assert state.calls <= most.calls
    assert state.usage.prompt_tokens + state.usage.completion_tokens <= most.tokens
    assert most.money is not None
    assert PRICES.models["scripted"].of(state.usage) <= most.money


def test_caps_bound_the_ceiling_and_are_named() -> None:
    free = ceiling(PAIRS, settings(), NAMES, PRICES)
    assert free.capped == ()
    assert free.seconds is None
    budget = Budget(calls=2, tokens=100, money=0.001, seconds=9)
    capped = ceiling(PAIRS, settings(budget=budget), NAMES, PRICES)
    assert (capped.calls, capped.tokens, capped.money, capped.seconds) == (2, 100, 0.001, 9)
    assert set(capped.capped) == {"calls", "tokens", "money", "seconds"}
    assert capped.currency == "EUR"


def test_fewer_calls_cost_fewer_tokens_and_less_money() -> None:
    free = ceiling(PAIRS, settings(), NAMES, PRICES)
    capped = ceiling(PAIRS, settings(budget=Budget(calls=3)), NAMES, PRICES)
    assert capped.tokens < free.tokens
    assert (capped.money or 0) < (free.money or 0)


def test_a_model_without_a_price_makes_the_money_unknown() -> None:
    names = {**NAMES, Role.JUDGE: ("scripted", "dear")}
    most = ceiling(PAIRS, settings(), names, PRICES)
    assert most.money is None
    assert most.unpriced == ("dear",)


def test_a_reasoning_models_thoughts_are_part_of_it() -> None:
    plain, thinking = (ceiling(PAIRS, settings(), NAMES, PRICES, thoughts) for thoughts in (0, 4096))
    assert thinking.tokens == plain.tokens + 4096 * plain.calls
