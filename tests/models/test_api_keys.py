"""A key goes to one origin and nowhere else."""

from __future__ import annotations

import pytest

from sstar_lsp.errors import ModelAuthError, UsageError
from sstar_lsp.models.client.api_keys import NO_KEY, is_loopback, key_for, shown, without_keys

BOTH = {"SSTAR_API_KEY": "ours", "OPENAI_API_KEY": "openais"}
OPENAI = {"OPENAI_API_KEY": "openais"}


def test_our_own_key_goes_to_the_configured_address() -> None:
    assert key_for("https://llm.example.org/v1", BOTH) == "ours"
    assert key_for("https://api.openai.com/v1", BOTH) == "ours"


def test_the_openai_key_goes_to_openai() -> None:
    assert key_for("https://api.openai.com/v1", OPENAI) == "openais"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.openai.com/v1",
        "https://api.openai.com.evil.example/v1",
        "https://evil.example/api.openai.com/v1",
        "https://api.openai.com@evil.example/v1",
        "https://eu.api.openai.com/v1",
        "http://127.0.0.1:8000/v1",
    ],
)
def test_the_openai_key_goes_nowhere_else(url: str) -> None:
    assert key_for(url, OPENAI) == NO_KEY


def test_openai_without_a_key_is_an_error_before_anything_is_sent() -> None:
    with pytest.raises(ModelAuthError, match="OPENAI_API_KEY"):
        key_for("https://api.openai.com/v1", {})


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x/v1", "http://", "http://x:notaport/v1"])
def test_what_is_no_address_is_told_what_one_looks_like(url: str) -> None:
    with pytest.raises(UsageError, match=r"http://127\.0\.0\.1:8000/v1"):
        key_for(url, {})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/v1", "http://127.8.9.1:1/", "http://[::1]:8/v1", "http://localhost/"]
)
def test_loopback_is_known_in_all_its_forms(url: str) -> None:
    assert is_loopback(url)


def test_another_machine_is_not_loopback() -> None:
    assert not is_loopback("http://10.0.0.1/v1")
    assert not is_loopback("http://localhost.example.org/v1")


def test_an_address_is_shown_without_its_password_and_query() -> None:
    assert shown("https://me:secret@host:1/v1?key=secret#secret") == "https://host:1/v1"


@pytest.mark.parametrize("key", ["sk-0123\n4567", "sk-0123\r4567", "sk-\u04150123", "sk-0123\x00"])
def test_a_key_that_no_header_can_hold_is_refused_by_name_and_not_shown(key: str) -> None:
    with pytest.raises(ModelAuthError, match="SSTAR_API_KEY is not a key that can be sent") as raised:
        key_for("https://models.example/v1", {"SSTAR_API_KEY": key})
    assert "0123" not in str(raised.value)


def test_a_server_of_ours_starts_without_any_key() -> None:
    keys = {"SSTAR_API_KEY": "a", "SSTAR_API_KEY_JUDGE": "b", "GROQ_API_KEY": "c", "OPENAI_API_KEY": "d"}
    assert without_keys({**keys, "PATH": "/bin", "HF_TOKEN": "of the weights"}) == {
        "PATH": "/bin",
        "HF_TOKEN": "of the weights",
    }
