"""A program that does not end is not waited for on every input.

Exploration runs dozens of small inputs; a program that hangs would take its whole time limit on each of them. After
a few time-outs the rest are taken as time-outs too, and say so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sstar_lsp.engine.run.executor import Outcome
from sstar_sandbox import Verdict

STALLS = 3
"""Time-outs after which a program is given up."""
FIRST = 4
"""Inputs of the first batch; each further one doubles, so little is lost on a program that hangs at once."""
GIVEN_UP = Outcome(Verdict.TLE, "", detail=f"not run: it did not end in time on {STALLS} inputs before")

Execute = Callable[[Sequence[str]], Awaitable[tuple[Outcome, ...]]]


async def patiently(execute: Execute, texts: Sequence[str]) -> list[Outcome]:
    """One outcome for each text, in their order."""
    found: list[Outcome] = []
    size = FIRST
    while len(found) < len(texts):
        if sum(outcome.verdict is Verdict.TLE for outcome in found) >= STALLS:
            return found + [GIVEN_UP] * (len(texts) - len(found))
        found += await execute(texts[len(found) : len(found) + size])
        size *= 2
    return found
