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
    models: tuple[OfferedModel, ...]
    """The first one is the default: good at programs for its price."""

    @property
    def variable(self) -> str:
        """Of the environment, that holds its key."""
        return f"{self.name.upper()}_API_KEY"

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


def _offered(
    name: str, context_tokens: int, prompt: float, completion: float, cached: float | None = None
) -> OfferedModel:
    return OfferedModel(name, context_tokens, Price(prompt=prompt, cached=cached, completion=completion))


_GPT_OSS = (_offered("openai/gpt-oss-120b", 131_072, 0.15, 0.60),)
_OPENAI = (
    _offered("gpt-6.1-terra", 1_050_000, 1.0, 5.0, cached=0.05),
    _offered("gpt-6-luna", 1_050_000, 0.10, 0.50, cached=0.01),
    _offered("gpt-6.1-sol", 1_050_000, 2.0, 10.0, cached=0.10),
)
_OPENROUTER = (_offered("openai/gpt-6.1-terra", 1_050_000, 1.0, 5.0),)
_DEEPSEEK = (
    # prices of the peak hours; at other times half of them
    _offered("deepseek-flash", 1_000_000, 0.30, 1.20, cached=0.006),
    _offered("deepseek-v4-pro", 1_000_000, 1.32, 3.96, cached=0.044),
)
_GEMINI = (
    _offered("gemini-3.8-flash", 1_048_576, 1.50, 7.50, cached=0.15),
)  # half of it until the end of 2026
_MISTRAL = (
    _offered("codestral-latest", 256_000, 0.30, 0.90),
    _offered("devstral-medium-latest", 262_144, 0.40, 2.0),
)
_ANTHROPIC = (
    _offered("claude-sonnet-5-5", 1_000_000, 2.0, 10.0, cached=0.20),
    _offered("claude-haiku-5-5", 1_000_000, 0.10, 0.50, cached=0.01),
    _offered("claude-opus-5-5", 1_000_000, 4.0, 20.0, cached=0.20),
)

PROVIDERS = (
    Provider("openai", "OpenAI", "https://api.openai.com/v1", _OPENAI),
    Provider("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", _OPENROUTER),
    Provider("deepseek", "DeepSeek", "https://api.deepseek.com/v1", _DEEPSEEK),
    Provider("gemini", "Gemini", "https://generativelanguage.googleapis.com/v1beta/openai", _GEMINI),
    Provider("groq", "Groq", "https://api.groq.com/openai/v1", _GPT_OSS),
    Provider("mistral", "Mistral", "https://api.mistral.ai/v1", _MISTRAL),
    Provider("together", "Together", "https://api.together.xyz/v1", _GPT_OSS),
    Provider("anthropic", "Anthropic", "https://api.anthropic.com/v1", _ANTHROPIC),
)

BY_ORIGIN = {provider.origin: provider for provider in PROVIDERS}


def price_words(price: Price) -> str:
    """A preset's price for a person: what prompt and answer cost, and of when that is."""
    return f"${price.prompt:g} in, ${price.completion:g} out per million tokens ({PRICED_IN}; prices change)"
