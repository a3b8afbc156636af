"""Legal inputs of a format: boundary values first, then families that trip programs, then random ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from attrs import frozen

from sstar_lsp.engine.input_format.model import (
    Block,
    Field,
    FieldKind,
    InputFormat,
    Order,
    Piece,
    Structure,
    fields_of,
)
from sstar_lsp.engine.input_format.parse import why_not
from sstar_lsp.engine.input_format.terms import Comparison, names_of, value_of

SMALL_TOKENS = 600
"""Most tokens of an input that is not made to measure speed."""
TRIES = 60
"""Drawings in a row that may fail before a plan is given up."""
_EDGES = (
    0, 1, -1, 46340, 46341, 65535, 65536, 10**9, 10**9 + 6, 10**9 + 7, 2**31 - 1, 2**31, 2**32 - 1, 2**32,
    3037000499, 3037000500, 10**18, 2**53 + 1, 2**62, 2**63 - 1, 2**63,
)  # fmt: skip
_VALUES = ("low", "high", "near", "any", "edge", "few")
_FAMILIES = ("", "equal", "sorted", "reversed", "alternating", "outlier")
_TREES = ("path", "star", "random", "caterpillar")


class _Unmakable(Exception):
    """This drawing leads nowhere: no value is left, or it grows too large."""


@frozen
class Plan:
    """How one input is drawn."""

    sizes: str
    """``low``, ``high`` (as far as tokens allow), ``few`` (up to four), ``some`` (up to twelve)."""
    values: str
    """One of ``low``, ``high``, ``near`` (the bounds), ``any``, ``edge`` (where types end), ``few`` (small values)."""
    family: str = ""
    """Pattern of lists."""
    tree: str = "random"
    tokens: int = SMALL_TOKENS
    """Most tokens."""
    special: str = ""
    """A field that stands at its bound while the others do not."""


def _plans(form: InputFormat, random: Random) -> Iterator[Plan]:
    for sizes, values in (
        ("low", "low"),
        ("low", "high"),
        ("few", "high"),
        ("few", "low"),
        ("some", "edge"),
        ("some", "near"),
    ):
        yield Plan(sizes, values)
    for each in form.fields():
        for values in ("low", "high"):
            yield Plan("few", values, special=each.name)
    for family in _FAMILIES[1:]:
        yield Plan("some", "any", family)
        yield Plan("few", "few", family, "path" if family == "sorted" else "star")
    yield Plan("high", "any", tokens=SMALL_TOKENS // 4)
    while True:
        yield Plan(
            random.choice(("low", "few", "few", "some", "some")),
            random.choice((*_VALUES, "few", "any")),
            random.choice((*_FAMILIES, "", "")),
            random.choice(_TREES),
        )


def format_texts(form: InputFormat, seed: int) -> Iterator[str]:
    """Legal inputs without end, some of them twice; it ends where hundreds of drawings in a row were in vain."""
    random = Random(f"format {seed}")  # noqa: S311 - test inputs, no secret
    misses = 0
    for plan in _plans(form, random):
        text = _drawn(form, plan, random, tries=6)
        if text is not None:
            misses = 0
            yield text
        else:
            misses += 1
            if misses > TRIES:
                return


def largest_of(form: InputFormat, seed: int, characters: int) -> str | None:
    """A legal input as large as the statement and so many characters allow; None where none was found."""
    random = Random(f"largest {seed}")  # noqa: S311 - test inputs, no secret
    tokens = characters // 3
    for _ in range(10):
        text = _drawn(form, Plan("high", "any", tokens=tokens), random, tries=2)
        if text is not None and len(text) <= characters:
            return text
        tokens = tokens // 2 if text is None else tokens * characters * 9 // (len(text) * 10)
    return None


def _drawn(form: InputFormat, plan: Plan, random: Random, tries: int) -> str | None:
    for _ in range(tries):
        try:
            text = _Drawing(form, plan, random).text()
        except _Unmakable:
            continue
        if why_not(form, text) is None:
            return text
    return None


class _Drawing:
    """One input being drawn."""

    def __init__(self, form: InputFormat, plan: Plan, random: Random) -> None:
        self._form = form
        self._plan = plan
        self._random = random
        self._left = plan.tokens
        self._words: list[str] = []
        self._sizes = _size_names(form.blocks)
        self._cap = _largest_size(form.blocks, plan.tokens)

    def text(self) -> str:
        lines: list[str] = []
        self._blocks(self._form.blocks, {}, lines)
        return "\n".join(lines) + "\n"

    def _blocks(self, blocks: tuple[Block, ...], values: dict[str, int], lines: list[str]) -> None:
        for block in blocks:
            repeat = value_of(block.repeat, values)
            if block.ends_with is not None:
                repeat = self._random.randint(1, 4)
            if repeat is None or repeat < 0:
                raise _Unmakable
            self._pay(repeat)
            if block.inner:
                for _ in range(repeat):
                    self._blocks(block.inner, dict(values), lines)
                if block.ends_with:
                    lines.append(" ".join(block.ends_with))
                continue
            edges = self._edges(block, repeat, values)
            made: set[tuple[str, ...]] = set()
            columns = self._columns(block, repeat, values)
            for number in range(repeat):
                for _ in range(20):
                    own = dict(values)
                    given = {name: column[number] for name, column in columns.items()}
                    if edges is not None:
                        given |= {
                            each.name: end for each, end in zip(block.fields, edges[number], strict=False)
                        }
                    row = self._row(block, own, given)
                    is_graph = block.structure is not Structure.NONE
                    key = tuple(sorted(row[:2])) if is_graph else tuple(row)
                    if key not in made or not (block.distinct_rows or is_graph) or edges is not None:
                        break
                else:
                    raise _Unmakable
                made.add(key)
                lines.append(" ".join(row))
                if block.repeat == 1:
                    values.update(own)

    def _pay(self, tokens: int) -> None:
        self._left -= tokens
        if self._left < 0:
            raise _Unmakable

    def _columns(self, block: Block, repeat: int, values: Mapping[str, int]) -> dict[str, list[int]]:
        """Values of columns that are in order or distinct over all rows."""
        found: dict[str, list[int]] = {}
        for each in block.fields:
            is_single = block.repeat != 1 and each.count is None and each.kind is FieldKind.INTEGER
            if is_single and (each.distinct or each.order is not Order.NONE):
                found[each.name] = self._list(each, repeat, dict(values))
        return found

    def _edges(self, block: Block, repeat: int, values: Mapping[str, int]) -> list[tuple[int, int]] | None:
        """Edges of a tree, or of a connected graph without loops and double edges."""
        vertices = values.get(block.vertices, 0)
        if block.structure not in (Structure.TREE, Structure.CONNECTED):
            return None
        if repeat < vertices - 1 or repeat > vertices * (vertices - 1) // 2:
            raise _Unmakable
        names = list(range(1, vertices + 1))
        if self._random.random() < 0.5:
            self._random.shuffle(names)
        edges: list[tuple[int, int]] = []
        for child in range(1, vertices):
            parent = {
                "path": child - 1,
                "star": 0,
                "caterpillar": child - 1
                if child <= vertices // 2
                else self._random.randrange(max(1, vertices // 2)),
            }.get(self._plan.tree, self._random.randrange(child))
            edges.append((names[parent], names[child]))
        known = {frozenset(edge) for edge in edges}
        for _ in range(40 * (repeat + 1)):
            if len(edges) == repeat:
                break
            one, other = self._random.choice(names), self._random.choice(names)
            if one != other and frozenset((one, other)) not in known:
                known.add(frozenset((one, other)))
                edges.append((one, other))
        if len(edges) != repeat:
            raise _Unmakable
        self._random.shuffle(edges)
        return edges

    def _row(self, block: Block, values: dict[str, int], given: Mapping[str, int]) -> list[str]:
        row: list[str] = []
        for each in self._random.choice(block.variants) if block.variants else block.fields:
            count = 1 if each.count is None else value_of(each.count, values)
            if count is None or count < 0:
                raise _Unmakable
            self._pay(count)
            if each.kind is FieldKind.WORD:
                row += [self._word(each, values) for _ in range(count)]
                if each.count is None:
                    values[f"|{each.name}|"] = len(row[-1])
            elif each.kind is FieldKind.DECIMAL:
                row += [self._decimal(each, values) for _ in range(count)]
            elif each.count is not None:
                row += map(str, self._list(each, count, values))
            else:
                value = given[each.name] if each.name in given else self._integer(each, values)
                values[each.name] = value
                row.append(str(value))
        return row

    # --- values ------------------------------------------------------------------------------------

    def _limits(self, each: Field, name: str, values: Mapping[str, int]) -> tuple[int, int]:
        """Smallest and largest value that the field may have now."""
        low, high = each.low, each.high
        rest: list[Comparison] = []
        for comparison in self._form.comparisons:
            if name not in comparison.names or comparison.sign == "!=":
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
        if high is None:
            high = max(each.seen_high, low)
        if low > high:
            raise _Unmakable
        for comparison in rest:
            low, high = _narrowed(comparison, name, values, low, high)
        return low, high

    def _integer(self, each: Field, values: Mapping[str, int]) -> int:
        low, high = self._limits(each, each.name, values)
        unequal = [c for c in self._form.comparisons if c.sign == "!=" and each.name in c.names]
        for _ in range(20):
            value = self._size(low, high, each) if each.name in self._sizes else self._value(low, high, each)
            if all(c.holds({**values, each.name: value}) for c in unequal):
                return value
            value = self._random.randint(low, min(high, low + 20))
            if all(c.holds({**values, each.name: value}) for c in unequal):
                return value
        raise _Unmakable

    def _size(self, low: int, high: int, each: Field) -> int:
        if each.name == self._plan.special and self._plan.values == "low":
            return low
        if self._plan.sizes == "low":
            return min(high, low + self._random.choice((0, 0, 0, 1)))
        if self._plan.sizes == "high":
            return max(low, min(high, self._cap))
        most = min(high, max(low, 0) + (3 if self._plan.sizes == "few" else 12))
        return self._random.randint(low, max(low, most))

    def _value(self, low: int, high: int, each: Field) -> int:
        how = self._plan.values
        if self._plan.special and self._plan.special != each.name:
            how = "few" if self._random.random() < 0.5 else "any"
        if how == "low":
            return low
        if how == "high":
            return high
        if how == "near":
            return min(high, max(low, self._random.choice((low, low + 1, high - 1, high))))
        if how == "edge":
            edges = [edge for edge in _EDGES if low <= edge <= high]
            return self._random.choice(edges or [low, high])
        if how == "few":
            if low <= 0 <= high:
                return self._random.randint(max(low, -3), min(high, 3))
            return (
                self._random.randint(low, min(high, low + 4))
                if low > 0
                else self._random.randint(max(low, high - 4), high)
            )
        return self._random.randint(low, high)

    def _list(self, each: Field, count: int, values: Mapping[str, int]) -> list[int]:
        if each.permutation:
            numbers = list(range(1, count + 1))
            self._random.shuffle(numbers)
            return self._arranged(each, numbers)
        if count == 0:
            return []
        low, high = self._limits(each, each.name, values)
        if each.distinct or each.order.is_strict:
            if high - low + 1 < count:
                raise _Unmakable
            top = min(high, low + 2 * count) if self._plan.values in ("few", "low") else high
            bottom = max(low, high - 2 * count) if self._plan.values == "high" else low
            chosen: set[int] = set()
            while len(chosen) < count:
                if 2 * count > top - bottom:
                    chosen = set(self._random.sample(range(bottom, top + 1), count))
                else:
                    chosen.add(self._random.randint(bottom, top))
            numbers = sorted(chosen)
            if each.order is Order.NONE:
                self._random.shuffle(numbers)
            return self._arranged(each, numbers)
        numbers = [self._value(low, high, each) for _ in range(count)]
        return self._arranged(each, numbers)

    def _arranged(self, each: Field, numbers: list[int]) -> list[int]:
        family = self._plan.family
        free = not each.distinct and not each.permutation and not each.order.is_strict
        if free and family == "equal":
            numbers = numbers[:1] * len(numbers)
        elif free and family == "alternating":
            numbers = [
                numbers[place % 2] if len(numbers) > 1 else numbers[0] for place in range(len(numbers))
            ]
        elif free and family == "outlier":
            numbers = [max(numbers), *[min(numbers)] * (len(numbers) - 1)]
            self._random.shuffle(numbers)
        if each.order is not Order.NONE:
            return sorted(numbers, reverse=each.order.is_falling)
        if family == "sorted":
            return sorted(numbers)
        return sorted(numbers, reverse=True) if family == "reversed" else numbers

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
        if each.pieces:
            return drawn_form(each.pieces, self._random, self._plan.values)
        if each.length is not None:
            size = value_of(each.length, values)
            if size is None or size < 0:
                raise _Unmakable
        else:
            low, high = self._limits(each, f"|{each.name}|", values)
            low = max(low, 1)
            sizes = Plan(
                self._plan.sizes if each.count is None and len(self._sizes) == 0 else "some",
                self._plan.values,
            )
            cap = self._left if sizes.sizes == "high" else 12
            high = max(low, min(high, cap))
            size = (
                low
                if sizes.sizes == "low"
                else high
                if sizes.sizes == "high"
                else self._random.randint(low, high)
            )
            if self._words and self._random.random() < 0.35:
                return self._random.choice(self._words)
        self._pay(size)
        letters = each.alphabet or "a"
        how = self._random.choice(("one", "two", "two", "any", "any", "palindrome"))
        if how == "one":
            word = self._random.choice(letters) * size
        elif how == "two":
            two = [self._random.choice(letters) for _ in range(2)]
            word = "".join(self._random.choice(two) for _ in range(size))
        else:
            word = "".join(self._random.choice(letters) for _ in range(size))
            if how == "palindrome":
                word = (word[: (size + 1) // 2] + word[: size // 2][::-1])[:size]
        if each.length is None:
            self._words.append(word)
        return word


_DAYS_OF_EVERY_MONTH = 28


def drawn_form(pieces: Sequence[Piece], random: Random, values: str) -> str:
    """A word with this inner form; a day that every month has."""
    word = ""
    for piece in pieces:
        high = piece.high if piece.high != 31 else _DAYS_OF_EVERY_MONTH
        value = (
            piece.low if values == "low" else high if values == "high" else random.randint(piece.low, high)
        )
        word += piece.text or str(value).zfill(piece.digits)
    return word


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


def _largest_size(blocks: tuple[Block, ...], tokens: int) -> int:
    """Value of each count with which an input has about so many tokens."""
    cost = 1
    is_product = False
    for block in blocks:
        repeats = bool(names_of(block.repeat))
        if repeats:
            cost += 1 + len(block.fields)
        long = [
            e for e in block.fields if (e.count and names_of(e.count)) or (e.length and names_of(e.length))
        ]
        cost += 2 * len(long)
        is_product |= repeats and (bool(long) or bool(block.inner) or len(names_of(block.repeat)) > 1)
    return max(2, int((tokens // cost) ** 0.5) if is_product else tokens // cost)


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
