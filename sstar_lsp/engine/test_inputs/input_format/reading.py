"""From a problem to the format of its input: what the statement tells, made to fit all examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import evolve, mutable

from sstar_lsp.engine.test_inputs.example_shape import Row, is_integer, rows
from sstar_lsp.engine.test_inputs.input_format.layout import layouts
from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    InputFormat,
    Known,
    Order,
    Structure,
    Total,
    fields_of,
)
from sstar_lsp.engine.test_inputs.input_format.parse import Misfit, is_decimal, read_rows, split_row, why_not
from sstar_lsp.engine.test_inputs.input_format.sentences import (
    LONGEST_STATEMENT,
    Lines,
    Place,
    input_section,
    limits_section,
    lines_of,
    sentences_of,
    unread_promises,
    without_examples,
    wordy_bounds,
)
from sstar_lsp.engine.test_inputs.input_format.terms import (
    NAME,
    Comparison,
    Operation,
    Term,
    comparisons_in,
    key_of,
    names_of,
    normal,
    value_of,
)
from sstar_lsp.records import Problem, Style

LARGEST_EXAMPLES = 100_000
"""Characters of examples that are read."""
_PLURAL = re.compile(
    r"integers|numbers|values|elements|words|heltal|tal|entiers|nombres|numbers", re.IGNORECASE
)
_ASIDE = re.compile(
    r"(?im)^[ \t]*(?:#+[ \t]*|\*\*)?(?:output|utdata|sortie|scoring|points|grading|po[äa]ngs[äa]ttning|subtasks|explanation|sample|example|"
    r"f[öo]rklaring)[^\n.]{0,30}$"
)
_ANY_HEADING = re.compile(r"(?m)^[ \t]*(?:#+[ \t]*|\*\*)\S[^\n]{0,40}$")


@mutable
class _Cursor:
    """Where in an example we are."""

    grid: list[Row]
    values: dict[str, int]
    place: int = 0


def format_of(problem: Problem) -> InputFormat | None:
    """The format of a stdin-style problem's input; None where statement and examples do not tell it whole."""
    examples = [test.input for test in problem.public_tests if test.input.strip()]
    if problem.style is not Style.STDIN or not examples or sum(map(len, examples)) > LARGEST_EXAMPLES:
        return None
    section = input_section(problem.statement)
    told = lines_of(section)
    form = _laid_out(problem, section, examples, *told) if told[0] else None
    section = section or without_examples(problem.statement)
    if form is None:
        grids = [rows(example) for example in examples]
        tried = (_laid_out(problem, section, examples, *layout) for layout in layouts(section, grids))
        fitting = [form for form in tried if form is not None and _bounds_all(form)]
        if fitting and all(_same_lines(fitting[0], other) for other in fitting):
            form = fitting[0]
    return form


def _name_the_nameless(lines: list[Lines], statement: str) -> None:
    """Name the only list without a name by the only indexed variable that has bounds and no place: "$n$ integers … $1 <= a_i <= 9$"."""
    places = [place for each in lines for place in each.places]
    nameless = [place for place in places if place.name.startswith("?") and place.count is not None]
    named = {place.name for place in places}
    main, _ = _without_asides(statement)
    bounded = dict.fromkeys(side[0] for each in comparisons_in(main) if (side := _side(each)))
    free = [name for name in bounded if isinstance(name, str) and name.endswith("_") and name not in named]
    if len(nameless) == len(free) == 1:
        nameless[0].name = free[0]


def _bounds_all(form: InputFormat) -> bool:
    """Whether the statement bounds every number of the input from both sides."""
    sides = {
        (name, is_low)
        for each in form.comparisons
        if each.sign in ("<=", "<")
        for term, is_low in ((each.right, True), (each.left, False))
        for name in names_of(term)
    }
    return all(
        (each.low is not None or (each.name, True) in sides)
        and (each.high is not None or (each.name, False) in sides)
        for each in form.fields()
        if each.kind is FieldKind.INTEGER
    )


