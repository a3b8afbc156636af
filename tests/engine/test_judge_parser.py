"""What a judge's words are taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.engine.judging.judge_parser import (
    has_answer,
    read_answer,
    read_conclusion,
    read_output,
    read_vote,
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ANSWER: 1", 1),
        ("so it is.\n\n**ANSWER: 2**\n", 2),
        ("ANSWER: `2`.", 2),
        ("Answer: program 1", 1),
        ("ANSWER: 0 because I cannot tell", 0),
        ("First I thought ANSWER: 1. But no.\nANSWER: 2", 2),
        ("ANSWER: 1\nThe right answer: 2", 1),
        ("ANSWER: 12", None),
        ("ANSWER: 3", None),
        ("Program 1 is right.", None),
        ("The ANSWER is clear", None),
        ("", None),
    ],
)
def test_the_judges_answer_is_its_last_and_nothing_else_is_one(text: str, answer: int | None) -> None:
    assert read_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "first", "second", "answer"),
    [
        ("WORK: 3 + 4\nRIGHT OUTPUT: 7\nANSWER: 2", "7\n", "12\n", 1),
        ("RIGHT OUTPUT: The rules give the output 12.\n\nANSWER: 1", "7\n", "12\n", 2),
        ("**RIGHT OUTPUT:** `False`\n**ANSWER:** 1", "true", "false", 2),
        ("RIGHT OUTPUT: It returns `7`, for 12 is more.\nANSWER: 2", "7\n", "12\n", 1),
        ("RIGHT OUTPUT:\n```\n1 2\n3\n```\nANSWER: 2", "1 2\n3\n", "1 2\n4\n", 1),
        ("RIGHT OUTPUT: 1 7\nANSWER: 1", "7\n", "1 7\n", 2),
        ("RIGHT OUTPUT: 7\nNo.\nRIGHT OUTPUT: 12", "7\n", "12\n", 2),
        ("RIGHT OUTPUT: 5\nANSWER: 1", "7\n", "12\n", None),
        ("RIGHT OUTPUT: 17\nANSWER: 1", "7\n", "12\n", None),
        ("RIGHT OUTPUT: 7\nANSWER: 1", "7\n", '"7"\n', None),
        ("RIGHT OUTPUT: none\nANSWER: 1", "(nothing)", "12\n", None),
        ("RIGHT OUTPUT:\nANSWER: 1", "", "12\n", None),
        ("The right output is 7.\nANSWER: 1", "7\n", "12\n", None),
    ],
)
def test_the_output_that_the_judge_worked_out_is_found(
    text: str, first: str, second: str, answer: int | None
) -> None:
    swapped = None if answer is None else 3 - answer
    assert read_output(text, first, second) == answer
    assert read_output(text, second, first) == swapped


@pytest.mark.parametrize(
    ("text", "vote"),
    [
        ("RIGHT OUTPUT: 7\nANSWER: 2\n", 1),
        ("RIGHT OUTPUT: 7\nANSWER: 0\n", 1),
        ("RIGHT OUTPUT: 5\nANSWER: 0\n", 0),
        ("RIGHT OUTPUT: an odd one\nANSWER: 2\n", 2),
        ("It must be `12`.", 2),
        ("It must be odd.", None),
    ],
)
def test_what_the_judge_worked_out_counts_before_the_number_that_it_names(
    text: str, vote: int | None
) -> None:
    assert read_vote(text, "7\n", "12\n") == vote


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So it is \boxed{2}.", 2),
        ("The right output is `1 1`.", 1),
        ("It is `2`, because\n**1   1** is wrong? No: **2**", 2),
        ("The final answer is `7`.", None),
        ("I cannot tell.", None),
    ],
)
def test_a_reply_without_its_last_line_is_read_by_what_it_concludes(text: str, answer: int | None) -> None:
    assert read_conclusion(text, "1 1\n", "2\n") == answer
    assert read_conclusion(text, "2\n", "2\n") is None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("RIGHT OUTPUT: 7\nANSWER: 1\n", True),
        ("RIGHT OUTPUT: 7\nANSWER: 1", False),
        ("ANSWER: 1 if\n", False),
    ],
)
def test_a_reply_is_closed_behind_the_line_of_its_answer(text: str, whole: bool) -> None:
    assert has_answer(text) is whole


@given(st.text())
def test_any_words_are_read_without_an_error(text: str) -> None:
    assert read_answer(text) in (None, 0, 1, 2)
    assert read_output(f"RIGHT OUTPUT: {text}", "1", "2") in (None, 1, 2)
