"""The contract with editors: our own methods, how their parameters are read, and their responses.

Parameters are attrs records: untyped they would arrive as named tuples with renamed fields, and here a wrong
or unknown key is an error that names it. Responses are typed dictionaries whose keys are those of the JSON;
the TypeScript of the VS Code extension is generated from them (``editor/vscode/scripts/protocol.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from operator import eq
from typing import Annotated, Any, NotRequired, TypedDict, get_args, get_origin

import attrs
import cattrs
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
CORRECTIONS = ("not_an_example", "output_ends", "as_read")
"""What can be said about a line: the last one takes back the others."""

# --- how a key is read -----------------------------------------------------------------------------


def on_the_wire(name: str) -> str:
    """The key of an attribute: ``run_id`` is ``runId``."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(part.title() for part in others)


def _wants(is_right: Callable[[Any], bool], wanted: str) -> Callable[[object, Any, Any], None]:
    """A validator of a field's value."""

    def check(_record: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not is_right(value):
            raise ValueError(f"'{on_the_wire(attribute.name)}' wants {wanted}, got {value!r}")

    return check


_NAMED = _wants(bool, "a text that is not empty")


def _typed(kinds: tuple[type, ...], wanted: str) -> Callable[[Any, Any], Any]:
    """Values of these types as they are: without it cattrs makes a text of a number."""

    def check(value: Any, _kind: Any) -> Any:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"wants {wanted}, got {value!r}")
        return value

    return check


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _read_list(value: Any, kind: Any) -> tuple[Any, ...]:
    each, _ = get_args(kind)
    return tuple(_reader.structure(item, each) for item in _typed((list, tuple), "a list")(value, kind))


def _read_range(value: Any, _kind: Any) -> types.Range:
    try:
        start, end = (
            types.Position(int(p["line"]), int(p["character"])) for p in (value["start"], value["end"])
        )
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(f"wants start and end with line and character, got {value!r}") from error
    return types.Range(start, end)


def _read_verdict(value: Any, _kind: Any) -> VerdictParam:
    match value:
        case "illegal" | "unknown":
            return str(value)
        case {"expected": str(text)} | {"cluster": str(text)} if len(value) == 1:
            return dict.fromkeys(value, text)
    raise ValueError(
        f"""wants {{"expected": text}}, {{"cluster": id}}, "illegal" or "unknown", got {value!r}"""
    )


VerdictParam = str | dict[str, str]

_reader = cattrs.Converter(detailed_validation=False)
for _type, _hook in {
    str: _typed((str,), "a text"),
    bool: _typed((bool,), "true or false"),
    int: _typed((int,), "a whole number"),
    float: _typed((int, float), "a number"),
    str | int | None: _typed((str, int), "a text or a number"),
    types.Range: _read_range,
    VerdictParam: _read_verdict,
}.items():
    _reader.register_structure_hook(_type, _hook)
_reader.register_structure_hook_func(partial(eq, Mapping[str, Any]), _typed((Mapping,), "an object"))
_reader.register_structure_hook_func(_is_list, _read_list)

# --- parameters ------------------------------------------------------------------------------------


@frozen
class SolveParams:
    """Which document to solve, and how."""

    uri: str = field(validator=_NAMED, metadata={"is_text_document": True})  # which the extension sends
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

    run_id: str = field(validator=_NAMED)
    options: Mapping[str, Any] = field(factory=dict)
    """As of a solve; only the budget counts."""
    work_done_token: str | int | None = None


@frozen
class RunParams:
    """Which run is meant, and perhaps which of its inputs."""

    run_id: str = field(validator=_NAMED)
    input_id: str | None = None


@frozen
class ReportParams:
    """Which run's report is wanted."""

    run_id: str = field(validator=_NAMED)
    show: bool = True
    """The editor is asked to open it; else its address alone is answered."""


@frozen
class JudgeParams:
    """What a person says about an input."""

    run_id: str = field(validator=_NAMED)
    input_id: str = field(validator=_NAMED)
    verdict: VerdictParam = field()


@frozen
class EditParams:
    """Which program to insert."""

    run_id: str = field(validator=_NAMED)
    candidate_id: str | None = None
    """None: the chosen one."""


