"""A person's own program in the editor: its tests, a stress test against another one, and keeping what was found.

Programs are taken as they stand in the editor, saved or not. No model is asked here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from sstar_lsp.errors import CompileFailed, ProblemError, SandboxError, SStarError, UsageError
from sstar_lsp.lsp.documents import open_text, open_uris, path_of, uri_of
from sstar_lsp.lsp.protocol import refusal
from sstar_lsp.lsp.review import SOURCE
from sstar_lsp.lsp.task_progress import CANCELLED, Tell, with_progress

if TYPE_CHECKING:
    from sstar_lsp.engine.run.executor import Outcome
    from sstar_lsp.lsp import messages as msg
    from sstar_lsp.lsp.server import SStarServer
    from sstar_lsp.stress.own_tests import OwnTests, Tested
    from sstar_lsp.stress.search import Difference


def _file(uri: str) -> Path:
    path = path_of(uri)
    if path is None:
        raise UsageError(f"{uri} is no file: save the program first.")
    return path


def _texts(server: SStarServer) -> dict[Path, str]:
    """What stands in the editor, by path."""
    found: dict[Path, str] = {}
    for uri in open_uris(server.workspace):
        text = open_text(server.workspace, uri)
        if text is not None and text.path is not None:
            found[text.path] = text.text
    return found


async def _answered(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    from sstar_sandbox import SandboxError as BrokenSandbox

    try:
        return await work
    except BrokenSandbox as error:
        raise refusal(SandboxError(str(error))) from error
    except SStarError as error:
        raise refusal(error) from error


# --- tests ----------------------------------------------------------------------------------------


async def list_tests(server: SStarServer, params: msg.OwnTestsParams) -> dict[str, Any]:
    """``sstar/ownTests``: the tests of the problem of a program (or of a statement)."""

    async def work() -> dict[str, Any]:
        found = await _wanted(server, params)
        return {
            "uri": params.uri,
            "problemUri": uri_of(found.owner),
            "title": found.problem.title,
            "tests": [
                {
                    "number": number,
                    "label": test.name or f"test {number}",
                    "input": test.input,
                    "expected": test.expected,
                }
                for number, test in found.tests
            ],
        }

    return await _answered(work())


async def _wanted(server: SStarServer, params: msg.OwnTestsParams) -> OwnTests:
    from sstar_lsp.stress.own_tests import own_tests

    return await asyncio.to_thread(own_tests, _file(params.uri), only=params.tests, texts=_texts(server))


async def run_tests(server: SStarServer, params: msg.OwnTestsParams) -> dict[str, Any]:
    """``sstar/test``: the program on its tests, all or some; compile errors become diagnostics."""

    async def run(tell: Tell) -> dict[str, Any]:
        from sstar_lsp.stress import own_tests

        path = _file(params.uri)
        wanted = await _wanted(server, params)
        sandbox = await (await server.service()).sandbox()
        total = len(wanted.tests)

        def ended(tested: Tested) -> None:
            done = [number for number, _ in wanted.tests].index(tested.number) + 1
            tell(
                f"{done}/{total} tests, {tested.test.name or tested.number}: {tested.verdict}",
                done * 100 // total,
            )

        text = open_text(server.workspace, params.uri)
        answer: dict[str, Any] = {"status": "ended", "uri": params.uri, "problemUri": uri_of(wanted.owner)}
        try:
            tested = await own_tests.run_tests(
                sandbox, path, wanted, text.text if text is not None else None, ended
            )
        except CompileFailed as error:
            _complain(server, params.uri, error.output)
            return {**answer, "compileError": error.output, "passed": 0, "tests": []}
        _complain(server, params.uri, "")
        return {
            **answer,
            "compileError": None,
            "passed": sum(each.is_passed for each in tested),
            "tests": [_row(each) for each in tested],
        }

    return await _answered(
        with_progress(server, params.work_done_token, f"S* tests {Path(params.uri).name}", run)
    )


def _row(tested: Tested) -> dict[str, Any]:
    outcome = tested.outcome
    return {
        "number": tested.number,
        "label": tested.test.name or f"test {tested.number}",
        "passed": tested.is_passed,
        "verdict": tested.verdict,
        "input": tested.test.input,
        "expected": tested.test.expected,
        "output": outcome.transcript or outcome.output,
        "error": outcome.error,
        "detail": outcome.detail,
        "seconds": round(outcome.cpu_s, 3),
        "memoryBytes": outcome.peak_memory_bytes,
        "limits": {"seconds": tested.limits.cpu_s, "memoryBytes": tested.limits.memory_bytes},
    }


def _complain(server: SStarServer, uri: str, output: str) -> None:
    """Show what a compiler said at its lines, until the program changes; nothing takes away what was shown."""
    from sstar_lsp.stress.compile_errors import complaints

    document = open_text(server.workspace, uri)
    if document is None:
        return
    lines = document.lines
    found = []
    for each in complaints(output):
        line = min(each.line, len(lines) - 1)
        end = document.end_of(line, server.client.position_encoding)
        begin = types.Position(line, min(each.column or 0, max(0, end.character - 1)))
        found.append(
            types.Diagnostic(
                range=types.Range(begin, end),
                message=each.text,
                severity=types.DiagnosticSeverity.Error
                if each.is_error
                else types.DiagnosticSeverity.Warning,
                source=SOURCE,
                code="compiler",
            )
        )
    server.diagnostics.compiled(document.uri, found)


async def own_tests_command(server: SStarServer, params: msg.OwnTestsParams) -> dict[str, Any]:
    """``sstar.test``: the same for a client without a view of its own; the result is a message."""
    answer = await run_tests(server, params)
    if answer == CANCELLED:
        return answer
    if answer["compileError"] is not None:
        server.show_error(f"S*: {Path(params.uri).name} does not compile: {answer['compileError'].strip()}")
        return answer
    failed = next((row for row in answer["tests"] if not row["passed"]), None)
    text = f"S*: {answer['passed']} of {len(answer['tests'])} tests passed"
    if failed is not None:
        text += f"; {failed['label']} ({failed['verdict']}) prints {failed['output'].strip()[:200]!r} where "
        text += f"{failed['expected'].strip()[:200]!r} is right"
    server.show_info(text)
    return answer


# --- stress ---------------------------------------------------------------------------------------


async def stress(server: SStarServer, params: msg.StressParams) -> dict[str, Any]:
    """``sstar/stress``: an input on which two programs differ, made small. Nothing is kept."""

    async def run(tell: Tell) -> dict[str, Any]:
        from sstar_lsp.stress.opening import Wish, opened
        from sstar_lsp.stress.search import Search

        optional = [_file(uri) if uri is not None else None for uri in (params.generator, params.validator)]
        wish = Wish(
            _file(params.uri),
            _file(params.other),
            generator=optional[0],
            checker=str(path_of(params.checker) or params.checker) if params.checker is not None else None,
            validator=optional[1],
            seed=params.seed,
            texts=_texts(server),
        )
        sandbox = await (await server.service()).sandbox()
        ready = await opened(wish, sandbox)
        begun = time.monotonic()

        def tried(count: int) -> None:
            passed = time.monotonic() - begun
            tell(f"{count} inputs tried", min(99, int(100 * passed / params.seconds)))

        search = Search(
            ready.problem,
            ready.executions,
            ready.left,
            ready.right,
            ready.judge,
            begun + params.seconds,
            tried,
        )
        found = await search.on_examples() or await search.run(ready.waves(wish.seed))
        answer: dict[str, Any] = {
            "status": "same" if found is None else "differ",
            "uri": params.uri,
            "other": params.other,
            "tried": search.tried,
            "illegal": search.illegal,
            "judge": ready.judge.name,
            "openEnded": ready.problem.is_open_ended,
        }
        return (
            answer if found is None else {**answer, **_difference(found, ready.left.name, ready.right.name)}
        )

    return await _answered(
        with_progress(
            server,
            params.work_done_token,
            f"S* stress: {Path(params.uri).name} and {Path(params.other).name}",
            run,
        )
    )


def _difference(found: Difference, left: str, right: str) -> dict[str, Any]:
    return {
        "input": found.input,
        "example": found.example or None,
        "expected": found.expected,
        "legal": "certain" if found.is_legal else "likely",
        "foundSize": found.found_size,
        "a": _side(left, found.left),
        "b": _side(right, found.right),
    }


def _side(name: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "program": name,
        "verdict": outcome.verdict.value,
        "endedWell": outcome.ended_well,
        "output": outcome.output,
        "error": outcome.error or outcome.detail,
        "seconds": round(outcome.cpu_s, 3),
    }


async def stress_command(server: SStarServer, params: msg.StressParams) -> dict[str, Any]:
    """``sstar.stress``: the same for a client without a view of its own; the result is a message."""
    answer = await stress(server, params)
    if answer["status"] == "differ":
        a, b = (
            f"{side['program']}: {side['output'].strip()[:200]!r}"
            if side["endedWell"]
            else f"{side['program']}: {side['verdict']}"
            for side in (answer["a"], answer["b"])
        )
        server.show_info(f"S*: they differ on {answer['input'][:400]!r}: {a}, {b}")
    elif answer["status"] == "same":
        server.show_info(f"S*: no difference on {answer['tried']} inputs, which proves nothing.")
    return answer


async def save_test(server: SStarServer, params: msg.SaveTestParams) -> dict[str, Any]:
    """``sstar/saveTest``: keep an input as a test of a program's problem; its output only where a person said it."""
    from sstar_lsp.problems.layouts.saving import save_test as save
    from sstar_lsp.records import Style
    from sstar_lsp.stress.opening import problem_of

    async def work() -> dict[str, Any]:
        path = _file(params.uri)
        problem, owner = await asyncio.to_thread(problem_of, path, None, _texts(server))
        if problem.style is not Style.STDIN:
            raise ProblemError("tests of a function are not kept as files: add the example to the statement.")
        files = await asyncio.to_thread(save, owner, params.input, params.expected)
        return {"files": [uri_of(file) for file in files]}

    return await _answered(work())
