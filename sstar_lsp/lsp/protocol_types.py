"""Our own requests, typed: what ``sstar/…`` methods take, and how it is read.

A room of its own because this is the contract with editors. Untyped, parameters would arrive as named tuples
with renamed fields; here a wrong or unknown key is an error that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import cattrs
from attrs import field, frozen
from lsprotocol import types
from pygls.protocol import default_converter

from sstar_lsp.lsp.transport.lenient import names_folders

SOLVE = "sstar/solve"
RESUME = "sstar/resume"
RUN = "sstar/run"
JUDGE = "sstar/judge"
CANCEL = "sstar/cancel"
RUNS = "sstar/runs"
EDIT = "sstar/edit"
DOCUMENT = "sstar/document"
TESTS = "sstar/tests"
CHECK = "sstar/check"
CONFIRM_PRACTICE = "sstar/confirmPractice"
WEIGHTS = "sstar/weights"
PROBLEM = "sstar/problem"

OWN_TESTS = "sstar/ownTests"
TEST = "sstar/test"
STRESS = "sstar/stress"
SAVE_TEST = "sstar/saveTest"

SECRET = "sstar/secret"  # noqa: S105 - the name of a method
"""Server to client: asks for a key."""
PROGRESS = "sstar/progress"
"""Server to client: where a run stands."""

MOST_SECONDS = 86_400
"""Of a stress test."""

VERDICT_WORDS = ("illegal", "unknown")
"""Verdicts that are a word; the others are ``{"expected": text}`` and ``{"cluster": id}``."""

Verdict = str | dict[str, str]


@frozen
class SolveParams:
    """Which document to solve, and how."""

    uri: str
    """The open document, saved or not; else the file."""
    range: types.Range | None = None
    """Part that holds the problem; None for the whole document."""
    language: str | None = None
    """Of the programs; None: as the settings say."""
    options: Mapping[str, Any] = field(factory=dict)
    """Keys of the section ``solve`` of the settings; the highest precedence."""
    own: bool = False
    """The document's own program becomes a candidate."""
    work_done_token: str | int | None = None
    """Client-made progress token."""


@frozen
class ResumeParams:
    """Which run to go on with."""

    run_id: str
    options: Mapping[str, Any] = field(factory=dict)
    """As of a solve; only the budget counts."""
    work_done_token: str | int | None = None


@frozen
class RunParams:
    """Which run is meant, and perhaps which of its inputs."""

    run_id: str
    input_id: str | None = None


@frozen
class ReportParams:
    """Which run's report is wanted."""

    run_id: str
    show: bool = True
    """The editor is asked to open it; else its address alone is answered."""


@frozen
class JudgeParams:
    """What a person says about an input."""

    run_id: str
    input_id: str
    verdict: Verdict


@frozen
class EditParams:
    """Which program to insert."""

    run_id: str
    candidate_id: str | None = None
    """None: the chosen one."""


@frozen
class DocumentParams:
    """Which document is meant."""

    uri: str
    """To read: ``sstar://run/<run id>/…``."""


@frozen
class RunsParams:
    """Which runs to list."""

    limit: int = 50
    """The newest so many."""
    uri: str | None = None
    """Only those of that document."""


@frozen
class CancelParams:
    """Which runs of this server to cancel."""

    run_id: str | None = None
    uri: str | None = None
    """All runs of that document. Neither: every run."""


@frozen
class PracticeParams:
    """What a person says about a contest."""

    contest: str
    practice: bool = True


@frozen
class ListenParams:
    """Where problems of Competitive Companion go."""

    folder: str | None = None
    """URI or path; None: the first folder of the workspace."""
    port: int | None = None


@frozen
class NewProblemParams:
    """A page that the editor has."""

    text: str
    html: str | None = None
    """The HTML flavour of the clipboard, where the editor can read it."""
    folder: str | None = None
    """URI or path of where it goes; None: the first folder of the workspace."""
    into: str | None = None
    """URI of a statement that waits to be filled in."""
    ask: bool = True
    """Show what was read, and keep it only if a person says so."""


@frozen
class CheckParams:
    """Which tests of a run's program to run again."""

    run_id: str
    tests: tuple[str, ...] | None = None
    """Their ids; None: all."""


@frozen
class OwnTestsParams:
    """Which program, and which of the tests of its problem."""

    uri: str
    tests: tuple[int, ...] = ()
    """Their numbers, from 1; empty: all."""
    work_done_token: str | int | None = None


