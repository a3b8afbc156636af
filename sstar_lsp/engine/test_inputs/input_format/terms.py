"""Integer expressions and inequalities in formulas, read from LaTeX or plain text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from attrs import frozen

Term: TypeAlias = "int | str | Operation"
"""A number, the name of a variable, or an operation on two terms."""

LARGEST_EXPONENT = 400
"""Powers above are not worked out: a statement may hold ``10^{10^9}``."""
LARGEST_BITS = 4000
"""Numbers above are not worked out either."""
_DEEPEST = 4
"""Brackets within brackets."""
_MOST_MEMBERS = 12
"""Variables between two signs, and links of a chain: no statement has more."""
_LONGEST_GROUP = 60
"""Tokens before a sign that are looked at."""
_AROUND = 3
"""Tokens on each side of a sign that are told with it."""
_WORDS = frozenset(("all", "and", "for", "if", "is", "where", "with"))
"""What stands behind a comma and is no variable: "$a_i <= n$, all distinct"."""
_COMPARING = frozenset(("<=", "<", ">=", ">", "!=", "="))


@frozen
class Operation:
    """``left sign right`` with a sign of ``+ - * / ^``; what is divided is rounded down."""

    sign: str
    left: Term
    right: Term


@frozen
class Comparison:
    """``left sign right`` with a sign of ``<= < != =``, as the statement promises it."""

    left: Term
    sign: str
    right: Term
    source: str
    """Text of the statement that it was read from."""
    through: frozenset[str] = frozenset()
    """Variables that stand between the two in a chain: without them (``1 <= i <= n``, i an index) it promises nothing."""

    @property
    def names(self) -> frozenset[str]:
        """Variables that it speaks of."""
        return names_of(self.left) | names_of(self.right)

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it is true for these values; true where one of them is not known."""
        left, right = value_of(self.left, values), value_of(self.right, values)
        if left is None or right is None:
            return True
        return {"<=": left <= right, "<": left < right, "!=": left != right, "=": left == right}[self.sign]


def names_of(term: Term) -> frozenset[str]:
    """Variables of a term."""
    if isinstance(term, str):
        return frozenset((term,))
    return names_of(term.left) | names_of(term.right) if isinstance(term, Operation) else frozenset()


def value_of(term: Term, values: Mapping[str, int]) -> int | None:
    """Value of a term; None where a variable is not known or the value is too large to be worked out."""
    if isinstance(term, int):
        return term
    if isinstance(term, str):
        return values.get(term)
    left, right = value_of(term.left, values), value_of(term.right, values)
    if left is None or right is None:
        return None
    if term.sign == "^":
        if not 0 <= right <= LARGEST_EXPONENT or abs(left).bit_length() * right > LARGEST_BITS:
            return None
        return int(left**right)
    if abs(left).bit_length() + abs(right).bit_length() > LARGEST_BITS:
        return None
    if term.sign == "/":
        return left // right if right else None
    return {"+": left + right, "-": left - right, "*": left * right}[term.sign]


INDEX = "|#|"
"""Stands in comparisons for the place of a value in its list or of its row: ``p_i < i``."""

