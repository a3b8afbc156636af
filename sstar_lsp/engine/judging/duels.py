"""A duel: the judge is asked which of two clusters is right, by their outputs on a small input.

The judge sees the problem, the input and what the two programs really printed; no expected output, because
nobody knows one. It may be shown more (:class:`~sstar_lsp.records.JudgeForm`) where its exam says that it is
the better for it, or where ``judge_sees_programs`` asks for the paper's way: a small model is led astray by
explaining code, and the prompt is four times as long. It is asked in both orders, and only an answer that
survives the swap counts, unless the server tells how probable each answer was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve, frozen

from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.judging.judge_parser import answer_odds, has_answer, read_vote
from sstar_lsp.engine.prompts import fill, problem_text
from sstar_lsp.engine.prompts.fences import TEXT_CHARS, clip, fenced, programs_notice, quoted
from sstar_lsp.engine.run.events import CaseInput, Cluster, Dueled, Purpose, Role, Vote, VoteOutcome
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.engine.run.model_client import BudgetExhausted, Calls
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import ModelError
from sstar_lsp.problems.source.call_examples import readable_input
from sstar_lsp.records import Candidate, JudgeForm, Message, Problem, Sampling
from sstar_sandbox.pool.interaction import BOTH_WAITED

SHOWN_INPUTS = {JudgeForm.OUTPUTS: 1, JudgeForm.RUNS: 3, JudgeForm.PROGRAMS: 2}
"""Inputs that a judge sees in each form, smallest first."""
TRACE_LINES = 6
"""Of what a failing program said last."""
ANSWER_TOKENS = 320
ALTERNATIVES = 5
"""Tokens that a server is asked for at each place of a judge's answer: how sure it is of the number."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def printed(outcome: Outcome) -> str:
    """What an execution showed, for judge and person: output or end, and the transcript."""
    if outcome.transcript:
        end = outcome.detail if outcome.ended_well else printed(evolve(outcome, transcript=""))
        return "\n".join(filter(None, (clip(outcome.transcript), end)))
    if outcome.ended_well:
        return clip(outcome.output) or "(nothing)"
    if outcome.needs:
        return f"(needs {outcome.needs}, which is not here)"
    return {
        "TLE": f"(did not end in time{': both sides waited' if BOTH_WAITED in outcome.detail else ''})",
        "MLE": "(ran out of memory)",
        "OLE": "(printed far too much)",
    }.get(
        outcome.verdict.value,
        f"(crashed: {outcome.error.strip().splitlines()[-1] if outcome.error.strip() else outcome.detail})",
    )


@frozen
class Shown:
    """One input that a judge sees, and what the two programs did on it, all of it clipped."""

    input: str
    first: str
    second: str
    first_error: str = ""
    """Last lines of what a failing program said; shown in :attr:`JudgeForm.RUNS` and later forms."""
    second_error: str = ""


def _quoted(text: str) -> str:
    return quoted(text, limit=TEXT_CHARS)


def _run_of(number: int, printed_: str, error: str) -> str:
    said = f"\n\nIts last words:\n\n{_quoted(error)}" if error else ""
    return f"Program {number} printed:\n\n{_quoted(printed_)}{said}"


def question(
    form: JudgeForm, problem: Problem, runs: Sequence[Shown], programs: Sequence[Candidate] = ()
) -> str:
    """The judge's prompt in a form. ``programs``: the two, for :attr:`JudgeForm.PROGRAMS`."""
    text = problem_text(problem)
    if form is JudgeForm.OUTPUTS:
        given, first, second = map(_quoted, (runs[0].input, runs[0].first, runs[0].second))
        return fill("judge", problem=text, input=given, first=first, second=second)
    many = "\n".join(
        f"Input {number}:\n\n{_quoted(shown.input)}\n\n{_run_of(1, shown.first, shown.first_error)}\n\n"
        f"{_run_of(2, shown.second, shown.second_error)}\n"
        for number, shown in enumerate(runs, 1)
    )
    if form is JudgeForm.RUNS:
        return fill("judge-runs", problem=text, runs=many)
    notice = programs_notice(candidate.code for candidate in programs)
    first, second = (fenced(candidate.code.strip(), candidate.language) for candidate in programs)
    return fill("judge-programs", problem=text, notice=notice, first=first, second=second, runs=many)


def judge_sampling(seed: int) -> Sampling:
    """How a judge's answer is drawn."""
    return Sampling(
        temperature=0.0, top_p=1.0, max_tokens=ANSWER_TOKENS, seed=seed, top_logprobs=ALTERNATIVES
    )


