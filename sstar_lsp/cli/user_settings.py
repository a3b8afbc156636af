"""Changes in a person's own ``sstar.toml``: comments, order and other keys stay as they are."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sstar_lsp.errors import UsageError
from sstar_lsp.private_files import make_private_folder
from sstar_lsp.regular_files import read_regular, replace_file
from sstar_lsp.settings import MAX_FILE_BYTES, Layer, settings_from, user_file


def write_user_settings(section: str, changes: Mapping[str, str | None]) -> Path:
    """Set keys of a section in the user's file, or take them out (None); returns the file.
    Raises :class:`UsageError`: the file cannot be read or written, is no TOML, or is no valid settings file
    with the change; it stays as it was."""
    path = user_file().resolve()  # a link to a file of dotfiles stays one
    try:
        text = read_regular(path, MAX_FILE_BYTES).decode("utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}. Nothing was written.") from error
    changed = _changed(path, text, section, changes)
    if changed != text:
        try:
            make_private_folder(path.parent)
            replace_file(path, changed.encode())
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error}.") from error
    return path


def _changed(path: Path, text: str, section: str, changes: Mapping[str, str | None]) -> str:
    import tomlkit  # no start of sstar waits for what only a change of settings needs
    from tomlkit.exceptions import TOMLKitError

    try:
        wanted = tomllib.loads(text)
        document = tomlkit.parse(text)
    except (tomllib.TOMLDecodeError, TOMLKitError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read as TOML: {error}. Nothing was written.") from error
    settings_from([Layer(str(path), wanted)])  # what is wrong already is said before anything is changed
    wanted = _with(copy.deepcopy(wanted), section, changes)
    settings_from([Layer(str(path), wanted)])
    if section not in document and any(value is not None for value in changes.values()):
        document[section] = tomlkit.table()
    table: Any = document.get(section, {})
    for key, value in changes.items():
        if value is not None:
            table[key] = value
        elif key in table:
            del table[key]
    changed = tomlkit.dumps(document)
    if _with(tomllib.loads(changed), section, {}) != wanted:
        named = ", ".join(f"{section}.{key}" for key in changes)
        raise UsageError(f"{path}: its form is too unusual to be changed safely. Set {named} by hand.")
    return changed


def _with(values: dict[str, Any], section: str, changes: Mapping[str, str | None]) -> dict[str, Any]:
    """The same values with the changes, and the section there."""
    keys = values.setdefault(section, {})
    for key, value in changes.items():
        keys.pop(key, None)
        if value is not None:
            keys[key] = value
    return values
