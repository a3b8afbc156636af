"""Find out what an endpoint can do by asking it: once, little, and remembered.

A room of its own because asking is a small conversation of its own. The quick probe (one listing, one answer of
a few tokens) precedes the first run at an endpoint; the thorough one is ``sstar doctor --model URL``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from attrs import evolve

from sstar_lsp.errors import ModelError
from sstar_lsp.models.capabilities import LEAST, Capabilities
from sstar_lsp.models.openai_http import Connection
from sstar_lsp.models.openai_model import OpenAIModel
from sstar_lsp.records import Message, Sampling

QUESTION = "Reply with the one word: ready"
"""Of the probe; a test server knows it by this."""
QUICK_S = 30.0
"""A probe that takes longer is given up: the run goes on and assumes the least."""

_OWNERS = {"vllm": "vllm", "llamacpp": "llama.cpp", "sstar": "sstar", "openai": "openai", "system": "openai"}
_CONTEXT_FIELDS = ("max_model_len", "context_length", "context_window", "max_context_length")


async def probe(model: OpenAIModel) -> Capabilities:
    """The quick probe: what a run needs. What does not answer in time, or fails, stays unknown.

    Never raises for the server's faults: the run's own first request says them better.
    """
    found = LEAST
    with contextlib.suppress(ModelError, TimeoutError):
        async with asyncio.timeout(QUICK_S):
            found = evolve(await _listed(model.connection, model.name), refused_fields=())
    with contextlib.suppress(ModelError, TimeoutError):
        async with asyncio.timeout(QUICK_S):
            found = await _first_answer(model, found)
    return found


async def probe_thoroughly(model: OpenAIModel) -> Capabilities:
    """Every row of the table; some ten small requests. Raises a :class:`ModelError` where none is answered."""
    found = await _first_answer(model, await _listed(model.connection, model.name))
    model.capabilities = found
    said: dict[str, bool | None] = {}
    said["n"] = await _seen(_n(model))
    said["stop"] = await _seen(_stop(model))
    said["seed_repeats"] = await _seen(_seed_repeats(model)) if found.seed else None
    said["json_schema"] = await _seen(_json_schema(model))
    said["structured_outputs"] = await _seen(_structured_outputs(model))
    if found.cached_tokens is False or found.cached_tokens is None:
        said["cached_tokens"] = await _seen(_cached(model))
    return evolve(found, **said)  # type: ignore[arg-type]  # names of the record


async def _listed(connection: Connection, name: str) -> Capabilities:
    listing = await connection.listing()
    one = next((model for model in listing if model.id == name), listing[0] if listing else None)
    owner = str(getattr(one, "owned_by", "") or "").lower()
    server = next((known for word, known in _OWNERS.items() if word in owner), "")
    context: int | None = None
    for field in _CONTEXT_FIELDS:
        value = getattr(one, field, None)
        if isinstance(value, int) and value > 0:
            context = context or value
    meta = getattr(one, "meta", None)  # llama.cpp's
    if context is None and isinstance(meta, Mapping) and isinstance(meta.get("n_ctx"), int):
        context = meta["n_ctx"]
    version = ""
    if server == "vllm":
        with contextlib.suppress(ModelError, ValueError, KeyError, TypeError):
            version = str(json.loads(await connection.get("/version"))["version"])
    return Capabilities(server=server, version=version, context_tokens=context)


async def _first_answer(model: OpenAIModel, found: Capabilities) -> Capabilities:
    """One small answer with every field in the request: what is refused is left out, what comes is noted."""
    model.capabilities = found
    sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=16, seed=1, stop=("\n\n\n",))  # type: ignore[arg-type]  # converter
    chunks = await ask_raw(model, model_body(model, sampling), sampling)
    learned = model.capabilities
    usages = [usage for chunk in chunks if (usage := getattr(chunk, "usage", None)) is not None]
    details = getattr(usages[-1], "prompt_tokens_details", None) if usages else None
    bodies = [body for chunk in chunks for body in _bodies(chunk)]
    field = next(
        (name for name in ("reasoning", "reasoning_content") if any(_said(body, name) for body in bodies)), ""
    )
    text = "".join(_said(body, "content") for body in bodies)
    is_stream = not any(hasattr(choice, "message") for chunk in chunks for choice in _choices(chunk))
    refused = learned.refused_fields
    return evolve(
        learned,
        streaming=is_stream and "stream" not in refused,
        seed="seed" not in refused,
        stop=None if "stop" not in refused else False,
        usage=bool(usages),
        cached_tokens=getattr(details, "cached_tokens", None) is not None if usages else None,
        reasoning=bool(field) or text.lstrip().lower().startswith("<think"),
        reasoning_field=field,
    )


def model_body(
    model: OpenAIModel, sampling: Sampling, question: str = QUESTION, n: int = 1
) -> dict[str, Any]:
    """The probe's request."""
    return model.body((Message("user", question),), sampling, n)


