"""Programs as people write them, which must pass: a sandbox that fails everything contains everything."""

# Programs are easier to read on one line each, and the lists are put together from parts:
# ruff: noqa: RUF005
from __future__ import annotations

from attrs import evolve

from sstar_sandbox.conformance.cases import ROOMY, A, Case
from sstar_sandbox.records import MIB

_LARGE = evolve(ROOMY, memory_bytes=512 * MIB)
_SUM = "print(sum(map(int, __import__('sys').stdin.read().split())))"

LEGITIMATE_CASES = tuple(
    Case(name, "legitimate", source, {A}, _LARGE)
    for name, source in (
        ("plain", "a, b = int(input()), int(input())\nprint(a + b)"),
        ("sys-exit", "import sys\nprint(int(input()) + int(input()))\nsys.exit(0)"),
        ("exit", "print(int(input()) + int(input()))\nexit()"),
        ("quit", "print(int(input()) + int(input()))\nquit()"),
        ("stdin-buffer", "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())))"),
        ("stdin-readline", "import sys\ninput = sys.stdin.readline\nprint(int(input()) + int(input()))"),
        ("stdin-lines", "import sys\nprint(sum(int(l) for l in sys.stdin))"),
        ("open-0", "print(sum(map(int, open(0).read().split())))"),
        ("open-0-binary", "print(sum(map(int, open(0, 'rb').read().split())))"),
        ("os-read", "import os\nprint(sum(map(int, os.read(0, os.fstat(0).st_size).split())))"),
        ("fast-io", "import io, os, sys\ninput = io.BytesIO(os.read(0, os.fstat(0).st_size)).readline\nout = io.StringIO()\nprint(int(input()) + int(input()), file=out)\nos.write(1, out.getvalue().encode())"),
        ("buffered-stdout", "import sys, io, atexit\nsys.stdout = io.StringIO()\nold = sys.__stdout__\natexit.register(lambda: old.write(sys.stdout.getvalue()))\nprint(int(input()) + int(input()))"),
        ("double-guard", 'def main():\n    print(int(input()) + int(input()))\n\nif __name__ == "__main__":\n    main()'),
        ("single-guard", "def main():\n    print(int(input()) + int(input()))\n\nif __name__ == '__main__':\n    main()"),
        ("future-import", "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint(P(int(input())).x + int(input()))"),
        ("helper-first", "def add(a, b): return a + b\ndef main(): print(add(int(input()), int(input())))\nmain()"),
        ("class-solution", "class Solution:\n    def solve(self): return int(input()) + int(input())\nprint(Solution().solve())"),
        ("recursion-limit", "import sys\nsys.setrecursionlimit(10**6)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(int(input()) + int(input()) + f(20000) - 20000)"),
        ("big-thread-stack", "import sys, threading\nsys.setrecursionlimit(1 << 25)\nthreading.stack_size(1 << 28)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\ndef main(): print(int(input()) + int(input()) + f(100000) - 100000)\nt = threading.Thread(target=main)\nt.start()\nt.join()"),
        ("half-gigabyte-stack", "import threading\nthreading.stack_size(1 << 29)\nt = threading.Thread(target=lambda: print(int(input()) + int(input())))\nt.start()\nt.join()"),
        ("thread-left-running", "import threading, time\na, b = int(input()), int(input())\nthreading.Thread(target=lambda: print(a + b)).start()"),
        ("daemon-thread", "import threading, time\nthreading.Thread(target=time.sleep, args=(100,), daemon=True).start()\nprint(int(input()) + int(input()))"),
        ("exit-in-thread-pool", "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as p: print(p.submit(lambda: int(input()) + int(input())).result())"),
        ("asyncio", "import asyncio\nasync def main(): print(int(input()) + int(input()))\nasyncio.run(main())"),
        ("big-memory", "x = bytearray(200 << 20)\nprint(int(input()) + int(input()) + x[-1])"),
        ("stderr-noise", "import sys\nprint('debug', file=sys.stderr)\nprint(int(input()) + int(input()))"),
        ("eof", "n = 0\ntry:\n    while True: n += int(input())\nexcept EOFError: print(n)"),
        ("random-and-time", "import random, time\nrandom.seed(time.time())\nrandom.random()\nprint(int(input()) + int(input()))"),
        ("heavy-imports", "import collections, heapq, bisect, itertools, functools, math, re, decimal, fractions, statistics, string, typing, copy, json, operator\nprint(int(input()) + int(input()))"),
        ("unicode", "# -*- coding: utf-8 -*-\nµ = int(input())\nprint(µ + int(input()))"),
        ("star-imports", "from math import *\nfrom heapq import *\nfrom collections import *\nprint(int(input()) + int(input()))"),
        ("pickles-its-class", "import pickle, copy\nclass P: pass\npickle.loads(pickle.dumps(P()))\nprint(int(input()) + int(input()))"),
        ("introspects", "import sys, __main__\nassert sys.argv and __main__.__name__ == '__main__' and __file__\nprint(int(input()) + int(input()))"),
        ("closes-stdin", "import sys\nn = sum(map(int, sys.stdin))\nsys.stdin.close()\nprint(n)"),
        ("str-digits", "import sys\nsys.set_int_max_str_digits(0)\nlen(str(1 << 100000))\nprint(int(input()) + int(input()))"),
        ("one-liner", _SUM),
    )
) + (
    Case("cpp-plain", "legitimate", "#include <iostream>\nint main(){int a,b;std::cin>>a>>b;std::cout<<a+b<<std::endl;}", {A}, _LARGE, "cpp"),
    Case("cpp-everything", "legitimate", "#include <bits/stdc++.h>\nusing namespace std;\nstatic char big[200<<20];\nint main(){ios::sync_with_stdio(0);cin.tie(0);memset(big,1,sizeof big);map<int,int>m;int a,b;cin>>a>>b;m[a]=b;cout<<a+m[a]+big[5]-1<<'\\n';}", {A}, _LARGE, "cpp"),
    Case("cpp-deep-recursion", "legitimate", "#include <cstdio>\nvolatile int k;int f(int n){char b[64];b[n&63]=k;return n==0?0:1+f(n-1)+(b[0]&0);}\nint main(){int a,b;if(scanf(\"%d%d\",&a,&b)==2)printf(\"%d\\n\",a+b+f(1000000)-1000000);}", {A}, _LARGE, "cpp"),
    Case("cpp-threads", "legitimate", "#include <thread>\n#include <iostream>\nint main(){int a,b,c=0;std::cin>>a>>b;std::thread t([&]{c=a+b;});t.join();std::cout<<c;}", {A}, _LARGE, "cpp"),
    Case("c-plain", "legitimate", "#include <stdio.h>\nint main(void){int a,b;if(scanf(\"%d%d\",&a,&b)==2)printf(\"%d\\n\",a+b);return 0;}", {A}, _LARGE, "c"),
)  # fmt: skip
