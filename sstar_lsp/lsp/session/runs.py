"""The runs of documents: those that go on, and the journaled ones that a document still shows.

A run outlives its editor in the journal. So what is offered in a document (lenses, actions, diagnostics,
hovers) is asked of :class:`RunIndex` and never of an :class:`ActiveRun` alone.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from sstar_lsp.errors import ModelAuthError, ModelMissing, RunError, SStarError, ours
from sstar_lsp.lsp.gc_policy import GcPolicy
from sstar_lsp.lsp.lazy_service import LazyService
from sstar_lsp.lsp.protocol_types import CancelParams, ResumeParams, RunProgress, SolveParams
from sstar_lsp.lsp.session import documents
from sstar_lsp.lsp.session.api_keys import ApiKeys
from sstar_lsp.lsp.session.configuration import EditorSettings
from sstar_lsp.lsp.session.documents import Text, open_text, path_of, same_document, uri_of
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.model_choice import ModelChoice
from sstar_lsp.lsp.session.problem_cache import ProblemCache
from sstar_lsp.lsp.session.progress import RunBar, counts, progress_text
from sstar_lsp.records import Candidate, Problem
from sstar_lsp.settings import Settings

if TYPE_CHECKING:
    from sstar_lsp.engine.report.evidence import Evidence
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.service import RunHandle

PROGRAM_LINES = 6
"""Of the first program, while it is written."""
ENDED_IN_MEMORY = 32
"""So many ended runs of a session stay in memory; older ones are read from the journal."""


@frozen
class RunContext:
    """What a run needs of its session."""

    editor: Editor
    service: LazyService
    settings: EditorSettings
    problems: ProblemCache
    keys: ApiKeys
    models: ModelChoice
    gc_policy: GcPolicy


class ActiveRun:
    """A solve, or a run that goes on, from its request to its end.

    It belongs to the session, not to the request that started it: a request that is cancelled is answered at
    once, and the streams and programs of its run are closed right behind it.
    """

    def __init__(self, context: RunContext, params: SolveParams | ResumeParams, uri: str) -> None:
        """Takes the client's progress token, if it sent one, and begins.
        Raises :class:`UsageError`: the token is in use."""
        self.params = params
        self.uri = uri
        """Of the problem's document."""
        is_solve = isinstance(params, SolveParams)
        self.document: Text | None = open_text(context.editor.workspace, uri) if is_solve else None
        """As it was when the run was asked for; None until it is read from disk."""
        self.ends_with_document = self.document is not None or not is_solve
        """Closing the document cancels it; a run of a file that was not open goes on."""
        self.problem: Problem | None = None
        self.handle: RunHandle | None = None
        self.error: SStarError | None = None
        """What made the run fail."""
        self._context = context
        self._origins: list[str] = []
        self._cap_notes: list[str] = []
        loop = asyncio.get_running_loop()
        self._started_at = loop.time()
        self._progress = RunBar(context.editor, self.cancel, self._counts)
        if params.work_done_token is not None:
            self._progress.bar.take(params.work_done_token)
        self._started: asyncio.Future[RunHandle] = loop.create_future()
        self._cancelled: asyncio.Future[None] = loop.create_future()
        self._task: asyncio.Task[RunState] = context.editor.spawn(self._run())
        context.gc_policy.run_started()
        self._task.add_done_callback(self._ended)

    def _ended(self, _task: asyncio.Task[RunState]) -> None:
        del self._progress  # the two hold each other
        self._context.gc_policy.run_ended()
        self._context.editor.changed(self.uri)

    # --- what others see --------------------------------------------------------------------------

    @property
    def run_id(self) -> str | None:
        """None until the run is journaled."""
        return self.handle.run_id if self.handle is not None else None

    @property
    def selection(self) -> tuple[int, int] | None:
        """Lines of the document that hold the problem; None for all."""
        return documents.selection_of(self.params.range) if isinstance(self.params, SolveParams) else None

    @property
    def is_running(self) -> bool:
        """Neither ended nor cancelled."""
        return not self._task.done() and not self._cancelled.done()

    @property
    def was_cancelled(self) -> bool:
        """Somebody asked for it to end."""
        return self._cancelled.done()

    @property
    def progress_text(self) -> str:
        """Where the run stands, for a person."""
        return progress_text(self.handle.state, self.handle.phase) if self.handle is not None else "starting"

    def cancel(self) -> None:
        """End the run. Whoever waits is answered now; streams and programs end right behind."""
        if not self.is_running:
            return
        self._cancelled.set_result(None)
        self._progress.end("cancelled")
        if self.handle is not None:
            self._context.editor.spawn(self.handle.cancel())
        self._context.editor.changed(self.uri)

    async def started(self) -> RunHandle:
        """The run, as soon as it is journaled.
        Raises :class:`SStarError`: the document is no problem, a setting is wrong, the journal cannot be
        written."""
        return await asyncio.shield(self._started)

    async def ended(self) -> None:
        """Wait until the run has ended or was cancelled.
        Raises :class:`SStarError`: what made the run fail."""
        waited: set[asyncio.Future[Any]] = {self._task, self._cancelled}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()

    # --- the run ----------------------------------------------------------------------------------

    async def _run(self) -> RunState:
        """The run, from its start to its end; each failure is one of our errors and ends the progress."""
        try:
            return await self._solve()
        except asyncio.CancelledError:
            self._started.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # the outer edge of a run
            self.error = failure = ours(error, "a run of the editor")
            if isinstance(failure, ModelAuthError):
                self._context.keys.refused(self._origins)
            if isinstance(failure, ModelMissing):
                self._context.models.forget()
            self._progress.end("failed", str(failure))
            if not self._started.done():
                self._started.set_exception(failure)
                self._started.exception()  # marks it as read: not everyone waits for the start
            raise failure from None

    async def _solve(self) -> RunState:
        handle = await self._start()
        self._started.set_result(handle)
        if self._cancelled.done():  # while it was starting
            await handle.cancel()
        self._context.editor.changed(self.uri)
        is_ceiling_told = False
        async for state in handle.follow():
            if state.candidates:
                self._context.gc_policy.run_sampled()
            if handle.ceiling_text and not is_ceiling_told:
                is_ceiling_told = True
                self._context.editor.log_info(
                    f"{self.problem.title if self.problem else ''}: {handle.ceiling_text}"
                )
            self._progress.report(progress_text(state, handle.phase), " · ".join(handle.details))
        state = await handle.wait()
        self._progress.end(handle.status.value)
        return state

    async def _start(self) -> RunHandle:
        context, params = self._context, self.params
        await context.settings.received()
        service = await context.service()
        if isinstance(params, SolveParams):
            problem, settings = await asyncio.to_thread(self._read, params)
            self._log_caps()
            assert self.document is not None
            self.problem = problem
            await service.guard.refuse(self.document.text, settings.contest)
            settings = await self._with_keys_and_model(settings)
            document = str(self.document.path or params.uri)
            own = documents.own_code(self.document, self.selection) if params.own else None
            if own == "":
                raise RunError(
                    "there is no program to repair: it wants a source file with the problem as comment."
                )
            self.handle = await service.solve(problem, settings, document, own_code=own)
        else:
            settings = await asyncio.to_thread(self._settings, params)
            self._log_caps()
            settings = await self._with_keys_and_model(settings)
            self.handle = await service.resume(params.run_id, settings)
            self.problem = self.handle.state.problem
        if not self._cancelled.done():
            self._progress.begin(self.problem.title)
            if params.work_done_token is None and context.editor.client.work_done_progress:
                context.editor.spawn(self._progress.bar.create())
        return self.handle

    async def _with_keys_and_model(self, settings: Settings) -> Settings:
        service = await self._context.service()
        self._origins = await self._context.keys.provide(service, settings)
        return await self._context.models.with_model(service, settings)

    def _read(self, params: SolveParams) -> tuple[Problem, Settings]:
        """Problem and settings, read on a thread."""
        from sstar_lsp.problems.reader import read_document

        self.document = document = self.document or documents.saved_text(params.uri)
        problem = read_document(document.text, document.path, selection=self.selection)
        return problem, self._settings(params)

    def _settings(self, params: SolveParams | ResumeParams) -> Settings:
        options, settings = dict(params.options), self._context.settings
        if isinstance(params, ResumeParams):  # a run that goes on keeps its own search: no folder counts
            return settings.of_run(None, options, self._cap_notes.append, in_workspace=False)
        if params.language:
            options["language"] = params.language
        return settings.of_run(path_of(self.uri), options, self._cap_notes.append)

    def _log_caps(self) -> None:
        """Log where caps were held down or lifted; on the loop, since settings are read on a thread."""
        for line in self._cap_notes:
            self._context.editor.log_warning(line)

    def _counts(self, status: str) -> RunProgress | None:
        """``sstar/progress`` as it is now."""
        if (handle := self.handle) is None:
            return None
        state = handle.state
        seconds = asyncio.get_running_loop().time() - self._started_at + state.seconds_before
        return {
            "runId": handle.run_id,
            "uri": self.uri,
            "title": self.problem.title if self.problem is not None else "",
            "status": status,
            "phase": handle.phase,
            "text": progress_text(state, handle.phase),
            "details": " · ".join(handle.details),
            "program": list(handle.arriving.program(PROGRAM_LINES)),
            **counts(state),
            "seconds": round(state.decided.seconds if state.decided is not None else seconds, 3),
        }


