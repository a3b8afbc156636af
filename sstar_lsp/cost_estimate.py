"""What a run would cost, without asking anyone: the dry run of terminal and editor."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from sstar_lsp.engine.cost_bound import Ceiling, ceiling
from sstar_lsp.engine.run.budget import money_text
from sstar_lsp.engine.run.events import Role
from sstar_lsp.errors import UsageError
from sstar_lsp.models.client.api_keys import origin_of
from sstar_lsp.models.client.reasoning import thinking_of
from sstar_lsp.models.download.registry import DEFAULT
from sstar_lsp.models.factory import addresses
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.providers import BY_ORIGIN, CURRENCY, PRICED_IN
from sstar_lsp.records import Problem
from sstar_lsp.settings import ModelSettings, Price, Prices, Settings, SolveSettings
from sstar_sandbox import UnknownName, language_named

UNNAMED = "(the server's only model)"
"""Shown for a server that was not asked what it has."""


def is_embedded(settings: ModelSettings, role: Role) -> bool:
    """Whether a role's model runs on this machine, inside our own server."""
    return (settings.of_role(role).base_url or settings.base_url) is None


def named_models(settings: ModelSettings) -> dict[Role, tuple[str, ...]]:
    """Each role's models as the settings name them."""
    names: dict[Role, tuple[str, ...]] = {}
    for role in Role:
        own = settings.of_role(role)
        name = own.model or (settings.model if own.base_url is None else None)
        several = tuple(filter(None, (part.strip() for part in (name or "").split(","))))
        names[role] = several or (DEFAULT if is_embedded(settings, role) else UNNAMED,)
    return names


def names_of(models: Models) -> dict[Role, tuple[str, ...]]:
    """Each role's models as they call themselves."""
    return {role: tuple(model.name for model in models.of_role(role)) for role in Role}


def preset_prices(
    settings: ModelSettings, names: Mapping[Role, tuple[str, ...]], currency: str
) -> dict[str, Price]:
    """Known prices of the roles' models: embedded ones cost nothing, those of a provider as in its preset.

    Models are told by their names alone: of two providers' prices for one name the dearer one counts.
    """
    known: dict[str, Price] = {}
    for role, several in names.items():
        base_url = settings.of_role(role).base_url or settings.base_url
        origins = () if base_url is None else map(origin_of, addresses(base_url))
        providers = [provider for origin in origins if (provider := BY_ORIGIN.get(origin)) is not None]
        for name in several:
            if base_url is None:
                known[name] = Price()
            offered = [model.price for provider in providers if (model := provider.model(name)) is not None]
            if currency == CURRENCY and offered:
                prices = [*offered, known.get(name, offered[0])]
                known[name] = max(prices, key=lambda price: price.completion)
    return known


def price_table(settings: Settings, names: Mapping[Role, tuple[str, ...]]) -> Prices:
    """The price table of a run: a person's own prices, and below them what is known of the models in use."""
    preset = preset_prices(settings.model, names, settings.prices.currency)
    return evolve(settings.prices, models={**preset, **settings.prices.models})


def planned(problem: Problem, settings: Settings) -> Ceiling:
    """The most that solving this problem can cost.
    Raises :class:`UsageError`: a language that does not exist."""
    try:
        language = language_named(settings.solve.language or problem.language or "python")
    except UnknownName as error:
        raise UsageError(str(error)) from error
    return bounded(problem, evolve(settings.solve, language=language), settings, named_models(settings.model))


def bounded(
    problem: Problem, search: SolveSettings, settings: Settings, names: Mapping[Role, tuple[str, ...]]
) -> Ceiling:
    """The most that a search with these models can cost; its language is a known one."""
    thoughts = max(
        thinking_of(name, tokens=settings.model.thinking_tokens).tokens
        for several in names.values()
        for name in several
    )
    return ceiling(problem, search, names, price_table(settings, names), thoughts)


def price_source(settings: Settings, names: Mapping[Role, tuple[str, ...]]) -> str:
    """Source of prices that are not the person's own: ``list prices of …, which change``; else empty."""
    used = {name for several in names.values() for name in several} - set(settings.prices.models)
    presets = preset_prices(settings.model, names, settings.prices.currency)
    is_preset = any(presets.get(name, Price()) != Price() for name in used)
    return f"list prices of {PRICED_IN}, which change" if is_preset else ""


def ceiling_text(bound: Ceiling, settings: Settings, names: Mapping[Role, tuple[str, ...]]) -> str:
    """The ceiling of a run that costs money, in one sentence; empty if it is free or a price is not known."""
    if not bound.money:
        return ""
    source = price_source(settings, names)
    money = money_text(bound.money, bound.currency) + (f" by {source}" if source else "")
    return f"at most {bound.tokens:,} tokens and {money}; most runs cost far less"
