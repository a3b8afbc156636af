"""Diversity: samples that are asked for differently, worked examples, several writers; one prefix for all."""

from __future__ import annotations

import asyncio
import os

import pytest
from attrs import evolve

from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    DIVIDES,
    DOUBLE,
    PAIRS,
    PRINTS_ZERO,
    RIGHT,
    RIGHT_TOO,
    Memory,
    World,
    finish,
    settings,
)
from sstar_lsp.engine.prompts import problem_text
from sstar_lsp.engine.run.events import Completed, Event, NoProgram, RunStarted
from sstar_lsp.engine.sampling.exemplars import PATTERNS, exemplar, matching
from sstar_lsp.engine.sampling.prompt_variants import kind_of_sample
from sstar_lsp.engine.sampling.sample import longest_writing_prompt, writing_prompt
from sstar_lsp.engine.solve import solve
from sstar_lsp.models.factory import connect
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.records import PromptKind, Test
from sstar_lsp.settings import Diversity, ModelSettings, RoleSettings, SolveSettings, Use
from sstar_sandbox import Sandbox, Verdict, comparator_named

SEVERAL = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO, ALWAYS_ONE))


def waves(**changes: object) -> SolveSettings:
    return settings(adaptive=True, samples=8, rounds=1, inputs=6, confidence=1, **changes)


def prompts(model: ScriptedModel) -> dict[int, str]:
    """First prompts by sample."""
    found = {}
    for call in model.calls:
        sample, round_ = divmod(call.sampling.seed or 0, 100)
        if round_ == 0 and sample:
            found[sample] = call.messages[0].content
    return found


# --- variants -------------------------------------------------------------------------------------


async def test_without_diversity_every_sample_has_the_same_prompt(sandbox: Sandbox) -> None:
    model = ScriptedModel(SEVERAL)
    await finish(sandbox, model, settings=waves())
    assert len(prompts(model)) == 8
    assert len(set(prompts(model).values())) == 1


async def test_variants_begin_after_the_first_wave_and_candidates_say_how_they_were_asked_for(
    sandbox: Sandbox,
) -> None:
    model = ScriptedModel(SEVERAL)
    state = await finish(sandbox, model, settings=waves(diversity=Diversity.VARIANTS))
    asked = prompts(model)
    assert len({asked[sample] for sample in (1, 2, 3, 4, 7)}) == 1
    assert "write a plan before" in asked[5]
    assert "name in one line the algorithm" in asked[6]
    kinds = [state.candidates[f"c{sample}"].prompt for sample in range(4, 8)]
    assert kinds == [PromptKind.SAMPLE, PromptKind.PLAN, PromptKind.ALGORITHM, PromptKind.SAMPLE]


async def test_contrast_shows_the_different_programs_of_the_waves_before(sandbox: Sandbox) -> None:
    model = ScriptedModel(World(samples=(RIGHT, "#\n" + RIGHT, COUNTS_VALUES, ALWAYS_ONE)))
    state = await finish(sandbox, model, settings=waves(diversity=Diversity.CONTRAST))
    shown = prompts(model)[5]
    assert all(shown.count(code.strip()) == 1 for code in (RIGHT, COUNTS_VALUES, ALWAYS_ONE))
    assert "different from all of them" in shown
    assert state.candidates["c5"].prompt is PromptKind.CONTRAST


async def test_contrast_waits_for_the_whole_wave_even_where_it_cannot_settle_the_leader(
    sandbox: Sandbox,
) -> None:
    """The fourth sample is held until the three before it are known to bring nothing."""
    others = asyncio.Event()

    class Watching(Memory):
        async def record(self, event: Event) -> None:
            await super().record(event)
            if len(self.of(NoProgram)) == 3:
                others.set()

    async def hold_the_fourth(call: Call) -> None:
        if call.sampling.seed == 400:
            await others.wait()

    model = ScriptedModel(World(samples=("None.", "No.", "Never.", RIGHT)), before_piece=hold_the_fourth)
    await finish(sandbox, model, settings=waves(diversity=Diversity.CONTRAST), journal=Watching())
    assert RIGHT.strip() in prompts(model)[5]


