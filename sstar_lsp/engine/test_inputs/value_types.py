"""What the arguments of a function look like: kinds of values, read off examples, annotations and the statement.

A value of another kind than the examples' is probably illegal, and a value of the same
kind that no example has is just what trips a wrong program. Values are the JSON trees of
:attr:`sstar_lsp.records.Test.input`, tags included; nothing is ever evaluated.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from attrs import evolve, frozen

from sstar_lsp.ast_lock import parse_module
from sstar_lsp.problems.source.literals import NoLiteral, encode, literal_of
from sstar_lsp.problems.source.signatures import parse_source
from sstar_lsp.records import Problem


class Base(StrEnum):
    """The bare type of a value."""

    NONE = "None"
    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    TEXT = "str"
    LIST = "list"
    TUPLE = "tuple"
    SET = "set"
    DICT = "dict"
    OTHER = "other"
    """What only an example can say: it is kept as it stands."""


_ROWS = 3
"""Member lists of one length from which others get that length too."""


@frozen
class Kind:
    """Values of one base type, as far as they were seen."""

    base: Base
    low: float = 0
    """Smallest number, or shortest length."""
    high: float = 0
    """Largest number, or longest length."""
    letters: str = ""
    """Characters of the texts."""
    words: tuple[str, ...] = ()
    """Texts seen, or named in quotes by the statement."""
    inner: tuple[Kind, ...] = ()
    """Kinds of the members, one for each base type."""
    fixed: tuple[tuple[Kind, ...], ...] = ()
    """Tuples of one length: the kinds at each place."""
    seen: int = 1
    """Values that were seen."""
    is_ragged: bool = False
    """Whether a list was seen whose member lists have several lengths."""

    @property
    def rows(self) -> Kind | None:
        """The kind of its member lists, if lists with several of them were seen, each time of one length."""
        kind = next((inner for inner in self.inner if inner.base is Base.LIST), None)
        return kind if kind is not None and kind.seen > self.seen and not self.is_ragged else None

    @property
    def common_length(self) -> int | None:
        """Length of all lists of this kind, where enough were seen; None where they differ."""
        return int(self.low) if self.low == self.high and self.seen >= _ROWS else None


def merged(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """One kind for each base type, in the order of first sight."""
    found: dict[Base, Kind] = {}
    for kind in kinds:
        known = found.get(kind.base)
        if known is None:
            found[kind.base] = kind
            continue
        is_same_length = len(known.fixed) == len(kind.fixed)
        found[kind.base] = Kind(
            kind.base,
            min(known.low, kind.low),
            max(known.high, kind.high),
            "".join(sorted({*known.letters, *kind.letters})),
            tuple(dict.fromkeys((*known.words, *kind.words))),
            merged((*known.inner, *kind.inner)),
            tuple(merged((*a, *b)) for a, b in zip(known.fixed, kind.fixed, strict=True))
            if is_same_length
            else (),
            known.seen + kind.seen,
            known.is_ragged or kind.is_ragged,
        )
    if Base.FLOAT in found and Base.INT in found:  # 1 among 0.5 and 2.5 is a float written short
        whole, broken = found.pop(Base.INT), found[Base.FLOAT]
        found[Base.FLOAT] = evolve(broken, low=min(whole.low, broken.low), high=max(whole.high, broken.high))
    return tuple(found.values())


def kind_of(value: Any) -> Kind:
    """The kind of one JSON tree."""
    if value is None:
        return Kind(Base.NONE)
    if isinstance(value, bool):
        return Kind(Base.BOOL)
    if isinstance(value, int | float):
        return Kind(Base.INT if isinstance(value, int) else Base.FLOAT, value, value)
    if isinstance(value, str):
        return Kind(Base.TEXT, len(value), len(value), "".join(sorted(set(value))), (value,))
    if isinstance(value, list):
        return _of_members(Base.LIST, value)
    tag, inside = next(iter(value.items())) if len(value) == 1 else ("", None)
    if tag in ("$tuple", "$set") and isinstance(inside, list):
        kind = _of_members(Base.TUPLE if tag == "$tuple" else Base.SET, inside)
        return evolve(kind, fixed=tuple((kind_of(item),) for item in inside)) if tag == "$tuple" else kind
    if tag.startswith("$"):
        return Kind(Base.OTHER)
    keys = merged(kind_of(key) for key in value)
    return Kind(Base.DICT, len(value), len(value), "", (), merged(map(kind_of, value.values())), (keys,))


def _of_members(base: Base, members: list[Any]) -> Kind:
    lengths = {len(member) for member in members if isinstance(member, list)}
    inner = merged(map(kind_of, members))
    return Kind(base, len(members), len(members), "", (), inner, is_ragged=len(lengths) > 1)


def keeps_member_lengths(kinds: tuple[Kind, ...], value: Any) -> bool:
    """Whether the member lists of a value have one length where those of all examples have."""
    home = next((kind for kind in kinds if kind.base is Base.LIST), None)
    if not isinstance(value, list) or home is None:
        return True
    lengths = {len(member) for member in value if isinstance(member, list)}
    if home.rows is not None and len(lengths | ({home.rows.common_length} - {None})) > 1:
        return False
    return all(keeps_member_lengths(home.inner, member) for member in value)


# --- annotations ------------------------------------------------------------------------------------

_NAMES = {
    "int": Kind(Base.INT, 0, 10),
    "float": Kind(Base.FLOAT, 0, 10),
    "str": Kind(Base.TEXT, 0, 6, "abc"),
    "bool": Kind(Base.BOOL),
}
_CONTAINERS = {
    **dict.fromkeys(("List", "list", "Sequence", "Iterable"), Base.LIST),
    **dict.fromkeys(("Tuple", "tuple"), Base.TUPLE),
    **dict.fromkeys(("Set", "set"), Base.SET),
}


def _annotated(node: ast.expr | None) -> tuple[Kind, ...]:
    """Kinds that an annotation allows; none where it says nothing that we can make."""
    match node:
        case ast.Name(id=name) if name in _NAMES:
            return (_NAMES[name],)
        case ast.Subscript(value=ast.Name(id=name), slice=inside) if name in _CONTAINERS:
            items = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            kinds = [_annotated(item) for item in items if not isinstance(item, ast.Constant)]
            inner = merged(kind for found in kinds for kind in found)
            return (Kind(_CONTAINERS[name], 0, 5, inner=inner),) if inner else ()
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inside):
            return (*_annotated(inside), Kind(Base.NONE))
    return ()


def _annotations(problem: Problem) -> list[tuple[Kind, ...]]:
    name = (problem.entry_point or "").rpartition(".")[2]
    tree = parse_source(problem.starter_code) if problem.starter_code.strip() else None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return [_annotated(argument.annotation) for argument in node.args.args if argument.arg != "self"]
    return []


# --- the parameters of a problem --------------------------------------------------------------------

_QUOTED = re.compile(r"""(?<!\w)(['"`])([^'"`\n]{1,12})\1(?!\w)""")


_ORDERLESS = {"set", "frozenset", "sorted", "Counter"}
"""What an assert wraps round a call whose result may stand in any order: programs cannot be told apart by it."""


def example_calls(problem: Problem) -> list[list[Any]]:
    """Arguments of the examples, as JSON trees: of plain calls, and of the call inside an assert (``isclose(f(x), 1)``)."""
    found: list[list[Any]] = []
    for test in problem.public_tests:
        try:
            call = json.loads(test.input)
            if test.is_check:
                found += _calls_within(str(call["$check"]), (problem.entry_point or "").rpartition(".")[2])
        except (ValueError, KeyError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(call, list) and call:
            found.append(call)
    return found


def _calls_within(source: str, name: str) -> list[list[Any]]:
    """Literal arguments of each call of a function in some source that no order of results hides.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the source cannot be parsed.
    """
    found: list[list[Any]] = []
    waiting: list[ast.AST] = [parse_module(source)]
    while waiting:
        node = waiting.pop()
        called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if called in _ORDERLESS:
            continue
        if isinstance(node, ast.Call) and called == name and node.args and not node.keywords:
            try:
                found.append(json.loads(encode([literal_of(argument) for argument in node.args])))
            except NoLiteral:
                continue
        waiting += ast.iter_child_nodes(node)
    return found


def parameters_of(problem: Problem) -> list[tuple[Kind, ...]]:
    """The kinds of each parameter: seen in examples, else annotated; empty where neither says anything."""
    calls = example_calls(problem)
    annotated = _annotations(problem)
    width = min(map(len, calls)) if calls else len(annotated)
    quoted = tuple(dict.fromkeys(word for _, word in _QUOTED.findall(problem.statement)))[:12]
    forms = problem.call_form.arguments if problem.call_form is not None else ()
    found: list[tuple[Kind, ...]] = []
    for place in range(width):
        kinds = merged(kind_of(call[place]) for call in calls)
        said = annotated[place] if place < len(annotated) else ()
        if place < len(forms) and "TreeNode" in forms[place]:
            kinds = tuple(_with_gaps(kind) for kind in kinds)
        found.append(tuple(_completed(kind, said, quoted) for kind in kinds) or said)
    return found if all(found) else []


def _with_gaps(kind: Kind) -> Kind:
    """Values of a tree in level order: any of them may be missing."""
    if any(inner.base is Base.LIST for inner in kind.inner):
        return evolve(kind, inner=tuple(_with_gaps(inner) for inner in kind.inner))
    return evolve(kind, inner=merged((*kind.inner, Kind(Base.NONE))))


def _completed(kind: Kind, said: tuple[Kind, ...], quoted: tuple[str, ...]) -> Kind:
    """A kind with what its annotation and the statement's quoted words add."""
    if kind.base is Base.TEXT:
        return evolve(kind, words=tuple(dict.fromkeys((*kind.words, *quoted))))
    other = next((other for other in said if other.base is kind.base), None)
    if kind.base is Base.INT and any(other.base is Base.FLOAT for other in said):
        return evolve(kind, base=Base.FLOAT)
    if kind.inner or other is None:
        inner = tuple(_completed(item, other.inner if other else (), quoted) for item in kind.inner)
        return evolve(kind, inner=inner)
    return evolve(kind, inner=other.inner)


# --- what the statement excludes --------------------------------------------------------------------

_NOT_EMPTY = re.compile(r"\bnon-?empty\b|\bat least one\b|1 *(<=|≤) *(len|n\b|\|)", re.IGNORECASE)
_NOT_NEGATIVE = re.compile(
    r"\bpositive\b|\bnon-?negative\b|\bnatural\b|\b[01] *(<=|≤|<)|greater than (zero|0)|\bunsigned\b",
    re.IGNORECASE,
)
_NOT_ZERO = re.compile(r"\bpositive int|\bpositive num|\b1 *(<=|≤)|greater than (zero|0)", re.IGNORECASE)


@frozen
class Allowed:
    """What a statement excludes in plain words."""

    empty: bool
    negative: bool
    zero: bool


def allowed_by(problem: Problem, parameters: list[tuple[Kind, ...]]) -> Allowed:
    """What may be made for this problem; what an example has is always allowed."""
    text = problem.statement
    kinds = list(all_kinds(parameters))
    numbers = [kind for kind in kinds if kind.base in (Base.INT, Base.FLOAT)]
    sized = [kind for kind in kinds if kind.base in (Base.LIST, Base.TEXT, Base.DICT)]
    has_negative = any(kind.low < 0 for kind in numbers)
    return Allowed(
        empty=not _NOT_EMPTY.search(text) or any(kind.low == 0 for kind in sized),
        negative=has_negative or not _NOT_NEGATIVE.search(text),
        zero=any(kind.low <= 0 for kind in numbers) or not _NOT_ZERO.search(text),
    )


def all_kinds(parameters: Iterable[tuple[Kind, ...]]) -> Iterator[Kind]:
    """Every kind, those of members included."""
    for kinds in parameters:
        for kind in kinds:
            yield kind
            yield from all_kinds([kind.inner, *kind.fixed])


def misfit_call(parameters: list[tuple[Kind, ...]], allowed: Allowed, text: str) -> str | None:
    """Why these arguments are probably not allowed, for a person; None when they look like the examples'."""
    try:
        call = json.loads(text)
    except ValueError:
        return "it is no list of arguments"
    if not isinstance(call, list):
        return None  # a check, not a call
    if not parameters:
        return None
    if len(call) != len(parameters):
        return f"it has {len(call)} arguments where every example has {len(parameters)}"
    for place, (value, kinds) in enumerate(zip(call, parameters, strict=True), 1):
        if reason := _misfit(value, kinds, allowed):
            return f"argument {place} {reason}"
    return None


def _misfit(value: Any, kinds: tuple[Kind, ...], allowed: Allowed) -> str | None:
    kind = kind_of(value)
    known = {Base.INT, Base.FLOAT} if kind.base is Base.INT else {kind.base}
    home = next((other for other in kinds if other.base in known), None)
    if home is None:
        seen = " or ".join(other.base.value for other in kinds) or "something else"
        return f"holds a {kind.base.value} where the examples have {seen}"
    if kind.base in (Base.INT, Base.FLOAT):
        if value < 0 and not allowed.negative:
            return f"holds {value}, and the statement speaks of numbers that are not negative"
        if value == 0 and not allowed.zero:
            return "holds 0, and the statement speaks of positive numbers"
        return None
    if kind.high == 0 and not allowed.empty and kind.base in (Base.LIST, Base.TEXT, Base.DICT, Base.SET):
        return "is empty, and the statement excludes that"
    members = value if isinstance(value, list) else []
    if isinstance(value, dict) and kind.base in (Base.TUPLE, Base.SET):
        members = next(iter(value.values()))
    for place, member in enumerate(members):
        inner = home.fixed[place] if place < len(home.fixed) else home.inner
        if inner and (reason := _misfit(member, inner, allowed)):
            return reason
    return None