async def ask_raw(model: OpenAIModel, body: Mapping[str, Any], sampling: Sampling | None = None) -> list[Any]:
    """All chunks of one answer as the server sent them. Raises a :class:`ModelError`.

    With ``sampling`` the client's own way is gone: fields that the server refuses are left out and learned.
    """
    if sampling is None:
        stream = await model.connection.open(body)
    else:
        stream = await model.open((Message("user", QUESTION),), sampling, 1)
    try:
        chunks: list[Any] = []
        async with aclosing(model.connection.chunks(stream)) as pieces:
            async for chunk in pieces:
                chunks.append(chunk)
                if len(chunks) > 4096:
                    break
        return chunks
    finally:
        await stream.close()


async def _seen(looking: Any) -> bool | None:
    """What a look found; a refusal is False, a failure None."""
    from sstar_lsp.errors import ModelProtocolError

    try:
        async with asyncio.timeout(QUICK_S * 2):
            return bool(await looking)
    except ModelProtocolError:
        return False
    except (ModelError, TimeoutError):
        return None


def _text(chunks: list[Any], index: int = 0) -> str:
    return "".join(
        _said(getattr(choice, "delta", None) or getattr(choice, "message", None), "content")
        for chunk in chunks
        for choice in _choices(chunk)
        if getattr(choice, "index", 0) == index
    )


async def _n(model: OpenAIModel) -> bool:
    body = model_body(model, Sampling(temperature=1.0, max_tokens=4), n=2)
    chunks = await ask_raw(model, body)
    return {getattr(choice, "index", 0) for chunk in chunks for choice in _choices(chunk)} >= {0, 1}


async def _stop(model: OpenAIModel) -> bool:
    question = "Count from 1 to 9 in digits, separated by commas."
    plain = Sampling(temperature=0.0, top_p=1.0, max_tokens=48)
    stopped = evolve(plain, stop=("5",))  # type: ignore[arg-type]  # converter
    whole = _text(await ask_raw(model, model_body(model, plain, question)))
    cut = _text(await ask_raw(model, model_body(model, stopped, question)))
    return "5" in whole and "5" not in cut


async def _seed_repeats(model: OpenAIModel) -> bool:
    body = model_body(model, Sampling(temperature=1.0, max_tokens=16, seed=7), "Invent a name of a star.")
    await ask_raw(model, body)  # a cached prompt may be computed in another order of sums
    return _text(await ask_raw(model, body)) == _text(await ask_raw(model, body))


async def _json_schema(model: OpenAIModel) -> bool:
    schema = {
        "type": "object",
        "properties": {"count": {"type": "integer"}},
        "required": ["count"],
        "additionalProperties": False,
    }
    body = model_body(model, Sampling(temperature=0.0, max_tokens=32), "Say hello.")
    form = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
    try:
        answer = json.loads(_text(await ask_raw(model, {**body, "response_format": form})))
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("count"), int)


async def _structured_outputs(model: OpenAIModel) -> bool:
    body = model_body(model, Sampling(temperature=0.0, max_tokens=8), "Say hello.")
    extra = {"structured_outputs": {"regex": "[0-9]{3}"}}
    return re.fullmatch("[0-9]{3}", _text(await ask_raw(model, {**body, "extra_body": extra}))) is not None


async def _cached(model: OpenAIModel) -> bool:
    """Some servers say so only where there is something to say: a prompt of some length, twice."""
    prompt = "Read these numbers: " + " ".join(map(str, range(300))) + ". Reply with one word."
    body = model_body(model, Sampling(temperature=0.0, max_tokens=1), prompt)
    await ask_raw(model, body)
    for chunk in await ask_raw(model, body):
        details = getattr(getattr(chunk, "usage", None), "prompt_tokens_details", None)
        if isinstance(getattr(details, "cached_tokens", None), int):
            return True
    return False


def _choices(chunk: Any) -> list[Any]:
    choices = getattr(chunk, "choices", None)
    return choices if isinstance(choices, list) else []


def _bodies(chunk: Any) -> list[Any]:
    return [getattr(c, "delta", None) or getattr(c, "message", None) for c in _choices(chunk)]


def _said(body: Any, name: str) -> str:
    value = getattr(body, name, None)
    return value if isinstance(value, str) else ""
