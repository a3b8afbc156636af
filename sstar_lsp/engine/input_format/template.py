"""Input sections that draw the input instead of telling of it: ``N M``, ``a_1 b_1``, dots, ``a_M b_M``, line by line."""

from __future__ import annotations

import re

from attrs import frozen

from sstar_lsp.engine.input_format.clauses import Lines, Told
from sstar_lsp.engine.input_format.places import Place
from sstar_lsp.engine.input_format.terms import Operation, Term, key_of, normal, term_of

_DOTS = re.compile(r"^(?:…|:|⋮|\\vdots|\.|\\hdots)$")
_NAME = r"[A-Za-z]{1,8}(?:_(?:\{[^{}]{1,12}\}|\w+))?|[A-Za-z]{1,5}\d"
_ELEMENT = re.compile(rf"{_NAME}|…|\d+")
_CASES = re.compile(r"case|testcase", re.IGNORECASE)


@frozen
class _Item:
    """One variable of a drawn line."""

    base: str
    """``a_`` for ``a_{1,2}``; the whole name where it has no index."""
    index: tuple[str, ...]
    """Parts of its index: ``1``, ``2``."""


def drawn_lines(section: str) -> Told | None:
    """The lines that a section draws; None where it draws none."""
    groups = _groups(section)
    if not groups:
        return None
    told = Told()
    if not _take(groups[0], told, in_loop=False):
        return None
    last = told.lines[-1] if told.lines else None
    if last is not None and any(_CASES.search(place.name) for place in last.places):
        told.lines.pop()
        if len(groups) < 2:
            return None
        told.loop = last.repeat
        if not _take(groups[1], told, in_loop=True):
            return None
    return told if told.lines else None


def _groups(section: str) -> list[list[list[str]]]:
    """Drawings of the section: for each its lines, for each line its elements."""
    groups: list[list[list[str]]] = []
    is_open = False
    section = re.sub(r"\\(?:mathrm|text|rm|textrm|mathit|mathbf)\s*\{([^{}]*)\}", r"\1", section)
    for line in normal(section).splitlines():
        bare = re.sub(r"\\?[$`>]|\\quad|\\hspace\{[^}]*\}", " ", re.sub(r"^\s*(?:>|&gt;)", "", line)).strip()
        bare = re.sub(r"<[a-z/][^>]{0,20}>", " ", bare)
        if not bare or bare.startswith("```"):
            is_open = is_open and not line.startswith("```")
            continue
        if _DOTS.match(bare):
            if is_open:
                groups[-1].append(["⋮"])
            continue
        bare = (
            re.sub(r"(?<=[\w}])\s*,\s*(?=[A-Za-z]_?)", "", bare)
            if "," in re.sub(r"\{[^}]*\}", "", bare)
            else bare
        )
        elements = bare.split()
        parts = [_ELEMENT.findall(element) for element in elements]
        if not all("".join(found) == element for found, element in zip(parts, elements, strict=True)):
            is_open = False
            continue
        if not all(_is_variable(part) for found in parts for part in found):
            is_open = False
            continue
        if not is_open:
            groups.append([])
            is_open = True
        groups[-1].append(elements)
    return [
        group
        for group in groups
        if any(not element.isdigit() and element not in "⋮…" for line in group for element in line)
    ]


def _is_variable(part: str) -> bool:
    return (
        part == "…"
        or part.isdigit()
        or "_" in part
        or len(part) == 1
        or bool(re.fullmatch(r"[A-Za-z]{1,5}\d|[A-Z]{2,3}", part))
    )


def _take(lines: list[list[str]], told: Told, *, in_loop: bool) -> bool:
    """Add the lines of a drawing; False where it cannot be read."""
    place = 0
    while place < len(lines):
        if "⋮" in lines[place]:
            return False
        end = next((p for p in range(place + 1, min(place + 5, len(lines))) if lines[p] == ["⋮"]), None)
        first = _row(lines[place])
        if first is None:
            return False
        if (
            end is not None
            and end + 1 < len(lines)
            and all(_same(lines[place], lines[p]) for p in range(place + 1, end))
        ):
            last = lines[end + 1]
            repeat = _repeat(lines[place], last)
            if repeat is None or not _same(lines[place], last):
                if end == place + 1:
                    return False
                repeat = None
            if repeat is not None:
                told.lines.append(Lines(repeat, "", [_of_every_line(p) for p in first], in_loop))
                place = end + 2
                continue
        told.lines.append(Lines(1, "", first, in_loop))
        place += 1
    return True


def _of_every_line(place: Place) -> Place:
    """A variable of a repeated line: its index counts the lines."""
    base = place.name.partition("_")[0]
    return Place(base + "_" if "_" in place.name else place.name, place.count, place.is_word_length)


def _item(text: str) -> _Item:
    base, mark, index = text.partition("_")
    index = index.strip("{}")
    parts = (
        tuple(index.split(","))
        if "," in index
        else (tuple(index) if index.isdigit() and len(index) == 2 else (index,))
    )
    return _Item(base + mark, parts if mark else ())


def _same(one: list[str], other: list[str]) -> bool:
    return [_item(_ELEMENT.findall(e)[0]).base for e in one if e != "…"] == [
        _item(_ELEMENT.findall(e)[0]).base for e in other if e != "…"
    ]


def _repeat(first: list[str], last: list[str]) -> Term | None:
    """How often a line comes, by the indices of its first and its last occurrence."""
    for one, other in zip(first, last, strict=False):
        a, b = _item(_ELEMENT.findall(one)[0]), _item(_ELEMENT.findall(other)[0])
        if a.index and b.index and a.index[0] != b.index[0]:
            return _count(a.index[0], b.index[0])
    return None


def _count(start: str, end: str) -> Term | None:
    term = term_of(end)
    if term is None or not start.isdigit():
        return None
    offset = 1 - int(start)
    if offset == 0:
        return term
    return (
        term + offset
        if isinstance(term, int)
        else term_of(f"{end}+{offset}" if offset > 0 else f"{end}{offset}") or Operation("+", term, offset)
    )


def _row(elements: list[str]) -> list[Place] | None:
    """What stands on a drawn line."""
    found: list[Place] = []
    place = 0
    while place < len(elements):
        parts = _ELEMENT.findall(elements[place])
        if len(parts) > 1:  # c_{11}c_{12}…c_{1W}: one word
            items = [_item(part) for part in parts if part != "…"]
            if "…" not in parts or len({item.base for item in items}) != 1:
                return None
            found.append(
                Place(items[0].base, _count(items[0].index[-1], items[-1].index[-1]), is_word_length=True)
            )
            place += 1
            continue
        item = _item(parts[0])
        dots = next((p for p in range(place + 1, min(place + 4, len(elements))) if elements[p] == "…"), None)
        if dots is not None and dots + 1 < len(elements) and item.index:
            last = _item(elements[dots + 1])
            if last.base != item.base:
                return None
            count = _count(item.index[-1], last.index[-1])
            if count is None:
                return None
            found.append(Place(item.base, count))
            place = dots + 2
            continue
        if parts[0] == "…":
            return None
        name = key_of(parts[0])
        if re.fullmatch(r"[A-Za-z]+_\d+", parts[0]) or re.fullmatch(r"[A-Za-z]+_\{\d+\}", parts[0]):
            name = f"{item.base}{item.index[0]}"
        found.append(Place(name))
        place += 1
    return found
