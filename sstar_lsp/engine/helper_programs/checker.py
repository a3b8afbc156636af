"""A program that the input-writer writes for problems with several right answers: is this output one of them?

It is one voter with a bounded word, and never the truth: it must call the output of every example right, and
an empty one and garbage wrong. It counts only on inputs where it takes one behaviour's output and refuses
another's.
"""

from __future__ import annotations

from functools import partial

from sstar_lsp.engine.clustering.clusters import separating
from sstar_lsp.engine.helper_programs.writing import once, program_of, run_helper, word_of
from sstar_lsp.engine.prompts import fill, problem_text
from sstar_lsp.engine.prompts.fences import fenced
from sstar_lsp.engine.run.events import CaseInput, OutputsChecked, Tier, TierActed
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Style

MARK = "====="
"""Line between input and output."""
GARBAGE = ("", "?", "-7 ? -7")
_SEED = 9
_says = partial(word_of, right="RIGHT", wrong="WRONG")


def _asked(given: str, output: str) -> str:
    return f"{given.rstrip()}\n{MARK}\n{output.rstrip()}\n"


@once(Tier.CHECKER)
async def check_outputs(runner: ProgramRunner, calls: Calls) -> TierActed:
    """Ask for a checker, try it on the examples, and let it look at what the behaviours print."""
    tests = runner.state.problem.public_tests
    if runner.state.problem.style is not Style.STDIN or not tests:
        return TierActed(Tier.CHECKER, why="it needs a whole program and an example to check it by")
    example = fenced(_asked(tests[0].input, tests[0].expected).rstrip("\n"))
    prompt = fill("checker", problem=problem_text(runner.state.problem), mark=MARK, example=example)
    written = await program_of(runner, calls, "checker", prompt, _SEED)
    if written is None:
        return TierActed(Tier.CHECKER, why="the model answered no program")
    good = [_asked(test.input, test.expected) for test in tests]
    bad = [_asked(test.input, output) for test in tests for output in GARBAGE]
    outcomes = await run_helper(runner, written, [*good, *bad])
    words = [_says(outcome) for outcome in outcomes or ()]
    why = ""
    if outcomes is None:
        why = "it does not compile"
    elif not all(words[: len(good)]):
        why = "it refuses the output of an example"
    elif any(word is not False for word in words[len(good) :]):
        why = "it does not refuse garbage"
    items = _contested(runner.state)[: runner.state.policy.checker_inputs]
    verdicts: dict[str, dict[str, bool]] = {}
    if not why:
        for group in runner.state.clusters:
            runs = runner.state.outcomes[group.members[0]]
            ended = [item for item in items if runs[item.id].ended_well]
            outcomes = await run_helper(runner, written, [_asked(i.text, runs[i.id].output) for i in ended])
            said = zip(ended, map(_says, outcomes or ()), strict=True)
            verdicts[group.members[0]] = {item.id: word for item, word in said if word is not None}
        await runner.record.emit(OutputsChecked(written.code, verdicts))
    refused = sum(not word for said in verdicts.values() for word in said.values())
    inputs = len(items) if not why else 0
    return TierActed(Tier.CHECKER, 1, usable=int(not why), inputs=inputs, refused=refused, why=why)


def _contested(state: RunState) -> list[CaseInput]:
    """Inputs on which two behaviours differ that every behaviour met, the smallest first."""
    runs = [state.outcomes[group.members[0]] for group in state.clusters]
    known = [item for item in state.valid_inputs if all(item.id in outcomes for outcomes in runs)]
    found = {
        item.id: item
        for number, first in enumerate(runs)
        for second in runs[:number]
        for item in separating(state.problem.checker, first, second, known)
    }
    return sorted(found.values(), key=lambda item: (len(item.text), item.id))
