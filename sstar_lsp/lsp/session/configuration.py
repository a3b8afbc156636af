"""Settings that the editor sends: the same schema as everywhere, checked as they arrive.

They come as ``initializationOptions``, by ``workspace/didChangeConfiguration`` (section ``sstar``), or are asked
for by ``workspace/configuration``; the newest that is valid counts as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from sstar_lsp.errors import UsageError
from sstar_lsp.settings import Layer, Settings, Trust, load_settings, settings_from

SECTION = "sstar"
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
    """Without what is not set: null of an editor that sends its whole schema, and an empty list for a section.

    ``schema`` is the section's default settings; None where there is no such section.
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

    None where all of it is meant for other servers, as by editors that send each server everything.
    """
    if not isinstance(sent, Mapping) or is_unset(sent):
        return sent
    if SECTION in sent:
        return sent[SECTION]
    return sent if any(attribute.name in sent for attribute in attrs.fields(Settings)) else None


def checked(sent: Any) -> dict[str, Any]:
    """The editor's layer.

    Raises:
        UsageError: no object, an unknown key, a wrong value, or an API key; the message names it.
    """
    if is_unset(sent):
        return {}
    if not isinstance(sent, Mapping):
        raise UsageError(f"editor: the settings want an object with sections, got {sent!r}.")
    _refuse_keys(sent, "")
    values: dict[str, Any] = _plain(sent, Settings())
    settings_from([Layer("editor", values, Trust.GUEST)])
    return values


def settings_for(
    path: Path | None,
    folder: Path | None,
    editor: Mapping[str, Any],
    language: str | None,
    options: Mapping[str, Any],
    environ: Mapping[str, str],
    tell: Callable[[str], None] = lambda _line: None,
) -> Settings:
    """Settings of one run: the request's options, which a person chose just now, over everything else.

    ``tell`` gets a line for each cap that a folder or the editor was held to, and that the options lift.

    Raises:
        UsageError: an option or a settings file with an unknown key or a wrong value.
    """
    asked = {"solve": {**options, **({"language": language} if language else {})}}
    settings_from([Layer("options", asked)])  # said as the request's fault, not the command line's
    return load_settings(
        path.parent if path is not None else folder,
        editor=editor,
        command_line=asked,
        asked_by="options",
        environ=environ,
        tell=tell,
    )
