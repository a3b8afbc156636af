"""A compiler in a box of its own on Linux: source in and executable out by descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from sstar_sandbox.compilation.compile_script import COMPILE_WALL_S, Compiled, Toolchain, compiled_of
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.policy.privileges import dropped_privileges
from sstar_sandbox.worker.memfds import memfd, readable_memfd

TMP_BYTES = 512 * 1024 * 1024


async def run_compiler(
    command: Sequence[str], contents: Mapping[str, bytes], source: bytes, toolchain: Toolchain
) -> Compiled:
    """Run a compile script in a box.

    Args:
        command: where ``{control}`` and the names of ``contents`` stand for descriptor numbers.
        contents: what the box finds on descriptors of its own.

    Raises:
        SandboxError: the box itself failed.
    """
    artifact, diagnostics = memfd("artifact"), memfd("diagnostics")
    stdin = readable_memfd("source", source)
    fds = {name: readable_memfd(name.strip("{}"), content) for name, content in contents.items()}
    if "{control}" in command:
        fds["{control}"] = memfd("control")
    numbers = {name: str(fd) for name, fd in fds.items()}
    try:
        process = subprocess.Popen(  # noqa: ASYNC220  (a fork and an exec: no slower than asyncio's own)
            [numbers.get(word, word) for word in command],
            stdin=stdin,
            stdout=artifact,
            stderr=diagnostics,
            pass_fds=tuple(fds.values()),
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
        return compiled_of(artifact, diagnostics, process.returncode, stopped, toolchain)
    except OSError as error:
        raise SandboxError(f"the compile box could not be started: {error}") from error
    finally:
        for fd in (artifact, diagnostics, stdin, *fds.values()):
            os.close(fd)


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
