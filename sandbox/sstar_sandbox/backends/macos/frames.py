"""The messages between host and box where neither memfds nor packet sockets exist: length-prefixed over a
stream.

Host to box: one :data:`JOB` (a line of JSON with its kind and limits, then the packed program), then a
:data:`RUN` for each input, which lies in the files that both share, and :data:`KILL` where it has run long enough. Box to host: :data:`READY`
once, and one :data:`RESULT` for each run. The box is not believed: a result has one size, and what it wrote
is read from the files.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct("<4sI")
"""magic, bytes that follow."""

OUTCOME = struct.Struct("<iddQ")
"""wait status, wall_s, cpu_s, highest resident memory in bytes."""

JOB, RUN, KILL, READY, RESULT = b"JOB2", b"RUN2", b"KIL2", b"RDY2", b"RES2"


def framed(magic: bytes, payload: bytes = b"") -> bytes:
    """One message."""
    return HEADER.pack(magic, len(payload)) + payload
