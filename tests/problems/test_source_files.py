"""Statements in the leading comment of a source file, and where the solution goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.reader import read_document
from sstar_lsp.problems.source.comments import LANGUAGE_OF_SUFFIX, header_of
from sstar_lsp.problems.source.document import solution_range
from sstar_lsp.records import Style

BODY = """Sum of numbers

Read n and n numbers, print their sum.

Sample Input 1
3
1 2 3

Sample Output 1
6
"""

HASHES = "".join(f"# {line}".rstrip() + "\n" for line in BODY.split("\n")[:-1])
SLASHES = "".join(f"// {line}".rstrip() + "\n" for line in BODY.split("\n")[:-1])
STARS = "/*\n" + "".join(f" * {line}".rstrip() + "\n" for line in BODY.split("\n")[:-1]) + " */\n"
BLOCK = "/*\n" + BODY + "*/\n"
DOCSTRING = '"""' + BODY + '"""\n'
SHEBANG = "#!/usr/bin/env python3\n" + HASHES

HEADERS = [
    ("a.py", HASHES, "python"),
    ("a.py", DOCSTRING, "python"),
    ("a.py", "'''\n" + BODY + "'''\n", "python"),
    ("a.py", SHEBANG, "python"),
    ("a.cpp", SLASHES, "cpp"),
    ("a.cpp", STARS, "cpp"),
    ("a.cc", BLOCK, "cpp"),
    ("a.c", BLOCK, "c"),
    ("A.java", STARS.replace("/*", "/**", 1), "java"),
    ("a.rs", SLASHES.replace("// ", "//! "), "rust"),
    ("a.go", SLASHES, "go"),
    ("a.js", STARS, "javascript"),
]


@pytest.mark.parametrize(("name", "header", "language"), HEADERS)
@pytest.mark.parametrize("code", ["", "\nold code = 1\nmore\n"])
def test_the_statement_is_read_and_the_solution_goes_below_it(
    name: str, header: str, language: str, code: str
) -> None:
    text = header + code
    problem = read_document(text, Path("/nowhere") / name)
    assert problem.language == language
    assert problem.header == header
    assert problem.style is Style.STDIN
    assert [(test.input, test.expected) for test in problem.public_tests] == [("3\n1 2 3\n", "6\n")]
    found = solution_range(text, Path(name))
    assert found == (header.count("\n"), text.count("\n"))


def test_a_comment_that_touches_the_code_is_not_part_of_the_statement() -> None:
    text = HASHES + "\n# read everything\nn = int(input())\n"
    problem = read_document(text, Path("/nowhere/a.py"))
    assert "read everything" not in problem.statement
    assert solution_range(text, Path("a.py")) == (HASHES.count("\n"), text.count("\n"))


def test_the_lines_of_remarks_are_lines_of_the_file() -> None:
    text = "#!/usr/bin/env python3\n# Sum up all of the numbers.\n#\n# Sample Input 1\n# 3\n"
    remark = read_document(text, Path("/nowhere/a.py")).remarks[-1]
    assert remark.line == 3
    assert "line 4" in remark.message


def test_a_statement_file_has_no_solution_range() -> None:
    assert solution_range("# Sum\n\nWords.\n", Path("a.md")) is None


def test_asserts_below_a_stub_stay_when_the_solution_goes_in() -> None:
    text = 'def double(n):\n    """Twice the number."""\n\n\nassert double(2) == 4\nassert double(0) == 0\n'
    assert solution_range(text, Path("a.py")) == (0, 4)
    problem = read_document(text, Path("/nowhere/a.py"))
    assert [(test.input, test.expected) for test in problem.public_tests] == [("[2]", "4"), ("[0]", "0")]


def test_a_main_block_of_a_program_is_replaced_and_one_that_tests_stays() -> None:
    main = 'if __name__ == "__main__":\n    main()\n'
    program = '"""Add the numbers of a line."""\n\ndef main():\n    pass\n\n' + main
    assert solution_range(program, Path("a.py")) == (1, 7)
    tested = 'def f(n):\n    """One more."""\n\n\nif __name__ == "__main__":\n    assert f(1) == 2\n'
    assert solution_range(tested, Path("a.py")) == (0, 4)


def test_a_selection_is_read_alone_and_its_range_counts_from_the_file() -> None:
    text = "# Other words\n\nx = 1\n\n" + HASHES + "y = 2\n"
    lines = (4, 4 + HASHES.count("\n") + 1)
    problem = read_document(text, Path("/nowhere/a.py"), selection=lines)
    assert len(problem.public_tests) == 1
    assert solution_range(text, Path("a.py"), lines) == (lines[1] - 1, lines[1])


def test_a_selection_in_markdown_holds_one_of_several_problems() -> None:
    text = "# One\n\nDo the first thing.\n\n# Two\n\nDo the second thing.\n"
    problem = read_document(text, None, selection=(4, 7))
    assert problem.title == "Two"
    assert "first" not in problem.statement


def test_code_without_a_statement_is_refused_with_a_way_out() -> None:
    with pytest.raises(ProblemError, match=r"only code, no statement.*comment at its top"):
        read_document("n = int(input())\nprint(n)\n", Path("/nowhere/a.py"))


def test_a_comment_of_one_word_is_no_statement() -> None:
    with pytest.raises(ProblemError, match="no statement"):
        read_document("// solution\nint main() {}\n", Path("/nowhere/a.cpp"))


def test_only_a_link_is_refused() -> None:
    with pytest.raises(ProblemError, match="only a link; paste the statement"):
        read_document("# https://codeforces.com/problemset/problem/4/A\n", Path("/nowhere/a.py"))


def test_a_docstring_that_never_ends_is_read_to_the_end() -> None:
    problem = read_document(
        '"""Add all of the numbers.\n\nSample Input\n1\n\nSample Output\n1\n', Path("/nowhere/a.py")
    )
    assert len(problem.public_tests) == 1


@given(st.text(), st.sampled_from(sorted(set(LANGUAGE_OF_SUFFIX.values()))))
def test_the_header_is_always_the_beginning_of_the_text(text: str, language: str) -> None:
    assert text.startswith(header_of(text, language).text)


@given(st.text(st.sampled_from("#/*\"' \nab!"), max_size=40), st.sampled_from([".py", ".cpp", ".md"]))
def test_no_text_makes_it_fail_but_with_a_problem_error(text: str, suffix: str) -> None:
    try:
        problem = read_document(text, Path("/nowhere/a" + suffix))
    except ProblemError:
        return
    lines = solution_range(text, Path("a" + suffix))
    assert problem.remarks
    assert lines is None or 0 <= lines[0] <= lines[1] <= text.count("\n") + text.count("\r") + 1