def _same_lines(one: InputFormat, other: InputFormat) -> bool:
    """Whether two formats have the same lines and counts."""

    def lines(blocks: tuple[Block, ...]) -> list[object]:
        return [(b.repeat, [(f.kind, f.count) for f in b.fields], lines(b.inner)) for b in blocks]

    return lines(one.blocks) == lines(other.blocks)


def _laid_out(
    problem: Problem, section: str, examples: list[str], lines: list[Lines], loop: Term | None
) -> InputFormat | None:
    """The format with these lines; None where the examples do not have them."""
    _name_the_nameless(lines, problem.statement)
    cursors = [_Cursor(rows(example), {}) for example in examples]
    texts: dict[str, str] = {}
    try:
        blocks = _fit_all(lines, loop, cursors, texts)
        read = [read_rows(blocks, example) for example in examples]
    except Misfit:
        return None
    seen: dict[str, list[str]] = {}
    lengths: dict[str, list[Mapping[str, int]]] = {}
    for row in (row for each in read for row in each):
        for each, tokens in row.tokens:
            seen.setdefault(each.name, []).extend(tokens)
            lengths.setdefault(each.name, []).extend([row.values] * len(tokens))
    if any(not seen.get(each.name) for each in fields_of(blocks)):
        return None  # no example shows what stands there
    names = {each.name for each in fields_of(blocks)}
    promised = section + "\n\n" + limits_section(problem.statement)
    unread = [*unread_promises(sentences_of(promised)), *_binding_the_unknown(promised, names)]
    comparisons = [*_comparisons(problem.statement, names), *_pairs_that_differ(section, blocks)]
    blocks = tuple(_finished(block, texts, seen, lengths, comparisons, problem.statement) for block in blocks)
    numbers = {side[0] for each in comparisons if (side := _side(each))}
    if any(each.kind is FieldKind.WORD and each.name in numbers for each in fields_of(blocks)):
        return None  # a number is bounded there, and the examples have a word
    blocks, of_no_field = _by_name(blocks, section, limits_section(problem.statement))
    totals = _totals(problem.statement, blocks)
    sums = [] if totals else [each for each in sentences_of(promised) if _SUM.search(each)]
    unread += [*of_no_field, *sums]
    form = InputFormat(blocks, tuple(comparisons), totals, tuple(dict.fromkeys(unread)))
    kept = tuple(
        comparison
        for comparison in comparisons
        if all(why_not(InputFormat(form.blocks, (comparison,)), example) is None for example in examples)
    )
    form = evolve(form, comparisons=kept)
    return form if all(why_not(form, example) is None for example in examples) else None


# --- lines that fit the examples -------------------------------------------------------------------


def _fit_all(
    lines: list[Lines], loop: Term | None, cursors: list[_Cursor], texts: dict[str, str]
) -> tuple[Block, ...]:
    blocks: list[Block] = []
    inner: list[Block] = []
    for number, each in enumerate(lines):
        block = _fit(each, cursors, number)
        texts.update({part.name: each.text for part in block.fields})
        (inner if each.in_loop else blocks).append(block)
    if inner:
        if loop is None:
            raise Misfit("nothing counts the cases")
        blocks.append(Block(loop, inner=tuple(inner)))
    return tuple(blocks)


def _fit(lines: Lines, cursors: list[_Cursor], number: int) -> Block:
    """The block of some lines; moves the cursors behind them.

    Raises:
        Misfit: the examples have no such lines.
    """
    if (side_by_side := _on_one_line(lines, cursors, number)) is not None:
        return side_by_side
    parts: list[tuple[_Cursor, list[Row]]] = []
    for cursor in cursors:
        repeat = value_of(lines.repeat, cursor.values)
        if repeat is None or repeat < 0 or cursor.place + repeat > len(cursor.grid) + 1:
            raise Misfit("no count for the lines")
        found = cursor.grid[cursor.place : cursor.place + repeat]
        parts.append((cursor, found + [()] * (repeat - len(found))))
    all_rows = [(cursor.values, row) for cursor, found in parts for row in found]
    if not all_rows:
        raise Misfit("no example shows the lines")
    for fields in _candidates(lines, all_rows, number):
        if all(_fits(fields, row, values) for values, row in all_rows):
            break
    else:
        raise Misfit("the lines hold something else")
    for cursor, found in parts:
        cursor.place += len(found)
        if lines.repeat == 1 and found:
            split_row(fields, found[0], cursor.values)
    return Block(lines.repeat, tuple(fields))


