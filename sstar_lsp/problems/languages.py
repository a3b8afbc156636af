"""Which language the programs of a problem are written in."""

from __future__ import annotations

import json
import re

from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.records import Problem, Style
from sstar_sandbox import LANGUAGES, UnknownName, language_named, languages_here

FUNCTION_LANGUAGES = ("python", "cpp", "javascript")
"""Languages that function-style problems can be solved in."""

_CPP_WORDS = frozenset({
    "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "const", "continue",
    "default", "delete", "do", "double", "else", "enum", "explicit", "export", "extern", "float", "for",
    "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "operator",
    "or", "private", "protected", "public", "register", "return", "short", "signed", "sizeof", "static",
    "struct", "switch", "template", "this", "throw", "try", "typedef", "typename", "union", "unsigned",
    "using", "virtual", "void", "volatile", "while", "xor",
})  # fmt: skip
"""Words of C++ that no function can have for a name."""


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
    if reason := why_not_in(problem, language):
        raise UsageError(
            f"this is a function-style problem ({problem.entry_point}), and {reason}: leave --lang out, or state the "
            "problem with stdin and stdout."
        )
    if problem.style is Style.FUNCTION and not problem.entry_point:
        raise ProblemError("the problem asks for a function and does not name it: add its signature.")
    return language


def languages_for(problem: Problem | None) -> tuple[str, ...]:
    """Languages that are here and that a problem can be solved in; None: one that is not read yet."""
    return tuple(id_ for id_ in languages_here() if problem is None or not why_not_in(problem, id_))


def why_not_in(problem: Problem, language: str) -> str:
    """Why the programs of a problem cannot be written in a language, for a person; empty if they can."""
    if problem.style is not Style.FUNCTION or language == "python":
        return ""
    if language not in FUNCTION_LANGUAGES:
        return f"those are solved in {', '.join(FUNCTION_LANGUAGES)} only"
    title, form = LANGUAGES[language].title, problem.call_form
    if form is not None and {"Node", "list[Node]"} & {*form.arguments, form.result}:
        return f"a Node is not built in {title}"
    names = {*methods_of(problem), (problem.entry_point or "").rpartition(".")[2]}
    if language == "cpp" and (taken := sorted(names & _CPP_WORDS)):
        return f"nothing can be called {taken[0]} in {title}"
    if any(test.is_check for test in problem.public_tests):
        return f"an example of it is Python code, which cannot call {title}"
    return ""


def methods_of(problem: Problem) -> list[str]:
    """Methods of a class that is called: those of the starter code and those that the examples call."""
    if problem.call_form is None or not problem.call_form.is_object:
        return []
    names = list(re.findall(r"\bdef ([A-Za-z]\w*)", problem.starter_code))
    for test in problem.public_tests:
        if test.input.startswith('[["'):
            names += json.loads(test.input)[0][1:]
    return [name for name in dict.fromkeys(names) if re.fullmatch(r"[A-Za-z_]\w*", name)]
