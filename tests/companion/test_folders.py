"""Files of a posted problem: below the folder, read back as they were posted, nothing overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.test_listener import POSTED
from sstar_lsp.companion.folders import PASTE_HERE, file_name, make_problem, relative_path
from sstar_lsp.companion.payload import CompanionProblem, companion_problem
from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.settings import CompanionSettings, TestLayout


def posted(**changes: object) -> CompanionProblem:
    return companion_problem(json.dumps({**POSTED, **changes}).encode())


@pytest.mark.parametrize("layout", TestLayout)
def test_the_tests_are_read_back_in_every_layout(tmp_path: Path, layout: TestLayout) -> None:
    cases = [{"input": f"{n} 2\n", "output": f"{n + 2}\n"} for n in range(3)]
    made = make_problem(posted(tests=cases), tmp_path, "cpp", CompanionSettings(layout=layout))
    statement = made.statement.read_text()
    assert PASTE_HERE in statement
    made.statement.write_text(statement.replace(PASTE_HERE, "Print the sum of the two numbers."))
    problem = read_problem(made.statement)
    assert [(t.input, t.expected) for t in problem.public_tests] == [(c["input"], c["output"]) for c in cases]
    assert (problem.title, problem.time_limit_s, problem.memory_limit_bytes) == ("A. Sum", 2, 256 << 20)
    assert (made.source.suffix, made.source.exists(), made.tests) == (".cpp", True, 3)


def test_the_default_place_is_judge_contest_name(tmp_path: Path) -> None:
    made = make_problem(posted(), tmp_path)
    assert made.source == tmp_path / "Judge/Round-7/A.-Sum.py"


def test_what_is_there_stays(tmp_path: Path) -> None:
    made = make_problem(posted(), tmp_path)
    made.statement.write_text("mine")
    made.source.write_text("my program")
    again = make_problem(posted(), tmp_path)
    assert not again.is_new
    assert (made.statement.read_text(), made.source.read_text()) == ("mine", "my program")


def test_a_new_source_begins_with_the_template(tmp_path: Path) -> None:
    (tmp_path / "t.cpp").write_text("// mine\n")
    settings = CompanionSettings(source=str(tmp_path / "t.{ext}"))
    assert make_problem(posted(), tmp_path, "cpp", settings).source.read_text() == "// mine\n"
    with pytest.raises(UsageError, match=r"companion.source: .*t\.py cannot be read"):
        make_problem(posted(name="B"), tmp_path, "python", settings)


@pytest.mark.parametrize("template", ["/etc/{name}.{ext}", "../{name}.{ext}", "{name}", "{who}/{name}.{ext}"])
def test_a_template_that_leads_elsewhere_is_refused(template: str) -> None:
    with pytest.raises(UsageError, match=r"companion\.template"):
        relative_path(posted(), template, "py")


@given(st.text(), st.text())
def test_no_name_leads_out_of_the_folder(name: str, group: str) -> None:
    try:
        problem = posted(name=name, group=group)
    except ProblemError:
        return
    path = relative_path(problem, "{judge}/{contest}/{name}.{ext}", "py")
    assert not path.is_absolute()
    assert not {"..", "."} & set(path.parts)
    assert all(len(part.encode()) <= 255 and part == part.strip(". ") for part in path.parts)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../x", "x"),
        ("CON", "CON-"),
        ("a:b*c?", "a-b-c"),
        ("  Größe 中文 ", "Größe-中文"),
        ("...", ""),
        ("nul.txt", "nul.txt-"),
    ],
)
def test_file_names_are_plain_on_every_system(text: str, name: str) -> None:
    assert file_name(text) == name


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/Judge").symlink_to(tmp_path)
    with pytest.raises(ProblemError, match="leads out of"):
        make_problem(posted(), tmp_path / "root")


def test_fields_that_are_missing_or_wrong_cost_nothing_else() -> None:
    problem = companion_problem(
        b'{"name": "X", "timeLimit": "2", "tests": [3, {"input": "1"}], "input": 4, "batch": []}'
    )
    assert (problem.name, problem.time_limit_ms, problem.tests, problem.judge) == ("X", None, (), "")
