"""One JSON-ready object about a run, for the terminal and for editors."""

from __future__ import annotations

import cattrs

from sstar_lsp.engine.report.evidence import Evidence, best_candidate, evidence_of, is_verified
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Status


def answer_of(
    run_id: str, state: RunState, error: BaseException | None = None, evidence: Evidence | None = None
) -> dict[str, object]:
    """One JSON-ready object about a run: what ``sstar solve --json`` and ``sstar/solve`` answer.

    Keys: ``status``, ``run_id``, ``language``, ``code`` (or null), ``verified``, ``evidence``, ``usage``,
    ``wall_s`` and, where the run failed, ``error``. ``evidence`` is that of the state, where it is made
    already.
    """
    candidate = best_candidate(state)
    status = state.decided.status if state.decided else Status.FAILED if error else Status.CANCELLED
    started = state.started
    answer: dict[str, object] = {
        "status": status.value,
        "run_id": run_id,
        "language": candidate.language if candidate else (started.settings.language if started else None),
        "code": candidate.code if candidate else None,
        "verified": is_verified(state) if started else False,
        "evidence": cattrs.unstructure(evidence or evidence_of(state)) if started else None,
        "usage": {"calls": state.calls, **cattrs.unstructure(state.usage)},
        "wall_s": state.decided.seconds if state.decided else state.seconds_before,
    }
    if error is not None:
        answer["error"] = str(error)
    return answer
