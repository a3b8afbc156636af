"""How far an answer of the judge moves the odds between two clusters.

A judge is asked in both orders, and what it says counts where both answers agree. How often they agree says
how good it may be: if single answers are right with probability a and err independently, both agree with
probability c = a² + (1 - a)² and are right then with probability a² / c. But a duel or two tell little, and a
small model that answers the same twice is often wrong twice. So what is known of a before the first duel
counts too: most judges are little better than a coin, some are anything up to perfect. Of small models we
have measured that hardly any are (docs/benchmarks.md, docs/design/engine.md); others have to show it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sstar_lsp.engine.judging.model_ability import billions_of, examined
from sstar_lsp.engine.run.events import Dueled
from sstar_lsp.engine.run.policy import POLICY, Policy
from sstar_lsp.records import JudgeExam

_STEPS = 64


def is_small(model: str, policy: Policy = POLICY) -> bool:
    """Whether the name of a model says that it has few parameters, as in ``qwen2.5-coder-1.5b-instruct``."""
    size = billions_of(model)
    return size is not None and size <= policy.small_billions


def reliability(duels: Sequence[Dueled], model: str = "", policy: Policy = POLICY) -> float:
    """Probability that a verdict on which both orders agree is right, given how often this judge's did.

    ``model``: the judge's name; empty if nobody knows.
    """
    asked = [duel for duel in duels if duel.votes and all(vote.winner is not None for vote in duel.votes)]
    agreed = sum(duel.winner is not None for duel in asked)
    able = policy.able_small_judges if is_small(model, policy) else policy.able_judges
    right = both = 0.0
    for step in range(_STEPS):
        u = (step + 0.5) / _STEPS
        density = able + (1 - able) * policy.coin * (1 - u) ** (policy.coin - 1)
        agrees = (1 + u * u) / 2
        likelihood = density * agrees**agreed * (1 - agrees) ** (len(asked) - agreed)
        right += likelihood * ((1 + u) / 2) ** 2
        both += likelihood * agrees
    return right / both


def verdict_odds(
    duel: Dueled, duels: Sequence[Dueled], model: str, exam: JudgeExam | None, policy: Policy = POLICY
) -> float:
    """What a duel says for its left side, in nats; negative: for its right one; 0 if it says nothing.

    A verdict of both orders is worth what the exam says of this judge in this form, else what
    :func:`reliability` does. Where the server told how sure the judge was, the mean of both orders counts up
    to that much: two answers that contradict each other still lean to a side.
    """
    done = exam.of(duel.form) if exam is not None else None
    trust = examined(done, policy) if done is not None else reliability(duels, model, policy)
    most = math.log(trust / (1 - trust))
    graded = [
        vote.odds if vote.first == duel.left else -vote.odds for vote in duel.votes if vote.odds is not None
    ]
    if len(graded) == 2:
        return max(-most, min(most, sum(graded) / 2))
    if duel.winner is None:
        return 0.0
    return most if duel.winner == duel.left else -most
