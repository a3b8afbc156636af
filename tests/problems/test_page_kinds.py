"""One test for each kind of fault that real pages showed: what is read, what is left out, what is refused."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from sstar_lsp.errors import RefusedProblem
from sstar_lsp.problems.metadata import facts_of
from sstar_lsp.problems.reader import read_document
from sstar_lsp.records import CallForm, Problem, Severity


def read(text: str, name: str = "page.md") -> Problem:
    return read_document(inspect.cleandoc(text) + "\n", Path("/nowhere") / name)


def pairs(text: str, name: str = "page.md") -> list[tuple[str, str]]:
    return [(test.input, test.expected) for test in read(text, name).public_tests]


def warnings(problem: Problem) -> list[str]:
    return [remark.message for remark in problem.remarks if remark.severity is Severity.WARNING]


# --- where a sample ends ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "explanation",
    [
        "The longest is 6.",
        "6 - 2 = 4.",
        "6 が最大なので、答えは 4 です。",
        "Самая длинная строка равна шести.",
        "𝑆\nS is short.",
        "$a_1 = 6$ and $a_2 = 2$.",
    ],
)
def test_an_explanation_below_an_unfenced_output_is_no_part_of_it(explanation: str) -> None:
    text = f"Print the gap.\n\nSample Input 1\n\n2\n6 2\n\nSample Output 1\n\n4\n\n{explanation}\n\nSample Input 2\n\n1\n5\n\nSample Output 2\n\n0\n"
    found = read_document(text, None)
    assert [(t.input, t.expected) for t in found.public_tests] == [("2\n6 2\n", "4\n"), ("1\n5\n", "0\n")]


def test_outputs_that_are_sentences_survive() -> None:
    text = "Greet them.\n\nSample Input 1\n\nAnn\n\nSample Output 1\n\nHello Ann, it is a fine day.\nWe are glad that you came.\n\nSample Input 2\n\nBo\n\nSample Output 2\n\nHello Bo, it is a fine day.\nWe are glad that you came.\n"
    assert [t.expected for t in read_document(text, None).public_tests] == [
        "Hello Ann, it is a fine day.\nWe are glad that you came.\n",
        "Hello Bo, it is a fine day.\nWe are glad that you came.\n",
    ]


def test_a_border_that_cannot_be_told_is_doubted_on_its_line() -> None:
    found = read(
        """
        Print the parts.

        Sample Input 1

        3

        Sample Output 1

        3

        a b
        """
    )
    assert [t.expected for t in found.public_tests] == ["3\n"]
    assert not found.public_tests[0].is_sure
    assert any("may end elsewhere" in message for message in warnings(found))


def test_data_above_a_sentence_behind_a_blank_line_are_doubted() -> None:
    found = read_document(
        "Print the primes.\n\nSample Input\n\n2\n\nSample Output\n\n2\n3\n\n5\nThis is the last of them here.\n",
        None,
    )
    assert not found.public_tests[0].is_sure


def test_blank_lines_inside_an_output_are_kept_where_data_go_on() -> None:
    text = "Print two blocks.\n\nSample Input\n\n2\n\nSample Output\n\n1 2\n3 4\n\n5 6\n7 8\n\nSample Input\n\n1\n\nSample Output\n\n1 2\n"
    assert pairs(text)[0] == ("2\n", "1 2\n3 4\n\n5 6\n7 8\n")


def test_the_lines_of_an_example_are_those_of_the_document() -> None:
    found = read("Add up.\n\n## Sample Input 1\n\n```\n1 2\n```\n\n## Sample Output 1\n\n```\n3\n```\n")
    assert found.public_tests[0].lines == (2, 12)


# --- forms ----------------------------------------------------------------------------------------------


def test_two_columns_are_cut_where_the_second_label_stands() -> None:
    text = """
        Print the sum of each line.

        Sample Input      Sample Output
        2                 3
        1 2               -1
        -4 3
        """
    assert pairs(text, "page.txt") == [("2\n1 2\n-4 3\n", "3\n-1\n")]


def test_two_columns_that_cannot_be_cut_are_left_out_with_a_remark() -> None:
    found = read(
        "Print it.\n\nSample Input      Sample Output\nan input that runs over the column\nof the output\n"
    )
    assert found.public_tests == ()
    assert any("two columns" in message for message in warnings(found))


def test_labels_above_both_blocks_belong_to_the_blocks_in_their_order() -> None:
    text = "Add up.\n\n### Sample 1:\n\nInput\n\nOutput\n\n```\n1 2\n```\n\n```\n3\n```\n"
    assert pairs(text) == [("1 2\n", "3\n")]


def test_an_annotated_sample_gives_the_column_below_stdin() -> None:
    text = "Add up.\n\n**Sample Input 0**\n\n```\nSTDIN     Function\n-----     --------\n3         n = 3\n7         a = 7\n```\n\n**Sample Output 0**\n\n```\n10\n```\n"
    assert pairs(text) == [("3\n7\n", "10\n")]


def test_a_block_of_the_story_is_no_example_where_samples_have_headings() -> None:
    text = "Consider this.\n\n```\nInput: a graph that is large\nOutput: its size\n```\n\nFind it.\n\n## Sample Input 1\n\n```\n5\n```\n\n## Sample Output 1\n\n```\nno\n```\n"
    assert pairs(text) == [("5\n", "no\n")]


def test_a_sample_keeps_an_empty_last_line_in_a_fence() -> None:
    text = "Read a line, which may be empty.\n\n## Sample Input\n\n```\n2\nab\n\n```\n\n## Sample Output\n\n```\n2\n```\n"
    assert pairs(text) == [("2\nab\n\n", "2\n")]


def test_a_drawing_keeps_its_leading_spaces_and_white_space_counts() -> None:
    found = read("Draw it.\n\n## Sample Input\n\n```\n2\n```\n\n## Sample Output\n\n```\n *\n***\n```\n")
    assert found.public_tests[0].expected == " *\n***\n"
    assert found.checker == "lines"


def test_characters_of_word_processors_are_those_of_a_keyboard() -> None:
    text = "Print it.\n\nSample Input\n\n\u22125\u00a0\u20133\u200b\n\nSample Output\n\n\u201cno\u201d\n"
    assert pairs(text) == [("-5 -3\n", '"no"\n')]


def test_entities_and_line_divs_left_in_a_fence_are_what_they_mean() -> None:
    text = 'Print it.\n\n## Sample Input\n\n```\n<div class="test-example-line">2</div><div class="test-example-line">1 &lt; 2</div>\n```\n\n## Sample Output\n\n```\na &amp; b\n```\n'
    assert pairs(text) == [("2\n1 < 2\n", "a & b\n")]


def test_a_heading_of_a_menu_opens_no_section_of_examples() -> None:
    text = "Tests\nTime limit: 1.00 s\n\nAdd up.\n\nInput\n\nThe first line contains two integers.\n\nOutput\n\nPrint one integer.\n\nExample\n\nInput:\n1 2\n\nOutput:\n3\n"
    assert pairs(text) == [("1 2\n", "3\n")]


def test_numbered_rows_of_a_table_that_was_copied() -> None:
    text = "Сложите числа.\n\nПримеры\n№\tINPUT.TXT\tOUTPUT.TXT\n1\t2\n1 2\t3\n2\t1\n5\t5\n"
    found = read_document(text, None)
    assert [(t.input, t.expected) for t in found.public_tests] == [("2\n1 2\n", "3\n"), ("1\n5\n", "5\n")]
    assert found.file_io == ("INPUT.TXT", "OUTPUT.TXT")


def test_the_page_of_codeforces_is_read_without_its_frame() -> None:
    page = """
        <html><head><title>Problem - A</title></head><body><div class="menu-box"><ul><li>Home</li></ul></div>
        <div class="problem-statement"><div class="header"><div class="title">A. Sum</div>
        <div class="time-limit"><div class="property-title">time limit per test</div>2 seconds</div>
        <div class="memory-limit"><div class="property-title">memory limit per test</div>256 megabytes</div></div>
        <div><p>Add up.</p></div>
        <div class="sample-tests"><div class="section-title">Example</div><div class="sample-test">
        <div class="input"><div class="title">Input<div class="input-output-copier">Copy</div></div><pre><div class="test-example-line">2</div><div class="test-example-line">1 2</div></pre></div>
        <div class="output"><div class="title">Output<div class="input-output-copier">Copy</div></div><pre>3
        </pre></div></div></div></div><div id="footer">Codeforces</div></body></html>
        """
    found = read(page, "page.html")
    assert (found.title, found.time_limit_s, found.memory_limit_bytes) == ("A. Sum", 2, 256 << 20)
    assert [(t.input, t.expected.strip()) for t in found.public_tests] == [("2\n1 2\n", "3")]
    assert "Home" not in found.statement


def test_hidden_text_of_a_page_is_not_read() -> None:
    page = '<p>Add up the numbers of a line.</p><!-- ignore the rules --><p style="display: none">ignore the rules</p><script>ignore()</script>'
    assert "ignore" not in read(page, "page.html").statement


# --- functions ------------------------------------------------------------------------------------------


def test_a_value_over_several_lines_is_one_value() -> None:
    text = 'Count the ones.\n\n**Example 1:**\n\n**Input:** grid =\n\n    [["1","0"],\n     ["0","0"]]\n\n**Output:** 1 **Explanation:** Only one.\n'
    assert pairs(text) == [('[[["1", "0"], ["0", "0"]]]', "1")]


def test_arrays_as_c_writes_them_and_the_function_that_the_page_names() -> None:
    found = read(
        """
        Find the gap. Complete the function **maxGap()** which takes arr and returns it.

        Example 1:

        Input: arr[] = {4, 9, 2}, n = 3
        Output: 7
        """
    )
    assert found.entry_point == "Solution.maxGap"
    assert [(t.input, t.expected) for t in found.public_tests] == [("[[4, 9, 2], 3]", "7")]


def test_the_signature_in_another_language_names_function_and_parameters() -> None:
    found = read(
        """
        Add two numbers.

        Example 1:

        Input: a = 1, b = 2
        Output: 3

        ```cpp
        class Solution {
        public:
            int addUp(int a, int b) {
            }
        };
        ```
        """
    )
    assert found.entry_point == "Solution.addUp"
    assert "def addUp(self, a: int, b: int) -> int:" in found.starter_code


def test_code_that_was_pasted_without_a_fence_is_found() -> None:
    found = read(
        "Double it.\n\nExample 1:\n\nInput: n = 2\nOutput: 4\n\nclass Solution:\n    def twice(\n        self, n: int\n    ) -> int:\n        \n"
    )
    assert found.entry_point == "Solution.twice"


def test_a_function_that_returns_nothing_is_judged_by_its_argument() -> None:
    found = read(
        """
        Sort the list in place.

        Example 1:

        Input: nums = [2, 1]
        Output: [1, 2]

        ```python
        class Solution:
            def sort(self, nums: List[int]) -> None:
        ```
        """
    )
    assert found.call_form == CallForm(judged_argument=0)


def test_trees_and_lists_are_built_where_the_code_says_so() -> None:
    found = read(
        """
        Merge the linked list into the tree.

        Example 1:

        Input: root = [1,null,2], head = [3]
        Output: [1,3,2]

        ```python
        class Solution:
            def merge(self, root: Optional[TreeNode], head: Optional[ListNode]) -> Optional[TreeNode]:
        ```
        """
    )
    assert found.call_form == CallForm(("TreeNode", "ListNode"), "TreeNode")
    assert found.public_tests[0].input == "[[1, null, 2], [3]]"


def test_a_class_is_run_as_calls_on_one_object() -> None:
    found = read(
        """
        Implement the Counter class.

        Example 1:

        ```
        Input
        ["Tally", "add", "add"]
        [[], [2], [3]]
        Output
        [null, 2, 5]
        ```

        ```python
        class Tally:

            def __init__(self):


            def add(self, n: int) -> int:

        ```
        """
    )
    assert (found.entry_point, found.call_form) == ("Tally", CallForm(is_object=True))
    assert found.public_tests[0].expected == "[null, 2, 5]"


def test_any_order_is_seen_behind_emphasis_and_settles_how_results_are_compared() -> None:
    found = read(
        "Return the pairs in **any order**.\n\nExample 1:\n\nInput: n = 2\nOutput: [[1, 2], [2, 1]]\n"
    )
    assert found.several_answers
    assert found.checker == "json:any-order"


def test_the_order_inside_of_groups_means_nothing_either() -> None:
    found = read(
        'Group the words. Return the groups in any order.\n\nExample 1:\n\nInput: w = ["a"]\nOutput: [["a"]]\n'
    )
    assert found.checker == "json:any-order-nested"


def test_calls_with_arrows_name_the_function_of_a_kata() -> None:
    found = read(
        "# Kata\n\nWrite a function `twice(n)`.\n\n## Examples\n\n```\ntwice(2) => 4\ntwice(3) => 6\n```\n"
    )
    assert (found.entry_point, len(found.public_tests)) == ("twice", 2)


def test_a_tolerance_is_read_for_functions() -> None:
    found = read(
        "Return the mean. Answers within 10^-5 of the actual answer will be accepted.\n\nExample 1:\n\nInput: a = [1, 2]\nOutput: 1.50000\n"
    )
    assert found.checker == "json:1e-5"


def test_an_output_with_decimals_is_compared_as_a_number_unless_digits_are_fixed() -> None:
    sample = "\n\nSample Input\n\n1 2\n\nSample Output\n\n1.50\n"
    assert read_document(f"Print the mean of the numbers.{sample}", None).checker == "numbers"
    assert read_document(f"Print the mean with exactly two decimals.{sample}", None).checker == "tokens"


# --- refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "This is an **interactive task** with a judge.",
        "This problem is interactive.",
        "## Interaction\n\nAsk your questions.",
        "これはインタラクティブ問題です。",
        "この問題は対話型の問題です。",
        "这是一道交互题。",
        "이 문제는 인터랙티브 문제이다.",
        "Это интерактивная задача.",
        "Este é um problema interativo.",
        "Este es un problema interactivo.",
        "Dies ist eine interaktive Aufgabe.",
        "C'est un problème interactif.",
        "To jest zadanie interaktywne.",
        "Do not forget to flush the output after each query.",
        "graphs interactive trees *1900",
    ],
)
def test_interactive_tasks_are_refused_with_the_words_that_told_it(words: str) -> None:
    with pytest.raises(RefusedProblem, match="an interactive problem needs its interactor") as caught:
        read_document(f"# Guess\n\nThe judge hides a number. Find it.\n\n{words}\n", None)
    assert caught.value.kind == "interactive"
    assert "it says" in str(caught.value)


@pytest.mark.parametrize(
    "story",
    [
        "The town has an interactive map of its parks. Print the number of parks.",
        "Anna flushes the pipes of n houses. Print how many are clean.",
        "The museum shows an interactive installation. Count its lamps.",
    ],
)
def test_stories_about_interactive_things_are_no_interactive_tasks(story: str) -> None:
    assert read_document(f"{story}\n\nSample Input\n\n3\n\nSample Output\n\n4\n", None).public_tests


TWO_PROBLEMS = """
# A. Sum

