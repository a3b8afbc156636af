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
from pathlib import Path

from attrs import field, frozen

from sstar_sandbox.errors import SandboxError
from sstar_sandbox.jail import Mount, bwrap_command, dropped_privileges
from sstar_sandbox.worker import memfd, read_span

COMPILE_WALL_S = 20.0
COMPILE_CPU_S = 15
COMPILE_ADDRESS_KIB = 3 * 1024 * 1024
ARTIFACT_BYTES = 64 * 1024 * 1024
DIAGNOSTIC_BYTES = 64 * 1024


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


@frozen
class Compiled:
    """What a compiler made of a source."""

    artifact: bytes
    error: str | None
    """Diagnostics when it failed."""


async def compile_in_box(bwrap: Path, toolchain: Toolchain, source: bytes) -> Compiled:
    """Compile one source.

    Raises:
        SandboxError: the box itself failed.
    """
    ulimits = f"ulimit -c 0 -t {COMPILE_CPU_S} -f {ARTIFACT_BYTES // 512} -n 256"
    limits = "; ".join(f"ulimit {part}" for part in _pairs(ulimits))
    if toolchain.address_limit:
        limits += f"; ulimit -v {COMPILE_ADDRESS_KIB}"
    script = f"{limits}; cd /tmp || exit 99; cat > {shlex.quote(toolchain.source_name)} || exit 99; {toolchain.script}"
    source_fd, artifact_fd, said_fd = memfd("source", source), memfd("artifact"), memfd("diagnostics")
    os.lseek(source_fd, 0, os.SEEK_SET)
    extra = ["--size", str(4 * ARTIFACT_BYTES), "--tmpfs", "/tmp"]  # noqa: S108  (inside the box)
    for name, value in {"PATH": "/usr/bin:/bin", "HOME": "/tmp", **toolchain.environment}.items():  # noqa: S108
        extra += ["--setenv", name, value]
    shell = [
        "/bin/sh",
        "-c",
        f"exec 3>&{artifact_fd} {artifact_fd}>&-; {script}" if artifact_fd != 3 else script,
    ]
    command = bwrap_command(bwrap, shell, mounts=toolchain.mounts, extra=extra)
    try:
        process = subprocess.Popen(  # noqa: ASYNC220  (a fork and an exec: no slower than asyncio's own)
            command,
            stdin=source_fd,
            stdout=said_fd,
            stderr=said_fd,
            pass_fds=(artifact_fd,),
            cwd="/",
            env={},
            **dropped_privileges(),
        )
        try:
            await wait_killing(process, COMPILE_WALL_S)
        except TimeoutError:
            return Compiled(b"", f"the compiler was stopped after {COMPILE_WALL_S:.0f} s")
        said = read_span(said_fd, 0, DIAGNOSTIC_BYTES).decode("utf-8", "replace")
        if process.returncode == 99 or said.startswith("bwrap: "):
            raise SandboxError(f"the compile box failed: {said}")
        if process.returncode != 0:
            return Compiled(b"", said.strip() or f"the compiler ended with code {process.returncode}")
        return Compiled(read_span(artifact_fd, 0, ARTIFACT_BYTES), None)
    except OSError as error:
        raise SandboxError(f"the compile box could not be started: {error}") from error
    finally:
        for fd in (source_fd, artifact_fd, said_fd):
            os.close(fd)


def _pairs(words: str) -> list[str]:
    parts = words.split()[1:]
    return [f"{option} {value}" for option, value in zip(parts[::2], parts[1::2], strict=True)]


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
            process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(pidfd)
