"""The nouns: what a problem, a candidate and an answer of a run are.

Every other package uses these.
Executions, verdicts and limits are the sandbox's nouns and live in ``sstar_sandbox``.
"""

from __future__ import annotations

from enum import StrEnum
from operator import add

from attrs import astuple, field, frozen


class Style(StrEnum):
    """How a program meets its input."""

    STDIN = "stdin"
    """Reads standard input, prints to standard output."""
    FUNCTION = "function"
    """Defines a function that is called with arguments."""


class TestOrigin(StrEnum):
    """Who says that the expected output is right."""

    __test__ = False  # not a pytest class

    SAMPLE = "sample"
    """An example in the statement."""
    FILE = "file"
    """A pair of files beside the statement."""
    USER = "user"
    """A person's verdict on a distinguishing input."""
    RUN = "run"
    """What the chosen program of another run printed: nobody has confirmed it."""
    HIDDEN = "hidden"
    """Kept back for grading; the engine never sees it."""


@frozen
class Test:
    """One input whose right output is known."""

    __test__ = False  # not a pytest class

    input: str
    """stdin style: the text. Function style: a JSON array of the positional arguments
    (``{"$set": […]}``, ``{"$tuple": […]}``, ``{"$float": "nan"}`` … say what JSON cannot), or
    ``{"$check": "source"}`` for asserts that are no plain call."""
    expected: str
    """stdin style: the text. Function style: the JSON value; ``"true"`` for a check."""
    origin: TestOrigin = TestOrigin.SAMPLE
    name: str = ""
    """For a person: ``example 2``, ``3.in``."""
    lines: tuple[int, int] | None = field(default=None, eq=False)
    """Where it stands in the document: zero-based first line and the line after the last; None for a file."""
    is_sure: bool = field(default=True, eq=False)
    """Whether both borders of the output are marked; False: a remark says what is doubtful."""

    @property
    def is_check(self) -> bool:
        """Whether it is source that asserts something, and no plain input or call."""
        return self.input.startswith('{"$check"')


@frozen
class CallForm:
    """How a function's arguments and result differ from plain JSON values."""

    arguments: tuple[str, ...] = ()
    """For each positional argument, the structure that its JSON value is built into before the call:
    ``""`` (none), ``ListNode``, ``TreeNode``, ``Node`` or ``list[ListNode]``."""
    result: str = ""
    """The structure that the result is read back from, in the same words."""
    judged_argument: int | None = None
    """Index of the argument that is compared after the call, for tasks solved in place; None: the result."""
    is_object: bool = False
    """A design task: the arguments are the list of calls (class name first) and the list of their arguments,
    the result is the list of what each call returned."""


@frozen
class CheckerProgram:
    """A checker program or an interactor; hostile like any other, it runs in the sandbox only."""

    source: str
    language: str
    """Canonical id: python, cpp, c, rust or go."""
    style: str = "testlib"
    """How it is called and answers: ``testlib`` or ``kattis``."""
    flags: tuple[str, ...] = ()
    """Further arguments."""
    name: str = ""
    """Of its file, for a person."""


class Severity(StrEnum):
    """How much a remark about a problem matters."""

    INFO = "info"
    WARNING = "warning"


@frozen
class Remark:
    """Something found or missing while a problem was read."""

    severity: Severity
    message: str
    line: int | None = None
    """Zero-based line of the document it speaks of; None for the whole."""


@frozen
class Problem:
    """One problem, however it was written down."""

    title: str
    statement: str
    """The whole text shown to the model, examples included."""
    style: Style = Style.STDIN
    entry_point: str | None = None
    """Function style: the name to call. ``Class.method`` for LeetCode's ``Solution`` classes."""
    starter_code: str = ""
    """Function style: signature (and docstring) that the candidate must keep."""
    public_tests: tuple[Test, ...] = ()
    checker: str = "tokens"
    """Name of a comparator (``sstar_sandbox.verdicts.comparators``): ``tokens``, ``float:1e-6`` …"""
    time_limit_s: float | None = None
    """CPU seconds; None if the statement does not say."""
    memory_limit_bytes: int | None = None
    language: str | None = None
    """Language of the document where it is a source file, else None."""
    header: str = ""
    """Source files: the leading comment or docstring as it stands, kept when the solution goes in."""
    remarks: tuple[Remark, ...] = ()
    url: str | None = None
    several_answers: bool = False
    """The statement accepts any of several outputs ("print any"): differences are then no proof."""
    cpp_standard: str | None = None
    """C++ standard that a person named for the problem, such as ``c++17``; None: the setting's."""
    file_io: tuple[str, str] | None = None
    """Files that the judge wants instead of standard input and output (``gap.in``, ``gap.out``)."""
    call_form: CallForm | None = None
    """Function style: how arguments and result are built and read; None for plain values."""
    checker_program: CheckerProgram | None = None
    """Says which outputs are right, instead of the comparator ``checker``."""

    interactor: CheckerProgram | None = None
    """Talks with the program and judges it; the tests' inputs are the interactor's."""

    is_checker_named: bool = False
    """A person named the comparator or the checker program for this problem: settings do not change it."""

    @property
    def is_open_ended(self) -> bool:
        """Whether other outputs than the expected ones may be right and nothing tells which.

        A comparator that leaves the order free, a checker program or an interactor tells it.
        """
        return self.several_answers and not self.has_judge and ":any-order" not in self.checker

    @property
    def has_judge(self) -> bool:
        """Whether a checker program or an interactor says what is right."""
        return self.checker_program is not None or self.interactor is not None

    @property
    def differences_prove(self) -> bool:
        """Whether of two outputs that differ under the comparator one is wrong."""
        return not self.has_judge and not self.is_open_ended


