"""What any model server must do for S*, tried on a live one; and how fast it does it.

A room of its own because the same checks serve a person (``sstar doctor --model URL``), our own embedded
server, and vLLM. Each check goes through our client, as a run would: what the client can make good is good.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from enum import StrEnum

from attrs import evolve, frozen

from sstar_lsp.errors import ContextTooLong, ModelError, ModelMissing, ModelProtocolError
from sstar_lsp.models.client.capability_cache import Capabilities
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.probing.probe import probe_thoroughly
from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import Message, Sampling, Usage

STREAMS = (1, 4, 16)
"""Requests at once that speed is measured at."""
CHECK_S = 300.0
"""A check that takes longer has failed."""
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
class Speed:
    """Of so many streams at once."""

    streams: int
    tokens: int
    """New tokens of all streams together."""
    seconds: float
    first_token_s: float
    """Median time to the first token."""

    @property
    def tokens_per_s(self) -> float:
        """All streams together."""
        return self.tokens / self.seconds if self.seconds else 0.0


@frozen
class PrefixEffect:
    """What a prompt costs the first and the second time."""

    prompt_tokens: int
    new_s: float
    """Time to the first token of a prompt never seen."""
    known_s: float
    """Likewise of a prompt that differs in its last words only."""
    cached_tokens: int
    """As the server counts; 0 where it does not."""


@frozen
class Report:
    """All that was found out about one model at one endpoint."""

    endpoint: str
    model: str
    capabilities: Capabilities
    checks: tuple[Check, ...]
    speeds: tuple[Speed, ...] = ()
    prefix: PrefixEffect | None = None

    @property
    def conforms(self) -> bool:
        """No check failed."""
        return all(check.outcome is not Outcome.FAILED for check in self.checks)


Say = Callable[[str], None]
Look = Callable[[OpenAIModel], Awaitable[str]]
"""Returns what was seen; raises :class:`_Wrong` or :class:`_Lacks`."""


class _Wrong(Exception):
    """The server does not do what it must."""


class _Lacks(Exception):
    """It does not offer it."""


async def examine(
    model: OpenAIModel, *, tokens: int = 64, speed: bool = True, say: Say = lambda _words: None
) -> Report:
    """Probe, check and measure. ``tokens``: new tokens of each measured stream.

    Raises a :class:`ModelError` where the server answers nothing at all.
    """
    say("asking what it can do")
    model.capabilities = await probe_thoroughly(model)
    checks = []
    for name, look in CHECKS:
        say(name)
        checks.append(await _checked(name, look, model))
    speeds: list[Speed] = []
    prefix: PrefixEffect | None = None
    try:
        if speed:
            for streams in STREAMS:
                say(f"measuring {streams} at once")
                speeds.append(await measure(model, streams, tokens))
            say("measuring the prefix cache")
            prefix = await prefix_effect(model)
    except (ModelError, ExceptionGroup) as error:  # what was found until then is told all the same
        if not isinstance(first := _first(error), ModelError):
            raise
        what = (
            "measuring the prefix cache" if len(speeds) == len(STREAMS) else f"{STREAMS[len(speeds)]} at once"
        )
        checks.append(Check(f"can be measured: {what}", Outcome.FAILED, str(first)))
    return Report(model.base_url, model.name, model.capabilities, tuple(checks), tuple(speeds), prefix)


def _first(error: Exception) -> Exception:
    """The first that went wrong of several that were asked side by side."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _checked(name: str, look: Look, model: OpenAIModel) -> Check:
    try:
        async with asyncio.timeout(CHECK_S):
            return Check(name, Outcome.PASSED, await look(model))
    except (_Lacks, _Wrong, ModelError, TimeoutError, ExceptionGroup) as error:
        first = _first(error)
    match first:
        case _Lacks():
            return Check(name, Outcome.LACKS, str(first))
        case TimeoutError():
            return Check(name, Outcome.FAILED, f"not done after {CHECK_S:g} s")
        case _Wrong() | ModelError():
            return Check(name, Outcome.FAILED, str(first))
    raise first


# --- speed ----------------------------------------------------------------------------------------


