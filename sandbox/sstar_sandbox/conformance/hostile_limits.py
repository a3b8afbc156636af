"""Hostile programs that attack limits: time, memory, output."""

# Programs are easier to read on one line each, and the lists are put together from parts:
# ruff: noqa: RUF005, ISC004
from __future__ import annotations

from sstar_sandbox.conformance.cases import BRIEF, ROOMY, SMALL, Case, L, M, R, T, W

TIME = tuple(
    Case(name, "time", source, {T}, BRIEF)
    for name, source in (
        ("busy-loop", "while True: pass"),
        ("sleeps", "import time\ntime.sleep(100)"),
        ("catches-everything", "while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
        (
            "ignores-signals",
            "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
            "while True: pass",
        ),
        ("blocks-signals", "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass"),
        ("long-c-call", "pow(7, 10**9)"),
        ("regex-bomb", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"),
        ("non-daemon-thread", "import threading, time\nthreading.Thread(target=time.sleep, args=(100,)).start()\nprint(7)"),
        ("exit-hook", "import atexit, time\natexit.register(time.sleep, 100)\nprint(7)"),
        ("waits-for-itself", "import threading\nl = threading.Lock()\nl.acquire()\nl.acquire()"),
        ("spinning-threads", "import threading\ndef f():\n    while True: pass\nfor _ in range(8): threading.Thread(target=f).start()"),
        ("destructor", "class A:\n    def __del__(self):\n        while True: pass\na = A()\ndel a"),
        ("pause", "import signal\nsignal.pause()"),
        ("resets-alarm", "import signal\nsignal.alarm(0)\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass"),
        ("raises-its-cpu-limit", "import resource\ntry: resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))\nexcept (OSError, ValueError): pass\nwhile True: pass"),
    )
) + (
    Case(
        "stops-itself", "time", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nprint(8)", {T, W}, BRIEF,
        note="pid 1 of a namespace does not stop; where there is none it stops until the wall limit",
    ),
    Case(
        "stops-its-group", "time", "import os, signal\nos.kill(0, signal.SIGSTOP)\nprint(8)", {T, W, R}, BRIEF,
        note="as above; the landlock tier refuses the call",
    ),
)  # fmt: skip

MEMORY = (
    Case("balloon", "memory", "x = []\nwhile True: x.append(bytearray(1 << 20))", {M}, SMALL),
    Case("twice-its-limit", "memory", "import time\nx = bytearray(b'x') * (128 << 20)\ntime.sleep(0.1)\nprint(7)", {M}, SMALL),
    Case("one-shot", "memory", "x = bytearray(1 << 40)", {R}, SMALL),
    Case("list-doubling", "memory", "x = [0]\nwhile True: x += x", {M}, SMALL),
    Case(
        "caught-and-tried-again",
        "memory",
        "x = []\nfor _ in range(5):\n    try:\n        while True: x.append(bytearray(1 << 26))\n    except MemoryError: pass\nprint(7)",
        {M},
        SMALL,
    ),
    Case("big-int", "memory", "x = 1 << (1 << 33)", {R}, SMALL),
    Case(
        "anonymous-shared-map",
        "memory",
        "import mmap\nm = mmap.mmap(-1, 300 << 20)\nfor i in range(0, 300 << 20, 4096): m[i] = 1\nprint(7)",
        {M},
        SMALL,
    ),
    Case("memfd", "memory", "import os\nos.memfd_create('x')\nprint('ESCAPED')", {R}),
    Case("sysv-shared-memory", "memory", "import ctypes\nprint(ctypes.CDLL(None).shmget(1, 1 << 20, 0o1600))", {R}),
    Case("raises-its-memory-limit", "memory", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nx = bytearray(1 << 40)", {M, R}, SMALL),
)  # fmt: skip

OUTPUT = (
    Case("floods-stdout", "output", "while True: print('x' * 10000)", {L}),
    Case("floods-stderr", "output", "import sys\nwhile True: sys.stderr.write('x' * 10000)", {L}),
    Case("floods-both", "output", "import os\nwhile True:\n    os.write(1, b'x' * 9999)\n    os.write(2, b'y' * 9999)", {L, R}),
    Case("one-huge-line", "output", "print('x' * (8 << 20), end='')", {L}),
    Case("catches-the-flood", "output", "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nwhile True:\n    try: print('x' * 100000)\n    except OSError: pass", {L, T}, BRIEF),
    Case("sparse-output", "output", "import os\nos.lseek(1, 1 << 40, 0)\nos.write(1, b'x')", {L, R}),
    Case("grows-by-truncate", "output", "import os\nos.ftruncate(1, 1 << 40)", {L, R}),
    Case("not-utf8", "output", "import os\nos.write(1, bytes(range(256)))", {W}),
    Case("terminal-escapes", "output", "print('\\x1b]0;owned\\x07\\x1b[2J\\x9b31m')", {W}),
    Case("nul-bytes", "output", "print('\\0' * 1000)", {W}),
    Case("closed-stdout", "output", "import os\nos.close(1)\nprint(7)", {R, W}),
    Case("writes-into-stdin", "output", "import os\nos.write(0, b'9' * 100)\nprint(8)", {W, R}),
    Case("unread-stdin", "output", "print(8)", {W}),
)  # fmt: skip

LIMIT_CASES = (*TIME, *MEMORY, *OUTPUT)
__all__ = ["LIMIT_CASES", "ROOMY"]
