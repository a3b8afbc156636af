"""The format of standard input, as statement and examples tell it; what is drawn from it is legal."""

from __future__ import annotations

import time
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from sstar_lsp.engine.run.events import InputOrigin
from sstar_lsp.engine.test_inputs.free_inputs import cheap_waves
from sstar_lsp.engine.test_inputs.input_format import format_of, format_texts, largest_of, why_not
from sstar_lsp.engine.test_inputs.input_format.terms import comparisons_in, term_of, value_of
from sstar_lsp.engine.test_inputs.large_inputs import LARGEST, large_inputs
from sstar_lsp.engine.test_inputs.legality import legality_of
from sstar_lsp.records import Problem, Test


def stdin(section: str, *examples: str) -> Problem:
    statement = f"A story.\n\n## Input\n\n{section}\n\n## Output\n\nOne number, $1 <= z <= 7$.\n"
    return Problem("t", statement, public_tests=tuple(Test(example, "1\n") for example in examples))


GRAPH = stdin(
    "The first line has $n$ and $m$ ($2 <= n <= 50$, $1 <= m <= 60$).\n"
    "Each of the next $m$ lines has two integers $a$ and $b$ ($1 <= a, b <= n$, $a != b$).",
    "4 2\n1 2\n3 4\n",
)
TREE = stdin(
    "The first line has the number $n$ of towns ($2 <= n <= 10^5$).\nThe following $n-1$ lines hold two integers "
    "$u$ and $v$ each ($1 <= u, v <= n$), a road of the tree. The roads form a tree.",
    "3\n1 2\n3 2\n",
)
CHAIN = stdin("One line with $a$ and $b$, $1 <= b <= a <= 10^{10}$.", "5 3\n")
SORTED = stdin(
    "The first line has $n$ ($1 <= n <= 1000$).\n"
    "The second line has $n$ integers $a_1, a_2, \\dots, a_n$ ($0 \\le a_i \\le 10^9$), in increasing order.",
    "3\n1 5 5\n",
)
DOUBLED = stdin(
    "The first line has $n$ ($1 \\leq n \\leq 200$).\nThe second line has $2n$ integers $c_1, \\ldots, c_{2n}$ ($-5 ≤ c_i ≤ 5$).",
    "2\n1 2 3 4\n",
)
PRODUCT = stdin(
    "The first line has $n$ and $m$ ($1 <= n * m <= 100$, $1 <= n$, $1 <= m$, $n <= 100$, $m <= 100$).\n"
    "The next $n$ lines each have a string of length $m$, consisting of `#` and `.`.",
    "2 3\n#.#\n...\n",
)
CASES = stdin(
    "The first line has the number $t$ of test cases ($1 <= t <= 20$).\n"
    "The first line of each test case contains $n$ ($1 <= n <= 50$).\n"
    "The second line of each test case contains $n$ integers $a_1, ..., a_n$ ($1 <= a_i <= n$).\n"
    "The sum of $n$ over all test cases is at most $60$.",
    "2\n1\n1\n3\n1 3 2\n",
)
WORDS = stdin(
    "The first line has an integer between 1 and 31, and one of `JAN`, `FEB` or `MAR`.\nThe second line has "
    "a word of at least $2$ and at most $5$ lowercase letters.",
    "10 JAN\nabba\n",
    "1 MAR\nba\n",
)
PERMUTATION = stdin(
    "The first line has $n$ ($1 <= n <= 8$).\nThe next line has $n$ integers, a permutation of $1..n$.",
    "3\n3 1 2\n",
)
DISTINCT = stdin("The first line has $n$ ($1 <= n <= 8$).\nThe next $n$ lines each have two integers $x$ and $y$ ($0 <= x, y <= 2$). All points are distinct.", "2\n0 1\n1 0\n")  # fmt: skip
SWEDISH = stdin("Den första raden innehåller ett heltal $N$ ($1 <= N <= 100 000$).\n\nDe följande $N$ raderna innehåller två heltal $F$, $S$ ($0 <= F, S <= 1\\,000$).", "1\n3 5\n")  # fmt: skip
ALL = (GRAPH, TREE, CHAIN, SORTED, DOUBLED, PRODUCT, CASES, WORDS, PERMUTATION, DISTINCT, SWEDISH)


# --- formulas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("10^5", 10**5),
        ("$10^{100}$", 10**100),
        ("2 \\cdot 10^5", 200_000),
        ("2.5 * 10^5", 250_000),
        ("1\\,000", 1000),
        ("100 000", 100_000),
        ("2^{31} - 1", 2**31 - 1),
        ("10⁹", 10**9),
        ("2n", 14),
        ("n*(m-1)", 14),
        ("1e5", 100_000),
    ],
)
def test_terms_are_worth_what_they_say(text: str, worth: int) -> None:
    term = term_of(text)
    assert term is not None
    assert value_of(term, {"n": 7, "m": 3}) == worth


