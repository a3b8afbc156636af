"""From a posted problem to files: a statement to be filled in, a source file from a template, and the tests.

Names come from a web page: each part of a path becomes one plain file name, and nothing is written outside
the root or over an existing file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from attrs import frozen

from sstar_lsp.companion.payload import CompanionProblem
from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.problems.layouts.cph import prob_path
from sstar_lsp.problems.layouts.pairs import PairForm
from sstar_lsp.settings import CompanionSettings, TestLayout
from sstar_sandbox import LANGUAGES, UnknownName, language_named

PLACEHOLDERS = ("judge", "contest", "name", "task", "ext")
LONGEST_PART = 80
"""Characters of one part of a path."""
PASTE_HERE = "<!-- sstar: the statement goes here (sstar new --clipboard --into THIS FILE) -->"
"""Stands in a statement that was not filled in yet: Competitive Companion does not send it."""
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows gives to devices."""


DEFAULT_TEMPLATES = dict.fromkeys(TestLayout, "{judge}/{contest}/{name}.{ext}") | {
    TestLayout.OJ: "{judge}/{contest}/{name}/main.{ext}"  # its folder `test` is one problem's
}


@frozen
class Made:
    """The files of one problem."""

    statement: Path
    source: Path
    tests: int
    is_new: bool
    """False: the statement was there, and nothing was written."""


def make_problem(
    posted: CompanionProblem,
    root: Path,
    language: str = "python",
    settings: CompanionSettings = CompanionSettings(),  # noqa: B008  (frozen)
) -> Made:
    """Write statement, source file and tests of a problem below ``root``; a problem that is there stays as it
    is.

    Raises:
        UsageError: the template or the file that a source begins with cannot be used.
        ProblemError: a file cannot be written.
    """
    layout, ext = settings.layout, LANGUAGES[language].extensions[0].removeprefix(".")
    source = root / relative_path(posted, settings.template or DEFAULT_TEMPLATES[layout], ext)
    statement = source.with_suffix(".md")
    try:
        if not source.parent.resolve().is_relative_to(root.resolve()):
            raise ProblemError(f"{source} leads out of {root} by a link: nothing was written.")
        source.parent.mkdir(parents=True, exist_ok=True)
        if statement.exists():
            return Made(statement, source, len(posted.tests), is_new=False)
        begin = _source_text(settings.source, ext)
        for path, text in files_of_tests(posted, source, layout).items():
            path.parent.mkdir(exist_ok=True)
            _write_new(path, text)
        _write_new(source, begin)
        _write_new(statement, statement_text(posted))
    except OSError as error:
        raise ProblemError(
            f"the problem {posted.name!r} cannot be kept: {error.filename}: {error.strerror}."
        ) from error
    return Made(statement, source, len(posted.tests), is_new=True)


def known_language(name: str | None) -> str:
    """The id of the language of new source files; None: python.
    Raises :class:`UsageError`: it is unknown; the message lists the known."""
    try:
        return language_named(name or "python")
    except UnknownName as error:
        raise UsageError(str(error)) from error


def relative_path(posted: CompanionProblem, template: str, ext: str) -> Path:
    """The source file's path below the root, each part a plain file name.
    Raises :class:`UsageError`: an unknown placeholder, or a path that is not below the root."""
    values = {
        "judge": posted.judge or "problems",
        "contest": posted.contest,
        "name": posted.name,
        "task": posted.task or posted.name,
        "ext": ext,
    }
    named = re.findall(r"\{([^{}]*)\}", template)
    if unknown := sorted(set(named) - set(PLACEHOLDERS)):
        raise UsageError(
            f"companion.template: {{{unknown[0]}}} is not known; known: {', '.join(f'{{{p}}}' for p in PLACEHOLDERS)}."
        )
    if Path(template).is_absolute() or ".." in Path(template).parts or not template.endswith(".{ext}"):
        raise UsageError(
            f"companion.template: {template!r} is to be a path below the folder that ends in .{{ext}}."
        )
    parts = []
    for part in template.split("/"):
        head, is_last = part.removesuffix(".{ext}"), part.endswith(".{ext}")
        text = file_name(re.sub(r"\{(\w+)\}", lambda found: values[found[1]], head))
        if text or is_last:  # a contest without a name takes no folder
            parts.append(f"{text or 'problem'}.{ext}" if is_last else text)
    return Path(*parts)


def file_name(text: str) -> str:
    """The text as a file name on every system: letters, digits and ``- _ . ( )``; maybe empty."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[^\w().-]+", "-", text)
    text = re.sub(r"-{2,}", "-", text).strip("-. ")
    text = text[:LONGEST_PART].rstrip("-. ")
    while len(text.encode()) > 200:  # of the 255 bytes that a name may have
        text = text[:-1]
    return f"{text}-" if text.partition(".")[0].lower() in _RESERVED else text


def statement_text(posted: CompanionProblem) -> str:
    """The document of a problem whose statement is to be filled in."""
    known = {
        "time_limit": f"{posted.time_limit_ms} ms" if posted.time_limit_ms else None,
        "memory_limit": f"{posted.memory_limit_mb} MB" if posted.memory_limit_mb else None,
        "input_file": posted.files[0] if posted.files else None,
        "output_file": posted.files[1] if posted.files else None,
    }
    lines = [f"{key}: {value}" for key, value in known.items() if value]
    front = "\n".join(["---", *lines, "---", ""]) if lines else ""
    link = f"<{posted.url}>\n\n" if posted.url else ""
    kind = "This is an interactive problem.\n\n" if posted.is_interactive else ""
    return f"{front}# {posted.name}\n\n{link}{kind}{PASTE_HERE}\n"


def files_of_tests(posted: CompanionProblem, source: Path, layout: TestLayout) -> dict[Path, str]:
    """Path to text of the files that hold the posted tests."""
    folder, stem = source.parent, source.stem
    match layout:
        case TestLayout.CPH:
            cases = [{"input": t.input, "output": t.expected, "id": n} for n, t in enumerate(posted.tests, 1)]
            fields = {
                **posted.raw,
                "tests": cases,
                "interactive": posted.is_interactive,
                "srcPath": str(source.absolute()),
                "local": False,
            }
            return {prob_path(source): json.dumps(fields)}
        case TestLayout.COMPETITEST:
            form = PairForm.competitest(folder, stem)
        case TestLayout.OJ:
            form = PairForm.plain(folder / "test", "sample-")
        case TestLayout.PAIRS:
            form = PairForm.plain(folder, f"{stem}-")
    files: dict[Path, str] = {}
    for number, test in enumerate(posted.tests, form.first):
        given, wanted = form.names(number)
        files |= {given: test.input, wanted: test.expected}
    return files


def _source_text(template: str | None, ext: str) -> str:
    if template is None:
        return ""
    path = Path(template.replace("{ext}", ext)).expanduser()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"companion.source: {path} cannot be read: {error}.") from error


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; one that is there stays."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return
