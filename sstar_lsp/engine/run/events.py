"""What happens in a run, as facts: the only thing a run is made of.

Progress, evidence, cost, a resumed run and a benchmark row are all folds over these events
(:mod:`sstar_lsp.engine.run.state`). An event is written to the journal before anything uses it, so a crash
loses nothing that was paid for. Adding a field with a default keeps old journals readable.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol, get_args

import cattrs
from attrs import field, frozen

from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.engine.run.policy import POLICY, POLICY_OF_OLD_JOURNALS, Policy
from sstar_lsp.errors import RunError
from sstar_lsp.records import Candidate, JudgeExam, JudgeForm, Problem, Status, Token, Usage
from sstar_lsp.settings import Budget, Prices, SolveSettings


class Role(StrEnum):
    """What a model is asked as; each may be a model of its own."""

    WRITER = "writer"
    DEBUGGER = "debugger"
    INPUT_WRITER = "input-writer"
    JUDGE = "judge"


class Purpose(StrEnum):
    """What a request asks for."""

    SAMPLE = "sample"
    REPAIR = "repair"
    INPUTS = "inputs"
    """A list of test inputs."""
    HELPER = "helper"
    """A program that helps with the choice: a generator, a validator, a checker, a brute force."""
    JUDGE = "judge"


class Tier(StrEnum):
    """A step of selection that programs of the input-writer take part in."""

    RANGE = "range"
    """Inputs over the whole range, for problems whose examples give few."""
    CLASSES = "classes"
    """Inputs for each class of output."""
    HACKS = "hacks"
    """Inputs for each way in which such solutions fail."""
    PAIR = "pair"
    """Inputs aimed at two clusters that no input tells apart."""
    VALIDATORS = "validators"
    BRUTE_FORCE = "brute force"
    CHECKER = "checker"


class InputOrigin(StrEnum):
    """Where a test input comes from; none of them knows an expected output."""

    MODEL = "model"
    """The input-writer, asked for inputs of this problem."""
    MUTATION = "mutation"
    """An example, changed within its shape."""
    KIND = "kind"
    """Made anew from what the examples' values look like and what the statement allows."""
    ENUMERATED = "enumerated"
    """One of all legal inputs, where the statement allows few."""
    STATED = "stated"
    """Of an example in the statement's running text; of earlier versions, none is made today."""
    GENERATOR = "generator"
    """Printed by a generator program that the input-writer wrote."""
    SHRUNK = "shrunk"
    """A distinguishing input, made smaller while it still distinguishes."""
    LARGE = "large"
    """As large as the statement allows: says who is fast, and nothing else."""
    PAIR = "pair"
    """The input-writer, asked to separate two given programs (adaptive input synthesis)."""
    CLASS = "class"
    """Printed by a program that the input-writer wrote for one kind of output."""
    HACK = "hack"
    """Printed by a program that the input-writer wrote for one way in which such solutions fail."""


@frozen
class CaseInput:
    """A test input without an expected output."""

    id: str
    """``i1`` …"""
    text: str
    """As :attr:`sstar_lsp.records.Test.input`."""
    origin: InputOrigin
    parent: str | None = None
    """Shrunk: id of the input that it was made from."""


@frozen
class Cluster:
    """Survivors with the same outputs on every valid input."""

    id: str
    """``A``, ``B`` … largest first."""
    members: tuple[str, ...]
    """Candidate ids, in sampling order; the first one stands for the cluster."""


class VoteOutcome(StrEnum):
    """What became of one question to the judge."""

    NAMED = "named"
    """It named a side."""
    NEITHER = "neither"
    """It said that neither output is right."""
    UNREADABLE = "unreadable"
    FAILED = "failed"
    """The server gave no answer."""
    NOT_ASKED = "not-asked"
    """The budget had no room for the question."""


