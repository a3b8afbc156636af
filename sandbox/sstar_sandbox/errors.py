"""What can go wrong with the sandbox itself; a candidate's failures are verdicts, never exceptions.

::

    SandboxError
    ├── SandboxUnavailable    no tier works on this machine: exact cause and remedy in the message
    ├── CheckerFailed         a checker program broke, or an interactor does not compile
    └── UnknownName           no such language, comparator, tier: the message lists those that exist
"""

from __future__ import annotations

from collections.abc import Iterable


class SandboxError(Exception):
    """The sandbox cannot do what was asked; never the candidate's fault."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        """``remedy``: what to do, at the end of the message."""
        super().__init__(f"{problem}: {remedy}" if remedy else problem)
        self.problem, self.remedy = problem, remedy


class SandboxUnavailable(SandboxError):
    """No isolation works here. Nothing is ever run without it."""


class CheckerFailed(SandboxError):
    """A checker program did not answer as its convention says."""


class UnknownName(SandboxError, ValueError):
    """A name that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {kind} {name!r}; known: {', '.join(known)}")
        self.name = name
