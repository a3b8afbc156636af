"""Programs that the input-writer writes to help with the choice: validators by vote, and a brute force.

Each is asked for only while a problem is contested, and believed only as far as it can be checked: a
validator must accept every example and refuse near misses of them, those that break a bound among them; a
brute force must pass the examples and is one more voter with an error of its own. None of their outputs is
ever taken for the right one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from sstar_lsp.engine.clustering.differential_testing import group
from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.helper_programs.generators import example_of
from sstar_lsp.engine.helper_programs.writing import Written, once, program_of, run_helper, word_of
from sstar_lsp.engine.prompts import fill, problem_text
from sstar_lsp.engine.prompts.fences import fenced
from sstar_lsp.engine.run.events import BruteForced, CaseInput, InputRejected, Tier, TierActed
from sstar_lsp.engine.run.executor import is_accepted
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.test_inputs.legality import legality_of
from sstar_lsp.records import Candidate, Problem, Style

BOUND_PROBES = 12
_SEEDS = {"validator": 20, "brute": 5}
_INTEGER = re.compile(r"(?<![\w.])-?\d+(?![\w.])")
_OUTSIDE = ("1" + "0" * 19, "-1" + "0" * 19)
"""Numbers beyond what problems allow."""
_says = partial(word_of, right="VALID", wrong="INVALID")


def near_misses(text: str) -> list[str]:
    """Corruptions of a valid input that no format allows: a lost value, a word for a number, a tail."""
    lines = text.rstrip("\n").split("\n")
    words = lines[-1].split()
    lost = "\n".join([*lines[:-1], " ".join(words[:-1])]) + "\n"
    strange = "\n".join(["?" + lines[0], *lines[1:]]) + "\n"
    return [lost, strange, text.rstrip("\n") + "\n? ?\n", "\n"]


def broken_bounds(problem: Problem) -> list[str]:
    """Examples with one number far beyond its bound, as far as the statement's own rules refuse them."""
    legality = legality_of(problem)
    found: list[str] = []
    for test in problem.public_tests:
        for place in list(_INTEGER.finditer(test.input))[:BOUND_PROBES]:
            for number in _OUTSIDE:
                text = test.input[: place.start()] + number + test.input[place.end() :]
                if len(found) < BOUND_PROBES and legality.why_illegal(text) is not None:
                    found.append(text)
    return found


async def _believed(runner: ProgramRunner, validator: Written) -> str:
    """What is wrong with a validator; empty if it is believed."""
    examples = [test.input for test in runner.state.problem.public_tests]
    misses = [miss for text in examples for miss in near_misses(text)]
    if runner.state.problem.style is Style.FUNCTION:
        misses = ["", "?"]
    bounds = broken_bounds(runner.state.problem)
    outcomes = await run_helper(runner, validator, [*examples, *misses, *bounds])
    if outcomes is None:
        return "it does not compile"
    words = [_says(outcome) for outcome in outcomes]
    accepts, formats, limits = (
        words[: len(examples)],
        words[len(examples) : len(examples) + len(misses)],
        words[len(examples) + len(misses) :],
    )
    if not all(accepts):
        return "it refuses an example"
    if any(formats):
        return "it accepts what is no input"
    if limits and sum(word is not True for word in limits) < runner.state.policy.bounds_refused * len(limits):
        return "it accepts numbers beyond their bounds"
    return ""


