"""The macros that a TeX document defines for itself, carried out: bounded in number, size and depth."""

from __future__ import annotations

import re

from sstar_lsp.problems.tex.arguments import closing_brace

_MAX_MACROS = 100
_MAX_USES = 2_000
"""Uses of the document's own macros that are replaced."""
_MAX_ARGUMENT_CHARS = 2_000
"""Of the body of such a macro, and of each of its arguments."""
_MAX_MADE_CHARS = 100_000
"""What the macros may become."""


def with_own_macros(text: str) -> str:
    r"""The text with its ``\newcommand`` and ``\def`` carried out, as far as they are simple."""
    define_ = re.compile(
        r"\\(?:(?:re)?newcommand\*?|providecommand\*?|DeclareMathOperator\*?)\s{0,3}(?:\{\s?\\(?P<a>[A-Za-z@]{1,40})\s?\}"
        r"|\\(?P<b>[A-Za-z@]{1,40}))\s{0,3}(?:\[(?P<n>\d)\])?\s{0,3}\{"
        r"|\\def\s{0,3}\\(?P<c>[A-Za-z@]{1,40})\s{0,3}(?P<d>(?:\#\d){0,9})\s{0,3}\{"
    )
    macros: dict[str, tuple[int, str]] = {}
    pieces: list[str] = []
    at = 0
    while len(macros) < _MAX_MACROS and (match := define_.search(text, at)) is not None:
        end = closing_brace(text, match.end(), match.end() + _MAX_ARGUMENT_CHARS)
        if end is None:
            break
        name = match["a"] or match["b"] or match["c"]
        body = " ".join(text[match.end() : end].split("\n"))
        macros[name] = (int(match["n"] or len(match["d"] or "") // 2), re.sub(r"\\xspace\b", "", body))
        pieces.append(text[at : match.start()])
        at = end + 1
    if not macros:
        return text
    text = "".join(pieces) + text[at:]
    use = re.compile(
        r"\\(?P<name>" + "|".join(map(re.escape, macros)) + r")(?![A-Za-z@])(?:\{\}|[ \t]*(?=\{))?"
    )
    for _ in range(3):  # a macro may use another one
        text, uses = _carried_out(text, macros, use)
        if not uses:
            break
    return text


def _carried_out(text: str, macros: dict[str, tuple[int, str]], use: re.Pattern[str]) -> tuple[str, int]:
    pieces: list[str] = []
    at = uses = 0
    room = _MAX_MADE_CHARS
    for match in use.finditer(text):
        if uses == _MAX_USES:
            break
        if match.start() < at:
            continue
        count, body = macros[match["name"]]
        end, arguments = match.end(), []
        for _ in range(count):
            closing = (
                closing_brace(text, end + 1, end + _MAX_ARGUMENT_CHARS) if text.startswith("{", end) else None
            )
            if closing is None:
                break
            arguments.append(text[end + 1 : closing])
            end = closing + 1
        made = _filled_in(body, arguments)
        if len(made) > room:
            break
        pieces += [text[at : match.start()], made]
        room -= len(made)
        at, uses = end, uses + 1
    return "".join(pieces) + text[at:], uses


def _filled_in(body: str, arguments: list[str]) -> str:
    def argument(number: re.Match[str]) -> str:
        index = int(number[1]) - 1
        return arguments[index] if 0 <= index < len(arguments) else ""

    return re.sub(r"#(\d)", argument, body)
