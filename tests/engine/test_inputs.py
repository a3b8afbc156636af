"""Test inputs: read from replies, mutated from examples, legal or not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import islice

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from engine.world import DIVIDES, DOUBLE, PAIRS, RIGHT, RIGHT_TOO, Memory, World, finish, ran, settings
from sstar_lsp.engine.run.events import InputOrigin, InputRejected, InputsProposed
from sstar_lsp.engine.run.policy import POLICY
from sstar_lsp.engine.test_inputs.example_shape import Bounds, Count, Relation, bounds_of, misfit, shape_of
from sstar_lsp.engine.test_inputs.function_generator import typed_calls
from sstar_lsp.engine.test_inputs.legality import (
    LONGEST_INPUT,
    legality_of,
    odds_after_runs,
    rejected_by_runs,
)
from sstar_lsp.engine.test_inputs.minimize import reductions, resembling
from sstar_lsp.engine.test_inputs.mutation import mutations
from sstar_lsp.engine.test_inputs.proposals import has_enough, input_texts
from sstar_lsp.records import Problem, Style, Test
from sstar_lsp.settings import Rule
from sstar_sandbox import Sandbox, Verdict, from_json


def stdin_problem(*examples: str, statement: str = "s") -> Problem:
    return Problem("t", statement, public_tests=tuple(Test(text, "1\n") for text in examples))


def function_problem(*calls: str, statement: str = "s") -> Problem:
    return Problem(
        "t",
        statement,
        style=Style.FUNCTION,
        entry_point="f",
        public_tests=tuple(Test(call, "1") for call in calls),
    )


# --- replies --------------------------------------------------------------------------------------


def test_each_fenced_block_is_an_input_once_and_in_order() -> None:
    reply = "1. smallest\n```\n1\n5\n```\n2. equal\n```text\n2\n1 1\n```\nagain\n```\n1\n5\n```\n"
    assert input_texts(PAIRS, reply) == ["1\n5\n", "2\n1 1\n"]


GUESS = "987654321"


@pytest.mark.parametrize(
    "reply",
    [
        f"Input:\n```\n1\n5\n```\nOutput:\n```\n{GUESS}\n```\n",
        f"**Input**\n\n```\n1\n5\n```\n\n**Expected output:**\n\n```\n{GUESS}\n```\n",
        f"```input\n1\n5\n```\n```output\n{GUESS}\n```\n",
        f"```\nInput:\n1\n5\nOutput:\n{GUESS}\n```\n",
        f"```\n1\n5\n\nExpected Output:\n{GUESS}\n```\n",
        f"1. Input\n\n   ```\n   1\n   5\n   ```\n\n   Answer: \n\n   ```\n   {GUESS}\n   ```\n",
        f"```\n1\n5\n```\nResult is {GUESS}.\n",
    ],
)
def test_outputs_that_a_reply_guesses_are_not_read(reply: str) -> None:
    found = input_texts(PAIRS, reply)
    assert [text.strip() for text in found] == ["1\n5"]
    assert not any(GUESS in text for text in found)


@pytest.mark.parametrize(
    ("reply", "enough"),
    [
        ("```\n1\n```\n```\n2\n```\n", True),
        ("```\n1\n```\n```\n2", False),
        ("```\n1\n```\n```\n2\n", False),
        ("```\n1\n```\n", False),
    ],
)
def test_a_reply_that_holds_the_inputs_asked_for_is_not_waited_for(reply: str, enough: bool) -> None:
    assert has_enough(PAIRS, reply, 2) is enough


def test_function_style_reads_calls_and_none_of_their_guessed_results() -> None:
    reply = f"```python\nf(1, [2])  # {GUESS}\nassert f(-3, []) == {GUESS}\nprint(f('a)', (1,)))\n>>> f(1, [2])\n{GUESS}\n```"
    found = input_texts(function_problem("[1]"), reply)
    assert found == ["[1, [2]]", "[-3, []]", '["a)", {"$tuple": [1]}]']
    assert not any(GUESS in text for text in found)


@pytest.mark.parametrize(
    "line",
    ["f(x)", "f(range(3))", "f(a=1)", "f(__import__('os'))", "f(1 for _ in y)", "f(", "f(*[1])", "f", "g(1)"],
)
def test_what_is_no_call_with_literal_arguments_is_passed_over(line: str) -> None:
    assert input_texts(function_problem("[1]"), f"```python\n{line}\n```") == []


@given(st.text(max_size=200))
def test_any_reply_is_read_without_an_error_in_both_styles(reply: str) -> None:
    for text in input_texts(PAIRS, reply):
        assert text.strip()
    for call in input_texts(function_problem("[1]"), f"f({reply})"):
        assert isinstance(json.loads(call), list)


# --- shape ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "low", "high"),
    [
        ("1 ≤ n ≤ 100", 1, 100),
        ("$1 \\le n \\le 10^5$", 1, 10**5),
        ("-10^9 <= a_i <= 10^9", -(10**9), 10**9),
        ("0 ≤ x ≤ 2·10^5", 0, 200_000),
        ("$1 \\leq n, m \\leq 2 \\cdot 10^{5}$", 1, 200_000),
        ("1 <= len(nums) <= 1,000", 1, 1000),
        ("1 ≤ n ≤ 1e6", 1, 10**6),
        ("1 ≤ n ≤ 100, and\n−9 ≤ a ≤ 7", -9, 100),
        ("-10**9 < a < 10**9", -(10**9), 10**9),
    ],
)
def test_bounds_are_read_as_people_write_them(constraint: str, low: int, high: int) -> None:
    assert bounds_of(f"Text.\n\n{constraint}\n") == Bounds(low, high)


@pytest.mark.parametrize("text", ["", "no numbers", "n is at most 5", "a <= b", "9 ≤ n ≤ 1"])
def test_a_statement_without_bounds_has_none(text: str) -> None:
    assert bounds_of(text) is None


@given(st.text(max_size=80))
def test_bounds_are_looked_for_in_any_text_without_an_error(text: str) -> None:
    found = bounds_of(text)
    assert found is None or found.low <= found.high


def test_bounds_that_an_example_breaks_are_of_something_else() -> None:
    shape = shape_of(stdin_problem("3\n500 1 2\n", statement="1 ≤ n ≤ 100"))
    assert shape is not None
    assert shape.bounds is None


@pytest.mark.parametrize(
    ("example", "relation"),
    [
        ("3\n1 2 3\n", Relation.ROW),
        ("2\n1 2\n3 4\n", Relation.LINES),
        ("4\nabca\n", Relation.WIDTH),
    ],
)
def test_what_the_first_number_counts_is_seen(example: str, relation: Relation) -> None:
    shape = shape_of(stdin_problem(example))
    assert shape is not None
    if relation is Relation.LINES:
        shape = shape_of(stdin_problem(example, "1\n5 6\n"))
        assert shape is not None
    assert Count(0, 0, relation) in shape.counts


def test_a_count_that_one_example_contradicts_is_none() -> None:
    shape = shape_of(stdin_problem("3\n1 2 3\n", "3\n1 2\n"))
    assert shape is not None
    assert shape.counts == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("3\n1 2\n", "does not count"),
        ("2\n1 2\n3\n", "3 lines"),
        ("2\n1 x\n", "no integer"),
        ("two\n1 2\n", "does not count"),
        ("2\n1 1000\n", "outside of the limits"),
    ],
)
def test_an_input_of_another_shape_is_told_why(text: str, reason: str) -> None:
    shape = shape_of(PAIRS)
    assert shape is not None
    assert reason in (misfit(shape, text) or "")


def test_every_example_fits_its_own_shape() -> None:
    for examples in (("3\n1 2 3\n", "1\n5\n"), ("2\nab\ncd\n",), ("1 2\n3 4\n", "5 6\n7 8\n")):
        shape = shape_of(stdin_problem(*examples))
        assert shape is not None
        assert [misfit(shape, text) for text in examples] == [None] * len(examples)


# --- mutation -------------------------------------------------------------------------------------

grids = st.lists(st.lists(st.integers(-50, 50), min_size=1, max_size=6), min_size=1, max_size=4)


@pace(deadline=None)
@given(grids, st.integers(0, 5))
def test_mutants_keep_the_shape_and_are_new_and_the_same_each_time(rows: list[list[int]], seed: int) -> None:
    examples = [f"{len(row)}\n{' '.join(map(str, row))}\n" for row in rows]
    problem = stdin_problem(*examples, statement="-60 ≤ a ≤ 60")
    shape = shape_of(problem)
    assert shape is not None
    found = mutations(problem, 8, seed)
    assert found == mutations.__wrapped__(problem, 8, seed)
    assert len(found) <= 8
    assert len({text.strip() for text in found}) == len(found)
    assert not {text.strip() for text in found} & {text.strip() for text in examples}
    assert [misfit(shape, text) for text in found] == [None] * len(found)
    assert list(found) == sorted(found, key=len)


def test_an_example_gives_as_many_mutants_as_are_wanted() -> None:
    assert len(mutations(PAIRS, 12, 0)) == 12
    assert mutations(PAIRS, 12, 0) != mutations(PAIRS, 12, 1)


COMMANDS = "4\n+ 3\n? 1 2\n- 3\n? 2 1\n"
LENGTHS = "3\n1 7\n2 5 5\n3 1 2 4\n"
CLOCKS = "2\n10:20:30\n01:02:03\n"
GRID = "3 3\n..x\nx..\n.x.\n"


@pytest.mark.parametrize(
    ("example", "is_kept"),
    [
        (COMMANDS, lambda rows: all((row[0] == "?") == (len(row) == 3) for row in rows[1:])),
        (LENGTHS, lambda rows: all(int(row[0]) == len(row) - 1 for row in rows[1:])),
        (CLOCKS, lambda rows: all(re.fullmatch(r"\d\d:\d\d:\d\d", row[0]) for row in rows[1:])),
        (GRID, lambda rows: len({len(row[0]) for row in rows[1:]}) == 1),
    ],
    ids=["words say what follows", "rows tell their length", "one pattern", "one width"],
)
def test_mutants_keep_what_all_lines_of_the_examples_have_in_common(
    example: str, is_kept: Callable[[list[list[str]]], bool]
) -> None:
    found = mutations(stdin_problem(example), 40, 0)
    assert len(found) >= 5
    assert [text for text in found if not is_kept([line.split() for line in text.splitlines()])] == []


def test_mutants_keep_the_blank_at_the_end_of_a_line_that_all_examples_have() -> None:
    found = mutations(stdin_problem("2\nann bob \n", "3\nann bob eve \n"), 20, 0)
    assert found
    assert all(
        text.splitlines()[1].endswith(" ") and not text.splitlines()[0].endswith(" ") for text in found
    )


def test_a_smaller_input_keeps_that_blank_too() -> None:
    problem = stdin_problem("2\nann bob \n", "3\nann bob eve \n")
    found = list(reductions(problem, "3\nann bob eve \n"))
    assert found
    assert all(text.splitlines()[1].endswith(" ") for text in found)


def test_a_word_is_changed_into_words_of_its_column_and_no_number() -> None:
    found = mutations(stdin_problem("3\nab 1\ncd 2\nef 3\n"), 40, 0)
    assert found
    assert not [t for t in found for row in t.splitlines()[1:] if any(c.isdigit() for c in row.split()[0])]


@pytest.mark.parametrize(
    ("calls", "is_kept"),
    [
        (["[[[1, 2], [3, 4], [5, 6]]]"], lambda rows: {len(row) for row in rows} <= {2}),
        (["[[[1, 2, 3], [4, 5, 6]]]", "[[[1], [2]]]"], lambda rows: len({len(row) for row in rows}) <= 1),
    ],
    ids=["pairs", "tables"],
)
def test_member_lists_have_one_length_where_those_of_all_examples_have(
    calls: list[str], is_kept: Callable[[list[list[int]]], bool]
) -> None:
    problem = function_problem(*calls)
    made = [*mutations(problem, 20, 0), *islice(typed_calls(problem, 0), 60)]
    smaller = reductions(problem, "[[[7, 8], [9, 9]]]")
    found = [json.loads(text)[0] for text in [*made, *smaller] if text]
    assert len({len(rows) for rows in found}) > 2
    assert [rows for rows in found if not is_kept(rows)] == []


def test_member_lists_of_several_lengths_stay_so() -> None:
    found = [json.loads(text)[0] for text in islice(typed_calls(function_problem("[[[1], [2, 3]]]"), 0), 60)]
    assert any(len({len(row) for row in rows}) > 1 for rows in found)


values = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.floats(-9, 9) | st.text("abc ", max_size=4) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.builds(lambda items: {"$tuple": items}, st.lists(inner)),
    max_leaves=6,
)


@pace(deadline=None)
@given(st.lists(values, min_size=1, max_size=3), st.integers(0, 3))
def test_mutated_calls_are_arguments_as_json_and_the_same_each_time(call: list[object], seed: int) -> None:
    problem = function_problem(json.dumps(call))
    found = mutations(problem, 5, seed)
    assert found == mutations(problem, 5, seed)
    for text in found:
        assert len(json.loads(text)) == len(call)
        from_json(text)


def test_what_the_statement_forbids_is_not_made_from_its_examples() -> None:
    problem = function_problem("[[1, 2, 3]]", statement="A non-empty list of positive integers.")
    found = [json.loads(text)[0] for text in mutations(problem, 30, 0)]
    assert found
    assert all(items for items in found)
    assert all(item >= 0 for items in found for item in items)


@pytest.mark.parametrize(
    "problem",
    [
        evolve(PAIRS, public_tests=()),
        function_problem('{"$check": "assert set(f(1)) == {2}"}'),
        evolve(DOUBLE, public_tests=()),
        function_problem("[]"),
        stdin_problem("\n"),
    ],
)
def test_nothing_to_change_gives_no_mutants(problem: Problem) -> None:
    assert mutations(problem, 5, 0) == ()


# --- validity -------------------------------------------------------------------------------------


def test_an_input_that_nobody_can_read_is_illegal() -> None:
    legality = legality_of(stdin_problem())
    assert "characters" in (legality.why_illegal("1" * (LONGEST_INPUT + 1)) or "")
    assert legality.why_illegal("1\n") is None


@pytest.mark.parametrize(
    ("verdicts", "is_rejected"),
    [
        ((Verdict.RE, Verdict.RE, Verdict.RAN), True),
        ((Verdict.RE, Verdict.RAN), False),
        ((Verdict.RE, Verdict.RE), True),
        ((Verdict.RAN, Verdict.RAN, Verdict.RE), False),
        ((Verdict.TLE, Verdict.TLE), False),
    ],
)
def test_an_input_on_which_most_crash_is_rejected(verdicts: tuple[Verdict, ...], is_rejected: bool) -> None:
    reason = rejected_by_runs(POLICY.legal_otherwise, [ran("", verdict) for verdict in verdicts])
    assert (reason is not None) == is_rejected
    assert reason is None or "crash" in reason


def test_an_input_that_nobody_ran_is_not_rejected() -> None:
    assert rejected_by_runs(POLICY.legal_otherwise, []) is None


@pytest.mark.parametrize(
    ("last_line", "refuses"),
    [
        ("EOFError: EOF when reading a line", True),
        ("ValueError: invalid literal for int() with base 10: 'x'", True),
        ("ValueError: not enough values to unpack (expected 2, got 1)", True),
        ("AssertionError", True),
        ("prog: main.cpp:3: int main(): Assertion `n < 5' failed.", True),
        ("IndexError: list index out of range", False),
        ("ZeroDivisionError: division by zero", False),
    ],
)
def test_an_input_that_one_program_cannot_read_is_rejected_for_whole_programs(
    last_line: str, refuses: bool
) -> None:
    crash = evolve(ran("", Verdict.RE), error=f"Traceback (most recent call last):\n{last_line}\n")
    runs = [crash, ran("1"), ran("2")]
    reason = rejected_by_runs(POLICY.legal_otherwise, runs, Style.STDIN)
    assert (reason is not None) is refuses
    assert not refuses or last_line[:60] in str(reason)
    assert rejected_by_runs(POLICY.legal_otherwise, runs, Style.FUNCTION) is None


def test_an_input_of_a_known_format_outlives_one_refusal_but_is_less_probably_legal() -> None:
    refuses = evolve(ran("", Verdict.RE), error="EOFError: EOF when reading a line\n")
    runs = [refuses, ran("1"), ran("2")]
    assert rejected_by_runs(POLICY.legal_by_format, runs, Style.STDIN) is None
    assert rejected_by_runs(POLICY.legal_by_format, [refuses, *runs], Style.STDIN) is not None
    odds = [odds_after_runs(POLICY.legal_by_format, met, Style.STDIN) for met in ([ran("1")] * 3, runs)]
    assert odds[0] > odds[1] > 1


@pytest.mark.parametrize(
    ("text", "is_alike"),
    [
        ("3 09:15\n5 2 9\n", True),
        ("2 09:15\n2 2\n", True),  # a count may be smaller than in any example
        ("2 9:5\n2 2\n", False),  # no time of day
        ("2 09:15\n2 1\n", False),  # 1 is below all values seen
    ],
)
def test_a_smaller_input_keeps_what_examples_have_in_common_where_no_format_is_told(
    text: str, is_alike: bool
) -> None:
    problem = stdin_problem("3 07:30\n4 2 9\n", "4 10:45\n3 3 2 8\n")
    assert resembling(problem, legality_of(problem))(text) is is_alike


async def test_a_models_illegal_inputs_are_journaled_with_their_reason_and_never_run(
    sandbox: Sandbox,
) -> None:
    journal = Memory()
    world = World(samples=(RIGHT, RIGHT_TOO), inputs=("7\n1 2\n", "2\n3 4\n"))
    state = await finish(sandbox, world, settings=settings(samples=2, rule=Rule.PAPER), journal=journal)
    bad = next(item for item in state.inputs.values() if item.text == "7\n1 2\n")
    assert [event.input_id for event in journal.of(InputRejected)] == [bad.id]
    assert "too few for a" in state.rejected[bad.id]
    assert all(bad.id not in known for known in state.outcomes.values())


async def test_inputs_say_where_they_come_from(sandbox: Sandbox) -> None:
    journal = Memory()
    world = World(
        samples=(RIGHT, "input()\nprint(1)\n"), inputs=("2\n3 4\n",), pair=("2\n3 -3\n", "2\n3 4\n")
    )
    await finish(sandbox, world, settings=settings(samples=2, inputs=1, rule=Rule.PAPER), journal=journal)
    origins = [event.inputs[0].origin for event in journal.of(InputsProposed)]
    assert origins == [InputOrigin.MODEL, InputOrigin.MUTATION, InputOrigin.PAIR]


async def test_an_example_is_no_further_input(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, RIGHT_TOO), inputs=(PAIRS.public_tests[0].input,))
    state = await finish(sandbox, world, settings=settings(samples=2))
    assert PAIRS.public_tests[0].input not in {item.text for item in state.inputs.values()}


async def test_no_inputs_are_asked_for_where_one_program_survives(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, DIVIDES))
    state = await finish(sandbox, world, settings=settings(samples=2, rounds=0))
    assert world.count("inputs") == 0
    assert state.inputs == {}
