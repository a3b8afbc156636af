"""Caps on what a run may cost, the price table, and how a person writes both down."""

from __future__ import annotations

from typing import Any

import attrs
from attrs import field, frozen

from sstar_lsp.errors import UsageError
from sstar_lsp.records import Usage


def at_least(low: float, at_most: float | None = None) -> Any:
    """A validator: a number in these bounds, or None."""

    def check(_instance: object, attribute: Any, value: float | None) -> None:
        if value is not None and value < low:
            raise ValueError(f"{attribute.name} must be at least {low:g}, got {value:g}")
        if value is not None and at_most is not None and value > at_most:
            raise ValueError(f"{attribute.name} must be at most {at_most:g}, got {value:g}")

    return check


@frozen
class Price:
    """What a model costs, per million tokens, in the table's currency."""

    prompt: float = field(default=0.0, validator=at_least(0))
    cached: float | None = field(default=None, validator=at_least(0))
    """Prompt tokens from the server's prefix cache; None: as ``prompt``."""
    completion: float = field(default=0.0, validator=at_least(0))

    def of(self, usage: Usage) -> float:
        """Cost of so many tokens."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = usage.prompt_tokens - usage.cached_tokens
        parts = fresh * self.prompt + usage.cached_tokens * cached + usage.completion_tokens * self.completion
        return parts / 1_000_000


@frozen
class Prices:
    """The price table, for caps in money."""

    currency: str = "USD"
    """For display only: every price and every cap is in it."""
    models: dict[str, Price] = field(factory=dict)
    """By model name, as the server calls it. A model that runs on this machine costs nothing."""


@frozen
class Budget:
    """Caps on one run; None means no cap. Reaching one ends the run with the best program so far.

    A request is made only where its ceiling (prompt and longest answer) fits beside what is spent and under
    way.
    """

    calls: int | None = field(default=None, validator=at_least(1))
    """Requests to the model."""
    tokens: int | None = field(default=None, validator=at_least(1))
    """Prompt and completion tokens together."""
    money: float | None = field(default=None, validator=at_least(0))
    """By the price table, in its currency; needs a price for every model in use."""
    seconds: float | None = field(default=None, validator=at_least(0))
    """Wall time of the run."""


def parse_budget(text: str) -> dict[str, str]:
    """``calls=40,tokens=20000,money=0.5,seconds=300`` as a layer's mapping.
    Raises :class:`UsageError`: not of that form."""
    values: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key, equals, value = part.partition("=")
        if not equals or key not in {a.name for a in attrs.fields(Budget)}:
            raise UsageError(
                f"--budget: '{part}' is not understood. Write it as calls=40,tokens=20000,money=0.5,seconds=300 (any of them)."
            )
        values[key] = value
    return values
