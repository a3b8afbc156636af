"""A small world to solve in: one problem, programs that are right, wrong and broken, and who says them.

The scripted model answers by what is asked and by the seed, never by the order of calls.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence

from attrs import Factory, define, evolve, field

from sstar_lsp.engine.run.events import Event
from sstar_lsp.engine.run.executor import Executor, Outcome
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.engine.solve import solve
from sstar_lsp.models.protocol import Model, Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Candidate, Message, Problem, Sampling, Style, Test
from sstar_lsp.settings import Prices, SolveSettings
from sstar_sandbox import Verdict

PAIRS = Problem(
    title="Pairs that cancel",
    statement=(
        "# Pairs that cancel\n\nGiven n and n integers, print how many pairs of positions have sum zero.\n\n"
        "1 ≤ n ≤ 100, −9 ≤ a ≤ 9.\n\nInput:\n\n```\n3\n1 -1 2\n```\n\nOutput:\n\n```\n1\n```\n"
    ),
    public_tests=(Test("3\n1 -1 2\n", "1\n", name="example 1"),),
)
"""Equal numbers tell the right programs from the wrong ones."""
UNBOUNDED = evolve(PAIRS, statement=PAIRS.statement.replace("1 ≤ n ≤ 100, −9 ≤ a ≤ 9.", ""))
"""The same without bounds, so that no format of its input is known."""

RIGHT = """\
n = int(input())
a = list(map(int, input().split()))
print(sum(a[i] + a[j] == 0 for i in range(n) for j in range(i)))
"""
RIGHT_TOO = """\
n = int(input())
seen = {}
pairs = 0
for x in map(int, input().split()):
    pairs += seen.get(-x, 0)
    seen[x] = seen.get(x, 0) + 1
print(pairs)
"""
COUNTS_VALUES = """\
n = int(input())
a = list(map(int, input().split()))
print(len({abs(x) for x in a if x and -x in a}))
"""
"""Passes the example; wrong where values repeat, and on zeros."""
ALWAYS_ONE = "input()\nprint(1)\n"
"""Passes the example and nothing else."""
PRINTS_ZERO = "input()\nprint(0)\n"
"""Fails the example."""
DIVIDES = "n = int(input())\nprint(1 // 0)\n"
"""Crashes on the example."""
NO_SYNTAX = "def broken(:\n    pass\n"

DOUBLE = Problem(
    title="Double",
    statement="Write `double(x)`, which returns twice the integer x.\n\n>>> double(2)\n4\n",
    style=Style.FUNCTION,
    entry_point="double",
    starter_code="def double(x):\n",
    public_tests=(Test("[2]", "4", name="example 1"),),
    checker="json",
)
"""Function style."""

QUICK = SolveSettings(
    language="python", samples=3, rounds=1, inputs=3, judge_sees_programs=True, adaptive=False
)
"""All three samples are taken, whatever the first two say."""


def fenced(code: str, tag: str = "python") -> str:
    """A program as models answer it."""
    return f"```{tag}\n{code}```\n"


def shown_programs(prompt: str) -> tuple[str, str]:
    """The two programs in a prompt of the judge or of a pair's input-writer."""
    first, second = re.findall(r"Program [12]:\n\n```\w*\n(.*?)\n```", prompt, re.DOTALL)[:2]
    return f"{first}\n", f"{second}\n"


def kind_of(messages: Sequence[Message]) -> str:
    """Which template a request was made with: ``write``, ``repair``, ``inputs``, ``pair`` or ``judge``."""
    last = messages[-1].content
    for kind, words in {
        "judge of outputs": "At most one of these two outputs is right",
        "repair": "is not right",
        "inputs": "Do not solve the problem",
        "pair": "They are not equivalent",
        "judge": "what they really printed",
        "write": "Mind the edge cases",
    }.items():
        if words in last:
            return kind.partition(" ")[0]
    raise AssertionError(f"no known template: {last[-300:]}")


Judge = Callable[[str, str], int]


