"""An input format told to a person: its lines, what binds each value, and where that is known from."""

from __future__ import annotations

from typing import Any

from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    InputFormat,
    Order,
    Structure,
)
from sstar_lsp.engine.test_inputs.input_format.terms import Operation, Term

SHOWN = 160
"""Characters of a sentence that is shown."""


def described(form: InputFormat) -> dict[str, Any]:
    """The format as JSON: ``is_whole``, ``lines`` and ``bounds`` as text, ``unread`` promises that keep it from drawing inputs."""
    return {
        "is_whole": form.is_whole,
        "lines": list(_lines(form.blocks, "")),
        "bounds": list(dict.fromkeys(" ".join(each.source.split()) for each in form.comparisons))
        + [
            f"the sum of all {'lengths' if '|' in total.name else total.name.rstrip('_')} is at most {total.high}"
            for total in form.totals
        ],
        "unread": [sentence[:SHOWN] for sentence in form.unread],
    }


def _lines(blocks: tuple[Block, ...], indent: str) -> list[str]:
    told: list[str] = []
    for block in blocks:
        if block.inner:
            told += [f"{indent}{_term(block.repeat)} times", *_lines(block.inner, indent + "  ")]
            continue
        one = block.repeat == 1
        notes = [
            "no line twice" if block.distinct_rows else "",
            f"a {block.structure.value} of {block.vertices} vertices"
            if block.structure is not Structure.NONE
            else "",
        ]
        kinds = ["; ".join(map(_field, fields)) or "nothing" for fields in block.kinds()]
        fields = " or ".join(kinds)
        told.append(
            f"{indent}{'1 line' if one else f'{_term(block.repeat)} lines'}: {fields}"
            + "".join(f", {note}" for note in notes if note)
        )
    return told


def _field(field: Field) -> str:
    name = field.name.rstrip("_") if not field.name.startswith("?") else "no name"
    kind = field.kind.value
    if field.count is not None:
        kind = f"{_term(field.count)} times {kind}"
    if field.length is not None:
        kind += f" of {_term(field.length)} characters"
    elif field.length_name:
        kind += f" of length {field.length_name.rstrip('_')}"
    if field.words:
        kind += f" out of {', '.join(field.words[:6])}{' …' if len(field.words) > 6 else ''}"
    elif field.kind is FieldKind.WORD and field.alphabet:
        kind += f" of {field.alphabet[:40]}"
    limits = [f"from {field.low}"] * (field.low is not None) + [f"to {field.high}"] * (field.high is not None)
    more = [field.order.value] * (field.order is not Order.NONE) + ["no value twice"] * field.distinct
    more += ["a permutation"] * field.permutation + ["capitalized"] * field.is_capitalized
    more += [] if field.odd is None else ["odd" if field.odd else "even"]
    more += [] if field.first_letters is None else [f"the first {_term(field.first_letters)} letters"]
    more += [
        f"{'exactly' if count.is_exact else 'at least'} {count.number} of {count.letters}"
        for count in field.letter_counts
    ]
    more += [] if field.different is None else [f"{_term(field.different)} different"]
    known = field.letters_known if field.kind is FieldKind.WORD else field.known
    return f"{name} ({', '.join([kind, *limits, *more, known.value])})"


def _term(term: Term) -> str:
    if isinstance(term, Operation):
        return f"{_term(term.left)}{term.sign}{_term(term.right)}"
    return str(term).rstrip("_")