_INDEXED = r"[A-Za-z](?:_\{\w{1,3}\}|_\w)?"
"""A variable, maybe with an index."""
_SPELLINGS = (
    (r"&lt;=|&le;|\\le(?:q(?:slant)?)?(?![A-Za-z])|≤|⩽|=<|≦", "<="),
    (r"&gt;=|&ge;|\\ge(?:q(?:slant)?)?(?![A-Za-z])|≥|⩾|≧", ">="),
    (r"\\not\s*=|\\neq?(?![A-Za-z])|≠|<>", "!="),
    (r"&lt;|\\lt(?![A-Za-z])", "<"),
    (r"&gt;|\\gt(?![A-Za-z])", ">"),
    (r"\\(?:cdot|times)(?![A-Za-z])|·|×|∙|⋅|∗|\*\*\s*(?!\d)", "*"),
    (r"\*\*", "^"),
    (r"(?:(?<=\b[A-Za-z])|(?<=[\d)])) x (?=[A-Za-z]\b|[\d(])", " * "),
    (r"\\l?dots\b|\\cdots\b|…|\.\.+", "…"),
    (r"\{,\}", ","),
    (r"(?<=\d), (?=000(?!\d))", ","),
    (r"\\,|\\;|\\!|\\ |~|\u00a0|\u2009|\u202f", " "),
    (r"\\(?:mathrm|operatorname|text)\{(min|max)\}", r"\1"),
    (r"\\math(?:rm|bf|it|sf|tt)\{([A-Za-z0-9]+(?:_\{[^{}]*\}|_\w)?)\}", r"\1"),
    (r"\\(?:left|right|mathrm|mathbf|mathcal|mathsf|text|mathit|texttt|displaystyle)\b", ""),
    (r"\\[dt]?frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}", r"((\1)/(\2))"),
    (r"\\d?binom\{([A-Za-z])\}\{2\}", r"(\1*(\1-1)/2)"),
    (r"[\u2212\u2013]", "-"),
    (r"\\l?vert\b|\\mid\b", "|"),
    (r"\| +([A-Za-z]\w*) +\|", r"|\1|"),
    (r"\\(?=(?:min|max)\b)", ""),
    (r"\\[()\[\]]", "$"),
    (r",\s*(?=[<>]=?)", " "),
    (r"(?<![\w\\])([A-Za-z]) ?\(\1 ?- ?1\)", r"\1*(\1-1)"),
    (r"(?<=\d)\s?cdot\s?(?=\d)", "*"),
    (
        rf"({_INDEXED})\s*(?:\\in(?![A-Za-z])|∈)\s*\\?\{{\s*(-?\d+)\s*(?:,\s*-?\d+\s*)*,\s*…\s*,\s*([^{{}},$]{{1,20}}?)\s*\\?\}}",
        r"\2 <= \1 <= \3",
    ),
    (
        r"\$([A-Za-z](?:_\w)?)\$\s*は\s*\$(\d[^$]{0,12})\$\s*以上\s*\$([^$]{1,12})\$\s*以下",
        r"$\2 <= \1 <= \3$",
    ),
    (r"\b(?:the )?length of (?:each |every |all )?\$?([A-Za-z](?:_\w)?)\$?(?![\w$])", r"|\1|"),
    (r"(?<![\w\\])([A-Za-z])\[([A-Za-z0-9]{1,3})\]", r"\1_{\2}"),
    (r"(?<![\w\\])([a-z])\(([a-z]|\d{1,3})\)", r"\1_{\2}"),
)
_AMONG = re.compile(
    rf"({_INDEXED})\s*(?:\\in(?![A-Za-z])|∈)\s*\\?\{{\s*(-?\d{{1,18}}(?:\s*,\s*-?\d{{1,18}}){{1,30}})\s*\\?\}}"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@lru_cache(maxsize=32)
def normal(text: str) -> str:
    """The text with one spelling for each sign."""
    for pattern, sign in _SPELLINGS:
        text = re.sub(pattern, sign, text)
    text = _AMONG.sub(_between, text)
    return re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(_RAISED), text)


def _between(among: re.Match[str]) -> str:
    """``x in {0, 1, 2}`` as ``0 <= x <= 2``; as it was where the numbers have gaps."""
    numbers = sorted(map(int, among[2].split(",")))
    has_gaps = numbers != list(range(numbers[0], numbers[0] + len(numbers)))
    return among[0] if has_gaps else f"{numbers[0]} <= {among[1]} <= {numbers[-1]}"


_LABEL = re.compile(r"(?<![A-Za-z\\])([A-Za-z])_\{?([A-Za-z]+)\}?(?![A-Za-z])")
_INDICES = frozenset("ijnmNMKQT")


