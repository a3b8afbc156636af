"""When are two outputs the same? Answered on the host; expected outputs never enter a box.

A comparator compares whole outputs as bytes. An output that is none of its kind (JSON that cannot be read,
other words than yes and no) is the same as nothing; no output whatever makes a comparator raise.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod

from sstar_sandbox.errors import UnknownName
from sstar_sandbox.records import Check
from sstar_sandbox.verdicts.json_values import Sameness, close, half_unit

KNOWN = (
    *("tokens", "tokens-nocase", "lines", "exact", "yesno", "numbers", "float:1e-6", "json", "json:1e-6"),
    *("json:any-order", "json:any-order-nested", "json:any-order,1e-6", "json:any-order-nested,1e-6"),
)
"""One spelling of each; the number may be any tolerance."""
NUMBERS_TOLERANCE = 1e-6
"""Of :class:`FloatTokens` where the statement says nothing."""

_INTEGER = re.compile(rb"[+-]?[0-9]+\Z")


class Comparator(ABC):
    """Sameness of two outputs."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"comparator_named({self.name!r})"

    @abstractmethod
    def same(self, expected: bytes, actual: bytes) -> bool:
        """Whether ``actual`` is as good as ``expected``."""

    def alike(self, left: bytes, right: bytes) -> bool:
        """Whether two outputs are the same, neither of them being the expected one; symmetric."""
        return self.same(left, right)

    def check(self, expected: bytes) -> Check:
        """A check against one expected output, for ``Sandbox.run``."""

        def is_right(stdout: bytes) -> bool:
            return self.same(expected, stdout)

        return is_right


class Exact(Comparator):
    """Byte for byte."""

    def same(self, expected: bytes, actual: bytes) -> bool:
        return expected == actual


class Tokens(Comparator):
    """The same words in the same order; white space does not matter, case only if asked."""

    def __init__(self, name: str, ignore_case: bool = False) -> None:
        super().__init__(name)
        self._ignore_case = ignore_case

    def _tokens(self, output: bytes) -> list[bytes]:
        return (output.lower() if self._ignore_case else output).split()

    def same(self, expected: bytes, actual: bytes) -> bool:
        return self._tokens(expected) == self._tokens(actual)


class YesNo(Tokens):
    """Words ``yes`` and ``no`` in any case and nothing else."""

    def __init__(self, name: str) -> None:
        super().__init__(name, ignore_case=True)

    def same(self, expected: bytes, actual: bytes) -> bool:
        words = self._tokens(actual)
        return words == self._tokens(expected) and all(word in {b"yes", b"no"} for word in words)


class Lines(Comparator):
    """The same lines, for pictures: white space counts except at ends of lines and blank lines at the end."""

    def same(self, expected: bytes, actual: bytes) -> bool:
        return self._lines(expected) == self._lines(actual)

    @staticmethod
    def _lines(output: bytes) -> list[bytes]:
        return [line.rstrip() for line in output.rstrip().split(b"\n")]


class FloatTokens(Comparator):
    """Words as :class:`Tokens`; where both are numbers and not both whole numbers, within the tolerance.

    An expected number is never compared closer than it is printed: ``1.66667`` is anything that rounds to it.
    ``only_fractions``: where the expected word is a whole number, the other must be that word.
    """

    def __init__(self, name: str, tolerance: float, *, only_fractions: bool = False) -> None:
        super().__init__(name)
        self._tolerance = tolerance
        self._only_fractions = only_fractions

    def same(self, expected: bytes, actual: bytes) -> bool:
        left, right = expected.split(), actual.split()
        return len(left) == len(right) and all(map(self._same_word, left, right))

    def alike(self, left: bytes, right: bytes) -> bool:
        first, second = left.split(), right.split()
        return len(first) == len(second) and all(map(self._alike_word, first, second))

    def _same_word(self, expected: bytes, actual: bytes) -> bool:
        if self._only_fractions and _INTEGER.match(expected):
            return expected == actual
        number = _number(expected)
        if number is None:
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
            return not self._only_fractions and _whole(left) == _whole(right)
        return close(numbers[0], numbers[1], max(self._tolerance * max(1.0, scale), unit))


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


class JsonValue(Comparator):
    """Results of functions: see :mod:`sstar_sandbox.verdicts.json_values`."""

    def __init__(self, name: str, rules: Sameness) -> None:
        super().__init__(name)
        self._rules = rules

    def same(self, expected: bytes, actual: bytes) -> bool:
        return self._rules.of(expected, actual)

    def alike(self, left: bytes, right: bytes) -> bool:
        return self._rules.between(left, right)


def _tolerance(name: str, text: str) -> float:
    try:
        tolerance = float(text)
    except ValueError:
        tolerance = math.nan
    if not 0 < tolerance < math.inf:
        raise UnknownName("comparator", name, KNOWN)
    return tolerance


def _json(name: str, options: str) -> JsonValue:
    """``json`` with its options: an order that does not matter, a tolerance, or both."""
    words = [word.strip() for word in options.split(",")]
    orders = [word for word in words if word.startswith("any-order")]
    numbers = [word for word in words if word not in orders]
    if len(orders) > 1 or len(numbers) > 1 or not set(orders) <= {"any-order", "any-order-nested"}:
        raise UnknownName("comparator", name, KNOWN)
    tolerance = _tolerance(name, numbers[0]) if numbers else 0.0
    return JsonValue(name, Sameness(tolerance, bool(orders), orders == ["any-order-nested"]))


def comparator_named(name: str) -> Comparator:
    """The comparator of a name such as ``tokens``, ``float:1e-9`` or ``json:any-order,1e-5``.
    Raises :class:`UnknownName`: no such comparator, or a tolerance that is no positive number; lists the
    known ones."""
    kind, colon, options = name.strip().lower().partition(":")
    if kind == "json":
        return _json(name, options) if colon else JsonValue(name, Sameness())
    if kind == "float":
        return FloatTokens(name, _tolerance(name, options if colon else "1e-6"))
    if not colon:
        match kind:
            case "exact":
                return Exact(name)
            case "tokens":
                return Tokens(name)
            case "tokens-nocase":
                return Tokens(name, ignore_case=True)
            case "lines":
                return Lines(name)
            case "yesno":
                return YesNo(name)
            case "numbers":
                return FloatTokens(name, NUMBERS_TOLERANCE, only_fractions=True)
    raise UnknownName("comparator", name, KNOWN)
