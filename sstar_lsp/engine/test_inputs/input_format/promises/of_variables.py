"""What is promised of a variable by its name: an order, a parity, values that differ, how many there are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    Known,
    Order,
    fields_of,
    lines_of_blocks,
)
from sstar_lsp.engine.test_inputs.input_format.promises.letters import with_letters
from sstar_lsp.engine.test_inputs.input_format.promises.phrases import DISTINCT, MAY_REPEAT, RISING
from sstar_lsp.engine.test_inputs.input_format.sentences import sentences_of
from sstar_lsp.engine.test_inputs.input_format.terms import (
    NAME,
    Comparison,
    Operation,
    Term,
    comparisons_in,
    key_of,
    normal,
)

_LISTS = re.compile(
    r"\b(?:both|all|each)(?: of the)? (?:\w+ ){0,2}(?:lists|sequences|arrays|lines|list|sequence)\b|\b(?:lists|sequences|arrays|last lines)\b"
    r"|\b(?:båda|alla) \w*(?:listorna|sekvenserna|raderna)\b",
    re.IGNORECASE,
)
CHAIN = re.compile(rf"({NAME})\s*(<=|<)\s*{NAME}\s*(?:<=|<)\s*…")
"""An order in a formula: "$t_1 <= t_2 <= …"."""
STEP = re.compile(r"(?<![\w\\])([A-Za-z]+)_(?:\{([ij])\}|([ij]))\s*(<=|<)\s*\1_\{?(?:\2|\3)\s*\+\s*1(?!\d)")
"""An order in a formula: "$t_i < t_{i+1}$", copied as "t_i < t_i + 1"."""
UNEQUAL = re.compile(rf"({NAME})\s*!=\s*({NAME})")
"""Two variables, or values of one, that differ."""


def promised_by_name(
    blocks: tuple[Block, ...], section: str, limits: str, comparisons: Sequence[Comparison]
) -> tuple[tuple[Block, ...], list[str]]:
    """The blocks with what is promised of a variable by its name: "all $a_i$ are distinct", "$t_1 <= t_2 <= … <= t_n$";
    and such promises that are of no variable."""
    names = {each.name for each in fields_of(blocks)}
    distinct: set[str] = set()
    ordered: dict[str, Order] = {}
    unread: list[str] = []
    for sentence in sentences_of(section):
        if RISING.search(sentence) and _LISTS.search(sentence):
            order = Order.STRICT if re.search(r"strictly|strikt", sentence, re.IGNORECASE) else Order.RISING
            ordered |= {each.name: order for each in fields_of(blocks) if each.count is not None}
        for match in _ALL_OF_NAME.finditer(normal(sentence)):
            distinct |= {key_of(match[1])} & names
            unread += [] if key_of(match[1]) in names else [sentence]
    odd, different = parities(section + "\n\n" + limits), _kinds_of(section, blocks, comparisons)
    blocks = with_letters(blocks, sentences_of(section + "\n\n" + limits))
    for match in CHAIN.finditer(normal(section + "\n" + limits)):
        ordered[match[1].partition("_")[0] + "_"] = Order.STRICT if match[2] == "<" else Order.RISING
    for match in STEP.finditer(normal(section + "\n" + limits)):
        ordered[match[1] + "_"] = Order.STRICT if match[4] == "<" else Order.RISING
    for match in UNEQUAL.finditer(normal(section + "\n" + limits)):
        if match[1] != match[2] and key_of(match[1]) == key_of(match[2]):
            distinct.add(key_of(match[1]))
    several = [block for block in lines_of_blocks(blocks) if block.repeat != 1 and len(block.fields) > 1]
    rows = [indexed(match[1]) for match in UNEQUAL_ROWS.finditer(normal(section + "\n" + limits))]
    for line in limits.splitlines():
        if not DISTINCT.search(line) or MAY_REPEAT.search(line):
            continue
        pair = _TUPLE.search(normal(line))
        spoken = indexed(pair[1] if pair else normal(line)) & names
        if pair:
            rows.append(spoken)
        else:
            distinct |= spoken
        if not spoken and _POINTS.search(line) and len(several) == 1:
            rows.append({each.name for each in several[0].fields[:2]})
        else:
            unread += [] if spoken else [line.strip()]

    def promised(block: Block) -> Block:
        fields = tuple(
            evolve(
                each,
                distinct=each.distinct or each.name in distinct,
                odd=odd.get(each.name) if each.kind is FieldKind.INTEGER else None,
                different=different.get(each.name),
                order=ordered.get(each.name, each.order) if each.kind is FieldKind.INTEGER else each.order,
            )
            for each in block.fields
        )
        are_distinct = any(row and row <= {each.name for each in block.fields} for row in rows)
        return evolve(
            block,
            fields=fields,
            inner=tuple(map(promised, block.inner)),
            distinct_rows=block.distinct_rows or (are_distinct and block.repeat != 1),
        )

    unread += [f"the order of {name.rstrip('_')}" for name in ordered if name not in names]
    return tuple(map(promised, blocks)), unread


_POINTS = re.compile(
    r"\b(?:points|positions|locations|coordinates|cells|places|punkter|positioner)\b", re.IGNORECASE
)
_ALL_OF_NAME = re.compile(
    r"\b(?:all|alla) (?:of the |the )?\$?([A-Za-z]_(?:\{[^{}]*\}|\w))\$? (?:are|will be|är) (?:all |pairwise )?(?:distinct|different|unique|olika|unika)\b",
    re.IGNORECASE,
)
"""Of a variable, no two values are alike."""
_TUPLE = re.compile(r"\(([^()<>=]*_[^()<>=]*,[^()<>=]*)\)")
UNEQUAL_ROWS = re.compile(r"\(([^()<>=]*_[^()<>=]*,[^()<>=]*)\)\s*!=\s*\(")
"""Lines that differ: "$(a_i, b_i) != (a_j, b_j)$"."""


def indexed(text: str) -> set[str]:
    """Variables of a text that have an index."""
    return {key_of(name) for name in re.findall(rf"(?<![\w\\]){NAME}", text) if "_" in name}


_PARITY = re.compile(
    rf"\b(odd|even|udda|jämn(?:a|t)?)\s+(?:\w+ )?(?:integers?|numbers?|heltal(?:et)?|tal(?:et)?)\s+\$?({NAME})\$?"
    rf"|\$({NAME})\$\s+(?:\([^()]*\)\s+)?(?:is|are|will be|är)\s+(?:always|alltid|guaranteed to be)\s+(odd|even|udda|jämnt?)\b(?! if| though| number of)"
    rf"|(?:^|[(,;]\s?|\b(?:that|att) )\$?({NAME})\$? (?:is|är) (odd|even|udda|jämnt?)(?=\s?(?:[),;.]|\(i\.e\.|$))",
    re.IGNORECASE | re.MULTILINE,
)


def parities(section: str) -> dict[str, bool]:
    """Variables of which all values are odd (True) or even: "an odd integer $n$", "$p_i$ is always even"."""
    found = {}
    for match in _PARITY.finditer(normal(section)):
        parity = match[1] or match[4] or match[6]
        found[key_of(match[2] or match[3] or match[5])] = parity.lower() in ("odd", "udda")
    return found


KINDS = re.compile(
    rf"\b(?:exactly|exakt|precis)\s+\$?({NAME})\$?\s+(?:\w+ )?(?:different|distinct|unique|olika)\b"
    rf"|\$({NAME})\$[^.$]{{0,30}}?\b(?:the number of|antalet)\s+(?:different|distinct|unique|olika)\b"
    rf"|`({NAME})`[^.`]{{0,30}}?\b(?:the number of|antalet)\s+(?:different|distinct|unique|olika)\b",
    re.IGNORECASE,
)
"""A variable that tells how many different values there are."""


def _kinds_of(section: str, blocks: tuple[Block, ...], comparisons: Sequence[Comparison]) -> dict[str, Term]:
    """The list or word of which the statement tells how many different values it has, where there is one such alone and the
    variable counts nothing else and bounds nothing."""
    lists = [each for each in fields_of(blocks) if each.count is not None or each.length is not None]
    singles = {each.name for each in fields_of(blocks) if each.count is None} - {each.name for each in lists}
    counts = {term for each in lists for term in (each.count, each.length)}
    counts |= {block.repeat for each in blocks for block in (each, *each.inner)}
    bounding = {name for each in comparisons_in(section) if not each.names <= singles for name in each.names}
    told = re.sub(r"\([^()]*[<>][^()]*\)", "", normal(section))
    names = {key_of(name) for match in KINDS.finditer(told) for name in match.groups() if name}
    names = (names & singles) - counts - bounding
    if not names and len(lists) == 1 and ALL_APPEAR.search(told):
        kinds = _values_of(lists[0], comparisons)
        return {} if kinds is None else {lists[0].name: kinds}
    return {lists[0].name: names.pop()} if len(lists) == len(names) == 1 else {}


ALL_APPEAR = re.compile(
    r"\b(?:each|every|varje|chaque)\b (?!of )[^.,]{0,30}\b(?:appears?|occurs?|förekommer|finns|apparaît)\b[^.,]{0,15}\b(?:at least once|minst en gång|au moins une fois)\b",
    re.IGNORECASE,
)
"""Each value that may occur does."""


def _values_of(each: Field, comparisons: Sequence[Comparison]) -> Term | None:
    """How many values, or letters, the field may have by the statement; None where it does not say."""
    if each.kind is FieldKind.WORD:
        return len(each.alphabet) if each.letters_known is Known.STATEMENT and each.alphabet else None
    lows = [
        c.left for c in comparisons if c.right == each.name and c.sign == "<=" and isinstance(c.left, int)
    ]
    highs = [c.right for c in comparisons if c.left == each.name and c.sign == "<="]
    return Operation("+", Operation("-", highs[0], lows[0]), 1) if lows and highs else None