@pytest.mark.parametrize("text", ["10^{10^9}", "n^", "((((", "9" * 5000, "-" * 500 + "1"])
def test_terms_without_a_sensible_worth_are_not_worked_out(text: str) -> None:
    term = term_of(text)
    assert term is None or value_of(term, {}) is None or abs(value_of(term, {}) or 0) < 10**500


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("$1 \\le b \\leq a ≤ 10^{10}$", {"a": 10**10, "b": 1}, {"a": 4, "b": 5}),
        ("$1 <= a, b <= N$", {"a": 1, "b": 9, "N": 9}, {"a": 1, "b": 10, "N": 9}),
        ("($0 < x < 5$)", {"x": 4}, {"x": 5}),
        ("$10 >= y >= 2$", {"y": 2}, {"y": 1}),
        ("$1 <= u != v <= n$", {"u": 1, "v": 2, "n": 2}, {"u": 2, "v": 2, "n": 2}),
        ("$k <= n, m <= 5$", {"k": 9, "n": 9, "m": 5}, {"k": 10, "n": 9, "m": 5}),
        ("$k - 1 <= m$", {"k": 3, "m": 2}, {"k": 4, "m": 2}),
        (r"$4<= n \leq10^5 and 5<= m\leq3\cdot10^5$", {"n": 10**5, "m": 5}, {"n": 10**5 + 1, "m": 5}),
        (r"$1 <= N <= \min(20000, W*H)$", {"N": 6, "W": 2, "H": 3}, {"N": 7, "W": 2, "H": 3}),
        ("$max(a, b) <= c$", {"a": 1, "b": 3, "c": 3}, {"a": 1, "b": 4, "c": 3}),
    ],
)
def test_chains_bind_each_of_their_members(text: str, good: dict[str, int], bad: dict[str, int]) -> None:
    found = comparisons_in(text)
    assert found
    assert all(each.holds(good) for each in found)
    assert not all(each.holds(bad) for each in found)


# --- formats ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "illegal", "reason"),
    [
        (GRAPH, "4 1\n5 1\n", "<= n"),
        (GRAPH, "4 1\n2 2\n", "!="),
        (GRAPH, "4 2\n1 2\n", "instead of|too few"),
        (TREE, "4\n1 2\n2 1\n3 4\n", "circle"),
        (CHAIN, "3 5\n", "b <= a"),
        (SORTED, "3\n5 1 2\n", "increasing"),
        (DOUBLED, "2\n1 2 3\n", "3 values"),
        (DOUBLED, "1\n1 9\n", "c_i"),
        (PRODUCT, "2 3\n#.\n...\n", "characters"),
        (PRODUCT, "1 2\n#x\n", "does not allow"),
        (CASES, "2\n1\n1\n2\n1 3\n", "<= n"),
        (CASES, "2\n31\n" + "1 " * 31 + "\n31\n" + "1 " * 31 + "\n", "sum"),
        (WORDS, "10 APR\nabba\n", "none of the words"),
        (WORDS, "32 JAN\nabba\n", "outside"),
        (WORDS, "1 JAN\nabbaabba\n", "8 characters"),
        (PERMUTATION, "3\n3 1 1\n", "permutation"),
        (DISTINCT, "2\n0 1\n0 1\n", "twice"),
        (SWEDISH, "1\n3 1001\n", "1001|does not hold"),
    ],
)
def test_what_the_statement_excludes_is_illegal(problem: Problem, illegal: str, reason: str) -> None:
    form = format_of(problem)
    assert form is not None
    said = why_not(form, illegal)
    assert said is not None
    assert any(part in said for part in reason.split("|")), said
    assert legality_of(problem).why_illegal(illegal) == said


@pytest.mark.parametrize("problem", ALL, ids=range(len(ALL)))
def test_what_is_drawn_is_legal_and_the_same_each_time(problem: Problem) -> None:
    form = format_of(problem)
    assert form is not None
    assert form.is_whole
    assert [why_not(form, test.input) for test in problem.public_tests] == [None] * len(problem.public_tests)
    made = list(islice(format_texts(form, 3), 60))
    assert len(made) == 60
    assert made == list(islice(format_texts(form, 3), 60))
    assert [why_not(form, text) for text in made] == [None] * 60


def test_trees_that_are_drawn_are_trees() -> None:
    form = format_of(TREE)
    assert form is not None
    for text in islice(format_texts(form, 0), 40):
        size, *edges = [list(map(int, line.split())) for line in text.splitlines()]
        reached = {1}
        for _ in edges:
            reached |= {v for edge in edges if reached & set(edge) for v in edge}
        assert len(edges) == size[0] - 1
        assert reached == set(range(1, size[0] + 1))


