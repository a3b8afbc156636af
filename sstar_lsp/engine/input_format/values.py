"""What each field's tokens are: kind, letters, inner form, order; from the sentences of its line and the examples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from sstar_lsp.engine.input_format.bounds import wordy_bounds
from sstar_lsp.engine.input_format.model import Block, Field, FieldKind, Known, Order, Piece, Structure
from sstar_lsp.engine.input_format.parse import ReadRow, fits_pieces, in_order, is_decimal
from sstar_lsp.engine.input_format.promises import (
    CONNECTED,
    DISTINCT,
    FALLING,
    MAY_REPEAT,
    PERMUTATION,
    RISING,
    SIMPLE,
    TREE,
)
from sstar_lsp.engine.input_format.terms import Comparison, Operation, Term, value_of
from sstar_lsp.engine.shape import is_integer

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_RANGES = (
    (
        r"(?i:lower-?\s?case|små bokstäver|minuscules|gemener|small (?:english |latin )?letters|英小文字|小写)",
        _LOWER,
    ),
    (
        r"(?i:upper-?\s?case|capital (?:english |latin )?letter|stora bokstäver|majuscules|versaler|英大文字|大写)",
        _LOWER.upper(),
    ),
    (r"\ba[`'\"$]*\s?(?:[-–.…]+|to|till|through)\s?[`'\"$]*z\b", _LOWER),
    (r"\bA[`'\"$]*\s?(?:[-–.…]+|to|till|through)\s?[`'\"$]*Z\b", _LOWER.upper()),
    (r"\b0[`'\"$]*\s?[-–]+\s?[`'\"$]*9\b", "0123456789"),
    (r"(?i:\bdigits\b|\bsiffror\b|\bchiffres\b)", "0123456789"),
)
_BOTH_CASES = re.compile(
    r"upper-?\s?(?:case)?[^.]{0,20}(?:and|or|och)[^.]{0,12}lower|lower-?\s?(?:case)?[^.]{0,20}(?:and|or)[^.]{0,12}upper|英字",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"[`\"'“‘]+([^\s`\"'“”‘’]{1,20})[`\"'”’]+|\$\\?(?:text)?\{?([#_.*@+\-/\\]|[01])\}?\$(?!\s?(?:<|-))|\b([A-Z])\b(?=[,.]| (?:or|and|eller|och|ou|är|is)\b)"
)
_FORM = re.compile(r"(?<![\w])([A-Za-z]{2,4}(?:[:/.\-][A-Za-z]{2,4}){1,2})(?![\w])")
_DECIMALS = re.compile(
    r"(?:at most|up to|exactly|högst|au plus|with|no more than)\s+\$?(\w+)\$?\s+(?:digits? after|decimals?|decimal (?:places|digits)|digits? (?:behind|right|to the right)|decimaler|décimales)",
    re.IGNORECASE,
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "två": 2, "tre": 3}


@frozen
class Seen:
    """What the examples have of each field."""

    tokens: Mapping[str, list[str]]
    values: Mapping[str, list[Mapping[str, int]]]
    """Integers known on the token's line, one for each token."""
    rows: Sequence[Sequence[ReadRow]]
    """Of each example."""

    @classmethod
    def of(cls, read: Sequence[Sequence[ReadRow]]) -> Seen:
        """What these read examples have."""
        tokens: dict[str, list[str]] = {}
        values: dict[str, list[Mapping[str, int]]] = {}
        for row in (row for each in read for row in each):
            for each, own in row.tokens:
                tokens.setdefault(each.name, []).extend(own)
                values.setdefault(each.name, []).extend([row.values] * len(own))
        return cls(tokens, values, read)


