"""Sentence or data? What tells the explanation below a sample from the sample itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DRAWN_FORMULA = re.compile(
    "[\U0001d400-\U0001d7ff\u2264\u2265\u2260\u00d7\u22c5\u2026\u21d2\u2208\u2211\u2295\u27f9]|\\$|\\\\[a-z]{2,}"
)
"""Mathematical letters and relations: a formula that was copied, or its TeX. No program prints them."""
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?")
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\S+",
        """a an the is are was were be of to in on for and or we you it its this that these those there so because since then thus hence with by from
    at as can could will would should must if when where which who how not no only first second third here test case example sample answer
    output input possible one two all any each both has have into only way ways
    der die das ist sind und oder nicht wir sie es ein eine im mit von zu auf für
    le la les est sont et ou pas nous un une des du de dans pour que qui
    el los las es son y o no se en del por con para que un una
    o os as é são e ou não em do da dos das por com para um uma que
    w jest są i lub nie na do z że się
    и в не на что с для это как по из от к у за он она если то есть
    och är en ett det den som att på av med för inte kan vi man
    og er að ekki sem það""",
    )
)
_SENTENCE_END = (".", ":", "!", "?", "。", "．", "：", "，", ",", "；", ";")


def is_prose(text: str) -> bool:
    """Whether a line reads like a sentence, not like data."""
    head = text.strip()[:400]
    if not head:
        return False
    cjk = len(_CJK.findall(head))
    if cjk:
        return (
            cjk >= 6
            or head[-1] in "。．：！？"
            or (cjk >= 3 and any(char in head for char in "。，、はがをにのです"))
        )
    words = _WORD.findall(head)
    if len(words) < 3:
        return (
            len(words) == 2
            and head[0].isupper()
            and head.endswith(".")
            and words[0].lower() in _FUNCTION_WORDS
        )
    function_words = sum(word.lower() in _FUNCTION_WORDS for word in words)
    if max(map(len, words)) < 2:
        return False
    small = sum(word.islower() and len(word) > 1 for word in words)
    looks_finished = head[0].isupper() or head.endswith(_SENTENCE_END)
    if function_words >= 2 and small >= 2:
        return True
    return (
        len(words) >= 4
        and small >= 3
        and looks_finished
        and (function_words >= 1 or head.endswith(_SENTENCE_END))
    )


def is_formula(text: str) -> bool:
    """Whether a line holds a formula as pages draw them, which no program prints."""
    return _DRAWN_FORMULA.search(text[:2000]) is not None


def kinds_of(lines: Iterable[str]) -> frozenset[str]:
    """Kinds of tokens in some lines: ``number``, ``upper``, ``title``, ``lower``, ``letters`` …"""
    found: set[str] = set()
    for line in lines:
        for token in line.split():
            found.add(_kind(token))
    return frozenset(found)


def _kind(token: str) -> str:
    if _NUMBER.fullmatch(token):
        return "number"
    if not token.isascii():
        return "foreign"
    if token.isalpha():
        return "upper" if token.isupper() else "lower" if token.islower() else "title"
    if not any(char.isalnum() for char in token):
        return "marks"
    return "number with marks" if not any(char.isalpha() for char in token) else "mixed"


def without_emphasis(text: str) -> str:
    """The text without the marks of Markdown inside of sentences (``**any** order``)."""
    return re.sub(r"\*\*|__(?=\S)|(?<=\S)__|(?<![\w*])[*_](?=\w)|(?<=\w)[*_](?![\w*])|`", "", text)


def is_drawing(text: str) -> bool:
    """Whether white space is part of an output: leading or repeated spaces, and not only numbers."""
    lines = text.rstrip().split("\n")
    has_spaces = any(line.startswith(" ") or re.search(r"\S {2,}\S", line) for line in lines)
    return has_spaces and kinds_of(lines) != {"number"}


_HEAD, _TAIL = 200_000, 100_000
"""Characters of prose that are searched at both ends: more than any statement, at 2 µs each."""
_LETTER = re.compile(r"[^\W\d_]")
_RUN = 100
"""Lines of a sample that are kept between sentences."""


def searchable(text: str) -> str:
    """The text without the bulk of long samples: what is searched for facts."""
    if len(text) <= _HEAD:
        return text
    kept: list[str] = []
    run = 0
    for line in text.split("\n"):
        run = 0 if _LETTER.search(line, 0, 200) else run + 1
        if run <= _RUN:
            kept.append(line[:20_000])
    prose = "\n".join(kept)
    return prose if len(prose) <= _HEAD + _TAIL else f"{prose[:_HEAD]}\n\n{prose[-_TAIL:]}"
