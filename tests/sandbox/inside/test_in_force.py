"""No hardening call may fail unnoticed: each is made to fail, and to do nothing while it says that it did.

A filter around the whole box answers one system call in the kernel's place. Then no program runs, or, where the kernel
has no Landlock, what ran says so. Nothing is ever the program's fault.
"""

# ruff: noqa: ASYNC220, ASYNC240  (looks at small folders of its own, and kills what it starts)
from __future__ import annotations

import asyncio
import errno
import os
import platform
import resource
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import frozen

from sstar_sandbox import Limits, Mode, Program, Sandbox, SandboxError, Verdict, open_sandbox
from sstar_sandbox.backends.interpreter import find_interpreter
from sstar_sandbox.backends.linux.backend import LinuxBackend
from sstar_sandbox.compilation import toolchains
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.inside.hardening import landlock
from sstar_sandbox.policy import seccomp
from sstar_sandbox.verdicts.verdict import execution
from sstar_sandbox.worker import private_folders
from sstar_sandbox.worker import worker as worker_module
from sstar_sandbox.worker.cgroups import Group, find_hierarchy
from sstar_sandbox.worker.job import RawResult
from sstar_sandbox.worker.worker import BoxBroken, Worker

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64"),
]

ARGUMENT = {n: 16 + 8 * n for n in range(6)}
DOES_NOTHING = 0
WRAPPER = """
import ctypes, os, sys
class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))
code = bytes.fromhex(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Program(len(code) // 8, code)), 0, 0) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


@frozen
class Fault:
    """One system call with arguments of one kind, and what it answers instead of doing anything."""

    name: str
    number: int
    where: Mapping[int, int] = attrs.field(factory=dict)
    """Argument to the value that it has."""
    where_not: Mapping[int, int] = attrs.field(factory=dict)
    """Argument to a value that it has not."""
    errors: Sequence[int] = (errno.EPERM, DOES_NOTHING)

    def filter(self, error: int) -> bytes:
        """As the kernel takes it."""
        asm = seccomp._Assembler()
        tests = [(0, self.number, True)]
        tests += [(ARGUMENT[n], value, True) for n, value in self.where.items()]
        tests += [(ARGUMENT[n], value, False) for n, value in self.where_not.items()]
        for i, (offset, value, equal) in enumerate(tests):
            to_the_end = 2 * (len(tests) - i - 1) + 1
            asm.emit(0x20, offset)
            asm.emit(0x15, value, *((0, to_the_end) if equal else (to_the_end, 0)))
        asm.emit(0x06, seccomp.ERRNO | error)
        asm.emit(0x06, seccomp.ALLOW)
        return asm.bytes()


LIMITS_SET = {
    "CPU": resource.RLIMIT_CPU, "FSIZE": resource.RLIMIT_FSIZE, "STACK": resource.RLIMIT_STACK, "AS": resource.RLIMIT_AS,
    "NOFILE": resource.RLIMIT_NOFILE, "NPROC": resource.RLIMIT_NPROC, "MEMLOCK": resource.RLIMIT_MEMLOCK,
    "SIGPENDING": resource.RLIMIT_SIGPENDING,
}  # fmt: skip
FAULTS = (
    *(Fault(name, 302, {1: number}, {2: 0}) for name, number in LIMITS_SET.items()),
    # Silent only where it was not zero before, as for most users it is.
    Fault("CORE", 302, {1: resource.RLIMIT_CORE}, {2: 0}, (errno.EPERM,)),
    Fault("no new privileges", 157, {0: 38}, errors=(errno.EINVAL,)),  # our wrapper has set it
    Fault("dumpable", 157, {0: 4}),
    Fault("capabilities", 126, errors=(errno.EPERM,)),
    Fault("session", 112),
    Fault("filter", 317),
    Fault("other descriptors", 436, errors=(errno.EPERM, errno.ENOSYS)),
    Fault("Landlock version", landlock.CREATE, {2: 1}, errors=(errno.EINTR, errno.ENOMEM)),
    Fault("Landlock rules", landlock.CREATE, {2: 0}, errors=(errno.EPERM,)),
    Fault("Landlock rule", landlock.ADD_RULE, errors=(errno.EPERM, errno.EBADF)),
    Fault("Landlock", landlock.RESTRICT),
)
ALONE = (
    Fault("end with its box", 157, {0: 1}),
    Fault("filter of a child", 157, {0: 22}, errors=(errno.EPERM,)),
    Fault("new process", 56, {0: 17}, errors=(errno.EAGAIN, errno.EPERM)),
)
"""Where there are no namespaces."""
IN_NAMESPACES = (
    Fault("new process", 56, {0: 0x20000011}, errors=(errno.EAGAIN, errno.EPERM)),
    Fault("capabilities", 126, errors=(DOES_NOTHING,)),  # without namespaces there are none to give up
)


def faulty(monkeypatch: pytest.MonkeyPatch, fault: Fault, error: int) -> None:
    """Every box from now on is within the fault."""
    start = Worker.start
    wrapped = [str(find_interpreter().executable), "-I", "-S", "-c", WRAPPER, fault.filter(error).hex()]

    async def within(command: Sequence[str], files: Mapping[str, bytes], **rest: Any) -> Worker:
        return await start([*wrapped, *command], files, **rest)

    monkeypatch.setattr(Worker, "start", within)


async def run_in_new_box(sandbox: Sandbox, program: Program) -> RawResult | None:
    """What came of one run; None where the box failed."""
    tier, shared, _ = sandbox._open()
    assert isinstance(tier, LinuxBackend)
    job = sandbox._job(program, [b""], Limits(wall_s=20.0), Mode.ISOLATED)
    try:
        if program.language == "python":
            worker = await tier.start()
        else:
            assert shared.launcher is not None
            worker = await tier.start(seccomp.Profile.NATIVE, launcher=shared.launcher)
        try:
            [found] = [raw async for raws in worker.run(job) for raw in raws]
        finally:
            await worker.kill("the test is over")
    except BoxBroken:
        return None
    assert found.cause != job_protocol.BROKEN
    return found


SOURCES = {"python": "print(1)", "c": "int main(void) { return 0; }"}


@pytest.mark.parametrize("language", SOURCES)
@pytest.mark.parametrize("fault", [*FAULTS, *ALONE, *IN_NAMESPACES], ids=lambda fault: fault.name)
async def test_a_hardening_call_that_fails_or_does_nothing_is_our_failure_and_nobody_runs_without_it(
    each_tier: Sandbox, fault: Fault, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_alone = each_tier.tier == "landlock"
    if (
        each_tier.tier == "userns"
        or (fault in ALONE and not is_alone)
        or (fault in IN_NAMESPACES and is_alone)
    ):
        pytest.skip("made on another tier; userns makes the calls of bwrap, within other walls")
    program = await each_tier.prepare(SOURCES[language], language)
    monkeypatch.setattr(worker_module, "START_S", 5.0)  # some of these boxes say nothing any more
    for error in fault.errors:
        with monkeypatch.context() as patched:
            faulty(patched, fault, error)
            assert await run_in_new_box(each_tier, program) is None, error


@pytest.mark.parametrize("error", [errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
@pytest.mark.parametrize("language", SOURCES)
async def test_a_kernel_without_landlock_stands_on_every_execution_and_is_not_enough_alone(
    each_tier: Sandbox, language: str, error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await each_tier.prepare(SOURCES[language], language)
    faulty(monkeypatch, Fault("Landlock version", landlock.CREATE, {2: 1}), error)
    found = await run_in_new_box(each_tier, program)
    if each_tier.tier == "landlock":
        assert found is None
    else:
        assert found is not None
        assert (found.cause, found.fences.missing) == (job_protocol.ENDED, ("Landlock",))
        shown = await execution(found, Limits(), each_tier.tier, "rusage")
        assert shown.missing == ("Landlock",)


async def test_a_normal_execution_says_that_nothing_is_missing(each_tier: Sandbox) -> None:
    for language, source in SOURCES.items():
        program = await each_tier.prepare(source, language)
        for mode in Mode:
            [found] = [one async for one in each_tier.run(program, [b""], mode=mode)]
            assert (found.verdict, found.missing) == (Verdict.RAN, ())
            assert found.memory_fence == each_tier.memory_fence


async def test_a_memory_group_whose_limit_cannot_be_written_is_not_said_to_bound_anything(
    cache_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuses(_group: Group, _size: int) -> bool:
        return False

    if find_hierarchy() is None:
        pytest.skip("no control group can be made here")
    async with open_sandbox(workers=1, cache_dir=cache_dir) as own:
        assert own.memory_fence.startswith("cgroup")
        monkeypatch.setattr(Group, "limit", refuses)
        program = await own.prepare("print(1)", "python")
        [found] = [one async for one in own.run(program, [b""])]
        assert (found.verdict, found.memory_fence) == (Verdict.RAN, "address space")
        assert find_hierarchy() is None
    unbounded = Group(tmp_path, "memory.max", "cgroup v2")
    (tmp_path / "memory.max").mkdir()
    monkeypatch.undo()
    assert not unbounded.limit(1 << 20)


async def test_programs_see_no_descriptor_of_their_host_however_many_that_holds(
    each_tier: Sandbox, cache_dir: Path
) -> None:
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(400)]
    try:
        program = await each_tier.prepare(
            "import os\nfound = []\nfor fd in range(3, 4096):\n    try:\n        os.fstat(fd)\n        found.append(fd)\n"
            "    except OSError: pass\nprint(found)",
            "python",
        )
        async with open_sandbox(workers=1, tier=each_tier.tier, cache_dir=cache_dir) as own:
            for mode in Mode:
                [found] = [one async for one in own.run(program, [b""], mode=mode)]
                assert (found.verdict, found.stdout) == (Verdict.RAN, b"[]\n")
    finally:
        for fd in held:
            os.close(fd)


GO = """package main