def finished(
    block: Block,
    texts: Mapping[str, str],
    seen: Seen,
    comparisons: Sequence[Comparison],
    statement: str,
    constraints: str,
) -> Block:
    """The block with all that sentences and examples tell of its fields.

    Args:
        block: As the layout has it.
        texts: For each field the sentences that speak of its line.
        seen: What the examples have.
        comparisons: Inequalities of the statement.
        statement: Its text without output and samples.
        constraints: Sentences of the constraints, a line each; those that name a field speak of it.
    """
    if block.inner:
        inner = tuple(finished(e, texts, seen, comparisons, statement, constraints) for e in block.inner)
        return evolve(block, inner=inner)
    bounded = {name for each in comparisons for name in each.names}
    if block.variants:
        return evolve(
            block,
            variants=tuple(
                tuple(_variant_field(each, texts.get(each.name, ""), seen, bounded) for each in variant)
                for variant in block.variants
            ),
        )
    text = texts.get(block.fields[0].name, "") if block.fields else ""
    fields = tuple(
        _known_field(
            each,
            " ".join(filter(None, (text, _naming(each.name, constraints)))),
            seen,
            bounded,
            len(block.fields),
        )
        for each in block.fields
    )
    text = " ".join(
        dict.fromkeys(filter(None, (text, *(_naming(each.name, constraints) for each in fields))))
    )
    is_many = block.repeat != 1
    has_list = any(each.count is not None for each in fields)
    distinct = bool(DISTINCT.search(text)) and not MAY_REPEAT.search(text)
    structure, vertices = (
        _structure(block, fields, comparisons, statement, distinct) if is_many else (Structure.NONE, "")
    )
    is_column = (
        is_many
        and distinct
        and not has_list
        and (len(fields) == 1 or bool(re.search(r"\bno \w+ (?:appears|occurs)", text, re.IGNORECASE)))
    )
    fields = tuple(
        evolve(each, distinct=True)
        if distinct and ((is_column and place == 0) or each.count is not None)
        else each
        for place, each in enumerate(fields)
    )
    fields = tuple(_without_broken(each, seen) for each in fields)
    return evolve(
        block,
        fields=fields,
        distinct_rows=is_many and distinct and not is_column and not has_list,
        structure=structure,
        vertices=vertices,
    )


def _naming(name: str, constraints: str) -> str:
    """Sentences of the constraints that speak of a field."""
    if name.startswith("?"):
        return ""
    pattern = re.compile(rf"(?<![A-Za-z\\]){re.escape(name.rstrip('_'))}(?![A-Za-z])")
    return " ".join(line for line in constraints.splitlines() if pattern.search(line))


def _structure(
    block: Block, fields: Sequence[Field], comparisons: Sequence[Comparison], statement: str, distinct: bool
) -> tuple[Structure, str]:
    """What the rows are as edges, and the variable that counts the vertices."""
    pair = fields[:2]
    if len(pair) < 2 or any(each.kind is not FieldKind.INTEGER or each.count is not None for each in pair):
        return Structure.NONE, ""
    own = {each.name for each in pair}
    one, other = (
        [
            c.right
            for c in comparisons
            if c.left == each.name
            and c.sign in ("<=", "<")
            and isinstance(c.right, str)
            and c.right not in own
        ]
        for each in pair
    )
    ceiling = [name for name in one if name in other]
    if not ceiling and block.repeat == Operation("-", getattr(block.repeat, "left", ""), 1):
        ceiling = [getattr(block.repeat, "left", "")]
    if not ceiling or not isinstance(ceiling[0], str):
        return Structure.NONE, ""
    vertices = ceiling[0]
    if block.repeat == Operation("-", vertices, 1) and TREE.search(statement):
        return Structure.TREE, vertices
    if CONNECTED.search(statement):
        return Structure.CONNECTED, vertices
    if distinct or SIMPLE.search(statement):
        return Structure.SIMPLE, vertices
    return Structure.NONE, ""


def _without_broken(each: Field, seen: Seen) -> Field:
    """The field without an order or difference of values that an example breaks: the sentence meant something else."""
    if not (each.order is not Order.NONE or each.distinct or each.permutation):
        return each
    columns: dict[tuple[int, int], list[str]] = {}
    for number, rows in enumerate(seen.rows):
        for row in rows:
            for own, tokens in row.tokens:
                if own.name == each.name:
                    place = row.batch if each.count is None else -len(columns) - 1
                    columns.setdefault((number, place), []).extend(tokens)
    if each.distinct and any(len(set(column)) < len(column) for column in columns.values()):
        each = evolve(each, distinct=False)
    if not all(each.order.holds(a, b) for column in columns.values() for a, b in pairwise(in_order(each, column))):
        each = evolve(each, order=Order.NONE)
    if each.permutation and any(sorted(map(int, c)) != list(range(1, len(c) + 1)) for c in columns.values()):
        each = evolve(each, permutation=False)
    return each


