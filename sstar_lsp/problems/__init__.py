"""Problems: from what people paste to :class:`~sstar_lsp.records.Problem`. See ``docs/problems.md``."""

from __future__ import annotations

from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.layouts import LAYOUTS, Layout, Loaded
from sstar_lsp.problems.reader import read_document, read_problem
from sstar_lsp.problems.source.call_examples import render_call
from sstar_lsp.problems.source.comments import language_of
from sstar_lsp.problems.source.document import Document, solution_range

__all__ = [
    "LAYOUTS",
    "Document",
    "Layout",
    "Loaded",
    "hidden_tests",
    "language_of",
    "read_document",
    "read_problem",
    "render_call",
    "solution_range",
]
