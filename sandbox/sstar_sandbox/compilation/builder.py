"""From source to artifact: the cache in front, the compile box behind, and what is built once for all."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from sstar_sandbox.backends.interpreter import readable_by_all
from sstar_sandbox.backends.linux.backend import Tier, Wall
from sstar_sandbox.compilation.cache import Cache
from sstar_sandbox.compilation.compilers import Compiled, Toolchain, compile_in_box
from sstar_sandbox.compilation.toolchains import (
    HEADER,
    header_toolchain,
    launcher_toolchain,
    with_header,
    with_headers,
)
from sstar_sandbox.errors import SandboxError

if TYPE_CHECKING:
    from sstar_sandbox.backends.kinds import AnyTier


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 over parts that cannot run into one another."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "little") + content)
    return total.hexdigest()


class Workshop:
    """Compiles for one sandbox, a few sources at a time."""

    def __init__(self, tier: AnyTier, cache: Cache, at_once: int, headers: Path | None = None) -> None:
        """``headers``: the folder ``atcoder`` where programs may include from it and compilers do not look."""
        self._headers = headers
        self._tier = tier
        self._cache = cache
        self._free = asyncio.Semaphore(at_once)
        self._header_lock = asyncio.Lock()
        self._launcher_lock = asyncio.Lock()
        self._launcher: bytes | None = None
        self._launcher_tried = False

    async def compile(self, toolchain: Toolchain, source: bytes) -> Compiled:
        """Artifact of a source, from the cache when it was compiled before. Errors are not cached.

        Raises:
            SandboxError: the compile box failed.
        """
        digest = digest_of(toolchain.language, toolchain.identity, source)
        known = await asyncio.to_thread(self._cache.get, digest)
        if known is not None:
            return Compiled(known, None)
        async with self._free:
            compiled = await self._in_box(toolchain, source)
        if compiled.error is None:
            await asyncio.to_thread(self._cache.put, digest, compiled.artifact)
        return compiled

    async def _in_box(self, toolchain: Toolchain, source: bytes) -> Compiled:
        """One source in a box of its own; with the precompiled header where that helps."""
        if not isinstance(self._tier, Tier):
            return await self._tier.compile(toolchain, source)
        if toolchain.language == "cpp" and HEADER.encode() in source:
            header = await self._header(self._tier, toolchain)
            if header is not None:
                toolchain = with_header(toolchain, header)
        if self._headers is not None and toolchain.language == "cpp" and b"atcoder/" in source:
            has_root = self._tier.wall is not Wall.LANDLOCK
            place = f"/headers/{self._headers.name}" if has_root else str(self._headers)
            toolchain = with_headers(toolchain, self._headers, place)
        return await compile_in_box(self._tier, toolchain, source)

    async def _header(self, tier: Tier, toolchain: Toolchain) -> Path | None:
        """The precompiled header, built the first time; None where boxes cannot see the cache."""
        name = digest_of("header", toolchain.identity) + ".gch"
        path = self._cache.path(name)
        async with self._header_lock:
            if not path.exists():
                maker = header_toolchain(toolchain)
                try:
                    compiled = await compile_in_box(tier, maker, f"#include <{HEADER}>\n".encode())
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
                found = launcher_toolchain() if isinstance(self._tier, Tier) else None
                if found is not None:
                    compiled = await self.compile(*found)
                    self._launcher = compiled.artifact or None
                self._launcher_tried = True
        return self._launcher
