"""From a problem to the format of its input: what the statement tells, made to fit all examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from attrs import evolve, mutable

from sstar_lsp.engine.test_inputs.example_shape import Row, blank_ends_of, is_integer, rows
from sstar_lsp.engine.test_inputs.input_format.fields import finished
from sstar_lsp.engine.test_inputs.input_format.layout import layouts
from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    InputFormat,
    Known,
    Order,
    Structure,
    fields_of,
    lines_of_blocks,
    variables_of,
)
from sstar_lsp.engine.test_inputs.input_format.parse import Misfit, read_rows, split_row, why_not
from sstar_lsp.engine.test_inputs.input_format.picture import pictured_lines
from sstar_lsp.engine.test_inputs.input_format.promises.inequalities import (
    binding_the_unknown,
    bounds_in_words,
    bounds_of_names,
    of_magnitudes,
    pairs_that_differ,
    side_of,
    without_asides,
)
from sstar_lsp.engine.test_inputs.input_format.promises.of_variables import promised_by_name
from sstar_lsp.engine.test_inputs.input_format.promises.phrases import DISTINCT, RISING, SUM
from sstar_lsp.engine.test_inputs.input_format.promises.totals import totals_of
from sstar_lsp.engine.test_inputs.input_format.promises.unread import (
    fixed_values,
    guessed_forms,
    is_kept,
    unknown_limits,
    unread_promises,
)
from sstar_lsp.engine.test_inputs.input_format.row_forms import usable
from sstar_lsp.engine.test_inputs.input_format.sentences import (
    Lines,
    Place,
    input_section,
    letters_told,
    limits_section,
    lines_of,
    sentences_of,
    with_one_spelling,
    without_doubtful,
    without_examples,
)
from sstar_lsp.engine.test_inputs.input_format.terms import (
    INDEX,
    Term,
    comparisons_in,
    names_of,
    normal,
    value_of,
    with_labels,
)
from sstar_lsp.records import Problem, Style

LARGEST_EXAMPLES = 100_000
"""Characters of examples that are read."""
_PLURAL = re.compile(
    r"integers|numbers|values|elements|words|heltal|tal|entiers|nombres|numbers", re.IGNORECASE
)


@mutable
class _Cursor:
    """Where in an example we are."""

    grid: list[Row]
    values: dict[str, int]
    place: int = 0


@lru_cache(maxsize=64)
def format_of(problem: Problem) -> InputFormat | None:
    """The format of a stdin-style problem's input; None where statement and examples do not tell it whole."""
    examples = [test.input for test in problem.public_tests if test.input.strip()]
    if problem.style is not Style.STDIN or not examples or sum(map(len, examples)) > LARGEST_EXAMPLES:
        return None
    form = _format(with_labels(with_one_spelling(problem.statement)), examples)
    return None if form is None else evolve(form, blank_ends=blank_ends_of(examples))


def _format(statement: str, examples: list[str]) -> InputFormat | None:
    """The format of the input, told by a picture of it, else by sentences about its lines, else by the variables' order."""
    section, limits = input_section(statement), limits_section(statement)
    pictured = pictured_lines(section, limits)
    form = _laid_out(statement, section, limits, examples, *pictured) if pictured else None
    if form is not None:
        return evolve(form, unread=(*form.unread, *unknown_limits(limits, form.blocks)))
    lines, loop = lines_of(section)
    for told in (lines, without_doubtful(lines)) if lines else ():
        form = form or _laid_out(statement, section, limits, examples, told, loop)
    section = section or without_examples(statement)
    if form is None:
        grids = [rows(example) for example in examples]
        tried = (
            _laid_out(statement, section, limits, examples, *layout) for layout in layouts(section, grids)
        )
        fitting = [form for form in tried if form is not None and _bounds_all(form)]
        if fitting and all(_same_lines(fitting[0], other) for other in fitting):
            form = fitting[0]
    return form


def _name_the_nameless(lines: list[Lines], statement: str) -> None:
    """Name lists without a name by the indexed variables that have bounds and no place: the only one by the only one ("$n$ integers …
    $1 <= a_i <= 9$"), or each by the one that its text speaks of ("$n$ integers. The $i$-th is $a_i$")."""
    places = [place for each in lines for place in each.places]
    nameless = [place for place in places if place.name.startswith("?") and place.count is not None]
    named = {place.name for place in places}
    main, _ = without_asides(statement)
    bounded = dict.fromkeys(side[0] for each in comparisons_in(main) if (side := side_of(each)))
    free = [name for name in bounded if isinstance(name, str) and name.endswith("_") and name not in named]
    if len(nameless) == len(free) == 1:
        nameless[0].name = free[0]
        return
    for each in lines:
        spoken = [name for name in free if re.search(rf"(?<![A-Za-z]){name}\{{?[ij]\b", normal(each.text))]
        lists = [place for place in each.places if place in nameless]
        if len(lists) == len(spoken) == 1:
            lists[0].name = spoken[0]


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
        return [(b.repeat, [(f.kind, f.count) for f in fields_of((b,))], lines(b.inner)) for b in blocks]

    return lines(one.blocks) == lines(other.blocks)


