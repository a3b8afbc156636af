"""Problems to measure on: finds out the format of a file and reads it.

The formats are told apart by the fields of the first line; each has a reader of its own. Ours is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sstar_lsp.bench.functions import CHECKER, assert_tests, case_test, check_test, target_of
from sstar_lsp.bench.jsonl import read_jsonl
from sstar_lsp.bench.records import BenchProblem, PoolProgram
from sstar_lsp.errors import UsageError
from sstar_lsp.problems.calls import renamed
from sstar_lsp.problems.facts import facts_of
from sstar_lsp.records import Problem, Style, Test, TestOrigin
from sstar_sandbox import comparator_named

Reader = Callable[[Mapping[str, Any]], BenchProblem]


def load_problems(path: Path, limit: int | None = None) -> list[BenchProblem]:
    """The problems of a file, in order, at most ``limit``.

    Raises:
        UsageError: no such file, no known format, or a line that lacks a field (it names line and field).
    """
    problems: list[BenchProblem] = []
    reader: Reader | None = None
    for number, row in enumerate(_rows(path), 1):
        if limit is not None and len(problems) >= limit:
            break
        reader = reader or reader_for(row, path)
        try:
            problems.append(reader(row))
        except (KeyError, TypeError, ValueError) as error:
            what = f"has no field {error}" if isinstance(error, KeyError) else str(error)
            raise UsageError(f"{path}, problem {number}: {what}.") from error
    if not problems:
        raise UsageError(f"{path}: holds no problem.")
    seen: set[str] = set()
    for problem in problems:
        if problem.id in seen:
            raise UsageError(f"{path}: two problems have the id {problem.id!r}.")
        seen.add(problem.id)
    return problems


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    return read_jsonl(path)


def reader_for(row: Mapping[str, Any], path: Path) -> Reader:
    """The reader of the format that a row is of.

    Raises:
        UsageError: none; it lists the formats.
    """
    for _, fields, reader in FORMATS:
        if fields <= set(row):
            return reader
    known = "; ".join(f"{name} ({', '.join(sorted(fields))})" for name, fields, _ in FORMATS)
    raise UsageError(f"{path}: is of no known format. A line must have the fields of one of these: {known}.")


# --- ours -----------------------------------------------------------------------------------------


def ours(row: Mapping[str, Any]) -> BenchProblem:
    """A line of our own format, see docs/bench.md."""
    return _function(row) if row["io"] == "function" else _stdin(row)


def _stdin(row: Mapping[str, Any]) -> BenchProblem:
    if row["io"] != "stdin":
        raise ValueError(f"unknown io {row['io']!r}; known: function, stdin")
    checker = str(row.get("checker") or "tokens")
    if checker == "tokens" and not row.get("case_sensitive"):
        checker = "tokens-nocase"
    comparator_named(checker)
    public = [Test(str(t["input"]), str(t["output"])) for t in row["public_tests"]]
    hidden = [Test(str(t["input"]), str(t["output"]), TestOrigin.HIDDEN) for t in row["hidden_tests"]]
    limit = row.get("time_limit_s")
    problem = Problem(
        title=str(row.get("title") or row["id"]),
        statement=with_examples(str(row["statement"]), public),
        public_tests=renamed(public),
        checker=checker,
        time_limit_s=float(limit) if limit else None,
        several_answers=facts_of(str(row["statement"])).several_answers,
    )
    return BenchProblem(
        id=str(row["id"]),
        problem=problem,
        hidden=renamed(hidden, TestOrigin.HIDDEN),
        checker=checker,
        time_limit_s=problem.time_limit_s,
        programs=_submissions(row),
    )


def with_examples(statement: str, public: Iterable[Test]) -> str:
    """The statement with the examples that it does not show itself."""
    flat = " ".join(statement.split())
    missing = [test for test in public if " ".join(test.input.split()) not in flat]
    parts = [statement.rstrip()]
    parts += [
        f"Input:\n\n```\n{t.input.rstrip()}\n```\n\nOutput:\n\n```\n{t.expected.rstrip()}\n```"
        for t in missing
    ]
    return "\n\n".join(parts) + "\n"


def _submissions(row: Mapping[str, Any]) -> tuple[PoolProgram, ...]:
    """Real submissions with recorded verdicts: a pool by themselves where there are wrong ones."""
    right = [(s, True) for s in row.get("reference_solutions") or ()]
    wrong = [(s, False) for s in row.get("wrong_solutions") or ()]
    return tuple(
        PoolProgram(
            code=str(s["code"]),
            language=str(s["language"]),
            right=verdict,
            model="submission",
            passed_public=s.get("passes_public", True if verdict else None),
        )
        for s, verdict in (*right, *wrong)
        if s.get("verdict") is not None or not verdict
    )


def _function(row: Mapping[str, Any]) -> BenchProblem:
    entry_point, starter = str(row["entry_point"]), str(row.get("starter_code") or "")
    target = target_of(entry_point, starter)
    public: list[Test] = []
    asserts: list[str] = []
    for test in row["public_tests"]:
        asserts.append(str(test["assert"]))
        public += assert_tests(target, asserts[-1])
    hidden: list[Test] = []
    for number, test in enumerate(row["hidden_tests"], 1):
        if test["kind"] == "check":
            hidden.append(check_test(str(test["input"]), f"hidden {number}"))
        elif test["kind"] == "case":
            hidden.append(
                case_test(target, test["input"], test["output"], test.get("compare"), f"hidden {number}")
            )
        else:
            raise ValueError(f"unknown kind {test['kind']!r} of a hidden test; known: case, check")
    tolerance = max(float(row.get("atol") or 0), 1e-6)
    limit = row.get("time_limit_s")
    return BenchProblem(
        id=str(row["id"]),
        problem=function_problem(row, str(row["statement"]), entry_point, starter, public, asserts),
        hidden=tuple(hidden),
        checker=f"json:{tolerance:g}",
        time_limit_s=float(limit) if limit else None,
    )


def function_problem(
    row: Mapping[str, Any],
    statement: str,
    entry_point: str,
    starter_code: str,
    public: list[Test],
    asserts: list[str],
) -> Problem:
    """A function problem as the engine sees it; a statement that names no function gets the asserts (MBPP)."""
    if entry_point not in statement and asserts:
        shown = "\n".join(asserts)
        statement = f"{statement.rstrip()}\n\nYour code should pass:\n\n```python\n{shown}\n```\n"
    return Problem(
        title=str(row.get("title") or entry_point),
        statement=statement,
        style=Style.FUNCTION,
        entry_point=entry_point,
        starter_code=starter_code,
        public_tests=renamed(public),
        checker=CHECKER,
        time_limit_s=float(limit) if (limit := row.get("time_limit_s")) else None,
        several_answers=facts_of(statement).several_answers,
    )


FORMATS: tuple[tuple[str, frozenset[str], Reader], ...] = (
    ("sstar", frozenset({"id", "io", "statement", "public_tests", "hidden_tests"}), ours),
)
"""Name, fields that tell it, reader; the first that fits is taken."""
