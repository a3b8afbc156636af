"""Bounds of a statement: inequalities in formulas and in words, and sums over test cases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from sstar_lsp.engine.input_format.model import Total
from sstar_lsp.engine.input_format.section import Sections
from sstar_lsp.engine.input_format.terms import (
    Comparison,
    Operation,
    Term,
    comparisons_in,
    key_of,
    normal,
    term_of,
)

_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SMALL = dict(
    zip(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "fifteen",
            "twenty",
            "thirty",
            "forty",
            "fifty",
        ],
        (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 30, 40, 50),
        strict=True,
    )
)
_IN_WORDS = re.compile(
    rf"\b(?:a|{'|'.join(_SMALL)})\s+(?:(?:{'|'.join(_SMALL)}|{'|'.join(_SCALES)})\s+)*(?:{'|'.join(_SCALES)})\b|\b\d+\s+(?:thousand|million|billion)\b",
    re.IGNORECASE,
)
_VALUE = r"\$?(-?(?:\d|[A-Za-z]_?\w?\s?[-+*]\s?\d|[A-Za-z]\b)[\d ,^*(){}+-]{0,24}?)\$?(?=[\s,.;:)、。]|$|\s*(?:以|이))"
_SUBJECT = r"(?<![\w$\\])\$?(?P<name>(?:(?<=\$)[A-Za-z]{1,8}|[B-Zb-z])(?:_(?:\{[^{}$]{1,12}\}|\w+))?|\|[A-Za-z]\w{0,2}\|)\$?(?![\w'])"
_BETWEEN_NAME = re.compile(
    rf"{_SUBJECT}[ ,]+(?:(?!and\b|och\b|et\b|or\b)[a-zåäöé-]+,?\s+){{0,7}}?(?:between|mellan|entre|from|in the range(?: from)?|zwischen)\s+{_VALUE}\s+(?:and|och|et|to|und|y|e)\s+{_VALUE}",
    re.IGNORECASE,
)
_MOST_WORDS = (
    r"(?:at most|no more than|not exceed(?:ing)?|not (?:be )?(?:greater|larger|more) than|up to|less than or equal to|"
    r"no greater than|no larger than|högst|som mest|au plus|höchstens|como máximo|maximalt|不超过|不大于)"
)
_LEAST_WORDS = (
    r"(?:at least|no less than|not less than|greater than or equal to|minst|au moins|mindestens|al menos)"
)
_MOST_NAME = re.compile(
    rf"{_SUBJECT}[ ,]+(?:(?!and\b|och\b|or\b)[a-zåäöé-]+,?\s+){{0,7}}?{_MOST_WORDS}\s+{_VALUE}", re.IGNORECASE
)
_LEAST_NAME = re.compile(
    rf"{_SUBJECT}[ ,]+(?:(?!and\b|och\b|or\b)[a-zåäöé-]+,?\s+){{0,7}}?{_LEAST_WORDS}\s+{_VALUE}",
    re.IGNORECASE,
)
_EAST = re.compile(
    rf"{_SUBJECT}\s*(?:は|の長さは|은|는|がそれぞれ)?\s*{_VALUE}\s*(?:以上|이상)(?:\s*(?:かつ|、|,))?\s*{_VALUE}\s*(?:以下|이하)"
)
_WORDY = re.compile(
    r"\b(?:between|mellan|entre|from|zwischen|in the range)\s+\$?(-?[\d][\d ,^*(){}]{0,24})\$?\s+(?:and|och|et|to|und|y|e)\s+\$?(-?[\d][\d ,^*(){}]{0,24})\$?",
    re.IGNORECASE,
)
_MOST = re.compile(rf"{_MOST_WORDS}\s+\$?(\d[\d ,^*(){{}}]{{0,24}})\$?", re.IGNORECASE)
_LEAST = re.compile(rf"{_LEAST_WORDS}\s+\$?(\d[\d ,^*(){{}}]{{0,24}})\$?", re.IGNORECASE)
_TOTAL = re.compile(
    r"(?:sum|total) of (?:all |the |values? of )*\$?(\w+)\$?[^.\n]{0,80}?(?:<=|at most|exceed|less than or equal to|no more than|bounded by)\s*\$?(\d[\d ,^*{}]*)",
    re.IGNORECASE,
)


def spelled(text: str) -> str:
    """The text with one spelling for each sign and with digits for numbers in words ("one hundred thousand")."""
    return _IN_WORDS.sub(lambda match: str(_worth(match[0])), normal(text))


def _worth(words: str) -> int:
    total = current = 0
    for word in words.lower().split():
        if word in _SCALES:
            scale = _SCALES[word]
            if scale > 100:
                total, current = total + max(current, 1) * scale, 0
            else:
                current = max(current, 1) * scale
        else:
            current += int(word) if word.isdigit() else _SMALL.get(word, 1)
    return total + current


def with_words(text: str) -> str:
    """The text and, as formulas on lines of their own, the bounds that it gives variables in words."""
    text = spelled(text)
    found: list[str] = []
    for line in text.splitlines():
        found += [
            f"{match[2]} <= {match['name']} <= {match[3]}"
            for match in (*_BETWEEN_NAME.finditer(line), *_EAST.finditer(line))
        ]
        found += [f"{match['name']} <= {match[2]}" for match in _MOST_NAME.finditer(line)]
        found += [f"{match[2]} <= {match['name']}" for match in _LEAST_NAME.finditer(line)]
    return text + "\n" + "\n".join(f"; {each} ;" for each in found if len(comparisons_in(each)) > 0)


def comparisons_of(sections: Sections, names: set[str]) -> list[Comparison]:
    """What the statement's inequalities promise of these variables; of several bounds of one variable the widest."""
    told = comparisons_in(_in_order(with_words(sections.main)))
    direct = [each for each in renamed([c for c in told if not c.through], names) if each.sign != "="]
    implied = [each for each in renamed([c for c in told if c.through], names) if each.sign != "="]
    has_own = {(each.right, True) for each in direct if isinstance(each.left, int)}
    has_own |= {(each.left, False) for each in direct if isinstance(each.right, int)}
    found = direct + [  # 1 <= m <= n does not widen 2 <= n
        each
        for each in implied
        if not (isinstance(each.left, int) and (each.right, True) in has_own)
        and not (isinstance(each.right, int) and (each.left, False) in has_own)
    ]
    bounded = {name for each in found for name in each.names}
    late = [
        each
        for each in renamed(comparisons_in(with_words(sections.aside)), names)
        if each.sign != "=" and len(each.names) == 1 and not each.names & bounded
    ]
    loosest: dict[tuple[str, bool], Comparison] = {}
    others: list[Comparison] = []
    for each in found + late:
        if isinstance(each.left, int) and isinstance(each.right, str):
            known = loosest.setdefault((each.right, True), each)
            if isinstance(known.left, int) and each.left < known.left:
                loosest[each.right, True] = each
        elif isinstance(each.right, int) and isinstance(each.left, str):
            known = loosest.setdefault((each.left, False), each)
            if isinstance(known.right, int) and each.right > known.right:
                loosest[each.left, False] = each
        else:
            others.append(each)
    return list(dict.fromkeys([*loosest.values(), *others]))


