"""What editors are answered about a run: one shape for solve, resume, run and judge."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import attrs
import cattrs
from attrs import frozen

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp import protocol_types as p
from sstar_lsp.lsp.features.results.virtual_documents import candidate_uri, evidence_uri
from sstar_lsp.lsp.lazy_service import LazyService
from sstar_lsp.lsp.session.documents import same_document
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.run_history import NEWEST
from sstar_lsp.lsp.session.runs import ActiveRun, DocumentRun, RunIndex, uri_of_run
from sstar_lsp.lsp.transport.json_rpc import refusal
from sstar_lsp.records import Status, counted

if TYPE_CHECKING:
    from sstar_lsp.engine.report.evidence import Evidence
    from sstar_lsp.engine.run.events import HumanVerdict
    from sstar_lsp.engine.run.state import RunState


def evidence_summary(evidence: Evidence) -> str:
    """How sure the choice is: ``3/3 examples, 2 deciding inputs``."""
    parts = [f"{evidence.examples_passed}/{evidence.examples} examples"]
    if evidence.status is Status.UNVERIFIED:
        return ", ".join([*parts, "unverified"])
    deciding = len(evidence.deciding_inputs)
    parts.append(counted(deciding, "deciding input"))
    if evidence.unanimous and evidence.survivors > 1:
        parts.append("unanimous")
    if evidence.status is not Status.CHOSEN:
        parts.append(evidence.status.value.replace("_", " "))
    return ", ".join(parts)


def candidates(state: RunState) -> list[p.CandidateSummary]:
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
    return [
        {
            "id": candidate.id,
            "language": candidate.language,
            "cluster": cluster,
            "belief": round(beliefs[cluster], 4) if cluster in beliefs else None,
            "chosen": best is not None and candidate.id == best.id,
            "uri": candidate_uri(state.run_id, candidate.id, candidate.language),
        }
        for candidate, cluster in rows
    ]


@frozen
class RunResponses:
    """The requests that start a run or tell of one."""

    editor: Editor
    service: LazyService
    runs: RunIndex

    async def response(self, run: DocumentRun) -> p.RunResponse:
        """The response about a run, as it stands now."""
        from sstar_lsp.engine.choice.assessment import Assessment
        from sstar_lsp.engine.report.result_json import answer_of
        from sstar_lsp.engine.run.state import RunState

        run_id, state, active = run.run_id, run.state or RunState(), run.active
        evidence = await run.assess() if run.state is not None else None
        failure = active.error if active is not None else None
        body = await asyncio.to_thread(answer_of, run_id or "", state, failure, evidence)
        if run.is_running or run.is_elsewhere:
            body["status"] = "running"
        moments = await asyncio.to_thread(lambda: Assessment(state).history) if state.started else ()
        response: p.RunResponse = {
            **cast("p.SolveResult", body),
            "run_id": run_id,
            "title": run.problem.title if run.problem is not None else None,
            "uri": run.uri or None,
            "evidenceUri": evidence_uri(run_id) if run_id and state.started else None,
            "candidates": candidates(state),
            "question": evidence.next_question if evidence is not None and not run.is_running else None,
            "verdicts": {verdict.input_id: _verdict(verdict) for verdict in state.verdicts.values()},
            "moments": [_on_the_wire(moment) for moment in moments],
            "own": await asyncio.to_thread(_own_program, state) if state.started else None,
            "stale": await self.runs.is_stale(run),
        }
        return response

    async def solve(self, params: p.SolveParams | p.ResumeParams) -> p.RunResponse:
        """``sstar/solve``, ``sstar/resume``: answered when the run ends; a cancelled request cancels it."""
        try:
            run, active = await self.runs.begin(params)
        except SStarError as error:
            raise refusal(error) from error
        try:
            await active.ended()
            return await self.response(run)
        except asyncio.CancelledError:
            active.cancel()
            raise
        except SStarError as error:
            raise refusal(error, run.run_id) from error

    async def start(self, params: p.SolveParams | p.ResumeParams) -> p.RunStarted:
        """The commands ``sstar.solve``, ``sstar.resume``: answered at the begin; the end is a message."""
        run, active = await self.runs.begin(params)
        handle = await active.started()
        self.editor.spawn(self._announce_end(run, active))
        title = active.problem.title if active.problem is not None else None
        evidence = evidence_uri(handle.run_id)
        return {"status": "running", "run_id": handle.run_id, "title": title, "evidenceUri": evidence}

    async def _announce_end(self, run: DocumentRun, active: ActiveRun) -> None:
        """Show how a run ended that no request waits for."""
        title = active.problem.title if active.problem is not None else "the problem"
        try:
            await active.ended()
        except SStarError as error:
            self.editor.show_error(f"S* failed on {title}: {error}")
            return
        if active.was_cancelled or active.handle is None:
            return
        if run.result is None:
            decided = active.handle.state.decided
            self.editor.show_error(f"S* found no program for {title}: {decided.reason if decided else ''}")
            return
        status = active.handle.status.value.replace("_", " ")
        summary = evidence_summary(await run.assess())
        self.editor.show_info(f"S* {status} for {title}: {summary}. Insert it by code action.")

    async def run(self, params: p.RunParams) -> p.RunResponse:
        """``sstar/run``: a run as it stands."""
        return await self.response(await self.runs.find(params.run_id))

    async def judge(self, params: p.JudgeParams) -> p.RunResponse:
        """``sstar/judge``: the choice made again with a person's verdict."""
        service = await self.service()
        try:
            run = await self.runs.find(params.run_id)
            run.update(await service.judge(params.run_id, params.input_id, params.verdict))
        except SStarError as error:
            raise refusal(error, params.run_id) from error
        self.editor.changed(run.uri)
        return await self.response(run)

    async def judge_and_show(self, params: p.JudgeParams) -> dict[str, Any]:
        """The command ``sstar.judge``: the new choice is a message."""
        response = await self.judge(params)
        evidence = response["evidence"]
        chosen = (evidence or {}).get("chosen") or "no program"
        self.editor.show_info(f"S* {response['status'].replace('_', ' ')}: {chosen} after your verdict.")
        return {key: response[key] for key in ("status", "run_id", "question")}

    async def list_runs(self, params: p.RunsParams) -> list[p.RunSummary]:
        """``sstar/runs``: the journal's newest runs."""
        most = params.limit if params.uri is None else max(NEWEST, params.limit)
        entries = await (await self.service()).list_runs(most)
        summaries: list[p.RunSummary] = [
            {
                "id": run.id,
                "title": run.title,
                "status": "interrupted" if run.status == "running" and not run.is_alive else run.status,
                "document": run.document,
                "uri": uri_of_run(run.document) or None,
                "created": run.created,
                "evidenceUri": evidence_uri(run.id),
            }
            for run in entries
            if params.uri is None or same_document(uri_of_run(run.document), params.uri)
        ]
        return summaries[: params.limit]


def _verdict(verdict: HumanVerdict) -> p.Verdict:
    if verdict.illegal:
        return "illegal"
    return "unknown" if verdict.unknown else {"expected": verdict.expected or ""}


def _on_the_wire(record: attrs.AttrsInstance) -> dict[str, Any]:
    return {p.on_the_wire(name): value for name, value in cattrs.unstructure(record).items()}


def _own_program(state: RunState) -> dict[str, Any] | None:
    """What the run says of a person's own program."""
    from sstar_lsp.engine.report.own_program import own_program

    own = own_program(state)
    return None if own is None else _on_the_wire(own)
