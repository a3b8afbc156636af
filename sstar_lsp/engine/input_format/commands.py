"""Lines that depend on their first word: ``add a b``, ``1 x``, as a list or a sentence of the statement tells of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sstar_lsp.engine.input_format.model import Field, FieldKind, Known
from sstar_lsp.engine.input_format.terms import key_of
from sstar_lsp.engine.shape import Row

_QUOTED = re.compile(r"[`\"“']{1,2}([^`\"“”'\n]{1,40}?)[`\"”']{1,2}|\$([^$\n]{1,40})\$")
_MOST_COMMANDS = 12


def commands_of(text: str, all_rows: Sequence[Row], number: int) -> tuple[tuple[Field, ...], ...] | None:
    """The kinds of lines by their first word; None where the lines are not told apart by it.

    Args:
        text: The sentences that speak of the lines.
        all_rows: The lines that the examples have.
        number: Of the lines in the statement, for fields without a name.
    """
    told: dict[str, tuple[str, ...]] = {}
    for match in _QUOTED.finditer(text):
        words = (match[1] or match[2]).replace("\\", " ").replace("$", " ").split()
        if not words or len(words) > 8:
            continue
        key, names = words[0].strip(","), tuple(word.strip("{}<>[],") for word in words[1:])
        if len(key) <= 20 and all(
            re.fullmatch(r"[A-Za-z]\w{0,8}|[A-Za-z]+_\{?\w+\}?", name) for name in names
        ):
            told.setdefault(key, names)
            if names and not told[key]:
                told[key] = names
    heads = {row[0] if row else "" for row in all_rows}
    widths: dict[str, set[int]] = {}
    for row in all_rows:
        widths.setdefault(row[0] if row else "", set()).add(len(row))
    if "" in heads or not heads <= set(told) or any(len(each) > 1 for each in widths.values()):
        return None
    keys = [key for key in told if key in heads or told[key]]
    has_arguments = any(told[key] for key in keys)
    are_numbers = all(key.isdigit() for key in keys)
    if (
        not 2 <= len(keys) <= _MOST_COMMANDS
        or not has_arguments
        or any(len(key) == 1 and key.isalpha() and key.islower() and key not in heads for key in keys)
    ):
        return None
    if are_numbers and len({next(iter(each)) for each in widths.values()}) == 1 and len(heads) < 2:
        return None
    found: list[tuple[Field, ...]] = []
    for key in keys:
        width = next(iter(widths[key])) if key in widths else 1 + len(told[key])
        arguments = [key_of(name) for name in told[key]]
        if len(arguments) != width - 1:
            arguments = [f"?{number}.{key}.{place}" for place in range(width - 1)]
        arguments = [
            name if arguments.count(name) == 1 else f"?{number}.{key}.{place}"
            for place, name in enumerate(arguments)
        ]
        head = Field(
            f"?{number}.{key}", FieldKind.WORD, Known.STATEMENT, words=(key,), letters_known=Known.STATEMENT
        )
        found.append((head, *(Field(name, FieldKind.WORD, Known.STATEMENT) for name in arguments)))
    return tuple(found)
