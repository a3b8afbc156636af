"""Refusals of OpenAI-compatible servers, mapped by status, body and words onto the tree of ``errors.py``."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from sstar_lsp.errors import (
    ContentFiltered,
    ContextTooLong,
    ModelAuthError,
    ModelError,
    ModelForbidden,
    ModelMissing,
    ModelOverloaded,
    ModelProtocolError,
    ModelQuotaError,
    ModelRateLimited,
    ModelStalled,
)
from sstar_lsp.models.client.event_stream import parsed_whole


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


CONTEXT = _words(
    r"context[_ ](?:length|window|size)|maximum (?:context|model) len|max_model_len|too many tokens"
    r"|prompt is too long|exceeds? the (?:available |maximum )?context|longer than the maximum|input is too long"
)
_QUOTA = _words(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|exceeded your current quota|billing|no credit|out of credit"
    r"|credit balance|arrears"
)
_EMPTY = _words(r"insufficient[_ ](?:quota|balance|credits?|funds)|billing_hard_limit|credit balance|arrears")
_FILTER = _words(r"content[_ ](?:filter|policy|management)|responsibleai|moderation|flagged|data_inspection")
_LOADING = _words(r"loading|warming|starting|not ready|initiali[sz]ing")
_RATE = _words(
    r"rate.?limit|too many requests|per[ _-](?:min|sec|hour|day)|\b[rt]p[md]\b|throttl|resource_exhausted|quota"
)
_DAY = _words(r"per[ _-]?day|daily|\b[rt]pd\b")
_BUSY = _words(r"overload|high traffic|busy|capacity|unavailable|try again")
_KEY = _words(
    r"api[_ -]?key.{0,40}(?:invalid|not valid|incorrect|wrong|missing|expired)|(?:invalid|incorrect) .{0,20}api.?key"
)
_REGION = _words(r"country|region|territory|location is not supported|geograph")
_MODEL = _words(
    r"model.{0,60}?(?:not exist|not found|does ?n.t exist|not a valid|no longer|not available|is invalid)"
    r"|not a valid model|(?:invalid|unknown|no such|unsupported|missing)[ _]model|model[ _]not[ _](?:found|exist)"
    r"|no models? (?:is |are )?loaded"
)
_WAIT = _words(r"(?:again|retry|wait)\w*\s+(?:in|after|for)?\s*((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*\s*)+)")
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|h|m|s)", re.IGNORECASE)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NAMES = {
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 503,
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "DEADLINE_EXCEEDED": 504,
}
"""Google's names of statuses."""
LOADING_S = 3.0
"""Between two looks at a server that loads its model and names no time."""
_SHOWN_CHARS = 300
_SHOWN_MODELS = 12


@frozen
class Refusal:
    """An answer that is an error, reduced to what matters."""

    status: int
    code: str
    """``error.code`` or ``error.type`` of the body; empty if there is none."""
    param: str
    """``error.param``: the field of the request that is at fault."""
    text: str
    """The server's own words, shortened."""
    is_json: bool
    retry_after_s: float | None

    @property
    def all_words(self) -> str:
        """All that it says, to look for words in."""
        return f"{self.code} {self.param} {self.text}"


def refusal_of(status: int, text: str, headers: Mapping[str, str], body: object = None) -> Refusal:
    """Reduce an error answer. ``text``: as it came; ``body``: its JSON value where that is known already."""
    body = parsed_whole(text) if body is None else body
    found = body[0] if isinstance(body, list) and body else body
    outer = found
    if isinstance(found, Mapping) and isinstance(found.get("error"), Mapping):
        found = found["error"]
    code = param = message = ""
    wait_s = retry_after_s(headers)
    if isinstance(found, Mapping):
        code = " ".join(
            str(found[name]) for name in ("code", "type", "status") if isinstance(found.get(name), str | int)
        )
        param = str(found.get("param") or "")
        said = next((found[name] for name in ("message", "detail", "error", "msg") if found.get(name)), "")
        message = said if isinstance(said, str) else str(said)
        details = found.get("details")
        for detail in details if isinstance(details, list) else ():
            if isinstance(detail, Mapping) and "retryDelay" in detail and wait_s is None:
                wait_s = _seconds(str(detail["retryDelay"]))
    if wait_s is None and (named := _WAIT.search(message or text)):
        wait_s = _seconds(named[1])
    return Refusal(status, code, param, shorten(message or text), isinstance(outer, Mapping), wait_s)


