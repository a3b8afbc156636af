"""Which compilers are here and how they are called."""

from __future__ import annotations

import functools
import subprocess
from importlib import resources
from pathlib import Path

import attrs

from sstar_sandbox.compilers import Toolchain
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.jail import Mount
from sstar_sandbox.languages import LANGUAGES

INSTALL = {
    "cpp": "apt install g++",
    "c": "apt install gcc",
    "java": "apt install default-jdk-headless",
    "rust": "apt install rustc",
    "go": "apt install golang-go",
    "javascript": "apt install nodejs",
}
"""How to get each on Debian and Ubuntu."""
_BINARIES = {"cpp": "/usr/bin/g++", "c": "/usr/bin/gcc"}
_FLAGS = "-O2 -std={standard}{static} -fmax-errors=5 -fdiagnostics-color=never -w"
HEADER = "bits/stdc++.h"
"""What contest programs include and what takes four fifths of their compile time."""


def toolchain_of(language: str) -> Toolchain:
    """The toolchain of a compiled language.

    Raises:
        SandboxError: it is not installed; the message says how to get it.
    """
    binary = _BINARIES.get(language)
    if binary is None or not Path(binary).exists():
        title, remedy = LANGUAGES[language].title, INSTALL.get(language, "see the README")
        raise SandboxError(f"no compiler for {title} here: {remedy}")
    name, flags = (
        ("main.cpp", _flags(binary, "gnu++17")) if language == "cpp" else ("main.c", _flags(binary, "gnu17"))
    )
    script = f"{Path(binary).name} {flags} -o main {name} -lm && cat main >&3"
    return Toolchain(language, name, script, f"{_version(binary)} {flags}")


def with_header(toolchain: Toolchain, header: Path) -> Toolchain:
    """The same with a precompiled header in front of the include path."""
    mount = Mount(header, f"/pch/{HEADER}.gch")
    return attrs.evolve(
        toolchain, script=toolchain.script.replace(" -o main", " -I/pch -o main"), mounts=(mount,)
    )


def header_toolchain(toolchain: Toolchain) -> Toolchain:
    """What makes the precompiled header for a C++ toolchain: same compiler, same flags."""
    flags = toolchain.script.partition(" -o main")[0].partition(" ")[2]
    script = f"g++ {flags} -x c++-header all.h -o all.gch && cat all.gch >&3"
    return attrs.evolve(toolchain, source_name="all.h", script=script, artifact_bytes=512 * 1024 * 1024)


def launcher_toolchain() -> tuple[Toolchain, bytes] | None:
    """How the launcher is built and its source; None without a C compiler."""
    binary = _BINARIES["c"]
    if not Path(binary).exists():
        return None
    source = (resources.files("sstar_sandbox") / "inside" / "launcher.c").read_bytes()
    static = "-static" if _has_static(binary) else ""
    script = f"gcc -O2 {static} -o launcher launcher.c && cat launcher >&3"
    return Toolchain("c", "launcher.c", script, f"{_version(binary)} launcher {static}"), source


def _flags(binary: str, standard: str) -> str:
    return _FLAGS.format(standard=standard, static=" -static" if _has_static(binary) else "")


def _has_static(binary: str) -> bool:
    """Whether a static C library is installed; static programs start twice as fast."""
    return Path(_asked(binary, "-print-file-name=libc.a")).is_absolute()


def _version(binary: str) -> str:
    return _asked(binary, "--version").partition("\n")[0]


@functools.cache
def _asked(binary: str, option: str) -> str:
    """What a compiler says of itself."""
    answer = subprocess.run([binary, option], capture_output=True, text=True, timeout=20, check=False)
    return answer.stdout.strip()
