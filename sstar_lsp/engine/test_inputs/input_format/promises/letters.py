"""Which letters a word or picture has, and how often they come."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits

from attrs import evolve

from sstar_lsp.engine.test_inputs.input_format.model import Block, FieldKind, LetterCount, lines_of_blocks
from sstar_lsp.engine.test_inputs.input_format.sentences import NUMERALS
from sstar_lsp.engine.test_inputs.input_format.terms import NAME, Term, normal, term_of

FIRST_LETTERS = re.compile(
    rf"\bfirst \$?({NAME})\$? (?:\w+ ){{0,2}}letters\b|\$?({NAME})\$? första (?:\w+ )?bokstäverna\b",
    re.IGNORECASE,
)
"""How many letters of the alphabet a word may have."""
_TIMES = {**NUMERALS, "one": 1, "en": 1, "ett": 1, "once": 1, "twice": 2}
_HOW_OFTEN = re.compile(
    rf"\b(?P<how>exactly|precisely|exakt|precis|at least|minst)\s+\$?(?P<number>{'|'.join(_TIMES)}|\d)\b",
    re.IGNORECASE,
)
_LIST_OF_SIGNS = re.compile(r"(?:\s|,|\band\b|\boch\b|\bone\b|\ben\b|\bett\b)*")
_QUOTED = re.compile(r"[`'\"$]{1,3}(?P<sign>[^\s`'\"$])[`'\"$]{1,3}|\b(?P<digit>digit|siffra)\b")
"""A letter or sign in quotes, or any digit."""


def letter_counts(sentence: str) -> list[LetterCount] | None:
    """ "Exactly one square contains `S`", "at least one digit": how often letters come; None where it says such a thing otherwise."""
    found: list[LetterCount] = []
    hows = list(_HOW_OFTEN.finditer(sentence))
    signs = list(_QUOTED.finditer(sentence))
    if not hows or len(signs) < len(hows):
        return None
    for place, how in enumerate(hows):
        end = hows[place + 1].start() if place + 1 < len(hows) else len(sentence)
        near = [sign for sign in signs if how.end() <= sign.start() < end]
        if len(hows) == 1 and not near:
            near = signs  # "`S` appears exactly once"
        if not near or any(
            not _LIST_OF_SIGNS.fullmatch(sentence, one.end(), other.start()) for one, other in pairwise(near)
        ):
            return None
        number = _TIMES.get(how["number"].lower()) or int(how["number"])
        is_exact = how["how"].lower() not in ("at least", "minst")
        found += [LetterCount(sign["sign"] or digits, number, is_exact) for sign in near]
    return found


def _number(text: str) -> Term | None:
    return NUMERALS.get(text.lower()) or term_of(text)


def with_letters(blocks: tuple[Block, ...], sentences: Sequence[str]) -> tuple[Block, ...]:
    """The blocks with how often letters come and which of the alphabet may, where one word or picture alone has letters."""
    words = [
        (each, block)
        for block in lines_of_blocks(blocks)
        for each in block.fields
        if each.kind is FieldKind.WORD and not each.words and each.count is None
    ]
    if len(words) != 1 or not (
        words[0][1].repeat == 1 or (words[0][0].length and len(words[0][1].fields) == 1)
    ):
        return blocks
    each = words[0][0]
    counts = [
        count for s in sentences if not re.search(r"\bif\b|\bom\b", s) for count in letter_counts(s) or ()
    ]
    known = tuple(count for count in counts if set(count.letters) & set(each.alphabet))
    first = next((match for s in sentences if (match := FIRST_LETTERS.search(normal(s)))), None)
    changed = evolve(each, letter_counts=known)
    alphabet = next((a for a in (ascii_lowercase, ascii_uppercase) if set(each.alphabet) <= set(a)), "")
    if first and alphabet and (term := _number(first[1] or first[2])) is not None:
        changed = evolve(changed, alphabet=alphabet, first_letters=term)

    def change(block: Block) -> Block:
        fields = tuple(changed if field is each else field for field in block.fields)
        return evolve(block, fields=fields, inner=tuple(map(change, block.inner)))

    return tuple(map(change, blocks))
