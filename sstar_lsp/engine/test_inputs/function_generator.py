"""Calls made from nothing but the kinds of a function's parameters: small, boundary and random values.

Examples are few and tame; programs differ where lists are empty, numbers equal, negative or huge, words repeat.
Two rules keep most calls legal: a value has a kind that the examples have (:mod:`sstar_lsp.engine.test_inputs.value_types`), and
what the statement excludes in plain words (empty, negative, zero) is not made. Nothing here is random that the
seed does not fix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any, TypeVar

from sstar_lsp.engine.test_inputs.structures import repaired_text, structures_of
from sstar_lsp.engine.test_inputs.value_types import Allowed, Base, Kind, all_kinds, allowed_by, parameters_of
from sstar_lsp.records import Problem

_N = TypeVar("_N", int, float)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def typed_calls(problem: Problem, seed: int) -> Iterator[str]:
    """Calls without end, small ones more often, ``""`` where one became illegal; none where the kinds are unknown."""
    parameters = parameters_of(problem)
    structures = structures_of(problem)
    if structures is not None and structures.form.is_object:
        return
    if not parameters or any(kind.base is Base.OTHER for kind in all_kinds(parameters)):
        return
    maker = _Maker(Random(f"typed {seed}"), allowed_by(problem, parameters))  # noqa: S311 - no secret
    while True:
        text = json.dumps([maker.value(kinds) for kinds in parameters], ensure_ascii=False)
        yield repaired_text(structures, text) or ""


class _Maker:
    """Values of kinds, from one source of chance."""

    def __init__(self, random: Random, allowed: Allowed) -> None:
        self._random = random
        self._allowed = allowed

    def value(self, kinds: tuple[Kind, ...], spread: float = 1.0, length: int | None = None) -> Any:
        """A value of one of these kinds; ``spread`` below 1 keeps numbers close together. ``length``: of a list."""
        kind = self._random.choice(kinds)
        match kind.base:
            case Base.NONE:
                return None
            case Base.BOOL:
                return self._random.random() < 0.5
            case Base.INT:
                return self._integer(kind, spread)
            case Base.FLOAT:
                return self._float(kind, spread)
            case Base.TEXT:
                return self._text(kind)
            case Base.TUPLE if kind.fixed:
                return {"$tuple": [self.value(place, spread) for place in kind.fixed]}
            case Base.DICT:
                return self._dict(kind)
            case _:
                members = self._members(kind, length)
                tag = {Base.TUPLE: "$tuple", Base.SET: "$set"}.get(kind.base)
                return {tag: members} if tag else members

    def _integer(self, kind: Kind, spread: float) -> int:
        low, high = int(kind.low), int(kind.high)
        way = self._random.random()
        if way < 0.45 or spread < 1:
            value = self._random.randint(-3 if self._allowed.negative else 0, 12 if spread == 1 else 4)
        elif way < 0.7:
            value = self._random.randint(min(low, 0) if self._allowed.negative else 0, max(high, 1))
        elif way < 0.85:
            value = self._random.choice((low, high)) + self._random.choice((-1, 0, 1))
        else:
            value = self._random.choice((high * 2, high * 3 + 1, 25, 64, 97, 100, 128, 360, 1000))
            if high > 1000:
                value = self._random.randint(low, high)
        if self._allowed.negative and kind.low < 0 and self._random.random() < 0.3:
            value = -value
        return self._legal(value)

    def _legal(self, value: _N) -> _N:
        if not self._allowed.negative:
            value = abs(value)
        if value == 0 and not self._allowed.zero:
            value += 1
        return value

    def _float(self, kind: Kind, spread: float) -> float:
        way = self._random.random()
        if way < 0.3 or spread < 1:
            value = self._random.randint(0, 12) / 2
        elif way < 0.8:
            value = round(self._random.uniform(min(kind.low, 0), max(kind.high, 1)), 2)
        else:
            value = float(self._random.choice((0, 1, 100, 0.1, 0.5, 99.99, kind.low, kind.high)))
        if self._allowed.negative and self._random.random() < 0.15:
            value = -value
        return float(self._legal(value))

    def _length(self, kind: Kind) -> int:
        lowest = 0 if self._allowed.empty else 1
        way = self._random.random()
        if kind.low == kind.high > 0 and kind.low > 6:
            return int(kind.low)
        if way < 0.5:
            return self._random.randint(lowest, 4)
        if way < 0.9:
            return self._random.randint(max(lowest, int(kind.low)), max(lowest, int(kind.high)))
        return self._random.randint(max(lowest, 5), max(8, int(kind.high) + 3))

    def _members(self, kind: Kind, length: int | None) -> list[Any]:
        if not kind.inner:
            return []
        count = self._length(kind) if length is None else length
        is_close = self._random.random() < 0.5
        each = None
        if kind.rows is not None:
            common = kind.rows.common_length
            each = common if common is not None else self._length(kind.rows)
        items = [self.value(kind.inner, 0.5 if is_close else 1.0, each) for _ in range(count)]
        way = self._random.random()
        if way < 0.12 and items:
            items = [items[0]] * count
        elif way < 0.24:
            items.sort(key=_order)
        elif way < 0.36:
            items.sort(key=_order, reverse=True)
        elif way < 0.45 and length is None:
            items = [*items, *items[::-1]]
        return items

    def _dict(self, kind: Kind) -> dict[str, Any]:
        keys = kind.fixed[0] if kind.fixed else ()
        names = [str(self.value(keys)) for _ in range(self._length(kind))] if keys else []
        return {name: self.value(kind.inner) for name in dict.fromkeys(names)} if kind.inner else {}

    # --- texts ------------------------------------------------------------------------------------

    def _text(self, kind: Kind) -> str:
        seen = kind.words or ("a",)
        if all(_NUMBER.fullmatch(word) for word in seen if word) and any(seen):
            return self._numeral(seen)
        way = self._random.random()
        if way < 0.06 and self._allowed.empty:
            return ""
        word = self._random.choice(seen)
        is_structured = bool(re.search(r"\d", word) and re.search(r"\W", word))
        if re.search(r"\d", word) and way < (0.85 if is_structured else 0.5):
            return re.sub(r"\d+", lambda _: str(self._random.choice((0, 1, 2, 5, 10, 19, 100))), word)
        if " " in word.strip() and way < 0.6:
            parts = word.split(" ")
            self._random.shuffle(parts)
            return " ".join(parts[: self._random.randint(1, len(parts))])
        if way < 0.2:
            return self._twisted(word)
        few = self._random.random() < 0.6
        letters = kind.letters or "abc"
        if few:
            letters = "".join(self._random.choice(letters) for _ in range(self._random.randint(1, 3)))
        made = "".join(self._random.choice(letters) for _ in range(self._length(kind)))
        if self._random.random() < 0.2:
            made += made[::-1][self._random.randint(0, 1) :]
        return made or self._random.choice(letters)

    def _twisted(self, word: str) -> str:
        """A word seen, changed a little."""
        place = self._random.randrange(len(word)) if word else 0
        return self._random.choice(
            (
                word[::-1],
                word + word,
                word[:place],
                word[place:],
                word.upper() if any(map(str.isupper, word)) else word,
                word.lower() if any(map(str.islower, word)) else word,
                word[:place] + word[place + 1 :],
                word[:place] + word[place : place + 1] * 2 + word[place:],
            )
        ) or (word[:1] if not self._allowed.empty else "")

    def _numeral(self, seen: tuple[str, ...]) -> str:
        """A number as text, with a fraction only where the examples have one."""
        whole = self._random.choice((0, 1, 2, 9, 10, 14, 99, 100, self._random.randint(0, 1000)))
        is_binary = all(set(word) <= {"0", "1"} for word in seen) and max(map(len, seen)) > 1
        text = f"{whole:b}" if is_binary else str(whole)
        if any("." in word for word in seen) and self._random.random() < 0.6:
            text += self._random.choice((".0", ".3", ".5", ".5", ".7", ".25"))
        is_signed = any(word.startswith("-") for word in seen) or any("." in word for word in seen)
        return f"-{text}" if is_signed and self._allowed.negative and self._random.random() < 0.3 else text


def _order(value: Any) -> tuple[int, float, str]:
    is_number = isinstance(value, bool | int | float)
    return (0, float(value), "") if is_number else (1, 0.0, json.dumps(value, sort_keys=True))
