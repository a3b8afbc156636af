"""The backend of macOS: boxes under Seatbelt, polled limits, C and C++ by clang. **Not yet run on a real
Mac.**

What it promises if its parts do what they say: no files but the libraries, no network, no writing, no second
process, no signals but to oneself, the same limits and verdicts. What it cannot: a batch runs its inputs one
process each; memory is sampled, so a program may for 20 ms hold more than it may; checkers and the languages
with a runtime are for Linux.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Self

import attrs
from attrs import frozen

from sstar_sandbox.backends.interpreter import Interpreter
from sstar_sandbox.backends.libraries import Library
from sstar_sandbox.backends.macos import TIER
from sstar_sandbox.backends.macos.interpreter import find_mac_interpreter
from sstar_sandbox.backends.macos.libproc import Libproc
from sstar_sandbox.backends.macos.polling_worker import (
    SAMPLE_S,
    FileExecutables,
    PollingWorker,
    Sampler,
    own_folder,
    unlinked,
)
from sstar_sandbox.backends.macos.seatbelt import CompileBox, SeatbeltBox
from sstar_sandbox.backends.stage import CANDIDATE, python_command
from sstar_sandbox.compilation.compile_script import (
    COMPILE_WALL_S,
    Compiled,
    Toolchain,
    compiled_of,
    script_of,
)
from sstar_sandbox.compilation.compiler_options import PLAIN, CompilerOptions
from sstar_sandbox.compilation.toolchains import standard_of
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.policy.mounts import Mount, Mounts
from sstar_sandbox.policy.seccomp import Profile
from sstar_sandbox.records import FileIO
from sstar_sandbox.worker.worker import BoxBroken

COMPILE_BYTES = 3 << 30
"""Memory of a compiler and its children together."""
MODULES = ("inside.job_protocol", "backends.macos.frames", *CANDIDATE, "backends.macos.trusted_process")
_ONLY_LINUX = "needs Linux (bubblewrap); the tier in force is seatbelt, for Python, C and C++"
_HEADERS = """
    algorithm array atomic bitset cassert cctype cerrno cfloat chrono climits cmath complex
    condition_variable cstddef cstdint cstdio cstdlib cstring ctime cwchar deque exception forward_list
    fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator limits list
    locale map memory mutex new numeric optional ostream queue random ratio regex set sstream stack
    stdexcept streambuf string string_view system_error thread tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector
