"""What was read of a document, as ``sstar check`` and ``sstar/problem`` tell it: JSON, text, short text."""

from __future__ import annotations

import json
import re
from typing import Any

from sstar_lsp.problems.corrections import span
from sstar_lsp.problems.source.call_examples import readable_input
from sstar_lsp.records import Problem, Remark, Severity, Style, Test, TestOrigin, counted

REFUSED = "refused"
"""``kind`` of a document that is no problem for us; else it is the problem's style."""
SHOWN_LINES = 20
"""Of an input or an output in the text; the JSON has all."""
SHOWN_CHARS = 72
"""Of an input or an output in the short text."""

PROGRAM = "program"
"""Before the name of a checker program, where one judges."""

INTERACTOR = "interactor"
"""Before the name of an interactor."""

_WORDS = {
    "tokens": "the same words in the same order; white space does not matter",
    "tokens-nocase": "the same words in the same order; white space and case do not matter",
    "lines": "the same lines; spaces count, but not at the ends of lines",
    "numbers": "the same words; fractions are compared as numbers, as closely as they are printed",
    "exact": "the same text, byte for byte",
    "yesno": "yes or no, in any case",
    "json": "equal values",
}
_TOLERANCE_WORDS = {
    "float": "the same words; numbers may differ by {} (absolute or relative)",
    "json": "fractions may differ by {} (absolute or relative)",
}
_ORDER_WORDS = {
    "any-order": "in any order",
    "any-order-nested": "in any order, inside of them too",
}


Reading = Problem | Exception
"""The problem in a document; where it was refused, or cannot be read, the error."""


def comparator_of(problem: Problem) -> str:
    """The comparator's name, or ``program`` or ``interactor`` and the name of what judges instead."""
    if problem.interactor is not None:
        return f"{INTERACTOR} {problem.interactor.name}"
    program = problem.checker_program
    return problem.checker if program is None else f"{PROGRAM} {program.name}"


def place_of(test: Test) -> str:
    """Where a test stands: ``lines 5–9``, or the file."""
    return test.name if test.lines is None else span(*test.lines)


def _mebibytes(problem: Problem) -> float | None:
    memory = problem.memory_limit_bytes
    return None if memory is None else _whole(memory / (1 << 20))


def _whole(number: float) -> float:
    """``256`` for ``256.0``, also in JSON."""
    return int(number) if number == int(number) else number


def remark_text(remark: Remark) -> str:
    """A remark with the line that it speaks of."""
    if remark.line is None or re.search(rf"lines? {remark.line + 1}", remark.message):
        return remark.message
    return f"{remark.message} (line {remark.line + 1})"


def report_json(reading: Reading) -> dict[str, Any]:
    """The object that ``sstar check --json`` prints and ``sstar/problem`` answers."""
    if isinstance(reading, Exception):
        return {
            "kind": REFUSED,
            "reason": str(reading),
            **dict.fromkeys(("title", "function", "comparator")),
            "several_answers": False,
            **dict.fromkeys(("time_limit_s", "memory_limit_mib", "file_io")),
            "examples": [],
            "remarks": [],
        }
    is_function = reading.style is Style.FUNCTION
    return {
        "kind": reading.style.value,
        "reason": None,
        "title": reading.title,
        "function": reading.entry_point if is_function else None,
        "comparator": comparator_of(reading),
        "several_answers": reading.several_answers,
        "time_limit_s": reading.time_limit_s,
        "memory_limit_mib": _mebibytes(reading),
        "file_io": None if reading.file_io is None else list(reading.file_io),
        "examples": [
            {
                "input": json.loads(test.input) if is_function else test.input,
                "output": json.loads(test.expected) if is_function else test.expected,
                "lines": None if test.lines is None else [test.lines[0] + 1, test.lines[1]],
                "sure": test.is_sure,
            }
            for test in reading.public_tests
        ],
        "remarks": [remark_text(remark) for remark in reading.remarks],
    }


# --- for a person ------------------------------------------------------------------------------------


def comparator_words(name: str) -> str:
    """What a comparator takes for the same, in words; its name where there are none."""
    if name.startswith(f"{INTERACTOR} "):
        return "an interactor talks with the program and judges it, in the sandbox"
    if name.startswith(f"{PROGRAM} "):
        return "a checker program decides, in the sandbox"
    kind, _, options = name.partition(":")
    words = options.split(",") if options else []
    order = next((_ORDER_WORDS[word] for word in words if word in _ORDER_WORDS), "")
    tolerance = next((word for word in words if word not in _ORDER_WORDS), "")
    if kind == "float" and tolerance:
        return _TOLERANCE_WORDS[kind].format(tolerance)
    parts = [_WORDS.get(kind, kind), order, _TOLERANCE_WORDS["json"].format(tolerance) if tolerance else ""]
    return ", ".join(filter(None, parts)) if kind == "json" else _WORDS.get(name, name)


