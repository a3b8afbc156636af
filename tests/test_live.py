"""The loop with a real model: the embedded 0.5B on this CPU, the real sandbox, a real problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from sstar_lsp.engine.report.evidence import best_candidate, evidence_page, is_verified
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Status
from sstar_lsp.service import Service
from sstar_lsp.settings import load_settings

EASIEST = Path(__file__).parent.parent / "examples" / "lower-median" / "problem.md"
TRIES = 3


@pytest.mark.live
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("own_home")
async def test_the_smallest_embedded_model_ends_with_a_chosen_program_within_three_tries() -> None:
    ends = []
    async with Service() as service:
        for seed in range(TRIES):
            layer = {
                "solve": {"samples": 4, "rounds": 1, "inputs": 4, "seed": seed},
                "model": {"model": "0.5b"},
            }
            handle = await service.solve(
                read_problem(EASIEST), load_settings(None, command_line=layer, environ={})
            )
            state = await handle.wait()
            ends.append(handle.status)
            if handle.status is Status.CHOSEN:
                candidate = best_candidate(state)
                assert candidate is not None
                assert "lower_median" in candidate.code
                assert is_verified(state)
                assert candidate.code.strip() in evidence_page(state)
                assert state.usage.completion_tokens > 0
                return
    pytest.fail(f"no try ended chosen: {ends}")
