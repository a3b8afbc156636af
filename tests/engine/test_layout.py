"""Formats that no sentence about lines tells: variables laid over the examples; and promises that make a format not whole."""

from __future__ import annotations

from itertools import islice

import pytest

from engine.test_input_format import stdin
from sstar_lsp.engine.test_inputs.free_inputs import cheap_waves
from sstar_lsp.engine.test_inputs.input_format import described, format_of, format_texts, why_not
from sstar_lsp.engine.test_inputs.input_format.layout import variables
from sstar_lsp.engine.test_inputs.input_format.model import Order, Structure
from sstar_lsp.records import Problem, Test

YARDS = stdin(
    "The input consists of:\n\n- One line with two integers $r$ and $c$ ($1 <= r, c <= 30$), the size of the yard.\n\n"
    "- $r$ lines, each with $c$ characters that are either `M`, a molehill, or `_`, grass.",
    "2 3\nM_M\n__M\n",
    "1 2\n__\n",
)
SPELLS = stdin(
    "The first line has $n$ ($1 <= n <= 50$), the number of spells. Then, $n$ descriptions of a spell follow. Each "
    "description contains two numbers $1 <= from <= 9$.",
    "2\n1 7\n5 5\n",
)
NAPS = stdin(
    "The first line holds an integer $1 <= N <= 40$.\nThen, $N$ descriptions of a nap follow. Each description contains two "
    "numbers $0 <= a <= b <= 99$.",
    "2\n1 7\n5 5\n",
    "1\n3 9\n",
)
CAKES = (
    "The first line of the input gives the number of test cases, T. T test cases follow. Each begins with one line with "
    "two integers N and K. Then, N lines follow. The i-th of these has two integers W_i and H_i.\n\n"
    "## Limits\n\n1 ≤ T ≤ 9.\n\n1 ≤ N ≤ 20.\n\n0 ≤ K ≤ 5.\n\n1 ≤ W_i ≤ 25, for all i.\n\n3 ≤ H_i ≤ 26, for all i.%s"
)
CASES = stdin(CAKES % "", "2\n1 4\n5 5\n2 0\n1 3\n7 8\n")
CODES = stdin(
    "The first line gives T. T test cases follow. Each consists of one line with a string S, each character of which is "
    "either `x` or `o`.\n\n## Limits\n\n1 ≤ T ≤ 100.\n\n2 ≤ length of S ≤ 6.",
    "2\nxo\noox\n",
)


@pytest.mark.parametrize("problem", [YARDS, NAPS, CASES, CODES])
def test_variables_are_laid_over_the_examples(problem: Problem) -> None:
    form = format_of(problem)
    assert form is not None
    assert form.is_whole
    drawn = list(islice(format_texts(form, 1), 40))
    assert len(set(drawn)) > 20
    assert [why_not(form, text) for text in drawn] == [None] * len(drawn)


def test_what_is_drawn_has_the_lines_that_the_words_tell_of() -> None:
    form = format_of(CASES)
    assert form is not None
    for text in islice(format_texts(form, 1), 20):
        lines = [line.split() for line in text.splitlines()]
        place = 1
        for _ in range(int(lines[0][0])):
            n, k = map(int, lines[place])
            rows = lines[place + 1 : place + 1 + n]
            assert 0 <= k <= 5
            assert len(rows) == n
            assert all(1 <= int(width) <= 25 and 3 <= int(height) <= 26 for width, height in rows)
            place += 1 + n
        assert place == len(lines)


def test_a_layout_whose_numbers_have_no_bounds_is_none() -> None:
    assert format_of(SPELLS) is None


def test_two_layouts_that_fit_are_none() -> None:
    """Rows and columns are as many in all examples, and nothing says which of them counts the lines."""
    section = "It holds $r$ and $c$ ($1 <= r, c <= 9$), and then a picture of `#` and `.`."
    assert format_of(stdin(section, "2 2\n#.\n..\n")) is None