@frozen
class DocumentParams:
    """Which document is meant."""

    uri: str = field(validator=_NAMED)
    """To read: ``sstar://run/<run id>/…``."""


@frozen
class FoundServersParams:
    """Nothing: all that is there is looked for."""


@frozen
class RunsParams:
    """Which runs to list."""

    limit: int = field(default=50, validator=_wants(lambda limit: limit >= 1, "at least 1"))
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

    contest: str = field(validator=_NAMED)
    """As ``codeforces.com/contest/1234``."""
    practice: bool = True
    """False: forget it."""


@frozen
class ListenParams:
    """Where new problems from Competitive Companion go."""

    folder: str | None = None
    """URI or path; None: the first folder of the workspace."""
    port: int | None = None


@frozen
class NewProblemParams:
    """A page that the editor has."""

    text: str = ""
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

    run_id: str = field(validator=_NAMED)
    tests: tuple[str, ...] | None = None
    """Their ids; None: all."""


@frozen
class OwnTestsParams:
    """Which program, and which of the tests of its problem."""

    uri: str = field(validator=_NAMED)
    tests: tuple[int, ...] = field(
        default=(), validator=_wants(lambda tests: all(number > 0 for number in tests), "numbers from 1")
    )
    """Their numbers, from 1; empty: all."""
    work_done_token: str | int | None = None


@frozen
class StressParams:
    """Which two programs are compared, and how long."""

    uri: str = field(validator=_NAMED)
    other: str = field(validator=_NAMED)
    seconds: float = field(
        default=60.0,
        validator=_wants(lambda s: 0 < s <= MOST_SECONDS, f"more than 0 and at most {MOST_SECONDS}"),
    )
    seed: int = field(default=0, validator=_wants(lambda seed: seed >= 0, "0 or more"))
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

    uri: str = field(validator=_NAMED)
    """Of a program or the statement of the problem."""
    input: str = field()
    expected: str | None = None
    """The right output, where a person said it; None: nobody did."""


@frozen
class CorrectParams:
    """What a person says about the reading of a line, which counts from 0."""

    uri: str = field(validator=_NAMED)
    line: int = field(validator=_wants(lambda line: line >= 0, "a line, from 0"))
    kind: Annotated[str, "not_an_example", "output_ends", "as_read"] = field(
        validator=_wants(CORRECTIONS.__contains__, f"one of {', '.join(CORRECTIONS)}")
    )


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
    fields = {on_the_wire(each.name): each for each in attrs.fields(attrs.resolve_types(kind))}
    is_about_document = "uri" in fields and fields["uri"].default is attrs.NOTHING
    known = [*(["textDocument"] if is_about_document else []), *fields]
    for key in raw:  # the last one is LSP's, of requests that a client may send with one
        if key not in (*known, "partialResultToken"):
            raise ValueError(f"{name} has no key {key!r}; known: {', '.join(known)}")
    if is_about_document and raw.get("uri") is None and isinstance(raw.get("textDocument"), Mapping):
        # version and languageId come along in some clients; the open document knows them better
        raw = {**raw, "uri": raw["textDocument"].get("uri")}
    values: dict[str, Any] = {}
    for key, each in fields.items():
        if (value := raw.get(key)) is not None:
            try:
                values[each.name] = _reader.structure(value, each.type)
            except ValueError as error:
                raise ValueError(f"'{key}' {error}") from error
        elif each.default is attrs.NOTHING:
            named = '{"textDocument": {"uri": …}} (or "uri")' if key == "uri" else f"'{key}'"
            raise ValueError(f"{name} wants {named}")
    return kind(**values)


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
    moments: list[Annotated[Mapping[str, Any], "sstar_lsp.engine.choice.belief_history.Moment", on_the_wire]]
    """Oldest first."""
    own: Annotated[Mapping[str, Any] | None, "sstar_lsp.engine.report.own_program.OwnProgram", on_the_wire]
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
    servers: list[Annotated[Mapping[str, Any], "sstar_lsp.models.found_servers.FoundServer", on_the_wire]]
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
