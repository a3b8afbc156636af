"""The format of an input in plain lines, for a person: each field with its bounds and from where they are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sstar_lsp.engine.input_format.model import Block, Field, FieldKind, InputFormat, Known, Order, Structure
from sstar_lsp.engine.input_format.reading import reading_of
from sstar_lsp.engine.input_format.terms import Comparison, Operation, Term
from sstar_lsp.problems.report import InputReport
from sstar_lsp.records import Problem, Style

_SHOWN_WORDS = 12
"""Of a closed list."""


def input_report(problem: Problem) -> InputReport | None:
    """What is known of a problem's input; None for a function."""
    if problem.style is not Style.STDIN:
        return None
    reading = reading_of(problem)
    if reading.format is None:
        return InputReport(is_whole=False, not_understood=(reading.reason,))
    return InputReport(reading.format.is_whole, tuple(_lines(reading.format)), reading.format.unread)


def _lines(form: InputFormat) -> Iterator[str]:
    yield from _block_lines(form, form.blocks, "")
    for total in form.totals:
        yield f"sum of {_shown(total.name)} over all test cases at most {total.high} (statement)"


def _block_lines(form: InputFormat, blocks: Sequence[Block], indent: str) -> Iterator[str]:
    for block in blocks:
        if block.ends_with is not None:
            end = " ".join(block.ends_with)
            yield f"{indent}again and again until {f'a line {end}' if end else 'the end of the input'}"
        elif block.repeat == 1:
            yield f"{indent}one line"
        else:
            yield f"{indent}{term_text(block.repeat)} {'times' if block.inner else 'lines'}{_together(block)}"
        yield from _block_lines(form, block.inner, indent + "  ")
        if not block.variants:
            yield from (f"{indent}  {_field_line(form, each)}" for each in block.fields)
        for head, *arguments in block.variants:
            yield (
                f"{indent}  {head.words[0]} (statement), then"
                if arguments
                else f"{indent}  {head.words[0]} (statement)"
            )
            yield from (f"{indent}    {_field_line(form, each)}" for each in arguments)


def _together(block: Block) -> str:
    parts = [block.structure.value] if block.structure is not Structure.NONE else []
    parts += ["no line twice"] if block.distinct_rows else []
    return f", {', '.join(parts)} (statement)" if parts else ""


def _field_line(form: InputFormat, each: Field) -> str:
    kind = f"{each.kind.value}" if each.count is None else f"{term_text(each.count)} {each.kind.value}s"
    parts = [f"{_shown(each.name)}: {kind}"]
    order = [field.name for field in form.fields()]
    behind = set(order[order.index(each.name) + 1 :]) - {
        each.name
    }  # a relation is told with the later of its fields
    bounds = [
        _comparison_text(c)
        for c in form.comparisons
        if each.name in (own := {name.strip("|") for name in c.names}) and not own & behind
    ]
    size = "" if each.kind is not FieldKind.WORD else " characters"
    if each.low is not None or each.high is not None:
        bounds.append(" … ".join("" if end is None else str(end) for end in (each.low, each.high)) + size)
    if each.length is not None:
        bounds.append(f"{term_text(each.length)} characters")
    bounds += [
        text for text, has in (("distinct", each.distinct), ("a permutation", each.permutation)) if has
    ]
    bounds += [each.order.value] if each.order is not Order.NONE else []
    if bounds:
        parts.append(f"{', '.join(bounds)} ({Known.STATEMENT.value})")
    elif not each.words and not each.pieces:
        parts.append(f"{each.seen_low} … {each.seen_high}{size} ({Known.EXAMPLES.value}, rejects nothing)")
    if each.pieces:
        parts.append(
            f"like {''.join(p.text or str(p.high).zfill(p.digits) for p in each.pieces)} (statement)"
        )
    elif each.words:
        parts.append(f"one of {' '.join(each.words[:_SHOWN_WORDS])} ({each.letters_known.value})")
    elif each.alphabet:
        parts.append(f"of {each.alphabet} ({each.letters_known.value})")
    if each.known is not Known.STATEMENT:
        parts.append(f"its place is known from the {each.known.value}")
    return "; ".join(parts)


def _shown(name: str) -> str:
    if name.startswith("?"):
        return "(unnamed)"
    return f"{name}i" if name.endswith("_") else name


def _comparison_text(comparison: Comparison) -> str:
    return f"{term_text(comparison.left)} {comparison.sign} {term_text(comparison.right)}"


def term_text(term: Term) -> str:
    """A term as a formula in plain text."""
    if isinstance(term, int):
        return str(term)
    if isinstance(term, str):
        bare = _shown(term.strip("|"))
        return f"|{bare}|" if term.startswith("|") else bare
    if term.sign in ("min", "max"):
        return f"{term.sign}({term_text(term.left)}, {term_text(term.right)})"
    left, right = (
        f"({term_text(part)})"
        if isinstance(part, Operation) and part.sign in "+-" and term.sign in "*/^"
        else term_text(part)
        for part in (term.left, term.right)
    )
    return f"{left} {term.sign} {right}" if term.sign in "+-" else f"{left}{term.sign}{right}"
