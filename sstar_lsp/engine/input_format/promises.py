"""What a statement promises about its input in words, and whether a format has all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sstar_lsp.engine.input_format.model import Block, InputFormat, Order, Structure
from sstar_lsp.engine.input_format.terms import comparisons_in

TREE = re.compile(r"\btree\b|\bträd\b|\barbre\b|木である|木を|は木", re.IGNORECASE)
CONNECTED = re.compile(
    r"(?<!not )(?<!necessarily )(?:\bis|\bare|\bbe) (?:all |also |fully )?connected\b(?! (?:by|to|with|via|through|if))|"
    r"\bconnected,? (?:undirected |simple |planar |weighted )*(?:graph|network)|sammanhängande|\b(?:går|möjligt) att (?:ta sig|nå|åka|gå) [^.]{0,30}\b(?:alla|varje|vilken|valfri)|connexe|reachable from (?:every|any)|possible to (?:get|travel|go|reach)[^.]{0,30}(?:any|every|all)|連結",
    re.IGNORECASE,
)
SIMPLE = re.compile(
    r"\bsimple\b[^.]{0,20}graph|multiple edges|multi-?edges|self-?loops?|at most one (?:edge|road|cable|connection|tunnel)|"
    r"parallel edges|no (?:edge|road|pair)[^.]{0,20}(?:twice|more than once)|från en nod till sig själv|flera kanter|multikanter|högst en (?:väg|kant|led)|単純",
    re.IGNORECASE,
)
RISING = re.compile(
    r"\b(?:increasing|ascending|sorted|non-?decreasing|nondecreasing|non decreasing|chronological)\b|stigande|växande|ökande|sorterade?\b|kronologisk|croissant|昇順",
    re.IGNORECASE,
)
FALLING = re.compile(
    r"(?<!non)(?<!non-)(?<!non )decreasing|descending|fallande|avtagande|minskande|décroissant|non-?increasing",
    re.IGNORECASE,
)
DISTINCT = re.compile(
    r"\b(?:distinct|pairwise different|all different|unique|unika|(?:är|alla|vara|parvis|sinsemellan) olika|olika (?:heltal|tal|värden)|distincts?|more than once|at most once|no two|"
    r"no duplicates?|different from each other|inga upprepade|ing(?:a|en|et) .{1,40}(?:mer än en gång|två gånger)|(?:högst|som mest) en gång|inga .{1,20} samma|inte två|mutually different)\b|相異なる|互いに異なる|互不相同|서로 다른",
    re.IGNORECASE,
)
MAY_REPEAT = re.compile(
    r"not necessarily|may (?:appear|occur|be)|multiple times|need not|kan förekomma|can be the same|might not be",
    re.IGNORECASE,
)
PERMUTATION = re.compile(r"\bpermutation\b|順列|순열|排列", re.IGNORECASE)
_TOTAL = re.compile(r"\b(?:sum|total) of\b|\bsumman? av\b|\btotala (?:antalet|längden)\b|総和", re.IGNORECASE)
_UNREAD = re.compile(
    r"\bguarantee|\bgaranter|\bgaranti|\bvalid\b|\bgiltig|\bvalide\b|you know that|smallest possible|such that|\bsatisf"
    r"|\bare (?:always )?adjacent\b|\bknown that\b|\bassume\b|\bwell.formed\b|\bdoes not exceed the\b|\bnever be\b|\bmust (?:be|not)\b|\bpalindrom|\bprime\b"
    r"|\bexactly one\b|\bat least one\b|\bat least once\b|\bminst en\b|\bexakt en\b|\bau moins une?\b|\boverlap|\bintersect|\bbipartite\b|\bacyclic\b|\bconvex\b"
    r"|\balways\b|\balltid\b|\b(?:is|are) (?:odd|even|a power|a multiple|divisible)\b|\bodd (?:integer|number)|\beven (?:integer|number)|\bdivisible by|\bmultiple of|\bpower of"
    r"|\baldrig\b|\bing(?:a|en|et)\b|så att\b|\buppfyll|\bprecis en\b|\bjämn[at]?t?\b|\budda\b|\bdelbar|\böverlappa|\btoujours\b|\bjamais\b|\baucune?\b|\bde sorte que\b|\btel(?:le)?s? que\b"
    r"|\bcannot be\b|\bwill not\b|\bno (?:two|three|other)\b|保証|満たす|보장|保证|\bgarantiza|\bgarantido",
    re.IGNORECASE,
)
_CASE_BY_CASE = re.compile(r"^\(?(?:if|when|for each|in this case|note|om|när|observera)\b", re.IGNORECASE)
"""Sentences that say what happens, not what the input is."""
_NEEDS_NOTHING = re.compile(
    r"\bat least one (?:character|letter|digit|integer|number|word)\b|fits? in(?:to)? (?:a|an|\d+)|is valid\b.{0,10}$|\binputs? (?:is|are|will be) valid|\bare (?:all )?integers\b|answer (?:is|will be|does|fits)|\bdoes not fit\b"
    r"|\binga (?:mellanslag|andra tecken|inledande|ledande)|\bingen av [^.]{0,40}mer än|\bat least one and at most \S+ (?:character|letter|digit)"
    r"|\bseparated by (?:a )?(?:single )?space|not (?:be )?necessarily|\bno other characters\b|\bno leading zero",
    re.IGNORECASE,
)
_NUMBER_OF = re.compile(
    r"\b(?:the number of|antalet|antal|le nombre d(?:e|es|'))\b(?:(?!\bis\b|\bare\b|\bär\b|\best\b)[^,.;:$()])*", re.IGNORECASE
)
"""What a variable counts: "the number of paths that intersect" promises nothing."""
_PROMISE_WORDS = 7
"""Words beside the formulas of a sentence that promises nothing but an inequality."""


def unread_promises(sentences: Sequence[str], form: InputFormat) -> tuple[str, ...]:
    """Sentences that promise something which the format does not have."""
    return tuple(sentence[:200] for sentence in sentences if not _is_read(sentence, form))


def _is_read(sentence: str, form: InputFormat) -> bool:
    blocks = list(_flat(form.blocks))
    fields = list(form.fields())
    structures = {block.structure for block in blocks}
    is_graph = structures != {Structure.NONE}
    wanted = (
        (CONNECTED, bool(structures & {Structure.TREE, Structure.CONNECTED})),
        (PERMUTATION, any(each.permutation for each in fields)),
        (SIMPLE, is_graph),
    )
    if any(pattern.search(sentence) and not has for pattern, has in wanted):
        return False
    has_distinct = any(each.distinct or each.permutation or each.order.is_strict for each in fields) or any(
        block.distinct_rows for block in blocks
    )
    if DISTINCT.search(sentence) and not MAY_REPEAT.search(sentence) and not has_distinct and not is_graph:
        unequal = any(each.sign == "!=" for each in form.comparisons)
        if not unequal:
            return False
    ordered = any(each.order is not Order.NONE for each in fields)
    if (RISING.search(sentence) or FALLING.search(sentence)) and not ordered and not comparisons_in(sentence):
        return False
    if _TOTAL.search(sentence) and re.search(r"exceed|at most|<=|högst|som mest|större än|överst|超え|以下", sentence) and not form.totals:
        return False
    if not _UNREAD.search(_NUMBER_OF.sub(" ", sentence)) or _is_only_bounds(sentence):
        return True
    if _NEEDS_NOTHING.search(sentence) or (_CASE_BY_CASE.search(sentence) and not re.search("guarantee|garanter", sentence, re.IGNORECASE)):
        return True
    known = (
        (TREE, Structure.TREE in structures),
        (CONNECTED, is_graph),
        (SIMPLE, is_graph),
        (DISTINCT, has_distinct or is_graph),
        (PERMUTATION, True),
        (RISING, ordered),
        (FALLING, ordered),
        (_TOTAL, bool(form.totals)),
    )
    is_walk = re.search(r"\badjacent\b|\bneighbou?rs?\b", sentence, re.IGNORECASE)
    return not is_walk and any(has and pattern.search(sentence) for pattern, has in known)


def _flat(blocks: Sequence[Block]) -> list[Block]:
    return [each for block in blocks for each in (block, *_flat(block.inner))]


def _is_only_bounds(sentence: str) -> bool:
    promise = _UNREAD.search(sentence)
    if promise and promise[0].lower() == "such that":
        sentence = re.split(r"\bwhere\b", sentence[promise.start() :])[0]
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"\$[^$]*\$|`[^`]*`", " ", sentence))
    return bool(comparisons_in(sentence)) and len(words) <= _PROMISE_WORDS
