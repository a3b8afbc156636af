"""Compiles in a box of its own: source in on a descriptor, executable out on another, never by path.

The compiler reads hostile text (``#include "/etc/shadow"``, endless templates), so it sees no more than a
candidate does, has limits of its own and is gone afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping

from attrs import field, frozen

from sstar_sandbox.backends.linux.backend import Tier, Wall
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.policy.bwrap import Mount, dropped_privileges
from sstar_sandbox.worker.memfds import memfd, read_span
from sstar_sandbox.worker.private_folders import PrivateFolder

COMPILE_WALL_S = 60.0
"""Only a compiler that waits meets it: one that works meets the CPU limit first, however loaded the machine."""
COMPILE_CPU_S = 15
COMPILE_ADDRESS_KIB = 3 * 1024 * 1024
ARTIFACT_BYTES = 64 * 1024 * 1024
DIAGNOSTIC_BYTES = 64 * 1024
TMP_BYTES = 512 * 1024 * 1024
BEGUN = b"begun\n"
"""What our own shell words write before the artifact once the box stands, before the compiler reads a hostile byte.

Whether a box failed is told by this alone: neither exit codes nor diagnostics, which a source can make say anything."""


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


async def compile_in_box(tier: Tier, toolchain: Toolchain, source: bytes) -> Compiled:
    """Compile one source.

    Raises:
        SandboxError: the box itself failed.
    """
    files = {name: memfd(name) for name in ("artifact", "diagnostics", "stage", "filter")}
    files["source"] = memfd("source", source)
    os.lseek(files["source"], 0, os.SEEK_SET)
    folder = PrivateFolder.make() if tier.wall is Wall.LANDLOCK else None
    tmp = folder.path if folder else None
    try:
        shell = script_of(toolchain, str(tmp) if tmp else "/tmp")  # noqa: S108  (in the box)
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", **toolchain.environment}  # noqa: S108
        if tmp is not None:
            environment |= {"HOME": str(tmp), "TMPDIR": str(tmp)}
        command, stage, code = tier.compile_box(
            shell, toolchain.mounts, environment, tmp, TMP_BYTES, processes=toolchain.processes
        )
        for name, content in (("stage", stage), ("filter", code)):
            os.write(files[name], content)
            os.lseek(files[name], 0, os.SEEK_SET)
        numbers = {
            "{stage}": str(files["stage"]),
            "{filter}": str(files["filter"]),
            "{control}": str(files["filter"]),
        }
        process = subprocess.Popen(  # noqa: ASYNC220  (a fork and an exec: no slower than asyncio's own)
            [numbers.get(word, word) for word in command],
            stdin=files["source"],
            stdout=files["artifact"],
            stderr=files["diagnostics"],
            pass_fds=(files["stage"], files["filter"]),
            start_new_session=True,
            cwd="/",
            env={},
            **dropped_privileges(),
        )
        stopped = ""
        try:
            await wait_killing(process, COMPILE_WALL_S)
        except TimeoutError:
            stopped = f"the compiler was stopped after {COMPILE_WALL_S:.0f} s"
        return compiled_of(files["artifact"], files["diagnostics"], process.returncode, stopped, toolchain)
    except OSError as error:
        raise SandboxError(f"the compile box could not be started: {error}") from error
    finally:
        for fd in files.values():
            os.close(fd)
        if folder is not None:
            folder.remove()


def compiled_of(artifact: int, diagnostics: int, code: int, stopped: str, toolchain: Toolchain) -> Compiled:
    """What a box left on its descriptors, and how it ended; ``stopped``: why we ended it.

    Raises:
        SandboxError: it ended before the compiler began.
    """
    said = read_span(diagnostics, 0, DIAGNOSTIC_BYTES).decode("utf-8", "replace").strip()
    if read_span(artifact, 0, len(BEGUN)) != BEGUN:
        raise SandboxError(f"the compile box failed: {stopped or said or f'it ended with code {code}'}")
    if stopped:
        return Compiled(b"", stopped)
    if code != 0:
        return Compiled(b"", said or f"the compiler ended with code {code}")
    return Compiled(read_span(artifact, len(BEGUN), toolchain.artifact_bytes), None)


def script_of(toolchain: Toolchain, folder: str) -> str:
    """Shell words: limits, the source into a file, :data:`BEGUN`, the compiler, its product to descriptor 3."""
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


async def wait_killing(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a process without blocking the loop; it is dead when this returns or raises."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    pidfd = os.pidfd_open(process.pid)

    def on_end() -> None:
        loop.remove_reader(pidfd)
        if not ended.done():
            ended.set_result(None)

    loop.add_reader(pidfd, on_end)
    try:
        async with asyncio.timeout(seconds):
            await ended
    finally:
        loop.remove_reader(pidfd)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(pidfd)
