"""Comparators and checker programs that a person names."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.checker_files import program_of, with_checker
from sstar_lsp.records import Problem, Style
from sstar_sandbox import CheckerStyle

TASK = Problem("T", "Statement.")
KATTIS = "import sys\nsys.exit(42 if sys.stdin.read() else 43)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a checker in it, and one outside of it."""
    inside = tmp_path / "problem"
    inside.mkdir()
    (inside / "check.py").write_text("import sys\n")
    (tmp_path / "outside.py").write_text("import sys\n")
    return inside


def test_the_name_of_a_comparator_is_taken_as_one(folder: Path) -> None:
    found = with_checker(TASK, "Float:1e-4", folder)
    assert (found.checker, found.checker_program, found.is_checker_named) == ("float:1e-4", None, True)


@pytest.mark.parametrize(
    ("named", "checker"), [("float:1e-4", "json:1e-4"), ("json:any-order", "json:any-order")]
)
def test_functions_are_compared_as_json(folder: Path, named: str, checker: str) -> None:
    assert with_checker(evolve(TASK, style=Style.FUNCTION), named, folder).checker == checker


def test_a_comparator_that_functions_cannot_have_is_refused_with_those_they_can(folder: Path) -> None:
    with pytest.raises(ProblemError, match="json:any-order-nested"):
        with_checker(evolve(TASK, style=Style.FUNCTION), "tokens", folder)


def test_the_file_of_a_program_is_read_and_its_convention_told_by_its_text(folder: Path) -> None:
    (folder / "valid.py").write_text(KATTIS)
    found = [with_checker(TASK, name, folder).checker_program for name in ("check.py", "valid.py")]
    assert [each.style for each in found if each is not None] == [CheckerStyle.TESTLIB, CheckerStyle.KATTIS]
    assert found[1] is not None
    assert (found[1].source, found[1].language, found[1].name) == (KATTIS, "python", "valid.py")
    said = with_checker(TASK, "check.py", folder, style="Kattis", flags="'a b' c").checker_program
    assert said is not None
    assert (said.style, said.flags) == (CheckerStyle.KATTIS, ("a b", "c"))


def test_testlib_stands_in_the_source_with_the_lines_kept(folder: Path) -> None:
    (folder / "check.cpp").write_text('// mine\n#include "testlib.h"\nint main() {}\n')
    with pytest.raises(ProblemError, match=r"testlib\.h, which must lie beside it"):
        with_checker(TASK, "check.cpp", folder)
    (folder / "testlib.h").write_text("int of_testlib;\n")
    program = with_checker(TASK, "check.cpp", folder).checker_program
    assert program is not None
    assert program.source == (
        '// mine\n#line 1 "testlib.h"\nint of_testlib;\n\n#line 3 "check.cpp"\nint main() {}\n'
    )


@pytest.mark.parametrize("named", ["../outside.py", "link.py", "{absolute}"])
def test_a_file_outside_of_the_folder_is_refused_unless_a_person_typed_it(folder: Path, named: str) -> None:
    (folder / "link.py").symlink_to(folder.parent / "outside.py")
    named = named.format(absolute=folder.parent / "outside.py")
    with pytest.raises(ProblemError, match="lies outside"):
        with_checker(TASK, named, folder)
    assert with_checker(TASK, named, folder, is_confined=False).checker_program is not None


def test_a_file_that_is_included_many_times_stands_in_the_source_once(folder: Path) -> None:
    (folder / "check.cpp").write_text('#include "big.h"\n' * 5000)
    (folder / "big.h").write_text("int big;\n" * 1000)
    assert program_of(folder / "check.cpp")[0].count("int big;") == 1000


def test_a_checker_that_is_too_large_with_what_it_includes_is_refused(folder: Path) -> None:
    (folder / "check.cpp").write_text('#include "a.h"\n#include "b.h"\n')
    for name in ("a.h", "b.h"):
        (folder / name).write_text("// filler\n" * 60_000)
    with pytest.raises(ProblemError, match="more than 1048576 bytes with the files that it includes"):
        program_of(folder / "check.cpp")


def test_a_testlib_that_leads_outside_is_refused(folder: Path) -> None:
    (folder / "check.cpp").write_text("#include <testlib.h>\n")
    (folder.parent / "other.h").write_text("secret\n")
    (folder / "testlib.h").symlink_to(folder.parent / "other.h")
    with pytest.raises(ProblemError, match="lies outside"):
        with_checker(TASK, "check.cpp", folder)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("tokenz", "known: tokens, tokens-nocase, lines"),
        ("Check.java", r"\.py, \.cpp"),
        ("missing.py", "there is no file"),
        ("float:x", "neither a comparator"),
    ],
)
def test_what_is_neither_is_an_error_that_says_what_there_is(folder: Path, named: str, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        with_checker(TASK, named, folder)


def test_an_unknown_style_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(ProblemError, match="known styles: testlib, kattis"):
        with_checker(TASK, "check.py", folder, style="domjudge")


def test_a_document_that_lies_nowhere_has_no_files_beside_it() -> None:
    with pytest.raises(ProblemError, match="save the document first"):
        with_checker(TASK, "check.py", None)
