"""Inputs aimed at failure: patterns, numbers of the programs' own texts, and what splits programs that agree."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from engine.world import World, finish, settings
from sstar_lsp.engine.clustering.constants import named_numbers
from sstar_lsp.engine.run.events import InputOrigin
from sstar_lsp.engine.test_inputs.free_inputs import WAVE, cheap_waves
from sstar_lsp.engine.test_inputs.input_format import format_of, format_texts, largest_of, why_not
from sstar_lsp.engine.test_inputs.input_format.drawing import families
from sstar_lsp.records import Candidate, Problem, Test
from sstar_sandbox import Sandbox

PRICES = Problem(
    "Prices",
    "# Prices\n\nPrint the largest price.\n\n## Input\n\nThe first line has an integer $n$ ($1 <= n <= 5$). The second line has "
    "$n$ integers $p_1, ..., p_n$ ($1 <= p_i <= 10^9$).\n\n## Output\n\nOne number.\n",
    public_tests=(Test("3\n4 1 7\n", "7\n"),),
)
LARGEST = "input()\nprint(max(map(int, input().split())))\n"
FORGETS_ONE = (
    "input()\np = [int(x) for x in input().split()]\nprint(max(p) if p[0] != 77_345 else 0)\n".replace(
        "77_345", "77345"
    )
)
"""Wrong on one price of a thousand million."""


def of_section(section: str, example: str) -> Problem:
    statement = f"A story.\n\n## Input\n\n{section}\n\n## Output\n\nOne number.\n"
    return Problem("t", statement, public_tests=(Test(example, "1\n"),))


# --- patterns ---------------------------------------------------------------------------------------


@given(st.lists(st.integers(-9, 9), max_size=9), st.sampled_from(families.LISTS), st.integers(0, 9))
def test_a_pattern_keeps_the_length_and_takes_no_other_value(
    numbers: list[int], family: str, seed: int
) -> None:
    found = families.arranged(list(numbers), family, Random(seed))
    assert len(found) == len(numbers)
    assert set(found) <= set(numbers)


@given(st.integers(1, 12), st.sampled_from(families.GRAPHS), st.integers(0, 9))
def test_a_tree_joins_all_vertices(vertices: int, family: str, seed: int) -> None:
    reached = {0}
    for parent, child in families.tree(vertices, family, Random(seed)):
        assert parent in reached
        reached.add(child)
    assert reached == set(range(vertices))


@given(st.integers(2, 9), st.integers(0, 30), st.sampled_from(families.GRAPHS), st.integers(0, 9))
def test_edges_are_as_many_as_wanted_and_no_loops(vertices: int, count: int, family: str, seed: int) -> None:
    found = families.edges(vertices, count, family, Random(seed))
    assert len(found) == count
    assert all(one != other and {one, other} <= set(range(vertices)) for one, other in found)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 40))
def test_pictures_and_words_have_their_size_and_letters(height: int, width: int, seed: int) -> None:
    rows = families.grid(height, width, "#.", Random(seed))
    assert len(rows) == height
    for text in (*rows, families.word(width, "#.", Random(seed))):
        assert len(text) == width
        assert set(text) <= set("#.")


def test_columns_are_drawn_in_patterns_too() -> None:
    form = format_of(
        of_section(
            "The first line has $n$ ($1 <= n <= 9$). Then $n$ lines with $x$ ($0 <= x <= 99$).", "2\n1\n5\n"
        )
    )
    assert form is not None
    columns = [[int(x) for x in text.split()[1:]] for text in islice(format_texts(form, 0), 150)]
    long = [column for column in columns if len(column) >= 5 and len(set(column)) >= 4]
    assert any(column == sorted(column) for column in long)
    assert any(column == sorted(column, reverse=True) for column in long)


def test_a_capacity_and_what_it_has_to_hold_are_of_one_magnitude_at_times() -> None:
    form = format_of(
        of_section(
            "One line with $n$ and $c$ ($1 <= n <= 9$, $1 <= c <= 10^9$). The next line has $n$ integers $w_1, ..., w_n$ "
            "($1 <= w_i <= 10^9$).",
            "2 9\n4 5\n",
        )
    )
    assert form is not None
    lines = [text.splitlines() for text in islice(format_texts(form, 0), 80)]
    tight = [
        (int(head.split()[1]), list(map(int, weights.split())))
        for head, weights in lines
        if len(weights.split()) >= 4
    ]
    assert (
        sum(max(weights) <= capacity < sum(weights) and max(weights) > 5 for capacity, weights in tight) >= 3
    )


# --- large ones -------------------------------------------------------------------------------------


def test_large_inputs_have_many_tests_and_long_ones() -> None:
    form = format_of(
        of_section(
            "The first line has the number $t$ of test cases ($1 <= t <= 10^4$).\n"
            "The first line of each test case contains $n$ ($1 <= n <= 10^5$).\n"
            "The second line of each test case contains $n$ integers $a_1, ..., a_n$ ($0 <= a_i <= 10^9$).\n"
            "The sum of $n$ over all test cases is at most $2 * 10^5$.",
            "2\n1\n1\n3\n1 3 2\n",
        )
    )
    assert form is not None
    texts = largest_of(form, 0, 300_000)
    assert all(len(text) <= 300_000 and why_not(form, text) is None for text in texts)
    tests = [int(text.split()[0]) for text in texts]
    assert max(tests) > 1_000
    assert min(tests) < 5


def test_a_bound_on_a_product_alone_is_shared() -> None:
    form = format_of(
        of_section(
            "One line with $n$ and $b$ ($1 <= n * b <= 10^4$). Then $n$ lines with $c$ ($0 <= c <= b$).",
            "1 9\n4\n",
        )
    )
    assert form is not None
    sizes = [int(text.split()[0]) for text in largest_of(form, 0, 300_000)]
    assert max(sizes) == 100


@pytest.mark.parametrize(
    ("section", "example"),
    [
        ("The first line has $n$ ($1 <= n <= 600$). Then $n$ lines follow with one word of at most 3 letters `a`-`z` each. All words are unique.", "2\nab\nc\n"),
        ("The first line has $n$ ($1 <= n <= 600$).\nThe second line has $n$ integers $p_i$ ($2 <= p_i <= 10^4$) in strictly increasing order. $p_i$ is always even.", "2\n4 8\n"),
    ],
)  # fmt: skip
def test_many_values_that_differ(section: str, example: str) -> None:
    form = format_of(of_section(section, example))
    assert form is not None
    assert form.is_whole
    texts = largest_of(form, 0, 300_000)
    assert max(len(text.split()) for text in texts) == 601
    assert all(why_not(form, text) is None for text in texts)


@pytest.mark.parametrize(
    ("section", "example", "least"),
    [
        ("One line with $n$ ($1 <= n <= 86 400$). One line with a string of $n$ letters `W` and `Z`.", "2\nWZ\n", 86_400),
        (
            "One line with $n$ and $m$ ($1 <= n, m <= 1000$). Then $n$ lines with $m$ characters each, `.` or `#`.",
            "1 3\n.#.\n",
            150_000,
        ),
        ("The first line has $n$ ($1 <= n <= 1000$). Each of the next $n$ lines holds one name of lower-case letters.", "2\nana\nbo\n", 3_000),
        (  # 10^10 steps where each free place is looked for among all taken ones
            "One line with $n$ and $m$ ($1 <= n, m <= 1000$). The next $n$ lines have $m$ characters each: `.`, `#` or `S`. There is exactly one `S`.",
            "2 3\nS.#\n#..\n",
            150_000,
        ),
    ],
)  # fmt: skip
def test_large_inputs_have_long_words_too(section: str, example: str, least: int) -> None:
    form = format_of(of_section(section, example))
    assert form is not None
    assert form.is_whole
    texts = largest_of(form, 0, 300_000)
    assert least <= max(map(len, texts)) <= 300_000


def test_words_of_two_kinds_on_a_line_have_large_inputs() -> None:
    form = format_of(
        of_section(
            "The first line has $n$ ($1 <= n <= 900$).\n"
            "The next $n$ lines have a name of $1$ to $8$ lowercase letters and a letter, `K` or `Q`.",
            "2\nann K\nbo Q\n",
        )
    )
    assert form is not None
    assert max(map(len, largest_of(form, 0, 5_000)), default=0) > 2_000


def test_a_graph_with_more_vertices_than_memory_holds_has_as_many_as_its_edges_need() -> None:
    form = format_of(
        of_section(
            "One line with $n$, $m$ and $k$ ($2 <= n <= 10^9$, $1 <= m <= 1000$, $n <= k <= 10^{12}$). "
            "Then $m$ lines with $a$ and $b$ ($1 <= a, b <= k$, $a != b$) each.",
            "3 2 4\n1 2\n3 2\n",
        )
    )
    assert form is not None
    assert form.blocks[-1].vertices == "k"
    texts = [*largest_of(form, 0, 100_000), *islice(format_texts(form, 0), 60)]
    assert all(why_not(form, text) is None for text in texts)
    assert max(int(text.split()[2]) for text in texts) >= 10**8


# --- what the programs say --------------------------------------------------------------------------


def test_numbers_are_read_in_the_spellings_of_programs() -> None:
    codes = ("if n > 28: x = 1e6", "const int M = 1 << 10; // 10**9", "a1 = b[2.5]")
    found = set(named_numbers(Candidate(f"c{n}", code, "python") for n, code in enumerate(codes)))
    assert {27, 28, 29, 10**6, 10**6 + 1, 1023, 1024, 10**9} <= found
    assert 5 not in found


@given(st.text(max_size=80))
@pytest.mark.slow
def test_any_text_names_numbers_without_an_error(code: str) -> None:
    assert len(named_numbers([Candidate("c1", code, "python")])) <= 60


def test_numbers_change_no_input_of_the_first_wave() -> None:
    plain, aimed = cheap_waves(PRICES, 24, 0), cheap_waves(PRICES, 24, 0, (77_345,))
    assert plain[0] == aimed[0]
    assert len(plain[0]) == 2 * WAVE
    assert not any("77345" in text for wave in plain for _, text in wave)
    assert any("77345" in text for wave in aimed[1:] for _, text in wave)


@pytest.mark.parametrize("count", [12, 48])
async def test_what_splits_programs_that_agree_is_found_and_nothing_else_is_kept(
    sandbox: Sandbox, count: int
) -> None:
    world = World(samples=(LARGEST, LARGEST.replace("max(map", "max(*[0], *map"), FORGETS_ONE))
    state = await finish(sandbox, world, PRICES, settings(rounds=0, inputs=count))
    assert sorted(len(group.members) for group in state.clusters) == [1, 2]
    made = [item for item in state.inputs.values() if item.origin is InputOrigin.KIND]
    assert len(made) <= 2 * count + 2


async def test_a_large_input_that_an_earlier_wave_made_is_measured_all_the_same(sandbox: Sandbox) -> None:
    digit = evolve(
        of_section("One line with $n$ ($1 <= n <= 9$).", "5\n"), public_tests=(Test("5\n", "10\n"),)
    )
    world = World(samples=("print(2 * int(input()))\n", "n = int(input())\nprint(n + n)\n"))
    state = await finish(sandbox, world, digit, settings(rounds=0, inputs=24))
    origins = {item.origin for item in state.inputs.values() if item.text == "9\n"}
    assert origins == {InputOrigin.KIND, InputOrigin.LARGE}
    assert len({item.id for item in state.inputs.values()}) == len(state.inputs)
