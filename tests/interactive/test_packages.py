"""Three interactive packages: each is solved whole by a scripted model, and wrong programs are told what they did."""

from __future__ import annotations

import pytest
from engine.world import World, finish, settings

from interactive import programs as p
from sstar_lsp.engine.report.evidence import evidence_of
from sstar_lsp.engine.run.execution.executions import Executions, limits_of
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Problem, Status, TestOrigin
from sstar_lsp.report.page import report_page
from sstar_sandbox import Execution, Sandbox, Verdict

STATEMENTS = {
    "guess": p.EXAMPLE / "statement/problem.en.md",
    "lamps": p.PACKAGES / "adversary/statement/problem.en.md",
    "ranking": p.PACKAGES / "ranking/problem.md",
}


def problem(name: str) -> Problem:
    return read_problem(STATEMENTS[name])


async def runs(sandbox: Sandbox, task: Problem, source: str, language: str) -> list[Execution]:
    """The program on all tests of the problem."""
    executions = Executions(sandbox, task)
    program = await executions.prepare(source, language)
    assert program.compile_error is None
    tests = task.public_tests
    inputs, expected = [test.input for test in tests], [test.expected for test in tests]
    limits = limits_of(task, language)
    return [each async for each in executions.run(program, inputs, limits, expected=expected)]


def chosen(state: RunState) -> str:
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN, state.decided.reason
    return state.candidates[state.decided.candidate_id or ""].code


def asked(world: World, kind: str) -> str:
    """The last message of the first request of a kind."""
    return next(text for name, text in world.asked if name == kind)


@pytest.mark.parametrize(
    ("name", "source", "language"),
    [
        ("guess", p.GUESS, "python"),
        ("guess", p.GUESS_UPPER, "python"),
        ("guess", p.GUESS_CPP, "cpp"),
        ("lamps", p.LAMPS, "python"),
        ("lamps", p.LAMPS_CPP, "cpp"),
        ("ranking", p.RANKING, "python"),
        ("ranking", p.RANKING_CPP, "cpp"),
    ],
)
async def test_right_programs_are_accepted_on_all_tests(
    sandbox: Sandbox, name: str, source: str, language: str
) -> None:
    task = problem(name)
    assert len(task.public_tests) >= 2
    assert {test.origin for test in task.public_tests} == {TestOrigin.FILE}
    assert [(each.verdict, each.detail) for each in await runs(sandbox, task, source, language)] == [
        (Verdict.AC, "")
    ] * len(task.public_tests)


@pytest.mark.parametrize(
    ("name", "source", "language", "verdict", "detail"),
    [
        ("guess", p.GUESS_ONE_BY_ONE, "python", Verdict.WA, "10 guesses were not enough"),
        ("guess", p.GUESS_UNFLUSHED, "python", Verdict.TLE, "idle: both sides waited"),
        ("guess", p.GUESS_UNFLUSHED_CPP, "cpp", Verdict.TLE, "idle: both sides waited"),
        ("guess", p.GUESS_CRASHES, "python", Verdict.RE, "exit code 1"),
        ("guess", "print('?', flush=True)\n", "python", Verdict.WA, "'?' is no guess"),
        ("guess", "print(5000, flush=True)\n", "python", Verdict.WA, "5000 is not between 1 and 1000"),
        ("lamps", p.LAMPS_ONE_BY_ONE, "python", Verdict.WA, "more than 10 questions"),
        ("lamps", p.LAMPS_GUESSES, "python", Verdict.WA, "it answered before it could know"),
        ("ranking", p.RANKING_AS_GIVEN, "python", Verdict.WA, "the order is not right"),
        ("ranking", p.RANKING_REVERSED, "python", Verdict.WA, "the order is not right"),
        ("ranking", p.RANKING_UNFLUSHED, "python", Verdict.TLE, "idle: both sides waited"),
    ],
)
async def test_wrong_programs_are_told_what_they_did(
    sandbox: Sandbox, name: str, source: str, language: str, verdict: Verdict, detail: str
) -> None:
    found = await runs(sandbox, problem(name), source, language)
    assert (verdict, detail) in [(each.verdict, each.detail) for each in found]


