"""Python and JSON literals as values, and values as the JSON of ``Test.input``; nothing is evaluated."""

from __future__ import annotations

import ast
import json

from sstar_lsp import ast_lock
from sstar_sandbox.inside.python.values import to_json

_MAX_LITERAL_CHARS = 1 << 20
"""A longer literal is refused: no example in a statement is that long, and the parser recurses."""

_WORDS = {"null": None, "true": True, "false": False, "None": None, "True": True, "False": False}
_NUMBERS = {"inf": float("inf"), "nan": float("nan"), "Infinity": float("inf"), "NaN": float("nan")}


class NoLiteral(ValueError):  # a flow word, not a failure a person meets
    """The text is not a literal value."""


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of one expression. Raises :class:`NoLiteral` when it is none."""
    if len(text) > _MAX_LITERAL_CHARS:
        raise NoLiteral(f"literal of {len(text)} characters")
    try:
        return ast_lock.parse_expression(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NoLiteral(str(error)) from error


def literal(text: str) -> object:
    """The value of a Python or JSON literal. Raises :class:`NoLiteral`."""
    try:
        return literal_of(parse_expression(text))
    except RecursionError as error:
        raise NoLiteral("nested too deeply") from error


def literal_of(node: ast.expr) -> object:
    """The value of a literal's syntax tree; nothing is executed. Raises :class:`NoLiteral`."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items):
            return [literal_of(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(literal_of(item) for item in items)
        case ast.Set(elts=items):
            return _hashed(set, [literal_of(item) for item in items])
        case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
            pairs = [
                (literal_of(k), literal_of(v)) for k, v in zip(keys, values, strict=True) if k is not None
            ]
            return _hashed(dict, pairs)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
            number = literal_of(operand)
            if isinstance(number, bool) or not isinstance(number, int | float | complex):
                raise NoLiteral("a sign before something that is no number")
            return -number if isinstance(op, ast.USub) else number
        case ast.Name(id=name) if name in _WORDS:
            return _WORDS[name]
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="math"), attr=name) if name in _NUMBERS:
            return _NUMBERS[name]
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))], keywords=[]):
            try:
                return float(text)
            except ValueError as error:
                raise NoLiteral(str(error)) from error
        case ast.Call(
            func=ast.Name(id="set" | "frozenset" | "list" | "tuple" | "dict" as name), args=args, keywords=[]
        ):
            return _collection(name, [literal_of(argument) for argument in args])
    raise NoLiteral(f"not a literal: {ast.unparse(node)[:80]}")


def _collection(name: str, arguments: list[object]) -> object:
    kinds: dict[str, type] = {"set": set, "frozenset": frozenset, "list": list, "tuple": tuple, "dict": dict}
    if not arguments:
        return kinds[name]()
    if len(arguments) == 1 and isinstance(arguments[0], list | tuple | set | dict | str):
        return _hashed(kinds[name], arguments[0])
    raise NoLiteral(f"{name} of something that is no collection")


def _hashed(kind: type, items: object) -> object:
    try:
        return kind(items)
    except (TypeError, ValueError) as error:
        raise NoLiteral(str(error)) from error


def encode(value: object) -> str:
    """The value as ``Test`` keeps it. Raises :class:`NoLiteral` for values that cannot be kept."""
    try:
        text = to_json(value)
        json.loads(text)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NoLiteral(str(error)) from error
    return text