@frozen
class StressParams:
    """Which two programs are compared, and how long."""

    uri: str
    other: str
    seconds: float = 60.0
    seed: int = 0
    generator: str | None = None
    """URI of a program that prints an input."""
    checker: str | None = None
    """Comparator, or URI of a checker program."""
    validator: str | None = None
    """URI of a program that says which inputs are legal."""
    work_done_token: str | int | None = None


@frozen
class SaveTestParams:
    """A test to keep."""

    uri: str
    """Of a program or the statement of the problem."""
    input: str
    expected: str | None = None
    """The right output, where a person said it; None: nobody did."""


CORRECTIONS = ("not_an_example", "output_ends", "as_read")
"""What can be said about a line: the last one takes back the others."""


@frozen
class CorrectParams:
    """What a person says about the reading of a line, which counts from 0."""

    uri: str
    line: int
    kind: str


# --- reading ---------------------------------------------------------------------------------------


def _object(raw: object, what: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{what} wants an object, got {raw!r}")
    for key in raw:
        if key not in known:
            raise ValueError(f"{what} has no key {key!r}; known: {', '.join(known)}")
    return raw


def _typed(values: Mapping[str, Any], key: str, kinds: tuple[type, ...], wanted: str) -> Any:
    value = values.get(key)
    if value is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))):
        return value
    raise ValueError(f"'{key}' wants {wanted}, got {value!r}")


def _named(values: Mapping[str, Any], key: str, what: str, wanted: str) -> str:
    name = _typed(values, key, (str,), wanted)
    if not name:
        raise ValueError(f"{what} wants '{key}', {wanted}")
    return str(name)


def _uri(values: Mapping[str, Any], what: str) -> str:
    uri = _typed(values, "uri", (str,), "a URI")
    if uri is None and "textDocument" in values:
        # version and languageId come along in some clients; the open document knows them better
        document = values["textDocument"]
        if isinstance(document, Mapping):
            uri = _typed(document, "uri", (str,), "a URI")
    if not uri:
        raise ValueError(f'{what} wants {{"textDocument": {{"uri": …}}}} (or "uri")')
    return str(uri)


def _range(values: Mapping[str, Any]) -> types.Range | None:
    given = values.get("range")
    if given is None:
        return None
    try:
        start, end = (
            types.Position(int(p["line"]), int(p["character"])) for p in (given["start"], given["end"])
        )
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(f"'range' wants start and end with line and character, got {given!r}") from error
    return types.Range(start, end)


def _options(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_typed(values, "options", (Mapping,), "an object") or {})


def _token(values: Mapping[str, Any]) -> str | int | None:
    token: str | int | None = _typed(values, "workDoneToken", (str, int), "a token")
    return token


def solve_params(raw: object) -> SolveParams:
    """Read what ``sstar/solve`` and the command ``sstar.solve`` take: an object, or just a URI.

    Like all readers here:

    Raises:
        ValueError: naming the key that is wrong.
    """
    if isinstance(raw, str):
        return SolveParams(raw)
    known = ("textDocument", "uri", "range", "language", "options", "own", "workDoneToken")
    values = _object(raw, SOLVE, (*known, "partialResultToken"))
    return SolveParams(
        uri=_uri(values, SOLVE),
        range=_range(values),
        language=_typed(values, "language", (str,), "a name"),
        options=_options(values),
        own=bool(_typed(values, "own", (bool,), "true or false")),
        work_done_token=_token(values),
    )


def resume_params(raw: object) -> ResumeParams:
    """An object, or just a run id."""
    if isinstance(raw, str):
        return ResumeParams(raw)
    values = _object(raw, RESUME, ("runId", "options", "workDoneToken", "partialResultToken"))
    return ResumeParams(_named(values, "runId", RESUME, "a run id"), _options(values), _token(values))


def run_params(raw: object, what: str = RUN) -> RunParams:
    """An object, or just a run id."""
    if isinstance(raw, str):
        return RunParams(raw)
    values = _object(raw, what, ("runId", "inputId"))
    return RunParams(
        _named(values, "runId", what, "a run id"), _typed(values, "inputId", (str,), "an input id")
    )


def report_params(raw: object) -> ReportParams:
    """An object, or just a run id."""
    if isinstance(raw, str):
        return ReportParams(raw)
    values = _object(raw, "sstar.report", ("runId", "show"))
    run_id = _named(values, "runId", "sstar.report", "a run id")
    return ReportParams(run_id, _typed(values, "show", (bool,), "true or false") is not False)


