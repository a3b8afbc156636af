"""From a problem to the format of its input: what the statement tells, made to fit all examples."""

from __future__ import annotations

import re

from attrs import evolve, frozen

from sstar_lsp.engine.input_format.bounds import comparisons_of, renamed, spoken_names, totals_of
from sstar_lsp.engine.input_format.clauses import told_lines
from sstar_lsp.engine.input_format.layout import Fitted, fit
from sstar_lsp.engine.input_format.model import FieldKind, InputFormat, fields_of
from sstar_lsp.engine.input_format.parse import Misfit, read_rows, why_not
from sstar_lsp.engine.input_format.promises import unread_promises
from sstar_lsp.engine.input_format.section import Sections, sections_of, sentences_of
from sstar_lsp.engine.input_format.template import drawn_lines
from sstar_lsp.engine.input_format.terms import Comparison, Operation, Term, comparisons_in, normal
from sstar_lsp.engine.input_format.values import Seen, finished
from sstar_lsp.records import Problem, Style

LARGEST_EXAMPLES = 100_000
"""Characters of examples that are read."""


@frozen
class Reading:
    """What was found out about a problem's input."""

    format: InputFormat | None
    reason: str = ""
    """Why there is no format."""


def format_of(problem: Problem) -> InputFormat | None:
    """The format of a stdin-style problem's input; None where statement and examples do not tell it."""
    return reading_of(problem).format


def reading_of(problem: Problem) -> Reading:
    """The format of a stdin-style problem's input, or why there is none."""
    examples = [test.input for test in problem.public_tests if test.input.strip()]
    if problem.style is not Style.STDIN:
        return Reading(None, "a function has no input to be read")
    if not examples:
        return Reading(None, "there is no example")
    if sum(map(len, examples)) > LARGEST_EXAMPLES:
        return Reading(None, f"the examples have more than {LARGEST_EXAMPLES} characters")
    sections = sections_of(problem.statement)
    if not sections.input:
        return Reading(None, "no heading says where the input is described")
    spoken = spoken_names(sections)
    reason = "no line of the input is told of"
    for told in (drawn_lines(sections.input), told_lines(sections.input, spoken)):
        if told is None or not told.lines:
            continue
        named = {place.name for each in told.lines for place in each.places}
        fitted = fit(told, examples, comparisons_of(sections, named))
        if isinstance(fitted, str):
            reason = fitted
            continue
        return _read(fitted, sections, examples)
    return Reading(None, reason)


def _read(fitted: Fitted, sections: Sections, examples: list[str]) -> Reading:
    blocks = fitted.blocks
    names = {each.name for each in fields_of(blocks)}
    comparisons = comparisons_of(sections, names)
    bounded = {name for each in comparisons for name in each.names}
    seen = Seen.of([read_rows(blocks, example) for example in examples])
    in_variants = {
        each.name for block in blocks for part in (block, *block.inner) for v in part.variants for each in v
    }
    unseen = {each.name for each in fields_of(blocks)} - {
        name for name, tokens in seen.tokens.items() if tokens
    }
    if unseen - in_variants:
        return Reading(None, f"no example shows a value of {min(unseen - in_variants).rstrip('_')}")
    constraints = _constraints(sections)
    try:
        blocks = tuple(
            finished(block, fitted.texts, seen, comparisons, sections.main, constraints) for block in blocks
        )
        comparisons = _of_values(
            comparisons, {each.name for each in fields_of(blocks) if each.kind is FieldKind.WORD}
        )
        kept = tuple(
            each
            for each in comparisons
            if all(why_not(InputFormat(blocks, (each,)), text) is None for text in examples)
        )
    except Misfit as misfit:
        return Reading(None, str(misfit))
    form = InputFormat(blocks, kept, totals_of(sections, names))
    if (fault := next(filter(None, (why_not(form, text) for text in examples)), None)) is not None:
        return Reading(None, f"an example contradicts what is read: {fault}")
    sentences = [*sentences_of(normal(sections.input)), *constraints.splitlines()]
    unread = [*unread_promises(list(dict.fromkeys(sentences)), form), *_unknown_ties(sections.input, names)]
    unread += [
        f"no example shows {name}"
        for name in sorted(unseen - bounded)
        if not name.startswith("?") or (name in in_variants and _is_argument(form, name))
    ]
    return Reading(evolve(form, unread=tuple(unread)))


def _of_values(comparisons: list[Comparison], words: set[str]) -> list[Comparison]:
    """The comparisons with ``|x|`` as the absolute value of a number; a word has no value but a length."""
    found: list[Comparison] = []
    for each in comparisons:
        bars = {name for name in each.names if name.startswith("|") and name.strip("|") not in words}
        if any(name in words for name in each.names):
            continue
        if not bars:
            found.append(each)
        elif isinstance(each.left, str) and each.left in bars and len(bars) == 1 and each.sign in ("<=", "<"):
            name = each.left.strip("|")
            found.append(evolve(each, left=name))
            found.append(evolve(each, left=_negative(each.right), right=name))
    return found


def _negative(term: Term) -> Term:
    return -term if isinstance(term, int) else Operation("-", 0, term)


def _is_argument(form: InputFormat, name: str) -> bool:
    return any(each.name == name and not each.words for each in form.fields())


def _constraints(sections: Sections) -> str:
    """Sentences outside of the input section that list constraints, a line each."""
    inside = set(sections.input.splitlines())
    under = set(sections.constraints.splitlines())
    lines = [line for line in sections.main.splitlines() if line.strip() and line not in inside]
    return "\n".join(
        re.sub(r"^[-*•]\s*", "", normal(line.strip()))
        for line in lines
        if line in under or comparisons_in(line)
    )


def _unknown_ties(section: str, names: set[str]) -> list[str]:
    """Inequalities that tie a variable of the input to something that is not read: they may be promises."""
    found = []
    for each in comparisons_in(section):
        parts = {name.strip("|") for name in each.names}
        known = {name for name in parts if name in names or name.partition("_")[0] + "_" in names}
        if known and parts - known - {"i", "j"} and each.sign != "=" and not list(renamed([each], names)):
            found.append(each.source.strip())
    return list(dict.fromkeys(found))
