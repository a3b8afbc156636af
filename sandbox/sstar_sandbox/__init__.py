"""Runs hostile programs fast and decides verdicts that the programs cannot forge.

Use alone: ``from sstar_sandbox import Sandbox``; see the README beside this package.
"""

from sstar_sandbox.checkers import CheckerSandbox, CheckerStyle, ProgramChecker
from sstar_sandbox.comparators import Comparator, comparator_named
from sstar_sandbox.compiler_options import CompilerOptions
from sstar_sandbox.errors import CheckerFailed, SandboxError, SandboxUnavailable, UnknownName
from sstar_sandbox.files import FileIO
from sstar_sandbox.interactors import InteractorSandbox, ProgramInteractor
from sstar_sandbox.languages import LANGUAGES, Language, default_limits, language_named
from sstar_sandbox.records import Check, Execution, Limits, Mode, Offering, Program, Verdict
from sstar_sandbox.sandbox import Sandbox
from sstar_sandbox.screen import printable
from sstar_sandbox.values import from_json, to_json

__all__ = [
    "LANGUAGES",
    "Check",
    "CheckerFailed",
    "CheckerSandbox",
    "CheckerStyle",
    "Comparator",
    "CompilerOptions",
    "Execution",
    "FileIO",
    "InteractorSandbox",
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
    "printable",
    "to_json",
]
