"""Which compilers are here and how they are called."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from sstar_sandbox.compilers import Toolchain
from sstar_sandbox.errors import SandboxError
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


@functools.cache
def _version(binary: str) -> str:
    answer = subprocess.run(
        [binary, "--version"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    return answer.stdout.splitlines()[0] if answer.stdout else binary


def toolchain_of(language: str) -> Toolchain:
    """The toolchain of a compiled language.

    Raises:
        SandboxError: it is not installed; the message says how to get it.
    """
    binary = {"cpp": "/usr/bin/g++", "c": "/usr/bin/gcc"}.get(language)
    if binary is None or not Path(binary).exists():
        raise SandboxError(
            f"no compiler for {LANGUAGES[language].title} here: {INSTALL.get(language, 'see the README')}"
        )
    name, standard = ("main.cpp", "gnu++17") if language == "cpp" else ("main.c", "gnu17")
    static = "-static" if Path(_asked(binary, "libc.a")).is_absolute() else ""
    flags = f"-O2 -std={standard} {static} -fmax-errors=5 -fdiagnostics-color=never -w"
    script = f"{Path(binary).name} {flags} -o main {name} -lm && cat main >&3"
    return Toolchain(language, name, script, f"{_version(binary)} {flags}")


@functools.cache
def _asked(binary: str, library: str) -> str:
    answer = subprocess.run(
        [binary, f"-print-file-name={library}"], capture_output=True, text=True, timeout=20, check=False
    )
    return answer.stdout.strip()
