"""What was read of a document: ``sstar/problem``, marks on the examples, and a person's corrections.

The reading itself is :mod:`sstar_lsp.problems`; the words are those of ``sstar check``.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import cast

from attrs import frozen
from lsprotocol import types

from sstar_lsp.errors import ProblemError, RefusedProblem, SStarError, UsageError
from sstar_lsp.lsp import command_names
from sstar_lsp.lsp import protocol_types as p
from sstar_lsp.lsp.features.results.quick_fixes import SOURCE, Action, command_action
from sstar_lsp.lsp.features.results.virtual_documents import PROBLEM_PREFIX, PROBLEM_SUFFIX
from sstar_lsp.lsp.session.configuration import EditorSettings
from sstar_lsp.lsp.session.documents import Text, current_text
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.problem_cache import ProblemCache, Reading
from sstar_lsp.records import Problem, Severity

TAKE_BACK = "as_read"
"""Kind of a correction that takes back those of a line."""
_SEVERITIES = {
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


@frozen
class ProblemReading:
    """Shows what was read of documents, and takes corrections."""

    editor: Editor
    problems: ProblemCache
    settings: EditorSettings

    async def _reading(self, uri: str) -> tuple[Text | None, Reading]:
        """The problem in a document; one that cannot be read is refused like one that is no problem."""
        try:
            document = current_text(self.editor.workspace, uri)
        except SStarError as error:
            return None, error
        problem = await self.problems.read(document)
        if isinstance(problem, SStarError):
            return document, problem
        return document, await asyncio.to_thread(self._with_checker, document, problem)

    def _with_checker(self, document: Text, problem: Problem) -> Problem:
        """The problem with the comparator or checker of the settings that a solve would use; blocks."""
        from sstar_lsp.problems.checker_files import with_settings_checker

        path = document.path
        try:
            settings = self.settings.of_run(path)
            return with_settings_checker(problem, settings, str(path) if path is not None else None)
        except SStarError:  # told on the settings file, and by a solve
            return problem

    async def problem(self, params: p.DocumentParams) -> p.ReadProblem:
        """``sstar/problem``: what ``sstar check --json`` prints, with the URI, version and page."""
        from sstar_lsp.problems.report import report_json

        document, reading = await self._reading(params.uri)
        body = cast("p.ProblemReport", report_json(reading))
        version = document.version if document is not None else None
        return {**body, "uri": params.uri, "version": version, "pageUri": page_uri(params.uri)}

    async def page(self, uri: str) -> p.DocumentContent:
        """The virtual document with what was read of a document.
        Raises :class:`UsageError`: the URI names no document."""
        from sstar_lsp.engine.prompts.fences import fenced
        from sstar_lsp.problems.report import report_text

        try:
            name = uri.removeprefix(PROBLEM_PREFIX).removesuffix(PROBLEM_SUFFIX)
            padded = name + "=" * (-len(name) % 4)
            document = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UsageError(f"{uri} names no document: {error}.") from error
        _, reading = await self._reading(document)
        text = f"# What S* read\n\n{fenced(report_text(reading).rstrip(), 'text')}\n"
        return {"uri": uri, "languageId": "markdown", "text": text}

    # --- in the document --------------------------------------------------------------------------

    async def lens_title(self, uri: str) -> str:
        """``Read: 2 examples · 1 s · 256 MiB · tokens``."""
        from sstar_lsp.problems.report import summary

        _, reading = await self._reading(uri)
        return f"Read: {summary(reading)}"

    async def example_at(self, document: Text, line: int) -> tuple[tuple[int, int], list[str]] | None:
        """The example on a line: its lines (zero-based, end excluded), and how it was read."""
        from sstar_lsp.problems.corrections import example_at
        from sstar_lsp.problems.report import one_line, place_of
        from sstar_lsp.problems.source.call_examples import readable_input

        problem = await self.problems.read_if_short(document)
        test = example_at(problem, line) if isinstance(problem, Problem) else None
        if test is None or test.lines is None or not isinstance(problem, Problem):
            return None
        return test.lines, [
            f"{test.name}: {place_of(test)}, {'borders sure' if test.is_sure else 'borders doubtful'}",
            f"input: {one_line(readable_input(problem, test.input))}",
            f"output: {one_line(test.expected)}",
        ]

    async def diagnostics(self, document: Text) -> list[types.Diagnostic]:
        """What was left out or doubted, on its lines; why a document with a problem was refused.

        A document in which no example was read may be no problem at all: nothing in it is worth a warning.
        """
        information = types.DiagnosticSeverity.Information
        problem = await self.problems.read_if_short(document)
        remarks: list[tuple[int, str, types.DiagnosticSeverity]] = []
        if isinstance(problem, Problem):
            for each in problem.remarks:
                if each.line is not None:
                    severity = _SEVERITIES[each.severity] if problem.public_tests else information
                    remarks.append((each.line, each.message, severity))
        elif isinstance(problem, RefusedProblem):
            remarks = [(document.first_line, str(problem), information)]
        last = len(document.lines) - 1
        encoding = self.editor.client.position_encoding
        return [
            types.Diagnostic(
                document.line_range(min(line, last), encoding), message, severity, "reading", source=SOURCE
            )
            for line, message, severity in remarks
        ]

    # --- corrections ------------------------------------------------------------------------------

    async def actions(
        self, params: types.CodeActionParams, problem: Problem, *, is_asked: bool
    ) -> list[Action]:
        """What a person can say about the line under the cursor; unasked only where the reader doubts."""
        from sstar_lsp.problems.corrections import (
            WORDS,
            CorrectionKind,
            corrections_at,
            end_is_possible,
            example_at,
            has_corrections,
            load_corrections,
        )

        uri, line = params.text_document.uri, params.range.start.line
        document = current_text(self.editor.workspace, uri)
        if document.path is None:
            return []
        wanted: list[tuple[str, str]] = []
        ending, test = end_is_possible(problem, line, document.lines), example_at(problem, line)
        if ending is not None and (is_asked or not ending.is_sure):
            wanted.append((f"The output ends here (S* {ending.name})", CorrectionKind.OUTPUT_ENDS.value))
        if test is not None and (is_asked or not test.is_sure):
            wanted.append((f"This is not an example (S* {test.name})", CorrectionKind.NOT_AN_EXAMPLE.value))
        if is_asked and has_corrections(document.path):
            saved = await asyncio.to_thread(load_corrections, document.path)
            made = corrections_at(saved.corrections, line, document.text)[:1]
            wanted += [(f'Take back "{WORDS[correction.kind]}" (S*)', TAKE_BACK) for correction in made]
        client, name = self.editor.client, command_names.CORRECT
        return [
            command_action(client, title, name, {"uri": uri, "line": line, "kind": kind})
            for title, kind in wanted
        ]

    async def correct(self, params: p.CorrectParams) -> p.ReadProblem:
        """The command ``sstar.correct``: save what a person says beside the document, and read it again.

        Raises:
            ProblemError: the document is no file, no problem, or the correction cannot be written.
            UsageError: there is nothing to correct at that line.
        """
        document = current_text(self.editor.workspace, params.uri)
        problem = await self.problems.read(document)
        if document.path is None:
            raise ProblemError("save the document first: corrections are kept in .sstar/ beside it.")
        if isinstance(problem, SStarError):
            raise problem
        await asyncio.to_thread(_save, document, problem, params)
        self.problems.forget(document.uri)
        self.editor.changed(document.uri)
        return await self.problem(p.DocumentParams(params.uri))


def page_uri(uri: str) -> str:
    """The virtual document with what was read of a document."""
    # without padding: editors escape the sign
    return f"{PROBLEM_PREFIX}{base64.urlsafe_b64encode(uri.encode()).decode().rstrip('=')}{PROBLEM_SUFFIX}"


def _save(document: Text, problem: Problem, params: p.CorrectParams) -> None:
    from sstar_lsp.problems import corrections as c

    path = document.path
    assert path is not None
    saved = c.load_corrections(path).corrections
    if params.kind == TAKE_BACK:
        taken = c.corrections_at(saved, params.line, document.text)
        if not taken:
            raise UsageError(f"{path.name}: nothing was corrected at line {params.line + 1}.")
        c.save_corrections(path, [each for each in saved if each not in taken])
        return
    new = c.correction_at(problem, c.CorrectionKind(params.kind), params.line, document.text, path.name)
    c.save_corrections(path, c.with_correction(saved, new, document.text))
