"""A whole run against servers of every kind: what was paid is kept, what was answered is not asked again, and an end comes.

160 behaviours, drawn by :mod:`models.servers` from ten kinds; each has a real HTTP server on the loopback interface.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from engine.world import PAIRS, Memory, settings
from models.servers import DRAFT, KEY, MODEL, Behaviour, Server, behaviours, serving
from models.test_faults import AllRight

from sstar_lsp.engine.run.events import Completed
from sstar_lsp.engine.run.state import RunState, apply
from sstar_lsp.engine.solve import solve
from sstar_lsp.errors import SStarError
from sstar_lsp.models.client.rate_limiter import RateLimiters
from sstar_lsp.models.factory import connect
from sstar_lsp.records import Status
from sstar_lsp.settings import ModelSettings

SAMPLES = 3
MOST_S = 30.0
"""Of a run; it takes a tenth of a second on a quiet machine."""


async def run(server: Server, folder: Path, journal: Memory) -> RunState:
    """Connect, look what the server can do, solve."""
    own = {"SSTAR_STATE_DIR": str(folder), "SSTAR_API_KEY": KEY}
    place = ModelSettings(f"http://127.0.0.1:{server.port}/v1", MODEL, idle_timeout_s=1.0, patience_s=0.3)
    state = RunState()
    async with asyncio.timeout(MOST_S), AsyncExitStack() as stack:
        models = await connect(place, stack, own, lambda _words: None, RateLimiters())
        asked = settings(samples=SAMPLES, inputs=0, seed=30_000)
        async for event in solve(PAIRS, asked, models, AllRight(), journal, None):
            state = apply(state, event)
    return state


@pytest.mark.parametrize("behaviour", [*behaviours()], ids=lambda one: one.name)
async def test_a_run_ends_well_or_with_words_and_loses_nothing_that_was_paid(
    behaviour: Behaviour, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Memory()
    error: SStarError | None = None
    async with serving(behaviour) as server:
        try:
            state = await run(server, tmp_path, journal)
        except SStarError as failure:
            error = failure
    texts = [event.text for event in journal.of(Completed)]
    if behaviour.expected is not None:
        assert type(error) is behaviour.expected
        assert behaviour.words in str(error)
        assert len(server.asked) <= 40, "a server that refuses is not asked for ever"
    else:
        assert error is None
        assert state.decided is not None
        assert state.decided.status is Status.CHOSEN
        assert not [text for text in texts if DRAFT in text]
    if not behaviour.paid_and_unusable:
        kept = [text.strip() for text in texts]
        assert [text for text in server.whole if text.strip() not in kept] == []
        assert server.twice == []
    written = [path.read_text() for path in tmp_path.iterdir()]  # noqa: ASYNC240  # small files
    assert KEY not in f"{error} {journal.events!r} {caplog.text} {written}"
