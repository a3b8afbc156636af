"""Two clusters, a small input, two outputs: who is right?

The judge sees the problem, both programs and what they really printed; no expected output, because nobody
knows one. It is asked in both orders, and only an answer that survives the swap counts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from sstar_lsp.engine.calls import BudgetExhausted
from sstar_lsp.engine.events import CaseInput, Cluster, Dueled, Role, Vote
from sstar_lsp.engine.executor import Outcome
from sstar_lsp.engine.feedback import clip
from sstar_lsp.engine.prompts import fill
from sstar_lsp.engine.run import Run
from sstar_lsp.engine.sample import problem_text
from sstar_lsp.errors import ModelError
from sstar_lsp.records import Message, Sampling

SHOWN_INPUTS = 2
"""Inputs that the judge sees, smallest first."""
ANSWER_TOKENS = 320
_ANSWER = re.compile(r"ANSWER\W*(?:[Pp]rogram\s*)?([012])\b")
_SAID_SOFTLY = re.compile(_ANSWER.pattern, re.IGNORECASE)
"""Second choice only: "the right answer: 2" is what the judge worked out, and names no program."""


def read_answer(text: str) -> int | None:
    """1, 2 or 0 from the judge's last ``ANSWER:``, else its last ``answer:``; None when there is none."""
    answers = _ANSWER.findall(text) or _SAID_SOFTLY.findall(text)
    return int(answers[-1]) if answers else None


def _has_answer(text: str) -> bool:
    return re.search(_ANSWER.pattern + r"\W*\n", text) is not None


def printed(outcome: Outcome) -> str:
    """What an execution showed, for judge and person: its output, or how it ended."""
    if outcome.ended_well:
        return clip(outcome.output) or "(nothing)"
    return {
        "TLE": "(did not end in time)",
        "MLE": "(ran out of memory)",
        "OLE": "(printed far too much)",
    }.get(
        outcome.verdict.value,
        f"(crashed: {outcome.error.strip().splitlines()[-1] if outcome.error.strip() else outcome.detail})",
    )


def _runs(run: Run, inputs: Sequence[CaseInput], first: str, second: str) -> str:
    parts = []
    for number, item in enumerate(inputs, 1):
        parts.append(
            f"Input {number}:\n\n```\n{clip(run.shown(item.text))}\n```\n\n"
            f"Program 1 printed:\n\n```\n{printed(run.state.outcomes[first][item.id])}\n```\n\n"
            f"Program 2 printed:\n\n```\n{printed(run.state.outcomes[second][item.id])}\n```\n"
        )
    return "\n".join(parts)


async def _vote(run: Run, first: Cluster, second: Cluster, inputs: Sequence[CaseInput]) -> Vote:
    candidates = [run.state.candidates[cluster.members[0]] for cluster in (first, second)]
    prompt = fill(
        "judge",
        problem=problem_text(run.problem),
        tag=candidates[0].language,
        first=candidates[0].code.strip(),
        second=candidates[1].code.strip(),
        runs=_runs(run, inputs, candidates[0].id, candidates[1].id),
    )
    sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=ANSWER_TOKENS, seed=run.settings.seed)
    purpose = f"judge {first.id}/{second.id} on {', '.join(item.id for item in inputs)}"
    try:
        reply = await run.calls.ask(Role.JUDGE, purpose, (Message("user", prompt),), sampling, _has_answer)
    except ModelError as error:
        await run.warn(f"a judgement is missing ({purpose}): {error}")
        return Vote(first.id, None, f"no answer: {error}")
    except BudgetExhausted as error:
        run.out_of_budget = str(error)
        return Vote(first.id, None, "not asked: out of budget")
    answer = read_answer(reply.text)
    words = " ".join(reply.text.split())
    reason = words if len(words) <= 240 else f"… {words[-240:]}"
    if answer is None:
        return Vote(first.id, None, f"unreadable answer: {reason}")
    return Vote(first.id, {0: None, 1: first.id, 2: second.id}[answer], reason)


async def duel(run: Run, left: Cluster, right: Cluster, inputs: Sequence[CaseInput]) -> Dueled:
    """Judge two clusters on distinguishing inputs, in both orders at once. Not journaled yet."""
    shown = list(inputs[:SHOWN_INPUTS])
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_vote(run, *order, shown)) for order in ((left, right), (right, left))]
    votes = tuple(task.result() for task in asked)
    agreed = votes[0].winner if votes[0].winner == votes[1].winner else None
    return Dueled(left.id, right.id, tuple(item.id for item in shown), votes, agreed)
