"""The contract with editors: our own methods, how their parameters are read, and their responses.

Parameters are attrs records: untyped they would arrive as named tuples with renamed fields, and here a wrong
or unknown key is an error that names it. Responses are typed dictionaries whose keys are those of the JSON;
the TypeScript of the VS Code extension is generated from them (``editor/vscode/scripts/protocol.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import attrs
from attrs import field, frozen
from lsprotocol import types

from sstar_lsp.lsp import command_names as commands

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
FOUND_SERVERS = "sstar/foundServers"
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
CORRECTIONS = ("not_an_example", "output_ends", "as_read")
"""What can be said about a line: the last one takes back the others."""

# --- how a key is read -----------------------------------------------------------------------------

Values = Mapping[str, Any]


def on_the_wire(name: str) -> str:
    """The key of an attribute: ``run_id`` is ``runId``."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(part.title() for part in others)


def _typed(values: Values, key: str, kinds: tuple[type, ...], wanted: str) -> Any:
    value = values.get(key)
    if value is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))):
        return value
    raise ValueError(f"'{key}' wants {wanted}, got {value!r}")


def _key(read: Callable[[Values, str, str], Any], default: Any = attrs.NOTHING) -> Any:
    """A field read by a function of the values, the key and the message's name; None: the default."""
    return field(default=default, metadata={"read": read})


def _named(wanted: str) -> Any:
    """A text that must be there and not be empty."""

    def read(values: Values, key: str, what: str) -> Any:
        name = _typed(values, key, (str,), wanted)
        if not name:
            raise ValueError(f"{what} wants '{key}', {wanted}")
        return name

    return _key(read)


def _text(wanted: str, default: str | None = None) -> Any:
    return _key(lambda values, key, _: _typed(values, key, (str,), wanted), default)


def _flag(*, default: bool) -> Any:
    return _key(lambda values, key, _: _typed(values, key, (bool,), "true or false"), default)


def _number(wanted: str, default: Any, is_right: Callable[[float], bool], bound: str, *kinds: type) -> Any:
    def read(values: Values, key: str, _what: str) -> Any:
        number = _typed(values, key, kinds or (int,), wanted)
        if number is not None and not is_right(number):
            raise ValueError(f"'{key}' wants {bound}, got {number}")
        return number

    return _key(read, default)


def _list(kind: type, wanted: str, is_right: Callable[[Any], bool], default: Any) -> Any:
    def read(values: Values, key: str, _what: str) -> Any:
        items = _typed(values, key, (list, tuple), wanted)
        if items is None:
            return None
        if not all(
            isinstance(each, kind) and not isinstance(each, bool) and is_right(each) for each in items
        ):
            raise ValueError(f"'{key}' wants {wanted}, got {items!r}")
        return tuple(items)

    return _key(read, default)


def _token() -> Any:
    return _key(lambda values, key, _: _typed(values, key, (str, int), "a token"), None)


def _options() -> Any:
    return field(
        factory=dict, metadata={"read": lambda values, key, _: _typed(values, key, (Mapping,), "an object")}
    )


def _read_uri(values: Values, key: str, what: str) -> str:
    uri = _typed(values, key, (str,), "a URI")
    if uri is None and "textDocument" in values:
        # version and languageId come along in some clients; the open document knows them better
        document = values["textDocument"]
        if isinstance(document, Mapping):
            uri = _typed(document, "uri", (str,), "a URI")
    if not uri:
        raise ValueError(f'{what} wants {{"textDocument": {{"uri": …}}}} (or "uri")')
    return str(uri)


def _uri(*, is_text_document: bool = False) -> Any:
    """A URI, or ``textDocument`` with one; which of the two the extension sends."""
    return field(metadata={"read": _read_uri, "is_text_document": is_text_document})


def _read_range(values: Values, key: str, _what: str) -> types.Range | None:
    given = values.get(key)
    if given is None:
        return None
    try:
        start, end = (
            types.Position(int(p["line"]), int(p["character"])) for p in (given["start"], given["end"])
        )
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(f"'range' wants start and end with line and character, got {given!r}") from error
    return types.Range(start, end)


def _read_verdict(values: Values, key: str, _what: str) -> VerdictParam:
    given = values.get(key)
    if isinstance(given, str) and given in VERDICT_WORDS:
        return given
    if isinstance(given, Mapping) and len(given) == 1:
        [(kind, value)] = given.items()
        if kind in ("expected", "cluster") and isinstance(value, str):
            return {kind: value}
    raise ValueError(
        f"""'verdict' wants {{"expected": text}}, {{"cluster": id}}, "illegal" or "unknown", got {given!r}"""
    )


