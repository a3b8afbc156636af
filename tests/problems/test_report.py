"""What was read, as JSON and as text."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.report import (
    comparator_words,
    one_line,
    report_json,
    report_text,
    short_text,
    summary,
)
from sstar_lsp.records import CheckerProgram, Problem, Remark, Severity, Style, Test, TestOrigin
from sstar_sandbox.verdicts.comparators import KNOWN

KEYS = [
    *("kind", "reason", "title", "function", "comparator", "several_answers", "time_limit_s"),
    *("memory_limit_mib", "file_io", "examples", "remarks"),
]
GAP = Problem(
    "Gap",
    "…",
    public_tests=(
        Test("3\n1 5 9\n", "4\n", name="example 1", lines=(4, 9), is_sure=False),
        Test("1\n", "0\n", TestOrigin.FILE, "tests/1.in"),
    ),
    time_limit_s=0.5,
    memory_limit_bytes=256 << 20,
    file_io=("gap.in", "gap.out"),
    remarks=(
        Remark(Severity.WARNING, "example 1 may go on", 9),
        Remark(Severity.INFO, "1 example and 1 test from files found"),
    ),
    several_answers=True,
)


def test_the_object_of_a_problem_for_standard_input_holds_texts_and_lines_from_one() -> None:
    answer = report_json(GAP)
    assert list(answer) == KEYS
    assert answer == {
        "kind": "stdin",
        "reason": None,
        "title": "Gap",
        "function": None,
        "comparator": "tokens",
        "several_answers": True,
        "time_limit_s": 0.5,
        "memory_limit_mib": 256,
        "file_io": ["gap.in", "gap.out"],
        "examples": [
            {"input": "3\n1 5 9\n", "output": "4\n", "lines": [5, 9], "sure": False},
            {"input": "1\n", "output": "0\n", "lines": None, "sure": True},
        ],
        "remarks": ["example 1 may go on (line 10)", "1 example and 1 test from files found"],
    }
    assert json.dumps(answer["memory_limit_mib"]) == "256"


def test_the_values_of_a_function_are_json_and_not_texts_of_it() -> None:
    problem = Problem(
        "f",
        "…",
        Style.FUNCTION,
        "f",
        public_tests=(Test('[[1, null], {"$set": [2]}]', '{"$tuple": [true, {"$float": "inf"}]}'),),
        checker="json",
    )
    answer = report_json(problem)
    assert answer["function"] == "f"
    [example] = answer["examples"]
    assert example["input"] == [[1, None], {"$set": [2]}]
    assert example["output"] == {"$tuple": [True, {"$float": "inf"}]}


def test_a_checker_program_is_named_in_the_comparators_place() -> None:
    judged = evolve(GAP, checker_program=CheckerProgram("…", "cpp", name="val.cpp"))
    assert report_json(judged)["comparator"] == "program val.cpp"
    assert "program val.cpp: a checker program decides" in report_text(judged)


def test_a_refusal_is_an_object_with_its_reason_and_nothing_else() -> None:
    answer = report_json(ProblemError("it is interactive"))
    assert list(answer) == KEYS
    assert (answer.pop("kind"), answer.pop("reason")) == ("refused", "it is interactive")
    assert not any(answer.values())
    assert report_text(ProblemError("why")) == "refused: why\n"


def test_the_text_shows_each_example_with_its_lines_doubts_and_remarks() -> None:
    text = report_text(GAP)
    for words in (
        "reads gap.in, writes gap.out",
        "0.5 s, 256 MiB",
        "tokens: the same words in the same order; white space does not matter",
        "several may be right",
        "example 1, lines 5–9, borders DOUBTFUL\n  input\n    3\n    1 5 9\n  output\n    4\n",
        "tests/1.in, borders sure",
        "warning: example 1 may go on (line 10)",
    ):
        assert words in text


def test_the_short_text_has_a_line_for_each_example_and_the_warnings() -> None:
    assert short_text(GAP).splitlines() == [
        (
            "read: Gap · reads gap.in, writes gap.out · 1 example, 1 test from files · 0.5 s · 256 MiB · tokens"
            " · several answers · 1 doubtful"
        ),
        "  example 1 (lines 5–9, borders DOUBTFUL): 3 ⏎ 1 5 9 → 4",
        "  tests/1.in: 1 → 0",
        "  warning: example 1 may go on (line 10)",
    ]


def test_long_texts_keep_their_tail_where_a_sentence_would_stand() -> None:
    shown = one_line("1\n" * 200 + "as one can see\n")
    assert len(shown) < 90
    assert shown.startswith("1 ⏎ 1")
    assert shown.endswith("as one can see")
    assert one_line("") == "(nothing)"
    long = Problem("L", "…", public_tests=(Test("1\n" * 99, "1\n", name="example 1"),))
    assert "    … 79 more lines" in report_text(long)


def test_a_document_without_an_example_says_so() -> None:
    assert summary(Problem("P", "…")) == "0 examples · tokens"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("float:1e-6", "numbers may differ by 1e-6"),
        ("json:1e-9", "fractions may differ by 1e-9"),
        ("exact", "byte for byte"),
        ("program val.cpp", "a checker program decides"),
        ("json:any-order,1e-5", "in any order, fractions may differ by 1e-5"),
        ("a-new-one", "a-new-one"),
        ("new:1", "new:1"),
    ],
)
def test_a_comparator_is_told_in_words(name: str, words: str) -> None:
    assert words in comparator_words(name)


@pytest.mark.parametrize("name", KNOWN)
def test_every_comparator_has_words_of_its_own(name: str) -> None:
    assert comparator_words(name) != name
