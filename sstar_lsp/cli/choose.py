"""Which model a run uses: asked on the terminal if none is named, and told before it is fetched."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click
from attrs import evolve

from sstar_lsp.cli.edge import clean

if TYPE_CHECKING:
    from sstar_lsp.settings import Settings

SHOWN = 9
"""Models of one list; more are found by a part of their name."""


def with_model(settings: Settings) -> Settings:
    """The settings with the model that the person chose; unchanged where one is named or nobody can be asked.
    Raises :class:`UsageError`: an address that is none."""
    from sstar_lsp.models.client.api_keys import Keys
    from sstar_lsp.models.factory import lacks_model, models_to_choose_from

    if not (sys.stdin.isatty() and sys.stderr.isatty() and lacks_model(settings.model)):
        return settings

    async def names() -> tuple[str, ...]:
        environ = await Keys(os.environ).environ_for(settings.model)
        return await models_to_choose_from(settings.model, environ)

    found = asyncio.run(names())
    return evolve(settings, model=evolve(settings.model, model=_choose(found))) if found else settings


def tell_download(settings: Settings, tell: Callable[[str], None]) -> None:
    """Say that an embedded model will be fetched, and what was found that could write instead; nothing if
    all are here.
    Raises :class:`UsageError`: an embedded model that is none."""
    from sstar_lsp.models.download.registry import known, path_of
    from sstar_lsp.models.embedded.lifecycle import missing_runtime
    from sstar_lsp.models.factory import embedded_names
    from sstar_lsp.models.found_servers import found_servers, found_words, keys_found, use_words

    missing = [known(name) for name in embedded_names(settings.model) if path_of(name) is None]
    if not missing:
        return
    for model in missing:
        if not missing_runtime() and model.is_commercial:  # else the run is refused and says why
            size = f": {model.size_bytes / 1e9:.1f} GB" if model.size_bytes else ""
            tell(f"{model.id} is not here yet and is fetched, once{size}")
    found, keys = asyncio.run(found_servers(os.environ)), keys_found(os.environ)
    for words in found_words(found, keys):
        tell(f"found and not used: {words}")
    if words := use_words(found, keys):
        tell(words)


def _choose(names: Sequence[str]) -> str:
    click.echo(f"The server has {len(names)} models and none is named (--model NAME, SSTAR_MODEL):", err=True)
    shown = names
    while True:
        for number, name in enumerate(shown[:SHOWN], 1):
            click.echo(f"  {number}  {clean(name)}", err=True)
        if len(shown) > SHOWN:
            click.echo(f"     and {len(shown) - SHOWN} more: type a part of a name", err=True)
        typed = click.prompt("Which one", default="1", err=True).strip()
        if typed.isdecimal() and 1 <= int(typed) <= min(SHOWN, len(shown)):
            return shown[int(typed) - 1]
        matching = [name for name in names if typed.lower() in name.lower()]
        if typed in names or len(matching) == 1:
            return typed if typed in names else matching[0]
        if not matching:
            click.echo(f"No model has {typed!r} in its name.", err=True)
        shown = matching or names