Add the numbers of a line.

## Sample Input 1

```
1 2
```

## Sample Output 1

```
3
```

# B. Product

Multiply the numbers of a line.

## Sample Input 1

```
3 4
```

## Sample Output 1

```
12
```
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Table: Teams\n\n| Column Name | Type |\n|---|---|\n| id | int |\n\nWrite a solution to find the best team.", "sql"),
        ("# Editorial of round 3\n\nWe sort the numbers and take the largest of them.", "editorial"),
        ("# Round 3\n\n- A. Apples\n- B. Bears\n- C. Cats\n- D. Dogs\n", "index"),
        ("# Stones\n\n![statement](stones.png)\n", "picture"),
        ("Given the root of a binary tree, return its depth.\n\nExample 1:\n\nInput: root = [1,null,2]\nOutput: 2\n", "structure"),
        ('Implement the Tally class:\n\nExample 1:\n\nInput\n["Tally", "add"]\n[[], [2]]\nOutput\n[null, 2]\n', "design"),
        (
            TWO_PROBLEMS,
            "two problems",
        ),
    ],
)  # fmt: skip
def test_what_is_no_problem_for_us_is_refused_with_its_kind(text: str, kind: str) -> None:
    with pytest.raises(RefusedProblem) as caught:
        read_document(text, Path("/nowhere/page.md"))
    assert caught.value.kind == kind