def _variant_field(each: Field, text: str, seen: Seen, bounded: set[str]) -> Field:
    if each.words:
        return evolve(each, source=text[:200], seen_low=len(each.words[0]), seen_high=len(each.words[0]))
    if each.name in seen.tokens:
        return _known_field(each, text, seen, bounded, 2)
    return evolve(each, kind=FieldKind.INTEGER, source=text[:200])


def _known_field(each: Field, text: str, seen: Seen, bounded: set[str], fields: int) -> Field:
    tokens = seen.tokens[each.name]
    low, high = wordy_bounds(text)
    each = evolve(each, source=text[:200])
    is_number_text = all(
        is_integer(t) and (t == "0" or not t.removeprefix("-").startswith("0")) for t in tokens
    )
    says_letters = (
        bool(re.search(r"\bdigits\b|\bstring\b|\bsträng\b|\bsiffror\b|文字列", text, re.IGNORECASE))
        and fields == 1
    )
    says_letters &= each.name not in bounded
    says_decimal = re.search(
        r"\b(?:decimals?|real|floating|decimaltal|flyttal|réels?)\b", text, re.IGNORECASE
    ) and not re.search(r"\binteger", text, re.IGNORECASE)
    is_plain_decimal = all(map(is_decimal, tokens)) and not any(
        t.removeprefix("-").startswith("0") and len(t.removeprefix("-")) > 1 and t.removeprefix("-")[1] != "."
        for t in tokens
    )
    if is_number_text and not says_letters and not says_decimal:
        numbers = [int(token) for token in tokens]
        if each.name in bounded or not all(
            (low is None or low <= n) and (high is None or n <= high) for n in numbers
        ):
            low = high = None
        return evolve(
            each,
            kind=FieldKind.INTEGER,
            low=low,
            high=high,
            seen_low=min(numbers),
            seen_high=max(numbers),
            order=_order(text) if each.count is not None or fields == 1 else Order.NONE,
            permutation=each.count is not None and bool(PERMUTATION.search(text)),
        )
    if (
        is_plain_decimal
        and (not says_letters or says_decimal)
        and (says_decimal or any("." in t for t in tokens))
    ):
        if each.name in bounded or not all(
            (low is None or low <= float(t)) and (high is None or float(t) <= high) for t in tokens
        ):
            low = high = None
        shown = max(len(token.partition(".")[2]) for token in tokens)
        said = next(
            (
                _NUMBERS.get(m[1].lower()) or (int(m[1]) if m[1].isdigit() else None)
                for m in _DECIMALS.finditer(text)
            ),
            None,
        )
        return evolve(
            each,
            kind=FieldKind.DECIMAL,
            low=low,
            high=high,
            seen_low=int(min(map(float, tokens)) // 1),
            seen_high=int(-(-max(map(float, tokens)) // 1)),
            decimals=min(shown or (said or 0), said or shown) if said is None or shown else said,
        )
    return _word(each, text, tokens, seen.values[each.name], (low, high))


def _order(text: str) -> Order:
    """The order that the sentences promise."""
    is_strict = bool(
        re.search(r"strict|strikt|no two|inga .{0,20}samma|distinct|different", text, re.IGNORECASE)
    )
    if FALLING.search(text) and not RISING.search(FALLING.sub("", text)):
        return (
            Order.STRICT_FALLING
            if is_strict and not re.search("non-?increasing", text, re.IGNORECASE)
            else Order.FALLING
        )
    if RISING.search(text) and not FALLING.search(text):
        return Order.STRICT if is_strict else Order.RISING
    return Order.NONE


def _word(
    each: Field,
    text: str,
    tokens: list[str],
    values: list[Mapping[str, int]],
    limits: tuple[int | None, int | None],
) -> Field:
    sizes = [len(token) for token in tokens]
    if (pieces := _pieces(text, tokens)) is not None:
        return evolve(
            each,
            pieces=pieces,
            order=_order(text),
            letters_known=Known.STATEMENT,
            seen_low=min(sizes),
            seen_high=max(sizes),
            words=(),
        )
    words, alphabet, known = _letters(text, tokens)
    length: Term | None = each.length
    if length is not None and not all(
        value_of(length, v) == size for v, size in zip(values, sizes, strict=True)
    ):
        length = None
    for name in (
        () if length is not None else dict.fromkeys(name for known_values in values for name in known_values)
    ):
        if not name.startswith("|") and all(
            v.get(name) == size for v, size in zip(values, sizes, strict=True)
        ):
            length = name
            if re.search(r"length|characters|längd|longueur|letters|長さ|tecken", text, re.IGNORECASE):
                break
    low, high = limits
    if (
        any((low is not None and s < low) or (high is not None and s > high) for s in sizes)
        or length is not None
    ):
        low = high = None
    if not re.search(
        r"length|characters|längd|longueur|letters|long|長さ|tecken|bokstäver|lettres|caractères",
        text,
        re.IGNORECASE,
    ):
        low = high = None  # "a string and an integer between 1 and 9"
    return evolve(
        each, low=low, high=high, seen_low=min(sizes), seen_high=max(sizes), length=length,
        words=words, alphabet=alphabet, letters_known=known,
    )  # fmt: skip


def _letters(text: str, tokens: list[str]) -> tuple[tuple[str, ...], str, Known]:
    """Closed list of words, or the characters of a word, and from where they are known."""
    sizes = {len(token) for token in tokens}
    letters = set("".join(tokens))
    quoted = [a or b or c for a, b, c in _QUOTED.findall(text)]
    is_listed = len(set(quoted)) > 1 and set(tokens) <= set(quoted)
    one_letter = sizes == {1} and all(len(q) == 1 for q in quoted)
    if is_listed and (
        max(sizes) > 1
        or (one_letter and not re.search(r"\bstring|\bletters\b|characters|tecken", text, re.IGNORECASE))
    ):
        return tuple(dict.fromkeys(quoted)), "", Known.STATEMENT
    if len(set(quoted)) > 1 and letters <= (single := {q for q in quoted if len(q) == 1}):
        return (), "".join(sorted(single)), Known.STATEMENT
    named = "".join(dict.fromkeys(c for pattern, chars in _RANGES if re.search(pattern, text) for c in chars))
    if _BOTH_CASES.search(text):
        named = "".join(dict.fromkeys(named + _LOWER + _LOWER.upper()))
    if named and letters <= set(named):
        return (), named, Known.STATEMENT
    if len(set(tokens)) <= 6 and len(tokens) > len(set(tokens)) and max(sizes) > 1:
        return tuple(dict.fromkeys(tokens)), "", Known.EXAMPLES
    if any(c.isdigit() or not c.isalnum() for c in letters) and max(sizes) > 1 and len(letters) > 4:
        return (
            tuple(dict.fromkeys(tokens)),
            "",
            Known.EXAMPLES,
        )  # d6: other words of that kind would be guessed
    return (), "".join(sorted(letters)), Known.EXAMPLES


def _pieces(text: str, tokens: list[str]) -> tuple[Piece, ...] | None:
    """The inner form that a sentence gives (``hh:mm``) and all examples have."""
    for match in _FORM.finditer(re.sub(r"[`$]", " ", text)):
        parts = re.split(r"([:/.\-])", match[1])
        groups = parts[::2]
        found: list[Piece] = []
        for part in parts:
            if not part.isalpha():
                found.append(Piece(part))
                continue
            low, high = _range(part, groups)
            found.append(Piece("", len(part), low, high))
        if all(len(set(g.lower())) == 1 for g in groups) and all(
            fits_pieces(found, token) for token in tokens
        ):
            return tuple(found)
    return None


def _range(part: str, groups: Sequence[str]) -> tuple[int, int]:
    letter, letters = part[0].lower(), {group[0].lower() for group in groups}
    if letter in "ht":
        return 0, 23
    if letter == "d":
        return 1, 31
    if letter == "m" and letters & set("dyå"):
        return 1, 12
    if letter in "ms":
        return 0, 59
    return 0, 10 ** len(part) - 1
