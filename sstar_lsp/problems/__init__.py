"""Problems: from what people paste to :class:`~sstar_lsp.records.Problem`. See ``docs/problems.md``."""

from __future__ import annotations

from sstar_lsp.problems.calls import render_call
from sstar_lsp.problems.comments import language_of
from sstar_lsp.problems.document import Document, solution_range
from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.layouts import LAYOUTS, Layout, Loaded
from sstar_lsp.problems.reading import read_document, read_problem

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
