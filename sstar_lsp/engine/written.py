"""Programs that the input-writer writes to help with the choice: a generator, a validator, a brute force.

Each costs one call, is asked for only while a problem is contested, and is believed only as far as it can be checked:
a generator's inputs meet the same rules as all others, a validator must accept every example and refuse near
misses of them, a brute force must pass the examples and is one more voter with an error of its own. None of their
outputs is ever taken for the right one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sstar_lsp.engine.calls import BudgetExhausted
from sstar_lsp.engine.events import BruteForced, CaseInput, InputOrigin, InputRejected, Role
from sstar_lsp.engine.executor import is_accepted
from sstar_lsp.engine.fences import fenced
from sstar_lsp.engine.inputs import keep_legal
from sstar_lsp.engine.prompts import fill
from sstar_lsp.engine.run import Run
from sstar_lsp.engine.sample import SEED_STRIDE, has_whole_program, problem_text
from sstar_lsp.errors import ModelError
from sstar_lsp.models.extract import extract_code
from sstar_lsp.records import Candidate, Message, PromptKind, Sampling, Style

SIZES = (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12)
"""Sizes that a generator is run with, each with a seed of its own."""
SMALLEST = 24
"""Inputs that a brute force meets, the smallest first."""
PROGRAM_TOKENS = 640
_SEEDS = {"generator": 3, "validator": 4, "brute": 5}


async def _written(run: Run, kind: str, template: str, **values: str) -> Candidate | None:
    """The Python program in the model's reply; None where there is none, which costs help and not the run."""
    sampling = Sampling(
        temperature=run.settings.temperature,
        top_p=run.settings.top_p,
        max_tokens=PROGRAM_TOKENS,
        seed=run.settings.seed * SEED_STRIDE + _SEEDS[kind],
    )
    prompt = fill(template, problem=problem_text(run.problem), **values)
    try:
        reply = await run.calls.ask(
            Role.INPUT_WRITER, kind, (Message("user", prompt),), sampling, has_whole_program
        )
    except ModelError as error:
        await run.warn(f"no {kind} program from the model: {error}")
        return None
    except BudgetExhausted as error:
        run.out_of_budget = str(error)
        return None
    code = extract_code(reply.text, "python").code
    return Candidate(kind, code, "python", prompt=PromptKind.SAMPLE) if code and code.strip() else None


def _example(run: Run) -> str:
    tests = run.problem.public_tests
    return tests[0].input.rstrip("\n") if tests else "(the problem gives none: follow its input section)"


async def generated_inputs(run: Run) -> list[CaseInput]:
    """Tier (b): inputs printed by a generator program; standard input only."""
    if run.problem.style is not Style.STDIN:
        return []
    generator = await _written(run, "generator", "generator", example=fenced(_example(run)))
    if generator is None:
        return []
    outcomes = await run.execute(
        generator, [f"{size} {seed}\n" for seed, size in enumerate(SIZES)], is_answer=False
    )
    texts = [f"{o.output.rstrip()}\n" for o in outcomes if o.ended_well and o.output.strip()]
    return await keep_legal(run, list(dict.fromkeys(texts)), InputOrigin.GENERATOR)


def near_misses(text: str) -> list[str]:
    """Corruptions of a valid input that no format allows: a value lost, a word for a number, something behind it."""
    lines = text.rstrip("\n").split("\n")
    words = lines[-1].split()
    lost = "\n".join([*lines[:-1], " ".join(words[:-1])]) + "\n"
    strange = "\n".join(["?" + lines[0], *lines[1:]]) + "\n"
    return [lost, strange, text.rstrip("\n") + "\n? ?\n", "\n"]


async def reject_invalid(run: Run, items: Sequence[CaseInput]) -> bool:
    """Let a validator program refuse inputs, if it is one; whether any was refused. Standard input only."""
    examples = [test.input for test in run.problem.public_tests]
    if run.problem.style is not Style.STDIN or not examples or not items:
        return False
    validator = await _written(run, "validator", "validator", example=fenced(_example(run)))
    if validator is None:
        return False
    probes = [*examples, *(miss for text in examples for miss in near_misses(text))]
    said = [
        o.ended_well and o.output.strip().upper() == "VALID"
        for o in await run.execute(validator, probes, is_answer=False)
    ]
    if not all(said[: len(examples)]) or any(said[len(examples) :]):
        return False
    outcomes = await run.execute(validator, [item.text for item in items], is_answer=False)
    refused = False
    for item, outcome in zip(items, outcomes, strict=True):
        is_refusal = outcome.ended_well and outcome.output.strip().upper() == "INVALID"
        if is_refusal and item.id not in run.state.rejected and item.id not in run.state.verdicts:
            await run.emit(InputRejected(item.id, "the validator program refuses it"))
            refused = True
    return refused


async def ask_brute_force(run: Run) -> None:
    """One more voter: a slow, obvious program, on the smallest inputs; kept only if it passes every example."""
    tests = run.problem.public_tests
    if run.state.brute_forced is not None or not tests:
        return
    is_function = run.problem.style is Style.FUNCTION
    values = {"entry_point": run.problem.entry_point or ""} if is_function else {}
    brute = await _written(run, "brute", f"brute-{run.problem.style.value}", **values)
    if brute is None or (await run.program(brute)).compile_error is not None:
        return
    checks = await run.execute(brute, [t.input for t in tests], [t.expected for t in tests])
    passes = all(is_accepted(run.problem, t.expected, o) for t, o in zip(tests, checks, strict=True))
    items = sorted(run.state.valid_inputs, key=lambda item: (len(item.text), item.id))[:SMALLEST]
    outcomes = await run.execute(brute, [item.text for item in items]) if passes else ()
    found = {item.id: outcome for item, outcome in zip(items, outcomes, strict=False)}
    await run.emit(BruteForced(brute.code, passes, found))
