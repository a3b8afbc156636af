"""``sstar check``, and what is told of the reading before and after a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from engine.serving import STATEMENT, serving, sstar
from engine.world import PRINTS_ZERO, RIGHT, World

from sstar_lsp.cli.main import main

pytestmark = pytest.mark.usefixtures("own_home")

KEYS = {
    *("kind", "reason", "title", "function", "comparator", "several_answers", "time_limit_s"),
    *("memory_limit_mib", "file_io", "examples", "remarks"),
}
INTERACTIVE = "# Guess\n\nThis is an interactive problem: guess the number that the judge thinks of.\n"


def test_the_reading_is_shown_with_each_example_and_its_lines(statement: Path) -> None:
    shown = sstar("check", statement)
    assert shown.exit_code == 0
    first = STATEMENT.split("\n").index("3") + 1
    for words in ("Pairs that cancel", "standard input", "tokens: the same words", "borders sure", "1 -1 2"):
        assert words in shown.stdout
    [lines] = [json.loads(sstar("check", statement, "--json").stdout)["examples"][0]["lines"]]
    assert lines[0] <= first <= lines[1]
    assert f"example 1, lines {lines[0]}–{lines[1]}" in shown.stdout


def test_what_hostile_text_would_do_to_a_terminal_is_shown_and_not_done(statement: Path) -> None:
    statement.write_text(statement.read_text().replace("1 -1 2", "1 \x1b[2J -1 2"))
    assert "\x1b" not in sstar("check", statement).stdout


def test_the_json_is_one_object_with_the_documented_keys(statement: Path) -> None:
    answer = json.loads(sstar("check", statement, "--json").stdout)
    assert set(answer) == KEYS | {"input_format"}
    assert (answer["kind"], answer["comparator"], answer["function"]) == ("stdin", "tokens", None)
    [example] = answer["examples"]
    assert (example["input"], example["output"], example["sure"]) == ("3\n1 -1 2\n", "1\n", True)


def test_the_format_of_the_input_is_shown_with_where_it_is_known_from(statement: Path) -> None:
    told = statement.read_text()
    assert "not known: test inputs are changed examples" in sstar("check", statement).stdout
    statement.write_text(told.replace("## Sample Input", "1 ≤ n ≤ 100, −9 ≤ a ≤ 9.\n\n## Sample Input"))
    shown = sstar("check", statement).stdout
    assert "1 line: a (n times integer, statement)" in shown
    assert json.loads(sstar("check", statement, "--json").stdout)["input_format"]["is_whole"]
    statement.write_text(statement.read_text().replace("100, ", "100, n is prime, "))
    assert "promise that is not understood" in sstar("check", statement).stdout


def test_a_refusal_has_the_exit_code_of_no_problem_and_its_reason(statement: Path) -> None:
    statement.write_text(INTERACTIVE)
    told = sstar("check", statement)
    assert (told.exit_code, told.stdout) == (3, "")
    assert "interactive" in told.stderr
    as_json = sstar("check", statement, "--json")
    answer = json.loads(as_json.stdout)
    assert (as_json.exit_code, answer["kind"]) == (3, "refused")
    assert "interactive" in answer["reason"]


def test_each_path_is_answered_with_one_line_whatever_it_is(statement: Path, tmp_path: Path) -> None:
    refused = tmp_path / "guess.md"
    refused.write_text(INTERACTIVE)
    binary = tmp_path / "binary.md"
    binary.write_bytes(b"\0\1\2")
    paths = [
        b"no such file",
        *map(bytes, (refused, tmp_path, binary)),
        b"",
        b"a\0b",
        b"\xff\xfe",
        bytes(statement),
    ]
    result = CliRunner().invoke(main, ["check", "--json-lines"], input=b"".join(p + b"\r\n" for p in paths))
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(answer) == KEYS | {"input_format"} for answer in answers)
    assert [answer["kind"] for answer in answers] == ["refused"] * (len(paths) - 1) + ["stdin"]
    assert all(answer["reason"] for answer in answers[:-1])


def test_an_answer_comes_before_the_next_path_is_given(statement: Path) -> None:
    command = [sys.executable, "-m", "sstar_lsp", "check", "--json-lines"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(bytes(statement) + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["title"] == "Pairs that cancel"
        process.stdin.close()
        assert process.wait(60) == 0


def test_the_comparator_is_the_one_that_a_run_would_use(statement: Path) -> None:
    (statement.parent / "sstar.toml").write_text('[problem]\nchecker = "exact"\n')
    assert json.loads(sstar("check", statement, "--json").stdout)["comparator"] == "exact"
    dry = sstar("solve", statement, "--dry-run", "--json", "--checker", "yesno")
    assert json.loads(dry.stdout)["problem"]["comparator"] == "yesno"


def test_a_file_and_paths_on_standard_input_do_not_go_together(statement: Path) -> None:
    assert sstar("check", statement, "--json-lines").exit_code == 2
    assert sstar("check").exit_code == 2


# --- around a run ----------------------------------------------------------------------------------------


def test_the_reading_is_told_before_any_model_is_asked(statement: Path) -> None:
    nobody = ("--base-url", "http://127.0.0.1:9/v1", "--model", "nobody")
    result = sstar("solve", statement, *nobody)
    assert result.exit_code == 4
    assert result.stderr.startswith("read: Pairs that cancel · standard input · 1 example · tokens\n")
    assert "3 ⏎ 1 -1 2 → 1" in result.stderr


def test_a_dry_run_says_what_was_read_as_text_and_as_json(statement: Path) -> None:
    assert "3 ⏎ 1 -1 2 → 1" in sstar("solve", statement, "--dry-run").stdout
    answer = json.loads(sstar("solve", statement, "--dry-run", "--json").stdout)
    assert set(answer) == {"problem", "ceiling"}
    checked = json.loads(sstar("check", statement, "--json").stdout)
    assert checked == {**answer["problem"], "input_format": None}


def test_a_failed_example_is_shown_with_input_expected_and_printed_text(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(samples=(PRINTS_ZERO,))) as (_server, solve):
        told = solve(statement, samples=1)
        answer = json.loads(solve(statement, "--json", samples=1).stdout)
    assert told.exit_code == 11
    assert "failed: example 1 (WA)" in told.stderr
    row = next(line for line in told.stderr.splitlines() if line.startswith("│ 3 "))
    assert [cell.strip() for cell in row.strip("│ ").split("│")][1:] == ["1", "0"]
    wanted = {
        "name": "example 1",
        "input": "3\n1 -1 2",
        "expected": "1",
        "output": "0",
        "verdict": "WA",
        "is_conversation": False,
    }
    assert answer["evidence"]["failed_examples"] == [wanted]
    page = sstar("show", "--page").stdout
    assert (
        "## Failed: example 1 (WA)\n\nInput:\n\n```text\n3\n1 -1 2\n```\n\nExpected:\n\n```text\n1\n" in page
    )
    assert "Printed:\n\n```text\n0\n" in page


def test_a_program_that_passes_every_example_has_no_failed_one(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(samples=(RIGHT,))) as (_server, solve):
        answer = json.loads(solve(statement, "--json", samples=1).stdout)
    assert answer["evidence"]["failed_examples"] == []
    assert "## Failed" not in sstar("show", "--page").stdout
