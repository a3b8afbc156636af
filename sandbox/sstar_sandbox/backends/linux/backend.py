"""A box of each tier: its command line, and what the trusted process inside is told about hardening itself.

The tiers, strongest first: the system's bubblewrap, a bundled one, our own namespaces, Landlock with seccomp.
Which of them works is found out in ``tiers``.
"""

from __future__ import annotations

import base64
import functools
import json
import marshal
import os
import re
import struct
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib import resources
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

from attrs import frozen

from sstar_sandbox.backends.interpreter import Interpreter
from sstar_sandbox.backends.libraries import Library
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.file_io import FileIO
from sstar_sandbox.inside.hardening import landlock
from sstar_sandbox.policy import seccomp
from sstar_sandbox.policy.bwrap import BOX_UID, DEVICES, Mount, bwrap_command, system_layout
from sstar_sandbox.policy.mounts import Room
from sstar_sandbox.policy.seccomp import RESERVING, Profile
from sstar_sandbox.worker.memfds import Executables
from sstar_sandbox.worker.private_folders import PrivateFolder, give_to_box
from sstar_sandbox.worker.worker import Worker

LOADER = """
import json, marshal, os, sys, types
from _frozen_importlib_external import MAGIC_NUMBER
stage = json.loads(os.read(int(sys.argv[1]), 1 << 22))
os.close(int(sys.argv[1]))
control = int(sys.argv[2])
for name, source, code in stage["modules"]:
    module = types.ModuleType(name)
    sys.modules[name] = module
    package, _, last = name.rpartition(".")
    if package:
        setattr(sys.modules[package], last, module)
    code = bytes.fromhex(code)
    same = code[:4] == MAGIC_NUMBER
    exec(marshal.loads(code[4:]) if same else compile(source, "<" + name + ">", "exec"), module.__dict__)
sys.path[:] = [path for path in sys.path if path]
os.environ.clear()
main = sys.modules[stage["main"]].main
for name, _, _ in stage["modules"]:
    del sys.modules[name]
options = stage["options"]
del stage, module, source, code
main(control, options)
"""
_PACKAGES = {"", "inside", "inside.python", "inside.hardening"}
_HARDENING = (
    "",
    "inside",
    "inside.wire",
    "inside.hardening",
    *(f"inside.hardening.{name}" for name in ("landlock", "namespaces", "harden")),
)
CANDIDATE = (
    "inside.python",
    *(f"inside.python.{name}" for name in ("values", "streams", "candidate", "library_finder")),
)
"""What runs a Python program."""
_ZYGOTE = (*_HARDENING, *CANDIDATE, "inside.io_files", "inside.huge_pages", "inside.pools", "inside.zygote")
_COMPILE = (*_HARDENING, "inside.main_compile")
_BECOME = (*_HARDENING, "inside.main_become")
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
"""What the kernel executes for a program that is linked dynamically: all are where no static C library is. It gets no
right by it that the program has not."""
STDIN = "/dev/stdin"
FILES = "/files"
"""Working folder of programs that read and write files."""
LIBRARIES = "/libraries"


@frozen
class OwnFiles:
    """Files that a box is born with and that its trusted process writes: see ``inside/io_files.py``."""

    stdin: str = ""
    """What ``/dev/stdin`` is; empty where it leads to descriptor 0 by itself."""
    input: str = ""
    output: str = ""
    folder: PrivateFolder | None = None
    """Folder of the machine that holds them, where a box has no file system of its own; goes with the box."""

    @property
    def paths(self) -> list[str]:
        """Those that there are."""
        return [path for path in (self.stdin, self.input, self.output) if path]

    def rules(self) -> list[tuple[str, int]]:
        """Landlock rules for them."""
        reading = [(path, landlock.READ_FILE) for path in self.paths]
        return [*reading, (self.output, landlock.WRITE_FILE | landlock.TRUNCATE)] if self.output else reading

    def arguments(self) -> tuple[list[str], dict[str, bytes]]:
        """Words for bubblewrap and the contents that they name."""
        words, contents = [], {}
        for number, path in enumerate(self.paths):
            contents[f"{{own{number}}}"] = b""
            words += ["--bind-data", f"{{own{number}}}", path]
        return words, contents


class Wall(StrEnum):
    """What keeps the machine out of sight."""

    BWRAP = "bwrap"
    USERNS = "userns"
    LANDLOCK = "landlock"


@functools.cache
def module_sources(names: tuple[str, ...]) -> list[list[str]]:
    """Our modules, in the order to load them; packages are empty.

    Each: name, source, and the code that it compiles to here behind this interpreter's magic number, in hex: a box
    whose interpreter is of the same version is spared compiling them.
    """
    package = resources.files("sstar_sandbox")
    found = []
    for name in names:
        is_package = name in _PACKAGES
        source = "" if is_package else (package / (name.replace(".", "/") + ".py")).read_text("utf-8")
        full = f"sstar_sandbox.{name}".rstrip(".")
        code = MAGIC_NUMBER + marshal.dumps(compile(source, f"<{full}>", "exec", dont_inherit=True))
        found.append([full, source, code.hex()])
    return found


