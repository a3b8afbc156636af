"""Files by which a program reads and writes, where its problem names them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sums import SUMS, outputs

from sstar_sandbox import FileIO, Mode, Sandbox, SandboxError, Verdict, open_sandbox
from sstar_sandbox.records import Limits

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    async with open_sandbox(workers=1, tier=tier, cache_dir=cache_dir) as own:
        program = await own.prepare(source, "python")
        assert [one.stdout async for one in own.run(program, [b"1"])] == [b"refused\n"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "/etc/passwd", "a/b", "-rf", "a b", "x" * 65, "a\n", "a\0"]
)
async def test_only_plain_names_are_names_of_files(name: str) -> None:
    with pytest.raises(ValueError, match="not the plain name of a file"):
        FileIO(name, "gap.out")


async def test_files_of_several_problems_do_not_pile_up_boxes(cache_dir: Path) -> None:
    async with open_sandbox(workers=1, cache_dir=cache_dir) as own:
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


TAMPERS = """
import fcntl, os
for fd in (0, os.open('/dev/stdin', os.O_RDONLY), os.open('t.out', os.O_RDWR), os.open('t.in', os.O_RDONLY)):
    for act in (
        lambda: os.write(fd, b'9' * 100),
        lambda: os.ftruncate(fd, 5000),
        lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
        lambda: fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
        lambda: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK),
        lambda: os.fchmod(fd, 0o777),
        lambda: os.lseek(fd, 100, os.SEEK_SET),
    ):
        try: act()
        except OSError: pass
print('tampered')
"""


async def test_no_program_leaves_anything_in_the_files_for_the_next_one(each_tier: Sandbox) -> None:
    names = FileIO("t.in", "t.out")
    sums = "import fcntl\nfor path in ('t.in', 't.out', '/dev/stdin'): fcntl.flock(open(path), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
    sums += "print(sum(map(int, open('t.in'))), sum(map(int, open('/dev/stdin'))), sum(map(int, open(0))))"
    hostile, honest = await each_tier.prepare(TAMPERS, "python"), await each_tier.prepare(sums, "python")
    native = await each_tier.prepare(READS_AND_WRITES["cpp"]["file streams"].replace("gap", "t"), "cpp")
    for _ in range(3):
        assert [one.verdict async for one in each_tier.run(hostile, [b"1"], files=names)] == [Verdict.RAN]
        found = [one.stdout async for one in each_tier.run(honest, [b"1\n2\n"], files=names)]
        assert found == [b"3 3 3\n"]
        assert [one.stdout async for one in each_tier.run(native, [b"1\n2\n"], files=names)] == [b"3"]
