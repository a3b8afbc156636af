"""The command line within this process: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine.serving import SPLIT, SUM, serving, sstar
from engine.world import ALWAYS_ONE, COUNTS_VALUES, PRINTS_ZERO, RIGHT, RIGHT_TOO, World, fenced

from sstar_lsp.cli.main import HIDDEN_FAILED

pytestmark = pytest.mark.usefixtures("own_home")


# --- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["solve", "check", "runs", "show", "resume", "lsp", "model", "doctor"])
def test_the_help_of_each_command_says_what_it_does_and_means(command: str) -> None:
    assert command in sstar("--help").stdout
    shown = sstar(command, "--help").stdout
    assert f"Usage: main {command}" in shown
    assert len(shown.splitlines()) > 4


def test_help_teaches_by_examples_budgets_exit_codes_and_where_the_key_comes_from() -> None:
    shown = sstar("solve", "--help").stdout
    for words in (
        "sstar solve problem.md --lang cpp",
        "calls=40,tokens=20000,money=0.5,seconds=300",
        "SSTAR_API_KEY",
        "Exit codes:",
        "14  fails the --hidden tests",
        "sstar resume RUN",
    ):
        assert words in shown
    assert "sstar new --example" in sstar("--help").stdout
    assert "sstar doctor" in sstar("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (("solve", "{file}", "--lang", "cobol"), "python, cpp"),
        (("solve", "{file}", "--budget", "hours=3"), "calls=40,tokens=20000,money=0.5,seconds=300"),
        (("solve", "{file}", "--budget", "calls=many"), "wants a number"),
        (("solve", "{file}", "--budget", "calls=0"), "at least 1"),
        (("solve", "{file}", "-n", "0"), "at least 1"),
        (("solve", "{file}", "--smaples", "3"), "--samples"),
        (("slove", "{file}"), "No such command"),
        (("solve",), "FILE"),
        (("solve", "{file}", "--base-url", "localhost"), "http://127.0.0.1:8000/v1"),
        (("solve", "{file}", "--hidden", "{folder}"), "no tests in"),
        (("solve", "{file}", "-o", "{folder}/none/x.py"), "there is no folder"),
    ],
)
def test_wrong_usage_is_told_with_what_is_known(
    statement: Path, arguments: tuple[str, ...], known: str
) -> None:
    result = sstar(*(part.format(file=statement, folder=statement.parent) for part in arguments))
    assert result.exit_code == 2, result.output
    assert known in result.stderr


def test_an_unknown_key_of_a_settings_file_lists_the_known(statement: Path) -> None:
    (statement.parent / "sstar.toml").write_text("[solve]\nsampels = 3\n")
    result = sstar("solve", statement)
    assert result.exit_code == 2
    assert "solve.sampels" in result.stderr
    assert "samples" in result.stderr
    assert str(statement.parent / "sstar.toml") in result.stderr


def test_a_workspace_cannot_send_the_run_elsewhere(statement: Path) -> None:
    (statement.parent / "sstar.toml").write_text('[model]\nbase_url = "http://evil.example/v1"\n')
    result = sstar("solve", statement)
    assert result.exit_code == 2
    assert "workspace file may not set" in result.stderr


def test_a_contest_is_refused_until_a_person_says_that_it_is_practice(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement.write_text("https://codeforces.com/contest/1234/problem/A\n\n" + statement.read_text())
    with serving(monkeypatch, World(**SPLIT)) as (server, solve):
        refused = solve(statement)
        assert refused.exit_code == 3
        assert "--practice" in refused.stderr
        assert server.requests == []
        assert solve(statement, "--practice").exit_code == 0
        assert solve(statement).exit_code == 0, "it is remembered"


# --- a run ----------------------------------------------------------------------------------------


def test_a_run_prints_the_program_and_the_deciding_input_with_each_clusters_output(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (_server, solve):
        result = solve(statement)
    assert result.exit_code == 0, result.output
    assert result.stdout in (RIGHT, RIGHT_TOO)  # they behave alike: the faster one
    assert "deciding input" in result.stderr
    assert "(chosen)" in result.stderr
    assert "judge says A" in result.stderr
    assert "samples 3/3" in result.stderr
    assert "survivors" in result.stderr


def test_the_json_is_one_object_with_the_documented_keys_and_nothing_else_on_stdout(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (server, solve):
        result = solve(statement, "--json")
        answer = json.loads(result.stdout)
        assert answer["usage"]["calls"] == len(server.requests)
    assert set(answer) == {
        *("status", "run_id", "language", "code", "verified", "evidence", "usage", "wall_s"),
    }
    assert (answer["status"], answer["language"], answer["verified"]) == ("chosen", "python", True)
    assert answer["code"] in (RIGHT, RIGHT_TOO)
    assert len(answer["evidence"]["clusters"]) == 2
    assert answer["usage"]["prompt_tokens"] > 0
    assert answer["wall_s"] > 0


def test_the_program_is_written_where_it_is_wanted(
    statement: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "solution.py"
    with serving(monkeypatch, World()) as (_server, solve):
        result = solve(statement, "-o", out)
    assert out.read_text() == RIGHT
    assert f"written to {out}" in result.stdout
    assert "sum(a[i]" not in result.stdout


def test_a_dry_run_says_the_most_that_a_run_can_cost_and_asks_nobody(
    own_home: Path, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = own_home / "config" / "sstar" / "sstar.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[prices]\ncurrency = "EUR"\n[prices.models.scripted]\nprompt = 1\ncompletion = 4\n')
    with serving(monkeypatch, World(**SPLIT)) as (server, solve):
        told = solve(statement, "--dry-run", "--budget", "seconds=60")
        answer = json.loads(solve(statement, "--dry-run", "--json", "--budget", "calls=7").stdout)["ceiling"]
    assert server.requests == []
    assert told.exit_code == 0
    for words in ("samples", "repairs", "judgements", "EUR", "60 (cap)", "Nothing was asked"):
        assert words in told.stdout
    assert (answer["calls"], answer["capped"], answer["currency"]) == (7, ["calls"], "EUR")
    assert answer["money"] > 0


def test_a_cap_in_money_without_a_price_is_refused_before_anything_is_asked(
    own_home: Path, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (server, solve):
        result = solve(statement, "--budget", "money=1")
    assert (result.exit_code, server.model.calls) == (2, [])
    assert 'prices.models."scripted"' in result.stderr


def test_a_budget_ends_the_run_with_its_own_code_and_the_leader_so_far(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (server, solve):
        result = solve(statement, "--budget", "calls=4", "--json")
        assert len(server.requests) == 4
    assert result.exit_code == 12
    answer = json.loads(result.stdout)
    assert answer["status"] == "out_of_budget"
    assert answer["code"] in (RIGHT, RIGHT_TOO)


def test_a_run_out_of_budget_goes_on_with_more_and_pays_nothing_twice(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (server, solve):
        run_id = json.loads(solve(statement, "--budget", "calls=4", "--json").stdout)["run_id"]
        refused = sstar("resume", run_id)
        assert (refused.exit_code, "--budget" in refused.stderr) == (7, True)
        resumed = sstar(
            "resume",
            run_id,
            "--budget",
            "calls=90",
            "--json",
            "--base-url",
            server.base_url,
            "--model",
            "scripted",
        )
        assert resumed.exit_code in (0, 10)
        answer = json.loads(resumed.stdout)
        assert answer["usage"]["calls"] == len(server.requests) > 4
        assert len({json.dumps(request, sort_keys=True) for request in server.requests}) == len(
            server.requests
        )


@pytest.mark.parametrize(
    ("samples", "status", "code"),
    [((PRINTS_ZERO,), "unverified", 11), ((RIGHT, COUNTS_VALUES), "undecided", 10)],
)
def test_each_end_has_its_exit_code(
    samples: tuple[str, ...], status: str, code: int, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(samples=samples)) as (_server, solve):
        result = solve(statement, "--json", samples=2)
    assert (json.loads(result.stdout)["status"], result.exit_code) == (status, code)


def test_cpp_is_solved_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sum.md"
    file.write_text(SUM)
    code = "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }\n"
    with serving(monkeypatch, World(samples=(fenced(code, "cpp"),))) as (_server, solve):
        result = solve(file, "--lang", "c++", "--json")
    answer = json.loads(result.stdout)
    assert (answer["status"], answer["language"], answer["code"]) == ("chosen", "cpp", code)


def test_function_style_is_solved_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "double.py"
    file.write_text(
        'def double(x: int) -> int:\n    """Return twice x.\n\n    >>> double(2)\n    4\n    """\n'
    )
    code = "def double(x):\n    return 2 * x\n"
    with serving(monkeypatch, World(samples=(code, "def double(x):\n    return x * x\n", code))) as (
        _s,
        solve,
    ):
        result = solve(file, "--json")
        wrong_language = solve(file, "--lang", "java")
    answer = json.loads(result.stdout)
    assert (answer["status"], answer["code"]) == ("chosen", code)
    assert answer["evidence"]["deciding_inputs"][0]["input"].startswith("double(")
    assert wrong_language.exit_code == 2
    assert "double" in wrong_language.stderr


@pytest.mark.parametrize(
    "result", ['{"$float": []}', '{"$dict": [1]}', '{"$bytes": {"$float": []}}', "[" * 5000]
)
def test_a_result_that_is_no_value_costs_its_program_and_not_the_run(
    result: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "double.py"
    file.write_text(
        'def double(x: int) -> int:\n    """Return twice x.\n\n    >>> double(2)\n    4\n    """\n'
    )
    right = "def double(x):\n    return 2 * x\n"
    hostile = f"import os\ndef double(x):\n    os.write(1, {result.encode()!r})\n    os._exit(0)\n"
    late = hostile.replace("    os.write", "    if x == 2:\n        return 4\n    os.write")
    with serving(monkeypatch, World(samples=(hostile, late, right, right), inputs=("double(3)\n",))) as (
        _s,
        solve,
    ):
        answer = json.loads(solve(file, "--json", samples=4).stdout)
    assert (answer["status"], answer["code"]) == ("chosen", right)


@pytest.mark.parametrize("named", ["problem.md", "hidden", "."])
def test_tests_kept_back_decide_the_exit_code_and_never_reach_the_model(
    named: str, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = statement.parent / "hidden"
    hidden.mkdir()
    for number, (given, wanted) in enumerate((("1\n31415\n", "0\n"), ("4\n1 1 -1 -1\n", "4\n")), 1):
        (hidden / f"{number}.in").write_text(given)
        (hidden / f"{number}.out").write_text(wanted)
    kept_back = statement.parent / named
    with serving(monkeypatch, World(samples=(RIGHT,))) as (server, solve):
        passed = solve(statement, "--hidden", kept_back)
        assert not any("31415" in json.dumps(request) for request in server.requests)
    with serving(monkeypatch, World(samples=(ALWAYS_ONE,))) as (_server, solve):
        failed = solve(statement, "--hidden", kept_back)
        as_json = solve(statement, "--hidden", kept_back, "--json")
    assert passed.exit_code == 0
    assert "hidden tests: 2 of 2 passed" in passed.stderr
    assert failed.exit_code == HIDDEN_FAILED == 14
    assert "hidden tests: 0 of 2 passed (WA, WA)" in failed.stderr
    assert json.loads(as_json.stdout)["hidden"] == {"passed": 0, "tests": 2}


# --- runs and show --------------------------------------------------------------------------------


def test_without_a_run_there_is_nothing_to_list_show_or_resume() -> None:
    assert "No run yet" in sstar("runs").stdout
    assert json.loads(sstar("runs", "--json").stdout) == []
    for command in ("show", "resume"):
        result = sstar(command)
        assert result.exit_code == 7
        assert "no run yet" in result.stderr


def test_a_run_that_was_refused_before_it_began_is_listed_and_shown_with_the_reason(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (server, solve):
        assert solve(statement, "--budget", "money=1").exit_code == 2
        assert server.requests == []
    (listed,) = json.loads(sstar("runs", "--json").stdout)
    assert (listed["status"], listed["is_alive"]) == ("refused", False)
    assert "price" in listed["reason"]
    line, shown, again = sstar("runs"), sstar("show"), sstar("resume")
    assert line.stdout.count("\n") == 1
    for told in (line.stdout, shown.stderr, again.stderr):
        assert listed["reason"] in told
    assert "interrupted" not in line.stdout
    assert again.exit_code == 7


def test_runs_are_listed_newest_first_and_shown_from_the_journal_alone(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (_server, solve):
        first = json.loads(solve(statement, "--json").stdout)
        second = json.loads(solve(statement, "--json", "--seed", 1).stdout)
    listed = json.loads(sstar("runs", "--json").stdout)
    assert [run["id"] for run in listed] == [second["run_id"], first["run_id"]]
    assert {run["status"] for run in listed} == {"chosen"}
    assert "Pairs that cancel" in sstar("runs").stdout
    assert len(sstar("runs", "-n", 1).stdout.splitlines()) == 1
    assert json.loads(sstar("show", first["run_id"], "--json").stdout) == first
    assert json.loads(sstar("show", "last", "--json").stdout) == second
    assert json.loads(sstar("show", first["run_id"][-6:], "--json").stdout) == first
    page = sstar("show", first["run_id"], "--page").stdout
    assert page.startswith("# S* evidence: Pairs that cancel")
    assert "## Deciding input" in page
    assert "deciding input" in sstar("show", first["run_id"]).stderr


def test_runs_are_searched_handed_on_reported_and_pruned(
    statement: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (_server, solve):
        first = json.loads(solve(statement, "--json").stdout)["run_id"]
        second = json.loads(solve(statement, "--json", "--seed", 1).stdout)["run_id"]
    assert sstar("runs", "--search", "POSITIONS cancel", "-n", 1).stdout.startswith(second)
    assert len(json.loads(sstar("runs", "--search", first, "--json").stdout)) == 1
    assert "No run has these words" in sstar("runs", "--search", "cancel nowhere").stdout
    file, page = tmp_path / "run.jsonl", tmp_path / "page.html"
    assert sstar("runs", "export", first, "-o", file).exit_code == 0
    there = sstar("runs", "import", file)
    assert there.exit_code == 7
    assert f"run {first} is here already" in there.stderr
    assert sstar("runs", "prune").stderr == "0 deleted\n", "the newest stay, and so do the young"
    planned = sstar("runs", "prune", "--older-than", 0, "--keep", 1, "--dry-run")
    assert (planned.stdout.split()[0], len(json.loads(sstar("runs", "--json").stdout))) == (first, 2)
    pruned = sstar("runs", "prune", "--older-than", 0, "--keep", 1)
    assert (pruned.stdout, pruned.stderr) == (planned.stdout, "1 deleted\n")
    assert [run["id"] for run in json.loads(sstar("runs", "--json").stdout)] == [second]
    assert sstar("runs", "import", file).exit_code == 0
    assert sstar("report", first, "--html", "-o", page).exit_code == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert sstar("report", first).stdout == sstar("show", first, "--page").stdout
    assert sstar("runs", "--search", "x", "export", first).exit_code == 2


def test_a_run_that_does_not_exist_and_one_that_is_decided_are_told_apart(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World()) as (_server, solve):
        run_id = json.loads(solve(statement, "--json").stdout)["run_id"]
    unknown = sstar("show", "zzz")
    assert unknown.exit_code == 7
    assert "sstar runs" in unknown.stderr
    decided = sstar("resume", run_id)
    assert decided.exit_code == 7
    assert "is decided (chosen)" in decided.stderr