async def test_a_failing_sample_is_repaired_with_the_transcript(sandbox: Sandbox) -> None:
    world = World(samples=(p.GUESS_ONE_BY_ONE,), repairs={p.GUESS_ONE_BY_ONE: (p.GUESS,)})
    state = await finish(sandbox, world, problem("guess"), settings(samples=1, rounds=1))
    assert chosen(state).strip() == p.GUESS.strip()
    written = asked(world, "write")
    assert "talks with an interactor" in written
    assert "flushes it at once" in written
    told = asked(world, "repair")
    assert "It passes 1 of 3 examples" in told
    assert "> 1\n< higher\n> 2\n< higher" in told
    assert "The interactor refused it: 10 guesses were not enough" in told
    assert "expected output" not in told


async def test_a_program_that_does_not_flush_is_told_so_in_its_repair(sandbox: Sandbox) -> None:
    world = World(samples=(p.RANKING_UNFLUSHED,), repairs={p.RANKING_UNFLUSHED: (p.RANKING,)})
    state = await finish(sandbox, world, problem("ranking"), settings(samples=1, rounds=1))
    assert chosen(state).strip() == p.RANKING.strip()
    assert "it did not flush what it printed" in asked(world, "repair")


async def test_right_programs_with_other_questions_are_one_behaviour_and_a_refused_one_is_out(
    sandbox: Sandbox,
) -> None:
    world = World(samples=(p.GUESS_BY_HEART, p.GUESS, p.GUESS_UPPER))
    state = await finish(sandbox, world, problem("guess"), settings(samples=3, rounds=0, inputs=6))
    assert len(state.survivors) == 3
    assert [group.members for group in state.clusters] == [("c2", "c3"), ("c1",)]
    assert chosen(state).strip() == p.GUESS.strip()
    assert state.duels == ()
    assert {kind for kind, _ in world.asked} == {"write"}
    evidence = evidence_of(state)
    assert evidence.inputs_compared > 0
    outputs = [output.output for output in evidence.deciding_inputs[0].outputs]
    assert any("< correct" in output for output in outputs)
    assert any("10 guesses were not enough" in output for output in outputs)
    assert "10 guesses were not enough" in report_page(state)


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [("lamps", p.LAMPS_ONE_BY_ONE, p.LAMPS), ("ranking", p.RANKING_REVERSED, p.RANKING)],
)
async def test_the_adaptive_and_the_two_sided_one_are_solved_whole(
    sandbox: Sandbox, name: str, wrong: str, right: str
) -> None:
    world = World(samples=(wrong, right), repairs={wrong: (right,)})
    state = await finish(sandbox, world, problem(name), settings(samples=2, rounds=1, inputs=2))
    assert chosen(state).strip() == right.strip()
    assert evidence_of(state).inputs_compared == 0 or len(state.clusters) == 1


async def test_a_whole_solve_in_cpp(sandbox: Sandbox) -> None:
    world = World(samples=(f"```cpp\n{p.GUESS_CPP}```\n",))
    state = await finish(sandbox, world, problem("guess"), settings(samples=1, rounds=0, language="cpp"))
    assert "std::cin >> said" in chosen(state)


async def test_a_failed_example_shows_what_was_said(sandbox: Sandbox) -> None:
    world = World(samples=(p.GUESS_ONE_BY_ONE,))
    state = await finish(sandbox, world, problem("guess"), settings(samples=1, rounds=0))
    failed = evidence_of(state).failed_examples
    assert [each.verdict for each in failed] == ["WA", "WA"]
    assert failed[0].is_conversation
    assert failed[0].output.startswith("> 1\n< higher\n> 2")
    page = report_page(state)
    assert "what was said" in page
    assert "judged by the interactor guess.py" in page
    assert "&lt; higher" in page
