"""Is this input legal? An input that is probably illegal decides nothing.

Two cheap voices, both needed: the shape that all examples share (:mod:`sstar_lsp.engine.shape`), and the
survivors themselves: where most of them crash, or one cannot read it, the input is at fault rather than they.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from attrs import frozen

from sstar_lsp.engine.executor import Outcome
from sstar_lsp.engine.input_format import InputFormat, format_of, why_not
from sstar_lsp.engine.kinds import Allowed, Kind, allowed_by, misfit_call, parameters_of
from sstar_lsp.engine.parts import Part
from sstar_lsp.engine.shape import Shape, misfit, shape_of
from sstar_lsp.engine.structures import Structures, structures_of, why_malformed
from sstar_lsp.records import Problem, Style
from sstar_sandbox import Verdict

LONGEST_INPUT = 20_000
"""Characters; a longer one is nothing that a person or a judge can read."""


def why_illegal(shape: Shape | None, text: str, form: InputFormat | None = None) -> str | None:
    """Reason from the text alone, before anything runs; None when it looks legal.

    A format that the statement gives comes before the shape that a few examples happen to have.
    """
    if len(text) > LONGEST_INPUT:
        return f"it has {len(text)} characters"
    if form is not None:
        return why_not(form, text)
    return misfit(shape, text) if shape is not None else None


@frozen
class Legality:
    """What the inputs of a problem have in common; made once, asked for each input."""

    shape: Shape | None
    parameters: list[tuple[Kind, ...]]
    allowed: Allowed
    structures: Structures | None = None
    format: InputFormat | None = None

    def why_illegal(self, text: str) -> str | None:
        """Reason from the text alone, before anything runs; None when it looks legal."""
        reason = why_illegal(self.shape, text, self.format) or why_malformed(self.structures, text)
        return (
            misfit_call(self.parameters, self.allowed, text) if reason is None and self.parameters else reason
        )


def legality_of(problem: Problem, without: Collection[Part] = ()) -> Legality:
    """The rules that a problem's examples, signature and statement give."""
    parameters = parameters_of(problem) if problem.style is Style.FUNCTION else []
    allowed = allowed_by(problem, parameters)
    shape = shape_of(problem) if Part.SHAPE not in without else None
    form = format_of(problem) if Part.INPUT_FORMAT not in without else None
    return Legality(shape, parameters, allowed, structures_of(problem), form)


def rejected_by_consensus(
    outcomes: Iterable[Mapping[str, Outcome]],
    input_id: str,
    style: Style = Style.FUNCTION,
    without: Collection[Part] = (),
) -> str | None:
    """Reason from the runs: more than half of the distinct survivors crash on it, or one of them refuses to read it."""
    met = [run[input_id] for run in outcomes if input_id in run]
    crashed = sum(outcome.verdict is Verdict.RE for outcome in met)
    if crashed * 2 > len(met) and Part.CRASHES not in without:
        return f"{crashed} of {len(met)} programs that pass the examples crash on it"
    if style is not Style.STDIN or Part.REFUSALS in without:
        return None
    refused = [words for outcome in met if (words := refusal(outcome))]
    return f"a program that passes the examples does not take it as input ({refused[0]})" if refused else None


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
    lines = outcome.error.strip().splitlines()
    if outcome.verdict is not Verdict.RE or not lines:
        return None
    return lines[-1][:80] if _REFUSALS.search(lines[-1]) else None
