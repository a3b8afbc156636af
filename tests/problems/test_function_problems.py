"""Functions to be written: stubs, doctests, asserts, and LeetCode's pages."""

from __future__ import annotations

import contextlib
import json
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.errors import ProblemError, RefusedProblem
from sstar_lsp.problems.reader import read_document
from sstar_lsp.problems.source.call_examples import arrows_of, assignments, doctests_of, render_call
from sstar_lsp.problems.source.literals import NoLiteral, encode, literal
from sstar_lsp.problems.source.signatures import Parameter, Stub, stubs_of
from sstar_lsp.records import Problem, Style
from sstar_sandbox.inside.python.values import from_json


def problem(text: str, name: str = "a.py") -> Problem:
    return read_document(textwrap.dedent(text).lstrip("\n"), Path("/nowhere") / name)


def cases(found: Problem) -> list[tuple[str, str]]:
    return [(test.input, test.expected) for test in found.public_tests]


def test_a_humaneval_stub() -> None:
    found = problem('''
        from typing import List


        def close(numbers: List[float], limit: float) -> bool:
            """Whether two numbers are closer than the limit.

            >>> close([1.0, 2.0], 0.5)
            False
            >>> close([1.0, 1.2], limit=0.5)
            True
            """
        ''')
    assert found.style is Style.FUNCTION
    assert found.entry_point == "close"
    assert found.title == "close"
    assert found.checker == "json"
    assert found.language == "python"
    assert found.starter_code == found.statement
    assert cases(found) == [("[[1.0, 2.0], 0.5]", "false"), ("[[1.0, 1.2], 0.5]", "true")]


def test_functions_that_stand_before_the_stub_are_kept() -> None:
    found = problem('''
        def encode(s):
            return s[::-1]


        def decode(s):
            """Undo encode.
            >>> decode("abc")
            'cba'
            """
        ''')
    assert found.entry_point == "decode"
    assert "return s[::-1]" in found.starter_code


LEETCODE = """
    # 1. Two Sum

    Given an array of integers `nums` and an integer `target`, return indices of the two numbers
    that add up to it. You can return the answer in any order.

    **Example 1:**

    ```
    Input: nums = [2,7,11,15], target = 9
    Output: [0,1]
    Explanation: Because nums[0] + nums[1] == 9.
    ```

    **Example 2:**

    **Input:** target = 6, nums = [3,3]
    **Output:** [0,1]

    **Constraints:**

    - `2 <= nums.length`
    """


def test_a_leetcode_page_with_its_code() -> None:
    code = """
    ```python
    class Solution:
        def twoSum(self, nums: List[int], target: int) -> List[int]:
    ```
    """
    found = problem(LEETCODE + code, "a.md")
    assert found.entry_point == "Solution.twoSum"
    assert found.title == "1. Two Sum"
    assert found.several_answers
    assert cases(found) == [("[[2, 7, 11, 15], 9]", "[0, 1]"), ("[[3, 3], 6]", "[0, 1]")]
    assert found.starter_code.startswith("class Solution:\n    def twoSum(self,")


def test_a_leetcode_page_without_code_is_given_a_method_and_says_so() -> None:
    found = problem(LEETCODE, "a.md")
    assert found.entry_point == "Solution.twoSum"
    assert cases(found)[0] == ("[[2, 7, 11, 15], 9]", "[0, 1]")
    assert any("no signature found" in remark.message for remark in found.remarks)


def test_a_leetcode_file_with_the_page_in_a_comment() -> None:
    text = "".join(f"# {line}\n" for line in textwrap.dedent(LEETCODE).strip().split("\n"))
    text += "\nclass Solution:\n    def twoSum(self, nums: List[int], target: int) -> List[int]:\n        \n"
    found = read_document(text, Path("/nowhere/two_sum.py"))
    assert found.entry_point == "Solution.twoSum"
    assert found.header.startswith("# # 1. Two Sum")
    assert len(found.public_tests) == 2


