"""Which programs, and which failures, are the same; decided from their texts alone.

Equal programs are run and repaired once; equal failures are repaired once.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import lru_cache

from sstar_lsp import ast_lock
from sstar_lsp.engine.run.events import Checked
from sstar_lsp.records import Candidate
from sstar_sandbox import Verdict

Signature = tuple[tuple[str, str], ...]
"""How a program fails: verdict and what was seen, for each public test."""


@lru_cache(maxsize=4096)
def fingerprint(code: str, language: str) -> str:
    """Digest of a program that comments, blank lines and layout do not change.

    Python: its syntax tree without docstrings. Other languages, and what does not parse: its lines, without
    blanks at their ends.
    """
    tree = _python_tree(code) if language == "python" else None
    text = tree or "\n".join(line.rstrip() for line in code.splitlines() if line.strip())
    return hashlib.sha256(f"{language}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _python_tree(code: str) -> str | None:
    try:
        tree = ast_lock.parse_module(code)
        if "__doc__" not in code:
            for node in ast.walk(tree):
                _drop_docstring(node)
        return ast.dump(tree)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _drop_docstring(node: ast.AST) -> None:
    if not isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()))]:
            node.body = node.body[1:]


def duplicate_of(candidate: Candidate, others: Iterable[Candidate]) -> Candidate | None:
    """The first of ``others`` that is the same program."""
    own = fingerprint(candidate.code, candidate.language)
    alike = (other for other in others if fingerprint(other.code, other.language) == own)
    return next((other for other in alike if other is not candidate), None)


def unique(candidates: Iterable[Candidate]) -> list[Candidate]:
    """One candidate for each different program, in their order."""
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        first.setdefault(fingerprint(candidate.code, candidate.language), candidate)
    return list(first.values())


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def failure_signature(check: Checked) -> Signature:
    """How a candidate fails its public tests: two programs that fail alike have the same bug, most likely."""
    if check.compile_error is not None:
        return (("CE", _last_line(check.compile_error)),)
    seen = {
        Verdict.WA: lambda outcome: " ".join(outcome.output.split()),
        Verdict.RE: lambda outcome: _last_line(outcome.error),
    }
    return tuple(
        (outcome.verdict.value, seen[outcome.verdict](outcome) if outcome.verdict in seen else "")
        for outcome in check.outcomes
    )
