"""The system call filter, assembled on the host and installed by whatever hardens itself in a box.

Classic BPF in the kernel's own layout, so that a Python zygote and a C launcher install the same bytes. An
allow-list: calls that no honest candidate makes are stopped by name (user notification), the rest fail with
EPERM; foreign architectures and x32 end the process.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterable
from enum import StrEnum

from sstar_sandbox.syscalls import ALLOWED, CHECKED, FORBIDDEN, WRITING, machine_index, numbers

_LOAD, _EQ, _GE, _SET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
ALLOW, KILL, NOTIFY, ERRNO = 0x7FFF0000, 0x80000000, 0x7FC00000, 0x00050000
_AUDIT_ARCH = (0xC000003E, 0xC00000B7)
_X32 = 0x40000000
_NEWEST_KNOWN = 462

CLONE_THREAD = 0x00010000
CLONE_NAMESPACES = 0x7E020080
CLONE_NEWPID_SIGCHLD = 0x20000011
SIGCHLD = 17
_PRCTL = (15, 16, 3, 23, 38, 39, 41, 42, 0x53564D41)
"""Names, dumpable (read), capability bounds (read), no_new_privs, huge pages, VMA names."""
_PR_SET_SECCOMP, _PR_SET_PDEATHSIG = 22, 1
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0xC0502100)
"""Is it a terminal, its size, bytes waiting, blocking, close on exec; hearing of forbidden calls."""
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1034)
"""Descriptors, flags, record locks, seals (read). No leases, owners or signals, which outlive a process."""
_STREAM = (0x1, 0x801, 0x80001, 0x80801)
"""Types of socketpair: streams, which cannot be sent anywhere but to their other end. ``asyncio`` makes one."""
OWN_PID = 0xFFFFFFF0
"""Placeholder in :func:`child_program` for the pid of the process that installs it."""


class Profile(StrEnum):
    """Whom a filter is for."""

    PYTHON = "python"
    """No exec; new processes only with a pid namespace of their own (needs a capability)."""
    NATIVE = "native"
    """As python, and exec."""
    MANAGED = "managed"
    """For JVM and Node, which try many calls and live with a refusal: nothing is killed."""
    FURNISHED = "furnished"
    """As native, and files may be made: for checkers with a folder of their own."""
    COMPILE = "compile"
    """Processes may be made; nothing is killed."""


class _Assembler:
    """Instructions in order; jumps are counted in instructions, as BPF does."""

    def __init__(self) -> None:
        self._code: list[bytes] = []

    def emit(self, code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        self._code.append(struct.pack("<HBBI", code, if_true, if_false, value))

    def when(self, number: int, action: int) -> None:
        """With the number loaded: an action for one call."""
        self.emit(_EQ, number, 0, 1)
        self.emit(_RET, action)

    def when_argument(self, number: int, offset: int, values: Iterable[int], otherwise: int) -> None:
        """Allow one call if an argument is one of a few values."""
        values = list(values)
        self.emit(_EQ, number, 0, 3 + len(values))
        self.emit(_LOAD, offset)
        for i, value in enumerate(values):
            self.emit(_EQ, value, len(values) - i, 0)
        self.emit(_RET, otherwise)
        self.emit(_RET, ALLOW)

    def bytes(self) -> bytes:
        return b"".join(self._code)


def program(profile: Profile, private_pids: bool = True) -> bytes:
    """The filter of a box as an array of ``sock_filter``.

    Args:
        private_pids: whether the box makes its processes in pid namespaces; else plain ones, and each child
            installs :func:`child_program` on top.
    """
    asm = _Assembler()
    calls = numbers(ALLOWED) | numbers(FORBIDDEN)
    special = numbers(CHECKED)
    executes = profile is not Profile.PYTHON
    gentle = profile in {Profile.MANAGED, Profile.COMPILE}
    forbidden = ERRNO | errno.EPERM if gentle else NOTIFY

    asm.emit(_LOAD, _ARCH)
    asm.emit(_EQ, _AUDIT_ARCH[machine_index()], 1, 0)
    asm.emit(_RET, KILL)
    asm.emit(_LOAD, _NUMBER)
    asm.emit(_GE, _X32, 0, 1)
    asm.emit(_RET, KILL)
    for name in numbers(ALLOWED):
        asm.when(calls[name], ALLOW)
    asm.when(special["clone3"], ERRNO | errno.ENOSYS)
    for name in ("execve", "execveat"):
        asm.when(special[name], ALLOW if executes else forbidden)
    _clone_rules(asm, special["clone"], profile, private_pids, forbidden)
    asm.when_argument(special["socketpair"], _ARG1, _STREAM, forbidden)
    prctl = _PRCTL if private_pids else (*_PRCTL, _PR_SET_SECCOMP, _PR_SET_PDEATHSIG)
    asm.when_argument(special["prctl"], _ARG0, prctl, ERRNO | errno.EPERM)
    asm.when_argument(special["ioctl"], _ARG1, _IOCTL, ERRNO | errno.ENOTTY)
    asm.when_argument(special["fcntl"], _ARG1, _FCNTL, ERRNO | errno.EINVAL)
    asm.when_argument(special["prlimit64"], _ARG0, [0], ERRNO | errno.EPERM)
    if profile is Profile.COMPILE:
        for name in ("fork", "vfork"):
            if name in calls:
                asm.when(calls[name], ALLOW)
    if profile in {Profile.COMPILE, Profile.FURNISHED}:
        for number in numbers(WRITING).values():
            asm.when(number, ALLOW)
    for name in numbers(FORBIDDEN):
        if gentle and name.startswith("io_uring"):
            asm.when(calls[name], ERRNO | errno.ENOSYS)
        else:
            asm.when(calls[name], forbidden)
    asm.emit(_GE, _NEWEST_KNOWN, 0, 1)
    asm.emit(_RET, ERRNO | errno.ENOSYS)
    asm.emit(_RET, ERRNO | errno.EPERM)
    return asm.bytes()


def _clone_rules(asm: _Assembler, clone: int, profile: Profile, private_pids: bool, forbidden: int) -> None:
    """Threads always; processes only as the box makes them (the child then lacks the right to do the same)."""
    asm.emit(_EQ, clone, 0, 6)
    asm.emit(_LOAD, _ARG0)
    asm.emit(_EQ, CLONE_NEWPID_SIGCHLD if private_pids else SIGCHLD, 3, 0)
    asm.emit(_SET, CLONE_NAMESPACES, 1, 0)
    if profile is Profile.COMPILE:
        asm.emit(_EQ, 0, 1, 1)  # either way
    else:
        asm.emit(_SET, CLONE_THREAD, 1, 0)
    asm.emit(_RET, forbidden)
    asm.emit(_RET, ALLOW)


def child_program() -> bytes:
    """On top of the box's filter where there are no pid namespaces: no new process, signals to oneself only."""
    asm = _Assembler()
    calls = numbers(ALLOWED)
    asm.emit(_LOAD, _NUMBER)
    asm.emit(_EQ, numbers(CHECKED)["clone"], 0, 4)
    asm.emit(_LOAD, _ARG0)
    asm.emit(_SET, CLONE_THREAD, 0, 1)
    asm.emit(_RET, ALLOW)
    asm.emit(_RET, KILL)
    for name in ("kill", "tkill", "tgkill"):
        asm.when_argument(calls[name], _ARG0, [OWN_PID], ERRNO | errno.EPERM)
    asm.when(calls["pidfd_open"], ERRNO | errno.EPERM)
    asm.when_argument(numbers(CHECKED)["prctl"], _ARG0, _PRCTL, ERRNO | errno.EPERM)
    asm.emit(_RET, ALLOW)
    return asm.bytes()
