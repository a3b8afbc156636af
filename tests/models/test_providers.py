"""Presets of providers: each key for its own origin, prices that a person's own ones overrule."""

from __future__ import annotations

import pytest
from engine.world import PAIRS

from sstar_lsp.cost_estimate import ceiling_text, named_models, planned, price_table
from sstar_lsp.errors import ModelAuthError
from sstar_lsp.models.client.api_keys import NO_KEY, key_for, origin_of
from sstar_lsp.models.client.reasoning import thinking_of
from sstar_lsp.models.providers import BY_ORIGIN, PROVIDERS, Provider
from sstar_lsp.settings import ModelSettings, Price, Prices, RoleSettings, Settings

ALL_KEYS = {provider.variable: f"sk-of-{provider.name}" for provider in PROVIDERS}
each = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)


def prices(model: ModelSettings, own: Prices | None = None) -> dict[str, Price]:
    return price_table(Settings(model=model, prices=own or Prices()), named_models(model)).models


@each
def test_a_providers_key_goes_to_its_own_origin(provider: Provider) -> None:
    assert key_for(provider.base_url, ALL_KEYS) == f"sk-of-{provider.name}"
    assert key_for(provider.base_url.replace(".", ".", 1) + "/more", ALL_KEYS) == f"sk-of-{provider.name}"


@each
def test_and_nowhere_else(provider: Provider) -> None:
    host = provider.base_url.split("/")[2]
    for url in (
        provider.base_url.replace("https:", "http:"),
        f"https://{host}.evil.example/v1",
        f"https://{host}@evil.example/v1",
        f"https://evil.example/{host}/v1",
        f"https://sub.{host}/v1",
        f"https://{host}:8443/v1",
        "http://127.0.0.1:8000/v1",
    ):
        assert key_for(url, ALL_KEYS) == NO_KEY, url


@each
def test_without_its_key_the_variable_is_named_before_anything_is_sent(provider: Provider) -> None:
    others = {name: key for name, key in ALL_KEYS.items() if name != provider.variable}
    with pytest.raises(ModelAuthError, match=f"SSTAR_API_KEY or {provider.variable}"):
        key_for(provider.base_url, others)


@each
def test_a_preset_is_whole(provider: Provider) -> None:
    assert BY_ORIGIN[origin_of(provider.base_url)] is provider
    assert provider.models
    for model in provider.models:
        assert provider.model(model.name) is model
        assert model.price.completion >= model.price.prompt > (model.price.cached or 0)
        assert model.context_tokens >= 100_000


def test_models_of_the_presets_that_think_get_room_for_it() -> None:
    names = {model.name for provider in PROVIDERS for model in provider.models}
    assert {name for name in names if not thinking_of(name).reasons} == {
        "codestral-latest",
        "devstral-medium-latest",
    }


def test_the_presets_price_counts_at_the_providers_address_alone() -> None:
    deepseek = next(provider for provider in PROVIDERS if provider.name == "deepseek")
    flash = deepseek.models[0]
    assert prices(ModelSettings(base_url=deepseek.base_url, model=flash.name)) == {flash.name: flash.price}
    assert prices(ModelSettings(base_url="https://other.example/v1", model=flash.name)) == {}
    assert prices(ModelSettings(base_url=deepseek.base_url, model="deepseek-next")) == {}


def test_a_persons_own_prices_win_and_another_currency_is_not_mixed_with_dollars() -> None:
    deepseek = next(provider for provider in PROVIDERS if provider.name == "deepseek")
    model = ModelSettings(base_url=deepseek.base_url, model=deepseek.models[0].name)
    own = Price(prompt=9, completion=9)
    assert prices(model, Prices(models={deepseek.models[0].name: own})) == {deepseek.models[0].name: own}
    assert prices(model, Prices(currency="EUR")) == {}


def test_a_role_of_its_own_has_its_own_price_and_the_embedded_writer_is_free() -> None:
    groq = next(provider for provider in PROVIDERS if provider.name == "groq")
    judge = RoleSettings(base_url=groq.base_url, model=groq.models[0].name)
    assert prices(ModelSettings(model="0.5b", judge=judge)) == {
        "0.5b": Price(),
        groq.models[0].name: groq.models[0].price,
    }


def test_a_ceiling_by_presets_names_their_date_and_one_by_ones_own_prices_does_not() -> None:
    deepseek = next(provider for provider in PROVIDERS if provider.name == "deepseek")
    model = ModelSettings(base_url=deepseek.base_url, model=deepseek.models[0].name)
    settings = Settings(model=model)
    names = named_models(model)
    bound = planned(PAIRS, settings)
    assert bound.money
    said = ceiling_text(bound, settings, names)
    assert said.startswith(f"at most {bound.tokens:,} tokens and ")
    assert "by list prices of October 2026, which change" in said
    own = Settings(model=model, prices=Prices(models={deepseek.models[0].name: Price(completion=1)}))
    assert "list prices" not in ceiling_text(planned(PAIRS, own), own, names)
    free = Settings()
    assert ceiling_text(planned(PAIRS, free), free, named_models(free.model)) == ""
