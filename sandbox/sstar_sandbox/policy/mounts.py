"""What is mounted in a box beyond the minimal root: files by content, folders to write in, ``/proc``.

Java and JavaScript cannot be executed from a sealed memfd, and checkers read their input from files. Each
such program gets a box of its own with these things in it, by content and not by path.
"""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

from sstar_sandbox.inside.hardening import landlock
from sstar_sandbox.records import MIB, Limits

_READ = landlock.READ_FILE | landlock.READ_DIR
_EXECUTE = _READ | landlock.EXECUTE


@frozen
class Mount:
    """One read-only path in a box."""

    source: Path
    target: str


@frozen
class Mounts:
    """What one box has beyond the minimal root."""

    files: tuple[tuple[str, bytes], ...] = ()
    """Path and content, read only."""
    folders: tuple[str, ...] = ()
    """Empty and writable, gone with the box."""
    binds: tuple[Mount, ...] = ()
    """Read-only paths of the machine."""
    execute: tuple[str, ...] = ()
    """Paths from which something may be executed."""
    processes: bool = False
    """Whether ``/proc`` is there (of the box, not of the machine) and ``/dev/stdin`` with it."""

    def arguments(self) -> tuple[list[str], dict[str, bytes]]:
        """Arguments for bubblewrap, and the contents of the descriptors that they name."""
        words: list[str] = []
        contents: dict[str, bytes] = {}
        for i, (path, content) in enumerate(self.files):
            contents[f"{{file{i}}}"] = content
            words += ["--perms", "0444", "--ro-bind-data", f"{{file{i}}}", path]
        for path in self.folders:
            words += ["--perms", "0700", "--size", str(16 * MIB), "--tmpfs", path]
        for mount in self.binds:
            words += ["--ro-bind", str(mount.source), mount.target]
        if self.processes:
            words += ["--proc", "/proc", "--symlink", "/proc/self/fd", "/dev/fd"]
            for number, name in enumerate(("stdin", "stdout", "stderr")):
                words += ["--symlink", f"/proc/self/fd/{number}", f"/dev/{name}"]
        return words, contents

    def rules(self) -> list[tuple[str, int]]:
        """Landlock rules on top of those of every box."""
        rules = [(path, _READ) for path, _ in self.files]
        rules += [(path, _READ | landlock.ALL_WRITES) for path in self.folders]
        rules += [(mount.target, _READ) for mount in self.binds]
        libraries = ("/usr/lib", "/usr/lib64", "/lib", "/lib64") if self.execute else ()
        rules += [(path, _EXECUTE) for path in (*libraries, *self.execute)]
        if self.processes:
            rules.append(("/proc", _READ))
        return rules


def java_class(source: str) -> tuple[str, str]:
    """Name of a Java source's file, without ending, and of the class with ``main``, with its package."""
    plain = re.sub(r"//[^\n]*|/\*.*?\*/", " ", source, flags=re.DOTALL)
    public = re.search(
        r"\bpublic\s+(?:final\s+|abstract\s+|strictfp\s+)*(?:class|interface|enum|record)\s+(\w+)", plain
    )
    main = re.search(r"\bstatic\s+(?:final\s+)?void\s+main\s*\(", plain)
    before = re.findall(r"\bclass\s+(\w+)", plain[: main.start()]) if main else []
    package = re.search(r"^\s*package\s+([\w.]+)\s*;", plain)
    prefix = f"{package[1]}." if package else ""
    file = public.group(1) if public else "Main"
    if public and main and re.search(rf"\bclass\s+{file}\b", plain[: main.start()]):
        return file, prefix + file
    return file, prefix + (before[-1] if before else file)


def java_mounts(archive: bytes, source: str, limits: Limits) -> tuple[Mounts, list[str]]:
    """Mounts and command line of a compiled Java program."""
    java = Path("/usr/bin/java").resolve()
    home = java.parent.parent
    settings = tuple(Mount(path, str(path)) for path in Path("/etc").glob("java-*") if path.is_dir())
    heap = max(32, (limits.memory_bytes - 128 * MIB) // MIB)
    command = [
        str(java),
        *("-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=4", "-Xshare:auto"),
        *(f"-Xmx{heap}m", f"-Xss{min(limits.stack_bytes, 64 * MIB) // MIB}m"),
        *("-cp", "/program.jar", java_class(source)[1]),
    ]
    return Mounts((("/program.jar", archive),), binds=settings, execute=(str(home),), processes=True), command


def javascript_mounts(source: bytes, limits: Limits) -> tuple[Mounts, list[str]]:
    """Mounts and command line of a Node program."""
    node = str(Path("/usr/bin/node").resolve())
    heap = max(32, limits.memory_bytes // MIB)
    stack = max(984, min(limits.stack_bytes, 64 * MIB) // 1024 * 3 // 4)
    command = [node, f"--max-old-space-size={heap}", f"--stack-size={stack}", "/program.js"]
    return Mounts((("/program.js", source),), execute=(node,), processes=True), command
