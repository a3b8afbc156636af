"""Hostile programs that signal to the same program in another box, or use up what the kernel counts by user.

A program prints ``ESCAPED`` when it notices the other one. Sleeping while a resource is held is part of the
attack.
"""

# Programs are easier to read on one line each:
# ruff: noqa: RUF005, ISC004
from __future__ import annotations

from sstar_sandbox.conformance.cases import ROOMY, Case, R, T, W

_FOR_A_WHILE = """import ctypes, fcntl, mmap, os, resource, struct, threading, time
libc = ctypes.CDLL(None, use_errno=True)
shared = open(os.__file__, 'rb')
end = time.monotonic() + 0.4
while time.monotonic() < end:
    try:
{}
    except OSError: pass
print(8)
"""
_ONCE = """import array, ctypes, mmap, os, resource, socket, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
shared = open(os.__file__, 'rb')
try:
{}
except OSError: pass
print(8)
"""
_TAKES_A_LOCK = """        fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(0.01)
        fcntl.flock(shared, fcntl.LOCK_UN)
        time.sleep(0.001)
    except BlockingIOError: print('ESCAPED')"""
_TAKES_A_RECORD_LOCK = """        fcntl.fcntl(shared, fcntl.F_SETLK, struct.pack('hhqqi', fcntl.F_RDLCK, 0, 0, 0, 0))
        if struct.unpack('hhqqi', fcntl.fcntl(shared, fcntl.F_GETLK, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0)))[0] != fcntl.F_UNLCK: print('ESCAPED')"""
_WAKES = """        libc.mmap.restype = ctypes.c_void_p
        page = globals().get('page') or libc.mmap(None, 4096, 1, 1, shared.fileno(), 0)
        value = ctypes.c_uint32.from_address(page).value
        if libc.syscall(202, ctypes.c_void_p(page), 1, 1, None) > 0: print('ESCAPED')
        if libc.syscall(202, ctypes.c_void_p(page), 0, value, struct.pack('qq', 0, 10**7)) == 0: print('ESCAPED')"""

CHANNELS = tuple(
    Case(name, "channels", program, {W}, ROOMY, beside=program)
    for name, program in (
        ("flock", _FOR_A_WHILE.format(_TAKES_A_LOCK)),
        ("record-lock", _FOR_A_WHILE.format(_TAKES_A_RECORD_LOCK)),
        ("shared-futex", _FOR_A_WHILE.format(_WAKES)),
        (
            "all-timers",
            _ONCE.format(
                "    made = 0\n"
                "    while made < 10000 and libc.timer_create(1, None, ctypes.byref(ctypes.c_void_p())) == 0: made += 1\n"
                "    if made not in (0, 64): print('ESCAPED', made)\n"
                "    time.sleep(0.3)"
            ),
        ),
    )
)  # fmt: skip

COUNTS = tuple(
    Case(name, "channels", _ONCE.format(body), {W})
    for name, body in (
        ("cached-or-not", "    os.preadv(shared.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)\n    print('ESCAPED')"),
        (
            "empties-the-cache",
            "    shared.read()\n    os.posix_fadvise(shared.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)\n"
            "    before = resource.getrusage(resource.RUSAGE_SELF).ru_majflt\n"
            "    m = mmap.mmap(shared.fileno(), 0, access=mmap.ACCESS_READ)\n    m[0], m[-1]\n"
            "    if resource.getrusage(resource.RUSAGE_SELF).ru_majflt > before: print('ESCAPED')",
        ),
        (
            "in-memory-or-not",
            "    page = libc.mmap(None, 4096, 1, 1, shared.fileno(), 0)\n"
            "    if libc.mincore(ctypes.c_void_p(page), 4096, ctypes.create_string_buffer(1)) == 0: print('ESCAPED')",
        ),
        (
            "descriptors-in-flight",
            "    left, right = socket.socketpair()\n"
            "    left.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0]))])\n    print('ESCAPED')",
        ),
        ("room-on-the-disk", "    os.statvfs('/')\n    print('ESCAPED')"),
        ("time-of-a-victim", "    time.clock_gettime(~@VICTIM@ << 3 | 2)\n    print('ESCAPED')"),
        ("group-of-a-victim", "    os.getpgid(@VICTIM@)\n    print('ESCAPED')"),
        ("priority-of-a-victim", "    os.getpriority(os.PRIO_PROCESS, @VICTIM@)\n    print('ESCAPED')"),
        ("cores-of-a-victim", "    os.sched_getaffinity(@VICTIM@)\n    print('ESCAPED')"),
    )
) + (
    Case(
        "six-thousand-threads", "channels",
        "import threading\nthreading.stack_size(1 << 16)\nhold = threading.Event()\nmade = 0\ntry:\n    while made < 6000:\n"
        "        threading.Thread(target=hold.wait, daemon=True).start()\n        made += 1\nexcept RuntimeError: pass\n"
        "print('ESCAPED' if made > 1000 else 8)\nhold.set()",
        {W, R, T}, ROOMY,
    ),
    Case(
        "cpp-flock", "channels",
        "#include <sys/file.h>\n#include <fcntl.h>\n#include <stdio.h>\n#include <unistd.h>\nint main(){int f=open(\"/usr/lib/os-release\",O_RDONLY);"
        "for(int i=0;f>=0&&i<40;i++){if(flock(f,LOCK_EX|LOCK_NB)!=0)puts(\"ESCAPED\");usleep(10000);flock(f,LOCK_UN);}puts(\"8\");}",
        {W}, ROOMY, "cpp",
        beside="import fcntl, time\nf = open('/usr/lib/os-release')\nfcntl.flock(f, fcntl.LOCK_EX)\ntime.sleep(0.5)",
    ),
)  # fmt: skip

BESIDE_CASES = (*CHANNELS, *COUNTS)
