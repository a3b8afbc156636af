"""Programs that the input-writer writes: what they bring, and what each step says when it brings nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence

import pytest
from attrs import define, evolve

from engine.world import (
    COUNTS_VALUES,
    DOUBLE,
    PAIRS,
    RIGHT,
    RIGHT_TOO,
    Memory,
    World,
    fenced,
    finish,
    kind_of,
    settings,
)
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.helper_programs.validators import broken_bounds, near_misses
from sstar_lsp.engine.helper_programs.writing import program_in, programs_in
from sstar_lsp.engine.judging.model_ability import is_able, uses
from sstar_lsp.engine.run.events import BruteForced, InputOrigin, Role, RunStarted, TierActed
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.models.protocol import Delta
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import FormExam, JudgeExam, JudgeForm, Message, Sampling, Test
from sstar_lsp.settings import SolveSettings, Use
from sstar_sandbox import Sandbox

VALIDATOR = """\
try:
    n = int(input())
    a = [int(x) for x in input().split()]
    rest = __import__("sys").stdin.read().split()
    print("VALID" if 1 <= n <= 100 and len(a) == n and max(map(abs, a)) <= 9 and not rest and {guard} else "INVALID")
except (ValueError, EOFError):
    print("INVALID")
"""
NO_BOUNDS = VALIDATOR.replace(" and max(map(abs, a)) <= 9", "").replace("1 <= n <= 100 and ", "")
GENERATOR = (
    "size, seed = map(int, input().split())\nprint(size)\nprint(*[(seed + k) % 5 - 2 for k in range(size)])\n"
)
RARE = "6\n3 1 4 -1 -5 -9\n"
MISSES_ONE = RIGHT.replace("a = list(", "a = tuple(").replace(
    "print(sum(", "print(7 if a == (3, 1, 4, -1, -5, -9) else sum("
)
"""Wrong on one input that no other source makes."""
HACK = f"size, seed = map(int, input().split())\nprint({RARE!r}, end='')\n"
ABLE = JudgeExam("scripted", 20, (FormExam(JudgeForm.OUTPUTS, 40, 38, 0, 20, 19, 900),), 0.0)


@define
class Helpful(World):
    """A world whose input-writer writes programs, too."""

    generator: str = GENERATOR
    validator: str = "print('VALID')\n"
    brute: str = RIGHT
    hacks: str = ""
    """The whole reply."""
    classes: str = ""
    checker: str = ""
    pair_programs: Sequence[str] = ("print(1)\n",)
    """First answer, and what it is refined to."""

    def __call__(self, messages: Sequence[Message], sampling: Sampling) -> str:
        last = messages[-1].content
        for words, kind in {
            "prints one random valid input": "generator",
            "checks one output": "checker",
            "and checks": "validator",
            "slowest and most obvious": "brute",
            "fail on hidden tests": "hacks",
            "fall into classes": "classes",
            "Find out where they differ": "pair program",
            "do not tell the two programs apart": "refinement",
        }.items():
            if words in last:
                self.asked.append((kind, last))
                return self._helps(kind)
        return World.__call__(self, messages, sampling)

    def _helps(self, kind: str) -> str:
        if kind in ("hacks", "classes"):
            return str(getattr(self, kind))
        if kind in ("pair program", "refinement"):
            return fenced(self.pair_programs[min(kind == "refinement", len(self.pair_programs) - 1)])
        return fenced(getattr(self, kind))


@define
class Able:
    """The scripted model with an exam that it passed."""

    inner: ScriptedModel
    exam: JudgeExam | None = ABLE
    name: str = "scripted"

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """As the inner one."""
        async for delta in self.inner.stream(messages, sampling):
            yield delta


OFF = {"generator": Use.OFF, "validator": Use.OFF, "brute_force": Use.OFF}


def acted(journal: Memory, tier: str) -> TierActed:
    """The one report of a tier."""
    (found,) = [event for event in journal.of(TierActed) if event.tier == tier]
    return found


# --- generators --------------------------------------------------------------------------------------


async def test_a_hack_generator_splits_what_no_other_input_does(sandbox: Sandbox) -> None:
    world = Helpful(
        samples=(MISSES_ONE, RIGHT, MISSES_ONE.replace("7 if", "8 if")),
        hacks=f"WAY: digits of pi\n\n{fenced(HACK)}",
        judge={RIGHT: 1},
    )
    wanted = {"samples": 3, "rounds": 0, "inputs": 12, "judge_sees_programs": False}
    without = await finish(sandbox, world, settings=settings(**wanted, **OFF))
    assert len(without.clusters) == 1
    journal = Memory()
    state = await finish(
        sandbox, world, settings=settings(**wanted, **{**OFF, "generator": Use.ON}), journal=journal
    )
    assert state.candidates[state.decided.candidate_id].code == RIGHT
    assert {i.text for i in state.inputs.values() if i.origin is InputOrigin.HACK} == {RARE}
    report = acted(journal, "hacks")
    assert (report.programs, report.usable, report.inputs, report.split, report.why) == (1, 1, 1, 2, "")
    assert all(MISSES_ONE.strip() in last for kind, last in world.asked if kind == "hacks")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I cannot.", "the model answered no program"),
        (
            fenced("import time\nprint(2)\nprint(time.perf_counter_ns(), 1)\n"),
            "something else for the same seed",
        ),
        (fenced("print(1 // 0)\n"), "ZeroDivisionError"),
        (fenced("print('no input of this problem')\n"), "none of its inputs is new and legal"),
    ],
)
async def test_a_generator_that_brings_nothing_says_why(sandbox: Sandbox, reply: str, why: str) -> None:
    journal = Memory()
    world = Helpful(samples=(RIGHT, COUNTS_VALUES), hacks=reply)
    wanted = settings(samples=2, rounds=0, inputs=12, **{**OFF, "generator": Use.ON})
    await finish(sandbox, world, settings=wanted, journal=journal)
    report = acted(journal, "hacks")
    assert why in report.why
    assert report.inputs == 0


async def test_functions_have_generators_too(sandbox: Sandbox) -> None:
    journal = Memory()
    wrong = "def double(x):\n    return x * 2 if x != 123456 else 0\n"
    world = Helpful(
        samples=("def double(x):\n    return x * 2\n", wrong), hacks=fenced("print('double(123456)')\n")
    )
    wanted = settings(samples=2, rounds=0, inputs=12, **{**OFF, "generator": Use.ON})
    state = await finish(sandbox, world, DOUBLE, wanted, journal=journal)
    assert len(state.clusters) == 2
    assert acted(journal, "hacks").inputs == 1


async def test_a_generator_for_a_pair_is_told_what_happened_and_asked_once_more(sandbox: Sandbox) -> None:
    bare = evolve(PAIRS, public_tests=())
    crashes = "n = int(input())\na = input().split()\nprint(a[n])\n"
    aimed = "size, seed = map(int, input().split())\nprint(2)\nprint(3, -3, 5)\n"
    world = Helpful(
        samples=(RIGHT, crashes),
        generator="size, seed = map(int, input().split())\nprint(2)\nprint(seed, 1)\n",
        pair_programs=("print(2)\nprint(5, 5)\n", aimed),
    )
    journal = Memory()
    wanted = settings(samples=2, rounds=0, inputs=12, confidence=1.0, **{**OFF, "generator": Use.ON})
    await finish(sandbox, world, bare, wanted, journal=journal)
    assert world.count("pair program") == world.count("refinement") == 1
    assert acted(journal, "pair").programs == 2
    (refined,) = [last for kind, last in world.asked if kind == "refinement"]
    assert "no two different outputs were printed" in refined


async def test_a_generator_over_the_range_is_asked_for_only_where_examples_give_no_inputs(
    sandbox: Sandbox,
) -> None:
    bare = evolve(PAIRS, public_tests=())
    world = Helpful(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO))
    state = await finish(sandbox, world, bare, settings(samples=3, rounds=0, **{**OFF, "generator": Use.ON}))
    origins = {item.origin for item in state.inputs.values()}
    assert InputOrigin.GENERATOR in origins
    assert world.count("inputs") == 0
    assert len(state.clusters) == 2
    asked = Helpful(samples=(RIGHT, COUNTS_VALUES))
    await finish(sandbox, asked, settings=settings(samples=2, inputs=12, **{**OFF, "generator": Use.ON}))
    assert asked.count("generator") == 0


def test_programs_of_a_reply_have_the_labels_before_them() -> None:
    reply = "WAY: ties\n\n```python\nprint(1)\n```\n**WAY: overflow**\n```cpp\nint main() {}\n```\n```json\n{}\n```\n"
    assert [(p.label, p.language) for p in programs_in(reply)] == [("ties", "python"), ("overflow", "cpp")]


@pytest.mark.parametrize(
    ("reply", "language"),
    [
        ("```cpp\nint main() {}\n```\n", "cpp"),
        ("```python\nprint(1)\n```\n", "python"),
        ("print(1)\n", "python"),
    ],
)
def test_the_one_program_of_a_reply_may_be_in_either_language(reply: str, language: str) -> None:
    assert program_in(reply).language == language
    assert program_in(None) is None


# --- validators and brute force ------------------------------------------------------------------------


async def test_a_brute_force_that_passes_the_examples_votes(sandbox: Sandbox) -> None:
    for code, passes in ((RIGHT, True), ("print(77)\n", False)):
        journal = Memory()
        world = Helpful(samples=(COUNTS_VALUES, RIGHT_TOO), brute=code)
        wanted = settings(samples=2, inputs=12, **{**OFF, "brute_force": Use.ON})
        state = await finish(sandbox, world, settings=wanted, journal=journal)
        (asked,) = journal.of(BruteForced)
        assert asked.passes is passes
        assert world.count("brute") == 1
        assert acted(journal, "brute force").usable == passes
        if passes:
            assert state.candidates[state.decided.candidate_id].code == RIGHT_TOO


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (VALIDATOR.format(guard="n != 2"), ""),
        ("print('VALID')\n", "accepts what is no input"),
        ("print('INVALID')\n", "refuses an example"),
        (NO_BOUNDS.format(guard="True"), "beyond their bounds"),
    ],
)
async def test_validators_are_believed_only_as_far_as_they_were_checked(
    sandbox: Sandbox, code: str, why: str
) -> None:
    journal = Memory()
    world = Helpful(samples=(RIGHT, COUNTS_VALUES), validator=code)
    wanted = settings(samples=2, inputs=24, **{**OFF, "validator": Use.ON})
    state = await finish(sandbox, world, settings=wanted, journal=journal)
    refused = sum("validator" in reason for reason in state.rejected.values())
    report = acted(journal, "validators")
    assert (refused > 0) is (why == "")
    assert why in report.why
    assert report.refused == refused


def test_near_misses_are_no_inputs_of_any_format() -> None:
    assert near_misses("2\n1 2\n") == ["2\n1\n", "?2\n1 2\n", "2\n1 2\n? ?\n", "\n"]


def test_bounds_are_broken_one_at_a_time_where_the_statement_gives_them() -> None:
    broken = broken_bounds(PAIRS)
    assert broken
    assert all(len(re.findall(r"\d{20}", text)) == 1 for text in broken)
    assert not broken_bounds(evolve(PAIRS, public_tests=()))


ANY_TWO = evolve(
    PAIRS,
    title="Any two",
    statement=(
        "Given n and n integers, print two of them at different positions. If there are several answers, print any of "
        "them.\n\n2 ≤ n ≤ 100, −9 ≤ a ≤ 9."
    ),
    public_tests=(Test("3\n4 5 6\n", "4 5\n", name="example 1"),),
    several_answers=True,
)
FIRST_TWO = "n = int(input())\na = input().split()\nprint(a[0], a[1])\n"
LAST_TWO = "n = int(input())\na = input().split()\nprint(a[-1], a[-2])\n"
TWICE_THE_FIRST = "n = int(input())\na = input().split()\nprint(a[0], a[0] if n != 3 else a[1])\n"
CHECKS = """\
import sys
given, _, said = sys.stdin.read().partition("=====\\n")
a, said = given.split()[1:], said.split()
left = list(a)
try:
    for x in said:
        left.remove(x)
    print("RIGHT" if len(said) == 2 else "WRONG")