def test_boundary_values_come_in_the_first_wave() -> None:
    first = {text for _, text in cheap_waves(CHAIN, 20, 0)[0]}
    assert {"1 1\n", "10000000000 10000000000\n"} <= first
    assert any(text.split()[1] == "1" and int(text.split()[0]) > 1 for text in first)


def test_families_of_lists_are_drawn() -> None:
    form = format_of(DOUBLED)
    assert form is not None
    lists = [list(map(int, text.split()))[1:] for text in islice(format_texts(form, 0), 60)]
    long = [numbers for numbers in lists if len(numbers) >= 4 and len(set(numbers)) > 1]
    assert any(numbers == sorted(numbers) for numbers in long)
    assert any(numbers == sorted(numbers, reverse=True) for numbers in long)
    assert any(len(numbers) >= 4 and len(set(numbers)) == 1 for numbers in lists)


def test_the_largest_input_uses_what_is_allowed() -> None:
    tenth, *large = large_inputs(SWEDISH, 0)
    assert 1_000 < len(tenth) < min(map(len, large))
    assert all(10_000 < len(text) <= LARGEST for text in large)
    form = format_of(TREE)
    assert form is not None
    trees = largest_of(form, 0, 60_000)
    assert len(trees) == 6
    assert all(10_000 < len(tree) <= 60_000 for tree in trees[1:])
    assert all(why_not(form, tree) is None for tree in trees)


def test_a_promise_that_is_not_understood_forbids_drawing_but_not_rejecting_nor_measuring() -> None:
    problem = stdin(
        "One line with $n$ ($2 <= n <= 99$). It is guaranteed that the board can be solved.", "4\n"
    )
    form = format_of(problem)
    assert {origin for wave in cheap_waves(problem, 12, 0) for origin, _ in wave} == {InputOrigin.MUTATION}
    assert large_inputs(problem, 0) == []
    assert "99\n" in large_inputs(problem, 0, may_break_promises=True)
    assert form is not None
    assert not form.is_whole
    assert why_not(form, "1\n") is not None
    assert legality_of(problem).why_illegal("100\n") is not None


def test_at_most_a_maximum_is_at_most_neither_for_sure() -> None:
    assert not any({"a", "b"} & each.names for each in comparisons_in("$c <= max(a, b)$"))


@pytest.mark.parametrize(
    "promise",
    [
        "Every town lies on at least one road.",
        "There will be exactly one leader.",
        "The number $n$ is never a prime.",
        "No pupil has more than half, and each has at most two, of the books.",
        "Det går alltid att nå alla städer.",
        "Varje stad har minst en väg.",
        "Aucune ville n'est jamais seule.",
    ],
)
def test_promises_of_many_words_and_languages_are_seen(promise: str) -> None:
    form = format_of(stdin(f"One line with $n$ ($2 <= n <= 99$). {promise}", "4\n"))
    assert form is not None
    assert not form.is_whole


@pytest.mark.parametrize(
    "plain",
    [
        "On each of the following $n$ lines is exactly one word of lowercase letters.",
        "Each of the next $n$ lines holds at least one and at most $10$ lowercase letters.",
    ],
)
def test_what_a_line_holds_is_no_promise(plain: str) -> None:
    form = format_of(stdin(f"The first line has $n$ ($1 <= n <= 9$).\n\n{plain}", "2\nab\nc\n"))
    assert form is not None
    assert form.is_whole


TWO_KINDS_OF_LINES = (
    "- One line with $n$ and $q$ ($2 <= n, q <= 50$).\n"
    "- $n$ lines, each with two integers $x$ and $y$ ($|x|,|y| \\leq10^3$), the place of a tower.\n"
    "- $q$ lines, each with two integers $c$ and $t$ ($1 <= c <= n$, $1 <= t <= 9$), the tower of a question and its time.\n\n"
)


@pytest.mark.parametrize(
    "told", ["No two towers stand at the same place.", "The $n$ towers are at distinct places."]
)
def test_things_that_differ_are_those_of_their_own_lines(told: str) -> None:
    form = format_of(stdin(TWO_KINDS_OF_LINES + told, "2 2\n-1 0\n5 5\n1 3\n1 4\n"))
    assert form is not None
    assert why_not(form, "2 2\n0 0\n0 1\n1 3\n1 3\n") is None
    assert why_not(form, "2 2\n0 0\n0 0\n1 3\n1 4\n") is not None


