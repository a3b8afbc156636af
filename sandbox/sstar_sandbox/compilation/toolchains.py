"""Toolchains of this machine: which compilers there are, their versions and command lines."""

from __future__ import annotations

import functools
import shlex
import subprocess
from importlib import resources
from pathlib import Path

import attrs

from sstar_sandbox.compilation.compile_script import Toolchain
from sstar_sandbox.compilation.compiler_options import PLAIN, CompilerOptions
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.languages import LANGUAGES
from sstar_sandbox.policy.mounts import Mount

INSTALL = {
    "cpp": "apt install g++",
    "c": "apt install gcc",
    "java": "apt install default-jdk-headless",
    "rust": "apt install rustc",
    "go": "apt install golang-go",
    "javascript": "apt install nodejs",
}
"""How to get each on Debian and Ubuntu."""
_BINARIES = {
    "cpp": "/usr/bin/g++",
    "c": "/usr/bin/gcc",
    "java": "/usr/bin/javac",
    "rust": "/usr/bin/rustc",
    "go": "/usr/bin/go",
    "javascript": "/usr/bin/node",
}
_OTHERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "java": (
        "Main.java",
        (
            "javac -J-Xmx512m -J-XX:+UseSerialGC -J-XX:-UsePerfData -encoding UTF-8 -nowarn -d out {file} "
            "&& jar -J-XX:-UsePerfData --create --no-compress --file p.jar -C out . && cat p.jar >&3"
        ),
        {},
    ),
    "rust": (
        "main.rs",
        "rustc --edition 2021 -O -A warnings -C target-feature=+crt-static -o main main.rs && cat main >&3",
        {},
    ),
    "go": (
        "main.go",
        "go build -o main main.go && cat main >&3",
        {
            "GOCACHE": "/tmp/cache",  # noqa: S108  (inside the box)
            "GO111MODULE": "off",
            "CGO_ENABLED": "0",
            "GOPATH": "/tmp/go",  # noqa: S108
            "GOFLAGS": "-p=2",
        },
    ),
    "javascript": ("main.js", "node --check main.js && cat main.js >&3", {}),
}
"""Source name, shell words and environment of those that are not GCC."""
_FLAGS = "-O2 -std={standard}{static} -DONLINE_JUDGE -fmax-errors=5 -fdiagnostics-color=never -w"
STANDARDS = {"gnu++23": "202302L", "gnu++20": "202002L", "gnu++17": "201703L", "gnu++14": "201402L"}
"""C++ standards, newest first, and what ``__cplusplus`` is once a compiler holds that it has all of one."""
HEADER = "bits/stdc++.h"
"""What contest programs include and what takes four fifths of their compile time."""


def languages_here() -> tuple[str, ...]:
    """Ids of the languages that this machine can compile or interpret, in the order to show them."""
    return tuple(id_ for id_ in LANGUAGES if id_ not in _BINARIES or Path(_BINARIES[id_]).exists())


def toolchain_of(language: str, options: CompilerOptions = PLAIN) -> Toolchain:
    """The toolchain of a compiled language; ``options`` count for C and C++.
    Raises :class:`SandboxError`: it is not installed, or does not know the standard; the message says what to
    do."""
    binary = _BINARIES[language]
    if not Path(binary).exists():
        raise SandboxError(f"no toolchain for {LANGUAGES[language].title} here", INSTALL[language])
    if language in _OTHERS:
        name, script, environment = _OTHERS[language]
        identity = f"{_version(binary, language)} {script}"
        fenced = language == "rust"
        settings = [Mount(path, str(path)) for path in Path("/etc").glob("java-*") if path.is_dir()]
        return Toolchain(
            language,
            name,
            script,
            identity,
            mounts=tuple(settings) if language == "java" else (),
            environment=environment,
            address_limit=fenced,
            processes=language in {"java", "rust", "javascript"},
        )
    name, standard = ("main.cpp", standard_of(binary, options)) if language == "cpp" else ("main.c", "gnu17")
    flags = " ".join([_flags(binary, standard), *options.flags])
    script = f"{Path(binary).name} {flags} -o main {name} -lm && cat main >&3"
    return Toolchain(language, name, script, f"{_version(binary)} {flags}")


def standard_of(binary: str, options: CompilerOptions) -> str:
    """The C++ standard that is wanted, or else the newest that the compiler knows well.
    Raises :class:`SandboxError`: the compiler does not know the one that is wanted."""
    if options.standard:
        if not _standard_value(binary, options.standard):
            raise SandboxError(
                f"{_version(binary)} does not know -std={options.standard}",
                "leave cpp_standard out for the newest it knows",
            )
        return options.standard
    return next(
        (name for name, value in STANDARDS.items() if _standard_value(binary, name) == value), "gnu++17"
    )


@functools.cache
def _standard_value(binary: str, standard: str) -> str:
    """What a compiler defines ``__cplusplus`` as under a standard; empty when it does not know that."""
    command = [binary, f"-std={standard}", "-E", "-P", "-x", "c++", "-"]
    try:
        answer = subprocess.run(
            command, input="__cplusplus", capture_output=True, text=True, timeout=20, check=False
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def with_headers(toolchain: Toolchain, headers: Mount) -> Toolchain:
    """The same with one more folder of headers, seen below a folder that is looked in."""
    option = f" -isystem {shlex.quote(str(Path(headers.target).parent))} -o main"
    script = toolchain.script.replace(" -o main", option)
    return attrs.evolve(toolchain, script=script, mounts=(*toolchain.mounts, headers))


def compiler_version(language: str) -> str:
    """What the compiler of a language says of itself, one line.
    Raises :class:`SandboxError`: it is not installed; the message says how to get it."""
    toolchain_of(language)
    return _version(_BINARIES[language], language)


def with_header(toolchain: Toolchain, header: Path) -> Toolchain:
    """The same with a precompiled header in front of the include path."""
    mount = Mount(header, f"/pch/{HEADER}.gch")
    return attrs.evolve(
        toolchain,
        script=toolchain.script.replace(" -o main", " -I/pch -o main"),
        mounts=(*toolchain.mounts, mount),
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
    return Path(_output_of(binary, "-print-file-name=libc.a")).is_absolute()


def _version(binary: str, language: str = "") -> str:
    return _output_of(binary, "version" if language == "go" else "--version").partition("\n")[0]


@functools.cache
def _output_of(binary: str, option: str) -> str:
    """What a compiler says of itself."""
    answer = subprocess.run([binary, option], capture_output=True, text=True, timeout=20, check=False)
    return answer.stdout.strip()