@define(eq=False)
class DocumentRun:
    """A run of a document, active or journaled."""

    uri: str
    active: ActiveRun | None = None
    """None: of an earlier session (or of another process)."""
    journaled: RunState | None = None
    """The state of a run that is not this session's."""
    is_elsewhere: bool = False
    """Another process goes on with it now."""
    _evidence: tuple[RunState, Evidence] | None = field(default=None, init=False)

    @property
    def state(self) -> RunState | None:
        """None until the run has begun."""
        state = self.journaled
        if self.active is not None:
            state = self.active.handle.state if self.active.handle is not None else None
        return state if state is not None and state.started is not None else None

    @property
    def begun(self) -> RunState:
        """The state of a run that has begun. Raises :class:`RunError`: it has not."""
        if (state := self.state) is None:
            raise RunError("the run has not begun: it has nothing to show or test.")
        return state

    @property
    def problem(self) -> Problem | None:
        """None until it is read."""
        if (state := self.state) is not None:
            return state.problem
        return self.active.problem if self.active is not None else None

    @property
    def run_id(self) -> str | None:
        """None until the run is journaled."""
        return self.active.run_id if self.active is not None else self.begun.run_id

    @property
    def cancel_params(self) -> dict[str, str]:
        """Parameters that identify this run in ``sstar/cancel``: the run id, or the URI before one exists."""
        return {"runId": self.run_id} if self.run_id is not None else {"uri": self.uri}

    @property
    def is_running(self) -> bool:
        """Going on in this session."""
        return self.active is not None and self.active.is_running

    @property
    def progress_text(self) -> str:
        """Where it stands, for a person."""
        return self.active.progress_text if self.active is not None else progress_text(self.begun, "")

    @property
    def _is_over(self) -> bool:
        return not self.is_running and not self.is_elsewhere

    @property
    def can_be_resumed(self) -> bool:
        """It began, stopped, and nothing was decided."""
        state = self.state
        return self._is_over and state is not None and state.decided is None

    @property
    def result(self) -> Candidate | None:
        """The program that it handed back; None while there is none."""
        from sstar_lsp.engine.report.evidence import best_candidate

        return best_candidate(self.state) if self.state is not None and self._is_over else None

    @property
    def evidence(self) -> Evidence:
        """Why this program; made once for each state (after :meth:`assess` it is in memory).
        Raises :class:`RunError`: the run has not begun."""
        state = self.begun
        if self._evidence is None or self._evidence[0] is not state:
            from sstar_lsp.engine.report.evidence import evidence_of

            self._evidence = (state, evidence_of(state))
        return self._evidence[1]

    async def assess(self) -> Evidence:
        """Make the evidence on a thread: outputs may be long, and other runs and requests go on."""
        if self._evidence is None or self._evidence[0] is not self.begun:
            return await asyncio.to_thread(lambda: self.evidence)
        return self.evidence

    def update(self, state: RunState) -> None:
        """Replace the state (a verdict was absorbed)."""
        if self.active is not None and self.active.handle is not None:
            self.active.handle.state = state
        else:
            self.journaled = state


