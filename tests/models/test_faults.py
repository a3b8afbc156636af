"""A server that does everything wrong: none of it loses a paid answer, hangs a run or brings it down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from engine.world import PAIRS, RIGHT, RIGHT_TOO, Memory, World, fenced, finish, settings

from sstar_lsp.engine.run.events import CallFailed, Completed, NoProgram
from sstar_lsp.engine.sampling.sample import writing_prompt
from sstar_lsp.errors import ModelProtocolError
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.client.rate_limiter import RateLimiter
from sstar_lsp.models.testing.faults import FAULTY_REPLIES, TOLD_BADLY, Fault
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import ScriptedServer, serve_scripted
from sstar_lsp.records import Message, Sampling, Status
from sstar_lsp.settings import Budget
from sstar_sandbox import CompilerOptions, Execution, FileIO, Limits, Mode, Offering, Program, Verdict

STRUCK = 2
"""The sample that the fault befalls."""
WHOLE = frozenset({*TOLD_BADLY, Fault.NO_USAGE, Fault.NO_MAX_TOKENS})
"""Faults whose answer was whole, and so is paid and must be kept."""


class AllRight:
    """An executor to which every program is right: what is tested here is what comes before it."""

    async def offering(self, *_arguments: object) -> Offering:
        return Offering()

    async def prepare(
        self, source: str, language: str, entry_point: str | None, compiler: CompilerOptions
    ) -> Program:
        return Program(language, source, entry_point, str(hash(source)), None)

    async def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits | None = None,
        mode: Mode = Mode.ISOLATED,
        *,
        files: FileIO | None = None,
    ) -> AsyncIterator[Execution]:
        for _ in inputs:
            yield Execution(Verdict.AC, "", 0.0, 0.0, 0, "none", 0, None, b"1\n", False, b"", "none", mode)


ASKED = (Message("user", writing_prompt(PAIRS, "python")),)


def struck(request: Mapping[str, object]) -> bool:
    seed = request.get("seed")
    return isinstance(seed, int) and seed % 100_000 // 100 == STRUCK


SILENT = frozenset({Fault.HANG, Fault.HANG_MIDWAY, Fault.ONLY_SIGNS_OF_LIFE})
"""Faults that only patience ends."""


def client(server: ScriptedServer, fault: Fault | None = None) -> OpenAIModel:
    idle_s = 0.7 if fault in SILENT else 60.0
    return OpenAIModel(server.base_url, "scripted", server.key, idle_timeout_s=idle_s, patience_s=0.01)


@pytest.mark.parametrize("fault", [*Fault])
async def test_a_fault_of_one_answer_costs_that_answer_at_most(fault: Fault) -> None:
    journal = Memory()
    world = World(samples=(RIGHT, RIGHT_TOO, RIGHT))
    async with serve_scripted(world, faults=lambda asked: fault if struck(asked) else None) as server:
        model = client(server, fault)
        state = await finish(AllRight(), model, settings=settings(inputs=0), journal=journal)
        again = [d.text async for d in model.stream(ASKED, Sampling(seed=100))]
        await model.aclose()
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    texts = [event.text.strip() for event in journal.of(Completed)]
    assert texts.count(fenced(RIGHT).strip()) == 2, "the others were paid"
    if fault in WHOLE:
        assert fenced(RIGHT_TOO).strip() in texts, "it was told badly, but it was whole"
    elif fault not in FAULTY_REPLIES:
        assert journal.of(CallFailed) or journal.of(NoProgram), "and what is lost is said"
    assert "".join(again).strip() == fenced(RIGHT).strip(), "the server is asked as before"


@pytest.mark.parametrize(
    "fault",
    [Fault.RATE_LIMITED, Fault.SERVER_ERROR, Fault.LOADING, Fault.HTML_PAGE, Fault.RESET, Fault.HANG],
)
async def test_a_lost_sample_is_replaced(fault: Fault) -> None:
    journal = Memory()
    told: list[object] = []

    def once(asked: Mapping[str, object]) -> Fault | None:
        if struck(asked) and not told:
            told.append(asked)
            return fault
        return None

    async with serve_scripted(World(samples=(RIGHT, RIGHT_TOO, RIGHT)), faults=once) as server:
        model = client(server, fault)
        await finish(AllRight(), model, settings=settings(inputs=0), journal=journal)
        await model.aclose()
    assert told
    assert fenced(RIGHT_TOO).strip() in [event.text.strip() for event in journal.of(Completed)]


async def test_a_server_that_miscounts_does_not_spend_the_budget() -> None:
    journal = Memory()
    async with serve_scripted(World(), faults=lambda _: Fault.WRONG_USAGE) as server:
        model = client(server)
        budget = settings(inputs=0, budget=Budget(tokens=50_000))
        state = await finish(AllRight(), model, settings=budget, journal=journal)
        await model.aclose()
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert all(event.usage_is_estimated for event in journal.of(Completed))


async def test_a_server_with_two_seats_answers_sixteen_samples_and_the_lane_learns_it() -> None:
    sitting = 0
    most = 0

    refused: list[int] = []

    def faults(asked: Mapping[str, object]) -> Fault | None:
        nonlocal sitting, most
        if sitting >= 2:
            refused.append(1)
            return Fault.RATE_LIMITED
        sitting += 1
        most = max(most, sitting)
        return None

    async def leave(_call: object) -> None:
        nonlocal sitting
        await asyncio.sleep(0)
        sitting = max(0, sitting - 1)

    scripted = ScriptedModel(World(), before_piece=leave, piece_tokens=10_000)
    journal = Memory()
    async with serve_scripted(scripted, faults=faults) as server:
        model = client(server)
        model.limiter = RateLimiter(start=16)
        await finish(AllRight(), model, settings=settings(samples=16, inputs=0), journal=journal)
        limit = model.limiter.aimd.limit
        await model.aclose()
    assert len(journal.of(Completed)) == 16
    assert most <= 2
    assert not refused or limit < 16


async def test_the_prompt_and_the_key_do_not_follow_a_redirect() -> None:
    async with serve_scripted(World(), faults=lambda _: Fault.REDIRECT) as server:
        model = client(server)
        with pytest.raises(ModelProtocolError, match="sends us elsewhere"):
            _ = [d async for d in model.stream((Message("user", "hello"),), Sampling())]
        await model.aclose()
