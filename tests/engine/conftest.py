"""The tests of a file share one sandbox and one event loop: starting a sandbox takes longer than most tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from sstar_sandbox import Sandbox, open_sandbox

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Run every async test of this folder in the loop of its file, where the sandbox lives."""
    in_its_file = pytest.mark.asyncio(loop_scope="module")
    for item in items:
        if FOLDER in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(in_its_file, append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """The real one."""
    async with open_sandbox(workers=2) as opened:
        yield opened
