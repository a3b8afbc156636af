"""Test runner for an editor's test view: lists the tests of a run's program and runs them again.

A broken sandbox is reported as that (``IE``), never as the program's failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from sstar_lsp.errors import RunError, UsageError
from sstar_lsp.lsp.lazy_service import LazyService
from sstar_lsp.lsp.protocol_types import CheckedTests, CheckParams, RunParams, RunTest, RunTests
from sstar_lsp.lsp.session.runs import RunIndex

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState


def tests_of(state: RunState) -> list[RunTest]:
    """Examples, then what persons said, then distinguishing tests that nobody has judged.
    Raises :class:`RunError`: the run has no program."""
    from sstar_lsp.engine.report.evidence import best_candidate, evidence_of

    if best_candidate(state) is None:
        raise RunError("the run has no program: there is nothing to test.")
    tests: list[RunTest] = []

    def add(test_id: str, label: str, kind: str, text: str, expected: str | None) -> None:
        tests.append({"id": test_id, "label": label, "kind": kind, "input": text, "expected": expected})

    for number, test in enumerate(state.problem.public_tests, 1):
        add(f"e{number}", test.name or f"example {number}", "example", test.input, test.expected)
    verdicts = {id_: each.expected for id_, each in state.verdicts.items() if each.expected is not None}
    for id_, expected in verdicts.items():
        if id_ in state.inputs:
            add(id_, f"test {id_}", "user", state.inputs[id_].text, expected)
    for deciding in evidence_of(state).deciding_inputs:
        if deciding.id not in verdicts:
            text = state.inputs[deciding.id].text
            add(deciding.id, f"test {deciding.id}", "distinguishing", text, None)
    return tests


@frozen
class TestRunner:
    """Lists and runs the tests of runs."""

    runs: RunIndex
    service: LazyService

    async def tests(self, params: RunParams) -> RunTests:
        """``sstar/tests``: the tests of a run's program."""
        return {"tests": tests_of((await self.runs.find(params.run_id)).begun)}

    async def check(self, params: CheckParams) -> CheckedTests:
        """``sstar/check``: some of them run again, in the sandbox."""
        state = (await self.runs.find(params.run_id)).begun
        tests = {test["id"]: test for test in tests_of(state)}
        for wanted in params.tests or ():
            if wanted not in tests:
                raise UsageError(f"the run has no test {wanted!r}; there are: {', '.join(tests)}")
        chosen = [tests[wanted] for wanted in (params.tests if params.tests is not None else tests)]
        service = await self.service()
        executions = await service.run_again(state, [(test["input"], test["expected"]) for test in chosen])
        return {
            "tests": [
                {
                    "id": test["id"],
                    "verdict": execution.verdict.value,
                    "output": execution.stdout.decode("utf-8", "backslashreplace"),
                    "detail": execution.detail,
                    "seconds": execution.wall_s,
                }
                for test, execution in zip(chosen, executions, strict=True)
            ]
        }
