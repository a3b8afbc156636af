"""Run the public tests, build feedback, ask for a repair; the best of the history goes on, not the last.

Stage 1 of Algorithm 1 (arXiv 2502.14382) for one sample. The repair prompt repeats the writing prompt byte
for byte and then adds the program and the feedback, so servers can reuse the prefix.
"""

from __future__ import annotations

from sstar_lsp.engine.model_ability import uses
from sstar_lsp.engine.prompts import fill
from sstar_lsp.engine.prompts.fences import fenced
from sstar_lsp.engine.repair.feedback import feedback
from sstar_lsp.engine.run.dedup import twin_of
from sstar_lsp.engine.run.events import Checked, Role
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.sampling.sample import (
    has_whole_program,
    libraries_line,
    read_candidate,
    sampling_for,
    write,
    writing_prompt,
)
from sstar_lsp.records import Candidate, Message, PromptKind

FRESH_START = 3
"""A sample's repair in this round, or a later one, gives way to a program from nothing: two repairs did not help."""
LONGEST_REPAIRED = 20_000
"""Characters; a longer program is no attempt worth sending back, the next round writes anew."""


async def check(run: Run, candidate: Candidate) -> Checked:
    """The candidate's outcome on the public tests, from the journal where it is there; twins are run once."""
    known = run.state.checks.get(candidate.id)
    if known is not None:
        return known
    async with run.one_of(candidate):
        return await _checked(run, candidate)


async def _checked(run: Run, candidate: Candidate) -> Checked:
    checks = run.state.checks
    twin = twin_of(candidate, (other for other in run.state.candidates.values() if other.id in checks))
    if twin is not None:
        checked = Checked(candidate.id, checks[twin.id].outcomes, checks[twin.id].compile_error)
    else:
        program = await run.program(candidate)
        if program.compile_error is not None:
            checked = Checked(candidate.id, (), program.compile_error)
        else:
            tests = run.problem.public_tests
            outcomes = await run.execute(candidate, [t.input for t in tests], [t.expected for t in tests])
            checked = Checked(candidate.id, outcomes)
    await run.emit(checked)
    return checked


async def repair(run: Run, broken: Candidate, sample: int, round_: int) -> Candidate | None:
    """Ask for a corrected program; None when the reply holds none."""
    offering = await run.offering()
    told = feedback(run.problem, run.state.checks[broken.id], run.shown, libraries_line(offering))
    assert told is not None, "a survivor needs no repair"
    language = run.language
    prompt = writing_prompt(run.problem, language, run.settings.in_context_examples, offering)
    template = "repair-own" if _is_a_persons(run, broken) else "repair"
    messages = (
        Message("user", prompt),
        Message("assistant", fenced(broken.code.strip(), language)),
        Message("user", fill(template, feedback=told)),
    )
    candidate_id = f"c{sample}.{round_}"
    reply = await run.calls.ask(
        Role.DEBUGGER,
        f"repair {candidate_id}",
        messages,
        sampling_for(run, sample, round_),
        has_whole_program,
    )
    return await read_candidate(run, reply.text, candidate_id, broken.id, reply.finish_reason)


def _is_a_persons(run: Run, candidate: Candidate) -> bool:
    """Whether a program is a person's own, or a repair of it."""
    first = candidate
    while first.parent in run.state.candidates:
        first = run.state.candidates[first.parent]
    return first.prompt is PromptKind.OWN


async def attempt(run: Run, best: Candidate | None, sample: int, round_: int) -> Candidate | None:
    """One round of a sample, checked: a repair of the best program so far, or a program from nothing.

    Raises:
        ModelError: the sample is lost.
        BudgetExhausted: no room for its request.
    """
    is_fresh = round_ >= FRESH_START and uses(run.state, run.settings.fresh_start, Role.DEBUGGER)
    if best is None or len(best.code) > LONGEST_REPAIRED or is_fresh:
        candidate = await write(run, sample, round_)
    else:
        candidate = await repair(run, best, sample, round_)
    if candidate is not None:
        await check(run, candidate)
    return candidate


def better(run: Run, new: Candidate, best: Candidate | None) -> Candidate:
    """What the next round starts from: the newer one where both pass as many examples."""
    return new if best is None or run.state.passed(new.id) >= run.state.passed(best.id) else best