def with_labels(text: str) -> str:
    """The text with ``H_d`` and ``H_k`` as ``Hd`` and ``Hk``, where such letters tell variables apart and are no indices."""
    labels: dict[str, set[str]] = {}
    for head, label in _LABEL.findall(text):
        labels.setdefault(head, set()).add(label)
    labelled = {h for h, found in labels.items() if len(found - _INDICES) > 1 and not found & set("ij")}
    labelled -= set(re.findall(r"(?<![A-Za-z])([A-Za-z])_\{?\d", text))
    return _LABEL.sub(lambda found: found[1] + found[2] if found[1] in labelled else found[0], text)


NUMBER = r"\d{1,3}(?:[ ,_]\d{3})+(?!\d)|\d+(?:\.\d+)?(?:[eE]\d{1,3})?"
NAME = r"[A-Za-z]+(?:\d{1,2}(?!\d))?(?:_(?:\{[^{}$]{1,12}\}|[A-Za-z0-9]+))?"
_TOKEN = re.compile(rf"(?P<number>{NUMBER})|(?P<name>{NAME}|\|[A-Za-z]\w{{0,3}}\|)|(?P<sign><=|>=|!=|…|\S)")


def key_of(name: str) -> str:
    """The name that all members of an indexed variable share: ``a_i`` and ``a_{i+1}`` are ``a_``; ``L_1`` stays, and is ``L_{i,1}``."""
    if name.startswith("|"):
        return f"|{key_of(name.strip('|'))}|"
    head, mark, index = name.partition("_")
    index = re.sub(r"^[ij],\s?(?=\d$)", "", index.strip("{} "))
    if not mark or index.isdigit() or re.fullmatch(r"[sf]|[a-z]{2,}", index):
        return f"{head}_{index}" if mark else head  # x_s and x_f: start and finish
    return head + "_"


