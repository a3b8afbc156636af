"""How a process loses its rights: once for the whole box, then per child what is left to take."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import resource
import signal

LIBC = ctypes.CDLL(None, use_errno=True)
CORES = os.cpu_count() or 1
CLONE_NEWPID = 0x20000000
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
CLONE_CALL = {"x86_64": 56, "aarch64": 220}[platform.machine()]

_syscall = LIBC.syscall
_no_caps_header = (ctypes.c_uint32 * 2)(0x20080522, 0)
_no_caps_sets = (ctypes.c_uint32 * 6)()


def clone(private_pids):
    """A new process as ``fork`` makes it, without the interpreter's hooks; in a pid namespace of its own if asked."""
    pid = _syscall(CLONE_CALL, signal.SIGCHLD | (CLONE_NEWPID if private_pids else 0), 0, 0, 0, 0)
    if pid < 0:
        raise OSError(ctypes.get_errno(), "clone")
    return pid


def cpu_clock(pid):
    """Clock id of the CPU time of a process."""
    return (~pid << 3) | 2


def clear_flags(fd):
    """Take back O_APPEND and its like."""
    fcntl.fcntl(fd, fcntl.F_SETFL, 0)


def child_limits(job):
    """Resource limits of a candidate's process."""
    limits = [
        (resource.RLIMIT_CPU, int(job.cpu_s) + 2),
        (resource.RLIMIT_FSIZE, job.file_bytes),
        (resource.RLIMIT_NPROC, job.threads),
        (resource.RLIMIT_NOFILE, job.files),
        (resource.RLIMIT_STACK, job.stack_bytes),
    ]
    if job.address_bytes:
        limits.append((resource.RLIMIT_AS, job.address_bytes))
    return limits


def become_candidate(job):
    """Descriptors 0 to 2 and no others, a session of its own, limits, no capability."""
    os.setsid()
    os.dup2(job.stdin, 0)
    os.dup2(job.stdout, 1)
    os.dup2(job.stderr, 2)
    if job.executable >= 0:
        os.dup2(job.executable, 3)
        os.closerange(4, 256)
    else:
        os.closerange(3, 256)
    for name, value in job.limits:
        resource.setrlimit(name, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    if LIBC.capset(_no_caps_header, _no_caps_sets) != 0:
        os._exit(121)


def execute(job):
    """Become the executable on descriptor 3, or the one whose path the program names."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    arguments = [os.fsdecode(part) for part in job.program]
    if job.executable >= 0:
        os.set_inheritable(3, False)
        os.execve(3, arguments, {})
    os.execve(arguments[0], arguments, {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


def harden(options):
    """Once for the box: what every later process inherits. Returns a seccomp listener or -1."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    return -1
