"""The tests of a run's program, for an editor's test view: which there are, and running them again.

A room of its own because this runs a program outside a search: in the same sandbox, and a broken sandbox is
told as that (``IE``), never as the program's failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from sstar_lsp.errors import RunError, SStarError, UsageError
from sstar_lsp.lsp.transport.json_rpc import refusal

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.lsp import protocol_types as msg
    from sstar_lsp.lsp.session.session import Session


@frozen
class _Test:
    """One test, as the search knew it."""

    id: str
    label: str
    kind: str
    """``example``, ``user`` (a person said what is right) or ``distinguishing``."""
    input: str
    expected: str | None
    """None: nobody has said what is right."""


def tests_of(state: RunState) -> list[_Test]:
    """Examples, then what persons said, then distinguishing tests that nobody has judged.

    Raises:
        RunError: the run has no program.
    """
    from sstar_lsp.engine.report.evidence import best_candidate, evidence_of

    if state.started is None or best_candidate(state) is None:
        raise RunError("the run has no program: there is nothing to test.")
    examples = [
        _Test(f"e{number}", test.name or f"example {number}", "example", test.input, test.expected)
        for number, test in enumerate(state.problem.public_tests, 1)
    ]
    said = {id_: verdict.expected for id_, verdict in state.verdicts.items() if verdict.expected is not None}
    judged = [
        _Test(id_, f"test {id_}", "user", state.inputs[id_].text, expected)
        for id_, expected in said.items()
        if id_ in state.inputs
    ]
    open_ones = [
        _Test(test.id, f"test {test.id}", "distinguishing", state.inputs[test.id].text, None)
        for test in evidence_of(state).deciding_inputs
        if test.id not in said
    ]
    return [*examples, *judged, *open_ones]


async def tests(server: Session, params: msg.RunParams) -> dict[str, Any]:
    """``sstar/tests``: the tests of a run's program."""
    try:
        state = await _state(server, params.run_id)
        return {
            "tests": [
                {"id": t.id, "label": t.label, "kind": t.kind, "input": t.input, "expected": t.expected}
                for t in tests_of(state)
            ]
        }
    except SStarError as error:
        raise refusal(error, params.run_id) from error


async def check(server: Session, params: msg.CheckParams) -> dict[str, Any]:
    """``sstar/check``: some of them run again, in the sandbox."""
    try:
        state = await _state(server, params.run_id)
        known = {test.id: test for test in tests_of(state)}
        for wanted in params.tests or ():
            if wanted not in known:
                raise UsageError(f"the run has no test {wanted!r}; there are: {', '.join(known)}")
        chosen = [known[wanted] for wanted in params.tests] if params.tests is not None else [*known.values()]
        service = await server.service()
        executions = await service.run_again(state, [(test.input, test.expected) for test in chosen])
    except SStarError as error:
        raise refusal(error, params.run_id) from error
    return {
        "tests": [
            {
                "id": test.id,
                "verdict": execution.verdict.value,
                "output": execution.stdout.decode("utf-8", "backslashreplace"),
                "detail": execution.detail,
                "seconds": execution.wall_s,
            }
            for test, execution in zip(chosen, executions, strict=True)
        ]
    }


async def _state(server: Session, run_id: str) -> RunState:
    known = await server.runs.find(await server.service(), run_id)
    if known.state is None:
        raise RunError(f"run {run_id} has not begun yet: there is nothing to test.")
    return known.state