def judge_params(raw: object) -> JudgeParams:
    """An object with a verdict."""
    values = _object(raw, JUDGE, ("runId", "inputId", "verdict"))
    return JudgeParams(
        _named(values, "runId", JUDGE, "a run id"),
        _named(values, "inputId", JUDGE, "an input id"),
        _verdict(values.get("verdict")),
    )


def _verdict(raw: object) -> Verdict:
    if isinstance(raw, str) and raw in VERDICT_WORDS:
        return raw
    if isinstance(raw, Mapping) and len(raw) == 1:
        [(kind, value)] = raw.items()
        if kind in ("expected", "cluster") and isinstance(value, str):
            return {kind: value}
    raise ValueError(
        f"""'verdict' wants {{"expected": text}}, {{"cluster": id}}, "illegal" or "unknown", got {raw!r}"""
    )


def edit_params(raw: object) -> EditParams:
    """An object, or just a run id."""
    if isinstance(raw, str):
        return EditParams(raw)
    values = _object(raw, EDIT, ("runId", "candidateId"))
    return EditParams(
        _named(values, "runId", EDIT, "a run id"), _typed(values, "candidateId", (str,), "a candidate id")
    )


def document_params(raw: object) -> DocumentParams:
    """An object with a URI."""
    return DocumentParams(_uri(_object(raw, DOCUMENT, ("uri", "textDocument")), DOCUMENT))


def weights_params(raw: object) -> DocumentParams:
    """An object with the URI of the document that would be solved."""
    return DocumentParams(_uri(_object(raw, WEIGHTS, ("uri", "textDocument")), WEIGHTS))


def problem_params(raw: object) -> DocumentParams:
    """An object with a URI."""
    return DocumentParams(_uri(_object(raw, PROBLEM, ("uri", "textDocument")), PROBLEM))


def correct_params(raw: object) -> CorrectParams:
    """An object with a URI, a line and what is said."""
    values = _object(raw, "sstar.correct", ("uri", "textDocument", "line", "kind"))
    line = _typed(values, "line", (int,), "a line, from 0")
    if line is None or line < 0 or values.get("kind") not in CORRECTIONS:
        raise ValueError(f"it wants a 'line' from 0 and as 'kind' one of {', '.join(CORRECTIONS)}")
    return CorrectParams(_uri(values, "sstar.correct"), line, values["kind"])


def runs_params(raw: object) -> RunsParams:
    """An object, or nothing."""
    values = _object(raw or {}, RUNS, ("limit", "uri"))
    limit = _typed(values, "limit", (int,), "a number")
    if limit is not None and limit < 1:
        raise ValueError(f"'limit' wants at least 1, got {limit}")
    return RunsParams(limit or 50, _typed(values, "uri", (str,), "a URI"))


def cancel_params(raw: object) -> CancelParams:
    """An object, a run id, or nothing."""
    if isinstance(raw, str):
        return CancelParams(raw)
    values = _object(raw or {}, CANCEL, ("runId", "uri"))
    return CancelParams(_typed(values, "runId", (str,), "a run id"), _typed(values, "uri", (str,), "a URI"))


def practice_params(raw: object) -> PracticeParams:
    """An object, or just a contest."""
    if isinstance(raw, str):
        return PracticeParams(raw)
    values = _object(raw, CONFIRM_PRACTICE, ("contest", "practice"))
    practice = _typed(values, "practice", (bool,), "true or false")
    return PracticeParams(
        _named(values, "contest", CONFIRM_PRACTICE, "a contest"), practice is None or practice
    )


def listen_params(raw: object) -> ListenParams:
    """An object, or nothing."""
    values = _object(raw or {}, "sstar.listen.start", ("folder", "port"))
    port = _typed(values, "port", (int,), "a port")
    return ListenParams(_typed(values, "folder", (str,), "a folder"), port)


def new_problem_params(raw: object) -> NewProblemParams:
    """An object, or just the text."""
    if isinstance(raw, str):
        return NewProblemParams(raw)
    values = _object(raw, "sstar.newProblem", ("text", "html", "folder", "into", "ask"))
    ask = _typed(values, "ask", (bool,), "true or false")
    return NewProblemParams(
        _typed(values, "text", (str,), "a text") or "",
        _typed(values, "html", (str,), "a text"),
        _typed(values, "folder", (str,), "a folder"),
        _typed(values, "into", (str,), "a URI"),
        ask is None or ask,
    )


