"""Which key goes to which address.

A room of its own because a key sent to the wrong origin is gone: the one place that reads keys from
the environment is small enough to be read whole.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from sstar_lsp.errors import ModelAuthError, UsageError

NO_KEY = "EMPTY"
"""What is sent where no key is set; servers without keys ignore it."""

OPENAI_HOST = "api.openai.com"


def key_for(base_url: str, environ: Mapping[str, str]) -> str:
    """The key to send to ``base_url``, the address that the user configured.

    ``SSTAR_API_KEY`` belongs to that address whatever it is. ``OPENAI_API_KEY`` goes to
    ``https://api.openai.com`` and nowhere else. Without a key: :data:`NO_KEY`.

    Raises :class:`ModelAuthError` where the address is known to want a key and there is none, and
    :class:`UsageError` where the address is no address.
    """
    own = environ.get("SSTAR_API_KEY", "").strip()
    if own:
        return own
    parts = _split(base_url)
    if parts.hostname == OPENAI_HOST and parts.scheme == "https":
        key = environ.get("OPENAI_API_KEY", "").strip()
        if not key:
            raise ModelAuthError(
                f"{OPENAI_HOST} wants a key and none is set: set SSTAR_API_KEY or OPENAI_API_KEY"
            )
        return key
    return NO_KEY


def is_loopback(base_url: str) -> bool:
    """Whether the address is this machine (proxies must not see it)."""
    host = _split(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(base_url: str) -> str:
    """Scheme, host and port, as ``https://api.openai.com:443``."""
    parts = _split(base_url)
    port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port}"


def shown(base_url: str) -> str:
    """The address as messages and logs may show it: no user, password, query or fragment."""
    parts = urlsplit(base_url)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


def _split(base_url: str):  # type: ignore[no-untyped-def]  # the stub's result type is private
    parts = urlsplit(base_url)
    try:
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        port_ok = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok:
        raise UsageError(
            f"not the address of a model server: {shown(base_url)!r}. "
            "It looks like http://127.0.0.1:8000/v1 or https://api.openai.com/v1"
        )
    return parts
