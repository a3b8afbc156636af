"""Libraries of this machine that Python programs may import in a box, and headers that C++ programs may
include.

Each is mounted alone and read only. One with compiled parts must be of the same Python version as the box's.
"""

from __future__ import annotations

import functools
import os
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from sstar_sandbox.backends.interpreter import Interpreter
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.policy.privileges import readable_by_all

KNOWN = ("sortedcontainers", "numpy", "scipy", "networkx", "atcoder")
"""Libraries of judges by import name. ``atcoder`` is ac-library: the Python port and the C++ headers."""
INSTALL = {"atcoder": "ac-library-python"}
"""Names on PyPI where they are others."""
_HEADER_FOLDERS = ("CPLUS_INCLUDE_PATH", "CPATH")


@frozen
class Library:
    """One library for Python."""

    name: str
    """As it is imported."""
    paths: tuple[Path, ...]
    """Its package or module, then folders of shared objects that belong to it."""


def find_libraries(interpreter: Interpreter, names: Sequence[str] | None = None) -> tuple[Library, ...]:
    """What is here of :data:`KNOWN`, or all that are named.
    Raises :class:`SandboxError`: one that is named is not here, or is no library."""
    version = version_of(interpreter.executable)
    folders = [*_own_folders(), *_folders_of(interpreter, version)]
    found = []
    for name in KNOWN if names is None else names:
        if names is not None and (not name.isidentifier() or name in sys.stdlib_module_names):
            raise SandboxError(f"{name!r} is not the name of a library besides the standard library")
        library = _find(name, folders, version)
        if library is not None:
            found.append(library)
        elif names is not None and not (name == "atcoder" and header_folder(name)):
            raise SandboxError(
                f"the library {name!r} is not installed for Python {version} where a box can read it",
                f"pip install {INSTALL.get(name, name)}, or leave it out of sandbox.libraries",
            )
    return tuple(found)


def header_folder(name: str) -> Path | None:
    """The folder on the compilers' path that holds ``name``, a folder of C++ headers; None: there is none."""
    named = [
        folder for variable in _HEADER_FOLDERS for folder in os.environ.get(variable, "").split(os.pathsep)
    ]
    for folder in (*filter(None, named), "/usr/local/include", "/usr/include"):
        if (Path(folder) / name).is_dir() and _is_visible(Path(folder, name, "all")):
            return Path(folder)
    return None


@functools.cache
def version_of(executable: Path) -> str:
    """``3.11`` of an interpreter."""
    if executable == Path(getattr(sys, "_base_executable", "")).resolve():
        return "{}.{}".format(*sys.version_info)
    asking = [str(executable), "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(asking, capture_output=True, text=True, timeout=20, check=False).stdout.strip()


def _own_folders() -> list[tuple[str, Path]]:
    """Where the Python that we run on keeps packages, the user's own last, and its version."""
    own = "{}.{}".format(*sys.version_info)
    folders = (sysconfig.get_path("platlib"), sysconfig.get_path("purelib"), site.getusersitepackages())
    return [(own, Path(folder)) for folder in folders]


def _folders_of(interpreter: Interpreter, version: str) -> Iterable[tuple[str, Path]]:
    """Where the box's Python keeps packages, as distributions have it."""
    roots = (interpreter.executable.parent.parent, Path("/usr/local"))
    for root in roots:
        for name in (
            f"python{version}/site-packages",
            f"python{version}/dist-packages",
            "python3/dist-packages",
        ):
            yield version, root / "lib" / name


def _find(name: str, folders: Iterable[tuple[str, Path]], version: str) -> Library | None:
    for own_version, folder in folders:
        package, module = folder / name, folder / f"{name}.py"
        if (package / "__init__.py").is_file() and _is_visible(package / "__init__.py"):
            beside = folder / f"{name}.libs"
            paths = (package, *((beside,) if beside.is_dir() else ()))
            if own_version == version or not any(package.rglob("*.so")):
                return Library(name, paths)
        elif module.is_file() and _is_visible(module):
            return Library(name, (module,))
    return None


def _is_visible(path: Path) -> bool:
    """Whether the user that a box runs as can read it."""
    return path.exists() and (os.geteuid() != 0 or readable_by_all(path))
