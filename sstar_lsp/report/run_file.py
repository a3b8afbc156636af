"""A run as a file: JSON lines, a header and then the events of its journal.

What is taken in was written by others. It must fold to a run that ended and can be shown whole, its names
must be such as ours, and it belongs to no document of this machine: an import offers no program anywhere and
asks nothing of a model.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from attrs import evolve, frozen

from sstar_lsp.engine.report.evidence import evidence_page
from sstar_lsp.engine.run.events import Event, RunStarted, from_wire, to_wire
from sstar_lsp.engine.run.state import RunState, fold
from sstar_lsp.errors import RunError
from sstar_lsp.records import Status
from sstar_lsp.report.page import report_page
from sstar_lsp.runs.store import Events
from sstar_sandbox import LANGUAGES

VERSION = 1
"""Of the file's form."""
MAX_BYTES = 256 << 20
_NAME = re.compile(r"\w[\w.]{0,39}", re.ASCII)
_RUN_ID = re.compile(r"\w[\w-]{0,39}", re.ASCII)


@frozen
class RunFile:
    """A run that can be taken in."""

    id: str
    title: str
    created: float
    """Unix time in seconds."""
    status: str
    events: Events


def to_file(run_id: str, created: float, events: Events) -> str:
    """The file of a run; where its problem lies on this machine is left out.
    Raises :class:`RunError`: it has not ended, or its journal is damaged."""
    read = [_private(from_wire(kind, body)) for kind, body in events]
    state = _whole(run_id, read)
    header = {"sstar_run": VERSION, "id": run_id, "title": state.problem.title, "created": created}
    wired = ({"kind": kind, "body": body} for kind, body in map(to_wire, read))
    return "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in (header, *wired))


def from_file(raw: bytes) -> RunFile:
    """Read such a file.
    Raises :class:`RunError`: it is none, was cut, or holds what no run of ours does; says where."""
    lines = raw.split(b"\n")
    header = _object(lines[0], 1)
    if header.get("sstar_run") != VERSION:
        raise RunError(
            f'it is no run that sstar runs export wrote (or of a newer version): line 1 wants "sstar_run": {VERSION}.'
        )
    run_id = header.get("id")
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        raise RunError("line 1: the id is none of ours.")
    read: list[Event] = []
    for number, line in enumerate(lines[1:], 2):
        if line:
            entry = _object(line, number)
            kind, body = entry.get("kind"), entry.get("body")
            if not isinstance(kind, str) or not isinstance(body, dict):
                raise RunError(f"line {number}: an event wants a kind and a body.")
            try:
                read.append(_private(from_wire(kind, body)))
            except RunError as error:
                raise RunError(f"line {number}: {error}") from error
    state = _whole(run_id, read)
    created = header.get("created")
    is_time = isinstance(created, int | float) and not isinstance(created, bool) and 0 < created < time.time()
    assert state.decided is not None
    status = state.decided.status.value
    created_s = float(created) if is_time and created else time.time()
    return RunFile(run_id, state.problem.title, created_s, status, [to_wire(event) for event in read])


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RunError(f"line {number} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise RunError(f"line {number} is no JSON object.")
    return value


def _private(event: Event) -> Event:
    """Without the place of the problem on the machine of the run."""
    return evolve(event, document=None) if isinstance(event, RunStarted) else event


def _whole(run_id: str, events: list[Event]) -> RunState:
    """The state, where the events are a run that ended and can be shown.
    Raises :class:`RunError`: they are not."""
    firsts = [place for place, event in enumerate(events) if isinstance(event, RunStarted)]
    if firsts != [0]:
        raise RunError(f"run {run_id}: a journal begins with RunStarted, and has one.")
    try:
        state = fold(events)
        started, decided = state.started, state.decided
        assert started is not None
        if started.run_id != run_id:
            raise RunError(f"run {run_id}: its events are those of another run, {started.run_id[:40]!r}.")
        if decided is None or decided.status is Status.CANCELLED:
            raise RunError(f"run {run_id} has not ended: go on with it first (sstar resume {run_id}).")
        names = [*state.candidates, *state.inputs, *(cluster.id for cluster in state.clusters)]
        strange = [name for name in names if not _NAME.fullmatch(name)]
        strange += [m for cluster in state.clusters for m in cluster.members if m not in state.candidates]
        strange += [c.language for c in state.candidates.values() if c.language not in LANGUAGES]
        if strange:
            raise RunError(f"run {run_id}: {strange[0][:40]!r} is no name of ours.")
        evidence_page(state)
        report_page(state)
    except (LookupError, ValueError, TypeError, ArithmeticError, StopIteration, AssertionError) as error:
        raise RunError(
            f"run {run_id}: its events do not fit together ({type(error).__name__}: {error})."
        ) from error
    return state
