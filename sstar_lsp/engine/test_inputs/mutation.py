"""Test inputs for nothing: examples, changed within their shape.

No model, no expected output, and nothing random that a seed does not fix. Changes are those that trip
programs: the smallest case, equal values, ties, reversed order, neighbours of the values that are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

from sstar_lsp.engine.test_inputs.example_invariants import column, is_list_line, keeps_invariants
from sstar_lsp.engine.test_inputs.example_shape import (
    Relation,
    Row,
    Shape,
    is_integer,
    misfit,
    rows,
    shape_of,
    text_of,
)
from sstar_lsp.engine.test_inputs.structures import repaired_text, structures_of
from sstar_lsp.engine.test_inputs.value_types import (
    allowed_by,
    example_calls,
    keeps_member_lengths,
    misfit_call,
    parameters_of,
)
from sstar_lsp.records import Problem, Style

TRIES = 40
"""Changes tried for each input wanted; many break the shape or repeat."""


@lru_cache(maxsize=16)  # a run asks again when late samples have come
def mutations(problem: Problem, count: int, seed: int) -> tuple[str, ...]:
    """At most ``count`` new inputs, small ones first; empty where there is no example to change."""
    random = Random(f"mutations {seed}")  # noqa: S311 - test inputs, no secret
    known = {test.input.strip() for test in problem.public_tests}
    examples = [test.input for test in problem.public_tests if not test.is_check]
    if problem.style is Style.FUNCTION:
        changed = _changed_calls(problem, random)
    else:
        shape = shape_of(problem)
        if shape is None:
            return ()
        changed = _changed_texts(shape, examples, random)
    found: list[str] = []
    for _, text in zip(range(count * TRIES), changed, strict=False):
        if text.strip() and text.strip() not in known:
            known.add(text.strip())
            found.append(text)
        if len(found) == count:
            break
    return tuple(sorted(found, key=len))


# --- stdin style ----------------------------------------------------------------------------------


def _changed_texts(shape: Shape, examples: list[str], random: Random) -> Iterator[str]:
    grids = [rows(example) for example in examples if example.strip()]
    if not grids:
        return
    is_alike = keeps_invariants(shape, grids)
    start = shape.body_start
    may_move = start is not None and not _are_commands([row for grid in grids for row in grid[start:]])
    while True:
        grid = [list(row) for row in random.choice(grids)]
        for _ in range(random.choice((1, 1, 2, 3))):
            _change_grid(shape, grids, grid, random, may_move)
        text = text_of(shape, grid)
        yield text if misfit(shape, text) is None and is_alike(grid) else ""


def _change_grid(
    shape: Shape, grids: list[list[Row]], grid: list[list[str]], random: Random, may_move: bool
) -> None:
    """One change in place: of a size, of the order of lines where they may move, or of values that stand for the same
    thing."""
    resize = [count for count in shape.counts if count.relation is not Relation.WIDTH]
    if resize and random.random() < 0.35:
        count = random.choice(resize)
        if count.relation is Relation.LINES:
            _resize(grid, count.line + 1, len(grid), random)
        else:
            row = grid[count.line + 1] if count.line + 1 < len(grid) else []
            _resize(row, 0, len(row), random)
        recount(shape, grid)
        return
    start = shape.body_start
    if may_move and len(grid[start:]) > 1 and random.random() < 0.2:
        grid[start:] = _rearranged(grid[start:], random)
        return
    counted = {(count.line, count.token) for count in shape.counts}
    line = random.randrange(len(grid))
    free = [token for token in range(len(grid[line])) if (line, token) not in counted]
    if not free:
        return
    row = grid[line]
    is_list = is_list_line(shape, grids, line)
    if is_list and len(free) > 1 and random.random() < 0.5:
        values = [row[token] for token in free]
        for token, value in zip(free, _rearranged(values, random), strict=True):
            row[token] = value
        return
    token = random.choice(free)
    others = list(row) if is_list else column(shape, grids, line, token)
    row[token] = _changed_token(row[token], others, random)


def _are_commands(counted: list[Row]) -> bool:
    """Whether counted lines begin with words of which some repeat: what one may say depends on those before."""
    firsts = [row[0] for row in counted if row]
    return not any(map(is_integer, firsts)) and 1 < len(set(firsts)) < len(firsts)


def _resize(items: list[Any], start: int, end: int, random: Random) -> None:
    """Shrink or grow ``items[start:end]``, often down to one."""
    if end <= start:
        return
    how = random.random()
    if how < 0.3 and end - start > 1:
        del items[start + 1 : end]
    elif how < 0.65 and end - start > 1:
        del items[random.randrange(start, end)]
    else:
        item = items[random.randrange(start, end)]
        items.insert(end, list(item) if isinstance(item, list) else item)


def recount(shape: Shape, grid: list[list[str]]) -> None:
    """Set the counts of a grid right, in place."""
    for count in shape.counts:
        if count.line >= len(grid) or count.token >= len(grid[count.line]):
            continue  # the change broke the shape: the text is dropped
        below = grid[count.line + 1 :]
        if count.relation is Relation.LINES:
            grid[count.line][count.token] = str(len(below))
        elif count.relation is Relation.ROW:
            grid[count.line][count.token] = str(len(below[0]) if below else 0)


def _rearranged(values: list[Any], random: Random) -> list[Any]:
    return random.choice(
        (
            lambda: values[::-1],
            lambda: sorted(values, key=_sort_key),
            lambda: sorted(values, key=_sort_key, reverse=True),
            lambda: [random.choice(values)] * len(values),
            lambda: [random.choice(values) for _ in values],
        )
    )()


def _sort_key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float):
        return 0, float(value), ""
    if isinstance(value, str) and is_integer(value):
        return 0, float(value), ""
    return 1, 0.0, repr(value)


def _changed_token(token: str, others: list[str], random: Random) -> str:
    """Another value of the same kind: one that the examples have, or a neighbour of one."""
    numbers = [int(other) for other in others if is_integer(other)]
    if not is_integer(token):
        words = [other for other in others if not is_integer(other)]
        alike = [o for o in words if o.isalnum() is token.isalnum() or len(o) == len(token) == 1]
        return _changed_word(token, alike, random)
    value = random.choice((int(token), int(token), *numbers)) + random.choice((-1, 0, 1))
    low = min([int(token), *numbers])
    return str(max(value, low, min(low, 1)) if low >= 0 else value)


def _changed_word(word: str, others: list[str], random: Random) -> str:
    if not word:
        return word
    place = random.randrange(len(word))
    return random.choice(
        (
            word[::-1],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1 :] or word,
            word[0] * len(word),
            word[:place] + random.choice("".join(others) or word) + word[place + 1 :],
            random.choice(others or [word]),
        )
    )


# --- function style -------------------------------------------------------------------------------


def _changed_calls(problem: Problem, random: Random) -> Iterator[str]:
    calls = example_calls(problem)
    if not calls:
        return
    parameters = parameters_of(problem)
    allowed = allowed_by(problem, parameters)
    structures = structures_of(problem)
    if structures is not None and structures.form.is_object:
        for made in structures.changed_objects(random):
            yield json.dumps(made, ensure_ascii=False)
        return
    while True:
        call = json.loads(json.dumps(random.choice(calls)))
        for _ in range(random.choice((1, 1, 2))):
            place = random.randrange(len(call))
            call[place] = _changed_value(call[place], random, allowed.empty, allowed.negative)
        text = repaired_text(structures, json.dumps(call, ensure_ascii=False)) or ""
        is_even = all(map(keeps_member_lengths, parameters, call))
        yield text if text and is_even and misfit_call(parameters, allowed, text) is None else ""


def _changed_value(value: Any, random: Random, may_be_empty: bool, may_be_negative: bool) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        changed = random.choice((value + 1, value - 1, 0, 1, value * 2, -value))
        return changed if may_be_negative else abs(changed)
    if isinstance(value, float):
        return random.choice((value + 0.5, value / 2, 0.0, 1.0, float(round(value))))
    if isinstance(value, str):
        return random.choice(
            (_changed_word(value, [value], random), "" if may_be_empty else value, value + value)
        )
    if isinstance(value, list):
        if not value:
            return value
        how = random.random()
        if how < 0.4:
            place = random.randrange(len(value))
            changed = _changed_value(value[place], random, may_be_empty, may_be_negative)
            return [*value[:place], changed, *value[place + 1 :]]
        if how < 0.7:
            return _rearranged(value, random)
        shorter = value[:1] if how < 0.8 else value[:-1]
        return shorter if shorter or may_be_empty else value
    if isinstance(value, dict) and len(value) == 1:  # a tagged value: change what is inside
        tag, inside = next(iter(value.items()))
        return (
            {tag: _changed_value(inside, random, may_be_empty, may_be_negative)}
            if tag in ("$set", "$tuple")
            else value
        )
    return value