def test_a_selection_of_one_of_two_problems_is_read() -> None:
    assert len(read_document(TWO_PROBLEMS, None, selection=(0, 16)).public_tests) == 1


# --- limits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds", "mebibytes"),
    [
        ("Time Limit: 500 msec / Memory Limit: 256 MB", 0.5, 256),
        ("Time limit: 2.0s\nMemory limit: 256M", 2, 256),
        ("Time Limit: 1000MS\t\tMemory Limit: 10000K", 1, 10000 / 1024),
        ("Time Limit: 2000/1000 MS (Java/Others)    Memory Limit: 65536/32768 K (Java/Others)", 2, 64),
        ("CPU Time limit\n1 second\nMemory limit\n1024 MB", 1, 1024),
        ("| Time limit | Memory limit |\n|---|---|\n| 2 s | 256 MB |", 2, 256),
        ("Time limit: 0,5 s", 0.5, None),
        ("Time limit: 1-3 s", 1, None),
        ("Timelimit: 3", 3, None),
        ("実行時間制限: 2 sec / メモリ制限: 1024 MB", 2, 1024),
        ("时间限制：1.00s 内存限制：125.00MB", 1, 125),
        ("시간 제한\t메모리 제한\t제출\n3 초\t128 MB\t12", 3, 128),
        ("ограничение по времени на тест: 1 секунда\nограничение по памяти на тест: 256 мегабайт", 1, 256),
        ("(Время: 2 сек. Память: 64 Мб)", 2, 64),
        ("Límite de tiempo: 2 segundos. Límite de memoria: 64 MB", 2, 64),
        ("Zeitlimit: 4 Sekunden", 4, None),
        ("The tram runs for 3 hours.", None, None),
    ],
)
def test_limits_as_judges_write_them(text: str, seconds: float | None, mebibytes: float | None) -> None:
    facts = facts_of(text)
    assert facts.time_limit_s == seconds
    assert facts.memory_limit_bytes == (None if mebibytes is None else int(mebibytes * 1024) * 1024 or None)


def test_a_pair_of_limits_is_read_for_the_language_of_the_program() -> None:
    text = "Time Limit: 2000/1000 MS (Java/Others)"
    assert (facts_of(text, "java").time_limit_s, facts_of(text, "python").time_limit_s) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "INPUT FORMAT (file gap.in):",
        "Input file: gap.in\nOutput file: gap.out",
        "Read from the file gap.in and write to the file gap.out.",
    ],
)
def test_the_files_that_a_judge_wants(text: str) -> None:
    assert facts_of(text).file_io == ("gap.in", "gap.out")
