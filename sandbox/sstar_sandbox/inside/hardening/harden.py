"""Hardens a process: limits, capabilities, Landlock, seccomp; once for the box, the rest in each child."""

# Exec without a shell is what is meant:
# ruff: noqa: S606
from __future__ import annotations

import base64
import ctypes
import errno
import fcntl
import os
import platform
import resource
import signal
import time
from typing import Any

from sstar_sandbox.inside import job_protocol
from sstar_sandbox.inside.hardening import landlock, namespaces
from sstar_sandbox.inside.job import Job

LIBC = ctypes.CDLL(None, use_errno=True)
CORES = os.cpu_count() or 1
CLONE_NEWPID = 0x20000000
PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE = 1, 2, 3, 4
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 22, 38, 39
CLOSE_RANGE, EVERY_FD = 436, 0xFFFFFFFF
COUNTED_EVERY_S = 1.0
OTHERS_SLACK = 256
"""Threads that everybody else may start until they are counted again; other boxes of ours among them."""
CLONE_CALL, SECCOMP_CALL = {"x86_64": (56, 317), "aarch64": (220, 277)}[platform.machine()]
SECCOMP_FILTER, NEW_LISTENER = 1, 8
NOTIFICATION_RECEIVE = 0xC0502100
OWN_PID = 0xFFFFFFF0

# Looked up once: a child would pay for it again.
_syscall, _setsid, _capset, _capget = LIBC.syscall, LIBC.setsid, LIBC.capset, LIBC.capget
_exit = os._exit
_no_caps_header = (ctypes.c_uint32 * 2)(0x20080522, 0)
_no_caps_sets = (ctypes.c_uint32 * 6)()
# Not empty: a child that got no answer must not look as if it had none.
_caps_found = (ctypes.c_uint32 * 6)(1)
_NO_CAPS = bytes(_no_caps_sets)


