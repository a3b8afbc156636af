"""What Competitive Companion posts for one problem, read as leniently as its versions differ.

Fields and their traps: https://github.com/jmerle/competitive-companion (README, "The format").
"""

from __future__ import annotations

import json
from typing import Any

from attrs import field, frozen

from sstar_lsp.errors import ProblemError
from sstar_lsp.records import Test, TestOrigin

LONGEST_NAME = 200
"""Characters that are kept of a name."""
MOST_TESTS = 200


@frozen
class CompanionProblem:
    """One posted problem."""

    name: str
    judge: str
    """``Codeforces`` of the group ``Codeforces - Round 1``."""
    contest: str
    """``Round 1``; empty if the group names none."""
    url: str = ""
    task: str = ""
    """A class name made of the problem's name, as Java wants it; may be empty."""
    is_interactive: bool = False
    time_limit_ms: int | None = None
    memory_limit_mb: int | None = None
    files: tuple[str, str] | None = None
    """Input and output file, where the judge wants files."""
    tests: tuple[Test, ...] = ()
    batch: str = ""
    """Id that the problems of one contest share."""
    batch_size: int = 1
    raw: dict[str, Any] = field(factory=dict, repr=False, eq=False)
    """All that was posted."""


def companion_problem(body: bytes) -> CompanionProblem:
    """The problem in the body of a request.
    Raises :class:`ProblemError`: it is no JSON object with a name."""
    try:
        posted = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProblemError(f"what was posted is no JSON: {error}") from error
    if not isinstance(posted, dict) or not _text(posted.get("name")).strip():
        raise ProblemError("what was posted is no problem of Competitive Companion: it has no name.")
    judge, _, contest = _text(posted.get("group")).partition(" - ")
    batch = _object(posted.get("batch"))
    given, wanted = _object(posted.get("input")), _object(posted.get("output"))
    names = _text(given.get("fileName")), _text(wanted.get("fileName"))
    return CompanionProblem(
        name=_line(posted["name"]),
        judge=_line(judge),
        contest=_line(contest),
        url=_url(_text(posted.get("url"))),
        task=_line(_object(_object(posted.get("languages")).get("java")).get("taskClass")),
        is_interactive=posted.get("interactive") is True,
        time_limit_ms=_positive(posted.get("timeLimit")),
        memory_limit_mb=_positive(posted.get("memoryLimit")),
        files=(_line(names[0]), _line(names[1]) or "output.txt") if given.get("type") == "file" else None,
        tests=_tests(posted.get("tests")),
        batch=_line(batch.get("id")),
        batch_size=_positive(batch.get("size")) or 1,
        raw=posted,
    )


def _tests(posted: object) -> tuple[Test, ...]:
    cases = posted[:MOST_TESTS] if isinstance(posted, list) else []
    return tuple(
        Test(_text(case["input"]), _text(case["output"]), TestOrigin.SAMPLE, f"example {number}")
        for number, case in enumerate(cases, 1)
        if isinstance(case, dict)
        and isinstance(case.get("input"), str)
        and isinstance(case.get("output"), str)
    )


def _text(value: object) -> str:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _line(value: object) -> str:
    """One line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in _text(value)).split())[:LONGEST_NAME]


def _url(text: str) -> str:
    return _line(text) if text.startswith(("https://", "http://")) else ""


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _positive(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < 1e9:
        return None
    return int(value)
