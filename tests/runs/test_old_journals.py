"""A journal of an older version opens, shows, judges and resumes.

``journals/version-1.sql`` is the dump of a journal that the engine of November 2026 (commit da89d1c) wrote: a run that ended with a choice, and one that was
cancelled while its judge was asked. Both were asked of a scripted model.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from engine.world import RIGHT
from test_service import QUICK, service

from sstar_lsp.engine.report.evidence import evidence_page
from sstar_lsp.engine.run.events import Purpose, Role, VoteOutcome
from sstar_lsp.engine.run.policy import POLICY_OF_OLD_JOURNALS
from sstar_lsp.records import Status, candidate_id
from sstar_lsp.service import answer_of

DUMP = Path(__file__).parent / "journals/version-1.sql"
CHOSEN, CANCELLED = "1123-aaaaaa", "1123-bbbbbb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder as the older version left it."""
    with sqlite3.connect(tmp_path / "runs.sqlite3") as database:
        database.executescript(DUMP.read_text("utf-8"))
    return tmp_path


async def test_its_runs_are_listed_and_shown(folder: Path) -> None:
    async with service(folder) as door:
        assert {run.id: run.status for run in await door.list_runs()} == {
            CHOSEN: "chosen",
            CANCELLED: "stopped",
        }
        _, state = await door.open_run(CHOSEN)
    answer = answer_of(CHOSEN, state)
    assert (answer["status"], answer["code"]) == ("chosen", RIGHT)
    assert "won 1 of 1 duel" in evidence_page(state)


async def test_its_events_tell_as_facts_what_their_words_and_ids_told(folder: Path) -> None:
    async with service(folder) as door:
        _, state = await door.open_run(CHOSEN)
    candidates = state.candidates.values()
    assert len(candidates) > 1
    assert [candidate_id(*candidate.order) for candidate in candidates] == [c.id for c in candidates]
    assert {(reply.role, reply.kind) for reply in state.completions.values()} >= {
        (Role.WRITER, Purpose.SAMPLE),
        (Role.JUDGE, Purpose.JUDGE),
    }
    assert {vote.outcome for duel in state.duels for vote in duel.votes} == {VoteOutcome.NAMED}
    assert state.policy == POLICY_OF_OLD_JOURNALS


async def test_a_person_may_overrule_it(folder: Path) -> None:
    async with service(folder) as door:
        _, state = await door.open_run(CHOSEN)
        decided_on = state.duels[0].input_ids[0]
        loser = next(group for group in state.clusters if group.id != state.duels[0].winner)
        output = state.outcomes[loser.members[0]][decided_on].output
        judged = await door.judge(CHOSEN, decided_on, {"expected": output})
    assert judged.decided is not None
    assert judged.decided.candidate_id in loser.members


async def test_a_cancelled_one_goes_on_to_the_same_choice_and_pays_nothing_twice(folder: Path) -> None:
    async with service(folder) as door:
        _, before = await door.open_run(CANCELLED)
        handle = await door.resume(CANCELLED, QUICK)
        state = await handle.wait()
    assert state.decided is not None
    assert (state.decided.status, state.decided.candidate_id) == (Status.CHOSEN, "c1")
    assert before.completions.items() <= state.completions.items()