class Confinement:
    """What this box can do to its children."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.private_pids: bool = options["private_pids"]
        """Whether each child gets a pid namespace of its own."""
        self._child_filter = base64.b64decode(options["child_filter"])
        self._counts_user: bool = options["counts_user"]
        self._pending_signals: int = options["pending_signals"]
        self._counted_at, self._counted = -COUNTED_EVERY_S, 0
        self._zygote = os.getpid()
        self.landlock = 0
        """ABI in force; 0 if the kernel has none."""
        self.listener = -1
        """Hears of forbidden calls; -1 where the kernel cannot tell."""

    def harden(self, options: dict[str, Any]) -> None:
        """Once for the box, inside its namespaces: what later processes inherit. Each step is checked."""
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # children inherit what a program starts with
        _limit(resource.RLIMIT_CORE, (0, 0))
        _limit(resource.RLIMIT_MEMLOCK, (0, 0))
        pending = _at_most_hard(resource.RLIMIT_SIGPENDING, self._pending_signals)
        _limit(resource.RLIMIT_SIGPENDING, (pending, pending))
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _prctl(PR_SET_DUMPABLE, 0)
        if LIBC.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 or LIBC.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise _not_in_force("prctl")
        self.landlock = landlock.restrict([(path, rights) for path, rights in options["rules"]])
        if self.landlock < options["landlock_needed"]:
            raise OSError(
                errno.ENOSYS, f"Landlock ABI {self.landlock} here, {options['landlock_needed']} needed"
            )
        self.listener = _install(base64.b64decode(options["filter"]), NEW_LISTENER)
        try:
            os.nice(0)  # harmless, and in no filter
        except PermissionError:
            return
        raise _not_in_force("seccomp")

    def enter_namespaces(self, options: dict[str, Any]) -> None:
        """What bubblewrap does where it is there: namespaces, the root, and the end with the parent."""
        if options["parent"]:
            namespaces.die_with_parent()
            if os.getppid() != options["parent"]:
                _exit(121)
        if options["namespaces"] is not None:
            namespaces.build(options["namespaces"])
            self._zygote = os.getpid()

    def clone(self) -> int:
        """A new process as ``fork`` makes it, without the interpreter's hooks; 0 in the child."""
        pid = int(
            _syscall(CLONE_CALL, signal.SIGCHLD | (CLONE_NEWPID if self.private_pids else 0), 0, 0, 0, 0)
        )
        if pid < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"clone: {os.strerror(number)}")
        return pid

    def become_candidate(self, job: Job) -> None:
        """Descriptors 0 to 2 and no others, a session of its own, limits, no capability."""
        if _setsid() < 1:  # it answers with the session's number
            raise _not_in_force("setsid")
        stdin, stdout = job.streams or (job.stdin, job.stdout)
        os.dup2(stdin, 0)
        os.dup2(stdout, 1)
        os.dup2(job.stderr, 2)
        if job.executable >= 0:
            os.dup2(job.executable, 3)
        # To the last: what the box was born with has the numbers of the host, which may hold thousands.
        if _syscall(CLOSE_RANGE, 3 if job.executable < 0 else 4, EVERY_FD, 0) != 0:
            raise OSError(ctypes.get_errno(), "close_range")
        for name, value in job.limits:
            _limit(name, (value, value))
        _limit(resource.RLIMIT_STACK, job.stack)
        dropped = _capset(_no_caps_header, _no_caps_sets) == 0 and _capget(_no_caps_header, _caps_found) == 0
        if not dropped or bytes(_caps_found) != _NO_CAPS:
            raise _not_in_force("capset")
        if not self.private_pids:
            self._confine_alone()

    def _confine_alone(self) -> None:
        """Without a pid namespace: dies with the zygote, signals nobody else, makes no process."""
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        set_to = ctypes.c_int()
        LIBC.prctl(PR_GET_PDEATHSIG, ctypes.byref(set_to), 0, 0, 0)
        if os.getppid() != self._zygote or set_to.value != signal.SIGKILL:
            raise _not_in_force("the end with its box")
        own = os.getpid().to_bytes(4, "little")
        code = self._child_filter.replace(OWN_PID.to_bytes(4, "little"), own)
        if LIBC.prctl(PR_SET_SECCOMP, 2, ctypes.byref(_Program(len(code) // 8, code)), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp of a child")
        try:
            os.kill(self._zygote, 0)
        except PermissionError:
            return
        raise _not_in_force("seccomp of a child")

    def most_threads(self, own: int) -> int:
        """Limit of processes for a child that may have so many threads of its own. Where the kernel counts
        all that the user runs, they are counted first."""
        if self._counts_user:
            now = time.monotonic()
            if now - self._counted_at >= COUNTED_EVERY_S:
                self._counted_at, self._counted = now, self._count_threads()
            own += self._counted + OTHERS_SLACK
        return _at_most_hard(resource.RLIMIT_NPROC, own)

    def _count_threads(self) -> int:
        """At least the kernel's count for our user, and at most a few more."""
        before, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        most = hard if hard != resource.RLIM_INFINITY else 1 << 22
        low, high = 0, 64
        while high < most and not self._may_clone(high, hard):
            low, high = high, min(high * 2, most)
        while high - low > 16:
            middle = (low + high) // 2
            if self._may_clone(middle, hard):
                high = middle
            else:
                low = middle
        resource.setrlimit(resource.RLIMIT_NPROC, (before, hard))
        return min(high, most)

    def _may_clone(self, limit: int, hard: int) -> bool:
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, hard))
        try:
            pid = self.clone()
        except BlockingIOError:
            return False
        if pid == 0:
            _exit(0)
        os.waitpid(pid, 0)
        return True


def _prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def _limit(name: int, both: tuple[int, int]) -> None:
    """Set a limit and read it back."""
    resource.setrlimit(name, both)
    if resource.getrlimit(name) != both:
        raise _not_in_force(f"limit {name}")


def _at_most_hard(name: int, value: int) -> int:
    """A limit for a child, where the user's own may be tighter."""
    hard = resource.getrlimit(name)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _not_in_force(what: str) -> OSError:
    return OSError(errno.ENOTRECOVERABLE, f"{what}: it is not in force")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _install(code: bytes, flags: int) -> int:
    """Put a seccomp filter in force; a listener when one was asked for and can be had, else -1."""
    block = _Program(len(code) // 8, code)
    answer = int(_syscall(SECCOMP_CALL, SECCOMP_FILTER, flags, ctypes.byref(block)))
    if answer >= 0:
        return answer if flags else -1
    number = ctypes.get_errno()
    if flags and number in {errno.EINVAL, errno.EBUSY}:
        return _install(code, 0)
    raise OSError(number, f"seccomp: {os.strerror(number)}")


def forbidden_call(listener: int) -> int:
    """Number of the call that a child waits to be allowed; -1 when it is gone already."""
    notice = bytearray(80)
    try:
        fcntl.ioctl(listener, NOTIFICATION_RECEIVE, notice, True)
    except OSError:
        return -1
    return int.from_bytes(notice[16:20], "little")


def cpu_clock(pid: int) -> int:
    """Clock id of the CPU time of a process."""
    return (~pid << 3) | 2


def clear_flags(fd: int) -> None:
    """Take back O_APPEND and its like."""
    fcntl.fcntl(fd, fcntl.F_SETFL, 0)


def execute(job: Job) -> None:
    """Become the executable on descriptor 3, or the one whose path the program names."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    arguments = [os.fsdecode(part) for part in job.program]
    if job.executable >= 0:
        os.set_inheritable(3, False)
        os.execve(3, arguments, job_protocol.ENVIRONMENT)
    os.execve(arguments[0], arguments, job_protocol.ENVIRONMENT)
