"""What is no problem at all, what contradicts itself, and what the prose says."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.metadata import facts_of
from sstar_lsp.problems.reader import read_document, read_problem
from sstar_lsp.records import Severity

STATEMENT = "# Sum\n\nRead two numbers and print their sum.\n"


def example(number: int, left: str, right: str) -> str:
    return f"\n### Sample Input {number}\n\n```\n{left}\n```\n\n### Sample Output {number}\n\n```\n{right}\n```\n"


def write(folder: Path, content: str | bytes, name: str = "sum.md") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused_and_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ProblemError, match=r"sum\.md is empty; paste the statement"):
        read_problem(write(tmp_path, content))


def test_an_empty_selection_is_refused() -> None:
    with pytest.raises(ProblemError, match="the selection is empty"):
        read_document("# Sum\n\n\nWords.\n", None, selection=(1, 3))


@pytest.mark.parametrize(
    "content",
    [b"\x7fELF\x02\x01\x01\0\0\0", bytes(range(256)) * 20, b"%PDF-1.7\n1 0 obj\n", b"\x01\x02\x03\x04" * 100],
)
def test_a_binary_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ProblemError, match="is a binary file; paste the statement as text"):
        read_problem(write(tmp_path, content))


def test_a_buffer_with_nul_is_refused() -> None:
    with pytest.raises(ProblemError, match="binary"):
        read_document("Sum\0", None)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="no such file"):
        read_problem(tmp_path / "none.md")


def test_a_folder_is_refused_and_a_file_in_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ProblemError, match=r"is a folder; name the statement in it \(for example .*problem\.md\)"
    ):
        read_problem(tmp_path)


def test_a_file_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="larger than 4 MiB"):
        read_problem(write(tmp_path, b"x " * (5 << 19)))


def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    with pytest.raises(ProblemError, match="no regular file"):
        read_problem(tmp_path / "pipe.md")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/tty"])
def test_a_device_is_refused_by_its_name_and_through_a_link(tmp_path: Path, device: str) -> None:
    (tmp_path / "link.md").symlink_to(device)
    for path in (Path(device), tmp_path / "link.md"):
        with pytest.raises(ProblemError, match="no regular file"):
            read_problem(path)


def test_a_file_that_says_no_size_and_holds_much_is_read_no_further_than_a_statement_goes(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, STATEMENT)
    os.truncate(path, 1 << 40)  # sparse: reading it whole would take the memory
    with pytest.raises(ProblemError, match="larger than 4 MiB"):
        read_problem(path)


def test_a_null_character_in_a_path_is_no_file() -> None:
    with pytest.raises(ProblemError, match="no such file"):
        read_problem(Path("a\0.md"))


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, most_bytes: int) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, STATEMENT)
    monkeypatch.setattr(
        "sstar_lsp.problems.source.document.read_regular", refuse
    )  # the tests may run as root, who can read everything
    with pytest.raises(ProblemError, match="cannot be read: Permission denied"):
        read_problem(path)


@pytest.mark.parametrize(
    "content",
    ["Größe\n\nAdd the numbers".encode(), "Größe\n\nAdd the numbers".encode("utf-8-sig"),
     "Größe\n\nAdd the numbers".encode("latin-1"), "Größe\n\nAdd the numbers".encode("utf-16")],
)  # fmt: skip
def test_any_usual_encoding_is_read(tmp_path: Path, content: bytes) -> None:
    assert read_problem(write(tmp_path, content)).title == "Größe"


def test_interactive_problems_are_refused() -> None:
    with pytest.raises(ProblemError, match="an interactive problem needs its interactor"):
        read_document("# Guess\n\nThis is an interactive problem. Guess the number.\n", None)


def test_a_statement_of_only_code_is_refused() -> None:
    with pytest.raises(ProblemError, match="only code, no statement"):
        read_document("```python\nprint(1)\n```\n", None)


def test_examples_that_contradict_are_refused_and_both_are_named() -> None:
    with pytest.raises(ProblemError, match=r"example 1 and example 3 contradict.*'1 2' gives '3' and '4'"):
        read_document(
            STATEMENT + example(1, "1 2", "3") + example(2, "1 1", "2") + example(3, "1 2", "4"), None
        )


def test_two_answers_are_fine_where_any_may_be_printed() -> None:
    text = "# Pick\n\nIf there are several solutions, print any of them.\n"
    problem = read_document(text + example(1, "1 2", "3") + example(2, "1 2", "4"), None)
    assert [(test.input, test.expected) for test in problem.public_tests] == [("1 2\n", "3\n")]
    assert any("two answers to one input" in remark.message for remark in problem.remarks)


def test_the_same_example_twice_counts_once() -> None:
    problem = read_document(STATEMENT + example(1, "1 2", "3") + example(2, "1 2", "3 "), None)
    assert len(problem.public_tests) == 1


def test_no_example_is_said_as_a_warning() -> None:
    (remark,) = read_document(STATEMENT, None).remarks
    assert remark.severity is Severity.WARNING
    assert remark.message == "no example: the choice will rest on agreement alone"


def test_how_many_examples_is_said_first() -> None:
    assert read_document(STATEMENT + example(1, "1 2", "3"), None).remarks[0].message == "1 example found"


def test_an_example_with_a_line_of_100_kilobytes_is_read() -> None:
    line = "7 " * 50_000 + "7"
    problem = read_document(STATEMENT + example(1, line, "350007"), None)
    assert [(test.input, test.expected) for test in problem.public_tests] == [(line + "\n", "350007\n")]


@pytest.mark.slow
def test_prose_of_100_kilobytes_without_a_break_is_read_at_once() -> None:
    for char in "*_[(`<|10^-6 time limit any in":
        read_document("Add up the numbers. " + char * 100_000, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Time limit: 2 seconds", 2.0), ("time limit per test1.5 seconds", 1.5), ("Time Limit: 2 sec / Memory Limit: 1 GB", 2.0),
     ("**CPU time limit:** 500 ms", 0.5), ("Time limit per test: 1 second", 1.0), ("no limit", None)],
)  # fmt: skip
def test_time_limits(text: str, seconds: float | None) -> None:
    assert facts_of(text).time_limit_s == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("memory limit per test256 megabytes", 256 << 20), ("Memory Limit: 1024 MB", 1 << 30), ("Memory limit: 1 GiB", 1 << 30),
     ("**Memory limit**: 64 MiB", 64 << 20), ("none", None)],
)  # fmt: skip
def test_memory_limits(text: str, size: int | None) -> None:
    assert facts_of(text).memory_limit_bytes == size


@pytest.mark.parametrize(
    ("text", "checker"),
    [
        (
            "Your answer is accepted if its absolute or relative error does not exceed $10^{-6}$.",
            "float:1e-6",
        ),
        ("with an absolute or relative error of at most 1e-9", "float:1e-9"),
        ("Absolute or relative error within 10^-4 is fine", "float:1e-4"),
        ("Relative error must be at most 0.001", "float:1e-3"),
        ("An error of $5 \\cdot 10^{-7}$ (absolute or relative) is allowed", "float:5e-7"),
        ("absolute or relative error does not exceed 10 − 6", "float:1e-6"),
        ("correct if you have an absolute error\nof at most ${10}^{-6}$.", "float:1e-6"),
        ("You can print each letter in any case (upper or lower).", "tokens-nocase"),
        ("You may print every letter in any case you want", "tokens-nocase"),
        ("Output is compared case-insensitively? The answer is case-insensitive.", "tokens-nocase"),
        ("The absolute value of each number is at most 10^9.", None),
        ("Print yes or no. In any case, stop.", None),
        ("The numbers are between 10^-6 and 1.", None),
    ],
)
def test_the_comparator_that_the_prose_asks_for(text: str, checker: str | None) -> None:
    assert facts_of(text).checker == checker


@pytest.mark.parametrize(
    "text",
    ["If there are multiple answers, print any of them.", "If there are several optimal solutions, output any.",
     "Print any valid ordering.", "Any valid answer will be accepted.",
     "If there is more than one solution, you may print any of these.", "Print any such number."],
)  # fmt: skip
def test_any_answer_is_accepted(text: str) -> None:
    assert facts_of(text).several_answers


@pytest.mark.parametrize(
    "text",
    ["You can return the answer in **any order**.", "The order of the output does not matter.",
     "Print them; their order is not important.", "Output the names in any order."],
)  # fmt: skip
def test_a_free_order_is_another_thing_than_several_answers(text: str) -> None:
    facts = facts_of(text)
    assert (facts.any_order, facts.several_answers) == ("any-order", False)


@pytest.mark.parametrize(
    "text",
    ["Do not print any other text.", "The edges are given in any order.", "Print the smallest of them.",
     "If there are several, print the lexicographically smallest one.", "Print any."[:5]],
)  # fmt: skip
def test_only_one_answer_is_accepted(text: str) -> None:
    assert not facts_of(text).several_answers


def test_the_link_of_the_judge_is_kept() -> None:
    text = "See https://example.org/a.\n\nFrom https://codeforces.com/problemset/problem/4/A, add up.\n"
    assert facts_of(text).url == "https://codeforces.com/problemset/problem/4/A"
    assert (
        facts_of("Source: https://example.org/a\n\nWords https://example.org/b").url
        == "https://example.org/a"
    )
    assert facts_of("Words https://example.org/b").url is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Two **Sums**\n\nAdd up the numbers.", "Two Sums"),
        ("# [A. Sum](https://x.org)\n\nAdd all of it.", "A. Sum"),
        ("A. Sum\ntime limit per test1 second\nAdd all of it.", "A. Sum"),
        ("Read two numbers and print their sum.", "file"),
        ("## Problem Statement\n\nAdd all of it.", "file"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert read_document(text, Path("/nowhere/file.md")).title == title


@given(st.text())
def test_no_text_makes_it_fail_but_with_a_problem_error(text: str) -> None:
    try:
        problem = read_document(text, None)
    except ProblemError:
        return
    assert problem.title
    assert problem.remarks


def test_a_problem_reads_the_same_from_a_file_and_from_a_buffer(tmp_path: Path) -> None:
    text = textwrap.dedent(STATEMENT + example(1, "1 2", "3"))
    path = write(tmp_path, text)
    assert read_problem(path) == read_document(text, path)
