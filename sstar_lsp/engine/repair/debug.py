"""Run the public tests, build feedback, ask for a repair; the best of the history goes on, not the last.

Stage 1 of Algorithm 1 (arXiv 2502.14382) for one sample. The repair prompt repeats the writing prompt byte
for byte and then adds the program and the feedback, so servers can reuse the prefix.
"""

from __future__ import annotations

from sstar_lsp.engine.judging.model_ability import uses
from sstar_lsp.engine.prompts import fill
from sstar_lsp.engine.prompts.fences import fenced
from sstar_lsp.engine.repair.feedback import feedback
from sstar_lsp.engine.run.dedup import duplicate_of
from sstar_lsp.engine.run.events import Checked, Purpose, Role
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.sampling.sample import (
    has_whole_program,
    libraries_line,
    read_candidate,
    sampling_for,
    write,
    writing_prompt,
)
from sstar_lsp.records import Candidate, Message, PromptKind, candidate_id

LONGEST_REPAIRED = 20_000
"""Characters; a longer program is no attempt worth sending back, the next round writes anew."""


async def check(runner: ProgramRunner, candidate: Candidate) -> Checked:
    """The candidate's outcome on the public tests, journaled or run now; equal programs are run once."""
    known = runner.state.checks.get(candidate.id)
    if known is not None:
        return known
    async with runner.lock_of(candidate):
        return await _checked(runner, candidate)


async def _checked(runner: ProgramRunner, candidate: Candidate) -> Checked:
    checks = runner.state.checks
    duplicate = duplicate_of(
        candidate, (other for other in runner.state.candidates.values() if other.id in checks)
    )
    if duplicate is not None:
        checked = Checked(candidate.id, checks[duplicate.id].outcomes, checks[duplicate.id].compile_error)
    else:
        program = await runner.program(candidate)
        if program.compile_error is not None:
            checked = Checked(candidate.id, (), program.compile_error)
        else:
            tests = runner.state.problem.public_tests
            outcomes = await runner.execute(candidate, [t.input for t in tests], [t.expected for t in tests])
            checked = Checked(candidate.id, outcomes)
    await runner.record.emit(checked)
    return checked


async def repair(
    runner: ProgramRunner, calls: Calls, broken: Candidate, sample: int, round_: int
) -> Candidate | None:
    """Ask for a corrected program; None when the reply holds none."""
    offering = await runner.offering()
    told = feedback(runner.state.problem, runner.state.checks[broken.id], libraries_line(offering))
    assert told is not None, "a survivor needs no repair"
    language, examples = runner.state.language, runner.state.settings.in_context_examples
    prompt = writing_prompt(runner.state.problem, language, examples, offering)
    template = "repair-own" if _is_a_persons(runner.state, broken) else "repair"
    messages = (
        Message("user", prompt),
        Message("assistant", fenced(broken.code.strip(), language)),
        Message("user", fill(template, feedback=told)),
    )
    own_id = candidate_id(sample, round_)
    sampling = sampling_for(runner.state.settings, sample, round_)
    asked = (Role.DEBUGGER, Purpose.REPAIR, f"repair {own_id}", messages, sampling, has_whole_program)
    reply = await calls.ask(*asked, candidate_id=own_id)
    return await read_candidate(runner.record, reply.text, sample, round_, broken.id, reply.finish_reason)


def _is_a_persons(state: RunState, candidate: Candidate) -> bool:
    """Whether a program is a person's own, or a repair of it."""
    first = candidate
    while first.parent in state.candidates:
        first = state.candidates[first.parent]
    return first.prompt is PromptKind.OWN


async def attempt(
    runner: ProgramRunner, calls: Calls, best: Candidate | None, sample: int, round_: int
) -> Candidate | None:
    """One round of a sample, checked: a repair of the best program so far, or a program from nothing.

    Raises:
        ModelError: the sample is lost.
        BudgetExhausted: no room for its request.
    """
    state = runner.state
    is_late = round_ >= state.policy.fresh_start_round
    is_fresh = is_late and uses(state, state.settings.fresh_start, Role.DEBUGGER)
    if best is None or len(best.code) > LONGEST_REPAIRED or is_fresh:
        candidate = await write(runner, calls, sample, round_)
    else:
        candidate = await repair(runner, calls, best, sample, round_)
    if candidate is not None:
        await check(runner, candidate)
    return candidate


def better(state: RunState, new: Candidate, best: Candidate | None) -> Candidate:
    """What the next round starts from: the newer one where both pass as many examples."""
    return new if best is None or state.passed(new.id) >= state.passed(best.id) else best