def _on_one_line(lines: Lines, cursors: list[_Cursor], number: int) -> Block | None:
    """The block where all examples have on one line what the statement puts on lines of their own."""
    if len(lines.places) > 1 or isinstance(lines.repeat, int):
        return None
    for cursor in cursors:
        repeat = value_of(lines.repeat, cursor.values)
        left = cursor.grid[cursor.place :]
        if repeat is None or len(left) != 1 or len(left[0]) != repeat:
            return None
    if all(value_of(lines.repeat, cursor.values) == 1 for cursor in cursors):
        return None
    for cursor in cursors:
        cursor.place += 1
    name = lines.places[0].name if lines.places else f"?{number}.list"
    return Block(1, (Field(name, FieldKind.WORD, Known.EXAMPLES, count=lines.repeat),))


def _fits(fields: Sequence[Field], row: Row, values: Mapping[str, int]) -> bool:
    try:
        split_row(fields, row, dict(values))
    except Misfit:
        return False
    return True


def _field(place: Place, known: Known = Known.STATEMENT) -> Field:
    return Field(place.name, FieldKind.WORD, known, count=place.count)


def _candidates(
    lines: Lines, all_rows: list[tuple[dict[str, int], Row]], number: int
) -> Iterator[list[Field]]:
    """Fields that such lines may have, the likeliest first."""
    places = [place if not place.name.startswith("?") else Place(f"?{number}.{i}", place.count)
              for i, place in enumerate(lines.places)]  # fmt: skip
    indices = [place for place in places if place.name not in ("i", "j")]
    if places:
        yield [_field(place) for place in places]
    if len(indices) < len(places) and any(place.name.endswith("_") for place in places):
        yield [
            _field(place) for place in indices
        ]  # "line i holds a_i" names an index, "a person i and a_i" a value
        places = indices
    if places:
        yield [*map(_field, places), Field(f"?{number}.end", FieldKind.WORD, Known.EXAMPLES)]
    widths = {len(row) for _, row in all_rows}
    scalars = [place for place in places if place.count is None]
    listed = next((place for place in places if place.name.endswith("_") or place.count is not None), None)
    width = min(widths)
    head = all(row and is_integer(row[0]) and int(row[0]) == len(row) - 1 for _, row in all_rows)
    if head and (len(widths) > 1 or len(places) == 2):
        own = scalars[0].name if scalars else f"?{number}.count"
        name = places[1].name if len(places) > 1 else f"?{number}.list"
        yield [_field(Place(own)), _field(Place(name, own))]
    if listed is not None or _PLURAL.search(lines.text) or len(widths) > 1:
        name = listed.name if listed is not None else f"?{number}.list"
        for counter in all_rows[0][0]:
            if not counter.startswith("|") and all(v.get(counter) == len(row) for v, row in all_rows):
                yield [_field(Place(name, counter), Known.EXAMPLES)]
            before = scalars[: scalars.index(listed)] if listed in scalars else []
            if (
                before
                and not counter.startswith("|")
                and all(v.get(counter) == len(row) - len(before) for v, row in all_rows)
            ):
                yield [*map(_field, before), _field(Place(name, counter), Known.EXAMPLES)]
    if len(widths) == 1 and 0 < width <= 12 and (listed is None or listed.count is None):
        named = [_field(place) for place in scalars[:width]]
        yield named + [
            Field(f"?{number}.{place}", FieldKind.WORD, Known.EXAMPLES) for place in range(len(named), width)
        ]


# --- what binds the values -------------------------------------------------------------------------


def _without_asides(statement: str) -> tuple[str, str]:
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


