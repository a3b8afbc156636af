"""macOS: the profile and command line of a box under Seatbelt. **Not yet run on a real Mac.**

``sandbox-exec`` says that it is deprecated and is still what enforces (Chromium, Bazel and coding agents use it).
There are no namespaces and no memfds: a box may not fork, sees the system's libraries and the interpreter only, and
its memory is sampled (``proc_pid_rusage``) because RLIMIT_AS is not enforced there. What is here is pure and tested
on any machine; ``tiers`` does not offer it until it has passed the suite on a Mac.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from attrs import frozen

SANDBOX_EXEC = "/usr/bin/sandbox-exec"
SAMPLE_S = 0.02
"""How often memory is to be looked at."""
_LIBRARIES = ("/usr/lib", "/System/Library", "/System/Volumes/Preboot/Cryptexes", "/private/var/db/dyld")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


@frozen
class SeatbeltBox:
    """One box: what it executes and what it may read."""

    interpreter: PurePosixPath
    """Resolved: Seatbelt compares real paths (``/tmp`` is ``/private/tmp``)."""
    prefix: PurePosixPath
    """Folder of the interpreter's library."""

    def profile(self) -> str:
        """Everything is denied but what is named; the order matters, the last matching rule wins."""
        readable = [*_LIBRARIES, str(self.prefix)]
        lines = [
            "(version 1)",
            "(deny default)",
            "(deny process-fork)",
            "(deny network*)",
            "(deny file-write*)",
            f"(allow process-exec (literal {quoted(str(self.interpreter))}))",
            "(allow signal (target self))",
            "(allow sysctl-read)",
            *(f"(allow file-read* (subpath {quoted(path)}))" for path in readable),
            *(f"(allow file-read* (literal {quoted(path)}))" for path in ("/", *_DEVICES)),
            '(allow file-write-data (literal "/dev/null"))',
        ]
        return "\n".join(lines) + "\n"

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The whole command line."""
        return [SANDBOX_EXEC, "-p", self.profile(), str(self.interpreter), *arguments]


def quoted(text: str) -> str:
    """A string of Seatbelt's language.

    Raises:
        ValueError: control characters, which no path we bind has any business with.
    """
    if any(ord(letter) < 32 for letter in text):
        raise ValueError(f"a path with control characters: {text!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