class _Reader:
    """Recursive descent over the tokens of a text; each method gives None and the old place where nothing fits."""

    def __init__(self, text: str) -> None:
        self.tokens = [(found.lastgroup or "", found[0], found.end()) for found in _TOKEN.finditer(text)]
        self.starts = [found.start() for found in _TOKEN.finditer(text)]
        self.place = 0
        self.after_first = 0
        """Place behind the first member that :meth:`members` read."""

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.place][:2] if self.place < len(self.tokens) else ("", "")

    def around(self, place: int) -> str:
        """The text of a token and of a few beside it."""
        return " ".join(text for _, text, _ in self.tokens[max(0, place - _AROUND) : place + _AROUND + 1])

    def accept(self, *signs: str) -> str:
        kind, text = self.peek()
        if kind == "sign" and text in signs:
            self.place += 1
            return text
        return ""

    def atom(self, depth: int) -> Term | None:
        kind, text = self.peek()
        if depth > _DEEPEST:
            return None
        if kind == "number":
            self.place += 1
            return self._number(text)
        if kind == "name":
            self.place += 1
            return key_of(text)
        start = self.place
        if self.accept("(", "{"):
            inner = self.sum(depth + 1)
            if inner is not None and self.accept(")", "}"):
                return inner
        elif self.accept("-"):
            inner = self.atom(depth + 1)
            if isinstance(inner, int):
                inner = self._powers(inner, depth)
            if inner is not None:
                return -inner if isinstance(inner, int) else Operation("-", 0, inner)
        self.place = start
        return None

    def _number(self, text: str) -> Term | None:
        plain = re.sub(r"[ ,_]", "", text)
        if plain.isdigit():
            return int(plain) if len(plain) < 1000 else None
        value = Fraction(plain)
        start = self.place
        if self.accept("*") and self.peek()[0] == "number":  # 2.5 * 10^5
            factor = self.power(0)
            worth = value_of(factor, {}) if factor is not None else None
            if worth is not None and (value * worth).denominator == 1:
                return int(value * worth)
        self.place = start
        return int(value) if value.denominator == 1 else None

    def _powers(self, base: Term, depth: int) -> Term | None:
        while self.accept("^"):
            exponent = self.atom(depth + 1)
            if exponent is None:
                return None
            base = Operation("^", base, exponent)
            worth = value_of(base, {})
            if worth is not None:
                base = worth
            elif not names_of(base):
                return None
        return base

    def power(self, depth: int) -> Term | None:
        base = self.atom(depth)
        return None if base is None else self._powers(base, depth)

    def product(self, depth: int) -> Term | None:
        left = self.power(depth)
        while left is not None:
            start = self.place
            sign = self.accept("*", "/") or ("*" if self._is_adjacent() else "")
            if not sign:
                return left
            right = self.power(depth)
            if right is None:
                self.place = start
                return left
            left = _folded(Operation(sign, left, right))
        return left

    def _is_adjacent(self) -> bool:
        """Whether a factor without a sign begins here: ``2n``, ``n(n-1)``, ``2(n-1)``, ``(n-1)(m-1)``."""
        if not 0 < self.place < len(self.tokens) or self.starts[self.place] != self.tokens[self.place - 1][2]:
            return False
        before, (kind, text) = self.tokens[self.place - 1], self.peek()
        return (before[0] == "number" and kind == "name") or (
            text == "(" and (before[0] != "sign" or before[1] == ")")
        )

    def sum(self, depth: int = 0) -> Term | None:
        left = self.product(depth)
        while left is not None:
            start = self.place
            sign = self.accept("+", "-")
            right = self.product(depth) if sign else None
            if right is None and sign and self.peek()[1] == "…":
                return None  # a sum of many values
            if right is None:
                self.place = start
                return left
            left = _folded(Operation(sign, left, right))
        return left

    def extremes(self) -> list[Term]:
        """Terms of ``n <= min(a, b)`` or ``max(a, b) <= n``, of which each keeps the bound; empty where they stand otherwise."""
        start = self.place
        name = self.peek()[1]
        if name not in ("min", "max"):
            return []
        upward, downward = ("<=", "<"), (">=", ">")
        below, above = (upward, downward) if name == "min" else (downward, upward)
        before = self.tokens[start - 1][1] if start else ""
        self.place += 1
        found: list[Term] = []
        if self.accept("(", "{"):
            while (term := self.sum(1)) is not None and len(found) < _MOST_MEMBERS:
                found.append(term)
                if not self.accept(","):
                    break
            if found and self.accept(")", "}"):
                after = self.peek()[1]
                if (before in below and after not in below) or (after in above and before not in above):
                    self.after_first = self.place
                    return found
        self.place = start
        return []

    def members(self) -> list[Term]:
        """Terms with commas between: more than one only where all are variables, or a minimum or maximum is taken of them."""
        if extremes := self.extremes():
            return extremes
        first = self.sum()
        if first is None:
            return []
        found = [first]
        self.after_first = self.place
        while isinstance(found[-1], str) and len(found) < _MOST_MEMBERS:
            start = self.place
            if not self.accept(","):
                break
            while self.accept("…", ","):
                continue
            other = self.sum()
            if not isinstance(other, str) or other in _WORDS:
                self.place = start
                break
            found.append(other)
        return found


def _folded(operation: Operation) -> Term:
    worth = value_of(operation, {})
    return operation if worth is None else worth


def count_between(first: int, last: Term) -> Term:
    """How many indices there are from ``first`` to ``last``."""
    if first == 0 and isinstance(last, Operation) and (last.sign, last.right) == ("-", 1):
        return last.left
    return last if first == 1 else _folded(Operation("-", last, first - 1))


def term_of(text: str) -> Term | None:
    """The whole text as one term; None where it is none."""
    reader = _Reader(normal(text).replace("$", " "))
    term = reader.sum()
    return term if reader.place == len(reader.tokens) else None


@lru_cache(maxsize=32)
def comparisons_in(text: str) -> tuple[Comparison, ...]:
    """All inequalities of a text, chains such as ``1 <= b <= a <= 10`` taken apart (each pair of their members)."""
    return _inequalities(text)[0]


