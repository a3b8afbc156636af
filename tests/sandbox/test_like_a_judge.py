"""Programs written for judges run here as there: streams, files that stand for streams, limits, macros, libraries."""

# ruff: noqa: ASYNC240  (looks at small files of ours)
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sstar_sandbox import CompilerOptions, Execution, FileIO, Mode, Sandbox, SandboxError, Verdict
from sstar_sandbox.interpreter import Interpreter, find_interpreter
from sstar_sandbox.libraries import find_libraries, header_folder
from sstar_sandbox.records import MIB, Limits
from sstar_sandbox.toolchains import STANDARDS, standard_of

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
INPUTS = [b"2\n3\n", b"10\n-4\n", b"0\n0\n"]
SUMS = [b"5", b"6", b"0"]


async def outputs(
    sandbox: Sandbox, source: str, language: str, mode: Mode, files: FileIO | None = None
) -> list[bytes]:
    program = await sandbox.prepare(source, language)
    assert program.compile_error is None, program.compile_error
    found = [one async for one in sandbox.run(program, INPUTS, mode=mode, files=files)]
    assert [(one.verdict, one.detail, one.stderr) for one in found] == [(Verdict.RAN, "", b"")] * 3
    return [one.stdout.strip() for one in found]


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


# --- files instead of streams ----------------------------------------------------------------------

GAP = FileIO("gap.in", "gap.out")
READS_AND_WRITES = {
    "python": {
        "both, closed": "a = sum(map(int, open('gap.in').read().split()))\nwith open('gap.out', 'w') as f:\n    f.write(str(a))",
        "the output never closed": "f = open('gap.out', 'w')\nf.write(str(sum(map(int, open('gap.in')))))",
        "streams replaced": "import sys\nsys.stdin = open('gap.in')\nsys.stdout = open('gap.out', 'w')\nprint(int(input()) + int(input()))",
        "printed, where the file is only made": "open('gap.out', 'w')\nprint(sum(map(int, open('gap.in'))))",
        "reads standard input and prints": "print(int(input()) + int(input()))",
        "says something on standard output too": "print('debug')\nopen('gap.out', 'w').write(str(sum(map(int, open('gap.in')))))",
    },
    "cpp": {
        "reopened streams": '#include <cstdio>\nint main(){freopen("gap.in","r",stdin);freopen("gap.out","w",stdout);long long a,b;if(scanf("%lld%lld",&a,&b)==2)printf("%lld\\n",a+b);}',
        "file streams": '#include <fstream>\nint main(){std::ifstream in("gap.in");std::ofstream out("gap.out");long long a,b;in>>a>>b;out<<a+b;}',
        "reads standard input and prints": "#include <iostream>\nint main(){long long a,b;std::cin>>a>>b;std::cout<<a+b;}",
    },
}  # fmt: skip


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("language", "name"), [(language, name) for language, all_ in READS_AND_WRITES.items() for name in all_]
)
async def test_files_stand_for_the_streams(each_tier: Sandbox, language: str, name: str, mode: Mode) -> None:
    assert await outputs(each_tier, READS_AND_WRITES[language][name], language, mode, GAP) == SUMS


async def test_what_one_run_wrote_is_gone_before_the_next(each_tier: Sandbox) -> None:
    source = "n = open('gap.in').read().strip()\nold = open('gap.out').read()\nif n == '1': open('gap.out', 'w').write('one')\nprint([old])"
    program = await each_tier.prepare(source, "python")
    found = [one.stdout async for one in each_tier.run(program, [b"1", b"2"], files=GAP)]
    assert found == [b"one", b"['']\n"]


async def test_a_file_holds_no_more_than_an_output_may(each_tier: Sandbox) -> None:
    limits = Limits(output_bytes=1000)
    source = "import sys\nf = open('gap.out', 'w')\nf.write('x' * int(open('gap.in').read()))\nf.flush()"
    program = await each_tier.prepare(source, "python")
    found = [one async for one in each_tier.run(program, [b"1000", b"100000"], limits, files=GAP)]
    assert [len(one.stdout) for one in found] == [1000, 1000]
    assert [one.verdict for one in found] == [Verdict.RAN, Verdict.OLE]


