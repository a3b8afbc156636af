"""A person's own program in the editor: its tests, a stress test against another one, and keeping a test.

Programs are taken as they stand in the editor, saved or not. No model is asked here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import frozen

from sstar_lsp.errors import CompileFailed, ProblemError, UsageError
from sstar_lsp.lsp import protocol_types as p
from sstar_lsp.lsp.lazy_service import LazyService
from sstar_lsp.lsp.session.documents import open_text, open_uris, path_of, uri_of
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.progress import CANCELLED, Report, Token, with_progress

if TYPE_CHECKING:
    from sstar_lsp.engine.run.executor import Outcome
    from sstar_lsp.stress.own_tests import OwnTests as FoundTests
    from sstar_lsp.stress.own_tests import Tested
    from sstar_lsp.stress.search import Difference

_T = TypeVar("_T")


async def _with_sandbox_errors(work: Coroutine[Any, Any, _T]) -> _T:
    from sstar_lsp.engine.run.executor import sandbox_failures

    with sandbox_failures():
        return await work


@frozen
class OwnPrograms:
    """Tests and compares programs that persons wrote."""

    editor: Editor
    service: LazyService
    show_compiled: Callable[[str, str], None]
    """Shows what a compiler said of the document of a URI; no output clears it."""

    def _texts(self) -> dict[Path, str]:
        """Texts of the open documents, by path."""
        workspace = self.editor.workspace
        texts = (open_text(workspace, uri) for uri in open_uris(workspace))
        return {text.path: text.text for text in texts if text is not None and text.path is not None}

    async def _with_bar(
        self, token: Token | None, title: str, work: Callable[[Report], Coroutine[Any, Any, _T]]
    ) -> _T:
        return await _with_sandbox_errors(with_progress(self.editor, token, title, work))

    # --- tests ------------------------------------------------------------------------------------

    async def list_tests(self, params: p.OwnTestsParams) -> p.OwnTests:
        """``sstar/ownTests``: the tests of the problem of a program (or of a statement)."""
        tests = await _with_sandbox_errors(self._tests(params))
        return {
            "uri": params.uri,
            "problemUri": uri_of(tests.owner),
            "title": tests.problem.title,
            "tests": [
                {
                    "number": number,
                    "label": test.name or f"test {number}",
                    "input": test.input,
                    "expected": test.expected,
                }
                for number, test in tests.tests
            ],
        }

    async def _tests(self, params: p.OwnTestsParams) -> FoundTests:
        from sstar_lsp.stress.own_tests import own_tests

        path, texts = _file(params.uri), self._texts()
        return await asyncio.to_thread(own_tests, path, only=params.tests, texts=texts)

    async def run_tests(self, params: p.OwnTestsParams) -> p.TestResponse:
        """``sstar/test``: the program on its tests, all or some; compile errors become diagnostics."""
        title = f"S* tests {Path(params.uri).name}"
        return await self._with_bar(params.work_done_token, title, partial(self._run_tests, params))

    async def _run_tests(self, params: p.OwnTestsParams, report: Report) -> p.TestResponse:
        from sstar_lsp.stress.own_tests import run_tests

        path, tests = _file(params.uri), await self._tests(params)
        sandbox = await (await self.service()).sandbox()
        numbers = [number for number, _ in tests.tests]

        def ended(tested: Tested) -> None:
            done, label = numbers.index(tested.number) + 1, tested.test.name or tested.number
            report(f"{done}/{len(numbers)} tests, {label}: {tested.verdict}", done * 100 // len(numbers))

        text = open_text(self.editor.workspace, params.uri)
        rows: list[p.OwnTestResult] = []
        compile_error: str | None = None
        try:
            results = await run_tests(sandbox, path, tests, text.text if text is not None else None, ended)
            rows = [_row(each) for each in results]
        except CompileFailed as error:
            compile_error = error.output
        self.show_compiled(params.uri, compile_error or "")
        return {
            "status": "ended",
            "uri": params.uri,
            "problemUri": uri_of(tests.owner),
            "compileError": compile_error,
            "passed": sum(row["passed"] for row in rows),
            "tests": rows,
        }

    async def run_tests_and_show(self, params: p.OwnTestsParams) -> p.TestResponse:
        """The command ``sstar.test``, for a client without a view of its own: the result is a message."""
        response = await self.run_tests(params)
        if response["status"] == CANCELLED["status"]:
            return response
        if response["compileError"] is not None:
            name, output = Path(params.uri).name, response["compileError"].strip()
            self.editor.show_error(f"S*: {name} does not compile: {output}")
            return response
        failed = next((row for row in response["tests"] if not row["passed"]), None)
        text = f"S*: {response['passed']} of {len(response['tests'])} tests passed"
        if failed is not None:
            printed, right = (shown.strip()[:200] for shown in (failed["output"], failed["expected"]))
            text += f"; {failed['label']} ({failed['verdict']}) prints {printed!r} where {right!r} is right"
        self.editor.show_info(text)
        return response

    async def save_test(self, params: p.SaveTestParams) -> p.SavedTest:
        """``sstar/saveTest``: keep an input as a test, with an output only where a person said it."""
        from sstar_lsp.problems.layouts import save_test
        from sstar_lsp.records import Style
        from sstar_lsp.stress.opening import problem_of

        path = _file(params.uri)
        reading = asyncio.to_thread(problem_of, path, None, self._texts())
        problem, owner = await _with_sandbox_errors(reading)
        if problem.style is not Style.STDIN:
            raise ProblemError("tests of a function are not kept as files: add the example to the statement.")
        files = await asyncio.to_thread(save_test, owner, params.input, params.expected)
        return {"files": [uri_of(file) for file in files]}

    # --- stress -----------------------------------------------------------------------------------

    async def stress(self, params: p.StressParams) -> p.StressResponse:
        """``sstar/stress``: an input on which two programs differ, made small. Nothing is kept."""
        title = f"S* stress: {Path(params.uri).name} and {Path(params.other).name}"
        return await self._with_bar(params.work_done_token, title, partial(self._stress, params))

    async def _stress(self, params: p.StressParams, report: Report) -> p.StressResponse:
        from sstar_lsp.stress.opening import Wish, opened

        generator, validator = (
            _file(uri) if uri is not None else None for uri in (params.generator, params.validator)
        )
        checker = str(path_of(params.checker) or params.checker) if params.checker is not None else None
        wish = Wish(
            _file(params.uri),
            _file(params.other),
            generator=generator,
            checker=checker,
            validator=validator,
            seed=params.seed,
            texts=self._texts(),
        )
        ready = await opened(wish, await (await self.service()).sandbox())
        begun = time.monotonic()

        def tried(count: int) -> None:
            passed = time.monotonic() - begun
            report(f"{count} inputs tried", min(99, int(100 * passed / params.seconds)))

        search = ready.search(begun + params.seconds, tried)
        difference = await search.on_examples() or await search.run(ready.waves(wish.seed))
        response: p.StressResponse = {
            "status": "same" if difference is None else "differ",
            "uri": params.uri,
            "other": params.other,
            "tried": search.tried,
            "illegal": search.illegal,
            "judge": ready.judge.name,
            "openEnded": ready.problem.is_open_ended,
        }
        if difference is None:
            return response
        return _difference(response, difference, ready.left.name, ready.right.name)

    async def stress_and_show(self, params: p.StressParams) -> p.StressResponse:
        """The command ``sstar.stress``, for a client without a view of its own: the result is a message."""
        response = await self.stress(params)
        if response["status"] == "differ":
            difference = cast("p.StressDifference", response)
            a, b = (
                f"{side['program']}: {side['output'].strip()[:200]!r}"
                if side["endedWell"]
                else f"{side['program']}: {side['verdict']}"
                for side in (difference["a"], difference["b"])
            )
            self.editor.show_info(f"S*: they differ on {difference['input'][:400]!r}: {a}, {b}")
        elif response["status"] == "same":
            tried = response["tried"]
            self.editor.show_info(f"S*: no difference on {tried} inputs, which proves nothing.")
        return response


def _file(uri: str) -> Path:
    path = path_of(uri)
    if path is None:
        raise UsageError(f"{uri} is no file: save the program first.")
    return path


def _row(tested: Tested) -> p.OwnTestResult:
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


def _difference(
    response: p.StressResponse, difference: Difference, left: str, right: str
) -> p.StressDifference:
    return {
        **response,
        "input": difference.input,
        "example": difference.example or None,
        "expected": difference.expected,
        "legal": "certain" if difference.is_legal else "likely",
        "foundSize": difference.found_size,
        "a": _side(left, difference.left),
        "b": _side(right, difference.right),
    }


def _side(name: str, outcome: Outcome) -> p.StressSide:
    return {
        "program": name,
        "verdict": outcome.verdict.value,
        "endedWell": outcome.ended_well,
        "output": outcome.transcript or outcome.output,
        "error": outcome.error or outcome.detail,
        "seconds": round(outcome.cpu_s, 3),
    }
