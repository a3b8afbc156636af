"""The leading comment of a source file: where it ends, and what it says without its comment marks."""

from __future__ import annotations

import re
from pathlib import PurePath

from attrs import frozen

from sstar_sandbox import LANGUAGES

LANGUAGE_OF_SUFFIX = {suffix: name for name, language in LANGUAGES.items() for suffix in language.extensions}
"""Source files whose leading comment can be a statement."""

_QUOTES = re.compile(r"[rRuUbB]{0,2}(\"\"\"|''')")
_CODING = re.compile(r"#.{0,20}coding[:=]")


@frozen
class Header:
    """The leading comment of a source file."""

    text: str
    """As it stands, shebang included, up to and with its last newline; empty if there is none."""
    statement: str
    """Without comment marks."""
    line_count: int
    """Lines that ``text`` covers: the solution starts at this zero-based line."""
    offset: int
    """Zero-based line of the file at which ``statement`` begins."""


def language_of(path: PurePath | None) -> str | None:
    """Language by the file's extension; None for statements (Markdown, plain text, untitled buffers)."""
    return LANGUAGE_OF_SUFFIX.get(path.suffix.lower()) if path is not None else None


def header_of(text: str, language: str) -> Header:
    """The leading comment of ``text``; empty when code comes first."""
    lines = text.split("\n")
    start = 0
    while start < len(lines) and _is_preamble(lines[start], start):
        start += 1
    groups = list(_groups(lines, start, language))
    kept = groups[:1]
    for group in groups[1:]:
        # A comment that touches the code below it speaks of that code.
        if group.end < len(lines) and lines[group.end].strip():
            break
        kept.append(group)
    if not kept:
        return Header("", "", 0, 0)
    statement: list[str] = [""] * (kept[-1].end - kept[0].start)
    for group in kept:
        statement[group.start - kept[0].start : group.end - kept[0].start] = group.said
    end = kept[-1].end
    header = "\n".join(lines[:end]) + ("\n" if end < len(lines) else "")
    return Header(header, "\n".join(statement), end, kept[0].start)


@frozen
class _Group:
    start: int
    end: int
    said: list[str]


def _is_preamble(line: str, number: int) -> bool:
    return (
        not line.strip()
        or (number == 0 and line.startswith("#!"))
        or (number < 2 and bool(_CODING.match(line)))
    )


def _groups(lines: list[str], start: int, language: str) -> list[_Group]:
    groups: list[_Group] = []
    at = start
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        group = _python_group(lines, at) if language == "python" else _c_group(lines, at)
        if group is None:
            break
        groups.append(group)
        at = group.end
        if language == "python" and _QUOTES.match(lines[group.start].lstrip()):
            break  # only the first string is a docstring
    return groups


def _python_group(lines: list[str], at: int) -> _Group | None:
    first = lines[at].lstrip()
    if first.startswith("#"):
        end = at
        while end < len(lines) and lines[end].lstrip().startswith("#"):
            end += 1
        return _Group(at, end, [_after(line, "#") for line in lines[at:end]])
    quote = _QUOTES.match(first)
    if quote is None or lines[at] != first:
        return None
    mark = quote[1]
    body = first[quote.end() :]
    said: list[str] = []
    end = at
    while True:
        cut = body.find(mark)
        if cut >= 0:
            said.append(body[:cut])
            if body[cut + 3 :].strip().lstrip(";").strip() not in {"", *_comment_tail(body[cut + 3 :])}:
                return None  # an expression that begins with a string, not a docstring
            return _Group(at, end + 1, _dedented(said))
        said.append(body)
        end += 1
        if end >= len(lines):
            return _Group(at, end, _dedented(said))
        body = lines[end]


def _comment_tail(tail: str) -> set[str]:
    stripped = tail.strip()
    return {stripped} if stripped.startswith("#") else set()


def _c_group(lines: list[str], at: int) -> _Group | None:
    first = lines[at].lstrip()
    if first.startswith("//"):
        end = at
        while end < len(lines) and lines[end].lstrip().startswith("//"):
            end += 1
        return _Group(at, end, [re.sub(r"^//[/!]? ?", "", line.lstrip()).rstrip() for line in lines[at:end]])
    if not first.startswith("/*"):
        return None
    said: list[str] = []
    body = re.sub(r"^/\*[*!]*", "", first)
    end = at
    while True:
        cut = body.find("*/")
        if cut >= 0:
            said.append(body[:cut])
            break
        said.append(body)
        end += 1
        if end >= len(lines):
            break
        body = lines[end]
    starred = [line for line in said[1:] if line.strip()]
    if starred and all(line.lstrip().startswith("*") for line in starred[:-1] or starred):
        said = [said[0].removeprefix(" "), *(re.sub(r"^\s*\* ?", "", line) for line in said[1:])]
    else:
        said = _dedented(said)
    return _Group(at, min(end + 1, len(lines)), [line.rstrip() for line in said])


def _after(line: str, mark: str) -> str:
    rest = line.lstrip()[len(mark) :]
    if rest and not rest.strip("#"):
        return ""  # a ruler of ####
    return rest.removeprefix(" ").rstrip()


def _dedented(lines: list[str]) -> list[str]:
    rest = [line for line in lines[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in rest), default=0)
    return [lines[0].lstrip().rstrip(), *(line[margin:].rstrip() for line in lines[1:])]