@pytest.mark.parametrize(
    "attempt",
    [
        "open('other', 'w')",
        "open('gap.in', 'w')",
        "open('gap.in', 'r+')",
        "import os; os.remove('gap.out')",
        "import os; os.rename('gap.out', 'gap.in')",
        "import os; os.mkdir('folder')",
        "import os; os.chmod('gap.in', 0o600)",
        "import os; os.symlink('/etc/passwd', 'link')",
        "open('/etc/passwd')",
    ],
)
async def test_nothing_else_can_be_written_there(each_tier: Sandbox, attempt: str) -> None:
    source = f"try:\n    {attempt}\nexcept OSError: print('refused')"
    program = await each_tier.prepare(source, "python")
    (found,) = [one async for one in each_tier.run(program, [b"1"], files=GAP)]
    assert (found.verdict, found.stdout) == (Verdict.RAN, b"refused\n")


@pytest.mark.parametrize("tier", ["bwrap", "userns"])
async def test_standard_input_cannot_be_written_by_its_name(cache_dir: Path, tier: str) -> None:
    source = "try: open('/dev/stdin', 'r+')\nexcept OSError: print('refused')"
    async with Sandbox(workers=1, tier=tier, cache_dir=cache_dir) as own:
        program = await own.prepare(source, "python")
        assert [one.stdout async for one in own.run(program, [b"1"])] == [b"refused\n"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "/etc/passwd", "a/b", "-rf", "a b", "x" * 65, "a\n", "a\0"]
)
async def test_only_plain_names_are_names_of_files(name: str) -> None:
    with pytest.raises(ValueError, match="not the plain name of a file"):
        FileIO(name, "gap.out")


async def test_files_of_several_problems_do_not_pile_up_boxes(cache_dir: Path) -> None:
    async with Sandbox(workers=1, cache_dir=cache_dir) as own:
        program = await own.prepare("print(open(input()).read())", "python")
        for number in range(4):
            names = FileIO(f"p{number}.in", f"p{number}.out")
            text = f"p{number}.in".encode()
            found = [one async for one in own.run(program, [text], files=names)]
            assert [one.stdout.strip() for one in found] == [text]
        assert own._pool is not None
        assert len(own._pool._alive) <= 2


async def test_a_language_that_cannot_have_files_says_so(sandbox: Sandbox) -> None:
    try:
        program = await sandbox.prepare("console.log(1)", "javascript")
    except SandboxError as error:
        pytest.skip(str(error))
    with pytest.raises(SandboxError, match=r"gap\.in.*javascript"):
        [one async for one in sandbox.run(program, [b""], files=GAP)]


# --- the compiler ----------------------------------------------------------------------------------


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
    monkeypatch.setattr("sstar_sandbox.toolchains._says", lambda _binary, _standard: "")
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


# --- libraries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", list(Mode))
async def test_what_lies_beside_a_library_stays_unseen(each_tier: Sandbox, mode: Mode) -> None:
    source = "import sortedcontainers\ntry:\n    import attrs\nexcept ModuleNotFoundError: print('unseen')\nimport {}"
    program = await each_tier.prepare(source.format("json"), "python")
    (found,) = [one async for one in each_tier.run(program, [b""], mode=mode)]
    assert (found.verdict, found.stdout) == (Verdict.RAN, b"unseen\n")


async def test_the_files_beside_a_library_cannot_be_read(each_tier: Sandbox) -> None:
    import attrs

    beside = str(Path(attrs.__file__))
    source = f"import os, sortedcontainers\nplace = os.path.dirname(sortedcontainers.__path__[0])\nfor path in ({beside!r}, place + '/attrs/__init__.py'):\n    try: open(path)\n    except OSError: print('unread')"
    program = await each_tier.prepare(source, "python")
    (found,) = [one async for one in each_tier.run(program, [b""])]
    assert (found.verdict, found.stdout) == (Verdict.RAN, b"unread\nunread\n")


async def test_a_library_cannot_be_written(each_tier: Sandbox) -> None:
    source = (
        "import sortedcontainers\ntry: open(sortedcontainers.__file__, 'a')\nexcept OSError: print('refused')"
    )
    program = await each_tier.prepare(source, "python")
    assert [one.stdout async for one in each_tier.run(program, [b""])] == [b"refused\n"]


