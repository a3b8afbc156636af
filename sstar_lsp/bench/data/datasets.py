"""Reads problems to measure on; the fields of the first line tell the format of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from sstar_lsp.bench.data.functions import CHECKER, assert_tests, case_test, check_test, target_of
from sstar_lsp.bench.data.graded import graded
from sstar_lsp.bench.data.humaneval import HUMANEVAL, MBPP, humaneval, mbpp
from sstar_lsp.bench.data.jsonl import read_jsonl, read_parquet
from sstar_lsp.bench.data.livecodebench import CODECONTESTS, LIVECODEBENCH, codecontests, livecodebench
from sstar_lsp.bench.records import BenchProblem, InputValidator, PoolProgram
from sstar_lsp.errors import UsageError
from sstar_lsp.records import Problem, Style, Test

Reader = Callable[[Mapping[str, Any]], BenchProblem]


def load_problems(path: Path, limit: int | None = None, half: int | None = None) -> list[BenchProblem]:
    """The problems of a file, in order, at most ``limit``; ``half``: only those of which :func:`half_of` says
    so.
    Raises :class:`UsageError`: no such file, no known format, or a line that lacks a field (it names line and
    field)."""
    problems: list[BenchProblem] = []
    reader: Reader | None = None
    read = read_parquet if path.suffix == ".parquet" else read_jsonl
    for number, row in enumerate(read(path), 1):
        if limit is not None and len(problems) >= limit:
            break
        reader = reader or reader_for(row, path)
        try:
            problem = reader(row)
        except (KeyError, TypeError, ValueError) as error:
            what = f"has no field {error}" if isinstance(error, KeyError) else str(error)
            raise UsageError(f"{path}, problem {number}: {what}.") from error
        if half is None or half_of(problem.id) == half:
            problems.append(problem)
    if not problems:
        raise UsageError(f"{path}: holds no problem{'' if half is None else f' of half {half}'}.")
    seen: set[str] = set()
    for problem in problems:
        if problem.id in seen:
            raise UsageError(f"{path}: two problems have the id {problem.id!r}.")
        seen.add(problem.id)
    return problems


def half_of(name: str) -> int:
    """0 or 1, by a hash of the problem's id: what is chosen on one half is reported on the other."""
    return hashlib.sha256(name.encode()).digest()[0] & 1


def reader_for(row: Mapping[str, Any], path: Path) -> Reader:
    """The reader of the format that a row is of. Raises :class:`UsageError`: none; it lists the formats."""
    for _, fields, reader in FORMATS:
        if fields <= set(row):
            return reader
    known = "; ".join(f"{name} ({', '.join(sorted(fields))})" for name, fields, _ in FORMATS)
    raise UsageError(f"{path}: is of no known format. A line must have the fields of one of these: {known}.")


# --- ours -----------------------------------------------------------------------------------------


def ours(row: Mapping[str, Any]) -> BenchProblem:
    """A line of our own format, see docs/bench.md."""
    if row["io"] == "function":
        return _function(row)
    if row["io"] != "stdin":
        raise ValueError(f"unknown io {row['io']!r}; known: function, stdin")
    checker = str(row.get("checker") or "tokens")
    if checker == "tokens" and not row.get("case_sensitive"):
        checker = "tokens-nocase"
    limit = row.get("time_limit_s")
    public, hidden, generated = (
        [Test(str(test["input"]), str(test["output"])) for test in row.get(field) or ()]
        for field in ("public_tests", "hidden_tests", "generated_tests")
    )
    name, statement = str(row["id"]), str(row["statement"])
    title, seconds = str(row.get("title") or name), float(limit) if limit else None
    asked = Problem(title, statement, public_tests=tuple(public), checker=checker, time_limit_s=seconds)
    validators = [row["validator"], *(row.get("more_validators") or ())] if row.get("validator") else []
    return evolve(
        graded(name, asked, hidden),
        programs=_submissions(row),
        generated_tests=tuple(generated),
        validators=tuple(map(_validator, validators)),
        validator_flags=tuple(map(str, validators[0].get("flags") or [""])) if validators else ("",),
    )


def _validator(row: Mapping[str, Any]) -> InputValidator:
    files = {str(name): str(text) for name, text in row["files"].items()}
    return InputValidator(str(row["language"]), str(row["main"]), files)


_VERDICTS = {"accepted": "AC", "wrong_answer": "WA", "time_limit_exceeded": "TLE", "run_time_error": "RTE"}


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
            verdict=_VERDICTS.get(told := str(s.get("measured") or s.get("verdict") or ""), told),
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
            case = test["input"], test["output"], test.get("compare")
            hidden.append(case_test(target, *case, f"hidden {number}"))
        else:
            raise ValueError(f"unknown kind {test['kind']!r} of a hidden test; known: case, check")
    statement = str(row["statement"])
    if entry_point not in statement and asserts:  # MBPP names its function in the asserts only
        shown = "\n".join(asserts)
        statement = f"{statement.rstrip()}\n\nYour code should pass:\n\n```python\n{shown}\n```\n"
    written = "\n".join(str(test["assert"]) for test in row.get("generated_tests") or ())
    limit = float(row["time_limit_s"]) if row.get("time_limit_s") else None
    title = str(row.get("title") or entry_point)
    checker = f"json:{max(float(row.get('atol') or 0), 1e-6):g}"
    asked = Problem(title, statement, Style.FUNCTION, entry_point, starter, tuple(public), CHECKER, limit)
    problem = graded(str(row["id"]), asked, hidden, checker)
    return evolve(problem, generated_tests=tuple(assert_tests(target, written)))


FORMATS: tuple[tuple[str, frozenset[str], Reader], ...] = (
    ("ours", frozenset({"id", "io", "statement", "public_tests", "hidden_tests"}), ours),
    ("HumanEval", HUMANEVAL, humaneval),
    ("MBPP", MBPP, mbpp),
    ("LiveCodeBench", LIVECODEBENCH, livecodebench),
    ("CodeContests", CODECONTESTS, codecontests),
)
"""Name, fields that tell it, reader; the first that fits is taken."""
