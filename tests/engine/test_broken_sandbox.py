"""A sandbox that fails on one program costs that program; one that fails on all ends the run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from attrs import define, evolve

from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    PAIRS,
    RIGHT,
    RIGHT_TOO,
    World,
    answer,
    fenced,
    finish,
    settings,
)
from sstar_lsp.errors import SandboxError
from sstar_lsp.records import Status
from sstar_sandbox import Execution, Offering, Program, Sandbox, Verdict
from sstar_sandbox import SandboxError as BrokenSandbox

BAD = "# the box fails\n" + RIGHT


@define
class Faulty:
    """The sandbox, but it fails where a source has a word in it: when it compiles it, or on inputs so long."""

    inner: Sandbox
    word: str
    compiles: bool = True
    longer_than: int = 0

    async def offering(self, *arguments: Any) -> Offering:
        return await self.inner.offering(*arguments)

    async def prepare(self, source: str, *arguments: Any) -> Program:
        if self.word in source and not self.compiles:
            raise BrokenSandbox("the compile box failed")
        return await self.inner.prepare(source, *arguments)

    async def run(
        self, program: Program, inputs: Sequence[bytes], *arguments: Any, files: Any = None
    ) -> AsyncIterator[Execution]:
        number = 0
        async for execution in self.inner.run(program, inputs, *arguments, files=files):
            fails = self.word in program.source and len(inputs[number]) > self.longer_than - 1
            yield (
                evolve(execution, verdict=Verdict.IE, detail="the sandbox failed twice")
                if fails
                else execution
            )
            number += 1


@pytest.mark.parametrize("compiles", [True, False])
async def test_a_program_on_which_the_sandbox_fails_is_no_survivor_and_the_run_goes_on(
    sandbox: Sandbox, compiles: bool
) -> None:
    world = World(samples=(BAD, RIGHT_TOO, RIGHT_TOO), repairs={BAD: (ALWAYS_ONE,)})
    state = await finish(Faulty(sandbox, "the box fails", compiles), world)
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    answer(RIGHT_TOO, state)
    assert "c1" not in {candidate.id for candidate in state.survivors}


async def test_a_program_on_which_the_sandbox_fails_at_an_input_behaves_like_no_other(
    sandbox: Sandbox,
) -> None:
    world = World(samples=(BAD, RIGHT_TOO, RIGHT_TOO), inputs=("6\n1 1 -1 -1 2 -2\n",))
    state = await finish(Faulty(sandbox, "the box fails", longer_than=12), world)
    answer(RIGHT_TOO, state)


@pytest.mark.parametrize(("compiles", "language"), [(True, "python"), (False, "python"), (False, "cpp")])
async def test_a_sandbox_that_runs_nothing_ends_the_run(
    sandbox: Sandbox, compiles: bool, language: str
) -> None:
    code = fenced("int main() {}\n", "cpp") if language == "cpp" else COUNTS_VALUES
    with pytest.raises(SandboxError):
        await finish(
            Faulty(sandbox, "", compiles), World(samples=(code,)), PAIRS, settings(language=language)
        )