def test_variables_stand_in_the_order_of_their_first_mention_without_indices() -> None:
    text = "One line with $n$ and $x_1, \\dots, x_n$; the $i$-th of $k$ pairs $(p_i, q_i)$ ($1 <= p_i <= n$), `A` or `B`."
    assert variables(text) == ("n", "x_", "k", "p_", "q_")
    assert variables("Two integers N and P, then N lines with W_i.") == ("N", "P", "W_")


@pytest.mark.parametrize(
    "promise",
    [
        "The sum of all W_i is below K.",
        "All cakes are distinct.",
        "H_i is odd, for all i.",
        "No two cakes overlap.",
    ],
)
def test_a_promise_among_the_limits_makes_a_format_not_whole(promise: str) -> None:
    form = format_of(stdin(CAKES % f"\n\n{promise}", "2\n1 4\n5 5\n2 0\n1 3\n7 8\n"))
    assert form is not None
    assert not form.is_whole


def test_distinct_values_of_a_variable_are_read_from_the_limits() -> None:
    form = format_of(stdin(CAKES % "\n\nAll W_i are distinct.", "2\n1 4\n5 5\n2 0\n1 3\n7 8\n"))
    assert form is not None
    assert form.is_whole
    assert {each.name for each in form.fields() if each.distinct} == {"W_"}


def test_a_chain_of_one_variable_is_an_order() -> None:
    section = "The first line has $n$ ($1 <= n <= 9$).\nThe next line has $n$ integers $t_1, ..., t_n$ ($1 <= t_i <= 50$), that is, $t_1 < t_2 < ... < t_n$."
    form = format_of(stdin(section, "3\n1 4 9\n"))
    assert form is not None
    assert [each.order for each in form.fields()] == [Order.NONE, Order.STRICT]


def test_lists_that_are_sorted_together_are_all_sorted() -> None:
    section = (
        "The first line has $n$ and $m$ ($1 <= n, m <= 9$).\nThe second line has $n$ integers $a_i$ ($1 <= a_i <= 50$).\n"
        "The third line has $m$ integers $b_i$ ($1 <= b_i <= 50$).\nBoth lists are sorted in increasing order."
    )
    form = format_of(stdin(section, "3 2\n1 4 9\n2 2\n"))
    assert form is not None
    assert [each.order for each in form.fields()] == [Order.NONE, Order.NONE, Order.RISING, Order.RISING]


def test_one_edge_fewer_than_towns_is_a_tree_without_the_word() -> None:
    section = (
        "The first line has $N$ ($1 <= N <= 100$).\nThe next $N-1$ lines each have two integers $u$ and $v$ "
        "($1 <= u, v <= N$), a road. The roads connect all towns."
    )
    form = format_of(stdin(section, "3\n1 2\n3 2\n"))
    assert form is not None
    assert form.blocks[1].structure is Structure.TREE


def test_places_on_a_grid_are_no_graph() -> None:
    section = (
        "The first line has $W$, $H$ and $N$ ($1 <= W, H <= 20$, $1 <= N <= 5$).\nThe next $N$ lines each have two integers "
        "$x_i$ and $y_i$ ($1 <= x_i <= W$, $1 <= y_i <= H$). No two places are the same."
    )
    form = format_of(stdin(section, "3 4 2\n1 2\n2 1\n"))
    assert form is not None
    assert form.blocks[1].structure is Structure.NONE
    assert form.blocks[1].distinct_rows
    assert why_not(form, "3 4 2\n1 2\n2 1\n") is None


def test_bounds_of_a_table_hold_where_every_group_has_them() -> None:
    statement = (
        "## Input\n\nThe first line has $n$ and $k$ ($1 <= k <= n$).\n\n## Output\n\nOne number.\n\n## Scoring\n\n"
        "| Group | Points | Limits |\n| 1 | 40 | $n <= 10$, $k <= 2$ |\n| 2 | 60 | $n <= 5000$ |\n"
    )
    form = format_of(Problem("t", statement, public_tests=(Test("4 3\n", "1\n"),)))
    assert form is not None
    assert why_not(form, "5000 4999\n") is None
    assert why_not(form, "5001 1\n") is not None