def _comparisons(statement: str, names: set[str]) -> list[Comparison]:
    main, aside = _without_asides(statement)
    found = [each for each in _renamed(comparisons_in(main), names) if each.sign != "="]
    bounded = {name for each in found for name in each.names}
    sides = {side for each in found if (side := _side(each))}
    groups = [line for line in aside.splitlines() if re.search(r"^\s*\|.*\d", line)]
    everywhere = [{_side(each) for each in _renamed(comparisons_in(line), names)} for line in groups]
    late = [
        each
        for each in _renamed(comparisons_in(aside), names)
        if (side := _side(each))
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


def _pairs_that_differ(section: str, blocks: tuple[Block, ...]) -> Iterator[Comparison]:
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


def _side(comparison: Comparison) -> tuple[Term, bool] | None:
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


def _binding_the_unknown(section: str, names: set[str]) -> Iterator[str]:
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


def _by_name(blocks: tuple[Block, ...], section: str, limits: str) -> tuple[tuple[Block, ...], list[str]]:
    """The blocks with what is promised of a variable by its name: "all $a_i$ are distinct", "$t_1 <= t_2 <= … <= t_n$";
    and such promises that are of no variable."""
    names = {each.name for each in fields_of(blocks)}
    distinct: set[str] = set()
    ordered: dict[str, Order] = {}
    unread: list[str] = []
    for sentence in sentences_of(section):
        if _RISING.search(sentence) and _LISTS.search(sentence):
            order = Order.STRICT if re.search(r"strictly|strikt", sentence, re.IGNORECASE) else Order.RISING
            ordered |= {each.name: order for each in fields_of(blocks) if each.count is not None}
    for match in _CHAIN.finditer(normal(section + "\n" + limits)):
        ordered[match[1].partition("_")[0] + "_"] = Order.STRICT if match[2] == "<" else Order.RISING
    for match in _UNEQUAL.finditer(normal(section + "\n" + limits)):
        if match[1] != match[2] and key_of(match[1]) == key_of(match[2]):
            distinct.add(key_of(match[1]))
    for sentence in sentences_of(limits):
        if not _DISTINCT.search(sentence) or _MAY_REPEAT.search(sentence):
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


_SUM = re.compile(r"\b(?:sum|total|product) of\b|\bsumman? av\b|\bsomme des?\b", re.IGNORECASE)
"""A promise about several values together."""


def _totals(statement: str, blocks: tuple[Block, ...]) -> tuple[Total, ...]:
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


# --- kinds, letters, order -------------------------------------------------------------------------

_RISING = re.compile(
    r"\b(?:increasing|ascending|sorted|non-decreasing|nondecreasing)\b|stigande|växande|croissant",
    re.IGNORECASE,
)
_FALLING = re.compile(
    r"(?<!non)(?<!non-)(?<!non )decreasing|descending|fallande|avtagande|décroissant|non-increasing",
    re.IGNORECASE,
)
_DISTINCT = re.compile(
    r"\b(?:distinct|pairwise different|all different|unique|unika|olika|distincts?|more than once|at most once|no two)\b",
    re.IGNORECASE,
)
_CONNECTED = re.compile(
    r"\bconnected (?:graph|network|map)|\b(?:is|are) (?:always |all )?connected(?! (?:by|to|with|via) )|sammanhängande|connexe"
    r"|\b(?:every|each|any)\b[^.]{0,60}\bcan (?:be reached|reach)\b[^.]{0,40}\b(?:every|each|any|all)\b"
    r"|\bpossible to (?:travel|get|go|reach|walk|drive)\b[^.]{0,60}\b(?:every|each|any|all)\b",
    re.IGNORECASE,
)
_MAY_REPEAT = re.compile(
    r"not necessarily|may (?:appear|occur|be)|multiple times|need not|kan förekomma", re.IGNORECASE
)
_RANGES = (
    (r"lower-?\s?case|små bokstäver|minuscules|gemener", "abcdefghijklmnopqrstuvwxyz"),
    (r"upper-?\s?case|capital letter|stora bokstäver|majuscules|versaler", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    (r"\ba[`'\"$]?\s?[-–.]+\s?[`'\"$]?z\b", "abcdefghijklmnopqrstuvwxyz"),
    (r"\bA[`'\"$]?\s?[-–.]+\s?[`'\"$]?Z\b", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    (r"\bdigits\b|\bsiffror\b|\bchiffres\b", "0123456789"),
)


def _finished(
    block: Block,
    texts: Mapping[str, str],
    seen: Mapping[str, list[str]],
    lengths: Mapping[str, list[Mapping[str, int]]],
    comparisons: Sequence[Comparison],
    statement: str,
) -> Block:
    if block.inner:
        inner = tuple(_finished(e, texts, seen, lengths, comparisons, statement) for e in block.inner)
        return evolve(block, inner=inner)
    text = texts[block.fields[0].name] if block.fields else ""
    bounded = {name for each in comparisons for name in each.names}
    fields = tuple(
        _known_field(each, text, seen[each.name], lengths[each.name], bounded, len(block.fields))
        for each in block.fields
    )
    is_many = block.repeat != 1
    distinct = bool(_DISTINCT.search(text)) and not _MAY_REPEAT.search(text)
    pair = [each for each in fields if each.kind is FieldKind.INTEGER and each.count is None]
    structure, vertices = Structure.NONE, ""
    if is_many and len(pair) >= 2 and fields[:2] == tuple(pair[:2]):
        ceiling = [
            c.right
            for c in comparisons
            if c.left == pair[1].name and isinstance(c.right, str) and c.right not in {p.name for p in pair}
        ]
        ceiling = [
            end for end in ceiling if any(c.left == pair[0].name and c.right == end for c in comparisons)
        ]
        if ceiling:
            vertices = str(ceiling[0])
            if block.repeat == Operation("-", vertices, 1) and len(pair) == 2:
                structure = Structure.TREE
            elif _CONNECTED.search(input_section(statement)):
                structure = Structure.CONNECTED
            elif distinct or re.search(r"simple graph|multiple edges", statement, re.IGNORECASE):
                structure = Structure.SIMPLE
    is_column = (
        is_many
        and distinct
        and (len(fields) == 1 or bool(re.search(r"\bno \w+ (?:appears|occurs)", text, re.IGNORECASE)))
    )
    return evolve(
        block,
        fields=tuple(
            evolve(each, distinct=True)
            if distinct and ((is_column and place == 0) or (not is_many and each.count is not None))
            else each
            for place, each in enumerate(fields)
        ),
        distinct_rows=is_many and distinct and not is_column,
        structure=structure,
        vertices=vertices,
    )


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
    says_digits = bool(re.search(r"\bdigits\b|\bstring\b|\bsiffror\b", text, re.IGNORECASE)) and fields == 1
    says_digits = says_digits and each.name not in bounded
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
        if _RISING.search(text) and not _FALLING.search(text) and (is_list or fields == 1):
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
            order=order,
            permutation=is_list and bool(re.search(r"\bpermutation", text, re.IGNORECASE)),
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
            r"[`\"']+([^\s`\"']{1,20})[`\"']+|\$([#_.*@])\$|\b([A-Z])\b(?=[,.]| (?:or|and|eller|och|ou)\b)",
            text,
        )
    ]
    quoted = [each for each in quoted if each not in values[0]]
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
        if named and letters <= set(named):
            alphabet, known = named, Known.STATEMENT
        elif len(set(tokens)) <= 6 and len(tokens) > len(set(tokens)) and max(sizes) > 1:
            words = tuple(dict.fromkeys(tokens))
        elif any(c.isdigit() or not c.isalnum() for c in letters) and max(sizes) > 1 and len(letters) > 4:
            words = tuple(dict.fromkeys(tokens))  # 12:30, d6: other words of that kind would be guessed
        else:
            alphabet = "".join(sorted(letters))
    length: Term | None = None
    length_known = Known.EXAMPLES
    for name in dict.fromkeys(name for known_values in values for name in known_values):
        if not name.startswith("|") and all(
            v.get(name) == size for v, size in zip(values, sizes, strict=True)
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
    return evolve(
        each, low=low, high=high, seen_low=min(sizes), seen_high=max(sizes), length=length, length_known=length_known,
        words=words, alphabet=alphabet, letters_known=known,
    )  # fmt: skip