"""
"""What ``bits/stdc++.h`` includes."""


@frozen
class SeatbeltBackend:
    """Boxes under ``sandbox-exec``; see :class:`sstar_sandbox.backends.protocol.Backend`."""

    interpreter: Interpreter
    name: str = TIER
    libraries: tuple[Library, ...] = ()
    memory_source: ClassVar[str] = "sampled"
    memory_fence: ClassVar[str] = "sampled"
    runs_files: ClassVar[bool] = False
    has_linux_calls: ClassVar[bool] = False
    builds_launcher: ClassVar[bool] = False
    remark: ClassVar[str] = "untested on a real Mac: run `sstar doctor --sandbox` and tell us"

    @property
    def binaries(self) -> tuple[Path, ...]:
        """The interpreter."""
        return (self.interpreter.executable,)

    def with_libraries(self, libraries: tuple[Library, ...]) -> Self:
        """The same with other libraries."""
        return attrs.evolve(self, libraries=libraries)

    def shown(self, path: Path, folder: str) -> Mount:  # noqa: ARG002  (as of Linux)
        """A box has no root of its own: every path is where it is."""
        return Mount(path, str(path))

    def box(self, programs: Path) -> SeatbeltBox:
        """What a box of candidates may do."""
        shown = [path for library in self.libraries for path in library.paths]
        roots = tuple(PurePosixPath(root) for root in (*self.interpreter.extra_roots, *shown))
        return SeatbeltBox(PurePosixPath(self.interpreter.executable), roots, PurePosixPath(programs))

    async def start(
        self,
        profile: Profile = Profile.PYTHON,  # noqa: ARG002  (as of Linux)
        files: FileIO | None = None,
        mounts: Mounts | None = None,
        launcher: bytes | None = None,  # noqa: ARG002  (as of Linux)
    ) -> PollingWorker:
        """A new box; one kind serves every profile, executes programs without a launcher, and has neither
        files nor mounts.

        Raises:
            SandboxError: mounts were asked for.
            BoxBroken: it did not come up.
        """
        assert files is None, "refused before"
        if mounts is not None:
            raise SandboxError(f"this kind of program {_ONLY_LINUX}")
        words = python_command(self.interpreter.executable)[1:]
        return await PollingWorker.start(
            lambda folder: self.box(folder).command(words),
            MODULES,
            sampler(),
            no_processes=True,
            identity=other_user(),
            libraries={library.name: str(library.paths[0]) for library in self.libraries},
        )

    def executables(self) -> FileExecutables:
        """Unlinked files."""
        return FileExecutables()

    def toolchain(self, language: str, options: CompilerOptions = PLAIN) -> Toolchain:
        """Clang of the command line tools or of Xcode.
        Raises :class:`SandboxError`: another language, or no compiler."""
        if language not in {"c", "cpp"}:
            raise SandboxError(f"{language} {_ONLY_LINUX}")
        clang, sdk = output_of(["xcrun", "--find", "clang"]), output_of(["xcrun", "--show-sdk-path"])
        if not clang or not sdk:
            raise SandboxError("no C compiler here", "xcode-select --install")
        return clang_toolchain(language, Path(clang), Path(sdk), output_of([clang, "--version"]), options)

    def compiler_version(self, language: str) -> str:
        """First line that clang says of itself. Raises as :meth:`toolchain`."""
        return self.toolchain(language).identity.splitlines()[1]

    async def compile(self, toolchain: Toolchain, source: bytes) -> Compiled:
        """Compile one source in a box of its own. Raises :class:`SandboxError`: the box itself failed."""
        folder = own_folder("sstar-compile-")
        streams = (unlinked(source), unlinked(), unlinked())
        try:
            header = folder / "bits" / "stdc++.h"
            header.parent.mkdir()
            header.write_text("".join(f"#include <{name}>\n" for name in _HEADERS.split()))
            identity = other_user()
            if identity:
                for path in (folder, header.parent):
                    shutil.chown(path, identity["user"], identity["group"])
            command = CompileBox(
                PurePosixPath(developer_folder(toolchain.identity)), PurePosixPath(folder)
            ).command(script_of(toolchain, str(folder)))
            process = subprocess.Popen(  # noqa: ASYNC220  (a fork and an exec: no slower than asyncio's own)
                command,
                stdin=streams[0],
                stdout=streams[1],
                stderr=streams[2],
                start_new_session=True,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"},
                **identity,
            )
            stopped = await wait_within_limits(process, sampler(), COMPILE_WALL_S, COMPILE_BYTES)
            why = f"the compiler was stopped: {stopped}" if stopped else ""
            return compiled_of(streams[1], streams[2], process.returncode, why, toolchain)
        except OSError as error:
            raise SandboxError(f"the compile box could not be started: {error}") from error
        finally:
            for fd in streams:
                os.close(fd)
            shutil.rmtree(folder, ignore_errors=True)


async def wait_within_limits(
    process: subprocess.Popen[bytes], look: Sampler, seconds: float, most: int
) -> str:
    """Wait for a process group that was started for it; why it was stopped, empty when it was not."""
    end = time.monotonic() + seconds
    why = ""
    try:
        while process.poll() is None and not why:
            await asyncio.sleep(SAMPLE_S)
            if time.monotonic() > end:
                why = f"it took more than {seconds:.0f} s"
            elif memory_of(process.pid, look) > most:
                why = f"it took more than {most >> 20} MiB"
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return why


def memory_of(pid: int, look: Sampler) -> int:
    """Memory of a process and all its descendants."""
    found = [pid]
    for one in found:
        found += look.children(one)
    used = [look.usage(one) for one in found]
    return sum(one.memory_bytes for one in used if one is not None)


def clang_toolchain(
    language: str,
    clang: Path,
    sdk: Path,
    version: str,
    options: CompilerOptions = PLAIN,
) -> Toolchain:
    """How a source is compiled; the identity begins with the compiler's path."""
    compiler = clang.with_name("clang++") if language == "cpp" else clang
    name, standard = (
        ("main.cpp", standard_of(str(compiler), options)) if language == "cpp" else ("main.c", "gnu17")
    )
    flags = (
        f"-O2 -std={standard} -DONLINE_JUDGE -isysroot '{sdk}' -I. -ferror-limit=5 -fno-color-diagnostics -w"
    )
    flags = " ".join([flags, *options.flags])
    script = f"'{compiler}' {flags} -o main {name} && cat main >&3"
    return Toolchain(language, name, script, f"{compiler}\n{version}\n{flags}", address_limit=False)


def developer_folder(identity: str) -> str:
    """The folder that a compiler and its SDK lie in: of Xcode, or of the command line tools."""
    path = PurePosixPath(identity.partition("\n")[0])
    for parent in path.parents:
        if parent.name in {"CommandLineTools", "Developer"}:
            return str(parent)
    return str(path.parent.parent)


def other_user() -> dict[str, Any]:
    """Keyword arguments of ``Popen`` that make root's child ``nobody``; none for ordinary users."""
    return {"user": "nobody", "group": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}


def sampler() -> Sampler:
    """The sampler of this system. Raises BoxBroken where it is no Mac."""
    if sys.platform != "darwin":
        raise BoxBroken("this tier is for macOS")
    return Libproc()


def output_of(command: Sequence[str]) -> str:
    """Standard output of a tool; empty when it is not there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def mac_backends() -> list[SeatbeltBackend]:
    """The only one. Raises SandboxUnavailable where no interpreter is a real program."""
    return [SeatbeltBackend(find_mac_interpreter())]
