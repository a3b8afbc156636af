"""A journal read back from the disk is the run: the same events and the same page, byte for byte, without a model."""

from __future__ import annotations

import json
from pathlib import Path

import cattrs
import pytest

from engine.world import ALWAYS_ONE, COUNTS_VALUES, DIVIDES, PAIRS, RIGHT, RIGHT_TOO, World
from sstar_lsp.engine.report.evidence import evidence_of, evidence_page
from sstar_lsp.engine.run.events import Completed, from_wire, to_wire
from sstar_lsp.engine.run.state import fold
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service
from sstar_lsp.settings import Settings, SolveSettings
from sstar_sandbox import Sandbox


@pytest.mark.parametrize("adaptive", [True, False])
async def test_a_replayed_journal_gives_the_same_events_and_the_same_page_byte_for_byte(
    tmp_path: Path, sandbox: Sandbox, adaptive: bool
) -> None:
    world = World(
        samples=(RIGHT, COUNTS_VALUES, DIVIDES, ALWAYS_ONE, RIGHT_TOO),
        repairs={DIVIDES: (RIGHT_TOO,)},
        inputs=("4\n1 1 -1 -1\n",),
        judge={RIGHT: 1, RIGHT_TOO: 1},
    )
    search = SolveSettings(samples=5, rounds=1, inputs=6, adaptive=adaptive)
    models = Models.all_the_same(ScriptedModel(world))
    async with Service(RunStore(tmp_path), models=models, executor=sandbox) as door:
        handle = await door.solve(PAIRS, Settings(solve=search))
        live = await handle.wait()

    silent = ScriptedModel(())
    later = Service(RunStore(tmp_path), models=Models.all_the_same(silent), executor=sandbox)
    async with later as door:
        _, replayed = await door.open_run("last")
        stored = await door.store.load(handle.run_id)
    events = [from_wire(kind, body) for kind, body in stored]
    assert [json.dumps(to_wire(event)) for event in events] == [json.dumps(list(row)) for row in stored]
    assert fold(events) == replayed == live
    assert evidence_page(replayed).encode() == evidence_page(live).encode()
    assert json.dumps(cattrs.unstructure(evidence_of(replayed))) == json.dumps(
        cattrs.unstructure(evidence_of(live))
    )
    assert silent.calls == []
    requests = [event.request for event in events if isinstance(event, Completed)]
    assert len(requests) == len(set(requests))
