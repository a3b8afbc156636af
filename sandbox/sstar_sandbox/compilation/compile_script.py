"""The shell script of a compile box and how its results are read, the same for every backend.

The compiler reads hostile text (``#include "/etc/shadow"``, endless templates), so it sees no more than a
candidate does, has limits of its own and is gone afterwards.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from attrs import field, frozen

from sstar_sandbox.errors import SandboxError
from sstar_sandbox.policy.mounts import Mount
from sstar_sandbox.worker.memfds import read_span

COMPILE_WALL_S = 60.0
"""Only a waiting compiler reaches it: a working one reaches the CPU limit first."""
COMPILE_CPU_S = 15
COMPILE_ADDRESS_KIB = 3 * 1024 * 1024
ARTIFACT_BYTES = 64 * 1024 * 1024
DIAGNOSTIC_BYTES = 64 * 1024
BEGUN = b"begun\n"
"""What our own shell words write before the artifact once the box stands, before the compiler reads a hostile
byte.

Whether a box failed is told by this alone: neither exit codes nor diagnostics, which a source can make say
anything.
"""


@frozen
class Toolchain:
    """How one language is compiled."""

    language: str
    source_name: str
    """File name in the box."""
    script: str
    """Shell words run in the box's /tmp; what it writes to descriptor 3 is the artifact."""
    identity: str
    """Version of the compiler and its flags: part of the cache key."""
    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(factory=dict)
    address_limit: bool = True
    """Whether the compiler's address space is fenced; javac cannot start under it."""
    processes: bool = False
    """Whether the compiler wants a ``/proc``, of its own box."""
    artifact_bytes: int = ARTIFACT_BYTES
    """Largest file it may write."""


@frozen
class Compiled:
    """What a compiler made of a source."""

    artifact: bytes
    error: str | None
    """Diagnostics when it failed."""


def compiled_of(artifact: int, diagnostics: int, code: int, stopped: str, toolchain: Toolchain) -> Compiled:
    """What a box left on its descriptors, and how it ended; ``stopped``: why we ended it.
    Raises :class:`SandboxError`: it ended before the compiler began."""
    said = read_span(diagnostics, 0, DIAGNOSTIC_BYTES).decode("utf-8", "replace").strip()
    if read_span(artifact, 0, len(BEGUN)) != BEGUN:
        raise SandboxError(f"the compile box failed: {stopped or said or f'it ended with code {code}'}")
    if stopped:
        return Compiled(b"", stopped)
    if code != 0:
        return Compiled(b"", said or f"the compiler ended with code {code}")
    return Compiled(read_span(artifact, len(BEGUN), toolchain.artifact_bytes), None)


def script_of(toolchain: Toolchain, folder: str) -> str:
    """Shell words: limits, source into a file, :data:`BEGUN`, compiler, product to descriptor 3."""
    parts = [
        "exec 3>&1 1>&2",
        f"ulimit -c 0 && ulimit -t {COMPILE_CPU_S} && ulimit -f {toolchain.artifact_bytes // 512} && ulimit -n 256",
    ]
    if toolchain.address_limit:
        parts.append(f"ulimit -v {COMPILE_ADDRESS_KIB}")
    parts.append(f"cd {shlex.quote(folder)}")
    parts.append(f"cat > {shlex.quote(toolchain.source_name)}")
    parts.append(f"echo {BEGUN.decode().strip()} >&3")
    return " && ".join(parts) + " || exit\n" + toolchain.script