def _read_line(values: Values, key: str, _what: str) -> int:
    line = _typed(values, key, (int,), "a line, from 0")
    if line is None or line < 0 or values.get("kind") not in CORRECTIONS:
        raise ValueError(f"it wants a 'line' from 0 and as 'kind' one of {', '.join(CORRECTIONS)}")
    return int(line)


def _read_input(values: Values, key: str, what: str) -> str:
    text = _typed(values, key, (str,), "a text")
    if text is None:
        raise ValueError(f"{what} wants 'input', a text")
    return str(text)


# --- parameters ------------------------------------------------------------------------------------

VerdictParam = str | dict[str, str]


@frozen
class SolveParams:
    """Which document to solve, and how."""

    uri: str = _uri(is_text_document=True)
    """The open document, saved or not; else the file."""
    range: types.Range | None = _key(_read_range, None)
    """Part that holds the problem; None for the whole document."""
    language: str | None = _text("a name")
    """Of the programs; None: as the settings say."""
    options: Mapping[str, Any] = _options()
    """Keys of the section ``solve`` of the settings; the highest precedence."""
    own: bool = _flag(default=False)
    """The document's own program becomes a candidate."""
    work_done_token: str | int | None = _token()
    """Client-made progress token."""


@frozen
class ResumeParams:
    """Which run to go on with."""

    run_id: str = _named("a run id")
    options: Mapping[str, Any] = _options()
    """As of a solve; only the budget counts."""
    work_done_token: str | int | None = _token()


@frozen
class RunParams:
    """Which run is meant, and perhaps which of its inputs."""

    run_id: str = _named("a run id")
    input_id: str | None = _text("an input id")


@frozen
class ReportParams:
    """Which run's report is wanted."""

    run_id: str = _named("a run id")
    show: bool = _flag(default=True)
    """The editor is asked to open it; else its address alone is answered."""


@frozen
class JudgeParams:
    """What a person says about an input."""

    run_id: str = _named("a run id")
    input_id: str = _named("an input id")
    verdict: VerdictParam = _key(_read_verdict)


@frozen
class EditParams:
    """Which program to insert."""

    run_id: str = _named("a run id")
    candidate_id: str | None = _text("a candidate id")
    """None: the chosen one."""


@frozen
class DocumentParams:
    """Which document is meant."""

    uri: str = _uri()
    """To read: ``sstar://run/<run id>/…``."""


@frozen
class FoundServersParams:
    """Nothing: all that is there is looked for."""


@frozen
class RunsParams:
    """Which runs to list."""

    limit: int = _number("a number", 50, lambda limit: limit >= 1, "at least 1")
    """The newest so many."""
    uri: str | None = _text("a URI")
    """Only those of that document."""


@frozen
class CancelParams:
    """Which runs of this server to cancel."""

    run_id: str | None = _text("a run id")
    uri: str | None = _text("a URI")
    """All runs of that document. Neither: every run."""


@frozen
class PracticeParams:
    """What a person says about a contest."""

    contest: str = _named("a contest")
    """As ``codeforces.com/contest/1234``."""
    practice: bool = _flag(default=True)
    """False: forget it."""


@frozen
class ListenParams:
    """Where new problems from Competitive Companion go."""

    folder: str | None = _text("a folder")
    """URI or path; None: the first folder of the workspace."""
    port: int | None = _number("a port", None, lambda _: True, "")


@frozen
class NewProblemParams:
    """A page that the editor has."""

    text: str = _text("a text", "")
    html: str | None = _text("a text")
    """The HTML flavour of the clipboard, where the editor can read it."""
    folder: str | None = _text("a folder")
    """URI or path of where it goes; None: the first folder of the workspace."""
    into: str | None = _text("a URI")
    """URI of a statement that waits to be filled in."""
    ask: bool = _flag(default=True)
    """Show what was read, and keep it only if a person says so."""


@frozen
class CheckParams:
    """Which tests of a run's program to run again."""

    run_id: str = _named("a run id")
    tests: tuple[str, ...] | None = _list(str, "a list of test ids", lambda _: True, None)
    """Their ids; None: all."""


@frozen
class OwnTestsParams:
    """Which program, and which of the tests of its problem."""

    uri: str = _uri()
    tests: tuple[int, ...] = _list(int, "a list of numbers from 1", lambda number: number > 0, ())
    """Their numbers, from 1; empty: all."""
    work_done_token: str | int | None = _token()


