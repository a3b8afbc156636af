"""Search for an input on which two programs differ, or on which one is slow.

Inputs are tried in batches; what differs there is run again, each program in a process of its own, before it
counts. A difference in output between two programs that end well comes first. A crash or time-out counts at
once where the input is legal for certain; else it is kept while the search looks for something better.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from itertools import islice

from attrs import define, evolve, field, frozen

from sstar_lsp.engine.run.execution.executions import Executions, run_until_stalled
from sstar_lsp.engine.run.executor import Outcome, is_accepted, is_expected, outcome_of, same_output
from sstar_lsp.engine.test_inputs.minimize import reductions
from sstar_lsp.records import Problem
from sstar_lsp.stress.legality import Judge, is_refused
from sstar_lsp.stress.sources import Wave
from sstar_sandbox import Limits, Mode, Program, Verdict

TRIES = 24
"""Smaller inputs that are tried together while a difference is minimised."""


@frozen
class Side:
    """One of the two programs, ready to run."""

    name: str
    """Its file, for a person."""
    program: Program
    limits: Limits
    may_be_slow: bool = False
    """A brute force: that it is too slow for an input says nothing."""


@frozen
class Difference:
    """An input on which two programs differ, and what each did."""

    input: str
    left: Outcome
    right: Outcome
    is_legal: bool
    """For certain; False: nothing speaks against the input."""
    found_size: int
    """Characters of the input before it was made smaller."""
    expected: str | None = None
    """The right output where an example gives it."""
    example: str = ""
    """Name of that example; empty for a made input."""


@frozen
class Slowest:
    """The input on which a program took the most CPU time."""

    input: str
    outcome: Outcome
    side: str
    """Name of the program."""


@define
class Search:
    """One stress test of two programs."""

    problem: Problem
    executions: Executions
    left: Side
    right: Side
    judge: Judge
    deadline: float
    """Of :func:`time.monotonic`."""
    tell: Callable[[int], None]
    """Told the number of inputs tried so far."""
    tried: int = field(default=0, init=False)
    illegal: int = field(default=0, init=False)
    """Inputs not tried, or not counted, because they are illegal or a program refused them."""
    slowest: dict[str, Slowest] = field(factory=dict, init=False)
    """By program."""
    _doubtful: Difference | None = field(default=None, init=False)

    @property
    def is_late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self.deadline

    async def on_examples(self) -> Difference | None:
        """The first example that one of the programs fails, told by its right output."""
        tests = self.problem.public_tests
        outcomes = await self._both([test.input for test in tests], Mode.BATCH)
        for test, (left, right) in zip(tests, outcomes, strict=True):
            if not all(self._passes(test.expected, each) for each in (left, right)):
                confirmed = (await self._both([test.input], Mode.ISOLATED))[0]
                if all(self._passes(test.expected, each) for each in confirmed):
                    continue
                return Difference(
                    test.input, *confirmed, True, len(test.input), test.expected, test.name or "an example"
                )
        return None

    def _passes(self, expected: str, outcome: Outcome) -> bool:
        if self.problem.checker_program is not None:
            return outcome.ended_well  # what it is worth is asked on made inputs, with the other's output
        return is_expected(self.problem.checker, expected, outcome) or is_accepted(
            self.problem, expected, outcome
        )

    async def run(self, waves: AsyncGenerator[Wave, None], *, first_only: bool = True) -> Difference | None:
        """The first difference in the waves, as small as it can be made in the time; None if there is
        none.

        ``first_only``: end with it; else go on to the end of the time, for :attr:`slowest`.
        """
        found: Difference | None = None
        async with aclosing(waves) as source:
            async for wave in source:
                if self.is_late:
                    break
                found = found or await self._in_wave(wave)
                if found is not None and first_only:
                    break
        found = found or self._doubtful
        return await self._minimised(found) if found is not None and not found.example else found

    async def _in_wave(self, wave: Wave) -> Difference | None:
        reasons = await asyncio.gather(*(self.judge.why_illegal(text) for text in wave.texts))
        texts = [
            text for text, reason in zip(wave.texts, reasons, strict=True) if reason is None or wave.is_large
        ]
        self.illegal += len(wave.texts) - len(texts)
        outcomes = await self._both(texts, Mode.ISOLATED if wave.is_large else Mode.BATCH)
        self.tried += len(texts)
        self.tell(self.tried)
        for text, pair in zip(texts, outcomes, strict=True):
            self._time(text, pair)
            if is_refused(pair) and not self.judge.is_certain:
                self.illegal += 1
            elif self._differ(*pair) and (found := await self._confirmed(text)) is not None:
                if found.is_legal or (found.left.ended_well and found.right.ended_well):
                    return found
                self._doubtful = self._doubtful or found
        return None

    def _time(self, text: str, pair: tuple[Outcome, Outcome]) -> None:
        for side, outcome in zip((self.left, self.right), pair, strict=True):
            known = self.slowest.get(side.name)
            if known is None or outcome.cpu_s > known.outcome.cpu_s:
                self.slowest[side.name] = Slowest(text, outcome, side.name)

    def _differ(self, left: Outcome, right: Outcome) -> bool:
        slow = Verdict.TLE, Verdict.MLE
        if self.right.may_be_slow and right.verdict in slow:
            return False
        if not (left.ended_well and right.ended_well):
            return left.ended_well != right.ended_well
        if self.problem.checker_program is not None:
            return right.verdict is Verdict.WA
        return not self.problem.is_open_ended and not same_output(self.problem.checker, left, right)

    async def _confirmed(self, text: str) -> Difference | None:
        left, right = (await self._both([text], Mode.ISOLATED))[0]
        if not self._differ(left, right):
            return None
        return Difference(text, left, right, self.judge.is_certain, len(text))

    async def _minimised(self, found: Difference) -> Difference:
        """The same kind of difference on a smaller input, by delta debugging as long as there is time."""
        best = found
        is_smaller = True
        while is_smaller and not self.is_late:
            is_smaller = False
            # Of a large input there are as many reductions as it has tokens, each as large: never all at once.
            smaller = (text for text in reductions(self.problem, best.input) if _is_smaller(text, best.input))
            while not is_smaller and not self.is_late and (texts := list(islice(smaller, TRIES))):
                found_here = await self._first_of(list(dict.fromkeys(texts)), best)
                if found_here is not None:
                    best, is_smaller = found_here, True
        return evolve(best, found_size=found.found_size)

    async def _first_of(self, texts: Sequence[str], like: Difference) -> Difference | None:
        reasons = await asyncio.gather(*(self.judge.why_illegal(text) for text in texts))
        legal = [text for text, reason in zip(texts, reasons, strict=True) if reason is None]
        kind = like.left.ended_well, like.right.ended_well
        for text, pair in zip(legal, await self._both(legal, Mode.BATCH), strict=True):
            if is_refused(pair) and not self.judge.is_certain:
                continue
            if self._differ(*pair) and (pair[0].ended_well, pair[1].ended_well) == kind:
                confirmed = await self._confirmed(text)
                if confirmed is not None:
                    return confirmed
        return None

    async def _both(self, texts: Sequence[str], mode: Mode) -> list[tuple[Outcome, Outcome]]:
        """What both programs do on each input."""
        if self.problem.checker_program is not None:
            left = await self._outcomes(self.left, texts, mode)
            wanted = [outcome.output if outcome.ended_well else None for outcome in left]
            return list(zip(left, await self._outcomes(self.right, texts, mode, wanted), strict=True))
        left, right = await asyncio.gather(
            self._outcomes(self.left, texts, mode), self._outcomes(self.right, texts, mode)
        )
        return list(zip(left, right, strict=True))

    async def _outcomes(
        self, side: Side, texts: Sequence[str], mode: Mode, expected: Sequence[str | None] | None = None
    ) -> list[Outcome]:
        begun = 0

        async def execute(part: Sequence[str]) -> tuple[Outcome, ...]:
            nonlocal begun
            wanted = None if expected is None else expected[begun : begun + len(part)]
            begun += len(part)
            runs = self.executions.run(side.program, part, side.limits, mode, wanted)
            return tuple([outcome_of(execution) async for execution in runs])

        return await run_until_stalled(execute, texts)


def _is_smaller(text: str, other: str) -> bool:
    """Fewer characters, then lower digits."""
    if len(text) != len(other):
        return len(text) < len(other)
    return (sum(map(ord, text)), text) < (sum(map(ord, other)), other)
