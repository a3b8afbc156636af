"""The judge's exam: twenty duels of small programs whose right side is known, written for this purpose.

One program of each is right, the other makes a mistake that people make; both orders and each form
(:class:`~sstar_lsp.records.JudgeForm`) are asked. The result is kept with the endpoint and decides which
forms a run uses (:mod:`sstar_lsp.engine.judging.model_ability`). Real duels are harder: an exam is an upper
bound.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import evolve, frozen

from sstar_lsp.engine.concurrency import together
from sstar_lsp.engine.judging.duels import Shown, judge_sampling, question, read_answer_of
from sstar_lsp.engine.judging.judge_parser import has_answer
from sstar_lsp.models.protocol import Model
from sstar_lsp.records import Candidate, FormExam, JudgeExam, JudgeForm, Message, Problem

SHOWN_RUNS = {JudgeForm.OUTPUTS: 1, JudgeForm.RUNS: 2, JudgeForm.PROGRAMS: 2}


@frozen
class KnownDuel:
    """A duel with a known answer."""

    problem: Problem
    runs: tuple[Shown, ...]
    programs: tuple[str, str]
    right: int
    """1 or 2: the program that is right."""

    def swapped(self) -> KnownDuel:
        """The same with the sides changed."""
        runs = tuple(Shown(run.input, run.second, run.first) for run in self.runs)
        return evolve(self, runs=runs, programs=self.programs[::-1], right=3 - self.right)


@cache
def known_duels() -> tuple[KnownDuel, ...]:
    """The duels that ship with the product."""
    rows = json.loads(files(__name__).joinpath("duels.json").read_text("utf-8"))
    return tuple(map(_known_duel, rows))


def _known_duel(row: dict[str, Any]) -> KnownDuel:
    runs = tuple(Shown(run["input"].rstrip("\n"), run["first"], run["second"]) for run in row["runs"])
    first, second = row["programs"]
    return KnownDuel(Problem("", row["statement"]), runs, (first, second), row["right"])


@frozen
class _Answer:
    side: int | None
    tokens: int


async def examine_judge(
    model: Model,
    *,
    forms: Sequence[JudgeForm] = tuple(JudgeForm),
    say: Callable[[str], None] = lambda _words: None,
) -> JudgeExam:
    """Ask a model all duels in both orders, in these forms; two requests at once.
    Raises :class:`ModelError`: the server failed."""
    asked = known_duels()
    results = []
    for form in forms:
        pairs = []
        for number, duel in enumerate(asked, 1):
            say(f"duel {number} of {len(asked)}, {form.value}")
            pairs.append(await together(_ask(model, form, one) for one in (duel, duel.swapped())))
        results.append(_score(form, asked, pairs))
    return JudgeExam(model.name, len(asked), tuple(results), time.time())


async def _ask(model: Model, form: JudgeForm, duel: KnownDuel) -> _Answer:
    programs = [Candidate(f"c{n}", code, "python") for n, code in enumerate(duel.programs, 1)]
    runs = duel.runs[: SHOWN_RUNS[form]]
    prompt = question(form, duel.problem, runs, programs)
    text, pieces, counted = "", 0, None
    stream = model.stream((Message("user", prompt),), judge_sampling(0))
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            text += delta.text
            pieces += bool(delta.text)
            counted = delta.usage.completion_tokens if delta.usage is not None else counted
            if has_answer(text):
                break
    return _Answer(read_answer_of(text, runs, form, programs), counted if counted is not None else pieces)


def _score(form: JudgeForm, duels: Sequence[KnownDuel], pairs: Sequence[Sequence[_Answer]]) -> FormExam:
    """``pairs``: for each duel the answers as it stands and with the sides changed."""
    singles = [
        (answer, right)
        for duel, pair in zip(duels, pairs, strict=True)
        for answer, right in zip(pair, (duel.right, 3 - duel.right), strict=True)
    ]
    agreed = [
        pair[0].side == duel.right
        for duel, pair in zip(duels, pairs, strict=True)
        if pair[0].side in (1, 2) and pair[1].side == 3 - (pair[0].side or 0)
    ]
    return FormExam(
        form=form,
        answers=len(singles),
        right=sum(answer.side == right for answer, right in singles),
        unreadable=sum(answer.side is None for answer, _ in singles),
        agreed=len(agreed),
        agreed_right=sum(agreed),
        tokens=sum(answer.tokens for answer, _ in singles),
    )