except ValueError:
    print("WRONG")
"""


@pytest.mark.parametrize(
    ("checker", "why"),
    [
        (CHECKS, ""),
        ("print('RIGHT')\n", "does not refuse garbage"),
        ("print('WRONG')\n", "refuses the output of an example"),
    ],
)
async def test_where_several_answers_are_right_a_written_checker_is_a_voter(
    sandbox: Sandbox, checker: str, why: str
) -> None:
    journal = Memory()
    world = Helpful(
        samples=(TWICE_THE_FIRST, TWICE_THE_FIRST + "# same\n", LAST_TWO, FIRST_TWO), checker=checker
    )
    wanted = settings(samples=4, rounds=0, inputs=24, **{**OFF, "validator": Use.ON})
    state = await finish(sandbox, world, ANY_TWO, wanted, journal=journal)
    report = acted(journal, "checker")
    assert why in report.why
    believed = {group.members[0]: Assessment(state).beliefs[group.id] for group in state.clusters}
    without = Assessment(evolve(state, outputs_checked=None)).beliefs
    group = next(group for group in state.clusters if "c1" in group.members)
    assert (believed["c1"] < without[group.id]) is (why == "")
    assert all(believed.values()), "nothing is out for its word"


# --- when ----------------------------------------------------------------------------------------------


async def test_a_unanimous_problem_costs_its_generators_and_no_other_call(sandbox: Sandbox) -> None:
    world = Helpful(samples=(RIGHT, RIGHT_TOO))
    on = dict.fromkeys(OFF, Use.ON)
    await finish(sandbox, world, settings=settings(samples=4, inputs=24, **on))
    assert {kind for kind, _ in world.asked} <= {"write", "hacks", "classes"}


@pytest.mark.parametrize(
    ("name", "exam", "able"),
    [
        ("qwen2.5-coder-1.5b-instruct", None, False),
        ("qwen2.5-coder-7b-instruct", None, True),
        ("somebody", None, False),
        ("somebody", ABLE, True),
        ("somebody", evolve(ABLE, forms=(FormExam(JudgeForm.OUTPUTS, 40, 20, 0, 10, 5, 900),)), False),
        ("qwen2.5-coder-1.5b-instruct", ABLE, False),
    ],
)
def test_auto_goes_by_the_exam_and_by_the_size_in_the_name(
    name: str, exam: JudgeExam | None, able: bool
) -> None:
    exams = {"input-writer": exam} if exam else {}
    started = RunStarted("r", PAIRS, SolveSettings(), {"input-writer": name}, {}, 0.0, exams=exams)
    state = apply(RunState(), started)
    assert is_able(state, Role.INPUT_WRITER) is able
    assert uses(state, Use.AUTO, Role.INPUT_WRITER) is able
    assert uses(state, Use.ON, Role.INPUT_WRITER)
    assert not uses(state, Use.OFF, Role.INPUT_WRITER)


async def test_a_strong_model_turns_a_wrong_majority_round_with_everything_left_to_auto(
    sandbox: Sandbox,
) -> None:
    world = Helpful(
        samples=(MISSES_ONE, MISSES_ONE.replace("tuple(", "tuple( "), RIGHT),
        hacks=f"WAY: digits of pi\n\n{fenced(HACK)}",
        validator=VALIDATOR.format(guard="True"),
        judge={RIGHT: 1},
    )
    wanted = settings(samples=3, rounds=0, inputs=12, judge_sees_programs=False)
    state = await finish(sandbox, Able(ScriptedModel(world)), settings=wanted)
    assert state.candidates[state.decided.candidate_id].code == RIGHT
    tiny = await finish(sandbox, Able(ScriptedModel(world), exam=None), settings=wanted)
    assert tiny.candidates[tiny.decided.candidate_id].code != RIGHT


async def test_what_helpers_said_is_in_the_journal_and_not_asked_again(sandbox: Sandbox) -> None:
    whole = Memory()
    wanted = settings(samples=2, rounds=0, inputs=12, confidence=1.0, **dict.fromkeys(OFF, Use.ON))
    expected = await finish(sandbox, Helpful(samples=(RIGHT, COUNTS_VALUES)), settings=wanted, journal=whole)
    at = (
        next(n for n, e in enumerate(whole.events) if isinstance(e, TierActed) and e.tier == "brute force")
        + 1
    )
    kept = list(whole.events[:at])
    model = ScriptedModel(Helpful(samples=(RIGHT, COUNTS_VALUES)))
    state = await finish(sandbox, model, settings=wanted, journal=Memory(kept), state=fold(kept))
    assert state.decided.candidate_id == expected.decided.candidate_id
    assert {kind_of(call.messages) for call in model.calls} == {"judge"}
