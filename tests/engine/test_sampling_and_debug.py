"""Stage 1: programs are asked for, checked, repaired; the best of the history goes on."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine.world import (
    COUNTS_VALUES,
    DIVIDES,
    DOUBLE,
    NO_SYNTAX,
    PAIRS,
    PRINTS_ZERO,
    RIGHT,
    Memory,
    World,
    fenced,
    finish,
    ran,
    settings,
)
from sstar_lsp.engine.repair.feedback import TEXT_CHARS, clip, feedback
from sstar_lsp.engine.run.events import Checked, Completed
from sstar_lsp.engine.sampling.sample import has_whole_program, writing_prompt
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Problem, Test
from sstar_sandbox import Sandbox, Verdict

TWO_EXAMPLES = evolve(
    PAIRS, public_tests=(*PAIRS.public_tests, Test("2\n5 -5\n", "1\n"), Test("2\n1 1\n", "0\n"))
)
ONE_OF_THREE = "input()\nprint(0)\n"
TWO_OF_THREE = "input()\nprint(1)\n"


async def test_a_repair_that_is_worse_is_not_what_the_next_round_starts_from(sandbox: Sandbox) -> None:
    world = World(
        samples=(TWO_OF_THREE,), repairs={TWO_OF_THREE: (ONE_OF_THREE, RIGHT), ONE_OF_THREE: (DIVIDES,)}
    )
    state = await finish(sandbox, world, TWO_EXAMPLES, settings(samples=1, rounds=2))
    assert state.passed("c1") == 2
    assert state.passed("c1.1") == 1
    assert state.candidates["c1.2"].parent == "c1"
    assert state.candidates["c1.2"].code == RIGHT


async def test_where_no_repair_helps_the_best_attempt_is_offered_and_not_the_last(sandbox: Sandbox) -> None:
    world = World(samples=(TWO_OF_THREE,), repairs={TWO_OF_THREE: (ONE_OF_THREE, DIVIDES)})
    state = await finish(sandbox, world, TWO_EXAMPLES, settings(samples=1, rounds=2))
    assert state.decided is not None
    assert state.decided.candidate_id == "c1"
    assert "2 of 3" in state.decided.reason


async def test_a_repair_that_is_as_good_is_what_the_next_round_starts_from(sandbox: Sandbox) -> None:
    as_good = PRINTS_ZERO + "\n"
    world = World(samples=(PRINTS_ZERO,), repairs={PRINTS_ZERO: (as_good,), as_good: (RIGHT, RIGHT)})
    state = await finish(sandbox, world, settings=settings(samples=1, rounds=2))
    assert [state.candidates[name].parent for name in ("c1.1", "c1.2")] == ["c1", "c1.1"]


async def test_a_sample_that_passes_is_not_debugged(sandbox: Sandbox) -> None:
    world = World(samples=(RIGHT,))
    await finish(sandbox, world, settings=settings(samples=2, rounds=3))
    assert world.count("write") == 2
    assert world.count("repair") == 0


async def test_a_reply_without_a_program_is_asked_for_again_in_the_next_rounds(sandbox: Sandbox) -> None:
    class Shy(World):
        def __call__(self, messages, sampling):
            said = super().__call__(messages, sampling)
            return "Let me think." if sampling.seed == 100 else said

    world = Shy(samples=(RIGHT,))
    journal = Memory()
    state = await finish(sandbox, world, settings=settings(samples=1, rounds=1), journal=journal)
    assert set(state.no_program) == {"c1"}
    assert state.candidates["c1.1"].parent is None
    assert [c.purpose for c in journal.of(Completed)] == ["sample c1", "sample c1.1"]


async def test_a_reply_cut_at_the_token_limit_says_so(sandbox: Sandbox) -> None:
    state = await finish(
        sandbox, World(samples=("word " * 100,)), settings=settings(samples=1, rounds=0, max_tokens=16)
    )
    assert "cut at the token limit" in state.no_program["c1"].message


async def test_twins_share_one_check_and_each_has_its_own_entry(sandbox: Sandbox) -> None:
    runs: list[object] = []

    class Counting:
        offering, prepare = sandbox.offering, sandbox.prepare

        @staticmethod
        def run(program, *arguments, files=None):
            runs.append(program.digest)
            return sandbox.run(program, *arguments, files=files)

    journal = Memory()
    world = World(samples=(PRINTS_ZERO,))
    await finish(Counting(), world, settings=settings(samples=1, rounds=3), journal=journal)
    checks = journal.of(Checked)
    assert [check.candidate_id for check in checks] == ["c1", "c1.1", "c1.2", "c1.3"]
    assert len({check.outcomes for check in checks}) == 1
    assert len(runs) == 1


async def test_a_repair_is_told_the_traceback_its_line_the_input_and_what_was_expected(
    sandbox: Sandbox,
) -> None:
    world = World(samples=(DIVIDES,), repairs={DIVIDES: (RIGHT,)})
    await finish(sandbox, world, settings=settings(samples=1))
    told = next(text for kind, text in world.asked if kind == "repair")
    assert "ZeroDivisionError" in told
    assert "line 2" in told
    assert "1 -1 2" in told
    assert "expected output is:\n1" in told
    assert "passes 0 of 1 examples" in told


async def test_a_repair_is_told_what_was_printed_instead(sandbox: Sandbox) -> None:
    world = World(samples=(PRINTS_ZERO,), repairs={PRINTS_ZERO: (RIGHT,)})
    await finish(sandbox, world, settings=settings(samples=1))
    told = next(text for kind, text in world.asked if kind == "repair")
    assert "expected output is:\n1" in told
    assert "It printed:\n0" in told


@pytest.mark.parametrize(
    ("language", "broken", "complaint"),
    [
        ("python", NO_SYNTAX, "SyntaxError"),
        ("cpp", "int main() { return oops; }\n", "oops"),
    ],
)
async def test_a_repair_is_told_what_the_compiler_said(
    sandbox: Sandbox, language: str, broken: str, complaint: str
) -> None:
    said = broken if language == "python" else fenced(broken, language)
    world = World(samples=(said,))
    await finish(sandbox, world, settings=settings(samples=1, language=language))
    told = next(text for kind, text in world.asked if kind == "repair")
    assert "does not compile" in told
    assert complaint in told


async def test_function_style_is_told_the_call_as_a_call(sandbox: Sandbox) -> None:
    world = World(samples=("def double(x):\n    return x\n",))
    await finish(sandbox, world, DOUBLE, settings(samples=1))
    told = next(text for kind, text in world.asked if kind == "repair")
    assert "double(2)" in told
    assert "expected output is:\n4" in told


# --- feedback -------------------------------------------------------------------------------------


def test_long_texts_keep_head_and_tail_and_say_what_is_left_out() -> None:
    text = "A" * 1_000 + "B" * 9_000 + "C" * 1_000
    short = clip(text)
    assert len(short) < TEXT_CHARS + 60
    assert short.startswith("AAA")
    assert short.endswith("CCC")
    assert f"{len(text) - TEXT_CHARS} characters left out" in short


def test_a_text_within_the_limit_is_not_touched() -> None:
    assert clip("a" * TEXT_CHARS) == "a" * TEXT_CHARS


def test_feedback_stays_short_whatever_the_program_printed() -> None:
    problem = Problem("t", "s", public_tests=(Test("9" * 100_000, "1" * 100_000),) * 5)
    check = Checked("c1", (ran("7" * 100_000, Verdict.WA),) * 5)
    told = feedback(problem, check)
    assert told is not None
    assert len(told) < 6_000


def test_the_smallest_failing_examples_are_shown_first_and_passing_ones_not_at_all() -> None:
    tests = tuple(Test(text, "1\n") for text in ("long input\n", "passes\n", "mid\n", "s\n"))
    verdicts = (Verdict.WA, Verdict.AC, Verdict.WA, Verdict.WA)
    told = feedback(
        Problem("t", "s", public_tests=tests), Checked("c1", tuple(ran("0", v) for v in verdicts))
    )
    assert told is not None
    assert told.index("For this input:\ns") < told.index("For this input:\nmid")
    assert "long input" not in told
    assert "passes\n" not in told
    assert "1 of 4 examples" in told


def test_a_traceback_keeps_its_last_lines() -> None:
    error = (
        "\n".join(f'  File "solution.py", line {n}, in f' for n in range(500)) + "\nRecursionError: too deep"
    )
    told = feedback(PAIRS, Checked("c1", (ran("", Verdict.RE, error),)))
    assert told is not None
    assert "RecursionError: too deep" in told
    assert "line 499" in told
    assert "line 100" not in told


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(Verdict.TLE, "time limit"), (Verdict.MLE, "memory"), (Verdict.OLE, "far too much")],
)
def test_a_limit_that_was_reached_is_named(verdict: Verdict, words: str) -> None:
    told = feedback(PAIRS, Checked("c1", (ran("", verdict),)))
    assert told is not None
    assert words in told


def test_a_program_that_printed_nothing_is_told_so() -> None:
    assert "(nothing)" in (feedback(PAIRS, Checked("c1", (ran("", Verdict.WA),))) or "")


def test_nothing_is_fed_back_where_nothing_failed() -> None:
    assert feedback(PAIRS, Checked("c1", (ran("1\n", Verdict.AC),))) is None


# --- when a stream may be closed ------------------------------------------------------------------


def test_a_reply_that_begins_with_its_program_is_whole_once_the_fence_is_closed() -> None:
    assert not has_whole_program("```python\nprint(1)\n")
    assert has_whole_program("```python\nprint(1)\n```\nIt works because")


def test_a_chatty_reply_is_waited_for_until_no_second_program_comes() -> None:
    draft = "First the idea:\n```python\nprint('draft')\n```\n"
    assert not has_whole_program(draft)
    assert not has_whole_program(f"{draft}Now the program:\n```python\nprint(1)\n")
    assert not has_whole_program(f"{draft}Now the program:\n```python\nprint(1)\n```\n")
    assert has_whole_program(f"{draft}{'It works because it does. ' * 10}")


def test_a_draft_among_a_models_thoughts_does_not_end_the_reply() -> None:
    thought = f"<think>\nMaybe\n{fenced(PRINTS_ZERO)}\nno, wrong."
    assert not has_whole_program(thought)
    assert not has_whole_program(f"{thought}</think>\nSo:\n")
    assert has_whole_program(f"{thought}</think>\n\n{fenced(RIGHT)}")


async def test_a_thinking_models_program_is_the_one_after_its_thoughts(sandbox: Sandbox) -> None:
    said = f"<think>\nMaybe\n{fenced(COUNTS_VALUES)}\nno.\n</think>\n\n{fenced(RIGHT)}"
    state = await finish(sandbox, ScriptedModel(World(samples=(said,))), settings=settings(samples=1))
    assert state.candidates["c1"].code == RIGHT


def test_the_starter_code_is_shown_unless_the_statement_holds_it() -> None:
    assert DOUBLE.starter_code.strip() in writing_prompt(DOUBLE, "python")
    held = evolve(DOUBLE, statement=f"Complete:\n\n{DOUBLE.starter_code}")
    assert writing_prompt(held, "python").count(DOUBLE.starter_code.strip()) == 1
