"""How statements word what is promised of many inputs: an order, values that differ, kinds of graphs, sums."""

from __future__ import annotations

import re

RISING = re.compile(
    r"\b(?:increasing|ascending|sorted|non-decreasing|nondecreasing)\b|stigande|växande|croissant",
    re.IGNORECASE,
)
"""Values in order, none before a smaller one."""
DISTINCT = re.compile(
    r"\b(?:distinct|pairwise different|all different|unique|unika|olika|distincts?|more than once|at most once|no two"
    r"|no (?:repeated|duplicate)\w*|inga (?:upprepade|dubbletter|två)|inga \w+ (?:är|har)[^.]{0,15}(?:samma|lika)|pairwise disjoint|at most one \w+ (?:between|for|per) (?:a|any|each|every)(?: given)? pair)\b|異なる|互不相同|서로 다른|중복되지 않",
    re.IGNORECASE,
)
"""Values or lines of which no two are alike."""
MAY_REPEAT = re.compile(
    r"not necessarily|may (?:appear|occur|be)|multiple times|need not|kan förekomma", re.IGNORECASE
)
"""Such values may be alike all the same."""
CONNECTED = re.compile(
    r"\bconnected (?:graph|network|map)|連結|连通|связн|\b(?:is|are) (?:always |all )?connected(?! (?:by|to|with|via) )|sammanhängande|connexe"
    r"|\b(?:every|each|any)\b[^.]{0,60}\bcan (?:be reached|reach)\b[^.]{0,40}\b(?:every|each|any|all)\b"
    r"|\bpossible to (?:travel|get|go|reach|walk|drive)\b[^.]{0,60}\b(?:every|each|any|all)\b",
    re.IGNORECASE,
)
"""A graph with a path between any two vertices."""
ONE_PATH = re.compile(
    r"\bexactly one (?:\w+ )?(?:path|route|way|sequence of \w+)\b[^.]{0,40}\b(?:each|every|any|all|two)\b"
    r"|\b(?:each|every|any)\b[^.]{0,60}\bexactly one (?:\w+ )?(?:path|route|way)\b",
    re.IGNORECASE,
)
"""A tree: one path between any two vertices."""
SIMPLE = re.compile(
    r"\b(?:no|not|without|neither)\b[^.]{0,40}\b(?:self-?loops?|loops|(?:multiple|multi|parallel)[- ]?edges)|\bsimple\b[^.]{0,20}\bgraph|\bgraph is simple|\bpair of \w+ (?:can be|is|are) (?:connected|joined|linked) by at most one\b|グラフは単純|単純グラフ",
    re.IGNORECASE,
)
"""A graph without loops and without two edges between the same vertices."""
PERMUTATION = re.compile(
    r"\bpermutation|順列|排列|순열|перестановк|\b(?:each|every|all)\b[^.]{0,20}\b(?:integers?|numbers?|values?)\b[^.]{0,40}\bexactly once\b",
    re.IGNORECASE,
)
"""Each number from 1 on once."""
CAPITAL = re.compile(
    r"\b(?:start|begin)(?:s|ning|ing)? with an? (?:capital|upper)|\bcapital first letter\b|\bstor (?:begynnelse|första )bokstav\b",
    re.IGNORECASE,
)
"""Words that begin with a capital letter."""
SUM = re.compile(r"\b(?:sum|total|product) (?:of|over)\b|\bsumman? av\b|\bsomme des?\b", re.IGNORECASE)
"""A promise about several values together."""
PARITY_WORD = re.compile(r"\b(?:odd|even|udda|jämn(?:a|t)?)\b", re.IGNORECASE)
"""Whether numbers are odd or even."""
PRIME = re.compile(r"\bprime|\bprimtal", re.IGNORECASE)
"""Prime numbers, which the model has no word for."""
