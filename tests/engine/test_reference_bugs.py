"""Bugs of the S* reference code, each named, that ours must not have.

The reference is ``skythought/test-time-scaling`` of NovaSky-AI/SkyThought, as of 2025-07. What has no
counterpart here (its dataset loader, its dead options) is not listed.
"""

from __future__ import annotations

import json
from pathlib import Path

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
    kind_of,
    ran,
    settings,
)
from sstar_lsp.engine.clustering.clusters import cluster
from sstar_lsp.engine.judging.judge_parser import read_answer
from sstar_lsp.engine.report.evidence import best_candidate
from sstar_lsp.engine.run.events import CaseInput, Completed, InputOrigin
from sstar_lsp.engine.run.state import RunState, fold
from sstar_lsp.errors import ModelOverloaded, UsageError
from sstar_lsp.models.extract import extract_code
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Status, Test
from sstar_lsp.settings import Rule, load_settings
from sstar_sandbox import Limits, Mode, Sandbox, Verdict, comparator_named

SPLITTING = "4\n1 1 -1 -1\n"
TWO_EXAMPLES = evolve(PAIRS, public_tests=(*PAIRS.public_tests, Test("2\n1 1\n", "0\n")))


def code_of(state: RunState) -> str | None:
    candidate = best_candidate(state)
    return candidate.code if candidate else None


# --- the engine -----------------------------------------------------------------------------------


async def test_a_guessed_output_never_reaches_the_judge(sandbox: Sandbox) -> None:
    """Reference: distinguishing inputs come with the model's expected outputs, and the judge is told
    "expected output is <guess>, but got …", which sides with whoever matches the guess."""

    class Guessing(World):
        def __call__(self, messages, sampling):
            said = super().__call__(messages, sampling)
            if kind_of(messages) in ("inputs", "pair"):
                return f"Input:\n{said}\nExpected output:\n```\n31337\n```\nThe answer is 31337.\n"
            return said

    model = ScriptedModel(Guessing(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), pair=(SPLITTING,)))
    journal = Memory()
    state = await finish(sandbox, model, settings=settings(samples=2), journal=journal)
    judged = [c.messages[-1].content for c in model.calls if kind_of(c.messages) == "judge"]
    assert len(judged) == 2
    assert not any("31337" in prompt for prompt in judged)
    after_problem = [
        prompt.removeprefix(model.calls[0].messages[0].content.split("Write")[0]) for prompt in judged
    ]
    assert not any("expected" in prompt.lower() for prompt in after_problem)
    assert not any("31337" in item.text for item in state.inputs.values())


async def test_the_instructions_do_not_pile_up_from_sample_to_sample(sandbox: Sandbox) -> None:
    """Reference: without DSPy the loop reassigns ``prompt``, so sample k carries k copies of its instruction."""
    model = ScriptedModel(World(samples=(DIVIDES,)))
    await finish(sandbox, model, settings=settings(samples=6, rounds=2))
    first = {call.messages[0].content for call in model.calls}
    assert len(first) == 1
    assert first.pop().count("Mind the edge cases") == 1


async def test_the_best_round_of_a_sample_goes_on_and_not_the_last(sandbox: Sandbox) -> None:
    """Reference: the selection reads the last round even if an earlier one passed more examples."""
    one_of_two = PRINTS_ZERO
    world = World(samples=(one_of_two,), repairs={one_of_two: (DIVIDES, DIVIDES)})
    state = await finish(sandbox, world, TWO_EXAMPLES, settings(samples=1, rounds=2))
    assert [state.passed(name) for name in ("c1", "c1.1", "c1.2")] == [1, 0, 0]
    assert code_of(state) == one_of_two


