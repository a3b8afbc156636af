"""Checks of one live model server: does it do what S* needs of it, and how fast. Behind ``sstar doctor
--model``.

Each check asks through our client, as a run would.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from enum import StrEnum
from functools import partial

from attrs import evolve, frozen

from sstar_lsp.errors import ContextTooLong, ModelError, ModelMissing
from sstar_lsp.models.client.capability_cache import Capabilities
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.probing.probe import look
from sstar_lsp.records import Message, Sampling, Usage

STREAMS = (1, 4, 16)
"""Requests at once that speed is measured at."""
CHECK_S = 300.0
"""A check that takes longer has failed."""
ASKED = (Message("user", "Count from 1 to 40 in words, separated by commas."),)
_PREFIX_WORDS = 450
"""About 600 tokens: as long as a statement with its rules."""


class Outcome(StrEnum):
    """Of one check."""

    PASSED = "passed"
    FAILED = "failed"
    LACKS = "lacks"
    """The server does not offer it, and a run does without."""


@frozen
class Check:
    """One look at the server."""

    name: str
    outcome: Outcome
    detail: str = ""


@frozen
class Report:
    """All that was found out about one model at one endpoint."""

    endpoint: str
    model: str
    capabilities: Capabilities
    checks: tuple[Check, ...]

    @property
    def conforms(self) -> bool:
        """No check failed."""
        return all(check.outcome is not Outcome.FAILED for check in self.checks)


@frozen
class Answer:
    """One answer, read to its end."""

    text: str
    reason: str | None
    usage: Usage | None
    pieces: int
    first_s: float
    """Time to the first token, from the request on; 0: none came."""

    @property
    def tokens(self) -> int:
        """As the server counts, else pieces."""
        return self.usage.completion_tokens if self.usage is not None else self.pieces


class _Wrong(Exception):
    """The server does not do what it must."""


class _Lacks(Exception):
    """It does not offer it."""


_Look = Callable[[OpenAIModel], Awaitable[str]]
"""Returns what was seen; raises :class:`_Wrong`, :class:`_Lacks` or a :class:`ModelError`."""


async def examine(
    model: OpenAIModel, *, tokens: int = 64, say: Callable[[str], None] = lambda _words: None
) -> Report:
    """Probe, check and measure. ``tokens``: new tokens of each measured stream.
    Raises a :class:`ModelError` where the server answers nothing at all."""
    say("asking what it can do")
    await look(model)
    checks = []
    speed: list[tuple[str, _Look]] = [
        (f"answers {n} at once", partial(_answers_at_once, streams=n, tokens=tokens)) for n in STREAMS
    ]
    for name, one in (*CHECKS, *speed):
        say(name)
        checks.append(await _checked(name, one, model))
    return Report(model.base_url, model.name, model.capabilities, tuple(checks))


async def _checked(name: str, one: _Look, model: OpenAIModel) -> Check:
    try:
        async with asyncio.timeout(CHECK_S):
            return Check(name, Outcome.PASSED, await one(model))
    except _Lacks as error:
        return Check(name, Outcome.LACKS, str(error))
    except (_Wrong, ModelError, TimeoutError) as error:
        return Check(name, Outcome.FAILED, str(error) or f"not done after {CHECK_S:g} s")


async def _answers_at_once(model: OpenAIModel, streams: int, tokens: int) -> str:
    """New tokens/s of ``streams`` requests at once, each behind a short prompt of its own."""
    began = time.monotonic()

    def one(number: int) -> Awaitable[Answer]:
        asked = (Message("user", f"Write a very long story about the number {number}. Do not stop."),)
        return _answer(model, Sampling(temperature=0.8, max_tokens=tokens, seed=number), asked)

    answers = await _all(map(one, range(1, streams + 1)))
    rate = sum(answer.tokens for answer in answers) / (time.monotonic() - began)
    first_s = statistics.median(answer.first_s for answer in answers)
    return f"{rate:.1f} new tokens/s, first token after {first_s:.2f} s (median)"


async def _answer(model: OpenAIModel, sampling: Sampling, asked: Sequence[Message] = ASKED) -> Answer:
    began = time.monotonic()
    text, reason, usage, pieces, first_s = "", None, None, 0, 0.0
    async for delta in model.stream(asked, sampling):
        text += delta.text
        if delta.text or delta.thought:
            pieces += 1
            first_s = first_s or time.monotonic() - began
        reason = delta.finish_reason or reason
        usage = delta.usage or usage
    return Answer(text, reason, usage, pieces, first_s)


async def _all(asked: Iterable[Awaitable[Answer]]) -> list[Answer]:
    """Answers that are asked for at once, each read to its end; then raises the first failure."""
    ended = await asyncio.gather(*asked, return_exceptions=True)
    for failure in (one for one in ended if isinstance(one, BaseException)):
        raise failure
    return [one for one in ended if isinstance(one, Answer)]


async def _lists_its_models(model: OpenAIModel) -> str:
    names = await model.models()
    if model.name not in names:
        raise _Wrong(f"it answers as {model.name!r} and lists {', '.join(names) or 'no model'}")
    return ", ".join(names[:8])


async def _streams(model: OpenAIModel) -> str:
    pieces = (await _answer(model, Sampling(max_tokens=24, seed=1))).pieces
    if pieces < 2:
        raise _Lacks("the whole answer comes in one piece: a stall is seen late, a cancel saves less")
    return f"{pieces} pieces of 24 tokens"


async def _says_why_it_ended(model: OpenAIModel) -> str:
    reason = (await _answer(model, Sampling(max_tokens=4, seed=1))).reason
    if reason not in ("length", "thinking"):
        raise _Wrong(f"an answer cut at 4 tokens ended as {reason!r}, not as 'length'")
    return "length"


async def _keeps_the_limit(model: OpenAIModel) -> str:
    counted = (await _answer(model, Sampling(max_tokens=8, seed=1))).tokens
    most = 8 + (model.thinking.tokens if model.thinking.reasons else 0)
    if counted > most:
        raise _Wrong(f"{counted} tokens came where {most} were asked for")
    return f"{counted} of 8 tokens"


async def _counts_usage(model: OpenAIModel) -> str:
    usage = (await _answer(model, Sampling(max_tokens=8, seed=1))).usage
    if usage is None:
        raise _Lacks("tokens are estimated from characters")
    told = f"{usage.prompt_tokens} + {usage.completion_tokens}"
    if not usage.prompt_tokens or not usage.completion_tokens:
        raise _Wrong(f"it counted {told} tokens")
    return told


async def _computes_a_known_prompt_once(model: OpenAIModel) -> str:
    # random words: nobody, no earlier run of ours either, has asked this before
    head = " ".join(secrets.token_hex(2) for _ in range(_PREFIX_WORDS // 2))
    answers = []
    for end in ("Repeat the first one.", "Repeat the second one."):
        asked = (Message("user", f"Here are words: {head}. {end}"),)
        answers.append(await _answer(model, Sampling(temperature=0.0, top_p=1.0, max_tokens=4), asked))
    new, known = answers
    usage = known.usage or Usage()
    told = (
        f"{usage.prompt_tokens or 'some 600'} tokens, {usage.cached_tokens} counted as cached: "
        f"first token after {new.first_s:.2f} s when new, {known.first_s:.2f} s when known but for its end"
    )
    if not usage.cached_tokens and known.first_s > new.first_s / 2:
        raise _Lacks(told)
    return told


async def _repeats_with_a_seed(model: OpenAIModel) -> str:
    sampling = Sampling(temperature=1.0, max_tokens=16, seed=7)
    await _answer(model, sampling)  # a cached prompt may be computed in another order of sums
    if (await _answer(model, sampling)).text != (await _answer(model, sampling)).text:
        raise _Lacks("the same seed gave another text: a run cannot be made again")
    return "the same seed gave the same text"


async def _keeps_answers_apart(model: OpenAIModel) -> str:
    words = ("apple", "stone", "river", "cloud", "eagle", "tiger", "piano", "lemon")

    def echo(word: str) -> Awaitable[Answer]:
        asked = (Message("user", f"Say the word {word} five times and nothing else."),)
        return _answer(model, Sampling(temperature=0.0, max_tokens=24), asked)

    answers = await _all(map(echo, words))
    if any(answer.reason is None for answer in answers):
        raise _Wrong("an answer had no end")
    told = {word: answer.text.lower() for word, answer in zip(words, answers, strict=True)}
    if any(other in text for word, text in told.items() for other in words if other != word):
        raise _Wrong("words of one answer stood in another one")
    return f"{len(words)} at once"


async def _can_be_cancelled(model: OpenAIModel) -> str:
    stream = model.stream(ASKED, Sampling(max_tokens=2000, seed=1))
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            if delta.text or delta.thought:
                break
    await _answer(model, Sampling(max_tokens=4))
    return "the next answer came"


async def _reads_any_script(model: OpenAIModel) -> str:
    asked = (Message("user", "Repeat exactly: żółć 漢字 🙂"),)
    answer = await _answer(model, Sampling(temperature=0.0, max_tokens=32), asked)
    if answer.reason is None or "\ufffd" in answer.text.rstrip("\ufffd"):
        raise _Wrong(f"characters were lost: {answer.text[:60]!r}")
    return "no character lost"


async def _refuses_an_unknown_model(model: OpenAIModel) -> str:
    name, model.name = model.name, "no-such-model-here"
    try:
        await _answer(model, Sampling(max_tokens=1))
    except ModelMissing:
        return "as missing"
    finally:
        model.name = name
    raise _Lacks("it answers whatever the model's name is")


async def _refuses_what_does_not_fit(model: OpenAIModel) -> str:
    known = model.capabilities
    context = known.context_tokens
    if context is None:
        raise _Lacks("it does not say how long its context is")
    if context > 40_000:
        return f"{context} tokens; too long to try"
    model.capabilities = evolve(known, context_tokens=None)  # the server, not our client, must refuse
    try:
        await _answer(model, Sampling(max_tokens=1), (Message("user", "word " * (context + 100)),))
    except ContextTooLong:
        return f"{context} tokens; more is refused as too long"
    finally:
        model.capabilities = known
    raise _Lacks(f"a prompt of more than {context} tokens was answered: it is cut in silence")


CHECKS: tuple[tuple[str, _Look], ...] = (
    ("lists its models", _lists_its_models),
    ("streams", _streams),
    ("says why an answer ended", _says_why_it_ended),
    ("keeps to the token limit", _keeps_the_limit),
    ("counts usage", _counts_usage),
    ("computes a known prompt once", _computes_a_known_prompt_once),
    ("repeats with a seed", _repeats_with_a_seed),
    ("keeps answers apart", _keeps_answers_apart),
    ("can be cancelled", _can_be_cancelled),
    ("reads any script", _reads_any_script),
    ("refuses an unknown model", _refuses_an_unknown_model),
    ("refuses a prompt too long", _refuses_what_does_not_fit),
)
"""In their order."""
