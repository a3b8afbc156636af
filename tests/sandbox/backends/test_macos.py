"""What can be known of the tier for macOS, and of Windows, without either: profiles, layouts, command lines, refusals."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from sstar_sandbox import SandboxError, SandboxUnavailable, UnknownName, open_sandbox
from sstar_sandbox.backends.interpreter import Interpreter
from sstar_sandbox.backends.macos.backend import (
    SeatbeltBackend,
    clang_toolchain,
    developer_folder,
    memory_of,
    wait_within_limits,
)
from sstar_sandbox.backends.macos.interpreter import in_framework, mac_roots
from sstar_sandbox.backends.macos.libproc import Libproc, RusageInfo, Timebase, usage_of
from sstar_sandbox.backends.macos.polling_worker import Usage
from sstar_sandbox.backends.macos.seatbelt import CompileBox, SeatbeltBox, quoted
from sstar_sandbox.compilation.compile_script import script_of
from sstar_sandbox.policy.mounts import Mounts
from sstar_sandbox.worker.worker import BoxBroken

BOX = SeatbeltBox(
    PurePosixPath("/opt/py/bin/python3.12"), (PurePosixPath("/opt/py"),), PurePosixPath("/private/var/box")
)
COMPILER = CompileBox(
    PurePosixPath("/Library/Developer/CommandLineTools"), PurePosixPath("/private/var/folder")
)
TIER = SeatbeltBackend(Interpreter(Path("/opt/py/bin/python3.12"), (Path("/opt/py"),)))


def allowed(profile: str) -> list[str]:
    return [line for line in profile.splitlines() if line.startswith("(allow")]


@pytest.mark.parametrize("profile", [BOX.profile(), COMPILER.profile()])
def test_everything_is_denied_but_what_is_named(profile: str) -> None:
    lines = profile.splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    assert all(line.count("(") == line.count(")") for line in lines)
    rules = allowed(profile)
    assert not [line for line in rules if "network" in line or "mach" in line or "ipc" in line]
    assert not [line for line in rules if "/Users" in line or '(subpath "/")' in line]
    assert [line for line in rules if "signal" in line] == [
        "(allow signal (target self))",
        "(allow signal (target children))",
    ]
    reads = [line for line in rules if "(allow file-read* " in line]
    assert not [line for line in reads if '"/"' in line or '"/private"' in line or '"/private/var"' in line]


def test_a_candidate_writes_nowhere_and_executes_the_interpreter_and_its_own_program_only() -> None:
    rules = allowed(BOX.profile())
    assert [line for line in rules if "file-write" in line] == [
        '(allow file-write-data (literal "/dev/null"))'
    ]
    assert [line for line in rules if "process-exec" in line] == [
        '(allow process-exec (literal "/opt/py/bin/python3.12"))',
        '(allow process-exec (subpath "/private/var/box"))',
    ]
    assert BOX.command(["-S", "x"])[:2] == ["/usr/bin/sandbox-exec", "-p"]
    assert BOX.command(["-S", "x"])[3:] == ["/opt/py/bin/python3.12", "-S", "x"]


def test_a_compiler_writes_into_its_folder_only() -> None:
    rules = allowed(COMPILER.profile())
    assert [line for line in rules if "file-write" in line] == [
        '(allow file-write-data (literal "/dev/null"))',
        '(allow file-write* (subpath "/private/var/folder"))',
    ]
    assert COMPILER.command("true")[-3:] == ["/bin/sh", "-c", "true"]


def test_a_path_cannot_end_its_own_quotes() -> None:
    assert quoted('a"b\\c') == '"a\\"b\\\\c"'
    with pytest.raises(ValueError, match="control characters"):
        quoted("a\nb")


def test_the_record_of_a_process_is_laid_out_as_apples_header_says() -> None:
    assert ctypes.sizeof(RusageInfo) == 16 + 35 * 8
    assert RusageInfo.user_time.offset == 16
    assert RusageInfo.phys_footprint.offset == 16 + 7 * 8
    assert RusageInfo.diskio_bytesread.offset == 16 + 16 * 8
    assert RusageInfo.logical_writes.offset == 16 + 27 * 8
    assert RusageInfo.lifetime_max_phys_footprint.offset == 16 + 28 * 8
    assert ctypes.sizeof(Timebase) == 8


def test_times_are_in_units_of_the_mach_clock_and_the_peak_is_the_highest() -> None:
    found = RusageInfo(
        user_time=24_000_000, system_time=12_000_000, phys_footprint=5, lifetime_max_phys_footprint=9
    )
    assert usage_of(found, 125 / 3 / 1e9) == Usage(pytest.approx(1.5), 9)


class FakeSystem:
    """The three functions of libSystem, for a machine with processes 10 above 20 and 30."""

    def mach_timebase_info(self, place: Any) -> int:
        place._obj.numerator, place._obj.denominator = 125, 3
        return 0

    def proc_listpids(self, kind: int, pid: int, place: Any, size: int) -> int:
        assert (kind, size) == (6, 1024)
        children = [20, 30] if pid == 10 else []
        for i, child in enumerate(children):
            place._obj[i] = child
        return 4 * len(children)

    def proc_pid_rusage(self, pid: int, flavour: int, place: Any) -> int:
        assert flavour == 4
        if pid not in {10, 20}:
            return -1
        place._obj.user_time, place._obj.phys_footprint = 24_000_000, pid
        return 0


def test_the_system_is_asked_for_children_and_for_what_they_use() -> None:
    system = Libproc(FakeSystem())
    assert system.children(10) == [20, 30]
    assert system.children(20) == []
    assert system.usage(20) == Usage(pytest.approx(1.0), 20)
    assert system.usage(30) is None
    assert memory_of(10, system) == 30


class Grows:
    """A sampler to which everything is large."""

    def children(self, pid: int) -> list[int]:
        return []

    def usage(self, pid: int) -> Usage | None:
        return Usage(0.0, 1 << 40)


class Small(Grows):
    def usage(self, pid: int) -> Usage | None:
        return Usage(0.0, 1)


async def test_a_compiler_is_stopped_when_it_takes_too_much_or_too_long() -> None:
    def sleeper(seconds: str = "100") -> subprocess.Popen[bytes]:
        return subprocess.Popen(["/bin/sleep", seconds], start_new_session=True)

    assert await wait_within_limits(sleeper(), Grows(), 60, 1 << 30) == "it took more than 1024 MiB"
    assert await wait_within_limits(sleeper(), Small(), 0.01, 1 << 30) == "it took more than 0 s"
    done = sleeper("0")
    assert await wait_within_limits(done, Small(), 60, 1 << 30) == ""
    assert done.returncode == 0


def test_clang_is_called_by_its_real_path_and_its_folder_is_what_the_box_shows() -> None:
    tools = "/Library/Developer/CommandLineTools"
    clang = Path(f"{tools}/usr/bin/clang")
    made = clang_toolchain("cpp", clang, Path(f"{tools}/SDKs/MacOSX.sdk"), "Apple clang 17")
    assert made.script.startswith(
        f"'{tools}/usr/bin/clang++' -O2 -std=gnu++17 -DONLINE_JUDGE -isysroot '{tools}/SDKs/MacOSX.sdk'"
    )
    assert made.script.endswith("-o main main.cpp && cat main >&3")
    assert developer_folder(made.identity) == tools
    assert "ulimit -v" not in script_of(made, "/private/var/folder")
    xcode = "/Applications/Xcode.app/Contents/Developer"
    inside = Path(f"{xcode}/Toolchains/XcodeDefault.xctoolchain/usr/bin/clang")
    assert developer_folder(clang_toolchain("c", inside, Path("/sdk"), "").identity) == xcode
    assert clang_toolchain("c", inside, Path("/sdk"), "").source_name == "main.c"


def test_what_is_for_linux_only_says_so() -> None:
    with pytest.raises(SandboxError, match="java needs Linux"):
        TIER.toolchain("java")


async def test_mounts_are_for_linux_only() -> None:
    with pytest.raises(SandboxError, match="needs Linux"):
        await TIER.start(mounts=Mounts())


async def test_the_tier_is_refused_where_there_is_no_mac() -> None:
    if sys.platform == "darwin":
        pytest.skip("this is one")
    with pytest.raises(BoxBroken, match="for macOS"):
        await TIER.start()
    with pytest.raises(SandboxUnavailable, match="seatbelt: is for macOS"):
        await open_sandbox(tier="seatbelt").__aenter__()
    with pytest.raises(UnknownName, match="seatbelt"):
        await open_sandbox(tier="chroot").__aenter__()


def test_a_frameworks_python_is_the_program_inside_it(tmp_path: Path) -> None:
    version = tmp_path / "Python.framework" / "Versions" / "3.12"
    inner = version / "Resources" / "Python.app" / "Contents" / "MacOS" / "Python"
    inner.parent.mkdir(parents=True)
    inner.touch()
    found = in_framework(version / "bin" / "python3.12")
    assert found == inner
    assert mac_roots(found) == (version,)
    assert mac_roots(in_framework(Path("/opt/own/py/bin/python3"))) == (Path("/opt/own/py"),)
    brewed = mac_roots(Path("/opt/homebrew/Cellar/python@3.12/3.12.1/bin/python3.12"))
    assert brewed[1:] == (Path("/opt/homebrew/Cellar"), Path("/opt/homebrew/opt"))


ELSEWHERE = """
import asyncio, ctypes, os, socket, sys
import attrs, platformdirs, subprocess, resource, fcntl, tempfile, inspect, base64, json, importlib.resources
loader = ctypes.CDLL
for name in ("memfd_create", "pidfd_open"):
    delattr(os, name)
del socket.SOCK_SEQPACKET
for name in [name for name in dir(fcntl) if "SEAL" in name]:
    delattr(fcntl, name)
sys.platform = sys.argv[1]
if sys.platform == "win32":
    def no_library(name, *rest, **options):
        if name is None: raise TypeError("argument of type 'NoneType' is not iterable")
        return loader(name, *rest, **options)
    ctypes.CDLL = no_library
    del os.geteuid, os.uname
    sys.modules["fcntl"] = sys.modules["resource"] = None
import sstar_sandbox
async def main():
    try:
        async with sstar_sandbox.open_sandbox(): pass
    except sstar_sandbox.SandboxUnavailable as error:
        print(error)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("platform", "said"), [("win32", "inside WSL 2"), ("darwin", "is no program of"), ("freebsd14", "no sandbox for freebsd14")]
)  # fmt: skip
def test_on_another_system_the_package_loads_and_says_what_to_do(platform: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, platform], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert said in done.stdout