@frozen
class StressParams:
    """Which two programs are compared, and how long."""

    uri: str = _uri()
    other: str = _named("the URI of the other program")
    seconds: float = _number(
        "a number of seconds",
        60.0,
        lambda seconds: 0 < seconds <= MOST_SECONDS,
        f"more than 0 and at most {MOST_SECONDS}",
        int,
        float,
    )
    seed: int = _number("a number", 0, lambda seed: seed >= 0, "0 or more")
    generator: str | None = _text("a URI")
    """URI of a program that prints an input."""
    checker: str | None = _text("a comparator or a URI")
    """Comparator, or URI of a checker program."""
    validator: str | None = _text("a URI")
    """URI of a program that says which inputs are legal."""
    work_done_token: str | int | None = _token()


@frozen
class SaveTestParams:
    """A test to keep."""

    uri: str = _uri()
    """Of a program or the statement of the problem."""
    input: str = _key(_read_input)
    expected: str | None = _text("a text")
    """The right output, where a person said it; None: nobody did."""


@frozen
class CorrectParams:
    """What a person says about the reading of a line, which counts from 0."""

    uri: str = _uri()
    line: int = _key(_read_line)
    kind: Annotated[str, "not_an_example", "output_ends", "as_read"] = _named("a correction")


REQUESTS: dict[str, type[Any]] = {
    SOLVE: SolveParams,
    RESUME: ResumeParams,
    RUN: RunParams,
    JUDGE: JudgeParams,
    CANCEL: CancelParams,
    RUNS: RunsParams,
    EDIT: EditParams,
    DOCUMENT: DocumentParams,
    CONFIRM_PRACTICE: PracticeParams,
    TESTS: RunParams,
    CHECK: CheckParams,
    WEIGHTS: DocumentParams,
    FOUND_SERVERS: FoundServersParams,
    PROBLEM: DocumentParams,
    OWN_TESTS: OwnTestsParams,
    TEST: OwnTestsParams,
    STRESS: StressParams,
    SAVE_TEST: SaveTestParams,
}
"""Method to its parameters."""
COMMANDS: dict[str, type[Any]] = {
    commands.SOLVE: SolveParams,
    commands.RESUME: ResumeParams,
    commands.CANCEL: CancelParams,
    commands.INSERT: EditParams,
    commands.REVIEW: RunParams,
    commands.EVIDENCE: RunParams,
    commands.REPORT: ReportParams,
    commands.JUDGE: JudgeParams,
    commands.CONFIRM_PRACTICE: PracticeParams,
    commands.PROBLEM: DocumentParams,
    commands.CORRECT: CorrectParams,
    commands.LISTEN_START: ListenParams,
    commands.LISTEN_STOP: ListenParams,
    commands.NEW_PROBLEM: NewProblemParams,
    commands.TEST: OwnTestsParams,
    commands.STRESS: StressParams,
}
"""Command to its argument."""
MAY_BE_ABSENT = (CancelParams, FoundServersParams, ListenParams, RunsParams)
"""No parameters at all are an empty object."""
MUST_BE_OBJECTS = (
    *(CorrectParams, DocumentParams, FoundServersParams, JudgeParams),
    *(ListenParams, RunsParams, SaveTestParams, StressParams),
)
"""Of all others a text alone is the first field."""


def read_params(name: str, raw: object) -> Any:
    """Parameters of a method, or the argument of a command, from JSON.
    Raises ``ValueError``: naming the key that is wrong."""
    kind = REQUESTS.get(name) or COMMANDS[name]
    if isinstance(raw, str) and kind not in MUST_BE_OBJECTS:
        return kind(raw)
    if not raw and kind in MAY_BE_ABSENT:
        raw = {}
    if not isinstance(raw, Mapping):
        raise ValueError(f"{name} wants an object, got {raw!r}")
    fields = {on_the_wire(each.name): each for each in attrs.fields(kind)}
    known = [*(["textDocument"] if _is_about_a_document(kind) else []), *fields]
    for key in raw:
        if (
            key not in known and key != "partialResultToken"
        ):  # LSP's, of requests that a client may send with one
            raise ValueError(f"{name} has no key {key!r}; known: {', '.join(known)}")
    values = {each.name: each.metadata["read"](raw, key, name) for key, each in fields.items()}
    return kind(**{field: value for field, value in values.items() if value is not None})