def tests_params(raw: object) -> RunParams:
    """An object, or just a run id."""
    return run_params(raw, TESTS)


def check_params(raw: object) -> CheckParams:
    """An object, or just a run id."""
    if isinstance(raw, str):
        return CheckParams(raw)
    values = _object(raw, CHECK, ("runId", "tests"))
    tests = _typed(values, "tests", (list, tuple), "a list of test ids")
    if tests is not None and not all(isinstance(test, str) for test in tests):
        raise ValueError(f"'tests' wants a list of test ids, got {tests!r}")
    run_id = _named(values, "runId", CHECK, "a run id")
    return CheckParams(run_id, None if tests is None else tuple(tests))


def own_tests_params(raw: object) -> OwnTestsParams:
    """An object with a URI, or just a URI."""
    if isinstance(raw, str):
        return OwnTestsParams(raw)
    values = _object(raw, TEST, ("uri", "textDocument", "tests", "workDoneToken"))
    tests = _typed(values, "tests", (list, tuple), "a list of numbers from 1") or ()
    if not all(isinstance(test, int) and not isinstance(test, bool) and test > 0 for test in tests):
        raise ValueError(f"'tests' wants a list of numbers from 1, got {tests!r}")
    return OwnTestsParams(_uri(values, TEST), tuple(tests), _token(values))


def stress_params(raw: object) -> StressParams:
    """An object with two URIs."""
    known = ("uri", "textDocument", "other", "seconds", "seed", "generator", "checker", "validator")
    values = _object(raw, STRESS, (*known, "workDoneToken"))
    seconds = _typed(values, "seconds", (int, float), "a number of seconds")
    seed = _typed(values, "seed", (int,), "a number")
    if seconds is not None and not 0 < seconds <= MOST_SECONDS:
        raise ValueError(f"'seconds' wants more than 0 and at most {MOST_SECONDS}, got {seconds}")
    if seed is not None and seed < 0:
        raise ValueError(f"'seed' wants 0 or more, got {seed}")
    return StressParams(
        _uri(values, STRESS),
        _named(values, "other", STRESS, "the URI of the other program"),
        60.0 if seconds is None else float(seconds),
        seed or 0,
        generator=_typed(values, "generator", (str,), "a URI"),
        checker=_typed(values, "checker", (str,), "a comparator or a URI"),
        validator=_typed(values, "validator", (str,), "a URI"),
        work_done_token=_token(values),
    )


def save_test_params(raw: object) -> SaveTestParams:
    """An object with a URI and an input."""
    values = _object(raw, SAVE_TEST, ("uri", "textDocument", "input", "expected"))
    text = _typed(values, "input", (str,), "a text")
    if text is None:
        raise ValueError(f"{SAVE_TEST} wants 'input', a text")
    return SaveTestParams(_uri(values, SAVE_TEST), text, _typed(values, "expected", (str,), "a text"))


READERS: dict[str, Callable[[object], Any]] = {
    SOLVE: solve_params,
    RESUME: resume_params,
    RUN: run_params,
    JUDGE: judge_params,
    CANCEL: cancel_params,
    RUNS: runs_params,
    EDIT: edit_params,
    DOCUMENT: document_params,
    CONFIRM_PRACTICE: practice_params,
    TESTS: tests_params,
    CHECK: check_params,
    WEIGHTS: weights_params,
    PROBLEM: problem_params,
    OWN_TESTS: own_tests_params,
    TEST: own_tests_params,
    STRESS: stress_params,
    SAVE_TEST: save_test_params,
}
"""Method to the reader of its parameters."""


def _message(method: str) -> type[Any]:
    """The type of a request on the wire: pygls finds the handler by it."""
    name = "".join(part.capitalize() for part in method.split("/"))
    return attrs.make_class(
        name,
        {
            "id": attrs.field(),
            "params": attrs.field(),
            "method": attrs.field(default=method),
            "jsonrpc": attrs.field(default="2.0"),
        },
    )


REQUESTS: dict[str, type[Any]] = {method: _message(method) for method in READERS}
"""Method to message type."""


def converter() -> cattrs.Converter:
    """The protocol's converter, which also knows our own requests."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    for method, kind in REQUESTS.items():

        def structure(raw: Any, cls: Any, read: Callable[[object], Any] = READERS[method]) -> Any:
            return cls(id=raw["id"], params=read(raw.get("params")))

        made.register_structure_hook(kind, structure)
    names_folders(made)
    return made