def limits_words(problem: Problem) -> str:
    """``1 s, 256 MiB``; what the document does not say is left out."""
    seconds, mebibytes = problem.time_limit_s, _mebibytes(problem)
    parts = [
        "" if seconds is None else f"{seconds:g} s",
        "" if mebibytes is None else f"{mebibytes:g} MiB",
    ]
    return ", ".join(filter(None, parts))


def kind_words(problem: Problem) -> str:
    """How a program meets its input."""
    if problem.style is Style.FUNCTION:
        return f"function {problem.entry_point}"
    if problem.file_io is not None:
        return f"reads {problem.file_io[0]}, writes {problem.file_io[1]}"
    return "standard input"


def kinds_of_tests(problem: Problem) -> list[str]:
    """``2 examples`` and ``3 tests from files``, of those that there are."""
    files = sum(test.origin is TestOrigin.FILE for test in problem.public_tests)
    samples = len(problem.public_tests) - files
    parts = [counted(samples, "example")] if samples else []
    return parts + ([f"{counted(files, 'test')} from files"] if files else [])


def summary(reading: Reading) -> str:
    """One line: ``2 examples · 1 s · 256 MiB · tokens``."""
    if isinstance(reading, Exception):
        return REFUSED
    doubtful = sum(not test.is_sure for test in reading.public_tests)
    parts = [
        ", ".join(kinds_of_tests(reading)) or "0 examples",
        *(*limits_words(reading).split(", "), comparator_of(reading)),
        "several answers" if reading.several_answers else "",
        f"{doubtful} doubtful" if doubtful else "",
    ]
    return " · ".join(filter(None, parts))


def report_text(reading: Reading) -> str:
    """All that was read, as text."""
    if isinstance(reading, Exception):
        return f"refused: {reading}\n"
    comparator = comparator_of(reading)
    rows = [
        ("kind", kind_words(reading)),
        ("limits", limits_words(reading) or "none in the statement"),
        ("comparator", f"{comparator}: {comparator_words(comparator)}"),
        ("answers", "several may be right" if reading.several_answers else "one"),
    ]
    lines = [reading.title or "untitled", *(f"  {name:<11} {value}" for name, value in rows)]
    for test in reading.public_tests:
        sure = "borders sure" if test.is_sure else "borders DOUBTFUL"
        head = test.name if test.lines is None else f"{test.name}, {place_of(test)}"
        lines += ["", f"{head}, {sure}", "  input", *_indented(readable_input(reading, test.input))]
        lines += ["  output", *_indented(test.expected)]
    if reading.remarks:
        lines += ["", "remarks"]
        lines += [
            f"  {'warning: ' if remark.severity is Severity.WARNING else ''}{remark_text(remark)}"
            for remark in reading.remarks
        ]
    return "\n".join(lines) + "\n"


def short_text(problem: Problem) -> str:
    """What stands before a run: a line of facts, one for each example, the warnings."""
    lines = [f"read: {problem.title} · {kind_words(problem)} · {summary(problem)}"]
    for test in problem.public_tests:
        doubt = "" if test.is_sure else ", borders DOUBTFUL"
        head = test.name if test.lines is None else f"{test.name} ({place_of(test)}{doubt})"
        lines.append(f"  {head}: {one_line(readable_input(problem, test.input))} → {one_line(test.expected)}")
    lines += [
        f"  warning: {remark_text(remark)}"
        for remark in problem.remarks
        if remark.severity is Severity.WARNING
    ]
    return "\n".join(lines) + "\n"


def _indented(text: str) -> list[str]:
    lines = text.removesuffix("\n").split("\n")
    shown = [f"    {line}".rstrip() for line in lines[:SHOWN_LINES]]
    if len(lines) > SHOWN_LINES:
        shown.append(f"    … {len(lines) - SHOWN_LINES} more lines")
    return shown


def one_line(text: str, chars: int = SHOWN_CHARS) -> str:
    """Head and tail of a text on one line, ``⏎`` for its line ends."""
    flat = text.removesuffix("\n").replace("\n", " ⏎ ") or "(nothing)"
    if len(flat) <= chars:
        return flat
    head = chars * 2 // 3
    return f"{flat[:head]} … {flat[head - chars :]}"