@frozen
class Vote:
    """One answer of the judge."""

    first: str
    """Id of the cluster shown first; the judge is asked in both orders."""
    winner: str | None
    """Cluster id; None when the answer was "neither" or could not be read."""
    reason: str
    """The judge's last words, for a person."""
    odds: float | None = None
    """Log-odds that the output shown first is right, by token probabilities; None without them."""
    outcome: VoteOutcome = field(kw_only=True)

    @outcome.default
    def _answered(self) -> VoteOutcome:
        return VoteOutcome.NAMED if self.winner else VoteOutcome.NEITHER


# --- the events -----------------------------------------------------------------------------------


@frozen
class RunStarted:
    """First event of each journal."""

    run_id: str
    problem: Problem
    settings: SolveSettings
    models: dict[str, str]
    """Role to model name."""
    prompts: dict[str, str]
    """Template file to SHA-256: which words were used."""
    at: float
    """Unix time in seconds."""
    document: str | None = None
    """Path or URI that the problem came from."""
    prices: Prices = Prices()
    """The price table that caps in money go by."""
    own_code: str | None = None
    """A person's own program: it takes the place of the first sample, and is repaired as one."""
    without: tuple[Part, ...] = ()
    """Parts of the choice that a measurement leaves out."""
    exams: dict[str, JudgeExam] = field(factory=dict)
    """Role to the exam of its model, where one was made: what the run believes of it."""
    policy: Policy = POLICY
    """The tuned numbers by which the run samples, tests and chooses."""


@frozen
class Resumed:
    """The run goes on: in another process after a stop or a crash, or with more budget."""

    at: float
    budget: Budget | None = None
    """Caps from here on; None: those that the run had."""
    prices: Prices | None = None
    """The price table from here on; None: as before."""


@frozen
class Completed:
    """A completion, paid for."""

    request: str
    """Digest of model, messages and sampling: the same request is never paid twice in a run."""
    role: Role
    purpose: str
    """``sample c3``, ``repair c3.1``, ``inputs``, ``inputs A/B``, ``judge A/B on i4``."""
    text: str
    finish_reason: str
    usage: Usage
    seconds: float
    usage_is_estimated: bool = False
    """Not counted by the server: estimated as 1 token a piece, 3 characters a prompt token."""
    model: str = ""
    """Who answered, as the price table calls it."""
    at: float = 0.0
    """Unix time in seconds of its end; tells how long a session lasted that crashed."""
    last_tokens: tuple[Token, ...] = ()
    """The end of the answer with what might have stood there, where that was asked for and told."""
    kind: Purpose = Purpose.HELPER
    """What was asked for; ``purpose`` says it to a person."""
    candidate_id: str = ""
    """The candidate that it was to hold; empty if no candidate was asked for."""


@frozen
class CallFailed:
    """A request that brought nothing; its sample is lost, the run goes on."""

    request: str
    role: Role
    purpose: str
    message: str
    usage: Usage = Usage()
    """Estimated, of what had arrived before it failed."""
    model: str = ""
    at: float = 0.0
    """Unix time in seconds."""


@frozen
class CallCancelled:
    """A request that was closed before its end, because the run was stopped or the choice was settled."""

    request: str
    role: Role
    purpose: str
    usage: Usage
    """Estimated, of what had arrived."""
    model: str
    at: float
    """Unix time in seconds."""


@frozen
class SamplingEnded:
    """No more programs are asked for; what is still under way is cancelled."""

    considered: tuple[str, ...]
    """Ids of the survivors that the choice is made among. What arrived besides them, ahead of its turn, is
    left out, so that the choice does not depend on which request was faster."""
    samples: int
    """Samples that were looked at."""
    reason: str
    """One sentence for a person; empty if all samples were taken."""


@frozen
class Sampled:
    """A reply held a program."""

    candidate: Candidate


@frozen
class NoProgram:
    """A reply held no program in the wanted language."""

    candidate_id: str
    message: str
    round: int = 0
    """0: the first attempt of its sample; from 1: a repair."""


