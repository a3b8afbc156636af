"""The command line given bad documents and bad servers: a clear word, a code of its own, the journal kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine.serving import SPLIT, STATEMENT, SUM, serving, sstar
from engine.world import DIVIDES, RIGHT, RIGHT_TOO, World

from sstar_lsp.models.testing.scripted_server import Fault

pytestmark = pytest.mark.usefixtures("own_home")


# --- bad input: the document ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.md", b"", "empty"),
        ("blank.md", b" \n\n\t\n", "empty"),
        ("program.md", b"\x7fELF\x00\x01\x02\xff\xfe", "binary"),
        (
            "contradiction.md",
            (
                STATEMENT
                + STATEMENT[STATEMENT.index("## Sample Input") :].replace("```\n1\n```", "```\n2\n```")
            )
            .replace("Input 1", "Input", 1)
            .encode(),
            "contradict",
        ),
        ("code.py", b"print(1)\n", "no statement"),
    ],
)
def test_a_document_that_is_no_problem_is_told_so_before_anything_runs(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = sstar("solve", tmp_path / name)
    assert result.exit_code == 3, result.output
    assert words in result.stderr
    assert name in result.stderr
    assert "No run yet" in sstar("runs").stdout


def test_a_file_that_is_missing_or_a_folder_is_told_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.md", tmp_path):
        result = sstar("solve", path)
        assert result.exit_code == 3, result.output
        assert path.name in result.stderr


def test_a_statement_without_examples_is_solved_by_agreement_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bare.md"
    file.write_text(STATEMENT[: STATEMENT.index("## Sample")])
    with serving(monkeypatch, World(**SPLIT)) as (_server, solve):
        result = solve(file)
    assert result.exit_code == 0, result.output
    assert "no example" in result.stderr
    assert "examples passed 0/0" in result.stderr
    answer = json.loads(sstar("show", "--json").stdout)
    assert answer["verified"] is False
    assert answer["evidence"]["belief"] < 0.5


# --- bad input: the model -------------------------------------------------------------------------


def journaled() -> tuple[str, str]:
    """Id and status of the one run that was kept."""
    (run,) = json.loads(sstar("runs", "--json").stdout)
    return run["id"], run["status"]


def test_a_server_that_is_not_there_is_named_and_the_run_can_be_resumed(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World()) as (server, _solve):
        gone = server.base_url
    result = sstar("solve", statement, "-n", 1, "--base-url", gone, "--model", "scripted")
    assert result.exit_code == 4
    assert gone in result.stderr
    run_id, status = journaled()
    assert status == "stopped"
    assert f"sstar resume {run_id}" in result.stderr
    with serving(monkeypatch, World()) as (server, _solve):
        resumed = sstar("resume", run_id, "--base-url", server.base_url, "--model", "scripted", "--json")
    assert (resumed.exit_code, json.loads(resumed.stdout)["status"]) == (0, "chosen")


def test_a_server_that_is_not_there_and_was_to_name_its_model_is_told_so(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World()) as (server, _solve):
        gone = server.base_url
    result = sstar("solve", statement, "--base-url", gone)
    assert result.exit_code == 4
    assert gone in result.stderr
    run_id, _status = journaled()
    shown = sstar("show", run_id)
    assert shown.exit_code == 0
    assert "resume" not in shown.stdout
    assert sstar("resume", run_id).exit_code == 7


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.UNAUTHORIZED, "SSTAR_API_KEY"),
        (Fault.RATE_LIMITED_FOR_LONG, "3600"),
        (Fault.QUOTA, "quota"),
        (Fault.MODEL_MISSING, "scripted"),
        (Fault.CONTEXT, "context"),
        (Fault.HTML_PAGE_OK, "OpenAI"),
    ],
)
def test_a_server_that_refuses_ends_the_run_with_a_clear_word_and_keeps_the_journal(
    fault: Fault, words: str, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(), lambda _asked: fault) as (_server, solve):
        result = solve(statement, samples=2)
        as_json = solve(statement, "--json", samples=2)
    assert result.exit_code == 4, result.output
    assert words.lower() in result.stderr.lower()
    assert "sstar resume" in result.stderr
    answer = json.loads(as_json.stdout)
    assert (answer["status"], answer["code"]) == ("failed", None)
    assert words.lower() in answer["error"].lower()
    assert {run["status"] for run in json.loads(sstar("runs", "--json").stdout)} == {"stopped"}


def test_a_server_that_asks_to_wait_a_moment_is_waited_for(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(), [Fault.RATE_LIMITED] * 3) as (server, solve):
        result = solve(statement)
        assert len(server.requests) > 3
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.HANG_MIDWAY])
def test_a_server_that_hangs_is_given_up_after_the_users_idle_time(
    fault: Fault, statement: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = own_home / "config" / "sstar"
    config.mkdir(parents=True)
    (config / "sstar.toml").write_text("[model]\nidle_timeout_s = 0.3\n")
    with serving(monkeypatch, World(), lambda _asked: fault) as (_server, solve):
        result = solve(statement, samples=1)
    assert result.exit_code == 4, result.output
    assert "sent nothing for 0.3 s" in result.stderr
    assert journaled()[1] == "stopped"


@pytest.mark.parametrize("fault", [Fault.PROSE, Fault.NO_CODE])
def test_a_model_that_writes_no_code_ends_with_its_own_code_and_says_why(
    fault: Fault, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(), lambda _asked: fault) as (_server, solve):
        result = solve(statement)
    assert result.exit_code == 13, result.output
    assert "no python program" in " ".join(result.stderr.split())
    assert journaled()[1] == "failed"


def test_of_two_fences_the_whole_program_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sum.md"
    file.write_text(SUM)
    with serving(monkeypatch, World(), lambda _asked: Fault.TWO_FENCES) as (_server, solve):
        result = solve(file, "--json", samples=1)
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["status"]) == (0, "chosen")
    assert "draft" not in answer["code"]


def test_a_line_of_100_kb_is_survived_and_the_run_ends_as_itself(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(), lambda _asked: Fault.LONG_LINE) as (_server, solve):
        result = solve(statement, "--rounds", 0, samples=1)
    assert result.exit_code == 11, result.output
    assert "passes 0 of 1" in " ".join(result.stderr.split())
    assert len(result.stderr) < 20_000
    assert journaled()[1] == "unverified"


def test_one_bad_answer_among_good_ones_is_a_note_and_no_end(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(asked: dict) -> Fault | None:
        return Fault.SERVER_ERROR if asked.get("seed") == 200 else None

    with serving(monkeypatch, World(samples=(RIGHT, RIGHT, RIGHT_TOO, DIVIDES)), fault) as (_server, solve):
        result = solve(statement)
    assert result.exit_code == 0, result.output
    assert "1 of 3 samples" in " ".join(result.stderr.split())
