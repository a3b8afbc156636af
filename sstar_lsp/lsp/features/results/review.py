"""Review in an editor without a plugin: code actions that judge a test or keep it as a sample.

A test goes into the person's files only by their own action, with the output that the action's title says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen
from lsprotocol import types

from sstar_lsp.errors import ProblemError, RunError
from sstar_lsp.lsp import command_names
from sstar_lsp.lsp.features.results.edits import beside, together
from sstar_lsp.lsp.features.results.quick_fixes import KIND, SOURCE, Action, command_action, shortened
from sstar_lsp.lsp.session.documents import existing_text, path_of
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.file_watcher import FileWatcher
from sstar_lsp.lsp.session.runs import DocumentRun
from sstar_lsp.records import Style

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState

MOST_SAMPLES = 999


@frozen
class Review:
    """What a person can say about a run's distinguishing tests."""

    editor: Editor
    watcher: FileWatcher

    def actions(self, run: DocumentRun, diagnostics: Sequence[types.Diagnostic]) -> list[Action]:
        """Verdicts on the tests whose diagnostics were asked about, and keeping them as samples."""
        evidence, state, client = run.evidence, run.begun, self.editor.client
        if state.problem.interactor is not None:
            return []  # it has said what is right, and nothing that was said is a sample
        asked = {str(each.code) for each in diagnostics if each.source in (None, SOURCE)}  # ALE drops it
        actions: list[Action] = []
        for test in evidence.deciding_inputs:
            if test.id not in asked:
                continue
            base = {"runId": run.run_id, "inputId": test.id}
            seen: set[str] = set()
            for output in test.outputs:
                if output.verdict not in ("RAN", "AC") or output.output in seen:
                    continue
                seen.add(output.output)
                title = f"S* test {test.id}: {shortened(output.output)} is right"
                argument = {**base, "verdict": {"cluster": output.cluster}}
                actions.append(command_action(client, title, command_names.JUDGE, argument))
            title, argument = f"S* test {test.id}: illegal input", {**base, "verdict": "illegal"}
            actions.append(command_action(client, title, command_names.JUDGE, argument))
            expected = expected_of(state, test.id)
            if expected is None or not client.action_literals or state.problem.style is not Style.STDIN:
                continue
            title = f"Save S* test {test.id} as a sample, expecting {shortened(expected)}"
            data = {"runId": run.run_id, "sample": test.id} if client.keeps_data else None
            edit = None if client.resolves_edit else self.sample_edit(run, test.id)
            actions.append(types.CodeAction(title=title, kind=KIND, data=data, edit=edit))
        return actions

    def sample_edit(self, run: DocumentRun, input_id: str) -> types.WorkspaceEdit:
        """The edit that creates ``<stem>-sstar-<n>.in`` and ``.out`` beside the problem.

        Raises:
            ProblemError: the problem is in no file.
            RunError: no output is known to be expected.
        """
        path, state = path_of(run.uri), run.begun
        expected = expected_of(state, input_id)
        if path is None:
            raise ProblemError("save the document first: a sample goes into files beside it.")
        if expected is None or input_id not in state.inputs:
            raise RunError(f"run {run.run_id} knows no right output for {input_id!r}.")
        for number in range(1, MOST_SAMPLES):
            files = [path.with_name(f"{path.stem}-sstar-{number}{end}") for end in (".in", ".out")]
            if not any(file.exists() for file in files):
                break
        edits = []
        for file, text in zip(files, (state.inputs[input_id].text, expected), strict=True):
            self.watcher.ignore_write(file, text)
            existing = existing_text(self.editor.workspace, file)
            edits.append(beside(self.editor.client, file, existing, text).edit)
        return together(edits)


def expected_of(state: RunState, input_id: str) -> str | None:
    """Output of a saved sample: what a person said, else what the chosen program printed, or None."""
    from sstar_lsp.engine.report.evidence import chosen_cluster

    verdict = state.verdicts.get(input_id)
    if verdict is not None:
        return verdict.expected
    leader = chosen_cluster(state)
    outcome = state.outcomes.get(leader.members[0], {}).get(input_id) if leader is not None else None
    return outcome.output if outcome is not None and outcome.ended_well else None
