"""The parts of a statement that tell of the input: its section, the constraints, and what is neither.

Headings are those of :mod:`sstar_lsp.problems.labels`, so that every language and frame read there is read here.
"""

from __future__ import annotations

import re
import unicodedata

from attrs import frozen

from sstar_lsp.problems.label_words import LANGUAGES
from sstar_lsp.problems.labels import Kind, label_of, phrase_of

LONGEST_STATEMENT = 20_000
"""Characters that are read."""
LONGEST_SENTENCE = 1_500
"""Characters of a sentence that are read."""
_LONGEST_PIECE = 12
"""Characters on a line of a formula that was copied from a page piece by piece."""
_TEX_HEADING = re.compile(r"^\s*\\(?:sub)?section\*?\{([^}]{1,60})\}\s*$")
_HEADING = re.compile(r"^[ \t]*(?:#+[ \t]+|\*\*)\S[^\n]{0,60}$")
_INPUT_WORDS = tuple(word.replace(" ", "") for words in LANGUAGES.values() for word in words.input)
_FURTHER_ASIDE = re.compile(
    r"^(?:scoring|points|grading|subtasks?|po[äa]ngs[äa]ttning|bedömning|delgrupper|deluppgifter|test ?groups?|note|notes)$"
)


@frozen
class Sections:
    """A statement taken apart."""

    input: str
    """What the input looks like; empty where no heading says so."""
    main: str
    """All but what is said of output, scoring, samples and explanations, and without tables."""
    constraints: str
    """What stands under a heading of its own, such as "Constraints"."""
    aside: str
    """The rest: it may hold the only bound of a variable, in a table of subtasks."""


def sections_of(statement: str) -> Sections:
    """The parts of a statement, by its headings."""
    main: list[str] = []
    constraints: list[str] = []
    aside: list[str] = []
    found: list[str] = []
    is_aside = is_constraints = is_input = is_told = has_samples = is_fenced = False
    for raw in unfolded(statement[:LONGEST_STATEMENT]).splitlines():
        line = raw if (tex := _TEX_HEADING.match(raw)) is None else tex[1]
        is_fenced ^= line.lstrip().startswith("```")
        label = None if is_fenced else label_of(line)
        if label is not None and (label.rest is None or label.kind in (Kind.INPUT, Kind.OUTPUT)):
            opens = not (has_samples or is_told) and _opens_input(line, label.kind, label.explicit)
            has_samples |= label.kind in (Kind.SECTION, Kind.BOTH) or label.explicit
            if opens:
                found = []
            is_input = opens
            is_constraints = label.kind is Kind.END and not opens
            is_aside = not opens and (
                label.kind is not Kind.END or bool(_FURTHER_ASIDE.match(phrase_of(line)[0]))
            )
            if opens and label.rest is not None:
                found.append(label.rest)
                is_told = True
            continue
        if not is_fenced and (tex or _HEADING.match(line)):
            is_input = is_constraints = False
            is_aside = bool(_FURTHER_ASIDE.match(phrase_of(line)[0]))
            continue
        if is_input:
            found.append(line)
            is_told |= bool(line.strip()) and not is_fenced and not line.lstrip().startswith("```")
        if is_constraints and not is_aside:
            constraints.append(line)
        (aside if is_aside or line.lstrip().startswith("|") else main).append(line)
    return Sections("\n".join(found).strip(), "\n".join(main), "\n".join(constraints), "\n".join(aside))


def _opens_input(line: str, kind: Kind, explicit: bool) -> bool:
    if kind is Kind.INPUT:
        return not explicit
    return kind is Kind.END and phrase_of(line)[0].replace(" ", "").startswith(_INPUT_WORDS)


def unfolded(text: str) -> str:
    """The text without the doubles of formulas that are copied from a page: their pieces line by line, then the whole.

    Of the two the pieces are kept, because ``10``, ``5`` is a power where ``105`` is none.
    """
    text = unicodedata.normalize("NFKC", text) if re.search("[\U0001d400-\U0001d7ff]", text) else text
    lines = text.replace("\u200b", "").splitlines()
    found: list[str] = []
    place = 0
    while place < len(lines):
        end = place
        joined = ""
        while end < len(lines) and 0 < len(lines[end].strip()) <= _LONGEST_PIECE and not label_of(lines[end]):
            joined += re.sub(r"\s", "", lines[end])
            end += 1
            whole = re.sub(r"\s", "", lines[end]) if end < len(lines) else ""
            if re.search(r"\w", joined) and whole.startswith(joined) and lines[end].startswith(joined[0]):
                break
        else:
            found.append(lines[place])
            place += 1
            continue
        formula = _formula([line.strip() for line in lines[place:end] if line.strip()])
        rest = _after(lines[end], joined)
        before = found.pop() + " " if found and found[-1].strip() and not label_of(found[-1]) else ""
        lines[end] = f"{before}${formula}${rest}"
        place = end
    return "\n".join(found)


def _formula(pieces: list[str]) -> str:
    """A formula from the pieces of its picture: a number after a number is its power, a piece after a letter its index."""
    made = ""
    last = ""
    for piece in pieces:
        if last and re.fullmatch(r"\d+", piece) and re.search(r"[\d)]$", last):
            made += f"^{{{piece}}}"
        elif last and re.fullmatch(r"\w+", piece) and re.fullmatch(r"[^\W\d_]", last):
            made += f"_{{{piece}}}"
        else:
            made += piece
        last = piece
    return made


def _after(line: str, joined: str) -> str:
    """What follows on a line behind the characters that are joined there without spaces."""
    left = len(joined)
    for place, character in enumerate(line):
        if left == 0:
            return line[place:]
        left -= not character.isspace()
    return ""


def sentences_of(section: str) -> list[str]:
    """Sentences and list items of a section, on one line each."""
    section = re.sub(
        r"\b(?:i\.\s?e|e\.\s?g|t\.\s?ex|resp|dvs|bl\.\s?a)\.", lambda m: m[0].replace(".", ""), section
    )
    parts = re.split(
        r"\n\s*\n|\n\s*(?:[-*•]|\d+\.)\s+|(?<=[.;])\s+(?=[\"'(*]*[A-ZÅÄÖÉ$`\\])|(?<=[.;])\s+(?=[a-z]\$?-?th\b)|(?<=[。．])",
        "\n" + section,
    )
    return [" ".join(part.split()).lstrip("-*• ")[:LONGEST_SENTENCE] for part in parts if part.strip()]
