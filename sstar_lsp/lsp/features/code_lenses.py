"""Code lenses on the first line of a problem: solve, watch here and elsewhere, cancel, insert, review, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.features import commands
from sstar_lsp.lsp.features import contest_guard as contests
from sstar_lsp.lsp.features.problem_reading import lens_title
from sstar_lsp.lsp.session.documents import current_text
from sstar_lsp.lsp.session.problem_cache import first_line, is_stale, reading_of
from sstar_lsp.records import Problem, Status

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.runs import DocumentRun
    from sstar_lsp.lsp.session.session import Session


async def code_lenses(server: Session, params: types.CodeLensParams) -> list[types.CodeLens]:
    """The lenses of a document; none where it holds no problem with examples and has no run."""
    uri = params.text_document.uri
    await server.recalled(uri)
    try:
        document = current_text(server.workspace, uri)
    except SStarError:
        return []
    running, elsewhere = server.runs.running(uri), server.runs.elsewhere(uri)
    ended = server.runs.ended(uri)
    wanted: list[tuple[str, str, dict[str, Any]]] = []
    if running is not None:
        wanted.append((f"S*: {running.standing} · cancel", commands.CANCEL, running.named))
    elif elsewhere is not None:
        title = f"S* runs in another window: {elsewhere.standing}"
        wanted.append((title, commands.EVIDENCE, {"runId": elsewhere.run_id}))
    else:
        if ended is not None:
            wanted += await _of_ended(server, ended)
        statement = await reading_of(server, uri)
        if isinstance(statement, Problem) and (statement.public_tests or ended is not None):
            refused = await contests.unconfirmed(server, uri)
            wanted += [
                (
                    f"S*: {link.contest} may be running: this is practice",
                    commands.CONFIRM_PRACTICE,
                    {"contest": link.contest},
                )
                for link in refused
            ]
            if not refused:
                again = ended is not None and ended.result is not None
                title = "Solve again" if again else "Solve with S*"
                wanted.append((title, commands.SOLVE, {"textDocument": {"uri": uri}}))
            wanted.append((await lens_title(server, uri), commands.PROBLEM, {"uri": uri}))
    line = first_line("\n".join(document.lines))
    at = types.Range(types.Position(line, 0), types.Position(line, 0))
    return [
        types.CodeLens(range=at, command=types.Command(title=title, command=name, arguments=[argument]))
        for title, name, argument in wanted
    ]


async def _of_ended(server: Session, known: DocumentRun) -> list[tuple[str, str, dict[str, Any]]]:
    if known.result is None:
        return [(f"Resume S* ({known.standing})", commands.RESUME, {"runId": known.run_id})]
    evidence = await known.assess()
    assert evidence is not None
    if await is_stale(server, known):
        title = "Insert solution of an earlier statement"
    elif evidence.status is Status.CHOSEN:
        title = "Insert chosen solution"
    else:
        title = f"Insert best program ({evidence.status.value.replace('_', ' ')})"
    lenses = [(title, commands.INSERT, {"runId": known.run_id, "candidateId": known.result.id})]
    tests = len(evidence.deciding_inputs)
    if tests:
        title = f"Review {tests} test{'s' if tests > 1 else ''}"
        lenses.append((title, commands.REVIEW, {"runId": known.run_id}))
    return lenses
