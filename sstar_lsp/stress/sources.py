"""Where inputs of a stress test come from: a person's generator program, else our own input makers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from itertools import count

from attrs import frozen

from sstar_lsp.engine.run.executor import Outcome, outcome_of
from sstar_lsp.engine.test_inputs.free_inputs import cheap_waves
from sstar_lsp.engine.test_inputs.large_inputs import large_inputs
from sstar_lsp.errors import UsageError
from sstar_lsp.records import Problem
from sstar_sandbox import Limits, Program, Sandbox
from sstar_sandbox.policy.mounts import Mounts

INPUTS = 48
"""Of each kind from one seed of our makers."""
BATCH = 16
"""Inputs of a generator that are run together."""
BARREN = 5
"""Seeds in a row that bring no new input, after which there is nothing more to try."""


@frozen
class Wave:
    """Inputs that are tried together."""

    texts: tuple[str, ...]
    is_large: bool = False
    """As large as the statement allows: each is run alone."""


async def made_waves(problem: Problem, seed: int) -> AsyncGenerator[Wave, None]:
    """Inputs by our own makers: small and boundary values, large ones, then further seeds without end.

    Ends where :data:`BARREN` seeds in a row bring nothing new.
    """
    seen = {test.input for test in problem.public_tests}
    barren = 0
    for number in count(seed):
        waves = [Wave(tuple(text for _, text in wave)) for wave in cheap_waves(problem, INPUTS, number)]
        large = Wave(tuple(large_inputs(problem, number)), is_large=True)
        has_new = False
        for wave in (*waves, large):
            new = tuple(dict.fromkeys(text for text in wave.texts if text not in seen))
            seen.update(new)
            if new:
                has_new = True
                yield Wave(new, wave.is_large)
        barren = 0 if has_new else barren + 1
        if barren == BARREN:
            return


@frozen
class Generator:
    """A person's program that prints an input; told the seed as its argument and on standard input."""

    sandbox: Sandbox
    program: Program
    limits: Limits

    async def waves(self, seed: int) -> AsyncGenerator[Wave, None]:
        """Inputs from one seed after the other, without end.
        Raises :class:`UsageError`: it fails, prints nothing, or prints another input for the same seed."""
        if await self._text(seed) != await self._text(seed):
            raise UsageError(
                f"the generator prints two different inputs for seed {seed}: seed its random numbers with its first argument."
            )
        barren = 0
        seen: set[str] = set()
        for first in count(seed, BATCH):
            texts = [await self._text(number) for number in range(first, first + BATCH)]
            new = tuple(dict.fromkeys(text for text in texts if text not in seen))
            seen.update(new)
            barren = 0 if new else barren + 1
            if barren == BARREN:
                return
            if new:
                yield Wave(new)

    async def _text(self, seed: int) -> str:
        ended = await self.sandbox.run_with_files(
            self.program, (str(seed),), Mounts(), f"{seed}\n".encode(), self.limits
        )
        outcome: Outcome = outcome_of(ended)
        text = ended.stdout.decode("utf-8", "surrogateescape")
        if not outcome.ended_well:
            words = (outcome.error or outcome.detail).strip().splitlines()
            raise UsageError(
                f"the generator failed with seed {seed} ({outcome.verdict}): {words[-1][:200] if words else 'no message'}."
            )
        if not text.strip():
            raise UsageError(f"the generator printed nothing with seed {seed}.")
        return text