def _laid_out(
    statement: str, section: str, limits: str, examples: list[str], lines: list[Lines], loop: Term | None
) -> InputFormat | None:
    """The format with these lines; None where the examples do not have them."""
    _name_the_nameless(lines, statement)
    cursors = [_Cursor(rows(example), {}) for example in examples]
    texts: dict[str, str] = {}
    try:
        blocks = _fit_all(lines, loop, cursors, texts)
        read = [read_rows(blocks, example) for example in examples]
    except Misfit:
        return None
    for each in fields_of(blocks):
        texts[each.name] = " ".join([texts[each.name], *letters_told(limits, each.name)])
    seen: dict[str, list[str]] = {}
    lengths: dict[str, list[Mapping[str, int]]] = {}
    for row in (row for each in read for row in each):
        for each, tokens in row.tokens:
            seen.setdefault(each.name, []).extend(tokens)
            lengths.setdefault(each.name, []).extend([row.values] * len(tokens))
    if any(not (seen.get(each.name) or each.words) for each in fields_of(blocks)):
        return None  # no example shows what stands there
    names = variables_of(blocks)
    promised = section + "\n\n" + limits
    unread = [*unread_promises(sentences_of(promised)), *binding_the_unknown(promised, names)]
    of_places = [
        each
        for each in bounds_of_names(statement, names)
        if INDEX not in each.names or each.source in normal(promised)
    ]
    comparisons = [*of_places, *pairs_that_differ(section, blocks)]
    bounded = {name for each in comparisons for name in each.names}
    comparisons += [each for each in bounds_in_words(blocks, texts) if not each.names <= bounded]
    blocks = tuple(finished(block, texts, seen, lengths, comparisons, statement) for block in blocks)
    measured = {each.name for each in fields_of(blocks) if each.kind is not FieldKind.WORD}
    comparisons = list(of_magnitudes(comparisons, measured))
    numbers = {side[0] for each in comparisons if (side := side_of(each))}
    if any(
        each.kind is FieldKind.WORD and each.name in numbers and each.length is None
        for each in fields_of(blocks)
    ):
        return None  # a number is bounded there, and the examples have a word
    blocks, of_no_field = promised_by_name(blocks, section, limits, comparisons)
    if any(why_not(InputFormat(blocks), example) for example in examples):
        blocks = tuple(map(_without_promises, blocks))
    totals = totals_of(statement, blocks)
    sums = [] if totals else [each for each in sentences_of(promised) if SUM.search(each)]
    ordered = [
        each.source
        for each in fields_of(blocks)
        if each.kind is FieldKind.WORD and RISING.search(each.source)
    ]
    of_kinds = [texts[b.variants[0][0].name] for b in lines_of_blocks(blocks) if b.variants]
    of_all = [text for text in of_kinds if DISTINCT.search(text) or RISING.search(text)]
    unread = [*unread, *guessed_forms(blocks, texts), *fixed_values(limits, comparisons, names)]
    unread = [*of_all, *(each for each in unread if not is_kept(each, blocks)), *of_no_field, *sums, *ordered]
    kept = tuple(
        each
        for each in comparisons
        if all(why_not(InputFormat(blocks, (each,)), example) is None for example in examples)
    )
    broken = [each.source for each in comparisons if each not in kept and side_of(each) is None]
    form = InputFormat(blocks, kept, totals, tuple(dict.fromkeys([*unread, *broken])))
    return form if all(why_not(form, example) is None for example in examples) else None


def _without_promises(block: Block) -> Block:
    """The block with nothing promised of the values of a list or of rows together: what an example breaks was no promise ("the
    times at which the different teams arrive")."""
    return evolve(
        block,
        fields=tuple(
            evolve(
                each,
                distinct=False,
                order=Order.NONE,
                permutation=False,
                odd=None,
                different=None,
                letter_counts=(),
            )
            for each in block.fields
        ),
        inner=tuple(map(_without_promises, block.inner)),
        distinct_rows=False,
        structure=Structure.NONE,
        vertices="",
    )


# --- lines that fit the examples -------------------------------------------------------------------


