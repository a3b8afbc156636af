"""Parses the judge's reply: which of two outputs it says is right.

An output that the judge worked out counts before the number that it names: small models often find the right
output and then name the other one's number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from sstar_lsp.records import Token

LEAST_LIKELY = 1e-3
"""Probability of an answer that is not among a server's most probable ones."""
_ANSWER = re.compile(r"ANSWER\W*(?:[Pp]rogram\s*)?([012])\b")
_SAID_SOFTLY = re.compile(_ANSWER.pattern, re.IGNORECASE)
"""Second choice only: "the right answer: 2" is what the judge worked out, and names no program."""
_RIGHT_OUTPUT = re.compile(r"RIGHT OUTPUT\W*:")
_WORKED_OUT = re.compile(r"RIGHT OUTPUT\W*:(.*?)(?=^\W*ANSWER\b|\Z)", re.DOTALL | re.MULTILINE)
_CONCLUDED = re.compile(r"\\boxed\{([^{}]*)\}|`([^`\n]+)`|\*\*([^*\n]+)\*\*")
_FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)
_QUOTES = "`'\"*"
_ENDS = _QUOTES + ".,;:!"


def read_vote(text: str, first: str, second: str, shown: Sequence[str] = ()) -> int | None:
    """1 or 2: the output that the judge holds to be right; 0: neither; None: it does not say.

    ``shown``: what else of programs the judge was shown. An answer that may be quoted from what is judged is
    none.
    """
    outputs = (first, second)
    if any(could_answer(judged) for judged in (*outputs, *shown)):
        return None
    answer = read_output(text, first, second)
    if answer is None:
        answer = read_answer(text, softly=not any(map(_SAID_SOFTLY.search, outputs)))
    if answer is None and not any(map(_CONCLUDED.search, outputs)):
        answer = read_conclusion(text, first, second)
    return answer


def could_answer(judged: str) -> bool:
    """Whether a judged text has the form of a judge's answer, so that its quotation could be read as one."""
    return _ANSWER.search(judged) is not None or _RIGHT_OUTPUT.search(judged) is not None


def has_answer(text: str) -> bool:
    """Whether a reply under way has come to its answer."""
    return re.search(_ANSWER.pattern + r"\W*\n", text) is not None


def read_answer(text: str, *, softly: bool = True) -> int | None:
    """1, 2 or 0 from the judge's last ``ANSWER:``, else (``softly``) ``answer:``; None if there is none."""
    answers = _ANSWER.findall(text) or (_SAID_SOFTLY.findall(text) if softly else [])
    return int(answers[-1]) if answers else None


def answer_odds(tokens: Sequence[Token]) -> float | None:
    """Log-odds of 1 against 2 at the number of the last ``ANSWER:``; None if the tokens do not tell.

    An alternative that is not among those that the server tells counts as :data:`LEAST_LIKELY`.
    """
    text = "".join(token.text for token in tokens)
    last = next(reversed(list(_ANSWER.finditer(text))), None)
    start = 0
    for token in tokens:
        if last is not None and start <= last.start(1) < start + len(token.text):
            chance = dict.fromkeys("12", LEAST_LIKELY)
            for said, logprob in token.alternatives:
                if said.strip() in chance:
                    chance[said.strip()] += math.exp(logprob)
            return math.log(chance["1"] / chance["2"]) if token.alternatives else None
        start += len(token.text)
    return None


def read_output(text: str, first: str, second: str) -> int | None:
    """1 or 2 if the text after the last ``RIGHT OUTPUT:`` is, or ends with, that output alone."""
    found = _WORKED_OUT.findall(text)
    if not found:
        return None
    said = _tokens(_FENCE.sub("", found[-1]))
    outputs = [_tokens(output) for output in (first, second)]
    value = _tokens(_last_value(found[-1]) or "")
    for matches in (
        [said == output for output in outputs],
        [said[-len(output) :] == output for output in outputs],
        [value == output for output in outputs],
    ):
        named = [bool(output) and match for output, match in zip(outputs, matches, strict=True)]
        if any(named):
            return _only_one(named)
    return None


def read_conclusion(text: str, first: str, second: str) -> int | None:
    """1 or 2 where a reply without an ``ANSWER:`` line ends with one of the two outputs as its result.

    Small models forget the line and close with a boxed or quoted value: the last such value counts, if it is
    one output's tokens and not the other's.
    """
    value = _last_value(text)
    if value is None:
        return None
    return _only_one([value.split() == output.split() for output in (first, second)])


def _last_value(text: str) -> str | None:
    """The last value that stands in a box, in backticks or in bold."""
    values = _CONCLUDED.findall(text)
    return next((value for groups in reversed(values) for value in groups if value.strip()), None)


def _tokens(text: str) -> list[str]:
    """Words without quotes around and marks behind them; ``True`` and ``true`` are one."""
    words = (word.lstrip(_QUOTES).rstrip(_ENDS).casefold() for word in text.split())
    return [word for word in words if word]


def _only_one(named: Sequence[bool]) -> int | None:
    """The number, from 1, of the one output that is named."""
    return named.index(True) + 1 if sum(named) == 1 else None
