"""Programs written for judges run here as there: streams, files that stand for streams, limits, macros, libraries."""

from __future__ import annotations

import subprocess

import pytest
from sums import INPUTS, SUMS, outputs

from sstar_sandbox import CompilerOptions, Mode, Sandbox, SandboxError, Verdict
from sstar_sandbox.compilation.toolchains import STANDARDS, standard_of
from sstar_sandbox.records import MIB, Limits

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD = "print(sum(map(int, {}.read().split())))"
PYTHON = {
    "fast streams over descriptors ask for the mode": """
import os, sys
from io import BytesIO, IOBase
class FastIO(IOBase):
    def __init__(self, file):
        self._fd = file.fileno()
        self.buffer = BytesIO()
        self.writable = "x" in file.mode or "r" not in file.mode
        self.write = self.buffer.write if self.writable else None
    def read(self):
        return os.read(self._fd, max(os.fstat(self._fd).st_size, 8192))
    def flush(self):
        if self.writable:
            os.write(self._fd, self.buffer.getvalue())
            self.buffer.truncate(0), self.buffer.seek(0)
class IOWrapper(IOBase):
    def __init__(self, file):
        self.buffer = FastIO(file)
        self.flush = self.buffer.flush
        self.writable = self.buffer.writable
        self.write = lambda s: self.buffer.write(s.encode("ascii"))
        self.read = lambda: self.buffer.read().decode("ascii")
sys.stdin, sys.stdout = IOWrapper(sys.stdin), IOWrapper(sys.stdout)
print(sum(map(int, sys.stdin.read().split())))
sys.stdout.flush()
""",
    "the streams are CPython's": """
import sys
want = [("<stdin>", "r"), ("<stdout>", "w"), ("<stderr>", "w")]
for number, (stream, (name, mode)) in enumerate(zip((sys.stdin, sys.stdout, sys.stderr), want)):
    assert (stream.name, stream.mode, stream.fileno(), stream.buffer.name) == (name, mode, number, name), stream
    assert (stream.encoding, stream.isatty(), stream.buffer.raw.closefd) == ("utf-8", False, False)
    assert repr(stream) == f"<_io.TextIOWrapper name='{name}' mode='{mode}' encoding='utf-8'>"
print(sum(map(int, sys.stdin.read().split())))
""",
    "/dev/stdin is opened": ADD.format("open('/dev/stdin')"),
    "/dev/stdin is opened after a line was read": "input()\n" + ADD.format("open('/dev/stdin')"),
    "descriptor 0 is opened": ADD.format("open(0)"),
    "the output is a file over descriptor 1 that nobody closes": (
        "out = open(1, 'w', closefd=False)\nout.write(str(sum(map(int, open(0).read().split()))))"
    ),
    "the limit of the stack is raised": (
        "import resource\nresource.setrlimit(resource.RLIMIT_STACK, (2**29, 2**29))\n" + ADD.format("open(0)")
    ),
    "the stack is unlimited": (
        "import resource\nresource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY,) * 2)\n"
        + ADD.format("open(0)")
    ),
    "a deep recursion in a thread": """
import resource, sys, threading
resource.setrlimit(resource.RLIMIT_STACK, (2**29, 2**29))
sys.setrecursionlimit(1 << 25)
threading.stack_size(1 << 28)
deep = lambda n: 0 if n == 0 else 1 + max(deep(n - 1), -1)
def main():
    print(sum(map(int, sys.stdin.read().split())) + deep(50000) - 50000)
thread = threading.Thread(target=main)
thread.start()
thread.join()
""",
    "doctests in the main block": (
        "def f():\n    '''\n    >>> f()\n    1\n    '''\n    return 1\n"
        "if __name__ == '__main__':\n    import doctest\n    doctest.testmod()\n    " + ADD.format("open(0)")
    ),
    "modules that look for the home folder": (
        "import os, readline, sysconfig, zoneinfo\nassert os.path.expanduser('~') == '/'\n"
        "assert sysconfig.get_paths()\nassert zoneinfo.TZPATH\n" + ADD.format("open(0)")
    ),
    "the judge is in the environment": (
        "import os\nassert os.environ['ONLINE_JUDGE'] and os.getenv('HOME')\n" + ADD.format("open(0)")
    ),
    "sorted containers": (
        "from sortedcontainers import SortedList\nprint(sum(SortedList(map(int, open(0).read().split()))))"
    ),
    "numpy": "import numpy as np\nprint(np.array(open(0).read().split(), dtype=np.int64).sum())",
}
CPP = {
    "the macro of judges": """
#include <bits/stdc++.h>
int main() {
#ifndef ONLINE_JUDGE
    freopen("input.txt", "r", stdin);
#endif
    long long a, b; std::cin >> a >> b; std::cout << a + b << "\\n";
}""",
    "the environment of judges": """
#include <bits/stdc++.h>
int main() {
    if (!std::getenv("ONLINE_JUDGE") || !std::getenv("HOME")) return 1;
    long long a, b; std::cin >> a >> b; std::cout << a + b << "\\n";
}""",
    "C++20": """
#include <bits/stdc++.h>
int main() {
    std::vector<long long> v(2);
    for (auto& x : v) std::cin >> x;
    std::ranges::sort(v);
    auto sum = []<typename T>(T a, T b) { return a + b; };
    std::cout << sum(v[0], v[1]) << "\\n";
}""",
    "/dev/stdin": """
#include <fstream>
#include <iostream>
int main() { std::ifstream in("/dev/stdin"); long long a, b; in >> a >> b; std::cout << a + b; }""",
    "standard input reopened": """
#include <cstdio>
int main() { long long a, b; if (freopen("/dev/stdin", "r", stdin) && scanf("%lld%lld", &a, &b) == 2) printf("%lld", a + b); }""",
    "the stack is unlimited": """
#include <cstdio>
#include <sys/resource.h>
int deep(int n) { volatile char kept[128]; kept[0] = 1; int below = n == 0 ? -1 : deep(n - 1); return below + kept[0]; }
int main() {
    rlimit most{RLIM_INFINITY, RLIM_INFINITY}, half{1 << 29, 1 << 29};
    if (setrlimit(RLIMIT_STACK, &most) || setrlimit(RLIMIT_STACK, &half)) return 1;
    long long a, b;
    if (scanf("%lld%lld", &a, &b) == 2) printf("%lld", a + b + deep(1000000) - 1000000);
}""",
}


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("name", PYTHON)
async def test_a_python_program_written_for_judges_runs(each_tier: Sandbox, name: str, mode: Mode) -> None:
    if name == "numpy" and "numpy" not in (await each_tier.offering("python")).libraries:
        pytest.skip("numpy is not installed")
    assert await outputs(each_tier, PYTHON[name], "python", mode) == SUMS


