"""What the input section says, clause by clause: which lines there are, how often, and what stands on them.

English, Swedish, French, German, Spanish and Portuguese words for lines are known; all else is read from the formulas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import field, mutable

from sstar_lsp.engine.input_format.places import NUMERAL, NUMERALS, Place, marked, places_of
from sstar_lsp.engine.input_format.promises import DISTINCT, SIMPLE
from sstar_lsp.engine.input_format.section import sentences_of
from sstar_lsp.engine.input_format.terms import Term, normal, term_of

_ONE = r"line|row|rad|raden|ligne|zeile|l[íi]nea|linha|fila"
_MANY = r"lines|rows|rader|raderna|lignes|zeilen|l[íi]neas|linhas|filas"
_THINGS = r"quer(?:y|ies)|operations?|events?|edges|roads|descriptions?|strings?|words|numbers|integers|names|commands"
_TERM = (
    rf"(?:\$(?P<math>[^$]{{1,40}})\$|`(?P<code>[^`\n]{{1,20}})`|\b(?P<word>{NUMERAL})\b"
    rf"|(?<![\w$])(?P<plain>\d+))"
)
_REPEAT = re.compile(
    rf"(?:\b(?:each|every|the|then|with|of|de|les|den|all)\s+)*(?:\b(?:next|following|remaining|nästa|följande|suivantes|prochaines)\s+)*"
    rf"{_TERM}\s+(?:(?!lines?\b|contain|integers?\b|numbers\b|over\b|per\b)[\w-]+\s+){{0,3}}?(?P<unit>{_MANY})\b",
    re.IGNORECASE,
)
_FOLLOW = re.compile(
    rf"(?:{_TERM}\s+(?:[\w'-]+\s+){{0,4}}?follows?\b|\bfollows?\s+(?:(?:the|a)\s+)?(?:[\w-]+\s+(?:for|of)\s+)?(?:(?:each|all|the)\s+)*(?:of\s+)?(?:the\s+)?"
    rf"{_TERM.replace('math', 'math2').replace('code', 'code2').replace('word', 'word2').replace('plain', 'plain2')})",
    re.IGNORECASE,
)
_ORDINAL = (
    r"first|second|third|fourth|fifth|sixth|seventh|last|final|next|following|only|single|one|another|första|andra|"
    r"tredje|fjärde|femte|sista|nästa|följande|enda|première|seconde|deuxième|troisième|quatrième|dernière|"
    r"erste|zweite|dritte|nächste|letzte|primera|segunda|tercera|primeira|terceira|1st|2nd|3rd|4th|en|une|un|a|1"
)
_SINGLE = re.compile(
    rf"\b(?:{_ORDINAL})(?:\s+(?:and|och|et)\s+(?:{_ORDINAL}))?(?:\s+input)?\s+(?:\([^)]*\)\s*)?(?:{_ONE})\b"
    rf"|\b(?:on|with|by)\s+(?:the|a)\s+(?:{_ONE})\b|^(?:{_ONE})\s+1\b|\bthe (?:next|second|third|last) contains\b"
    r"|^(?:one|ett|en)\s+(?:integer|string|word|number|heltal|sträng|ord)\b",
    re.IGNORECASE,
)
_EACH = re.compile(
    rf"\b(?:each|every|varje|chaque|jede)\b(?!\s+(?:test|case))[^.;,$]{{0,30}}\b(?:{_ONE}|{_MANY}|{_THINGS})\b|^\s*(?:each|every)\b"
    r"|\$?\bi\$?\s*'?:?-?(?:th|te|\^\{?th\}?)\b|^(?:the line|line number|lines? \$?i\b|in each|all)\b",
    re.IGNORECASE,
)
_CASE = (
    r"(?:test ?cases?|rounds?|cases?|data ?sets?|scenarios?|games?|tests?|testfall|instances?|cas de test)"
)
_LOOP = re.compile(
    rf"\b(?:each|every|per|varje|chaque)\s+(?:of\s+the\s+)?(?:\$?[A-Za-z]\$?\s+)?{_CASE}\b|{_CASE}\s+follow|"
    rf"\b(?:first|second|next|line)\b[^.$]{{0,20}}\bof (?:a|the|each) {_CASE}\b|\bfollow\b[^.]{{0,30}}\b{_CASE}",
    re.IGNORECASE,
)
_META = re.compile(
    r"\b(?:consists?|contains?|består|innehåller|has|comprises?|given in|contient)\b", re.IGNORECASE
)
_NEW_START = re.compile(
    r"(?:,|;|\band\b|\boch\b|\bet\b|\bthen\b|\bfollowed by\b|\bfollow(?:s|ed)?\b|\bföljt av\b|\bsuivie?s? de\b|\bwhile\b)"
    r"[\s,]*(?:(?:and|then|och|finally|by|the|on|in|each|of|next|following|de|det|på|i)\s+)*$",
    re.IGNORECASE,
)
_PARENTHESES = re.compile(r"\$(?!\s*\()[^$]{1,80}\$|\([^()]{0,300}\)")


@mutable
class Lines:
    """Some lines that look alike, as the statement tells of them."""

    repeat: Term
    text: str
    """The sentences that speak of them."""
    places: list[Place] = field(factory=list)
    in_loop: bool = False


@mutable
class Told:
    """All lines that a section tells of."""

    lines: list[Lines] = field(factory=list)
    loop: Term | None = None
    """What counts the test cases where some lines come again and again."""
    ends_with: tuple[str, ...] | None = None
    """The line that ends the test cases; empty where the input's end does."""


