"""LiveCodeBench and CodeContests with the fields that they have on the hub.

LiveCodeBench packs its private tests (base64, zlib, pickle): the pickle is read as data, instruction by
instruction, and is never run; anything in it but one text is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import pickletools
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from sstar_lsp.bench.data.functions import CHECKER, target_of
from sstar_lsp.bench.data.graded import graded
from sstar_lsp.bench.records import BenchProblem, PoolProgram
from sstar_lsp.problems.source.call_examples import renamed
from sstar_lsp.records import Problem, Style, Test, TestOrigin

LIVECODEBENCH = frozenset({"question_content", "public_test_cases", "private_test_cases"})
CODECONTESTS = frozenset({"name", "description", "public_tests", "private_tests"})
LIVECODEBENCH_LIMIT_S = 6.0
"""CPU seconds of one test: what LiveCodeBench's own harness gives."""
_LANGUAGES = {1: "python2", 2: "cpp", 3: "python3", 4: "java"}
"""CodeContests' numbers."""
_PLAIN_TEXT = {
    *("PROTO", "FRAME", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("MEMOIZE", "BINPUT", "LONG_BINPUT", "STOP"),
}


def livecodebench(row: Mapping[str, Any]) -> BenchProblem:
    """A line of LiveCodeBench's code generation files, of either style."""
    name = str(row.get("question_id") or row.get("question_title"))
    title, statement = str(row.get("question_title") or name), str(row["question_content"])
    public = list(_cases(row["public_test_cases"]))
    private = list(_cases(row["private_test_cases"]))
    if not public and not private:
        raise ValueError("has no tests")
    if (public or private)[0].get("testtype") != "functional":
        tests, hidden = (
            [Test(str(c["input"]), str(c["output"])) for c in cases] for cases in (public, private)
        )
        problem = Problem(title, statement, public_tests=tuple(tests), time_limit_s=LIVECODEBENCH_LIMIT_S)
        return graded(name, problem, hidden)
    starter = str(row.get("starter_code") or "")
    entry_point = _entry_point(row, starter)
    tests, hidden = ([_called(case) for case in cases] for cases in (public, private))
    shape = (Style.FUNCTION, entry_point, starter, tuple(tests), CHECKER, LIVECODEBENCH_LIMIT_S)
    return graded(name, Problem(title, statement, *shape), renamed(hidden, TestOrigin.HIDDEN))


def _entry_point(row: Mapping[str, Any], starter: str) -> str:
    metadata = row.get("metadata") or "{}"
    named = (json.loads(metadata) if isinstance(metadata, str) else metadata).get("func_name")
    if not named:
        raise ValueError("a functional problem needs 'func_name' in its 'metadata'")
    entry_point = f"Solution.{named}" if "class Solution" in starter else str(named)
    return target_of(entry_point, starter).entry_point


def _called(case: Mapping[str, Any]) -> Test:
    """One JSON value a line is one argument."""
    arguments = [json.loads(line) for line in str(case["input"]).split("\n") if line.strip()]
    return Test(json.dumps(arguments), json.dumps(json.loads(str(case["output"]))))


def _cases(packed: Any) -> Iterator[Mapping[str, Any]]:
    """Test cases as a list, as JSON, or packed."""
    if isinstance(packed, str):
        try:
            packed = json.loads(packed)
        except ValueError:
            packed = json.loads(_unpacked(packed))
    for case in packed:
        yield {str(key): value for key, value in dict(case).items()}


def _unpacked(text: str) -> str:
    """The one text in a pickle; nothing in it is run. Raises ``ValueError``: it is no such thing."""
    try:
        pickled = zlib.decompress(base64.b64decode(text, validate=True))
        steps = list(pickletools.genops(pickled))
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError(f"'private_test_cases' is neither JSON nor packed JSON ({error})") from error
    texts = [argument for step, argument, _ in steps if "UNICODE" in step.name]
    if {step.name for step, _, _ in steps} - _PLAIN_TEXT or len(texts) != 1:
        raise ValueError(
            "'private_test_cases' holds a pickle of something other than one text: it is not read"
        )
    return str(texts[0])


def codecontests(row: Mapping[str, Any]) -> BenchProblem:
    """A row of CodeContests; its right and wrong solutions are a pool by themselves."""
    limit = row.get("time_limit")
    seconds = limit.get("seconds", 0) + limit.get("nanos", 0) / 1e9 if isinstance(limit, Mapping) else limit
    hidden = [*_paired(row["private_tests"]), *_paired(row.get("generated_tests") or {})]
    name, public = str(row["name"]), tuple(_paired(row["public_tests"]))
    limit_s = float(seconds) if seconds else None
    problem = Problem(name, str(row["description"]), public_tests=public, time_limit_s=limit_s)
    return evolve(graded(name, problem, hidden), programs=tuple(_solutions(row)))


def _paired(tests: Mapping[str, Any]) -> list[Test]:
    """Lists of inputs and outputs as tests."""
    inputs, outputs = list(tests.get("input") or ()), list(tests.get("output") or ())
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs but {len(outputs)} outputs")
    return [Test(str(given), str(wanted)) for given, wanted in zip(inputs, outputs, strict=True)]


def _solutions(row: Mapping[str, Any]) -> Iterator[PoolProgram]:
    for field, right in (("solutions", True), ("incorrect_solutions", False)):
        listed = row.get(field) or {}
        for language, code in zip(listed.get("language") or (), listed.get("solution") or (), strict=True):
            is_number = isinstance(language, int)
            named = _LANGUAGES.get(language, str(language)) if is_number else str(language).lower()
            yield PoolProgram(str(code), named, right, model="submission")