@frozen
class Tier:
    """One way to wall a box in."""

    name: str
    wall: Wall
    interpreter: Interpreter
    bwrap: Path | None = None
    memory_source: str = "rusage"
    """Who measures the memory of an execution."""
    libraries: tuple[Library, ...] = ()
    """What Python programs may import besides the standard library."""

    def executables(self) -> Executables:
        """Where compiled programs wait for their runs."""
        return Executables()

    @property
    def private_pids(self) -> bool:
        """Whether each execution has a pid namespace of its own."""
        return self.wall is not Wall.LANDLOCK

    @property
    def _counts_user(self) -> bool:
        """Whether a limit on processes counts all that the user runs: since Linux 5.14 not in a user namespace."""
        major, minor = (int(part) for part in re.findall(r"\d+", os.uname().release)[:2])
        return self.wall is Wall.LANDLOCK or (major, minor) < (5, 14)

    @property
    def _pending_signals(self) -> int:
        """Most timers and queued signals. None where they are counted with those of all others, who would see it."""
        return 0 if self._counts_user else PENDING_SIGNALS

    async def start(self, profile: Profile = Profile.PYTHON, files: FileIO | None = None) -> Worker:
        """A new box with a zygote in it. Raises :class:`sstar_sandbox.worker.worker.BoxBroken`."""
        own = self._own_files(files)
        mounts = [mount for library in self.libraries for mount in self._library_mounts(library)]
        rules = [*self._read_rules(profile), *own.rules(), *((mount.target, _READ) for mount in mounts)]
        options = self._options(profile, rules, mounts, own=own)
        options["libraries"] = {
            library.name: self._library_mounts(library)[0].target for library in self.libraries
        }
        command = self._python()
        contents: dict[str, bytes] = {}
        if self.wall is Wall.BWRAP:
            assert self.bwrap is not None
            mounts += [Mount(root, str(root)) for root in self.interpreter.extra_roots]
            extra, contents = own.arguments()
            command = bwrap_command(self.bwrap, command, mounts=mounts, extra=extra, keep_sys_admin=True)
        stage = {
            "modules": module_sources(_ZYGOTE),
            "main": "sstar_sandbox.inside.zygote",
            "options": options,
        }
        contents["{stage}"] = json.dumps(stage).encode()
        return await Worker.start(command, contents, folder=own.folder)

    def _library_mounts(self, library: Library) -> list[Mount]:
        """Where a library is seen, itself first: out of the way where the box has a root of its own."""
        if self.wall is Wall.LANDLOCK:
            return [Mount(path, str(path)) for path in library.paths]
        return [Mount(path, f"{LIBRARIES}/{path.name}") for path in library.paths]

    def _own_files(self, files: FileIO | None, *, has_stdin: bool = True) -> OwnFiles:
        """The files that a new box is born with; on ``landlock`` in a folder made for it."""
        if self.wall is not Wall.LANDLOCK:
            stdin = STDIN if has_stdin else ""
            return (
                OwnFiles(stdin, f"{FILES}/{files.input}", f"{FILES}/{files.output}")
                if files
                else OwnFiles(stdin)
            )
        if files is None:
            return OwnFiles()
        folder = PrivateFolder.make()
        paths = [folder.path / name for name in (files.input, files.output)]
        for path in paths:
            path.touch(0o600)
            give_to_box(path)
        return OwnFiles("", str(paths[0]), str(paths[1]), folder)

    async def start_launcher(
        self,
        launcher: bytes,
        profile: Profile = Profile.NATIVE,
        room: Room | None = None,
        files: FileIO | None = None,
    ) -> Worker:
        """A new box with the C launcher in it.

        Raises:
            SandboxError: furniture was asked for, which only bubblewrap can put in.
            BoxBroken: it did not come up.
        """
        if room is not None and self.wall is not Wall.BWRAP:
            raise SandboxError(f"this kind of program needs bubblewrap; the tier in force is {self.name}")
        own = self._own_files(files, has_stdin=room is None or not room.processes)
        rules = [*self._read_rules(profile), *own.rules(), *(room.rules() if room else ())]
        contents = {"{launcher}": launcher, "{orders}": self._orders(profile, rules, own)}
        words = ["{orders}", "{control}"]
        if self.wall is Wall.BWRAP:
            assert self.bwrap is not None
            extra, furniture = room.arguments() if room else ([], {})
            words_of_own, own_contents = own.arguments()
            extra += [*words_of_own, "--perms", "0555", "--ro-bind-data", "{launcher}", "/launcher"]
            contents |= furniture | own_contents
            command = bwrap_command(self.bwrap, ["/launcher", *words], extra=extra, keep_sys_admin=True)
        elif self.wall is Wall.LANDLOCK:
            command = ["/proc/self/fd/{launcher}", *words]
        else:
            options = self._options(profile, [], own=own)
            stage = {
                "modules": module_sources(_BECOME),
                "main": "sstar_sandbox.inside.main_become",
                "options": options,
            }
            contents["{stage}"] = json.dumps(stage).encode()
            command = [*self._python(), "{launcher}", "{orders}"]
        return await Worker.start(command, contents, folder=own.folder)

    def _orders(self, profile: Profile, rules: Sequence[tuple[str, int]], own: OwnFiles) -> bytes:
        """How the launcher is to harden itself, as ``launcher.c`` reads it."""
        code, child = seccomp.program(profile, self.private_pids), seccomp.child_program()
        needed, parent = 0, 0
        if self.wall is Wall.LANDLOCK:
            needed, parent = LANDLOCK_NEEDED, os.getpid()
        parts = [
            struct.pack("<IIIII", self.private_pids, needed, parent, self._counts_user, self._pending_signals)
        ]
        parts += [
            struct.pack("<I", len(path.encode())) + path.encode()
            for path in (own.stdin, own.input, own.output)
        ]
        parts += [struct.pack("<I", len(filter_) // 8) + filter_ for filter_ in (code, child)]
        parts.append(struct.pack("<I", len(rules)))
        for path, rights in rules:
            parts.append(struct.pack("<QI", rights, len(path.encode())) + path.encode())
        return b"".join(parts)

    def compile_box(
        self,
        shell: str,
        mounts: Sequence[Mount],
        environment: Mapping[str, str],
        tmp: Path | None,
        tmp_bytes: int,
        *,
        processes: bool = False,
    ) -> tuple[list[str], bytes, bytes]:
        """Command line of a box for one compiler, what goes to its ``{stage}`` and ``{filter}`` descriptors."""
        code = seccomp.program(Profile.COMPILE, self.private_pids)
        words = ["/bin/sh", "-c", shell]
        if self.wall is Wall.BWRAP:
            assert self.bwrap is not None
            extra = ["--size", str(tmp_bytes), "--tmpfs", "/tmp", "--seccomp", "{filter}"]  # noqa: S108  (in the box)
            if processes:
                extra += ["--proc", "/proc"]
            for name, value in environment.items():
                extra += ["--setenv", name, value]
            return bwrap_command(self.bwrap, words, mounts=mounts, extra=extra), b"", code
        if processes:
            raise SandboxError(f"this compiler needs bubblewrap; the tier in force is {self.name}")
        rules = [*self._read_rules(Profile.COMPILE), *((mount.target, _READ) for mount in mounts)]
        rules += [
            (path, _READ | landlock.EXECUTE)
            for path in ("/usr", "/bin", "/lib", "/lib64", "/etc/alternatives")
        ]
        rules.append((str(tmp) if tmp else "/tmp", _READ | landlock.EXECUTE | landlock.ALL_WRITES))  # noqa: S108
        options = self._options(Profile.COMPILE, rules, mounts, tmp_bytes, keep_sys_admin=False)
        options |= {"command": words, "environment": dict(environment), "folder": str(tmp) if tmp else "/tmp"}  # noqa: S108
        stage = {
            "modules": module_sources(_COMPILE),
            "main": "sstar_sandbox.inside.main_compile",
            "options": options,
        }
        return self._python(), json.dumps(stage).encode(), b""

    def _python(self) -> list[str]:
        return [str(self.interpreter.executable), "-S", "-s", "-B", "-c", LOADER, "{stage}", "{control}"]

    def _read_rules(self, profile: Profile) -> list[tuple[str, int]]:
        places = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo")
        rules = [(path, _READ) for path in (*places, *map(str, self.interpreter.extra_roots))]
        # A shared map of /dev/zero is memory that no limit counts but that of address space.
        devices = [path for path in DEVICES if path != "/dev/zero" or profile not in RESERVING]
        rules += [(path, _READ) for path in devices]
        if profile in {Profile.NATIVE, Profile.FURNISHED, Profile.RESERVING}:
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
        own: OwnFiles | None = None,
    ) -> dict[str, Any]:
        own = own or OwnFiles()
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
            "landlock_needed": LANDLOCK_NEEDED if self.wall is Wall.LANDLOCK else 0,
            "filter": base64.b64encode(seccomp.program(profile, self.private_pids)).decode(),
            "child_filter": base64.b64encode(seccomp.child_program()).decode(),
            "parent": os.getpid() if self.wall is not Wall.BWRAP else 0,
            "walls": None
            if self.wall is not Wall.USERNS
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
