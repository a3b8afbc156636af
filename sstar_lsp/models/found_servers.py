"""Looks for model servers on this machine and keys in the environment. Nothing that is found is used unasked.

The usual loopback ports are asked for their models (``GET /v1/models``) without any key; the answer tells the
server, never its port. Keys are sent nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from sstar_lsp.errors import UsageError
from sstar_lsp.models.client.openai_errors import best_first, listed
from sstar_lsp.models.providers import PROVIDERS, Provider, price_words

if TYPE_CHECKING:
    import httpx2

_KINDS = (
    # port, name, title, what it writes into ``owned_by`` of its models
    (11434, "ollama", "Ollama", "library"),
    (1234, "lmstudio", "LM Studio", "organization_owner"),
    (8080, "llamacpp", "llama.cpp", "llamacpp"),
    (8000, "vllm", "vLLM", "vllm"),
    (1337, "jan", "Jan", "user"),
    (4891, "gpt4all", "GPT4All", "humanity"),
    (5001, "koboldcpp", "KoboldCpp", "koboldcpp"),
    (30000, "sglang", "SGLang", "sglang"),
)
PORTS = tuple(port for port, *_ in _KINDS)
"""The default port of each."""
TITLES = {name: title for _, name, title, _ in _KINDS}
_OWNERS = {owner: name for _, name, _, owner in _KINDS}
PORTS_VARIABLE = "SSTAR_SERVER_PORTS"
PATIENCE_S = 1.5
"""What takes longer to list its models is passed over."""
MOST_BYTES = 1 << 20
MOST_MODELS = 500
LONGEST_NAME = 200

OTHER = "OpenAI-compatible server"


@frozen
class FoundServer:
    """A model server that answered on this machine."""

    name: str
    """As a person names it: ``ollama``; with its port if two of a kind answered, or the kind is unknown."""
    title: str
    base_url: str
    models: tuple[str, ...]
    """Those that write programs best first; none if the server has none yet."""


def keys_found(environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """Providers whose key is in the environment. Nothing is sent."""
    return tuple(provider for provider in PROVIDERS if provider.key(environ))


async def found_servers(environ: Mapping[str, str]) -> tuple[FoundServer, ...]:
    """Model servers on the usual ports of the loopback interface, all asked at once.
    Raises :class:`UsageError`: the variable that names other ports holds something else."""
    answers = await asyncio.gather(*(server_at(port) for port in _ports(environ)))
    found = [server for server in answers if server is not None]
    count = Counter(server.name for server in found)
    ports = (server.base_url.removesuffix("/v1").rpartition(":")[2] for server in found)
    return tuple(
        evolve(server, name=f"{server.name}:{port}") if count[server.name] > 1 else server
        for server, port in zip(found, ports, strict=True)
    )


def found_json(servers: Iterable[FoundServer], keys: Iterable[Provider]) -> dict[str, Any]:
    """What was found, as terminals and editors get it."""
    return {
        "servers": [
            {"name": one.name, "title": one.title, "baseUrl": one.base_url, "models": list(one.models)}
            for one in servers
        ],
        "keys": [
            {
                "name": provider.name,
                "title": provider.title,
                "baseUrl": provider.base_url,
                "variable": provider.variable,
                "models": [
                    {
                        "name": model.name,
                        "contextTokens": model.context_tokens,
                        "price": price_words(model.price),
                    }
                    for model in provider.models
                ],
            }
            for provider in keys
        ],
    }


def found_words(servers: Iterable[FoundServer], keys: Iterable[Provider]) -> list[str]:
    """What was found, for a person: a line each."""
    words = [f"{one.title} at {one.base_url} has {listed(one.models)}" for one in servers]
    return words + [f"{one.variable} is set ({one.title}); it was sent nowhere" for one in keys]


def use_words(servers: Iterable[FoundServer], keys: Iterable[Provider]) -> str:
    """What to type to use some of it; empty if nothing was found."""
    names = [*(one.name for one in servers), *(one.name for one in keys)]
    others = f" (or {', '.join(names[1:])})" if names[1:] else ""
    return f"to use it: sstar model use {names[0]}{others}" if names else ""


def _ports(environ: Mapping[str, str]) -> tuple[int, ...]:
    named = environ.get(PORTS_VARIABLE, "").replace(",", " ").split()
    if not all(port.isascii() and port.isdigit() and 0 < int(port) < 65_536 for port in named):
        raise UsageError(
            f"{PORTS_VARIABLE} wants ports separated by commas, as in 8000,8080; it is {environ[PORTS_VARIABLE]!r}"
        )
    return tuple(dict.fromkeys(map(int, named))) or PORTS


async def server_at(port: int) -> FoundServer | None:
    """The model server on a port of the loopback interface; None if none answers in time."""
    import httpx2

    base_url = f"http://127.0.0.1:{port}/v1"
    try:
        async with (
            asyncio.timeout(PATIENCE_S),
            # no proxy, and no answer from anywhere else: what is asked for is what is on this machine
            httpx2.AsyncClient(trust_env=False, follow_redirects=False) as client,
            client.stream("GET", f"{base_url}/models", headers={"accept-encoding": "identity"}) as response,
        ):
            if response.status_code != 200:
                return None
            listing = json.loads(await _body(response))
            return _server(base_url, port, listing, response.headers.get("server", ""))
    except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError):
        return None


async def _body(response: httpx2.Response) -> bytes:
    """The whole body. Raises ``ValueError`` where it is compressed all the same, or has no end in sight."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ValueError("compressed")
    data = b""
    async with contextlib.aclosing(response.aiter_raw()) as pieces:
        async for piece in pieces:
            data += piece
            if len(data) > MOST_BYTES:
                raise ValueError("too long")
    return data


def _server(base_url: str, port: int, listing: Any, header: str) -> FoundServer | None:
    """What a list of models tells of its server; None if it is no such list."""
    if not isinstance(listing, Mapping) or "data" not in listing or listing.get("object", "list") != "list":
        return None
    data = listing["data"]
    if data is None:  # Ollama before anything is pulled
        data, kind = [], "ollama"
    else:
        if not isinstance(data, list) or not all(
            isinstance(model, Mapping) and isinstance(model.get("id"), str) for model in data
        ):
            return None
        kind = _kind(data, header)
    names = [name for model in data[:MOST_MODELS] if _is_name(name := model["id"])]
    return FoundServer(kind or f"127.0.0.1:{port}", TITLES.get(kind, OTHER), base_url, best_first(names))


def _is_name(name: str) -> bool:
    """Whether a name can be shown and written into settings as it is."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and "," not in name


def _kind(models: Iterable[Mapping[str, Any]], header: str) -> str:
    """The server's name by what its models say of their owner; empty if they do not tell."""
    models = list(models)
    owners = [owner for model in models if isinstance(owner := model.get("owned_by"), str)]
    if header == "llama.cpp":
        return "llamacpp"
    if known := next((_OWNERS[owner] for owner in owners if owner in _OWNERS), ""):
        return known
    # Ollama's models of other namespaces have those as their owners; all have a tag
    is_tagged = bool(models) and all(":" in model["id"] for model in models)
    return "ollama" if is_tagged else ""
