"""When are two outputs the same? Answered on the host; expected outputs never enter a box.

A comparator compares whole outputs as bytes. ``key`` gives a canonical form where one exists, so that N
outputs are grouped in N steps; where sameness is a tolerance there is none and callers compare pairs.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any

from sstar_sandbox.errors import UnknownName
from sstar_sandbox.records import Check

KNOWN = ("exact", "tokens", "tokens-nocase", "float:1e-6", "yesno", "json", "json:1e-6")
"""One spelling of each; the number after the colon may be any tolerance."""

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

    @abstractmethod
    def key(self, output: bytes) -> Hashable | None:
        """Canonical form: two outputs with keys are the same exactly when their keys are equal. None: compare pairs."""

    def check(self, expected: bytes) -> Check:
        """A check against one expected output, for ``Sandbox.run``."""

        def is_right(stdout: bytes) -> bool:
            return self.same(expected, stdout)

        return is_right


class Exact(Comparator):
    """Byte for byte."""

    def same(self, expected: bytes, actual: bytes) -> bool:
        return expected == actual

    def key(self, output: bytes) -> Hashable | None:
        return output


class Tokens(Comparator):
    """The same words in the same order; white space does not matter, case only if asked."""

    def __init__(self, name: str, ignore_case: bool = False) -> None:
        super().__init__(name)
        self._ignore_case = ignore_case

    def _tokens(self, output: bytes) -> tuple[bytes, ...]:
        return tuple((output.lower() if self._ignore_case else output).split())

    def same(self, expected: bytes, actual: bytes) -> bool:
        return self._tokens(expected) == self._tokens(actual)

    def key(self, output: bytes) -> Hashable | None:
        return self._tokens(output)

    def check(self, expected: bytes) -> Check:
        wanted = self._tokens(expected)

        def is_right(stdout: bytes) -> bool:
            return self._tokens(stdout) == wanted

        return is_right


class YesNo(Tokens):
    """Words ``yes`` and ``no`` in any case and nothing else."""

    def __init__(self, name: str) -> None:
        super().__init__(name, ignore_case=True)

    def same(self, expected: bytes, actual: bytes) -> bool:
        words = self._tokens(actual)
        return words == self._tokens(expected) and all(word in {b"yes", b"no"} for word in words)

    def check(self, expected: bytes) -> Check:
        return Comparator.check(self, expected)

    def key(self, output: bytes) -> Hashable | None:
        # An output with other words is the same as nothing, not even itself: callers compare pairs.
        words = self._tokens(output)
        return words if all(word in {b"yes", b"no"} for word in words) else None


def close(expected: float, actual: float, tolerance: float) -> bool:
    """Absolute or relative error within the tolerance; nan is the same as nan, infinities only as themselves."""
    if math.isnan(expected) or math.isnan(actual):
        return math.isnan(expected) and math.isnan(actual)
    if math.isinf(expected) or math.isinf(actual):
        return expected == actual
    return abs(expected - actual) <= tolerance * max(1.0, abs(expected))


class FloatTokens(Comparator):
    """Words as :class:`Tokens`; where both are numbers and not both whole numbers, within the tolerance."""

    def __init__(self, name: str, tolerance: float) -> None:
        super().__init__(name)
        self._tolerance = tolerance

    def same(self, expected: bytes, actual: bytes) -> bool:
        left, right = expected.split(), actual.split()
        return len(left) == len(right) and all(map(self._same_word, left, right))

    def _same_word(self, expected: bytes, actual: bytes) -> bool:
        if expected == actual:
            return True
        numbers = _number(expected), _number(actual)
        if numbers[0] is None or numbers[1] is None:
            return False
        if _INTEGER.match(expected) and _INTEGER.match(actual):
            return _whole(expected) == _whole(actual)
        return close(numbers[0], numbers[1], self._tolerance)

    def key(self, output: bytes) -> Hashable | None:
        words: list[bytes] = []
        for word in output.split():
            if _INTEGER.match(word):
                words.append(_whole(word))
            elif _number(word) is not None:
                return None
            else:
                words.append(word)
        return tuple(words)


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
    """JSON values with the tags of :mod:`sstar_sandbox.values`: a tuple is a list, sets have no order,
    numbers compare as numbers (``2`` and ``2.0`` are one), nan is nan; floats within the tolerance."""

    def __init__(self, name: str, tolerance: float) -> None:
        super().__init__(name)
        self._tolerance = tolerance

    def same(self, expected: bytes, actual: bytes) -> bool:
        try:
            left, right = _parsed(expected), _parsed(actual)
        except (ValueError, RecursionError):
            return False
        return self._same(left, right)

    def _same(self, left: Any, right: Any) -> bool:
        if isinstance(left, tuple) and isinstance(right, tuple):
            if left[0] != right[0] or len(left[1]) != len(right[1]):
                return False
            if left[0] == "set":
                return self._same_set(list(left[1]), list(right[1]))
            if left[0] == "dict":
                return self._same_set(list(left[1]), list(right[1]))
            return all(map(self._same, left[1], right[1]))
        if isinstance(left, float) or isinstance(right, float):
            if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
                return False
            if self._tolerance == 0:
                return left == right or (math.isnan(left) and math.isnan(right))
            try:
                return close(float(left), float(right), self._tolerance)
            except OverflowError:
                return False
        return type(left) is type(right) and bool(left == right)

    def _same_set(self, left: list[Any], right: list[Any]) -> bool:
        """Each member finds a partner. Greedy, which is right unless tolerances overlap within one set."""
        for member in left:
            partner = next((i for i, other in enumerate(right) if self._same(member, other)), None)
            if partner is None:
                return False
            del right[partner]
        return True

    def key(self, output: bytes) -> Hashable | None:
        try:
            value = _parsed(output)
        except (ValueError, RecursionError):
            return ("not json", output)
        if self._tolerance > 0 and _has_float(value):
            return None
        return _canonical(value)


def _parsed(output: bytes) -> Any:
    return _shape(json.loads(output.decode("utf-8", "surrogateescape")))


def _shape(tree: Any) -> Any:
    """Containers as ``(kind, members)``; numbers, texts and None as they are; booleans as numbers, as in Python."""
    if isinstance(tree, bool):
        return int(tree)
    if isinstance(tree, list):
        return ("list", tuple(_shape(item) for item in tree))
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1:
        tag, body = next(iter(tree.items()))
        if tag == "$float":
            return float(body)
        if tag == "$tuple" and isinstance(body, list):
            return ("list", tuple(_shape(item) for item in body))
        if tag == "$set" and isinstance(body, list):
            return ("set", tuple(_shape(item) for item in body))
        if tag == "$dict" and isinstance(body, list):
            return ("dict", tuple(("pair", (_shape(key), _shape(item))) for key, item in body))
        if tag in {"$bytes", "$complex"}:
            return (tag, (_shape(body),))
    return ("dict", tuple(("pair", (key, _shape(item))) for key, item in tree.items()))


def _has_float(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_has_float(item) for item in value[1])
    return isinstance(value, float)


def _canonical(value: Any) -> Hashable:
    if isinstance(value, tuple):
        kind, members = value
        parts = [_canonical(item) for item in members]
        if kind in {"set", "dict"}:
            parts.sort(key=repr)
        return (kind, tuple(parts))
    if isinstance(value, float):
        if math.isnan(value):
            return ("float", "nan")
        return int(value) if value.is_integer() else value
    return ("text", value) if isinstance(value, str) else ("none",) if value is None else int(value)


def comparator_named(name: str) -> Comparator:
    """The comparator of a name such as ``tokens`` or ``float:1e-9``.

    Raises:
        UnknownName: no such comparator, or a tolerance that is no positive number.
    """
    kind, colon, number = name.strip().lower().partition(":")
    if colon and kind in {"float", "json"}:
        try:
            tolerance = float(number)
        except ValueError:
            raise UnknownName("comparator", name, KNOWN) from None
        if not (0 < tolerance < math.inf):
            raise UnknownName("comparator", name, KNOWN)
        return FloatTokens(name, tolerance) if kind == "float" else JsonValue(name, tolerance)
    if not colon:
        if kind == "exact":
            return Exact(name)
        if kind == "tokens":
            return Tokens(name)
        if kind == "tokens-nocase":
            return Tokens(name, ignore_case=True)
        if kind == "yesno":
            return YesNo(name)
        if kind == "json":
            return JsonValue(name, 0.0)
        if kind == "float":
            return FloatTokens("float:1e-6", 1e-6)
    raise UnknownName("comparator", name, KNOWN)
