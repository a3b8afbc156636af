"""Test inputs printed by programs that the input-writer writes, where they are most telling.

Over the whole range, one program for each class of output, one for each way in which such solutions fail
(from the statement and the survivors' own approaches), and one aimed at a pair of clusters, shown what it did
and asked for once more where it split nothing. A generator is run twice with the same lines and refused where
it prints something else; its inputs meet the rules that all inputs meet. Each step journals what it did, or
why it did nothing (:class:`~sstar_lsp.engine.run.events.TierActed`).
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from sstar_lsp.engine.clustering.differential_testing import group, run_all
from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.helper_programs.writing import (
    SEVERAL_TOKENS,
    Written,
    once,
    program_in,
    program_of,
    programs_in,
    reply_of,
    run_helper,
)
from sstar_lsp.engine.prompts import fill, problem_text
from sstar_lsp.engine.prompts.fences import TEXT_CHARS, clip, fenced, programs_notice, quoted
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import CaseInput, Cluster, InputOrigin, Tier, TierActed
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.large_inputs import LARGEST
from sstar_lsp.engine.test_inputs.legality import LONGEST_INPUT
from sstar_lsp.engine.test_inputs.proposals import input_texts, keep_legal
from sstar_lsp.problems.source.call_examples import readable_input
from sstar_lsp.records import Candidate, Message, Problem, Style

SIZES = (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12)
"""Sizes that a generator over the whole range is run with, each with a seed of its own."""
AIMED_SIZES = (1, 2, 3, 4, 5, 7, 10, 20, 50)
"""Sizes for one class, way or pair: small ones that a person can follow, then some that are not."""
HUGE = 1_000_000_000
"""A size above all limits: the largest input that they allow."""
SEVERAL = 4
"""Classes or ways asked for in one reply."""
SHOWN_PROGRAMS = 3
"""Survivors whose approach is shown."""
SHOWN_BYTES = 4_000
"""Of one of them; a longer one is not shown."""
SHOWN_INPUTS = 2
"""Of a generator that split nothing, when it is asked for once more."""
_SEEDS = {Tier.RANGE: 3, Tier.CLASSES: 6, Tier.HACKS: 7, Tier.PAIR: 8}


def _form(problem: Problem) -> str:
    """How an input of this problem is printed."""
    if problem.style is Style.STDIN:
        return "The input may have several lines."
    return f"It prints the input as one line, a call of `{problem.entry_point}` with literal arguments."


def example_of(problem: Problem) -> str:
    """A valid input for a prompt, fenced."""
    tests = problem.public_tests
    if not tests:
        return fenced("(the problem gives none: follow its input section)")
    return fenced(readable_input(problem, tests[0].input).rstrip("\n"))


@define
class Inputs:
    """What the generators of one reply printed."""

    programs: int = 0
    usable: int = 0
    texts: list[str] = field(factory=list)
    large: list[str] = field(factory=list)
    """Too long to be read by anybody: they say who is fast."""
    why: list[str] = field(factory=list)
    """What was wrong with the others."""


async def printed_inputs(
    runner: ProgramRunner, program: Written, sizes: Sequence[int]
) -> tuple[list[str], str]:
    """The inputs of a generator, one a size, without repeats; or none, and what is wrong with it."""
    lines = [f"{size} {seed}\n" for seed, size in enumerate(sizes)]
    outcomes = await run_helper(runner, program, [*lines, *lines])
    if outcomes is None:
        return [], "it does not compile"
    first, again = outcomes[: len(lines)], outcomes[len(lines) :]
    if any(a.ended_well and b.ended_well and a.output != b.output for a, b in zip(first, again, strict=True)):
        return [], "it prints something else for the same seed"
    texts = [
        text for outcome in first if outcome.ended_well for text in _inputs_of(runner.state.problem, outcome)
    ]
    if not texts:
        return [], next((_failure(o) for o in first if not o.ended_well), "it prints no input")
    return list(dict.fromkeys(texts)), ""


def _failure(outcome: Outcome) -> str:
    lines = outcome.error.strip().splitlines()
    return f"it ended with {outcome.verdict.value}" + (f" ({lines[-1][:80]})" if lines else "")


def _inputs_of(problem: Problem, outcome: Outcome) -> list[str]:
    if not outcome.output.strip():
        return []
    if problem.style is Style.FUNCTION:
        return input_texts(problem, outcome.output)[:1]
    return [f"{outcome.output.rstrip()}\n"]


async def _collect(runner: ProgramRunner, programs: Sequence[Written], sizes: Sequence[int]) -> Inputs:
    found = Inputs(programs=len(programs))
    for program, (texts, why) in zip(
        programs, await together(printed_inputs(runner, p, sizes) for p in programs), strict=True
    ):
        if why:
            found.why.append(f"{program.label or 'a generator'}: {why}")
            continue
        found.usable += 1
        found.texts += [text for text in texts if len(text) <= LONGEST_INPUT]
        found.large += [text for text in texts if len(text) > LONGEST_INPUT]
    return found


async def _take(runner: ProgramRunner, tier: Tier, found: Inputs, origin: InputOrigin) -> TierActed:
    """Let the survivors meet the inputs; what came of it."""
    before = len(runner.state.clusters) or 1
    items = await keep_legal(runner.record, found.texts, origin)
    await run_all(runner, items)
    if runner.state.problem.style is Style.STDIN:
        await _race(runner, found.large)
    after = len(await group(runner.record, runner.state.valid_inputs))
    kept = [item for item in items if item.id not in runner.state.rejected]
    why = "; ".join(found.why)
    if not found.programs:
        why = "the model answered no program"
    elif not why and not kept:
        why = "none of its inputs is new and legal"
    refused = len(dict.fromkeys(found.texts)) - len(kept)
    return TierActed(
        tier,
        programs=found.programs,
        usable=found.usable,
        inputs=len(kept),
        refused=refused,
        split=max(0, after - before),
        why=why,
    )


async def _race(runner: ProgramRunner, texts: Sequence[str]) -> None:
    """Run all distinct survivors on the longest input, which says who is fast and nothing else."""
    longest = max((text for text in texts if len(text) <= 2 * LARGEST), key=len, default=None)
    if longest is not None:
        items = await runner.record.propose([longest], InputOrigin.LARGE)
        await together(runner.confirm(candidate, items) for candidate in unique(runner.state.survivors))


@once(Tier.RANGE)
async def range_inputs(runner: ProgramRunner, calls: Calls) -> TierActed:
    """Tier (b): inputs over the whole range, for problems whose examples give few."""
    prompt = _filled(runner.state.problem, "generator", form=_form(runner.state.problem))
    program = await program_of(runner, calls, "generator", prompt, _SEEDS[Tier.RANGE])
    found = await _collect(runner, [program] if program else [], SIZES)
    return await _take(runner, Tier.RANGE, found, InputOrigin.GENERATOR)


@once(Tier.CLASSES)
async def class_inputs(runner: ProgramRunner, calls: Calls) -> TierActed:
    """Inputs for each class of output, where the outputs that were seen look like classes."""
    if why := _why_no_classes(runner.state):
        return TierActed(Tier.CLASSES, why=why)
    return await _several(runner, calls, Tier.CLASSES, InputOrigin.CLASS, form=_form(runner.state.problem))


def _why_no_classes(state: RunState) -> str:
    """Outputs that are mostly different numbers are no classes."""
    survivors = unique(state.survivors)
    outcomes = state.outcomes.get(survivors[0].id, {}) if survivors else {}
    outputs = [o.output.strip() for o in outcomes.values() if o.ended_well]
    outputs += [test.expected.strip() for test in state.problem.public_tests]
    if 2 * len(set(outputs)) > len(outputs) > 2 and not any("-1" in output.split() for output in outputs):
        return "the outputs that were seen are all different: they are no classes"
    return ""


@once(Tier.HACKS)
async def hack_inputs(runner: ProgramRunner, calls: Calls) -> TierActed:
    """Inputs for each way in which such solutions fail."""
    short = [
        c for c in unique(runner.state.survivors) if len(c.code.encode("utf-8", "replace")) <= SHOWN_BYTES
    ]
    shown = short[:SHOWN_PROGRAMS]
    notice = programs_notice(candidate.code for candidate in shown).strip()
    blocks = [fenced(candidate.code.strip(), candidate.language) for candidate in shown]
    programs = "\n\n".join([*([notice] if notice else []), *blocks]) or "(too long to be shown)"
    form = _form(runner.state.problem)
    return await _several(runner, calls, Tier.HACKS, InputOrigin.HACK, form=form, programs=programs)


def _filled(problem: Problem, template: str, **values: str) -> str:
    """A prompt for generators."""
    return fill(template, problem=problem_text(problem), example=example_of(problem), **values)


async def _several(
    runner: ProgramRunner, calls: Calls, tier: Tier, origin: InputOrigin, **values: str
) -> TierActed:
    prompt = _filled(runner.state.problem, tier, count=str(SEVERAL), **values)
    messages = (Message("user", prompt),)
    reply = await reply_of(runner.record, calls, tier, messages, _SEEDS[tier], SEVERAL_TOKENS)
    programs = programs_in(reply or "")[:SEVERAL]
    return await _take(runner, tier, await _collect(runner, programs, (*AIMED_SIZES, HUGE)), origin)


@once(Tier.PAIR)
async def pair_generated(runner: ProgramRunner, calls: Calls, left: Cluster, right: Cluster) -> TierActed:
    """Inputs aimed at two clusters that no input separates while both end well; refined once."""
    problem = runner.state.problem
    candidates = [runner.state.candidates[side.members[0]] for side in (left, right)]
    first, second = (fenced(candidate.code.strip(), candidate.language) for candidate in candidates)
    prompt = _filled(problem, "pair-generator", left=first, right=second, form=_form(problem))
    messages: tuple[Message, ...] = (Message("user", prompt),)
    total = Inputs()
    for attempt in range(2):
        seed = _SEEDS[Tier.PAIR] + 10 * attempt
        reply = await reply_of(runner.record, calls, "pair generator", messages, seed)
        program = program_in(reply)
        found = await _collect(runner, [program] if program else [], AIMED_SIZES)
        total.programs, total.usable = total.programs + found.programs, total.usable + found.usable
        total.texts, total.why = [*total.texts, *found.texts], found.why
        items = await keep_legal(runner.record, found.texts, InputOrigin.PAIR)
        await run_all(runner, items)
        if program is None or reply is None or _parts(runner.state, items, candidates):
            break
        happened = found.why[0] if found.why else _what_they_did(runner.state, found.texts, items, candidates)
        messages = (
            *messages,
            Message("assistant", fenced(program.code.strip(), program.language)),
            Message("user", fill("pair-refine", happened=happened)),
        )
    return await _take(runner, Tier.PAIR, total, InputOrigin.PAIR)


def _parts(state: RunState, items: Sequence[CaseInput], candidates: Sequence[Candidate]) -> bool:
    """Whether on one of these inputs both programs end well and print different things."""
    for item in items:
        first, second = (state.outcomes.get(c.id, {}).get(item.id) for c in candidates)
        if item.id in state.rejected or first is None or second is None:
            continue
        if first.ended_well and second.ended_well and first.output.split() != second.output.split():
            return True
    return False


def _what_they_did(
    state: RunState, texts: Sequence[str], items: Sequence[CaseInput], candidates: Sequence[Candidate]
) -> str:
    parts = []
    for item in items[:SHOWN_INPUTS]:
        outcome = state.outcomes.get(candidates[0].id, {}).get(item.id)
        said = outcome.output if outcome is not None and outcome.ended_well else "(one of them failed)"
        parts.append(
            f"For this input:\n\n{quoted(clip(readable_input(state.problem, item.text)), limit=TEXT_CHARS)}\n\n"
            f"no two different outputs were printed:\n\n{quoted(clip(said), limit=TEXT_CHARS)}"
        )
    if not parts and texts:
        own = (item.id for item in state.inputs.values() if item.text in texts)
        reasons = (state.rejected[input_id] for input_id in own if input_id in state.rejected)
        parts.append(f"Its inputs are not valid: {next(reasons, 'they are among the examples')}.")
    return "\n\n".join(parts) or "It printed nothing."
