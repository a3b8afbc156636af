"""A person's corrections: applied while the lines they speak of stand, refused and said once they have changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.problems.corrections import (
    Correction,
    CorrectionKind,
    apply_corrections,
    correction_at,
    corrections_at,
    corrections_path,
    end_is_possible,
    has_corrections,
    lines_of,
    load_corrections,
    output_lines,
    save_corrections,
    with_correction,
)
from sstar_lsp.problems.reader import read_document, read_problem
from sstar_lsp.problems.report import remark_text
from sstar_lsp.records import Problem, Remark, Severity, Style, Test

TEXT = """\
Sum of two numbers

Print the sum of the two numbers.

Sample Input 1
1 2
Sample Output 1
3
One and two are three.
Sample Input 2
5 5
Sample Output 2
10
"""
FIRST = Test("1 2\n", "3\nOne and two are three.\n", name="example 1", lines=(4, 9))
SECOND = Test("5 5\n", "10\n", name="example 2", lines=(9, 13))
PROBLEM = Problem(
    "Sum",
    TEXT,
    public_tests=(FIRST, SECOND),
    remarks=(Remark(Severity.WARNING, "example 1 may end earlier", 8), Remark(Severity.INFO, "2 examples")),
)
ENDS, NO_EXAMPLE = CorrectionKind.OUTPUT_ENDS, CorrectionKind.NOT_AN_EXAMPLE


def said(kind: CorrectionKind, line: int, problem: Problem = PROBLEM, text: str = TEXT) -> Correction:
    return correction_at(problem, kind, line, text, "sum.md")


def pairs(problem: Problem) -> list[tuple[str, str]]:
    return [(test.input, test.expected) for test in problem.public_tests]


def messages(problem: Problem) -> str:
    return "\n".join(map(remark_text, problem.remarks))


def test_an_output_ends_where_a_person_says() -> None:
    after = apply_corrections(PROBLEM, [said(ENDS, 7)], lines_of(TEXT))
    assert pairs(after) == [("1 2\n", "3\n"), ("5 5\n", "10\n")]
    assert after.public_tests[0].lines == (4, 8)
    assert "may end earlier" not in messages(after), "the doubt is settled"
    assert "the output of example 1 ends at line 8, as you said" in messages(after)
    assert "2 examples" in messages(after)


def test_what_is_no_example_is_left_out_and_said() -> None:
    after = apply_corrections(PROBLEM, [said(NO_EXAMPLE, 5)], lines_of(TEXT))
    assert pairs(after) == [("5 5\n", "10\n")]
    assert "example 1 (lines 5–9) is left out: you said that it is not an example" in messages(after)


def test_a_doubtful_output_can_be_said_to_go_on_until_the_next_example() -> None:
    short = Test("1 2\n", "3\n", name="example 1", lines=(4, 8), is_sure=False)
    problem = Problem("Sum", TEXT, public_tests=(short, SECOND))
    after = apply_corrections(problem, [said(ENDS, 8, problem)], lines_of(TEXT))
    assert after.public_tests[0].expected == "3\nOne and two are three.\n"
    assert after.public_tests[0].is_sure
    assert end_is_possible(problem, 9, lines_of(TEXT)) is None, "the next example begins there"


def test_a_sure_output_cannot_be_said_to_go_on() -> None:
    short = Test("1 2\n", "3\n", name="example 1", lines=(4, 8))
    with pytest.raises(UsageError, match="line 9"):
        said(ENDS, 8, Problem("Sum", TEXT, public_tests=(short, SECOND)))


@pytest.mark.parametrize(
    ("kind", "line"), [(NO_EXAMPLE, 2), (ENDS, 5), (ENDS, 8), (ENDS, 12), (NO_EXAMPLE, 99)]
)
def test_where_nothing_can_be_corrected_a_person_is_told_so(kind: CorrectionKind, line: int) -> None:
    with pytest.raises(UsageError, match=f"line {line + 1}"):
        said(kind, line)


def test_values_of_a_function_have_no_lines_to_end_at() -> None:
    problem = Problem("f", TEXT, Style.FUNCTION, "f", public_tests=(FIRST,))
    assert end_is_possible(problem, 7, lines_of(TEXT)) is None
    assert apply_corrections(problem, [said(ENDS, 7)], lines_of(TEXT)).public_tests == (FIRST,)


def test_a_correction_follows_its_lines_when_text_is_added_above() -> None:
    moved = "An editor's note\n\n" + TEXT
    tests = tuple(
        Test(t.input, t.expected, name=t.name, lines=(t.lines[0] + 2, t.lines[1] + 2))
        for t in (FIRST, SECOND)
        if t.lines is not None
    )
    problem = Problem("Sum", moved, public_tests=tests)
    after = apply_corrections(problem, [said(ENDS, 7)], lines_of(moved))
    assert pairs(after) == [("1 2\n", "3\n"), ("5 5\n", "10\n")]


def test_a_correction_of_changed_lines_is_not_applied_and_a_warning_says_so() -> None:
    changed = TEXT.replace("1 2\n", "1 3\n")
    after = apply_corrections(PROBLEM, [said(ENDS, 7)], lines_of(changed), ".sstar/sum/corrections.json")
    assert pairs(after) == pairs(PROBLEM)
    [warning] = [r.message for r in after.remarks if "correction" in r.message]
    assert 'the correction "the output ends here" of lines 5–9 was not applied' in warning
    assert ".sstar/sum/corrections.json" in warning


def test_a_correction_that_meets_no_example_is_said() -> None:
    nothing = Problem("Sum", TEXT)
    after = apply_corrections(nothing, [said(NO_EXAMPLE, 5)], lines_of(TEXT))
    assert "changes nothing: no example is read there" in messages(after)


def test_a_new_correction_takes_the_place_of_the_old_one_of_the_same_lines() -> None:
    old, other, new = said(ENDS, 7), said(NO_EXAMPLE, 10), said(NO_EXAMPLE, 5)
    assert with_correction((old, other), new, TEXT) == (other, new)
    assert corrections_at((other, new), 10, TEXT) == [other]


@pytest.mark.parametrize(
    ("document", "expected", "place"),
    [
        (["Output: 1", "2", "why"], "1\n2\n", (0, 2)),
        (["# Output:", "#   1", "#   2"], "1\n2\n", (1, 3)),
        (["```", " #", "# #", "```"], " #\n# #\n", (1, 3)),
        (["1", "", "2"], "1\n\n2\n", (0, 3)),
        (["| 3 | 1<br>2 |"], "1\n2\n", None),
        (["<pre>1 &lt; 2", "3</pre>"], "1 < 2\n3\n", None),
        (["21", "2"], "1\n2\n", None),
    ],
)
def test_an_output_is_found_in_the_document_where_its_lines_stand_as_they_are(
    document: list[str], expected: str, place: tuple[int, int] | None
) -> None:
    test = Test("", expected, lines=(0, len(document)))
    assert output_lines(test, document) == place


# --- beside the document ---------------------------------------------------------------------------------


FENCED = """\
# Sum of two numbers