@pytest.mark.parametrize("name", CPP)
async def test_a_cpp_program_written_for_judges_runs(each_tier: Sandbox, name: str) -> None:
    assert await outputs(each_tier, CPP[name], "cpp", Mode.ISOLATED) == SUMS


async def test_carriage_returns_are_kept_as_an_interpreter_keeps_them(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("import sys\nprint(repr(sys.stdin.read()))", "python")
    for mode in Mode:
        assert [one.stdout async for one in sandbox.run(program, [b"a\r\nb\r"], mode=mode)] == [
            b"'a\\r\\nb\\r'\n"
        ]


async def test_the_stack_of_a_program_is_still_bounded_by_its_memory(each_tier: Sandbox) -> None:
    source = CPP["the stack is unlimited"].replace("setrlimit(RLIMIT_STACK, &half)", "0")
    program = await each_tier.prepare(source.replace("1000000", "2000000000"), "cpp")
    limits = Limits(memory_bytes=256 * MIB, wall_s=30.0, cpu_s=15.0)
    (found,) = [one async for one in each_tier.run(program, INPUTS[:1], limits)]
    assert found.verdict in {Verdict.MLE, Verdict.RE}
    assert found.peak_memory_bytes < 2048 * MIB


async def test_the_standard_is_the_newest_that_the_compiler_holds_to_be_whole() -> None:
    chosen = standard_of("/usr/bin/g++", CompilerOptions())
    newer = list(STANDARDS)[: list(STANDARDS).index(chosen)]
    for standard in (chosen, *newer):
        command = ["/usr/bin/g++", f"-std={standard}", "-E", "-dM", "-x", "c++", "/dev/null"]
        macros = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: ASYNC221
        assert (f"__cplusplus {STANDARDS[standard]}" in macros) == (standard == chosen)


async def test_a_problem_may_name_its_standard_and_its_flags(sandbox: Sandbox) -> None:
    source = '#include <cstdio>\nint main(){printf("%ld %d", __cplusplus, X);}'
    options = CompilerOptions("C++14", "-O1 -DX=7")
    program = await sandbox.prepare(source, "cpp", compiler=options)
    assert [one.stdout async for one in sandbox.run(program, [b""])] == [b"201402 7"]
    other = await sandbox.prepare(source, "cpp", compiler=CompilerOptions("17", ("-DX=8",)))
    assert [one.stdout async for one in sandbox.run(other, [b""])] == [b"201703 8"]
    assert (await sandbox.offering("cpp", options)).standard == "C++14"


async def test_a_standard_that_the_compiler_does_not_know_is_nobodys_compile_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sstar_sandbox.compilation.toolchains._standard_value", lambda _binary, _standard: "")
    with pytest.raises(SandboxError, match=r"does not know -std=gnu\+\+26"):
        await sandbox.prepare("int main(){}", "cpp", compiler=CompilerOptions("c++26"))


@pytest.mark.parametrize(
    "flag",
    [
        *("-fplugin=x.so", "-B/tmp", "-o", "-ox", "@file", "-wrapper", "-specs=x", "--specs=x", "-I/etc", "-include"),
        *("-imacros", "-L.", "-lm", "-Wl,-x", "-Wp,-MD,x", "-Wa,x", "-Xlinker", "-fdump-tree-all", "-fprofile-use=x"),
        *("-fuse-ld=x", "-fmodules-ts", "-mllvm", "-save-temps", "-MD", "-x", "main.c", "-DX=$(id)", "-DX=`id`"),
        *("-DX=';'", "-DX=a/b", "-fmacro-prefix-map=/=x", "-std=c++17;id", "-std=c++17", "-pipe&", "-E", "-S", "-c"),
    ],
)  # fmt: skip
async def test_a_flag_that_could_read_or_write_or_run_something_is_refused(flag: str) -> None:
    with pytest.raises(ValueError, match="is not allowed; allowed"):
        CompilerOptions(flags=(flag,))


@pytest.mark.parametrize(
    "flag",
    [
        "-O3",
        "-Ofast",
        "-march=native",
        "-funroll-loops",
        "-DLOCAL",
        "-DN=100",
        "-Wall",
        "-fsanitize=undefined",
        "-mavx2",
    ],
)
async def test_a_harmless_flag_is_let_through(flag: str) -> None:
    assert CompilerOptions(flags=flag).flags == (flag,)


async def test_an_unknown_standard_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown C\+\+ standard 'c\+\+98;id'; known: c\+\+11"):
        CompilerOptions("c++98;id")
