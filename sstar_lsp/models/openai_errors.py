"""What each failure of an OpenAI-compatible server means to a person.

A room of its own: the mapping from statuses, bodies and broken connections onto the tree of
``errors.py`` is a table to be read and tested as one, apart from the streaming in ``openai_model``.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping

from attrs import frozen

from sstar_lsp.errors import (
    ContentFiltered,
    ContextTooLong,
    ModelAuthError,
    ModelError,
    ModelMissing,
    ModelOverloaded,
    ModelProtocolError,
    ModelQuotaError,
    ModelRateLimited,
    ModelStalled,
)

_CONTEXT = re.compile(
    r"context[_ ](?:length|window|size)|maximum (?:context|model) len|max_model_len|too many tokens"
    r"|prompt is too long|exceeds? the (?:available |maximum )?context|longer than the maximum",
    re.IGNORECASE,
)
_QUOTA = re.compile(r"insufficient[_ ]quota|exceeded your current quota|billing|credit", re.IGNORECASE)
_FILTER = re.compile(
    r"content[_ ](?:filter|policy|management)|responsibleai|moderation|flagged", re.IGNORECASE
)
_LOADING = re.compile(r"loading", re.IGNORECASE)
_SHOWN_CHARS = 300


@frozen
class Refusal:
    """An HTTP answer that is an error, reduced to what matters."""

    status: int
    code: str
    """``error.code`` or ``error.type`` of the body; empty where there is none."""
    param: str
    """``error.param``: the field of the request that is at fault."""
    text: str
    """The server's own words, shortened."""
    is_json: bool
    retry_after_s: float | None


def read_refusal(status: int, body: object, text: str, headers: Mapping[str, str]) -> Refusal:
    """Reduce an error answer. ``body`` is the parsed ``error`` object where the client found one."""
    found: object = body
    if isinstance(found, Mapping) and isinstance(found.get("error"), Mapping):
        found = found["error"]
    code = param = message = ""
    if isinstance(found, Mapping):
        code = str(found.get("code") or found.get("type") or "")
        param = str(found.get("param") or "")
        message = str(found.get("message") or found.get("detail") or found.get("error") or "")
    is_json = isinstance(body, Mapping) or _parses(text)
    return Refusal(status, code, param, shorten(message or text), is_json, retry_after_s(headers))


def error_for(refusal: Refusal, server: str, model: str, known: tuple[str, ...] = ()) -> ModelError:
    """The error that a person should see for ``refusal``.

    ``known``: the models that the server says it has, for a message about a missing one.
    """
    said = f" ({refusal.text})" if refusal.text else ""
    where = f"the model server at {server}"
    match refusal.status:
        case 402:
            return ModelQuotaError(
                f"{where} says the account has no credit left{said}: top it up or use another server"
            )
        case 404:
            return _missing(refusal, where, model, known)
        case 429:
            if _QUOTA.search(refusal.code) or _QUOTA.search(refusal.text):
                return ModelQuotaError(
                    f"{where} says the account has no quota left{said}: top it up or use another server"
                )
            wait = "" if refusal.retry_after_s is None else f"; it asks to wait {refusal.retry_after_s:g} s"
            return ModelRateLimited(
                f"{where} has too many requests (HTTP 429){wait}{said}: "
                "try again later or ask for fewer samples",
                refusal.retry_after_s,
            )
        case 400 | 413 | 422 if _CONTEXT.search(refusal.code) or _CONTEXT.search(refusal.text):
            return ContextTooLong(
                f"the prompt does not fit the context of {model!r} at {server}{said}: "
                "shorten the statement or use a model with a longer context"
            )
        case 400 | 403 | 451 if _FILTER.search(refusal.code) or _FILTER.search(refusal.text):
            return ContentFiltered(
                f"the content filter of {where} refused the prompt{said}: "
                "reword the statement, or use another server"
            )
        case 401 | 403:
            return ModelAuthError(
                f"{where} refused the key with HTTP {refusal.status}{said}: "
                "set SSTAR_API_KEY to a key of that server"
            )
        case 408 | 504:
            return ModelStalled(
                f"{where} gave up waiting for its own model (HTTP {refusal.status}){said}: try again"
            )
        case 503 if _LOADING.search(refusal.text):
            return ModelOverloaded(f"{where} is still loading its model{said}: try again in a minute")
        case 300 | 301 | 302 | 303 | 307 | 308:
            return ModelProtocolError(
                f"{where} sends us elsewhere (HTTP {refusal.status}), and a prompt goes to the configured "
                "address only: set the address that it names"
            )
        case 529 | 503:
            return ModelOverloaded(
                f"{where} has no room (HTTP {refusal.status}){said}: try again later or ask for fewer samples"
            )
        case status if status >= 500:
            return ModelOverloaded(
                f"{where} failed with HTTP {status}{said}: look at its log, or try again later"
            )
        case status:
            return ModelProtocolError(
                f"{where} did not accept the request: HTTP {status}{said}. "
                "Is it an OpenAI-compatible server, and is the address right (most end with /v1)?"
            )


def stream_error(body: object, server: str, model: str) -> ModelError:
    """The error that a server sent in the middle of a stream (``data: {"error": …}``)."""
    status = 500
    if isinstance(body, Mapping):
        code = body.get("code")
        if isinstance(code, int) and 400 <= code < 600:
            status = code
        elif any(p.search(f"{code} {body.get('message')}") for p in (_CONTEXT, _FILTER)):
            status = 400
        elif "rate" in str(code) or "quota" in str(code):
            status = 429
    return error_for(read_refusal(status, body, "", {}), server, model)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds of a ``Retry-After`` (RFC 9110 §10.2.3: seconds or a date) or ``retry-after-ms`` header."""
    try:
        if (ms := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(ms) / 1000)
    except ValueError:
        pass
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        when = email.utils.parsedate_tz(value)
        return None if when is None else max(0.0, email.utils.mktime_tz(when) - time.time())


def shorten(text: str) -> str:
    """One line of at most some hundred characters; markup is reduced to its words."""
    if text.lstrip()[:1] == "<":
        text = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", text)
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…"


def _missing(refusal: Refusal, where: str, model: str, known: tuple[str, ...]) -> ModelError:
    if known and model not in known:
        listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
        return ModelMissing(f"{where} has no model {model!r}. It has: {listed}")
    if refusal.is_json and (model in refusal.text or "model" in refusal.code):
        return ModelMissing(f"{where} has no model {model!r} ({refusal.text})")
    return ModelMissing(
        f"{where} answered 404 ({refusal.text or 'no text'}): "
        f"is the address right (most end with /v1), and is {model!r} the name of a model there?"
    )


def _parses(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