import (
    "fmt"
    "syscall"
)

func main() {
    shared, err := syscall.Mmap(-1, 0, 1<<30, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
    fmt.Println(len(shared), err)
    zero, err := syscall.Open("/dev/zero", syscall.O_RDONLY, 0)
    fmt.Println(zero, err)
    var space syscall.Rlimit
    syscall.Getrlimit(syscall.RLIMIT_AS, &space)
    fmt.Println(space.Max < 1<<36)
}
"""


async def test_a_go_program_has_no_shared_memory_and_a_bounded_address_space(each_tier: Sandbox) -> None:
    try:
        program = await each_tier.prepare(GO, "go")
    except SandboxError as error:
        pytest.skip(str(error))
    [found] = [one async for one in each_tier.run(program, [b""])]
    assert (found.verdict, found.stdout.splitlines()) == (
        Verdict.RAN,
        [b"0 operation not permitted", b"-1 permission denied", b"true"],
    )


@pytest.mark.parametrize("tier", ["bwrap", "userns", "landlock"])
async def test_c_and_cpp_programs_run_where_there_is_no_static_library(
    tier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchains, "_has_static", lambda _binary: False)
    sources = {
        "c": '#include <stdio.h>\nint main(void) { puts("1"); return 0; }',
        "cpp": "#include <iostream>\nint main() { std::cout << 1 << std::endl; }",
    }
    try:
        opened = await Sandbox(workers=1, tier=tier, cache_dir=tmp_path, self_test=None).__aenter__()
    except SandboxError as error:
        pytest.skip(str(error))
    try:
        for language, source in sources.items():
            program = await opened.prepare(source, language)
            assert b"ld-" in program.artifact
            [found] = [one async for one in opened.run(program, [b""])]
            assert (found.verdict, found.stdout) == (Verdict.RAN, b"1\n")
    finally:
        await opened.__aexit__(None, None, None)


OWNER = """
import asyncio, attrs, sys
from sstar_sandbox import Sandbox, open_sandbox
from sstar_sandbox.backends.linux import compile_box
from sstar_sandbox.worker.cgroups import family
from sstar_sandbox.compilation.toolchains import toolchain_of

async def main():
    async with Sandbox(workers=1, tier="landlock", self_test=None) as sandbox:
        async def wait(process, seconds):
            while len(family(process.pid)) < 4:
                await asyncio.sleep(0.01)
            print(*family(process.pid), flush=True)
            await asyncio.sleep(100)
        compile_box.wait_killing = wait
        toolchain = attrs.evolve(toolchain_of("c"), script="sleep 100 & sleep 100")
        await sandbox._open()[0].compile(toolchain, b"")

asyncio.run(main())
"""


async def test_a_killed_owner_leaves_no_compiler_and_its_folder_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for folder in (tmp_path, *tmp_path.parents):
        if folder != Path("/tmp") and folder.is_relative_to("/tmp"):
            folder.chmod(0o755)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert owner.stdout is not None
    line = await asyncio.to_thread(owner.stdout.readline)
    if not line:
        pytest.skip("no tier landlock here")
    kept = private_folders.PrivateFolder.make()
    waiting = [os.pidfd_open(int(pid)) for pid in line.split()]
    owner.kill()
    owner.wait()
    for pidfd in waiting:
        assert select.select([pidfd], [], [], 20)[0], "a compiler outlived its owner"
        os.close(pidfd)
    assert len(list(tmp_path.glob(f"{private_folders.PREFIX}*"))) == 2
    private_folders.sweep()
    assert len(list(tmp_path.glob(f"{private_folders.PREFIX}*"))) == 2, "too young to be swept"
    monkeypatch.setattr(private_folders, "YOUNGEST_S", 0.0)
    private_folders.sweep()
    assert list(tmp_path.glob(f"{private_folders.PREFIX}*")) == [kept.path]
    kept.remove()
    assert not kept.path.exists()


@pytest.mark.parametrize("language", SOURCES)
async def test_a_user_who_may_run_few_processes_has_no_higher_limit_in_a_box(
    each_tier: Sandbox, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "import resource; print(resource.getrlimit(resource.RLIMIT_NPROC)[1] <= 2000)"
    if language == "c":
        source = (
            "#include <stdio.h>\n#include <sys/resource.h>\nint main(void) { struct rlimit r; "
            'getrlimit(RLIMIT_NPROC, &r); puts(r.rlim_max <= 2000 ? "True" : "False"); return 0; }'
        )
    program = await each_tier.prepare(source, language)
    start = Worker.start
    lowered = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_NPROC, (2000, 2000)); os.execv(sys.argv[1], sys.argv[1:])"
    wrapped = [str(find_interpreter().executable), "-I", "-S", "-c", lowered]

    async def within(command: Sequence[str], files: Mapping[str, bytes], **rest: Any) -> Worker:
        return await start([*wrapped, *command], files, **rest)

    monkeypatch.setattr(Worker, "start", within)
    found = await run_in_new_box(each_tier, program)
    assert found is not None
    assert (found.cause, found.status, found.stdout) == (job_protocol.ENDED, 0, b"True\n")
