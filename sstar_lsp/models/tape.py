"""Model traffic on tape: recorded at the wire, played back without a server.

A room of its own because it sits below everything that understands the traffic: what a server really sent, its
pieces, refusals and breaks, comes back as it was. Keys never reach the tape: request headers are not recorded,
and a key that a server echoes is blotted out.

A tape is JSON, one exchange a line: ``method``, ``path``, ``request`` (the body), ``status``, ``headers``
(only those that matter), ``body`` (pieces as text; base64 where they are none) and ``whole``.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sstar_lsp.errors import ModelProtocolError, UsageError
from sstar_lsp.models.keys import Blot

if TYPE_CHECKING:
    import httpx2

RECORD_VARIABLE = "SSTAR_WIRE_RECORD"
"""Environment variable: a file that model traffic is added to."""
REPLAY_VARIABLE = "SSTAR_WIRE_REPLAY"
"""Environment variable: a file that model traffic is played from; no server is asked."""

_KEPT_HEADERS = ("content-type", "retry-after", "retry-after-ms", "location")


class Recorder:
    """Adds every exchange to a file as it ends."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`UsageError` where the file cannot be written."""
        self.path = path
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UsageError(f"{RECORD_VARIABLE}={path}: cannot be written: {error.strerror}.") from error
        os.close(descriptor)

    async def hear(self, response: httpx2.Response) -> None:
        """A response hook of an ``httpx2`` client."""
        from sstar_lsp.models.byte_streams import Heard

        request = response.request
        sent = request.headers.get("api-key") or request.headers.get("authorization", "").rpartition(" ")[2]
        blot = Blot(str(request.url), sent)

        def told(pieces: list[bytes], whole: bool) -> None:
            said = {
                "method": request.method,
                "path": request.url.path,
                "request": _parsed(request.content),
                "status": response.status_code,
                "headers": {k: v for k, v in response.headers.items() if k in _KEPT_HEADERS},
                "body": [_as_text(piece) for piece in pieces],
                "whole": whole,
            }
            line = blot(json.dumps(said, ensure_ascii=False))
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

        # the decoder of compressed answers comes after us: ask for none to keep tapes readable
        response.stream = Heard(response.stream, told)  # type: ignore[arg-type]  # an async client's


class Player:
    """Answers from a file; a request that is not on it is an error that says so."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`UsageError` where the file is no tape."""
        self.path = path
        self._exchanges: dict[str, list[Mapping[str, Any]]] = {}
        self._played: dict[str, int] = {}
        try:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                said = json.loads(line)
                where = _key(said["method"], said["path"], said["request"])
                assert isinstance(said["status"], int), number
                self._exchanges.setdefault(where, []).append(said)
        except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
            raise UsageError(
                f"{REPLAY_VARIABLE}={path}: not a recording of model traffic: {error}."
            ) from error

    def transport(self) -> httpx2.AsyncBaseTransport:
        """For an ``httpx2`` client."""
        from sstar_lsp.models.byte_streams import Answers

        return Answers(self._answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        import httpx2

        from sstar_lsp.models.byte_streams import Replayed

        key = _key(request.method, request.url.path, _parsed(request.content))
        recorded = self._exchanges.get(key)
        if not recorded:
            raise ModelProtocolError(
                f"{self.path} has no answer to this {request.method} {request.url.path}: "
                "the request differs from what was recorded (other prompt, settings or model?)"
            )
        number = self._played.get(key, 0)
        self._played[key] = number + 1
        said = recorded[min(number, len(recorded) - 1)]
        missing = None if said["whole"] else httpx2.ReadError("the recording ends here")
        pieces = [_as_bytes(piece) for piece in said["body"]]
        return httpx2.Response(
            said["status"], headers=said["headers"], stream=Replayed(pieces, missing), request=request
        )


Tape = Recorder | Player


def tape_of(environ: Mapping[str, str]) -> Tape | None:
    """What the environment asks for. Raises :class:`UsageError` for both at once and for bad files."""
    record, replay = environ.get(RECORD_VARIABLE), environ.get(REPLAY_VARIABLE)
    if record and replay:
        raise UsageError(f"{RECORD_VARIABLE} and {REPLAY_VARIABLE} are both set: record or replay, not both.")
    if replay:
        return Player(Path(replay))
    return Recorder(Path(record)) if record else None


def _key(method: str, path: str, body: object) -> str:
    return f"{method} {path} {json.dumps(body, sort_keys=True, ensure_ascii=False)}"


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return _as_text(content)


def _as_text(piece: bytes) -> str | dict[str, str]:
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:  # half a character, or compressed
        return {"base64": base64.b64encode(piece).decode()}


def _as_bytes(piece: str | Mapping[str, str]) -> bytes:
    return piece.encode() if isinstance(piece, str) else base64.b64decode(piece["base64"])
