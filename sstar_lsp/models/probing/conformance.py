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

from sstar_lsp.errors import ContextTooLong, ModelError, ModelMissing, ModelProtocolError
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


_Look = Callable[[OpenAIModel], Awaitable[tuple[bool, str]]]
"""Whether it is as it should be, and what was seen. Raises a :class:`ModelError`: the check has failed."""


async def examine(
    model: OpenAIModel, *, tokens: int = 64, say: Callable[[str], None] = lambda _words: None
) -> Report:
    """Probe, check and measure. ``tokens``: new tokens of each measured stream.
    Raises a :class:`ModelError` where the server answers nothing at all."""
    say("asking what it can do")
    await look(model)
    checks = []
    speed: list[tuple[str, Outcome, _Look]] = [
        (f"answers {n} at once", Outcome.FAILED, partial(_answers_at_once, streams=n, tokens=tokens))
        for n in STREAMS
    ]
    for name, otherwise, one in (*CHECKS, *speed):
        say(name)
        try:
            async with asyncio.timeout(CHECK_S):
                is_so, seen = await one(model)
            checks.append(Check(name, Outcome.PASSED if is_so else otherwise, seen))
        except (ModelError, TimeoutError) as error:
            checks.append(Check(name, Outcome.FAILED, str(error) or f"not done after {CHECK_S:g} s"))
    return Report(model.base_url, model.name, model.capabilities, tuple(checks))


async def _answers_at_once(model: OpenAIModel, streams: int, tokens: int) -> tuple[bool, str]:
    """New tokens/s of ``streams`` requests at once, each behind a short prompt of its own."""
    began = time.monotonic()

    def one(number: int) -> Awaitable[Answer]:
        asked = (Message("user", f"Write a very long story about the number {number}. Do not stop."),)
        return _answer(model, Sampling(temperature=0.8, max_tokens=tokens, seed=number), asked)

    answers = await _all(map(one, range(1, streams + 1)))
    rate = sum(answer.tokens for answer in answers) / (time.monotonic() - began)
    first_s = statistics.median(answer.first_s for answer in answers)
    return True, f"{rate:.1f} new tokens/s, first token after {first_s:.2f} s (median)"


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


async def _lists_its_models(model: OpenAIModel) -> tuple[bool, str]:
    names = await model.connection.models()
    listed = ", ".join(names[:8]) or "no model"
    if model.name in names:
        return True, listed
    return False, f"it answers as {model.name!r} and lists {listed}"


async def _streams(model: OpenAIModel) -> tuple[bool, str]:
    pieces = (await _answer(model, Sampling(max_tokens=24, seed=1))).pieces
    if pieces > 1:
        return True, f"{pieces} pieces of 24 tokens"
    return False, "the whole answer comes in one piece: a stall is seen late, a cancel saves less"


async def _says_why_it_ended(model: OpenAIModel) -> tuple[bool, str]:
    reason = (await _answer(model, Sampling(max_tokens=4, seed=1))).reason
    return reason in ("length", "thinking"), f"an answer cut at 4 tokens ended as {reason!r}"


async def _keeps_the_limit(model: OpenAIModel) -> tuple[bool, str]:
    counted = (await _answer(model, Sampling(max_tokens=8, seed=1))).tokens
    most = 8 + (model.thinking.tokens if model.thinking.reasons else 0)
    return counted <= most, f"{counted} of at most {most} tokens"


async def _counts_usage(model: OpenAIModel) -> tuple[bool, str]:
    usage = (await _answer(model, Sampling(max_tokens=8, seed=1))).usage
    if usage is None:
        return False, "tokens are estimated from characters"
    told = f"{usage.prompt_tokens} + {usage.completion_tokens}"
    if not usage.prompt_tokens or not usage.completion_tokens:
        raise ModelProtocolError(f"it counted {told} tokens")
    return True, told


