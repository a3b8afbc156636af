"""Repairs that are changes: applied where they fit exactly, or not at all."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.models.diff_apply import apply_blocks, apply_diff, looks_like_diff
from sstar_lsp.models.extract import extract_code

BASE = "n = int(input())\nbest = 0\nfor _ in range(n):\n    x = int(input())\n    if x > best:\n        best = x\nprint(best)\n"
FIXED = BASE.replace("best = 0", "best = float('-inf')")
DIFF = "--- a.py\n+++ b.py\n@@ -1,3 +1,3 @@\n n = int(input())\n-best = 0\n+best = float('-inf')\n for _ in range(n):\n"
BLOCKS = "<<<<<<< SEARCH\nbest = 0\n=======\nbest = float('-inf')\n>>>>>>> REPLACE\n"


@pytest.mark.parametrize("tag", ["diff", "python", ""])
def test_a_diff_in_a_fence_is_applied_to_the_program_before(tag: str) -> None:
    found = extract_code(f"The bug is the start value.\n\n```{tag}\n{DIFF}```\n", "python", base=BASE)
    assert found.code == FIXED
    assert "a diff" in found.remark


def test_a_diff_without_a_fence_is_applied_too() -> None:
    assert extract_code(DIFF, "python", base=BASE).code == FIXED


@pytest.mark.parametrize("around", ["{}", "Here it is:\n\n```python\n{}```\n", "{0}\nThat is all.\n"])
def test_search_and_replace_blocks_are_applied(around: str) -> None:
    found = extract_code(around.format(BLOCKS), "python", base=BASE)
    assert found.code == FIXED
    assert "search-and-replace" in found.remark


def test_a_whole_program_beside_a_diff_is_the_program() -> None:
    program = FIXED + "# whole\n"
    reply = f"Change:\n```diff\n{DIFF}```\nWhole:\n```python\n{program}```\n"
    assert extract_code(reply, "python", base=BASE).code == program


def test_a_diff_that_does_not_fit_is_no_program() -> None:
    other = DIFF.replace("-best = 0", "-worst = 0")
    assert extract_code(f"```diff\n{other}```\n", "python", base=BASE).code is None


def test_without_the_program_before_a_diff_is_no_program() -> None:
    assert extract_code(f"```diff\n{DIFF}```\n", "python").code is None


def test_line_numbers_of_a_diff_are_not_believed() -> None:
    assert apply_diff(BASE, DIFF.replace("-1,3 +1,3", "-40,3 +41,9")) == FIXED


def test_a_place_that_is_there_twice_is_not_guessed() -> None:
    assert apply_blocks("x = 1\nx = 1\n", "<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n") is None


def test_of_several_blocks_all_fit_or_none_is_applied() -> None:
    second = "<<<<<<< SEARCH\nnowhere\n=======\nx\n>>>>>>> REPLACE\n"
    assert apply_blocks(BASE, BLOCKS + second) is None


def test_a_missing_indentation_is_made_good() -> None:
    reply = "<<<<<<< SEARCH\nif x > best:\n    best = x\n=======\nbest = max(best, x)\n>>>>>>> REPLACE\n"
    changed = apply_blocks(BASE, reply)
    assert changed is not None
    assert "\n    best = max(best, x)\n" in changed


def test_a_program_with_minus_signs_is_no_diff() -> None:
    assert not looks_like_diff("x = 1\ny = -x\nprint(y)\n- 3\n")


@given(
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12, unique=True),
    st.lists(st.sampled_from("uvwxyz"), max_size=6, unique=True),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_every_diff_that_difflib_writes_of_distinct_lines_is_applied(
    lines: list[str], new: list[str], start: int, end: int
) -> None:
    start, end = sorted((min(start, len(lines)), min(end, len(lines))))
    changed = [*lines[:start], *new, *lines[end:]]
    if changed == lines or not changed:
        return
    diff = "\n".join(difflib.unified_diff(lines, changed, "a", "b", lineterm="", n=len(lines)))
    assert apply_diff("\n".join(lines), diff) == "\n".join(changed)