async def test_a_failing_request_leaves_the_samples_program_as_it_was(sandbox: Sandbox) -> None:
    """Reference: a failing API call overwrites the sample's last entry with empty code."""
    model = ScriptedModel(
        World(samples=(PRINTS_ZERO,)),
        fault=lambda call: ModelOverloaded("no") if kind_of(call.messages) == "repair" else None,
    )
    state = await finish(sandbox, model, TWO_EXAMPLES, settings(samples=2))
    assert state.decided is not None
    assert (state.decided.status, code_of(state)) == (Status.UNVERIFIED, PRINTS_ZERO)


async def test_unanimity_costs_no_call(sandbox: Sandbox) -> None:
    """Reference: when all agree it falls back to a code-only tournament: 240 calls for 16 samples."""
    model = ScriptedModel(World(samples=(RIGHT, RIGHT_TOO), inputs=(SPLITTING,)))
    await finish(sandbox, model, settings=settings(samples=6))
    asked = [kind_of(call.messages) for call in model.calls]
    assert asked.count("judge") == asked.count("pair") == 0
    assert len(asked) == 6


async def test_duels_are_between_clusters_and_not_between_all_programs(sandbox: Sandbox) -> None:
    """Reference: every cross pair of samples plays a match on every input where they differ."""
    model = ScriptedModel(World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,)))
    await finish(sandbox, model, settings=settings(samples=6))
    assert sum(kind_of(call.messages) == "judge" for call in model.calls) == 2


async def test_an_illegal_input_decides_nothing(sandbox: Sandbox) -> None:
    """Reference: no input is checked, so an invalid one on which wrong programs differ can decide a match."""
    illegal = "2\n1 1 -1 -1\n"
    world = World(samples=(RIGHT, ALWAYS_ONE, RIGHT_TOO), inputs=(illegal,), pair=(illegal,))
    state = await finish(sandbox, world, settings=settings(rule=Rule.PAPER))
    bad = next(item for item in state.inputs.values() if item.text == illegal)
    assert bad.id in state.rejected
    assert not any(bad.id in duel.input_ids for duel in state.duels)


async def test_an_input_on_which_all_crash_is_rejected_with_its_reason(sandbox: Sandbox) -> None:
    """Reference: outputs that begin with "Error:" are dropped, so such an input vanishes without a word."""
    bare = evolve(PAIRS, public_tests=())
    world = World(samples=(RIGHT, RIGHT_TOO), inputs=("hello\n", SPLITTING))
    state = await finish(sandbox, world, bare, settings(samples=2))
    bad = next(item for item in state.inputs.values() if item.text == "hello\n")
    assert "crash" in state.rejected[bad.id]
    assert [item.text for item in state.valid_inputs] == [SPLITTING]


def test_a_program_that_crashes_on_an_input_differs_there_from_one_that_answers() -> None:
    """Reference: a crashing or timed-out sample plays no match on that input, as if it agreed with all."""
    items = [CaseInput("i1", "1\n", InputOrigin.MODEL)]
    found = cluster("tokens", {"c1": {"i1": ran("1")}, "c2": {"i1": ran("", Verdict.RE)}}, items)
    assert len(found) == 2


async def test_an_interrupted_run_keeps_what_it_paid_for(sandbox: Sandbox) -> None:
    """Reference: no resume; an unfinished result file is truncated at the start."""
    journal = Memory()
    world = World(samples=(RIGHT, COUNTS_VALUES), inputs=(SPLITTING,))
    await finish(sandbox, world, settings=settings(samples=2), journal=journal)
    cut = next(n for n, event in enumerate(journal.events) if isinstance(event, Completed)) + 1
    kept = journal.events[:cut]
    model = ScriptedModel(world)
    await finish(sandbox, model, settings=settings(samples=2), journal=Memory(kept), state=fold(kept))
    assert len(model.calls) == len(journal.of(Completed)) - 1


@pytest.mark.parametrize("name", ["first", "generated_tests_notimeout", "oracle"])
def test_an_unknown_rule_of_selection_is_an_error_that_lists_the_known(name: str, own_home: Path) -> None:
    """Reference: any unknown ``--selection`` that contains "generated_tests" silently means "first"."""
    with pytest.raises(UsageError, match="belief, paper"):
        load_settings(None, command_line={"solve": {"rule": name}})


