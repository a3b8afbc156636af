"""Legal inputs of a format: boundary values first, then families that trip programs, then random ones; and large ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import TypeVar

from attrs import evolve, frozen

from sstar_lsp.engine.test_inputs.input_format.drawing import families
from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    InputFormat,
    Order,
    Structure,
    fields_of,
)
from sstar_lsp.engine.test_inputs.input_format.parse import why_not
from sstar_lsp.engine.test_inputs.input_format.terms import INDEX, Comparison, names_of, value_of

SMALL_TOKENS = 600
"""Most tokens of an input that is not made to measure speed."""
SMALL_ROOM = 4 * SMALL_TOKENS
"""The same where letters of words are counted as well."""
PROBE_TOKENS = 1_000
"""A large input is trusted where one of so many tokens, drawn by the same plan, is legal: to read it whole takes seconds."""
LONGEST_TOKEN = 12
"""Characters of a number with what separates it; what is longer is a word, and pays for its characters."""
GROWS = 1.2
"""A large input that more tokens make no longer than so many times is as long as the statement allows."""
TENTH_OF = 2_000
"""Characters of a large input from which on one of a tenth is made as well."""
FARTHEST = 10**18
"""Bounds above are not looked for in formulas of several variables."""
LOOSE = 0.4
"""Share of the drawings in which pairs that need be no graph are drawn as plain numbers, equal ones among them."""
OTHER_FAMILY = 0.25
"""Share of lists and columns that have another pattern than the plan's."""
TRIES = 60
"""Drawings in a row that may fail before a plan is given up."""
_EDGES = (
    0, 1, -1, 46340, 46341, 65535, 65536, 10**9, 10**9 + 6, 10**9 + 7, 2**31 - 1, 2**31, 2**32 - 1, 2**32,
    3037000499, 3037000500, 10**18, 2**53 + 1, 2**62, 2**63 - 1, 2**63,
)  # fmt: skip
_VALUES = ("low", "high", "near", "any", "edge", "few", "log", "powers", *(("scale",) * 4))
_SCALES = (5, 10, 20, 50, 100, 1000)
_Kind = TypeVar("_Kind")
_Columns = dict[str, list[int]]


class _Unmakable(Exception):
    """This drawing leads nowhere: no value is left, or it grows too large."""


@frozen
class Plan:
    """How one input is drawn."""

    sizes: str
    """``low``, ``high`` (as far as tokens allow), ``few`` (up to four), ``some`` (up to twelve), ``many`` (up to forty)."""
    values: str
    """One of ``low``, ``high``, ``near`` (the bounds), ``any``, ``edge`` (where types end), ``few`` (small values),
    ``log`` (any number of digits), ``powers`` (of two and of ten), ``scale`` (all of one magnitude, what stands alone up
    to four times as large: a capacity beside what it has to hold), ``named`` (numbers that were given)."""
    family: str = ""
    """Pattern of lists and columns: one of :data:`families.LISTS`."""
    tree: str = "random"
    """Shape of trees and graphs: one of :data:`families.GRAPHS`."""
    tokens: int = SMALL_TOKENS
    """Counts are as large as if an input had so many tokens at most …"""
    room: int = 0
    """… and this is the most that it has, each letter of a word being one; 0: as many as ``tokens``."""
    special: str = ""
    """A field that stands at its bound while the others do not; of large inputs, the count that comes first."""
    special_at: str = "high"
    """That bound: ``low`` or ``high``."""


