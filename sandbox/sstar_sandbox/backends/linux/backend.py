"""The backends of Linux: command line of a box, and how its trusted process is told to harden itself.

Strongest first: the system's bubblewrap, a bundled one, our own namespaces, Landlock with seccomp. Which of
them works here is found out in ``backend_selection``.
"""

from __future__ import annotations

import base64
import os
import re
import struct
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self

import attrs
from attrs import frozen

from sstar_sandbox.backends.interpreter import Interpreter
from sstar_sandbox.backends.libraries import Library
from sstar_sandbox.backends.linux.bwrap import DEVICES, bwrap_candidates, bwrap_command, system_layout
from sstar_sandbox.backends.linux.compile_box import TMP_BYTES, run_compiler
from sstar_sandbox.backends.stage import CANDIDATE, python_command, stage
from sstar_sandbox.compilation.compile_script import Compiled, Toolchain, script_of
from sstar_sandbox.compilation.compiler_options import PLAIN, CompilerOptions
from sstar_sandbox.compilation.toolchains import compiler_version, toolchain_of
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.inside.hardening import landlock
from sstar_sandbox.policy import seccomp
from sstar_sandbox.policy.mounts import Mount, Mounts
from sstar_sandbox.policy.privileges import BOX_UID
from sstar_sandbox.policy.seccomp import RESERVING, Profile
from sstar_sandbox.records import FileIO
from sstar_sandbox.worker.memfds import Executables
from sstar_sandbox.worker.private_folders import PrivateFolder, give_to_box
from sstar_sandbox.worker.worker import Worker

_READ = landlock.READ_FILE | landlock.READ_DIR
LANDLOCK_NEEDED = 4
"""The ``landlock`` tier needs rules for TCP: kernel 6.7."""
PENDING_SIGNALS = 64
LOADERS = (
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
)
"""What the kernel executes for a program that is linked dynamically: all are where no static C library is. It
gets no right by it that the program has not."""
STDIN = "/dev/stdin"
FILES = "/files"
"""Working folder of programs that read and write files."""
LIBRARIES = "/libraries"
TIERS = ("bwrap", "bundled-bwrap", "userns", "landlock")
"""Strongest first."""
_HARDENING = tuple(
    f"inside.{name}"
    for name in ("job_protocol", "job", "hardening.landlock", "hardening.namespaces", "hardening.harden")
)
_ZYGOTE = (*_HARDENING, *CANDIDATE, *(f"inside.{x}" for x in ("io_files", "huge_pages", "pools", "zygote")))
_COMPILE = (*_HARDENING, "inside.main_compile")
_BECOME = (*_HARDENING, "inside.main_become")


@frozen
class IoFiles:
    """Files that a box is born with and that its trusted process writes: see ``inside/io_files.py``."""

    stdin: str = ""
    """What ``/dev/stdin`` is; empty if it leads to descriptor 0 by itself."""
    input: str = ""
    output: str = ""
    folder: PrivateFolder | None = None
    """Folder of the machine that holds them, where a box has no file system of its own; goes with the box."""

    @property
    def paths(self) -> list[str]:
        """The paths that are in use."""
        return [path for path in (self.stdin, self.input, self.output) if path]

    def rules(self) -> list[tuple[str, int]]:
        """Landlock rules for them."""
        reading = [(path, landlock.READ_FILE) for path in self.paths]
        return [*reading, (self.output, landlock.WRITE_FILE | landlock.TRUNCATE)] if self.output else reading

    def arguments(self) -> tuple[list[str], dict[str, bytes]]:
        """Arguments for bubblewrap, and the contents of the descriptors that they name."""
        words, contents = [], {}
        for number, path in enumerate(self.paths):
            contents[f"{{own{number}}}"] = b""
            words += ["--bind-data", f"{{own{number}}}", path]
        return words, contents


class Isolation(StrEnum):
    """The mechanism that hides the machine from a box."""

    BWRAP = "bwrap"
    USERNS = "userns"
    LANDLOCK = "landlock"


