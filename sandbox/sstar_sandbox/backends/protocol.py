"""Protocols of a kind of isolation (``Backend``) and of its running boxes (``BoxWorker``)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self

from sstar_sandbox.backends.interpreter import Interpreter
from sstar_sandbox.backends.libraries import Library
from sstar_sandbox.compilation.compile_script import Compiled, Toolchain
from sstar_sandbox.compilation.compiler_options import PLAIN, CompilerOptions
from sstar_sandbox.policy.mounts import Mount, Mounts
from sstar_sandbox.policy.seccomp import Profile
from sstar_sandbox.records import FileIO
from sstar_sandbox.worker.cgroups import Group
from sstar_sandbox.worker.job import Job, RawResult
from sstar_sandbox.worker.memfds import Executables


class BoxWorker(Protocol):
    """A running box. Compared and hashed by identity."""

    MOST_JOBS: ClassVar[int]
    """How many jobs it takes: one that runs, and those that wait inside behind it."""

    @property
    def broken(self) -> str | None:
        """Why it can no longer be used; None while it can."""
        ...

    @property
    def pid(self) -> int:
        """The outermost process of the box."""
        ...

    def run(self, job: Job) -> AsyncGenerator[list[RawResult], None]:
        """Executions in the order of the inputs, a few at a time. Closing early cancels the job and leaves
        the box usable.
        Raises :class:`BoxBroken`: the box failed; results that were yielded before stand."""
        ...

    def fence_in(self, group: Group) -> bool:
        """Bound the memory of the whole box; whether that worked."""
        ...

    async def kill(self, why: str) -> None:
        """End the box and everything in it, now."""
        ...


class Backend(Protocol):
    """One kind of isolation, called a tier where a person reads it."""

    memory_source: ClassVar[str]
    """Who measures the memory of an execution."""
    memory_fence: ClassVar[str]
    """What bounds the memory of a whole box where no control group can be made."""
    runs_files: ClassVar[bool]
    """Whether programs can be given files: those that a problem names, and those that a checker reads."""
    has_linux_calls: ClassVar[bool]
    """Whether system calls have Linux's numbers."""
    builds_launcher: ClassVar[bool]
    """Whether it compiles by GCC for Linux: then the launcher and a precompiled header can be built."""
    remark: ClassVar[str]
    """What a person must know about it; mostly empty."""

    @property
    def name(self) -> str:
        """Name of the tier, as a person reads it."""
        ...

    @property
    def interpreter(self) -> Interpreter:
        """Which Python runs candidates."""
        ...

    @property
    def libraries(self) -> tuple[Library, ...]:
        """What Python programs may import besides the standard library."""
        ...

    @property
    def binaries(self) -> Sequence[Path]:
        """Programs of this machine that its isolation rests on: others might isolate less."""
        ...

    def with_libraries(self, libraries: tuple[Library, ...]) -> Self:
        """The same with other libraries."""
        ...

    def executables(self) -> Executables:
        """Where compiled programs wait for their runs."""
        ...

    def toolchain(self, language: str, options: CompilerOptions = PLAIN) -> Toolchain:
        """How a compiled language is compiled here.
        Raises :class:`SandboxError`: its compiler is not installed, or does not know the standard; the
        message says what to do."""
        ...

    def compiler_version(self, language: str) -> str:
        """What the compiler of a language says of itself, one line. Raises as :meth:`toolchain`."""
        ...

    def shown(self, path: Path, folder: str) -> Mount:
        """A path of this machine as a box has it: in ``folder`` if the box has its own root."""
        ...

    async def compile(self, toolchain: Toolchain, source: bytes) -> Compiled:
        """Compile one source in a box of its own.
        Raises :class:`SandboxError`: the box itself failed, or cannot be had with this isolation."""
        ...

    async def start(
        self,
        profile: Profile = Profile.PYTHON,
        files: FileIO | None = None,
        mounts: Mounts | None = None,
        launcher: bytes | None = None,
    ) -> BoxWorker:
        """A new box. Its trusted process is the C launcher where one is given and can be used, else Python.

        Raises:
            SandboxError: mounts were asked for, which this backend cannot make.
            BoxBroken: it did not come up.
        """
        ...
