"""Reads messages of newer and of careless clients: what cannot be read in them counts as absent.

A client may advertise more than this server knows (tags, symbol kinds, token formats, resource operations),
and may repeat what other tools sent it (severities of their own, diagnostics without a range). lsprotocol
refuses the whole message for one such value. Here the smallest optional part around the value is left out
instead: an element of a list, else a key. A required list that is missing is empty. Only a message whose
required parts cannot be read is refused.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from typing import Any

import cattrs
from cattrs.cols import is_sequence
from cattrs.errors import AttributeValidationNote
from lsprotocol import types

from sstar_lsp.lsp.protocol_types import on_the_wire

log = logging.getLogger("sstar.lsp")

Path = tuple[str | int, ...]
"""Keys and indices from a message's top to a part of it."""


def names_folders(converter: cattrs.Converter) -> None:
    """Have the converter take a workspace folder without its name, which nothing here shows."""
    strict = converter.get_structure_hook(types.WorkspaceFolder)
    converter.register_structure_hook(
        types.WorkspaceFolder, lambda raw, kind: strict({"name": "", **raw}, kind)
    )


def structure(converter: cattrs.Converter, raw: Any, kind: type[Any]) -> Any:
    """The message of that type from its JSON, which stays as it is.

    Raises:
        cattrs.BaseValidationError: a required part is missing or cannot be read.
        ValueError: as the converter's own hooks raise it.
    """
    message = raw
    while True:
        try:
            return converter.structure(message, kind)
        except cattrs.BaseValidationError as error:
            if message is raw:
                message = copy.deepcopy(raw)
            faulty = {_smallest(message, path, is_list) for path, is_list in _faults(error)}
            if any(len(path) < 2 for path in faulty):  # parameters or a result as a whole
                raise
            for path in sorted(faulty, reverse=True):  # children before parents, and the last of a list first
                _leave_out(message, path)
            log.info("left out of a message: %s", "; ".join(cattrs.transform_error(error)))


def _faults(error: BaseException, at: Path = (), *, is_list: bool = False) -> Iterator[tuple[Path, bool]]:
    """Where something could not be read, and whether a list was wanted there."""
    if not isinstance(error, cattrs.ClassValidationError | cattrs.IterableValidationError):
        yield at, is_list
        return
    inner, others = error.group_exceptions()
    for each, note in inner:
        step = on_the_wire(note.name) if isinstance(note, AttributeValidationNote) else note.index
        yield from _faults(each, (*at, step), is_list=is_sequence(note.type))
    if others:
        yield at, is_list


def _smallest(message: Any, path: Path, is_list: bool) -> Path:
    """What is left out for a fault: the part itself, and for one that is missing what it is missing in."""
    part: Any = message
    for depth, step in enumerate(path):
        if isinstance(part, dict) and step not in part:
            return path if is_list else path[:depth]
        if not isinstance(part, dict if isinstance(step, str) else list):
            return path[:depth]
        part = part[step]  # type: ignore[index]  # the line above: a text in an object, a number in a list
    return path


def _leave_out(message: Any, path: Path) -> None:
    part = message
    for step in path[:-1]:
        part = part[step]
    if isinstance(part, dict) and path[-1] not in part:
        part[path[-1]] = []
    else:
        del part[path[-1]]
