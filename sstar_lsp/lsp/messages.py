"""Our own requests, typed: what ``sstar/…`` methods take, and how it is read.

A room of its own because this is the contract with editors. Untyped, parameters would arrive as named tuples
with renamed fields; here a wrong or unknown key is an error that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cattrs
from attrs import define, field, frozen
from lsprotocol import types
from pygls.protocol import default_converter

SOLVE = "sstar/solve"
DOCUMENT = "sstar/document"
RUNS = "sstar/runs"
CANCEL = "sstar/cancel"


@frozen
class SolveParams:
    """Which document to solve, and how."""

    uri: str
    """The open document, saved or not; else the file."""
    range: types.Range | None = None
    """Part that holds the problem; None for the whole document."""
    language: str | None = None
    """Of the programs; None: as the settings say."""
    options: Mapping[str, Any] = field(factory=dict)
    """Keys of the section ``solve`` of the settings; the highest precedence."""
    work_done_token: str | int | None = None
    """Client-made progress token."""


@frozen
class DocumentParams:
    """Which virtual document to read."""

    uri: str
    """``sstar://run/<run id>/evidence.md``."""


@frozen
class RunsParams:
    """How many runs to list."""

    limit: int = 50
    """The newest so many."""


@frozen
class CancelParams:
    """Which runs of this server to cancel."""

    run_id: str | None = None
    uri: str | None = None
    """All runs of that document. Neither: every run."""


@define
class SolveRequest:
    """``sstar/solve`` on the wire."""

    id: int | str
    params: SolveParams
    method: str = SOLVE
    jsonrpc: str = "2.0"


@define
class DocumentRequest:
    """``sstar/document`` on the wire."""

    id: int | str
    params: DocumentParams
    method: str = DOCUMENT
    jsonrpc: str = "2.0"


@define
class RunsRequest:
    """``sstar/runs`` on the wire."""

    id: int | str
    params: RunsParams
    method: str = RUNS
    jsonrpc: str = "2.0"


@define
class CancelRequest:
    """``sstar/cancel`` on the wire."""

    id: int | str
    params: CancelParams
    method: str = CANCEL
    jsonrpc: str = "2.0"


REQUESTS: dict[str, type[Any]] = {
    SOLVE: SolveRequest,
    DOCUMENT: DocumentRequest,
    RUNS: RunsRequest,
    CANCEL: CancelRequest,
}
"""Method to message type."""


def _object(raw: object, what: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{what} wants an object, got {raw!r}")
    for key in raw:
        if key not in known:
            raise ValueError(f"{what} has no key {key!r}; known: {', '.join(known)}")
    return raw


def _typed(values: Mapping[str, Any], key: str, kinds: tuple[type, ...], wanted: str) -> Any:
    value = values.get(key)
    if value is None or (isinstance(value, kinds) and not isinstance(value, bool)):
        return value
    raise ValueError(f"'{key}' wants {wanted}, got {value!r}")


def _uri(values: Mapping[str, Any], what: str) -> str:
    uri = _typed(values, "uri", (str,), "a URI")
    if uri is None and "textDocument" in values:
        # version and languageId come along in some clients; the open document knows them better
        document = values["textDocument"]
        if isinstance(document, Mapping):
            uri = _typed(document, "uri", (str,), "a URI")
    if not uri:
        raise ValueError(f'{what} wants {{"textDocument": {{"uri": …}}}} (or "uri")')
    return str(uri)


def _range(values: Mapping[str, Any]) -> types.Range | None:
    given = values.get("range")
    if given is None:
        return None
    try:
        start, end = (
            types.Position(int(p["line"]), int(p["character"])) for p in (given["start"], given["end"])
        )
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(f"'range' wants start and end with line and character, got {given!r}") from error
    return types.Range(start, end)


def solve_params(raw: object) -> SolveParams:
    """Read what ``sstar/solve`` and the command ``sstar.solve`` take: an object, or just a URI.

    Raises:
        ValueError: naming the key that is wrong.
    """
    if isinstance(raw, str):
        return SolveParams(raw)
    known = ("textDocument", "uri", "range", "language", "options", "workDoneToken", "partialResultToken")
    values = _object(raw, SOLVE, known)
    return SolveParams(
        uri=_uri(values, SOLVE),
        range=_range(values),
        language=_typed(values, "language", (str,), "a name"),
        options=dict(_typed(values, "options", (Mapping,), "an object") or {}),
        work_done_token=_typed(values, "workDoneToken", (str, int), "a token"),
    )


def _document_params(raw: object) -> DocumentParams:
    return DocumentParams(_uri(_object(raw, DOCUMENT, ("uri", "textDocument")), DOCUMENT))


def _runs_params(raw: object) -> RunsParams:
    limit = _typed(_object(raw or {}, RUNS, ("limit",)), "limit", (int,), "a number")
    if limit is not None and limit < 1:
        raise ValueError(f"'limit' wants at least 1, got {limit}")
    return RunsParams(limit or 50)


def cancel_params(raw: object) -> CancelParams:
    """Read what ``sstar/cancel`` and the command ``sstar.cancel`` take: an object, a run id, or nothing.

    Raises:
        ValueError: naming the key that is wrong.
    """
    if isinstance(raw, str):
        return CancelParams(raw)
    values = _object(raw or {}, CANCEL, ("runId", "uri"))
    return CancelParams(_typed(values, "runId", (str,), "a run id"), _typed(values, "uri", (str,), "a URI"))


_READERS: dict[type[Any], Callable[[object], Any]] = {
    SolveRequest: solve_params,
    DocumentRequest: _document_params,
    RunsRequest: _runs_params,
    CancelRequest: cancel_params,
}


def converter() -> cattrs.Converter:
    """The protocol's converter, which also knows our own requests."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    for kind, read in _READERS.items():

        def structure(raw: Any, cls: Any, read: Callable[[object], Any] = read) -> Any:
            return cls(id=raw["id"], params=read(raw.get("params")))

        made.register_structure_hook(kind, structure)
    return made