def test_where_all_samples_are_asked_for_at_once_nothing_is_there_to_contrast_with() -> None:
    search = settings(adaptive=False, samples=8, diversity=Diversity.CONTRAST)
    assert kind_of_sample(search, 5) is PromptKind.CONTRAST  # its prompt becomes a plan: nothing came before


async def test_a_run_of_one_wave_asks_for_plans_instead_of_contrasts(sandbox: Sandbox) -> None:
    model = ScriptedModel(SEVERAL)
    search = settings(adaptive=False, samples=5, rounds=0, diversity=Diversity.CONTRAST)
    state = await finish(sandbox, model, settings=search)
    assert state.candidates["c5"].prompt is PromptKind.PLAN


# --- worked examples ------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", PATTERNS)
async def test_every_worked_example_is_right_about_itself(sandbox: Sandbox, pattern: str) -> None:
    example = exemplar(pattern)
    program = await sandbox.prepare(example.program, "python")
    check = comparator_named("exact").check(example.example_output.encode())
    executions = [e async for e in sandbox.run(program, [example.example_input.encode()], checks=[check])]
    assert [execution.verdict for execution in executions] == [Verdict.AC]


@pytest.mark.parametrize(
    ("statement", "pattern"),
    [
        ("There are n cities and m roads between them.", "graph"),
        ("You are in a maze of r rows and c columns; each cell is free or a wall.", "grid"),
        ("Print the word that occurs most often.", "counting"),
        ("Two meetings overlap when the one begins before the other ends.", "intervals"),
    ],
)
def test_worked_examples_are_matched_by_the_pattern_of_the_problem(statement: str, pattern: str) -> None:
    assert matching(statement, 1) == [exemplar(pattern)]


def test_a_problem_of_no_known_pattern_has_no_worked_example() -> None:
    assert matching("Print twice the number.", 3) == []
    assert writing_prompt(PAIRS, "python", 3) == writing_prompt(PAIRS, "python")


def test_worked_examples_stand_behind_the_problem_and_for_python_programs_only() -> None:
    roads = evolve(PAIRS, statement="There are n cities and m roads between them.")
    shown = writing_prompt(roads, "python", 2)
    assert shown.startswith(problem_text(roads).rstrip())
    assert exemplar("graph").program in shown
    assert writing_prompt(roads, "cpp", 2) == writing_prompt(roads, "cpp")
    assert writing_prompt(DOUBLE, "python", 2) == writing_prompt(DOUBLE, "python")


@pytest.mark.parametrize("diversity", Diversity)
async def test_no_first_prompt_is_longer_than_the_ceiling_says(
    sandbox: Sandbox, diversity: Diversity
) -> None:
    roads = evolve(PAIRS, statement=f"{PAIRS.statement}\nThink of roads between nodes, in a grid of cells.")
    search = waves(diversity=diversity, in_context_examples=3)
    model = ScriptedModel(SEVERAL)
    await finish(sandbox, model, roads, search)
    longest = max(len(prompt.encode()) for prompt in prompts(model).values())
    assert longest <= longest_writing_prompt(roads, search)


# --- several writers ------------------------------------------------------------------------------


async def test_several_writers_take_turns_and_the_others_do_the_rest(sandbox: Sandbox) -> None:
    one, two, rest = (ScriptedModel(SEVERAL, name=name) for name in ("one", "two", "rest"))
    models = Models(writer=one, debugger=rest, input_writer=rest, judge=rest, other_writers=(two,))
    journal = Memory()
    async for _event in solve(PAIRS, settings(samples=4, rounds=0), models, sandbox, journal):
        pass
    written = {
        call.purpose: call.model for call in journal.of(Completed) if call.purpose.startswith("sample")
    }
    assert written == {"sample c1": "one", "sample c2": "two", "sample c3": "one", "sample c4": "two"}
    assert journal.of(RunStarted)[0].models["writer"] == "one, two"


