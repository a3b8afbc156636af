"""The whole loop: what a run ends with, for each way that it can go."""

from __future__ import annotations

import asyncio

import pytest
from attrs import evolve

from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    DIVIDES,
    DOUBLE,
    NO_SYNTAX,
    PAIRS,
    PRINTS_ZERO,
    QUICK,
    RIGHT,
    RIGHT_TOO,
    Memory,
    World,
    fenced,
    finish,
    settings,
)
from sstar_lsp.engine.report.evidence import best_candidate, evidence_of, is_verified
from sstar_lsp.engine.run.events import CallFailed, Completed, Dueled, Ran, Resumed, Stopped, Warned
from sstar_lsp.engine.run.state import RunState, fold
from sstar_lsp.engine.solve import solve
from sstar_lsp.errors import ModelError, ModelOverloaded
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.records import Status, Style
from sstar_lsp.settings import Budget, Rule, SolveSettings
from sstar_sandbox import Sandbox, Verdict

SPLITTING = "4\n1 1 -1 -1\n"
"""Two equal pairs: the right answer is 4."""


def code_of(state: RunState) -> str | None:
    candidate = best_candidate(state)
    return candidate.code if candidate else None


async def cancelled_at_the_judge(
    sandbox: Sandbox, world: World, journal: Memory, wanted: SolveSettings = QUICK
) -> None:
    """A run that is cancelled while the first duel waits for its judge."""
    judged = asyncio.Event()

    async def hold_the_judge(call: Call) -> None:
        if "ANSWER" in call.messages[-1].content:
            judged.set()
            await asyncio.Event().wait()

    model = ScriptedModel(world, before_piece=hold_the_judge)
    run = asyncio.create_task(finish(sandbox, model, settings=wanted, journal=journal))
    await judged.wait()
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


async def test_survivors_that_agree_everywhere_are_unanimous_and_no_judge_is_asked(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, RIGHT_TOO), inputs=(SPLITTING,))
    state = await finish(sandbox, world)
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert "unanimous" in state.decided.reason
    assert len(state.clusters) == 1
    assert world.count("judge") == world.count("pair") == 0
    assert is_verified(state)


async def test_the_larger_cluster_is_chosen_where_the_judge_says_nothing(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,))
    state = await finish(sandbox, world)
    assert [cluster.members for cluster in state.clusters] == [("c1", "c3"), ("c2",)]
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.CHOSEN, RIGHT)
    assert [duel.winner for duel in state.duels] == [None]


async def test_a_larger_cluster_that_wins_its_duel_is_believed_more(sandbox: Sandbox) -> None:
    silent = await finish(sandbox, World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,)))
    judged = await finish(
        sandbox,
        World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 1}),
    )
    assert silent.decided is not None
    assert judged.decided is not None
    assert code_of(judged) == code_of(silent) == RIGHT
    assert judged.decided.beliefs["A"] > silent.decided.beliefs["A"]


async def test_a_slightly_larger_cluster_loses_to_one_that_wins_its_duel(sandbox: Sandbox) -> None:
    world = World(
        samples=(COUNTS_VALUES, RIGHT, COUNTS_VALUES + "\n", RIGHT_TOO, "\n" + COUNTS_VALUES),
        inputs=(SPLITTING,),
        judge={RIGHT: 1},
    )
    state = await finish(sandbox, world, settings=settings(samples=5))
    assert [len(cluster.members) for cluster in state.clusters] == [3, 2]
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.CHOSEN, RIGHT)
    assert state.decided.beliefs["B"] > state.decided.beliefs["A"]


async def test_by_the_papers_rule_one_duel_won_beats_any_size(sandbox: Sandbox) -> None:
    samples = (COUNTS_VALUES, COUNTS_VALUES, COUNTS_VALUES, COUNTS_VALUES, RIGHT)
    world = World(samples=samples, inputs=(SPLITTING,), judge={RIGHT: 1})
    by_paper = await finish(sandbox, world, settings=settings(samples=5, rule=Rule.PAPER))
    by_belief = await finish(sandbox, world, settings=settings(samples=5))
    assert code_of(by_paper) == RIGHT
    assert code_of(by_belief) == COUNTS_VALUES


async def test_level_clusters_that_no_duel_settles_leave_the_run_undecided(sandbox: Sandbox) -> None:
    state = await finish(
        sandbox, World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,)), settings=settings(samples=2)
    )
    assert state.decided is not None
    assert state.decided.status is Status.UNDECIDED
    deciding = evidence_of(state).deciding_inputs[0]
    assert len({output.output for output in deciding.outputs}) == 2


async def test_an_input_written_for_a_pair_splits_what_seemed_one_cluster(sandbox: Sandbox) -> None:
    world = World(
        samples=(RIGHT, COUNTS_VALUES, ALWAYS_ONE),
        inputs=("2\n3 4\n",),  # tells ALWAYS_ONE from the others
        pair=(SPLITTING,),
        judge={RIGHT: 2, COUNTS_VALUES: 1},
    )
    state = await finish(sandbox, world, settings=settings(inputs=1))
    assert len(state.clusters) == 3
    assert code_of(state) == RIGHT


