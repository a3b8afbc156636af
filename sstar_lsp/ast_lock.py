"""Parsing of Python under one lock.

CPython 3.11 counts the depth of all trees that a process builds in one number. A garbage collection in the
middle of one may run Python, and with it another thread; if that builds a tree too, one of the two ends with
``SystemError: AST constructor recursion depth mismatch`` (https://github.com/python/cpython/issues/106905).
Statements are read on threads while programs are read on the loop, so everything that parses goes through
this module. Filters of warnings belong to the whole process as well.
"""

from __future__ import annotations

import ast
import warnings
from threading import RLock

LOCK = RLock()
"""Held by whoever parses; also around imports on a thread, some of which parse."""


def parse_module(source: str) -> ast.Module:
    """The tree of a program.
    Raises ``SyntaxError`` or ``ValueError`` or ``MemoryError`` or ``RecursionError``: as ``ast.parse``."""
    tree = _parse(source, "exec")
    assert isinstance(tree, ast.Module)
    return tree


def module_or_none(source: str) -> ast.Module | None:
    """The tree of a program; None if it cannot be parsed."""
    try:
        return parse_module(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parse_expression(source: str) -> ast.expr:
    """The tree of one expression.
    Raises ``SyntaxError`` or ``ValueError`` or ``MemoryError`` or ``RecursionError``: as ``ast.parse``."""
    tree = _parse(source, "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body


def _parse(source: str, mode: str) -> ast.AST:
    with LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source, mode=mode)
        except SystemError:  # a traceback printed while garbage is collected parses on this very thread
            return ast.parse(source, mode=mode)