@frozen
class LinuxBackend:
    """One way to isolate a box; see :class:`sstar_sandbox.backends.protocol.Backend`."""

    name: str
    isolation: Isolation
    interpreter: Interpreter
    bwrap: Path | None = None
    memory_source: ClassVar[str] = "rusage"
    memory_fence: ClassVar[str] = "address space"
    runs_files: ClassVar[bool] = True
    has_linux_calls: ClassVar[bool] = True
    builds_launcher: ClassVar[bool] = True
    remark: ClassVar[str] = ""
    libraries: tuple[Library, ...] = ()
    """What Python programs may import besides the standard library."""

    @property
    def binaries(self) -> tuple[Path, ...]:
        """The interpreter, and bubblewrap where it is used."""
        return (self.interpreter.executable, *((self.bwrap,) if self.bwrap else ()))

    def with_libraries(self, libraries: tuple[Library, ...]) -> Self:
        """The same with other libraries."""
        return attrs.evolve(self, libraries=libraries)

    def executables(self) -> Executables:
        """Sealed memfds."""
        return Executables()

    def toolchain(self, language: str, options: CompilerOptions = PLAIN) -> Toolchain:
        """GCC, and the usual compilers of other languages. Raises SandboxError where it is not installed."""
        return toolchain_of(language, options)

    def compiler_version(self, language: str) -> str:
        """One line. Raises SandboxError where it is not installed."""
        return compiler_version(language)

    @property
    def private_pids(self) -> bool:
        """Whether each execution has a pid namespace of its own."""
        return self.isolation is not Isolation.LANDLOCK

    @property
    def _counts_user(self) -> bool:
        """Whether a process limit counts all that the user runs: since Linux 5.14 not in a user namespace."""
        major, minor = (int(part) for part in re.findall(r"\d+", os.uname().release)[:2])
        return self.isolation is Isolation.LANDLOCK or (major, minor) < (5, 14)

    @property
    def _pending_signals(self) -> int:
        """Most timers and queued signals. None if others' count too, who would see it."""
        return 0 if self._counts_user else PENDING_SIGNALS

    async def start(
        self,
        profile: Profile = Profile.PYTHON,
        files: FileIO | None = None,
        mounts: Mounts | None = None,
        launcher: bytes | None = None,
    ) -> Worker:
        """A new box with the launcher in it, or with a zygote, which has no mounts.

        Raises:
            SandboxError: mounts were asked for, which only bubblewrap can make.
            BoxBroken: it did not come up.
        """
        if launcher is not None:
            return await self._start_launcher(launcher, profile, mounts, files)
        own = self._own_files(files)
        libraries = {
            library.name: [self.shown(path, LIBRARIES) for path in library.paths]
            for library in self.libraries
        }
        binds = [mount for seen in libraries.values() for mount in seen]
        rules = [*self._read_rules(profile), *own.rules(), *((mount.target, _READ) for mount in binds)]
        options = self._options(profile, rules, binds, own=own)
        options["libraries"] = {name: seen[0].target for name, seen in libraries.items()}
        command = python_command(self.interpreter.executable)
        contents: dict[str, bytes] = {}
        if self.isolation is Isolation.BWRAP:
            assert self.bwrap is not None
            binds += [Mount(root, str(root)) for root in self.interpreter.extra_roots]
            extra, contents = own.arguments()
            command = bwrap_command(self.bwrap, command, mounts=binds, extra=extra, keep_sys_admin=True)
        contents["{stage}"] = stage(_ZYGOTE, options)
        return await Worker.start(command, contents, folder=own.folder)

    def shown(self, path: Path, folder: str) -> Mount:
        """A path as a box has it: in ``folder`` where the box has a root of its own, else where it is."""
        return Mount(path, str(path) if self.isolation is Isolation.LANDLOCK else f"{folder}/{path.name}")

    def _own_files(self, files: FileIO | None, *, has_stdin: bool = True) -> IoFiles:
        """The files that a new box is born with; on ``landlock`` in a folder made for it."""
        if self.isolation is not Isolation.LANDLOCK:
            stdin = STDIN if has_stdin else ""
            named = (f"{FILES}/{files.input}", f"{FILES}/{files.output}") if files else ("", "")
            return IoFiles(stdin, *named)
        if files is None:
            return IoFiles()
        folder = PrivateFolder.make()
        paths = [folder.path / name for name in (files.input, files.output)]
        for path in paths:
            path.touch(0o600)
            give_to_box(path)
        return IoFiles("", str(paths[0]), str(paths[1]), folder)

    async def _start_launcher(
        self, launcher: bytes, profile: Profile, mounts: Mounts | None, files: FileIO | None
    ) -> Worker:
        if mounts is not None and self.isolation is not Isolation.BWRAP:
            raise SandboxError(f"this kind of program needs bubblewrap; the tier in force is {self.name}")
        own = self._own_files(files, has_stdin=mounts is None or not mounts.processes)
        rules = [*self._read_rules(profile), *own.rules(), *(mounts.rules() if mounts else ())]
        contents = {"{launcher}": launcher, "{orders}": self._orders(profile, rules, own)}
        words = ["{orders}", "{control}"]
        if self.isolation is Isolation.BWRAP:
            assert self.bwrap is not None
            extra, mounted = mounts.arguments() if mounts else ([], {})
            words_of_own, own_contents = own.arguments()
            extra += [*words_of_own, "--perms", "0555", "--ro-bind-data", "{launcher}", "/launcher"]
            contents |= mounted | own_contents
            command = bwrap_command(self.bwrap, ["/launcher", *words], extra=extra, keep_sys_admin=True)
        elif self.isolation is Isolation.LANDLOCK:
            command = ["/proc/self/fd/{launcher}", *words]
        else:
            options = self._options(profile, [], own=own)
            contents["{stage}"] = stage(_BECOME, options)
            command = [*python_command(self.interpreter.executable), "{launcher}", "{orders}"]
        return await Worker.start(command, contents, folder=own.folder)

    def _orders(self, profile: Profile, rules: Sequence[tuple[str, int]], own: IoFiles) -> bytes:
        """How the launcher is to harden itself, as ``launcher.c`` reads it."""
        code, child = seccomp.program(profile, self.private_pids), seccomp.child_program()
        alone = self.isolation is Isolation.LANDLOCK
        needed, parent = (LANDLOCK_NEEDED, os.getpid()) if alone else (0, 0)
        numbers = (self.private_pids, needed, parent, self._counts_user, self._pending_signals)
        paths = [path.encode() for path in (own.stdin, own.input, own.output)]
        parts = [struct.pack("<IIIII", *numbers), *(struct.pack("<I", len(path)) + path for path in paths)]
        parts += [struct.pack("<I", len(filter_) // 8) + filter_ for filter_ in (code, child)]
        parts.append(struct.pack("<I", len(rules)))
        for path, rights in rules:
            parts.append(struct.pack("<QI", rights, len(path.encode())) + path.encode())
        return b"".join(parts)

    async def compile(self, toolchain: Toolchain, source: bytes) -> Compiled:
        """Compile one source in a box of its own.
        Raises :class:`SandboxError`: the box itself failed, or cannot be had with this isolation."""
        folder = PrivateFolder.make() if self.isolation is Isolation.LANDLOCK else None
        try:
            command, contents = self._compile_command(toolchain, str(folder.path) if folder else "/tmp")  # noqa: S108  (in the box)
            return await run_compiler(command, contents, source, toolchain)
        finally:
            if folder is not None:
                folder.remove()

    def _compile_command(self, toolchain: Toolchain, tmp: str) -> tuple[list[str], dict[str, bytes]]:
        """Command line of a box for one compiler, and contents of the descriptors that it names."""
        words = ["/bin/sh", "-c", script_of(toolchain, tmp)]
        environment = {"PATH": "/usr/bin:/bin", "HOME": tmp, "LANG": "C.UTF-8", **toolchain.environment}
        if self.isolation is Isolation.BWRAP:
            assert self.bwrap is not None
            extra = ["--size", str(TMP_BYTES), "--tmpfs", tmp, "--seccomp", "{filter}"]
            if toolchain.processes:
                extra += ["--proc", "/proc"]
            for name, value in environment.items():
                extra += ["--setenv", name, value]
            command = bwrap_command(self.bwrap, words, mounts=toolchain.mounts, extra=extra)
            return command, {"{filter}": seccomp.program(Profile.COMPILE, self.private_pids)}
        if toolchain.processes:
            raise SandboxError(f"this compiler needs bubblewrap; the tier in force is {self.name}")
        if self.isolation is Isolation.LANDLOCK:
            elsewhere = {name: value.replace("/tmp", tmp) for name, value in environment.items()}  # noqa: S108  (not in this box)
            environment = elsewhere | {"HOME": tmp, "TMPDIR": tmp}
        rules = [*self._read_rules(Profile.COMPILE), *((mount.target, _READ) for mount in toolchain.mounts)]
        executed = ("/usr", "/bin", "/lib", "/lib64", "/etc/alternatives")
        rules += [(path, _READ | landlock.EXECUTE) for path in executed]
        rules.append((tmp, _READ | landlock.EXECUTE | landlock.ALL_WRITES))
        options = self._options(Profile.COMPILE, rules, toolchain.mounts, TMP_BYTES, keep_sys_admin=False)
        options |= {"command": words, "environment": environment, "folder": tmp}
        return python_command(self.interpreter.executable), {"{stage}": stage(_COMPILE, options)}

    def _read_rules(self, profile: Profile) -> list[tuple[str, int]]:
        places = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo")
        rules = [(path, _READ) for path in (*places, *map(str, self.interpreter.extra_roots))]
        # A shared map of /dev/zero is memory that no limit counts but that of address space.
        devices = [path for path in DEVICES if path != "/dev/zero" or profile not in RESERVING]
        rules += [(path, _READ) for path in devices]
        if profile in {Profile.NATIVE, Profile.CHECKER, Profile.RESERVING}:
            rules += [(path, _READ | landlock.EXECUTE) for path in LOADERS]
        rules.append(("/dev/null", landlock.WRITE_FILE))
        return rules

    def _options(
        self,
        profile: Profile,
        rules: Sequence[tuple[str, int]],
        mounts: Sequence[Mount] = (),
        tmp_bytes: int = 0,
        *,
        keep_sys_admin: bool = True,
        own: IoFiles | None = None,
    ) -> dict[str, Any]:
        own = own or IoFiles()
        binds, links = system_layout()
        roots = [str(root) for root in self.interpreter.extra_roots]
        return {
            "stdin": own.stdin,
            "input": own.input,
            "output": own.output,
            "private_pids": self.private_pids,
            "counts_user": self._counts_user,
            "pending_signals": self._pending_signals,
            "rules": list(rules),
            "landlock_needed": LANDLOCK_NEEDED if self.isolation is Isolation.LANDLOCK else 0,
            "filter": base64.b64encode(seccomp.program(profile, self.private_pids)).decode(),
            "child_filter": base64.b64encode(seccomp.child_program()).decode(),
            "parent": os.getpid() if self.isolation is not Isolation.BWRAP else 0,
            "namespaces": None
            if self.isolation is not Isolation.USERNS
            else {
                "uid": BOX_UID,
                "binds": [
                    *((path, path) for path in (*binds, *roots)),
                    *((str(mount.source), mount.target) for mount in mounts),
                ],
                "files": own.paths,
                "links": links,
                "devices": list(DEVICES),
                "tmp_bytes": tmp_bytes,
                "keep_sys_admin": keep_sys_admin,
            },
        }


def linux_backends(interpreter: Interpreter) -> list[LinuxBackend]:
    """All that might work here, strongest first."""
    return [
        *(LinuxBackend(name, Isolation.BWRAP, interpreter, path) for name, path in bwrap_candidates()),
        LinuxBackend("userns", Isolation.USERNS, interpreter),
        LinuxBackend("landlock", Isolation.LANDLOCK, interpreter),
    ]