async def test_a_run_whose_programs_all_fail_the_examples_offers_the_best_as_unverified(
    sandbox: Sandbox,
) -> None:
    state = await finish(sandbox, World(samples=(DIVIDES, PRINTS_ZERO, NO_SYNTAX)))
    assert state.decided is not None
    assert state.decided.status is Status.UNVERIFIED
    assert code_of(state) in (DIVIDES, PRINTS_ZERO)
    assert not is_verified(state)
    assert "0 of 1" in state.decided.reason


async def test_a_program_that_compiles_is_a_better_offer_than_one_that_does_not(sandbox: Sandbox) -> None:
    state = await finish(sandbox, World(samples=(NO_SYNTAX, NO_SYNTAX, PRINTS_ZERO)))
    assert code_of(state) == PRINTS_ZERO


async def test_a_model_that_never_writes_code_ends_the_run_as_failed(sandbox: Sandbox) -> None:
    state = await finish(sandbox, World(samples=("I would rather talk about it.",)))
    assert state.decided is not None
    assert (state.decided.status, state.decided.candidate_id) == (Status.FAILED, None)
    assert len(state.no_program) == 6  # three samples, asked again in the one further round
    assert "no python program" in state.decided.reason


async def test_a_server_that_fails_every_sample_is_an_error_and_the_run_can_be_resumed(
    sandbox: Sandbox,
) -> None:
    journal = Memory()
    down = ScriptedModel(World(), fault=lambda _call: ModelOverloaded("the engine fell over"))
    with pytest.raises(ModelOverloaded, match="fell over"):
        await finish(sandbox, down, journal=journal)
    assert len(journal.of(CallFailed)) == 3
    assert isinstance(journal.events[-1], Stopped)
    state = await finish(sandbox, World(), journal=journal, state=fold(journal.events))
    assert journal.of(Resumed)
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN


async def test_samples_lost_on_the_way_are_warned_of_and_the_others_go_on(sandbox: Sandbox) -> None:
    def fault(call: Call) -> ModelError | None:
        return ModelOverloaded("too busy") if call.sampling.seed == 200 else None

    state = await finish(sandbox, ScriptedModel(World(samples=(RIGHT,)), fault=fault))
    assert [c.id for c in state.survivors] == ["c1", "c3"]
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert any("1 of 3 samples" in warning and "too busy" in warning for warning in state.warnings)


async def test_a_failing_input_writer_and_judge_cost_a_warning_and_not_the_run(sandbox: Sandbox) -> None:
    def fault(call: Call) -> ModelError | None:
        return None if "Mind the edge cases" in call.messages[-1].content else ModelOverloaded("too busy")

    model = ScriptedModel(World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO)), fault=fault)
    state = await finish(sandbox, model, settings=settings(inputs=12, rule=Rule.PAPER))
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.CHOSEN, RIGHT)
    assert len(state.clusters) == 2  # the mutated example still told them apart
    assert any("no test inputs from the model" in warning for warning in state.warnings)
    assert any("a judgement is missing" in warning for warning in state.warnings)


async def test_without_examples_the_choice_rests_on_agreement_and_is_believed_less(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,))
    bare = await finish(sandbox, world, evolve(PAIRS, public_tests=()))
    with_examples = await finish(sandbox, world)
    assert bare.decided is not None
    assert with_examples.decided is not None
    assert (bare.decided.status, code_of(bare)) == (Status.CHOSEN, RIGHT)
    assert bare.decided.beliefs["A"] < with_examples.decided.beliefs["A"]
    assert not is_verified(bare)
    assert "compile" in bare.decided.reason


async def test_function_style_is_solved_all_the_way(sandbox: Sandbox) -> None:
    right, wrong = "def double(x):\n    return 2 * x\n", "def double(x):\n    return x * x\n"
    assert DOUBLE.style is Style.FUNCTION
    world = World(samples=(wrong, right, right + "\n"), judge={right: 1})
    state = await finish(sandbox, world, DOUBLE)
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.CHOSEN, right)
    assert evidence_of(state).deciding_inputs[0].input.startswith("double(")


async def test_a_cpp_run_compiles_repairs_and_chooses(sandbox: Sandbox) -> None:
    right = '#include <iostream>\nint main() { std::cout << 1 << "\\n"; }\n'
    broken = "#include <iostream>\nint main() { std::cout << 1 }\n"
    world = World(
        samples=(fenced(broken, "cpp"),), repairs={broken: (fenced(right, "cpp"),)}, inputs=("1\n5\n",)
    )
    state = await finish(sandbox, world, settings=settings(language="cpp", samples=1))
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.CHOSEN, right)
    assert state.checks["c1"].compile_error


async def test_outputs_that_may_both_be_right_reject_nobody(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,))
    problem = evolve(PAIRS, several_answers=True)
    state = await finish(sandbox, world, problem=problem)
    assert state.decided is not None
    assert len(state.clusters) == 2
    assert state.duels == ()
    assert any("may both be right" in warning for warning in state.warnings)
    assert "judge" not in {
        purpose.partition(" ")[0] for purpose in (c.purpose for c in state.completions.values())
    }


