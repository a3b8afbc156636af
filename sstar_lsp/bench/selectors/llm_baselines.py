"""Baselines that ask a model: a judge who reads code, and CodeT's vote of tests that a model wrote.

What they ask is asked once for a draw (or a problem) and counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from itertools import combinations

from sstar_lsp.bench.data.functions import assert_tests, target_of
from sstar_lsp.bench.records import BenchProblem, Choice, Contender, Cost
from sstar_lsp.bench.selectors.baselines import first_passing, groups_of
from sstar_lsp.bench.selectors.draw_context import Behaviour, Stage, Workbench, run_on
from sstar_lsp.engine.judging.judge_parser import read_answer
from sstar_lsp.engine.prompts import problem_text
from sstar_lsp.models.extract import extract_code
from sstar_lsp.models.protocol import Model
from sstar_lsp.records import Message, Sampling, Style, Test, Usage
from sstar_sandbox import Verdict

JUDGE_TOKENS = 320
TEST_TOKENS = 768
WANTED_TESTS = 8
_JUDGE = """\
{problem}

Two programs claim to solve this problem; at most one of them is right.

Program 1:

```{tag}
{first}
```

Program 2:

```{tag}
{second}
```

Read both, think about the cases in which they differ, and end with one line: ANSWER: 1 if program 1 is right, \
ANSWER: 2 if program 2 is right, ANSWER: 0 if you cannot tell.
"""
_STDIN_TESTS = """\
{problem}

Write {count} further tests of this problem, small and different from the examples, edge cases among them. For each write
a line "Input:", the input in a fenced block, a line "Output:", the right output in a fenced block. Nothing else.
"""
_FUNCTION_TESTS = """\
{problem}

Write {count} further tests of `{entry_point}`, small and different from the examples, edge cases among them: one Python
block of lines `assert {entry_point}(...) == ...` with literal values. Nothing else.
"""
_PAIR = re.compile(
    r"input[^\n`]{0,20}\n+```[^\n]*\n(?P<input>.*?)```\W*?output[^\n`]{0,20}\n+```[^\n]*\n(?P<output>.*?)```",
    re.IGNORECASE | re.DOTALL,
)


async def ask(model: Model, prompt: str, sampling: Sampling) -> tuple[str, Cost]:
    """The reply to one request, read to its end, and what it cost.
    Raises :class:`ModelError`: the server failed."""
    pieces: list[str] = []
    usage: Usage | None = None
    async with aclosing(model.stream((Message("user", prompt),), sampling)) as deltas:
        async for delta in deltas:
            pieces.append(delta.text)
            usage = delta.usage or usage
    text = "".join(pieces)
    usage = usage or Usage(len(prompt) // 4, len(text) // 4)
    return text, Cost.of(usage, selects=True)


async def code_judge(
    bench: Workbench, stage: Stage, behaviours: Mapping[str, Behaviour], model: Model, seed: int
) -> tuple[Choice, Cost]:
    """All pairs of groups, each judged in both orders on code alone; most wins, then size, then sampling
    order.

    Programs that print the same on all plain inputs stand as one: it saves calls and changes nothing for a
    judge who sees no outputs.
    """
    ordered = groups_of(stage, behaviours)
    if len(ordered) < 2:
        return first_passing(stage), Cost()
    points = [0.0] * len(ordered)
    cost = Cost()
    for left, right in combinations(range(len(ordered)), 2):
        for first, second in ((left, right), (right, left)):
            one, other = ordered[first][0], ordered[second][0]
            programs = {"first": one.code.strip(), "second": other.code.strip(), "tag": one.language}
            prompt = _JUDGE.format(problem=problem_text(bench.problem.problem), **programs)
            reply, paid = await ask(model, prompt, Sampling(0.0, 1.0, JUDGE_TOKENS, seed))
            cost += paid
            said = read_answer(reply)
            if said in (1, 2):
                points[first if said == 1 else second] += 1
    best = max(range(len(ordered)), key=lambda at: (points[at], len(ordered[at]), -at))
    picked = ordered[best][0]
    return Choice(picked.id, float(bool(picked.right)), len(ordered)), cost


def read_tests(problem: BenchProblem, reply: str) -> tuple[Test, ...]:
    """The tests that a reply holds, once each."""
    known = {test.input for test in problem.problem.public_tests}
    if problem.problem.style is Style.FUNCTION:
        entry_point = problem.problem.entry_point or ""
        source = extract_code(reply, "python").code or ""
        name = entry_point.rpartition(".")[2]
        lines = [line.strip() for line in source.splitlines() if name in line]
        lines = [line for line in lines if line.startswith("assert ")]
        target = target_of(entry_point, problem.problem.starter_code)
        found = [test for line in lines for test in assert_tests(target, line)]
    else:
        found = [Test(match["input"], match["output"]) for match in _PAIR.finditer(reply)]
    return tuple({test.input: test for test in found if test.input not in known}.values())


async def written_tests(problem: BenchProblem, model: Model, seed: int) -> tuple[tuple[Test, ...], Cost]:
    """Tests that the model writes for a problem; the outputs are its guesses."""
    style = _FUNCTION_TESTS if problem.problem.style is Style.FUNCTION else _STDIN_TESTS
    prompt = style.format(
        problem=problem_text(problem.problem), count=WANTED_TESTS, entry_point=problem.problem.entry_point
    )
    reply, cost = await ask(model, prompt, Sampling(0.7, 0.95, TEST_TOKENS, seed))
    return read_tests(problem, reply), cost


async def codet_vote(bench: Workbench, stage: Stage, tests: Sequence[Test]) -> Choice:
    """CodeT: survivors that pass the same tests are one consensus set; the best |programs| x |tests passed|
    wins."""
    if not stage.survivors or not tests:
        return first_passing(stage)
    passed: dict[str, frozenset[int]] = {}
    for contender in stage.survivors:
        if contender.code not in passed:
            program = (bench.problem.problem, contender.code, contender.language)
            inputs, expected = [test.input for test in tests], [test.expected for test in tests]
            outcomes = await run_on(bench.executor, *program, inputs, expected)
            verdicts = enumerate(outcome.verdict for outcome in outcomes or ())
            passed[contender.code] = frozenset(n for n, verdict in verdicts if verdict is Verdict.AC)
    sets: dict[frozenset[int], list[Contender]] = {}
    for contender in stage.survivors:
        sets.setdefault(passed[contender.code], []).append(contender)
    _, members = max(sets.items(), key=lambda found: len(found[1]) * len(found[0]))
    return Choice(members[0].id, float(bool(members[0].right)), len(sets), inputs=len(tests))
