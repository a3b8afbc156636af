"""What the prose of a statement says beside its examples: limits, link, tolerance, several answers.

A room of its own because these are regular expressions over sentences, each with its own traps; all of them
are linear in the text.
"""

from __future__ import annotations

import re

from attrs import frozen

_UNIT_SECONDS = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "ms": 1e-3,
    "millisecond": 1e-3,
    "minute": 60.0,
    "min": 60.0,
}
_TIME = re.compile(
    r"time[ -]?limit(?:[ ]per[ ]test)?[^0-9\n]{0,20}?(?P<n>\d{1,6}(?:\.\d{1,3})?)\s{0,2}"
    r"(?P<unit>milliseconds?|ms|seconds?|secs?|minutes?|min|s)\b",
    re.IGNORECASE,
)
_MEMORY = re.compile(
    r"(?:memory[ -]?limit|mem limit)(?:[ ]per[ ]test)?[^0-9\n]{0,20}?(?P<n>\d{1,9}(?:\.\d{1,3})?)\s{0,2}"
    r"(?P<unit>[kmg]i?b\b|kilobytes?|megabytes?|gigabytes?|bytes?)",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s<>()\[\]\"'`]{4,300}")
_JUDGES = re.compile(
    r"//(?:[a-z0-9-]+\.)*(?:codeforces|atcoder|kattis|leetcode|spoj|cses|hackerrank|codechef|usaco|acmicpc|oj\.uz"
    r"|onlinejudge|aizu|dmoj|eolymp|luogu|timus|topcoder|csacademy|projecteuler|adventofcode|rosalind)\b",
    re.IGNORECASE,
)
_POWER = (
    r"(?:\$\s?)?(?:(?P<mantissa>\d)\s?(?:\\cdot|\\times|x|×|·|\*)\s?)?\{?10\}?\s?\^?\s?\{?\s?\^?\s?[-\u2212\u2013]\s?(?P<power>\d{1,2})\}?"
    r"|1e-(?P<e>\d{1,2})|(?P<plain>0\.0{1,15}1)\b"
)
_SECOND_POWER = re.sub(r"<(\w+)>", r"<\1_2>", _POWER)
_TOLERANCE = re.compile(
    rf"(?:absolute|relative|precision|tolerance|accura(?:te|cy))[^.!?]{{0,160}}?(?:{_POWER})"
    rf"|(?:{_SECOND_POWER})"
    r"[^.!?]{0,80}?(?:absolute|relative|tolerance|precision)",
    re.IGNORECASE,
)
_ANY_CASE = re.compile(
    r"(?:print|output|answer)[^.!?]{0,120}?\b(?:in any (?:letter )?case\b|any case \(|case[- ]insensitive"
    r"|in (?:either|any) (?:upper|lower)"
    r"|upper ?case or lower ?case|(?:either|any) (?:upper|lower|letter))"
    r"|(?:letter )?case (?:of letters )?(?:does not|doesn't|is not|isn't) (?:matter|important)"
    r"|(?:answers?|output) (?:is|are|will be) (?:compared )?case[- ]insensitive",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"(?:multiple|several|more than one|many)\s(?:\w+\s){0,3}?(?:answers?|solutions?|ways|outputs?|optimal)"
    r"[^.!?]{0,100}?"
    r"\b(?:any|either|one of them)\b"
    r"|\b(?:print|output|return|find|give|report|produce)\s(?:\w+\s){0,2}?any(?:\s(?:one\s)?of\b"
    r"|\svalid\b|\ssuch\b|\scorrect\b"
    r"|\soptimal\b|\spossible\b|\sone\b|\ssolution\b|\sanswer\b|\sorder\b)"
    r"|\b(?:print|output|return|answer|give)\b[^.!?]{0,80}?\bin any order\b"
    r"|\bany\s(?:valid|correct|optimal|of them|such)\s?(?:answer|solution|output)?"
    r"\s?(?:is|will be|are)\saccepted\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?:not|n't|never|without)\s(?:\w+\s)?$", re.IGNORECASE)
_INTERACTIVE = re.compile(
    r"\bthis is an? (?:\w+ )?interactive (?:problem|task)\b|^\W{0,6}interactive (?:problem|task)\W{0,4}$"
    r"|^#{1,6} {0,3}interaction(?: protocol)?\W{0,4}$|\bsample interaction 1\b",
    re.IGNORECASE | re.MULTILINE,
)


@frozen
class Facts:
    """What the prose says; None where it says nothing."""

    time_limit_s: float | None
    memory_limit_bytes: int | None
    url: str | None
    checker: str | None
    """Comparator that the prose asks for: ``float:1e-6``, ``tokens-nocase``."""
    several_answers: bool
    interactive: bool


def facts_of(text: str) -> Facts:
    """Read the facts from a statement."""
    return Facts(
        _time(text),
        _memory(text),
        _url(text),
        _checker(text),
        _several(text),
        bool(_INTERACTIVE.search(text)),
    )


def _time(text: str) -> float | None:
    match = _TIME.search(text)
    if match is None:
        return None
    unit = match["unit"].lower()
    seconds = float(match["n"]) * _UNIT_SECONDS[unit if unit in _UNIT_SECONDS else unit.rstrip("s")]
    return seconds or None


def _memory(text: str) -> int | None:
    """Bytes. Judges mean 2**20 when they write MB."""
    match = _MEMORY.search(text)
    if match is None:
        return None
    scale = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "b": 1}[match["unit"][0].lower()]
    return int(float(match["n"]) * scale) or None


def _url(text: str) -> str | None:
    links = [match[0].rstrip(".,;:") for match in _URL.finditer(text)]
    for link in links:
        if _JUDGES.search(link):
            return link
    for number, line in enumerate(text.split("\n")):
        stripped = re.sub(
            r"^(?:url|link|source|problem)\s?:\s?", "", line.strip(" *#<>_\t"), flags=re.IGNORECASE
        )
        if number < 10 and stripped in links:
            return stripped
    return None


def _checker(text: str) -> str | None:
    if match := _TOLERANCE.search(text):
        said = {key.removesuffix("_2"): str(value) for key, value in match.groupdict().items() if value}
        if "plain" in said:
            return f"float:1e-{len(said['plain']) - 2}"
        power = int(said.get("power") or said["e"])
        return f"float:{said.get('mantissa', '1')}e-{power}"
    if _ANY_CASE.search(text):
        return "tokens-nocase"
    return None


def _several(text: str) -> bool:
    flat = re.sub(r"\s+", " ", text)
    return any(
        not _NEGATED.search(flat[max(0, match.start() - 30) : match.start()])
        for match in _SEVERAL.finditer(flat)
    )