class RunIndex:
    """The runs that a session knows."""

    def __init__(self, context: RunContext) -> None:
        self.all: list[DocumentRun] = []
        """Newest first; of each document all that go on, and the last that ended."""
        self._context = context

    async def begin(self, params: SolveParams | ResumeParams) -> tuple[DocumentRun, ActiveRun]:
        """Begin a solve, or go on with a run.

        Raises:
            UsageError: the progress token is in use.
            RunError: there is no such run to go on with.
        """
        uri = params.uri if isinstance(params, SolveParams) else (await self.find(params.run_id)).uri
        active = ActiveRun(self._context, params, uri)
        run = DocumentRun(uri, active)
        self.add(run)
        self._context.editor.changed(uri)
        return run, active

    async def cancel(self, params: CancelParams) -> dict[str, list[str]]:
        """``sstar/cancel`` and ``sstar.cancel``: the ids of those runs that were going on."""
        chosen = [
            (run, run.active)
            for run in self.all
            if run.active is not None
            and run.is_running
            and params.run_id in (None, run.run_id)
            and (params.uri is None or same_document(params.uri, run.uri))
        ]
        for _, active in chosen:
            active.cancel()
        return {"cancelled": [run.run_id for run, _ in chosen if run.run_id is not None]}

    def add(self, new: DocumentRun) -> None:
        """Take a new run; forget older ones of its document that have ended (their journals stay)."""
        ended: list[str] = []
        remaining = [new]
        for run in self.all:
            if not run.is_running:
                if len(ended) == ENDED_IN_MEMORY or any(same_document(uri, run.uri) for uri in ended):
                    continue
                ended.append(run.uri)
            remaining.append(run)
        self.all = remaining

    def of(self, uri: str) -> list[DocumentRun]:
        """Runs of a document, newest first."""
        return [run for run in self.all if same_document(run.uri, uri)]

    def running(self, uri: str) -> DocumentRun | None:
        """The newest run of a document that goes on."""
        return next((run for run in self.of(uri) if run.is_running), None)

    def elsewhere(self, uri: str) -> DocumentRun | None:
        """The newest run of a document, where another process goes on with it."""
        return next((run for run in self.of(uri)[:1] if run.is_elsewhere), None)

    def ended(self, uri: str) -> DocumentRun | None:
        """The newest run of a document that has a program, or could go on to one."""
        over = [run for run in self.of(uri) if not run.is_running]
        return next((run for run in over if run.result or run.can_be_resumed), None)

    def get(self, run_id: str) -> DocumentRun | None:
        """A run that is in memory."""
        return next((run for run in self.all if run.run_id == run_id), None)

    async def find(self, run_id: str) -> DocumentRun:
        """A run, from memory or from the journal.
        Raises :class:`RunError`: there is none, or it has not begun."""
        service = await self._context.service()
        if (run := self.get(run_id)) is not None:
            return run
        full_id, state = await service.open_run(run_id)
        if state.started is None:
            raise RunError(f"run {full_id} has not begun: there is nothing to show.")
        return DocumentRun(uri_of_run(await service.store.document_of(full_id)), journaled=state)

    async def is_stale(self, run: DocumentRun) -> bool:
        """Whether the open document's problem has changed since the run began.

        A run of a selection, and a document that is not open or not read yet, are never stale.
        """
        state = run.state
        is_part = run.active is not None and run.active.selection is not None
        if state is None or is_part or not run.uri:
            return False
        if open_text(self._context.editor.workspace, run.uri) is None:
            return False
        now, then = await self._context.problems.at(run.uri), state.problem
        if not isinstance(now, Problem):
            return now is not None
        return now.statement != then.statement or _examples(now) != _examples(then)


def _examples(problem: Problem) -> list[tuple[str, str]]:
    """The tests without where they stand."""
    return [(test.input, test.expected) for test in problem.public_tests]


def uri_of_run(document: str | None) -> str:
    """The URI of what a journal calls its document: a path or a URI."""
    if document is None:
        return ""
    return uri_of(Path(document)) if Path(document).is_absolute() else document
