"""One solve as the editor sees it: a run, its progress, its document, and its answer.

The run belongs to the server, not to the request that started it: a request that is cancelled is answered at
once, and the streams and programs of its run are closed right behind it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.documents import Text, open_text, saved_text, selection_of
from sstar_lsp.lsp.messages import SolveParams
from sstar_lsp.lsp.progress import Progress, progress_text
from sstar_lsp.lsp.protocol import refusal
from sstar_lsp.records import Candidate, Problem, Status

if TYPE_CHECKING:
    from sstar_lsp.engine.state import RunState
    from sstar_lsp.lsp.server import SStarServer
    from sstar_lsp.service import RunHandle


def evidence_uri(run_id: str) -> str:
    """Where the evidence of a run is read."""
    return f"sstar://run/{run_id}/evidence.md"


class Job:
    """A solve from its request to its answer."""

    def __init__(self, server: SStarServer, params: SolveParams) -> None:
        """Takes the client's progress token, if it sent one; does nothing else yet.

        Raises:
            UsageError: the token is in use.
        """
        self.params = params
        self.document: Text | None = open_text(server.workspace, params.uri)
        """As it was when the run was asked for; None until it is read from disk."""
        self.problem: Problem | None = None
        self.handle: RunHandle | None = None
        self._server = server
        self._progress = Progress(server.work_done_progress, self.cancel)
        if params.work_done_token is not None:
            self._progress.take(params.work_done_token)
        self._started: asyncio.Future[RunHandle] = asyncio.get_running_loop().create_future()
        self._cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[RunState] = server.spawn(self._run())

    # --- what others see --------------------------------------------------------------------------

    @property
    def run_id(self) -> str | None:
        """None until the run is journaled."""
        return self.handle.run_id if self.handle is not None else None

    @property
    def is_running(self) -> bool:
        """Neither ended nor cancelled."""
        return not self._task.done() and not self._cancelled.done()

    @property
    def standing(self) -> str:
        """Where the run stands, for a person."""
        return progress_text(self.handle.state, self.handle.phase) if self.handle is not None else "starting"

    @property
    def result(self) -> Candidate | None:
        """The program that the run handed back; None while there is none."""
        if self.handle is None:
            return None
        from sstar_lsp.engine.evidence import best_candidate

        return best_candidate(self.handle.state)

    def cancel(self) -> None:
        """End the run. Whoever waits is answered now; streams and programs end right behind."""
        if not self.is_running:
            return
        self._cancelled.set_result(None)
        self._progress.end("cancelled")
        if self.handle is not None:
            self._server.spawn(self.handle.cancel())

    async def started(self) -> RunHandle:
        """The run, as soon as it is journaled.

        Raises:
            SStarError: the document is no problem, a setting is wrong, the journal cannot be written.
        """
        return await asyncio.shield(self._started)

    async def answer(self) -> dict[str, Any]:
        """What ``sstar/solve`` answers, once the run has ended or was cancelled.

        Raises:
            SStarError: what made the run fail.
        """
        waited: set[asyncio.Future[Any]] = {self._task, self._cancelled}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()
        return self._answer()

    # --- the run ----------------------------------------------------------------------------------

    async def _run(self) -> RunState:
        try:
            handle = await self._start()
        except asyncio.CancelledError:
            self._started.cancel()
            raise
        except BaseException as error:
            self._started.set_exception(error)
            self._started.exception()  # marks it as read: not everyone waits for the start
            self._progress.end(f"failed: {error}")
            raise
        self._started.set_result(handle)
        if self._cancelled.done():  # while it was starting
            await handle.cancel()
        async for state in handle.follow():
            self._progress.report(progress_text(state, handle.phase))
        try:
            state = await handle.wait()
        except SStarError as error:
            self._progress.end(f"failed: {error}")
            raise
        self._progress.end(handle.status.value)
        return state

    async def _start(self) -> RunHandle:
        server, params = self._server, self.params
        await server.configured()
        problem, settings = await asyncio.to_thread(self._read)
        assert self.document is not None
        self.problem = problem
        service = await server.service()
        document = self.document.path or params.uri
        self.handle = await service.solve(problem, settings, str(document))
        if not self._cancelled.done():
            self._progress.begin(problem.title)
            if params.work_done_token is None and server.client.work_done_progress:
                server.spawn(self._progress.create())
        return self.handle

    def _read(self) -> tuple[Problem, Any]:
        """Problem and settings, read on a thread."""
        from sstar_lsp.lsp.configuration import settings_for
        from sstar_lsp.problems import read_document

        params = self.params
        self.document = document = self.document or saved_text(params.uri)
        problem = read_document(document.text, document.path, selection=selection_of(params.range))
        settings = settings_for(
            document.path,
            self._server.folder,
            self._server.editor_settings,
            params.language,
            params.options,
            self._server.deps.environ,
        )
        return problem, settings

    def _answer(self) -> dict[str, Any]:
        from sstar_lsp.engine.state import RunState
        from sstar_lsp.service import answer_of

        state = self.handle.state if self.handle is not None else RunState()
        answer = answer_of(self.run_id or "", state)
        answer["run_id"] = self.run_id
        answer["title"] = self.problem.title if self.problem is not None else None
        answer["evidenceUri"] = evidence_uri(self.run_id) if self.run_id and state.started else None
        return answer


async def solve(server: SStarServer, params: SolveParams) -> dict[str, Any]:
    """``sstar/solve``: answered when the run ends. Cancelling the request cancels the run."""
    try:
        job = server.add_job(params)
        try:
            return await job.answer()
        except asyncio.CancelledError:
            job.cancel()
            raise
        except SStarError as error:
            raise refusal(error, job.run_id) from error
    except SStarError as error:
        raise refusal(error) from error


async def start(server: SStarServer, params: SolveParams) -> dict[str, Any]:
    """The command ``sstar.solve``: answered when the run has begun; its end is shown as a message."""
    try:
        job = server.add_job(params)
        handle = await job.started()
    except SStarError as error:
        raise refusal(error) from error
    server.spawn(_announce(server, job))
    return {
        "status": "running",
        "run_id": handle.run_id,
        "title": job.problem.title if job.problem is not None else None,
        "evidenceUri": evidence_uri(handle.run_id),
    }


async def _announce(server: SStarServer, job: Job) -> None:
    """Say how a run ended that nobody waits for."""
    from sstar_lsp.lsp.actions import describe

    title = job.problem.title if job.problem is not None else "the problem"
    try:
        answer = await job.answer()
    except SStarError as error:
        server.show_error(f"S* failed on {title}: {error}")
        return
    status = answer["status"]
    if status == Status.CANCELLED.value:
        return
    if job.handle is None or job.result is None:
        reason = job.handle.state.decided.reason if job.handle and job.handle.state.decided else ""
        server.show_error(f"S* found no program for {title}: {reason}")
        return
    server.show_info(
        f"S* {status.replace('_', ' ')} for {title}: {describe(job.handle.state)}. Insert it by code action."
    )
