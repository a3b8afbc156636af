"""Sandboxes shared by the tests of a session: starting one costs more than most tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from sstar_sandbox import Sandbox, SandboxUnavailable, open_sandbox


@pytest.fixture(scope="session")
def cache_dir() -> Iterator[Path]:
    """A cache that boxes can see also when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="sstar-cache-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


async def open_or_skip(cache_dir: Path, tier: str | None) -> Sandbox:
    sandbox = open_sandbox(workers=2, tier=tier, cache_dir=cache_dir)
    try:
        return await sandbox.__aenter__()
    except SandboxUnavailable as error:
        if tier is None:
            raise
        pytest.skip(str(error))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox(cache_dir: Path) -> AsyncIterator[Sandbox]:
    opened = await open_or_skip(cache_dir, None)
    yield opened
    await opened.__aexit__(None, None, None)


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=["bwrap", "userns", "landlock"])
async def each_tier(request: pytest.FixtureRequest, cache_dir: Path) -> AsyncIterator[Sandbox]:
    opened = await open_or_skip(cache_dir, request.param)
    yield opened
    await opened.__aexit__(None, None, None)
