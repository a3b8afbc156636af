"""A brute force that the model writes, for a stress test that has no second program.

It is kept only where it passes the examples, and says at its top who wrote it: nobody proved it right.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from sstar_lsp.engine.helper_programs.validators import brute_force_prompt
from sstar_lsp.engine.helper_programs.writing import PROGRAM_TOKENS, Written, program_in
from sstar_lsp.engine.run.execution.executions import Executions, limits_of
from sstar_lsp.engine.run.executor import is_accepted, outcome_of
from sstar_lsp.errors import ModelError, ProblemError
from sstar_lsp.models.protocol import Model
from sstar_lsp.records import Message, Problem, Sampling
from sstar_sandbox import Mode

TRIES = 4
"""Programs that are asked for, one after another, until one passes the examples."""
TEMPERATURE = 0.7
SUFFIXES = {"python": (".py", "#"), "cpp": (".cpp", "//")}


def place_of(program: Path) -> tuple[Path, ...]:
    """Where the brute force for a program is kept, in each language."""
    return tuple(program.with_name(f"{program.stem}.brute{suffix}") for suffix, _ in SUFFIXES.values())


async def write_brute_force(
    program: Path,
    problem: Problem,
    executions: Executions,
    model: Model,
    seed: int,
    say: Callable[[str], None],
) -> Path:
    """The file of a brute force by ``model`` beside ``program``; the one of an earlier time where there is
    one.

    Raises:
        ProblemError: there is no statement or example to write or check it by, or no program passed the
            examples.
        ModelError: the model failed.
        SandboxError: the sandbox failed.
    """
    for kept in place_of(program):
        if kept.is_file():
            say(
                f"{kept.name} is there already: it is the brute force (remove it to have another one written)"
            )
            return kept
    if not problem.statement.strip() or not problem.public_tests:
        raise ProblemError(
            "a brute force is written by the statement and checked by its examples: one of them is missing"
        )
    prompt = brute_force_prompt(problem)
    why = ""
    for number in range(1, TRIES + 1):
        say(f"asking {model.name} for a brute force ({number} of {TRIES}) {why}".rstrip())
        written = program_in(await _reply(model, prompt, seed + number))
        why = "it answered no program" if written is None else await _fault(written, problem, executions)
        if written is not None and not why:
            return _keep(program, written, model.name)
        why = f"· the one before: {why}"
    raise ProblemError(
        f"no brute force of {model.name} passes the examples ({TRIES} tried) {why}: name program B yourself"
    )


async def _reply(model: Model, prompt: str, seed: int) -> str:
    sampling = Sampling(TEMPERATURE, 0.95, PROGRAM_TOKENS, seed)
    async with aclosing(model.stream([Message("user", prompt)], sampling)) as deltas:
        text = "".join([delta.text async for delta in deltas])
    if not text.strip():
        raise ModelError(f"{model.name} answered nothing")
    return text


async def _fault(written: Written, problem: Problem, executions: Executions) -> str:
    """What is wrong with a brute force on the examples; empty if it passes all."""
    prepared = await executions.prepare(written.code, written.language)
    if prepared.compile_error is not None:
        return "it does not compile"
    tests = problem.public_tests
    inputs, expected = [test.input for test in tests], [test.expected for test in tests]
    runs = executions.run(prepared, inputs, limits_of(problem, written.language), Mode.ISOLATED, expected)
    outcomes = [outcome_of(execution) async for execution in runs]
    failed = sum(
        not is_accepted(problem, test.expected, one) for test, one in zip(tests, outcomes, strict=True)
    )
    return f"it fails {failed} of {len(tests)} examples" if failed else ""


def _keep(program: Path, written: Written, model: str) -> Path:
    suffix, mark = SUFFIXES[written.language]
    path = program.with_name(f"{program.stem}.brute{suffix}")
    label = " ".join(model.split())
    path.write_text(
        f"{mark} Brute force written by {label} for a stress test. It passes the examples; nobody proved it right.\n{written.code}"
    )
    return path
