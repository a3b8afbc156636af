"""Signs of carelessness in a program, read off its text: what a linter would warn of.

A parameter that nothing reads, a value computed and never used, a function that sometimes falls off its end
without a result: right programs have fewer of them than wrong ones that pass the same examples. How much a sign
counts is said in :mod:`sstar_lsp.engine.belief`; here they are only counted. Python only: others have none.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from sstar_lsp import syntax

Function = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache(maxsize=4096)
def smells(code: str, language: str) -> int:
    """How many signs of carelessness a program has, each kind counted once."""
    if language != "python":
        return 0
    try:
        tree = syntax.module(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return 0
    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, Function)]
    read = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
    written = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    taken = {a.arg for f in functions for a in f.args.args if a.arg != "self"}
    returning = [f for f in functions if any(_gives(node) for node in ast.walk(f))]
    prints = [n for f in returning for n in ast.walk(f) if _is_print(n)]
    return (
        bool(taken - read)
        + any(not name.startswith("_") for name in written - read - _taken_from_input(nodes))
        + bool(prints)
        + any(not _ends(f.body) for f in returning[:1])
    )


def _taken_from_input(nodes: list[ast.AST]) -> set[str]:
    """Names that hold a piece of the input: a count that is read and not needed is no carelessness."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Assign) and any(_reads(inner) for inner in ast.walk(node.value)):
            found |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found


def _reads(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in {"input", "stdin", "readline", "next", "pop", "popleft"}


def _gives(node: ast.AST) -> bool:
    return isinstance(node, ast.Return) and node.value is not None


def _is_print(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def _ends(body: list[ast.stmt]) -> bool:
    """Whether every way through these statements returns or raises, as far as their form tells."""
    match body[-1] if body else None:
        case ast.Return() | ast.Raise():
            return True
        case ast.If(body=yes, orelse=no):
            return _ends(yes) and _ends(no)
        case ast.Try(body=tried, handlers=handlers, finalbody=last):
            return _ends(last) or (_ends(tried) and all(_ends(handler.body) for handler in handlers))
        case ast.With(body=inner) | ast.AsyncWith(body=inner):
            return _ends(inner)
        case ast.While(test=ast.Constant(value=True | 1)):
            return True
        case ast.Match(cases=cases):
            return all(_ends(case.body) for case in cases)
    return False
