"""Kattis and ICPC packages: statement, samples, limits and flags; and what cph's problem file says beside its tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems import layouts
from sstar_lsp.problems.package import MAX_YAML_BYTES, PackageFacts, package_facts, shown_samples
from sstar_lsp.problems.reader import read_problem

TEX = r"""\problemname{\problemyamlname}
Given a list of numbers print the largest minus the smallest.
\section*{Input}
First $n$, then $n$ numbers.
\section*{Output}
One number.
"""
MARKDOWN = (
    "Given a list of numbers print the largest minus the smallest.\n\n## Input\n\nFirst n, then n numbers.\n"
)


def package(
    root: Path, yaml: str = "name: Gap\n", statement: str = "problem_statement/problem.en.tex"
) -> Path:
    """A package with two samples; returns its statement."""
    for name, text in {
        "problem.yaml": yaml,
        statement: TEX if statement.endswith("tex") else MARKDOWN,
        "data/sample/2.in": "2\n5 5\n",
        "data/sample/2.ans": "0\n",
        "data/sample/10.in": "3\n4 9 2\n",
        "data/sample/10.ans": "7\n",
        "data/secret/1.in": "1\n1\n",
        "data/secret/1.ans": "0\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root / statement


def facts(path: Path) -> PackageFacts:
    found = package_facts(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "problem_statement/problem.en.tex",
        "problem_statement/problem.tex",
        "problem_statement/problem.sv.tex",
        "statement/problem.en.md",
        "statement/problem.pt-BR.tex",
        "problem.md",
    ],
)
def test_the_samples_of_a_package_are_read_and_its_secrets_never(tmp_path: Path, statement: str) -> None:
    problem = read_problem(package(tmp_path, statement=statement))
    assert [(test.name, test.input, test.expected) for test in problem.public_tests] == [
        ("data/sample/2.in", "2\n5 5\n", "0\n"),
        ("data/sample/10.in", "3\n4 9 2\n", "7\n"),
    ]
    assert problem.title == "Gap"


def test_a_package_without_yaml_is_one_by_its_samples(tmp_path: Path) -> None:
    path = package(tmp_path)
    (tmp_path / "problem.yaml").unlink()
    assert len(read_problem(path).public_tests) == 2
    assert facts(path) == PackageFacts()


def test_a_statement_outside_of_a_package_has_no_facts(tmp_path: Path) -> None:
    (tmp_path / "gap.md").write_text(MARKDOWN)
    assert package_facts(tmp_path / "gap.md") is None
    assert shown_samples(tmp_path / "gap.md") == ""


def test_what_the_statement_shows_instead_of_a_sample_is_shown_and_not_run(tmp_path: Path) -> None:
    path = package(tmp_path)
    (tmp_path / "data/sample/2.in.statement").write_text("2\n5 ...\n")
    (tmp_path / "data/sample/2.ans.statement").write_text("0 (nothing)\n")
    problem = read_problem(path)
    assert [test.input for test in problem.public_tests] == ["2\n5 5\n", "3\n4 9 2\n"]
    assert "## Sample Input 1\n\n```\n2\n5 ...\n```" in problem.statement
    assert "## Sample Output 1\n\n```\n0 (nothing)\n```" in problem.statement
    assert "## Sample Input 2\n\n```\n3\n4 9 2\n```" in problem.statement


def test_large_samples_are_run_and_not_shown(tmp_path: Path) -> None:
    path = package(tmp_path)
    (tmp_path / "data/sample/10.in").write_text("1 " * 20_000)
    assert "Sample Output 1" in shown_samples(path)
    assert "Sample Input 2" not in shown_samples(path)
    assert len(layouts.tests_beside(path).tests) == 2


@pytest.mark.parametrize(
    ("yaml", "time", "memory"),
    [
        ("limits:\n  time_limit: 2\n  memory: 512\n", 2.0, 512 << 20),
        ("limits: {time_limit: 0.5}\n", 0.5, None),
        ("limits:\n  time_multiplier: 5\n  memory: 2048\n", None, 2 << 30),
        ("limits: none\n", None, None),
        ("limits: {time_limit: 0, memory: -3}\n", None, None),
        ("limits: {time_limit: nan, memory: [1]}\n", None, None),
        ("limits: {time_limit: 1e400}\n", None, None),
    ],
)
def test_limits_are_read_from_both_versions_of_the_format(
    tmp_path: Path, yaml: str, time: float | None, memory: int | None
) -> None:
    found = facts(package(tmp_path, yaml))
    assert (found.time_limit_s, found.memory_limit_bytes) == (time, memory)


@pytest.mark.parametrize(
    ("name", "text", "time"),
    [
        (".timelimit", "3\n", 3.0),
        ("domjudge-problem.ini", "name='Gap'\ntimelimit='1.5'\n", 1.5),
        ("domjudge-problem.ini", "timelimit = 4\n", 4.0),
        (".timelimit", "long\n", None),
    ],
)
def test_the_time_limit_may_lie_in_a_file_of_its_own(
    tmp_path: Path, name: str, text: str, time: float | None
) -> None:
    path = package(tmp_path)
    (tmp_path / name).write_text(text)
    assert facts(path).time_limit_s == time


@pytest.mark.parametrize(
    ("yaml", "checker"),
    [
        ("", None),
        ("validator_flags: float_tolerance 1e-6\n", "float:1e-6"),
        ("validator_flags: float_absolute_tolerance 1e-9 float_relative_tolerance 1e-4\n", "float:0.0001"),
        ("validator_flags: [float_tolerance, 1E-9]\n", "float:1e-9"),
        ("output_validator_flags: float_relative_tolerance 1e-10\n", "float:1e-10"),
        ("validator_flags: case_sensitive\n", "tokens"),
        ("validator_flags: case_sensitive space_change_sensitive\n", "exact"),
        ("validator_flags: float_tolerance\n", None),
        ("validator_flags: float_tolerance nan\n", None),
        ("validator_flags: 5\n", None),
    ],
)
def test_flags_of_the_default_validator_name_the_comparator(
    tmp_path: Path, yaml: str, checker: str | None
) -> None:
    path = package(tmp_path, yaml)
    assert facts(path).checker == checker
    assert read_problem(path).checker == (checker or "tokens")


@pytest.mark.parametrize("name", ["data/testdata.yaml", "data/test_group.yaml", "data/sample/testdata.yaml"])
def test_flags_of_the_test_groups_count_too(tmp_path: Path, name: str) -> None:
    path = package(tmp_path)
    (tmp_path / name).write_text("output_validator_flags: float_tolerance 1e-5\n")
    assert facts(path).checker == "float:1e-5"


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        (
            "validation: custom interactive\n",
            "validation: custom interactive; an interactive problem needs its interactor",
        ),
        ("type: interactive\n", "type: interactive; an interactive problem needs"),
        ("type: [pass-fail, interactive]\n", "type: pass-fail interactive; an interactive problem needs"),
        ("type: [pass-fail, multi-pass]\n", "multi-pass problems"),
        ("type: submit-answer\n", "submit-answer problems"),
    ],
)
def test_what_is_no_input_with_an_output_is_refused_with_the_words_that_told_it(
    tmp_path: Path, yaml: str, message: str
) -> None:
    with pytest.raises(ProblemError, match=message):
        read_problem(package(tmp_path, yaml))


def test_a_sample_that_is_a_dialogue_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path)
    (tmp_path / "data/sample/1.interaction").write_text(">1\n<2\n")
    with pytest.raises(ProblemError, match=r"data/sample/1\.interaction shows a dialogue"):
        read_problem(path)


def test_a_section_on_interaction_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path)
    for section in ("\\section*{Interaction}\nAsk.", "\\begin{Interaction}\nAsk.\n\\end{Interaction}"):
        path.write_text("\\problemname{Guess}\nGuess my number please.\n" + section)
        with pytest.raises(ProblemError, match="interactive"):
            read_problem(path)


@pytest.mark.parametrize(
    ("yaml", "folder", "several"),
    [
        ("validation: custom\n", "", True),
        ("validation: default\n", "output_validators", False),
        ("type: pass-fail\n", "output_validator", True),
        ("type: pass-fail\n", "output_validators", True),
        ("type: pass-fail\n", "input_validators", False),
    ],
)
def test_a_validator_of_its_own_means_several_answers(
    tmp_path: Path, yaml: str, folder: str, several: bool
) -> None:
    path = package(tmp_path, yaml)
    if folder:
        (tmp_path / folder).mkdir()
    problem = read_problem(path)
    assert problem.several_answers is several
    assert any("output validator of its own" in remark.message for remark in problem.remarks) is several


@pytest.mark.parametrize(
    ("statement", "yaml", "title"),
    [
        ("problem_statement/problem.sv.tex", "name: {en: Gap, sv: Lucka}\n", "Lucka"),
        ("problem_statement/problem.tex", "name:\n  sv: Lucka\n  en: Gap\n", "Gap"),
        ("problem_statement/problem.is.tex", "name:\n  sv: Lucka\n", "Lucka"),
        ("problem_statement/problem.en.tex", "name: 007\n", "007"),
        ("problem_statement/problem.en.tex", "name: [a]\n", None),
    ],
)
def test_the_title_is_that_of_the_statements_language(
    tmp_path: Path, statement: str, yaml: str, title: str | None
) -> None:
    assert facts(package(tmp_path, yaml, statement)).title == title


@pytest.mark.parametrize(
    "yaml",
    [
        "a: [",
        "[" * 5000,
        "- 1\n",
        "",
        "a: &a [*a]\n",
        "? [a]\n: b\n",
        "x: !!python/object:os.system 1\n",
        "\t: %",
    ],
)
def test_a_broken_yaml_says_so_and_stops_nothing(tmp_path: Path, yaml: str) -> None:
    path = package(tmp_path, yaml)
    assert facts(path).time_limit_s is None
    assert len(read_problem(path).public_tests) == 2


def test_a_yaml_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    path = package(tmp_path, "name: Gap\nlimits: {\n")
    assert [remark.message for remark in facts(path).remarks] == [
        "problem.yaml is no YAML (line 3); limits and flags in it were not read"
    ]


def test_yaml_that_would_grow_without_bound_is_harmless(tmp_path: Path) -> None:
    layers = "\n".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    path = package(tmp_path, f"a0: &a0 {{k: v}}\n{layers}\nlimits: {{time_limit: 3}}\n")
    assert facts(path).time_limit_s == 3.0


def test_a_yaml_that_is_too_large_is_left_out(tmp_path: Path) -> None:
    path = package(tmp_path, "#" * (MAX_YAML_BYTES + 1))
    assert any("problem.yaml is larger" in remark.message for remark in facts(path).remarks)


# cph


def with_prob(folder: Path, **fields: object) -> Path:
    path = folder / "gap.cpp"
    path.write_text("/*\nRead numbers and print the largest minus the smallest.\n*/\n")
    (folder / ".cph").mkdir()
    tests = [{"id": 1, "input": "3\n4 9 2\n", "output": "7\n"}]
    text = json.dumps({"name": "A. Gap", "tests": tests, "interactive": False, **fields})
    (folder / ".cph" / f".gap.cpp_{'0' * 32}.prob").write_text(text)
    return path


def test_limits_title_and_address_come_from_cphs_file(tmp_path: Path) -> None:
    url = "https://codeforces.com/contest/1/problem/A"
    problem = read_problem(with_prob(tmp_path, timeLimit=1500, memoryLimit=256, url=url))
    assert (problem.time_limit_s, problem.memory_limit_bytes) == (1.5, 256 << 20)
    assert (problem.title, problem.url) == ("A. Gap", url)
    assert len(problem.public_tests) == 1


def test_fields_of_another_type_say_nothing(tmp_path: Path) -> None:
    path = with_prob(tmp_path, name=5, timeLimit=True, memoryLimit=[1], url="local", interactive="false")
    assert facts(path) == PackageFacts()


def test_an_interactive_problem_of_cph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="cph's problem file says that it is interactive"):
        read_problem(with_prob(tmp_path, interactive=True))
