"""When are two outputs the same? Answered on the host; expected outputs never enter a box.

A comparator compares whole outputs as bytes. An output that is none of its kind (JSON that cannot be read,
other words than yes and no) is the same as nothing; no output whatever makes a comparator raise.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from functools import partial

from attrs import Factory, field, frozen

from sstar_sandbox.errors import UnknownName
from sstar_sandbox.records import Check
from sstar_sandbox.verdicts.json_values import Sameness as JsonSameness
from sstar_sandbox.verdicts.json_values import close, half_unit

KNOWN = (
    *("tokens", "tokens-nocase", "lines", "exact", "yesno", "numbers", "float:1e-6", "json", "json:1e-6"),
    *("json:any-order", "json:any-order-nested", "json:any-order,1e-6", "json:any-order-nested,1e-6"),
)
"""One spelling of each; the number may be any tolerance."""
NUMBERS_TOLERANCE = 1e-6
"""Of ``numbers`` where the statement says nothing."""

_INTEGER = re.compile(rb"[+-]?[0-9]+\Z")


Sameness = Callable[[bytes, bytes], bool]


@frozen
class Comparator:
    """Sameness of two outputs."""

    name: str
    same: Sameness
    """Whether the second output is as good as the first, which is the expected one."""
    alike: Sameness = field(default=Factory(lambda self: self.same, takes_self=True))
    """Whether two outputs are the same, neither of them being the expected one; symmetric."""

    def check(self, expected: bytes) -> Check:
        """A check against one expected output, for ``Sandbox.run``."""
        return partial(self.same, expected)


def _same_words(expected: bytes, actual: bytes) -> bool:
    """The same words in the same order; white space does not matter."""
    return expected.split() == actual.split()


def _same_words_in_any_case(expected: bytes, actual: bytes) -> bool:
    return _same_words(expected.lower(), actual.lower())


def _yes_or_no(expected: bytes, actual: bytes) -> bool:
    """Words ``yes`` and ``no`` in any case and nothing else."""
    return _same_words_in_any_case(expected, actual) and set(actual.lower().split()) <= {b"yes", b"no"}


def _same_lines(expected: bytes, actual: bytes) -> bool:
    """The same lines, for pictures: white space counts except at ends of lines and blank lines at the end."""
    left, right = ([line.rstrip() for line in output.rstrip().split(b"\n")] for output in (expected, actual))
    return left == right


_WITHOUT_OPTIONS: dict[str, Sameness] = {
    "tokens": _same_words,
    "tokens-nocase": _same_words_in_any_case,
    "lines": _same_lines,
    "exact": operator.eq,
    "yesno": _yes_or_no,
}


@frozen
class _FloatTokens:
    """Words as ``tokens``; where both are numbers and not both whole numbers, within the tolerance.

    An expected number is never compared closer than it is printed: ``1.66667`` is anything that rounds to it.
    """

    tolerance: float
    only_fractions: bool = False
    """Where the expected word is a whole number, the other must be that word."""

    def same(self, expected: bytes, actual: bytes) -> bool:
        left, right = expected.split(), actual.split()
        return len(left) == len(right) and all(map(self._same_word, left, right))

    def alike(self, left: bytes, right: bytes) -> bool:
        first, second = left.split(), right.split()
        return len(first) == len(second) and all(map(self._alike_word, first, second))

    def _same_word(self, expected: bytes, actual: bytes) -> bool:
        number = _number(expected)
        if number is None or (self.only_fractions and _INTEGER.match(expected)):
            return expected == actual
        return self._near(expected, actual, abs(number), half_unit(expected.decode("ascii")))

    def _alike_word(self, left: bytes, right: bytes) -> bool:
        return self._near(left, right, max(abs(_number(word) or 0.0) for word in (left, right)), 0.0)

    def _near(self, left: bytes, right: bytes, scale: float, unit: float) -> bool:
        if left == right:
            return True
        numbers = _number(left), _number(right)
        if numbers[0] is None or numbers[1] is None:
            return False
        if _INTEGER.match(left) and _INTEGER.match(right):
            return not self.only_fractions and _whole(left) == _whole(right)
        return close(numbers[0], numbers[1], max(self.tolerance * max(1.0, scale), unit))


def _number(word: bytes) -> float | None:
    if b"_" in word:
        return None
    try:
        return float(word)
    except ValueError:
        return None


def _whole(word: bytes) -> bytes:
    """A whole number without sign of plus and leading zeros; text, because ``int`` refuses very long ones."""
    digits = word.lstrip(b"+-").lstrip(b"0") or b"0"
    return b"-" + digits if word.startswith(b"-") and digits != b"0" else digits


def _tolerance(name: str, text: str) -> float:
    try:
        tolerance = float(text)
    except ValueError:
        tolerance = math.nan
    if not 0 < tolerance < math.inf:
        raise UnknownName("comparator", name, KNOWN)
    return tolerance


def _json_rules(name: str, options: str) -> JsonSameness:
    """``json`` with its options: an order that does not matter, a tolerance, or both."""
    words = [word.strip() for word in options.split(",")]
    orders = [word for word in words if word.startswith("any-order")]
    numbers = [word for word in words if word not in orders]
    if len(orders) > 1 or len(numbers) > 1 or not set(orders) <= {"any-order", "any-order-nested"}:
        raise UnknownName("comparator", name, KNOWN)
    tolerance = _tolerance(name, numbers[0]) if numbers else 0.0
    return JsonSameness(tolerance, bool(orders), orders == ["any-order-nested"])


def comparator_named(name: str) -> Comparator:
    """The comparator of a name such as ``tokens``, ``float:1e-9`` or ``json:any-order,1e-5``.
    Raises :class:`UnknownName`: no such comparator, or a tolerance that is no positive number; lists the
    known ones."""
    kind, colon, options = name.strip().lower().partition(":")
    if kind == "json":
        rules = _json_rules(name, options) if colon else JsonSameness()
        return Comparator(name, rules.of, rules.between)
    if kind == "float":
        words = _FloatTokens(_tolerance(name, options if colon else "1e-6"))
        return Comparator(name, words.same, words.alike)
    if not colon and kind == "numbers":
        words = _FloatTokens(NUMBERS_TOLERANCE, only_fractions=True)
        return Comparator(name, words.same, words.alike)
    if not colon and kind in _WITHOUT_OPTIONS:
        return Comparator(name, _WITHOUT_OPTIONS[kind])
    raise UnknownName("comparator", name, KNOWN)
