"""Prompts: what is constant comes first and byte for byte, and nobody's text is a template."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine.world import COUNTS_VALUES, DIVIDES, DOUBLE, PAIRS, RIGHT, World, finish, kind_of, settings
from sstar_lsp.engine.prompts import digests, fill, problem_text
from sstar_lsp.engine.sampling.sample import libraries_line, writing_prompt
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Problem
from sstar_lsp.settings import Rule
from sstar_sandbox import Offering, Sandbox

TRICKY = "Pay $x and $$y, ${z} {braces} {0} %s %(a)d \\n $problem $language ```\n"


async def all_requests(sandbox: Sandbox, problem: Problem) -> ScriptedModel:
    model = ScriptedModel(
        World(
            samples=(RIGHT, COUNTS_VALUES, DIVIDES), repairs={DIVIDES: (RIGHT,)}, inputs=("4\n1 1 -1 -1\n",)
        )
    )
    await finish(sandbox, model, problem, settings(rule=Rule.PAPER))
    return model


async def test_the_problem_is_a_byte_identical_head_of_every_request_of_a_run(sandbox: Sandbox) -> None:
    model = await all_requests(sandbox, PAIRS)
    head = problem_text(PAIRS)
    assert PAIRS.statement.strip() in head
    kinds = {kind_of(call.messages) for call in model.calls}
    assert kinds == {"write", "repair", "inputs", "pair", "judge"}
    for call in model.calls:
        assert call.messages[0].content.encode().startswith(head.encode())


async def test_all_samples_of_a_run_are_asked_with_the_same_words(sandbox: Sandbox) -> None:
    model = await all_requests(sandbox, PAIRS)
    writing = {call.messages for call in model.calls if kind_of(call.messages) == "write"}
    assert len(writing) == 1
    seeds = [call.sampling.seed for call in model.calls if kind_of(call.messages) == "write"]
    assert len(set(seeds)) == len(seeds)


async def test_a_repair_repeats_the_writing_prompt_before_it_goes_on(sandbox: Sandbox) -> None:
    model = await all_requests(sandbox, PAIRS)
    (repair,) = [call for call in model.calls if kind_of(call.messages) == "repair"]
    offering = await sandbox.offering("python")
    assert repair.messages[0].content == writing_prompt(PAIRS, "python", offering=offering)
    assert DIVIDES.strip() in repair.messages[1].content
    assert [message.role for message in repair.messages] == ["user", "assistant", "user"]


async def test_dollars_and_braces_of_a_statement_go_in_as_they_are(sandbox: Sandbox) -> None:
    problem = evolve(PAIRS, statement=PAIRS.statement + TRICKY)
    model = await all_requests(sandbox, problem)
    assert len(model.calls) >= 8
    assert all(TRICKY.strip() in call.messages[0].content for call in model.calls)


async def test_dollars_and_braces_of_programs_and_outputs_go_in_as_they_are(sandbox: Sandbox) -> None:
    loud = f"input()\n# {TRICKY.strip()[:40]}\nprint('$x ${{y}} {{z}}')\n"
    model = ScriptedModel(World(samples=(loud, RIGHT), inputs=("4\n1 1 -1 -1\n",)))
    problem = evolve(PAIRS, public_tests=())
    await finish(sandbox, model, problem, settings(samples=2, rounds=0, rule=Rule.PAPER))
    for kind in ("pair", "judge"):
        asked = next(call for call in model.calls if kind_of(call.messages) == kind)
        assert loud.strip() in asked.messages[-1].content
    assert "printed:\n\n```\n$x ${y} {z}\n" in asked.messages[-1].content


@pytest.mark.parametrize("language", ["python", "cpp"])
def test_the_language_is_named_in_words_and_on_the_fence(language: str) -> None:
    prompt = writing_prompt(PAIRS, language)
    assert {"python": "Python 3", "cpp": "C++"}[language] in prompt
    assert f"```{language}" in prompt


async def test_the_standard_of_cpp_that_is_compiled_is_the_one_that_is_asked_for(sandbox: Sandbox) -> None:
    program = await sandbox.prepare(
        "#include <iostream>\nint main() { std::cout << __cplusplus / 100; }", "cpp"
    )
    (execution,) = [one async for one in sandbox.run(program, [b""])]
    year = {"2020": "C++20", "2023": "C++23", "2017": "C++17"}[execution.stdout.decode()]
    assert f"complete {year} program" in writing_prompt(PAIRS, "cpp", offering=await sandbox.offering("cpp"))


@pytest.mark.parametrize("problem", [PAIRS, DOUBLE], ids=["stdin", "function"])
@pytest.mark.parametrize(
    ("libraries", "line"),
    [
        ((), "Only the standard library is there."),
        (("numpy",), "Use the standard library; nothing else is there but `numpy`, which is seldom needed."),
        (
            ("a", "b", "c"),
            "Use the standard library; nothing else is there but `a`, `b` and `c`, which is seldom needed.",
        ),
    ],
)
def test_the_prompt_says_what_there_is(problem: Problem, libraries: tuple[str, ...], line: str) -> None:
    assert line in writing_prompt(problem, "python", offering=Offering("", libraries, are_chosen=True))
    what_is_here = writing_prompt(problem, "python", offering=Offering("", libraries))
    assert "Only the standard library is there." in what_is_here


async def test_the_libraries_of_the_sandbox_are_the_ones_in_the_prompt(sandbox: Sandbox) -> None:
    model = await all_requests(sandbox, PAIRS)
    line = libraries_line(await sandbox.offering("python"))
    writing = [call.messages[0].content for call in model.calls if kind_of(call.messages) == "write"]
    assert writing
    assert all(line in text for text in writing)


def test_a_problem_with_files_names_them_in_the_prompt() -> None:
    prompt = writing_prompt(evolve(PAIRS, file_io=("gap.in", "gap.out")), "cpp")
    assert "reads its input from the file `gap.in` and writes the answer to the file `gap.out`" in prompt
    assert "standard input" not in prompt.removeprefix(problem_text(PAIRS))


def test_function_style_names_the_function_and_asks_for_no_reading() -> None:
    prompt = writing_prompt(DOUBLE, "python")
    assert "`double`" in prompt
    assert "read no input" in prompt


def test_no_prompt_about_inputs_asks_for_outputs() -> None:
    values = dict.fromkeys(("problem", "count", "example", "tag", "left", "right", "entry_point"), "x")
    for name in ("inputs-stdin", "pair-stdin"):
        assert "never outputs" in fill(name, **values)
    for name in ("inputs-function", "pair-function"):
        assert "never results" in fill(name, **values)


def test_a_template_without_all_its_values_is_a_bug_and_says_so() -> None:
    with pytest.raises(KeyError):
        fill("judge", problem="x")


async def test_the_journal_names_the_words_that_were_used(sandbox: Sandbox) -> None:
    state = await finish(sandbox, World())
    assert state.started is not None
    assert state.started.prompts == digests()
    assert {"judge", "repair", "write-stdin", "pair-function"} <= set(digests())
