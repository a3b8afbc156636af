"""A person's corrections of what was read: "this is not an example", "the output ends here".

They are kept in ``.sstar/<stem>/corrections.json`` beside the document. Each names its lines by their
SHA-256, so it follows them when text is added above, and no longer applies once they have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.records import Problem, Remark, Severity, Style, Test
from sstar_lsp.regular_files import read_regular, replace_file

FOLDER = ".sstar"
MAX_BYTES = 1 << 18
"""A larger file of corrections is not read."""
MAX_CORRECTIONS = 100
"""A file with more is not read either."""
MAX_PLACES = 500
"""Of a document, at which a correction's lines are looked for: those nearest to where they were."""
BEGINS_CHARS = 80


class CorrectionKind(StrEnum):
    """What was read wrongly."""

    NOT_AN_EXAMPLE = "not_an_example"
    OUTPUT_ENDS = "output_ends"
    """The output goes on too far, or not far enough."""


WORDS = {
    CorrectionKind.NOT_AN_EXAMPLE: "this is not an example",
    CorrectionKind.OUTPUT_ENDS: "the output ends here",
}
"""Each kind as a person says it."""


@frozen
class Correction:
    """What a person said about some lines of a document."""

    kind: CorrectionKind
    document: str
    """Name of the file, without its folder."""
    line: int
    """Zero-based first line of the example when it was said."""
    count: int
    """Number of lines that the digest covers."""
    begins: str
    """The first of these lines, at most :data:`BEGINS_CHARS` of it."""
    digest: str
    """SHA-256 of these lines, joined by newlines, in hexadecimal."""
    last: int | None = None
    """``OUTPUT_ENDS``: the output's last line, counted from ``line`` (0)."""

    def place(self, lines: Sequence[str]) -> int | None:
        """The zero-based line at which the corrected lines begin now; None if they are no longer there."""
        begun = (at for at in range(len(lines) - self.count + 1) if lines[at][:BEGINS_CHARS] == self.begins)
        nearest = sorted(begun, key=lambda at: abs(at - self.line))[:MAX_PLACES]
        return next((at for at in nearest if _digest(lines[at : at + self.count]) == self.digest), None)

    def covers(self, line: int, lines: Sequence[str]) -> bool:
        """Whether a zero-based line of the document is one of the corrected lines."""
        at = self.place(lines)
        return at is not None and at <= line < at + self.count


