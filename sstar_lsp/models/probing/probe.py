"""The quick probe: what a run needs to know of an endpoint, asked once and remembered.

One listing, one answer of a few tokens as the judge asks, and a request for a program whose answer is not
read.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing

from attrs import evolve

from sstar_lsp.errors import ModelError, ModelUnreachable
from sstar_lsp.models.client.capability_cache import LEAST, Capabilities
from sstar_lsp.models.client.openai_http import Connection
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.client.reasoning import closes_unopened, sampling_for
from sstar_lsp.models.client.stream_parser import AnswerReader, count
from sstar_lsp.records import Message, Sampling
from sstar_lsp.settings import SolveSettings

QUESTION = "Reply with the one word: ready"
"""Of the probe; a test server knows it by this."""
ASKED = (Message("user", QUESTION),)
LARGE_SEED = (1 << 31) + 100
"""Seeds of a run are as large where ``solve.seed`` is."""
LEAST_CONTEXT = 512
"""A server that says less has said something else: no prompt of ours fits."""
QUICK_S = 30.0
"""A probe that takes longer is given up: the run goes on and assumes the least."""

_CONTEXT_FIELDS = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")


async def probe(model: OpenAIModel) -> None:
    """Learn what a run needs. What does not answer in time, or fails, stays unknown.

    Never raises for the server's faults: the run's own first request says them better.
    """
    with contextlib.suppress(ModelError, TimeoutError):
        await look(model, QUICK_S)


async def look(model: OpenAIModel, patience_s: float | None = None) -> None:
    """Learn what the server can do, from nothing; ``patience_s``: for the listing, and for the answers.
    Raises a :class:`ModelError` where nobody is there or no request is answered, else ``TimeoutError``."""
    model.capabilities = LEAST
    try:
        async with asyncio.timeout(patience_s):
            model.capabilities = await _listed(model.connection, model.name)
    except ModelUnreachable:
        raise
    except (ModelError, TimeoutError):  # there are servers without a list
        pass
    async with asyncio.timeout(patience_s):
        await _first_answer(model)
        await _accepts_writing(model)


async def _listed(connection: Connection, name: str) -> Capabilities:
    listing = await connection.listing()
    same = [model for model in listing if model["id"].rpartition("models/")[2] == name]
    one = next(iter(same or (listing if len(listing) == 1 else [])), {})
    meta = one.get("meta")  # llama.cpp's
    places = [one, meta if isinstance(meta, dict) else {}]
    lengths = [count(place, field) for place in places for field in _CONTEXT_FIELDS]
    context = next((length for length in lengths if length is not None and length >= LEAST_CONTEXT), None)
    return Capabilities(context_tokens=context)


async def _first_answer(model: OpenAIModel) -> None:
    """One small answer to a request with every field, as the judge asks: refusals and answer are noted."""
    sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=16, seed=1)
    response, asked = await model.open(ASKED, sampling)
    reader = AnswerReader(evolve(model.expected(ASKED, asked), opens_in_prompt=False))
    thoughts = ""
    async with aclosing(model.connection.read(response, reader)) as deltas:
        async for delta in deltas:
            thoughts += delta.thought
    opens_in_prompt = closes_unopened(reader.text)
    model.capabilities = evolve(
        model.capabilities,
        streaming=reader.is_stream and "stream" not in model.capabilities.refused_fields,
        reasoning=bool(thoughts) or opens_in_prompt,
        opens_in_prompt=opens_in_prompt,
    )


async def _accepts_writing(model: OpenAIModel) -> None:
    """Ask for a program with token limit and largest seed; refusals are noted, the answer is not read."""
    defaults = SolveSettings()
    asked = Sampling(defaults.temperature, defaults.top_p, defaults.max_tokens, seed=LARGE_SEED)
    response, _ = await model.open(ASKED, sampling_for(model.thinking, asked))
    await response.aclose()
