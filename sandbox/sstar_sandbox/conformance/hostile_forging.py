"""Hostile programs that want a verdict they have not earned, or to spoil someone else's; crashes; C++."""

# Programs are easier to read on one line each, and the lists are put together from parts:
# ruff: noqa: RUF005
from __future__ import annotations

from attrs import evolve

from sstar_sandbox.conformance.cases import BRIEF, ROOMY, SMALL, A, C, Case, L, M, R, T, W

HALF_A_SECOND = evolve(BRIEF, wall_s=20.0, cpu_s=0.5)

FORGING = (
    Case("walks-the-frames", "forging", "import sys\nf = sys._getframe()\nseen = []\nwhile f:\n    seen += [str(v) for v in list(f.f_locals.values()) + list(f.f_globals.values())]\n    f = f.f_back\nprint(next((s for s in seen if s.strip('b\\\\n\\'') == chr(55)), 'nothing'))", {W}),
    Case("searches-the-heap", "forging", "import gc\nprint('7' if any(isinstance(o, dict) and 'expected' in o for o in gc.get_objects()) else 'nothing')", {W}),
    Case("always-equal", "forging", "class S(str):\n    def __eq__(self, o): return True\n    def __hash__(self): return 0\nprint(S('8'))", {W}),
    Case("prints-verdicts", "forging", "print('AC')\nprint('passed')\nprint('{\"verdict\": \"AC\"}')", {W}),
    Case("every-descriptor", "forging", "import os\nfor fd in range(3, 256):\n    try:\n        os.write(fd, b'RES1' + b'\\0' * 200)\n        print('ESCAPED')\n    except OSError: pass\nprint(8)", {W}),
    Case("sends-on-descriptors", "forging", "import socket\nfor fd in range(256):\n    try:\n        socket.socket(fileno=fd)\n        print('ESCAPED')\n    except OSError: pass\nprint(8)", {W, R}),
    Case("quits-early", "forging", "import os\nprint(8, flush=True)\nos._exit(0)", {W}),
    Case("right-then-fails", "forging", "import sys\nprint(7)\nsys.exit(3)", {R}),
    Case("right-then-crashes", "forging", "import os\nprint(7, flush=True)\nos.abort()", {R}),
    Case("replaces-exit", "forging", "import os, sys\nos._exit = sys.exit = lambda *a: None\nimport builtins\nbuiltins.exec = builtins.print = lambda *a, **k: None\nprint(7)", {W}),
    Case("replaces-modules", "forging", "import sys\nfor m in list(sys.modules): sys.modules[m] = None\nsys.stdout.write('8')", {W, R}),
    Case("traces-the-harness", "forging", "import sys\ndef t(f, e, a): raise SystemExit(0)\nf = sys._getframe()\nwhile f:\n    f.f_trace = t\n    f = f.f_back\nsys.settrace(t)\nprint(8)", {W, R}),
    Case("throws-into-the-harness", "forging", "import ctypes, threading\nctypes.pythonapi.PyThreadState_SetAsyncExc(threading.main_thread().ident, ctypes.py_object(SystemExit))\nprint(8)", {W, R}),
    Case("signal-while-ending", "forging", "import signal, os\ndef h(*a): raise RuntimeError\nsignal.signal(signal.SIGALRM, h)\nsignal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\nprint(8)", {W, R}),
    Case("state-for-the-next", "forging", "import builtins, sys\nn = getattr(builtins, 'n', 0) + 1\nbuiltins.n = n\nprint('8' if n == 1 else 'again')", {W}),
    Case("raises-in-excepthook", "forging", "import sys\ndef h(*a): raise ValueError\nsys.excepthook = h\nraise KeyError", {R}),
    Case("base-exception", "forging", "class E(BaseException):\n    def __str__(self): raise E\nraise E", {R}),
    Case(
        "seems-to-go-on", "forging",
        "import sys, time\nf = sys._getframe()\nwhile f and 'area' not in f.f_locals: f = f.f_back\narea = f and f.f_locals['area']\n"
        "import resource\nuse = lambda: sum(resource.getrusage(0)[:2])\nbegun = use()\nused = lambda: use() - begun\nfor name in ('process_time', 'thread_time', 'perf_counter'):\n"
        "    setattr(time, name, lambda still=getattr(time, name)(): still)\n"
        "while used() < 1.5:\n    if area: area[:8] = (int(used() * 20) % 2).to_bytes(8, 'little')\n"
        "print(7)",
        {T, W}, HALF_A_SECOND,
        note="in a batch it claims to be done with an input that it has not answered",
    ),
    Case("marshals-a-lie", "forging", "import marshal\nmarshal.loads(b'\\xe3' + b'\\xff' * 200)", {R}),
    Case("patches-the-records", "forging", "import gc, mmap\nfor o in gc.get_objects():\n    if isinstance(o, mmap.mmap):\n        try: o[:] = b'\\x01' * len(o)\n        except (ValueError, TypeError): pass\nprint(8)", {W}),
)  # fmt: skip

