"""Two clusters, a small input, two outputs: who is right?

The judge sees the problem, the input and what the two programs really printed; no expected output, because
nobody knows one. (With ``judge_sees_programs`` it reads both programs too, as in the paper: a small model is then
led astray by explaining code, and the prompt is four times as long.) It is asked in both orders, and only an answer that survives the swap counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sstar_lsp.engine.calls import BudgetExhausted
from sstar_lsp.engine.events import CaseInput, Cluster, Dueled, Role, Vote
from sstar_lsp.engine.executor import Outcome
from sstar_lsp.engine.fences import TEXT_CHARS, clip, fenced, programs_notice, quoted
from sstar_lsp.engine.judge_words import has_answer, read_vote
from sstar_lsp.engine.prompts import fill
from sstar_lsp.engine.run import Run
from sstar_lsp.engine.sample import problem_text
from sstar_lsp.engine.together import together
from sstar_lsp.errors import ModelError
from sstar_lsp.records import Message, Problem, Sampling

SHOWN_INPUTS = 2
"""Inputs that a judge who reads programs sees, smallest first; otherwise it is the smallest alone."""
ANSWER_TOKENS = 320
NOT_ASKED = "not asked: out of budget"
"""In the place of a judge's words."""
_WORD = re.compile(r"[^\W\d_]{2,}")
UNREADABLE = "unreadable answer"
"""Before words that name no output."""


def printed(outcome: Outcome) -> str:
    """What an execution showed, for judge and person: its output, or how it ended."""
    if outcome.ended_well:
        return clip(outcome.output) or "(nothing)"
    if outcome.needs:
        return f"(needs {outcome.needs}, which is not here)"
    return {
        "TLE": "(did not end in time)",
        "MLE": "(ran out of memory)",
        "OLE": "(printed far too much)",
    }.get(
        outcome.verdict.value,
        f"(crashed: {outcome.error.strip().splitlines()[-1] if outcome.error.strip() else outcome.detail})",
    )


def _quoted(text: str) -> str:
    return quoted(text, limit=TEXT_CHARS)


def _runs(run: Run, inputs: Sequence[CaseInput], first: str, second: str) -> str:
    parts = []
    for number, item in enumerate(inputs, 1):
        parts.append(
            f"Input {number}:\n\n{_quoted(clip(run.shown(item.text)))}\n\n"
            f"Program 1 printed:\n\n{_quoted(printed(run.state.outcomes[first][item.id]))}\n\n"
            f"Program 2 printed:\n\n{_quoted(printed(run.state.outcomes[second][item.id]))}\n"
        )
    return "\n".join(parts)


def _question(run: Run, first: Cluster, second: Cluster, inputs: Sequence[CaseInput]) -> str:
    """The judge's prompt: an input and two outputs, or the paper's, with both programs."""
    candidates = [run.state.candidates[cluster.members[0]] for cluster in (first, second)]
    problem = problem_text(run.problem)
    if not run.settings.judge_sees_programs:
        left, right = (printed(run.state.outcomes[c.id][inputs[0].id]) for c in candidates)
        shown = clip(run.shown(inputs[0].text))
        return fill(
            "judge", problem=problem, input=_quoted(shown), first=_quoted(left), second=_quoted(right)
        )
    return fill(
        "judge-programs",
        problem=problem,
        notice=programs_notice(candidate.code for candidate in candidates),
        first=fenced(candidates[0].code.strip(), candidates[0].language),
        second=fenced(candidates[1].code.strip(), candidates[1].language),
        runs=_runs(run, inputs, candidates[0].id, candidates[1].id),
    )


def _speaks(problem: Problem, outcome: Outcome) -> bool:
    """Whether an output has words of its own where every example prints numbers."""
    examples = " ".join(test.expected for test in problem.public_tests)
    if not outcome.ended_well or not problem.public_tests or _WORD.search(examples):
        return False
    known = {word.casefold() for word in _WORD.findall(problem.statement)}
    return any(word.casefold() not in known for word in _WORD.findall(outcome.output))


async def _vote(run: Run, first: Cluster, second: Cluster, inputs: Sequence[CaseInput]) -> Vote:
    prompt = _question(run, first, second, inputs)
    sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=ANSWER_TOKENS, seed=run.settings.seed)
    purpose = f"judge {first.id}/{second.id} on {', '.join(item.id for item in inputs)}"
    try:
        reply = await run.calls.ask(Role.JUDGE, purpose, (Message("user", prompt),), sampling, has_answer)
    except ModelError as error:
        await run.warn(f"a judgement is missing ({purpose}): {error}")
        return Vote(first.id, None, f"no answer: {error}")
    except BudgetExhausted as error:
        run.out_of_budget = str(error)
        return Vote(first.id, None, NOT_ASKED)
    left, right = (printed(run.state.outcomes[c.members[0]][inputs[0].id]) for c in (first, second))
    shown = [run.shown(item.text) for item in inputs]
    if run.settings.judge_sees_programs:
        shown += [run.state.candidates[cluster.members[0]].code for cluster in (first, second)]
        shown += [printed(run.state.outcomes[c.members[0]][i.id]) for c in (first, second) for i in inputs]
    answer = read_vote(reply.text, left, right, shown)
    words = " ".join(reply.text.split())
    reason = words if len(words) <= 240 else f"… {words[-240:]}"
    if answer is None:
        return Vote(first.id, None, f"{UNREADABLE}: {reason}")
    return Vote(first.id, {0: None, 1: first.id, 2: second.id}[answer], reason)


def is_whole(result: Dueled) -> bool:
    """Whether the judge was asked all; a duel that a budget cut short is fought again when there is more."""
    return all(vote.reason != NOT_ASKED for vote in result.votes)


def is_unreadable(result: Dueled) -> bool:
    """Whether the judge could be read in neither order."""
    return bool(result.votes) and all(vote.reason.startswith(UNREADABLE) for vote in result.votes)


async def duel(run: Run, left: Cluster, right: Cluster, inputs: Sequence[CaseInput]) -> Dueled:
    """Judge two clusters on distinguishing inputs, in both orders at once. Not journaled yet.

    No judge is asked where one output alone has words that neither the statement nor an example has, and all
    examples print numbers: it lost.
    """
    programs = (left.members[0], right.members[0])
    speak = [_speaks(run.problem, run.state.outcomes[program][inputs[0].id]) for program in programs]
    if any(speak):
        winner = None if all(speak) else (left, right)[speak.index(False)].id
        return Dueled(left.id, right.id, (inputs[0].id,), (), winner, programs)
    shown = list(inputs[: SHOWN_INPUTS if run.settings.judge_sees_programs else 1])
    votes = tuple(await together(_vote(run, *order, shown) for order in ((left, right), (right, left))))
    agreed = votes[0].winner if votes[0].winner == votes[1].winner else None
    return Dueled(left.id, right.id, tuple(item.id for item in shown), votes, agreed, programs)
