"""Stage 2 as we do it: nothing is asked while nothing is open, and what is asked is small and certain."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence

import pytest
from attrs import define, evolve

from engine.test_human_feedback import after, run_with
from engine.world import (
    COUNTS_VALUES,
    DOUBLE,
    PAIRS,
    RIGHT,
    RIGHT_TOO,
    Memory,
    World,
    finish,
    ran,
    settings,
)
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.posterior import is_slow_on, legality
from sstar_lsp.engine.choice.speed import representative
from sstar_lsp.engine.run.events import (
    BruteForced,
    CaseInput,
    Cluster,
    Dueled,
    InputOrigin,
    InputsProposed,
    Ran,
    Vote,
)
from sstar_lsp.engine.run.execution.executions import GIVEN_UP, STALLS, run_until_stalled
from sstar_lsp.engine.run.policy import POLICY
from sstar_lsp.engine.run.state import apply
from sstar_lsp.engine.selection import calls_left, is_settled, next_duel
from sstar_lsp.engine.test_inputs.legality import legality_of
from sstar_lsp.engine.test_inputs.minimize import reductions
from sstar_lsp.records import Status
from sstar_lsp.settings import Use
from sstar_sandbox import LANGUAGES, Execution, Mode, Offering, Program, Sandbox, Verdict

# --- belief -----------------------------------------------------------------------------------------


def test_programs_that_almost_agree_stand_together_against_one_that_never_does() -> None:
    rows = {name: ["1"] * 50 for name in ("c1", "c2", "c3", "c4")}
    rows["c2"] = ["9", *["1"] * 49]
    rows["c3"] = rows["c4"] = ["5"] * 50
    state = run_with(rows, ended=False)
    weights = {group.members[0]: Assessment(state).weights[group.id] for group in state.clusters}
    assert weights["c1"] == weights["c2"]
    assert weights["c3"] - weights["c1"] < 0.4  # two against one and a half


def test_a_program_that_fails_where_others_answer_is_weaker_and_not_absent() -> None:
    state = run_with({"c1": ["!", "1"], "c2": ["2", "1"], "c3": ["3", "3"]}, ended=False)
    believed = {group.members[0]: Assessment(state).beliefs[group.id] for group in state.clusters}
    assert 0 < believed["c1"] < believed["c2"]


def test_a_failure_counts_less_the_less_probably_the_input_is_legal() -> None:
    state = run_with({"c1": ["!", "1"], "c2": ["2", "1"], "c3": ["2", "1"]}, ended=False)
    sure = after(state, "i1", {"expected": "2"})
    assert (
        legality(state, state.valid_inputs)
        == [pytest.approx(POLICY.legal_by_format / (1 + POLICY.legal_by_format))] * 2
    )
    assert legality(sure, sure.valid_inputs)[0] == 1
    weights = [{g.members[0]: Assessment(s).weights[g.id] for g in s.clusters}["c1"] for s in (state, sure)]
    assert weights[0] > weights[1]


def duel_of(winner: str | None, *, swapped: bool = True) -> Dueled:
    votes = (Vote("A", "A", ""), Vote("B", "A" if swapped else "B", ""))
    return Dueled("A", "B", ("i1",), votes, winner, ("c1", "c3"))


def test_a_duel_counts_for_the_programs_that_fought_whatever_their_clusters_are_called_now() -> None:
    state = run_with({"c1": ["1"], "c2": ["1"], "c3": ["2"]}, ended=False)
    fought = evolve(state, duels=(evolve(duel_of("A"), left="X", right="Y", winner="X"),))
    assert Assessment(fought).beliefs["A"] > Assessment(state).beliefs["A"]
    assert (
        Assessment(evolve(fought, rejected={"i1": "illegal"})).beliefs
        == Assessment(evolve(state, rejected={"i1": "illegal"})).beliefs
    )


def test_a_brute_force_is_worth_what_it_says_where_all_programs_agree() -> None:
    state = run_with({"c1": ["1", "1", "1"], "c2": ["1", "1", "2"]}, ended=False)
    outcomes = {"i1": ran("1"), "i2": ran("1"), "i3": ran("2")}
    good = apply(state, BruteForced("x", True, outcomes))
    assert Assessment(good).beliefs["B"] > Assessment(good).beliefs["A"]
    failing = apply(state, BruteForced("x", False, outcomes))
    erring = apply(state, BruteForced("x", True, {**outcomes, "i1": ran("7"), "i2": ran("7")}))
    assert Assessment(failing).beliefs == Assessment(erring).beliefs == Assessment(state).beliefs


# --- when to ask --------------------------------------------------------------------------------------


def test_a_leader_far_ahead_is_settled_and_a_person_settles_everything() -> None:
    crowd = {f"c{n}": ["1"] for n in range(1, 20)}
    assert is_settled(Assessment(run_with({**crowd, "c30": ["2"]})))
    level = run_with({"c1": ["1"], "c2": ["2"]})
    assert not is_settled(Assessment(level))
    assert is_settled(Assessment(after(level, "i1", {"cluster": "B"})))


def test_calls_to_select_are_at_most_half_of_the_papers() -> None:
    two = run_with({"c1": ["1"], "c2": ["2"]})
    three = run_with({"c1": ["1"], "c2": ["2"], "c3": ["3"]})
    assert (calls_left(two), calls_left(three)) == (2, 5)
    assert calls_left(evolve(two, duels=(duel_of("A"),))) == 0


def test_a_duel_that_held_in_neither_order_is_fought_again_on_another_input() -> None:
    state = run_with({"c1": ["1", "1"], "c3": ["2", "2"]})
    _, _, inputs, _ = next_duel(Assessment(state))
    assert [item.id for item in inputs] == ["i1", "i2"]
    _, _, inputs, _ = next_duel(Assessment(evolve(state, duels=(duel_of(None),))))
    assert [item.id for item in inputs] == ["i2"]
    assert next_duel(Assessment(evolve(state, duels=(duel_of("A"),)))) is None


def test_a_pair_that_the_judge_left_undecided_waits_until_the_others_were_met() -> None:
    state = run_with({"c1": ["1", "1"], "c3": ["2", "2"], "c5": ["3", "3"]})
    leader, first, _, _ = next_duel(Assessment(state))
    programs = (leader.members[0], first.members[0])
    undecided = evolve(duel_of(None), left=leader.id, right=first.id, programs=programs)
    again, second, _, _ = next_duel(Assessment(evolve(state, duels=(undecided,))))
    assert again.id == leader.id
    assert second.id not in (leader.id, first.id)


async def test_a_unanimous_problem_costs_no_call_but_the_samples(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, RIGHT_TOO))
    wanted = settings(samples=4, inputs=24, validator=Use.ON, brute_force=Use.ON)
    state = await finish(sandbox, world, settings=wanted)
    assert {kind for kind, _ in world.asked} == {"write"}
    assert len(state.valid_inputs) > 24


# --- what is shown --------------------------------------------------------------------------------------


async def test_the_judge_sees_a_shrunk_input_that_ran_in_processes_of_its_own(sandbox: Sandbox) -> None:
    problem = evolve(PAIRS, public_tests=(evolve(PAIRS.public_tests[0], input="8\n1 -1 2 3 4 5 6 7\n"),))
    journal = Memory()
    world = World(samples=(RIGHT, COUNTS_VALUES), judge={RIGHT: 1})
    state = await finish(
        sandbox, world, problem, settings(samples=2, inputs=12, judge_sees_programs=False), journal=journal
    )
    shown = {item for duel in journal.of(Dueled) for item in duel.input_ids}
    assert shown
    assert all(len(state.inputs[item].text) < 20 for item in shown)
    for item in shown:
        assert all(item in state.confirmed[group.members[0]] for group in state.clusters)


@pytest.mark.parametrize(
    ("problem", "text"),
    [(PAIRS, "4\n1 1 -1 -1\n"), (DOUBLE, "[12]"), (evolve(PAIRS, public_tests=()), "4\n1 1 1 1\n")],
)
def test_reductions_are_legal_inputs_or_told_apart_and_not_longer(problem: object, text: str) -> None:
    legality = legality_of(problem)
    made = list(reductions(problem, text))
    legal = [smaller for smaller in made if legality.why_illegal(smaller) is None]
    assert legal or not problem.public_tests
    assert all(len(smaller) <= len(text) for smaller in legal)


@define
class Moody:
    """A sandbox whose batches say something else than its processes."""

    inner: Sandbox

    async def offering(self, *arguments: object) -> Offering:
        return await self.inner.offering(*arguments)

    async def prepare(self, *arguments: object) -> Program:
        return await self.inner.prepare(*arguments)

    async def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: object = None,
        mode: Mode = Mode.ISOLATED,
        *,
        files: object = None,
    ) -> AsyncIterator[Execution]:
        async for execution in self.inner.run(program, inputs, limits, mode, files=files):
            leaks = mode is Mode.BATCH and "seen" in program.source
            yield evolve(execution, stdout=b"stale\n") if leaks else execution


async def test_what_a_batch_said_otherwise_is_run_again_alone_and_that_counts(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, RIGHT_TOO))
    state = await finish(Moody(sandbox), world, settings=settings(samples=2, inputs=6))
    assert "seen" in RIGHT_TOO
    assert len(state.clusters) == 1
    assert state.decided.status is Status.CHOSEN


async def test_a_program_that_hangs_is_given_up_after_a_few_inputs() -> None:
    asked: list[str] = []

    async def execute(texts: Sequence[str]) -> tuple[object, ...]:
        await asyncio.sleep(0)
        asked.extend(texts)
        return tuple(ran("", Verdict.TLE) for _ in texts)

    found = await run_until_stalled(execute, [str(n) for n in range(40)])
    assert len(found) == 40
    assert STALLS <= len(asked) < 10
    assert found[-1] == GIVEN_UP
    assert "not run" in GIVEN_UP.detail


def test_slow_programs_speak_for_the_fast_one_that_answers_as_they_do() -> None:
    slow = ["1"] * 7 + ["~"]
    rows = {"c1": slow, "c2": slow, "c3": slow, "c4": ["1"] * 7 + ["5"], "c5": ["2"] + ["1"] * 6 + ["6"]}
    state = run_with(rows, ended=False)
    weights = {group.members[0]: Assessment(state).weights[group.id] for group in state.clusters}
    assert weights["c4"] == pytest.approx(math.log(1 + 3 * 7 / 8 + math.exp(-30 / 4)))
    assert weights["c4"] > weights["c1"] > weights["c5"]
    legal = POLICY.legal_by_format / (1 + POLICY.legal_by_format)
    own = math.log(3 + math.exp(-30 / 8) + math.exp(-30 / 4)) - legal * POLICY.failing / 8
    assert weights["c1"] == pytest.approx(own)


def test_a_program_that_never_ends_speaks_for_nobody() -> None:
    state = run_with({"c1": ["~"] * 4, "c2": ["1"] * 4}, ended=False)
    weights = {group.members[0]: Assessment(state).weights[group.id] for group in state.clusters}
    assert weights["c2"] == 0


# --- speed ------------------------------------------------------------------------------------------------


def test_inside_a_cluster_the_slow_and_the_failing_stand_back() -> None:
    state = run_with({"c1": ["1"], "c2": ["1"], "c3": ["1"]}, ended=False)
    state = apply(state, InputsProposed((CaseInput("i9", "large", InputOrigin.LARGE),)))
    assert "i9" not in {item.id for item in state.valid_inputs}
    group = Cluster("A", ("c1", "c2", "c3"))
    assert representative(state, group) == "c1"
    for name, outcome in {
        "c1": ran("", Verdict.TLE),
        "c2": evolve(ran("1"), cpu_s=2.0),
        "c3": evolve(ran("1"), cpu_s=0.1),
    }.items():
        state = apply(state, Ran(name, {"i9": outcome}, isolated=True))
    assert representative(state, group) == "c3"


def test_a_behaviour_that_gets_through_no_large_input_is_weaker_where_another_does() -> None:
    state = run_with({"c1": ["1"], "c2": ["1"], "c3": ["2"]}, ended=False)
    state = apply(state, InputsProposed((CaseInput("i9", "large", InputOrigin.LARGE),)))
    leads, follows = state.clusters
    plain = Assessment(state).weights
    for outcomes, costs in (
        ({"c1": Verdict.TLE, "c2": Verdict.TLE}, 0.0),  # nobody is known to get through
        ({"c3": Verdict.RAN}, POLICY.failing * POLICY.legal_by_format / (1 + POLICY.legal_by_format)),
        ({"c2": Verdict.RAN}, 0.0),  # one of its programs does
    ):
        for name, verdict in outcomes.items():
            state = apply(state, Ran(name, {"i9": ran("1", verdict)}, isolated=True))
        weights = Assessment(state).weights
        assert plain[leads.id] - weights[leads.id] == pytest.approx(costs)
        assert weights[follows.id] == plain[follows.id]


@pytest.mark.parametrize(
    ("slow", "fast", "limit_s", "is_weaker"),
    [(1.6, 0.3, 1.0, True), (1.6, 0.3, 2.0, False), (1.6, 0.6, 1.0, False), (1.6, 0.3, None, False)],
)
def test_a_behaviour_that_breaks_the_limit_itself_and_is_outrun_is_weaker(
    slow: float, fast: float, limit_s: float | None, is_weaker: bool
) -> None:
    state = run_with({"c1": ["1"], "c2": ["1"], "c3": ["2"]}, ended=False)
    assert state.started is not None
    problem = evolve(state.problem, time_limit_s=limit_s)
    state = evolve(state, started=evolve(state.started, problem=problem))
    state = apply(state, InputsProposed((CaseInput("i9", "large", InputOrigin.LARGE),)))
    for name, seconds in {"c1": slow, "c2": slow, "c3": fast}.items():
        startup = LANGUAGES[state.candidates[name].language].startup_s
        state = apply(state, Ran(name, {"i9": evolve(ran("1"), cpu_s=seconds + startup)}, isolated=True))
    without = evolve(state, inputs={k: v for k, v in state.inputs.items() if k != "i9"})
    weighed = [Assessment(each).weights[state.clusters[0].id] for each in (without, state)]
    assert (weighed[1] < weighed[0]) is is_weaker
    large = [state.inputs["i9"]]
    assert is_slow_on(state, "c1", large) is (limit_s is not None and slow > limit_s)
    assert not is_slow_on(state, "c3", large)


@pytest.mark.parametrize("in_play", [1, 3])
async def test_the_program_that_is_too_slow_for_the_largest_input_is_passed_over(
    sandbox: Sandbox, in_play: int
) -> None:
    """Two samples that are slow and alike against one that is right and fast: agreement does not help the slow, and
    the fast one is measured whether its cluster is in play or not."""
    slow = COUNTS_VALUES.replace("print(", "while n > 60:\n    pass\nprint(")
    world = World(samples=(slow, slow + "# the same\n", RIGHT_TOO), judge=lambda _one, _two: 0)
    search = settings(rounds=0, inputs=24, clusters_in_play=in_play)
    state = await finish(sandbox, world, evolve(PAIRS, time_limit_s=0.5), search)
    assert state.decided is not None
    assert state.candidates[state.decided.candidate_id or ""].code == RIGHT_TOO
