"""Lines of an input as the examples have them, where no sentence tells of lines: the variables in the order in which the
statement names them, laid over the tokens of all examples.

A count that no formula names before a noun ("$N$ integers") is taken only where examples with different values agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from attrs import frozen

from sstar_lsp.engine.test_inputs.example_shape import Row, is_integer
from sstar_lsp.engine.test_inputs.input_format.sentences import ORDINAL, Lines, Place, sentences_of
from sstar_lsp.engine.test_inputs.input_format.terms import (
    NAME,
    Operation,
    Term,
    comparisons_in,
    key_of,
    names_of,
    normal,
    value_of,
)

MOST_LAYOUTS = 30
"""That are tried; the likeliest come first."""
MOST_BLOCKS = 12
"""Of a layout, one after the other; every second may have no name."""
MOST_STEPS = 2_000
"""Blocks that are looked at before the search ends."""
_NEAR = 8
"""Characters beside a letter in which a sign tells that it is a variable."""
_WIDEST = 8
"""Tokens of a line that are no list."""
_CASES = re.compile(r"\b(?:test ?cases?|cases|data ?sets?|scenarios)\b", re.IGNORECASE)
_FORMULA = re.compile(r"\$([^$]{1,200})\$|`([^`\n]{1,40})`|(?<![\w$`'’-])([A-Za-z](?:_\w)?)(?![\w'’-])")
_NAMED_LETTERS = re.compile(
    r"\b(?:letters|characters|bokstäverna|bokstaven|tecknen)\s+[\"'`]?[A-Za-z][\"'`]?(?:(?:,| and| or| och| eller) [\"'`]?[A-Za-z][\"'`]?(?!\w))*(?!\w)"
)
"""Letters of a word: "the letters S and V"."""
_ORDINAL = re.compile(ORDINAL)
_NOUN = r"\$?`?\s+(?:\w+[\s-]+){0,3}?[a-zåäöé]{4,}"


@frozen
class _Case:
    """What is left of an example (or of its first test case), and the single integers read so far."""

    rows: tuple[Row, ...]
    values: dict[str, int]


def layouts(section: str, examples: Sequence[Sequence[Row]]) -> Iterator[tuple[list[Lines], Term | None]]:
    """Lines that all examples have, and what counts the test cases; the likeliest first, at most :data:`MOST_LAYOUTS`."""
    names = variables(section)
    search = _Search(section)
    cases = [_Case(tuple(rows), {}) for rows in examples]
    yield from islice(search.whole(cases, names), MOST_LAYOUTS)


def variables(section: str) -> tuple[str, ...]:
    """Names of the section's variables in the order of their first mention, without indices."""
    text = _NAMED_LETTERS.sub(" ", normal(section))
    has_formulas = "$" in text
    bounds = [] if has_formulas else comparisons_in(text)
    bounded = {name.strip("|") for each in bounds for name in each.names}
    found: dict[str, None] = {}
    alone: set[str] = set()
    for match in _FORMULA.finditer(text):
        inside = match[1] or match[2] or match[3]
        if (has_formulas and not match[1]) or (match[2] and _is_letter(text, match)):
            continue
        if _ORDINAL.match(text, match.end()) or (match[3] and _is_word(text, match, bounded)):
            continue
        if re.fullmatch(rf"\s*{NAME}\s*", inside):
            alone.add(key_of(inside.strip()))
        inside = re.sub(r"\\[a-z]+|[A-Za-z]{3,}", " ", re.sub(r"_\{[^}]*\}", "_i", inside))
        found |= dict.fromkeys(key_of(name) for name in re.findall(rf"(?<![\w\\]){NAME}", inside))
    indices = {"i", "j"} | (set(re.findall(r"_\{?([a-z])(?![a-z])", text)) - alone)
    return tuple(
        name
        for name in found
        if name not in indices and not (name[-1].isdigit() and name.partition("_")[0] + "_" in found)
    )


def _is_letter(text: str, match: re.Match[str]) -> bool:
    """Whether a name between backticks is no variable but a letter of the input: "either `x` or `o`"."""
    around = text[max(0, match.start() - 4) : match.start()], text[match.end() : match.end() + 4]
    return re.fullmatch(NAME, match[2]) is None or "or " in around[0] or " or" in around[1]


def _is_word(text: str, match: re.Match[str], bounded: set[str]) -> bool:
    """Whether a plain letter is a word of the sentence ("a line", "I") and no variable: those stand in inequalities too."""
    name = match[3]
    if name[0].isupper():
        return name in ("A", "I") and name not in bounded
    before = text[max(0, match.start() - _NEAR) : match.start()]
    behind = text[match.end() : match.end() + _NEAR]
    is_in_formula = before.rstrip()[-1:] in tuple("<>=,") or behind.lstrip()[:1] in tuple("<>=,")
    return key_of(name) not in bounded or (name == "a" and not is_in_formula)


