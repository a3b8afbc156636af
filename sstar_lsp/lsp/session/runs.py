"""Which runs a document has: those of this session, and the newest one of earlier sessions.

A run outlives its editor in the journal. So what is offered in a document (lenses, actions, diagnostics,
hovers) is asked of :class:`Runs` and never of a job alone.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

from sstar_lsp.errors import RunError, SStarError
from sstar_lsp.lsp.session.documents import path_of, same_document, uri_of

if TYPE_CHECKING:
    from sstar_lsp.engine.report.evidence import Evidence
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.lsp.session.active_runs import ActiveRun
    from sstar_lsp.records import Candidate, Problem
    from sstar_lsp.service import Service

ENDED_AT_HAND = 32
"""So many ended runs of a session stay in memory; older ones are read from the journal."""
RECALLED_RUNS = 200
"""So many of the newest runs are looked through for those of a document."""
LOOK_S = 2.0
"""Between two looks at what other processes do with a document."""


@define(eq=False)
class DocumentRun:
    """A run of a document."""

    uri: str
    job: ActiveRun | None = None
    """None: of an earlier session (or of another process)."""
    journaled: RunState | None = None
    """The state of a run without a job."""
    is_elsewhere: bool = False
    """Another process goes on with it now."""
    _evidence: tuple[RunState, Evidence] | None = field(default=None, init=False)

    @property
    def state(self) -> RunState | None:
        """None until the run is journaled."""
        if self.job is not None:
            return self.job.handle.state if self.job.handle is not None else None
        return self.journaled

    @property
    def problem(self) -> Problem | None:
        """None until it is read."""
        state = self.state
        if state is not None and state.started is not None:
            return state.problem
        return self.job.problem if self.job is not None else None

    @property
    def run_id(self) -> str | None:
        """None until the run is journaled."""
        if self.job is not None:
            return self.job.run_id
        assert self.journaled is not None
        assert self.journaled.started is not None
        return self.journaled.started.run_id

    @property
    def named(self) -> dict[str, str]:
        """How a cancel means it: by its id, or by its document while it has none."""
        return {"runId": self.run_id} if self.run_id is not None else {"uri": self.uri}

    @property
    def is_running(self) -> bool:
        """Going on in this session."""
        return self.job is not None and self.job.is_running

    @property
    def standing(self) -> str:
        """Where it stands, for a person."""
        if self.job is not None:
            return self.job.standing
        from sstar_lsp.lsp.session.progress import progress_text

        assert self.journaled is not None
        return progress_text(self.journaled, "")

    @property
    def shown(self) -> tuple[bool, str]:
        """What a person sees of a run without a job."""
        return self.is_elsewhere, self.standing

    @property
    def can_be_resumed(self) -> bool:
        """It began, stopped, and nothing was decided."""
        state = self.state
        is_over = not self.is_running and not self.is_elsewhere
        return is_over and state is not None and state.started is not None and state.decided is None

    @property
    def result(self) -> Candidate | None:
        """The program that it handed back; None while there is none."""
        from sstar_lsp.engine.report.evidence import best_candidate

        is_over = not self.is_running and not self.is_elsewhere
        return best_candidate(self.state) if self.state is not None and is_over else None

    @property
    def evidence(self) -> Evidence | None:
        """Why this program; made once for each state (after :meth:`assess` it is at hand)."""
        state = self.state
        if state is None or state.started is None:
            return None
        if self._evidence is None or self._evidence[0] is not state:
            from sstar_lsp.engine.report.evidence import evidence_of

            self._evidence = (state, evidence_of(state))
        return self._evidence[1]

    async def assess(self) -> Evidence | None:
        """Make the evidence, on a thread: outputs may be long, and other runs and requests go on."""
        state = self.state
        if state is None or state.started is None:
            return None
        if self._evidence is None or self._evidence[0] is not state:
            from sstar_lsp.engine.report.evidence import evidence_of

            self._evidence = (state, await asyncio.to_thread(evidence_of, state))
        return self._evidence[1]

    def take(self, state: RunState) -> None:
        """The run has changed (a verdict was absorbed)."""
        if self.job is not None and self.job.handle is not None:
            self.job.handle.state = state
        else:
            self.journaled = state


class RunIndex:
    """The runs that a session knows."""

    def __init__(self) -> None:
        self.all: list[DocumentRun] = []
        """Newest first; of each document all that go on, and the last that ended."""
        self._looks: dict[str, tuple[float, asyncio.Task[None]]] = {}
        """When an open document's runs were last looked up, and the task that does."""

    def add(self, known: DocumentRun) -> None:
        """A new run; an older one of the same document that has ended is forgotten (its journal stays)."""
        ended: list[str] = []
        kept = [known]
        for old in self.all:
            if not old.is_running:
                if len(ended) == ENDED_AT_HAND or any(same_document(uri, old.uri) for uri in ended):
                    continue
                ended.append(old.uri)
            kept.append(old)
        self.all = kept

    def of(self, uri: str) -> list[DocumentRun]:
        """Runs of a document, newest first."""
        return [known for known in self.all if same_document(known.uri, uri)]

    def running(self, uri: str) -> DocumentRun | None:
        """The newest run of a document that goes on."""
        return next((known for known in self.of(uri) if known.is_running), None)

    def elsewhere(self, uri: str) -> DocumentRun | None:
        """The newest run of a document, where another process goes on with it."""
        return next((known for known in self.of(uri)[:1] if known.is_elsewhere), None)

    def ended(self, uri: str) -> DocumentRun | None:
        """The newest run of a document that has a program, or could go on to one."""
        over = [known for known in self.of(uri) if not known.is_running]
        return next((known for known in over if known.result or known.can_be_resumed), None)

    def get(self, run_id: str) -> DocumentRun | None:
        """A run that is at hand."""
        return next((known for known in self.all if known.run_id == run_id), None)

    async def find(self, service: Service, run_id: str) -> DocumentRun:
        """A run, at hand or from the journal.

        Raises:
            RunError: there is none, or it has not begun.
        """
        known = self.get(run_id)
        if known is None:
            found, state = await service.open_run(run_id)
            if state.started is None:
                raise RunError(f"run {found} has not begun: there is nothing to show.")
            known = DocumentRun(uri_of_run(await service.store.document_of(found)), journaled=state)
        return known

    # --- what earlier sessions left, and what other windows do ---------------------------------------

    async def recalled(self, uri: str) -> None:
        """Wait until the newest journaled run of an open document is known, if there is one."""
        if (look := self._looks.get(uri)) is not None:
            await asyncio.shield(look[1])

    def recall(self, uri: str, task: asyncio.Task[None]) -> None:
        """Note that a document's runs are being looked up."""
        self._looks[uri] = asyncio.get_running_loop().time(), task

    def is_worth_a_look(self, uri: str) -> bool:
        """Whether an open document's runs were last looked up a while ago."""
        look = self._looks.get(uri)
        return look is not None and look[1].done() and asyncio.get_running_loop().time() - look[0] >= LOOK_S

    def forget(self, uri: str) -> None:
        """A document was closed: what was looked up for it is looked up again when it is opened."""
        self._looks.pop(uri, None)
        self.all = [k for k in self.all if k.job is not None or not same_document(k.uri, uri)]

    async def look_up(self, service: Service, uri: str) -> bool:
        """Take the newest journaled run of a document and of the statement beside a program; whether there is news."""
        try:
            listed = await service.list_runs(RECALLED_RUNS)
        except SStarError:
            return False
        place, seen, is_news = _place(uri), set[str](), False
        for run in listed:
            document = uri_of_run(run.document)
            if not document or _place(document) != place or document in seen:
                continue
            known = self.get(run.id)
            if known is None or known.is_elsewhere:
                try:
                    _, state = await service.open_run(run.id)
                except SStarError:
                    continue
                if state.started is None:
                    continue
                before = known.shown if known is not None else None
                if known is None:
                    known = DocumentRun(document)
                    self.all.insert(0, known)
                known.journaled, known.is_elsewhere = state, run.is_alive and run.status == "running"
                is_news = is_news or known.shown != before
            seen.add(document)
        for old in [each for each in self.all if each.job is None][ENDED_AT_HAND:]:
            self.all.remove(old)
        return is_news


def _place(uri: str) -> object:
    """What a document and the program beside it have in common: the path without its ending."""
    path = path_of(uri)
    return path.with_suffix("") if path is not None else uri


def uri_of_run(document: str | None) -> str:
    """The URI of what a journal calls its document: a path or a URI."""
    if document is None:
        return ""
    return uri_of(Path(document)) if Path(document).is_absolute() else document