class PromptKind(StrEnum):
    """How a candidate was asked for."""

    SAMPLE = "sample"
    PLAN = "plan"
    """A plan before the program."""
    ALGORITHM = "algorithm"
    """The algorithm named before the program."""
    CONTRAST = "contrast"
    """Something different from earlier programs."""
    REPAIR = "repair"
    OWN = "own"
    """Not asked for: a person wrote it."""


@frozen
class Candidate:
    """One program in one language."""

    id: str
    """``c1`` … ``cN`` in sampling order; a repair of ``c3`` in round 1 is ``c3.1``."""
    code: str
    language: str
    parent: str | None = None
    """Id of the candidate that this one repairs."""
    prompt: PromptKind = PromptKind.SAMPLE
    sample: int = 0
    """Number of the sample that it belongs to, from 1; 0: it is no answer of a run."""
    round: int = 0
    """0: the first attempt of its sample; else the round of repair."""

    @property
    def order(self) -> tuple[int, int]:
        """Sorts candidates as they were asked for: a sample's repairs follow it."""
        return self.sample, self.round


def candidate_id(sample: int, round_: int = 0) -> str:
    """Id of the candidate of a sample (from 1) in a round: ``c3``, and ``c3.1`` for its first repair."""
    return f"c{sample}.{round_}" if round_ else f"c{sample}"


@frozen
class Usage:
    """Tokens paid for; sums with ``+``."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Part of ``prompt_tokens`` that the server took from its prefix cache; 0 if it does not say."""
    reasoning_tokens: int = 0
    """Part of ``completion_tokens`` that were thoughts; by their share of the text where it does not say."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(*map(add, astuple(self), astuple(other)))


class Status(StrEnum):
    """How a run ended."""

    CHOSEN = "chosen"
    """A program that passes every public test was chosen."""
    UNDECIDED = "undecided"
    """Survivors disagree and nothing could tell them apart; the open question is in the evidence."""
    UNVERIFIED = "unverified"
    """No program passes the public tests; the best one is offered as such."""
    CANCELLED = "cancelled"
    OUT_OF_BUDGET = "out_of_budget"
    FAILED = "failed"
    """No program at all: the model answered no code, or we failed."""


class JudgeForm(StrEnum):
    """What a judge is shown of two programs; later forms cost more tokens."""

    OUTPUTS = "outputs"
    """One input and the two outputs."""
    RUNS = "runs"
    """Several inputs, the outputs, and the last lines of what a failing program said."""
    PROGRAMS = "programs"
    """The same and both programs, as in the S* paper."""


@frozen
class FormExam:
    """How a judge did in one form, over duels whose right side is known; each is asked in both orders."""

    form: JudgeForm
    answers: int
    """Two a duel."""
    right: int
    """Answers that named the right side."""
    unreadable: int
    """Answers that named no side and did not say "neither"."""
    agreed: int
    """Duels in which both orders named the same side."""
    agreed_right: int
    """Of these, duels in which it was the right one."""
    tokens: int
    """Completion tokens of all answers together."""


@frozen
class JudgeExam:
    """One model's answers to the duels of :mod:`sstar_lsp.engine.judging.exam`."""

    model: str
    duels: int
    forms: tuple[FormExam, ...]
    at: float
    """Unix time in seconds."""

    def of(self, form: JudgeForm) -> FormExam | None:
        """How it did in a form; None if it was not asked in it."""
        return next((found for found in self.forms if found.form is form), None)


@frozen
class Message:
    """One chat message."""

    role: str
    """``system``, ``user`` or ``assistant``."""
    content: str


@frozen
class Token:
    """One token of an answer and what might have stood in its place."""

    text: str
    alternatives: tuple[tuple[str, float], ...]
    """The most probable tokens there, mostly with the drawn one, and their natural log-probabilities."""


@frozen
class Sampling:
    """How to draw a completion. Everything is sent: servers have defaults of their own."""

    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 1024
    """Upper bound of new tokens."""
    seed: int | None = None
    top_logprobs: int = 0
    """So many of the most probable tokens are told at each place, if the server can; changes no answer."""


def counted(number: int, noun: str) -> str:
    """``1 test``, ``2 tests``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
