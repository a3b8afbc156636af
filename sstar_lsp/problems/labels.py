"""Which lines of a statement announce an example: ``Sample Input 1``, ``**Output:**``, ``inputCopy`` …

A room of its own because judges differ in their words only; what stands around the words is the business of
:mod:`sstar_lsp.problems.examples`.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from attrs import frozen

_MAX_LABEL_CHARS = 120
"""Longer lines may still begin with ``Input:``; they are never a label as a whole."""


class Kind(Enum):
    """What a label announces."""

    INPUT = auto()
    OUTPUT = auto()
    BOTH = auto()
    """``Sample Input 1 <tab> Sample Output 1``: Kattis' table copied from a browser."""
    SECTION = auto()
    """``Examples``, ``Example 2``, ``Sample 1``: bare ``Input`` now means an example."""
    REMARK = auto()
    """``Explanation``: ends what stands before it; more examples may follow."""
    END = auto()
    """``Note``, ``Constraints`` …: ends the examples."""


@frozen
class Label:
    """A line that announces something."""

    kind: Kind
    number: str = ""
    """``2`` of ``Sample Input 2``; empty where there is none."""
    explicit: bool = False
    """Says itself that it is an example (``Sample Input``, ``inputCopy``), not only ``Input``."""
    rest: str | None = None
    """What follows on the same line (``Input: nums = [1]``); None for a label alone on its line."""


_DECORATION = " \t*_`:#>|=~\u00a0"
_INPUT_WORD = r"(?:input|stdin)"
_OUTPUT_WORD = r"(?:output|stdout)"
_SIDE = rf"(?P<in>{_INPUT_WORD})|(?P<out>{_OUTPUT_WORD})"
_SAMPLE = r"(?:samples?|examples?|test ?cases?|tests?|public tests?)"
_NUMBER = r"(?:[ #.(]*(?:no\.? ?|case ?)?(?P<n>\d{1,3}|[ivx]{1,4}|[a-h])\)?)?"
_COPY = r"(?: ?cop(?:y|ied))?"

