"""A translation prints what the chosen program of its run prints on every input of that run; else it is repaired."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from test_service import QUICK, service

from engine.world import COUNTS_VALUES, DOUBLE, PAIRS, RIGHT, RIGHT_TOO, World, fenced
from sstar_lsp.engine.report.evidence import best_candidate
from sstar_lsp.errors import RunError, UsageError
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Problem, Status, TestOrigin
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service

READ = 'const [[n], a] = require("fs").readFileSync(0, "utf8").split("\\n").map((l) => l.split(" ").map(Number));\n'
PAIRS_JS = (
    READ
    + "let pairs = 0;\nfor (let i = 0; i < n; i++) for (let j = 0; j < i; j++) pairs += a[i] + a[j] === 0;\nconsole.log(pairs);\n"
)
VALUES_JS = READ + "console.log(new Set(a.filter((x) => x > 0 && a.includes(-x))).size);\n"
"""Passes the example; wrong where values repeat."""


SPLIT = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), judge={RIGHT: 1})


TWICE = evolve(
    DOUBLE,
    entry_point="twice",
    statement=DOUBLE.statement.replace("double", "twice"),
    starter_code="def twice(x):\n",
)
"""No function of C++ can be called double."""


async def solved(folder: Path, script: World = SPLIT, problem: Problem = PAIRS) -> str:
    """The id of a run that chose a Python program."""
    async with service(folder, script) as door:
        handle = await door.solve(problem, QUICK)
        await handle.wait()
    return handle.run_id


async def test_a_translation_that_differs_on_an_input_of_the_run_is_repaired(tmp_path: Path) -> None:
    run = await solved(tmp_path)
    wrong, right = fenced(VALUES_JS, "javascript"), fenced(PAIRS_JS, "javascript")
    model = ScriptedModel(World(samples=(wrong,), repairs={VALUES_JS: (right,)}))
    async with service(tmp_path, model) as door:
        _, original = await door.open_run(run)
        handle = await door.translate(run, "js", QUICK)
        state = await handle.wait()
    chosen = best_candidate(state)
    assert chosen is not None
    assert (chosen.language, chosen.code) == ("javascript", PAIRS_JS)
    assert handle.status is Status.CHOSEN
    assert RIGHT in model.calls[0].messages[0].content
    taken = [test for test in state.problem.public_tests if test.origin is TestOrigin.RUN]
    assert [test.input for test in taken] == [item.text for item in original.valid_inputs]


async def test_what_cannot_be_translated_says_why(tmp_path: Path) -> None:
    run = await solved(tmp_path)
    async with service(tmp_path) as door:
        with pytest.raises(UsageError, match="written in Python already"):
            await door.translate(run, "py", QUICK)
        with pytest.raises(UsageError, match="cobol"):
            await door.translate(run, "cobol", QUICK)
        with pytest.raises(RunError, match="no run has the id"):
            await door.translate("nothing", "cpp", QUICK)


async def test_a_function_is_translated_into_a_language_in_which_it_can_be_called(tmp_path: Path) -> None:
    run = await solved(tmp_path, World(samples=("def twice(x):\n    return 2 * x\n",)), TWICE)
    code = "class Solution {\npublic:\n    long long twice(long long x) { return 2 * x; }\n};\n"
    model = ScriptedModel(World(samples=(fenced(code, "cpp"),)))
    async with Service(RunStore(tmp_path), models=Models.all_the_same(model)) as door:
        with pytest.raises(UsageError, match="function"):
            await door.translate(run, "rust", QUICK)
        handle = await door.translate(run, "cpp", QUICK)
        chosen = best_candidate(await handle.wait())
    assert chosen is not None
    assert (chosen.language, chosen.code, handle.status) == ("cpp", code, Status.CHOSEN)
