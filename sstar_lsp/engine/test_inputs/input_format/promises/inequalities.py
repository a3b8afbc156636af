"""The inequalities that bind the input's variables, in formulas and in words."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from attrs import evolve

from sstar_lsp.engine.test_inputs.input_format.model import Block, fields_of, lines_of_blocks
from sstar_lsp.engine.test_inputs.input_format.sentences import LONGEST_STATEMENT, sentences_of
from sstar_lsp.engine.test_inputs.input_format.terms import (
    INDEX,
    NAME,
    Comparison,
    Operation,
    Term,
    comparisons_in,
    half_read,
    key_of,
    names_of,
    normal,
    term_of,
)

_ASIDE = re.compile(
    r"(?im)^[ \t]*(?:#+[ \t]*|\*\*)?(?:output|utdata|sortie|scoring|points|grading|po[äa]ngs[äa]ttning|subtasks|explanation|sample|example|"
    r"f[öo]rklaring)[^\n.]{0,30}$"
)
_ANY_HEADING = re.compile(
    r"(?im)^[ \t]*(?:(?:#+[ \t]*|\*\*)\S[^\n]{0,40}|(?:input|indata|constraints|入力|制約)[ \t]*:?[ \t]*)$"
)
_PAGE_HEAD = re.compile(
    r"(?im)^output[ \t]*\n(?:[ \t]*\n)?[ \t]*(?:standard output|\w{1,20}\.\w{2,4}|stdout)[ \t]*$"
)
"""Where the output goes, in the head of a page of Codeforces: no section begins there."""


def without_asides(statement: str) -> tuple[str, str]:
    """The statement without its sections on output and scoring and without tables, and these."""
    kept: list[str] = []
    aside: list[str] = []
    is_aside = False
    for line in _PAGE_HEAD.sub("", statement[:LONGEST_STATEMENT]).splitlines():
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
    direct = {side_of(each) for each in found + late if not each.through}
    # "2 <= n, 1 <= k <= n": that 1 <= n is no looser bound of another subtask.
    said = [each for each in found + late if not (each.through and side_of(each) in direct - {None})]
    loosest: dict[tuple[str, bool], Comparison] = {}
    others: list[Comparison] = []
    for each in (evolve(each, through=frozenset()) for each in said):
        if each.sign == "!=":
            others.append(each)
        elif isinstance(each.left, int) and isinstance(each.right, str):
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
        for block in lines_of_blocks(blocks):
            for fields in block.kinds():
                pair = [each.name for each in fields if each.name in spoken and each.count is None]
                if len(pair) == 2:
                    yield Comparison(pair[0], "!=", pair[1], found[0])


def bounds_in_words(blocks: tuple[Block, ...], texts: Mapping[str, str]) -> Iterator[Comparison]:
    """ "$n$ integers between $1$ and $k$": bounds that are no numbers, of lines that hold nothing else.

    ``texts``: by names of fields, the sentences that speak of them.
    """
    names = {each.name for each in fields_of(blocks)}
    for block in lines_of_blocks(blocks):
        found = _BETWEEN.search(normal(texts[block.fields[0].name])) if len(block.fields) == 1 else None
        low, high = (term_of(found[1]), term_of(found[2])) if found else (None, None)
        spoken = names_of(low) | names_of(high) if low is not None and high is not None else frozenset()
        if found and low is not None and high is not None and spoken and spoken <= names:
            yield Comparison(low, "<=", block.fields[0].name, found[0])
            yield Comparison(block.fields[0].name, "<=", high, found[0])


_BETWEEN = re.compile(
    r"\b(?:integers?|heltal|entiers?)\b[^.$]{0,25}\b(?:between|from|mellan|från|entre|de|zwischen|von)\s+\$([^$<>]{1,20})\$\s+(?:and|to|och|till|et|à|und|bis)\s+\$([^$<>]{1,20})\$",
    re.IGNORECASE,
)
_TWO_DIFFER = re.compile(
    r"\btwo (?:different|distinct) \w+|\btvå olika \w+|\bdeux \w+ (?:différent|distinct)e?s\b|\bdifferent from each other\b",
    re.IGNORECASE,
)


def of_magnitudes(comparisons: Iterable[Comparison], numbers: Container[str]) -> Iterator[Comparison]:
    """The comparisons, with ``-9 <= x`` and ``x <= 9`` for ``|x| <= 9`` where x is among the numbers; else that is a length."""
    for each in comparisons:
        name = each.left.strip("|") if isinstance(each.left, str) else ""
        if each.left == f"|{name}|" and name in numbers and each.sign in ("<=", "<"):
            yield evolve(each, left=name)
            yield evolve(
                each,
                left=-each.right if isinstance(each.right, int) else Operation("-", 0, each.right),
                right=name,
            )
        else:
            yield each


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


def _renamed(comparisons: Sequence[Comparison], names: set[str]) -> Iterator[Comparison]:
    """Those that speak of the input's variables alone, by the names of its fields."""

    index: set[str] = set()

    def change(term: Term) -> Term:
        if isinstance(term, str):
            bare = term.strip("|")
            if bare in names:
                return term
            if bare in index:
                return INDEX
            for other in (bare.partition("_")[0] + "_", bare.rstrip("_")):
                if other in names:
                    return term.replace(bare, other)
            return term
        if isinstance(term, Operation):
            return Operation(term.sign, change(term.left), change(term.right))
        return term

    for each in comparisons:
        index = {"i", *re.findall(r"_\{?([jk])(?!\w)", each.source)} - names
        left, right = change(each.left), change(each.right)
        if not {str(change(name)).strip("|") for name in each.through} <= names:
            continue
        changed = evolve(each, left=left, right=right)
        spoken = {name.strip("|") for name in changed.names - {INDEX}}
        is_of_place = INDEX in changed.names
        if is_of_place and not any(name.endswith("_") for name in spoken):
            continue  # "1 <= i <= n" bounds no value
        if spoken and spoken <= names and left != right and right != Operation("+", left, 1):
            yield changed


_NEXT = re.compile(r"_\{?[ij]\s*[-+]\s*1")
"""The value of the line before or behind: "$r_i < l_{i+1}$"."""


def binding_the_unknown(section: str, names: set[str]) -> Iterator[str]:
    """Inequalities that tie a variable of the input to something that is not read: each may be a promise."""
    indices = {"i", "j", "for", *re.findall(r"_\{?([a-z])(?![a-z])", section)}
    for each in comparisons_in(section):
        parts = {name.strip("|") for name in each.names}
        known = {name for name in parts if name in names or name.partition("_")[0] + "_" in names}
        is_of_two_lines = _NEXT.search(each.source) and len(parts) == 2 and each.sign != "="
        if is_of_two_lines or (known and parts - known - indices and each.sign != "="):
            yield each.source.strip()
    bases = {name.partition("_")[0] for name in names if name[0].isalpha()}
    for around in half_read(re.sub(r"(?m)^[ \t]*>", "", section)):
        is_order = "…" in around and " = " not in around  # such a chain is read as one
        if not is_order and bases & {key_of(name).partition("_")[0] for name in re.findall(NAME, around)}:
            yield around
