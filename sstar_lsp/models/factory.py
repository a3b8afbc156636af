"""From settings to models: the embedded one, or any OpenAI-compatible servers, one for each role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, aclosing

from attrs import define, evolve, field

from sstar_lsp.errors import ModelError, UsageError
from sstar_lsp.models.client.api_keys import key_for, origin_of
from sstar_lsp.models.client.capability_cache import EMBEDDED, Known, known
from sstar_lsp.models.client.openai_errors import best_first, listed
from sstar_lsp.models.client.openai_http import Connection
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.client.rate_limiter import RateLimiters
from sstar_lsp.models.client.reasoning import thinking_of
from sstar_lsp.models.download.registry import DEFAULT
from sstar_lsp.models.load_balancer import Replicas
from sstar_lsp.models.probing.probe import probe
from sstar_lsp.models.protocol import Model, Models
from sstar_lsp.models.providers import BY_ORIGIN
from sstar_lsp.settings import ModelSettings

ROLES = ("writer", "debugger", "input_writer", "judge")
"""As settings and environment variables name them."""


async def connect(
    settings: ModelSettings,
    stack: AsyncExitStack,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    limiters: RateLimiters | None = None,
) -> Models:
    """Models for these settings; connections, and the lease on an embedded server, end with ``stack``.

    ``limiters``: of the servers, shared by this process; its own where left out.

    Raises:
        UsageError: an address that is none, or a server with several models and none named.
        ModelError: a remote server that cannot be asked for its models.
        EmbeddedModelError: no runtime, or no weights.
    """
    connecting = _Connecting(settings, stack, environ, say, limiters or RateLimiters(), known(environ))
    by_role = {role: await connecting.model_of(role) for role in ROLES}
    others = [await connecting.model_of("writer", name) for name in _other_writers(settings)]
    return Models(**by_role, other_writers=tuple(others))


def lacks_model(settings: ModelSettings) -> bool:
    """Whether some role asks the common server and names no model."""
    places = [_place(settings, role) for role in ROLES]
    return settings.base_url is not None and (settings.base_url, None) in places


async def models_to_choose_from(settings: ModelSettings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Models of the common server, those that write programs first; none if it has one, or cannot be
    asked.
    Raises :class:`UsageError` where its address is none."""
    url = addresses(settings.base_url or "")[0]
    try:
        async with aclosing(Connection(url, key_for(url, environ))) as server:
            names = await server.models()
    except ModelError:  # the run's own request says why
        return ()
    return best_first(names) if len(names) > 1 else ()


def embedded_names(settings: ModelSettings) -> tuple[str, ...]:
    """The embedded models, by id or alias, that these settings use in some role."""
    places = [_place(settings, role) for role in ROLES]
    places += [_place(settings, "writer", name) for name in _other_writers(settings)]
    return tuple(dict.fromkeys(name or DEFAULT for base_url, name in places if base_url is None))


def _other_writers(settings: ModelSettings) -> list[str]:
    """Models that take turns with the first one in writing."""
    return (settings.writer.model or "").split(",")[1:]


def _place(settings: ModelSettings, role: str, named: str | None = None) -> tuple[str | None, str | None]:
    """Address and name of a role's model; ``named``: one of several that take turns in it."""
    own = settings.of_role(role)
    base_url = own.base_url or settings.base_url
    # a role's own server does not have the common server's model
    first = own.model.split(",")[0] if own.model and role == "writer" else own.model
    return base_url, (named or first or "").strip() or (settings.model if own.base_url is None else None)


def addresses(base_url: str) -> tuple[str, ...]:
    """The base URLs of ``model.base_url``. Raises :class:`UsageError` where there is none."""
    found = tuple(filter(None, (part.strip() for part in base_url.split(","))))
    if not found:
        raise UsageError(f"model.base_url: no address in {base_url!r}.")
    return found


@define
class _Connecting:
    """What is shared while the roles are connected: equal ones share a model."""

    settings: ModelSettings
    stack: AsyncExitStack
    environ: Mapping[str, str]
    say: Callable[[str], None]
    limiters: RateLimiters
    known: Known
    _made: dict[tuple[str | None, str | None], Model] = field(factory=dict)

    async def model_of(self, role: str, named: str | None = None) -> Model:
        """The model of a role; ``named``: one of several that take turns in it."""
        place = base_url, name = _place(self.settings, role, named)
        if place not in self._made:
            self._made[place] = await (
                self._embedded(name) if base_url is None else self._remote(base_url, name, role)
            )
        return self._made[place]

    async def _embedded(self, name: str | None) -> Model:
        from sstar_lsp.models.embedded import EmbeddedModel

        model = await self.stack.enter_async_context(
            EmbeddedModel(name, say=self.say, device=self.settings.device)
        )
        model.exam = self.known.exam(EMBEDDED, model.name)
        return model

    async def _remote(self, base_url: str, name: str | None, role: str) -> Model:
        is_common = base_url == self.settings.base_url
        servers = []
        for url in addresses(base_url):
            key = key_for(url, self.environ, None if is_common else role)
            server = await self._server(url, name, key)
            name = server.name  # replicas have the same
            servers.append(server)
        return servers[0] if len(servers) == 1 else Replicas(servers)

    async def _server(self, url: str, name: str | None, key: str) -> OpenAIModel:
        settings = self.settings
        server = OpenAIModel(
            url,
            name or "",
            key,
            idle_timeout_s=settings.idle_timeout_s,
            patience_s=settings.patience_s,
            reasoning_effort=settings.reasoning_effort,
        )
        self.stack.push_async_callback(server.aclose)
        if name is None:
            server.name = await only_model(server)
        found = self.known.get(url, server.name)
        if found is None:
            self.say("asking the model server what it can do")
            await probe(server)
            found = server.capabilities
            if found.streaming is not None:  # it answered
                self.known.put(url, server.name, found)
            self.say("")
        provider = BY_ORIGIN.get(origin_of(url))
        preset = provider.model(server.name) if provider is not None else None
        if preset is not None and found.context_tokens is None:
            found = evolve(found, context_tokens=preset.context_tokens)
        server.capabilities = found
        server.keep = lambda learned: self.known.put(url, server.name, learned)
        server.exam = self.known.exam(url, server.name)
        server.thinking = thinking_of(
            server.name,
            reasons=found.reasoning,
            tokens=settings.thinking_tokens,
            opens_in_prompt=found.opens_in_prompt,
        )
        server.limiter = self.limiters.to(server.connection.origin, most=settings.concurrency)
        return server


async def only_model(server: OpenAIModel, option: str = "--model (or SSTAR_MODEL)") -> str:
    """The one model of a server. Raises :class:`UsageError` if it has not one; ``option`` names one."""
    names = await server.connection.models()
    if len(names) != 1:
        raise UsageError(f"{server.base_url} has these models: {listed(names)}. Name one with {option}.")
    return names[0]
