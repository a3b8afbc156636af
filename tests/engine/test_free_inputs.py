"""Inputs that cost no model: of the examples' kinds and shapes, within what the statement allows, the same each time."""

from __future__ import annotations

import json
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from engine.world import DOUBLE, UNBOUNDED
from sstar_lsp.engine.run.events import InputOrigin
from sstar_lsp.engine.test_inputs.example_shape import misfit, rows, shape_of
from sstar_lsp.engine.test_inputs.free_inputs import WAVE, cheap_waves
from sstar_lsp.engine.test_inputs.function_generator import typed_calls
from sstar_lsp.engine.test_inputs.input_format import format_of, why_not
from sstar_lsp.engine.test_inputs.legality import legality_of
from sstar_lsp.engine.test_inputs.mutation import mutations
from sstar_lsp.engine.test_inputs.value_types import (
    Base,
    allowed_by,
    example_calls,
    kind_of,
    merged,
    parameters_of,
)
from sstar_lsp.records import Problem, Style, Test


def function(*calls: str, statement: str = "s", starter: str = "", name: str = "f") -> Problem:
    tests = tuple(Test(call, "1") for call in calls)
    return Problem("t", statement, Style.FUNCTION, name, starter, tests)


# --- kinds ------------------------------------------------------------------------------------------


def test_kinds_are_learnt_from_examples_and_from_annotations_where_there_are_none() -> None:
    seen = parameters_of(function('[[1, 2], "ab"]', '[[], "c"]'))
    assert [[kind.base for kind in kinds] for kinds in seen] == [[Base.LIST], [Base.TEXT]]
    starter = "def f(xs: List[float], word: str, n: Optional[int] = None):\n    pass\n"
    said = parameters_of(function(starter=starter))
    assert [[kind.base for kind in kinds] for kinds in said] == [
        [Base.LIST],
        [Base.TEXT],
        [Base.INT, Base.NONE],
    ]
    assert said[0][0].inner[0].base is Base.FLOAT


def test_a_whole_number_among_fractions_is_a_fraction() -> None:
    (kind,) = merged([kind_of(1), kind_of(2.5)])
    assert (kind.base, kind.low, kind.high) == (Base.FLOAT, 1, 2.5)


def test_without_examples_and_annotations_no_call_is_made() -> None:
    assert list(typed_calls(function(), 0)) == []


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("import math\nassert math.isclose(f(2.5, [1]), 3)", [[2.5, [1]]]),
        ("assert not f('a')\nassert f('b') == (1, 2)", [["b"], ["a"]]),
        ("assert set(f([1])) == {1}", []),  # programs may print the values in any order
        ("assert f(g(2)) == 1 and f(*[3])", []),  # no literals
        ("assert f(", []),
    ],
)
def test_the_call_inside_an_assert_is_changed_like_a_plain_one(
    source: str, calls: list[list[object]]
) -> None:
    problem = function(json.dumps({"$check": source}))
    assert example_calls(problem) == calls
    assert bool(mutations(problem, 10, 0)) == bool(calls)


values = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.floats(-9, 9) | st.text("abc -", max_size=5) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.builds(lambda items: {"$tuple": items}, st.lists(inner)),
    max_leaves=6,
)


@pace(deadline=None)
@given(st.lists(values, min_size=1, max_size=3), st.integers(0, 3))
def test_made_calls_are_legal_and_the_same_each_time(call: list[object], seed: int) -> None:
    problem = function(json.dumps(call))
    made = list(islice(typed_calls(problem, seed), 10))
    assert made == list(islice(typed_calls(problem, seed), 10))
    legality = legality_of(problem)
    assert [legality.why_illegal(text) for text in made] == [None] * len(made)


@pytest.mark.parametrize(
    ("call", "statement", "reason"),
    [
        ("[[]]", "a non-empty list", "empty"),
        ("[[-1]]", "a list of positive integers", "not negative"),
        ("[[0]]", "a list of positive integers", "positive"),
        ('[["a"]]', "a list", "str"),
        ("[[1], 2]", "a list", "2 arguments"),
        ("[3]", "a list", "argument 1"),
        ("[null]", "a list", "None"),
    ],
)
def test_a_call_that_the_statement_excludes_is_told_why(call: str, statement: str, reason: str) -> None:
    problem = function("[[1, 2]]", statement=statement)
    assert reason in (legality_of(problem).why_illegal(call) or "")
    assert legality_of(problem).why_illegal("[[2, 5, 5]]") is None


