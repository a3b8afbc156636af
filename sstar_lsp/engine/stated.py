"""Examples that a statement gives in passing: "for example f("14.5") should return 15".

The reader of documents takes what is laid out as an example; this reads running text. It may misread, so what it
finds never rejects a program: it is one more input, and a program that prints something else is believed less.
Nothing here comes from a model.
"""

from __future__ import annotations

import ast
import re

from sstar_lsp import syntax
from sstar_lsp.problems.calls import closing
from sstar_lsp.problems.literals import NoLiteral, encode, literal
from sstar_lsp.records import Problem, Style, Test

_SAYS = re.compile(
    r"\s*(?:should\s+(?:return|be|give)|must\s+return|will\s+return|returns?|gives|is|==|=>|->|➞|➜|=)\s+"
)
_VALUE = re.compile(
    r"\"[^\"\n]*\"|'[^'\n]*'|[-+]?\d+(?:\.\d+)?(?![\w.]*\w)|True\b|False\b|None\b|[\[({][^\n]*?[\])}](?=[\s.,;]|$)"
)
_GOES_ON = re.compile(r"[ \t]*[-+*/%(\[]")
"""``f(2) = 1 + (2 / 2) = 2``: not a value but a calculation."""
MOST = 6
"""Examples read from one statement."""


def stated_tests(problem: Problem) -> list[Test]:
    """Calls with literal arguments whose result the text names, without those that are public tests already."""
    if problem.style is not Style.FUNCTION or not problem.entry_point:
        return []
    name = problem.entry_point.rpartition(".")[2]
    known = {test.input for test in problem.public_tests}
    found: dict[str, Test] = {}
    text = problem.statement
    for match in re.finditer(rf"\b{re.escape(name)}(?=\()", text):
        end = closing(text, match.end())
        if end is None:
            continue
        says = _SAYS.match(text, end + 1)
        value = _VALUE.match(text, says.end()) if says else None
        if value is None or _GOES_ON.match(text, value.end()):
            continue
        try:
            call = syntax.expression(text[match.start() : end + 1])
            if not isinstance(call, ast.Call) or call.keywords:
                continue
            given = encode([literal(ast.unparse(argument)) for argument in call.args])
            test = Test(given, encode(literal(value[0])))
        except (NoLiteral, SyntaxError, ValueError, TypeError, RecursionError):
            continue
        if given not in known:
            found.setdefault(given, test)
    return list(found.values())[:MOST]
