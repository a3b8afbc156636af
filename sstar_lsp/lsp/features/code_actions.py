"""Code actions: insert, review, solve, repair, resume, cancel, and correcting what was read.

All are of kind ``quickfix``: lightbulbs and plain menus show it everywhere, and a preferred one is what
"auto fix" takes. An edit is left for ``codeAction/resolve`` where the client can resolve it, so that it is
made against the document as it is when the person accepts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve
from lsprotocol import types

from sstar_lsp.errors import ProblemError, RunError, SStarError
from sstar_lsp.lsp.features import commands
from sstar_lsp.lsp.features import contest_guard as contests
from sstar_lsp.lsp.features.problem_reading import correcting_actions
from sstar_lsp.lsp.features.results.edits import Insertion, Placed, placed
from sstar_lsp.lsp.features.results.review import judging_actions, sample_edit
from sstar_lsp.lsp.features.results.run_responses import candidates
from sstar_lsp.lsp.session.documents import path_of
from sstar_lsp.lsp.session.problem_cache import is_stale, reading_of
from sstar_lsp.lsp.transport.json_rpc import refusal
from sstar_lsp.records import Candidate, Problem, Status

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.runs import DocumentRun
    from sstar_lsp.lsp.session.session import Session

KIND = types.CodeActionKind.QuickFix
IN_LANGUAGES = {"python": "Python", "cpp": "C++"}
"""Languages that have an action of their own."""

Action = types.CodeAction | types.Command


def describe(known: DocumentRun) -> str:
    """How sure the choice is: ``3/3 examples, 2 deciding inputs``."""
    evidence = known.evidence
    assert evidence is not None
    parts = [f"{evidence.examples_passed}/{evidence.examples} examples"]
    if evidence.status is Status.UNVERIFIED:
        parts.append("unverified")
        return ", ".join(parts)
    deciding = len(evidence.deciding_inputs)
    parts.append(f"{deciding} deciding input{'' if deciding == 1 else 's'}")
    if evidence.unanimous and evidence.survivors > 1:
        parts.append("unanimous")
    if evidence.status is not Status.CHOSEN:
        parts.append(evidence.status.value.replace("_", " "))
    return ", ".join(parts)


async def code_actions(server: Session, params: types.CodeActionParams) -> list[Action]:
    """What can be done with S* on a document."""
    only = params.context.only  # an empty list asks for all: some clients always send one
    if only and not any(_covers(wanted, KIND.value) for wanted in only):
        return []
    uri = params.text_document.uri
    await server.recalled(uri)
    running, ended = server.runs.running(uri), server.runs.ended(uri)
    statement = await reading_of(server, uri)
    actions: list[Action] = []
    if isinstance(statement, Problem):
        actions += await correcting_actions(server, params, statement, is_asked=_is_asked(params))
    if ended is not None and ended.result is not None:
        await ended.assess()
        actions += judging_actions(server, ended, params.context.diagnostics)
        actions += await _insertions(server, ended)
    if running is not None:
        title = f"Cancel S* ({running.standing})"
        actions.append(command(server, title, commands.CANCEL, running.named))
        return actions
    if (elsewhere := server.runs.elsewhere(uri)) is not None:
        title = f"See the S* run in another window ({elsewhere.standing})"
        actions.append(command(server, title, commands.EVIDENCE, {"runId": elsewhere.run_id}))
        return actions
    if ended is not None and ended.can_be_resumed:
        title = f"Resume S* ({ended.standing})"
        actions.append(command(server, title, commands.RESUME, {"runId": ended.run_id}))
    if not isinstance(statement, SStarError):
        again = ended is not None and ended.result is not None
        refused = await contests.unconfirmed(server, uri)
        if refused:
            actions += [contests.confirmation(server, contest) for contest in refused]
        else:
            actions += _solve(server, params, statement, again=again)
    return actions


def _covers(wanted: str, kind: str) -> bool:
    """Whether a kind that was asked for includes ours; kinds are hierarchical."""
    wanted = str(getattr(wanted, "value", wanted))
    return not wanted or kind == wanted or kind.startswith(wanted + ".")


async def _insertions(server: Session, known: DocumentRun) -> list[Action]:
    """The chosen program, and the runner-up."""
    assert known.state is not None
    if not server.client.action_literals:
        return []
    remark = " — for an earlier statement" if await is_stale(server, known) else ""
    actions: list[Action] = []
    rows = candidates(known.state)
    for row in [row for row in rows if row["chosen"]] + [row for row in rows if not row["chosen"]][:1]:
        title = f"Insert S* solution ({describe(known)})"
        if not row["chosen"]:
            belief = f", belief {row['belief']:.0%}" if row["belief"] is not None else ""
            title = f"Insert S* runner-up {row['id']} (cluster {row['cluster']}{belief})"
        verified = row["chosen"] and known.evidence is not None and known.evidence.status is Status.CHOSEN
        preferred = True if verified and server.client.preferred_actions else None
        data = {"runId": known.run_id, "candidateId": row["id"]}
        actions += await edit_action(server, title + remark, data, preferred=preferred)
    return actions


async def edit_action(
    server: Session, title: str, data: dict[str, Any], *, preferred: bool | None = None
) -> list[Action]:
    """An action that edits: the edit is left for resolve where it can be, else it is made now."""
    action = types.CodeAction(
        title=title,
        kind=KIND,
        is_preferred=preferred,
        data=data if server.client.keeps_data else None,
    )
    if server.client.resolves_edit:
        return [action]
    try:
        return [evolve(action, edit=await edit_for(server, data))]
    except ProblemError as error:
        if not server.client.disabled_actions:
            return []
        return [evolve(action, disabled=types.CodeActionDisabled(str(error)))]


async def edit_for(server: Session, data: dict[str, Any]) -> types.WorkspaceEdit:
    """The edit that an action's data stands for, against the documents as they are now.

    Raises:
        RunError: the run, its program or its input is not to be had.
        ProblemError: there is no place for it.
    """
    run_id = str(data.get("runId"))
    known = server.runs.get(run_id)
    if known is None or known.state is None:
        raise RunError(f"run {run_id} is no longer at hand: ask for code actions again.")
    if "sample" in data:
        return sample_edit(server, known, str(data["sample"]))
    return place(server, known, data.get("candidateId")).edit


def place(server: Session, known: DocumentRun, candidate_id: str | None) -> Placed:
    """The edit that inserts a program of a run.

    Raises:
        RunError: there is no such program.
        ProblemError: there is no place for it.
    """
    assert known.state is not None
    candidate: Candidate | None = (
        known.result if candidate_id is None else known.state.candidates.get(candidate_id)
    )
    if candidate is None:
        what = f"program {candidate_id}" if candidate_id else "program to insert"
        raise RunError(
            f"run {known.run_id} has no {what}; known: {', '.join(known.state.candidates) or 'none'}."
        )
    selection = known.job.selection if known.job is not None else None
    return placed(server.workspace, server.client, Insertion(known.uri, candidate, selection))


def _is_asked(params: types.CodeActionParams) -> bool:
    """Whether a person opened the menu; else the editor asks by itself, for a lightbulb."""
    return params.context.trigger_kind is not types.CodeActionTriggerKind.Automatic


def _solve(
    server: Session, params: types.CodeActionParams, statement: Problem | None, *, again: bool
) -> list[Action]:
    """``statement`` is None while a long document is still being read."""
    is_asked = _is_asked(params)
    if not is_asked and (again or statement is None or not statement.public_tests):
        return []  # no lightbulb on every README
    arguments: dict[str, Any] = {"textDocument": {"uri": params.text_document.uri}}
    title = "Solve again with S*" if again else "Solve with S*"
    if params.range.end.line > params.range.start.line:
        title = "Solve the selection with S*"
        arguments["range"] = {
            "start": {"line": params.range.start.line, "character": params.range.start.character},
            "end": {"line": params.range.end.line, "character": params.range.end.character},
        }
    actions = [command(server, title, commands.SOLVE, arguments)]
    if not is_asked:
        return actions
    if statement is None or statement.entry_point is None:
        for language, name in IN_LANGUAGES.items():
            asked = {**arguments, "language": language}
            actions.append(command(server, f"Solve with S* in {name}", commands.SOLVE, asked))
    if _has_program(server, params.text_document.uri):
        actions.append(
            command(server, "Repair this program with S*", commands.SOLVE, {**arguments, "own": True})
        )
    return actions


def _has_program(server: Session, uri: str) -> bool:
    """Whether a source file holds more than its comment."""
    from sstar_lsp.lsp.session.documents import current_text
    from sstar_lsp.problems.source.document import solution_range

    path = path_of(uri)
    if path is None:
        return False
    document = current_text(server.workspace, uri)
    lines = solution_range(document.text, path)
    return lines is not None and any(line.strip() for line in document.lines[lines[0] : lines[1]])


def command(server: Session, title: str, name: str, argument: dict[str, Any]) -> Action:
    """An action that runs a command of the server."""
    run = types.Command(title=title, command=name, arguments=[argument])
    if not server.client.action_literals:
        return run
    return types.CodeAction(title=title, kind=KIND, command=run)


async def resolve_action(server: Session, action: types.CodeAction) -> types.CodeAction:
    """Fill in the edit. Actions of ours without data (some clients ask for them too) stay as they are."""
    data = action.data
    if action.edit is not None or action.command is not None or not isinstance(data, dict):
        return action
    try:
        return evolve(action, edit=await edit_for(server, data))
    except SStarError as error:
        raise refusal(error, str(data.get("runId"))) from error
