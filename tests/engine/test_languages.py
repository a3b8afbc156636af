"""Whole programs in each language whose toolchain is here: solved, repaired from a compiler's message, refused without a toolchain.

That a hostile program of each language stays in its box is in tests/sandbox/compilation/test_languages.py (``READ``, ``EAT`` …).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from test_service import QUICK as QUICKLY
from test_service import service

from engine.example_programs import EXAMPLES, PROGRAMS, right_program, wrong_program
from engine.world import PAIRS, QUICK, World, answer, fenced, finish
from sstar_lsp.engine.run.events import RunStarted
from sstar_lsp.engine.run.execution.executions import LIMIT_SLACK, Executions, limits_of
from sstar_lsp.engine.run.policy import Policy
from sstar_lsp.engine.run.state import fold
from sstar_lsp.engine.sampling.sample import writing_prompt
from sstar_lsp.errors import SandboxError, UsageError
from sstar_lsp.models.extract import extract_code
from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.languages import language_for, why_not_in
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Problem, Status
from sstar_sandbox import LANGUAGES, Sandbox, Verdict, default_limits, languages_here
from sstar_sandbox.compilation import toolchains

BROKEN = {
    "python": ("input()", "input("),
    "cpp": ("int main", "it main"),
    "c": ("int main", "it main"),
    "java": ("boolean open", "bool open"),
    "rust": ("let (a, b, t)", "let (a, b)"),
    "go": ('"fmt"', '"fmt"\nimport "os"'),
    "javascript": ("const open =", "const open"),
}
"""What keeps the program for opening-hours from compiling, as models break them."""
MESSAGES = {
    "python": "SyntaxError",
    "cpp": "‘it’ does not name a type",
    "c": "unknown type name ‘it’",
    "java": "cannot find symbol",
    "rust": "mismatched types",
    "go": "imported and not used",
    "javascript": "SyntaxError: Missing initializer",
}


SMALLER_ONCE = Policy(minimize_rounds=1)
"""Each try to make an input smaller starts a JVM or Node twice."""
CELLS = [
    (example, language)
    for example in sorted(PROGRAMS)
    for language in languages_here()
    if language == "python" or language in PROGRAMS[example]
]


def problem_of(example: str) -> Problem:
    """The example as it is read from its folder."""
    (statement,) = (EXAMPLES / example).glob("problem.*")
    return read_problem(statement)


@pytest.mark.parametrize("example", PROGRAMS)
def test_there_is_a_program_in_each_language_that_an_example_can_be_solved_in(example: str) -> None:
    assert {*PROGRAMS} == {reference.parent.name for reference in EXAMPLES.glob("*/reference.py")}
    problem = problem_of(example)
    assert {"python", *PROGRAMS[example]} == {id_ for id_ in LANGUAGES if not why_not_in(problem, id_)}


def test_the_page_of_benchmarks_shows_which_programs_there_are() -> None:
    page = (EXAMPLES.parent / "docs" / "benchmarks.md").read_text("utf-8")
    order = ("python", "cpp", "c", "java", "rust", "go", "javascript")
    for example in PROGRAMS:
        tried = [
            "–" if id_ not in ("python", *PROGRAMS[example]) else "2" if wrong_program(example, id_) else "1"
            for id_ in order
        ]
        assert f"\n| {example} | {' | '.join(tried)} |\n" in page


@pytest.mark.parametrize(("example", "language"), CELLS)
async def test_an_example_is_solved_in_each_language(sandbox: Sandbox, example: str, language: str) -> None:
    problem, right = problem_of(example), right_program(example, language)
    programs = [code for code in (wrong_program(example, language), right) if code]
    world = World(samples=[fenced(code, language) for code in programs], judge={right: 1})
    chosen = evolve(QUICK, language=language, samples=len(programs), inputs=24)
    started = RunStarted("run", problem, chosen, {}, {}, 0.0, policy=SMALLER_ONCE)
    state = await finish(sandbox, world, problem, chosen, state=fold([started]))
    assert len(state.clusters) == len(programs)
    answer(right, state)
    executions, tests = Executions(sandbox, problem), hidden_tests(EXAMPLES / example / "hidden")
    program = await executions.prepare(right, language)
    inputs, expected = zip(*((test.input, test.expected) for test in tests), strict=True)
    runs = executions.run(program, inputs, default_limits(language), expected=expected)
    assert [execution.verdict async for execution in runs] == [Verdict.AC] * len(tests)


@pytest.mark.parametrize("language", languages_here())
async def test_a_compile_error_is_repaired_from_its_message(sandbox: Sandbox, language: str) -> None:
    right = right_program("opening-hours", language)
    broken = right.replace(*BROKEN[language])
    world = World(samples=(fenced(broken, language),), repairs={broken: (fenced(right, language),)})
    problem = problem_of("opening-hours")
    state = await finish(sandbox, world, problem, evolve(QUICK, language=language, samples=1, inputs=1))
    assert state.checks["c1"].compile_error is not None
    answer(right, state)
    assert MESSAGES[language] in next(prompt for kind, prompt in world.asked if kind == "repair")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_names_the_language_and_opens_its_code_block(language: str) -> None:
    prompt = writing_prompt(PAIRS, language)
    assert prompt.endswith(f"```{language}\n")
    assert {"java": "public class Main", "go": "package main", "rust": "edition 2021", "c": "C17"}.get(
        language, LANGUAGES[language].title
    ) in prompt


@pytest.mark.parametrize("package", ["package solution\n\n", ""])
def test_a_go_program_of_another_package_becomes_one_that_runs(package: str) -> None:
    right = right_program("opening-hours", "go")
    reply = fenced(right.replace("package main\n\n", package), "go")
    assert extract_code(reply, "go").code == right


def test_the_start_of_a_runtime_is_not_counted_against_a_program() -> None:
    problem = evolve(PAIRS, time_limit_s=1.0, memory_limit_bytes=64 << 20)
    assert limits_of(problem, "rust").cpu_s == LIMIT_SLACK
    for language in ("java", "javascript"):
        limits, runtime = limits_of(problem, language), LANGUAGES[language]
        assert limits.cpu_s == LIMIT_SLACK + runtime.startup_s > LIMIT_SLACK
        assert limits.memory_bytes == (64 << 20) + runtime.startup_bytes
        assert limits.cpu_s < default_limits(language).cpu_s


@pytest.mark.parametrize("language", ["java", "javascript"])
async def test_a_managed_program_runs_within_the_smallest_limits(sandbox: Sandbox, language: str) -> None:
    if language not in languages_here():
        pytest.skip(f"no toolchain for {language}")
    problem = evolve(problem_of("opening-hours"), time_limit_s=0.5, memory_limit_bytes=32 << 20)
    program = await sandbox.prepare(right_program("opening-hours", language), language)
    runs = sandbox.run(program, [b"9 18 12\n"], limits_of(problem, language))
    assert [execution.verdict async for execution in runs] == [Verdict.RAN]


async def test_a_language_without_a_toolchain_is_refused_before_a_model_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(toolchains._BINARIES, "rust", "/nowhere/rustc")
    world = World()
    async with service(tmp_path, world) as door:
        handle = await door.solve(PAIRS, evolve(QUICKLY, solve=evolve(QUICKLY.solve, language="rs")))
        with pytest.raises(SandboxError, match=r"Rust here: apt install rustc, or .* is here: python, cpp"):
            await handle.wait()
    assert handle.status is Status.FAILED
    assert world.asked == []
    assert "rust" not in languages_here()


def test_an_unknown_language_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match=", ".join(LANGUAGES)):
        language_for(PAIRS, "cobol")