def test_words_of_json_are_values() -> None:
    found = problem(
        """
        Say whether there is a value.

        Example 1:

        Input: x = null, flag = true
        Output: false

        ```python
        def present(x, flag):
        ```
        """,
        "a.md",
    )
    assert cases(found) == [("[null, true]", "false")]


def test_asserts_beside_a_sentence_are_enough() -> None:
    found = problem(
        "Write a function to add two numbers.\nassert add(1, 2) == 3\nassert add(b=4, a=0) == 4\n", "a.md"
    )
    assert found.entry_point == "add"
    assert cases(found)[0] == ("[1, 2]", "3")
    assert json.loads(found.public_tests[1].input)["$check"] == "assert add(b=4, a=0) == 4\n"


def test_asserts_in_a_docstring_at_the_top_are_enough() -> None:
    found = problem('"""\nWrite a function to add two numbers.\nassert add(1, 2) == 3\n"""\n')
    assert found.entry_point == "add"
    assert cases(found) == [("[1, 2]", "3")]


def test_an_assert_that_is_no_plain_call_becomes_a_check() -> None:
    found = problem(
        "Find long words.\n\n```python\nassert set(long_words('a bcde')) == set(['bcde'])\n```\n", "a.md"
    )
    assert found.entry_point == "long_words"
    assert json.loads(found.public_tests[0].input) == {
        "$check": "assert set(long_words('a bcde')) == set(['bcde'])\n"
    }
    assert found.public_tests[0].expected == "true"


def test_a_check_function_is_read_assert_by_assert() -> None:
    found = problem('''
        def twice(n):
            """Two times n."""


        def check(candidate):
            assert candidate(1) == 2
            assert abs(candidate(0.5) - 1.0) < 1e-6


        check(twice)
        ''')
    assert cases(found)[0] == ("[1]", "2")
    assert json.loads(found.public_tests[1].input)["$check"].startswith(
        "candidate = twice\nassert abs(candidate(0.5)"
    )


def test_a_check_function_with_a_loop_stays_one_check() -> None:
    found = problem('''
        def twice(n):
            """Two times n."""


        def check(candidate):
            for n in range(5):
                assert candidate(n) == n + n
        ''')
    assert len(found.public_tests) == 1
    assert "check(twice)" in json.loads(found.public_tests[0].input)["$check"]


def test_a_function_that_is_written_already_gives_only_its_stub_to_the_model() -> None:
    found = problem('''
        def twice(n: int) -> int:
            """Two times n.

            >>> twice(2)
            4
            """
            return n * 3
        ''')
    assert "n * 3" not in found.statement
    assert "n * 3" not in found.starter_code
    assert cases(found) == [("[2]", "4")]


def test_examples_in_the_docstring_with_input_and_output_are_read() -> None:
    found = problem('''
        def count(n):
            """Count them.

            Example 1:

                Input: 3
                Output: (1, 2)

            For n = 5 the output should be (2, 3).
            count(7) => (3, 4)
            """
        ''')
    assert sorted(cases(found)) == [
        ("[3]", '{"$tuple": [1, 2]}'),
        ("[5]", '{"$tuple": [2, 3]}'),
        ("[7]", '{"$tuple": [3, 4]}'),
    ]


def test_values_that_json_cannot_say_are_tagged() -> None:
    found = problem('''
        def f(a, b=(1,), c=None):
            """Something.

            >>> f({1}, c=float("nan"))
            {(1, 2): b'x'}
            """
        ''')
    given, wanted = cases(found)[0]
    assert json.loads(given) == [{"$set": [1]}, {"$tuple": [1]}, {"$float": "nan"}]
    assert from_json(wanted) == {(1, 2): b"x"}


def test_a_doctest_that_prints_compares_the_text() -> None:
    found = problem('def f(n):\n    """Shout.\n\n    >>> print(f(1))\n    one\n    """\n')
    assert json.loads(found.public_tests[0].input)["$check"] == "assert str(f(1)) == 'one'\n"


def test_a_doctest_with_setup_becomes_a_check() -> None:
    found = problem('def f(n):\n    """Add up.\n\n    >>> xs = [1, 2]\n    >>> f(xs)\n    3\n    """\n')
    assert json.loads(found.public_tests[0].input)["$check"] == "xs = [1, 2]\nassert f(xs) == 3\n"


