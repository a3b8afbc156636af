"""macOS: the profiles and command lines of boxes under Seatbelt. **Not yet run on a real Mac.**

``sandbox-exec`` says that it is deprecated and is still what enforces (Chromium, Bazel and coding agents use
it). A process cannot take a second profile, so the trusted one inside and its candidates share one: it may
fork, and a candidate is kept from it by RLIMIT_NPROC of zero, which the kernel checks for every user but root
(as root a box runs as ``nobody``). What is here is pure and tested on any machine; ``backend`` starts what it
describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from attrs import frozen

SANDBOX_EXEC = "/usr/bin/sandbox-exec"
LIBRARIES = ("/usr/lib", "/System/Library", "/System/Volumes/Preboot/Cryptexes", "/private/var/db/dyld")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_HEAD = (
    *("(version 1)", "(deny default)", "(deny network*)", "(deny file-write*)", "(allow process-fork)"),
    *("(allow signal (target self))", "(allow signal (target children))"),
)
SHELLS = ("/bin/sh", "/bin/bash", "/bin/dash", "/bin/cat")
"""What a compile script needs: ``/bin/sh`` becomes one of the others."""


@frozen
class SeatbeltBox:
    """A box for candidates: what it executes and what it may read."""

    interpreter: PurePosixPath
    """Resolved: Seatbelt compares real paths (``/tmp`` is ``/private/tmp``)."""
    roots: tuple[PurePosixPath, ...]
    """Folders of the interpreter's library."""
    programs: PurePosixPath
    """Folder of the host in which a compiled program is laid before it runs; not writable from inside."""

    def profile(self) -> str:
        """Everything is denied but what is named; the last matching rule wins."""
        readable = [*LIBRARIES, *map(str, self.roots), str(self.programs)]
        return text_of(
            [
                f"(allow process-exec (literal {quoted(str(self.interpreter))}))",
                f"(allow process-exec (subpath {quoted(str(self.programs))}))",
                *common_rules(readable, [str(self.interpreter)]),
            ]
        )

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The whole command line."""
        return [SANDBOX_EXEC, "-p", self.profile(), str(self.interpreter), *arguments]


@frozen
class CompileBox:
    """A box for one compiler and the hostile text it reads."""

    toolchain: PurePosixPath
    """Folder of the compiler and its headers, resolved: no ``/usr/bin/clang``, which only asks for it."""
    folder: PurePosixPath
    """The only place that can be written; removed afterwards."""

    def profile(self) -> str:
        """As for candidates, with processes, the toolchain and one folder to write in."""
        folder, toolchain = str(self.folder), str(self.toolchain)
        return text_of(
            [
                f"(allow process-exec (subpath {quoted(toolchain)}))",
                *(f"(allow process-exec (literal {quoted(path)}))" for path in SHELLS),
                *common_rules([*LIBRARIES, toolchain, folder], SHELLS),
                f"(allow file-write* (subpath {quoted(folder)}))",
            ]
        )

    def command(self, script: str) -> list[str]:
        """The whole command line of a shell script."""
        return [SANDBOX_EXEC, "-p", self.profile(), "/bin/sh", "-c", script]


def common_rules(readable: Sequence[str], files: Iterable[str]) -> list[str]:
    """What any process needs to start: its libraries, the way to them, the harmless devices."""
    ways = sorted({str(parent) for path in (*readable, *files) for parent in PurePosixPath(path).parents})
    return [
        "(allow process-info* (target self))",
        "(allow sysctl-read)",
        *(f"(allow file-read* (subpath {quoted(path)}))" for path in readable),
        *(f"(allow file-map-executable (subpath {quoted(path)}))" for path in readable),
        *(f"(allow file-read* (literal {quoted(path)}))" for path in (*files, *DEVICES)),
        *(f"(allow file-read-metadata (literal {quoted(path)}))" for path in ways),
        '(allow file-read-data (literal "/"))',
        '(allow file-write-data (literal "/dev/null"))',
    ]


def text_of(rules: Sequence[str]) -> str:
    """A profile that denies everything but these rules, forks, and signals to its own processes."""
    return "\n".join([*_HEAD, *rules]) + "\n"


def quoted(text: str) -> str:
    """A string of Seatbelt's language.
    Raises ``ValueError``: control characters, which no path we bind has any business with."""
    if any(ord(letter) < 32 for letter in text):
        raise ValueError(f"a path with control characters: {text!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