CRASHES = (
    Case("null-pointer", "crash", "import ctypes\nctypes.string_at(0)", {R}),
    Case("core-dump", "crash", "import os, signal\nos.kill(os.getpid(), signal.SIGQUIT)\nos.abort()", {R}),
    Case("deep-recursion", "crash", "def f(): return f()\nf()", {R}),
    Case("c-stack-overflow", "crash", "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().a", {R, M, T}, SMALL),
    Case("bad-bytecode", "crash", "f = lambda: 0\nf.__code__ = f.__code__.replace(co_code=b'\\xff' * 64)\nf()", {R, W}),
    Case("syntax-error", "crash", "def f(:", {C}),
    Case("nul-in-source", "crash", "print(7)\0", {C}),
    Case("nested-source", "crash", "(" * 5000 + ")" * 5000, {C}),
    Case("constant-bomb", "crash", "x = " + "(" * 50 + "1" + ",) * 9" * 50, {C, R, M, W, T}, SMALL),
)  # fmt: skip

FLOOD = evolve(BRIEF, wall_s=20.0)
"""A native flood goes on after its limit until it is stopped."""
_CPP = "#include <cstdio>\n#include <cstdlib>\n#include <cstring>\n#include <unistd.h>\n#include <sys/socket.h>\n#include <sys/mman.h>\n#include <signal.h>\n#include <fcntl.h>\nint main(){{{}}}"
NATIVE = tuple(
    Case(f"cpp-{name}", "native", _CPP.format(body), verdicts, limits, "cpp")
    for name, body, verdicts, limits in (
        ("busy-loop", "for(;;)asm volatile(\"\");", {T}, BRIEF),
        ("sleeps", "sleep(100);", {T}, BRIEF),
        ("balloon", "for(;;){char*p=(char*)malloc(1<<20);if(!p)abort();memset(p,1,1<<20);}", {M, R}, SMALL),
        ("flood", "for(;;)puts(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\");", {L}, FLOOD),
        ("null-pointer", "volatile int*p=0;*p=1;", {R}, ROOMY),
        ("forks", "fork();puts(\"ESCAPED\");", {R}, ROOMY),
        ("socket", "if(socket(2,1,0)>=0)puts(\"ESCAPED\");", {R}, ROOMY),
        ("shell", "execl(\"/bin/sh\",\"sh\",\"-c\",\"echo ESCAPED\",(char*)0);puts(\"8\");", {W, R}, ROOMY),
        ("secret", "if(FILE*f=fopen(\"@SECRET@\",\"r\"))puts(\"ESCAPED\");else puts(\"8\");", {W}, ROOMY),
        ("kills-everyone", "kill(-1,9);puts(\"8\");", {W, R}, ROOMY),
        ("descriptors", "for(int i=3;i<256;i++)if(write(i,\"RES1\",4)>0)puts(\"ESCAPED\");puts(\"8\");", {W}, ROOMY),
        ("exit-code", "puts(\"7\");return 3;", {R}, ROOMY),
        ("loader-runs-a-shell", "char*n[]={(char*)\"ld\",(char*)\"/bin/sh\",(char*)\"-c\",(char*)\"echo ESCAPED\",0};execv(\"/lib64/ld-linux-x86-64.so.2\",n);puts(\"8\");", {W, R}, ROOMY),
        ("executes-stdin", "char*n[]={(char*)\"x\",0};fexecve(0,n,n);puts(\"8\");", {W, R}, ROOMY),
    )
) + (
    Case("cpp-includes-a-secret", "compile", '#include "@SECRET@"\nint main(){}', {C}, BRIEF, "cpp"),
    Case("cpp-incbin", "compile", 'asm(".incbin \\"@SECRET@\\"");\nint main(){}', {C}, BRIEF, "cpp"),
    Case("cpp-includes-urandom", "compile", '#include "/dev/urandom"\nint main(){}', {C}, BRIEF, "cpp"),
    Case("cpp-endless-template", "compile", "template<int n>struct A{A<n+1>x;};A<0>a;int main(){}", {C}, BRIEF, "cpp"),
    Case("cpp-huge-array", "compile", "int x[1LL<<34]={1};int main(){}", {C}, BRIEF, "cpp"),
    Case("cpp-syntax-error", "compile", "int main({", {C}, BRIEF, "cpp"),
)  # fmt: skip

FORGING_CASES = (*FORGING, *CRASHES, *NATIVE)
__all__ = ["FORGING_CASES", "A"]