def half_read(text: str) -> tuple[str, ...]:
    """What stands around each sign of an inequality that :func:`comparisons_in` does not read: ``0.5 <= p + q``."""
    return _inequalities(text)[1]


@lru_cache(maxsize=32)
def _inequalities(text: str) -> tuple[tuple[Comparison, ...], tuple[str, ...]]:
    text = normal(text)
    if not re.search(r"[<>]|!=|=", text):
        return (), ()
    reader = _Reader(text)
    found: list[Comparison] = []
    signs_at = [place for place, token in enumerate(reader.tokens) if token[1] in _COMPARING]
    read: set[int] = set()
    while (next_sign := bisect_left(signs_at, reader.place)) < len(signs_at):
        start = behind_first = reader.place = max(reader.place, signs_at[next_sign] - _LONGEST_GROUP)
        groups = [reader.members()]
        signs: list[str] = []
        while groups[-1] and len(groups) < _MOST_MEMBERS:
            sign = reader.accept(*_COMPARING)
            if not sign:
                break
            if sign in ("!=", "=") and signs and len(groups[-1]) > 1:
                groups[-1] = groups[-1][:1]  # "1 <= a <= n, a != b" is two chains
                reader.place = reader.after_first
                break
            signs.append(sign)
            groups.append(reader.members())
            if len(groups) == 2:
                behind_first = reader.after_first
        if len(groups) > 2 and len(groups[1]) > 1 and not isinstance(groups[0][0], int):
            reader.place = behind_first  # "k <= n, m <= 5" is two chains, and the second begins with m
            groups, signs = [groups[0], groups[1][:1]], signs[:1]
        if not signs or not groups[-1]:
            signs, groups = signs[: len(groups) - 2], groups[:-1] if not groups[-1] else groups
        if not signs or len(groups) < 2:
            reader.place = start + 1
            continue
        read.update(signs_at[next_sign : bisect_left(signs_at, reader.place)])
        source = text[reader.starts[start] : reader.tokens[reader.place - 1][2]]
        found += _pairs(groups, signs, source)
    left = [place for place in signs_at if place not in read and reader.tokens[place][1] not in ("=", "!=")]
    return tuple(found), tuple(reader.around(place) for place in left)


def _pairs(groups: list[list[Term]], signs: list[str], source: str) -> Iterable[Comparison]:
    turned = {">=": "<=", ">": "<"}
    for low in range(len(groups)):
        for high in range(low + 1, len(groups)):
            between = set(signs[low:high])
            if len(between - {"=", "!="}) == 0 and high > low + 1:
                continue
            strict = {"<=": "<=", "<": "<", ">=": ">=", ">": ">"}
            order = between - {"!=", "="}
            if "!=" in between and high > low + 1:
                continue  # a <= b != c says nothing about a and c, but see below
            if order & {"<", "<="} and order & {">", ">="}:
                continue
            sign = (
                next(iter(between))
                if len(between) == 1
                else "<"
                if "<" in order
                else ">"
                if ">" in order
                else strict[next(iter(order))]
            )
            between_names = [names_of(term) for group in groups[low + 1 : high] for term in group]
            through = frozenset().union(*between_names)
            for left in groups[low]:
                for right in groups[high]:
                    if left == right or (isinstance(left, int) and isinstance(right, int)):
                        continue
                    if sign in turned:
                        yield Comparison(right, turned[sign], left, source, through)
                    else:
                        yield Comparison(left, sign, right, source, through)
    if "!=" in signs and set(signs) - {"!="}:  # 1 <= a != b <= N bounds both
        names = [member for group in groups for member in group if isinstance(member, str)]
        ends = ((groups[0], signs[0], True), (groups[-1], signs[-1], False))
        for group, sign, is_low in ends:
            for end in group:
                for name in names:
                    if name != end and sign in ("<=", "<") and name not in group:
                        yield (
                            Comparison(end, sign, name, source)
                            if is_low
                            else Comparison(name, sign, end, source)
                        )
