"""Shared executions: every (program, input, limits) runs once, for all draws and all methods.

Programs run in batches, and the sandbox repeats alone what crashes or hits a limit. With the results kept in
a file, a second bench on the same pool runs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import math
import sqlite3
import zlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import cast

import attrs
import cattrs

from sstar_lsp.engine.run.executor import Executor
from sstar_lsp.errors import UsageError
from sstar_sandbox import CompilerOptions, Execution, FileIO, Limits, Mode, Offering, Program, Verdict
from sstar_sandbox.compilation.compiler_options import PLAIN
from sstar_sandbox.languages import default_limits

_SCHEMA = """
CREATE TABLE IF NOT EXISTS programs (digest TEXT PRIMARY KEY, compile_error TEXT);
CREATE TABLE IF NOT EXISTS executions (key BLOB PRIMARY KEY, body BLOB) WITHOUT ROWID;
"""
FUNCTION_CPU_S = 1.0
"""Of one call, while programs are compared."""
WALL_PER_CPU = 5.0
WALL_SLACK_S = 5.0
"""Kept verdicts must not come from a busy machine: CPU time ends a loop, wall time hardly ever."""
MOST_AT_ONCE = 4
"""Programs handed to the sandbox at the same time."""
KEPT_STDERR = 2_000
"""Bytes; the engine looks at no more."""
_converter = cattrs.Converter()
_converter.register_unstructure_hook(bytes, lambda value: value.decode("latin-1"))
_converter.register_structure_hook(bytes, lambda value, _: value.encode("latin-1"))


def program_digest(source: str, language: str, entry_point: str | None) -> str:
    """Name of a program: everything that decides what runs."""
    text = "\0".join((language, entry_point or "", source))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key(program: str, given: bytes, limits: str) -> bytes:
    return hashlib.sha256(f"{program} {limits} ".encode() + given).digest()


class ExecutionStore:
    """What is known of programs: in memory, and in an SQLite file."""

    def __init__(self, path: Path | None = None) -> None:
        """``path``: the file, made where there is none; None keeps everything in memory."""
        try:
            self._db = sqlite3.connect(path or ":memory:")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise UsageError(f"{path}: cannot be used as a store of executions: {error}.") from error
        self._known: dict[bytes, Execution] = {}

    def compile_error(self, digest: str) -> tuple[bool, str | None]:
        """Whether the program was prepared before, and what the compiler said."""
        row = self._db.execute("SELECT compile_error FROM programs WHERE digest = ?", (digest,)).fetchone()
        return (row is not None, row[0] if row else None)

    def keep_program(self, digest: str, compile_error: str | None) -> None:
        """Remember how a program compiled."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO programs VALUES (?, ?)", (digest, compile_error))

    def execution(self, key: bytes) -> Execution | None:
        """What happened then, if it ever ran."""
        known = self._known.get(key)
        if known is None:
            row = self._db.execute("SELECT body FROM executions WHERE key = ?", (key,)).fetchone()
            if row is not None:
                known = _converter.structure(json.loads(zlib.decompress(row[0])), Execution)
                self._known[key] = known
        return known

    def keep(self, found: Sequence[tuple[bytes, Execution]]) -> None:
        """Remember executions; those that the sandbox failed at are not."""
        rows = []
        for key, execution in found:
            if execution.verdict is not Verdict.IE:
                self._known[key] = execution
                body = json.dumps(_converter.unstructure(execution), separators=(",", ":")).encode()
                rows.append((key, zlib.compress(body, 1)))
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO executions VALUES (?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._db.close()


class CachedExecutor:
    """An :class:`~sstar_lsp.engine.run.executor.Executor` that asks the one below only for what is not known.

    Make a :meth:`counting` view for each method run: views share everything but their count.
    """

    def __init__(self, below: Executor, store: ExecutionStore, *, most_cpu_s: float | None = None) -> None:
        """``most_cpu_s``: no execution gets more, whatever the problem allows; None: one second for
        functions, whose limits are a harness's, the problem's own for whole programs."""
        self._most_cpu_s = most_cpu_s
        self._below = below
        self._store = store
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._busy: dict[str, asyncio.Lock] = {}
        self._prepared: dict[str, Program] = {}
        self._compilers: dict[str, CompilerOptions] = {}
        """Of programs that are not compiled as usual."""
        self.asked = 0
        """Executions asked of this view."""
        self.ran = 0
        """Executions that really happened (of all views, on the first one)."""
        self._root = self

    def counting(self) -> CachedExecutor:
        """A view with a count of its own."""
        view = CachedExecutor.__new__(CachedExecutor)
        view.__dict__.update(self.__dict__)
        view.asked = 0
        return view

    def uncapped(self) -> CachedExecutor:
        """A view that grants what limits say: for grading."""
        view = self.counting()
        view._most_cpu_s = math.inf
        return view

    async def offering(self, language: str, compiler: CompilerOptions = PLAIN) -> Offering:
        """As the sandbox below has it."""
        return await self._below.offering(language, compiler)

    async def prepare(
        self,
        source: str,
        language: str,
        entry_point: str | None = None,
        compiler: CompilerOptions = PLAIN,
    ) -> Program:
        """The program; the sandbox below compiles it only where that is not known."""
        digest = program_digest(source, language, entry_point)
        if compiler != PLAIN:
            digest = program_digest(f"{compiler}\n{source}", language, entry_point)
            self._compilers[digest] = compiler
        known, error = self._store.compile_error(digest)
        if not known:
            async with self._places:
                program = await self._below.prepare(source, language, entry_point, compiler)
            self._prepared[digest] = program
            error = program.compile_error
            self._store.keep_program(digest, error)
        return Program(language, source, entry_point, digest, error)

    async def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits | None = None,
        mode: Mode = Mode.ISOLATED,
        *,
        files: FileIO | None = None,
    ) -> AsyncGenerator[Execution, None]:
        """Executions in the order of the inputs; ``mode`` is not heeded, see the module."""
        del mode
        self.asked += len(inputs)
        limits = self._capped(limits or default_limits(program.language), program.entry_point is not None)
        named = repr(attrs.astuple(limits)) + (repr(files) if files is not None else "")
        keys = [_key(program.digest, given, named) for given in inputs]
        async with self._busy.setdefault(program.digest, asyncio.Lock()):
            known = {key: execution for key in keys if (execution := self._store.execution(key))}
            missing = {key: given for key, given in zip(keys, inputs, strict=True) if key not in known}
            if missing:
                known.update(await self._run_missing(program, missing, limits, files))
        for key in keys:
            yield known[key]

    def _capped(self, limits: Limits, is_function: bool) -> Limits:
        most = FUNCTION_CPU_S if self._most_cpu_s is None and is_function else self._most_cpu_s
        cpu_s = limits.cpu_s if most is None else min(limits.cpu_s, most)
        return attrs.evolve(limits, cpu_s=cpu_s, wall_s=WALL_PER_CPU * cpu_s + WALL_SLACK_S)

    async def _run_missing(
        self, program: Program, missing: dict[bytes, bytes], limits: Limits, files: FileIO | None
    ) -> dict[bytes, Execution]:
        async with self._places:
            ready = self._prepared.get(program.digest)
            if ready is None:
                source = program.source, program.language, program.entry_point
                ready = await self._below.prepare(*source, self._compilers.get(program.digest, PLAIN))
                self._prepared[program.digest] = ready
            executions = cast(
                "AsyncGenerator[Execution, None]",
                self._below.run(ready, list(missing.values()), limits, Mode.BATCH, files=files),
            )
            async with contextlib.aclosing(executions):
                found = [attrs.evolve(one, stderr=one.stderr[-KEPT_STDERR:]) async for one in executions]
        self._root.ran += len(found)
        pairs = list(zip(missing, found, strict=True))
        self._store.keep(pairs)
        return dict(pairs)