async def test_without_libraries_a_program_that_needs_one_says_which(cache_dir: Path) -> None:
    source = "from sortedcontainers.sortedlist import SortedList"
    async with Sandbox(workers=1, cache_dir=cache_dir, libraries=()) as bare:
        assert (await bare.offering("python")).libraries == ()
        for entry_point in (None, "f"):
            program = await bare.prepare(source, "python", entry_point)
            for mode in Mode:
                (found,) = [one async for one in bare.run(program, [b"[]"], mode=mode)]
                assert told(found) == (Verdict.RE, "needs sortedcontainers", "sortedcontainers")


async def test_a_program_that_needs_an_absent_header_says_which(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("#include <no/such_header>\nint main(){}", "cpp")
    (found,) = [one async for one in sandbox.run(program, [b""])]
    assert told(found) == (Verdict.CE, "needs no/such_header", "no/such_header")
    assert program.needs == "no/such_header"


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint(\"ModuleNotFoundError: No module named 'x y;z'\", file=sys.stderr)\nsys.exit(1)",
        "import sys\nprint(\"ModuleNotFoundError: No module named 'numpy'\", file=sys.stderr)",
        "import sys\nprint(\"ModuleNotFoundError: No module named 'numpy'\", file=sys.stderr)\nsys.exit(3)",
        "1 / 0",
    ],
)
async def test_nothing_else_counts_as_a_need(sandbox: Sandbox, source: str) -> None:
    program = await sandbox.prepare(source, "python")
    (found,) = [one async for one in sandbox.run(program, [b""])]
    assert found.needs == ""


async def test_a_named_library_that_is_not_here_is_an_error_that_says_how_to_get_it() -> None:
    with pytest.raises(
        SandboxError, match=r"'no_such_library' is not installed.*pip install no_such_library"
    ):
        find_libraries(find_interpreter(), ["no_such_library"])
    for name in ("os", "a.b", "../x", ""):
        with pytest.raises(SandboxError, match="is not the name of a library"):
            find_libraries(find_interpreter(), [name])


async def test_compiled_libraries_of_another_python_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "{}.{}".format(*sys.version_info)
    for name, shared in (("plain", False), ("compiled", True)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        if shared:
            (tmp_path / name / "core.so").touch()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == Path.home().owner() and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    monkeypatch.setattr("sstar_sandbox.libraries._own_folders", lambda: [(own, tmp_path)])
    here = Interpreter(Path(sys.executable).resolve(), ())
    monkeypatch.setattr("sstar_sandbox.libraries.version_of", lambda _executable: "3.7")
    assert [found.name for found in find_libraries(here, ["plain"])] == ["plain"]
    with pytest.raises(SandboxError, match=r"'compiled' is not installed for Python 3\.7"):
        find_libraries(here, ["compiled"])


@pytest.fixture
def headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of headers as AtCoder's library has it, where the compiler is told to look."""
    folder = Path("/tmp/sstar-test-headers")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "atcoder").mkdir(parents=True)
    (folder / "atcoder" / "all").write_text('#include "atcoder/sum.hpp"\n')
    (folder / "atcoder" / "sum.hpp").write_text(
        "inline long long sum(long long a, long long b) { return a + b; }\n"
    )
    monkeypatch.setenv("CPLUS_INCLUDE_PATH", f"/nowhere:{folder}")
    yield folder  # type: ignore[misc]
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("tier", ["bwrap", "userns", "landlock"])
async def test_headers_of_the_host_can_be_included(headers: Path, cache_dir: Path, tier: str) -> None:
    assert header_folder("atcoder") == headers
    source = "#include <bits/stdc++.h>\n#include <atcoder/all>\nint main(){long long a,b;std::cin>>a>>b;std::cout<<sum(a,b);}"
    async with Sandbox(workers=1, tier=tier, cache_dir=cache_dir) as own:
        assert (await own.offering("cpp")).libraries == ("atcoder/all",)
        assert await outputs(own, f"{source}\n// {tier}", "cpp", Mode.ISOLATED) == SUMS
    async with Sandbox(workers=1, tier=tier, cache_dir=cache_dir, libraries=()) as bare:
        assert (await bare.offering("cpp")).libraries == ()
        program = await bare.prepare(f"{source}\n// none {tier}", "cpp")
        assert program.needs == "atcoder/all"


def told(execution: Execution) -> tuple[Verdict, str, str]:
    return execution.verdict, execution.detail, execution.needs