def told_lines(section: str, spoken: frozenset[str]) -> Told:
    """Which lines the section tells of; ``spoken`` are the variables that inequalities of the statement name."""
    told = Told()
    named: set[str] = set()
    in_loop = False
    sentences = [marked(sentence, spoken) for sentence in sentences_of(normal(section))]
    for sentence in sentences:
        if (end := _end_of(sentence)) is not None:
            told.ends_with = end
            if not _SINGLE.search(sentence):
                continue
        if _LOOP.search(sentence) and not in_loop:
            counter = _loop_counter(sentence, told.lines)
            if told.lines and (counter is not None or told.ends_with is not None):
                told.loop, in_loop = counter, True
        for clause in _clauses(sentence):
            _take(clause, told, named, in_loop)
    return told


def _bare(text: str) -> str:
    """The text with spaces in the place of what stands in brackets outside of formulas."""
    return _PARENTHESES.sub(lambda found: found[0] if found[0][0] == "$" else " " * len(found[0]), text)


def _loop_counter(sentence: str, lines: list[Lines]) -> Term | None:
    follow = re.search(rf"\$([A-Za-z](?:_\w)?)\$\s+{_CASE}", sentence, re.IGNORECASE)
    if follow:
        return term_of(follow[1])
    if not lines:
        return None
    return next((place.name for place in lines[-1].places if place.count is None), None)


def _clauses(sentence: str) -> list[str]:
    """The sentence, cut before each further line that it tells of."""
    bare = _bare(sentence)
    starts = sorted({m.start() for m in _REPEAT.finditer(bare)} | {m.start() for m in _SINGLE.finditer(bare)})
    cuts = [0]
    has_line = False
    for start in starts:
        link = _NEW_START.search(bare[:start])
        if has_line and link and link.start() > cuts[-1]:
            cuts.append(link.start())
        has_line = True
    return [sentence[a:b] for a, b in zip(cuts, [*cuts[1:], len(sentence)], strict=True)]