Print the sum of the two numbers.

## Sample Input 1

```
1 2
```

## Sample Output 1

```
3
3 = 1 + 2
```

## Sample Input 2

```
5 5
```

## Sample Output 2

```
10
```
"""
ANSWER = FENCED.split("\n").index("3")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "sum.md"
    path.write_text(FENCED)
    return path


def ending(document: Path) -> Correction:
    """The first output ends after its first line."""
    return correction_at(read_problem(document), ENDS, ANSWER, FENCED, document.name)


def test_corrections_are_kept_beside_the_document_and_used_by_the_reader(document: Path) -> None:
    before = read_problem(document)
    assert pairs(before) == [("1 2\n", "3\n3 = 1 + 2\n"), ("5 5\n", "10\n")]
    path = save_corrections(document, [ending(document)])
    assert path == document.parent / ".sstar" / "sum" / "corrections.json"
    assert pairs(read_problem(document)) == [("1 2\n", "3\n"), ("5 5\n", "10\n")]
    assert pairs(read_document(FENCED, None)) == pairs(before), "no file, no corrections"
    save_corrections(document, [])
    assert not path.exists()
    assert read_problem(document).public_tests == before.public_tests


def test_windows_line_ends_and_a_byte_order_mark_change_no_line(document: Path) -> None:
    save_corrections(document, [ending(document)])
    document.write_bytes(("\ufeff" + FENCED.replace("\n", "\r\n")).encode())
    assert read_problem(document).public_tests[0].expected == "3\n"


def test_two_answers_to_one_input_are_settled_by_a_correction(document: Path) -> None:
    said_once = ending(document)
    text = FENCED.replace("\n5 5\n", "\n1 2\n").replace("\n10\n", "\n3\n")
    document.write_text(text)
    with pytest.raises(ProblemError, match="contradict"):
        read_problem(document)
    save_corrections(document, [said_once])
    assert pairs(read_problem(document)) == [("1 2\n", "3\n")]


def test_without_its_last_example_a_problem_says_that_it_has_none(document: Path) -> None:
    problem = read_problem(document)
    places = [test.lines[0] for test in problem.public_tests if test.lines is not None]
    made = [correction_at(problem, NO_EXAMPLE, line, FENCED, "sum.md") for line in places]
    save_corrections(document, made)
    after = read_problem(document)
    assert after.public_tests == ()
    assert "no example: the choice will rest on agreement alone" in messages(after)


def test_documents_of_one_stem_keep_their_own_corrections(document: Path) -> None:
    other = document.with_suffix(".txt")
    mine = ending(document)
    save_corrections(document, [mine])
    theirs = correction_at(PROBLEM, NO_EXAMPLE, 10, TEXT, "sum.txt")
    save_corrections(other, [theirs])
    assert load_corrections(document).corrections == (mine,)
    assert load_corrections(other).corrections == (theirs,)
    save_corrections(document, [])
    assert load_corrections(other).corrections == (theirs,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"corrections": 3}',
        '{"corrections": [{}]}',
        '{"corrections": [[1]]}',
        '{"corrections": [' + "[" * 9000,
        '{"corrections": [{"kind": "no", "document": "sum.md", "lines": [1, 2], "begins": "", "sha256": ""}]}',
        *(
            json.dumps(
                {
                    "corrections": [
                        {"kind": "output_ends", "document": "sum.md", "begins": "", "sha256": "", **bad}
                    ]
                }
            )
            for bad in (
                {"lines": [0, 2]},
                {"lines": [3, 2]},
                {"lines": [1, True]},
                {"lines": [1, 2], "ends_at": 3},
                {"lines": ["1", "2"]},
            )
        ),
        json.dumps({"corrections": [{}] * 101}),
        " " * (1 << 19),
    ],
)
def test_a_damaged_file_of_corrections_changes_nothing_and_is_said(document: Path, text: str) -> None:
    before = read_problem(document)
    path = corrections_path(document)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    after = read_problem(document)
    assert after.public_tests == before.public_tests
    assert "its corrections are not applied; mend or delete it" in messages(after)


def test_a_file_that_cannot_be_read_is_there_all_the_same(document: Path) -> None:
    assert not has_corrections(document)
    assert not has_corrections(document / "no folder" / "a.md")
    corrections_path(document).parent.mkdir(parents=True)
    corrections_path(document).write_text("no JSON", "utf-8")
    assert has_corrections(document)
    too_long = document.with_name("a" * 300)
    assert has_corrections(too_long)
    assert load_corrections(too_long).remarks


def test_nothing_is_written_through_a_link_that_leads_elsewhere(document: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (document.parent / ".sstar").symlink_to(elsewhere)
    with pytest.raises(ProblemError, match="link"):
        save_corrections(document, [said(ENDS, 7)])
    assert list(elsewhere.iterdir()) == []
