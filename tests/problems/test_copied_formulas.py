"""Formulas that a page drew with KaTeX or MathJax are read once, however often its copied text has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.engine.test_inputs.input_format import format_of
from sstar_lsp.problems.reader import read_document
from sstar_lsp.problems.statement.copied_formulas import with_single_formulas

PAGE = """Parcels on a Belt

A belt carries·
𝐾
K parcels; the·
𝑗
j-th weighs·
𝑊
𝑗
W
j
\t\u200b

 grams.

Constraints
1
≤
𝐾
≤
3
×
10
4
1≤K≤3×10
4
1
≤
𝑊
𝑗
≤
10
9
1≤W
j
\t\u200b

≤10
9
Input

Input is given from Standard Input in the following format:

𝐾
K

𝑊
1
W
1
\t\u200b

·
𝑊
2
W
2
\t\u200b

·
…
…·
𝑊
𝐾
W
K
\t\u200b


Output

Print the weight of all parcels.

Sample Input 1
3
3
3
3·

Sample Output 1
9
""".replace("·", " ")  # spaces at the ends of lines


def test_a_copied_page_has_each_formula_once_and_the_format_of_its_input_is_known() -> None:
    problem = read_document(PAGE, None)
    assert "carries $K$ parcels; the $j$-th weighs $W_j$ grams.\n" in problem.statement
    assert "$1 \\leq K \\leq 3 \\times 10^4$\n$1 \\leq W_j \\leq 10^9$\nInput" in problem.statement
    assert "$K$\n$W_1$ $W_2$ $\\dots$ $W_K$\n" in problem.statement
    one_line = read_document(PAGE.replace("3\n3\n3\n3 \n", "3\n2 3 4\n"), None)
    form = format_of(one_line)
    assert form is not None
    assert form.is_whole


def test_examples_stay_byte_for_byte_and_keep_their_lines() -> None:
    problem = read_document(PAGE, None)
    assert "Sample Input 1\n3\n3\n3\n3 \n\nSample Output 1\n9\n" in problem.statement
    [test] = problem.public_tests
    assert test.input == "3\n3\n3\n3\n"
    assert test.lines is not None
    assert "Sample Input 1\n3\n" in "\n".join(PAGE.split("\n")[slice(*test.lines)])


@pytest.mark.parametrize(
    ("copied", "single"),
    [
        ("so \n𝑎\n≠\n𝑏\na\n\ue020\n=b holds", "so $a \\neq b$ holds"),
        ("at \n∑\n𝑖\n=\n1\n𝑛\n𝑥\n𝑖\n∑\ni=1\nn\n\t\n\nx\ni\n\t\n\n.", "at $\\sum_{i=1}^nx_i$."),
        ("is \n𝑛\n(\n𝑛\n−\n1\n)\n2\n+\n1\n2\nn(n−1)\n\t\n\n+1 pairs", "is $\\frac{n(n-1)}{2}+1$ pairs"),
        ("set \n𝐵\n𝑋\n𝑖\nB\nX\ni\n\t\n\n\t\n\n to 0", "set $B_{X_i}$ to 0"),
        ("has \n𝑛\n2\nn\n2\n cells and \n12\n12 rows", "has $n^2$ cells and $12$ rows"),
        (
            "all \n{\n𝑎\n,\n\u00a0\n𝑏\n}\n{a,\u00a0b} of it",
            "all $\\{a,\u00a0b\\}$ of it".replace("\u00a0", ""),
        ),
        ("from \n𝑛\n≤\n9\nn \\leq 9\nn≤9 on", "from $n \\leq 9$ on"),
        ("from \n𝑛\n≤\n9\nn≤9\nn \\leq 9\n on", "from $n \\leq 9$ on"),
        ("from \n𝑛\nn\nn on", "from $n$ on"),
        ("\n𝑎\n1\na\n1\n\t\n\n\n:\n:  \n\n𝑎\n𝑛\na\nn\n\t\n", "\n$a_1$\n$:$  \n$a_n$"),
    ],
    ids=[
        "negation",
        "sum",
        "fraction",
        "nested",
        "power",
        "set",
        "tex-between",
        "tex-below",
        "tex-of-a-letter",
        "picture",
    ],
)
def test_each_kind_of_drawn_formula_becomes_one(copied: str, single: str) -> None:
    assert with_single_formulas(copied) == single


@pytest.mark.parametrize(
    "text",
    [
        "Add the numbers.\n\n3\n3 5\n3\n3\n",
        "1\n1\n1\n1\n",
        "the letter 𝑎 alone, and\n3\n3\n",
        "choose \n(\n𝑛\n𝑘\n)\n(\nk\nn\n\t\n\n) of them",
        "not twice \n𝑛\n≤\n5\nn≤6 here",
        "```\n𝑛\nn\n```",
        "$5 and $$6$$ and \\$\\$\\$",
    ],
    ids=["data", "ones", "letter", "binomial", "different", "fenced", "dollars"],
)
def test_a_text_without_a_doubled_formula_stays_as_it_is(text: str) -> None:
    assert with_single_formulas(text) == text


def test_three_dollars_become_one_outside_of_examples() -> None:
    text = "Given $$$n$$$ ($$$1 \\le n \\le 5$$$).\n$$$x$$$"
    assert with_single_formulas(text, [(1, 2)]) == "Given $n$ ($1 \\le n \\le 5$).\n$$$x$$$"


@given(st.lists(st.sampled_from(["𝑎", "a", "1", "≤", "\t", "", " ", "a ", "\ue020", "=", "$$$a$$$", "```"])))
def test_any_lines_are_read_and_lines_of_examples_are_kept(lines: list[str]) -> None:
    single = with_single_formulas("\n".join(lines), [(0, len(lines))])
    assert single == "\n".join(lines)
    with_single_formulas("\n".join(lines))
