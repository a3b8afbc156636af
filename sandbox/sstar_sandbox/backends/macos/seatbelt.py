"""macOS: the profiles and command lines of boxes under Seatbelt. **Not yet run on a real Mac.**

``sandbox-exec`` says that it is deprecated and is still what enforces (Chromium, Bazel and coding agents use
it). A process cannot take a second profile, so the trusted one inside and its candidates share one: it may
fork, and a candidate is kept from it by RLIMIT_NPROC of zero, which the kernel checks for every user but root
(as root a box runs as another user). What is here is pure and tested on any machine; ``backend`` starts what it
describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

SANDBOX_EXEC = "/usr/bin/sandbox-exec"
LIBRARIES = ("/usr/lib", "/System/Library", "/System/Volumes/Preboot/Cryptexes", "/private/var/db/dyld")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_HEAD = (
    *("(version 1)", "(deny default)", "(deny network*)", "(deny file-write*)", "(allow process-fork)"),
    *("(allow signal (target self))", "(allow signal (target children))"),
)
SHELLS = ("/bin/sh", "/bin/bash", "/bin/dash", "/bin/cat")
"""What a compile script needs: ``/bin/sh`` becomes one of the others."""


def command(profile: str, words: Sequence[str]) -> list[str]:
    """The command line of words that run under a profile."""
    return [SANDBOX_EXEC, "-p", profile, *words]


def candidate_profile(interpreter: str, roots: Sequence[str], programs: str) -> str:
    """A box for candidates: everything is denied but what is named; the last matching rule wins.

    Args:
        interpreter: resolved, as all paths here: Seatbelt compares real ones (``/tmp`` is ``/private/tmp``).
        roots: folders of the interpreter's library.
        programs: folder in which a compiled program is laid before it runs; not writable from inside.
    """
    return text_of(
        [
            f"(allow process-exec (literal {quoted(interpreter)}))",
            f"(allow process-exec (subpath {quoted(programs)}))",
            *common_rules([*LIBRARIES, *roots, programs], [interpreter]),
        ]
    )


def compiler_profile(toolchain: str, folder: str) -> str:
    """A box for one compiler and the hostile text it reads: as for candidates, with processes.

    Args:
        toolchain: folder of the compiler and its headers; no ``/usr/bin/clang``, which only asks for it.
        folder: the only place that can be written; removed afterwards.
    """
    return text_of(
        [
            f"(allow process-exec (subpath {quoted(toolchain)}))",
            *(f"(allow process-exec (literal {quoted(path)}))" for path in SHELLS),
            *common_rules([*LIBRARIES, toolchain, folder], SHELLS),
            f"(allow file-write* (subpath {quoted(folder)}))",
        ]
    )


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
