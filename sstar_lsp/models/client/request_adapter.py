"""What a server's refusals teach about requests: which fields it does not take, and between which bounds.

One rule serves all fields. A refused request costs nothing, so each refusal is learned from once and kept
with the endpoint (:mod:`sstar_lsp.models.client.capability_cache`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from sstar_lsp.models.client.capability_cache import Bounds, Capabilities, LimitField
from sstar_lsp.models.client.openai_errors import CONTEXT, Refusal

OPTIONAL = (
    "stream_options",
    "logprobs",
    "top_logprobs",
    "seed",
    "top_p",
    "temperature",
    "reasoning_effort",
    "stream",
)
"""Fields that an answer is worth having without."""
LEAST_TOKENS = 16
"""A smaller limit is no room for an answer."""
_LARGEST_SEED = (1 << 31) - 1
"""Where seeds are 32-bit numbers with a sign."""
_UNKNOWN = re.compile(
    r"(?i)unsupported|not support|unknown|unrecogni[sz]ed|unexpected|extra|not permitted|not allowed|not be used|deprecated"
    r"|cannot both|only .{0,30}(?:allowed|supported)|verified"
)
_RANGE = re.compile(
    r"(?i)too (?:large|big|high|small|low|long)|(?:less|greater|smaller|larger) than|at (?:most|least)|maximum|minimum"
    r"|strictly|positive|range|between|exceed|[<>]|int32|int64|overflow|must be"
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)")
_CONTEXT_LENGTH = re.compile(r"(?i)(?:context|max_model_len)\D{0,40}(\d{3,9})")


def learned(known: Capabilities, refusal: Refusal, body: Mapping[str, Any]) -> Capabilities | None:
    """What is known after a refusal of ``body``; None if it names nothing that can be helped."""
    words = re.sub(r"(?<=\d),(?=\d{3}\b)", "", refusal.all_words)
    context = _CONTEXT_LENGTH.search(words) if CONTEXT.search(words) else None
    if context is not None:
        tokens = int(context[1])
        return None if known.context_tokens == tokens else evolve(known, context_tokens=tokens)
    limit = next((name.value for name in LimitField if name in body), "")
    named = next((name for name in (limit, *OPTIONAL) if name in body and _names(words, name)), "")
    named = named or (limit if re.search(r"max\w*tokens", words) else "")
    is_unknown, is_range = bool(_UNKNOWN.search(words)), bool(_RANGE.search(words))
    if not named or not (is_unknown or is_range or refusal.param == named):
        return None
    value = body[named]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and is_range and not is_unknown and (named == limit or named not in known.bounds):
        return _bounded(known, named, value, [float(found) for found in _NUMBER.findall(words)])
    if named == "temperature" and "top_p" in body and _names(words, "top_p"):
        named = "top_p"  # they exclude each other
    refused = (*known.refused_fields, named)
    other = next(name for name in LimitField if name != known.limit_field)
    is_other = named == limit and other not in refused
    return evolve(known, refused_fields=refused, limit_field=other if is_other else known.limit_field)  # type: ignore[arg-type]  # converter


def least(known: Capabilities) -> Capabilities:
    """``known`` with every optional field left out, for a server that refuses and does not say why."""
    left = [name for name in OPTIONAL if name not in (*known.refused_fields, "stream")]
    return evolve(known, refused_fields=(*known.refused_fields, *left))  # type: ignore[arg-type]  # converter


def fit(known: Capabilities, body: Mapping[str, Any]) -> dict[str, Any]:
    """The request as the server takes it."""
    fitted = {name: value for name, value in body.items() if name not in known.refused_fields}
    if not {"logprobs", "top_logprobs"} <= fitted.keys():  # one is nothing without the other
        fitted = {name: value for name, value in fitted.items() if name not in ("logprobs", "top_logprobs")}
    if "stream" not in fitted:
        fitted.pop("stream_options", None)
    for name in known.bounds.keys() & fitted.keys():
        low, high = known.bounds[name]
        value = fitted[name]
        if name == "seed" and high is not None:
            value %= int(high) + 1
        value = value if low is None else max(low, value)
        value = value if high is None else min(high, value)
        fitted[name] = int(value) if isinstance(fitted[name], int) else value
    return fitted


def told(before: Capabilities, after: Capabilities, why: str) -> str:
    """What was learned, for a person."""
    left = [name for name in after.refused_fields if name not in before.refused_fields]
    parts = [f"takes no {', '.join(left)}"] if left else []
    for name, (low, high) in after.bounds.items():
        if before.bounds.get(name) != (low, high):
            parts.append(f"takes {name} " + (f"up to {high:g}" if high is not None else f"from {low:g}"))
    if after.context_tokens != before.context_tokens:
        parts.append(f"reads {after.context_tokens} tokens in all")
    return f"{' and '.join(parts)} ({why}): it is asked so from now on"


def _names(words: str, name: str) -> bool:
    """Whether a field is named, and not only a longer one with its name in it."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?!\w)", words) is not None


def _bounded(known: Capabilities, name: str, value: float, numbers: list[float]) -> Capabilities | None:
    """A bound for a value that was refused: a number that the server names, else half or next to it."""
    low, high = known.bounds.get(name, (None, None))
    if name == "seed":
        high = _LARGEST_SEED
    elif name in [*LimitField]:
        least_named = min((n for n in numbers if n > value), default=0)
        if value < LEAST_TOKENS and least_named:
            low = least_named
        else:
            high = max((n for n in numbers if LEAST_TOKENS <= n < value), default=value // 2)
            if high < LEAST_TOKENS:
                return None
    elif value <= 0:
        low = 0.01
    else:
        high = max((n for n in numbers if 0 < n < value), default=0.99 * value)
    bounds: dict[str, Bounds] = {**known.bounds, name: (low, high)}
    return evolve(known, bounds=bounds)