def _in_order(text: str) -> str:
    """The text without what it promises of two indices (``for i < j``): the order of a list says it."""
    return re.sub(r"\$?\b([ij])\s*(?:<|!=)\s*([ijk])\b\$?", " ", text)


def renamed(comparisons: list[Comparison], names: set[str]) -> Iterator[Comparison]:
    """Those that speak of the input's variables alone, by the names of its fields."""

    def change(term: Term) -> Term:
        if isinstance(term, str):
            bare = term.strip("|")
            if bare in names:
                return term
            for other in (bare.partition("_")[0] + "_", bare.rstrip("_")):
                if other in names:
                    return term.replace(bare, other)
            return term
        if isinstance(term, Operation):
            return Operation(term.sign, change(term.left), change(term.right))
        return term

    for each in comparisons:
        left, right = change(each.left), change(each.right)
        if not {str(change(name)).strip("|") for name in each.through} <= names:
            continue
        changed = evolve(each, left=left, right=right, through=frozenset())
        if changed.names and {name.strip("|") for name in changed.names} <= names and left != right:
            yield changed


def spoken_names(sections: Sections) -> frozenset[str]:
    """Variables that inequalities of the statement name."""
    text = with_words(sections.main)
    names = {name for each in comparisons_in(text) for name in each.names}
    return frozenset(name for name in names if len(name) < 3 or "_" in name or not name.islower())


def totals_of(sections: Sections, names: set[str]) -> tuple[Total, ...]:
    """Bounds of sums over all test cases."""
    found: list[Total] = []
    for match in _TOTAL.finditer(spelled(sections.main)):
        high = term_of(match[2])
        name = next((n for n in (key_of(match[1]), match[1] + "_") if n in names), None)
        if name is not None and isinstance(high, int):
            found.append(Total(name, high))
    return tuple(found)


def wordy_bounds(text: str) -> tuple[int | None, int | None]:
    """Bounds that a sentence gives in words: "between 1 and 100", "at most 10", "positive"."""
    text = re.sub(r"\([^()<>]{0,80}[<>][^()]{0,200}\)", "", spelled(text))
    low: int | None = None
    high: int | None = None
    if between := _WORDY.search(text):
        low, high = _whole(between[1]), _whole(between[2])
    if (
        high is None
        and (most := _MOST.search(text))
        and not re.match(r"\s*(?:distinct|different)", text[most.end() :])
    ):
        high = _whole(most[1])
        if high is not None and re.search(
            r"absolute value|absolutbelopp|valeur absolue", text, re.IGNORECASE
        ):
            return -high, high
    if low is None and (least := _LEAST.search(text)):
        low = _whole(least[1])
    if low is None and re.search(
        r"\bnon-?negative\b|\bicke-?negativ|\bpositifs? ou nuls?", text, re.IGNORECASE
    ):
        low = 0
    if low is None and re.search(r"\bpositiv?e?[ast]?\b|\bpositifs?\b", text, re.IGNORECASE):
        low = 1
    return low, high


def _whole(text: str) -> int | None:
    term = term_of(text.strip(" ,("))
    return term if isinstance(term, int) else None
