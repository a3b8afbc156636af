"""Verdicts, limits, programs and executions. Loads nothing that runs programs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

MIB = 1024 * 1024
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")

Check: TypeAlias = Callable[[bytes], "bool | str | Awaitable[bool | str]"]
"""Says on the host whether a standard output is right: ``True`` is AC, ``False`` is WA, a text is WA
with that text as the detail. May be a coroutine function (checker programs are)."""


class Verdict(StrEnum):
    """Outcome of one execution."""

    RAN = "RAN"
    """Ended well; nobody checked the output."""
    AC = "AC"
    """Ended well and a check said that the output is right."""
    WA = "WA"
    """Ended well and a check said that the output is wrong."""
    TLE = "TLE"
    """CPU or wall limit reached; detail ``idle`` when it hardly used the CPU."""
    MLE = "MLE"
    """Memory limit reached."""
    OLE = "OLE"
    """Wrote more than it may."""
    RE = "RE"
    """Ended with a signal, an exception or a nonzero exit code."""
    CE = "CE"
    """Did not compile."""
    IE = "IE"
    """The sandbox failed, twice. Says nothing about the program."""


class Mode(StrEnum):
    """How the inputs of one ``run`` share processes."""

    ISOLATED = "isolated"
    """A fresh process with its own pid namespace for each input."""
    BATCH = "batch"
    """One disposable process for all inputs; what crashes or hits a limit is run again isolated."""


@frozen
class Limits:
    """What one execution may use. See :func:`sstar_sandbox.default_limits` for a language's defaults."""

    wall_s: float = 15.0
    """Seconds from start to kill."""
    cpu_s: float = 6.0
    """User and system seconds of all its threads."""
    memory_bytes: int = 512 * MIB
    """Peak resident memory; address space is fenced a little above it."""
    output_bytes: int = 16 * MIB
    """Standard output."""
    stderr_bytes: int = 64 * 1024
    """Of standard error the last so many bytes are kept; writing more than the output limit is OLE."""
    processes: int = 64
    """Threads, really: a candidate cannot make a second process on any tier."""
    open_files: int = 64
    """File descriptors."""
    file_bytes: int = 0
    """Bytes of the largest file it may write besides its output; there is nowhere to write one."""
    stack_bytes: int = 256 * MIB
    """Stack of the main thread of a native program."""


@frozen
class Execution:
    """What happened when a program read one input."""

    verdict: Verdict
    """``AC`` only after a check said so; a run that ended well unchecked is ``RAN``."""
    detail: str
    """A short phrase: ``idle``, ``forbidden call: socket``, ``exit code 3``, ``SIGSEGV``; often empty."""
    cpu_s: float
    """User and system time, seconds."""
    wall_s: float
    """Elapsed time, seconds."""
    peak_memory_bytes: int
    """Highest resident memory; 0 if the platform cannot tell."""
    memory_source: str
    """Who measured the memory: ``rusage``, ``cgroup``, ``sampled`` or ``none``."""
    exit_code: int | None
    """None when it was ended by a signal or never ran."""
    signal: int | None
    """The signal that ended it, if one did."""
    stdout: bytes
    """At most ``Limits.output_bytes``; cut, never padded."""
    stdout_truncated: bool
    """Whether it wrote more than is kept."""
    stderr: bytes
    """The last ``Limits.stderr_bytes`` bytes; for CE what the compiler said."""
    tier: str
    """Which isolation was in force."""
    mode: Mode
    """How it was really run; a batch item that was run again isolated says ``isolated``."""
    needs: str = ""
    """The module or header that is not here and whose absence ended it; else empty."""
    memory_fence: str = "none"
    """What bounded the memory of its whole box: ``cgroup v1``, ``cgroup v2``, ``address space`` or
    ``sampled``; ``none`` for what never ran."""
    missing: tuple[str, ...] = ()
    """Fences that this kernel does not have and that were not in force: ``Landlock``. Mostly empty."""
    transcript: str = ""
    """Conversation with an interactor, bounded: ``> 50`` is the program's, ``< lower`` the interactor's."""


@frozen
class Offering:
    """What programs of one language find besides what every such language has."""

    standard: str = ""
    """Of the language, for a person: ``C++20``; empty if it has none."""
    libraries: tuple[str, ...] = ()
    """Names to import or to include, besides the standard library."""
    are_chosen: bool = False
    """A person named the libraries; otherwise they are what happens to be here."""


@frozen
class Program:
    """A source made ready to run. A syntax or compile error is data: each execution is then ``CE``."""

    language: str
    """Canonical id."""
    source: str
    entry_point: str | None
    """Function style: the name that is called; None for whole programs."""
    digest: str
    """SHA-256 over everything that decides what runs: source, language, entry point, compiler and flags."""
    compile_error: str | None
    """What the compiler said, None when all is well."""
    needs: str = ""
    """The header that is not here, where that is why it does not compile; else empty."""
    artifact: bytes = field(default=b"", repr=False, eq=False, alias="artifact")
    """Private: the executable, class archive or compiled code; untrusted, used only inside a box."""


def _is_plain_name(record: object, attribute: object, value: str) -> None:
    del record, attribute
    if not _PLAIN.fullmatch(value):
        raise ValueError(
            f"{value!r} is not the plain name of a file: letters, digits and _ . + -, no folder, at most 64"
        )


@frozen
class FileIO:
    """Names in the working folder of a program. Each run finds its input there, and on standard input as
    well; what it wrote to the output file is its output, or its standard output where that file is empty.

    Raises:
        ValueError: no plain names, or twice the same.
    """

    input: str = field(validator=_is_plain_name)
    output: str = field(validator=_is_plain_name)

    def __attrs_post_init__(self) -> None:
        if self.input == self.output:
            raise ValueError(f"input and output are the same file, {self.input!r}")
