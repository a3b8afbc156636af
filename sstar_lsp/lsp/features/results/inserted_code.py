"""Where a document holds a program that S* wrote: found by its text, so that it survives edits around it."""

from __future__ import annotations

from attrs import frozen

from sstar_lsp.lsp.features.results.edits import target_of
from sstar_lsp.lsp.features.results.run_responses import candidates
from sstar_lsp.lsp.session.documents import Text, path_of, same_document, uri_of
from sstar_lsp.lsp.session.runs import DocumentRun, RunIndex
from sstar_lsp.records import Candidate


@frozen
class InsertedCode:
    """A program of a run, in a document."""

    run: DocumentRun
    candidate: Candidate
    first: int
    """Zero-based line."""
    last: int
    """Inclusive."""


def inserted_code_in(runs: RunIndex, document: Text) -> list[InsertedCode]:
    """Programs of known runs that a document holds word for word, newest run first."""
    inserted: list[InsertedCode] = []
    for run in runs.all:
        state = run.state
        if state is None or run.is_running:
            continue
        for row in candidates(state):
            candidate = state.candidates[row["id"]]
            if not _belongs(run.uri, candidate, document.uri):
                continue
            lines = _lines_of(document.lines, candidate.code)
            if lines is not None:
                inserted.append(InsertedCode(run, candidate, *lines))
    return inserted


def _belongs(uri: str, candidate: Candidate, document: str) -> bool:
    """Whether a document is the problem's own, or the one beside it that takes such programs."""
    if same_document(uri, document):
        return True
    path = path_of(uri)
    return path is not None and same_document(uri_of(target_of(path, candidate.language)), document)


def _lines_of(lines: list[str], code: str) -> tuple[int, int] | None:
    wanted = code.strip("\n").split("\n")
    for start in range(len(lines) - len(wanted) + 1):
        if lines[start] == wanted[0] and lines[start : start + len(wanted)] == wanted:
            return start, start + len(wanted) - 1
    return None
