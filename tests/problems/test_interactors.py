"""Interactors: those that packages, front matter, options and folders name, and the inputs that they are run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from sstar_lsp.errors import ProblemError, RefusedProblem
from sstar_lsp.problems.checker_files import interactor_file
from sstar_lsp.problems.reader import read_document, read_problem
from sstar_lsp.problems.report import report_json
from sstar_lsp.records import Problem, TestOrigin
from sstar_sandbox import CheckerStyle

STATEMENT = "# Guess\n\nThis is an interactive problem. Guess the number.\n"
PLAIN = "# Sum\n\nPrint the sum of two numbers.\n\nInput:\n\n```\n1 2\n```\n\nOutput:\n\n```\n3\n```\n"
INTERACTOR = "import sys\nsys.exit(0)\n"
KATTIS = 'import sys\nsys.exit(42 if input() == "1" else 43)\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an interactive statement, and an interactor outside of it."""
    inside = tmp_path / "problem"
    inside.mkdir()
    (inside / "guess.md").write_text(STATEMENT)
    (tmp_path / "outside.py").write_text(INTERACTOR)
    return inside


def package(root: Path, yaml: str = "validation: custom interactive\n", **validators: str) -> Path:
    """A package with inputs that only its interactor reads; returns its statement."""
    files = {
        "problem.yaml": yaml,
        "problem_statement/problem.en.md": "Guess the number that I think of.\n",
        "data/sample/1.interaction": ">1\n<correct\n",
        "data/secret/2.in": "7\n",
        "data/secret/10.in": "9\n",
        "data/secret/10.ans": "nine\n",
        **validators,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root / "problem_statement/problem.en.md"


def read_tests(problem: Problem) -> list[tuple[str, str, str]]:
    return [(test.name, test.input, test.expected) for test in problem.public_tests]


def test_without_an_interactor_the_refusal_says_how_to_name_one(folder: Path) -> None:
    with pytest.raises(RefusedProblem) as caught:
        read_problem(folder / "guess.md")
    for words in ("--interactor FILE", "interactor: FILE", "interactor.py", "This is an interactive problem"):
        assert words in str(caught.value)


@pytest.mark.parametrize("name", ["interactor.py", "interactor.cpp"])
def test_an_interactor_beside_an_interactive_statement_is_found_by_its_name(folder: Path, name: str) -> None:
    (folder / name).write_text(INTERACTOR)
    problem = read_problem(folder / "guess.md")
    assert problem.interactor is not None
    assert (problem.interactor.name, problem.interactor.style) == (name, CheckerStyle.TESTLIB)
    assert read_tests(problem) == [("the empty input", "", "")]
    assert report_json(problem)["comparator"] == f"interactor {name}"


def test_a_statement_with_examples_that_says_nothing_of_it_is_not_interactive(folder: Path) -> None:
    (folder / "interactor.py").write_text(INTERACTOR)
    (folder / "sum.md").write_text(PLAIN)
    assert read_problem(folder / "sum.md").interactor is None


def test_front_matter_names_an_interactor(folder: Path) -> None:
    (folder / "judge.py").write_text(KATTIS)
    (folder / "guess.md").write_text(f"---\ninteractor: judge.py\n---\n{STATEMENT}")
    problem = read_problem(folder / "guess.md")
    assert problem.interactor is not None
    assert (problem.interactor.source, problem.interactor.style) == (KATTIS, CheckerStyle.KATTIS)


def test_a_document_names_nothing_outside_of_its_folder_and_a_person_may(folder: Path) -> None:
    (folder / "guess.md").write_text(f"---\ninteractor: ../outside.py\n---\n{STATEMENT}")
    with pytest.raises(ProblemError, match=r"lies outside .* or name it with --interactor"):
        read_problem(folder / "guess.md")
    (folder / "guess.md").write_text(STATEMENT)
    (folder / "interactor.py").symlink_to(folder.parent / "outside.py")
    with pytest.raises(ProblemError, match="lies outside"):
        read_problem(folder / "guess.md")
    named = interactor_file("../outside.py", folder, is_confined=False)
    assert read_problem(folder / "guess.md", interactor=named).interactor == named


def test_the_interactor_of_a_package_is_its_output_validator_and_its_secret_inputs_are_run(
    tmp_path: Path,
) -> None:
    path = package(tmp_path, **{"output_validators/guess/guess.py": INTERACTOR})
    problem = read_problem(path)
    assert problem.interactor is not None
    assert (problem.interactor.name, problem.interactor.style) == ("guess.py", CheckerStyle.KATTIS)
    assert read_tests(problem) == [
        ("data/secret/2.in", "7\n", ""),
        ("data/secret/10.in", "9\n", "nine\n"),
    ]
    assert all(test.origin is TestOrigin.FILE for test in problem.public_tests)
    assert "## Sample Interaction 1" in problem.statement
    assert not problem.is_open_ended
    assert not problem.differences_prove


@pytest.mark.parametrize(
    "yaml", ["type: interactive\n", "type: [pass-fail, interactive]\n", "name: By its sample\n"]
)
def test_the_newer_format_and_a_dialogue_tell_it_too(tmp_path: Path, yaml: str) -> None:
    problem = read_problem(package(tmp_path, yaml, **{"output_validator/judge.cpp": "int main() {}\n"}))
    assert problem.interactor is not None
    assert problem.interactor.language == "cpp"


def test_samples_with_inputs_are_run_before_secret_ones(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        **{"output_validator/judge.py": INTERACTOR, "data/sample/1.in": "5\n", "data/sample/1.ans": "5\n"},
    )
    assert read_tests(read_problem(path)) == [("data/sample/1.in", "5\n", "5\n")]


def test_of_several_validators_a_person_says_which(tmp_path: Path) -> None:
    path = package(
        tmp_path, **{"output_validators/a.py": INTERACTOR, "output_validators/b.cpp": "int main() {}\n"}
    )
    with pytest.raises(
        ProblemError, match=r"several output validators \(output_validators/a\.py, .*--interactor"
    ):
        read_problem(path)
    assert (
        read_problem(path, interactor=interactor_file("output_validators/b.cpp", tmp_path)).interactor
        is not None
    )


def test_a_validator_that_leads_out_of_its_package_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "package"
    path = package(root)
    (tmp_path / "outside.py").write_text(INTERACTOR)
    (root / "output_validators").mkdir()
    (root / "output_validators" / "judge.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(ProblemError, match="lies outside"):
        read_problem(path)


def test_testlib_is_asked_for_by_name_and_headers_beside_are_put_in(folder: Path) -> None:
    (folder / "interactor.cpp").write_text(
        '#include "testlib.h"\n#include "own.h"\n#include "gone.h"\nint main() {}\n'
    )
    with pytest.raises(
        ProblemError, match=r"interactor interactor\.cpp includes testlib\.h, which must lie beside it"
    ):
        read_problem(folder / "guess.md")
    (folder / "testlib.h").write_text("int lib;\n")
    (folder / "own.h").write_text("int own;\n")
    problem = read_problem(folder / "guess.md")
    assert problem.interactor is not None
    assert problem.interactor.source == (
        '#line 1 "testlib.h"\nint lib;\n\n#line 2 "interactor.cpp"\n#line 1 "own.h"\nint own;\n\n#line 3 "interactor.cpp"\n'
        '#include "gone.h"\nint main() {}\n'
    )


def test_inputs_without_outputs_are_what_an_interactor_reads(folder: Path) -> None:
    (folder / "interactor.py").write_text(INTERACTOR)
    (folder / "tests").mkdir()
    (folder / "tests" / "2.in").write_text("7\n")
    problem = read_problem(folder / "guess.md")
    assert read_tests(problem) == [("tests/2.in", "7\n", "")]
    assert not [remark for remark in problem.remarks if "left out" in remark.message]


def test_a_function_has_nobody_to_talk_with(folder: Path) -> None:
    named = interactor_file("../outside.py", folder, is_confined=False)
    task = "Write `double(x)`, which returns twice the integer x.\n\n```python\ndef double(x):\n```\n\n>>> double(2)\n4\n"
    with pytest.raises(ProblemError, match="asks for a function"):
        read_document(task, None, interactor=named)


def test_a_file_that_is_no_program_is_refused(folder: Path) -> None:
    (folder / "judge.txt").write_text("")
    with pytest.raises(ProblemError, match=r"interactor 'judge\.txt' is not the file of a program"):
        interactor_file("judge.txt", folder)
