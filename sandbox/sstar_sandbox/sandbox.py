"""The sandbox as its users see it: prepare a program, run it on many inputs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import attrs

from sstar_sandbox.absent import absent_header
from sstar_sandbox.box import Tier
from sstar_sandbox.cache import Cache, default_cache_dir
from sstar_sandbox.compiler_options import PLAIN, CompilerOptions
from sstar_sandbox.compilers import Toolchain
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.files import FileIO
from sstar_sandbox.inside import wire
from sstar_sandbox.interaction import Conversation, converse
from sstar_sandbox.languages import default_limits, language_named
from sstar_sandbox.libraries import find_libraries, header_folder
from sstar_sandbox.outcome import execution, not_run
from sstar_sandbox.pool import Pool
from sstar_sandbox.probes import ensure_tested
from sstar_sandbox.records import MIB, Check, Execution, Limits, Mode, Offering, Program, Verdict
from sstar_sandbox.rooms import Room, java_class, java_room, javascript_room
from sstar_sandbox.seccomp import Profile
from sstar_sandbox.tiers import choose_tier
from sstar_sandbox.toolchains import compiler_version, toolchain_of
from sstar_sandbox.work import Work
from sstar_sandbox.workshop import Workshop, digest_of

if TYPE_CHECKING:
    from sstar_sandbox.kinds import AnyTier
    from sstar_sandbox.memfds import Executables

HEADERS = "atcoder"
"""Name of the library whose headers C++ programs may include."""
KEPT_BYTES = 64 * MIB
"""Artifacts kept in memory; older ones come from the cache again."""
_STACK = {"java": 8 * MIB, "javascript": 64 * MIB}


class Sandbox:
    """Runs hostile programs on many inputs. An async context manager.

    ::

        async with Sandbox() as sandbox:
            program = await sandbox.prepare("print(int(input()) * 2)", "python")
            async for execution in sandbox.run(program, [b"4", b"5"]):
                print(execution.verdict, execution.stdout)

    Args:
        workers: boxes that run at the same time.
        libraries: what programs may import or include besides the standard library, by name; None: what is here of
            :data:`sstar_sandbox.libraries.KNOWN`.
        tier: insist on one kind of isolation; None takes the strongest that works.
        cache_dir: where compiled programs are kept; None is the user's cache folder.
        self_test: try ten probes before the first use on this machine (about a second, then remembered);
            only what tests the sandbox itself says False.

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
        self_test: bool = True,
    ) -> None:
        if workers < 1:
            raise ValueError("a sandbox needs at least one worker")
        self._workers = workers
        self._wanted_tier = tier
        self._wanted_libraries = libraries
        self._cache_dir = cache_dir
        self._self_test = self_test
        self._tier: AnyTier | None = None
        self._pool: Pool | None = None
        self._workshop: Workshop | None = None
        self._executables: Executables | None = None
        self._programs: dict[str, Program] = {}

    async def __aenter__(self) -> Self:
        tier = await choose_tier(self._wanted_tier)
        wanted = self._wanted_libraries
        self._tier = tier = attrs.evolve(tier, libraries=find_libraries(tier.interpreter, wanted))
        folder = header_folder(HEADERS) if wanted is None or HEADERS in wanted else None
        self._has_headers = folder is not None
        headers = folder / HEADERS if folder and str(folder) != "/usr/include" else None
        self._executables = self._tier.executables()
        self._pool = Pool(self._tier, self._workers)
        cache = Cache(self._cache_dir or default_cache_dir())
        self._workshop = Workshop(self._tier, cache, self._workers, headers)
        if self._self_test:
            try:
                await ensure_tested(self, self._tier, cache)
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
    def memory_fence(self) -> str:
        """What bounds the memory of a box: ``cgroup v1``, ``cgroup v2``, ``address space``, or nothing but ``sampled``."""
        tier, pool, _ = self._open()
        return pool.memory_fence if isinstance(tier, Tier) else tier.memory_source

    def _open(self) -> tuple[AnyTier, Pool, Workshop]:
        if self._tier is None or self._pool is None or self._workshop is None:
            raise SandboxError("the sandbox is not open: use `async with Sandbox() as sandbox`")
        return self._tier, self._pool, self._workshop

    def toolchain(self, language: str) -> str:
        """What compiles a language here, in a few words.

        Raises:
            UnknownName: no such language.
            SandboxError: nothing does; how to get it.
        """
        language = language_named(language)
        tier = self._open()[0]
        if language == "python":
            return str(tier.interpreter.executable)
        if isinstance(tier, Tier):
            return compiler_version(language)
        return tier.toolchain(language).identity.splitlines()[1]

    def _toolchain(self, language: str, compiler: CompilerOptions) -> Toolchain:
        tier = self._open()[0]
        return (
            toolchain_of(language, compiler) if isinstance(tier, Tier) else tier.toolchain(language, compiler)
        )

    async def offering(self, language: str, compiler: CompilerOptions = PLAIN) -> Offering:
        """What a program of a language finds here; empty where nothing compiles it.

        Raises:
            UnknownName: no such language.
        """
        language = language_named(language)
        tier = self._open()[0]
        are_chosen = self._wanted_libraries is not None
        if language == "python":
            return Offering("", tuple(library.name for library in tier.libraries), are_chosen)
        if language != "cpp":
            return Offering()
        try:
            identity = self._toolchain(language, compiler).identity
        except SandboxError:
            return Offering()
        standard = identity.partition("-std=")[2].split()[0].removeprefix("gnu").removeprefix("c")
        return Offering(f"C{standard}", (f"{HEADERS}/all",) if self._has_headers else (), are_chosen)

    async def prepare(
        self,
        source: str,
        language: str,
        entry_point: str | None = None,
        compiler: CompilerOptions = PLAIN,
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
        _, pool, workshop = self._open()
        if language == "python":
            digest = digest_of("python", entry_point or "", source)
        else:
            toolchain = self._toolchain(language, compiler)
            if language == "java":
                name = f"{java_class(source)[0]}.java"
                script = toolchain.script.replace("{file}", name)
                toolchain = attrs.evolve(toolchain, source_name=name, script=script)
            digest = digest_of(language, toolchain.identity, source)
        known = self._programs.get(digest)
        if known is not None:
            return known
        text = source.encode("utf-8", "surrogatepass")
        if language == "python":
            artifact, error = await self._compile_python(pool, text)
        else:
            pool.launcher = await workshop.launcher()
            compiled = await workshop.compile(toolchain, text)
            artifact, error = compiled.artifact, compiled.error
        needs = absent_header(error) if language in {"c", "cpp"} else ""
        program = Program(language, source, entry_point, digest, error, needs, artifact)
        self._programs[digest] = program
        while sum(len(one.artifact) for one in self._programs.values()) > KEPT_BYTES:
            del self._programs[next(iter(self._programs))]
        return program

    async def _compile_python(self, pool: Pool, source: bytes) -> tuple[bytes, str | None]:
        work = Work(wire.COMPILE, wire.pack_program(b"", source), [b""], default_limits("python"))
        raws = [raw async for found in pool.run(work) for raw in found]
        if raws[0].cause == wire.BROKEN:
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
        tier, pool, _ = self._open()
        if program.compile_error is not None:
            for _ in inputs:
                detail = f"needs {program.needs}" if program.needs else ""
                error = program.compile_error.encode()
                yield not_run(Verdict.CE, detail, error, tier.name, mode, program.needs)
            return
        limits = limits or default_limits(program.language)
        work = self._work(program, inputs, limits, mode)
        if files is not None:
            if work.room is not None or not isinstance(tier, Tier):
                raise SandboxError(
                    f"a problem with input and output files ({files.input}, {files.output}) cannot be run in "
                    f"{program.language} on tier {tier.name}: use python, cpp, c, rust or go on Linux"
                )
            work = attrs.evolve(work, files=files, mode=Mode.ISOLATED)
        raws = pool.run(work)
        try:
            async for found in raws:
                for raw in found:
                    if raw.cause == wire.BROKEN:
                        yield not_run(Verdict.IE, "the sandbox failed twice", raw.stderr, tier.name, mode)
                    else:
                        check = checks[raw.number] if checks is not None else None
                        yield await execution(raw, limits, tier.name, tier.memory_source, check)
        finally:
            await raws.aclose()

    async def run_furnished(
        self, program: Program, arguments: Sequence[str], room: Room, stdin: bytes, limits: Limits
    ) -> Execution:
        """One execution in a box of its own with files in it: for checkers, which read theirs by path.

        Raises:
            SandboxError: the language or the tier cannot do that, or the box failed twice.
        """
        tier, pool, _ = self._open()
        work = await self._furnished(program, arguments, room, stdin, limits)
        raws = [raw async for found in pool.run(work) for raw in found]
        if raws[0].cause == wire.BROKEN:
            raise SandboxError(
                f"the box of a checker failed twice: {raws[0].stderr.decode(errors='replace')}"
            )
        return await execution(raws[0], limits, tier.name, tier.memory_source, None)

    async def converse(
        self,
        program: Program,
        interactor: Program,
        arguments: Sequence[str],
        room: Room,
        files: FileIO,
        text: bytes,
        limits: Limits,
        interactor_limits: Limits,
        accepting: int = 0,
    ) -> Conversation:
        """A program and an interactor, each in a box of its own, each reading what the other writes.

        Args:
            arguments: of the interactor, beside ``room``, what its box has in it.
            files: that the interactor finds in its working folder: its input, and one whose content is its standard output.
            text: content of its input.
            accepting: its exit code that says that all is well; after any other the program is ended.

        Raises:
            SandboxError: the language or the tier cannot do that, or a box failed twice.
        """
        tier, pool, _ = self._open()
        if program.compile_error is not None:
            error = program.compile_error.encode()
            broken = not_run(Verdict.CE, "", error, tier.name, Mode.ISOLATED, program.needs)
            return Conversation(broken, broken, False)
        judge = attrs.evolve(
            await self._furnished(interactor, arguments, room, text, interactor_limits), files=files
        )
        asks = self._work(program, [b""], limits, Mode.ISOLATED)
        return await converse(pool, asks, judge, tier, accepting)

    async def _furnished(
        self, program: Program, arguments: Sequence[str], room: Room, stdin: bytes, limits: Limits
    ) -> Work:
        """Work in a box of its own, for a program that reads files."""
        tier, pool, workshop = self._open()
        if not isinstance(tier, Tier):
            raise SandboxError(
                f"a checker program needs Linux (bubblewrap); the tier in force is {tier.name}"
            )
        pool.launcher = await workshop.launcher()
        if program.language == "python":
            python = str(tier.interpreter.executable)
            files = (*room.files, ("/checker.py", program.source.encode("utf-8", "surrogatepass")))
            room = attrs.evolve(room, files=files, execute=(*room.execute, python))
            words, executable = [python, "-I", "-S", "-B", "/checker.py", *arguments], None
        elif program.language in {"c", "cpp", "rust", "go"}:
            words, executable = (
                ["checker", *arguments],
                self._executable(program),
            )
        else:
            raise SandboxError(
                f"a checker in {program.language} is not supported: python, c, cpp, rust or go"
            )
        packed = wire.pack_program(*(word.encode() for word in words))
        fenced = program.language != "go"
        return Work(
            wire.NATIVE, packed, [stdin], limits,
            executable=executable, room=room, profile=Profile.FURNISHED, address_limit=fenced,
        )  # fmt: skip

    def _executable(self, program: Program) -> int:
        """Descriptor of a compiled program; stays ours."""
        assert self._executables is not None
        return self._executables.get(program.digest, program.artifact)

    def _work(self, program: Program, inputs: Sequence[bytes], limits: Limits, mode: Mode) -> Work:
        if program.language == "python":
            entry = (program.entry_point or "").encode()
            packed = wire.pack_program(
                entry, program.source.encode("utf-8", "surrogatepass"), program.artifact
            )
            return Work(wire.PYTHON, packed, inputs, limits, mode)
        if program.language in {"java", "javascript"}:
            make = java_room(program.artifact, program.source, limits)
            if program.language == "javascript":
                make = javascript_room(program.artifact, limits)
            room, command = make
            # Threads of the JVM reserve as much stack as the limit allows: its own option bounds the main one's.
            limits = attrs.evolve(limits, stack_bytes=min(limits.stack_bytes, _STACK[program.language]))
            words = wire.pack_program(*(word.encode() for word in command))
            return Work(
                wire.NATIVE, words, inputs, limits, address_limit=False, room=room, profile=Profile.MANAGED
            )
        executable = self._executable(program)
        packed = wire.pack_program(b"main")
        return Work(
            wire.NATIVE,
            packed,
            inputs,
            limits,
            executable=executable,
            profile=Profile.RESERVING if program.language == "go" else Profile.NATIVE,
            address_limit=program.language != "go",
        )
