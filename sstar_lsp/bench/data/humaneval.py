"""HumanEval and MBPP as their authors publish them (and the plus versions that keep their fields)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from sstar_lsp.bench.data.functions import CHECKER, assert_tests, check_test, target_of
from sstar_lsp.bench.data.graded import graded
from sstar_lsp.bench.records import BenchProblem
from sstar_lsp.problems.source.call_examples import arrows_of, doctests_of
from sstar_lsp.problems.source.signatures import Stub, parse_source, stubs_of
from sstar_lsp.records import Problem, Style

HUMANEVAL = frozenset({"task_id", "prompt", "entry_point", "test"})
MBPP = frozenset({"task_id", "test_list", "code"})
HIDDEN_LIMIT_S = 5.0
"""CPU seconds of one check: neither set says any, and theirs run whole suites at once."""


def humaneval(row: Mapping[str, Any]) -> BenchProblem:
    """A line of HumanEval.jsonl: the docstring's examples are public, ``check`` is hidden."""
    entry_point, prompt = str(row["entry_point"]), str(row["prompt"])
    target = target_of(entry_point, prompt)
    stub = next((stub for stub in stubs_of(prompt) if stub.entry_point == entry_point), None)
    shown = stub.docstring if stub is not None else prompt
    public = [*doctests_of(target, shown), *arrows_of(target, shown)]
    hidden = [check_test(f"{row['test']}\ncheck({entry_point})\n", "check")]
    shape = (Style.FUNCTION, entry_point, prompt, tuple(public), CHECKER, HIDDEN_LIMIT_S)
    return graded(str(row["task_id"]), Problem(entry_point, prompt, *shape), hidden)


def mbpp(row: Mapping[str, Any]) -> BenchProblem:
    """A line of mbpp.jsonl or of its sanitised version: the first assert is public, all are hidden."""
    asserts = [str(line) for line in row["test_list"]]
    text = row.get("text") or row.get("prompt")
    if not text or not asserts:
        raise ValueError("MBPP wants 'text' (or 'prompt') and at least one line in 'test_list'")
    entry_point = _tested(str(row["code"]), asserts)
    setup = "\n".join(
        [str(row.get("test_setup_code") or ""), *map(str, row.get("test_imports") or ())]
    ).strip()
    sources = [*asserts, *map(str, row.get("challenge_test_list") or ())]
    if row.get("test"):
        sources.append(str(row["test"]))
    hidden = [check_test(f"{setup}\n{source}\n", f"hidden {n}") for n, source in enumerate(sources, 1)]
    statement = f"{str(text).rstrip()}\n\nYour code should pass:\n\n```python\n{asserts[0]}\n```\n"
    name = str(row["task_id"])
    name = name if "/" in name else f"MBPP/{name}"
    public = tuple(_public(entry_point, asserts[0], setup))
    shape = (Style.FUNCTION, entry_point, "", public, CHECKER, HIDDEN_LIMIT_S)
    return graded(name, Problem(entry_point, statement, *shape), hidden)


def _public(entry_point: str, line: str, setup: str) -> list[Any]:
    tests = assert_tests(Stub(entry_point), line)
    is_call = bool(tests) and not tests[0].is_check
    return tests if is_call or not setup else assert_tests(Stub(entry_point), f"{setup}\n{line}")


def _tested(code: str, asserts: Iterable[str]) -> str:
    """The function that the asserts call: defined in the reference and named in them."""
    tree = parse_source(code)
    defined = {node.name for node in (tree.body if tree else ()) if isinstance(node, ast.FunctionDef)}
    for line in asserts:
        for node in ast.walk(parse_source(line) or ast.Module([], [])):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in defined:
                return node.func.id
    raise ValueError("the asserts in 'test_list' call no function that 'code' defines")
