"""The sandbox: prepare a program, run it on many inputs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import attrs

from sstar_sandbox.backends.backend_selection import choose_backend
from sstar_sandbox.backends.builder import Builder, digest_of
from sstar_sandbox.backends.libraries import find_libraries, header_folder
from sstar_sandbox.backends.protocol import Backend
from sstar_sandbox.compilation.cache import Cache, default_cache_dir
from sstar_sandbox.compilation.compiler_options import PLAIN, CompilerOptions
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.languages import default_limits, language_named
from sstar_sandbox.policy.mounts import Mounts, java_class, java_mounts, javascript_mounts
from sstar_sandbox.policy.seccomp import RESERVING, Profile
from sstar_sandbox.pool.interaction import Conversation, converse
from sstar_sandbox.pool.worker_pool import WorkerPool
from sstar_sandbox.records import MIB, Check, Execution, FileIO, Limits, Mode, Offering, Program, Verdict
from sstar_sandbox.verdicts.missing_dependency import absent_header
from sstar_sandbox.verdicts.verdict import execution, not_run
from sstar_sandbox.worker.job import Job
from sstar_sandbox.worker.memfds import Executables

HEADERS = "atcoder"
"""Name of the library whose headers C++ programs may include."""
KEPT_BYTES = 64 * MIB
"""Artifacts kept in memory; older ones come from the cache again."""
_STACK = {"java": 8 * MIB, "javascript": 64 * MIB}
SelfTest: TypeAlias = "Callable[[Sandbox, Backend, Cache], Awaitable[None]]"
"""Raises SandboxUnavailable if a sandbox breaks its promises; may remember success in the cache."""


class Sandbox:
    """Runs hostile programs on many inputs. An async context manager.

    ::

        async with open_sandbox() as sandbox:
            program = await sandbox.prepare("print(int(input()) * 2)", "python")
            async for execution in sandbox.run(program, [b"4", b"5"]):
                print(execution.verdict, execution.stdout)

    Args:
        workers: boxes that run at the same time.
        libraries: what programs may import or include besides the standard library, by name; None: what is
            here of :data:`sstar_sandbox.backends.libraries.KNOWN`.
        tier: insist on one kind of isolation; None takes the strongest that works.
        cache_dir: where compiled programs are kept; None is the user's cache folder.
        self_test: what is tried before the first use; None is for what tests the sandbox itself. Others open
            one with :func:`sstar_sandbox.open_sandbox`, which hands it in.

    Raises, when it opens:
        UnknownName: no tier of that name.
        SandboxUnavailable: no tier works, or the self-test failed; what each said and what to do.
        SandboxError: a library that was named is not here.
    """

    def __init__(
        self,
        workers: int = 2,
        tier: str | None = None,
        cache_dir: Path | None = None,
        *,
        libraries: Sequence[str] | None = None,
        self_test: SelfTest | None,
    ) -> None:
        if workers < 1:
            raise ValueError("a sandbox needs at least one worker")
        self._workers = workers
        self._wanted_tier = tier
        self._wanted_libraries = libraries
        self._cache_dir = cache_dir
        self._self_test = self_test
        self._backend: Backend | None = None
        self._pool: WorkerPool | None = None
        self._builder: Builder | None = None
        self._executables: Executables | None = None
        self._programs: dict[str, Program] = {}

    async def __aenter__(self) -> Self:
        backend = await choose_backend(self._wanted_tier)
        wanted = self._wanted_libraries
        self._backend = backend = backend.with_libraries(find_libraries(backend.interpreter, wanted))
        folder = header_folder(HEADERS) if wanted is None or HEADERS in wanted else None
        self._has_headers = folder is not None
        headers = folder / HEADERS if folder and str(folder) != "/usr/include" else None
        self._executables = backend.executables()
        self._pool = WorkerPool(backend, self._workers)
        cache = Cache(self._cache_dir or default_cache_dir())
        self._builder = Builder(backend, cache, self._workers, headers)
        if self._self_test is not None:
            try:
                await self._self_test(self, self._backend, cache)
            except BaseException:
                await self.__aexit__(None, None, None)
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
            if self._executables is not None:
                self._executables.close()

    @property
    def tier(self) -> str:
        """Name of the isolation in force."""
        return self._open()[0].name

    @property
    def remark(self) -> str:
        """What a person must know about the isolation in force, after a semicolon; mostly empty."""
        remark = self._open()[0].remark
        return f"; {remark}" if remark else ""

    @property
    def has_linux_calls(self) -> bool:
        """Whether system calls of programs have Linux's numbers."""
        return self._open()[0].has_linux_calls

    @property
    def memory_fence(self) -> str:
        """What bounds the memory of a box: ``cgroup v1``, ``cgroup v2``, ``address space`` or ``sampled``."""
        return self._open()[1].memory_fence

    def _open(self) -> tuple[Backend, WorkerPool, Builder]:
        if self._backend is None or self._pool is None or self._builder is None:
            raise SandboxError("the sandbox is not open: use `async with open_sandbox() as sandbox`")
        return self._backend, self._pool, self._builder

    def toolchain(self, language: str) -> str:
        """What compiles a language here, in a few words.

        Raises:
            UnknownName: no such language.
            SandboxError: nothing does; how to get it.
        """
        language = language_named(language)
        backend = self._open()[0]
        if language == "python":
            return str(backend.interpreter.executable)
        return backend.compiler_version(language)

    async def offering(self, language: str, compiler: CompilerOptions = PLAIN) -> Offering:
        """What a program of a language finds here; empty if nothing compiles it.
        Raises :class:`UnknownName`: no such language."""
        language = language_named(language)
        backend = self._open()[0]
        are_chosen = self._wanted_libraries is not None
        if language == "python":
            return Offering("", tuple(library.name for library in backend.libraries), are_chosen)
        if language != "cpp":
            return Offering()
        try:
            identity = backend.toolchain(language, compiler).identity
        except SandboxError:
            return Offering()
        standard = identity.partition("-std=")[2].split()[0].removeprefix("gnu").removeprefix("c")
        return Offering(f"C{standard}", (f"{HEADERS}/all",) if self._has_headers else (), are_chosen)

    async def prepare(
        self, source: str, language: str, entry_point: str | None = None, compiler: CompilerOptions = PLAIN
    ) -> Program:
        """Check or compile a source. Errors in it are data: see ``Program.compile_error``.

        Args:
            compiler: for C and C++: the standard, and flags besides ours.

        Raises:
            UnknownName: no such language.
            SandboxError: no toolchain for it here, it does not know the standard, or the box failed.
        """
        language = language_named(language)
        if entry_point is not None and language != "python":
            raise SandboxError(f"function style is for Python only; {language} programs read standard input")
        backend, pool, builder = self._open()
        if language == "python":
            digest = digest_of("python", entry_point or "", source)
        else:
            toolchain = backend.toolchain(language, compiler)
            if language == "java":
                name = f"{java_class(source)[0]}.java"
                script = toolchain.script.replace("{file}", name)
                toolchain = attrs.evolve(toolchain, source_name=name, script=script)
            digest = digest_of(language, toolchain.identity, source)
        known = self._programs.get(digest)
        if known is not None:
            return known
        text = _bytes_of(source)
        if language == "python":
            artifact, error = await self._compile_python(pool, text)
        else:
            pool.launcher = await builder.launcher()
            compiled = await builder.compile(toolchain, text)
            artifact, error = compiled.artifact, compiled.error
        needs = absent_header(error) if language in {"c", "cpp"} else ""
        program = Program(language, source, entry_point, digest, error, needs, artifact)
        self._programs[digest] = program
        while sum(len(one.artifact) for one in self._programs.values()) > KEPT_BYTES:
            del self._programs[next(iter(self._programs))]
        return program

    async def _compile_python(self, pool: WorkerPool, source: bytes) -> tuple[bytes, str | None]:
        job = Job(
            job_protocol.COMPILE, job_protocol.pack_program(b"", source), [b""], default_limits("python")
        )
        raws = [raw async for found in pool.run(job) for raw in found]
        if raws[0].cause == job_protocol.BROKEN:
            raise SandboxError("the box failed twice while it checked a source")
        if raws[0].status == 0:
            return raws[0].stdout, None
        return b"", raws[0].stderr.decode("utf-8", "replace").strip() or "the source cannot be compiled"

    async def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits | None = None,
        mode: Mode = Mode.ISOLATED,
        checks: Sequence[Check | None] | None = None,
        files: FileIO | None = None,
    ) -> AsyncIterator[Execution]:
        """Executions in the order of the inputs. Closing the iterator kills what runs.

        Args:
            files: names of the files by which the program reads and writes; such runs are always isolated.

        Raises:
            ValueError: as many checks as inputs are needed.
            SandboxError: programs of this language cannot have files here.
        """
        if checks is not None and len(checks) != len(inputs):
            raise ValueError(f"{len(inputs)} inputs but {len(checks)} checks")
        backend, pool, _ = self._open()
        if program.compile_error is not None:
            for _ in inputs:
                detail = f"needs {program.needs}" if program.needs else ""
                error = program.compile_error.encode()
                yield not_run(Verdict.CE, detail, error, backend.name, mode, program.needs)
            return
        limits = limits or default_limits(program.language)
        job = self._job(program, inputs, limits, mode)
        if files is not None:
            if job.mounts is not None or not backend.runs_files:
                raise SandboxError(
                    f"a problem with input and output files ({files.input}, {files.output}) cannot be run in "
                    f"{program.language} on tier {backend.name}: use python, cpp, c, rust or go on Linux"
                )
            job = attrs.evolve(job, files=files, mode=Mode.ISOLATED)
        raws = pool.run(job)
        try:
            async for found in raws:
                for raw in found:
                    if raw.cause == job_protocol.BROKEN:
                        yield not_run(Verdict.IE, "the sandbox failed twice", raw.stderr, backend.name, mode)
                    else:
                        check = checks[raw.number] if checks is not None else None
                        yield await execution(raw, limits, backend.name, backend.memory_source, check)
        finally:
            await raws.aclose()

    async def run_with_files(
        self, program: Program, arguments: Sequence[str], mounts: Mounts, stdin: bytes, limits: Limits
    ) -> Execution:
        """One execution in a new box with files in it: for checkers, which read theirs by path.
        Raises :class:`SandboxError`: the language or the tier cannot do that, or the box failed twice."""
        backend, pool, _ = self._open()
        job = await self._with_files(program, arguments, mounts, stdin, limits)
        raws = [raw async for found in pool.run(job) for raw in found]
        if raws[0].cause == job_protocol.BROKEN:
            raise SandboxError(
                f"the box of a checker failed twice: {raws[0].stderr.decode(errors='replace')}"
            )
        return await execution(raws[0], limits, backend.name, backend.memory_source)

    async def converse(
        self,
        program: Program,
        interactor: Program,
        arguments: Sequence[str],
        mounts: Mounts,
        files: FileIO,
        text: bytes,
        limits: Limits,
        interactor_limits: Limits,
        accepting: int = 0,
    ) -> Conversation:
        """A program and an interactor, each in a box of its own, each reading what the other writes.

        Args:
            arguments: of the interactor, beside ``mounts``, what its box has in it.
            files: that the interactor finds in its working folder: its input, and one whose content is its
                standard output.
            text: content of its input.
            accepting: its exit code that says that all is well; after any other the program is ended.

        Raises:
            SandboxError: the language or the tier cannot do that, or a box failed twice.
        """
        backend, pool, _ = self._open()
        if program.compile_error is not None:
            error = program.compile_error.encode()
            broken = not_run(Verdict.CE, "", error, backend.name, Mode.ISOLATED, program.needs)
            return Conversation(broken, broken, False)
        judge = await self._with_files(interactor, arguments, mounts, text, interactor_limits)
        asks = self._job(program, [b""], limits, Mode.ISOLATED)
        return await converse(pool, asks, attrs.evolve(judge, files=files), backend, accepting)

    async def _with_files(
        self, program: Program, arguments: Sequence[str], mounts: Mounts, stdin: bytes, limits: Limits
    ) -> Job:
        """A job in a box of its own, for a program that reads files."""
        backend, pool, builder = self._open()
        if not backend.runs_files:
            raise SandboxError(
                f"checker programs need Linux (bubblewrap); the tier in force is {backend.name}"
            )
        pool.launcher = await builder.launcher()
        executable = None
        if program.language == "python":
            python = str(backend.interpreter.executable)
            files = (*mounts.files, ("/checker.py", _bytes_of(program.source)))
            mounts = attrs.evolve(mounts, files=files, execute=(*mounts.execute, python))
            words = [python, "-I", "-S", "-B", "/checker.py", *arguments]
        elif program.language in {"c", "cpp", "rust", "go"}:
            words, executable = ["checker", *arguments], self._executable(program)
        else:
            raise SandboxError(
                f"a checker in {program.language} is not supported: python, c, cpp, rust or go"
            )
        job = _native(words, [stdin], limits, Profile.CHECKER, executable=executable, mounts=mounts)
        return attrs.evolve(job, address_limit=program.language != "go")

    def _executable(self, program: Program) -> int:
        """Descriptor of a compiled program; stays ours."""
        assert self._executables is not None
        return self._executables.get(program.digest, program.artifact)

    def _job(self, program: Program, inputs: Sequence[bytes], limits: Limits, mode: Mode) -> Job:
        if program.language == "python":
            entry = (program.entry_point or "").encode()
            packed = job_protocol.pack_program(entry, _bytes_of(program.source), program.artifact)
            return Job(job_protocol.PYTHON, packed, inputs, limits, mode)
        if program.language in {"java", "javascript"}:
            if program.language == "java":
                mounts, command = java_mounts(program.artifact, program.source, limits)
            else:
                mounts, command = javascript_mounts(program.artifact, limits)
            # Threads of the JVM reserve as much stack as the limit allows: its own option bounds the main one's.
            limits = attrs.evolve(limits, stack_bytes=min(limits.stack_bytes, _STACK[program.language]))
            return _native(command, inputs, limits, Profile.MANAGED, mounts=mounts)
        profile = Profile.RESERVING if program.language == "go" else Profile.NATIVE
        return _native(["main"], inputs, limits, profile, executable=self._executable(program))


def _bytes_of(source: str) -> bytes:
    return source.encode("utf-8", "surrogatepass")


def _native(
    words: Sequence[str],
    inputs: Sequence[bytes],
    limits: Limits,
    profile: Profile,
    *,
    executable: int | None = None,
    mounts: Mounts | None = None,
) -> Job:
    """A job that executes a program with these arguments. Bounds address space if little is reserved."""
    packed = job_protocol.pack_program(*(word.encode() for word in words))
    fenced = profile not in RESERVING
    return Job(
        job_protocol.NATIVE, packed, inputs, limits,
        executable=executable, mounts=mounts, profile=profile, address_limit=fenced,
    )  # fmt: skip