def _is_about_a_document(kind: type[Any]) -> bool:
    return any(each.name == "uri" and each.default is attrs.NOTHING for each in attrs.fields(kind))


# --- responses -------------------------------------------------------------------------------------

Status = Annotated[
    str,
    *("chosen", "undecided", "unverified", "cancelled", "out_of_budget", "failed"),
    *("running", "stopped", "interrupted", "refused"),
]
"""Of a run."""


class ExpectedOutput(TypedDict):
    """The right output, as a person said it."""

    expected: str


class ClusterIsRight(TypedDict):
    """The output of a cluster is right."""

    cluster: str


Verdict = ExpectedOutput | ClusterIsRight | Annotated[str, "illegal", "unknown"]
"""What a person says about the outputs of a distinguishing test."""


class CandidateSummary(TypedDict):
    """A program that can be inserted; the best first."""

    id: str
    language: str
    cluster: str | None
    belief: float | None
    chosen: bool
    uri: str
    """The program as an ``sstar://`` document."""


class Moment(TypedDict):
    """What was believed after something happened: the comparison, a duel, a person's verdict."""

    after: Annotated[str, "start", "duel", "verdict"]
    inputId: str | None
    """The input that the duel or the verdict was about."""
    beliefs: Mapping[str, float]
    """Probability of each cluster, 0 … 1."""


class OwnProgram(TypedDict):
    """What a run that began with a person's own program says of it."""

    candidate: str
    verdict: Annotated[str, "agrees", "differs", "fails", "unknown"]
    compared: int
    """Further inputs that it and its rival met."""
    input: str | None
    shown: str
    """The input as a person reads it."""
    inputId: str | None
    output: str
    rival: str | None
    rivalOutput: str
    """What the rival printed; of an example its right output."""
    belief: float | None


class SolveResult(TypedDict):
    """What ``sstar solve --json`` prints."""

    status: Status
    run_id: str | None
    language: str | None
    code: str | None
    verified: bool
    evidence: Annotated[Mapping[str, Any] | None, "sstar_lsp.engine.report.evidence.Evidence"]
    usage: Mapping[str, int]
    wall_s: float
    error: NotRequired[str]


class RunResponse(SolveResult):
    """The response of ``sstar/solve``, ``sstar/resume``, ``sstar/run`` and ``sstar/judge``."""

    title: str | None
    uri: str | None
    evidenceUri: str | None
    candidates: list[CandidateSummary]
    question: str | None
    """Id of the input whose verdict would settle most."""
    verdicts: Mapping[str, Verdict]
    moments: list[Moment]
    """Oldest first."""
    own: OwnProgram | None
    stale: bool
    """The document's problem has changed since the run began."""


class RunStarted(TypedDict):
    """The response of the commands ``sstar.solve`` and ``sstar.resume``."""

    status: Status
    run_id: str
    title: str | None
    evidenceUri: str


class RunSummary(TypedDict):
    """A run in the response of ``sstar/runs``."""

    id: str
    title: str
    status: Status
    document: str | None
    """Path or URI."""
    uri: str | None
    created: float
    """Unix time in seconds."""
    evidenceUri: str


class EditResponse(TypedDict):
    """The response of ``sstar/edit``."""

    edit: types.WorkspaceEdit
    uri: str
    range: types.Range
    """Where the program stands once the edit is applied."""


class DocumentContent(TypedDict):
    """A virtual document: the response of ``sstar/document``."""

    uri: str
    languageId: str
    text: str


class RunTest(TypedDict):
    """One test of a run's program."""

    id: str
    label: str
    kind: Annotated[str, "example", "user", "distinguishing"]
    """``user``: a person said what is right."""
    input: str
    expected: str | None
    """Null where nobody has said what is right."""


class RunTests(TypedDict):
    """The response of ``sstar/tests``."""

    tests: list[RunTest]


class CheckedTest(TypedDict):
    """How a test went in the sandbox."""

    id: str
    verdict: str
    output: str
    detail: str
    seconds: float


class CheckedTests(TypedDict):
    """The response of ``sstar/check``."""

    tests: list[CheckedTest]


class EmbeddedModel(TypedDict):
    """An embedded model that a solve would use."""

    id: str
    bytes: int
    here: bool
    """Its weights are on this machine."""


class Weights(TypedDict):
    """The response of ``sstar/weights``."""

    models: list[EmbeddedModel]


class ChoosableModel(TypedDict):
    """An embedded model that a person can choose."""

    name: str
    """For ``model.model``."""
    bytes: int
    here: bool
    """Its weights are on this machine."""


