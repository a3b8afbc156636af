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

from sstar_sandbox.policy.syscalls import (
    ALLOWED,
    CHECKED,
    FORBIDDEN,
    SPEAKING,
    WRITING,
    machine_index,
    numbers,
)

_LOAD, _EQ, _GE, _SET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCH, _ARG0, _ARG1, _ARG3 = 0, 4, 16, 24, 40
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
_PR_SET_SECCOMP, _PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 22, 1, 2
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0xC0502100)
"""Is it a terminal, its size, bytes waiting, blocking, close on exec; hearing of forbidden calls."""
_FCNTL = (0, 1, 2, 3, 4, 1030, 1034)
"""Descriptors, flags, seals (read). No leases, owners, signals (they outlive a process) or locks."""
_GET_LOCK, _SET_LOCKS = 5, (6, 7)
_FUTEX_COMMAND, _FUTEX_PRIVATE, _FUTEX_WAITS = 0x7F, 0x80, (0, 9)
_MAP_SHARED, _MAP_ANONYMOUS = 0x1, 0x20
_DYNAMIC_CLOCK = 0x80000000
_STREAM = (0x1, 0x801, 0x80001, 0x80801)
"""Types of socketpair: streams, which reach only their other end. ``asyncio`` makes one."""
OWN_PID = 0xFFFFFFF0
"""Placeholder in :func:`child_program` for the pid of the process that installs it."""


class Profile(StrEnum):
    """Whom a filter is for."""

    PYTHON = "python"
    """No exec; new processes only with a pid namespace of their own (needs a capability)."""
    NATIVE = "native"
    """As python, and exec."""
    RESERVING = "reserving"
    """As native, for Go, whose address space cannot be bounded closely: it gets no shared memory."""
    MANAGED = "managed"
    """For JVM and Node, which try many calls and live with a refusal: nothing is killed."""
    CHECKER = "checker"
    """As native, and files may be made: for checkers with a folder of their own."""
    COMPILE = "compile"
    """Processes may be made; nothing is killed."""


RESERVING = frozenset({Profile.RESERVING, Profile.MANAGED})
"""Those whose programs reserve far more than they use: writable private memory is what is bounded."""


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
    calls = numbers(ALLOWED) | numbers(FORBIDDEN) | numbers(SPEAKING) | numbers(CHECKED)
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
    prctl = _PRCTL if private_pids else (*_PRCTL, _PR_SET_SECCOMP, _PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG)
    asm.when_argument(special["prctl"], _ARG0, prctl, ERRNO | errno.EPERM)
    asm.when_argument(special["ioctl"], _ARG1, _IOCTL, ERRNO | errno.ENOTTY)
    if profile is Profile.COMPILE:
        for name in ("futex", *numbers(SPEAKING)):
            asm.when(calls[name], ALLOW)
        asm.when_argument(special["fcntl"], _ARG1, (*_FCNTL, _GET_LOCK, *_SET_LOCKS), ERRNO | errno.EINVAL)
    else:
        _shared_futex_rules(asm, special["futex"])
        _no_locks(asm, special["fcntl"])
        asm.when_argument(special["fcntl"], _ARG1, _FCNTL, ERRNO | errno.EINVAL)
        for name in ("flock", "fadvise64"):
            # succeeds without effect: no other process shares a file, and advice may be ignored
            asm.when(calls[name], ERRNO)
        for name in ("preadv2", "pwritev2", "mincore"):
            asm.when(calls[name], ERRNO | errno.ENOSYS)
    if profile in RESERVING:
        _shared_memory_rules(asm, special["mmap"])
    else:
        asm.when(special["mmap"], ALLOW)
    asm.when_argument(special["prlimit64"], _ARG0, [0], ERRNO | errno.EPERM)
    if profile is Profile.COMPILE:
        for name in ("fork", "vfork"):
            if name in calls:
                asm.when(calls[name], ALLOW)
    if profile in {Profile.COMPILE, Profile.CHECKER}:
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
    """Threads always; processes only as the box makes them (the child may not do the same)."""
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


def _no_locks(asm: _Assembler, fcntl: int) -> None:
    """Record locks succeed at once and lock nothing: no other process shares a file with the program."""
    asm.emit(_EQ, fcntl, 0, 5)
    asm.emit(_LOAD, _ARG1)
    asm.emit(_EQ, _SET_LOCKS[0], 1, 0)
    asm.emit(_EQ, _SET_LOCKS[1], 0, 1)
    asm.emit(_RET, ERRNO)
    asm.emit(_LOAD, _NUMBER)


def _shared_futex_rules(asm: _Assembler, futex: int) -> None:
    """A shared futex (in a library's page) may be waited for, as for a thread's end, and not woken."""
    asm.emit(_EQ, futex, 0, 7)
    asm.emit(_LOAD, _ARG1)
    asm.emit(_SET, _FUTEX_PRIVATE, 4, 0)
    asm.emit(_AND, _FUTEX_COMMAND)
    asm.emit(_EQ, _FUTEX_WAITS[0], 2, 0)
    asm.emit(_EQ, _FUTEX_WAITS[1], 1, 0)
    asm.emit(_RET, ERRNO | errno.EPERM)
    asm.emit(_RET, ALLOW)


def _shared_memory_rules(asm: _Assembler, mmap: int) -> None:
    """Files may be mapped as they like, memory only for oneself."""
    asm.emit(_EQ, mmap, 0, 5)
    asm.emit(_LOAD, _ARG3)
    asm.emit(_SET, _MAP_SHARED, 0, 2)
    asm.emit(_SET, _MAP_ANONYMOUS, 0, 1)
    asm.emit(_RET, ERRNO | errno.EPERM)
    asm.emit(_RET, ALLOW)


def child_program() -> bytes:
    """On top of the box's filter where there are no pid namespaces: no new process, signals to oneself only,
    and no look at other processes."""
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
    for name in ("getpgid", "getsid", "sched_getparam", "sched_getscheduler", "get_robust_list"):
        asm.when_argument(calls[name], _ARG0, [0, OWN_PID], ERRNO | errno.EPERM)
    asm.when_argument(calls["sched_getaffinity"], _ARG0, [0, OWN_PID], ERRNO | errno.ENOSYS)
    asm.when_argument(calls["getpriority"], _ARG1, [0, OWN_PID], ERRNO | errno.EPERM)
    for name in ("clock_gettime", "clock_getres", "clock_nanosleep"):
        asm.emit(_EQ, calls[name], 0, 4)
        asm.emit(_LOAD, _ARG0)
        asm.emit(_GE, _DYNAMIC_CLOCK, 0, 1)  # the CPU time of any process
        asm.emit(_RET, ERRNO | errno.EINVAL)
        asm.emit(_RET, ALLOW)
    asm.when_argument(numbers(CHECKED)["prctl"], _ARG0, _PRCTL, ERRNO | errno.EPERM)
    asm.emit(_RET, ALLOW)
    return asm.bytes()
