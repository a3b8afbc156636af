"""``sstar model servers`` and ``sstar model use``: which models there are, and the choice of one."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping

import click
from attrs import frozen

from sstar_lsp.cli.installed import FIRST_STEP
from sstar_lsp.cli.user_settings import write_user_settings
from sstar_lsp.errors import UsageError
from sstar_lsp.models.client.api_keys import is_loopback, origin_of, shown
from sstar_lsp.models.client.openai_errors import listed
from sstar_lsp.models.download import registry
from sstar_lsp.models.found_servers import (
    PORTS,
    TITLES,
    FoundServer,
    found_json,
    found_servers,
    keys_found,
    server_at,
)
from sstar_lsp.models.providers import BY_ORIGIN, PROVIDERS, Provider, price_words
from sstar_lsp.settings import ENVIRONMENT, load_settings

EMBEDDED = "embedded"


@frozen
class Choice:
    """What is written into the person's settings, and what is said of it."""

    base_url: str | None
    model: str | None
    remarks: tuple[str, ...] = ()


@click.command(
    help=f"""Look for model servers on this machine and keys in the environment; nothing that is found is used unasked.

Asked are the loopback ports {", ".join(map(str, PORTS))} (or those of $SSTAR_SERVER_PORTS), at once, for their models, without any key.
A key is sent nowhere."""
)
@click.option("--json", "as_json", is_flag=True, help="Print an object: servers, keys.")
def servers(as_json: bool) -> None:
    """One line a server, its best models for programs first."""
    found, keys = asyncio.run(found_servers(os.environ)), keys_found(os.environ)
    if as_json:
        click.echo(json.dumps(found_json(found, keys), ensure_ascii=False, indent=2))
        return
    names = [*(server.name for server in found), *(provider.name for provider in keys)]
    width = max(map(len, names), default=0)
    for server in found:
        models = listed(server.models) if server.models else "no model yet: pull or load one there"
        click.echo(f"{server.name:<{width}}  {server.title} at {server.base_url}: {models}")
    for provider in keys:
        model = provider.models[0]
        click.echo(
            f"{provider.name:<{width}}  {provider.variable} is set; {model.name}: {price_words(model.price)}"
        )
    if names:
        click.echo(f"\nTo use one: sstar model use {names[0]}. Until then the settings stay as they are.")
    else:
        click.echo(
            "No model server answers on this machine, and no provider's key is in the environment.\n"
            "The embedded model needs neither; any other address: sstar model use URL [MODEL]"
        )


@click.command(
    help=f"""Use a model from now on: writes model.base_url and model.model into your own sstar.toml, nothing else.

\b
  sstar model use ollama                       the best of its models for programs, by name
  sstar model use ollama qwen2.5-coder:7b      that one
  sstar model use deepseek                     its preset, with the key in $DEEPSEEK_API_KEY
  sstar model use http://gpu1:8000/v1 MODEL    any OpenAI-compatible server
  sstar model use embedded 7b                  back to the embedded models

NAME is a server that "sstar model servers" finds, {", ".join(one.name for one in PROVIDERS)}, or {EMBEDDED}."""
)
@click.argument("name", metavar="NAME|URL")
@click.argument("model", required=False)
def use(name: str, model: str | None) -> None:
    """Says what was written, and where."""
    choice = _chosen(name, model, os.environ)
    path = write_user_settings("model", {"base_url": choice.base_url, "model": choice.model})
    values = {"model.base_url": choice.base_url, "model.model": choice.model}
    click.echo(f"{path}:")
    for key, value in values.items():
        click.echo(f"  {key} = {json.dumps(value, ensure_ascii=False)}" if value else f"  {key} is not set")
    for remark in (*choice.remarks, *_overruled(os.environ)):
        click.echo(remark)
    click.echo(f"Now: {FIRST_STEP}")


