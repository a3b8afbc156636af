"""What was read of a document, as ``sstar check`` and ``sstar/problem`` tell it: JSON, text, short text."""

from __future__ import annotations

import json
from typing import Any

import attrs
from attrs import frozen

from sstar_lsp.problems.corrections import span
from sstar_lsp.problems.source.call_examples import render_call
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


@frozen
class Example:
    """One test with a known output."""

    name: str
    """For a person: ``example 2``, ``tests/3.in``."""
    input: Any
    """Standard input: the text. Functions: the list of arguments as JSON (tags say what JSON cannot)."""
    output: Any
    """Standard input: the text. Functions: the JSON value."""
    shown_input: str
    """As a person reads it: the text, or a call."""
    shown_output: str
    lines: tuple[int, int] | None
    """One-based first and last line in the document; None for tests from files."""
    is_sure: bool
    """Whether both borders of the output are marked in the document."""
    is_from_file: bool = False

    @property
    def place(self) -> str:
        """Where it stands: ``lines 5–9``, or the file."""
        return self.name if self.lines is None else span(self.lines[0] - 1, self.lines[1])


@frozen
class Report:
    """What was read of a document."""

    kind: str
    """``stdin``, ``function`` or ``refused``."""
    reason: str | None = None
    """Why it was refused."""
    title: str | None = None
    function: str | None = None
    comparator: str | None = None
    """Its name, or ``program`` or ``interactor`` and the name of the program that judges instead."""
    several_answers: bool = False
    time_limit_s: float | None = None
    memory_limit_mib: float | None = None
    file_io: tuple[str, str] | None = None
    examples: tuple[Example, ...] = ()
    remarks: tuple[Remark, ...] = ()


def report_of(problem: Problem) -> Report:
    """What was read, of a problem that was."""
    memory, program = problem.memory_limit_bytes, problem.checker_program
    comparator = problem.checker if program is None else f"{PROGRAM} {program.name}"
    if problem.interactor is not None:
        comparator = f"{INTERACTOR} {problem.interactor.name}"
    return Report(
        kind=problem.style.value,
        title=problem.title,
        function=problem.entry_point if problem.style is Style.FUNCTION else None,
        comparator=comparator,
        several_answers=problem.several_answers,
        time_limit_s=problem.time_limit_s,
        memory_limit_mib=None if memory is None else _whole(memory / (1 << 20)),
        file_io=problem.file_io,
        examples=tuple(_example(problem, test) for test in problem.public_tests),
        remarks=problem.remarks,
    )


def report_of_refusal(error: Exception) -> Report:
    """What is told of a document that was refused, or that cannot be read."""
    return Report(REFUSED, reason=str(error))


def _example(problem: Problem, test: Test) -> Example:
    is_function = problem.style is Style.FUNCTION
    return Example(
        name=test.name,
        input=json.loads(test.input) if is_function else test.input,
        output=json.loads(test.expected) if is_function else test.expected,
        shown_input=render_call(problem, test.input) if is_function else test.input,
        shown_output=test.expected,
        lines=None if test.lines is None else (test.lines[0] + 1, test.lines[1]),
        is_sure=test.is_sure,
        is_from_file=test.origin is TestOrigin.FILE,
    )


def _whole(number: float) -> float:
    """``256`` for ``256.0``, also in JSON."""
    return int(number) if number == int(number) else number


def remark_text(remark: Remark) -> str:
    """A remark with the line that it speaks of."""
    if (
        remark.line is None
        or f"line {remark.line + 1}" in remark.message
        or f"lines {remark.line + 1}" in remark.message
    ):
        return remark.message
    return f"{remark.message} (line {remark.line + 1})"


def report_json(report: Report) -> dict[str, Any]:
    """The object that ``sstar check --json`` prints and ``sstar/problem`` answers."""
    return {
        **attrs.asdict(report, recurse=False),
        "file_io": None if report.file_io is None else list(report.file_io),
        "examples": [
            {
                "input": each.input,
                "output": each.output,
                "lines": None if each.lines is None else list(each.lines),
                "sure": each.is_sure,
            }
            for each in report.examples
        ],
        "remarks": [remark_text(remark) for remark in report.remarks],
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


def limits_words(report: Report) -> str:
    """``1 s, 256 MiB``; what the document does not say is left out."""
    parts = []
    if report.time_limit_s is not None:
        parts.append(f"{report.time_limit_s:g} s")
    if report.memory_limit_mib is not None:
        parts.append(f"{report.memory_limit_mib:g} MiB")
    return ", ".join(parts)


def kind_words(report: Report) -> str:
    """How a program meets its input."""
    if report.kind == REFUSED:
        return "refused"
    if report.function is not None:
        return f"function {report.function}"
    if report.file_io is not None:
        return f"reads {report.file_io[0]}, writes {report.file_io[1]}"
    return "standard input"


def counted_examples(report: Report) -> str:
    """``2 examples, 3 tests from files``."""
    files = sum(each.is_from_file for each in report.examples)
    own = len(report.examples) - files
    parts = [counted(own, "example")] if own or not files else []
    if files:
        parts.append(f"{counted(files, 'test')} from files")
    return ", ".join(parts)


def summary(report: Report) -> str:
    """One line: ``2 examples · 1 s · 256 MiB · tokens``."""
    parts = [counted_examples(report), *filter(None, limits_words(report).split(", "))]
    parts.append(report.comparator or "")
    if report.several_answers:
        parts.append("several answers")
    if doubtful := sum(not each.is_sure for each in report.examples):
        parts.append(f"{doubtful} doubtful")
    return " · ".join(filter(None, parts))


def report_text(report: Report) -> str:
    """All that was read, as text."""
    if report.kind == REFUSED:
        return f"refused: {report.reason}\n"
    rows = [
        ("kind", kind_words(report)),
        ("limits", limits_words(report) or "none in the statement"),
        ("comparator", f"{report.comparator}: {comparator_words(report.comparator or '')}"),
        ("answers", "several may be right" if report.several_answers else "one"),
    ]
    lines = [report.title or "untitled", *(f"  {name:<11} {value}" for name, value in rows)]
    for each in report.examples:
        sure = "borders sure" if each.is_sure else "borders DOUBTFUL"
        head = each.name if each.lines is None else f"{each.name}, {each.place}"
        lines += ["", f"{head}, {sure}", "  input", *_indented(each.shown_input)]
        lines += ["  output", *_indented(each.shown_output)]
    if report.remarks:
        lines += ["", "remarks"]
        lines += [
            f"  {'warning: ' if remark.severity is Severity.WARNING else ''}{remark_text(remark)}"
            for remark in report.remarks
        ]
    return "\n".join(lines) + "\n"


def short_text(report: Report) -> str:
    """What stands before a run: a line of facts, one for each example, the warnings."""
    lines = [f"read: {report.title} · {kind_words(report)} · {summary(report)}"]
    for each in report.examples:
        doubt = "" if each.is_sure else ", borders DOUBTFUL"
        head = each.name if each.lines is None else f"{each.name} ({each.place}{doubt})"
        lines.append(f"  {head}: {one_line(each.shown_input)} → {one_line(each.shown_output)}")
    lines += [
        f"  warning: {remark_text(remark)}"
        for remark in report.remarks
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
