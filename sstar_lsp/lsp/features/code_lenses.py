"""Code lenses on the first line of a problem: solve, watch, cancel, insert, review, resume."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from lsprotocol import types

from sstar_lsp.lsp import command_names
from sstar_lsp.lsp.features.contest_guard import ContestGuard
from sstar_lsp.lsp.features.problem_reading import ProblemReading
from sstar_lsp.lsp.session.problem_cache import ProblemCache
from sstar_lsp.lsp.session.run_history import RunHistory
from sstar_lsp.lsp.session.runs import DocumentRun, RunIndex
from sstar_lsp.records import Problem, Status

Lens = tuple[str, str, dict[str, Any]]
"""Title, command and its argument."""


@frozen
class CodeLenses:
    """Makes the lenses of documents."""

    runs: RunIndex
    history: RunHistory
    problems: ProblemCache
    contests: ContestGuard
    reading: ProblemReading

    async def code_lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        """The lenses of a document; none if it holds no problem with examples and has no run."""
        uri = params.text_document.uri
        document = await self.history.document(uri)
        if document is None:
            return []
        running, elsewhere = self.runs.running(uri), self.runs.elsewhere(uri)
        if running is not None:
            title = f"S*: {running.progress_text} · cancel"
            lenses: list[Lens] = [(title, command_names.CANCEL, running.cancel_params)]
        elif elsewhere is not None:
            title = f"S* runs in another window: {elsewhere.progress_text}"
            lenses = [(title, command_names.EVIDENCE, {"runId": elsewhere.run_id})]
        else:
            lenses = await self._of_idle(uri)
        line = document.first_line
        at = types.Range(types.Position(line, 0), types.Position(line, 0))
        return [
            types.CodeLens(range=at, command=types.Command(title=title, command=name, arguments=[argument]))
            for title, name, argument in lenses
        ]

    async def _of_idle(self, uri: str) -> list[Lens]:
        """The lenses of a document with no run that goes on."""
        ended = self.runs.ended(uri)
        lenses = await self._of_ended(ended) if ended is not None else []
        problem = await self.problems.at(uri)
        if isinstance(problem, Problem) and (problem.public_tests or ended is not None):
            refused = await self.contests.unconfirmed(uri)
            for link in refused:
                title = f"S*: {link.contest} may be running: this is practice"
                lenses.append((title, command_names.CONFIRM_PRACTICE, {"contest": link.contest}))
            if not refused:
                title = "Solve again" if ended is not None and ended.result is not None else "Solve with S*"
                lenses.append((title, command_names.SOLVE, {"textDocument": {"uri": uri}}))
            lenses.append((await self.reading.lens_title(uri), command_names.PROBLEM, {"uri": uri}))
        return lenses

    async def _of_ended(self, run: DocumentRun) -> list[Lens]:
        if run.result is None:
            return [(f"Resume S* ({run.progress_text})", command_names.RESUME, {"runId": run.run_id})]
        evidence = await run.assess()
        if await self.runs.is_stale(run):
            title = "Insert solution of an earlier statement"
        elif evidence.status is Status.CHOSEN:
            title = "Insert chosen solution"
        else:
            title = f"Insert best program ({evidence.status.value.replace('_', ' ')})"
        argument = {"runId": run.run_id, "candidateId": run.result.id}
        lenses: list[Lens] = [(title, command_names.INSERT, argument)]
        if tests := len(evidence.deciding_inputs):
            title = f"Review {tests} test{'s' if tests > 1 else ''}"
            lenses.append((title, command_names.REVIEW, {"runId": run.run_id}))
        return lenses
