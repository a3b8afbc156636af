"""Code actions: insert, review, solve, repair, resume, cancel, and correcting what was read.

An edit is left for ``codeAction/resolve`` where the client can resolve it, so that it is made against the
document as it is when the person accepts it.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen
from lsprotocol import types

from sstar_lsp.errors import ProblemError, RunError, SStarError
from sstar_lsp.lsp import command_names
from sstar_lsp.lsp.features.contest_guard import ContestGuard
from sstar_lsp.lsp.features.problem_reading import ProblemReading
from sstar_lsp.lsp.features.results.edits import Placed, placed
from sstar_lsp.lsp.features.results.quick_fixes import KIND, Action, command_action
from sstar_lsp.lsp.features.results.review import Review
from sstar_lsp.lsp.features.results.run_responses import candidates, evidence_summary
from sstar_lsp.lsp.protocol_types import EditParams, EditResponse
from sstar_lsp.lsp.session.documents import current_text, own_code
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.problem_cache import ProblemCache
from sstar_lsp.lsp.session.run_history import RunHistory
from sstar_lsp.lsp.session.runs import DocumentRun, RunIndex
from sstar_lsp.lsp.transport.json_rpc import refusal
from sstar_lsp.records import Problem, Status


@frozen
class CodeActions:
    """Makes the actions of documents, and the edits behind them."""

    editor: Editor
    runs: RunIndex
    history: RunHistory
    problems: ProblemCache
    contests: ContestGuard
    reading: ProblemReading
    review: Review

    async def code_actions(self, params: types.CodeActionParams) -> list[Action]:
        """What can be done with S* on a document."""
        only = params.context.only  # an empty list asks for all: some clients always send one
        if only and not any(_covers(wanted, KIND.value) for wanted in only):
            return []
        uri = params.text_document.uri
        await self.history.complete(uri)
        running, ended = self.runs.running(uri), self.runs.ended(uri)
        problem = await self.problems.at(uri)
        actions: list[Action] = []
        if isinstance(problem, Problem):
            actions += await self.reading.actions(params, problem, is_asked=_is_asked(params))
        if ended is not None and ended.result is not None:
            await ended.assess()
            actions += self.review.actions(ended, params.context.diagnostics)
            actions += await self._insertions(ended)
        if running is not None:
            title = f"Cancel S* ({running.progress_text})"
            return [*actions, self._command(title, command_names.CANCEL, running.cancel_params)]
        if (elsewhere := self.runs.elsewhere(uri)) is not None:
            title = f"See the S* run in another window ({elsewhere.progress_text})"
            return [*actions, self._command(title, command_names.EVIDENCE, {"runId": elsewhere.run_id})]
        if ended is not None and ended.can_be_resumed:
            title = f"Resume S* ({ended.progress_text})"
            actions.append(self._command(title, command_names.RESUME, {"runId": ended.run_id}))
        if not isinstance(problem, SStarError):
            again = ended is not None and ended.result is not None
            refused = await self.contests.unconfirmed(uri)
            actions += [self.contests.confirmation(link) for link in refused]
            if not refused:
                actions += self._solve(params, problem, again=again)
        return actions

    def _command(self, title: str, name: str, argument: dict[str, Any]) -> Action:
        return command_action(self.editor.client, title, name, argument)

    def _solve(self, params: types.CodeActionParams, problem: Problem | None, *, again: bool) -> list[Action]:
        """``problem`` is None while a long document is still being read."""
        is_asked = _is_asked(params)
        if not is_asked and (again or problem is None or not problem.public_tests):
            return []  # no lightbulb on every README
        argument: dict[str, Any] = {"textDocument": {"uri": params.text_document.uri}}
        title = "Solve again with S*" if again else "Solve with S*"
        start, end = params.range.start, params.range.end
        if end.line > start.line:
            title = "Solve the selection with S*"
            ends = {"start": start, "end": end}
            argument["range"] = {
                name: {"line": at.line, "character": at.character} for name, at in ends.items()
            }
        wanted = [(title, argument)]
        if is_asked:
            from sstar_lsp.problems.languages import languages_for
            from sstar_sandbox import LANGUAGES

            for language in languages_for(problem):
                title = f"Solve with S* in {LANGUAGES[language].title}"
                wanted.append((title, {**argument, "language": language}))
        uri = params.text_document.uri
        if is_asked and own_code(current_text(self.editor.workspace, uri)):
            wanted.append(("Repair this program with S*", {**argument, "own": True}))
        return [self._command(title, command_names.SOLVE, argument) for title, argument in wanted]

    # --- insertions -------------------------------------------------------------------------------

    async def _insertions(self, run: DocumentRun) -> list[Action]:
        """The chosen program, and the runner-up."""
        evidence, client = run.evidence, self.editor.client
        if not client.action_literals:
            return []
        remark = " — for an earlier statement" if await self.runs.is_stale(run) else ""
        actions: list[Action] = []
        rows = candidates(run.begun)
        for row in [row for row in rows if row["chosen"]] + [row for row in rows if not row["chosen"]][:1]:
            title = f"Insert S* solution ({evidence_summary(evidence)})"
            if not row["chosen"]:
                belief = f", belief {row['belief']:.0%}" if row["belief"] is not None else ""
                title = f"Insert S* runner-up {row['id']} (cluster {row['cluster']}{belief})"
            is_verified = row["chosen"] and evidence.status is Status.CHOSEN
            preferred = True if is_verified and client.preferred_actions else None
            data = {"runId": run.run_id, "candidateId": row["id"]}
            actions += self._edit_action(title + remark, data, preferred)
        return actions

    def _edit_action(self, title: str, data: dict[str, Any], preferred: bool | None) -> list[Action]:
        """An action that edits: the edit is left for resolve where it can be, else it is made now."""
        client = self.editor.client
        kept = data if client.keeps_data else None
        action = types.CodeAction(title=title, kind=KIND, is_preferred=preferred, data=kept)
        if client.resolves_edit:
            return [action]
        try:
            return [evolve(action, edit=self._edit_for(data))]
        except ProblemError as error:
            if not client.disabled_actions:
                return []
            return [evolve(action, disabled=types.CodeActionDisabled(str(error)))]

    def _edit_for(self, data: dict[str, Any]) -> types.WorkspaceEdit:
        """The edit that an action's data stands for, against the documents as they are now.

        Raises:
            RunError: the run, its program or its input is not to be had.
            ProblemError: there is no place for it.
        """
        run_id = str(data.get("runId"))
        run = self.runs.get(run_id)
        if run is None or run.state is None:
            raise RunError(f"run {run_id} is no longer at hand: ask for code actions again.")
        if "sample" in data:
            return self.review.sample_edit(run, str(data["sample"]))
        return self._place(run, data.get("candidateId")).edit

    def _place(self, run: DocumentRun, candidate_id: str | None) -> Placed:
        """The edit that inserts a program of a run.

        Raises:
            RunError: there is no such program.
            ProblemError: there is no place for it.
        """
        programs = run.begun.candidates
        candidate = run.result if candidate_id is None else programs.get(candidate_id)
        if candidate is None:
            what = f"program {candidate_id}" if candidate_id else "program to insert"
            known = ", ".join(programs) or "none"
            raise RunError(f"run {run.run_id} has no {what}; known: {known}.")
        selection = run.active.selection if run.active is not None else None
        return placed(self.editor.workspace, self.editor.client, run.uri, candidate, selection)

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """Fill in the edit. Actions of ours without data (some clients ask for them too) stay as they are."""
        data = action.data
        if action.edit is not None or action.command is not None or not isinstance(data, dict):
            return action
        try:
            return evolve(action, edit=self._edit_for(data))
        except SStarError as error:
            raise refusal(error, str(data.get("runId"))) from error

    async def edit(self, params: EditParams) -> EditResponse:
        """``sstar/edit``: the edit that inserts a program, and where it will stand."""
        made = self._place(await self.runs.find(params.run_id), params.candidate_id)
        return {"edit": made.edit, "uri": made.uri, "range": made.range}

    async def insert(self, params: EditParams) -> dict[str, Any]:
        """The command ``sstar.insert``: have the editor apply the edit."""
        if not self.editor.client.applies_edits:
            raise ProblemError("this editor does not apply edits of servers: insert by the code action.")
        made = self._place(await self.runs.find(params.run_id), params.candidate_id)
        asked = types.ApplyWorkspaceEditParams(edit=made.edit, label="Insert S* solution")
        answer = await self.editor.workspace_apply_edit_async(asked)
        if not answer.applied:
            why = answer.failure_reason or "no reason given"
            self.editor.show_error(f"the editor did not insert the program: {why}")
        return {"applied": answer.applied, "uri": made.uri}


def _is_asked(params: types.CodeActionParams) -> bool:
    """Whether a person opened the menu; else the editor asks by itself, for a lightbulb."""
    return params.context.trigger_kind is not types.CodeActionTriggerKind.Automatic


def _covers(wanted: str, kind: str) -> bool:
    """Whether a kind that was asked for includes ours; kinds are hierarchical."""
    wanted = str(getattr(wanted, "value", wanted))
    return not wanted or kind == wanted or kind.startswith(wanted + ".")