def test_what_an_example_has_is_allowed_whatever_the_words_are() -> None:
    problem = function("[[-1]]", "[[]]", statement="positive and non-empty")
    allowed = allowed_by(problem, parameters_of(problem))
    assert (allowed.negative, allowed.empty, allowed.zero) == (True, True, True)


# --- standard input -----------------------------------------------------------------------------------


def stdin(*examples: str, statement: str = "s") -> Problem:
    return Problem("t", statement, public_tests=tuple(Test(text, "1\n") for text in examples))


@pace(deadline=None)
@given(st.lists(st.lists(st.integers(-50, 50), min_size=1, max_size=6), min_size=1, max_size=4))
def test_changed_examples_keep_the_shape_of_the_examples(lists: list[list[int]]) -> None:
    problem = stdin(*(f"{len(row)}\n{' '.join(map(str, row))}\n" for row in lists))
    shape = shape_of(problem)
    assert shape is not None
    made = mutations(problem, 8, 1)
    assert made == mutations.__wrapped__(problem, 8, 1)
    assert [misfit(shape, text) for text in made] == [None] * len(made)


def test_values_are_changed_for_values_of_the_same_column() -> None:
    problem = stdin("2\n1 900 N\n2 800 S\n", "1\n1 700 W\n")
    made = mutations(problem, 40, 1)
    assert len(made) > 10
    for text in made:
        for first, second, word in rows(text)[1:]:
            assert int(first) <= 3
            assert int(second) >= 699
            assert set(word) <= set("NSW")


def test_lines_of_several_fields_are_not_rearranged_within() -> None:
    for text in mutations(stdin("3\n1 900\n2 800\n4 990\n", "1\n3 700\n"), 40, 1):
        assert all(int(first) < int(second) for first, second in rows(text)[1:])


def test_the_fields_of_a_board_stay_of_one_character_and_take_each_of_them() -> None:
    made = mutations(stdin("X O X\nX O O\n_ X O\n", "_ _ _\n_ _ _\n_ _ _\n"), 40, 1)
    assert len(made) > 20
    assert {token for text in made for row in rows(text) for token in row} == set("XO_")


def test_commands_keep_their_order() -> None:
    example = "6\n+ 5\n? 1\n- 5\n+ 7\n? 7\n- 7\n"
    made = mutations(stdin(example), 60, 1)
    assert len(made) > 10
    assert all(text == example or sorted(rows(text)) != sorted(rows(example)) for text in made)


def test_times_that_rise_still_rise() -> None:
    made = mutations(stdin("4\n07:30\n08:05\n09:55\n10:00\n", "2\n12:00\n12:01\n"), 40, 1)
    assert len(made) > 3
    for text in made:
        times = [row[0] for row in rows(text)[1:]]
        assert times == sorted(set(times))


# --- waves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [UNBOUNDED, DOUBLE])
def test_waves_hold_new_inputs_and_no_example(problem: Problem) -> None:
    waves = cheap_waves(problem, 30, 0)
    assert waves == cheap_waves(problem, 30, 0)
    assert all(len(wave) <= 2 * WAVE for wave in waves)
    texts = [text.strip() for wave in waves for _, text in wave]
    assert len(texts) == len(set(texts))
    assert not {test.input.strip() for test in problem.public_tests} & set(texts)
    assert InputOrigin.MUTATION in {origin for wave in waves for origin, _ in wave}
    assert cheap_waves(problem, 0, 0) == []


@pace(deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for statement in (text, f"## Input\n\n{text}"):
        problem = stdin("3 2\n1 2 3\n", statement=statement)
        shape = shape_of(problem)
        assert shape is None or misfit(shape, "3 2\n1 2 3\n") is None
        form = format_of(problem)
        assert form is None or why_not(form, "3 2\n1 2 3\n") is None