@define
class World:
    """What the scripted model of one test says; an instance is its script."""

    samples: Sequence[str] = (RIGHT,)
    """The program of sample k (from 1) is number k-1 modulo their count; not a program: said as it is."""
    repairs: Mapping[str, Sequence[str]] = Factory(dict)
    """Broken program to its repair in round 1, 2 …; others are answered with themselves."""
    inputs: Sequence[str] = ()
    pair: Sequence[str] = ()
    judge: Judge | Mapping[str, int] = field(factory=dict)
    """1, 2 or 0 for two programs; a mapping prefers the program of the highest number."""
    asked: list[tuple[str, str]] = Factory(list)
    """Kind and last message of each request."""

    def __call__(self, messages: Sequence[Message], sampling: Sampling) -> str:
        kind = kind_of(messages)
        last = messages[-1].content
        self.asked.append((kind, last))
        sample, round_ = divmod((sampling.seed or 0) % 100_000, 100)
        if kind == "write":
            return self._said(self.samples[(sample - 1) % len(self.samples)])
        if kind == "repair":
            broken = re.sub(r"\A```\w*\n(.*?)\n```\Z", r"\1\n", messages[-2].content, flags=re.DOTALL)
            known = self.repairs.get(broken, (broken,))
            return self._said(known[min(round_, len(known)) - 1])
        if kind in ("inputs", "pair"):
            return "\n".join(f"```\n{text}```\n" for text in (self.inputs if kind == "inputs" else self.pair))
        if "Program 1" not in last:
            return f"I worked it out.\nANSWER: {self._judged_by_output(last)}\n"
        return f"I worked it out.\nANSWER: {self._judged(*shown_programs(last))}\n"

    @staticmethod
    def _said(text: str) -> str:
        is_program = text.endswith("\n") and "```" not in text
        return fenced(text) if is_program else text

    def _judged(self, first: str, second: str) -> int | str:
        """The number that the judge names, or what it says instead."""
        if callable(self.judge):
            return self.judge(first, second)
        marks = self.judge.get(first, 0), self.judge.get(second, 0)
        return 0 if marks[0] == marks[1] else 1 if marks[0] > marks[1] else 2

    def _judged_by_output(self, prompt: str) -> int:
        """A judge who has a mark for :data:`RIGHT` knows the answer to the pairs problem."""
        given, first, second = re.findall(r"```\n(.*?)\n```", prompt, re.DOTALL)[-3:]
        numbers = [int(token) for token in given.split()[1:]]
        right = sum(a + b == 0 for place, a in enumerate(numbers) for b in numbers[:place])
        if not isinstance(self.judge, Mapping) or RIGHT not in self.judge:
            return 0
        return next((n for n, said in ((1, first), (2, second)) if said.strip() == str(right)), 0)

    def count(self, kind: str) -> int:
        """How often this was asked."""
        return sum(asked == kind for asked, _ in self.asked)


class PowerCut(Exception):
    """The process is gone, as far as the run can tell."""


@define
class Memory:
    """A journal in memory; after ``most`` events it is as if the process had died."""

    events: list[Event] = Factory(list)
    most: int | None = None

    async def record(self, event: Event) -> None:
        """Keep the event."""
        await asyncio.sleep(0)
        if self.most is not None and len(self.events) >= self.most:
            raise PowerCut
        self.events.append(event)

    def of(self, kind: type) -> list:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


async def finish(
    executor: Executor,
    script: World | Model,
    problem: Problem = PAIRS,
    settings: SolveSettings = QUICK,
    *,
    journal: Memory | None = None,
    state: RunState | None = None,
    own_code: str | None = None,
) -> RunState:
    """Solve to the end; checks on the way that what was shown had been journaled, and folds to the same."""
    journal = Memory() if journal is None else journal
    model = ScriptedModel(script) if isinstance(script, World) else script
    shown = state or RunState()
    before = len(journal.events)
    models = Models.all_the_same(model)
    async for event in solve(problem, settings, models, executor, journal, state, own_code=own_code):
        assert event in journal.events[before:]
        shown = apply(shown, event)
    assert shown == (reduce_onto(state, journal.events[before:]))
    return shown


def reduce_onto(state: RunState | None, events: Sequence[Event]) -> RunState:
    """Further events folded onto a state."""
    folded = state or RunState()
    for event in events:
        folded = apply(folded, event)
    return folded


def answer(code: str | None, state: RunState) -> str | None:
    """The chosen program, checked to be the candidate's."""
    assert state.decided is not None
    chosen = state.decided.candidate_id
    found = state.candidates[chosen].code if chosen else None
    assert found == code
    return found


def run_of(
    executor: Executor,
    model: Model,
    problem: Problem = PAIRS,
    settings: SolveSettings = QUICK,
    journal: Memory | None = None,
    prices: Prices | None = None,
) -> Run:
    """A run in flight, for tests of one stage."""
    from sstar_lsp.engine.run.events import RunStarted

    started = RunStarted("r", problem, settings, {"judge": model.name, "writer": model.name}, {}, 0.0)
    started = evolve(started, prices=prices or Prices())
    journal = Memory() if journal is None else journal
    journal.events.append(started)
    return Run(Models.all_the_same(model), executor, journal, fold([started]), lambda _event: None)


def numbered(name: str, code: str = RIGHT) -> Candidate:
    """A candidate by its id: ``c2.1`` is the first repair of sample 2."""
    sample, _, round_ = name[1:].partition(".")
    return Candidate(name, code, "python", sample=int(sample), round=int(round_ or 0))


def ran(output: str, verdict: Verdict = Verdict.RAN, error: str = "") -> Outcome:
    """An outcome in short."""
    return Outcome(verdict, output, error)


def settings(**changes: object) -> SolveSettings:
    """:data:`QUICK` with changes."""
    return evolve(QUICK, **changes)