def _take(clause: str, told: Told, named: set[str], in_loop: bool) -> None:
    """Add what a clause tells: new lines, or more about the last ones."""
    bare = _bare(clause)
    repeated = _REPEAT.search(bare)
    single = _SINGLE.search(bare)
    follow = None if repeated or single else _FOLLOW.search(bare)
    found = told.lines
    is_case_follow = bool(re.search(rf"{_CASE}\s+follow", bare, re.IGNORECASE))
    if (
        repeated is None
        and (single is None or (_EACH.match(bare) and found and not in_loop))
        and follow is None
    ):
        if found and not (in_loop and not found[-1].in_loop and _LOOP.search(clause)):
            owner = _owner(clause, found)
            owner.text += " " + clause
            if owner is not found[-1]:
                return
            anonymous = [place for place in found[-1].places if place.is_numeral]
            more = places_of(clause, named)
            scalars = [place for place in more if place.count is None and not place.is_numeral]
            if not found[-1].places or (
                _EACH.search(bare) and all(place.name.startswith("?") for place in found[-1].places)
            ):
                found[-1].places = more or found[-1].places
            elif len(scalars) == len(more) <= len(anonymous):  # "three integers: the number of days $N$; …"
                for place, one in zip(anonymous, scalars, strict=False):
                    place.name, place.is_numeral = one.name, False
            else:
                return
            named |= {place.name for place in found[-1].places}
            return
        places = places_of(clause, named)
        if places and (not found or in_loop) and not is_case_follow:  # "The input contains one integer $n$"
            found.append(Lines(1, clause, places, in_loop))
            named |= {place.name for place in places}
        return
    if is_case_follow:
        return
    repeat: Term | None = 1
    rest = clause
    if repeated is not None or (follow is not None and single is None):
        match = repeated or follow
        assert match is not None
        groups = match.groupdict()
        text = next((groups[name] for name in groups if name != "unit" and groups[name]), "")
        repeat = NUMERALS.get(text.lower()) or term_of(text)
        if repeated is not None and isinstance(repeat, int) and repeat > 1:
            places = places_of(clause[match.end() :], named)
            if not places and (
                _META.search(bare[: match.start()]) or not found or clause.rstrip().endswith(":")
            ):
                return  # "the input has three lines"
        rest = clause[: match.start()] + " " + clause[match.end() :]
    if repeat is None:
        return
    places = places_of(
        rest, named, frozenset(place.name for each in found if each.repeat != 1 for place in each.places)
    )
    found.append(Lines(repeat, clause, places, in_loop))
    named |= {place.name for place in places}


def _owner(clause: str, lines: Sequence[Lines]) -> Lines:
    """The lines that a promise behind all lines speaks of: "No two roads are alike" is said of those with roads."""
    if not (DISTINCT.search(clause) or SIMPLE.search(clause)) or _EACH.search(clause):
        return lines[-1]
    nouns = _stems(clause)
    shared = [len(nouns & _stems(each.text)) for each in lines]
    return lines[-1] if shared[-1] or not any(shared) else lines[shared.index(max(shared))]


def _stems(text: str) -> set[str]:
    """Longer words of a text, without their ends."""
    return {word[:5].lower() for word in re.findall(r"[^\W\d_]{4,}", text)} - _NO_NOUNS


_NO_NOUNS = frozenset("integ numbe lines conta descr betwe heltal conne disti locat diffe same pairs pair with from that each which have".split())
_SENTINEL = re.compile(
    r"\b(?:end|ends|ended|terminated?|terminates|followed|avslutas|marks the end|indicates the end|last)\b",
    re.IGNORECASE,
)
_ZEROS = re.compile(r"(?:\b|[`'\"$])(0(?:\s*(?:,|and|och|\s)\s*0)*)\b(?![.,]?\d)")
_TO_END = re.compile(
    r"\b(?:end[- ]of[- ](?:file|input)|\bEOF\b|until the end of (?:the )?input|terminated by end)",
    re.IGNORECASE,
)


def _end_of(sentence: str) -> tuple[str, ...] | None:
    """The line that ends the test cases by this sentence; empty for the end of the input, None where it tells of none."""
    if _TO_END.search(sentence):
        return ()
    if not (
        _SENTINEL.search(sentence) and re.search(rf"\b(?:{_ONE}|input|{_CASE})\b", sentence, re.IGNORECASE)
    ):
        return None
    if re.search(r"\b(?:line|case|input)\b", sentence, re.IGNORECASE) and (
        words := re.search(
            r"\b(two|three|four|five)\s+(?:zeros|zeroes)\b|\bsingle (?:zero|0)\b", sentence, re.IGNORECASE
        )
    ):
        return ("0",) * (NUMERALS[words[1].lower()] if words[1] else 1)
    zeros = _ZEROS.search(re.sub(r"\([^)]*\)|[<>=]+\s*\d+|\d+\s*[<>=]+", " ", sentence))
    is_end = re.search(r"\b(?:end|ends|ended|terminat\w+|avslutas)\b", sentence, re.IGNORECASE)
    return ("0",) * zeros[1].count("0") if zeros and is_end else None
