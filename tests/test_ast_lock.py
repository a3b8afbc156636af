"""Syntax trees are built one at a time, whatever threads want them."""

from __future__ import annotations

import ast
import threading
import weakref
from pathlib import Path

import pytest

from sstar_lsp import ast_lock

SOURCE = "".join(f"def f{i}(a, b):\n    return [a + b * {i} for a in range(b) if a % 2]\n" for i in range(40))
TREES = 150


class _Rubbish:
    """Something that only the collector finds, and that Python is told about when it goes."""

    def __init__(self) -> None:
        self.itself = self


def test_threads_that_parse_side_by_side_all_get_their_trees() -> None:
    """``ast.parse`` itself fails here in one of ten cases on CPython 3.11."""
    alive: weakref.WeakSet[_Rubbish] = weakref.WeakSet()
    failed: list[BaseException] = []

    def parse() -> None:
        try:
            for _ in range(TREES):
                alive.add(_Rubbish())
                assert len(ast_lock.parse_module(SOURCE).body) == 40
                assert isinstance(ast_lock.parse_expression("f(1)"), ast.Call)
        except Exception as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)

    threads = [threading.Thread(target=parse) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_what_is_no_python_is_said_as_ever_and_warnings_go_nowhere(recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(SyntaxError):
        ast_lock.parse_module("def f(:")
    with pytest.raises(SyntaxError):
        ast_lock.parse_expression("a = 1")
    ast_lock.parse_module(r"'\d'; 1 is 1")
    assert len(recwarn) == 0


def test_nothing_else_parses() -> None:
    package = Path(ast_lock.__file__).parent
    found = [
        file.relative_to(package).as_posix()
        for file in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "parse"
        and isinstance(node.value, ast.Name)
        and node.value.id == "ast"
    ]
    assert set(found) == {"ast_lock.py"}
