"""What several rooms' tests need: a state folder and settings of their own, and a real sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest

from sstar_lsp.models.providers import PROVIDERS
from sstar_sandbox import Sandbox, open_sandbox

hypothesis.settings.register_profile("busy machine", deadline=None)
hypothesis.settings.load_profile("busy machine")


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home where nobody has settings, runs or keys; returns its folder."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("SSTAR_BASE_URL", "SSTAR_MODEL", "SSTAR_LANGUAGE", "SSTAR_SAMPLES", "SSTAR_ROUNDS"):
        monkeypatch.delenv(name, raising=False)
    for provider in PROVIDERS:
        monkeypatch.delenv(provider.variable, raising=False)
    monkeypatch.setenv("SSTAR_SERVER_PORTS", "9")  # nobody listens there
    monkeypatch.delenv("SSTAR_API_KEY", raising=False)
    monkeypatch.setenv("SSTAR_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    return home


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The real one."""
    async with open_sandbox(workers=2) as opened:
        yield opened


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    """A problem's file."""
    from engine.serving import STATEMENT

    path = tmp_path / "problem.md"
    path.write_text(STATEMENT, "utf-8")
    return path


SLOW = {
    "test_doctor_model",
    "test_faults",
    "test_function_languages",
    "test_languages",
    "test_resume",
    "test_serve_processes",
    "test_servers",
    "test_selection",
    "test_translation",
}
"""Modules of tests that ``make test-fast`` leaves out: they start servers, compile many
programs, or run a whole search many times."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)