@pytest.mark.parametrize(
    ("text", "answer"), [("ANSWER: 1", 1), ("Sample 2 is better.\n**ANSWER: 2**", 2), ("Sample 0", None)]
)
def test_the_judge_may_explain_itself(text: str, answer: int | None) -> None:
    """Reference: the reply must be a bare integer; "Sample 0" is no vote, and so is any explanation."""
    assert read_answer(text) == answer


@pytest.mark.parametrize(
    "reply",
    [
        "Here is the program:\n\n```python\nprint(1)\n```\n",
        "```\nprint(1)\n```",
        "```py\nprint(1)\n```\nIt prints 1.",
        "print(1)",
    ],
)
def test_the_program_is_found_in_its_reply_without_the_prose(reply: str) -> None:
    """Reference: prose before a fence is kept (a SyntaxError), and a bare fence gives an empty program."""
    assert extract_code(reply, "python").code == "print(1)\n"


async def test_generated_calls_work_with_positional_arguments_and_any_parameter_names(
    sandbox: Sandbox,
) -> None:
    """Reference: a generated functional test with positional arguments is always an error and dropped."""

    class Calling(World):
        def __call__(self, messages, sampling):
            said = super().__call__(messages, sampling)
            return "```python\ndouble(-7)\n```" if kind_of(messages) == "inputs" else said

    world = Calling(
        samples=("def double(value):\n    return value * 2\n", "def double(n):\n    return n + n\n")
    )
    state = await finish(sandbox, world, DOUBLE, settings(samples=2, inputs=1))
    item = next(item for item in state.inputs.values() if item.text == "[-7]")
    assert [state.outcomes[name][item.id].output.strip() for name in ("c1", "c2")] == ["-14", "-14"]


async def test_what_goes_into_prompts_is_bounded(sandbox: Sandbox) -> None:
    """Reference: inputs, outputs and feedback of any size go into the prompt whole, and no traceback at all."""
    loud = "input()\nprint('7' * 300_000)\n"
    model = ScriptedModel(World(samples=(loud,)))
    await finish(sandbox, model, settings=settings(samples=1))
    (repair,) = [call for call in model.calls if kind_of(call.messages) == "repair"]
    assert sum(len(message.content) for message in repair.messages) < 6_000


async def test_the_number_of_inputs_is_bounded(sandbox: Sandbox) -> None:
    """Reference: neither the number nor the size of generated inputs has a limit."""
    many = (*tuple(f"1\n{n}\n" for n in range(-9, 10)), "1\n" + "0" * 30000 + "\n")
    state = await finish(
        sandbox, World(samples=(RIGHT, RIGHT_TOO), inputs=many), settings=settings(samples=2, inputs=3)
    )
    large = [item for item in state.inputs.values() if item.origin is InputOrigin.LARGE]
    assert len(large) <= 5, "they only measure speed"
    assert len(state.inputs) - len(large) <= 6


async def test_cost_is_counted(sandbox: Sandbox) -> None:
    """Reference: nothing counts tokens or wall time."""
    model = ScriptedModel(World())
    state = await finish(sandbox, model)
    assert state.calls == len(model.calls)
    assert state.usage.prompt_tokens > 0
    assert state.usage.completion_tokens > 0


# --- the executor ---------------------------------------------------------------------------------

