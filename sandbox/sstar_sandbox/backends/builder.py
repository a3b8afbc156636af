"""Builds artifacts from sources: cache first, then a compile box; launcher and header are built once."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from sstar_sandbox.backends.protocol import Backend
from sstar_sandbox.compilation.cache import Cache
from sstar_sandbox.compilation.compile_script import Compiled, Toolchain
from sstar_sandbox.compilation.toolchains import (
    HEADER,
    header_toolchain,
    launcher_toolchain,
    with_header,
    with_headers,
)
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.policy.privileges import readable_by_all


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 over parts that cannot run into one another."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "little") + content)
    return total.hexdigest()


class Builder:
    """Compiles for one sandbox, a few sources at a time."""

    def __init__(self, backend: Backend, cache: Cache, at_once: int, headers: Path | None = None) -> None:
        """``headers``: the folder ``atcoder`` if programs may include from it and compilers do not look."""
        self._headers = headers
        self._backend = backend
        self._cache = cache
        self._free = asyncio.Semaphore(at_once)
        self._header_lock = asyncio.Lock()
        self._launcher_lock = asyncio.Lock()
        self._launcher: bytes | None = None
        self._launcher_tried = False

    async def compile(self, toolchain: Toolchain, source: bytes) -> Compiled:
        """Artifact of a source, from the cache when it was compiled before. Errors are not cached.
        Raises :class:`SandboxError`: the compile box failed."""
        digest = digest_of(toolchain.language, toolchain.identity, source)
        known = await asyncio.to_thread(self._cache.get, digest)
        if known is not None:
            return Compiled(known, None)
        async with self._free:
            compiled = await self._compile_new(toolchain, source)
        if compiled.error is None:
            await asyncio.to_thread(self._cache.put, digest, compiled.artifact)
        return compiled

    async def _compile_new(self, toolchain: Toolchain, source: bytes) -> Compiled:
        """One source in a box of its own; with the precompiled header where that helps."""
        if toolchain.language == "cpp" and self._backend.builds_launcher:
            if HEADER.encode() in source and (header := await self._header(toolchain)) is not None:
                toolchain = with_header(toolchain, header)
            if b"atcoder/" in source and self._headers is not None:
                toolchain = with_headers(toolchain, self._backend.shown(self._headers, "/headers"))
        return await self._backend.compile(toolchain, source)

    async def _header(self, toolchain: Toolchain) -> Path | None:
        """The precompiled header, built the first time; None if boxes cannot see the cache."""
        name = digest_of("header", toolchain.identity) + ".gch"
        path = self._cache.path(name)
        async with self._header_lock:
            if not path.exists():
                maker = header_toolchain(toolchain)
                try:
                    compiled = await self._backend.compile(maker, f"#include <{HEADER}>\n".encode())
                except SandboxError:
                    return None
                if compiled.error is not None:
                    return None
                await asyncio.to_thread(self._cache.put_file, name, compiled.artifact)
        return path if readable_by_all(path) else None

    async def launcher(self) -> bytes | None:
        """The compiled launcher, built the first time; None without a C compiler."""
        async with self._launcher_lock:
            if not self._launcher_tried:
                found = launcher_toolchain() if self._backend.builds_launcher else None
                if found is not None:
                    compiled = await self.compile(*found)
                    self._launcher = compiled.artifact or None
                self._launcher_tried = True
        return self._launcher