def _plans(form: InputFormat, random: Random, names_numbers: bool) -> Iterator[Plan]:
    for sizes, values in (
        ("low", "low"),
        ("low", "high"),
        ("few", "high"),
        ("few", "low"),
        ("some", "edge"),
        ("some", "near"),
        ("some", "log"),
        ("some", "scale"),
        ("few", "scale"),
    ):
        yield Plan(sizes, values)
    for each in form.fields():
        for bound in ("low", "high"):
            yield Plan("few", random.choice(("few", "any")), special=each.name, special_at=bound)
    yield Plan("high", "any", tokens=SMALL_TOKENS // 4, room=SMALL_ROOM)
    yield Plan("high", "high", tokens=SMALL_TOKENS, room=SMALL_ROOM)
    for family, shape in zip(families.LISTS, families.GRAPHS, strict=True):
        yield Plan("some", "any", family, shape)
        yield Plan("few", "few", family, shape)
    choices = (*_VALUES, "few", "any", *(("named",) * 3 if names_numbers else ()))
    while True:
        yield Plan(
            random.choice(("low", "few", "few", "some", "some", "many")),
            random.choice(choices),
            random.choice((*families.LISTS, "", "", "", "")),
            random.choice(families.GRAPHS),
        )


def format_texts(form: InputFormat, seed: int, numbers: Sequence[int] = ()) -> Iterator[str]:
    """Legal inputs without end, some of them twice; it ends where hundreds of drawings in a row were in vain.

    ``numbers``: values to try, besides those that the format suggests.
    """
    random = Random(f"format {seed}")  # noqa: S311 - test inputs, no secret
    misses = 0
    for plan in _plans(form, random, bool(numbers)):
        text = _drawn(form, plan, random, tries=6, numbers=numbers)
        if text is not None:
            misses = 0
            yield text
        else:
            misses += 1
            if misses > TRIES:
                return


# --- large ones ------------------------------------------------------------------------------------


def _large_plans(form: InputFormat) -> Iterator[Plan]:
    """Ways of being large: values at their bound, in order, many equal; each count first, tests many or long."""
    sizes = list(dict.fromkeys(e.name for e in form.fields() if e.name in _size_names(form.blocks)))
    firsts = sizes if len(sizes) > 1 else [""]
    yield Plan("high", "any")
    yield Plan("high", "high", "equal", "path", special=firsts[0])
    yield Plan("high", "any", "sorted", "caterpillar", special=firsts[-1])
    yield Plan("high", "few", "runs", "star", special=firsts[len(firsts) // 2])
    yield Plan("high", "any", "reversed", "dense")


def largest_of(form: InputFormat, seed: int, characters: int) -> list[str]:
    """Legal inputs as large as the statement and so many characters allow, each large in another way; at most six.

    The first has a tenth of the size: programs that are hopeless are known by it for little.
    """
    found: list[str] = []
    scale = 0.0
    for number, plan in enumerate(_large_plans(form)):
        random = Random(f"largest {seed} {number}")  # noqa: S311 - test inputs, no secret
        text, scale = _largest(form, plan, random, characters, scale)
        if text is not None and not found and len(text) > TENTH_OF:
            tenth, _ = _largest(form, plan, random, len(text) // 10, scale)
            found += [tenth] if tenth is not None else []
        found += [text] if text is not None else []
    return list(dict.fromkeys(found))


def _largest(
    form: InputFormat, plan: Plan, random: Random, characters: int, scale: float
) -> tuple[str | None, float]:
    """An input of at most so many characters, and the scale that it was drawn with: its tokens for each token that
    the length of a small input suggests. ``scale``: where to begin, that of another plan; 0: there was none."""
    probe = _drawn(
        form, evolve(plan, tokens=PROBE_TOKENS, room=LONGEST_TOKEN * PROBE_TOKENS), random, tries=6
    )
    if probe is None:
        return None, scale
    of_probe = characters * (len(probe.split()) + probe.count("\n")) // len(probe)
    tokens = int(of_probe * scale) or max(of_probe, characters // LONGEST_TOKEN)
    longest, used = None, tokens
    for _ in range(6):
        text = _drawn(form, evolve(plan, tokens=tokens, room=characters), random, tries=2)
        if text is None:
            tokens //= 2
            continue
        if len(text) <= characters:
            has_grown = longest is None or len(text) > GROWS * len(longest)
            if has_grown:
                longest, used = text, tokens
            if not has_grown or len(text) > characters // 2:
                break
        tokens = tokens * characters * 9 // (len(text) * 10)
    return longest, used / max(of_probe, 1)


def _drawn(
    form: InputFormat, plan: Plan, random: Random, tries: int, numbers: Sequence[int] = ()
) -> str | None:
    for _ in range(tries):
        try:
            text = _Drawing(form, plan, random, numbers).text()
        except _Unmakable:
            continue
        if len(text) > 10 * PROBE_TOKENS or why_not(form, text) is None:
            return text
    return None


# --- one drawing -----------------------------------------------------------------------------------


class _Drawing:
    """One input being drawn."""

    def __init__(self, form: InputFormat, plan: Plan, random: Random, numbers: Sequence[int]) -> None:
        self._form = form
        self._numbers = numbers
        self._plan = plan
        self._random = random
        self._left = plan.room or plan.tokens
        self._words: dict[str, list[str]] = {}
        """Words drawn so far, by the letters that they may have."""
        self._scale = random.choice(_SCALES)
        self._has_edges = False
        """Whether the columns drawn last are the edges of a graph, no two of them alike where that must be."""
        self._sizes = _size_names(form.blocks)
        self._cap, self._multiplies = _largest_size(form, plan.tokens)
        self._sums = {total.name: total.high for total in form.totals}
        self._bounds: dict[str, list[Comparison]] = {}
        for comparison in form.comparisons:
            for name in comparison.names:
                self._bounds.setdefault(name, []).append(comparison)

    def text(self) -> str:
        lines: list[str] = []
        self._blocks(self._form.blocks, {}, lines)
        return self._form.text_of(lines)

    def _blocks(self, blocks: tuple[Block, ...], values: dict[str, int], lines: list[str]) -> None:
        for block in blocks:
            repeat = value_of(block.repeat, values)
            if repeat is None or repeat < 0:
                raise _Unmakable
            self._pay(repeat)
            if block.inner:
                for _ in range(repeat):
                    self._blocks(block.inner, dict(values), lines)
            elif block.repeat == 1:
                lines.append(" ".join(self._row(block, values, {})))
            elif (rows := self._pictured(block, repeat, values)) is not None:
                lines += rows
            else:
                self._rows(block, repeat, values, lines)

    def _pay(self, tokens: int) -> None:
        self._left -= tokens
        if self._left < 0:
            raise _Unmakable

    # --- rows --------------------------------------------------------------------------------------

    def _pictured(self, block: Block, repeat: int, values: Mapping[str, int]) -> list[str] | None:
        """Rows that are a picture: one word a row, all of one length and of few letters."""
        each = block.fields[0] if len(block.fields) == 1 else None
        if each is None or each.kind is not FieldKind.WORD or each.length is None or each.count is not None:
            return None
        width = value_of(each.length, values)
        if width is None or width < 1 or block.distinct_rows or not 1 < len(each.alphabet) <= 12:
            return None
        self._pay(repeat * width)
        return self._counted(each, families.grid(repeat, width, self._alphabet(each, values), self._random))

    def _rows(self, block: Block, repeat: int, values: Mapping[str, int], lines: list[str]) -> None:
        """Rows that look alike: whole columns where values are free of their neighbours, the rest row by row."""
        if block.variants:
            weights = [self._random.choice((1, 1, 4)) for _ in block.variants]
            for number, fields in enumerate(self._random.choices(block.variants, weights, k=repeat), 1):
                lines.append(" ".join(self._row(Block(1, fields), {**values, INDEX: number}, {})))
            return
        columns = self._columns(block, repeat, values)
        names = [each.name for each in block.fields]
        is_graph = block.structure is not Structure.NONE
        is_free = not block.distinct_rows and (not is_graph or self._has_edges)
        if is_free and all(name in columns for name in names) and self._differ(names, columns):
            self._pay(repeat * len(names))
            lines += map(" ".join, zip(*(map(str, columns[name]) for name in names), strict=True))
            return
        first = block.fields[0]
        must_differ = block.distinct_rows or is_graph or (first.kind is FieldKind.WORD and first.distinct)
        made: set[tuple[str, ...]] = set()
        for number in range(repeat):
            given = {name: column[number] for name, column in columns.items()}
            for _ in range(20):
                row = self._row(block, {**values, INDEX: number + block.first}, given)
                key = tuple(sorted(row[:2])) if is_graph else tuple(row[: _telling_apart(block)])
                is_loop = is_graph and row[0] == row[1]
                if not is_loop and not (key in made and must_differ):
                    break
                if block.structure is Structure.TREE or self._has_own_column(block):
                    raise _Unmakable
                given = {}
            else:
                raise _Unmakable
            made.add(key)
            lines.append(" ".join(row))

    def _differ(self, names: Sequence[str], columns: _Columns) -> bool:
        """Whether all values of a row differ that must."""
        pairs = {c.names for name in names for c in self._bounds.get(name, ()) if c.sign == "!="}
        return all(
            pair <= set(names) and all(map(int.__ne__, *(columns[name] for name in pair))) for pair in pairs
        )

    def _has_own_column(self, block: Block) -> bool:
        numbers = [each for each in block.fields if each.kind is not FieldKind.WORD]
        return any(each.distinct or each.order is not Order.NONE for each in numbers)

    def _columns(self, block: Block, repeat: int, values: Mapping[str, int]) -> _Columns:
        """Values, over all rows, of the edges of a graph and of integers whose limits no other value of the row moves."""
        found = self._edges(block, repeat, values)
        own = {each.name for each in block.fields}
        for each in block.fields:
            if each.name in found or each.count is not None or each.kind is not FieldKind.INTEGER:
                continue
            others = {
                name
                for comparison in self._bounds.get(each.name, ())
                if comparison.sign != "!="
                for name in comparison.names & {*own, INDEX}
            }
            if others <= {each.name} and each.name not in self._sizes:
                found[each.name] = self._list(each, repeat, values)
        return found

    def _edges(self, block: Block, repeat: int, values: Mapping[str, int]) -> _Columns:
        """The two columns of a graph's edges; empty where the rows are none."""
        self._has_edges = False
        vertices = values.get(block.vertices, 0)
        ends = block.fields[:2]
        if not block.vertices or len(ends) < 2:
            return {}
        is_loose = block.structure is Structure.NONE and self._plan.tokens <= SMALL_TOKENS
        if is_loose and self._random.random() < LOOSE:
            return {}
        lows = [self._limits(each, each.name, values)[0] for each in ends]
        is_tree = block.structure is Structure.TREE
        needs_tree = is_tree or block.structure is Structure.CONNECTED
        if needs_tree and not vertices - 1 <= repeat <= max(vertices - 1, vertices * (vertices - 1) // 2):
            raise _Unmakable
        shape = self._plan.tree
        if needs_tree:
            pairs = families.tree(vertices, shape, self._random)
            pairs += families.edges(vertices, repeat - len(pairs), "random", self._random)
        else:
            pairs = families.edges(vertices, repeat, shape, self._random)
        if len(pairs) != repeat:
            return {}
        if block.structure is not Structure.NONE and repeat > vertices * (vertices - 1) // 2:
            raise _Unmakable
        if block.structure in (Structure.CONNECTED, Structure.SIMPLE):
            pairs = self._without_repeats(pairs, vertices)
        used = sorted({vertex for pair in pairs for vertex in pair})
        is_renamed = self._random.random() < 0.5
        # of as many vertices as there are edges, however many the graph has: 10^9 would not fit into memory
        names = dict(
            zip(used, self._random.sample(range(vertices), len(used)) if is_renamed else used, strict=True)
        )
        if self._random.random() < 0.5:
            self._random.shuffle(pairs)
        rows = [(names[one] + lows[0], names[other] + lows[1]) for one, other in pairs]
        both = {each.name for each in ends}
        bound = [c for c in self._form.comparisons if c.names == both and c.sign != "!="]

        def holds(row: tuple[int, int]) -> bool:
            return all(c.holds({ends[0].name: row[0], ends[1].name: row[1]}) for c in bound)

        if bound:
            rows = [row if holds(row) else (row[1], row[0]) for row in rows]
            if lows[0] != lows[1] or not all(map(holds, rows)):
                return {}
        self._has_edges = True
        return {each.name: [row[place] for row in rows] for place, each in enumerate(ends)}

    def _without_repeats(self, pairs: Sequence[tuple[int, int]], vertices: int) -> list[tuple[int, int]]:
        """As many pairs, no two of them alike in either order."""
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for pair in pairs:
            found.setdefault((min(pair), max(pair)), pair)
        for _ in range(40 * (len(pairs) + 1)):
            if len(found) == len(pairs):
                return list(found.values())
            one, other = self._random.randrange(vertices), self._random.randrange(vertices)
            if one != other:
                found.setdefault((min(one, other), max(one, other)), (one, other))
        raise _Unmakable

    def _row(self, block: Block, values: dict[str, int], given: Mapping[str, int]) -> list[str]:
        row: list[str] = []
        for each in block.fields:
            count = 1 if each.count is None else value_of(each.count, values)
            if count is None or count < 0:
                raise _Unmakable
            self._pay(count)
            if each.kind is FieldKind.WORD:
                row += [self._word(each, values) for _ in range(count)]
                if each.count is None:
                    values[f"|{each.name}|"] = len(row[-1])
                    if each.length_name:
                        values[each.length_name] = len(row[-1])
            elif each.kind is FieldKind.DECIMAL:
                row += [self._decimal(each, values) for _ in range(count)]
            elif each.count is not None:
                row += map(str, self._list(each, count, values))
            else:
                is_given = each.name in given and self._is_unequal(each.name, given[each.name], values)
                value = given[each.name] if is_given else self._integer(each, values)
                values[each.name] = value
                row.append(str(value))
        return row

    # --- values ------------------------------------------------------------------------------------

    def _limits(self, each: Field, name: str, values: Mapping[str, int]) -> tuple[int, int]:
        """Smallest and largest value that the field may have now."""
        low, high = each.low, each.high
        rest: list[Comparison] = []
        for comparison in self._bounds.get(name, ()):
            if comparison.sign == "!=":
                continue
            strict = comparison.sign == "<"
            if comparison.right == name and (value := value_of(comparison.left, values)) is not None:
                low = value + strict if low is None else max(low, value + strict)
            elif comparison.left == name and (value := value_of(comparison.right, values)) is not None:
                high = value - strict if high is None else min(high, value - strict)
            else:
                rest.append(comparison)
        if low is None:
            low = min(each.seen_low, high) if high is not None else each.seen_low
        if high is None and each.ceiling in values:
            ceiling = values[each.ceiling]
            high = ceiling if each.ceiling in self._sizes else min(each.seen_high, ceiling)
            low = min(low, high)
        if high is None:
            high = max(each.seen_high, low, *(_reach(c, name, low, values) for c in rest))
        if low > high:
            raise _Unmakable
        for comparison in rest:
            low, high = _narrowed(comparison, name, values, low, high)
        if each.odd is not None and name == each.name:
            low, high = low + (low % 2 != each.odd), high - (high % 2 != each.odd)
            if low > high:
                raise _Unmakable
        return low, high

    def _is_unequal(self, name: str, value: int, values: Mapping[str, int]) -> bool:
        """Whether all that the value must differ from does."""
        unequal = [c for c in self._bounds.get(name, ()) if c.sign == "!="]
        return not unequal or all(c.holds({**values, name: value}) for c in unequal)

    def _integer(self, each: Field, values: Mapping[str, int]) -> int:
        low, high = self._limits(each, each.name, values)
        if each.name in self._sums:
            high = min(high, self._sums[each.name])
            if high < low:
                raise _Unmakable
        for _ in range(20):
            value = self._size(low, high, each) if each.name in self._sizes else self._single(low, high, each)
            if not self._is_unequal(each.name, value, values):
                value = self._random.randint(low, min(high, low + 20))
            if each.odd is not None:
                value -= (value - low) % 2
            if self._is_unequal(each.name, value, values):
                if each.name in self._sums:
                    self._sums[each.name] -= value
                return value
        raise _Unmakable

    def _size(self, low: int, high: int, each: Field) -> int:
        plan = self._plan
        if plan.sizes == "high":
            return max(low, min(high, self._high_size(each)))
        if each.name == plan.special and plan.special_at == "low":
            return low
        if plan.sizes == "low":
            return min(high, low + self._random.choice((0, 0, 0, 1)))
        most = min(high, max(low, 0) + {"few": 3, "some": 12}.get(plan.sizes, min(40, self._cap)))
        return self._random.randint(low, max(low, most))

    def _high_size(self, each: Field) -> int:
        """A count as large as tokens allow: all alike, or where counts multiply, one large and the others small."""
        if not (self._plan.special and self._multiplies):
            return self._cap
        if each.name != self._plan.special:
            return 2
        return max(2, self._plan.tokens // (2 * max(map(_cost_of, self._form.blocks))))

    def _single(self, low: int, high: int, each: Field) -> int:
        """A value that is no member of a list; in large inputs every second time the largest one: that may make a problem hard, or trivial."""
        if self._plan.tokens > SMALL_TOKENS and self._plan.family and self._random.random() < 0.5:
            return high
        factor = self._random.choice((1, 1, 2, 4)) if self._plan.values == "scale" else 1
        return self._drawer(low, high, each, self._scale * factor)()

    def _value(self, low: int, high: int, each: Field) -> int:
        return self._drawer(low, high, each, self._scale)()

    def _drawer(self, low: int, high: int, each: Field, scale: int) -> Callable[[], int]:
        """What draws values of a field within limits, by the plan."""
        random, how = self._random, self._plan.values
        if self._plan.special and self._plan.sizes != "high":
            if self._plan.special == each.name:
                how = self._plan.special_at
            elif how not in ("few", "any"):
                how = "any"
        match how:
            case "low":
                return lambda: low
            case "high":
                return lambda: high
            case "near":
                near = [min(high, max(low, value)) for value in (low, low + 1, high - 1, high)]
                return lambda: random.choice(near)
            case "edge":
                edges = [edge for edge in _EDGES if low <= edge <= high] or [low, high]
                return lambda: random.choice(edges)
            case "named":
                named = [number for number in self._numbers if low <= number <= high] or [low, high]
                return lambda: random.choice(named)
            case "powers":
                powers = families.powers(low, high) or [low, high]
                return lambda: random.choice(powers)
            case "log":
                return lambda: self._of_any_length(low, high)
            case "few":
                near_zero = _near_zero(low, high, 3 if low <= 0 <= high else 4)
                return lambda: random.choice(near_zero)
            case "scale":
                low, high = _near_zero(low, high, scale)[0], _near_zero(low, high, scale)[-1]
        span = high - low + 1
        if span < 2**50:
            return lambda: low + int(random.random() * span)
        return lambda: random.randint(low, high)

    def _of_any_length(self, low: int, high: int) -> int:
        """A value that has one digit as often as ten."""
        nearest = low if low > 0 else min(high, 0) if high <= 0 else 0
        side = (
            high
            if nearest >= low and (high - nearest >= nearest - low or self._random.random() < 0.5)
            else low
        )
        room = abs(side - nearest)
        step = min(room, int(math.exp(self._random.random() * math.log(room + 1)))) if room else 0
        return nearest + (step if side >= nearest else -step)

    def _list(self, each: Field, count: int, values: Mapping[str, int]) -> list[int]:
        """Values of a list or column in a pattern; most columns of an input have the same one."""
        family = self._plan.family
        if family and self._random.random() < OTHER_FAMILY:
            family = self._random.choice(families.LISTS)
        if each.permutation:
            return families.permuted(list(range(1, count + 1)), family, self._random)
        if count == 0:
            return []
        if any(INDEX in c.names for c in self._bounds.get(each.name, ())):
            places = range(each.first, each.first + count)
            return [self._integer(each, {**values, INDEX: place}) for place in places]
        low, high = self._limits(each, each.name, values)
        if each.distinct or each.order is Order.STRICT:
            numbers = sorted(self._distinct(low, high, count, 1 if each.odd is None else 2))
            if each.order is not Order.NONE:
                return numbers
            return families.permuted(numbers, family, self._random)
        if each.different is not None:
            numbers = self._of_kinds(self._distinct(low, high, self._kinds(each, count, values)), count)
            return families.permuted(numbers, family, self._random)
        draw = self._drawer(low, high, each, self._scale)
        numbers = [draw() for _ in range(count)]
        if each.odd is not None:
            numbers = [number - (number - low) % 2 for number in numbers]
        numbers = families.arranged(numbers, family, self._random)
        return numbers if each.order is Order.NONE else sorted(numbers)

    def _distinct(self, low: int, high: int, count: int, step: int = 1) -> list[int]:
        """Different values of a range, ``step`` or more apart; both ends are values."""
        if (high - low) // step + 1 < count:
            raise _Unmakable
        top = min(high, low + 2 * step * count) if self._plan.values in ("few", "low") else high
        bottom = max(low, high - 2 * step * count) if self._plan.values == "high" else low
        return self._random.sample(range(bottom, top + 1, step), count)

    def _kinds(self, each: Field, count: int, values: Mapping[str, int]) -> int:
        """How many different values so many tokens or characters have."""
        kinds = value_of(each.different, values) if each.different is not None else None
        if kinds is None or not min(1, count) <= kinds <= count:
            raise _Unmakable
        return kinds

    def _of_kinds(self, kinds: Sequence[_Kind], count: int) -> list[_Kind]:
        """So many values, each of the kinds at least once."""
        found = [*kinds, *(self._random.choice(kinds) for _ in range(count - len(kinds)))]
        self._random.shuffle(found)
        return found

    def _decimal(self, each: Field, values: dict[str, int]) -> str:
        low, high = self._limits(each, each.name, values)
        value = self._value(low, high, each)
        values[each.name] = value
        if each.decimals == 0 or value == high:
            return str(value)
        digits = "".join(self._random.choice("0123456789") for _ in range(each.decimals))
        if value < 0:
            return f"{value + 1}.{digits}" if value + 1 < 0 else f"-0.{digits}"
        return f"{value}.{digits}"

    def _word(self, each: Field, values: Mapping[str, int]) -> str:
        if each.words:
            return self._random.choice(each.words)
        if each.length is not None:
            size = value_of(each.length, values)
            if size is None or size < 0:
                raise _Unmakable
        else:
            has_total = f"|{each.name}|" in self._sums
            drawn = self._words.get(each.alphabet)
            if drawn and not has_total and self._random.random() < 0.35:
                return self._random.choice(drawn)
            size = self._word_size(each, values)
        key = f"|{each.name}|"
        if key in self._sums:
            self._sums[key] -= size
            if self._sums[key] < 0:
                raise _Unmakable
        self._pay(size)
        alphabet = self._alphabet(each, values) or "a"
        if each.different is not None:
            kinds = self._kinds(each, min(size, len(alphabet)), values)
            word = "".join(self._of_kinds(self._random.sample(alphabet, kinds), size))
        else:
            word = self._counted(each, [families.word(size, alphabet, self._random)])[0] if size else ""
        if each.is_capitalized:
            word = word.capitalize()
        if each.length is None:
            self._words.setdefault(each.alphabet, []).append(word)
        return word

    def _alphabet(self, each: Field, values: Mapping[str, int]) -> str:
        letters = len(each.alphabet) if each.first_letters is None else value_of(each.first_letters, values)
        return each.alphabet[: max(letters or 0, 1)]

    def _counted(self, each: Field, lines: Sequence[str]) -> list[str]:
        """The words of a picture with each letter as often as it has to come."""
        if not each.letter_counts:
            return list(lines)
        width = len(lines[0]) if lines else 0
        signs = list("".join(lines))
        bound = {letter for count in each.letter_counts for letter in count.letters}
        free = [letter for letter in each.alphabet if letter not in bound]
        kept: set[int] = set()
        for count in each.letter_counts:
            places = [place for place, sign in enumerate(signs) if sign in count.letters]
            self._random.shuffle(places)
            extra = places[count.number :] if count.is_exact else []
            taken = kept | set(places)
            others = [place for place in range(len(signs)) if place not in taken]
            missing = max(0, count.number - len(places))
            if missing > len(others) or (extra and not free):
                raise _Unmakable
            for place in extra:
                signs[place] = self._random.choice(free)
            for place in self._random.sample(others, missing):
                signs[place] = self._random.choice(count.letters)
                places.append(place)
            kept |= set(places) - set(extra)
        return ["".join(signs[place : place + width]) for place in range(0, len(signs), width or 1)]

    def _word_size(self, each: Field, values: Mapping[str, int]) -> int:
        """Length of a word that no term gives; it is the size of the input where nothing else is counted."""
        low, high = self._limits(each, each.length_name or f"|{each.name}|", values)
        low, high = max(low, 1), min(high, self._sums.get(f"|{each.name}|", high))
        sizes = self._plan.sizes if each.count is None and not self._sizes else "some"
        if sizes == "low":
            return low
        if sizes == "high":
            return max(low, min(high, self._left))
        return self._random.randint(low, max(low, min(high, 12)))


def _telling_apart(block: Block) -> int:
    """How many of the first values of a line differ from those of each other line, where lines have to: a name, or two numbers.
    What a statement calls two of the same may differ in the rest ("no two roads join the same towns"), so what is drawn does not.
    """
    first = block.fields[0]
    return 1 if first.kind is FieldKind.WORD and not first.words else 2


def _size_names(blocks: tuple[Block, ...]) -> frozenset[str]:
    """Variables that count lines, tokens or characters."""
    names: frozenset[str] = frozenset()
    for block in blocks:
        names |= names_of(block.repeat) | _size_names(block.inner)
        names |= {block.vertices} if block.vertices else frozenset()
    for each in fields_of(blocks):
        for term in (each.count, each.length):
            names |= names_of(term) if term is not None else frozenset()
    return names


def _largest_size(form: InputFormat, tokens: int) -> tuple[int, bool]:
    """Value of each count with which an input has about so many tokens, and whether counts multiply."""
    cost = 1
    multiplies = False
    for block in form.blocks:
        repeats = bool(names_of(block.repeat))
        if repeats:
            cost += 1 + max(
                sum(e.count if isinstance(e.count, int) else 1 for e in kind) for kind in block.kinds()
            )
        long = [
            e for e in block.fields if (e.count and names_of(e.count)) or (e.length and names_of(e.length))
        ]
        cost += 2 * len(long)
        multiplies |= repeats and (bool(long) or bool(block.inner) or len(names_of(block.repeat)) > 1)
    tokens = min([tokens, *(total.high * cost for total in form.totals)])
    return max(2, int((tokens // cost) ** 0.5) if multiplies else tokens // cost), multiplies


def _cost_of(block: Block) -> int:
    """Tokens of a block's lines once, its counts being 2."""
    if block.inner:
        return 1 + sum((1 if each.repeat == 1 else 2) * _cost_of(each) for each in block.inner)
    return 1 + sum(1 if each.count is None and each.length is None else 2 for each in block.fields)


def _reach(comparison: Comparison, name: str, low: int, values: Mapping[str, int]) -> int:
    """The largest value of a variable with which a comparison holds if all that is not known yet has that value too;
    ``low`` where it sets no bound."""

    def holds(value: int) -> bool:
        return comparison.holds({**dict.fromkeys(comparison.names, value), **values, name: value})

    step = 1
    while step < FARTHEST and holds(low + step):
        step *= 2
    if step >= FARTHEST or not holds(low):
        return low
    inside, outside = low + step // 2, low + step
    while outside - inside > 1:
        middle = (inside + outside) // 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside


def _near_zero(low: int, high: int, room: int) -> range:
    """The values of a range that are nearest to zero, so far as there is room."""
    if low <= 0 <= high:
        return range(max(low, -room), min(high, room) + 1)
    return range(low, min(high, low + room) + 1) if low > 0 else range(max(low, high - room), high + 1)


def _narrowed(
    comparison: Comparison, name: str, values: Mapping[str, int], low: int, high: int
) -> tuple[int, int]:
    """The part of a range where the comparison holds, which grows or falls with the variable.

    Raises:
        _Unmakable: it holds at neither end.
    """

    def holds(value: int) -> bool:
        return comparison.holds({**values, name: value})

    if holds(low) and holds(high):
        return low, high
    if not holds(low) and not holds(high):
        raise _Unmakable
    keeps_low = holds(low)
    inside, outside = (low, high) if keeps_low else (high, low)
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if holds(middle):
            inside = middle
        else:
            outside = middle
    return (low, inside) if keeps_low else (inside, high)