async def test_writers_are_named_with_commas_between(tmp_path: object) -> None:
    from contextlib import AsyncExitStack

    from sstar_lsp.models.testing.scripted_server import serve_scripted

    async with serve_scripted(SEVERAL) as server, AsyncExitStack() as stack:
        chosen = ModelSettings(
            base_url=server.base_url, model="common", writer=RoleSettings(model="first, second")
        )
        environ = {"SSTAR_API_KEY": server.key, "SSTAR_STATE_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
        models = await connect(chosen, stack, environ, lambda _words: None)
        assert [model.name for model in models.writers] == ["first", "second"]
        assert models.judge.name == "common"


# --- one prefix -----------------------------------------------------------------------------------


@pytest.mark.parametrize("diversity", Diversity)
async def test_all_requests_of_a_run_begin_with_the_same_bytes(
    sandbox: Sandbox, diversity: Diversity
) -> None:
    """Servers reuse what a request shares with an earlier one from its beginning; the problem is the bulk of it."""
    world = World(
        samples=(RIGHT, COUNTS_VALUES, DIVIDES, ALWAYS_ONE, *["No code."] * 12),
        inputs=("4\n1 1 -1 -1\n",),
        pair=("3\n0 0 0\n",),
    )
    model = ScriptedModel(world)
    problem = evolve(PAIRS, public_tests=(*PAIRS.public_tests, Test("2\n5 -5\n", "1\n")))
    search = evolve(waves(diversity=diversity), samples=16)  # three survivors are too few for these
    await finish(sandbox, model, problem, search)
    kinds = {kind for kind, _ in world.asked}
    assert {"write", "repair", "judge"} <= kinds
    sent = [call.messages[0].content for call in model.calls]
    assert {prompt[: len(problem_text(problem).rstrip())] for prompt in sent} == {
        problem_text(problem).rstrip()
    }


async def test_a_repair_repeats_the_first_prompt_byte_for_byte(sandbox: Sandbox) -> None:
    model = ScriptedModel(World(samples=(DIVIDES,)))
    await finish(sandbox, model, settings=settings(samples=1, rounds=1))
    first, second = (call.messages for call in model.calls)
    assert second[0] == first[0]


# --- after failure ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "planned"), [((PRINTS_ZERO,) * 4, True), ((PRINTS_ZERO, RIGHT) * 2, False)]
)
async def test_plans_are_asked_for_only_after_direct_tries_failed(
    sandbox: Sandbox, first: tuple[str, ...], planned: bool
) -> None:
    model = ScriptedModel(World(samples=(*first, RIGHT, RIGHT_TOO, RIGHT, RIGHT_TOO)))
    wanted = evolve(waves(fresh_start=Use.ON), rounds=0)
    state = await finish(sandbox, model, settings=wanted)
    asked = prompts(model)
    assert ["write a plan before" in asked[sample] for sample in (1, 4, 5, 8)] == [
        False,
        False,
        planned,
        planned,
    ]
    assert (state.candidates["c5"].prompt is PromptKind.PLAN) is planned


async def test_a_third_repair_gives_way_to_a_program_from_nothing(sandbox: Sandbox) -> None:
    for use, third in ((Use.OFF, "repair"), (Use.ON, "write")):
        world = World(samples=(PRINTS_ZERO,), repairs={PRINTS_ZERO: (DIVIDES,), DIVIDES: (PRINTS_ZERO,)})
        await finish(sandbox, world, settings=settings(samples=1, rounds=3, fresh_start=use))
        assert [kind for kind, _ in world.asked] == ["write", "repair", "repair", third]


async def test_a_persons_program_is_repaired_with_the_smallest_change(sandbox: Sandbox) -> None:
    for own, is_small in ((PRINTS_ZERO, True), (None, False)):
        world = World(samples=(PRINTS_ZERO,), repairs={PRINTS_ZERO: (RIGHT,)})
        await finish(sandbox, world, settings=settings(samples=1, rounds=1), own_code=own)
        (told,) = [last for kind, last in world.asked if kind == "repair"]
        assert ("smallest change" in told) is is_small