# --- budgets --------------------------------------------------------------------------------------


async def test_a_cap_on_calls_ends_the_run_with_the_leader_so_far(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,))
    state = await finish(sandbox, world, settings=settings(budget=Budget(calls=4)))
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.OUT_OF_BUDGET, RIGHT)
    assert "4 calls" in state.decided.reason
    assert state.calls == 4


async def test_a_cap_on_tokens_below_the_first_prompt_ends_the_run_with_nothing(sandbox: Sandbox) -> None:
    world = World()
    state = await finish(sandbox, world, settings=settings(budget=Budget(tokens=40)))
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.OUT_OF_BUDGET, None)
    assert "40 tokens" in state.decided.reason
    assert world.asked == []


async def test_a_cap_on_seconds_ends_a_run_that_waits_for_its_model(sandbox: Sandbox) -> None:
    async def never(_call: Call) -> None:
        await asyncio.Event().wait()

    model = ScriptedModel(World(), before_piece=never)
    state = await finish(sandbox, model, settings=settings(budget=Budget(seconds=0.01)))
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.OUT_OF_BUDGET, None)
    assert model.cancelled == len(model.calls)


async def test_time_that_runs_out_during_a_duel_keeps_the_clusters_that_were_found(sandbox: Sandbox) -> None:
    """The run must not call unanimous what it has just seen differ."""
    world = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,))
    journal, limited = Memory(), settings(budget=Budget(seconds=3600))
    await cancelled_at_the_judge(sandbox, world, journal, limited)
    journal.events[-1] = evolve(journal.events[-1], seconds=3600.0)  # as if it had waited that long
    state = await finish(sandbox, world, journal=journal, state=fold(journal.events))
    assert state.decided is not None
    assert state.decided.status is Status.OUT_OF_BUDGET
    assert [cluster.members for cluster in state.clusters] == [("c1", "c3"), ("c2",)]
    assert "unanimous" not in state.decided.reason


async def test_programs_that_no_input_compared_are_not_said_to_agree_on_inputs(sandbox: Sandbox) -> None:
    journal = Memory()
    world = World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,))
    limited = settings(samples=2, budget=Budget(seconds=3600))
    await finish(sandbox, world, settings=limited, journal=journal)
    cut = next(n for n, event in enumerate(journal.events) if isinstance(event, Ran))
    journal.events[cut:] = [Stopped(0.0, 3600.0)]
    state = await finish(sandbox, world, journal=journal, state=fold(journal.events))
    assert state.decided is not None
    assert state.decided.status is Status.OUT_OF_BUDGET
    assert state.valid_inputs
    assert "could not be compared" in state.decided.reason


# --- cancel ---------------------------------------------------------------------------------------


async def test_cancel_closes_the_streams_and_journals_the_stop(sandbox: Sandbox) -> None:
    asked = asyncio.Event()

    async def never(_call: Call) -> None:
        asked.set()
        await asyncio.Event().wait()

    model = ScriptedModel(World(), before_piece=never)
    journal = Memory()
    run = asyncio.create_task(finish(sandbox, model, journal=journal))
    await asked.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert model.calls
    assert model.cancelled == len(model.calls)
    assert isinstance(journal.events[-1], Stopped)
    assert fold(journal.events).stopped


async def test_cancel_kills_a_program_that_would_run_for_long(sandbox: Sandbox) -> None:
    """The one worker is free again at once: a further program gets its turn before the limit of the first."""
    forever = "while True:\n    pass\n"
    journal = Memory()
    started = asyncio.Event()

    class Watched:
        offering, prepare = sandbox.offering, sandbox.prepare

        @staticmethod
        def run(*arguments: object, **named: object) -> object:
            started.set()
            return sandbox.run(*arguments, **named)

    run = asyncio.create_task(
        finish(Watched(), World(samples=(forever,)), settings=settings(samples=1), journal=journal)
    )
    await started.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert isinstance(journal.events[-1], Stopped)
    program = await sandbox.prepare("print('free')", "python")
    async with asyncio.timeout(60):
        executions = [execution async for execution in sandbox.run(program, [b"", b"", b""])]
    assert [execution.verdict for execution in executions] == [Verdict.RAN] * 3


async def test_a_run_that_nobody_reads_any_more_stops_by_itself(sandbox: Sandbox) -> None:
    journal = Memory()
    model = ScriptedModel(World())
    events = solve(PAIRS, settings(), Models.all_the_same(model), sandbox, journal)
    await anext(events)
    await anext(events)
    await events.aclose()
    assert isinstance(journal.events[-1], Stopped)


async def test_a_cancelled_run_goes_on_where_it_was(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 1})
    journal = Memory()
    await cancelled_at_the_judge(sandbox, world, journal)
    paid = len(journal.of(Completed))
    world.asked.clear()
    state = await finish(sandbox, world, journal=journal, state=fold(journal.events))
    assert paid > 0
    assert {kind for kind, _ in world.asked} == {"judge"}
    assert len(journal.of(Dueled)) == 1
    assert code_of(state) == RIGHT
    assert not journal.of(Warned)