def _overruled(environ: Mapping[str, str]) -> list[str]:
    """Of what stands above a person's file."""
    from sstar_lsp.models.factory import ROLES

    variables = [
        name for name, (section, _) in ENVIRONMENT.items() if section == "model" and environ.get(name)
    ]
    model = load_settings(None, environ=environ).model
    roles = {name: model.of_role(name) for name in ROLES}
    own = [f"model.{name}" for name, role in roles.items() if role.base_url or role.model]
    remarks = (
        [f"But {' and '.join(variables)} of the environment win over it: unset them."] if variables else []
    )
    return remarks + ([f"{', '.join(own)} keep their own models."] if own else [])


def _chosen(name: str, model: str | None, environ: Mapping[str, str]) -> Choice:
    """The choice by a name or an address.
    Raises :class:`UsageError`: nothing of that name is known or answers, or it has no such model."""
    if name == EMBEDDED:
        if model is not None:
            registry.known(model)
        return Choice(None, model)
    if "/" in name or name.startswith(("http:", "https:")):
        return _by_address(name, model, environ)
    provider = next((one for one in PROVIDERS if one.name == name), None)
    if provider is not None:
        return _of_provider(provider, provider.base_url, model, environ)
    found = asyncio.run(found_servers(environ))
    server = next((one for one in found if name in (one.name, one.title)), None)
    if server is not None:
        return _of_server(server, model)
    several = [one.base_url for one in found if one.name.startswith(f"{name}:")]
    if several:
        raise UsageError(f"{name} answers at {' and '.join(several)}: name the address.")
    if name in TITLES:
        answering = ", ".join(one.name for one in found) or "nothing"
        raise UsageError(
            f"{TITLES[name]} does not answer on this machine: start it, or name its address "
            f"(sstar model use http://127.0.0.1:PORT/v1). What answers: {answering}."
        )
    known = ", ".join([*(one.name for one in found), *(one.name for one in PROVIDERS), EMBEDDED])
    raise UsageError(f"there is no {name!r} to use. Known: {known}, or an address that begins with http.")


def _by_address(url: str, model: str | None, environ: Mapping[str, str]) -> Choice:
    origin = origin_of(url)
    if (provider := BY_ORIGIN.get(origin)) is not None:
        return _of_provider(provider, url, model, environ)
    if not is_loopback(url):
        return Choice(url, model, ("That address was not asked: sstar doctor looks whether it answers.",))
    found = asyncio.run(server_at(int(origin.rpartition(":")[2])))
    if found is None or not url.rstrip("/").endswith("/v1"):
        return Choice(url, model, (f"No list of models came from {shown(url)}: start it before you solve.",))
    chosen = _of_server(found, model)
    return Choice(url, chosen.model, chosen.remarks)


def _of_provider(provider: Provider, url: str, model: str | None, environ: Mapping[str, str]) -> Choice:
    preset = provider.model(model or provider.models[0].name)
    remarks = []
    if preset is not None:
        remarks.append(f"{preset.name} costs {price_words(preset.price)}.")
    else:
        remarks.append("Its price is not known here: set prices.models to see what a run can cost.")
    if not provider.key(environ):
        remarks.append(f"Its key is not set: put it into {provider.variable} (no settings file holds keys).")
    return Choice(url, preset.name if preset is not None else model, tuple(remarks))


def _of_server(server: FoundServer, model: str | None) -> Choice:
    if not server.models:
        if model is None:
            raise UsageError(
                f"{server.title} at {server.base_url} has no model yet: pull or load one there, or name one."
            )
        return Choice(server.base_url, model, (f"{server.title} does not have it yet.",))
    if model is not None and model not in server.models:
        raise UsageError(
            f"{server.title} at {server.base_url} has no model {model!r}. It has: {listed(server.models)}."
        )
    others = server.models[1:] if model is None else ()
    remark = (f"The best for programs by its name; there are also {listed(others)}.",) if others else ()
    return Choice(server.base_url, model or server.models[0], remark)
