"""Syntax trees of Python, one at a time.

CPython 3.11 counts the depth of all trees that a process builds in one number. A garbage collection in the middle of
one may run Python, and with it another thread; if that builds a tree too, one of the two ends with ``SystemError: AST
constructor recursion depth mismatch`` (https://github.com/python/cpython/issues/106905). Statements are read on threads
while programs are read on the loop, so everything that parses goes through this room. Filters of warnings belong to
the whole process as well.
"""

from __future__ import annotations

import ast
import warnings
from threading import RLock

turn = RLock()
"""Held by whoever parses; also around imports on a thread, some of which parse."""


def module(source: str) -> ast.Module:
    """The tree of a program.

    Raises:
        SyntaxError, ValueError, MemoryError, RecursionError: as ``ast.parse``.
    """
    with turn, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SystemError:  # a traceback printed while rubbish is collected parses on this very thread
            return ast.parse(source)


def expression(source: str) -> ast.expr:
    """The tree of one expression.

    Raises:
        SyntaxError, ValueError, MemoryError, RecursionError: as ``ast.parse``.
    """
    with turn, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source, mode="eval").body
        except SystemError:
            return ast.parse(source, mode="eval").body
