"""What is sent into a new box: our modules as source and code, and the loader that runs them there."""

from __future__ import annotations

import functools
import json
import marshal
from collections.abc import Mapping
from importlib import resources
from importlib.util import MAGIC_NUMBER
from pathlib import Path

LOADER = """
import json, marshal, os, sys, types
from _frozen_importlib_external import MAGIC_NUMBER
stage = json.loads(os.read(int(sys.argv[1]), 1 << 22))
os.close(int(sys.argv[1]))
control = int(sys.argv[2])
for name, source, code in stage["modules"]:
    module = types.ModuleType(name)
    sys.modules[name] = module
    package, _, last = name.rpartition(".")
    if package:
        setattr(sys.modules[package], last, module)
    code = bytes.fromhex(code)
    same = code[:4] == MAGIC_NUMBER
    exec(marshal.loads(code[4:]) if same else compile(source, "<" + name + ">", "exec"), module.__dict__)
sys.path[:] = [path for path in sys.path if path]
os.environ.clear()
main = module.main
for name, _, _ in stage["modules"]:
    del sys.modules[name]
options = stage["options"]
del stage, module, source, code
main(control, options)
"""
CANDIDATE = tuple(f"inside.python.{name}" for name in ("values", "streams", "candidate", "library_finder"))
"""Modules that run a Python program, in the order to load them."""


def python_command(executable: Path) -> list[str]:
    """Command line of a Python that loads a stage; ``{stage}`` and ``{control}``: descriptor numbers."""
    return [str(executable), "-S", "-s", "-B", "-c", LOADER, "{stage}", "{control}"]


def stage(modules: tuple[str, ...], options: Mapping[str, object]) -> bytes:
    """What the loader reads: modules in the order to load them, and options for ``main`` of the last one."""
    return json.dumps({"modules": _sources(modules), "options": options}).encode()


@functools.cache
def _sources(modules: tuple[str, ...]) -> list[list[str]]:
    """Modules with their packages, which are empty: name, source and code in hex behind the interpreter's
    magic number.

    A box whose interpreter is of the same version is spared compiling them.
    """
    folder = resources.files("sstar_sandbox")
    sources = {"sstar_sandbox": ""}
    for name in modules:
        *packages, _ = name.split(".")
        for depth in range(len(packages)):
            sources.setdefault(".".join(["sstar_sandbox", *packages[: depth + 1]]), "")
        sources[f"sstar_sandbox.{name}"] = (folder / (name.replace(".", "/") + ".py")).read_text("utf-8")
    found = []
    for name, source in sources.items():
        code = MAGIC_NUMBER + marshal.dumps(compile(source, f"<{name}>", "exec", dont_inherit=True))
        found.append([name, source, code.hex()])
    return found
