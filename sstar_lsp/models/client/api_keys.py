"""Which key goes to which address. No other module reads keys from the environment."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from sstar_lsp.errors import ModelAuthError, UsageError
from sstar_lsp.models.providers import BY_ORIGIN, PROVIDERS
from sstar_lsp.settings import ModelSettings

NO_KEY = "EMPTY"
"""What is sent where no key is set; servers without keys ignore it."""

OPENAI_HOST = "api.openai.com"
BLOT = "[key]"
"""What stands where a key was."""
LEAST_SECRET = 8
"""Characters; what is shorter is no secret, and stands in ordinary texts."""


def key_for(base_url: str, environ: Mapping[str, str], role: str | None = None) -> str:
    """The key to send to ``base_url``, an address that the user configured.

    ``SSTAR_API_KEY`` belongs to the common address (``model.base_url``) whatever it is; the address of a
    ``role`` has its own, ``SSTAR_API_KEY_JUDGE`` and so on, and never gets the common one. A provider's
    variable (``OPENAI_API_KEY`` and the others of :mod:`sstar_lsp.models.providers`) goes to that provider's
    origin, on https, and nowhere else. Without a key: :data:`NO_KEY`.

    A key that was given for the address's origin (see :func:`entry_of`) goes before all of these.

    Raises :class:`ModelAuthError` where the address is known to want a key and there is none, or the key
    cannot be sent, and :class:`UsageError` where the address is no address.
    """
    given = environ.get(entry_of(origin_of(base_url)), "")
    if given:
        return _sendable(given, f"the key that was given for {origin_of(base_url)}")
    variable = "SSTAR_API_KEY" if role is None else f"SSTAR_API_KEY_{role.upper()}"
    own = environ.get(variable, "").strip()
    if own:
        return _sendable(own, variable)
    provider = BY_ORIGIN.get(origin_of(base_url))
    if provider is not None:
        key = _sendable(provider.key(environ), provider.variable)
        if not key:
            raise ModelAuthError(
                f"{provider.title} wants a key and none is set: set {variable} or {provider.variable}"
            )
        return key
    return NO_KEY


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment for a server of ours, which needs no key of a provider and may show what it has."""
    variables = {provider.variable for provider in PROVIDERS}
    return {
        name: value
        for name, value in environ.items()
        if name not in variables and not name.startswith("SSTAR_API_KEY")
    }


def _sendable(key: str, source: str) -> str:
    """The key, where a header can hold it (RFC 9110 §5.5)."""
    odd = next((at for at, letter in enumerate(key) if not " " <= letter <= "~"), None)
    if odd is None:
        return key
    kind = "letter outside ASCII" if key[odd].isprintable() else "control character"
    raise ModelAuthError(
        f"{source} is not a key that can be sent: its character {odd + 1} of {len(key)} is a {kind}. Nothing was "
        "sent: copy the key anew"
    )


class Blot:
    """Replaces an address's secrets in texts, in every form in which a server may have written them."""

    def __init__(self, base_url: str, key: str) -> None:
        parts = urlsplit(base_url)
        login = parts.netloc.rpartition("@")[0]
        named = [
            value for name, value in parse_qsl(parts.query) if re.search("(?i)key|token|secret|sig", name)
        ]
        secrets = [
            key,
            parts.password or "",
            base64.b64encode(login.encode()).decode() if login else "",
            *named,
        ]
        forms = {
            form
            for secret in secrets
            if len(secret) >= LEAST_SECRET
            for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], secret.replace("/", "\\/"))
        }
        self._forms = sorted(forms, key=len, reverse=True)
        self._first = {form[0] for form in self._forms}
        self._pattern = re.compile("|".join(map(re.escape, self._forms))) if forms else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(BLOT, text) if self._pattern is not None else text

    def begun_at(self, text: str) -> int:
        """Where the end of the text may be the beginning of a secret; its length where it is not."""
        longest = len(self._forms[0]) if self._forms else 0
        return next(
            (
                at
                for at in range(max(0, len(text) - longest), len(text))
                if text[at] in self._first and any(form.startswith(text[at:]) for form in self._forms)
            ),
            len(text),
        )


def entry_of(origin: str) -> str:
    """Where a key that an editor or the keyring gave for an origin stands among the variables.

    No real environment has such a name: it exists only in mappings of this process.
    """
    return f"SSTAR_API_KEY@{origin}"


def origins_of(settings: ModelSettings) -> list[str]:
    """Origins of all addresses in the settings, each once. Raises :class:`UsageError` for what is none."""
    roles = (settings.writer, settings.debugger, settings.input_writer, settings.judge)
    given = ",".join(filter(None, (settings.base_url, *(role.base_url for role in roles))))
    return list(dict.fromkeys(origin_of(url.strip()) for url in given.split(",") if url.strip()))


def stored_key(origin: str) -> str | None:
    """The key that the system's keyring has for an origin (service ``sstar``); None if there is none.

    Blocks: call it on a thread. The package ``keyring`` is optional.
    """
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password("sstar", origin) or None
    except (KeyringError, RuntimeError, OSError):  # no keyring on this machine, or it is locked
        return None


class Keys:
    """The keys of one process: the environment's, and those that an editor or the keyring gave."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._given: dict[str, str] = {}
        self.version = 0
        """Grows whenever a key changes, so that connections made with the old one are not used again."""

    def give(self, origin: str, key: str) -> None:
        """An editor told the key of an origin."""
        if self._given.get(origin) != key:
            self._given[origin] = key
            self.version += 1

    async def environ_for(self, settings: ModelSettings) -> Mapping[str, str]:
        """The variables to connect with; the keyring is asked only where nobody else has a key."""
        entries = {entry_of(origin): key for origin, key in self._given.items()}
        if not any(name.startswith("SSTAR_API_KEY") and value for name, value in self._environ.items()):
            for origin in origins_of(settings):
                if origin not in self._given and not is_loopback(origin):
                    key = await asyncio.to_thread(stored_key, origin)
                    entries |= {entry_of(origin): key} if key else {}
        return {**self._environ, **entries}


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