def error_for(refusal: Refusal, server: str, model: str, known: tuple[str, ...] = ()) -> ModelError:
    """The error that a person should see for ``refusal``.

    ``known``: the models that the server says it has, for a message about a missing one.
    """
    said = f" ({refusal.text})" if refusal.text else ""
    where = f"the model server at {server}"
    words = refusal.all_words
    match refusal.status:
        case 400 | 402 | 403 | 429 if _is_empty_account(refusal):
            return ModelQuotaError(
                f"{where} says the account has no quota left{said}: top it up or use another server"
            )
        case 407:
            return ModelForbidden(
                f"a proxy between here and {server} wants a login (HTTP 407){said}: give it in the variable, as in "
                "HTTPS_PROXY=http://user:password@host:port, or leave this server out by NO_PROXY"
            )
        case 404:
            return _missing(refusal, where, model, known)
        case 429:
            wait = "" if refusal.retry_after_s is None else f"; it asks to wait {refusal.retry_after_s:g} s"
            later = (
                "it is a limit for a day, so try again tomorrow" if _DAY.search(words) else "try again later"
            )
            return ModelRateLimited(
                f"{where} has too many requests (HTTP 429){wait}{said}: {later} or ask for fewer samples",
                refusal.retry_after_s,
            )
        case 400 | 413 | 422 | 500 if CONTEXT.search(words):
            return ContextTooLong(
                f"the prompt does not fit the context of {model!r} at {server}{said}: "
                "shorten the statement or use a model with a longer context"
            )
        case 400 | 403 | 451 if _FILTER.search(words):
            return ContentFiltered(
                f"the content filter of {where} refused the prompt{said}: "
                "reword the statement, or use another server"
            )
        case 400 | 422 if is_about_model(refusal):
            return _missing(refusal, where, model, known)
        case 400 | 403 | 451 if _REGION.search(words):
            return ModelForbidden(
                f"{where} does not serve this country or region{said}: use another server; the key is not at fault"
            )
        case 403 if not refusal.is_json and refusal.text:
            return ModelForbidden(
                f"a firewall or proxy in front of {server} refused the request (HTTP 403){said}: look at the address, "
                "at a VPN or at the network's rules; the key is not at fault"
            )
        case 400 | 401 | 403 if refusal.status != 400 or _KEY.search(words):
            return ModelAuthError(
                f"{where} refused the key with HTTP {refusal.status}{said}: "
                "set SSTAR_API_KEY to a key of that server"
            )
        case 408 | 504:
            return ModelStalled(
                f"{where} gave up waiting for its own model (HTTP {refusal.status}){said}: try again"
            )
        case 503 if _LOADING.search(refusal.text):
            return ModelOverloaded(
                f"{where} is still loading its model{said}: try again in a minute, or let it be waited for longer "
                "by model.patience_s",
                LOADING_S if refusal.retry_after_s is None else refusal.retry_after_s,
            )
        case 300 | 301 | 302 | 303 | 307 | 308:
            return ModelProtocolError(
                f"{where} sends us elsewhere (HTTP {refusal.status}), and a prompt goes to the configured "
                "address only: set the address that it names"
            )
        case status if status >= 500:
            what = f"has no room (HTTP {status})" if status in (503, 529) else f"failed with HTTP {status}"
            return ModelOverloaded(
                f"{where} {what}{said}: look at its log, try again later, or ask for fewer samples",
                refusal.retry_after_s,
            )
        case status:
            what = "answered" if status < 300 else "did not accept the request:"
            return ModelProtocolError(
                f"{where} {what} HTTP {status}{said}: "
                "is it an OpenAI-compatible server, and is the address right (most end with /v1)?"
            )


def is_about_model(refusal: Refusal) -> bool:
    """Whether it says that there is no such model."""
    return _MODEL.search(refusal.all_words) is not None


