"""Sums over the whole input that the statement bounds."""

from __future__ import annotations

import re

from sstar_lsp.engine.test_inputs.input_format.model import Block, FieldKind, Total, fields_of
from sstar_lsp.engine.test_inputs.input_format.sentences import LONGEST_STATEMENT
from sstar_lsp.engine.test_inputs.input_format.terms import comparisons_in, key_of, normal

_TOTAL = re.compile(
    r"(?:(?P<lengths>\b(?:sum of (?:all |the )*(?:\w+ )?lengths?|total length|sum of \$?\|)[^.\n]{0,60}?)|sum of (?:all |the |values? of )*\$?(?P<name>\w+)\$?[^.\n]{0,80}?)"
    r"(?:<=|at most|exceed|less than or equal to)\s*\$?(?P<bound>\d[\d ,^*{}]*)",
    re.IGNORECASE,
)


def totals_of(statement: str, blocks: tuple[Block, ...]) -> tuple[Total, ...]:
    """Sums, of a variable or of the lengths of the only word, that the statement bounds."""
    names = {each.name for each in fields_of(blocks)}
    words = [each.name for each in fields_of(blocks) if each.kind is FieldKind.WORD and each.count is None]
    found: list[Total] = []
    for match in _TOTAL.finditer(normal(statement[:LONGEST_STATEMENT])):
        bound = next(iter(comparisons_in(f"x <= {match['bound']}")), None)
        if match["lengths"]:
            name = f"|{words[0]}|" if len(words) == 1 else None
        else:
            name = next((n for n in (key_of(match["name"]), match["name"] + "_") if n in names), None)
        if name is not None and bound is not None and isinstance(bound.right, int):
            found.append(Total(name, bound.right))
    return tuple(found)
