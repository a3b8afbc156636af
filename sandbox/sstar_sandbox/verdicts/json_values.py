"""JSON results as values that can be compared: with a tolerance, in any order, and within bounds.

Results of functions are JSON with the tags of :mod:`sstar_sandbox.inside.python.values`. A tuple is a list,
sets and dicts have no order, ``2`` and ``2.0`` are one number, ``true`` is 1, nan is nan. What comes from a
program is hostile: text that is no such value raises :class:`NoValue`, and so does one that is too large or
too deep to be compared in seconds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from attrs import define, frozen

MOST_VALUES = 1_000_000
"""Commas and opening brackets of one text."""
DEEPEST = 100
"""Containers inside each other."""
PAIRED = 128
"""Up to so many members in any order every pairing is tried; longer lists are sorted."""
MOST_STEPS = 3_000_000
"""Pairs of values compared for one answer."""

NONE, NUMBER, NOT_A_NUMBER, TEXT, CONTAINER = range(5)
"""How values of different kinds are sorted among each other."""


class NoValue(ValueError):
    """A text that is no JSON value of ours, or too large a one."""


class Printed(float):
    """A number that knows how many digits of it were printed."""

    half_unit: float

    def __new__(cls, text: str) -> Printed:
        number = super().__new__(cls, text)
        number.half_unit = half_unit(text)
        return number


def half_unit(text: str) -> float:
    """Half a unit in the last printed place of a number with a fraction; 0.0 for others.

    ``1.66667`` may be anything from 1.666665 to 1.666675. A lone ``.0`` is how Python prints whole floats and
    says nothing about digits.
    """
    mantissa, _, power = text.lower().partition("e")
    digits = mantissa.partition(".")[2]
    if digits in {"", "0"} or len(power) > 5:
        return 0.0
    return 0.5000001 * 10.0 ** min(300, int(power or "0") - len(digits))


def close(left: float, right: float, tolerance: float) -> bool:
    """Whether two numbers lie within an absolute or relative error; nan equals nan."""
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    if math.isinf(left) or math.isinf(right):
        return left == right
    return abs(left - right) <= tolerance


# --- from text to value -----------------------------------------------------------------------------


def parsed(output: bytes, *, printed: bool = False) -> Any:
    """The value of a JSON text: containers as ``(kind, members)``, else numbers, texts and None.

    ``printed``: floats are :class:`Printed`.

    Raises:
        NoValue: it is none.
    """
    if sum(map(output.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise NoValue("too many values")
    try:
        text = output.decode("utf-8", "surrogateescape")
        return _shape(json.loads(text, parse_float=Printed) if printed else json.loads(text), 0)
    except (ValueError, OverflowError, RecursionError) as error:
        raise NoValue(str(error)) from error


def _shape(tree: Any, depth: int) -> Any:
    if isinstance(tree, bool):
        return int(tree)
    if not isinstance(tree, list | dict):
        return tree
    if depth == DEEPEST:
        raise NoValue("too deep")
    if isinstance(tree, list):
        return ("list", tuple(_shape(item, depth + 1) for item in tree))
    if len(tree) == 1:
        tag, body = next(iter(tree.items()))
        if tag in _TAGGED:
            return _TAGGED[tag](body, depth + 1)
    return ("dict", tuple(("pair", (key, _shape(item, depth + 1))) for key, item in tree.items()))


def _members(body: Any, depth: int) -> tuple[Any, ...]:
    if not isinstance(body, list):
        raise NoValue("a tag without its list")
    return tuple(_shape(item, depth) for item in body)


def _pairs(body: Any, depth: int) -> tuple[str, tuple[Any, ...]]:
    if not isinstance(body, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in body):
        raise NoValue("a dict without its pairs")
    return ("dict", tuple(("pair", _members(pair, depth)) for pair in body))


def _float(body: Any) -> float:
    if isinstance(body, bool) or not isinstance(body, str | int | float):
        raise NoValue("no number")
    return float(body)


def _complex(body: Any) -> tuple[str, tuple[float, ...]]:
    if not isinstance(body, list) or len(body) != 2:
        raise NoValue("no complex number")
    return ("complex", tuple(_float(_shape(part, 0)) for part in body))


def _bytes(body: Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(body, str):
        raise NoValue("no bytes")
    return ("bytes", (body,))


_TAGGED: dict[str, Callable[[Any, int], Any]] = {
    "$tuple": lambda body, depth: ("list", _members(body, depth)),
    "$set": lambda body, depth: ("set", _members(body, depth)),
    "$dict": _pairs,
    "$float": lambda body, _: _float(body),
    "$complex": lambda body, _: _complex(body),
    "$bytes": lambda body, _: _bytes(body),
}


# --- sameness ---------------------------------------------------------------------------------------


@frozen
class Sameness:
    """When two values are the same."""

    tolerance: float = 0.0
    """Absolute or relative error of floats; 0: none."""
    any_order: bool = False
    """Whether the order of the outermost list does not matter."""
    nested: bool = False
    """Whether that of the lists inside it does not matter either."""

    def of(self, expected: bytes, actual: bytes) -> bool:
        """Whether a result is as good as the expected one, compared no closer than it is printed."""
        return self._of(expected, actual, printed=True)

    def between(self, left: bytes, right: bytes) -> bool:
        """Whether two results are the same, neither of them being the expected one."""
        return self._of(left, right, printed=False)

    def _of(self, left: bytes, right: bytes, *, printed: bool) -> bool:
        try:
            first, second = parsed(left, printed=printed and self.tolerance > 0), parsed(right)
            if self.tolerance == 0:
                return bool(self.sort_key(first) == self.sort_key(second))
            return _Comparison(self).same(first, second)
        except (NoValue, RecursionError):
            return False

    def is_unordered(self, kind: str, depth: int) -> bool:
        """Whether the order of members does not matter in a container so deep inside the value."""
        return kind in {"set", "dict"} or (
            kind == "list" and (self.nested or (self.any_order and depth == 0))
        )

    def sort_key(self, value: Any, depth: int = 0) -> tuple[Any, ...]:
        """Equal for values that are exactly the same, and sortable among those of any values.

        Nothing is hashed: a program can choose numbers with equal hashes.
        """
        if isinstance(value, tuple):
            kind, members = value
            keys = [self.sort_key(member, depth + 1) for member in members]
            return (CONTAINER, kind, tuple(sorted(keys) if self.is_unordered(kind, depth) else keys))
        if value is None:
            return (NONE,)
        if isinstance(value, str):
            return (TEXT, value)
        return (NOT_A_NUMBER,) if isinstance(value, float) and math.isnan(value) else (NUMBER, value)


@define
class _Comparison:
    """Two values under comparison, and what that has cost so far."""

    rules: Sameness
    steps: int = 0

    def same(self, left: Any, right: Any, depth: int = 0) -> bool:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise NoValue("too many pairs")
        if isinstance(left, tuple) and isinstance(right, tuple):
            if left[0] != right[0] or len(left[1]) != len(right[1]):
                return False
            if self.rules.is_unordered(left[0], depth):
                return self._same_in_any_order(left[1], right[1], depth + 1)
            return all(self.same(a, b, depth + 1) for a, b in zip(left[1], right[1], strict=True))
        if isinstance(left, float) or isinstance(right, float):
            is_number = isinstance(left, int | float) and isinstance(right, int | float)
            return is_number and self._close(left, right)
        return type(left) is type(right) and bool(left == right)

    def _close(self, left: float, right: float) -> bool:
        try:
            scale = (
                abs(float(left)) if isinstance(left, Printed) else max(abs(float(left)), abs(float(right)))
            )
            unit = left.half_unit if isinstance(left, Printed) else 0.0
            return close(float(left), float(right), max(self.rules.tolerance * max(1.0, scale), unit))
        except OverflowError:
            return False

    def _same_in_any_order(self, left: tuple[Any, ...], right: tuple[Any, ...], depth: int) -> bool:
        """Whether the members can be paired so that each is the same as its partner."""
        by_key = [
            sorted(((self.rules.sort_key(item, depth), n) for n, item in enumerate(side)))
            for side in (left, right)
        ]
        if [key for key, _ in by_key[0]] == [key for key, _ in by_key[1]]:
            return True
        if len(left) > PAIRED:
            pairs = zip(*by_key, strict=True)
            return all(self.same(left[one[1]], right[other[1]], depth) for one, other in pairs)
        partners = [[n for n, other in enumerate(right) if self.same(item, other, depth)] for item in left]
        taken: dict[int, int] = {}
        return all(partners) and all(_paired(n, partners, taken, set()) for n in range(len(left)))


def _paired(item: int, partners: list[list[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Find a partner for one more item, moving others to another one where that helps (Kuhn's matching)."""
    for partner in partners[item]:
        if partner not in tried:
            tried.add(partner)
            if partner not in taken or _paired(taken[partner], partners, taken, tried):
                taken[partner] = item
                return True
    return False
