"""A checker that a person names, through every door: option, ``sstar.toml``, settings of the editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from engine.serving import serving
from engine.world import PRINTS_ZERO, RIGHT, World

from sstar_lsp.engine.run.events import CheckerTried
from sstar_lsp.errors import ProblemError
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.problems.checker_files import with_checker, with_settings_checker
from sstar_lsp.records import CallForm, CheckerProgram, Problem, Style, Test
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service
from sstar_lsp.settings import ProblemSettings, Settings, SolveSettings

EVEN = """
import sys
said = open(sys.argv[2]).read().split()
sys.exit(0 if len(said) == 1 and said[0].isdigit() else 1)
"""
"""Accepts any number."""
TASK = Problem("T", "Statement.")


def named(checker: str) -> Settings:
    """Settings that name a checker."""
    return Settings(problem=ProblemSettings(checker=checker))


def test_an_option_names_a_checker_program(statement: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = statement.parent / "any.py"
    program.write_text(EVEN)
    with serving(monkeypatch, World(samples=(PRINTS_ZERO,))) as (_server, solve):
        assert solve(statement, "--rounds", "0").exit_code == 11
        assert solve(statement, "--rounds", "0", "--checker", program).exit_code == 0


def test_an_unknown_checker_is_refused_before_a_model_is_asked(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, World(samples=(RIGHT,))) as (server, solve):
        result = solve(statement, "--checker", "tokenz")
        assert result.exit_code == 3
        assert "tokens-nocase" in result.stderr
        assert server.requests == []


def test_a_workspace_names_a_checker_for_its_problems(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (statement.parent / "any.py").write_text(EVEN)
    (statement.parent / "sstar.toml").write_text('[problem]\nchecker = "any.py"\n')
    with serving(monkeypatch, World(samples=(PRINTS_ZERO,))) as (_server, solve):
        assert solve(statement, "--rounds", "0").exit_code == 0
        assert solve(statement, "--rounds", "0", "--checker", "tokens").exit_code == 11


def test_the_file_of_a_workspace_lies_in_the_folder_of_its_settings(tmp_path: Path) -> None:
    inner = tmp_path / "a"
    inner.mkdir()
    (tmp_path / "sstar.toml").write_text("[problem]\n")
    (tmp_path / "check.py").write_text(EVEN)
    found = with_settings_checker(TASK, named("check.py"), str(inner / "problem.md"))
    assert found.checker_program is not None
    with pytest.raises(ProblemError, match="lies outside"):
        with_settings_checker(TASK, named("../check.py"), str(inner / "problem.md"))
    with pytest.raises(ProblemError, match="save the document first"):
        with_settings_checker(TASK, named("check.py"), "untitled:1")


def test_settings_do_not_change_what_a_person_named_for_the_problem() -> None:
    problem = with_checker(TASK, "lines", None)
    assert with_settings_checker(problem, named("tokens"), None).checker == "lines"
    assert with_settings_checker(TASK, named("exact"), None).checker == "exact"
    assert with_settings_checker(TASK, Settings(), None) == TASK


async def test_tests_that_were_kept_back_are_judged_by_the_checker_program(tmp_path: Path) -> None:
    program = CheckerProgram(EVEN, "python")
    problem = evolve(TASK, public_tests=(Test("1\n", "5\n"),), checker_program=program)
    model = ScriptedModel(World(samples=("print(input())\n",)))
    settings = Settings(solve=SolveSettings(samples=1, rounds=0, inputs=0))
    async with Service(RunStore(tmp_path), models=Models.all_the_same(model)) as door:
        state = await (await door.solve(problem, settings)).wait()
        assert state.checker_tried == CheckerTried(judges_alone=True)
        assert await door.grade(state, [Test("7\n", "1\n"), Test("x\n", "1\n")]) == ["AC", "WA"]


async def test_a_program_that_answers_otherwise_is_run_again_without_a_verdict(tmp_path: Path) -> None:
    problem = evolve(TASK, public_tests=(Test("1\n", "5\n"),), several_answers=True)
    model = ScriptedModel(World(samples=("print(input())\n",)))
    settings = Settings(solve=SolveSettings(samples=1, rounds=0, inputs=0))
    async with Service(RunStore(tmp_path), models=Models.all_the_same(model)) as door:
        state = await (await door.solve(problem, settings)).wait()
        runs = await door.run_again(state, [("5\n", "5\n"), ("6\n", "5\n")])
        assert [(run.verdict.value, run.detail) for run in runs] == [
            ("AC", ""),
            ("RAN", "another answer; the statement accepts several"),
        ]


async def test_tests_that_were_kept_back_are_called_as_the_examples_are(tmp_path: Path) -> None:
    problem = Problem(
        "Reverse",
        "Reverse a list.",
        Style.FUNCTION,
        "reverse",
        "def reverse(head):\n",
        (Test("[[1, 2]]", "[2, 1]"),),
        "json",
        call_form=CallForm(("ListNode",), "ListNode"),
    )
    code = (
        "def reverse(head):\n    before = None\n    while head:\n"
        "        head.next, before, head = before, head, head.next\n    return before\n"
    )
    model = ScriptedModel(World(samples=(code,)))
    settings = Settings(solve=SolveSettings(samples=1, rounds=0, inputs=0))
    async with Service(RunStore(tmp_path), models=Models.all_the_same(model)) as door:
        state = await (await door.solve(problem, settings)).wait()
        assert await door.grade(state, [Test("[[3, 4, 5]]", "[5, 4, 3]"), Test("[[]]", "[]")]) == ["AC", "AC"]
