"""A scripted model server and editors connected to a real ``sstar lsp``."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pytest_lsp import LspSpecificationWarning

from lsp.editor import PROFILES, WORLD, Editor, editor, environment
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import ScriptedServer, serve_scripted


def pytest_configure(config: pytest.Config) -> None:
    """Declare this folder's marks."""
    config.addinivalue_line(
        "markers", "model(make): the scripted model behind the server; faults(…): its faults"
    )
    config.addinivalue_line("markers", "faults(menu): what goes wrong at the model server")


@pytest.fixture(autouse=True)
def specification_warnings_are_errors() -> Iterator[None]:
    """What a server may not send to this client fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", LspSpecificationWarning)
        yield


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[ScriptedServer]:
    """A scripted model over HTTP; a test's ``model`` mark replaces the world."""
    mark = request.node.get_closest_marker("model")
    model = mark.args[0]() if mark else ScriptedModel(WORLD)
    faults = request.node.get_closest_marker("faults")
    async with serve_scripted(model, faults=faults.args[0] if faults else ()) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home where nobody has settings or runs."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
async def vscode(tmp_path: Path, home: Path, server: ScriptedServer) -> AsyncIterator[Editor]:
    """An editor that can do everything."""
    env = environment(home, server.base_url, server.key)
    async with editor(tmp_path / "work", env, PROFILES[0]) as session:
        yield session


@pytest.fixture(params=PROFILES)
async def every_editor(
    request: pytest.FixtureRequest, tmp_path: Path, home: Path, server: ScriptedServer
) -> AsyncIterator[Editor]:
    """Each of the four editors."""
    env = environment(home, server.base_url, server.key)
    async with editor(tmp_path / "work", env, request.param) as session:
        yield session
