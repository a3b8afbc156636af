"""What a run would cost, without asking anyone: the dry run of terminal and editor."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from sstar_lsp.engine.cost_bound import Ceiling, ceiling
from sstar_lsp.engine.run.events import Role
from sstar_lsp.errors import UsageError
from sstar_lsp.models.client.reasoning import thinking_of
from sstar_lsp.models.download.registry import DEFAULT
from sstar_lsp.models.roles import Models
from sstar_lsp.records import Problem
from sstar_lsp.settings import ModelSettings, Price, Prices, RoleSettings, Settings
from sstar_sandbox import UnknownName, language_named

UNNAMED = "(the server's only model)"
"""Shown for a server that was not asked what it has."""


def _role_settings(settings: ModelSettings) -> dict[Role, RoleSettings]:
    return {
        Role.WRITER: settings.writer,
        Role.DEBUGGER: settings.debugger,
        Role.INPUT_WRITER: settings.input_writer,
        Role.JUDGE: settings.judge,
    }


def is_embedded(settings: ModelSettings, role: Role) -> bool:
    """Whether a role's model runs on this machine, inside our own server."""
    return (_role_settings(settings)[role].base_url or settings.base_url) is None


def named_models(settings: ModelSettings) -> dict[Role, tuple[str, ...]]:
    """Each role's models as the settings name them."""
    names: dict[Role, tuple[str, ...]] = {}
    for role, own in _role_settings(settings).items():
        name = own.model or (settings.model if own.base_url is None else None)
        several = tuple(filter(None, (part.strip() for part in (name or "").split(","))))
        names[role] = several or (DEFAULT if is_embedded(settings, role) else UNNAMED,)
    return names


def names_of(models: Models) -> dict[Role, tuple[str, ...]]:
    """Each role's models as they call themselves."""
    return {
        Role.WRITER: tuple(model.name for model in models.writers),
        Role.DEBUGGER: (models.debugger.name,),
        Role.INPUT_WRITER: (models.input_writer.name,),
        Role.JUDGE: (models.judge.name,),
    }


def with_free_models(settings: Settings, names: Mapping[Role, tuple[str, ...]]) -> Prices:
    """The price table, in which embedded models cost nothing."""
    free = {
        name: Price()
        for role, several in names.items()
        for name in several
        if is_embedded(settings.model, role)
    }
    return evolve(settings.prices, models={**free, **settings.prices.models})


def planned(problem: Problem, settings: Settings) -> Ceiling:
    """The most that solving this problem can cost.

    Raises:
        UsageError: a language that does not exist.
    """
    try:
        language = language_named(settings.solve.language or problem.language or "python")
    except UnknownName as error:
        raise UsageError(str(error)) from error
    names = named_models(settings.model)
    thoughts = max(
        thinking_of(name, tokens=settings.model.thinking_tokens).tokens
        for several in names.values()
        for name in several
    )
    search = evolve(settings.solve, language=language)
    return ceiling(problem, search, names, with_free_models(settings, names), thoughts)
