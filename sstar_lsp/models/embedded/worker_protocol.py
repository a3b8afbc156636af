"""The messages between the embedded server and its worker, as JSON lines over two pipes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import cattrs
from attrs import asdict, field, frozen

from sstar_lsp.records import Message, Sampling, Usage


@frozen
class Ask:
    """Server to worker: draw one answer."""

    id: int
    messages: tuple[Message, ...]
    sampling: Sampling


@frozen
class Cancel:
    """Server to worker: nobody reads this answer any more."""

    id: int


@frozen
class Ready:
    """Worker to server, once: the model is loaded."""

    context_tokens: int
    load_s: float


@frozen
class Piece:
    """Worker to server: more of an answer."""

    id: int
    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    """On the last piece."""


@frozen
class Refused:
    """Worker to server: this request cannot be answered."""

    id: int
    kind: str
    """``context``: does not fit; ``request``: the runtime refuses it; ``memory``: the cache is full."""
    message: str


Line = Ask | Cancel | Ready | Piece | Refused
_KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (Ask, Cancel, Ready, Piece, Refused)}


def pack(line: Line) -> bytes:
    """One line, newline included."""
    return json.dumps({"is": type(line).__name__, **asdict(line)}, ensure_ascii=False).encode() + b"\n"


def unpack(raw: bytes) -> Line:
    """The opposite of :func:`pack`. Raises ``ValueError`` for anything else."""
    fields = json.loads(raw)
    if not isinstance(fields, dict) or fields.get("is") not in _KINDS:
        raise ValueError(f"not a line of the worker's pipe: {raw[:200]!r}")
    line: Line = cattrs.structure(fields, _KINDS[fields["is"]])
    return line


@frozen
class LineBuffer:
    """Cuts bytes as they arrive into lines."""

    _rest: bytearray = field(factory=bytearray)

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        self._rest.extend(data)
        *whole, rest = bytes(self._rest).split(b"\n")
        self._rest[:] = rest
        return [line for line in whole if line]
