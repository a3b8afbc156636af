"""The bench's nouns: a problem with its hidden tests, a recorded program, a draw, a row of results."""

from __future__ import annotations

from collections.abc import Mapping
from operator import add

from attrs import astuple, field, frozen

from sstar_lsp.engine.run.events import TierActed
from sstar_lsp.records import Problem, Test, Usage


@frozen
class PoolProgram:
    """A program that somebody wrote once, with its recorded verdict."""

    code: str
    language: str
    right: bool
    """Whether it passes the hidden tests, as recorded."""
    multiplicity: int = 1
    """How many of the recorded samples were this very text."""
    model: str = ""
    """Who wrote it."""
    repairs: tuple[PoolProgram, ...] = ()
    """The recorded repairs of this program, round 1 first."""
    verdict: str = ""
    """As recorded: ``AC``, ``WA``, ``TLE``, ``RTE`` or the record's own word; empty if it does not say."""


@frozen
class InputValidator:
    """A contest package's own check of an input, which it reads from standard input."""

    language: str
    """``python``, ``cpp`` (exit code 42: legal) or ``checktestdata`` (0)."""
    main: str
    """The file that is run."""
    files: Mapping[str, str]
    """Name to text; the main file among them."""


@frozen
class BenchProblem:
    """A problem and what it is graded with."""

    id: str
    problem: Problem
    """What the engine sees."""
    hidden: tuple[Test, ...] = ()
    checker: str = "tokens"
    """Comparator of the hidden tests."""
    programs: tuple[PoolProgram, ...] = ()
    """Programs with known verdicts that came with the problem."""
    generated_tests: tuple[Test, ...] = ()
    """Recorded tests that a model wrote, with guessed outputs: what CodeT votes with."""
    validators: tuple[InputValidator, ...] = ()
    """An input is legal when all of them take it with one of :attr:`validator_flags`."""
    validator_flags: tuple[str, ...] = ("",)
    """Command-line words, one set for each group of tests."""


@frozen
class Contender:
    """A program of one draw, as every method sees it."""

    id: str
    """As the engine names it: ``c1`` … ``cN``; a repair in round r of ``c3`` is ``c3.r``."""
    code: str
    language: str
    passed: int = -1
    """Public tests that it passes; -1: it does not compile."""
    survives: bool = False
    """Passes every public test."""
    right: bool | None = None
    """Recorded or graded verdict on the hidden tests; None: not graded yet."""
    sample: int = 1
    """From 1."""
    round: int = 0
    """0: as it was sampled; from 1: its repairs."""


@frozen
class Cost:
    """What a choice cost; sums with ``+``."""

    calls: int = 0
    """Requests to models, samples included where a live model wrote them."""
    selection_calls: int = 0
    """Those of them that wrote inputs or tests, or judged."""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    selection_tokens: int = 0
    """Prompt and completion tokens of the selection calls."""
    executions: int = 0
    """Runs of one program on one input that the method asked for, whether or not they were shared."""
    failed_calls: int = 0
    """Requests that the model's server failed at: a measurement with many of them says little."""

    @classmethod
    def of(cls, usage: Usage, *, selects: bool = False) -> Cost:
        """Of one request, which wrote inputs or tests, or judged, where ``selects``."""
        tokens = usage.prompt_tokens, usage.completion_tokens
        return cls(1, int(selects), *tokens, usage.cached_tokens, sum(tokens) * selects)

    def __add__(self, other: Cost) -> Cost:
        return Cost(*map(add, astuple(self), astuple(other)))


@frozen
class Judgement:
    """One duel and what is known of it: a judge can be measured where exactly one side is right."""

    right: tuple[bool | None, ...]
    """Whether the program that stood for the left side is right, and the same of the right side."""
    votes: tuple[int | None, ...]
    """The side that each order named: 0 left, 1 right, None neither."""
    winner: int | None
    """The side that both orders named."""


@frozen
class Choice:
    """What a method picked."""

    picked: str | None
    """Id of the contender; None when there was none to pick."""
    score: float
    """1 when the pick is right, 0 when wrong; for methods that roll dice the expected value."""
    clusters: int = 0
    """Groups of survivors that the method told apart; 0 if it looks at none."""
    belief: float | None = None
    """Probability that the method itself gives its pick; None if it gives none."""
    beliefs: tuple[float, ...] = ()
    """Of every group, the most believed first; what is missing to 1 is "none of them"."""
    posterior: tuple[float, ...] = ()
    """The same before it is corrected by what was measured (:mod:`sstar_lsp.engine.choice.calibration`)."""
    share: float | None = None
    """Of the samples that pass the examples, as that correction has it."""
    status: str = ""
    """How the engine's run ended; empty for the other methods."""
    inputs: int = 0
    """Valid inputs that the survivors were compared on."""
    duels: tuple[Judgement, ...] = ()
    """What the judge said, in order; empty for methods that fight none."""
    tiers: tuple[TierActed, ...] = ()
    """What the engine's steps did that programs of the input-writer take part in."""


@frozen(kw_only=True)
class Row(Choice):
    """One method's choice in one draw: a line of ``runs.jsonl``."""

    problem: str
    draw: int
    """From 0."""
    method: str
    random: float
    """Expected score of a uniform pick among the public-passing (see docs/bench.md)."""
    oracle: float
    """1 when any contender is right."""
    survivors: int
    survivors_right: int
    cost: Cost = field(factory=Cost)
    wall_s: float = 0.0
    """Seconds of this choice in this process; shared executions and replayed replies take none."""

    @property
    def is_mixed(self) -> bool:
        """Whether there were right and wrong survivors: the only draws where a choice matters."""
        return 0 < self.survivors_right < self.survivors

    @property
    def key(self) -> tuple[str, int, str]:
        """Problem, draw and method."""
        return self.problem, self.draw, self.method