def read_answer_of(
    text: str, runs: Sequence[Shown], form: JudgeForm, programs: Sequence[Candidate]
) -> int | None:
    """The side that an answer names, as :func:`~sstar_lsp.engine.judging.judge_parser.read_vote`."""
    shown = [run.input for run in runs]
    shown += [text for run in runs[1:] for text in (run.first, run.second)]
    shown += [text for run in runs for text in (run.first_error, run.second_error) if text]
    if form is JudgeForm.PROGRAMS:
        shown += [candidate.code for candidate in programs]
    return read_vote(text, runs[0].first, runs[0].second, shown)


def _shown(state: RunState, item: CaseInput, first: str, second: str, form: JudgeForm) -> Shown:
    outcomes = [state.outcomes[name][item.id] for name in (first, second)]
    text = clip(readable_input(state.problem, item.text))
    if form is not JudgeForm.RUNS:
        return Shown(text, *map(printed, outcomes))
    return Shown(text, *map(printed, outcomes), *map(_last_words, outcomes))


def _last_words(outcome: Outcome) -> str:
    """The end of a failing program's traceback; its last line alone stands in :func:`printed`."""
    lines = [line for line in outcome.error.strip().splitlines() if line.strip()]
    return clip("\n".join(lines[-TRACE_LINES:])) if not outcome.ended_well and len(lines) > 1 else ""


def _speaks(problem: Problem, outcome: Outcome) -> bool:
    """Whether an output has words of its own where every example prints numbers."""
    examples = " ".join(test.expected for test in problem.public_tests)
    if not outcome.ended_well or not problem.public_tests or _WORD.search(examples):
        return False
    known = {word.casefold() for word in _WORD.findall(problem.statement)}
    return any(word.casefold() not in known for word in _WORD.findall(outcome.output))


async def _vote(
    record: Record,
    calls: Calls,
    first: Cluster,
    second: Cluster,
    inputs: Sequence[CaseInput],
    form: JudgeForm,
) -> Vote:
    programs = [record.state.candidates[cluster.members[0]] for cluster in (first, second)]
    runs = [_shown(record.state, item, programs[0].id, programs[1].id, form) for item in inputs]
    prompt = question(form, record.state.problem, runs, programs)
    told = "" if form is JudgeForm.OUTPUTS else f" ({form.value})"
    purpose = f"judge {first.id}/{second.id} on {', '.join(item.id for item in inputs)}{told}"
    try:
        sampling = judge_sampling(record.state.settings.seed)
        messages = (Message("user", prompt),)
        reply = await calls.ask(Role.JUDGE, Purpose.JUDGE, purpose, messages, sampling, has_answer)
    except ModelError as error:
        await record.warn(f"a judgement is missing ({purpose}): {error}")
        return Vote(first.id, None, f"no answer: {error}", outcome=VoteOutcome.FAILED)
    except BudgetExhausted:
        return Vote(first.id, None, "not asked: out of budget", outcome=VoteOutcome.NOT_ASKED)
    answer = read_answer_of(reply.text, runs, form, programs)
    words = " ".join(reply.text.split())
    reason = words if len(words) <= 240 else f"… {words[-240:]}"
    if answer is None:
        return Vote(first.id, None, f"unreadable answer: {reason}", outcome=VoteOutcome.UNREADABLE)
    odds = answer_odds(reply.last_tokens)
    if odds is not None and answer != (1 if odds > 0 else 2):
        odds = None  # the output that it worked out is its vote, and not the number
    return Vote(first.id, {0: None, 1: first.id, 2: second.id}[answer], reason, odds)


def is_whole(result: Dueled) -> bool:
    """Whether the judge was asked all; a duel that a budget cut short is fought again when there is more."""
    return all(vote.outcome is not VoteOutcome.NOT_ASKED for vote in result.votes)


def is_unreadable(result: Dueled) -> bool:
    """Whether the judge could be read in neither order."""
    return bool(result.votes) and all(vote.outcome is VoteOutcome.UNREADABLE for vote in result.votes)


async def duel(
    record: Record,
    calls: Calls,
    left: Cluster,
    right: Cluster,
    inputs: Sequence[CaseInput],
    form: JudgeForm = JudgeForm.OUTPUTS,
) -> Dueled:
    """Judge two clusters on distinguishing inputs, in both orders at once. Not journaled yet.

    No judge is asked where one output alone has words that neither the statement nor an example has, and all
    examples print numbers: it lost.
    """
    programs = (left.members[0], right.members[0])
    speak = [
        _speaks(record.state.problem, record.state.outcomes[program][inputs[0].id]) for program in programs
    ]
    if any(speak):
        winner = None if all(speak) else (left, right)[speak.index(False)].id
        return Dueled(left.id, right.id, (inputs[0].id,), (), winner, programs, form)
    shown = list(inputs[: SHOWN_INPUTS[form]])
    votes = tuple(
        await together(_vote(record, calls, *order, shown, form) for order in ((left, right), (right, left)))
    )
    agreed = votes[0].winner if votes[0].winner == votes[1].winner else None
    return Dueled(left.id, right.id, tuple(item.id for item in shown), votes, agreed, programs, form)
