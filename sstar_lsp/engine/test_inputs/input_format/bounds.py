"""What the statement says that binds the values: inequalities, sums, orders, and the promises that are not understood."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from sstar_lsp.engine.test_inputs.input_format.model import Block, FieldKind, Order, Total, fields_of
from sstar_lsp.engine.test_inputs.input_format.sentences import LONGEST_STATEMENT, sentences_of
from sstar_lsp.engine.test_inputs.input_format.terms import (
    NAME,
    Comparison,
    Operation,
    Term,
    comparisons_in,
    key_of,
    normal,
)

_ASIDE = re.compile(
    r"(?im)^[ \t]*(?:#+[ \t]*|\*\*)?(?:output|utdata|sortie|scoring|points|grading|po[äa]ngs[äa]ttning|subtasks|explanation|sample|example|"
    r"f[öo]rklaring)[^\n.]{0,30}$"
)
_ANY_HEADING = re.compile(r"(?m)^[ \t]*(?:#+[ \t]*|\*\*)\S[^\n]{0,40}$")
RISING = re.compile(
    r"\b(?:increasing|ascending|sorted|non-decreasing|nondecreasing)\b|stigande|växande|croissant",
    re.IGNORECASE,
)
DISTINCT = re.compile(
    r"\b(?:distinct|pairwise different|all different|unique|unika|olika|distincts?|more than once|at most once|no two)\b",
    re.IGNORECASE,
)
MAY_REPEAT = re.compile(
    r"not necessarily|may (?:appear|occur|be)|multiple times|need not|kan förekomma", re.IGNORECASE
)


def without_asides(statement: str) -> tuple[str, str]:
    """The statement without its sections on output and scoring and without tables, and these."""
    kept: list[str] = []
    aside: list[str] = []
    is_aside = False
    for line in statement[:LONGEST_STATEMENT].splitlines():
        if _ASIDE.match(line):
            is_aside = True
        elif _ANY_HEADING.match(line):
            is_aside = False
        (aside if is_aside or line.lstrip().startswith("|") else kept).append(line)
    return "\n".join(kept), "\n".join(aside)


def bounds_of_names(statement: str, names: set[str]) -> list[Comparison]:
    """Inequalities of the input's variables, the loosest where subtasks repeat one; those of tables only where nothing else
    bounds a variable, or every row does."""
    main, aside = without_asides(statement)
    found = [each for each in _renamed(comparisons_in(main), names) if each.sign != "="]
    bounded = {name for each in found for name in each.names}
    sides = {side for each in found if (side := side_of(each))}
    groups = [line for line in aside.splitlines() if re.search(r"^\s*\|.*\d", line)]
    everywhere = [{side_of(each) for each in _renamed(comparisons_in(line), names)} for line in groups]
    late = [
        each
        for each in _renamed(comparisons_in(aside), names)
        if (side := side_of(each))
        and (side[0] not in bounded or (side not in sides and all(side in group for group in everywhere)))
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


def pairs_that_differ(section: str, blocks: tuple[Block, ...]) -> Iterator[Comparison]:
    """ "Two different towns $a_i$ and $b_i$": the two are not the same."""
    for sentence in sentences_of(section):
        if not (found := _TWO_DIFFER.search(sentence)):
            continue
        spoken = {key_of(name) for name in re.findall(rf"(?<![\w\\]){NAME}", normal(sentence))}
        for block in (inner for each in blocks for inner in (each, *each.inner)):
            pair = [each.name for each in block.fields if each.name in spoken and each.count is None]
            if len(pair) == 2:
                yield Comparison(pair[0], "!=", pair[1], found[0])


_TWO_DIFFER = re.compile(
    r"\btwo (?:different|distinct) \w+|\btvå olika \w+|\bdeux \w+ (?:différent|distinct)e?s\b|\bdifferent from each other\b",
    re.IGNORECASE,
)


def side_of(comparison: Comparison) -> tuple[Term, bool] | None:
    """Variable that a number bounds, and whether from below; None for other comparisons."""
    if comparison.sign not in ("<=", "<"):
        return None
    if isinstance(comparison.left, int) and isinstance(comparison.right, str):
        return comparison.right, True
    return (
        (comparison.left, False)
        if isinstance(comparison.right, int) and isinstance(comparison.left, str)
        else None
    )


def _renamed(comparisons: list[Comparison], names: set[str]) -> Iterator[Comparison]:
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


def binding_the_unknown(section: str, names: set[str]) -> Iterator[str]:
    """Inequalities that tie a variable of the input to something that is not read: each may be a promise."""
    indices = {"i", "j", "for", *re.findall(r"_\{?([a-z])(?![a-z])", section)}
    for each in comparisons_in(section):
        parts = {name.strip("|") for name in each.names}
        known = {name for name in parts if name in names or name.partition("_")[0] + "_" in names}
        if known and parts - known - indices and each.sign != "=":
            yield each.source.strip()


_LISTS = re.compile(
    r"\b(?:both|all|each)(?: of the)? (?:\w+ ){0,2}(?:lists|sequences|arrays|lines|list|sequence)\b|\b(?:lists|sequences|arrays|last lines)\b"
    r"|\b(?:båda|alla) \w*(?:listorna|sekvenserna|raderna)\b",
    re.IGNORECASE,
)
_CHAIN = re.compile(rf"({NAME})\s*(<=|<)\s*{NAME}\s*(?:<=|<)\s*…")
_UNEQUAL = re.compile(rf"({NAME})\s*!=\s*({NAME})")


def promised_by_name(
    blocks: tuple[Block, ...], section: str, limits: str
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
    for match in _CHAIN.finditer(normal(section + "\n" + limits)):
        ordered[match[1].partition("_")[0] + "_"] = Order.STRICT if match[2] == "<" else Order.RISING
    for match in _UNEQUAL.finditer(normal(section + "\n" + limits)):
        if match[1] != match[2] and key_of(match[1]) == key_of(match[2]):
            distinct.add(key_of(match[1]))
    for sentence in sentences_of(limits):
        if not DISTINCT.search(sentence) or MAY_REPEAT.search(sentence):
            continue
        spoken = {
            key_of(name) for name in re.findall(rf"(?<![\w\\]){NAME}", normal(sentence)) if "_" in name
        } & names
        distinct |= spoken
        unread += [] if spoken else [sentence]

    def promised(block: Block) -> Block:
        fields = tuple(
            evolve(
                each,
                distinct=each.distinct or each.name in distinct,
                order=ordered.get(each.name, each.order) if each.kind is FieldKind.INTEGER else each.order,
            )
            for each in block.fields
        )
        return evolve(block, fields=fields, inner=tuple(map(promised, block.inner)))

    unread += [f"the order of {name.rstrip('_')}" for name in ordered if name not in names]
    return tuple(map(promised, blocks)), unread


SUM = re.compile(r"\b(?:sum|total|product) of\b|\bsumman? av\b|\bsomme des?\b", re.IGNORECASE)
"""A promise about several values together."""


def totals_of(statement: str, blocks: tuple[Block, ...]) -> tuple[Total, ...]:
    """Sums over all test cases that the statement bounds."""
    names = {each.name for each in fields_of(blocks)}
    found: list[Total] = []
    for match in re.finditer(
        r"sum of (?:all |the |values? of )*\$?(\w+)\$?[^.\n]{0,80}?(?:<=|at most|exceed|less than or equal to)\s*\$?(\d[\d ,^*{}]*)",
        normal(statement[:LONGEST_STATEMENT]),
        re.IGNORECASE,
    ):
        bound = next(iter(comparisons_in(f"x <= {match[2]}")), None)
        name = next((n for n in (key_of(match[1]), match[1] + "_") if n in names), None)
        if name is not None and bound is not None and isinstance(bound.right, int):
            found.append(Total(name, bound.right))
    return tuple(found)
