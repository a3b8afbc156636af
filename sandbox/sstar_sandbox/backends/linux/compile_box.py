"""A compiler in a box of its own on Linux: source in and executable out by descriptors."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from sstar_sandbox.compilation.compile_script import Compiled, Toolchain, run_box
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
    streams = (readable_memfd("source", source), memfd("artifact"), memfd("diagnostics"))
    fds = {name: readable_memfd(name.strip("{}"), content) for name, content in contents.items()}
    if "{control}" in command:
        fds["{control}"] = memfd("control")
    words = [str(fds.get(word, word)) for word in command]
    given = tuple(fds.values())
    try:
        return await run_box(words, streams, toolchain, pass_fds=given, env={}, **dropped_privileges())
    finally:
        for fd in (*streams, *given):
            os.close(fd)