@once(Tier.VALIDATORS)
async def reject_invalid(runner: ProgramRunner, calls: Calls) -> TierActed:
    """Let validator programs refuse inputs, by vote of those that are believed."""
    examples = [test.input for test in runner.state.problem.public_tests]
    items: Sequence[CaseInput] = runner.state.valid_inputs
    if not examples or not items:
        why = "there is no example to check them by, or no input to check"
        return TierActed(Tier.VALIDATORS, why=why)
    is_function = runner.state.problem.style is Style.FUNCTION
    prompt = fill(
        f"validator-{runner.state.problem.style.value}",
        problem=problem_text(runner.state.problem),
        example=fenced(examples[0].rstrip("\n")) if is_function else example_of(runner.state.problem),
        **({"entry_point": runner.state.problem.entry_point or ""} if is_function else {}),
    )
    written = await together(
        program_of(runner, calls, f"validator {number}", prompt, _SEEDS["validator"] + number)
        for number in range(1, runner.state.policy.validators + 1)
    )
    validators = [program for program in written if program is not None]
    reasons = await together(_believed(runner, validator) for validator in validators)
    believed = [v for v, reason in zip(validators, reasons, strict=True) if not reason]
    refused = await _refuse(runner, believed, items) if believed else 0
    before = len(runner.state.clusters)
    after = len(await group(runner.record, runner.state.valid_inputs)) if refused else before
    why = "; ".join(dict.fromkeys(filter(None, reasons))) if validators else "the model answered no program"
    return TierActed(
        Tier.VALIDATORS,
        programs=len(validators),
        usable=len(believed),
        inputs=len(items) if believed else 0,
        refused=refused,
        split=after - before,
        why=why,
    )


async def _refuse(runner: ProgramRunner, validators: Sequence[Written], items: Sequence[CaseInput]) -> int:
    """Reject inputs that most of the validators refuse; how many they were."""
    runs = await together(
        run_helper(runner, validator, [item.text for item in items]) for validator in validators
    )
    count = 0
    for place, item in enumerate(items):
        words = [_says(outcomes[place]) for outcomes in runs if outcomes is not None]
        against = sum(word is False for word in words)
        is_judged = item.id in runner.state.rejected or item.id in runner.state.verdicts
        if 2 * against > len(words) and not is_judged:
            of = "the validator program refuses it"
            several = f"{against} of {len(words)} validator programs refuse it"
            await runner.record.emit(InputRejected(item.id, of if len(words) == 1 else several))
            count += 1
    return count


def brute_force_prompt(problem: Problem) -> str:
    """What is asked of a model for the slowest and most obvious program."""
    values = {"entry_point": problem.entry_point or ""} if problem.style is Style.FUNCTION else {}
    return fill(f"brute-{problem.style.value}", problem=problem_text(problem), **values)


@once(Tier.BRUTE_FORCE)
async def ask_brute_force(runner: ProgramRunner, calls: Calls) -> TierActed | None:
    """One more voter: a slow, obvious program on the smallest inputs; kept if it passes every example."""
    tests = runner.state.problem.public_tests
    if runner.state.brute_forced is not None:
        return None
    if not tests:
        return TierActed(Tier.BRUTE_FORCE, why="there is no example to check it by")
    prompt = brute_force_prompt(runner.state.problem)
    written = await program_of(runner, calls, "brute", prompt, _SEEDS["brute"])
    if written is None:
        return TierActed(Tier.BRUTE_FORCE, why="the model answered no program")
    brute = Candidate("brute", written.code, written.language)
    if (await runner.program(brute)).compile_error is not None:
        return TierActed(Tier.BRUTE_FORCE, 1, why="it does not compile")
    checks = await runner.execute(brute, [t.input for t in tests], [t.expected for t in tests])
    passes = all(is_accepted(runner.state.problem, t.expected, o) for t, o in zip(tests, checks, strict=True))
    items = sorted(runner.state.valid_inputs, key=lambda item: (len(item.text), item.id))[
        : runner.state.policy.brute_force_inputs
    ]
    outcomes = await runner.execute(brute, [item.text for item in items]) if passes else ()
    found = {item.id: outcome for item, outcome in zip(items, outcomes, strict=False)}
    await runner.record.emit(BruteForced(brute.code, passes, found))
    ended = sum(outcome.ended_well for outcome in found.values())
    why = "" if passes else "it does not pass the examples"
    return TierActed(Tier.BRUTE_FORCE, 1, usable=int(passes), inputs=ended, why=why)
