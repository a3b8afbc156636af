"""One sample: its text as a program reads it, and where it ends in a text that does not mark its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from sstar_lsp.problems.pages.blocks import Code, Line
from sstar_lsp.problems.statement.prose import is_formula, is_prose, kinds_of
from sstar_lsp.problems.text import sample_text

_ANNOTATED = re.compile(r"(?P<head>\s*STDIN\s{2,})FUNCTION\b", re.IGNORECASE)


@frozen
class Pair:
    """One example as it stands in the text."""

    input: str
    output: str
    line: int
    """Zero-based line where its input begins."""
    end: int = 0
    """The line after its last one."""
    is_sure: bool = True
    """Whether the end of the output is marked, or what follows cannot be output."""
    is_labelled: bool = True
    """Under a heading for samples; False for a bare ``Input: … Output: …`` in the text."""


@frozen
class Half:
    """The input or the output of an example."""

    text: str
    line: int
    end: int
    number: str = ""
    is_sure: bool = True
    is_labelled: bool = True
    is_explicit: bool = False


def sample_part(lines: list[Line], earlier: Sequence[str]) -> tuple[list[Line], bool]:
    """The lines of a sample without the explanation below it, and whether the border is sure.

    A sample ends where a sentence or a drawn formula begins; a paragraph of data between the two belongs to
    the sample only if its tokens are of the sample's kinds. ``earlier``: the outputs of the examples above.
    """
    start = next(n for n, line in enumerate(lines) if line.text.strip())
    lines = lines[start:]
    first = paragraph_end(lines, 0)
    head = lines[0].text
    end = first
    if not is_prose(head):
        has_words = "lower" in kinds_of([head]) | kinds_of(
            line for output in earlier for line in output.split("\n")
        )
        for n in range(1, 1 if has_words else first):
            if is_prose(lines[n].text) and (
                len(lines[n].text.split()) > 4 or lines[n].text.rstrip().endswith((".", ":", "!", "?"))
            ):
                return lines[:n], kinds_of(line.text for line in lines[:n]) <= {"number"}
    known = kinds_of(line.text for line in lines[:first]) | kinds_of(
        line for output in earlier for line in output.split("\n")
    )
    has_model = bool(earlier) and not any("\n\n" in output.strip("\n") for output in earlier)
    at = first
    while at < len(lines):
        gap = at
        while at < len(lines) and not lines[at].text.strip():
            at += 1
        if at >= len(lines):
            break
        after = paragraph_end(lines, at)
        texts = [line.text for line in lines[at:after]]
        is_explanation = any(is_prose(text) or is_formula(text) for text in texts)
        if is_explanation or at - gap > 1 or not kinds_of(texts) <= known:
            # Paragraphs of data above the explanation: earlier samples tell whether outputs have several.
            is_sure = is_explanation and end == first and not _begins_with_data(texts, known)
            return lines[: first if has_model else end], is_sure
        end = at = after
    return lines[:end], True


def _begins_with_data(texts: Sequence[str], known: frozenset[str]) -> bool:
    """Whether lines of the sample's kinds stand above a sentence and are no doubled formula."""
    second = texts[1] if len(texts) > 1 else ""
    return kinds_of(texts[:1]) <= known and not is_prose(texts[0]) and not second.startswith(texts[0].strip())


def paragraph_end(lines: list[Line], start: int) -> int:
    return next((n for n in range(start, len(lines)) if not lines[n].text.strip()), len(lines))


def of_lines(lines: list[Line]) -> Half:
    """A half whose borders the text itself marks: blank edges are no part of it."""
    solid = [line for line in lines if line.text.strip()]
    first, last = (solid[0].line, solid[-1].line) if solid else (lines[0].line, lines[-1].line)
    return Half(_without_annotations(tidy("\n".join(line.text for line in lines))), first, last + 1)


def of_code(block: Code) -> Half:
    """A half that a block marks: kept as it stands, blank lines and spaces too."""
    text = sample_text(block.text)
    text = text if text.endswith("\n") or not text else text + "\n"
    if not text.strip():
        text = ""
    if not block.is_fenced:
        text = tidy(text)
    start = block.line + (1 if block.text.count("\n") < block.end - block.line - 1 else 0)
    return Half(_without_annotations(text), start, start + max(1, text.count("\n")))


def _without_annotations(text: str) -> str:
    """HackerRank's annotated sample: only the column below ``STDIN`` is input."""
    lines = text.split("\n")
    match = _ANNOTATED.match(lines[0])
    if match is None:
        return text
    column = len(match["head"])
    return tidy("\n".join(line[:column].rstrip() for line in lines[1:] if line.strip(" -\t")))


def tidy(text: str) -> str:
    """Example text without blank edges and spaces at line ends, with one newline at its end."""
    lines = sample_text(text).replace("\r\n", "\n").split("\n")
    tidied = "\n".join(line.rstrip() for line in lines).strip("\n")
    return tidied + "\n" if tidied else ""