def _fit_all(
    lines: list[Lines], loop: Term | None, cursors: list[_Cursor], texts: dict[str, str]
) -> tuple[Block, ...]:
    blocks: list[Block] = []
    inner: list[Block] = []
    for number, each in enumerate(lines):
        block = _fit(each, cursors, number)
        texts.update({part.name: each.text for part in fields_of((block,))})
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
    if (variants := _variants(lines, all_rows, number)) is not None:
        for cursor, found in parts:
            cursor.place += len(found)
        return variants
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


def _variants(lines: Lines, all_rows: list[tuple[dict[str, int], Row]], number: int) -> Block | None:
    """The block of lines of several kinds; None where the examples have others."""
    forms = usable(lines.forms)
    first_words = {row[0] for _, row in all_rows if row}
    others = tuple(sorted(first_words - {form.key for form in forms}))
    block = Block(
        lines.repeat,
        variants=tuple(
            (_first_word(f"?{number}.{form.key}", (form.key,) if form.key else others),
             *(Field(name, FieldKind.WORD, Known.STATEMENT) for name in form.names))
            for form in forms if (form.key in first_words or form.names) and (form.key or others)
        ),
    )  # fmt: skip
    kinds = [block.fields_of(row) for _, row in all_rows]
    is_told = block.variants and len(set(filter(None, kinds))) > 1
    fits = (kind and _fits(kind, row, values) for kind, (values, row) in zip(kinds, all_rows, strict=True))
    return block if is_told and all(fits) else None


def _first_word(name: str, words: tuple[str, ...]) -> Field:
    return Field(name, FieldKind.WORD, Known.STATEMENT, words=words, letters_known=Known.STATEMENT)


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
    return Field(
        place.name, FieldKind.WORD, known, count=place.count, length_name=place.length, first=place.first
    )


def _is_joined(places: Sequence[Place], values: Mapping[str, int], row: Row) -> bool:
    """Whether what the statement counts stands on a line without blanks: $n$ digits as one word of $n$ characters."""
    return len(row) == len(places) and all(
        place.count is None or value_of(place.count, values) == len(token)
        for place, token in zip(places, row, strict=True)
    )


def _candidates(
    lines: Lines, all_rows: list[tuple[dict[str, int], Row]], number: int
) -> Iterator[list[Field]]:
    """Fields that such lines may have, the likeliest first."""
    places = [place if not place.name.startswith("?") else evolve(place, name=f"?{number}.{i}")
              for i, place in enumerate(lines.places)]  # fmt: skip
    if places:
        yield [_field(place) for place in places]
    places = [place for place in places if place.name not in lines.again] or places
    indices = [place for place in places if place.name not in ("i", "j")]
    if lines.again and places:
        yield [_field(place) for place in places]
    if len(indices) < len(places) and any(place.name.endswith("_") for place in places):
        yield [
            _field(place) for place in indices
        ]  # "line i holds a_i" names an index, "a person i and a_i" a value
        places = indices
    if places:
        if any(place.count is not None for place in places) and all(
            _is_joined(places, *each) for each in all_rows
        ):
            yield [evolve(_field(place), count=None, length=place.count) for place in places]
        yield [*map(_field, places), Field(f"?{number}.end", FieldKind.WORD, Known.EXAMPLES)]
    widths = {len(row) for _, row in all_rows}
    scalars = [place for place in places if place.count is None]
    listed = next((place for place in places if place.name.endswith("_") or place.count is not None), None)
    width = min(widths)
    head = all(row and is_integer(row[0]) and int(row[0]) == len(row) - 1 for _, row in all_rows)
    if head and len(widths) > 1:
        own = scalars[0].name if scalars else f"?{number}.count"
        name = places[1].name if len(places) > 1 else f"?{number}.list"
        yield [_field(Place(own)), _field(Place(name, own))]
    if listed is not None or _PLURAL.search(lines.text) or len(widths) > 1:
        name = listed.name if listed is not None else f"?{number}.list"
        for counter in all_rows[0][0]:
            is_told = re.search(rf"(?<![a-z]){re.escape(counter)}(?![a-z])", lines.text)
            if counter.startswith("|") or (lines.in_loop and len(widths) == 1 and not is_told):
                continue  # the number of cases may be as large as a line is wide
            if all(v.get(counter) == len(row) for v, row in all_rows):
                yield [_field(Place(name, counter), Known.EXAMPLES)]
            before = scalars[: scalars.index(listed)] if listed in scalars else []
            if before and all(v.get(counter) == len(row) - len(before) for v, row in all_rows):
                yield [*map(_field, before), _field(Place(name, counter), Known.EXAMPLES)]
    if len(widths) == 1 and 0 < width <= 12 and (listed is None or listed.count is None):
        named = [_field(place) for place in scalars[:width]]
        yield named + [
            Field(f"?{number}.{place}", FieldKind.WORD, Known.EXAMPLES) for place in range(len(named), width)
        ]
