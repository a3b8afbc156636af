"""Interactive problems in the terminal: an interactor is named, found, or asked for; what was said is shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from engine.serving import serving, sstar
from engine.world import World

from interactive import programs as p
from interactive.test_packages import STATEMENTS

INTERACTOR = STATEMENTS["guess"].parents[1] / "output_validator" / "guess.py"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """The guessing problem as a lone statement with one input of its interactor."""
    statement = tmp_path / "guess.md"
    statement.write_text(STATEMENTS["guess"].read_text() + "\nThis is an interactive problem.\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "1.in").write_text("187\n")
    return statement


def test_a_solve_without_an_interactor_is_refused_and_with_one_named_or_beside_it_ends_well(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(samples=(p.GUESS,))) as (server, solve):
        refused = solve(plain)
        assert refused.exit_code == 3
        assert "--interactor FILE" in refused.stderr
        assert server.requests == []
        assert solve(plain, "--interactor", INTERACTOR).exit_code == 0
        shutil.copy(INTERACTOR, plain.parent / "interactor.py")
        assert solve(plain).exit_code == 0


def test_a_failed_solve_shows_what_was_said(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, World(samples=(p.GUESS_ONE_BY_ONE,))) as (_server, solve):
        result = solve(plain, "--rounds", "0", "--interactor", INTERACTOR)
        assert result.exit_code == 11
        assert "said (> program, < interactor)" in result.stderr
        assert "10 guesses were not enough" in result.stderr


def test_an_interactor_that_does_not_compile_ends_the_solve_before_a_model_is_asked(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plain.parent / "interactor.cpp").write_text("int main( {\n")
    with serving(monkeypatch, World(samples=(p.GUESS,))) as (server, solve):
        result = solve(plain)
        assert result.exit_code == 5
        assert "the interactor does not compile" in result.stderr
        assert not [path for path, _ in server.requests if path.endswith("completions")]


def test_ones_own_program_talks_with_the_interactor(plain: Path, own_home: Path) -> None:
    mine = plain.with_name("guess.py")
    mine.write_text(p.GUESS)
    assert sstar("test", mine).exit_code == 3
    passed = sstar("test", mine, "--interactor", INTERACTOR)
    assert (passed.exit_code, passed.stdout.splitlines()[-1]) == (0, "1 of 1 passed")
    mine.write_text(p.GUESS_ONE_BY_ONE)
    failed = sstar("test", mine, "--interactor", INTERACTOR)
    assert failed.exit_code == 17
    assert "> 1\n< higher\n> 2\n< higher\n" in failed.stdout
    assert "10 guesses were not enough" in failed.stdout
    answer = json.loads(sstar("test", mine, "--interactor", INTERACTOR, "--json").stdout)["tests"][0]
    assert (answer["verdict"], answer["detail"]) == ("WA", "10 guesses were not enough")
    assert answer["transcript"].startswith("> 1\n< higher")


def test_programs_of_an_interactive_problem_are_not_stressed(plain: Path, own_home: Path) -> None:
    shutil.copy(INTERACTOR, plain.parent / "interactor.py")
    for name in ("guess.py", "other.py"):
        plain.with_name(name).write_text(p.GUESS)
    result = sstar("stress", plain.with_name("guess.py"), plain.with_name("other.py"), "--problem", plain)
    assert result.exit_code == 2
    assert "this problem is interactive" in result.stderr
