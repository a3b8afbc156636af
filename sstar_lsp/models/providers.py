"""Presets of paid model providers: address, variable of the key, models with their context and price.

A preset counts only for an address that a person configured, and its prices only where that person's price
table says nothing. Prices are list prices of :data:`PRICED_IN`, in US dollars; where they vary, the dearest
stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import frozen

from sstar_lsp.budget import Price

PRICED_IN = "October 2026"
"""When the prices were read from the providers' pages."""
CURRENCY = "USD"


@frozen
class OfferedModel:
    """A model of a provider that writes programs."""

    name: str
    """As the provider calls it."""
    context_tokens: int
    """Prompt and answer together."""
    price: Price
    """Per million tokens, in :data:`CURRENCY`."""


@frozen
class Provider:
    """A provider with an OpenAI-compatible API."""

    name: str
    """As a person names it: ``openai``."""
    title: str
    """As it calls itself."""
    base_url: str
    """Root of its API, on https."""
    variable: str
    """Of the environment, that holds its key."""
    models: tuple[OfferedModel, ...]
    """The first one is the default: good at programs for its price."""

    @property
    def origin(self) -> str:
        """The only origin that its key is sent to, as ``https://api.openai.com:443``."""
        return f"https://{urlsplit(self.base_url).hostname}:443"

    def model(self, name: str) -> OfferedModel | None:
        """The preset of a model, by its exact name."""
        return next((model for model in self.models if model.name == name), None)

    def key(self, environ: Mapping[str, str]) -> str:
        """The key in the environment; empty if there is none."""
        return environ.get(self.variable, "").strip()


_GPT_OSS = OfferedModel("openai/gpt-oss-120b", 131_072, Price(prompt=0.15, completion=0.60))

PROVIDERS = (
    Provider(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        (
            OfferedModel("gpt-6.1-terra", 1_050_000, Price(prompt=1.0, cached=0.05, completion=5.0)),
            OfferedModel("gpt-6-luna", 1_050_000, Price(prompt=0.10, cached=0.01, completion=0.50)),
            OfferedModel("gpt-6.1-sol", 1_050_000, Price(prompt=2.0, cached=0.10, completion=10.0)),
        ),
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        (OfferedModel("openai/gpt-6.1-terra", 1_050_000, Price(prompt=1.0, completion=5.0)),),
    ),
    Provider(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
        (
            # prices of the peak hours; at other times half of them
            OfferedModel("deepseek-flash", 1_000_000, Price(prompt=0.30, cached=0.006, completion=1.20)),
            OfferedModel("deepseek-v4-pro", 1_000_000, Price(prompt=1.32, cached=0.044, completion=3.96)),
        ),
    ),
    Provider(
        "gemini",
        "Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        # half of it until the end of 2026
        (OfferedModel("gemini-3.8-flash", 1_048_576, Price(prompt=1.50, cached=0.15, completion=7.50)),),
    ),
    Provider("groq", "Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", (_GPT_OSS,)),
    Provider(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        "MISTRAL_API_KEY",
        (
            OfferedModel("codestral-latest", 256_000, Price(prompt=0.30, completion=0.90)),
            OfferedModel("devstral-medium-latest", 262_144, Price(prompt=0.40, completion=2.0)),
        ),
    ),
    Provider("together", "Together", "https://api.together.xyz/v1", "TOGETHER_API_KEY", (_GPT_OSS,)),
    Provider(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com/v1",
        "ANTHROPIC_API_KEY",
        (
            OfferedModel("claude-sonnet-5-5", 1_000_000, Price(prompt=2.0, cached=0.20, completion=10.0)),
            OfferedModel("claude-haiku-5-5", 1_000_000, Price(prompt=0.10, cached=0.01, completion=0.50)),
            OfferedModel("claude-opus-5-5", 1_000_000, Price(prompt=4.0, cached=0.20, completion=20.0)),
        ),
    ),
)

BY_ORIGIN = {provider.origin: provider for provider in PROVIDERS}


def price_words(price: Price) -> str:
    """A preset's price for a person: what prompt and answer cost, and of when that is."""
    return f"${price.prompt:g} in, ${price.completion:g} out per million tokens ({PRICED_IN}; prices change)"
