"""What a run may still spend: the most that a request can cost is reserved before it is made.

What is spent and what is reserved never exceed a cap of :class:`sstar_lsp.settings.Budget` together. A
request without room waits for those under way, most of which end far below their reservation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from attrs import frozen

from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Message, Usage
from sstar_lsp.settings import Price

SHORTEST_ANSWER = 16
"""Tokens; where a cap leaves less, there is no use in asking."""
TEMPLATE_TOKENS = 32
"""What a chat template adds to a request (some add a system prompt of their own) …"""
MESSAGE_TOKENS = 8
"""… and to each message."""


class BudgetExhausted(Exception):
    """A cap of :class:`sstar_lsp.settings.Budget` leaves no room for the next request."""


def prompt_ceiling(messages: Sequence[Message]) -> int:
    """Tokens that these messages can have at most: no tokeniser makes more than one of a byte."""
    sent = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
    return sent + TEMPLATE_TOKENS + MESSAGE_TOKENS * len(messages)


def money_text(amount: float, currency: str) -> str:
    """``0.42 USD``; four digits that matter, however small."""
    return f"{amount:.4g} {currency}"


def spent_text(state: RunState) -> str:
    """What a run has cost so far, as ``0.42 USD``; empty if its models are free or have no price."""
    if state.started is None:
        return ""
    prices = state.started.prices
    used = {name for names in state.started.models.values() for name in names.split(", ")}
    if not used <= set(prices.models) or not any(prices.models[name] != Price() for name in used):
        return ""
    return money_text(state.money, prices.currency)


@frozen
class Reservation:
    """Room for one request."""

    prompt_tokens: int
    max_tokens: int
    """Longest answer that fits; not more than was asked for."""
    thoughts: int
    """Tokens of a reasoning model's thoughts, which come on top."""
    money: float

    @property
    def tokens(self) -> int:
        """Prompt, thoughts and answer."""
        return self.prompt_tokens + self.thoughts + self.max_tokens


class Ledger:
    """What requests under way may cost at most, beside what the run's state says is spent."""

    def __init__(self, state: Callable[[], RunState]) -> None:
        self._state = state
        self._held: list[Reservation] = []
        self._freed = asyncio.Event()

    async def reserve(
        self, model: str, prompt_tokens: int, max_tokens: int, thoughts: int = 0
    ) -> Reservation:
        """Room for a request to this model; waits for room that requests under way may leave.
        Raises :class:`BudgetExhausted`: there is none, whatever they leave."""
        while True:
            found = self._room(model, prompt_tokens, max_tokens, thoughts)
            if found is not None:
                self._held.append(found)
                return found
            freed = self._freed
            await freed.wait()

    def reserve_another(self, model: str, first: Reservation) -> Reservation | None:
        """The same room once more, if it is there now, for a request that broke."""
        try:
            found = self._room(model, first.prompt_tokens, first.max_tokens, first.thoughts)
        except BudgetExhausted:
            return None
        if found is None or found.max_tokens < first.max_tokens:
            return None
        self._held.append(found)
        return found

    def release(self, reservation: Reservation) -> None:
        """The request is over: what it cost is in the events."""
        held = next(number for number, other in enumerate(self._held) if other is reservation)
        del self._held[held]
        self._freed.set()
        self._freed = asyncio.Event()

    def _room(self, model: str, prompt_tokens: int, max_tokens: int, thoughts: int) -> Reservation | None:
        """Room now; None if it is worth waiting for; near a cap the answer gets shorter."""
        state = self._state()
        budget = state.settings.budget
        prices = state.started.prices if state.started is not None else None
        price = (prices.models.get(model) if prices is not None else None) or Price()
        if budget.calls is not None and state.calls + len(self._held) >= budget.calls:
            raise BudgetExhausted(f"{budget.calls} calls")
        answers = [max_tokens]
        if budget.tokens is not None:
            spent = state.usage.prompt_tokens + state.usage.completion_tokens
            left_tokens = budget.tokens - spent - prompt_tokens - thoughts
            if left_tokens < SHORTEST_ANSWER:
                raise BudgetExhausted(f"{budget.tokens} tokens")
            answers.append(left_tokens - sum(reservation.tokens for reservation in self._held))
        dearest = max(price.prompt, price.cached or 0.0)
        fixed_money = (dearest * prompt_tokens + price.completion * thoughts) / 1_000_000
        if budget.money is not None:
            left = budget.money - state.money - fixed_money
            token = price.completion / 1_000_000
            if left < token * SHORTEST_ANSWER:
                currency = prices.currency if prices is not None else ""
                raise BudgetExhausted(money_text(budget.money, currency))
            held_money = sum(reservation.money for reservation in self._held)
            if left < held_money:
                answers.append(0)
            elif token > 0:
                answers.append(int((left - held_money) / token))
        fitting = min(answers)
        if fitting < max_tokens and self._held:
            return None
        usage = Usage(0, fitting)
        return Reservation(prompt_tokens, fitting, thoughts, fixed_money + price.of(usage))
