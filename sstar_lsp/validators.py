"""Validators of settings about how programs run; each raises ValueError with what is wrong."""

from __future__ import annotations

from typing import Any


def is_standard(_instance: object, _attribute: object, value: str | None) -> None:
    """A C++ standard, or None."""
    if value is not None:
        from sstar_sandbox.compilation.compiler_options import standard_named

        standard_named(value)


def are_flags(_instance: object, _attribute: object, value: tuple[str, ...]) -> None:
    """Compiler flags of the sandbox's allow-list."""
    if value:
        from sstar_sandbox.compilation.compiler_options import CompilerOptions

        CompilerOptions(flags=value)


def are_libraries(_instance: object, attribute: Any, value: tuple[str, ...] | None) -> None:
    """Names of Python modules, few enough to be shown to a model; or None."""
    wrong = [name for name in value or () if not name.isidentifier() or len(name.encode()) > 60]
    if wrong:
        raise ValueError(f"{attribute.name}: {wrong[0]!r} is not the name of a Python module")
    if value and len(value) > 50:
        raise ValueError(f"{attribute.name} names {len(value)} libraries, at most 50 are shown to a model")