@frozen
class Kept:
    """The corrections of a document as its file holds them."""

    corrections: tuple[Correction, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """Why the file could not be read, where it could not."""


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def lines_of(text: str) -> list[str]:
    """Lines of a document as their numbers count them."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def span(first: int, end: int) -> str:
    """``lines 5–9`` for a zero-based range with its end excluded."""
    return f"line {first + 1}" if end == first + 1 else f"lines {first + 1}–{end}"


# --- applying ------------------------------------------------------------------------------------------


def apply_corrections(
    problem: Problem, corrections: Sequence[Correction], lines: Sequence[str], where: str = "its file"
) -> Problem:
    """The problem as a person says it must be read.

    ``lines`` is the whole document, ``where`` the file of the corrections, for a remark. A correction whose
    lines have changed is not applied, and a remark says so. Remarks of the reader about corrected lines are
    dropped.
    """
    for correction in corrections:
        first = correction.place(lines)
        if first is None:
            message = (
                f'the correction "{WORDS[correction.kind]}" of '
                f"{span(correction.line, correction.line + correction.count)} "
                f"was not applied: these lines have changed since; correct them again, or remove it from {where}"
            )
            problem = evolve(problem, remarks=(*problem.remarks, Remark(Severity.WARNING, message)))
        else:
            problem = _applied(problem, correction, first, lines)
    return problem


def _applied(problem: Problem, correction: Correction, first: int, lines: Sequence[str]) -> Problem:
    tests: list[Test] = []
    remarks = list(problem.remarks)
    is_used = False
    for test in problem.public_tests:
        after = _corrected_test(problem, test, correction, first, lines)
        if after is test or test.lines is None:
            tests.append(test)
            continue
        is_used = True
        begin, end = test.lines
        doubted = end + (not test.is_sure)
        remarks = [r for r in remarks if r.line is None or not begin <= r.line < doubted]
        if after is None or after.lines is None:
            message = f"{test.name} ({span(begin, end)}) is left out: you said that it is not an example"
            remarks.append(Remark(Severity.INFO, message, begin))
        else:
            tests.append(after)
            message = f"the output of {test.name} ends at line {after.lines[1]}, as you said"
            remarks.append(Remark(Severity.INFO, message, after.lines[1] - 1))
    if not is_used:
        message = (
            f'the correction "{WORDS[correction.kind]}" of {span(first, first + correction.count)} '
            "changes nothing: no example is read there"
        )
        remarks.append(Remark(Severity.INFO, message, first))
    return evolve(problem, public_tests=tuple(tests), remarks=tuple(remarks))


def _corrected_test(
    problem: Problem, test: Test, correction: Correction, first: int, lines: Sequence[str]
) -> Test | None:
    """The test after the correction: itself where it is not meant, None if it is no example."""
    if test.lines is None or not first <= test.lines[0] < first + correction.count:
        return test
    if correction.kind is CorrectionKind.NOT_AN_EXAMPLE:
        return None
    if correction.last is None or problem.style is not Style.STDIN:
        return test
    return _ended(test, first + correction.last, lines)


def _ended(test: Test, last: int, lines: Sequence[str]) -> Test:
    """The test with an output that ends after the line ``last`` of the document."""
    place = output_lines(test, lines)
    if test.lines is None or place is None or last < place[0]:
        return test
    output = test.expected.removesuffix("\n").split("\n")
    output = [*output[: last - place[0] + 1], *lines[place[1] : last + 1]]
    return evolve(test, expected="\n".join(output) + "\n", lines=(test.lines[0], last + 1), is_sure=True)


def output_lines(test: Test, lines: Sequence[str]) -> tuple[int, int] | None:
    """The lines of the document that hold a test's output, one for each of its own (zero-based, end
    excluded).

    None if there are none: a test from a file, a cell of a table, text that markup changes.
    """
    if test.lines is None:
        return None
    texts = [text.strip() for text in test.expected.removesuffix("\n").split("\n")]
    last_start = min(test.lines[1], len(lines)) - len(texts)
    for start in range(last_start, test.lines[0] - 1, -1):
        if all(_holds(lines[start + number], text) for number, text in enumerate(texts)):
            return start, start + len(texts)
    return None


def _holds(line: str, text: str) -> bool:
    """Whether a line of the document is this output line, perhaps behind a label or a comment mark."""
    line = line.strip()
    return line == text or (line.endswith(text) and line[: len(line) - len(text)].endswith((" ", "\t")))


def corrected(problem: Problem, text: str, path: Path) -> Problem:
    """A document's problem with the corrections kept beside it; never raises for what is in their file."""
    kept = load_corrections(path)
    problem = evolve(problem, remarks=(*problem.remarks, *kept.remarks))
    if not kept.corrections:
        return problem
    return apply_corrections(problem, kept.corrections, lines_of(text), str(_shown(path)))


# --- making ----------------------------------------------------------------------------------------------


def example_at(problem: Problem, line: int) -> Test | None:
    """The example that stands on a zero-based line of the document."""
    for test in problem.public_tests:
        if test.lines is not None and test.lines[0] <= line < test.lines[1]:
            return test
    return None


def end_is_possible(problem: Problem, line: int, lines: Sequence[str]) -> Test | None:
    """The example whose output can be said to end at a zero-based line; None if there is none.

    A line inside the output, but its last one; or, where the border is doubtful, a line between it and the
    next example.
    """
    tests = [t for t in problem.public_tests if t.lines is not None and t.lines[0] <= line]
    test = max(tests, key=lambda each: each.lines or (0, 0), default=None)
    if test is None or test.lines is None or problem.style is not Style.STDIN or line >= len(lines):
        return None
    place = output_lines(test, lines)
    if place is None or line < place[0] or line == place[1] - 1:
        return None
    if line < place[1]:
        return test
    is_after = line >= test.lines[1] and not test.is_sure and problem.language is None
    return test if is_after else None


def correction_at(problem: Problem, kind: CorrectionKind, line: int, text: str, document: str) -> Correction:
    """The correction that a person makes at a zero-based line of a document.
    Raises :class:`UsageError`: no example stands there, or its output cannot end there."""
    lines = lines_of(text)
    if kind is CorrectionKind.NOT_AN_EXAMPLE:
        test = example_at(problem, line)
        if test is None or test.lines is None:
            raise UsageError(
                f"{document}: no example is read at line {line + 1}: there is nothing to correct."
            )
        first, end = test.lines
        return _correction(kind, document, first, end, lines)
    test = end_is_possible(problem, line, lines)
    if test is None or test.lines is None:
        raise UsageError(f"{document}: no output can end at line {line + 1}: name a line inside an output.")
    first, end = test.lines[0], max(test.lines[1], line + 1)
    return evolve(_correction(kind, document, first, end, lines), last=line - first)


