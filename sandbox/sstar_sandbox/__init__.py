"""Runs hostile programs fast and decides verdicts that the programs cannot forge.

Use alone: ``from sstar_sandbox import open_sandbox``; see the README beside this package.
"""

from sstar_sandbox.compilation.compiler_options import CompilerOptions
from sstar_sandbox.compilation.toolchains import languages_here
from sstar_sandbox.errors import CheckerFailed, SandboxError, SandboxUnavailable, UnknownName
from sstar_sandbox.factory import open_sandbox
from sstar_sandbox.inside.python.values import from_json, to_json
from sstar_sandbox.judges import CheckerStyle, ProgramChecker, ProgramInteractor
from sstar_sandbox.languages import LANGUAGES, Language, default_limits, language_named
from sstar_sandbox.records import Check, Execution, FileIO, Limits, Mode, Offering, Program, Verdict
from sstar_sandbox.sandbox import Sandbox
from sstar_sandbox.verdicts.comparators import Comparator, comparator_named

__all__ = [
    "LANGUAGES",
    "Check",
    "CheckerFailed",
    "CheckerStyle",
    "Comparator",
    "CompilerOptions",
    "Execution",
    "FileIO",
    "Language",
    "Limits",
    "Mode",
    "Offering",
    "Program",
    "ProgramChecker",
    "ProgramInteractor",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "UnknownName",
    "Verdict",
    "comparator_named",
    "default_limits",
    "from_json",
    "language_named",
    "languages_here",
    "open_sandbox",
    "to_json",
]
