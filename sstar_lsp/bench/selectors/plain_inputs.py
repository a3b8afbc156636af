"""Inputs for the methods that S* is compared with: public inputs, mutated by type, every choice uniform.

The mutations are those of EvalPlus (Liu et al., arXiv 2305.01210, table 1). They know nothing of the
statement and nothing of S*'s own inputs, so that an improvement there does not move the baselines.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from sstar_lsp.engine.test_inputs.example_shape import is_integer, misfit, shape_of
from sstar_lsp.records import Problem, Style
from sstar_sandbox.inside.python.values import from_json, to_json

TRIES = 50
"""Mutations tried for each input wanted: many repeat, or break the shape that all examples share."""


def plain_inputs(problem: Problem, count: int, seed: int) -> list[str]:
    """At most ``count`` new inputs; none if no public test is a plain input."""
    random = Random(f"plain {seed}")  # noqa: S311 - test inputs, no secret
    public = [test.input for test in problem.public_tests if not test.is_check]
    if not public:
        return []
    made = _calls(public, random) if problem.style is Style.FUNCTION else _texts(problem, public, random)
    known = {text.strip() for text in public}
    found: list[str] = []
    for _, text in zip(range(count * TRIES), made, strict=False):
        if text.strip() and text.strip() not in known:
            known.add(text.strip())
            found.append(text)
        if len(found) == count:
            break
    return found


def _calls(public: list[str], random: Random) -> Iterator[str]:
    """Function style: one argument of one public call."""
    calls = [call for call in map(from_json, public) if isinstance(call, list) and call]
    while calls:
        call = list(random.choice(calls))
        place = random.randrange(len(call))
        call[place] = mutated(call[place], random)
        yield to_json(call)


def _texts(problem: Problem, public: list[str], random: Random) -> Iterator[str]:
    """stdin style: one word of one public input, lines and words staying in number."""
    shape = shape_of(problem)
    while True:
        lines = [line.split(" ") for line in random.choice(public).split("\n")]
        places = [(row, at) for row, words in enumerate(lines) for at, word in enumerate(words) if word]
        if not places:
            return
        row, at = random.choice(places)
        lines[row][at] = _mutated_word(lines[row][at], random)
        text = "\n".join(" ".join(words) for words in lines)
        yield "" if shape is not None and misfit(shape, text) is not None else text


def _mutated_word(word: str, random: Random) -> str:
    if is_integer(word):
        return str(mutated(int(word), random))
    try:
        return str(mutated(float(word), random))
    except ValueError:
        changed = str(mutated(word, random))
        return changed if changed.strip() and " " not in changed else word


def mutated(value: Any, random: Random) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return random.random() < 0.5
    if isinstance(value, int | float):
        return value + random.choice((-1, 1))
    if isinstance(value, str):
        return _mutated_text(value, random)
    if isinstance(value, list | tuple):
        return type(value)(_mutated_items(list(value), random))
    if isinstance(value, set | frozenset):
        try:
            return set(_mutated_items(sorted(value, key=repr), random))
        except TypeError:
            return value
    if isinstance(value, dict) and value:
        key = random.choice(sorted(value, key=repr))
        without = {k: v for k, v in value.items() if k != key}
        return without if random.random() < 0.5 else {**without, key: mutated(value[key], random)}
    return value


def _mutated_text(text: str, random: Random) -> str:
    if not text:
        return random.choice("abcxyz")
    start = random.randrange(len(text))
    end = random.randint(start + 1, len(text))
    piece = text[start:end]
    return random.choice(
        (
            text[:start] + text[end:],
            text[:end] + piece + text[end:],
            text[:start] + "".join(random.choice("abcxyz") for _ in piece) + text[end:],
        )
    )


def _mutated_items(items: list[Any], random: Random) -> list[Any]:
    if not items:
        return items
    at = random.randrange(len(items))
    how = random.randrange(4)
    if how == 0:
        return items[:at] + items[at + 1 :]
    if how == 1:
        return [*items[:at], items[at], *items[at:]]
    changed = mutated(items[at], random)
    return [*items[:at], changed, *items[at:]] if how == 2 else [*items[:at], changed, *items[at + 1 :]]
