"""What editors are answered about a run: one shape for solve, resume, run and judge."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.features.results.virtual_documents import candidate_uri, evidence_uri
from sstar_lsp.lsp.transport.json_rpc import refusal

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.lsp import protocol_types as msg
    from sstar_lsp.lsp.session.runs import DocumentRun
    from sstar_lsp.lsp.session.session import Session


async def answer(server: Session, known: DocumentRun) -> dict[str, Any]:
    """The answer about a run, as it stands now."""
    from sstar_lsp.engine.choice.belief_history import moments_of
    from sstar_lsp.engine.report.result_json import answer_of
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.lsp.session.problem_cache import is_stale

    run_id = known.run_id
    state = known.state or RunState()
    failure = known.job.error if known.job is not None else None
    evidence = await known.assess()
    made = await asyncio.to_thread(answer_of, run_id or "", state, failure, evidence)
    if known.is_running or known.is_elsewhere:
        made["status"] = "running"
    made["run_id"] = run_id
    title = state.problem.title if state.started else None
    if title is None and known.job is not None and known.job.problem is not None:
        title = known.job.problem.title
    made["title"] = title
    made["uri"] = known.uri or None
    made["evidenceUri"] = evidence_uri(run_id) if run_id and state.started else None
    made["candidates"] = candidates(state)
    made["question"] = _question(known)
    made["verdicts"] = {
        said.input_id: "illegal"
        if said.illegal
        else "unknown"
        if said.unknown
        else {"expected": said.expected}
        for said in state.verdicts.values()
    }
    made["moments"] = [
        {"after": moment.after.value, "inputId": moment.input_id, "beliefs": moment.beliefs}
        for moment in (await asyncio.to_thread(moments_of, state) if state.started else ())
    ]
    made["own"] = await asyncio.to_thread(_own, state) if state.started else None
    made["stale"] = await is_stale(server, known)
    return made


def _own(state: RunState) -> dict[str, Any] | None:
    """What the run says of a person's own program, in the spelling of the wire."""
    from sstar_lsp.engine.own_program import own_program

    own = own_program(state)
    if own is None:
        return None
    return {
        "candidate": own.candidate,
        "verdict": own.verdict,
        "compared": own.compared,
        "input": own.input,
        "shown": own.shown,
        "inputId": own.input_id,
        "output": own.output,
        "rival": own.rival,
        "rivalOutput": own.rival_output,
        "belief": own.belief,
    }


def _question(known: DocumentRun) -> str | None:
    evidence = known.evidence
    return evidence.next_question if evidence is not None and not known.is_running else None


def candidates(state: RunState) -> list[dict[str, Any]]:
    """What can be inserted, best first: the chosen program, then one of each other cluster by belief."""
    from sstar_lsp.engine.report.evidence import best_candidate

    if state.started is None:
        return []
    best = best_candidate(state)
    beliefs = state.decided.beliefs if state.decided else {}
    in_play = state.clusters[: state.settings.clusters_in_play]
    rows = []
    if best is not None:
        own = next((c.id for c in state.clusters if best.id in c.members), None)
        rows.append((best, own))
    others = [c for c in in_play if best is None or best.id not in c.members]
    others.sort(key=lambda c: -beliefs.get(c.id, 0.0))
    rows += [(state.candidates[c.members[0]], c.id) for c in others]
    run_id = state.started.run_id
    return [
        {
            "id": candidate.id,
            "language": candidate.language,
            "cluster": cluster,
            "belief": round(beliefs[cluster], 4) if cluster in beliefs else None,
            "chosen": best is not None and candidate.id == best.id,
            "uri": candidate_uri(run_id, candidate.id, candidate.language),
        }
        for candidate, cluster in rows
    ]


# --- the requests ----------------------------------------------------------------------------------


async def solve(server: Session, params: msg.SolveParams | msg.ResumeParams) -> dict[str, Any]:
    """``sstar/solve`` and ``sstar/resume``: answered when the run ends. Cancelling the request cancels the run."""
    try:
        known = await server.add_job(params)
        assert known.job is not None
        try:
            await known.job.ended()
            return await answer(server, known)
        except asyncio.CancelledError:
            known.job.cancel()
            raise
        except SStarError as error:
            raise refusal(error, known.run_id) from error
    except SStarError as error:
        raise refusal(error) from error


async def start(server: Session, params: msg.SolveParams | msg.ResumeParams) -> dict[str, Any]:
    """The commands ``sstar.solve`` and ``sstar.resume``: answered when the run has begun; its end is a message."""
    try:
        known = await server.add_job(params)
        assert known.job is not None
        handle = await known.job.started()
    except SStarError as error:
        raise refusal(error) from error
    server.spawn(_announce(server, known))
    return {
        "status": "running",
        "run_id": handle.run_id,
        "title": known.job.problem.title if known.job.problem is not None else None,
        "evidenceUri": evidence_uri(handle.run_id),
    }


async def _announce(server: Session, known: DocumentRun) -> None:
    """Say how a run ended that nobody waits for."""
    from sstar_lsp.lsp.features.code_actions import describe

    job = known.job
    assert job is not None
    title = job.problem.title if job.problem is not None else "the problem"
    try:
        await job.ended()
    except SStarError as error:
        server.show_error(f"S* failed on {title}: {error}")
        return
    if job.was_cancelled or job.handle is None:
        return
    await known.assess()
    if known.result is None:
        decided = job.handle.state.decided
        server.show_error(f"S* found no program for {title}: {decided.reason if decided else ''}")
        return
    status = job.handle.status.value.replace("_", " ")
    server.show_info(f"S* {status} for {title}: {describe(known)}. Insert it by code action.")


async def run(server: Session, params: msg.RunParams) -> dict[str, Any]:
    """``sstar/run``: a run as it stands."""
    try:
        return await answer(server, await server.runs.find(await server.service(), params.run_id))
    except SStarError as error:
        raise refusal(error) from error


async def judge(server: Session, params: msg.JudgeParams) -> dict[str, Any]:
    """``sstar/judge``: the choice made again with a person's verdict."""
    try:
        service = await server.service()
        known = await server.runs.find(service, params.run_id)
        known.take(await service.judge(params.run_id, params.input_id, params.verdict))
    except SStarError as error:
        raise refusal(error, params.run_id) from error
    server.changed(known.uri)
    return await answer(server, known)


async def runs(server: Session, params: msg.RunsParams) -> list[dict[str, Any]]:
    """``sstar/runs``: the journal's newest runs."""
    from sstar_lsp.lsp.session.documents import same_document
    from sstar_lsp.lsp.session.runs import RECALLED_RUNS, uri_of_run

    try:
        most = params.limit if params.uri is None else max(RECALLED_RUNS, params.limit)
        found = await (await server.service()).list_runs(most)
    except SStarError as error:
        raise refusal(error) from error
    return [
        {
            "id": run.id,
            "title": run.title,
            "status": "interrupted" if run.status == "running" and not run.is_alive else run.status,
            "document": run.document,
            "uri": uri_of_run(run.document) or None,
            "created": run.created,
            "evidenceUri": evidence_uri(run.id),
        }
        for run in found
        if params.uri is None or same_document(uri_of_run(run.document), params.uri)
    ][: params.limit]
