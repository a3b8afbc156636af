"""What did the judge say? Its answer out of its words.

What it worked out for itself counts first: small models find the right output, and then name the other one's number.
"""

from __future__ import annotations

import re

_ANSWER = re.compile(r"ANSWER\W*(?:[Pp]rogram\s*)?([012])\b")
_SAID_SOFTLY = re.compile(_ANSWER.pattern, re.IGNORECASE)
"""Second choice only: "the right answer: 2" is what the judge worked out, and names no program."""
_WORKED_OUT = re.compile(r"RIGHT OUTPUT\W*:(.*?)(?=^\W*ANSWER\b|\Z)", re.DOTALL | re.MULTILINE)
_CONCLUDED = re.compile(r"\\boxed\{([^{}]*)\}|`([^`\n]+)`|\*\*([^*\n]+)\*\*")
_FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)
_QUOTES = "`'\"*"
_ENDS = _QUOTES + ".,;:!"


def read_vote(text: str, first: str, second: str) -> int | None:
    """1 or 2: the output that the judge holds to be right; 0: neither; None: it does not say."""
    for answer in (
        read_output(text, first, second),
        read_answer(text),
        read_conclusion(text, first, second),
    ):
        if answer is not None:
            return answer
    return None


def has_answer(text: str) -> bool:
    """Whether a reply under way has come to its answer."""
    return re.search(_ANSWER.pattern + r"\W*\n", text) is not None


def read_answer(text: str) -> int | None:
    """1, 2 or 0 from the judge's last ``ANSWER:``, else its last ``answer:``; None when there is none."""
    answers = _ANSWER.findall(text) or _SAID_SOFTLY.findall(text)
    return int(answers[-1]) if answers else None


def read_output(text: str, first: str, second: str) -> int | None:
    """1 or 2 where what stands after the last ``RIGHT OUTPUT:`` is that output, or ends with it, and not the other."""
    found = _WORKED_OUT.findall(text)
    if not found:
        return None
    said = _tokens(_FENCE.sub("", found[-1]))
    outputs = [_tokens(output) for output in (first, second)]
    for is_it in (list.__eq__, _ends_with):
        matches = [number for number, output in enumerate(outputs, 1) if output and is_it(said, output)]
        if matches:
            return matches[0] if len(matches) == 1 else None
    value = _tokens(_last_value(found[-1]) or "")
    matches = [number for number, output in enumerate(outputs, 1) if value and value == output]
    return matches[0] if len(matches) == 1 else None


def read_conclusion(text: str, first: str, second: str) -> int | None:
    """1 or 2 where a reply without an ``ANSWER:`` line ends with one of the two outputs as its result.

    Small models forget the line and close with a boxed or quoted value: the last such value counts, if it is
    one output's tokens and not the other's.
    """
    value = _last_value(text)
    if value is None:
        return None
    matches = [number for number, output in ((1, first), (2, second)) if value.split() == output.split()]
    return matches[0] if len(matches) == 1 else None


def _last_value(text: str) -> str | None:
    """The last value that stands in a box, in backticks or in bold."""
    values = _CONCLUDED.findall(text)
    return next((value for groups in reversed(values) for value in groups if value.strip()), None)


def _tokens(text: str) -> list[str]:
    """Words without quotes around and marks behind them; ``True`` and ``true`` are one."""
    words = (word.lstrip(_QUOTES).rstrip(_ENDS).casefold() for word in text.split())
    return [word for word in words if word]


def _ends_with(said: list[str], output: list[str]) -> bool:
    return said[-len(output) :] == output