@frozen
class Checked:
    """A candidate met the public tests."""

    candidate_id: str
    outcomes: tuple[Outcome, ...]
    """One for each public test, in their order; empty when it does not compile."""
    compile_error: str | None = None


@frozen
class InputsProposed:
    """Test inputs, not yet run."""

    inputs: tuple[CaseInput, ...]


@frozen
class InputRejected:
    """An input that is probably illegal: it decides nothing."""

    input_id: str
    reason: str


@frozen
class Ran:
    """A survivor read test inputs."""

    candidate_id: str
    outcomes: dict[str, Outcome]
    """Input id to outcome."""
    isolated: bool = False
    """Each in a process of its own, which is what counts where a run in a batch said something else."""


@frozen
class Enumerated:
    """Programs that agreed ran on all legal inputs of the problem, or on as many as time allowed; only what
    split them is an input of the run."""

    programs: tuple[str, ...]
    """Candidate ids of the different survivors."""
    inputs: int
    """That the statement allows."""
    ran: int
    """Of these, inputs that all programs ran on which still agreed, those made before included."""
    split: int
    """Clusters afterwards, less clusters before."""


@frozen
class Clustered:
    """Survivors grouped by joint output; replaces earlier groupings."""

    clusters: tuple[Cluster, ...]


@frozen
class Dueled:
    """One judged comparison of two clusters on distinguishing inputs."""

    left: str
    right: str
    input_ids: tuple[str, ...]
    """What the judge saw, smallest first; the first one is shown to the person."""
    votes: tuple[Vote, ...]
    winner: str | None
    """Cluster id where both orders agree; None: no vote for anyone."""
    programs: tuple[str, ...] = ()
    """Candidate ids that stood for left and right, whatever the clusters are called later."""
    form: JudgeForm = JudgeForm.OUTPUTS
    """What the judge was shown."""


@frozen
class TierActed:
    """A step that programs of the input-writer take part in is over: what it did, or why it did nothing."""

    tier: Tier
    programs: int = 0
    """Programs in its replies."""
    usable: int = 0
    """Of these, programs that do the same when they run twice, and what else they have to."""
    inputs: int = 0
    """Made and legal, or, of a step that makes none, judged."""
    refused: int = 0
    """Inputs that it (or for its own inputs: our rules) refused."""
    split: int = 0
    """Clusters afterwards, less clusters before."""
    why: str = ""
    """Why it did nothing, or less than it might; else empty."""


@frozen
class BruteForced:
    """A slow, obvious program of the input-writer ran on the smallest inputs: a voter, no truth."""

    code: str
    passes: bool
    """Whether it passes every example; if not, it has no vote."""
    outcomes: dict[str, Outcome]
    """Input id to outcome."""


@frozen
class OutputsChecked:
    """A checker of the input-writer judged what the behaviours printed: a voter, no truth."""

    code: str
    verdicts: dict[str, dict[str, bool]]
    """Candidate id to input id to whether it takes that program's output."""


@frozen
class HumanVerdict:
    """A person's word about one test input; of several about the same input the last one counts."""

    input_id: str
    expected: str | None
    """The right output, as :attr:`sstar_lsp.records.Test.expected`: given, or ``cluster``'s; else None."""
    at: float
    """Unix time in seconds."""
    cluster: str | None = None
    """The cluster that was pointed at, by the letter it had then; what counts is ``expected``."""
    illegal: bool = False
    """The problem does not allow this input."""
    unknown: bool = False
    """The person cannot tell, and is not asked again."""


@frozen
class CheckerTried:
    """The problem's checker program met the examples; an interactor judges alone without that."""

    judges_alone: bool
    """It needs no right output, so it judges on every input; if not, on the examples only."""


@frozen
class Warned:
    """Something a person should know about this run."""

    message: str


