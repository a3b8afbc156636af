"""One solve as the editor sees it: a run, its progress, its document, and its end.

The run belongs to the server, not to the request that started it: a request that is cancelled is answered at
once, and the streams and programs of its run are closed right behind it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sstar_lsp.errors import ModelAuthError, ModelMissing, RunError, SStarError, ours
from sstar_lsp.lsp.protocol_types import ResumeParams, SolveParams
from sstar_lsp.lsp.session import api_keys as secrets
from sstar_lsp.lsp.session import model_choice
from sstar_lsp.lsp.session.documents import Text, open_text, saved_text, selection_of
from sstar_lsp.lsp.session.progress import Progress, progress_text
from sstar_lsp.records import Problem

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.lsp.session.session import Session
    from sstar_lsp.service import RunHandle
    from sstar_lsp.settings import Settings


class ActiveRun:
    """A solve, or a run that goes on, from its request to its end."""

    def __init__(self, server: Session, params: SolveParams | ResumeParams, uri: str) -> None:
        """Takes the client's progress token, if it sent one; does nothing else yet.

        Raises:
            UsageError: the token is in use.
        """
        self.params = params
        self.uri = uri
        """Of the problem's document."""
        is_solve = isinstance(params, SolveParams)
        self.document: Text | None = open_text(server.workspace, uri) if is_solve else None
        """As it was when the run was asked for; None until it is read from disk."""
        self.ends_with_document = self.document is not None or not is_solve
        """Closing the document cancels it; a run of a file that was not open goes on."""
        self.problem: Problem | None = None
        self.handle: RunHandle | None = None
        self.error: SStarError | None = None
        """What made the run fail."""
        self._server = server
        self._origins: list[str] = []
        self._about_caps: list[str] = []
        self._progress = Progress(server, self)
        if params.work_done_token is not None:
            self._progress.bar.take(params.work_done_token)
        self._started: asyncio.Future[RunHandle] = asyncio.get_running_loop().create_future()
        self._cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[RunState] = server.spawn(self._run())
        server.deps.gc_policy.began()
        self._task.add_done_callback(self._over)

    def _over(self, _task: asyncio.Task[RunState]) -> None:
        self._server.deps.gc_policy.ended()
        self._server.changed(self.uri)

    # --- what others see --------------------------------------------------------------------------

    @property
    def run_id(self) -> str | None:
        """None until the run is journaled."""
        return self.handle.run_id if self.handle is not None else None

    @property
    def selection(self) -> tuple[int, int] | None:
        """Lines of the document that hold the problem; None for all."""
        return selection_of(self.params.range) if isinstance(self.params, SolveParams) else None

    @property
    def is_running(self) -> bool:
        """Neither ended nor cancelled."""
        return not self._task.done() and not self._cancelled.done()

    @property
    def was_cancelled(self) -> bool:
        """Somebody asked for it to end."""
        return self._cancelled.done()

    @property
    def standing(self) -> str:
        """Where the run stands, for a person."""
        return progress_text(self.handle.state, self.handle.phase) if self.handle is not None else "starting"

    def cancel(self) -> None:
        """End the run. Whoever waits is answered now; streams and programs end right behind."""
        if not self.is_running:
            return
        self._cancelled.set_result(None)
        self._progress.end("cancelled")
        if self.handle is not None:
            self._server.spawn(self.handle.cancel())
        self._server.changed(self.uri)

    async def started(self) -> RunHandle:
        """The run, as soon as it is journaled.

        Raises:
            SStarError: the document is no problem, a setting is wrong, the journal cannot be written.
        """
        return await asyncio.shield(self._started)

    async def ended(self) -> None:
        """Wait until the run has ended or was cancelled.

        Raises:
            SStarError: what made the run fail.
        """
        waited: set[asyncio.Future[Any]] = {self._task, self._cancelled}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()

    # --- the run ----------------------------------------------------------------------------------

    async def _run(self) -> RunState:
        """The run, from its start to its end; whatever goes wrong is one of our errors, and ends the progress."""
        try:
            return await self._followed()
        except asyncio.CancelledError:
            self._started.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # the outer edge of a run
            self.error = failure = ours(error, "a run of the editor")
            if isinstance(failure, ModelAuthError):
                secrets.refused(self._server, self._origins)
            if isinstance(failure, ModelMissing):
                self._server.chosen_models.clear()
            self._progress.end(f"failed: {failure}")
            if not self._started.done():
                self._started.set_exception(failure)
                self._started.exception()  # marks it as read: not everyone waits for the start
            raise failure from None

    async def _followed(self) -> RunState:
        handle = await self._start()
        self._started.set_result(handle)
        if self._cancelled.done():  # while it was starting
            await handle.cancel()
        self._server.changed(self.uri)
        async for state in handle.follow():
            if state.candidates:
                self._server.deps.gc_policy.under_way()
            self._progress.report(state, handle.phase)
        state = await handle.wait()
        self._progress.end(handle.status.value)
        return state

    async def _start(self) -> RunHandle:
        server, params = self._server, self.params
        await server.configured()
        service = await server.service()
        if isinstance(params, SolveParams):
            problem, settings = await asyncio.to_thread(self._read, params)
            self._tell_caps()
            assert self.document is not None
            self.problem = problem
            await service.guard.refuse(self.document.text, settings.contest)
            self._origins = await secrets.provide(server, service, settings)
            settings = await model_choice.with_model(server, service, settings)
            document = str(self.document.path or params.uri)
            own = self._own_code() if params.own else None
            self.handle = await service.solve(problem, settings, document, own_code=own)
        else:
            settings = await asyncio.to_thread(self._settings, params)
            self._tell_caps()
            self._origins = await secrets.provide(server, service, settings)
            settings = await model_choice.with_model(server, service, settings)
            self.handle = await service.resume(params.run_id, settings)
            self.problem = self.handle.state.problem
        if not self._cancelled.done():
            self._progress.begin(self.problem.title)
            if params.work_done_token is None and server.client.work_done_progress:
                server.spawn(self._progress.bar.create())
        return self.handle

    def _read(self, params: SolveParams) -> tuple[Problem, Settings]:
        """Problem and settings, read on a thread."""
        from sstar_lsp.problems.reader import read_document

        self.document = document = self.document or saved_text(params.uri)
        problem = read_document(document.text, document.path, selection=self.selection)
        return problem, self._settings(params)

    def _settings(self, params: SolveParams | ResumeParams) -> Settings:
        from sstar_lsp.lsp.session.configuration import settings_for
        from sstar_lsp.lsp.session.documents import path_of

        is_new = isinstance(params, SolveParams)  # a run that goes on keeps its own search: no folder counts
        return settings_for(
            path_of(self.uri) if is_new else None,
            self._server.folder if is_new else None,
            self._server.editor_settings,
            params.language if isinstance(params, SolveParams) else None,
            params.options,
            self._server.deps.environ,
            self._about_caps.append,
        )

    def _tell_caps(self) -> None:
        """Log where caps were held down or lifted; the settings were read on a thread, the log is the loop's."""
        for line in self._about_caps:
            self._server.tell(line)

    def _own_code(self) -> str:
        """The program in a source file, without its leading comment and its tests.

        Raises:
            RunError: there is none.
        """
        from sstar_lsp.problems.source.document import solution_range

        assert self.document is not None
        text, path = self.document.text, self.document.path
        lines = solution_range(text, path, self.selection) if path is not None else None
        code = "\n".join(self.document.lines[lines[0] : lines[1]]).strip("\n") if lines else ""
        if not code.strip():
            raise RunError(
                "there is no program to repair: it wants a source file with the problem as comment."
            )
        return code + "\n"
