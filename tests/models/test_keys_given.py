"""Keys that do not come from the environment: the editor's and the keyring's, each for its own origin."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from sstar_lsp.models.client.api_keys import Keys, entry_of, key_for, origins_of, stored_key
from sstar_lsp.settings import ModelSettings, RoleSettings

HERE = "https://models.example/v1"
ORIGIN = "https://models.example:443"


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """The system's keyring, in memory; one entry raises as a locked one does."""
    kept: dict[tuple[str, str], str] = {}
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")

    class KeyringError(Exception):
        """As the package's own."""

    def get_password(service: str, user: str) -> str | None:
        if user == "https://locked.example:443":
            raise KeyringError
        return kept.get((service, user))

    module.get_password = get_password  # type: ignore[attr-defined]
    module.errors = errors  # type: ignore[attr-defined]
    errors.KeyringError = KeyringError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return kept


async def test_the_editors_key_goes_before_the_environments_and_to_its_origin_alone() -> None:
    keys = Keys({"SSTAR_API_KEY": "from the environment"})
    keys.give(ORIGIN, "from the editor")
    environ = await keys.environ_for(ModelSettings(base_url=HERE))
    assert key_for(HERE, environ) == "from the editor"
    assert key_for("https://elsewhere.example/v1", environ) == "from the environment"


async def test_the_keyring_is_asked_last(keyring: dict[tuple[str, str], str]) -> None:
    keyring["sstar", ORIGIN] = "from the keyring"
    settings = ModelSettings(base_url=HERE)
    assert key_for(HERE, await Keys({}).environ_for(settings)) == "from the keyring"
    own = {"SSTAR_API_KEY": "from the environment"}
    assert key_for(HERE, await Keys(own).environ_for(settings)) == "from the environment"


async def test_no_keyring_is_asked_for_this_machine(keyring: dict[tuple[str, str], str]) -> None:
    keyring["sstar", "http://127.0.0.1:8000"] = "not needed"
    environ = await Keys({}).environ_for(ModelSettings(base_url="http://127.0.0.1:8000/v1"))
    assert entry_of("http://127.0.0.1:8000") not in environ


@pytest.mark.usefixtures("keyring")
def test_a_keyring_that_is_locked_or_empty_has_no_key() -> None:
    assert stored_key("https://locked.example:443") is None
    assert stored_key(ORIGIN) is None


def test_without_the_package_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert stored_key(ORIGIN) is None


def test_a_new_key_makes_new_connections_and_the_same_one_does_not() -> None:
    keys = Keys({})
    keys.give(ORIGIN, "a")
    first = keys.version
    keys.give(ORIGIN, "a")
    assert keys.version == first
    keys.give(ORIGIN, "b")
    assert keys.version > first


def test_every_address_in_the_settings_is_known_by_its_origin() -> None:
    settings = ModelSettings(
        base_url="https://a.example/v1, https://b.example:8443/v1",
        judge=RoleSettings(base_url="http://127.0.0.1:8000/v1"),
        writer=RoleSettings(base_url="https://a.example/other"),
    )
    assert origins_of(settings) == [
        "https://a.example:443",
        "https://b.example:8443",
        "http://127.0.0.1:8000",
    ]
    assert origins_of(ModelSettings()) == []