class _Search:
    """Depth first over the kinds of lines."""

    def __init__(self, section: str) -> None:
        self._section = section
        self._text = normal(section)
        self._sentences = sentences_of(section)
        self._steps = 0
        self._told_terms: dict[Term, bool] = {}

    def whole(
        self, cases: Sequence[_Case], names: tuple[str, ...]
    ) -> Iterator[tuple[list[Lines], Term | None]]:
        first = [case.rows[0] if case.rows else () for case in cases]
        if names and _CASES.search(self._section) and all(len(r) == 1 and is_integer(r[0]) for r in first):
            head = Lines(1, self._told((names[0],)), [Place(names[0])])
            bodies = [_Case(c.rows[1:], {names[0]: int(c.rows[0][0])}) for c in cases]
            for lines in self._after(bodies, names[1:], (), is_open=True):
                for each in lines:
                    each.in_loop = True
                yield [head, *lines], names[0]
            return
        for lines in self._after(cases, names, (), is_open=False):
            yield lines, None

    def _after(
        self,
        cases: Sequence[_Case],
        names: tuple[str, ...],
        counts: tuple[str, ...],
        *,
        is_open: bool,
        after_nameless: bool = False,
        depth: int = 0,
    ) -> Iterator[list[Lines]]:
        """What may follow; ``is_open``: other test cases may stand behind."""
        self._steps += 1
        if self._steps > MOST_STEPS or depth > MOST_BLOCKS:
            return
        if (is_open and not names) or all(not case.rows for case in cases):
            if not names:
                yield []
            return
        if any(not case.rows for case in cases):
            return
        for repeat, read in self._blocks(cases, names, counts):
            taken = [name for name in (place.name for place in read) if not name.startswith("?")]
            if not taken and repeat == 1 and after_nameless:
                continue  # one line without a name may be meant, several are any picture
            left = names[len(taken) :]
            rest: list[_Case] = []
            for case in cases:
                size = value_of(repeat, case.values)
                assert size is not None, "the block was laid over all examples"
                own = dict(case.values)
                if repeat == 1 and all(place.count is None for place in read):
                    row = case.rows[0]
                    own |= {p.name: int(t) for p, t in zip(read, row, strict=True) if is_integer(t)}
                rest.append(_Case(case.rows[size:], own))
            new = tuple(name for name in taken if name in rest[0].values)
            is_nameless = not taken and repeat == 1
            for lines in self._after(
                rest, left, counts + new, is_open=is_open, after_nameless=is_nameless, depth=depth + 1
            ):
                yield [Lines(repeat, self._told(taken), list(read)), *lines]

    def _blocks(
        self, cases: Sequence[_Case], names: tuple[str, ...], counts: tuple[str, ...]
    ) -> Iterator[tuple[Term, tuple[Place, ...]]]:
        """Repeat and fields of the next lines, the likeliest first."""
        for repeat in (*self._terms(cases, counts, lambda _case: None), 1):
            sizes = [value_of(repeat, case.values) for case in cases]
            if any(
                size is None or size < 0 or size > len(case.rows)
                for size, case in zip(sizes, cases, strict=True)
            ):
                continue
            rows = [(case, row) for case, size in zip(cases, sizes, strict=True) for row in case.rows[:size]]
            if not rows or any(not row for _, row in rows):
                continue
            for read in self._fields(rows, names, counts, is_single=repeat == 1):
                yield repeat, read

    def _fields(
        self,
        rows: Sequence[tuple[_Case, Row]],
        names: tuple[str, ...],
        counts: tuple[str, ...],
        *,
        is_single: bool,
    ) -> Iterator[tuple[Place, ...]]:
        widths = {len(row) for _, row in rows}
        name = names[0] if names else "?0"
        if len(widths) > 1 or max(widths) > 1:
            laid = [_Case((row,), case.values) for case, row in rows]
            if name.endswith("_") or len(names) < 2:
                for term in self._terms(laid, counts, lambda case: len(case.rows[0])):
                    yield (Place(name, term),)
            if len(widths) > 1 and all(is_integer(row[0]) and int(row[0]) == len(row) - 1 for _, row in rows):
                yield (Place(name), Place(names[1] if len(names) > 1 else "?1", name))
        if len(widths) > 1 or max(widths) > _WIDEST:
            return
        width = max(widths)
        own = names[:width]
        if is_single and any(each.endswith("_") for each in own):
            return
        if len(own) == width:
            yield tuple(map(Place, own))
        columns = [[row[place] for _, row in rows] for place in range(width)]
        wordy = [place for place, column in enumerate(columns) if not all(map(is_integer, column))]
        if wordy and len(wordy) < width and len(own) >= width - len(wordy):  # words without a name
            left = iter(names)
            yield tuple(Place(f"?{place}" if place in wordy else next(left)) for place in range(width))
        elif len(wordy) == width == 1:
            yield (Place("?0"),)

    def _terms(
        self, cases: Sequence[_Case], counts: tuple[str, ...], size: Callable[[_Case], int | None]
    ) -> Iterator[Term]:
        """What may count something: terms over the counts that have the size wanted in all cases, and that the statement
        names before a noun or that different values speak for."""
        for name in reversed(counts):
            shapes: tuple[Term, ...] = (
                name,
                Operation("-", name, 1),
                Operation("+", name, 1),
                Operation("*", 2, name),
            )
            for term in shapes:
                values = [value_of(term, case.values) for case in cases]
                wanted = [size(case) for case in cases]
                if any(v is None or (w is not None and v != w) for v, w in zip(values, wanted, strict=True)):
                    continue
                if term not in self._told_terms:
                    self._told_terms[term] = self._is_told(term)
                if self._told_terms[term] or (isinstance(term, str) and len(set(values)) > 1):
                    yield term

    def _is_told(self, term: Term) -> bool:
        """Whether the statement has the term before a noun."""
        (name,) = names_of(term)
        bare = re.escape(name.rstrip("_"))
        spelled = bare
        if isinstance(term, Operation):
            spelled = rf"2\s*\*?\s*{bare}" if term.sign == "*" else rf"{bare}\s*{re.escape(term.sign)}\s*1"
        return re.search(rf"(?<![\w+*-])(?<!\d ){spelled}{_NOUN}", self._text) is not None

    def _told(self, names: Sequence[str]) -> str:
        """The sentences that speak of some variables; all, where none does."""
        bare = [re.escape(name.rstrip("_")) for name in names]
        spoken = [
            s for s in self._sentences
            if any(re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", re.sub(r"\\[a-z]+", " ", s)) for name in bare)
        ]  # fmt: skip
        return " ".join(spoken or self._sentences)