GUARD = "def main():\n    print(2 * int(input()))\n\nif __name__ == {}:\n    main()\n"


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint(2 * int(input()))\nsys.exit(0)\n",
        "print(2 * int(input()))\nexit()\n",
        "print(2 * int(input()))\nquit()\n",
        "import sys\nprint(2 * int(sys.stdin.buffer.read()))\n",
        "import sys\nsys.stdout.buffer.write(b'%d' % (2 * int(sys.stdin.readline())))\n",
        GUARD.format("'__main__'"),
        GUARD.format('"__main__"'),
        "from __future__ import annotations\n" + GUARD.format('"__main__"'),
        "print(2 * int(input()), end='   \\n\\n')\n",
        "import sys\nsys.setrecursionlimit(10**6)\nprint(2 * int(input()))\n",
    ],
    ids=[
        "sys.exit after the answer",
        "exit after the answer",
        "quit after the answer",
        "stdin.buffer",
        "stdout.buffer",
        "guard in single quotes",
        "guard in double quotes",
        "future import and guard",
        "trailing blanks",
        "recursion limit first",
    ],
)
async def test_honest_programs_that_the_reference_executor_fails_pass_here(
    sandbox: Sandbox, source: str
) -> None:
    """Reference: each of these is failed, most of them as "Time out!"."""
    program = await sandbox.prepare(source, "python")
    check = comparator_named("tokens").check(b"42\n")
    (execution,) = [e async for e in sandbox.run(program, [b"21\n"], checks=[check])]
    assert execution.verdict is Verdict.AC, execution.stderr


@pytest.mark.parametrize(
    ("source", "entry_point"),
    [
        ("def helper(x):\n    return x + x\n\ndef double(x):\n    return helper(x)\n", "double"),
        ("import sys\nsys.setrecursionlimit(5000)\ndef double(x):\n    return 2 * x\n", "double"),
        ("class Solution:\n    def double(self, x):\n        return 2 * x\n", "Solution.double"),
    ],
    ids=["helper first", "recursion limit first", "class Solution"],
)
async def test_functions_are_found_by_name_wherever_they_stand(
    sandbox: Sandbox, source: str, entry_point: str
) -> None:
    """Reference: the entry point is "the last word before the first parenthesis" of the text."""
    program = await sandbox.prepare(source, "python", entry_point)
    check = comparator_named("json").check(b"42")
    (execution,) = [e async for e in sandbox.run(program, [b"[21]"], checks=[check])]
    assert execution.verdict is Verdict.AC, execution.stderr


async def test_a_program_that_loops_is_stopped_at_its_own_limit_and_called_so(sandbox: Sandbox) -> None:
    """Reference: a limit of 6 s kills after 12, and the flag for it looks for another spelling of "Time out!"."""
    program = await sandbox.prepare(
        "if input() == 'loop':\n    while True:\n        pass\nprint('ok')\n", "python"
    )
    limits = Limits(cpu_s=0.3, wall_s=30)
    executions = [e async for e in sandbox.run(program, [b"loop\n", b"go\n"], limits, Mode.ISOLATED)]
    assert [e.verdict for e in executions] == [Verdict.TLE, Verdict.RAN]
    assert executions[0].cpu_s < 3


async def test_a_program_cannot_reach_files_or_environment(sandbox: Sandbox, tmp_path: Path) -> None:
    """Reference: programs are run with ``exec`` in a forked child, with the user's files in reach."""
    secret = tmp_path / "secret.txt"
    secret.write_text("hush")
    source = f"import os\nprint(sorted(k for k in os.environ if 'SSTAR' in k))\nprint(open({json.dumps(str(secret))}).read())\n"
    program = await sandbox.prepare(source, "python")
    (execution,) = [e async for e in sandbox.run(program, [b""])]
    assert execution.verdict is Verdict.RE
    assert b"hush" not in execution.stdout


async def test_examples_are_run_one_by_one_with_a_verdict_each(sandbox: Sandbox) -> None:
    """Reference: one failing example hides the others, and CodeContests examples are iterated as dict keys."""
    state = await finish(sandbox, World(samples=(ALWAYS_ONE,)), TWO_EXAMPLES, settings(samples=1, rounds=0))
    assert [outcome.verdict for outcome in state.checks["c1"].outcomes] == [Verdict.AC, Verdict.WA]
