"""What each token is: kind, limits, letters, order; and what the rows of a block are together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits

from attrs import evolve

from sstar_lsp.engine.test_inputs.example_shape import is_integer
from sstar_lsp.engine.test_inputs.input_format.model import Block, Field, FieldKind, Known, Order, Structure
from sstar_lsp.engine.test_inputs.input_format.parse import is_decimal
from sstar_lsp.engine.test_inputs.input_format.promises.phrases import (
    CAPITAL,
    CONNECTED,
    DISTINCT,
    MAY_REPEAT,
    PERMUTATION,
    RISING,
    SIMPLE,
)
from sstar_lsp.engine.test_inputs.input_format.sentences import input_section, limits_section, wordy_bounds
from sstar_lsp.engine.test_inputs.input_format.terms import Comparison, Operation, normal

_FALLING = re.compile(
    r"(?<!non)(?<!non-)(?<!non )decreasing|descending|fallande|avtagande|décroissant|non-increasing",
    re.IGNORECASE,
)
_DIRECTED = re.compile(
    r"\bone-?(?:way|directional)|(?<!un)\bdirected\b|\bunidirectional|enkelrikta|\bà sens unique",
    re.IGNORECASE,
)
_RANGES = (
    (r"lower-?\s?case|små bokstäver|minuscules|gemener", ascii_lowercase),
    (r"upper-?\s?case|capital letter|stora bokstäver|majuscules|versaler", ascii_uppercase),
    (r"\ba[`'\"$]?\s?[-–.]+\s?[`'\"$]?z\b", ascii_lowercase),
    (r"\bA[`'\"$]?\s?[-–.]+\s?[`'\"$]?Z\b", ascii_uppercase),
    (
        r"\bdigits\b|\bsiffror\b|\bchiffres\b|\b(?:digit|siffra)\W+(?:between|from|mellan|från)\W+0\W+(?:and|to|och|till)\W+9\b",
        digits,
    ),
)


_ONE_LISTED = r"(?:an? )?[\"'`$]{0,2}-?\d+[\"'`$]{0,2}(?: \([^()\n]{1,40}\))?"
_LISTED = re.compile(
    rf"\b(?:equals?|is|are|either|antingen|är)(?: either| antingen| equal to)? ({_ONE_LISTED}(?:, {_ONE_LISTED})*,? (?:or|eller) {_ONE_LISTED})",
    re.IGNORECASE,
)
"""The numbers that may stand somewhere: "each of them is 25, 50 or 100"."""


_LISTS_DIFFER = re.compile(
    r"\b(?:lines|rows|lists|sets|sequences|raderna|listorna)\b[^.]{0,20}\b(?:distinct|different|unique|olika|unika)\b|\bno two (?:lines|rows|lists|sets|sequences)\b",
    re.IGNORECASE,
)
"""Of lines that hold a list each, the lines differ, and not the values of a list."""


def finished(
    block: Block,
    texts: Mapping[str, str],
    seen: Mapping[str, list[str]],
    lengths: Mapping[str, list[Mapping[str, int]]],
    comparisons: Sequence[Comparison],
    statement: str,
) -> Block:
    """The block with what its text, the examples' tokens and the comparisons tell of its fields and of its rows together.

    ``texts``, ``seen`` and ``lengths`` are by the names of fields: sentences, tokens of all examples, and for each token the
    integers known on its line.
    """
    if block.inner:
        inner = tuple(finished(e, texts, seen, lengths, comparisons, statement) for e in block.inner)
        return evolve(block, inner=inner)
    if block.variants:  # their first words are known, and what is promised of all rows together is told apart
        kinds = [
            finished(Block(block.repeat, fields[1:]), texts, seen, lengths, comparisons, statement)
            for fields in block.variants
        ]
        variants = tuple(
            (old[0], *(evolve(each, distinct=False, order=Order.NONE) for each in new.fields))
            for old, new in zip(block.variants, kinds, strict=True)
        )
        return evolve(block, variants=variants)
    text = texts[block.fields[0].name] if block.fields else ""
    bounded = {name for each in comparisons for name in each.names}
    fields = tuple(
        _known_field(each, text, seen[each.name], lengths[each.name], bounded, len(block.fields))
        for each in block.fields
    )
    is_many = block.repeat != 1
    distinct = bool(DISTINCT.search(text)) and not MAY_REPEAT.search(text)
    is_in_lists = (
        distinct and is_many and any(e.count is not None for e in fields) and not _LISTS_DIFFER.search(text)
    )
    pair = [each for each in fields if each.kind is FieldKind.INTEGER and each.count is None]
    structure, vertices = Structure.NONE, ""
    if is_many and len(pair) >= 2 and fields[:2] == tuple(pair[:2]):
        ceilings = [_vertices(each.name, comparisons) - {p.name for p in pair} for each in pair[:2]]
        ceiling = sorted(set.intersection(*ceilings))
        if ceiling:
            vertices = ceiling[0]
            told = input_section(statement) + "\n" + limits_section(statement)
            is_connected = CONNECTED.search(told) is not None
            if block.repeat == Operation("-", vertices, 1) and (len(pair) == 2 or is_connected):
                structure = Structure.TREE
            elif is_connected:
                structure = Structure.CONNECTED
            elif _DIRECTED.search(statement) is None and (distinct or SIMPLE.search(statement)):
                structure = Structure.SIMPLE
    is_column = (
        is_many
        and distinct
        and not is_in_lists
        and (len(fields) == 1 or bool(re.search(r"\bno \w+ (?:appears|occurs)", text, re.IGNORECASE)))
    )
    return evolve(
        block,
        fields=tuple(
            evolve(each, distinct=True)
            if distinct
            and ((is_column and place == 0) or ((not is_many or is_in_lists) and each.count is not None))
            else each
            for place, each in enumerate(fields)
        ),
        distinct_rows=is_many and distinct and not is_column and not is_in_lists,
        structure=structure,
        vertices=vertices,
    )


def _vertices(end: str, comparisons: Sequence[Comparison]) -> set[str]:
    """Variables that may count the vertices, of which an edge ends at this one: it is at most that, or at most one less."""
    tops = [c.right.left if isinstance(c.right, Operation) and (c.right.sign, c.right.right) == ("-", 1) else c.right
            for c in comparisons if c.left == end and c.sign in ("<=", "<")]  # fmt: skip
    return {top for top in tops if isinstance(top, str)}


def _known_field(
    each: Field,
    text: str,
    tokens: list[str],
    values: list[Mapping[str, int]],
    bounded: set[str],
    fields: int,
) -> Field:
    low, high = wordy_bounds(text)
    each = evolve(each, source=text[:200])
    is_number_text = all(
        is_integer(t) and (t == "0" or not t.removeprefix("-").startswith("0")) for t in tokens
    )
    says_digits = (
        fields == 1
        and each.name not in bounded
        and re.search(r"\bdigits\b|\bstring\b|\bsiffror\b", text, re.IGNORECASE) is not None
    )
    says_digits |= bool(each.length_name) or each.length is not None
    listed = _LISTED.search(text) if fields == 1 and each.name not in bounded else None
    if listed and set(tokens) <= set(numbers := re.findall(r"-?\d+", re.sub(r"\([^()]*\)", "", listed[1]))):
        return evolve(each, kind=FieldKind.WORD, words=tuple(numbers), letters_known=Known.STATEMENT)
    if is_number_text and not says_digits:
        numbers = [int(token) for token in tokens]
        if re.search(r"\b(?:decimal|real|floating)\b", text, re.IGNORECASE) and not re.search(
            r"\binteger", text, re.IGNORECASE
        ):
            kind = FieldKind.DECIMAL
        else:
            kind = FieldKind.INTEGER
        if each.name in bounded or not all(
            (low is None or low <= n) and (high is None or n <= high) for n in numbers
        ):
            low = high = None
        is_list = each.count is not None
        order = Order.NONE
        if RISING.search(text) and not _FALLING.search(text) and (is_list or fields == 1):
            order = Order.STRICT if re.search(r"strictly", text, re.IGNORECASE) else Order.RISING
            if any(a > b for a, b in pairwise(numbers)) and not is_list:
                order = Order.NONE
        return evolve(
            each,
            kind=kind,
            low=low,
            high=high,
            seen_low=min(numbers),
            seen_high=max(numbers),
            ceiling=_ceiling(each.name, numbers, values) if each.name not in bounded and high is None else "",
            order=order,
            permutation=is_list and bool(PERMUTATION.search(text)),
        )
    if (
        all(map(is_decimal, tokens))
        and not says_digits
        and not any(t.startswith("0") and len(t) > 1 and t[1] != "." for t in tokens)
    ):
        return evolve(
            each,
            kind=FieldKind.DECIMAL,
            seen_low=int(min(map(float, tokens))),
            seen_high=int(max(map(float, tokens))),
            decimals=max(len(token.partition(".")[2]) for token in tokens),
        )
    return _word(each, text, tokens, values, (None, None) if f"|{each.name}|" in bounded else (low, high))


def _ceiling(name: str, numbers: Sequence[int], values: Sequence[Mapping[str, int]]) -> str:
    """The least of the single integers that no number of the examples exceeds on its line; empty where there is none."""
    names = [other for other in values[0] if other != name and not other.startswith("|")]
    above = [
        n for n in names if all(number <= v.get(n, -1) for number, v in zip(numbers, values, strict=True))
    ]
    return min(above, key=lambda n: sum(v[n] for v in values), default="")


def _is_length(name: str, text: str) -> bool:
    """Whether the text says that so many characters follow: "of length $n$", "$n$ characters"."""
    bare = rf"[$`]?{re.escape(name.rstrip('_'))}[$`]?"
    letters = r"(?:lower-?case |upper-?case |small )?(?:characters|letters|symbols|digits|tecken|bokstäver|caractères)"
    return (
        re.search(rf"\b(?:length|längd|longueur) {bare}(?!\w)|(?<!\w){bare} {letters}", text, re.IGNORECASE)
        is not None
    )


def _word(
    each: Field,
    text: str,
    tokens: list[str],
    values: list[Mapping[str, int]],
    limits: tuple[int | None, int | None],
) -> Field:
    sizes = [len(token) for token in tokens]
    letters = set("".join(tokens))
    quoted = [
        a or b or c
        for a, b, c in re.findall(
            r"[`\"']+([^\s`\"']{1,20})[`\"']+|\$([#_.*@0-9])\$|\b([A-Z])\b(?=[,.]| (?:or|and|eller|och|ou)\b)",
            text,
        )
    ]
    is_open = re.search(r"[`'\"]\s*(?:,|and|or|och)?\s*…", normal(text)) is not None
    quoted = [] if is_open else [each for each in quoted if each not in values[0]]
    words: tuple[str, ...] = ()
    alphabet = ""
    known = Known.EXAMPLES
    if (len(set(quoted)) > 1 and set(tokens) <= set(quoted) and max(sizes) > 1) or (
        len(set(quoted)) > 1
        and set(tokens) <= set(quoted)
        and set(sizes) == {1}
        and all(len(q) == 1 for q in quoted)
        and not re.search(r"\bstring|\bletters\b|characters", text, re.IGNORECASE)
    ):
        words, known = tuple(dict.fromkeys(quoted)), Known.STATEMENT
    elif len(set(quoted)) > 1 and letters <= (single := {q for q in quoted if len(q) == 1}):
        alphabet, known = "".join(sorted(single)), Known.STATEMENT
    else:
        named = "".join(
            dict.fromkeys(
                c
                for pattern, chars in _RANGES
                if re.search(pattern, text, 0 if pattern.startswith(r"\b") else re.IGNORECASE)
                for c in chars
            )
        )
        singles = "".join(dict.fromkeys(sign for sign in quoted if len(sign) == 1 and sign not in named))
        if named and not letters <= set(named) and letters <= {*named, *singles}:
            named += singles  # "each is `.` or a digit"
        if named and letters <= set(named):
            alphabet, known = named, Known.STATEMENT
        elif len(set(tokens)) <= 6 and len(tokens) > len(set(tokens)) and max(sizes) > 1:
            words = tuple(dict.fromkeys(tokens))
        elif any(c.isdigit() or not c.isalnum() for c in letters) and max(sizes) > 1 and len(letters) > 4:
            words = tuple(dict.fromkeys(tokens))  # 12:30, d6: other words of that kind would be guessed
        else:
            alphabet = "".join(sorted(letters))
    length, length_known = each.length, Known.EXAMPLES if each.length is None else Known.STATEMENT
    for name in dict.fromkeys(name for known_values in values for name in known_values):
        if (
            each.length is None
            and name != each.length_name
            and not name.startswith("|")
            and all(v.get(name) == size for v, size in zip(values, sizes, strict=True))
        ):
            length = name
            if _is_length(name, text):
                length_known = Known.STATEMENT
                break
    low, high = limits
    if (
        any((low is not None and s < low) or (high is not None and s > high) for s in sizes)
        or length is not None
    ):
        low = high = None
    if length is not None and words and known is Known.EXAMPLES:
        words, alphabet = (), "".join(sorted(letters))
    is_capitalized = bool(alphabet and CAPITAL.search(text)) and all(
        t[:1].isupper() and not set(t[1:]) & set(ascii_uppercase) for t in tokens
    )
    return evolve(
        each, low=low, high=high, seen_low=min(sizes), seen_high=max(sizes), length=length, length_known=length_known,
        words=words, alphabet=alphabet, letters_known=known, is_capitalized=is_capitalized,
    )  # fmt: skip
