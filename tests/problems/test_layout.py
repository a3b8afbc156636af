"""Tests in files beside the statement: which belong, which do not, which are never seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems import hidden, layouts
from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.layouts.files import MAX_TEST_BYTES, natural
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import TestOrigin

STATEMENT = "# Double\n\nRead a number and print its double.\n\nSample Input\n\n1\n\nSample Output\n\n2\n"


def lay(folder: Path, *names: str) -> None:
    """Each ``x.in`` holds a number of its own; each output its double."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        number = 10 + sum(path.stem.encode())
        path.write_text(f"{number if path.suffix == '.in' else 2 * number}\n")


def pair(stem: str, answer: str = ".out") -> tuple[str, str]:
    return stem + ".in", stem + answer


def names(path: Path) -> list[str]:
    return [test.name for test in read_problem(path).public_tests if test.origin is TestOrigin.FILE]


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    path = tmp_path / "double.md"
    path.write_text(STATEMENT)
    return path


def test_pairs_that_begin_with_the_name_of_the_statement_belong_to_it(statement: Path) -> None:
    lay(
        statement.parent,
        *pair("double"),
        *pair("double10"),
        *pair("double2"),
        *pair("double-b", ".ans"),
        *pair("doubles"),
    )
    assert names(statement) == ["double.in", "double2.in", "double10.in", "double-b.in"]


def test_a_longer_name_of_another_statement_takes_its_own(statement: Path) -> None:
    (statement.parent / "double-b.md").write_text(STATEMENT)
    lay(statement.parent, *pair("double-b1"), *pair("double1"))
    assert names(statement) == ["double1.in"]


def test_numbered_and_sample_pairs_belong_to_the_only_statement(statement: Path) -> None:
    lay(statement.parent, *pair("10"), *pair("9"), *pair("sample-1"), *pair("other"))
    assert names(statement) == ["9.in", "10.in", "sample-1.in"]


def test_numbered_pairs_belong_to_nobody_where_there_are_two_statements(statement: Path) -> None:
    (statement.parent / "triple.md").write_text(STATEMENT)
    lay(statement.parent, *pair("1"), *pair("tests/1"), *pair("double/1"))
    assert names(statement) == ["double/1.in"]


def test_numbered_pairs_belong_to_problem_md_whatever_else_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "problem.md"
    path.write_text(STATEMENT)
    (tmp_path / "solution.py").write_text("print(1)\n")
    lay(tmp_path, *pair("1"))
    assert names(path) == ["1.in"]


@pytest.mark.parametrize("folder", ["double", "tests", "test", "samples", "data/sample"])
def test_folders_of_tests_are_read(statement: Path, folder: str) -> None:
    lay(statement.parent, *pair(f"{folder}/any-name", ".ans"))
    assert names(statement) == [f"{folder}/any-name.in"]


@pytest.mark.parametrize(
    "stem", ["hidden/1", "double.hidden.1", "tests/1.hidden.x", "double/hidden/1", "data/secret/1"]
)
def test_hidden_tests_are_never_public(statement: Path, stem: str) -> None:
    lay(statement.parent, *pair(stem))
    assert names(statement) == []


def test_halves_are_said(statement: Path) -> None:
    lay(statement.parent, "double1.in", "double2.out", *pair("double3"))
    problem = read_problem(statement)
    assert names(statement) == ["double3.in"]
    messages = [remark.message for remark in problem.remarks]
    assert "double1.in has no output file beside it and was left out" in messages
    assert "double2.out has no input file beside it and was left out" in messages


def test_a_pair_that_repeats_an_example_counts_once(statement: Path) -> None:
    (statement.parent / "double1.in").write_text("1\r\n")
    (statement.parent / "double1.out").write_text("2\n")
    problem = read_problem(statement)
    assert [test.name for test in problem.public_tests] == ["example 1"]


def test_a_pair_that_contradicts_an_example_is_named(statement: Path) -> None:
    (statement.parent / "double1.in").write_text("1\n")
    (statement.parent / "double1.out").write_text("3\n")
    with pytest.raises(ProblemError, match=r"example 1 and double1\.in contradict"):
        read_problem(statement)


def test_large_and_binary_files_are_left_out_and_said(statement: Path) -> None:
    lay(statement.parent, *pair("double1"), *pair("double2"))
    (statement.parent / "double1.in").write_bytes(b"1" * (MAX_TEST_BYTES + 1))
    (statement.parent / "double2.in").write_bytes(b"\xff\xfe\xfa")
    messages = " ".join(remark.message for remark in read_problem(statement).remarks)
    assert "double1.in is larger than 4 MiB" in messages
    assert "double2.in is not UTF-8 text" in messages


def test_the_count_names_examples_and_files(statement: Path) -> None:
    lay(statement.parent, *pair("double1"), *pair("double2"))
    assert read_problem(statement).remarks[0].message == "1 example and 2 tests from files found"


def test_beside_a_statement_that_is_not_there_nothing_is_found(tmp_path: Path) -> None:
    assert layouts.tests_beside(tmp_path / "gone" / "a.md").tests == ()


def test_natural_order() -> None:
    assert sorted(["10.in", "9.in", "a.in", "1.in", "²"], key=natural)[:3] == ["1.in", "9.in", "10.in"]


def test_hidden_tests_are_read_for_grading_from_pairs_and_cases(tmp_path: Path) -> None:
    lay(tmp_path, *pair("hidden/2"), *pair("hidden/10"))
    (tmp_path / "hidden" / "cases.json").write_text('[{"input": "[1]", "expected": "2"}]')
    tests = hidden_tests(tmp_path / "problem.md")
    assert [test.name for test in tests] == ["hidden 2", "hidden 10", "hidden 1"]
    assert {test.origin for test in tests} == {TestOrigin.HIDDEN}
    assert hidden_tests(tmp_path) == tests
    assert hidden_tests(tmp_path / "hidden") == tests
    assert hidden_tests(tmp_path / "hidden" / "empty" / "problem.md") == ()


def test_broken_hidden_tests_are_refused(tmp_path: Path) -> None:
    lay(tmp_path, "hidden/1.in")
    with pytest.raises(ProblemError, match=r"no 1\.out beside it"):
        hidden_tests(tmp_path)
    (tmp_path / "hidden" / "1.in").unlink()
    (tmp_path / "hidden" / "cases.json").write_text('{"input": 1}')
    with pytest.raises(ProblemError, match="must be a list"):
        hidden_tests(tmp_path)


def test_hidden_tests_are_regular_files_of_their_folder_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, *pair("hidden/1"))
    given = tmp_path / "hidden" / "1.in"
    monkeypatch.setattr(hidden, "MAX_TEST_BYTES", 1)
    with pytest.raises(ProblemError, match=r"1\.in is larger than"):
        hidden_tests(tmp_path)
    monkeypatch.undo()
    private = tmp_path / "private.txt"
    private.write_text("mine")
    given.unlink()
    given.symlink_to(private)
    with pytest.raises(ProblemError, match="leads out of"):
        hidden_tests(tmp_path)
    given.unlink()
    os.mkfifo(given)
    with pytest.raises(ProblemError, match="no regular file"):
        hidden_tests(tmp_path)
    given.unlink()
    given.write_bytes(b"\xff")
    with pytest.raises(ProblemError, match="not UTF-8"):
        hidden_tests(tmp_path)
