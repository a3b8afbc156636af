"""Review in an editor without a plugin: verdicts as code actions of a test's diagnostic, and samples to keep.

A test goes into the person's files only by their own action, with the output that the action's title says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from sstar_lsp.errors import ProblemError, RunError
from sstar_lsp.lsp import commands
from sstar_lsp.lsp.documents import existing_text, path_of
from sstar_lsp.lsp.edits import beside, together
from sstar_lsp.records import Style

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.lsp.actions import Action
    from sstar_lsp.lsp.known import Known
    from sstar_lsp.lsp.server import SStarServer

SOURCE = "S*"
"""``source`` of our diagnostics."""
SHOWN_CHARS = 40
"""Of an output in a title."""
MOST_SAMPLES = 999


def shortened(text: str) -> str:
    """An output in a title: one line, quoted, cut where it is long."""
    from sstar_lsp.engine.prompts.fences import escaped

    line = escaped(" ".join(text.split()))
    return f'"{line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…"}"'


def judging_actions(
    server: SStarServer, known: Known, diagnostics: Sequence[types.Diagnostic]
) -> list[Action]:
    """Verdicts on the tests whose diagnostics were asked about, and keeping them as samples."""
    from sstar_lsp.lsp.actions import KIND, command

    evidence, state = known.evidence, known.state
    assert evidence is not None
    assert state is not None
    if state.problem.interactor is not None:
        return []  # it has said what is right, and nothing that was said is a sample
    asked = {str(each.code) for each in diagnostics if each.source in (None, SOURCE)}  # ALE drops it
    actions: list[Action] = []
    for test in evidence.deciding_inputs:
        if test.id not in asked:
            continue
        base = {"runId": known.run_id, "inputId": test.id}
        seen: set[str] = set()
        for output in test.outputs:
            if output.verdict not in ("RAN", "AC") or output.output in seen:
                continue
            seen.add(output.output)
            title = f"S* test {test.id}: {shortened(output.output)} is right"
            verdict = {"verdict": {"cluster": output.cluster}}
            actions.append(command(server, title, commands.JUDGE, {**base, **verdict}))
        illegal = {**base, "verdict": "illegal"}
        actions.append(command(server, f"S* test {test.id}: illegal input", commands.JUDGE, illegal))
        expected = expected_of(state, test.id)
        if expected is None or not server.client.action_literals or state.problem.style is not Style.STDIN:
            continue
        title = f"Save S* test {test.id} as a sample, expecting {shortened(expected)}"
        data = {"runId": known.run_id, "sample": test.id}
        action = types.CodeAction(title=title, kind=KIND, data=data if server.client.keeps_data else None)
        if not server.client.resolves_edit:
            action.edit = sample_edit(server, known, test.id)
        actions.append(action)
    return actions


def expected_of(state: RunState, input_id: str) -> str | None:
    """What a saved sample expects: what a person said, else what the chosen program printed; None: nothing."""
    from sstar_lsp.engine.report.evidence import chosen_cluster

    said = state.verdicts.get(input_id)
    if said is not None:
        return said.expected
    leader = chosen_cluster(state)
    outcome = state.outcomes.get(leader.members[0], {}).get(input_id) if leader is not None else None
    return outcome.output if outcome is not None and outcome.ended_well else None


def sample_edit(server: SStarServer, known: Known, input_id: str) -> types.WorkspaceEdit:
    """The edit that creates ``<stem>-sstar-<n>.in`` and ``.out`` beside the problem.

    Raises:
        ProblemError: the problem is in no file.
        RunError: nothing is known to be expected.
    """
    path = path_of(known.uri)
    state = known.state
    assert state is not None
    expected = expected_of(state, input_id)
    if path is None:
        raise ProblemError("save the document first: a sample goes into files beside it.")
    if expected is None or input_id not in state.inputs:
        raise RunError(f"run {known.run_id} knows no right output for {input_id!r}.")
    for number in range(1, MOST_SAMPLES):
        files = [path.with_name(f"{path.stem}-sstar-{number}{end}") for end in (".in", ".out")]
        if not any(file.exists() for file in files):
            break
    texts = state.inputs[input_id].text, expected
    edits = []
    for file, text in zip(files, texts, strict=True):
        server.watching.expect(file, text)
        edits.append(beside(server.client, file, existing_text(server.workspace, file), text).edit)
    return together(edits)
