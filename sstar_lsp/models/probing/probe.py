"""Find out what an endpoint can do by asking it: once, little, and remembered.

A room of its own because asking is a small conversation of its own. The quick probe (one listing, one answer of
a few tokens) precedes the first run at an endpoint; the thorough one is ``sstar doctor --model URL``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from attrs import evolve

from sstar_lsp.errors import ModelError, ModelMissing, ModelProtocolError, ModelUnreachable
from sstar_lsp.models.client.capability_cache import LEAST, Capabilities
from sstar_lsp.models.client.openai_errors import Refusal
from sstar_lsp.models.client.openai_http import Connection
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.client.reasoning import closes_unopened, sampling_for, without_thoughts
from sstar_lsp.models.client.stream_parser import AnswerReader, count
from sstar_lsp.records import Message, Sampling
from sstar_lsp.settings import SolveSettings

if TYPE_CHECKING:
    import httpx2

QUESTION = "Reply with the one word: ready"
"""Of the probe; a test server knows it by this."""
ASKED = (Message("user", QUESTION),)
LARGE_SEED = (1 << 31) + 100
"""Seeds of a run are as large where ``solve.seed`` is."""
LEAST_CONTEXT = 512
"""A server that says less has said something else: no prompt of ours fits."""
QUICK_S = 30.0
"""A probe that takes longer is given up: the run goes on and assumes the least."""

_OWNERS = {"vllm": "vllm", "llamacpp": "llama.cpp", "sstar": "sstar", "openai": "openai", "system": "openai"}
_CONTEXT_FIELDS = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")


async def probe(model: OpenAIModel) -> Capabilities:
    """The quick probe: what a run needs. What does not answer in time, or fails, stays unknown.

    Never raises for the server's faults: the run's own first request says them better.
    """
    model.capabilities = LEAST
    try:
        async with asyncio.timeout(QUICK_S):
            model.capabilities = await _listed(model.connection, model.name)
    except ModelUnreachable:
        return LEAST
    except (ModelError, TimeoutError):
        pass
    with contextlib.suppress(ModelError, TimeoutError):
        async with asyncio.timeout(QUICK_S):
            model.capabilities = await _first_answer(model)
            await _accepts_writing(model)
    return model.capabilities


async def probe_thoroughly(model: OpenAIModel) -> Capabilities:
    """Every row of the table; some ten small requests. Raises a :class:`ModelError` where none is answered."""
    model.capabilities = LEAST
    with contextlib.suppress(ModelProtocolError, ModelMissing):  # there are servers without a list
        model.capabilities = await _listed(model.connection, model.name)
    model.capabilities = await _first_answer(model)
    await _accepts_writing(model)
    found = model.capabilities
    said: dict[str, bool | None] = {}
    said["stop"] = await _seen(_stop(model))
    said["seed_repeats"] = await _seen(_seed_repeats(model)) if found.seed else None
    if not found.cached_tokens:
        said["cached_tokens"] = await _seen(_cached(model))
    return evolve(model.capabilities, **said)  # type: ignore[arg-type]  # names of the record


async def _listed(connection: Connection, name: str) -> Capabilities:
    listing = await connection.listing()
    same = [model for model in listing if model["id"].rpartition("models/")[2] == name]
    one = next(iter(same or (listing if len(listing) == 1 else [])), {})
    owner = str(one.get("owned_by") or "").lower()
    server = next((known for word, known in _OWNERS.items() if word in owner), "")
    meta = one.get("meta")  # llama.cpp's
    places = [one, meta if isinstance(meta, dict) else {}]
    lengths = [count(place, field) for place in places for field in _CONTEXT_FIELDS]
    context = next((length for length in lengths if length is not None and length >= LEAST_CONTEXT), None)
    version = ""
    if server == "vllm":
        with contextlib.suppress(ModelError, ValueError, KeyError, TypeError):
            version = str(json.loads(await connection.get("/version"))["version"])
    return Capabilities(server=server, version=version, context_tokens=context)


async def _first_answer(model: OpenAIModel) -> Capabilities:
    """One small answer with every field in the request, as the judge asks: what is refused is learned, what comes noted."""
    sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=16, seed=1, stop=("\n\n\n",))  # type: ignore[arg-type]  # converter
    response, asked = await model.open(ASKED, sampling)
    reader = await drained(model, response, asked)
    learned = model.capabilities
    refused = learned.refused_fields
    return evolve(
        learned,
        streaming=reader.is_stream and "stream" not in refused,
        seed="seed" not in refused,
        stop=None if "stop" not in refused else False,
        usage=reader.usage is not None,
        cached_tokens=reader.counts_cached if reader.usage is not None else None,
        reasoning=bool(reader.fields) or without_thoughts(reader.text)[0] != reader.text,
        reasoning_field=next(iter(sorted(reader.fields)), ""),
        opens_in_prompt=closes_unopened(reader.text),
    )


async def _accepts_writing(model: OpenAIModel) -> None:
    """Whether it takes a request for a program: its limit, and a seed as large as they come. The answer is not read."""
    defaults = SolveSettings()
    asked = Sampling(defaults.temperature, defaults.top_p, defaults.max_tokens, seed=LARGE_SEED)
    response, _ = await model.open(ASKED, sampling_for(model.thinking, asked))
    await response.aclose()


async def drained(model: OpenAIModel, response: httpx2.Response, sampling: Sampling) -> AnswerReader:
    """The reader of an answer, read to its end. Raises a :class:`ModelError`."""
    reader = AnswerReader(evolve(model.expected(ASKED, sampling), opens_in_prompt=False))
    async with aclosing(model.connection.read(response, reader)) as deltas:
        async for _ in deltas:
            pass
    return reader


async def ask(model: OpenAIModel, sampling: Sampling, question: str) -> AnswerReader:
    """One answer to a request that is sent once and as it is. Raises a :class:`ModelError`."""
    found = await model.connection.open(model.body((Message("user", question),), sampling))
    if isinstance(found, Refusal):
        raise await model.connection.refused(found, model.name)
    return await drained(model, found, sampling)


async def _seen(looking: Any) -> bool | None:
    """What a look found; a refusal is False, a failure None."""
    try:
        async with asyncio.timeout(QUICK_S * 2):
            return bool(await looking)
    except ModelProtocolError:
        return False
    except (ModelError, TimeoutError):
        return None


async def _stop(model: OpenAIModel) -> bool:
    question = "Count from one to ten in digits, separated by commas."
    plain = Sampling(temperature=0.0, top_p=1.0, max_tokens=48)
    stopped = evolve(plain, stop=("5",))  # type: ignore[arg-type]  # converter
    whole, cut = await ask(model, plain, question), await ask(model, stopped, question)
    return "5" in whole.text and "5" not in cut.text


async def _seed_repeats(model: OpenAIModel) -> bool:
    sampling, question = Sampling(temperature=1.0, max_tokens=16, seed=7), "Invent a name of a star."
    await ask(model, sampling, question)  # a cached prompt may be computed in another order of sums
    return (await ask(model, sampling, question)).text == (await ask(model, sampling, question)).text


async def _cached(model: OpenAIModel) -> bool:
    """Some servers say so only where there is something to say: a prompt of some length, twice."""
    prompt = "Read these numbers: " + " ".join(map(str, range(300))) + ". Reply with one word."
    plain = Sampling(temperature=0.0, max_tokens=1)
    await ask(model, plain, prompt)
    return (await ask(model, plain, prompt)).counts_cached