@frozen
class Decided:
    """The run's end."""

    status: Status
    candidate_id: str | None
    """The chosen (or best) program; None when there is none."""
    reason: str
    """One sentence: why this one."""
    beliefs: dict[str, float] = field(factory=dict)
    """Cluster id to probability of being right; what is missing to 1 is "none of them"."""
    seconds: float = 0.0
    """Wall time of the run, earlier sessions included."""


@frozen
class Stopped:
    """The run was cancelled; it can be resumed."""

    at: float
    seconds: float
    """Wall time of this session."""


@frozen
class Refused:
    """The run never began: its model, its sandbox or a setting was not to be had. No event comes after it."""

    at: float
    reason: str
    """For a person."""


Event = (
    RunStarted
    | Resumed
    | Completed
    | CallFailed
    | CallCancelled
    | SamplingEnded
    | Sampled
    | NoProgram
    | Checked
    | InputsProposed
    | InputRejected
    | Ran
    | Enumerated
    | Clustered
    | Dueled
    | TierActed
    | BruteForced
    | OutputsChecked
    | CheckerTried
    | HumanVerdict
    | Warned
    | Decided
    | Stopped
    | Refused
)

EVENT_TYPES: dict[str, type] = {kind.__name__: kind for kind in get_args(Event)}


class Journal(Protocol):
    """Where events go before anyone sees them."""

    async def record(self, event: Event) -> None:
        """Keep the event durably; returns once it would survive a crash of this process."""
        ...


_converter = cattrs.Converter(forbid_extra_keys=False)


def to_wire(event: Event) -> tuple[str, dict[str, Any]]:
    """Kind and JSON-ready body of an event."""
    return type(event).__name__, _converter.unstructure(event)


def from_wire(kind: str, body: dict[str, Any]) -> Event:
    """Inverse of :func:`to_wire`.
    Raises :class:`RunError`: a kind or a body that this version does not know."""
    if kind not in EVENT_TYPES:
        raise RunError(
            f"the journal holds an event '{kind}' that this version does not know: upgrade sstar-lsp."
        )
    try:
        event: Event = _converter.structure(_upgraded(kind, body), EVENT_TYPES[kind])
    except (cattrs.BaseValidationError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"the journal holds a damaged '{kind}' event: {error}.") from error
    return event


def _upgraded(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body as today's version writes it.

    Older journals do not tell the numbers that they went by; sample and round of a candidate stand in its id,
    and the purpose of a request, the candidate that it asked for and the outcome of a vote in their words.
    """
    if kind == Sampled.__name__ and "sample" not in body["candidate"]:
        sample, _, round_ = body["candidate"]["id"][1:].partition(".")
        return {"candidate": body["candidate"] | {"sample": int(sample), "round": int(round_ or 0)}}
    if kind == NoProgram.__name__ and "round" not in body:
        return body | {"round": int(body["candidate_id"].partition(".")[2] or 0)}
    if kind == Completed.__name__ and "candidate_id" not in body:
        first, _, rest = str(body["purpose"]).partition(" ")
        what = body.get("kind", first if first in set(Purpose) else Purpose.HELPER.value)
        asked = rest if what in (Purpose.SAMPLE, Purpose.REPAIR) else ""
        return body | {"kind": what, "candidate_id": asked}
    if kind == RunStarted.__name__:
        return body | {"policy": _converter.unstructure(POLICY_OF_OLD_JOURNALS) | body.get("policy", {})}
    if kind != Dueled.__name__ or all("outcome" in vote for vote in body["votes"]):
        return body

    def outcome(vote: dict[str, Any]) -> VoteOutcome | None:
        beginnings = {
            "not asked: out of budget": VoteOutcome.NOT_ASKED,
            "unreadable answer": VoteOutcome.UNREADABLE,
            "no answer: ": VoteOutcome.FAILED,
        }
        return next(
            (found for words, found in beginnings.items() if str(vote["reason"]).startswith(words)), None
        )

    votes = [vote | ({"outcome": found.value} if (found := outcome(vote)) else {}) for vote in body["votes"]]
    return body | {"votes": votes}
