"""Adaptive sampling: waves end once the leader is settled, and equal things are done once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    DIVIDES,
    PRINTS_ZERO,
    RIGHT,
    RIGHT_TOO,
    Memory,
    World,
    finish,
    ran,
    settings,
)
from sstar_lsp.engine.run.dedup import failure_signature, fingerprint, unique
from sstar_lsp.engine.run.events import CallCancelled, Checked, SamplingEnded
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.sampling.attempts import order
from sstar_lsp.engine.sampling.early_stopping import Standing, stays_ahead
from sstar_lsp.engine.sampling.prompt_variants import wave_sizes
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.records import Candidate, Status
from sstar_lsp.settings import Budget
from sstar_sandbox import Mode, Sandbox, Verdict

ADAPTIVE = settings(adaptive=True, samples=8, rounds=1, inputs=12)


def ended(state: RunState) -> SamplingEnded:
    assert state.sampling_ended is not None
    return state.sampling_ended


# --- the arithmetic -------------------------------------------------------------------------------


@examples(deadline=None)
@given(st.integers(1, 200), st.integers(1, 12))
def test_waves_add_up_to_the_samples_and_each_doubles_what_there_is(samples: int, first: int) -> None:
    sizes = wave_sizes(settings(adaptive=True, samples=samples, wave=first))
    assert sum(sizes) == samples
    assert sizes[0] == min(first, samples)
    assert all(size == sum(sizes[: n + 1]) for n, size in enumerate(sizes[1:-1]))


@examples(deadline=None)
@given(st.integers(1, 40), st.integers(1, 8), st.integers(0, 4))
def test_every_attempt_of_every_sample_is_looked_at_once_and_rounds_in_their_order(
    samples: int, first: int, rounds: int
) -> None:
    seen = list(order(wave_sizes(settings(adaptive=True, samples=samples, wave=first)), rounds))
    assert sorted((sample, round_) for _, round_, sample in seen) == [
        (sample, round_) for sample in range(1, samples + 1) for round_ in range(rounds + 1)
    ]
    assert all(seen.index((w, r, s)) > seen.index((w, r - 1, s)) for w, r, s in seen if r)


def test_a_waves_first_attempts_are_looked_at_before_the_repairs_of_the_wave_before_it() -> None:
    assert list(order([2, 1], 1)) == [(0, 0, 1), (0, 0, 2), (1, 0, 3), (0, 1, 1), (0, 1, 2), (1, 1, 3)]


@examples(deadline=None)
@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20), st.floats(0, 1))
def test_to_stay_ahead_is_a_probability_and_certain_where_nothing_can_catch_up(
    leader: int, second: int, left: int, survival: float
) -> None:
    ahead = stays_ahead(leader, second, left, survival)
    assert -1e-9 <= ahead <= 1 + 1e-9
    if leader > second + left:
        assert ahead == pytest.approx(1)
    if leader < second - left:
        assert ahead == pytest.approx(0)


def test_with_many_samples_left_three_that_agree_stay_ahead_with_fifteen_sixteenths() -> None:
    """The limit: P(p > 1/2) for p ~ Beta(4, 1)."""
    assert stays_ahead(3, 0, 401, 1.0) == pytest.approx(15 / 16, abs=0.005)


def test_fewer_samples_left_or_fewer_that_survive_settle_sooner() -> None:
    assert stays_ahead(2, 0, 6, 0.75) < 0.92 < stays_ahead(2, 0, 4, 0.5)
    assert stays_ahead(3, 1, 4, 0.8) < 0.92 < stays_ahead(3, 1, 2, 0.5)
    assert stays_ahead(2, 2, 4, 0.5) < 0.5


# --- when sampling ends ---------------------------------------------------------------------------


async def test_programs_that_agree_end_the_sampling_in_the_first_wave(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, RIGHT_TOO))
    state = await finish(sandbox, world, settings=ADAPTIVE)
    assert ended(state).considered == ("c1", "c2", "c3")
    assert "3 against 0" in ended(state).reason
    assert world.count("write") == 4
    assert world.count("judge") == world.count("pair") == 0
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN


async def test_programs_that_differ_are_sampled_until_none_can_overtake(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES))
    state = await finish(sandbox, world, settings=ADAPTIVE)
    assert world.count("write") == 8
    assert ended(state).reason == ""
    assert len(ended(state).considered) == 8


async def test_a_leader_that_the_rest_cannot_overtake_needs_no_rest(sandbox: Sandbox) -> None:
    """At full confidence only certainty ends the sampling: 5 against 1 with 2 to come."""
    samples = (RIGHT, COUNTS_VALUES, RIGHT_TOO, RIGHT, RIGHT, RIGHT_TOO, ALWAYS_ONE, ALWAYS_ONE)
    search = settings(adaptive=True, samples=8, rounds=0, inputs=12, confidence=1)
    state = await finish(sandbox, World(samples=samples), settings=search)
    assert ended(state).samples == 6
    assert "no other behaviour can overtake" in ended(state).reason
    assert set(ended(state).considered) == {"c1", "c2", "c3", "c4", "c5", "c6"}


async def test_without_adaptive_every_sample_is_taken_through_all_its_rounds(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, PRINTS_ZERO))
    search = settings(adaptive=False, samples=8, rounds=2)
    state = await finish(sandbox, world, settings=search)
    assert (world.count("write"), world.count("repair")) == (8, 8)
    assert ended(state).reason == ""


async def test_what_is_still_being_written_is_cancelled_once_the_leader_is_settled(sandbox: Sandbox) -> None:
    async def hold_the_fourth(call: Call) -> None:
        if call.sampling.seed == 400:
            await asyncio.Event().wait()

    journal = Memory()
    model = ScriptedModel(World(samples=(RIGHT,)), before_piece=hold_the_fourth)
    state = await finish(sandbox, model, settings=ADAPTIVE, journal=journal)
    assert ended(state).considered == ("c1", "c2", "c3")
    assert [call.purpose for call in journal.of(CallCancelled)] == ["sample c4"]
    assert model.cancelled >= 1
    assert state.calls == 4


@pytest.mark.parametrize("slow", [100, 200, 300, 400])
async def test_the_choice_does_not_depend_on_which_sample_was_fastest(sandbox: Sandbox, slow: int) -> None:
    """The slow one is held back until all others of its wave are checked."""
    samples = (COUNTS_VALUES, RIGHT, RIGHT_TOO, RIGHT, RIGHT, COUNTS_VALUES, RIGHT, COUNTS_VALUES)
    others = asyncio.Event()

    class Watching(Memory):
        async def record(self, event) -> None:
            await super().record(event)
            if len({e.candidate_id for e in self.of(Checked)}) >= 3:
                others.set()

    async def hold(call: Call) -> None:
        if call.sampling.seed == slow:
            await others.wait()

    search = settings(adaptive=True, samples=8, rounds=0, inputs=12, confidence=0.8)
    plain = await finish(sandbox, ScriptedModel(World(samples=samples)), settings=search)
    model = ScriptedModel(World(samples=samples), before_piece=hold)
    held = await finish(sandbox, model, settings=search, journal=Watching())
    assert ended(held) == ended(plain)
    assert held.clusters == plain.clusters
    assert (held.decided.candidate_id, held.decided.beliefs) == (
        plain.decided.candidate_id,
        plain.decided.beliefs,
    )


async def test_a_failing_sample_is_debugged_while_the_next_wave_is_written(sandbox: Sandbox) -> None:
    """The repair is held until a sample of the second wave is asked for: a barrier would never end."""
    second_wave = asyncio.Event()

    async def hold_repairs(call: Call) -> None:
        seed = call.sampling.seed or 0
        if seed >= 500 and seed % 100 == 0:
            second_wave.set()
        if seed % 100 == 1:
            await second_wave.wait()

    samples = (DIVIDES, RIGHT, PRINTS_ZERO, "No code today.", *["None."] * 4)
    model = ScriptedModel(World(samples=samples, repairs={DIVIDES: (RIGHT_TOO,)}), before_piece=hold_repairs)
    state = await finish(sandbox, model, settings=ADAPTIVE)
    assert "c1.1" in state.candidates


async def test_a_wave_that_cannot_settle_the_leader_is_not_waited_for(sandbox: Sandbox) -> None:
    """The fourth sample is held until one of the second wave is asked for: a barrier would never end."""
    second_wave = asyncio.Event()

    async def hold_the_fourth(call: Call) -> None:
        seed = call.sampling.seed or 0
        if seed >= 500:
            second_wave.set()
        if seed == 400:
            await second_wave.wait()

    world = World(samples=(DIVIDES, PRINTS_ZERO, "No code today.", RIGHT))
    model = ScriptedModel(world, before_piece=hold_the_fourth)
    held = await finish(sandbox, model, settings=ADAPTIVE)
    plain = await finish(sandbox, World(samples=world.samples), settings=ADAPTIVE)
    assert ended(held) == ended(plain)
    assert held.decided is not None
    assert plain.decided is not None
    assert held.decided.candidate_id == plain.decided.candidate_id


@pytest.mark.parametrize(("standing", "settled"), [((3, 0, 5, 0.8), True), ((1, 0, 7, 0.5), False)])
def test_a_leader_is_settled_by_how_far_it_is_ahead(
    standing: tuple[int, int, int, float], settled: bool
) -> None:
    assert Standing(*standing).is_settled(0.92) is settled


@pytest.mark.parametrize("standing", [(0, 0, 8, 0.1), (8, 0, 0, 0.9)])
def test_with_nothing_ahead_or_nothing_left_nothing_is_settled(
    standing: tuple[int, int, int, float],
) -> None:
    assert not Standing(*standing).is_settled(0.5)


async def test_second_wave_is_not_asked_for_beyond_a_cap(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES))
    search = settings(adaptive=True, samples=8, rounds=0, budget=Budget(calls=4))
    state = await finish(sandbox, world, settings=search)
    assert len(world.asked) == 4
    assert state.decided is not None
    assert state.decided.status is Status.OUT_OF_BUDGET
    assert "4 calls" in state.decided.reason


# --- equal things are done once -------------------------------------------------------------------


async def test_failures_that_look_alike_are_debugged_once(sandbox: Sandbox) -> None:
    prints_zero_too = "n = input()\nprint(0)\n"
    world = World(
        samples=(RIGHT, PRINTS_ZERO, prints_zero_too, DIVIDES), repairs={PRINTS_ZERO: (COUNTS_VALUES,)}
    )
    search = settings(adaptive=True, samples=4, rounds=1, inputs=12)
    state = await finish(sandbox, world, settings=search)
    repaired = {name for name in state.candidates if "." in name}
    assert repaired == {"c2.1", "c4.1"}


async def test_where_nothing_survives_what_was_put_off_is_debugged_after_all(sandbox: Sandbox) -> None:
    prints_zero_too = "n = input()\nprint(0)\n"
    world = World(samples=(PRINTS_ZERO, prints_zero_too), repairs={prints_zero_too: (RIGHT,)})
    search = settings(adaptive=True, samples=4, rounds=2, inputs=12)
    state = await finish(sandbox, world, settings=search)
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert state.candidates[state.decided.candidate_id or ""].code == RIGHT


async def test_a_repair_that_fails_as_before_ends_its_rounds_while_others_survive(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT, PRINTS_ZERO))
    search = settings(adaptive=True, samples=2, rounds=3)
    state = await finish(sandbox, world, settings=search)
    assert {name for name in state.candidates if name.startswith("c2")} == {"c2", "c2.1"}


async def test_equal_programs_meet_the_examples_and_the_inputs_once(sandbox: Sandbox) -> None:
    met: list[bytes] = []

    class Counting:
        offering, prepare = sandbox.offering, sandbox.prepare

        @staticmethod
        def run(program, inputs, limits=None, mode=Mode.ISOLATED, *, files=None):
            met.extend(inputs)
            return sandbox.run(program, inputs, limits, mode, files=files)

    commented = "# by hand\n" + RIGHT
    state = await finish(Counting(), World(samples=(RIGHT, commented)), settings=ADAPTIVE)
    examples = {test.input.encode() for test in state.problem.public_tests}
    assert len(met) == len(set(met)) > len(examples)
    assert examples <= set(met)
    assert all(state.outcomes["c1"][i] == found for i, found in state.outcomes["c2"].items())


@pytest.mark.parametrize(
    "other",
    [
        "# why\n" + RIGHT,
        RIGHT.replace("a = list", "a  =  list"),
        '"""Count."""\n' + RIGHT,
        RIGHT.replace("print(sum", "\n\nprint(sum"),
    ],
)
def test_layout_comments_and_docstrings_do_not_make_another_program(other: str) -> None:
    assert fingerprint(other, "python") == fingerprint(RIGHT, "python")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        (RIGHT, RIGHT_TOO, "python"),
        (RIGHT, RIGHT, "ruby"),
        ("print(1)\n", "print(2)\n", "python"),
        ('"""a"""\nprint(__doc__)\n', '"""b"""\nprint(__doc__)\n', "python"),
        ("int main() { return 0; }", "int main() { return 1; }", "cpp"),
        ("def broken(:", "def broken(: ;", "python"),
    ],
)
def test_programs_that_may_behave_differently_are_told_apart(one: str, other: str, language: str) -> None:
    assert fingerprint(one, "python" if language == "ruby" else language) != fingerprint(other, language)


def test_a_docstring_that_is_all_there_is_may_go() -> None:
    assert fingerprint('def f():\n    "x"\n', "python") == fingerprint('def f():\n    "y"\n', "python")


def test_of_equal_programs_the_first_stands_for_all() -> None:
    programs = [
        Candidate(f"c{n}", code, "python") for n, code in enumerate((RIGHT, "#\n" + RIGHT, RIGHT_TOO))
    ]
    assert [candidate.id for candidate in unique(programs)] == ["c0", "c2"]


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ([ran("0 ", Verdict.WA)], [ran("0\n", Verdict.WA)], True),
        ([ran("0", Verdict.WA)], [ran("1", Verdict.WA)], False),
        (
            [ran("", Verdict.RE, "line 2\nKeyError: 1\n")],
            [ran("x", Verdict.RE, "line 9\nKeyError: 1")],
            True,
        ),
        ([ran("", Verdict.RE, "KeyError: 1")], [ran("", Verdict.RE, "ValueError")], False),
        ([ran("12", Verdict.TLE)], [ran("", Verdict.TLE)], True),
        ([ran("1", Verdict.AC), ran("2", Verdict.WA)], [ran("2", Verdict.WA), ran("1", Verdict.AC)], False),
    ],
)
def test_failures_are_alike_where_verdicts_and_what_was_seen_are(
    left: Sequence, right: Sequence, alike: bool
) -> None:
    signatures = [failure_signature(Checked("c1", tuple(outcomes))) for outcomes in (left, right)]
    assert (signatures[0] == signatures[1]) is alike
