"""What was read of a document, in an editor: ``sstar/problem``, marks on the examples, and a person's corrections.

The reading itself is :mod:`sstar_lsp.problems`; the words are those of ``sstar check``.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from sstar_lsp.errors import ProblemError, RefusedProblem, SStarError, UsageError
from sstar_lsp.lsp.features import commands
from sstar_lsp.lsp.session.documents import Text, current_text
from sstar_lsp.lsp.session.problem_cache import first_line
from sstar_lsp.records import Problem, Severity

if TYPE_CHECKING:
    from sstar_lsp.lsp import protocol_types as msg
    from sstar_lsp.lsp.features.code_actions import Action
    from sstar_lsp.lsp.session.session import Session
    from sstar_lsp.problems.report import Report

PAGE, PAGE_NAME = "sstar://problem/", "read.md"
"""Where what was read of a document is read: the document's URI in URL-safe base64 between the two."""

_SEVERITIES = {
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


async def _read(server: Session, uri: str) -> tuple[Text, Problem | SStarError]:
    document = current_text(server.workspace, uri)
    return document, await server.problems.read(document.uri, document.text, document.path)


async def _report(server: Session, uri: str) -> tuple[Text | None, Report]:
    """The report of a document; a document that is not to be had is refused like one that is no problem."""
    from sstar_lsp.problems.report import report_of, report_of_refusal

    try:
        document, read = await _read(server, uri)
    except SStarError as error:
        return None, report_of_refusal(error)
    if isinstance(read, SStarError):
        return document, report_of_refusal(read)
    return document, report_of(await asyncio.to_thread(_judged, server, document, read))


def _judged(server: Session, document: Text, read: Problem) -> Problem:
    """The problem with the comparator or checker of the settings that a solve would use; blocks."""
    from sstar_lsp.lsp.session.configuration import settings_for
    from sstar_lsp.problems.checker_files import with_settings_checker

    path, environ = document.path, server.deps.environ
    try:
        settings = settings_for(path, server.folder, server.editor_settings, None, {}, environ)
        return with_settings_checker(read, settings, str(path) if path is not None else None)
    except SStarError:  # told on the settings file, and by a solve
        return read


async def problem(server: Session, params: msg.DocumentParams) -> dict[str, Any]:
    """``sstar/problem``: the object that ``sstar check --json`` prints, with the document's URI and version, and its page."""
    from sstar_lsp.problems.report import report_json

    document, report = await _report(server, params.uri)
    version = document.version if document is not None else None
    return {**report_json(report), "uri": params.uri, "version": version, "pageUri": page_uri(params.uri)}


# --- a page ----------------------------------------------------------------------------------------------


def page_uri(uri: str) -> str:
    """Where what was read of a document is read."""
    # without padding: editors escape the sign
    return f"{PAGE}{base64.urlsafe_b64encode(uri.encode()).decode().rstrip('=')}/{PAGE_NAME}"


async def page(server: Session, uri: str) -> dict[str, Any]:
    """``uri``, ``languageId`` and ``text`` of such a page.

    Raises:
        UsageError: the URI names no document.
    """
    from sstar_lsp.engine.prompts.fences import fenced
    from sstar_lsp.problems.report import report_text

    try:
        name = uri.removeprefix(PAGE).removesuffix(f"/{PAGE_NAME}")
        padded = name + "=" * (-len(name) % 4)
        document = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{uri} names no document: {error}.") from error
    _, report = await _report(server, document)
    text = f"# What S* read\n\n{fenced(report_text(report).rstrip(), 'text')}\n"
    return {"uri": uri, "languageId": "markdown", "text": text}


async def show(server: Session, params: msg.DocumentParams) -> dict[str, Any]:
    """``sstar.problem``: open the page."""
    return await commands.open_page(server, page_uri(params.uri))


# --- in the document -------------------------------------------------------------------------------------


async def lens_title(server: Session, uri: str) -> str:
    """``Read: 2 examples · 1 s · 256 MiB · tokens``."""
    from sstar_lsp.problems.report import summary

    _, report = await _report(server, uri)
    return f"Read: {summary(report)}"


async def example_words(
    server: Session, document: Text, line: int
) -> tuple[tuple[int, int], list[str]] | None:
    """The lines of the example on a line of the document (zero-based, end excluded), and what a hover tells of it."""
    from sstar_lsp.problems.corrections import example_at
    from sstar_lsp.problems.report import one_line, report_of

    read = await server.problems.at_hand(document.uri, document.text, document.path)
    test = example_at(read, line) if isinstance(read, Problem) else None
    if test is None or test.lines is None or not isinstance(read, Problem):
        return None
    told = report_of(read).examples[read.public_tests.index(test)]
    sure = "borders sure" if told.is_sure else "borders doubtful"
    return test.lines, [
        f"{told.name}: {told.place}, {sure}",
        f"input: {one_line(told.shown_input)}",
        f"output: {one_line(told.shown_output)}",
    ]


async def diagnostics(server: Session, document: Text) -> list[types.Diagnostic]:
    """What was left out or doubted, on its lines; why a document was refused that is, or holds, a problem.

    A document in which no example was read may be no problem at all: nothing in it is worth a warning.
    """
    from sstar_lsp.lsp.features.results.review import SOURCE

    read = await server.problems.at_hand(document.uri, document.text, document.path)
    found: list[tuple[int, str, types.DiagnosticSeverity]] = []
    if isinstance(read, Problem):
        mildest = (
            types.DiagnosticSeverity.Warning if read.public_tests else types.DiagnosticSeverity.Information
        )
        found = [
            (
                remark.line,
                remark.message,
                max(mildest, _SEVERITIES[remark.severity], key=lambda each: each.value),
            )
            for remark in read.remarks
            if remark.line is not None
        ]
    elif isinstance(read, RefusedProblem):
        first = first_line("\n".join(document.lines))
        found = [(first, str(read), types.DiagnosticSeverity.Information)]
    last = len(document.lines) - 1
    encoding = server.client.position_encoding
    return [
        types.Diagnostic(
            range=types.Range(types.Position(min(line, last), 0), document.end_of(min(line, last), encoding)),
            message=message,
            severity=severity,
            source=SOURCE,
            code="reading",
        )
        for line, message, severity in found
    ]


# --- corrections -----------------------------------------------------------------------------------------


async def correcting_actions(
    server: Session, params: types.CodeActionParams, read: Problem, *, is_asked: bool
) -> list[Action]:
    """What a person can say about the line under the cursor; unasked only where the reader itself doubts."""
    from sstar_lsp.lsp.features.code_actions import command
    from sstar_lsp.problems.corrections import (
        WORDS,
        CorrectionKind,
        corrections_at,
        end_is_possible,
        example_at,
        load_corrections,
    )

    uri, line = params.text_document.uri, params.range.start.line
    document = current_text(server.workspace, uri)
    if document.path is None:
        return []
    actions: list[Action] = []

    def add(title: str, kind: str) -> None:
        argument = {"uri": uri, "line": line, "kind": kind}
        actions.append(command(server, title, commands.CORRECT, argument))

    ending, test = end_is_possible(read, line, document.lines), example_at(read, line)
    if ending is not None and (is_asked or not ending.is_sure):
        add(f"The output ends here (S* {ending.name})", CorrectionKind.OUTPUT_ENDS.value)
    if test is not None and (is_asked or not test.is_sure):
        add(f"This is not an example (S* {test.name})", CorrectionKind.NOT_AN_EXAMPLE.value)
    if is_asked:
        kept = await asyncio.to_thread(load_corrections, document.path)
        for correction in corrections_at(kept.corrections, line, document.text)[:1]:
            add(f'Take back "{WORDS[correction.kind]}" (S*)', AS_READ)
    return actions


AS_READ = "as_read"
"""Kind of a correction that takes back those of a line."""


async def correct(server: Session, params: msg.CorrectParams) -> dict[str, Any]:
    """``sstar.correct``: keep what a person says beside the document, and read it again.

    Raises:
        ProblemError: the document is no file, no problem, or the correction cannot be written.
        UsageError: there is nothing to correct at that line.
    """
    document, read = await _read(server, params.uri)
    if document.path is None:
        raise ProblemError("save the document first: corrections are kept in .sstar/ beside it.")
    if isinstance(read, SStarError):
        raise read
    await asyncio.to_thread(_keep, document, read, params)
    server.problems.forget(document.uri)
    server.changed(document.uri)
    return await problem(server, _document(params.uri))


def _document(uri: str) -> msg.DocumentParams:
    from sstar_lsp.lsp.protocol_types import DocumentParams

    return DocumentParams(uri)


def _keep(document: Text, read: Problem, params: msg.CorrectParams) -> None:
    from sstar_lsp.problems import corrections as c

    path = document.path
    assert path is not None
    kept = c.load_corrections(path).corrections
    if params.kind == AS_READ:
        taken = c.corrections_at(kept, params.line, document.text)
        if not taken:
            raise UsageError(f"{path.name}: nothing was corrected at line {params.line + 1}.")
        c.save_corrections(path, [each for each in kept if each not in taken])
        return
    new = c.correction_at(read, c.CorrectionKind(params.kind), params.line, document.text, path.name)
    c.save_corrections(path, c.with_correction(kept, new, document.text))
