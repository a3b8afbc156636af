"""What a person says about a statement at its top."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.problems.front_matter import KEYS, front_matter


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
