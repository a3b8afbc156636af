"""Settings that the editor sends: the same schema as everywhere, checked when they arrive.

They come as ``initializationOptions``, by ``workspace/didChangeConfiguration`` (section ``sstar``), or are
asked for by ``workspace/configuration``; the newest that is valid counts as a whole.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sstar_lsp.errors import UsageError
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.settings import Layer, Settings, Trust, load_settings, settings_from

log = logging.getLogger("sstar.lsp")

SECTION = "sstar"
ANSWER_TIMEOUT_S = 2.0
"""A solve waits so long for the editor to answer what its settings are."""
_LOOKS_LIKE_A_KEY = re.compile(
    r"(api[-_]?)?key|.*(apikey|api_key|secret|password|credential).*", re.IGNORECASE
)


def _refuse_keys(values: Mapping[str, Any], where: str) -> None:
    for name, value in values.items():
        path = f"{where}.{name}" if where else str(name)
        if isinstance(value, Mapping):
            _refuse_keys(value, path)
        elif _LOOKS_LIKE_A_KEY.fullmatch(str(name)):
            raise UsageError(
                f"editor: '{path}' is refused: a key does not belong into settings, which are synchronised and "
                "shown. Set SSTAR_API_KEY in the environment of the editor."
            )


def _plain(values: Any, schema: Any) -> Any:
    """The values that are set: without null, and without an empty list for a section.

    ``schema`` is the section's default settings; None if there is no such section.
    """
    if not isinstance(values, Mapping):
        return values
    known = {str(key): (value, getattr(schema, str(key), None)) for key, value in values.items()}
    return {
        key: _plain(value, default)
        for key, (value, default) in known.items()
        if value is not None
        and not (is_unset(value) and (attrs.has(type(default)) or isinstance(default, Mapping)))
    }


def is_unset(sent: Any) -> bool:
    """Whether nothing is set: an empty table of Lua and of Vim is an empty list in JSON."""
    return sent is None or (isinstance(sent, Mapping | list | str) and not sent)


def section_of(sent: Any) -> Any:
    """Our part of what ``didChangeConfiguration`` carried: the section where there is one, else all.

    None if all of it is meant for other servers, as by editors that send each server everything.
    """
    if not isinstance(sent, Mapping) or is_unset(sent):
        return sent
    if SECTION in sent:
        return sent[SECTION]
    return sent if any(attribute.name in sent for attribute in attrs.fields(Settings)) else None


def checked(sent: Any) -> dict[str, Any]:
    """The editor's layer.
    Raises :class:`UsageError`: no object, an unknown key, a wrong value, or an API key; the message names
    it."""
    if is_unset(sent):
        return {}
    if not isinstance(sent, Mapping):
        raise UsageError(f"editor: the settings want an object with sections, got {sent!r}.")
    _refuse_keys(sent, "")
    values: dict[str, Any] = _plain(sent, Settings())
    settings_from([Layer("editor", values, Trust.GUEST)])
    return values


class EditorSettings:
    """The settings of a session: what the editor sent, over what the environment and files say."""

    def __init__(self, editor: Editor, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self._editor = editor
        self.sent: Mapping[str, Any] = {}
        """The editor's layer: the newest that was valid."""
        self._shown: tuple[Mapping[str, Any], Settings] | None = None
        """What the editor sent, and what :attr:`shown` made of it."""
        self._request: asyncio.Task[None] | None = None

    def receive(self, sent: Any) -> None:
        """Use settings that the editor sent, if they are valid; else say what is wrong and keep the old."""
        if is_unset(sent):
            return
        try:
            self.sent = checked(sent)
        except UsageError as error:
            self._editor.show_error(str(error))

    def request(self) -> None:
        """Ask the client for the section ``sstar``, where it can be asked."""
        if self._editor.client.configuration:
            self._request = self._editor.spawn(self._receive_answer())

    async def _receive_answer(self) -> None:
        item = types.ConfigurationItem(section=SECTION)
        try:
            answer = await self._editor.workspace_configuration_async(types.ConfigurationParams([item]))
        except JsonRpcException as error:
            log.info("the client did not tell its settings: %s", error)
            return
        self.receive(answer[0] if answer else None)

    async def received(self) -> None:
        """Wait for settings that were asked for, at most :data:`ANSWER_TIMEOUT_S`."""
        if self._request is not None:
            await asyncio.wait({self._request}, timeout=ANSWER_TIMEOUT_S)

    @property
    def shown(self) -> Settings:
        """Settings for what is shown in documents: of no workspace, kept until the editor's change.
        Raises :class:`UsageError`: a settings file or variable with an unknown key or a wrong value."""
        if self._shown is None or self._shown[0] is not self.sent:
            self._shown = self.sent, load_settings(None, editor=self.sent, environ=self.environ)
        return self._shown[1]

    def of_run(
        self,
        path: Path | None,
        options: Mapping[str, Any] | None = None,
        tell: Callable[[str], None] = lambda _line: None,
        *,
        in_workspace: bool = True,
    ) -> Settings:
        """Settings of one run: the request's options over everything else; reads files.

        Args:
            path: Of the problem's document; None if it is no file.
            options: Keys of the section ``solve``.
            tell: Gets a line for each cap that a folder or the editor was held to, and that the options lift.
            in_workspace: False for a run that goes on: it keeps its own search, so no folder counts.

        Raises:
            UsageError: an option or a settings file with an unknown key or a wrong value.
        """
        asked = {"solve": dict(options or {})}
        settings_from([Layer("options", asked)])  # said as the request's fault, not the command line's
        return load_settings(
            (path.parent if path is not None else self._editor.folder) if in_workspace else None,
            editor=self.sent,
            command_line=asked,
            asked_by="options",
            environ=self.environ,
            tell=tell,
        )
