"""What a person says about a statement at its top."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.front_matter import KEYS, front_matter
from sstar_lsp.problems.reader import read_document
from sstar_lsp.records import Style


def test_keys_and_values_are_read_and_the_statement_begins_behind_them() -> None:
    text = "---\nchecker: float:1e-6\nTime-Limit: '2 s'  # of the judge\nmemory limit: 256 MB # too\n\n---\n# Sum\n"
    found = front_matter(text)
    assert found is not None
    assert found.values == {"checker": "float:1e-6", "time_limit": "2 s", "memory_limit": "256 MB"}
    assert text.splitlines()[found.end] == "# Sum"
    assert found.remarks == ()


def test_unknown_keys_are_told_with_their_line_and_the_known_ones() -> None:
    found = front_matter("---\nchecker: tokens\ntags:\n  - graphs\n- trees\nauthor: me\n---\n")
    assert found is not None
    assert [(remark.line, "'tags'" in remark.message) for remark in found.remarks] == [(2, True), (5, False)]
    assert all(key in found.remarks[0].message for key in KEYS)


def test_a_key_said_twice_or_without_a_value_is_told() -> None:
    found = front_matter("---\nkind: stdin\nkind: function\nchecker:\n---\n")
    assert found is not None
    assert found.values == {"kind": "function"}
    assert ["twice" in r.message or "no value" in r.message for r in found.remarks] == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Sum\n---\nchecker: tokens\n---\n",
        "---\ntitle: Sum\nlayout: post\n---\nGiven two numbers\n",
        "---\nA rule, then words: and a colon\nchecker is nothing\n---\n",
        "---\nchecker: tokens\nnever ended\n",
        "---\n" + "checker: tokens\n" * 100 + "---\n",
        "----\nchecker: tokens\n----\n",
    ],
)
def test_what_is_no_front_matter_of_ours_stays_part_of_the_statement(text: str) -> None:
    assert front_matter(text) is None


@given(st.text(alphabet="-\n:ck #\"'\ufeff", max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    found = front_matter(f"---\n{text}\nkind: stdin\n---\n")
    assert found is None or found.values["kind"] == "stdin"


def test_what_front_matter_says_goes_before_the_prose() -> None:
    text = "---\ntime_limit: 500 ms\nmemory_limit: 64 MB\ninput_file: gap.in\ncpp_standard: c++17\nkind: stdin\n---\nFind the gap. Time limit: 3 s\n\nInput: n = 3\nOutput: 4\n"
    problem = read_document(text, Path("/nowhere/page.md"))
    assert (problem.style, problem.time_limit_s, problem.memory_limit_bytes) == (Style.STDIN, 0.5, 64 << 20)
    assert (problem.file_io, problem.cpp_standard) == (("gap.in", "output.txt"), "c++17")


def test_a_function_that_front_matter_names_is_the_one_asked_for() -> None:
    text = "---\nfunction: widest\n---\nFind the gap.\n\nExample 1:\n\nInput: n = 3\nOutput: 4\n"
    assert read_document(text, Path("/nowhere/page.md")).entry_point == "Solution.widest"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("input_file: ../secret.txt", "plain names of files"),
        ("cpp_standard: c++99x", "cpp_standard"),
        ("kind: function", "no function was found"),
        ("checker: nonsense", "nonsense"),
    ],
)
def test_a_value_that_cannot_be_is_an_error_that_says_so(lines: str, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        read_document(f"---\n{lines}\n---\nFind the gap.\n", Path("/nowhere/page.md"))


def test_a_limit_that_is_none_is_a_remark() -> None:
    problem = read_document("---\ntime_limit: soon\n---\nFind the gap of the numbers.\n", None)
    assert any("'soon' is no limit" in remark.message for remark in problem.remarks)
