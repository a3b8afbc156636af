"""The shapes in which people paste examples."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.problems.pages.block_reader import blocks_of
from sstar_lsp.problems.statement.examples import examples_of

from . import judge_pages, shapes


def pairs(text: str) -> list[tuple[str, str]]:
    found = examples_of(blocks_of(textwrap.dedent(text)))
    return [(pair.input, pair.output) for pair in found.pairs]


def remarks(text: str) -> list[str]:
    return [remark.message for remark in examples_of(blocks_of(textwrap.dedent(text))).remarks]


TWO = [("3\n1 2 3\n", "6\n"), ("1\n5\n", "5\n")]

SHAPES = {
    name.lower().replace("_", " "): value
    for name, value in [*vars(judge_pages).items(), *vars(shapes).items()]
    if name.isupper() and isinstance(value, str)
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_both_examples_are_found_and_nothing_else_in(shape: str) -> None:
    assert pairs(shape) == TWO
    assert remarks(shape) == []


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_windows_line_ends_change_nothing_in(shape: str) -> None:
    from sstar_lsp.problems.reader import read_document

    problem = read_document(
        "Add up the numbers, all of them.\n\n" + textwrap.dedent(shape).replace("\n", "\r\n"), None
    )
    assert [(test.input, test.expected) for test in problem.public_tests] == TWO


def test_the_specification_sections_are_no_examples() -> None:
    text = """
    ## Input

    The first line holds n. The second line holds n numbers.

    ## Output

    Print the sum of the numbers, as one integer.
    """
    assert pairs(text) == []
    assert remarks(text) == []


def test_an_inline_specification_is_no_example() -> None:
    assert pairs("Input: The first line holds one number n.\n\nOutput: Print the sum of all numbers.\n") == []


def test_a_format_fence_under_input_is_no_example() -> None:
    text = """
    ### Input
    ```
    N M
    ```
    ### Output
    Print the answer on one line.
    """
    assert pairs(text) == []


def test_inline_examples_of_leetcode_are_found() -> None:
    text = """
    **Example 1:**

    **Input:** nums = [2,7,11,15], target = 9
    **Output:** [0,1]
    **Explanation:** Because nums[0] + nums[1] == 9, we return [0, 1].

    **Example 2:**

    **Input:** nums = [3,2,4], target = 6
    **Output:** [1,2]

    **Constraints:**

    - `2 <= nums.length <= 10^4`
    """
    assert pairs(text) == [
        ("nums = [2,7,11,15], target = 9\n", "[0,1]\n"),
        ("nums = [3,2,4], target = 6\n", "[1,2]\n"),
    ]


def test_leetcode_html_is_found() -> None:
    text = """
    <p><strong>Example 1:</strong></p>

    <pre>
    <strong>Input:</strong> s = &quot;abc&quot;
    <strong>Output:</strong> true
    </pre>
    """
    assert pairs(text) == [('s = "abc"\n', "true\n")]


def test_a_single_number_after_the_colon_is_content_and_not_a_number_of_the_example() -> None:
    assert pairs("Example:\n\nInput: 3\nOutput: 6\n") == [("3\n", "6\n")]


def test_inline_content_goes_on_in_the_next_lines() -> None:
    assert pairs("Example:\nInput: 3\n1 2 3\nOutput: 6\n") == [("3\n1 2 3\n", "6\n")]


def test_a_grid_survives_being_markdown() -> None:
    text = """
    Sample Input 1

    # . #
    - - -
    1. 2

    Sample Output 1

    # # #
    """
    assert pairs(text)[0][0].startswith("# . #\n")
    assert pairs(text)[0][1] == "# # #\n"


def test_arrows_at_the_start_of_a_line_are_no_quotation() -> None:
    assert pairs("Sample Input\n\n4\n>><<\n\nSample Output\n\n>\n") == [("4\n>><<\n", ">\n")]


def test_leading_spaces_and_blank_lines_inside_a_fence_are_kept() -> None:
    text = "Sample Input\n```\n  1\n\n2\n```\nSample Output\n```\n 3\n```\n"
    assert pairs(text) == [("  1\n\n2\n", " 3\n")]


def test_an_empty_input_is_an_input() -> None:
    assert pairs("Sample Input 1\n```\n```\nSample Output 1\n```\nHello\n```\n") == [("", "Hello\n")]


def test_an_input_without_output_is_said_with_its_line() -> None:
    text = "Sample Input 1\n```\n1\n```\n\nSample Input 2\n```\n2\n```\nSample Output 2\n```\n4\n```\n"
    assert pairs(text) == [("2\n", "4\n")]
    assert remarks(text) == ["an input without an output was left out (line 1)"]


def test_an_output_without_input_is_said() -> None:
    assert remarks("Words here.\n\nSample Output 1\n\n4\n") == [
        "an output without an input was left out (line 3)"
    ]


def test_python_fences_under_an_example_heading_are_no_pair() -> None:
    assert pairs("## Example\n```python\nf(1)\n```\n```python\nf(2)\n```\n") == []


def test_a_line_of_100_kilobytes_is_read() -> None:
    numbers = " ".join(["7"] * 50_000)
    assert pairs(f"Sample Input\n```\n{numbers}\n```\nSample Output\n```\n1\n```\n") == [
        (numbers + "\n", "1\n")
    ]


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    examples_of(blocks_of(text))


WORDS = st.sampled_from(
    [
        "Sample Input 1",
        "Output",
        "Input",
        "Example",
        "Note",
        "Input: 3",
        "inputCopy",
        "```",
        "```input",
        "|Input|Output|",
        "|-|-|",
        "|1|2|",
        "# ",
        "> ",
        "- ",
        "3\t4",
        "\t5",
        "",
        "    1",
        "1 2",
        "<pre>",
        "</pre>",
        "Sample Input 1\tSample Output 1",
    ]
)


@given(st.lists(WORDS, max_size=30))
def test_no_order_of_labels_and_fences_makes_it_fail(lines: list[str]) -> None:
    examples_of(blocks_of("\n".join(lines)))


LINE = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="`~"), min_size=1, max_size=12
)
CONTENT = st.lists(LINE, min_size=1, max_size=5).map(lambda lines: "\n".join(lines) + "\n")


@given(st.lists(st.tuples(CONTENT, CONTENT), min_size=1, max_size=4))
def test_what_stands_in_fences_under_sample_headings_comes_back_unchanged(
    cases: list[tuple[str, str]],
) -> None:
    text = "# Title\n\nSome words.\n\n"
    for number, (left, right) in enumerate(cases, 1):
        text += f"### Sample Input {number}\n\n```\n{left}```\n\n"
        text += f"### Sample Output {number}\n\n```\n{right}```\n\n"
    assert pairs(text) == cases