async def _computes_a_known_prompt_once(model: OpenAIModel) -> tuple[bool, str]:
    # random words: nobody, no earlier run of ours either, has asked this before
    head = " ".join(secrets.token_hex(2) for _ in range(_PREFIX_WORDS // 2))
    answers = []
    for end in ("Repeat the first one.", "Repeat the second one."):
        asked = (Message("user", f"Here are words: {head}. {end}"),)
        answers.append(await _answer(model, Sampling(temperature=0.0, top_p=1.0, max_tokens=4), asked))
    new, known = answers
    usage = known.usage or Usage()
    return bool(usage.cached_tokens) or known.first_s <= new.first_s / 2, (
        f"{usage.prompt_tokens or 'some 600'} tokens, {usage.cached_tokens} counted as cached: "
        f"first token after {new.first_s:.2f} s when new, {known.first_s:.2f} s when known but for its end"
    )


async def _repeats_with_a_seed(model: OpenAIModel) -> tuple[bool, str]:
    sampling = Sampling(temperature=1.0, max_tokens=16, seed=7)
    await _answer(model, sampling)  # a cached prompt may be computed in another order of sums
    if (await _answer(model, sampling)).text == (await _answer(model, sampling)).text:
        return True, "the same seed gave the same text"
    return False, "the same seed gave another text: a run cannot be made again"


async def _keeps_answers_apart(model: OpenAIModel) -> tuple[bool, str]:
    words = ("apple", "stone", "river", "cloud", "eagle", "tiger", "piano", "lemon")

    def echo(word: str) -> Awaitable[Answer]:
        asked = (Message("user", f"Say the word {word} five times and nothing else."),)
        return _answer(model, Sampling(temperature=0.0, max_tokens=24), asked)

    answers = await _all(map(echo, words))
    if any(answer.reason is None for answer in answers):
        return False, "an answer had no end"
    told = {word: answer.text.lower() for word, answer in zip(words, answers, strict=True)}
    if any(other in text for word, text in told.items() for other in words if other != word):
        return False, "words of one answer stood in another one"
    return True, f"{len(words)} at once"


async def _can_be_cancelled(model: OpenAIModel) -> tuple[bool, str]:
    stream = model.stream(ASKED, Sampling(max_tokens=2000, seed=1))
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            if delta.text or delta.thought:
                break
    await _answer(model, Sampling(max_tokens=4))
    return True, "the next answer came"


async def _reads_any_script(model: OpenAIModel) -> tuple[bool, str]:
    asked = (Message("user", "Repeat exactly: żółć 漢字 🙂"),)
    answer = await _answer(model, Sampling(temperature=0.0, max_tokens=32), asked)
    is_lost = answer.reason is None or "\ufffd" in answer.text.rstrip("\ufffd")
    return not is_lost, f"characters were lost: {answer.text[:60]!r}" if is_lost else "no character lost"


async def _refuses_an_unknown_model(model: OpenAIModel) -> tuple[bool, str]:
    name, model.name = model.name, "no-such-model-here"
    try:
        await _answer(model, Sampling(max_tokens=1))
    except ModelMissing:
        return True, "as missing"
    finally:
        model.name = name
    return False, "it answers whatever the model's name is"


async def _refuses_what_does_not_fit(model: OpenAIModel) -> tuple[bool, str]:
    known = model.capabilities
    context = known.context_tokens
    if context is None:
        return False, "it does not say how long its context is"
    if context > 40_000:
        return True, f"{context} tokens; too long to try"
    model.capabilities = evolve(known, context_tokens=None)  # the server, not our client, must refuse
    try:
        await _answer(model, Sampling(max_tokens=1), (Message("user", "word " * (context + 100)),))
    except ContextTooLong:
        return True, f"{context} tokens; more is refused as too long"
    finally:
        model.capabilities = known
    return False, f"a prompt of more than {context} tokens was answered: it is cut in silence"


CHECKS: tuple[tuple[str, Outcome, _Look], ...] = (
    ("lists its models", Outcome.FAILED, _lists_its_models),
    ("streams", Outcome.LACKS, _streams),
    ("says why an answer ended", Outcome.FAILED, _says_why_it_ended),
    ("keeps to the token limit", Outcome.FAILED, _keeps_the_limit),
    ("counts usage", Outcome.LACKS, _counts_usage),
    ("computes a known prompt once", Outcome.LACKS, _computes_a_known_prompt_once),
    ("repeats with a seed", Outcome.LACKS, _repeats_with_a_seed),
    ("keeps answers apart", Outcome.FAILED, _keeps_answers_apart),
    ("can be cancelled", Outcome.FAILED, _can_be_cancelled),
    ("reads any script", Outcome.FAILED, _reads_any_script),
    ("refuses an unknown model", Outcome.LACKS, _refuses_an_unknown_model),
    ("refuses a prompt too long", Outcome.LACKS, _refuses_what_does_not_fit),
)
"""In their order; the outcome is that of a server where it is not so."""