def _correction(
    kind: CorrectionKind, document: str, first: int, end: int, lines: Sequence[str]
) -> Correction:
    return Correction(
        kind, document, first, end - first, lines[first][:BEGINS_CHARS], _digest(lines[first:end])
    )


def with_correction(corrections: Sequence[Correction], new: Correction, text: str) -> tuple[Correction, ...]:
    """The corrections with a new one, which takes the place of earlier ones of the same lines."""
    lines = lines_of(text)
    others = (
        each for each in corrections if each.document != new.document or not each.covers(new.line, lines)
    )
    return (*others, new)


def corrections_at(corrections: Sequence[Correction], line: int, text: str) -> list[Correction]:
    """The corrections that speak of a zero-based line of the document."""
    lines = lines_of(text)
    return [each for each in corrections if each.covers(line, lines)]


# --- the file --------------------------------------------------------------------------------------------


def _shown(document: Path) -> Path:
    return Path(FOLDER) / document.stem / "corrections.json"


def corrections_path(document: Path) -> Path:
    """The file that holds a document's corrections; documents of one stem share it."""
    return document.parent / _shown(document)


def has_corrections(document: Path) -> bool:
    """Whether :func:`load_corrections` finds something, be it a file that cannot be read; one look at the disk."""
    try:
        corrections_path(document).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def load_corrections(document: Path) -> Kept:
    """The corrections of a document; a file that is damaged becomes a remark."""
    try:
        found = _in_file(document)
        if len(found) > MAX_CORRECTIONS:
            return _unreadable(document, f"holds more than {MAX_CORRECTIONS} corrections")
    except (FileNotFoundError, NotADirectoryError):
        return Kept()
    except OSError as error:
        return _unreadable(document, f"cannot be read ({error.strerror})")
    except (ValueError, TypeError, KeyError, RecursionError):
        return _unreadable(document, "is damaged")
    return Kept(tuple(each for each in found if each.document == document.name))


def _unreadable(document: Path, why: str) -> Kept:
    message = f"{_shown(document)} {why}: its corrections are not applied; mend or delete it"
    return Kept(remarks=(Remark(Severity.WARNING, message),))


def save_corrections(document: Path, corrections: Sequence[Correction]) -> Path:
    """Write the corrections of a document; without any, its file goes. The file.
    Raises :class:`ProblemError`: it cannot be written."""
    path = corrections_path(document)
    rows = [_to_json(each) for each in (*_of_others(document), *corrections)]
    try:
        if (document.parent / FOLDER).is_symlink() or path.parent.is_symlink():
            raise ProblemError(f"{path.parent} is a link to another folder: nothing is written through it.")
        if not rows:
            path.unlink(missing_ok=True)
            return path
        (document.parent / FOLDER).mkdir(exist_ok=True)
        path.parent.mkdir(exist_ok=True)
        text = json.dumps({"corrections": rows}, indent=2, ensure_ascii=False) + "\n"
        replace_file(path, text.encode())
    except OSError as error:
        raise ProblemError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _in_file(document: Path) -> list[Correction]:
    """All corrections in the file; whatever may be wrong with it is raised as it comes."""
    rows = json.loads(read_regular(corrections_path(document), MAX_BYTES).decode("utf-8"))["corrections"]
    return [_from_json(row) for row in rows]


def _of_others(document: Path) -> list[Correction]:
    """Corrections of other documents of the same stem, which share the file."""
    try:
        found = _in_file(document)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []
    return [each for each in found if each.document != document.name]


def _to_json(correction: Correction) -> dict[str, Any]:
    first = correction.line + 1
    row: dict[str, Any] = {
        "kind": correction.kind.value,
        "document": correction.document,
        "lines": [first, correction.line + correction.count],
        "begins": correction.begins,
        "sha256": correction.digest,
    }
    if correction.last is not None:
        row["ends_at"] = first + correction.last
    return row


def _from_json(row: dict[str, Any]) -> Correction:
    first, last = row["lines"]
    ends_at = row.get("ends_at")
    numbers = [first, last, *([] if ends_at is None else [ends_at])]
    if not all(type(n) is int for n in numbers) or not 1 <= first <= min(numbers) or max(numbers) > last:
        raise ValueError(f"lines {numbers}")
    kind, document = CorrectionKind(row["kind"]), str(row["document"])
    begins, digest = str(row["begins"]), str(row["sha256"])
    end = None if ends_at is None else ends_at - first
    return Correction(kind, document, first - 1, last - first + 1, begins, digest, end)