_LABELS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<x>{_SAMPLE}) (?:data )?(?:{_SIDE}){_NUMBER}{_COPY}",
        rf"(?P<x>{_SAMPLE})[ #:.]*(?P<n>\d{{1,3}})[ :.,-]*(?:{_SIDE}){_COPY}",
        rf"(?:{_SIDE}) (?:for )?(?:the )?(?P<x>{_SAMPLE})(?: input| output)?{_NUMBER}{_COPY}",
        rf"(?P<x>expected) (?:{_SIDE}){_NUMBER}{_COPY}",
        rf"(?:{_SIDE})(?P<x> ?copy)",
        rf"(?:{_SIDE}){_NUMBER}",
        rf"(?:{_SIDE}) \((?:stdin|stdout|standard input|standard output)\)",
    )
)
_BOTH = re.compile(
    rf"(?:{_SAMPLE} )?{_INPUT_WORD}[ #]*(?P<n>\d{{0,3}})[ \t|/]+(?:{_SAMPLE} )?{_OUTPUT_WORD}[ #]*\d{{0,3}}",
    re.IGNORECASE,
)
_SECTION = re.compile(
    rf"(?:{_SAMPLE}|sample (?:input|data|test|tests|cases?)(?: and |/| & )"
    r"(?:sample )?(?:output|data|answers?)"
    rf"|sample tests?|sample test cases?|public test cases?|input(?: and |/| & )output examples?){_NUMBER}",
    re.IGNORECASE,
)
_REMARK = re.compile(rf"(?:explanations?|clarification)(?: (?:of|for) .{{0,40}})?{_NUMBER}", re.IGNORECASE)
_END = re.compile(
    r"(?:notes?|hints?|constraints?|limits?|scoring|sub-?tasks?|grading|source|follow[- ]?up|remarks?"
    r"|input (?:specification|format)|output (?:specification|format)|limits and additional notes)",
    re.IGNORECASE,
)
_INLINE = re.compile(
    rf"(?P<label>(?:{_SAMPLE} )?(?:expected )?(?:{_INPUT_WORD}|{_OUTPUT_WORD})(?: ?#?\d{{1,3}})?)"
    r"[ *_`]{0,6}:[ *_]{0,6}(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_INLINE_REMARK = re.compile(r"(?:explanation|note|constraints?|follow[- ]?up)s?[ *_`]{0,6}:", re.IGNORECASE)
_INLINE_SECTION = re.compile(rf"{_SAMPLE} ?#?\d{{0,3}}[ *_]{{0,4}}:[ *_]{{0,4}}$", re.IGNORECASE)
_GLUED = re.compile(r"(?P<side>input|output)copy(?P<rest>\S.*)", re.IGNORECASE | re.DOTALL)
_BULLET = re.compile(r"^[ \t>]*(?:[-*+•] +|\d{1,2}[.)] +)?")


def label_of(line: str) -> Label | None:
    """What the line announces; None for ordinary text."""
    bare = _BULLET.sub("", line, count=1)
    bare = bare.strip(_DECORATION)
    if not bare:
        return None
    if len(bare) <= _MAX_LABEL_CHARS:
        found = _whole_line(re.sub(r"[ \u00a0]+", " ", bare))
        if found is not None:
            return found
    return _line_with_content(_BULLET.sub("", line, count=1).strip().lstrip("*_`#> "))


def _whole_line(bare: str) -> Label | None:
    if both := _BOTH.fullmatch(bare):
        return Label(Kind.BOTH, both["n"], explicit=True)
    for pattern in _LABELS:
        if match := pattern.fullmatch(bare):
            groups = match.groupdict()
            kind = Kind.INPUT if match["in"] else Kind.OUTPUT
            return Label(kind, groups.get("n") or "", explicit=bool(groups.get("x")) or bool(groups.get("n")))
    if match := _SECTION.fullmatch(bare):
        return Label(Kind.SECTION, match["n"] or "", explicit=True)
    if _REMARK.fullmatch(bare):
        return Label(Kind.REMARK)
    if _END.fullmatch(bare):
        return Label(Kind.END)
    return None


def _line_with_content(text: str) -> Label | None:
    head = text[:80]
    if _INLINE_REMARK.match(head):
        return Label(Kind.REMARK, rest=text)
    if _INLINE_SECTION.match(head) and len(text) <= len(head):
        return Label(Kind.SECTION, explicit=True)
    if glued := _GLUED.fullmatch(text):
        return Label(_side(glued["side"]), explicit=True, rest=glued["rest"])
    if match := _INLINE.match(text):
        sample = re.match(_SAMPLE, match["label"], re.IGNORECASE) is not None
        return Label(_side(match["label"]), explicit=sample, rest=_unwrapped(match["rest"]))
    return None


def _side(words: str) -> Kind:
    return Kind.INPUT if re.search(_INPUT_WORD, words, re.IGNORECASE) else Kind.OUTPUT


def _unwrapped(text: str) -> str:
    """The content without the backticks that some people put around it."""
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] == "`" and "`" not in stripped[1:-1]:
        return stripped[1:-1]
    return text.rstrip()


def fence_side(info: str) -> Kind | None:
    """``INPUT`` or ``OUTPUT`` for the info string of an ```` ```input ```` fence, else None."""
    word = info.strip().lower().split(" ")[0].split(":")[0].replace("_", "-")
    if word in {"input", "in", "stdin", "sample-input", "example-input"} or re.fullmatch(
        r"(sample-)?input-?\d+", word
    ):
        return Kind.INPUT
    if word in {"output", "out", "ans", "stdout", "sample-output", "example-output"} or re.fullmatch(
        r"(sample-)?output-?\d+", word
    ):
        return Kind.OUTPUT
    return None
