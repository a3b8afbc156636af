"""Make a distinguishing input smaller while it still distinguishes: delta debugging under the validity check.

A judge and a person can only check small inputs by hand. Zeller & Hildebrandt, "Simplifying and isolating
failure-inducing input" (IEEE TSE 2002), with reductions that keep an input's shape.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sstar_lsp.engine.run.events import CaseInput, InputOrigin
from sstar_lsp.engine.run.executor import same_output
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.test_inputs.example_invariants import keeps_invariants, keeps_minima
from sstar_lsp.engine.test_inputs.example_shape import Relation, is_integer, rows, shape_of, text_of
from sstar_lsp.engine.test_inputs.legality import Legality, legality_of
from sstar_lsp.engine.test_inputs.mutation import recount
from sstar_lsp.engine.test_inputs.structures import repaired_text, structures_of
from sstar_lsp.engine.test_inputs.value_types import keeps_member_lengths, parameters_of
from sstar_lsp.records import Problem, Style
from sstar_sandbox import Mode

SMALL_ENOUGH = 10
"""Characters; shorter inputs are left as they are."""


async def shrink(runner: ProgramRunner, left: str, right: str, item: CaseInput) -> None:
    """Propose a smaller input on which two programs differ and both end well, where there is one."""
    is_known = any(other.parent == item.id for other in runner.state.inputs.values())
    if is_known or item.origin is InputOrigin.SHRUNK or len(item.text) <= SMALL_ENOUGH:
        return
    outcomes = runner.state.outcomes
    if not (outcomes[left][item.id].ended_well and outcomes[right][item.id].ended_well):
        return
    legality = legality_of(runner.state.problem, runner.state.without)
    is_alike = resembling(runner.state.problem, legality)
    best = item.text
    for _ in range(runner.state.policy.minimize_rounds):
        made = reductions(runner.state.problem, best)
        smaller = (text for text in made if len(text) <= len(best) and text != best)
        legal = (text for text in smaller if legality.why_illegal(text) is None and is_alike(text))
        tried = list(dict.fromkeys(islice(legal, runner.state.policy.minimize_tries)))
        found = await _first_apart(runner, left, right, tried)
        if found is None:
            break
        best = found
    if best != item.text:
        await runner.record.propose([best], InputOrigin.SHRUNK, item.id)


def resembling(problem: Problem, legality: Legality) -> Callable[[str], bool]:
    """Says of a smaller input whether it keeps what the examples have in common, where no whole format tells what
    is legal; else it is always so."""
    is_told = legality.format is not None and legality.format.is_whole
    examples = [rows(test.input) for test in problem.public_tests if not test.is_check and test.input.strip()]
    if problem.style is Style.FUNCTION or is_told or legality.shape is None or not examples:
        return lambda _: True
    rules = (keeps_invariants(legality.shape, examples), keeps_minima(legality.shape, examples))

    def is_alike(text: str) -> bool:
        grid = rows(text)
        return all(rule(grid) for rule in rules)

    return is_alike


async def _first_apart(runner: ProgramRunner, left: str, right: str, texts: list[str]) -> str | None:
    """The first text on which both programs end well and differ."""
    programs = [runner.state.candidates[name] for name in (left, right)]
    first, second = [await runner.execute(program, texts, mode=Mode.BATCH) for program in programs]
    for text, one, other in zip(texts, first, second, strict=True):
        if one.ended_well and other.ended_well and not same_output(runner.state.problem.checker, one, other):
            return text
    return None


def reductions(problem: Problem, text: str) -> Iterator[str]:
    """Smaller inputs of the same make, the boldest first."""
    return _smaller_calls(problem, text) if problem.style is Style.FUNCTION else _smaller_texts(problem, text)


def _smaller_calls(problem: Problem, text: str) -> Iterator[str]:
    try:
        call = json.loads(text)
    except ValueError:
        return
    if not isinstance(call, list):
        return
    structures = structures_of(problem)
    if structures is not None and structures.form.is_object:
        for low, high in _cuts(len(call[0]) - 1):  # the first call makes the object
            parts = [[*part[: low + 1], *part[high + 1 :]] for part in call]
            yield json.dumps(parts, ensure_ascii=False)
        return
    parameters = parameters_of(problem)
    for place, value in enumerate(call):
        kinds = parameters[place] if place < len(parameters) else ()
        for smaller in _smaller(value):
            if not keeps_member_lengths(kinds, smaller):
                continue
            made = json.dumps([*call[:place], smaller, *call[place + 1 :]], ensure_ascii=False)
            repaired = repaired_text(structures, made)
            if repaired is not None:
                yield repaired


def _smaller_texts(problem: Problem, text: str) -> Iterator[str]:
    shape = shape_of(problem)
    if shape is None:
        return
    grid = [list(row) for row in rows(text)]
    start = shape.body_start
    for cut in _cuts(len(grid) - start) if start is not None else ():
        made = [*grid[:start], *([*grid[start:]][: cut[0]] + [*grid[start:]][cut[1] :])]
        yield text_of(shape, shape_recounted(shape, made))
    for count in shape.counts:
        line = count.line + 1
        if count.relation is Relation.LINES or line >= len(grid):
            continue
        for low, high in _cuts(len(grid[line])) if count.relation is Relation.ROW else ():
            made = [*grid[:line], grid[line][:low] + grid[line][high:], *grid[line + 1 :]]
            yield text_of(shape, shape_recounted(shape, made))
    for place, row in enumerate(grid):
        for token, value in enumerate(row):
            for smaller in _smaller(int(value) if is_integer(value) else value):
                changed = [*row[:token], str(smaller), *row[token + 1 :]]
                yield text_of(shape, [*grid[:place], changed, *grid[place + 1 :]])


def shape_recounted(shape: Any, grid: list[list[str]]) -> list[list[str]]:
    """The grid with its counts set right; the caller's rows stay as they are."""
    made = [list(row) for row in grid]
    recount(shape, made)
    return made


def _cuts(size: int) -> Iterator[tuple[int, int]]:
    """Pieces to leave out: halves, quarters, then single ones."""
    piece = size // 2
    while piece:
        for low in range(0, size, piece):
            yield low, min(size, low + piece)
        piece //= 2


def _smaller(value: Any) -> Iterator[Any]:
    """Simpler values of the same type."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        for other in dict.fromkeys((0, 1, value // 10, value // 2, value - 1 if value > 0 else value + 1)):
            if abs(other) < abs(value):
                yield other
    elif isinstance(value, float):
        for rounded in dict.fromkeys((0.0, 1.0, float(int(value)), round(value, 1))):
            if len(repr(rounded)) < len(repr(value)):
                yield rounded
    elif isinstance(value, str):
        for low, high in _cuts(len(value)):
            yield value[:low] + value[high:]
    elif isinstance(value, list):
        for low, high in _cuts(len(value)):
            yield value[:low] + value[high:]
        for place, member in enumerate(value):
            for smaller in _smaller(member):
                yield [*value[:place], smaller, *value[place + 1 :]]
    elif isinstance(value, dict) and len(value) == 1:
        tag, inside = next(iter(value.items()))
        if tag in ("$set", "$tuple"):
            for smaller in _smaller(inside):
                yield {tag: smaller}
