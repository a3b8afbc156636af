"""Code actions: solve, cancel, and insert the chosen program.

All are of kind ``quickfix``: lightbulbs and plain menus show it everywhere, and a preferred one is what
"auto fix" takes. The edit is left for ``codeAction/resolve`` where the client can resolve it, so that it is
made against the document as it is when the person accepts it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from attrs import evolve
from lsprotocol import types

from sstar_lsp.errors import ProblemError, RunError, SStarError
from sstar_lsp.lsp.documents import current_text, selection_of
from sstar_lsp.lsp.edits import Insertion, insertion
from sstar_lsp.lsp.protocol import refusal
from sstar_lsp.records import Problem, Status

if TYPE_CHECKING:
    from sstar_lsp.engine.state import RunState
    from sstar_lsp.lsp.jobs import Job
    from sstar_lsp.lsp.server import SStarServer

SOLVE_COMMAND = "sstar.solve"
CANCEL_COMMAND = "sstar.cancel"
KIND = types.CodeActionKind.QuickFix

Action = types.CodeAction | types.Command


def describe(state: RunState) -> str:
    """How sure the choice is: ``3/3 examples, 2 deciding inputs``."""
    from sstar_lsp.engine.evidence import evidence_of

    evidence = evidence_of(state)
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


async def code_actions(server: SStarServer, params: types.CodeActionParams) -> list[Action]:
    """What can be done with S* on a document."""
    only = params.context.only
    if only is not None and not any(_covers(wanted, KIND.value) for wanted in only):
        return []
    uri = params.text_document.uri
    actions: list[Action] = []
    solved = server.solved(uri)
    running = next((job for job in server.jobs_of(uri) if job.is_running), None)
    statement = await statement_of(server, uri)
    if solved is not None:
        actions += _insert(server, solved, statement)
    if running is not None:
        command = types.Command(
            title="Cancel S*", command=CANCEL_COMMAND, arguments=[{"runId": running.run_id}]
        )
        actions.append(_with_command(server, f"Cancel S* ({running.standing})", command))
    elif statement is not None:
        actions += _solve(server, params, statement, again=solved is not None)
    return actions


def _covers(wanted: str, kind: str) -> bool:
    """Whether a kind that was asked for includes ours; kinds are hierarchical."""
    wanted = str(getattr(wanted, "value", wanted))
    return not wanted or kind == wanted or kind.startswith(wanted + ".")


async def statement_of(server: SStarServer, uri: str) -> Problem | None:
    """The problem in a document as it stands; None where there is none. Read once for each version."""
    try:
        document = current_text(server.workspace, uri)
    except SStarError:
        return None
    key = (document.uri, hash(document.text))
    if server.last_statement is None or server.last_statement[0] != key:
        from sstar_lsp.problems import read_document

        try:
            problem = await asyncio.to_thread(read_document, document.text, document.path)
        except SStarError:
            problem = None
        server.last_statement = (key, problem)
    return server.last_statement[1]


def _insert(server: SStarServer, job: Job, now: Problem | None) -> list[Action]:
    assert job.handle is not None
    assert job.result is not None
    if not server.client.action_literals:
        return []
    verified = job.handle.status is Status.CHOSEN
    title = f"Insert S* solution ({describe(job.handle.state)})"
    then = job.problem
    if then is not None and job.params.range is None and (now is None or now.statement != then.statement):
        title += " — for an earlier statement"
    data = {"runId": job.handle.run_id, "candidateId": job.result.id}
    action = types.CodeAction(
        title=title,
        kind=KIND,
        is_preferred=True if verified and server.client.preferred_actions else None,
        data=data if server.client.keeps_data else None,
    )
    if server.client.resolves_edit:
        return [action]
    try:
        return [evolve(action, edit=edit_of(server, job))]
    except ProblemError as error:
        if not server.client.disabled_actions:
            return []
        return [evolve(action, disabled=types.CodeActionDisabled(str(error)))]


def edit_of(server: SStarServer, job: Job) -> types.WorkspaceEdit:
    """The edit of a job's program, against the documents as they are now."""
    assert job.result is not None
    wanted = Insertion(job.params.uri, job.result, selection_of(job.params.range))
    return insertion(server.workspace, server.client, wanted)


def _solve(
    server: SStarServer, params: types.CodeActionParams, statement: Problem, *, again: bool
) -> list[Action]:
    is_asked = params.context.trigger_kind is not types.CodeActionTriggerKind.Automatic
    if not is_asked and (again or not statement.public_tests):
        return []  # no lightbulb on every README
    arguments: dict[str, Any] = {"textDocument": {"uri": params.text_document.uri}}
    title = "Solve again with S*" if again else "Solve with S*"
    if params.range.end.line > params.range.start.line:
        title = "Solve the selection with S*"
        arguments["range"] = {
            "start": {"line": params.range.start.line, "character": params.range.start.character},
            "end": {"line": params.range.end.line, "character": params.range.end.character},
        }
    return [
        _with_command(server, title, types.Command(title=title, command=SOLVE_COMMAND, arguments=[arguments]))
    ]


def _with_command(server: SStarServer, title: str, command: types.Command) -> Action:
    if not server.client.action_literals:
        return evolve(command, title=title)
    return types.CodeAction(title=title, kind=KIND, command=command)


def resolve_action(server: SStarServer, action: types.CodeAction) -> types.CodeAction:
    """Fill in the edit. Actions of ours without data (some clients ask for them too) stay as they are."""
    data = action.data
    if action.edit is not None or action.command is not None or not isinstance(data, dict):
        return action
    job = next((job for job in server.jobs if job.run_id == data.get("runId")), None)
    if job is None or job.result is None:
        raise refusal(RunError(f"run {data.get('runId')} is no longer at hand: ask for code actions again."))
    try:
        return evolve(action, edit=edit_of(server, job))
    except SStarError as error:
        raise refusal(error, job.run_id) from error