def error_in(one: Mapping[str, object]) -> object:
    """The error that an object of an answer with status 200 holds; None if it holds none."""
    if one.get("error"):
        return one["error"] if isinstance(one["error"], Mapping) else one
    choices = one.get("choices")
    if isinstance(choices, list) and choices:
        first = choices[0]
        return first.get("error") or None if isinstance(first, Mapping) else None
    says = one.get("message") or one.get("detail") or one.get("msg")
    is_flat = "choices" not in one and (
        one.get("object") == "error" or (says and ("code" in one or "detail" in one))
    )
    return one if is_flat else None


def stream_error(body: object, server: str, model: str) -> ModelError:
    """The error that a server sent in a 200: by the status that it names, by its words, else as a 500."""
    refusal = refusal_of(500, str(body), {}, body)
    numbers = [int(word) for word in re.findall(r"\b[45]\d\d\b", refusal.code)]
    names = [status for name, status in _NAMES.items() if name in refusal.code]
    for status, pattern in (
        (400, CONTEXT),
        (400, _FILTER),
        (401, _KEY),
        (429, _RATE),
        (404, _MODEL),
        (503, _BUSY),
    ):
        if pattern.search(refusal.all_words):
            names.append(status)
    status = next(iter(numbers + names), 500)
    return error_for(evolve(refusal, status=status), server, model)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds of a ``Retry-After`` (RFC 9110 §10.2.3: seconds or a date) or ``retry-after-ms`` header."""
    if (ms := headers.get("retry-after-ms")) is not None and (found := _seconds(f"{ms}ms")) is not None:
        return found
    value = headers.get("retry-after")
    if value is None or (found := _seconds(value if value[-1:].isalpha() else f"{value}s")) is not None:
        return None if value is None else found
    when = email.utils.parsedate_tz(value)
    return None if when is None else max(0.0, email.utils.mktime_tz(when) - time.time())


def _seconds(text: str) -> float | None:
    """Of a time as servers write it: ``1.2s``, ``45 seconds``, ``6m0s``, ``20ms``; None if it is none."""
    found = re.fullmatch(r"\s*(?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*\s*)+", text, re.IGNORECASE)
    parts = _TIME.findall(text) if found else []
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in parts) if parts else None


def shorten(text: str) -> str:
    """One line of at most some hundred characters; markup is reduced to its words."""
    if text.lstrip()[:1] == "<":
        text = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", text)
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…"


def best_first(names: Iterable[str]) -> tuple[str, ...]:
    """Models ranked by name for writing programs: coders, instruction models, others, no writers."""

    def rank(name: str) -> tuple[bool, bool, bool, str]:
        is_other = re.search(r"(?i)embed|whisper|tts|image|rerank|moderation|guard|vision|audio|ocr", name)
        is_coder, is_chat = re.search(r"(?i)cod(?:e|ing|ex)", name), re.search(r"(?i)instruct|chat", name)
        return is_other is not None, is_coder is None, is_chat is None, name

    return tuple(sorted(names, key=rank))


def listed(names: tuple[str, ...]) -> str:
    """Models of a server for a message, the best few, the others counted."""
    shown = best_first(names)[:_SHOWN_MODELS]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def _is_empty_account(refusal: Refusal) -> bool:
    """A limit that a time is named for passes by itself, whatever is said of billing beside it."""
    words = refusal.all_words
    passes = refusal.retry_after_s is not None or re.search(
        r"(?i)per[ _-](?:min|sec|hour|day)|\b[rt]p[md]\b", words
    )
    said = refusal.status == 402 or _EMPTY.search(words) is not None
    return said or (refusal.status == 429 and not passes and _QUOTA.search(words) is not None)


def _missing(refusal: Refusal, where: str, model: str, known: tuple[str, ...]) -> ModelError:
    if known and model not in known:
        return ModelMissing(f"{where} has no model {model!r}. It has: {listed(known)}")
    if refusal.is_json and (model in refusal.text or "model" in refusal.code or is_about_model(refusal)):
        return ModelMissing(
            f"{where} has no model {model!r} ({refusal.text}): name one that it has with --model"
        )
    return ModelMissing(
        f"{where} answered {refusal.status} ({refusal.text or 'no text'}): "
        f"is the address right (most end with /v1), and is {model!r} the name of a model there?"
    )
