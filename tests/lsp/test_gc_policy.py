"""The collector waits for a moment in which no run goes on."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from sstar_lsp.lsp.gc_policy import GcPolicy

TURNS = 20
"""Of the loop."""


class _Leftover:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _only_by_hand() -> Iterator[None]:
    """No collection but those that are asked for; the other tests' interpreter is left as it was."""
    gc.collect()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


async def _turn_round() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def test_what_runs_left_behind_is_collected_once_none_goes_on() -> None:
    policy = GcPolicy(idle_s=0)
    policy.run_started()
    policy.run_started()
    left = weakref.ref(_Leftover())
    policy.run_ended()
    await _turn_round()
    assert left() is not None, "another run goes on"
    policy.run_ended()
    await _turn_round()
    assert left() is None


async def test_a_new_run_puts_the_collection_off() -> None:
    policy = GcPolicy(idle_s=0)
    policy.run_started()
    left = weakref.ref(_Leftover())
    policy.run_ended()
    policy.run_started()
    await _turn_round()
    assert left() is not None


async def test_what_was_frozen_is_looked_through_when_there_is_time() -> None:
    policy = GcPolicy(idle_s=0)
    left = weakref.ref(_Leftover())
    policy.imports_done()
    gc.collect()
    assert left() is not None
    assert gc.get_freeze_count() > 0
    policy.run_started()
    policy.run_ended()
    await _turn_round()
    assert left() is None