def test_a_format_is_told_with_what_was_not_understood() -> None:
    form = format_of(stdin(CAKES % "\n\nNo two cakes overlap.", "2\n1 4\n5 5\n2 0\n1 3\n7 8\n"))
    assert form is not None
    told = described(form)
    assert not told["is_whole"]
    assert told["lines"] == [
        "1 line: T (integer, statement)",
        "T times",
        "  1 line: N (integer, statement); K (integer, statement)",
        "  N lines: W (integer, statement); H (integer, statement)",
    ]
    assert "3 <= H_i <= 26" in told["bounds"]
    assert told["unread"] == ["No two cakes overlap."]


def test_two_different_things_on_a_line_are_not_the_same() -> None:
    section = (
        "The first line has $n$ and $m$ ($2 <= n <= 9$, $1 <= m <= 9$).\nEach of the next $m$ lines has two different towns "
        "$a_i$ and $b_i$ ($1 <= a_i, b_i <= n$)."
    )
    form = format_of(stdin(section, "3 2\n1 2\n3 2\n"))
    assert form is not None
    assert why_not(form, "3 1\n2 2\n") is not None
    for text in islice(format_texts(form, 1), 30):
        assert all(a != b for a, b in (line.split() for line in text.splitlines()[1:]))


def test_a_length_that_the_statement_tells_holds_for_letters_of_the_examples() -> None:
    section = "The first line has $n$ ($1 <= n <= 40$).\nThe second line is a text of $n$ characters."
    form = format_of(stdin(section, "4\nabba\n"))
    assert form is not None
    assert why_not(form, "3\nab\n") == "ab has 2 characters instead of 3"


def test_a_range_of_letters_needs_no_word_before_it() -> None:
    form = format_of(stdin("One line with a word of $1$ to $300$ lowercase letters.", "abba\n"))
    assert form is not None
    assert [(each.low, each.high) for each in form.fields()] == [(1, 300)]
    assert 1 in {len(text.strip()) for text in islice(format_texts(form, 1), 20)}


def test_the_only_list_without_a_name_is_the_only_variable_without_a_place() -> None:
    section = "The first line has $n$ ($1 <= n <= 9$).\nThe second line has $n$ integers, the heights."
    problem = stdin(f"{section}\n\n## Constraints\n\n$-5 <= h_i <= 70$", "3\n1 2 3\n")
    form = format_of(problem)
    assert form is not None
    assert [each.name for each in form.fields()] == ["n", "h_"]
    assert any("70" in text.split() for text in islice(format_texts(form, 1), 20))


@pytest.mark.parametrize("example", ["%s\n", "%s 1\n", "1\n%s\n", "2\n1 %s\n"])
@pytest.mark.parametrize(
    "section",
    [
        "One line with $n$ ($1 <= n <= 10^{9999}$).",
        "The input gives T. T test cases follow, each a line with N, 1 <= N.",
        "It holds $n$ and then $a_i$ ($1 <= n, a_i <= 5$).",
    ],
)
def test_an_integer_longer_than_python_converts_is_a_word(section: str, example: str) -> None:
    problem = stdin(section, example % ("9" * 5000))
    assert all(text.strip() for wave in cheap_waves(problem, 4, 0) for _, text in wave)


@pytest.mark.parametrize(
    "words", ["$n$ lines ", "test cases ", "`a` ", "n < ", "$n$ integers $a_1, ..., a_n$ "]
)
@pytest.mark.parametrize("example", ["1\n" * 3000, "1 " * 3000, "2\n" + "1 1\n" * 1000])
def test_statements_and_examples_made_to_hurt_end(words: str, example: str) -> None:
    problem = stdin(words * (8_000 // len(words)), example)
    form = format_of(problem)
    assert form is None or why_not(form, example) is None
