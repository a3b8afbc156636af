"""Is this input legal? An input that is probably illegal decides nothing.

Two sources, both needed: format and shape, read off the statement and the examples (:mod:`sstar_lsp.engine.test_inputs.input_format`,
:mod:`sstar_lsp.engine.test_inputs.example_shape`), and the survivors themselves: where most of them crash, or one cannot read the input, it is at fault rather
than they, unless its format is known. Both give odds; what is more probably illegal than legal is rejected, and what programs fail on
counts against them with the probability that it is legal. The numbers: development problems with real input validators (docs/benchmarks.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from attrs import frozen

from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.engine.run.policy import POLICY, Policy
from sstar_lsp.engine.test_inputs.example_shape import Shape, misfit, shape_of
from sstar_lsp.engine.test_inputs.input_format import InputFormat, format_of, why_not
from sstar_lsp.engine.test_inputs.structures import Structures, structures_of, why_malformed
from sstar_lsp.engine.test_inputs.value_types import Allowed, Kind, allowed_by, misfit_call, parameters_of
from sstar_lsp.records import Problem, Style
from sstar_sandbox import Verdict

LONGEST_INPUT = 20_000
"""Characters; a longer one is nothing that a person or a judge can read."""


@frozen
class Legality:
    """What the inputs of a problem have in common; made once, asked for each input."""

    shape: Shape | None
    parameters: list[tuple[Kind, ...]]
    allowed: Allowed
    structures: Structures | None = None
    format: InputFormat | None = None

    def why_illegal(self, text: str) -> str | None:
        """Reason from the text alone, before anything runs; None when it looks legal.

        A format that the statement gives comes before the shape that a few examples happen to have.
        """
        reason = None
        if len(text) > LONGEST_INPUT:
            return f"it has {len(text)} characters"
        if self.format is not None:
            reason = why_not(self.format, text)
        elif self.shape is not None:
            reason = misfit(self.shape, text)
        reason = reason or why_malformed(self.structures, text)
        return reason or (misfit_call(self.parameters, self.allowed, text) if self.parameters else None)


def legality_of(problem: Problem, without: Collection[Part] = ()) -> Legality:
    """The rules that a problem's examples, signature and statement give."""
    parameters = parameters_of(problem) if problem.style is Style.FUNCTION else []
    allowed = allowed_by(problem, parameters)
    shape = shape_of(problem) if Part.SHAPE not in without else None
    form = format_of(problem) if Part.INPUT_FORMAT not in without else None
    return Legality(shape, parameters, allowed, structures_of(problem), form)


@lru_cache(maxsize=64)
def odds_before_runs(problem: Problem, without: Collection[Part] = (), policy: Policy = POLICY) -> float:
    """Odds that an input is legal which no rule of :class:`Legality` rejects, before any program ran on it."""
    form = format_of(problem) if Part.INPUT_FORMAT not in without else None
    return policy.legal_by_format if form is not None and form.is_whole else policy.legal_otherwise


def odds_after_runs(
    before: float,
    runs: Sequence[Outcome],
    style: Style = Style.FUNCTION,
    without: Collection[Part] = (),
    policy: Policy = POLICY,
) -> float:
    """Odds that an input is legal on which programs that pass the examples ended so (``runs``: one of each different program).

    A crash speaks against the input as far as crashes outnumber other ends; a refusal to read it does so whatever the others do,
    for most programs do not look. A time-out says nothing.
    """
    crashed = sum(outcome.verdict is Verdict.RE for outcome in runs)
    if not crashed:
        return before
    refused = sum(refusal(outcome) is not None for outcome in runs) if style is Style.STDIN else 0
    surplus = max(0, 2 * crashed - len(runs)) if Part.CRASHES not in without else 0
    return before / (
        policy.crashed**surplus * (policy.refused**refused if Part.REFUSALS not in without else 1.0)
    )


def rejected_by_runs(
    before: float,
    runs: Sequence[Outcome],
    style: Style = Style.FUNCTION,
    without: Collection[Part] = (),
    policy: Policy = POLICY,
) -> str | None:
    """Why an input is more probably illegal than legal by what programs did on it; None where it is not."""
    if odds_after_runs(before, runs, style, without, policy) >= 1:
        return None
    words = [said for outcome in runs if (said := refusal(outcome))] if style is Style.STDIN else []
    crashed = sum(outcome.verdict is Verdict.RE for outcome in runs)
    if words and 2 * crashed <= len(runs) and Part.REFUSALS not in without:
        return f"a program that passes the examples does not take it as input ({words[0]})"
    return f"{crashed} of {len(runs)} programs that pass the examples crash on it"


_REFUSALS = re.compile(
    r"EOFError|AssertionError|Assertion .* failed"
    r"|ValueError: (?:invalid literal for int|could not convert string to float|not enough values to unpack|too many values to unpack)"
)
"""How programs fail that read another format, or check what they were promised."""


def refusal(outcome: Outcome) -> str | None:
    """The last words of a program that found no such input as it knows; None where it failed otherwise, or not.

    A program that reads every example knows the format. Where it runs out of tokens, meets a word in a number's place, or
    finds a promise broken that it checks, the input is to blame; one that goes on all the same only did not look.
    """
    if outcome.verdict is not Verdict.RE or not (lines := outcome.error.strip().splitlines()):
        return None
    return lines[-1][:80] if _REFUSALS.search(lines[-1]) else None
