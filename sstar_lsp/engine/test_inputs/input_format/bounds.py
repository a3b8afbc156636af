"""What the statement says that binds the values: inequalities, sums, orders, and the promises that are not understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits

from attrs import evolve

from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    Known,
    LetterCount,
    Order,
    Structure,
    Total,
    fields_of,
    lines_of_blocks,
)
from sstar_lsp.engine.test_inputs.input_format.sentences import (
    LONGEST_STATEMENT,
    NUMERALS,
    sentences_of,
    wordy_bounds,
)
from sstar_lsp.engine.test_inputs.input_format.terms import (
    INDEX,
    NAME,
    Comparison,
    Operation,
    Term,
    comparisons_in,
    key_of,
    names_of,
    normal,
    term_of,
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
    r"\b(?:distinct|pairwise different|all different|unique|unika|olika|distincts?|more than once|at most once|no two"
    r"|no (?:repeated|duplicate)\w*|inga (?:upprepade|dubbletter|två)|inga \w+ (?:är|har)[^.]{0,15}(?:samma|lika)|pairwise disjoint|at most one \w+ (?:between|for|per) (?:a|any|each|every)(?: given)? pair)\b|異なる|互不相同|서로 다른|중복되지 않",
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
    direct = {side_of(each) for each in found + late if not each.through}
    # "2 <= n, 1 <= k <= n": that 1 <= n is no looser bound of another subtask.
    said = [each for each in found + late if not (each.through and side_of(each) in direct - {None})]
    loosest: dict[tuple[str, bool], Comparison] = {}
    others: list[Comparison] = []
    for each in (evolve(each, through=frozenset()) for each in said):
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

    def change(term: Term) -> Term:
        if isinstance(term, str):
            bare = term.strip("|")
            if bare in names:
                return term
            if bare == "i":
                return INDEX
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
        changed = evolve(each, left=left, right=right)
        spoken = {name.strip("|") for name in changed.names - {INDEX}}
        is_of_place = INDEX in changed.names
        if is_of_place and not any(name.endswith("_") for name in spoken):
            continue  # "1 <= i <= n" bounds no value
        if spoken and spoken <= names and left != right:
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
    odd, different = _parities(section + "\n\n" + limits), _kinds_of(section, blocks, comparisons)
    blocks = _with_letters(blocks, sentences_of(section + "\n\n" + limits))
    for match in _CHAIN.finditer(normal(section + "\n" + limits)):
        ordered[match[1].partition("_")[0] + "_"] = Order.STRICT if match[2] == "<" else Order.RISING
    for match in _UNEQUAL.finditer(normal(section + "\n" + limits)):
        if match[1] != match[2] and key_of(match[1]) == key_of(match[2]):
            distinct.add(key_of(match[1]))
    rows = [_indexed(match[1]) for match in _UNEQUAL_ROWS.finditer(normal(section + "\n" + limits))]
    for line in limits.splitlines():
        if not DISTINCT.search(line) or MAY_REPEAT.search(line):
            continue
        pair = _TUPLE.search(normal(line))
        spoken = _indexed(pair[1] if pair else normal(line)) & names
        if pair:
            rows.append(spoken)
        else:
            distinct |= spoken
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


_TUPLE = re.compile(r"\(([^()<>=]*_[^()<>=]*,[^()<>=]*)\)")
_UNEQUAL_ROWS = re.compile(r"\(([^()<>=]*_[^()<>=]*,[^()<>=]*)\)\s*!=\s*\(")
"""Lines that differ: "$(a_i, b_i) != (a_j, b_j)$"."""


def _indexed(text: str) -> set[str]:
    """Variables of a text that have an index."""
    return {key_of(name) for name in re.findall(rf"(?<![\w\\]){NAME}", text) if "_" in name}


_PARITY = re.compile(
    rf"\b(odd|even|udda|jämn(?:a|t)?)\s+(?:\w+ )?(?:integers?|numbers?|heltal(?:et)?|tal(?:et)?)\s+\$?({NAME})\$?"
    rf"|\$({NAME})\$\s+(?:\([^()]*\)\s+)?(?:is|are|will be|är)\s+(?:always|alltid|guaranteed to be)\s+(odd|even|udda|jämnt?)\b(?! if| though| number of)"
    rf"|(?:^|[(,;]\s?)\$?({NAME})\$? (?:is|är) (odd|even|udda|jämnt?)(?=\s?(?:[),;.]|$))",
    re.IGNORECASE | re.MULTILINE,
)


def _parities(section: str) -> dict[str, bool]:
    """Variables of which all values are odd (True) or even: "an odd integer $n$", "$p_i$ is always even"."""
    found = {}
    for match in _PARITY.finditer(normal(section)):
        parity = match[1] or match[4] or match[6]
        found[key_of(match[2] or match[3] or match[5])] = parity.lower() in ("odd", "udda")
    return found


_KINDS = re.compile(
    rf"\b(?:exactly|exakt|precis)\s+\$?({NAME})\$?\s+(?:\w+ )?(?:different|distinct|unique|olika)\b"
    rf"|\$({NAME})\$[^.$]{{0,30}}?\b(?:the number of|antalet)\s+(?:different|distinct|unique|olika)\b"
    rf"|`({NAME})`[^.`]{{0,30}}?\b(?:the number of|antalet)\s+(?:different|distinct|unique|olika)\b",
    re.IGNORECASE,
)


def _kinds_of(section: str, blocks: tuple[Block, ...], comparisons: Sequence[Comparison]) -> dict[str, Term]:
    """The list or word of which the statement tells how many different values it has, where there is one such alone and the
    variable counts nothing else and bounds nothing."""
    lists = [each for each in fields_of(blocks) if each.count is not None or each.length is not None]
    singles = {each.name for each in fields_of(blocks) if each.count is None} - {each.name for each in lists}
    counts = {term for each in lists for term in (each.count, each.length)}
    counts |= {block.repeat for each in blocks for block in (each, *each.inner)}
    bounding = {name for each in comparisons_in(section) if not each.names <= singles for name in each.names}
    told = re.sub(r"\([^()]*[<>][^()]*\)", "", normal(section))
    names = {key_of(name) for match in _KINDS.finditer(told) for name in match.groups() if name}
    names = (names & singles) - counts - bounding
    if not names and len(lists) == 1 and _ALL_APPEAR.search(told):
        kinds = _values_of(lists[0], comparisons)
        return {} if kinds is None else {lists[0].name: kinds}
    return {lists[0].name: names.pop()} if len(lists) == len(names) == 1 else {}


_FIRST_LETTERS = re.compile(
    rf"\bfirst \$?({NAME})\$? (?:\w+ ){{0,2}}letters\b|\$?({NAME})\$? första (?:\w+ )?bokstäverna\b",
    re.IGNORECASE,
)
_TIMES = {**NUMERALS, "one": 1, "en": 1, "ett": 1, "once": 1, "twice": 2}
_HOW_OFTEN = re.compile(
    rf"\b(?P<how>exactly|precisely|exakt|precis|at least|minst)\s+\$?(?P<number>{'|'.join(_TIMES)}|\d)\b",
    re.IGNORECASE,
)
_LIST_OF_SIGNS = re.compile(r"(?:\s|,|\band\b|\boch\b|\bone\b|\ben\b|\bett\b)*")
_QUOTED = re.compile(r"[`'\"$]{1,3}(?P<sign>[^\s`'\"$])[`'\"$]{1,3}|\b(?P<digit>digit|siffra)\b")
"""A letter or sign in quotes, or any digit."""


def _letter_counts(sentence: str) -> list[LetterCount] | None:
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


def _with_letters(blocks: tuple[Block, ...], sentences: Sequence[str]) -> tuple[Block, ...]:
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
        count for s in sentences if not re.search(r"\bif\b|\bom\b", s) for count in _letter_counts(s) or ()
    ]
    known = tuple(count for count in counts if set(count.letters) & set(each.alphabet))
    first = next((match for s in sentences if (match := _FIRST_LETTERS.search(normal(s)))), None)
    changed = evolve(each, letter_counts=known)
    alphabet = next((a for a in (ascii_lowercase, ascii_uppercase) if set(each.alphabet) <= set(a)), "")
    if first and alphabet and (term := term_of(first[1] or first[2])) is not None:
        changed = evolve(changed, alphabet=alphabet, first_letters=term)

    def change(block: Block) -> Block:
        fields = tuple(changed if field is each else field for field in block.fields)
        return evolve(block, fields=fields, inner=tuple(map(change, block.inner)))

    return tuple(map(change, blocks))


def _are_counts_kept(sentence: str, fields: Sequence[Field]) -> bool:
    told = _letter_counts(sentence)
    kept = {count for each in fields for count in each.letter_counts}
    return bool(told) and set(told or ()) <= kept


def _are_words_kept(sentence: str, fields: Sequence[Field]) -> bool:
    """Whether the sentence gives nothing but bounds in words, and a field has them: "each word has at most 10 letters"."""
    told = wordy_bounds(sentence)
    numbers = re.findall(r"\d+", normal(sentence))
    return (
        told != (None, None)
        and len(numbers) == sum(bound is not None for bound in told)
        and len(re.findall(r"[^\W\d_]+", sentence)) <= _MOST_WORDS
        and not re.search(r"\$[^$\d]+\$", sentence)
        and any((each.low, each.high) == told for each in fields)
    )


_MOST_WORDS = 14
"""Of a sentence that gives nothing but bounds."""
_ALL_APPEAR = re.compile(
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


def is_kept(sentence: str, blocks: tuple[Block, ...]) -> bool:
    """Whether what a sentence promises is in the blocks: a connected graph, a parity, a permutation, different values."""
    fields = list(fields_of(blocks))
    structures = {block.structure for block in lines_of_blocks(blocks)}
    is_odd = _parities(sentence).keys() & {each.name for each in fields if each.odd is not None}
    return bool(
        (CONNECTED.search(sentence) and structures & {Structure.TREE, Structure.CONNECTED})
        or (SIMPLE.search(sentence) and structures - {Structure.NONE})
        or (is_odd and len(_PARITY_WORD.findall(sentence)) == len(is_odd) and not _PRIME.search(sentence))
        or (PERMUTATION.search(sentence) and any(each.permutation for each in fields))
        or (_KINDS.search(normal(sentence)) and any(each.different is not None for each in fields))
        or (_CHAIN.search(normal(sentence)) and any(each.order is not Order.NONE for each in fields))
        or _is_simple_kept(sentence, blocks, fields)
    )


_PROMISES_MORE = re.compile(
    r"\breach|\bpaths?\b|\broutes?\b|\bconnected\b|\badjacent\b|\bpalindrom|\bprime\b|\bsuch that\b|\bvalid\b|\bsorted\b|\bborder|\bpossible\b|\balways\b|\bnever\b"
    r"|\bnå(?:s|r|bar)|\bväg(?:en|ar)?\b|\bmöjlig|\bgiltig|\balltid\b|\baldrig\b|\bgår att\b",
    re.IGNORECASE,
)


def _is_simple_kept(sentence: str, blocks: tuple[Block, ...], fields: Sequence[Field]) -> bool:
    """Whether the sentence says nothing but what letters, numbers or values may be, and the blocks have it."""
    told = normal(sentence)
    return not _PROMISES_MORE.search(sentence) and bool(
        (_ONLY_LETTERS.search(sentence) and any(each.letters_known is Known.STATEMENT for each in fields))
        or (_ALL_APPEAR.search(sentence) and any(each.different is not None for each in fields))
        or (_FIRST_LETTERS.search(told) and any(each.first_letters is not None for each in fields))
        or any(len(e.words) > 1 and set(e.words) == set(re.findall(r"-?\d+", sentence)) for e in fields)
        or _is_inequality_kept(told, blocks)
        or _are_counts_kept(sentence, fields)
        or _are_words_kept(sentence, fields)
    )


_ONLY_LETTERS = re.compile(
    r"\bonly (?:contains?|(?:\w+ )?(?:lower|upper|letters|characters|digits))|\b(?:contains?|consists?) (?:of )?only\b",
    re.IGNORECASE,
)


def _is_inequality_kept(sentence: str, blocks: tuple[Block, ...]) -> bool:
    """Whether all that the sentence says is that values or lines differ, which they do: "if i != j, then a_i != a_j"."""
    pairs = [match for match in _UNEQUAL.finditer(sentence) if key_of(match[1]) == key_of(match[2])]
    distinct = {each.name for each in fields_of(blocks) if each.distinct}
    rows = [_indexed(match[1]) for match in _UNEQUAL_ROWS.finditer(sentence)]
    kept = [{each.name for each in block.fields} for block in lines_of_blocks(blocks) if block.distinct_rows]
    return (
        bool(pairs or rows)
        and len(_UNEQUAL.findall(sentence)) <= len(pairs) + 1
        and all(key_of(match[1]) in distinct for match in pairs)
        and all(any(row <= names for names in kept) for row in rows)
    )


_WORDS_OF_BOUNDS = re.compile(
    r"\b(?:all|every|each|inputs?|values?|numbers?|are|is|be|an?|the|in|of|and|for|positive|integers?|min|max|strings?|length|consist(?:s|ing)|english|"
    r"letters?|characters?|lower-?case|upper-?case|digits|either|or|between|inclusive|distinct|pairwise|given|from|to)\b"
    r"|入力|される|満たす|含まれる|数値|ある|値|与えられる|すべて|全て|整数|である|です|および|かつ|からなる|長さ|文字列|英小文字|英大文字|小文字|大文字|数字|のみ|または|いずれか|各|文字|正|相?異なる|互いに"
    r"|[はとのをがでかもに]",
    re.IGNORECASE,
)


def unknown_limits(limits: str, blocks: tuple[Block, ...]) -> list[str]:
    """Lines of a section that tells nothing but bounds which say something else that is not kept."""
    found = []
    for line in limits.splitlines():
        bare = re.sub(
            r"\\[a-z]+|`[^`]*`|(?<![A-Za-z])[A-Za-z](?:_\{[^{}]*\}|_?\w{1,2})?(?![A-Za-z])", " ", normal(line)
        )
        is_of_one = _ONE_MEMBER.search(normal(line)) and not comparisons_in(line) and "…" not in normal(line)
        says_more = is_of_one or re.search(r"[^\W\d_]", _WORDS_OF_BOUNDS.sub(" ", bare))
        if says_more and not is_kept(line, blocks):
            found.append(line.strip())
    return found


_ONE_MEMBER = re.compile(r"(?<![A-Za-z])[A-Za-z]_(?:\{(?![ij]\b)[^{}]*\}|(?![ij](?![A-Za-z]))[A-Za-z0-9])")
"""A member of a list by its place: "$S_1$ is `U`"."""
_PARITY_WORD = re.compile(r"\b(?:odd|even|udda|jämn(?:a|t)?)\b", re.IGNORECASE)
_PRIME = re.compile(r"\bprime|\bprimtal", re.IGNORECASE)
CONNECTED = re.compile(
    r"\bconnected (?:graph|network|map)|連結|连通|связн|\b(?:is|are) (?:always |all )?connected(?! (?:by|to|with|via) )|sammanhängande|connexe"
    r"|\b(?:every|each|any)\b[^.]{0,60}\bcan (?:be reached|reach)\b[^.]{0,40}\b(?:every|each|any|all)\b"
    r"|\bpossible to (?:travel|get|go|reach|walk|drive)\b[^.]{0,60}\b(?:every|each|any|all)\b",
    re.IGNORECASE,
)
SIMPLE = re.compile(
    r"\b(?:no|not|without|neither)\b[^.]{0,40}\b(?:self-?loops?|loops|(?:multiple|multi|parallel)[- ]?edges)|\bsimple\b[^.]{0,20}\bgraph|\bgraph is simple|グラフは単純|単純グラフ",
    re.IGNORECASE,
)
PERMUTATION = re.compile(
    r"\bpermutation|順列|排列|순열|перестановк|\b(?:each|every|all)\b[^.]{0,20}\b(?:integers?|numbers?|values?)\b[^.]{0,40}\bexactly once\b",
    re.IGNORECASE,
)


SUM = re.compile(r"\b(?:sum|total|product) of\b|\bsumman? av\b|\bsomme des?\b", re.IGNORECASE)
"""A promise about several values together."""


_TOTAL = re.compile(
    r"(?:(?P<lengths>\b(?:sum of (?:all |the )*(?:\w+ )?lengths?|total length|sum of \$?\|)[^.\n]{0,60}?)|sum of (?:all |the |values? of )*\$?(?P<name>\w+)\$?[^.\n]{0,80}?)"
    r"(?:<=|at most|exceed|less than or equal to)\s*\$?(?P<bound>\d[\d ,^*{}]*)",
    re.IGNORECASE,
)


def totals_of(statement: str, blocks: tuple[Block, ...]) -> tuple[Total, ...]:
    """Sums, of a variable or of the lengths of the only word, that the statement bounds."""
    names = {each.name for each in fields_of(blocks)}
    words = [each.name for each in fields_of(blocks) if each.kind is FieldKind.WORD and each.count is None]
    found: list[Total] = []
    for match in _TOTAL.finditer(normal(statement[:LONGEST_STATEMENT])):
        bound = next(iter(comparisons_in(f"x <= {match['bound']}")), None)
        if match["lengths"]:
            name = f"|{words[0]}|" if len(words) == 1 else None
        else:
            name = next((n for n in (key_of(match["name"]), match["name"] + "_") if n in names), None)
        if name is not None and bound is not None and isinstance(bound.right, int):
            found.append(Total(name, bound.right))
    return tuple(found)