async def measure(model: OpenAIModel, streams: int, tokens: int) -> Speed:
    """New tokens/s of ``streams`` requests at once, each behind a short prompt of its own."""
    began = time.monotonic()

    async def one(number: int) -> tuple[float, int]:
        asked = (Message("user", f"Write a very long story about the number {number}. Do not stop."),)
        first, counted, pieces = 0.0, 0, 0
        async for delta in _stream(model, asked, Sampling(temperature=0.8, max_tokens=tokens, seed=number)):
            if not first and (delta.text or delta.thought):
                first = time.monotonic() - began
            pieces += bool(delta.text or delta.thought)
            counted = delta.usage.completion_tokens if delta.usage is not None else counted
        return first, counted or pieces

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(one(number)) for number in range(1, streams + 1)]
    ended = time.monotonic() - began
    firsts = sorted(task.result()[0] for task in asked)
    return Speed(
        streams, sum(task.result()[1] for task in asked), round(ended, 3), round(firsts[len(firsts) // 2], 3)
    )


async def prefix_effect(model: OpenAIModel) -> PrefixEffect:
    """Time to the first token behind a long prompt, new and then known but for its end."""
    # random words: nobody, no earlier run of ours either, has asked this before
    head = " ".join(secrets.token_hex(2) for _ in range(_PREFIX_WORDS // 2))

    async def first_token(end: str) -> tuple[float, Usage | None]:
        began = time.monotonic()
        first, usage = 0.0, None
        asked = (Message("user", f"Here are words: {head}. {end}"),)
        async for delta in _stream(model, asked, Sampling(temperature=0.0, top_p=1.0, max_tokens=4)):
            if not first and (delta.text or delta.thought):
                first = time.monotonic() - began
            usage = delta.usage or usage
        return first or time.monotonic() - began, usage

    new_s, _ = await first_token("Repeat the first one.")
    known_s, usage = await first_token("Repeat the second one.")
    counted = usage or Usage()
    return PrefixEffect(counted.prompt_tokens, round(new_s, 3), round(known_s, 3), counted.cached_tokens)


# --- checks ---------------------------------------------------------------------------------------

ASKED = (Message("user", "Count from 1 to 40 in words, separated by commas."),)


async def _answer(
    model: OpenAIModel, sampling: Sampling, asked: Sequence[Message] = ASKED
) -> tuple[str, str | None, Usage | None, int]:
    text, reason, usage, pieces = "", None, None, 0
    async for delta in _stream(model, asked, sampling):
        text += delta.text
        pieces += bool(delta.text or delta.thought)
        reason = delta.finish_reason or reason
        usage = delta.usage or usage
    return text, reason, usage, pieces


def _stream(model: OpenAIModel, asked: Sequence[Message], sampling: Sampling) -> AsyncIterator[Delta]:
    return model.stream(asked, sampling)


async def _lists_its_models(model: OpenAIModel) -> str:
    names = await model.models()
    if model.name not in names:
        raise _Wrong(f"it answers as {model.name!r} and lists {', '.join(names) or 'no model'}")
    return ", ".join(names[:8])


async def _streams(model: OpenAIModel) -> str:
    _, _, _, pieces = await _answer(model, Sampling(max_tokens=24, seed=1))
    if pieces < 2:
        raise _Lacks("the whole answer comes in one piece: a stall is seen late, a cancel saves less")
    return f"{pieces} pieces of 24 tokens"


async def _says_why_it_ended(model: OpenAIModel) -> str:
    _, reason, _, _ = await _answer(model, Sampling(max_tokens=4, seed=1))
    if reason not in ("length", "thinking"):
        raise _Wrong(f"an answer cut at 4 tokens ended as {reason!r}, not as 'length'")
    return "length"


async def _keeps_the_limit(model: OpenAIModel) -> str:
    _, _, usage, pieces = await _answer(model, Sampling(max_tokens=8, seed=1))
    most = 8 + (model.thinking.tokens if model.thinking.reasons else 0)
    counted = usage.completion_tokens if usage is not None else pieces
    if counted > most:
        raise _Wrong(f"{counted} tokens came where {most} were asked for")
    return f"{counted} of 8 tokens"


async def _counts_usage(model: OpenAIModel) -> str:
    _, _, usage, _ = await _answer(model, Sampling(max_tokens=8, seed=1))
    if usage is None:
        raise _Lacks("tokens are estimated from characters")
    if not usage.prompt_tokens or not usage.completion_tokens:
        raise _Wrong(f"it counted {usage.prompt_tokens} + {usage.completion_tokens} tokens")
    return f"{usage.prompt_tokens} + {usage.completion_tokens}"


async def _stops(model: OpenAIModel) -> str:
    if model.capabilities.stop is False:
        raise _Lacks("a stop text is not honoured; no prompt of ours rests on one")
    return "a stop text ends the answer" if model.capabilities.stop else "not seen to fail"


async def _keeps_answers_apart(model: OpenAIModel) -> str:
    words = ("apple", "stone", "river", "cloud", "eagle", "tiger", "piano", "lemon")

    async def echo(word: str) -> bool:
        asked = (Message("user", f"Say the word {word} five times and nothing else."),)
        text, reason, _, _ = await _answer(model, Sampling(temperature=0.0, max_tokens=24), asked)
        if reason is None:
            raise _Wrong("an answer had no end")
        return not any(other in text.lower() for other in words if other != word)

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(echo(word)) for word in words]
    if not all(task.result() for task in asked):
        raise _Wrong("words of one answer stood in another one")
    return f"{len(words)} at once"


async def _can_be_cancelled(model: OpenAIModel) -> str:
    stream = _stream(model, ASKED, Sampling(max_tokens=2000, seed=1))
    async with aclosing(stream) as deltas:  # type: ignore[type-var]  # every model is a generator
        async for delta in deltas:
            if delta.text or delta.thought:
                break
    running = await _running(model)
    if running is None:
        await _answer(model, Sampling(max_tokens=4))
        return "the next answer came; the server does not show what is running"
    if running:
        raise _Wrong(f"{running:g} requests go on 5 s after the connection was closed")
    return "no request is running any more"


async def _running(model: OpenAIModel) -> float | None:
    """Requests that vLLM says are running, once they stop falling; None where no server says so."""
    from sstar_lsp.models.probing.metrics import value_of

    running: float | None = None
    for _ in range(50):
        try:
            page = await model.connection.get("/metrics")
        except (ModelError, ModelProtocolError):
            return None
        running = value_of(page, "vllm:num_requests_running")
        if not running:
            return running
        await asyncio.sleep(0.1)
    return running


async def _reads_any_script(model: OpenAIModel) -> str:
    asked = (Message("user", "Repeat exactly: żółć 漢字 🙂"),)
    text, reason, _, _ = await _answer(model, Sampling(temperature=0.0, max_tokens=32), asked)
    if reason is None or "\ufffd" in text.rstrip("\ufffd"):
        raise _Wrong(f"characters were lost: {text[:60]!r}")
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
    context = model.capabilities.context_tokens
    if context is None:
        raise _Lacks("it does not say how long its context is")
    if context > 40_000:
        return f"{context} tokens; too long to try"
    asked = (Message("user", "word " * (context + 100)),)
    known = model.capabilities
    model.capabilities = evolve(known, context_tokens=None)  # the server, not our client, must refuse
    try:
        await _answer(model, Sampling(max_tokens=1), asked)
    except ContextTooLong:
        return f"{context} tokens; more is refused as too long"
    finally:
        model.capabilities = known
    raise _Lacks(f"a prompt of more than {context} tokens was answered: it is cut in silence")


CHECKS: tuple[tuple[str, Look], ...] = (
    ("lists its models", _lists_its_models),
    ("streams", _streams),
    ("says why an answer ended", _says_why_it_ended),
    ("keeps to the token limit", _keeps_the_limit),
    ("counts usage", _counts_usage),
    ("honours stop texts", _stops),
    ("keeps answers apart", _keeps_answers_apart),
    ("can be cancelled", _can_be_cancelled),
    ("reads any script", _reads_any_script),
    ("refuses an unknown model", _refuses_an_unknown_model),
    ("refuses a prompt too long", _refuses_what_does_not_fit),
)
"""In their order."""