def test_fractions_are_compared_with_a_small_tolerance() -> None:
    assert problem('def f(n):\n    """Half.\n\n    >>> f(1)\n    0.5\n    """\n').checker == "json:1e-6"


def test_a_node_that_may_be_anything_is_refused() -> None:
    with pytest.raises(
        RefusedProblem, match=r"Solution.clone takes or returns a Node, and nothing tells how"
    ):
        problem(
            """
            class Solution:
                def clone(self, node: Optional[Node]) -> Optional[Node]:
            """
        )


def test_leetcode_in_a_language_in_which_none_is_called_is_refused_with_a_way_out() -> None:
    text = "/*\nAdd two numbers.\n\nExample 1:\nInput: a = 1, b = 2\nOutput: 3\n*/\nclass Solution {};\n"
    with pytest.raises(ProblemError, match=r"Python, C\+\+, JavaScript only.*\.md"):
        read_document(text, Path("/nowhere/a.java"))


def test_an_example_that_is_no_value_is_said_and_the_others_count() -> None:
    found = problem(
        """
        Double the number.

        Example 1:

        Input: n = 2
        Output: 4

        Example 2:

        Input: n = (the biggest number
        Output: 8

        ```python
        def double(n):
            pass
        ```
        """,
        "a.md",
    )
    assert cases(found) == [("[2]", "4")]
    assert any("example 2 could not be read" in remark.message for remark in found.remarks)


def test_a_stub_in_a_stdin_problem_changes_nothing() -> None:
    found = problem(
        """
        Read two numbers, print their sum.

        Sample Input

        1 2

        Sample Output

        3

        ```python
        def solve():
            pass
        ```
        """,
        "a.md",
    )
    assert found.style is Style.STDIN


def test_a_call_is_rendered_for_a_person() -> None:
    found = problem(LEETCODE, "a.md")
    assert render_call(found, "[[2, 7], 9]") == "twoSum([2, 7], 9)"
    assert render_call(found, '[{"$set": [1]}, "a"]') == "twoSum({1}, 'a')"
    assert render_call(found, '{"$check": "assert twoSum([1], 1)"}') == "assert twoSum([1], 1)"
    assert render_call(found, "no json") == "no json"


def test_a_signature_over_several_lines_is_a_stub() -> None:
    (stub,) = stubs_of(
        "class Solution:\n    def f(\n        self,\n        a: int,\n        b: int = 2,\n    ) -> int:\n"
    )
    assert stub.entry_point == "Solution.f"
    assert stub.parameters == (Parameter("a"), Parameter("b", 2, has_default=True))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("nums = [2,7], target = 9", [("nums", "[2,7]"), ("target", "9")]),
        ('s = "a, b = c"', [("s", '"a, b = c"')]),
        ("a = 1\nb = 2\n", [("a", "1"), ("b", "2")]),
        ("[1, 2], 3", [("", "[1, 2]"), ("", "3")]),
        ("", []),
    ],
)
def test_assignments_are_cut_outside_of_brackets_and_strings(text: str, parts: list[tuple[str, str]]) -> None:
    assert assignments(text) == parts


@given(st.text())
def test_no_text_makes_the_readers_of_examples_fail(text: str) -> None:
    target = Stub("f", (Parameter("a"),))
    assignments(text)
    doctests_of(target, ">>> f(" + text)
    doctests_of(target, ">>> f(1)\n" + text)
    arrows_of(target, "f(" + text + ") => " + text)
    stubs_of("def f(" + text)


TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=3), VALUES)
def test_a_doctest_of_any_values_comes_back_as_these_values(arguments: list[object], value: object) -> None:
    line = f">>> f({', '.join(map(repr, arguments))})\n{value!r}\n"
    (test,) = doctests_of(Stub("f"), line)
    assert from_json(test.input) == arguments
    assert from_json(test.expected) == value


@given(st.text())
def test_a_text_is_a_literal_or_is_refused(text: str) -> None:
    with contextlib.suppress(NoLiteral):
        encode(literal(text))
