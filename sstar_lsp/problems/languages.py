"""Which language the programs of a problem are written in."""

from __future__ import annotations

from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.records import Problem, Style
from sstar_sandbox import UnknownName, language_named

FUNCTION_LANGUAGES = ("python",)
"""Languages that function-style problems can be solved in."""


def language_for(problem: Problem, asked: str | None) -> str:
    """Canonical id: what was asked for, else that of the document, else python.

    Raises:
        UsageError: the language is unknown or cannot be used for this problem.
        ProblemError: the problem asks for a function and does not name it.
    """
    try:
        language = language_named(asked or problem.language or "python")
    except UnknownName as error:
        raise UsageError(f"{error}") from error
    if problem.style is Style.FUNCTION and language not in FUNCTION_LANGUAGES:
        raise UsageError(
            f"this is a function-style problem ({problem.entry_point}), and those are solved in "
            f"{', '.join(FUNCTION_LANGUAGES)} only: leave --lang out, or state the problem with stdin and stdout."
        )
    if problem.style is Style.FUNCTION and not problem.entry_point:
        raise ProblemError("the problem asks for a function and does not name it: add its signature.")
    return language