def test_a_list_that_only_its_bounds_name_has_these_bounds() -> None:
    form = format_of(
        stdin(
            "The first line holds `n` (1 ≤ n ≤ 20). The second line holds `n` whole numbers: `v[1]` … `v[n]` (-50 ≤ v[i] ≤ 50).",
            "2\n3 4\n",
        )
    )
    assert form is not None
    assert why_not(form, "2\n-50 50\n") is None
    assert why_not(form, "2\n-51 50\n") is not None
    assert any("-50" in text for text in islice(format_texts(form, 0), 8))


def test_a_positive_length_of_something_else_bounds_no_number() -> None:
    form = format_of(
        stdin(TWO_KINDS_OF_LINES + "The wall has a positive length.", "2 2\n1 1\n5 5\n1 3\n1 4\n")
    )
    assert form is not None
    assert why_not(form, "2 2\n-3 -1\n0 1\n1 3\n1 3\n") is None


def test_towns_that_a_road_connects_are_no_connected_map() -> None:
    lines = (
        "The first line has $n$ and $m$ ($2 <= n <= 50$, $1 <= m <= 60$).\n"
        "Each of the next $m$ lines has two integers $a$ and $b$ ($1 <= a, b <= n$, $a != b$): these towns are connected by a road."
    )
    apart = "4 2\n1 2\n3 4\n"
    form = format_of(stdin(lines, apart))
    assert form is not None
    form = format_of(stdin(f"{lines} The map is connected.", "3 2\n1 2\n3 2\n"))
    assert form is not None
    assert "not connected" in (why_not(form, apart) or "")


def test_a_format_that_an_example_contradicts_is_none() -> None:
    assert format_of(stdin("The first line has $n$.\nThe next $n$ lines have $x$ each.", "3\n1 2\n")) is None


def test_lengths_that_one_example_happens_to_have_reject_nothing() -> None:
    form = format_of(stdin("One line with a word of lowercase letters.", "seven\n"))
    assert form is not None
    assert why_not(form, "ab\n") is None


def test_an_index_that_the_input_does_not_hold_binds_nothing() -> None:
    problem = stdin(
        "The first line has $n$ ($0 <= n <= 9$).\nThe second line has $n$ integers $a_i$ ($1 <= i <= n$, $0 <= a_i <= 4$).",
        "2\n1 2\n",
    )
    form = format_of(problem)
    assert form is not None
    assert why_not(form, "0\n\n") is None


pieces = st.sampled_from(
    [
        "$n$",
        "$a_i$",
        "1<=",
        "<=",
        "10^9",
        "$",
        "(",
        ")",
        "{",
        "}",
        "lines",
        "line",
        "Input",
        "##",
        "\n",
        "each",
        "of",
        "the",
        "next",
        "`x`",
        ",",
        "...",
        ",",
        "^",
        "|",
        "_",
        "test",
        "cases",
        "between",
        "and",
        "n-1",
        "2n",
    ]
)


@given(st.lists(pieces | st.text(max_size=6), max_size=60).map(" ".join), st.text("12 ab\n-", max_size=40))
@pace(max_examples=150, deadline=None)
def test_no_text_crashes_the_reader_or_holds_it_up(section: str, example: str) -> None:
    problem = stdin(section, example)
    before = time.process_time()
    form = format_of(problem)
    if form is not None:
        for text in islice(format_texts(form, 0), 5):
            assert why_not(form, text) is None
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "piece",
    [
        "$1 <= n ",
        "((",
        "a, ",
        "<= ",
        "each line ",
        "$n$ lines ",
        "`'\" ",
        "1 000 ",
        "$a_{",
        "| ",
        "`",
        "가",
        "1",
        " ",
        "\n",
        "exactly one ",
        "x ∈ {1, ",
        "{1, 2, …, ",
        "if a = ",
        "n (n ",
        "either 0 or ",
        "all the ",
        "a1, a2, ",
        "follow $n$ images. Each image ",
        "Let $s$ be the sum of $n$ ",
        "(this implies ",
        "two integers ",
        "each ",
        "```\nline. ",
        "guaranteed ",
        "all $a_i$ ",
        "capital first ",
    ],
)
def test_long_statements_are_read_in_time(piece: str) -> None:
    start = "The first line has $n$ ($1 <= n <= 5$).\nThe second line has $n$ integers $a_i$. "
    problem = stdin(start + piece * 8000, "3\n1 2 3\n")
    before = time.process_time()
    format_of(problem)
    assert time.process_time() - before < 1


def test_a_long_text_of_letters_that_may_be_variables_is_laid_out_in_time() -> None:
    problem = Problem("t", "b " * 10_000, public_tests=(Test("3\n1 2 3\n", "1\n"),))
    before = time.process_time()
    format_of(problem)
    assert time.process_time() - before < 0.5