class FoundServer(TypedDict):
    """A model server that answered on this machine."""

    name: str
    title: str
    baseUrl: str
    models: list[str]
    """Those that write programs best first."""


class OfferedModel(TypedDict):
    """A model of a provider's preset."""

    name: str
    contextTokens: int
    price: str
    """For a person, with its date."""


class FoundKey(TypedDict):
    """A provider whose key is in the server's environment; the key itself is not told."""

    name: str
    title: str
    baseUrl: str
    variable: str
    models: list[OfferedModel]


class FoundServers(TypedDict):
    """The response of ``sstar/foundServers``: what can be chosen to write programs."""

    embedded: list[ChoosableModel]
    servers: list[FoundServer]
    keys: list[FoundKey]


class ReadExample(TypedDict):
    """One example as it was read."""

    input: object
    """Of a function the values, else a text."""
    output: object
    lines: tuple[int, int] | None
    """First and last line in the document, from 1; null for tests from files."""
    sure: bool
    """Both borders of the output are marked in the document."""


class ProblemReport(TypedDict):
    """What ``sstar check --json`` prints."""

    kind: Annotated[str, "stdin", "function", "refused"]
    reason: str | None
    """Why it was refused."""
    title: str | None
    function: str | None
    comparator: str | None
    several_answers: bool
    time_limit_s: float | None
    memory_limit_mib: float | None
    file_io: list[str] | None
    examples: list[ReadExample]
    remarks: list[str]


class ReadProblem(ProblemReport):
    """The response of ``sstar/problem``: what was read of a document."""

    uri: str
    version: int | None
    """Of the open document."""
    pageUri: str


class OwnTest(TypedDict):
    """A test of a person's own program."""

    number: int
    """From 1."""
    label: str
    input: str
    expected: str


class OwnTests(TypedDict):
    """The response of ``sstar/ownTests``."""

    uri: str
    problemUri: str
    title: str
    tests: list[OwnTest]


class TestLimits(TypedDict):
    """What a test was held to."""

    seconds: float
    memoryBytes: int


class OwnTestResult(OwnTest):
    """How a person's own program did on a test."""

    passed: bool
    verdict: str
    output: str
    error: str
    detail: str
    seconds: float
    memoryBytes: int
    limits: TestLimits


class TestResponse(TypedDict):
    """The response of ``sstar/test``; of a cancelled one the status alone."""

    status: Annotated[str, "ended", "cancelled"]
    uri: str
    problemUri: str
    compileError: str | None
    passed: int
    tests: list[OwnTestResult]


class StressSide(TypedDict):
    """What one of two programs did on an input."""

    program: str
    verdict: str
    endedWell: bool
    output: str
    error: str
    seconds: float


class StressResponse(TypedDict):
    """The response of ``sstar/stress``."""

    status: Annotated[str, "differ", "same", "cancelled"]
    uri: str
    other: str
    tried: int
    illegal: int
    judge: str
    openEnded: bool


class StressDifference(StressResponse):
    """The response of ``sstar/stress`` where two programs differ on an input."""

    input: str
    example: str | None
    """Name of the example on which they differ; null for a made input."""
    expected: str | None
    legal: Annotated[str, "certain", "likely"]
    foundSize: int
    """Length of the input before it was made small."""
    a: StressSide
    b: StressSide


class SavedTest(TypedDict):
    """The response of ``sstar/saveTest``: URIs."""

    files: list[str]


class SampleCounts(TypedDict):
    """How many samples are answered."""

    written: int
    total: int


class Counts(TypedDict):
    """The numbers of a run."""

    samples: SampleCounts
    survivors: int
    clusters: int
    inputs: int
    duels: int
    calls: int
    tokens: int


class RunProgress(Counts):
    """``sstar/progress``, at most ten times a second a run."""

    runId: str
    uri: str
    title: str
    status: Status
    phase: str
    """What is being prepared; empty once under way."""
    text: str
    details: str
    """Tokens that arrive, money so far and at most, how long such runs take; what is known of these."""
    program: list[str]
    """The first lines of the first program, as far as it came."""
    seconds: float


class SecretParams(TypedDict):
    """``sstar/secret``, server to client."""

    name: str
    origin: str
    refused: bool
    """The last one was refused by the server (401, 403)."""


class Failure(TypedDict, total=False):
    """``data`` of an error of ours."""

    exitCode: int
    kind: str
    runId: str
    contest: str
